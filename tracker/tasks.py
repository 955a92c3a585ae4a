"""Celery's door: ids in, one call. The row is the work; a message only says that it is due.

So every message may be lost, come late or come twice: `tick` sends again what nobody has taken up, and a
run that is not to be had any more is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from celery import current_app, shared_task
from django.conf import settings
from django.db import transaction
from kombu.exceptions import ChannelError, OperationalError

from tracker import work

log = logging.getLogger(__name__)


@shared_task(ignore_result=True, acks_late=True, reject_on_worker_lost=True)
def run_due(run_id: int) -> None:
    """Do a run, if it is to be had, and send word of the one that waited behind it."""
    work.perform(run_id)
    send(work.waiting_behind(run_id))


@shared_task(ignore_result=True)
def tick() -> None:
    """Make the runs of schedules, and send word of what nobody has taken up."""
    waiting = work.tick()
    # Words that still lie in the queue need no repeating: a long queue would grow with each tick.
    if waiting and words_in_queue() < len(waiting):
        send(waiting)


def announce(run_ids: Iterable[int]) -> None:
    """Send word of these runs once the transaction that made them is committed. Without a broker: nothing."""
    ids = list(run_ids)
    if ids and settings.REDIS_URL:
        transaction.on_commit(partial(send, ids))


def send(run_ids: Iterable[int]) -> None:
    """Send word of runs. A broker that is away is no failure: the next tick sends again."""
    for run_id in run_ids:
        try:
            run_due.apply_async((run_id,), retry=False)
        except OperationalError as error:
            log.warning("The broker takes no messages; the next tick sends again: %s", error)
            return


def words_in_queue() -> int:
    """How many messages nobody has fetched yet; none where the broker cannot be asked."""
    queue = current_app.conf.task_default_queue
    try:
        with current_app.connection_for_write() as connection:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
    except (ChannelError, OperationalError):
        return 0
