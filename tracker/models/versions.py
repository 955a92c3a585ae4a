"""Row versions: nothing is overwritten, and every table can be read as of an earlier moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

V = TypeVar("V", bound="Version")


class VersionQuerySet(models.QuerySet[V]):
    def current(self) -> Self:
        return self.filter(superseded_at__isnull=True)

    def as_of(self, moment: datetime | None) -> Self:
        """The versions that stood at `moment`; the current ones where it is None."""
        if moment is None:
            return self.current()
        not_yet = Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment)
        return self.filter(Q(recorded_at__lte=moment) & not_yet)


class ReferenceQuerySet(VersionQuerySet[V]):
    """Things that were there before anybody recorded them: places, sources, crises, rounds.

    Before its first version was recorded, the first version is the best that is known, so it stands.
    Without this an archive could not be read as of the time before it was loaded.
    """

    def as_of(self, moment: datetime | None) -> Self:
        if moment is None:
            return self.current()
        known = Q(recorded_at__lte=moment) | Q(version=1)
        not_yet = Q(superseded_at__isnull=True) | Q(superseded_at__gt=moment)
        return self.filter(known & not_yet)


class Version(models.Model):
    """One version of one thing. The thing is named by `IDENTITY`, its content by `CONTENT`."""

    IDENTITY: ClassVar[tuple[str, ...]] = ()
    CONTENT: ClassVar[tuple[str, ...]] = ()

    version = models.PositiveIntegerField(
        _("version"), default=1, help_text=_("1 for the first version of this thing.")
    )
    recorded_at = models.DateTimeField(
        _("recorded at"), help_text=_("The moment (UTC) from which this version stood.")
    )
    superseded_at = models.DateTimeField(
        _("superseded at"),
        null=True,
        blank=True,
        help_text=_("The moment (UTC) at which a later version took over; empty: it stands."),
    )
    recorded_by = models.CharField(
        _("recorded by"), max_length=150, blank=True, help_text=_("Who recorded this version.")
    )
    reason = models.TextField(_("reason"), blank=True, help_text=_("Why it was changed."))

    class Meta:
        abstract = True

    @property
    def identity(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.IDENTITY)

    def same_content(self, other: Self) -> bool:
        return all(getattr(self, name) == getattr(other, name) for name in self.CONTENT)

    def successor(self, **changes: Any) -> Self:
        """A copy of this version, not saved, with `changes`; for `supersede`."""
        kept = {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}
        return type(self)(**{**kept, "id": None, "superseded_at": None, **changes})


def version_constraints(table: str) -> list[models.CheckConstraint]:
    """What holds for every table of versions."""
    return [
        models.CheckConstraint(
            name=f"{table}_superseded_after_it_was_recorded",
            condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
        ),
        models.CheckConstraint(name=f"{table}_versions_count_from_one", condition=Q(version__gte=1)),
    ]


def supersede(old: V | None, new: V) -> V:
    """Store `new` as the version after `old`, in one transaction; `new` is returned, saved.

    A version is never recorded before the one that it replaces.
    """
    with transaction.atomic():
        if old is not None:
            new.recorded_at = max(new.recorded_at, old.recorded_at)
            new.version = max(new.version, old.version + 1)
            type(old)._default_manager.filter(pk=old.pk).update(superseded_at=new.recorded_at)
        new.save(force_insert=True)
    return new


def store_versions(pairs: Iterable[tuple[V | None, V]], *, batch: int = 1000) -> int:
    """`supersede` for many at once; each pair is the version that stands, if any, and the new one."""
    pairs = list(pairs)
    if not pairs:
        return 0
    model = type(pairs[0][1])
    with transaction.atomic():
        replaced = []
        for old, new in pairs:
            if old is not None:
                new.recorded_at = max(new.recorded_at, old.recorded_at)
                new.version = max(new.version, old.version + 1)
                old.superseded_at = new.recorded_at
                replaced.append(old)
        model._default_manager.bulk_update(replaced, ["superseded_at"], batch_size=batch)
        model._default_manager.bulk_create([new for _, new in pairs], batch_size=batch)
    return len(pairs)
