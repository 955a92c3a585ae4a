"""What the page calls measures, in sentences that a reader finishes with a number and a place."""

from __future__ import annotations

from tracker.vocabulary import STOCKS, Measure

TITLES = {
    Measure.DEPARTURES: "Displaced from",
    Measure.ARRIVALS: "Displaced into",
    Measure.RETURNS: "Returned to",
    Measure.ENTRIES: "Came from another country to",
    Measure.EXITS: "Left for another country from",
    Measure.IDPS: "Internally displaced in",
    Measure.RETURNEES: "Returnees in",
    Measure.REFUGEES: "Refugees in",
}
"""In the order in which the page offers them, and of which it opens with the first that has figures."""

SENTENCES = {
    Measure.DEPARTURES: "people were displaced from",
    Measure.ARRIVALS: "people were displaced into",
    Measure.RETURNS: "people returned to",
    Measure.ENTRIES: "people came from another country to",
    Measure.EXITS: "people left for another country from",
    Measure.IDPS: "people were internally displaced in",
    Measure.RETURNEES: "returnees were in",
    Measure.REFUGEES: "refugees were in",
}


def measure_words(measure: str) -> dict[str, str | bool]:
    """Title and sentence of one measure, and whether it is a stock: people on a day, not in a period."""
    known = Measure(measure)
    return {"title": TITLES[known], "sentence": SENTENCES[known], "is_stock": measure in STOCKS}
