"""Random cases, small ones, that reach every rule of docs/methodology.md.

A case is a dict as in `tests/samples/method-examples.json`, without `expected`, and is valid by the
text: nothing in it would be refused. It is made of a few *moves*, each a handful of reports that
together bring about one situation (a total that grows, a round that found nobody, a newer whole).
The moves meet in few regions and days, so the situations also meet each other.
"""

from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from typing import Any

from hypothesis import strategies as st

Case = dict[str, Any]
Series = tuple[str, str, str]  # measure, cause, crisis
Day = int

STOCKS = ("idps", "returnees", "refugees")
FLOWS = ("arrivals", "departures", "returns", "entries", "exits")
GREATEST = 1_000_000_000

# The ends of a year, an ISO year of 53 weeks and a leap day are near these.
FIRST_DAYS = ("2024-11-20", "2024-02-01", "2020-12-10", "2023-12-20", "2025-03-25", "2021-06-15")
# Neither the order of the codes nor their length is that of the tree; upper case sorts first.
PCODES = ("XB9", "XB10", "Xb1", "B7", "aa", "ZZ", "C01", "C", "C1", "XA0101", "éa", "0X")
SOURCES = ("un", "ngo", "local", "Zeta", "alpha", "media", "io-m", "éa")
REFS = ("a", "b", "r1", "r10", "r2", "R3", "Z", "é", "0", "09", "c", "d", "e", "f", "g", "h", "i")
CRISES = ("", "xa-2024")


def cases(**options: Any) -> st.SearchStrategy[Case]:
    """A hypothesis strategy of `random_case(random, **options)`; it shrinks to small cases."""
    return st.randoms(use_true_random=False).map(lambda random: random_case(random, **options))


def random_case(
    random: Random,
    *,
    measures: Sequence[str] = STOCKS + FLOWS,
    max_regions: int = 9,
    max_reports: int = 12,
    max_span: int = 90,
) -> Case:
    """A valid case with at least one report.

    `measures` are those that reports may have; moves begin within `max_span` days, and end soon.
    """
    draft = Draft(random, measures, max_regions=max_regions, max_span=max_span)
    for _ in range(random.randint(1, 6)):
        if len(draft.reports) >= max_reports:
            break
        series = draft.some_series()
        moves = STOCK_MOVES if series[0] in STOCKS else FLOW_MOVES
        random.choice(moves)(draft, series)
    return draft.finished(max_reports=max_reports)


