"""What reviewers ask of authors, field by field; kept for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleIn

from tracker.models.reports import Report


class ReviewCommentQuerySet(models.QuerySet["ReviewComment"]):
    def on(self, reports: Iterable[tuple[str, str]]) -> Self:
        """The comments on any version of these reports, given as (source, ref)."""
        return self.filter(TupleIn(Tuple(F("report__source"), F("report__ref")), list(reports)))

    def open(self) -> Self:
        """Those that nobody has settled."""
        return self.filter(settled_at__isnull=True)

    def settle(self, *, at: datetime, by: str) -> int:
        return self.open().update(settled_at=at, settled_by=by)


class ReviewComment(models.Model):
    """One thing that a reviewer asked about one version of a report."""

    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, related_name="+", help_text="The version it speaks of."
    )
    field = models.CharField(max_length=40, help_text="The field it speaks of.")
    text = models.TextField()
    author = models.CharField(max_length=150)
    recorded_at = models.DateTimeField(help_text="The moment (UTC) it was made.")
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="The moment (UTC) a reviewer was content; empty: it is open."
    )
    settled_by = models.CharField(max_length=150, blank=True)

    objects: ClassVar = ReviewCommentQuerySet.as_manager()

    class Meta:
        ordering = ["recorded_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="review_comment_settled_by_somebody",
                condition=Q(settled_at__isnull=True, settled_by="")
                | Q(settled_at__isnull=False) & ~Q(settled_by=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"
