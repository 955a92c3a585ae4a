from __future__ import annotations

import pytest

from tests.benchmarks.results import Measured, markdown, percentile, read, write


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.29, 29), (1.0, 100)])
def test_a_percentile_is_the_value_that_so_many_of_a_hundred_do_not_exceed(share, expected):
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_of_few_values_a_percentile_is_rather_the_larger():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0], 0.95) == 3.0


def test_a_line_says_how_much_is_done_in_a_second_and_leaves_empty_what_was_not_measured():
    lines = [Measured("build", "1,000 reports", 0.5, 1_000, ratio=0.875, goal="1.5")]
    assert markdown(lines).splitlines()[-1] == "| build | 1,000 reports | 0.50 | 2,000 |  | 0.88 | 1.5 |"


def test_lines_pass_from_one_process_to_another(tmp_path):
    lines = [Measured("build", "1,000 reports", 0.5, 1_000, 450.5), Measured("growth", ratio=1.5)]
    write(lines, tmp_path / "lines.json")
    assert read(tmp_path / "lines.json") == lines
