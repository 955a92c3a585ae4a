"""The worked examples come out of the rules, every row, no more and no less.

An example lists all figures up to its as-of day of those kinds of period that it lists any of.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reconcile.cubes import figures_of

EXAMPLES = json.loads((Path(__file__).parent.parent / "samples" / "method-examples.json").read_text("utf-8"))


def expected(example: dict[str, Any]) -> dict[tuple[str, ...], tuple[int, ...]]:
    return {
        tuple(row[name] for name in ("region", "measure", "cause", "crisis", "granularity", "period")): tuple(
            row[name] for name in ("low", "best", "high", "unlocated")
        )
        for row in example["expected"]
    }


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_the_example_comes_out_of_the_rules(example: dict[str, Any]) -> None:
    wanted = expected(example)
    kinds = {key[4] for key in wanted}
    assert {key: people for key, people in figures_of(example).items() if key[4] in kinds} == wanted
