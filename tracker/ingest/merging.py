"""How delivered reports become versions, as statements for a whole batch, alike on both databases.

Three temporary tables take part:

- `delivered` holds the rows of the batch, checked, each of another report;
- `lanes` says which of them have current versions: the one that stands, the one that is proposed;
- `changed` holds the new versions of those that say something else.

In the statements `said` is a delivered row, and `standing` and `proposal` are its report's current versions.
Parameters: `now`, `by`, `author`, `approved_by`, `status` and `reason` of new versions; `left_out_NAME` for
each column that the file leaves out; the codes of the sources `heard` before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Template

from tracker.ingest.reports import KEPT, SAME_NAME, STATED
from tracker.models import Report
from tracker.vocabulary import PROPOSED, STANDING, Status

VERSION = tuple(str(field.column) for field in Report._meta.concrete_fields if not field.primary_key)

_NULLABLE = {"household_size", "stated_low", "stated_high"}
_DELIVERED = "CREATE TEMPORARY TABLE delivered AS SELECT 0 AS n, $staged FROM $report WHERE FALSE"
_LANES = """
    CREATE TEMPORARY TABLE lanes AS SELECT 0 AS n, id AS standing, id AS proposal FROM $report WHERE FALSE
"""
_CHANGED = """
    CREATE TEMPORARY TABLE changed AS SELECT id AS standing, id AS proposal, $version FROM $report WHERE FALSE
"""
# Each row is looked up in two unique indexes, which costs the same however many reports there are.
_FIND_LANES = """
    INSERT INTO lanes
    WITH found AS MATERIALIZED (
        SELECT said.n, ($standing) AS standing, ($proposal) AS proposal
        FROM delivered said WHERE said.source IN ($heard)
    )
    SELECT n, standing, proposal FROM found WHERE standing IS NOT NULL OR proposal IS NOT NULL
"""
_CURRENT = """
    SELECT id FROM $report one WHERE one.source = said.source AND one.ref = said.ref
    AND one.superseded_at IS NULL AND one.status IN ($statuses)
"""
_FIND_CHANGED = """
    INSERT INTO changed
    SELECT standing.id, proposal.id, $values
    FROM lanes JOIN delivered said ON said.n = lanes.n $find_standing $find_proposal
    WHERE ($said_already) IS NOT TRUE
"""
_SUPERSEDE = """
    UPDATE $report SET superseded_at = changed.recorded_at FROM changed WHERE $report.id = changed.$lane
"""
_STORE_CHANGED = "INSERT INTO $report ($version) SELECT $version FROM changed"
_STORE_NEW = "INSERT INTO $report ($version) SELECT $values FROM delivered said WHERE $which"
_CUBES = """
    SELECT $cube, MIN($recorded_at) FROM $rows WHERE $which GROUP BY 1, 2, 3, 4
