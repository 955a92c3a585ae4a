"""Background work as rows: one import, build, verification or export each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tracker.vocabulary import RunKind, RunState

MOST_ATTEMPTS = 5
"""After this many failures a run is parked and shown to a person."""

MADE_DUE = "made_due"
"""In the payload of a run that has ended: the runs that are due because of what it stored."""

CLOCKS_DIFFER = timedelta(seconds=2)
"""How far the clocks of two machines may be apart without a run waiting, or being taken over, for it."""


def build_key(*, country: str, measure: str, cause: str, crisis: str) -> str:
    """The key of the builds of one cube."""
    return f"build:{country}:{measure}:{cause}:{crisis}"


VERIFY_AUDIT_KEY = "verify-audit"
"""The key of the verifications of the audit log."""


def verify_key(*, country: str, measure: str, cause: str, crisis: str) -> str:
    """The key of the verifications of one cube."""
    return f"verify:{country}:{measure}:{cause}:{crisis}"


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of the moments that are known."""
    return min(filter(None, moments), default=None)


def _abandoned(moment: datetime) -> Q:
    return Q(state=RunState.RUNNING, lease_until__lt=moment - CLOCKS_DIFFER)


class RunQuerySet(models.QuerySet["Run"]):
    def open(self) -> RunQuerySet:
        """Runs that are not ended: they wait or are being worked on."""
        return self.filter(state__in=(RunState.DUE, RunState.RUNNING))

    def abandoned(self, moment: datetime) -> RunQuerySet:
        """Running runs whose worker let its lease run out: it was killed, or is cut off."""
        return self.filter(_abandoned(moment))

    def claimable(self, moment: datetime) -> RunQuerySet:
        """Runs that a worker may take: due ones, and abandoned ones that have not cost too many workers."""
        due = Q(state=RunState.DUE, not_before__lte=moment + CLOCKS_DIFFER)
        return self.filter(due | _abandoned(moment) & Q(attempts__lt=MOST_ATTEMPTS))

    def ready(self, moment: datetime) -> RunQuerySet:
        """Claimable runs, abandoned ones first, without those whose key is being worked on right now."""
        busy = Run.objects.filter(
            key=OuterRef("key"), state=RunState.RUNNING, lease_until__gte=moment - CLOCKS_DIFFER
        )
        return self.claimable(moment).filter(~Exists(busy)).order_by("-state", "id")

    def request(
        self,
        kind: str,
        key: str,
        *,
        payload: dict[str, Any] | None = None,
        requested_by: str = "",
        slot: str | None = None,
        backfilled: bool = False,
        changed_since: datetime | None = None,
    ) -> Run:
        """The run that waits under `key`, made if there is none.

        `changed_since` is when the earliest change was recorded that the run answers to.

        Call it in the transaction that causes the work, and where that asks for several runs, in the order
        of their keys: the row stays locked until the transaction ends. So no worker can begin the run, and
        read the tables, before it sees what this transaction changed.
        A run already made for `slot` is returned as it is; a waiting run of the key takes a new slot over,
        and keeps what its payload says beyond the new one.
        """
        now = timezone.now()
        with transaction.atomic():
            while True:
                if slot and (made := self.filter(slot=slot).first()):
                    return made
                waiting = self.select_for_update(no_key=True).filter(key=key, state=RunState.DUE).first()
                if waiting and (waiting.requested_at, waiting.changed_since) == (now, changed_since):
                    return waiting
                if waiting:
                    waiting.requested_at = max(waiting.requested_at, now)
                    waiting.slot = slot or waiting.slot
                    waiting.payload |= payload or {}
                    waiting.backfilled = backfilled or waiting.backfilled
                    waiting.changed_since = earliest(waiting.changed_since, changed_since)
                    waiting.save(
                        update_fields=["requested_at", "slot", "payload", "backfilled", "changed_since"]
                    )
                    return waiting
                row = Run(kind=kind, key=key, slot=slot, requested_by=requested_by, requested_at=now)
                row.payload, row.backfilled, row.changed_since = payload or {}, backfilled, changed_since
                # Where another transaction has just made it, this waits for that and inserts nothing.
                Run.objects.bulk_create([row], ignore_conflicts=True)

    def try_again(self, ids: Iterable[int], *, by: str = "") -> list[Run]:
        """The runs that wait in place of these parked ones; those that are not parked are left alone."""
        with transaction.atomic():
            parked = list(self.select_for_update(no_key=True).filter(pk__in=list(ids), state=RunState.PARKED))
            self.filter(pk__in=[run.pk for run in parked]).update(state=RunState.MERGED)
            again = [
                self.request(
                    run.kind,
                    run.key,
                    payload=run.payload,
                    requested_by=by,
                    backfilled=run.backfilled,
                    changed_since=run.changed_since,
                )
                for run in sorted(parked, key=attrgetter("key"))
            ]
            for new, old in zip(again, sorted(parked, key=attrgetter("key")), strict=True):
                # What it found stands until it has looked again.
                new.counts = old.counts
                new.save(update_fields=["counts"])
            return again

    def record(
        self,
        kind: str,
        key: str,
        *,
        begun: datetime,
        requested_by: str,
        state: str = RunState.DONE,
        **result: Any,
    ) -> Run:
        """A run that was done where it was asked for, and has ended."""
        return self.create(
            kind=kind,
            key=key,
            state=state,
            requested_by=requested_by,
            requested_at=begun,
            started_at=begun,
            finished_at=timezone.now(),
            attempts=1,
            **result,
        )

    def request_build(
        self,
        *,
        country: str,
        measure: str,
        cause: str,
        crisis: str,
        by: str = "",
        backfilled: bool = False,
        changed_since: datetime | None = None,
        thorough: bool = False,
    ) -> Run:
        """The waiting build of one cube: one country and one series.

        A `thorough` one also looks at figures whose hashes say that they have not changed.
        """
        cube = {"country": country, "measure": measure, "cause": cause, "crisis": crisis}
        return self.request(
            RunKind.BUILD,
            build_key(**cube),
            payload={**cube, **({"thorough": True} if thorough else {})},
            requested_by=by,
            backfilled=backfilled,
            changed_since=changed_since,
        )

    def request_builds(
        self, cubes: Iterable[tuple[str, str, str, str]], *, changed_since: datetime, by: str = ""
    ) -> list[Run]:
        """The waiting builds of these cubes (country, measure, cause, crisis), in the order of their keys.

        `changed_since` is when the earliest of the changes that cause them was recorded.
        """
        return [
            self.request_build(
                country=country,
                measure=measure,
                cause=cause,
                crisis=crisis,
                by=by,
                changed_since=changed_since,
            )
            for country, measure, cause, crisis in sorted(set(cubes), key=":".join)
        ]

    def request_verification(
        self,
        *,
        country: str,
        measure: str,
        cause: str,
        crisis: str,
        day: str,
        not_before: datetime,
        by: str = "",
    ) -> Run:
        """The waiting verification of one cube's figures; `day` decides which earlier moment is looked at."""
        cube = {"country": country, "measure": measure, "cause": cause, "crisis": crisis}
        run = self.request(RunKind.VERIFY, verify_key(**cube), payload={**cube, "day": day}, requested_by=by)
        run.not_before = not_before
        run.save(update_fields=["not_before"])
        return run

    def request_conflict(self, *, country: str, by: str = "", backfilled: bool = False) -> Run:
        """The waiting build of one country's conflict figures."""
        return self.request(
            RunKind.CONFLICT,
            f"conflict:{country}",
            payload={"country": country},
            requested_by=by,
            backfilled=backfilled,
        )


