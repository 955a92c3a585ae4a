"""The rule of docs/methodology.md once more: plainly, day by day, in the words of the text.

It shares no code with the engine, and its one use is to be compared with it. So it is written to
be read next to the text, whose sentences the comments quote, and never to be fast.

A case is a dict as in `tests/samples/method-examples.json`. Days are ordinals (`date.toordinal`).
`low`, `value` and `high` are the three places of a list or tuple, worked on "each by itself".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

Case = dict[str, Any]
Day = int
People = tuple[int, int, int]  # low, value, high
# Region, measure, cause, crisis, granularity, period.
FigureKey = tuple[str, str, str, str, str, str]
FigureValue = tuple[int, int, int, int]  # low, best, high, unlocated
ReportKey = tuple[str, str]  # source, ref
Outcome = tuple[str, int]  # what became of a report, and how many of its people are used

STOCKS = ("idps", "returnees", "refugees")
FLOWS = ("arrivals", "departures", "returns", "entries", "exits")
GRANULARITIES = ("day", "week", "month", "quarter", "year")
LOW, VALUE, HIGH = EACH = (0, 1, 2)


class Series(NamedTuple):
    """Measure, cause and crisis together. "Each series is made by itself"."""

    measure: str
    cause: str
    crisis: str


# --- what the functions answer ------------------------------------------------------------------


def figures(
    case: Case,
    granularities: Sequence[str] = GRANULARITIES,
) -> dict[FigureKey, FigureValue]:
    """Every figure of every series of `case`, up to its as-of day: (low, best, high, unlocated)."""
    found: dict[FigureKey, FigureValue] = {}
    for series in all_series(case):
        work = worked(case, series)
        for region, granularity, period, figure in work.figures(granularities):
            found[(region, *series, granularity, period)] = figure
    return found


def explanation(
    case: Case, region: str, measure: str, cause: str, crisis: str, granularity: str, period: str
) -> dict[ReportKey, Outcome]:
    """The outcome of each approved report of this region that has a say on this period.

    Those of retired regions that it holds are among them. For a flow these are the reports with a day in
    the period up to the as-of day; for a stock those with a reference date up to the day on which the figure
    is taken. The people used add up to the figure's `unlocated`; where there is no figure nobody is used.
    """
    return worked(case, Series(measure, cause, crisis)).explanation(region, granularity, period)


def explanations(
    case: Case, granularities: Sequence[str] = GRANULARITIES
) -> dict[FigureKey, dict[ReportKey, Outcome]]:
    """The explanation of every figure of `case`, each as `explanation` gives it."""
    found: dict[FigureKey, dict[ReportKey, Outcome]] = {}
    for series in all_series(case):
        work = worked(case, series)
        for region, granularity, period, _ in work.figures(granularities):
            key = (region, *series, granularity, period)
            found[key] = work.explanation(region, granularity, period)
    return found


def all_series(case: Case) -> list[Series]:
    """The series that the reports of `case` speak of, taking part or not."""
    return sorted({series_of(row) for row in case["reports"]})


def series_of(row: dict[str, Any]) -> Series:
    return Series(row["measure"], row["cause"], row.get("crisis", ""))


# --- words ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Report:
    """One statement, with its source's tier; the same as another only if it is that object."""

    ref: str
    source: str
    tier: int
    region: str
    start: Day
    end: Day
    published: Day
    people: People
    role: str
    status: str
    round: str

    @property
    def takes_part(self) -> bool:
        # "Only reports that are approved and whose role is `counted` take part."
        return self.status == "approved" and self.role == "counted"

    @property
    def days(self) -> range:
        return range(self.start, self.end + 1)

    def lies_wholly_inside(self, other: "Report") -> bool:
        return other.start <= self.start and self.end <= other.end


def newer_last(reports: Iterable[Report]) -> list[Report]:
    # "Newer, between two reports of one source: the later `published`; where equal, the greater
    # `ref`."
    return sorted(reports, key=lambda report: (report.published, report.ref))


def day_of(text: str) -> Day:
    return date.fromisoformat(text).toordinal()


