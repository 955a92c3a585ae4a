"""The admin: one file per resource."""

from tracker.admin import (  # noqa: F401 - each registers its pages
    accounts,
    audit,
    conflict_figures,
    crises,
    events,
    export_schedules,
    figures,
    imports,
    regions,
    reports,
    rounds,
    runs,
    sources,
)
