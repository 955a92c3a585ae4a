"""Checked reports as rows of text, by the names of their columns in the table of reports."""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tracker.ingest.checking import Checked
from tracker.ingest.delivery import Delivery
from tracker.ingest.fitting import THOUSANDTHS
from tracker.ingest.known import Known
from tracker.ingest.readers.columns import Coded, Form, Rows
from tracker.ingest.reports import PEOPLE, STATED, said_by

Texts = dict[str, list[str | None]]
"""Rows by the names of their columns, each value in the form that the database takes."""


class AsTexts:
    """Makes the rows of one delivery: their columns are `staged`, as `merging.Merge` takes them."""

    def __init__(self, staged: tuple[str, ...], known: Known, delivery: Delivery, form: Form) -> None:
        self._staged = staged
        self._known = known
        self._delivery = delivery
        self._form = form

    def rows(self, checked: Checked, chosen: Rows, hashes: NDArray[np.int64]) -> Texts:
        """The chosen rows, all of them right: those that are plainly right, then the others.

        Parameters
        ----------
        chosen, hashes : by row of what was checked
        """
        plain = chosen & checked.plain
        rows = {name: self._column(name, checked, plain, hashes) for name in self._staged}
        for place in compress(checked.records, (chosen[place] for place in checked.records)):
            record = checked.records[place]
            said = {
                **said_by(record, self._known),
                "row_hash": int(hashes[place]),
                "recorded_at": self._delivery.moment(record.published),
            }
            for name, column in rows.items():
                column.append(self._form(said[name]))
        return rows

    def _column(self, name: str, checked: Checked, rows: Rows, hashes: NDArray[np.int64]) -> list[str | None]:
        columns = checked.columns
        if name == "row_hash":
            return [*map(str, hashes[rows].tolist())]
        if name == "country":
            return self._made_of(columns.coded("region"), rows, self._country)
        if name == "recorded_at":
            return self._made_of(columns.coded("published"), rows, self._delivery.moment)
        if name in PEOPLE:
            return self._people(name, checked, rows)
        return columns[STATED.get(name, name)].texts(rows, self._form)

    def _made_of(self, column: Coded, rows: Rows, make: Callable[[Any], object]) -> list[str | None]:
        made = column.of(lambda value: self._form(make(value)), object)
        return cast("list[str | None]", made[rows].tolist())

    def _country(self, pcode: str) -> str | None:
        region = self._known.regions.get(pcode)
        return None if region is None else region.country

    def _people(self, name: str, checked: Checked, rows: Rows) -> list[str | None]:
        """Nothing where the numbers stated count people."""
        people = checked.people
        found = np.full(len(rows), self._form(None), dtype=object)
        if name == "household_size_used":
            whole, thousandths = np.divmod(people.size[people.in_households], THOUSANDTHS)
            found[people.in_households] = [f"{w}.{t:03}" for w, t in zip(whole, thousandths, strict=True)]
        else:
            numbers = getattr(people, name)[people.in_households]
            found[people.in_households] = [*map(str, numbers.tolist())]
        return cast("list[str | None]", found[rows].tolist())