def reports_of(case: Case, series: Series) -> list[Report]:
    """All reports of one series, those that do not take part among them."""
    tiers = {source["code"]: source["tier"] for source in case["sources"]}
    return [
        Report(
            ref=row["ref"],
            source=row["source"],
            tier=tiers[row["source"]],
            region=row["region"],
            start=day_of(row["start"]),
            end=day_of(row["end"]),
            published=day_of(row["published"]),
            # "where not given, the value itself"
            people=(row.get("low", row["value"]), row["value"], row.get("high", row["value"])),
            role=row.get("role", "counted"),
            status=row.get("status", "approved"),
            round=row.get("round", ""),
        )
        for row in case["reports"]
        if series_of(row) == series
    ]


class Tree:
    """The regions of a case: who lies in whom."""

    def __init__(self, regions: list[dict[str, Any]]) -> None:
        self.parent = {region["pcode"]: region["parent"] for region in regions}
        self.children: dict[str, list[str]] = {pcode: [] for pcode in self.parent}
        for pcode, parent in self.parent.items():
            if parent:
                self.children[parent].append(pcode)
        self.above = {pcode: list(self._walk_up(pcode)) for pcode in self.parent}
        self.from_the_country_down = sorted(self.parent, key=lambda pcode: len(self.above[pcode]))
        self.from_the_deepest_up = self.from_the_country_down[::-1]
        self.below = {
            pcode: [other for other in self.from_the_country_down if pcode in self.above[other]]
            for pcode in self.parent
        }
        # A region of an older boundary release "stays in the tree, retired, under the smallest current region
        # that contains it, so its reports still count, as `unlocated` there".
        retired = {region["pcode"] for region in regions if region.get("retired")}
        self.current = [pcode for pcode in self.parent if pcode not in retired]
        self.held: dict[str, list[str]] = {pcode: [] for pcode in self.current}
        self.current_parts: dict[str, list[str]] = {pcode: [] for pcode in self.current}
        for pcode in self.parent:
            above = [other for other in self.above[pcode] if other not in retired]
            if pcode in retired:
                self.held[above[0]].append(pcode)
            elif above:
                self.current_parts[above[0]].append(pcode)

    def _walk_up(self, pcode: str) -> Iterator[str]:
        """All regions above, the nearest first."""
        while self.parent[pcode]:
            pcode = self.parent[pcode]
            yield pcode


@cache
def period_of(day: Day, granularity: str) -> str:
    """The name of the period that `day` lies in."""
    on = date.fromordinal(day)
    if granularity == "day":
        return on.isoformat()
    if granularity == "week":
        week = on.isocalendar()
        return f"{week.year:04}-W{week.week:02}"
    if granularity == "month":
        return f"{on.year:04}-{on.month:02}"
    if granularity == "quarter":
        return f"{on.year:04}-Q{(on.month + 2) // 3}"
    if granularity == "year":
        return f"{on.year:04}"
    raise ValueError(granularity)


