"""The admin: one file per resource."""

from tracker.admin import (  # noqa: F401 - each registers its pages
    conflict_figures,
    crises,
    events,
    export_schedules,
    figures,
    regions,
    reports,
    rounds,
    runs,
    sources,
)
