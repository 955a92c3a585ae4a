"""Places by what somebody types: a P-code, or a name in any language and spelling."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tracker.ingest.names import Names, plain
from tracker.ingest.sounds import sound
from tracker.models import Region
from tracker.models.names import name_among

NAMES = ("name_en", "name_ar", "name_fr", "name_local")
LEAST_HEARD = 2
"""Fewer consonants say too little of a name."""
MOST_ALIKE = 200
"""So many places are looked through for those of the countries asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    pcode: str
    level: int
    parent: str
    country: str
    retired: bool
    names: dict[str, str]
    """By language, `local` among them, those that there are."""
    code: str
    plain: tuple[str, ...]
    sounds: tuple[str, ...]

    def name(self, language: str = "en") -> str:
        return name_among(self.names, language)


class Places:
    """All regions that stand, ready to be searched."""

    def __init__(self, places: Collection[Place]) -> None:
        self._in_order = sorted(places, key=lambda one: (one.retired, one.level, one.names["en"], one.pcode))
        self._by_pcode = {place.pcode: place for place in places}

    def get(self, pcode: str) -> Place | None:
        return self._by_pcode.get(pcode)

    def path(self, pcode: str) -> list[Place]:
        """The country, what lies between, and the place itself; empty where there is none."""
        found: list[Place] = []
        while (place := self._by_pcode.get(pcode)) and place not in found:
            found.append(place)
            pcode = place.parent
        return found[::-1]

    def search(self, typed: str, *, countries: Collection[str] | None = None, most: int = 12) -> list[Place]:
        """The places that fit best: by code before name, by spelling before sound, retired ones last.

        Where none fits, those whose names are most like what was typed.
        """
        wanted = _Wanted(typed)
        found: list[tuple[bool, int, int, Place]] = []
        for number, place in enumerate(self._in_order):
            if countries is not None and place.country not in countries:
                continue
            fit = wanted.fit(place)
            if fit is not None:
                found.append((place.retired, fit, number, place))
        if not found:
            return self._like(typed, countries, most)
        return [place for *_, place in sorted(found, key=lambda one: one[:3])[:most]]

    def _like(self, typed: str, countries: Collection[str] | None, most: int) -> list[Place]:
        alike = [self._by_pcode[pcode] for pcode in self._names.like(typed, most=MOST_ALIKE)]
        return [place for place in alike if countries is None or place.country in countries][:most]

    @cached_property
    def _names(self) -> Names:
        return Names((place.pcode, name) for place in self._in_order for name in place.plain)


class _Wanted:
    def __init__(self, typed: str) -> None:
        self.code = typed.strip().casefold()
        self.plain = plain(typed)
        self.sound = sound(typed)
        self.heard = self.sound.replace(" ", "")

    def fit(self, place: Place) -> int | None:
        """How well it fits: 0 best, None not at all. With nothing typed everything fits."""
        if not self.code:
            return 0
        if place.code == self.code:
            return 0
        if self.plain and (spelled := self._spelled(place)) is not None:
            return spelled
        if place.code.startswith(self.code):
            return 2
        return self._heard(place) if len(self.heard) >= LEAST_HEARD else None

    def _spelled(self, place: Place) -> int | None:
        if not any(self.plain in name for name in place.plain):
            return None
        if self.plain in place.plain:
            return 1
        if any(name.startswith(self.plain) for name in place.plain):
            return 3
        return 4 if any(f" {self.plain}" in name for name in place.plain) else 5

    def _heard(self, place: Place) -> int | None:
        if self.sound in place.sounds:
            return 6
        if any(name.replace(" ", "").startswith(self.heard) for name in place.sounds):
            return 7
        return 8 if any(f" {self.sound}" in name for name in place.sounds) else None


def places() -> Places:
    """The regions that stand now; read once by each process, and again when a region has changed."""
    stamp = _stamp()
    if _read.stamp != stamp:
        _read.places, _read.stamp = Places(list(_rows())), stamp
    return _read.places


class _Read:
    stamp: Any = None
    places = Places([])


_read = _Read()


def _stamp() -> Any:
    """Another whenever a version of a region was written: versions are only ever added."""
    return Region.objects.order_by("-pk").values_list("pk", "pcode", "recorded_at", *NAMES).first()


def _rows() -> Iterator[Place]:
    columns = ("pcode", "level", "parent", "country", "retired", *NAMES)
    for pcode, level, parent, country, retired, *names in (
        Region.objects.current().order_by().values_list(*columns).iterator()
    ):
        spelled = list(dict.fromkeys(filter(None, names)))
        yield Place(
            pcode=pcode,
            level=level,
            parent=parent,
            country=country,
            retired=retired,
            names={column.removeprefix("name_"): name for column, name in zip(NAMES, names, strict=True)},
            code=pcode.casefold(),
            plain=tuple(map(plain, spelled)),
            sounds=tuple(dict.fromkeys(filter(None, map(sound, spelled)))),
        )
