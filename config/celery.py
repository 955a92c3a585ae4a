"""Celery: carries the word that runs are due. Its timetable has one entry."""

from __future__ import annotations

from config import env

env.choose_settings()

from celery import Celery  # noqa: E402 - settings are chosen first
from celery.signals import task_prerun, worker_init  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.db import close_old_connections  # noqa: E402

if not settings.REDIS_URL:
    raise ImproperlyConfigured(
        "REDIS_URL is not set: Celery needs a broker. Without one, `manage.py work` does the runs."
    )

RUNS, TICKS = "tracker.runs", "tracker.ticks"
TIME_LIMIT = settings.RUN_TIME_LIMIT_SECONDS
TASKS_PER_PROCESS = 500

app = Celery("tracker")
# Not only the thread that imports this module sends messages, but every thread of the web server.
app.set_default()
app.conf.update(
    broker_url=settings.REDIS_URL.replace("unix://", "redis+socket://", 1),
    broker_connection_retry_on_startup=True,
    # No `global_keyprefix`: kombu 5.7 leaves it out of some commands, and then never finds what was lost.
    broker_transport_options={
        # A message fetched and not acknowledged comes back after this time: well after the hard time limit,
        # or a long run would be delivered over and over. What is lost, `tick` finds sooner.
        "visibility_timeout": 2 * TIME_LIMIT,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        # Who sends a word does not wait for a broker that is away; a worker that has lost it tries on.
        "max_retries": 0,
        # A connection that died without a word is noticed, not waited on for ever.
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_soft_time_limit=TIME_LIMIT,
    task_time_limit=TIME_LIMIT + 60,
    task_default_queue=RUNS,
    # Ticks have a queue of their own, which workers serve in turn with the other: none waits behind runs.
    task_queues={RUNS: {}, TICKS: {}},
    task_routes={"tracker.tasks.tick": {"queue": TICKS}},
    worker_prefetch_multiplier=1,
    # pandas and GDAL do not give all memory back; a fresh process does.
    worker_max_tasks_per_child=TASKS_PER_PROCESS,
    worker_max_memory_per_child=2_000_000,
    # With REMAP_SIGTERM=SIGQUIT in the worker's environment, SIGTERM leaves a running task this long to end.
    worker_soft_shutdown_timeout=10,
    worker_hijack_root_logger=False,
    enable_utc=True,
    timezone="UTC",
    # Nothing to remember between starts: what a tick does depends on the tables alone.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        "tick": {
            "task": "tracker.tasks.tick",
            "schedule": float(settings.TICK_SECONDS),
            "options": {"expires": settings.TICK_SECONDS},
        }
    },
)
# Else each task would begin with a connection of its own, which takes longer than many a run.
app.conf["CELERY_DB_REUSE_MAX"] = TASKS_PER_PROCESS
app.autodiscover_tasks(["tracker"])


@task_prerun.connect
def leave_old_connections(**_: object) -> None:
    """Between tasks, as between requests, Django's settings say how long a connection lasts."""
    close_old_connections()


@worker_init.connect
def warm_up(**_: object) -> None:
    """Load the rules before processes are forked: each has them from its start, and all of them once."""
    from tracker import work

    work.warm_up()