"""
_NOT_KNOWN = "NOT EXISTS (SELECT 1 FROM lanes WHERE lanes.n = said.n)"


@dataclass(frozen=True)
class Dialect:
    """What the two databases say in other words."""

    equals: str
    """Also where both are NULL."""
    greatest: str
    find: str
    """A join to one version by its id, never by reading the whole table."""


DIALECTS = {
    "postgresql": Dialect(
        "IS NOT DISTINCT FROM",
        "GREATEST",
        "LEFT JOIN LATERAL (SELECT * FROM $report WHERE id = $table.$lane OFFSET 0) $lane ON TRUE",
    ),
    "sqlite": Dialect("IS", "MAX", "LEFT JOIN $report $lane ON $lane.id = $table.$lane"),
}


class Merge:
    """The statements for the rows of one delivery.

    Parameters
    ----------
    staged : the columns of `delivered`: those of a report that the file has; `country` and `row_hash`; where
        households may be, `low`, `value` and `high` in people and `household_size_used`, NULL where the
        stated numbers count people; `recorded_at` where that is not now
    approve : whether they become what stands, or what is proposed
    """

    def __init__(self, dialect: Dialect, staged: Iterable[str], *, approve: bool) -> None:
        self._dialect = dialect
        self._staged = tuple(staged)
        self._approve = approve

    @property
    def tables(self) -> dict[str, str]:
        """By name, how the tables are made."""
        made = {"delivered": _DELIVERED, "lanes": _LANES, "changed": _CHANGED}
        return {name: self._sql(text, staged=_listed(self._staged)) for name, text in made.items()}

    def find_lanes(self, heard: str) -> str:
        standing, proposal = (
            self._sql(_CURRENT, statuses=", ".join(f"'{status}'" for status in statuses))
            for statuses in (STANDING, PROPOSED)
        )
        return self._sql(_FIND_LANES, standing=standing, proposal=proposal, heard=heard)

    @property
    def find_changed(self) -> str:
        return self._sql(
            _FIND_CHANGED,
            values=_in_order(self._changed()),
            find_standing=self._find("standing", "lanes"),
            find_proposal=self._find("proposal", "lanes"),
            said_already=self._said_already(),
        )

    @property
    def supersede(self) -> list[str]:
        """The versions that are replaced: by an approved one what stands and what is proposed."""
        return [self._sql(_SUPERSEDE, lane=lane) for lane in self._replaced]

    @property
    def store_changed(self) -> str:
        return self._sql(_STORE_CHANGED)

    def store_new(self, *, beside_known: bool) -> str:
        which = _NOT_KNOWN if beside_known else "TRUE"
        return self._sql(_STORE_NEW, values=_in_order(self._new()), which=which)

    def cubes_of_new(self, *, beside_known: bool) -> str:
        """The cubes that new reports touch, and since when; a proposal takes no part in any.

        But the closed round that a proposal is a row of did not find its region empty.
        """
        which = _NOT_KNOWN if beside_known else "TRUE"
        return self._cubes(self._new(), "delivered said", which)

    @property
    def cubes_of_changed(self) -> list[str]:
        """The same of changed reports: of their new versions and of those these replace."""
        found = [self._cubes(_columns_of("changed"), "changed", "TRUE")]
        for lane in self._replaced:
            values = _columns_of(lane) | {"recorded_at": "changed.recorded_at"}
            rows = f"changed {self._find(lane, 'changed')}"
            found.append(self._cubes(values, rows, f"{lane}.id IS NOT NULL"))
        return found

    @property
    def _replaced(self) -> tuple[str, ...]:
        return ("standing", "proposal") if self._approve else ("proposal",)

    def _said(self, name: str) -> str:
        """What the row says under the report's name `name`."""
        if name in self._staged:
            return f'said."{name}"'
        return "NULL" if name in STATED else f"%(left_out_{name})s"

    def _people(self, *names: str) -> str:
        """The first of these columns that holds a number."""
        held = [self._said(name) for name in names if name in self._staged]
        return f"COALESCE({', '.join(held)}, NULL)" if held else "NULL"

    @property
    def _recorded_at(self) -> str:
        return "said.recorded_at" if "recorded_at" in self._staged else "%(now)s"

    def _new(self) -> dict[str, str]:
        """By column, what the first version of a report holds."""
        return {
            **{name: self._said(name) for name in ("source", "ref", "country", *SAME_NAME, *KEPT, *STATED)},
            "value": self._people("value", "stated_value"),
            "low": self._people("low", "stated_low", "stated_value"),
            "high": self._people("high", "stated_high", "stated_value"),
            "household_size_used": self._people("household_size_used"),
            "breakdown": "NULL",
            # They were about what a person entered.
            "warnings_overridden": "NULL",
            "row_hash": "said.row_hash",
            "status": "%(status)s",
            "author": "%(author)s",
            "approved_by": "%(approved_by)s",
            "version": "1",
            "recorded_at": self._recorded_at,
            "superseded_at": "NULL",
            "recorded_by": "%(by)s",
            "reason": "''",
        }

    def _changed(self) -> dict[str, str]:
        """By column, what the next version holds; it is never recorded before one that it replaces."""
        moments = [f"COALESCE({lane}.recorded_at, {self._recorded_at})" for lane in self._replaced]
        greatest = self._dialect.greatest
        return {
            **self._new(),
            **self._content(),
            "breakdown": _latest(
                "breakdown", "CASE WHEN {lane}.stated_value = said.stated_value THEN {it} END"
            ),
            "version": f"{greatest}(COALESCE(standing.version, 0), COALESCE(proposal.version, 0)) + 1",
            "recorded_at": f"{greatest}({self._recorded_at}, {', '.join(moments)})",
            "reason": "%(reason)s",
        }

    def _content(self) -> dict[str, str]:
        """What the row says of a report that has a current version."""
        kept = {name: self._said(name) if name in self._staged else _latest(name) for name in KEPT}
        return {**{name: self._said(name) for name in (*SAME_NAME, *STATED)}, **kept}

    def _said_already(self) -> str:
        """Whether this stands approved, or else was decided or is proposed."""
        if self._approve:
            return f"standing.status = '{Status.APPROVED.value}' AND {self._says_this('standing')}"
        return f"({self._says_this('standing')}) OR ({self._says_this('proposal')})"

    def _says_this(self, lane: str) -> str:
        return " AND ".join(
            f'{lane}."{name}" {self._dialect.equals if name in _NULLABLE else "="} {said}'
            for name, said in self._content().items()
        )

    def _find(self, lane: str, table: str) -> str:
        return self._sql(self._dialect.find, lane=lane, table=table)

    def _cubes(self, values: dict[str, str], rows: str, which: str) -> str:
        if not self._approve:
            which += f" AND {values['round']} <> ''"
        cube = ", ".join(values[name] for name in ("country", "measure", "cause", "crisis"))
        return self._sql(_CUBES, cube=cube, recorded_at=values["recorded_at"], rows=rows, which=which)

    def _sql(self, text: str, **parts: str) -> str:
        report = f'"{Report._meta.db_table}"'
        return Template(text).substitute(report=report, version=_listed(VERSION), **parts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _in_order(values: dict[str, str]) -> str:
    return ", ".join(values[name] for name in VERSION)


def _columns_of(row: str) -> dict[str, str]:
    return {name: f'{row}."{name}"' for name in VERSION}


def _latest(name: str, form: str = "{it}") -> str:
    """A column of the version that stands, else of the one that is proposed."""
    ways = (form.format(lane=lane, it=f'{lane}."{name}"') for lane in ("standing", "proposal"))
    return "CASE WHEN standing.id IS NOT NULL THEN {} ELSE {} END".format(*ways)
