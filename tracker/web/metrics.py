"""What a monitoring system asks for: work that waits, work that failed, figures that are not as reported.

Everything is read from the tables, so whichever process answers says the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from tracker.models import Run
from tracker.vocabulary import RunKind, RunState

WATCHED = (RunState.DUE, RunState.RUNNING, RunState.PARKED)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics as Prometheus reads them, for who bears METRICS_TOKEN; without a token there are none."""
    if not settings.METRICS_TOKEN:
        raise Http404
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not secrets.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        return HttpResponse(
            "Send the token of METRICS_TOKEN: Authorization: Bearer TOKEN.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    registry = CollectorRegistry()
    registry.register(Runs())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Runs:
    """The state of background work."""

    def describe(self) -> list[Metric]:
        """None beforehand: nothing is read until somebody asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        yield _by_kind_and_state()
        waiting = Run.objects.filter(state=RunState.DUE).aggregate(at=Min("not_before"))["at"]
        yield GaugeMetricFamily(
            "tracker_oldest_due_run_seconds",
            "How long the run that waits longest has waited since it might begin; 0 where none does.",
            _seconds_since(waiting) if waiting else 0,
        )
        yield _last_done()
        # One that is tried again has not looked yet.
        alarms = Run.objects.filter(kind=RunKind.VERIFY, state__in=WATCHED, key__startswith="verify:")
        yield GaugeMetricFamily(
            "tracker_figures_not_as_reported",
            "Differences between stored and recomputed figures that no later verification has cleared.",
            sum(counts.get("differences", 0) for counts in alarms.values_list("counts", flat=True)),
        )


def _by_kind_and_state() -> Metric:
    found = GaugeMetricFamily(
        "tracker_runs", "Runs that wait, are worked on, or wait for a person.", labels=["kind", "state"]
    )
    counted = Run.objects.filter(state__in=WATCHED).values_list("kind", "state").annotate(Count("pk"))
    numbers = {(kind, state): number for kind, state, number in counted.order_by()}
    for kind in RunKind.values:
        for state in WATCHED:
            found.add_metric([kind, state.value], numbers.get((kind, state.value), 0))
    return found


def _last_done() -> Metric:
    found = GaugeMetricFamily(
        "tracker_last_done_timestamp_seconds", "When a run of this kind last ended well.", labels=["kind"]
    )
    done = (
        Run.objects.filter(state=RunState.DONE, finished_at__isnull=False)
        .values_list("kind")
        .annotate(Max("finished_at"))
    )
    for kind, moment in done.order_by("kind"):
        found.add_metric([kind], moment.timestamp())
    return found


def _seconds_since(moment: datetime) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds())
