from __future__ import annotations

import io

import pytest

from tracker.errors import LayoutChanged
from tracker.ingest.readers.rows import LONGEST_RECORD, Rejected, Row, printable, rows, shown


def read(content: str | bytes) -> list[Row | Rejected]:
    return list(rows(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def test_each_row_bears_the_line_that_it_begins_on():
    assert read('a,b\n"one\ntwo\n",x\nc,d\n') == [
        Row(1, ["a", "b"]),
        Row(2, ["one\ntwo\n", "x"]),
        Row(5, ["c", "d"]),
    ]


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_not_matter():
    assert read(b"\xef\xbb\xbfa,b\r\n\r\n , \r\nc,d") == [Row(1, ["a", "b"]), Row(4, ["c", "d"])]


@pytest.mark.parametrize(
    ("content", "byte", "line"),
    [
        (b"ref\nDamas\xe9\n", 10, 2),
        (b"\xef\xbb\xbfr\xe9f\n", 5, 1),
        (b"\xff\xfer\x00", 1, 1),
        (b"a\n\xed\xa0\x80\n", 3, 2),  # half a surrogate pair
        (b"a\nb\xc3", 4, 2),  # cut short
    ],
)
def test_bytes_that_are_not_utf_8_stop_the_file_and_are_named(content: bytes, byte: int, line: int):
    with pytest.raises(LayoutChanged, match=rf"byte {byte} of the file .* is not UTF-8") as stopped:
        read(content)
    assert stopped.value.line == line


def test_quotes_that_do_not_match_cost_the_line_they_stand_on_and_no_other():
    found = read('a,b\n"open,1\nc,2\n"d"x,3\ne,4\n"never closed,5\nf,6\n')
    assert [row.line for row in found if isinstance(row, Row)] == [1, 3, 5, 7]
    rejected = [row for row in found if isinstance(row, Rejected)]
    assert [(row.line, row.value) for row in rejected] == [
        (2, '"open,1'),
        (4, '"d"x,3'),
        (6, '"never closed,5'),
    ]
    assert "none closes" in rejected[2].reason


def test_a_lone_carriage_return_costs_its_row():
    assert [type(row) for row in read("a,b\nc\rd,e\nf,g\n")] == [Row, Rejected, Row]


def test_a_line_without_end_stops_the_file():
    with pytest.raises(LayoutChanged, match="more than"):
        read(b"a\n" + b"x" * (LONGEST_RECORD + 1))


def test_a_record_that_never_ends_is_given_up_and_reading_goes_on():
    lines = ("y" * 1_000_000 + "\n") * 18
    found = read(f'a\n"begins\n{lines}"\nb\n')
    assert isinstance(found[1], Rejected)
    assert found[-1] == Row(22, ["b"])


def test_what_is_shown_of_a_value_is_short_and_printable():
    assert shown("a\x00b\ud800") == "a\\u0000b\\ud800"
    assert len(shown("x" * 1000)) == 200
    assert printable("x" * 1000) == "x" * 1000