@cache
def last_day_of(period: str, granularity: str) -> Day:
    if granularity == "day":
        return day_of(period)
    year = int(period[:4])
    if granularity == "week":
        return date.fromisocalendar(year, int(period[-2:]), 7).toordinal()
    if granularity == "month":
        month = int(period[-2:])
    elif granularity == "quarter":
        month = 3 * int(period[-1])
    else:
        month = 12
    return date(year + month // 12, month % 12 + 1, 1).toordinal() - 1


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Each one's share of `amount`, in whole people, by `weights`."""
    # "The share of all up to and including the i-th is amount x (sum of their weights) / (sum of
    # all weights), rounded down; each one's share is the step between two of these."
    total = sum(weights)
    if total == 0:
        return [0 for _ in weights]
    shares = []
    weight_so_far = 0
    people_so_far = 0
    for weight in weights:
        weight_so_far += weight
        people_by_now = amount * weight_so_far // total
        shares.append(people_by_now - people_so_far)
        people_so_far = people_by_now
    return shares


def ordered(people: Sequence[int]) -> People:
    # "Low is lowered and high raised to the value where they crossed it."
    value = people[VALUE]
    return min(people[LOW], value), value, max(people[HIGH], value)


def worked(case: Case, series: Series) -> "FlowWork | StockWork":
    if series.measure in FLOWS:
        return FlowWork(case, series)
    if series.measure in STOCKS:
        return StockWork(case, series)
    raise ValueError(series.measure)


# --- flows ---------------------------------------------------------------------------------------

Rhythm = dict[Day, int]  # the people whom a region's own reports put on each day that they took


@dataclass
class Laid:
    """The reports of one region after laying: who took each day, and what they put there."""

    taken: dict[Day, Report] = field(default_factory=dict)
    put: dict[Day, list[int]] = field(default_factory=dict)


def lay(reports: list[Report], below: dict[Day, People], rhythms_above: Sequence[Rhythm]) -> Laid:
    """Return the reports of one region laid "over what its sub-regions hold", here `below`."""
    laid = Laid()
    for report in in_laying_order(reports):
        lay_one(report, laid, below, rhythms_above)
    return laid


def in_laying_order(reports: list[Report]) -> list[Report]:
    # "Lowest tier first, then the shortest, then the latest published, then source code in order,
    # then the greater `ref`."
    by_ref = sorted(reports, key=lambda report: report.ref, reverse=True)
    return sorted(
        by_ref,  # the sort is stable, so where all else is equal this order stays
        key=lambda report: (report.tier, len(report.days), -report.published, report.source),
    )


def lay_one(
    report: Report,
    laid: Laid,
    below: dict[Day, People],
    rhythms_above: Sequence[Rhythm],
) -> None:
    # 1. "Days taken by an earlier report that does not lie wholly inside this one's period are
    # given up. The other days are kept; those kept days that no report has taken are free."
    given_up = set()
    for day in report.days:
        if day in laid.taken and not laid.taken[day].lies_wholly_inside(report):
            given_up.add(day)
    kept = [day for day in report.days if day not in given_up]
    free = [day for day in kept if day not in laid.taken]
    weights = weights_of(report, kept, free, rhythms_above)

    # "Low, value and high are laid side by side, each from its own total."
    new: dict[Day, list[int]] = {day: [0, 0, 0] for day in free}
    for each in EACH:
        # 2. "Its quota is its value times its kept days' share of all its days, by weight, rounded
        # down."
        quota = report.people[each] * sum(weights[day] for day in kept) // sum(weights.values())
        held = sum(below[day][each] for day in kept if day in below)
        held += sum(laid.put[day][each] for day in kept if day in laid.taken)

        # 3. "It adds the quota less what its kept days hold already, from sub-regions and from
        # earlier reports, but never below 0, spread over its free days by weight."
        adds = max(0, quota - held)
        for day, people in zip(free, spread(adds, [weights[day] for day in free]), strict=True):
            new[day][each] = people

        # 4. "Where its kept days hold more than the quota, it shrinks what reports of its own tier,
        # published before it, put on them: together down to what the quota leaves beside all else
        # there (never below 0), by spreading that amount over their days with what they hold as
        # weights."
        if held > quota:
            theirs = [
                day
                for day in kept
                if day in laid.taken
                and laid.taken[day].tier == report.tier
                and laid.taken[day].published < report.published
            ]
            they_hold = [laid.put[day][each] for day in theirs]
            all_else = held - sum(they_hold)
            left = max(0, quota - all_else)
            for day, people in zip(theirs, spread(left, they_hold), strict=True):
                laid.put[day][each] = people

    # 3. "Those days are now taken, even where they got 0."
    for day in free:
        laid.taken[day] = report
        laid.put[day] = new[day]


def weights_of(
    report: Report, kept: list[Day], free: list[Day], rhythms_above: Sequence[Rhythm]
) -> dict[Day, int]:
    """The weight of each of the report's days; `rhythms_above` begins with the nearest region's."""
    for rhythm in rhythms_above:
        # "The nearest region above whose own reports, laid by themselves (over nothing), took at
        # least half of the report's days, and put somebody on them"
        took = [day for day in report.days if day in rhythm]
        people = sum(rhythm[day] for day in took)
        if 2 * len(took) < len(report.days) or people == 0:
            continue
        # "A day's weight is the number of people they put there; a day they did not take weighs the
        # mean of those of the report's days that they took, rounded down."
        mean = people // len(took)
        weights = {day: rhythm.get(day, mean) for day in report.days}
        # "That region is passed over if the report's free days (its kept days, if none is free)
        # weigh nothing."
        if sum(weights[day] for day in free or kept) == 0:
            continue
        return weights
    # "With no such region every day weighs 1."
    return dict.fromkeys(report.days, 1)


class FlowWork:
    """One flow series, laid and rolled up."""

    def __init__(self, case: Case, series: Series) -> None:
        self.as_of = day_of(case["as_of"])
        self.reports = reports_of(case, series)
        self.laid: dict[str, Laid] = {}
        self.daily: dict[str, dict[Day, People]] = {}
        tree = self.tree = Tree(case["regions"])
        own = {
            region: [each for each in self.reports if each.region == region and each.takes_part]
            for region in tree.parent
        }

        # "Rhythms are made from the country down, from values only, each region's following those
        # above it."
        rhythms: dict[str, Rhythm] = {}
        for region in tree.from_the_country_down:
            alone = lay(own[region], {}, [rhythms[above] for above in tree.above[region]])
            rhythms[region] = {day: people[VALUE] for day, people in alone.put.items()}

        # "Figures are made from the deepest level up: a region's own reports are laid over the sum
        # of its sub-regions' figures."
        for region in tree.from_the_deepest_up:
            below: dict[Day, People] = {}
            for child in tree.children[region]:
                for day, people in self.daily[child].items():
                    below[day] = added(below.get(day, (0, 0, 0)), people)
            laid = lay(own[region], below, [rhythms[above] for above in tree.above[region]])
            self.laid[region] = laid

            # "The day's figure is that sum plus what the own reports added; then low is lowered and
            # high raised to the value where they crossed it. There is a figure on every day that a
            # report of the region or of one below has taken."
            self.daily[region] = {
                day: ordered(added(below.get(day, (0, 0, 0)), laid.put.get(day, (0, 0, 0))))
                for day in sorted({*below, *laid.taken})
            }

    def figures(self, granularities: Sequence[str]) -> Iterator[tuple[str, str, str, FigureValue]]:
        # "A period's figure is the sum of its days up to the as-of day; with no day in the period
        # there is none."
        for region in self.tree.current:
            for granularity in granularities:
                sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
                for day, people in self.daily[region].items():
                    if day > self.as_of:
                        continue
                    figure = sums[period_of(day, granularity)]
                    for each in EACH:
                        figure[each] += people[each]
                    figure[3] += people[VALUE]
                    for part in self.tree.current_parts[region]:
                        figure[3] -= self.daily[part].get(day, (0, 0, 0))[VALUE]
                for period, (low, value, high, unlocated) in sums.items():
                    yield region, granularity, period, (low, value, high, unlocated)

    def explanation(self, region: str, granularity: str, period: str) -> dict[ReportKey, Outcome]:
        outcomes: dict[ReportKey, Outcome] = {}
        regions = [region, *self.tree.held[region]]
        for report in self.reports:
            until_now = [day for day in report.days if day <= self.as_of]
            days = [day for day in until_now if period_of(day, granularity) == period]
            if report.region not in regions or report.status != "approved" or not days:
                continue
            if report.role != "counted":
                outcomes[report.source, report.ref] = (report.role, 0)
                continue
            laid = self.laid[report.region]
            took = [day for day in days if laid.taken.get(day) is report]
            people = sum(laid.put[day][VALUE] for day in took)
            stands = people > 0 or (bool(took) and report.people[VALUE] == 0)
            outcomes[report.source, report.ref] = ("used" if stands else "explained", people)
        return outcomes


def added(these: Sequence[int], those: Sequence[int]) -> People:
    return these[LOW] + those[LOW], these[VALUE] + those[VALUE], these[HIGH] + those[HIGH]


# --- stocks --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Statement:
    """What a source says of a region; the same as another only if it is that object."""

    # "A statement is a report outside closed rounds, or what a closed round says of a region inside
    # its coverage."

    region: str
    source: str
    tier: int
    date: Day
    published: Day
    code: str  # the report's `ref`, or the round's code
    people: People
    report: Report | None  # the report that makes it; a round's sum and a round's zero have none
    is_sum: bool = False


class StockWork:
    """One stock series, settled day after day up to the as-of day."""

    def __init__(self, case: Case, series: Series) -> None:
        self.tree = Tree(case["regions"])
        self.as_of = day_of(case["as_of"])
        self.max_age_days: int = case["settings"]["max_age_days"]
        self.freshness_days: int = case["settings"]["freshness_days"]
        self.reports = reports_of(case, series)
        self.statements = statements_by_region_and_source(case, self.reports, self.tree)
        self.settled: dict[Day, dict[str, People]] = {}
        self.spoke: dict[Day, dict[str, Statement | None]] = {}
        self._settle_all_days()

    # Steps 1 to 4: who speaks.

    def latest(self, region: str, source: str, day: Day) -> Statement | None:
        # 1. "Of a source's statements on the region with reference date <= D, the latest by
        # (reference date, published, `ref` or round code) counts."
        all_its = self.statements[region].get(source, [])
        until_now = [each for each in all_its if each.date <= day]
        if not until_now:
            return None
        return max(until_now, key=lambda each: (each.date, each.published, each.code))

    def has_lapsed(self, statement: Statement, day: Day) -> bool:
        # 2. "A source whose latest statement is more than `max_age_days` (180) before D says
        # nothing."
        return day - statement.date > self.max_age_days

    def not_lapsed(self, region: str, day: Day) -> list[Statement]:
        latest = [self.latest(region, source, day) for source in self.statements[region]]
        return [each for each in latest if each is not None and not self.has_lapsed(each, day)]

    def fresh(self, region: str, day: Day) -> list[Statement]:
        # 3. "Set aside those more than `freshness_days` (30) older than the freshest left."
        left = self.not_lapsed(region, day)
        freshest = max((each.date for each in left), default=0)
        return [each for each in left if freshest - each.date <= self.freshness_days]

    def speaking(self, region: str, day: Day) -> Statement | None:
        # 4. "Of the rest: lowest tier, then latest reference date, then latest published, then the
        # source's code in order."
        return min(
            self.fresh(region, day),
            key=lambda each: (each.tier, -each.date, -each.published, each.source),
            default=None,
        )

    # Steps 5 and 6: what the regions hold.

    def _settle_all_days(self) -> None:
        # "Days are settled one after the other from the first statement on, and on each day from
        # the deepest level up."
        dates = {
            statement.date
            for by_source in self.statements.values()
            for statements in by_source.values()
            for statement in statements
        }
        # By part and whole: the limit that the whole's statement has set to the part's.
        limits: dict[tuple[Statement, Statement], People] = {}
        yesterday: dict[str, Statement | None] = dict.fromkeys(self.tree.parent)
        for day in range(min(dates, default=self.as_of + 1), self.as_of + 1):
            speaking = {region: self.speaking(region, day) for region in self.tree.parent}
            # 6. "For as long as the same two statements speak, for the part and for the whole
            # (where one of them ceases, the limit is lifted before the day is settled)."
            for part, whole in list(limits):
                if speaking[part.region] is not part or speaking[whole.region] is not whole:
                    del limits[part, whole]
            today: dict[str, People] = {}
            for region in self.tree.from_the_deepest_up:
                statement = speaking[region]
                # 6. "When a statement (not a round's sum) begins to speak for a region, which is
                # when step 4 chooses another one than on the day before"
                begins = statement is not yesterday[region]
                if statement is not None and begins and not statement.is_sum:
                    self._shrink_parts(statement, today, speaking, limits)
                self._settle(region, today, statement, limits)
            self.settled[day] = today
            self.spoke[day] = speaking
            yesterday = speaking

    def _parts(self, region: str, today: dict[str, People]) -> People:
        """The sum of the sub-regions' figures."""
        people: People = (0, 0, 0)
        for child in self.tree.children[region]:
            if child in today:
                people = added(people, today[child])
        return people

    def _settle(
        self,
        region: str,
        today: dict[str, People],
        statement: Statement | None,
        limits: dict[tuple[Statement, Statement], People],
    ) -> None:
        # 5. "Value = the greater of the direct value and the sum of the sub-regions' values; low
        # and high likewise, each by itself, then low is lowered and high raised to the value where
        # they crossed it. [...] With neither, there is no figure."
        if statement is None and not any(child in today for child in self.tree.children[region]):
            return
        parts = self._parts(region, today)
        direct = [0, 0, 0]
        # 4. "If it is a round's sum, they are 0: its people are in the sub-regions' figures."
        if statement is not None and not statement.is_sum:
            for each in EACH:
                direct[each] = min(
                    [statement.people[each]]
                    + [limit[each] for (part, _), limit in limits.items() if part is statement]
                )
        today[region] = ordered([max(direct[each], parts[each]) for each in EACH])

    def _shrink_parts(
        self,
        whole: Statement,
        today: dict[str, People],
        speaking: dict[str, Statement | None],
        limits: dict[tuple[Statement, Statement], People],
    ) -> None:
        """6. "A newer whole shrinks older parts": its own region is settled after them."""
        parts = self._parts(whole.region, today)
        # "and the sub-regions' figures come to more than it says"; "value, low and high are each
        # tested [...] by themselves"
        too_much = [each for each in EACH if parts[each] > whole.people[each]]
        if not too_much:
            return

        # "A region below whose own statement has the same reference date or a later one, or is more
        # trusted, stands, with all below it"
        stands: set[str] = set()
        for region in self.tree.below[whole.region]:
            own = speaking[region]
            stands_itself = own is not None and (own.date >= whole.date or own.tier < whole.tier)
            if stands_itself or self.tree.parent[region] in stands:
                stands.add(region)
        with_figures = [region for region in self.tree.below[whole.region] if region in today]
        standing = [region for region in with_figures if region in stands]
        # "in order of P-code"
        others = sorted(region for region in with_figures if region not in stands)

        unlocated: dict[str, list[int]] = {}
        for region in (*standing, *others):
            its_parts = self._parts(region, today)
            unlocated[region] = [today[region][each] - its_parts[each] for each in EACH]

        # "Of every other region below, the `unlocated` people are scaled to what the statement
        # leaves beside those that stand (never below 0), by spreading that amount over these
        # regions in order of P-code with their `unlocated` people as weights."
        for each in too_much:
            beside = sum(unlocated[region][each] for region in standing)
            left = max(0, whole.people[each] - beside)
            shares = spread(left, [unlocated[region][each] for region in others])
            for region, people in zip(others, shares, strict=True):
                unlocated[region][each] = people

        # "then low <= value <= high is held, from the deepest of them up"
        for region in self.tree.from_the_deepest_up:
            if region in others:
                today[region] = ordered(added(unlocated[region], self._parts(region, today)))

        # "Of those regions that have a statement, other than a round's sum, the direct values are
        # from then on no more than the figures so reached"
        for region in others:
            own = speaking[region]
            if own is not None and not own.is_sum:
                limits[own, whole] = today[region]

    # What the work answers.

    def figures(self, granularities: Sequence[str]) -> Iterator[tuple[str, str, str, FigureValue]]:
        # "A period's figure is taken on its last day, or on the as-of day if that comes first."
        for day, settled in self.settled.items():
            for granularity in granularities:
                period = period_of(day, granularity)
                if day != min(last_day_of(period, granularity), self.as_of):
                    continue
                for region in self.tree.current:
                    if region not in settled:
                        continue
                    low, value, high = settled[region]
                    parts = [settled[part] for part in self.tree.current_parts[region] if part in settled]
                    unlocated = value - sum(part[VALUE] for part in parts)
                    yield region, granularity, period, (low, value, high, unlocated)

    def explanation(self, region: str, granularity: str, period: str) -> dict[ReportKey, Outcome]:
        day = min(last_day_of(period, granularity), self.as_of)
        if period_of(day, granularity) != period:
            return {}  # The period begins after the as-of day.
        regions = [region, *self.tree.held[region]]
        # A round's own row lives in the statement that it makes; the older of two rows makes none.
        made = {
            statement.report: statement
            for each in regions
            for statements in self.statements[each].values()
            for statement in statements
            if statement.report is not None
        }
        outcomes: dict[ReportKey, Outcome] = {}
        for report in self.reports:
            if report.region not in regions or report.status != "approved" or report.end > day:
                continue
            if report.role != "counted":
                outcome = (report.role, 0)
            elif report not in made:
                outcome = ("superseded", 0)
            else:
                outcome = self._outcome(made[report], day)
            outcomes[report.source, report.ref] = outcome
        return outcomes

    def _outcome(self, statement: Statement, day: Day) -> Outcome:
        region = statement.region
        if statement is not self.latest(region, statement.source, day):
            return "superseded", 0
        if self.has_lapsed(statement, day):
            return "lapsed", 0
        if statement not in self.fresh(region, day):
            return "stale", 0
        if statement is not self.spoke[day][region]:
            return "less_trusted", 0
        settled = self.settled[day]
        unlocated = settled[region][VALUE] - self._parts(region, settled)[VALUE]
        # Nobody is left for it to add, unless no sub-region has a figure: then the zero is its own.
        if unlocated == 0 and any(child in settled for child in self.tree.children[region]):
            return "explained", 0
        return "used", unlocated


def statements_by_region_and_source(
    case: Case, reports: list[Report], tree: Tree
) -> dict[str, dict[str, list[Statement]]]:
    """1. Every statement that every source makes on every region."""
    found: dict[str, dict[str, list[Statement]]] = {region: {} for region in tree.parent}

    def note(statement: Statement) -> None:
        found[statement.region].setdefault(statement.source, []).append(statement)

    tiers = {source["code"]: source["tier"] for source in case["sources"]}
    closed = [round_ for round_ in case["rounds"] if round_.get("closed", 1)]
    closed_codes = {round_["code"] for round_ in closed}

    # "A report outside closed rounds": also the rows of open ones, "while it is open its rows are
    # reports like others".
    for report in reports:
        if report.takes_part and report.round not in closed_codes:
            note(
                Statement(
                    region=report.region,
                    source=report.source,
                    tier=report.tier,
                    date=report.end,
                    published=report.published,
                    code=report.ref,
                    people=report.people,
                    report=report,
                )
            )

    for round_ in closed:
        rows = [report for report in reports if report.round == round_["code"]]
        # "It speaks only for the series of which at least one row takes part"
        if not any(row.takes_part for row in rows):
            continue
        for region in (round_["region"], *tree.below[round_["region"]]):
            said = what_a_round_says(region, rows, tree)
            if said is not None:
                # "A round's statements bear the round's date, `published` and code."
                note(
                    Statement(
                        region=region,
                        source=round_["source"],
                        tier=tiers[round_["source"]],
                        date=day_of(round_["date"]),
                        published=day_of(round_["published"]),
                        code=round_["code"],
                        people=said.people,
                        report=said.row,
                        is_sum=said.is_sum,
                    )
                )
    return found


@dataclass(frozen=True)
class Said:
    """What a closed round says of a region."""

    people: People
    row: Report | None = None
    is_sum: bool = False


def what_a_round_says(region: str, rows: list[Report], tree: Tree) -> Said | None:
    counted = [row for row in rows if row.takes_part]

    # "the round's own row for the region (the newer, if it has two); else"
    own = newer_last(row for row in counted if row.region == region)
    if own:
        return Said(own[-1].people, row=own[-1])

    # "the sum of its rows below the region, leaving out rows that lie below another of those rows
    # (of two rows for one region, the newer); else"
    below = {row.region: row for row in newer_last(counted) if row.region in tree.below[region]}
    if below:
        people: People = (0, 0, 0)
        for row in below.values():
            if not any(above in below for above in tree.above[row.region]):
                people = added(people, row.people)
        return Said(people, is_sum=True)

    # "no statement, if the round has a row for an ancestor of the region (it was counted higher up,
    # not broken down), taking part or not, or rows for it or below it that do not take part [...];
    # else"
    for row in rows:
        if row.region in tree.above[region]:
            return None
        if row.region == region or row.region in tree.below[region]:
            return None

    # "zero."
    return Said((0, 0, 0))