class Draft:
    """A case being made."""

    def __init__(
        self,
        random: Random,
        measures: Sequence[str],
        *,
        max_regions: int,
        max_span: int,
    ) -> None:
        self.random = random
        self.settings = {
            "max_age_days": random.choice((180, 180, 40)),
            "freshness_days": random.choice((30, 30, 10)),
        }
        self.regions = random_tree(random, random.randint(2, max_regions))
        self.parent: dict[str, str] = {each["pcode"]: each["parent"] for each in self.regions}
        tiers = random.sample(range(1, 6), random.randint(1, 3))
        sources = random.sample(SOURCES, random.randint(1, 5))
        self.tiers = {code: random.choice(tiers) for code in sources}
        self.rounds: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.first_day = date.fromisoformat(random.choice(FIRST_DAYS)).toordinal()
        self.span = random.randint(1, max_span)
        self.magnitude = random.choice(("mixed", "small", "mixed", "small", "mixed", "huge"))
        shapes = [[each for each in measures if each in shape] for shape in (STOCKS, FLOWS)]
        self.shapes = [shape for shape in shapes if shape]
        self.main_series = self.new_series()

    # What moves are made of.

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) >= 100 - percent

    def new_series(self) -> Series:
        cause = self.random.choice(("conflict", "disaster", "other"))
        measure = self.random.choice(self.random.choice(self.shapes))
        return measure, cause, self.random.choice(CRISES)

    def some_series(self) -> Series:
        return self.new_series() if self.chance(15) else self.main_series

    def some_region(self) -> str:
        return self.random.choice(list(self.parent))

    def some_source(self) -> str:
        return self.random.choice(list(self.tiers))

    def some_source_like(self, source: str) -> str:
        """Any source, more often one of the same tier."""
        as_trusted = [code for code, tier in self.tiers.items() if tier == self.tiers[source]]
        return self.random.choice(as_trusted) if self.chance(40) else self.some_source()

    def by_trust(self) -> list[str]:
        return sorted(self.tiers, key=lambda code: self.tiers[code])

    def some_day(self) -> Day:
        return self.first_day + self.random.randrange(self.span)

    def above(self, pcode: str) -> list[str]:
        found = []
        while self.parent[pcode]:
            pcode = self.parent[pcode]
            found.append(pcode)
        return found

    def below(self, pcode: str) -> list[str]:
        return [other for other in self.parent if pcode in self.above(other)]

    def some_region_with_parts(self) -> str:
        return self.random.choice([pcode for pcode in self.parent if self.below(pcode)])

    def inner_regions(self) -> list[str]:
        """Those with a region above and one below."""
        return [pcode for pcode in self.parent if self.above(pcode) and self.below(pcode)]

    def some_parts(self, pcode: str, at_most: int) -> list[str]:
        below = self.below(pcode)
        return self.random.sample(below, self.random.randint(1, min(at_most, len(below))))

    def of(self, series: Series) -> list[dict[str, Any]]:
        """The reports of one series so far."""
        return [
            report
            for report in self.reports
            if (report["measure"], report["cause"], report.get("crisis", "")) == series
        ]

    def people(self) -> int:
        """Often 0 or small, where rounding shows; sometimes as many as there may be."""
        kind = self.random.randrange(10)
        if kind == 0:
            return 0
        if self.magnitude == "huge":
            return GREATEST - self.random.choice((0, 0, 1, 7, 400_000_000))
        if kind < 4 or self.magnitude == "small":
            return self.random.randint(1, 20)
        if kind < 9:
            return self.random.randint(1, 1000)
        return self.random.randint(1, 1_000_000)

    def add(
        self,
        series: Series,
        *,
        source: str,
        region: str,
        start: Day,
        end: Day,
        value: int | None = None,
        published: Day | None = None,
        round_code: str = "",
        is_vague: bool = False,
    ) -> dict[str, Any]:
        """A new report; what is not given is left to chance. A vague one has a wide range."""
        measure, cause, crisis = series
        if value is None:
            value = self.people()
        value = min(value, GREATEST)
        if published is None:
            published = end + self.random.choice((0, 0, 0, 1, 3))
        report: dict[str, Any] = {
            "ref": self.new_ref(source),
            "source": source,
            "region": region,
            "measure": measure,
            "cause": cause,
            "value": value,
            "start": text(start),
            "end": text(end),
            "published": text(max(end, published)),
        }
        if is_vague or self.chance(35):
            less = self.random.choice((0, 1, value // 10, value // 2, value))
            report["low"] = max(0, value - less)
        if is_vague or self.chance(35):
            more = self.random.choice((0, 1, value // 10, value, 3 * value))
            report["high"] = min(GREATEST, value + more)
        if crisis:
            report["crisis"] = crisis
        if round_code:
            report["round"] = round_code
        if self.chance(4):
            report["role"] = self.random.choice(("context", "forecast"))
        if self.chance(3):
            report["status"] = "submitted"
        self.reports.append(report)
        return report

    def retire_some(self) -> None:
        """Regions of an older boundary release: some below one another, and some with current ones below."""
        for region in self.regions:
            if region["parent"] and self.chance(50):
                region["retired"] = True

    def new_ref(self, source: str) -> str:
        """Unique by source, and never the code of a round, so that no two statements are equal."""
        used = {report["ref"] for report in self.reports if report["source"] == source}
        free = [ref for ref in REFS if ref not in used]
        return self.random.choice(free) if free else f"x{len(self.reports)}"

    def finished(self, *, max_reports: int) -> Case:
        del self.reports[max_reports:]  # The last move may have made a few too many.
        for rows in (self.reports, self.rounds):
            self.random.shuffle(rows)
        last = max(day_of(report["end"]) for report in self.reports)
        max_age = self.settings["max_age_days"]
        as_of = last + self.random.choice((0, 1, -1, 25, max_age - 1, max_age, max_age + 1, -20))
        if self.chance(25):
            self.retire_some()
        return {
            "name": "random",
            "as_of": text(as_of),
            "settings": self.settings,
            "regions": self.regions,
            "sources": [{"code": code, "tier": tier} for code, tier in self.tiers.items()],
            "rounds": self.rounds,
            "reports": self.reports,
        }


def random_tree(random: Random, size: int) -> list[dict[str, Any]]:
    """One country with all below it, parents before their parts; two to four levels."""
    deepest = random.choice((1, 2, 3, 3))
    by_prefix = random.randrange(2) == 0
    codes = random.sample(PCODES, len(PCODES))
    country = {"pcode": "XA" if by_prefix else codes.pop(), "level": 0, "parent": ""}
    regions: list[dict[str, Any]] = [country]
    for number in range(1, size):
        parent = random.choice([region for region in regions if region["level"] < deepest])
        pcode = f"{parent['pcode']}{number:02}" if by_prefix else codes.pop()
        level = parent["level"] + 1
        regions.append({"pcode": pcode, "level": level, "parent": parent["pcode"]})
    return regions


def text(day: Day) -> str:
    return date.fromordinal(day).isoformat()


def day_of(iso: str) -> Day:
    return date.fromisoformat(iso).toordinal()


Move = Callable[[Draft, Series], None]

# --- flows ---------------------------------------------------------------------------------------


def one_period(draft: Draft, series: Series) -> None:
    start = draft.some_day()
    days = draft.random.choice((1, 2, 3, 5, 7, 10, 16, 30, 60))
    end = start + days - 1
    draft.add(series, source=draft.some_source(), region=draft.some_region(), start=start, end=end)


def total_since(draft: Draft, series: Series) -> None:
    """One start, later and later ends; now and then a total is lower than the one before."""
    region, source, start = draft.some_region(), draft.some_source(), draft.some_day()
    end, value = start - 1, 0
    for _ in range(draft.random.randint(2, 4)):
        end += draft.random.randint(1, 6)
        value = value // 2 if draft.chance(30) else value + draft.people()
        draft.add(series, source=source, region=region, start=start, end=end, value=value)
        if draft.chance(20):
            source = draft.some_source()


def rolling_windows(draft: Draft, series: Series) -> None:
    region, source, start = draft.some_region(), draft.some_source(), draft.some_day()
    days = draft.random.randint(2, 10)
    for _ in range(draft.random.randint(2, 4)):
        draft.add(series, source=source, region=region, start=start, end=start + days - 1)
        start += draft.random.randint(1, days)
        if draft.chance(20):
            source = draft.some_source()


def an_old_one(draft: Draft, series: Series) -> dict[str, Any]:
    """A report of the series, made if there is none."""
    if not draft.of(series):
        (one_count if series[0] in STOCKS else one_period)(draft, series)
    return draft.random.choice(draft.of(series))


def correction(draft: Draft, series: Series) -> None:
    """The same source on the same period again, published later or on the same day."""
    old = an_old_one(draft, series)
    draft.add(
        series,
        source=old["source"],
        region=old["region"],
        start=day_of(old["start"]),
        end=day_of(old["end"]),
        published=day_of(old["published"]) + draft.random.choice((0, 1, 4)),
    )


def rival(draft: Draft, series: Series) -> None:
    """Another report on the place of one that there is: the same period, inside, around, across."""
    old = an_old_one(draft, series)
    start, end = day_of(old["start"]), day_of(old["end"])
    by = draft.random.randint(1, max(1, (end - start + 1) // 2))
    moved = [(0, 0), (-by, by), (by, by), (-by, -by), (0, by), (-by, 0), (by, 0), (by, -by)]
    start_by, end_by = draft.random.choice(moved)
    start += start_by
    end = max(start, end + end_by)
    together = max(end, day_of(old["published"]))
    draft.add(
        series,
        source=draft.some_source_like(old["source"]),
        region=draft.random.choice([old["region"], old["region"], *draft.above(old["region"])]),
        start=start,
        end=end,
        published=together if draft.chance(60) else None,
    )


def days_and_a_total(draft: Draft, series: Series) -> None:
    """A report a day, and later their total, which has its own idea of it."""
    region, source, start = draft.some_region(), draft.some_source(), draft.some_day()
    # Eleven times the greatest number times itself is more than 64 bits hold.
    days = 11 if draft.magnitude == "huge" else draft.random.randint(2, 5)
    for day in range(start, start + days):
        draft.add(series, source=source, region=region, start=day, end=day)
    end = start + days - 1
    source = draft.some_source_like(source)
    draft.add(series, source=source, region=region, start=start, end=end, published=end + 2)


def rhythm(draft: Draft, series: Series) -> None:
    """Short reports above, some of them of nobody, and a long one below that follows them."""
    whole = draft.random.choice([draft.some_region_with_parts(), *draft.inner_regions()])
    source, start = draft.some_source(), draft.some_day()
    is_huge = draft.magnitude == "huge"
    longest = 1 if is_huge else draft.random.choice((3, 1))
    turn = draft.random.choice(("", "busy days taken", "busy days given up"))
    gaps = 0 if turn else draft.random.choice((0, 0, 1))
    busy = []
    day = start
    for _ in range(draft.random.randint(5, 6) if is_huge else draft.random.randint(2, 5)):
        first, last = day, day + draft.random.randint(1, longest) - 1
        value = 0 if not is_huge and draft.chance(50) else None
        draft.add(series, source=source, region=whole, start=first, end=last, value=value)
        if value is None:
            busy.append((first, last))
        day = last + 1 + gaps
    # With as many days again they took just half of the long report's days, with one more too few.
    more = 0 if turn else draft.random.choice((0, 1, 3, day - start, day - start + 1))
    end = day - 1 + more
    part = draft.random.choice(draft.below(whole))
    follower = draft.some_source()
    draft.add(series, source=follower, region=part, start=start, end=end, published=end + 3)
    above = draft.above(whole)
    if above and draft.chance(60):
        # Another rhythm, further up: it counts where the nearer one does not.
        middle = draft.random.randint(start, end)
        draft.add(series, source=source, region=above[-1], start=start, end=middle)
        draft.add(series, source=source, region=above[-1], start=start, end=end)
    trusted = draft.by_trust()[0]
    if turn == "busy days taken":
        # The days left to the long report weigh nothing.
        for first, last in busy:
            draft.add(series, source=trusted, region=part, start=first, end=last)
    if turn == "busy days given up" and busy and busy[0][0] > start:
        # The days that it keeps weigh nothing, and are taken.
        quiet_end = busy[0][0] - 1
        draft.add(series, source=trusted, region=part, start=busy[0][0], end=end + 1)
        draft.add(series, source=follower, region=part, start=start, end=quiet_end)


def whole_and_parts_of_a_period(draft: Draft, series: Series) -> None:
    whole = draft.some_region_with_parts()
    start = draft.some_day()
    end = start + draft.random.choice((0, 2, 6, 13))
    draft.add(series, source=draft.some_source(), region=whole, start=start, end=end)
    for part in draft.some_parts(whole, 3):
        first = start + draft.random.choice((0, 0, 1, 3))
        last = max(first, end + draft.random.choice((0, 0, 2)))
        draft.add(series, source=draft.some_source(), region=part, start=first, end=last)


# --- stocks --------------------------------------------------------------------------------------


def one_count(draft: Draft, series: Series) -> None:
    day = draft.some_day()
    draft.add(series, source=draft.some_source(), region=draft.some_region(), start=day, end=day)


def another_count(draft: Draft, series: Series) -> None:
    """On a region that has one: on the same day, as far apart as freshness or age, or between."""
    old = an_old_one(draft, series)
    freshness, max_age = draft.settings["freshness_days"], draft.settings["max_age_days"]
    apart = draft.random.choice((0, 0, 0, 1, freshness, freshness + 1, max_age, max_age + 1, 5))
    day = day_of(old["end"]) + apart
    draft.add(
        series,
        source=old["source"] if draft.chance(40) else draft.some_source(),
        region=old["region"],
        start=day,
        end=day,
        published=day_of(old["published"]) if draft.chance(50) else None,
    )


def edge_of_freshness(draft: Draft, series: Series) -> None:
    """A trusted count, and a less trusted one just as much later as makes it stale, or not."""
    region, day = draft.some_region(), draft.some_day()
    draft.add(series, source=draft.by_trust()[0], region=region, start=day, end=day)
    day += draft.settings["freshness_days"] + draft.random.choice((0, 1))
    draft.add(series, source=draft.by_trust()[-1], region=region, start=day, end=day)


def tie(draft: Draft, series: Series) -> None:
    """Several counts of one place on one day or near it, some published together."""
    region, day, source = draft.some_region(), draft.some_day(), draft.some_source()
    published = day + draft.random.randint(0, 4)
    for _ in range(draft.random.randint(2, 3)):
        draft.add(
            series,
            source=source,
            region=region,
            start=day,
            end=day,
            published=published if draft.chance(50) else None,
        )
        source = draft.some_source_like(source)
        day += draft.random.choice((0, 0, 1))


def newer_whole(draft: Draft, series: Series) -> None:
    """Parts, then a whole that is mostly lower, then what changes it again."""
    whole = draft.some_region_with_parts()
    day = draft.some_day()
    parts = draft.some_parts(whole, 4)
    sources = draft.random.choice(([draft.some_source()], list(draft.tiers)))
    counted = 0
    for part in parts:
        source = draft.random.choice(sources)
        counted += draft.add(series, source=source, region=part, start=day, end=day)["value"]
        day += draft.random.choice((0, 0, 1, 4))

    source = draft.some_source()
    regions = [whole, *(above for above in draft.above(whole) if draft.chance(50))]
    for _ in range(draft.random.randint(1, 3)):
        day += draft.random.choice((1, 0, 2, 9, 25))
        percent = draft.random.choice((50, 0, 10, 80, 99, 100, 120))
        draft.add(
            series,
            source=source,
            region=draft.random.choice(regions),
            start=day,
            end=day,
            value=counted * percent // 100,
        )
        if draft.chance(50):
            part = draft.random.choice(parts)
            part = draft.random.choice([part, *draft.below(part)])
            day += draft.random.choice((0, 1, 3))
            draft.add(series, source=draft.random.choice(sources), region=part, start=day, end=day)
        if draft.chance(30):
            source = draft.some_source()


def two_wholes(draft: Draft, series: Series) -> None:
    """Vague parts, a lower whole around them, another around that, and the first corrected."""
    if not draft.inner_regions():
        newer_whole(draft, series)
        return
    whole = draft.random.choice(draft.inner_regions())
    day, source = draft.some_day(), draft.some_source()
    counted = 0
    for part in draft.some_parts(whole, 3):
        report = draft.add(series, source=source, region=part, start=day, end=day, is_vague=True)
        counted += report["value"]
    outer = draft.random.choice(draft.above(whole))
    for region, percents in ((whole, (50, 20)), (outer, (60, 40, 100)), (whole, (100, 200, 80))):
        day += draft.random.choice((1, 3))
        value = counted * draft.random.choice(percents) // 100
        draft.add(series, source=source, region=region, start=day, end=day, value=value)


def late_whole(draft: Draft, series: Series) -> None:
    """A less trusted whole, which speaks only once the more trusted one has lapsed."""
    whole = draft.some_region_with_parts()
    day, by_trust = draft.some_day(), draft.by_trust()
    draft.add(series, source=by_trust[0], region=whole, start=day, end=day)
    late = day + draft.random.choice((1, draft.settings["freshness_days"]))
    value = draft.random.randint(0, 5)
    draft.add(series, source=by_trust[-1], region=whole, start=late, end=late, value=value)
    for part in draft.some_parts(whole, 3):
        on = draft.random.choice((day, late, late + 3))
        draft.add(series, source=by_trust[-1], region=part, start=on, end=on)


def whole_and_round(draft: Draft, series: Series) -> None:
    """A round's sum stands beside a whole of that day, with what others say below it."""
    if not draft.inner_regions():
        a_round(draft, series)
        return
    inner = draft.random.choice(draft.inner_regions())
    day, trusted = draft.some_day(), draft.by_trust()[0]
    for part in draft.some_parts(inner, 2):
        draft.add(series, source=trusted, region=part, start=day, end=day)
    day += draft.random.choice((1, 9))
    covered = draft.random.choice([inner, *draft.above(inner)])
    rows_on = draft.below(inner)
    source = draft.by_trust()[-1]
    round_on(draft, series, covered=covered, source=source, day=day, rows_on=rows_on)
    day += draft.random.choice((0, 0, 1))
    whole = draft.random.choice(draft.above(inner))
    draft.add(series, source=trusted, region=whole, start=day, end=day)


def a_round(draft: Draft, series: Series) -> None:
    """A round over part of the tree, often after something that it may empty or supersede."""
    covered = draft.random.choice((draft.some_region_with_parts(), draft.some_region()))
    source, day = draft.some_source(), draft.some_day()
    olds = [report for report in draft.of(series) if report["region"] in draft.below(covered)]
    if olds and draft.chance(70):
        old = draft.random.choice(olds)
        source = old["source"] if draft.chance(60) else source
        day = day_of(old["end"]) + draft.random.choice((1, 0, 8, 20))
    round_on(draft, series, covered=covered, source=source, day=day)


def round_on(
    draft: Draft,
    series: Series,
    *,
    covered: str,
    source: str,
    day: Day,
    rows_on: Sequence[str] = (),
) -> None:
    """A round with its rows, closed or open, of one or two series; rows anywhere if not told."""
    published = day + draft.random.choice((0, 0, 5))
    code = draft.random.choice(("q", "S", "éR", "1")) + str(len(draft.rounds))
    round_: dict[str, Any] = {
        "code": code,
        "source": source,
        "region": covered,
        "date": text(day),
        "published": text(published),
    }
    if draft.chance(40):
        round_["closed"] = draft.random.choice((1, 0))
    draft.rounds.append(round_)

    def row(region: str, of: Series, value: int | None = None) -> dict[str, Any]:
        return draft.add(
            of,
            source=source,
            region=region,
            start=day,
            end=day,
            value=value,
            published=published if draft.chance(70) else None,
            round_code=code,
        )

    if not rows_on and draft.chance(15):
        row(covered, series, value=0)  # It found nobody.
        return
    inside = rows_on or [covered, *draft.below(covered)]
    for region in draft.random.sample(inside, min(len(inside), draft.random.randint(1, 4))):
        last = row(region, series)
        if draft.chance(15):
            row(last["region"], series)  # A second row for the same region.
        if draft.chance(30) and draft.below(last["region"]):
            row(draft.random.choice(draft.below(last["region"])), series)
        if draft.chance(20):
            last["role"] = draft.random.choice(("context", "forecast"))
        elif draft.chance(10):
            last["status"] = "submitted"
    if draft.chance(15):
        other = draft.new_series()
        if other[0] in STOCKS:
            row(draft.random.choice(inside), other)


FLOW_MOVES: tuple[Move, ...] = (
    one_period,
    total_since,
    rolling_windows,
    correction,
    rival,
    rival,
    days_and_a_total,
    rhythm,
    rhythm,
    rhythm,
    whole_and_parts_of_a_period,
)
STOCK_MOVES: tuple[Move, ...] = (
    one_count,
    another_count,
    another_count,
    edge_of_freshness,
    tie,
    newer_whole,
    newer_whole,
    newer_whole,
    newer_whole,
    two_wholes,
    whole_and_round,
    late_whole,
    a_round,
    a_round,
    a_round,
    a_round,
    a_round,
)