class Run(models.Model):
    """Celery carries the word that a run is due; this row, not the message, is the work."""

    kind = models.CharField(_("kind"), max_length=12, choices=RunKind)
    key = models.CharField(
        _("key"), max_length=200, help_text=_("What it works on; one run of a key waits, one runs.")
    )
    slot = models.CharField(
        _("slot"),
        max_length=200,
        null=True,
        blank=True,
        unique=True,
        help_text=_("The slot of a schedule it was made for."),
    )
    payload = models.JSONField(_("payload"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.DUE)
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, help_text=_("Times it was begun."))
    failures = models.PositiveSmallIntegerField(_("failures"), default=0)
    lease = models.CharField(
        _("lease"), max_length=32, blank=True, help_text=_("Token of the worker that has claimed it.")
    )
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    input_hash = models.CharField(
        _("input hash"), max_length=64, blank=True, help_text=_("SHA-256 of the file it read.")
    )
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    outcome = models.TextField(_("outcome"), blank=True, help_text=_("What came of it, in a sentence."))
    log = models.TextField(_("log"), blank=True)
    backfilled = models.BooleanField(
        _("backfilled"), default=False, help_text=_("It wrote history as it would have stood.")
    )
    changed_since = models.DateTimeField(
        _("changed since"),
        null=True,
        blank=True,
        help_text=_(
            "The earliest change (UTC) that it answers to: from then until `moment` what is stored "
            "is not yet what the reports make."
        ),
    )
    moment = models.DateTimeField(
        _("moment"),
        null=True,
        blank=True,
        help_text=_("The moment (UTC) as of which it read, and at which it recorded."),
    )

    objects: ClassVar = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(name="run_waits_once", fields=["key"], condition=Q(state=RunState.DUE)),
            models.UniqueConstraint(
                name="run_runs_once", fields=["key"], condition=Q(state=RunState.RUNNING)
            ),
            models.CheckConstraint(
                name="run_running_has_a_lease",
                condition=~Q(state=RunState.RUNNING) | (~Q(lease="") & Q(lease_until__isnull=False)),
            ),
            models.CheckConstraint(name="run_state_is_known", condition=Q(state__in=RunState.values)),
        ]
        indexes = [
            models.Index(name="run_due", fields=["state", "not_before"]),
            models.Index(name="run_by_key", fields=["key", "moment"]),
            models.Index(name="run_by_moment", fields=["kind", "moment"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.state})"


class ExportSchedule(models.Model):
    """Makes one export run each day at its time; missed days collapse to one."""

    name = models.SlugField(_("name"), max_length=60, unique=True)
    options = models.JSONField(
        _("options"), default=dict, blank=True, help_text=_("Filters of the figures, as the API names them.")
    )
    hour = models.PositiveSmallIntegerField(_("hour"), default=2, help_text=_("Hour of the day, UTC."))
    minute = models.PositiveSmallIntegerField(_("minute"), default=0)
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("export schedule")
        verbose_name_plural = _("export schedules")
        constraints = [
            models.CheckConstraint(
                name="export_schedule_time_is_of_a_day", condition=Q(hour__lte=23, minute__lte=59)
            )
        ]

    def __str__(self) -> str:
        return self.name
