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

    IDPS = "idps", _("internally displaced people (stock)")
    RETURNEES = "returnees", _("returnees (stock)")
    REFUGEES = "refugees", _("refugees (stock)")
    ARRIVALS = "arrivals", _("arrivals: displaced into the region (flow)")
    DEPARTURES = "departures", _("departures: displaced from the region (flow)")
    RETURNS = "returns", _("returns: back to the region (flow)")
    ENTRIES = "entries", _("entries from another country (flow)")
    EXITS = "exits", _("exits to another country (flow)")


STOCKS = frozenset({Measure.IDPS.value, Measure.RETURNEES.value, Measure.REFUGEES.value})
FLOWS = frozenset(set(Measure.values) - STOCKS)


class Cause(TextChoices):
    CONFLICT = "conflict", _("conflict")
    DISASTER = "disaster", _("disaster")
    OTHER = "other", _("other")


class PeriodType(TextChoices):
    DAY = "day", _("day")
    WEEK = "week", _("ISO week")
    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    YEAR = "year", _("year")


class Unit(TextChoices):
    PEOPLE = "people", _("people")
    HOUSEHOLDS = "households", _("households")


class Role(TextChoices):
    COUNTED = "counted", _("counted: takes part in the figures")
    CONTEXT = "context", _("context: kept for comparison, never counted")
    FORECAST = "forecast", _("forecast: what the source expects, never counted")


class Qualifier(TextChoices):
    EXACTLY = "exactly", _("exactly")
    ABOUT = "about", _("about")
    AT_LEAST = "at_least", _("at least")
    AT_MOST = "at_most", _("at most")
    MORE_THAN = "more_than", _("more than")


class Sensitivity(TextChoices):
    PUBLIC = "public", _("public")
    PARTNERS = "partners", _("partners only")
    INTERNAL = "internal", _("internal")


class Status(TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted: waits for review")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("returned: waits for its author")
    RETRACTED = "retracted", _("retracted")


STANDING = (Status.APPROVED.value, Status.RETRACTED.value)
"""A report has at most one current version among these: what was decided."""
PROPOSED = (Status.DRAFT.value, Status.SUBMITTED.value, Status.REJECTED.value)
"""And at most one among these: what is proposed and changes no figure yet."""


class RowAccess(TextChoices):
    PUBLIC = "public", _("rows may be served to anyone")
    PARTNERS = "partners", _("rows may be served to partners")
    NONE = "none", _("rows are never served, only aggregated")


class Outcome(TextChoices):
    """Why an approved report counts as it does in one figure (METHOD, "Why a report counts as it does")."""

    USED = "used", _("used")
    EXPLAINED = "explained", _("explained: more trusted or more precise reports leave it nothing to add")
    SUPERSEDED = "superseded", _("superseded: the source has a later statement")
    LAPSED = "lapsed", _("lapsed: too old to speak")
    STALE = "stale", _("stale: others are much fresher")
    LESS_TRUSTED = "less_trusted", _("less trusted than the statement that speaks")
    CONTEXT = "context", _("context: never counted")
    FORECAST = "forecast", _("forecast: never counted")


class FigureWarning(TextChoices):
    """Right by the rule, and still worth a person's look."""

    PARTS_EXCEED_WHOLE = "parts_exceed_whole", _("sub-regions exceed a more trusted whole")
    WHOLE_OLDER_THAN_PARTS = "whole_older_than_parts", _("the whole is much older than its parts")


class EventType(TextChoices):
    """ACLED's event types; other datasets are mapped to them (docs/sources.md)."""

    BATTLES = "Battles", _("Battles")
    EXPLOSIONS = "Explosions/Remote violence", _("Explosions/Remote violence")
    VIOLENCE = "Violence against civilians", _("Violence against civilians")
    PROTESTS = "Protests", _("Protests")
    RIOTS = "Riots", _("Riots")
    STRATEGIC = "Strategic developments", _("Strategic developments")


class RunKind(TextChoices):
    IMPORT = "import", _("import")
    BUILD = "build", _("build")
    CONFLICT = "conflict", _("build of conflict figures")
    VERIFY = "verify", _("verification")
    EXPORT = "export", _("export")


class RunState(TextChoices):
    DUE = "due", _("due")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    PARKED = "parked", _("parked: it failed, and waits for a person")
    MERGED = "merged", _("merged into a later run of the same key")
    REFUSED = "refused", _("refused: the file is not what was expected, and nothing of it was taken")


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
    DECLINING = "declining", _("being declined")
    DECLINED = "declined", _("declined by a reviewer")


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
