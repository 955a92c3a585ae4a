"""The words that every room shares: measures, causes, periods, roles and states."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST_PEOPLE = 1_000_000_000
"""No number of people in a report is above this."""

METHOD_VERSION = "1"
"""The version of the rules in docs/methodology.md that figures are made by."""


class Measure(TextChoices):
    """What is counted. Stocks are people present on a date, flows people who moved in a period."""

    IDPS = "idps", "internally displaced people (stock)"
    RETURNEES = "returnees", "returnees (stock)"
    REFUGEES = "refugees", "refugees (stock)"
    ARRIVALS = "arrivals", "arrivals: displaced into the region (flow)"
    DEPARTURES = "departures", "departures: displaced from the region (flow)"
    RETURNS = "returns", "returns: back to the region (flow)"
    ENTRIES = "entries", "entries from another country (flow)"
    EXITS = "exits", "exits to another country (flow)"


STOCKS = frozenset({Measure.IDPS.value, Measure.RETURNEES.value, Measure.REFUGEES.value})
FLOWS = frozenset(set(Measure.values) - STOCKS)


class Cause(TextChoices):
    CONFLICT = "conflict", "conflict"
    DISASTER = "disaster", "disaster"
    OTHER = "other", "other"


class PeriodType(TextChoices):
    DAY = "day", "day"
    WEEK = "week", "ISO week"
    MONTH = "month", "month"
    QUARTER = "quarter", "quarter"
    YEAR = "year", "year"


class Unit(TextChoices):
    PEOPLE = "people", "people"
    HOUSEHOLDS = "households", "households"


class Role(TextChoices):
    COUNTED = "counted", "counted: takes part in the figures"
    CONTEXT = "context", "context: kept for comparison, never counted"
    FORECAST = "forecast", "forecast: what the source expects, never counted"


class Qualifier(TextChoices):
    EXACTLY = "exactly", "exactly"
    ABOUT = "about", "about"
    AT_LEAST = "at_least", "at least"
    AT_MOST = "at_most", "at most"
    MORE_THAN = "more_than", "more than"


class Sensitivity(TextChoices):
    PUBLIC = "public", "public"
    PARTNERS = "partners", "partners only"
    INTERNAL = "internal", "internal"


class Status(TextChoices):
    DRAFT = "draft", "draft"
    SUBMITTED = "submitted", "submitted: waits for review"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", _("returned: waits for its author")
    RETRACTED = "retracted", "retracted"


STANDING = (Status.APPROVED.value, Status.RETRACTED.value)
"""A report has at most one current version among these: what was decided."""
PROPOSED = (Status.DRAFT.value, Status.SUBMITTED.value, Status.REJECTED.value)
"""And at most one among these: what is proposed and changes no figure yet."""


class RowAccess(TextChoices):
    PUBLIC = "public", "rows may be served to anyone"
    PARTNERS = "partners", "rows may be served to partners"
    NONE = "none", "rows are never served, only aggregated"


class Outcome(TextChoices):
    """Why an approved report counts as it does in one figure (METHOD, "Why a report counts as it does")."""

    USED = "used", "used"
    EXPLAINED = "explained", "explained: more trusted or more precise reports leave it nothing to add"
    SUPERSEDED = "superseded", "superseded: the source has a later statement"
    LAPSED = "lapsed", "lapsed: too old to speak"
    STALE = "stale", "stale: others are much fresher"
    LESS_TRUSTED = "less_trusted", "less trusted than the statement that speaks"
    CONTEXT = "context", "context: never counted"
    FORECAST = "forecast", "forecast: never counted"


class FigureWarning(TextChoices):
    """Right by the rule, and still worth a person's look."""

    PARTS_EXCEED_WHOLE = "parts_exceed_whole", "sub-regions exceed a more trusted whole"
    WHOLE_OLDER_THAN_PARTS = "whole_older_than_parts", "the whole is much older than its parts"


class EventType(TextChoices):
    """ACLED's event types; other datasets are mapped to them (docs/sources.md)."""

    BATTLES = "Battles", "Battles"
    EXPLOSIONS = "Explosions/Remote violence", "Explosions/Remote violence"
    VIOLENCE = "Violence against civilians", "Violence against civilians"
    PROTESTS = "Protests", "Protests"
    RIOTS = "Riots", "Riots"
    STRATEGIC = "Strategic developments", "Strategic developments"


class RunKind(TextChoices):
    IMPORT = "import", "import"
    BUILD = "build", "build"
    CONFLICT = "conflict", "build of conflict figures"
    VERIFY = "verify", "verification"
    EXPORT = "export", "export"


class RunState(TextChoices):
    DUE = "due", "due"
    RUNNING = "running", "running"
    DONE = "done", "done"
    PARKED = "parked", "parked: it failed, and waits for a person"
    MERGED = "merged", "merged into a later run of the same key"
    REFUSED = "refused", "refused: the file is not what was expected, and nothing of it was taken"


class ImportFormat(TextChoices):
    """What an uploaded file holds. Boundaries are loaded from the command line, release by release."""

    REPORTS = "reports", _("reports")
    EVENTS = "events", _("conflict events")
    ROUNDS = "rounds", _("rounds")
    SOURCES = "sources", _("sources")
    CRISES = "crises", _("crises")


class ImportState(TextChoices):
    """How far an uploaded file has come."""

    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked: waits to be submitted")
    SUBMITTING = "submitting", _("being submitted")
    SUBMITTED = "submitted", _("submitted: waits for review")
    TAKING = "taking", _("being taken")
    TAKEN = "taken", _("taken")
    REFUSED = "refused", _("refused: the file is not what was expected")
    CANCELLED = "cancelled", _("cancelled")


class RowOutcome(TextChoices):
    """What a row of an uploaded file would do to what stands."""

    NEW = "new", _("new")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    REJECTED = "rejected", _("rejected")
    UNMATCHED = "unmatched", _("unmatched: its place or its source is not known")


class RowStep(TextChoices):
    """How far one row of an uploaded file has come."""

    CHECKED = "checked", _("checked")
    SUBMITTED = "submitted", _("submitted")
    TAKEN = "taken", _("taken")
