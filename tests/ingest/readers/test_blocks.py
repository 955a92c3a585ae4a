"""Blocks say what `rows` says, however the file is cut into them."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.errors import LayoutChanged
from tracker.ingest.readers import blocks as module
from tracker.ingest.readers.blocks import Block, blocks, row_hashes
from tracker.ingest.readers.rows import NO_TEXT, Rejected, Row, RowReader, rows

FIRST = b"a,b,c\n"
WIDTH = 3


def in_blocks(content: bytes, size: int) -> list[Block]:
    return list(blocks(io.BytesIO(FIRST + content), width=WIDTH, line=1, position=len(FIRST), size=size))


def as_rows(found: list[Block]) -> list[Row | Rejected]:
    """What the blocks hold, in the order of the file, without rows of empty cells."""
    listed = [block.row(place) for block in found for place in range(len(block))]
    filled = [row for row in listed if any(cell.strip() for cell in row.cells)]
    return sorted([*filled, *(row for block in found for row in block.others)], key=lambda row: row.line)


def one_by_one(content: bytes) -> list[Row | Rejected]:
    return list(rows(io.BytesIO(FIRST + content)))[1:]


LINES = st.sampled_from(
    [
        b"1,2,3", b"x,,", b",,", b"", b" , ,", b"1,2", b"1,2,3,4", b" 1 ,\t2,3", "é،,1,2".encode(),
        b'"1","2","3"', b'"a,b",c,d', b'"a""b",c,d', b'"",,', b'""', b'"two\nlines",1,2',
        b'"two\r\nlines",1,2',
        b'"open,1,2', b'closes",1,2', b'a"b,c,d', b'a,"b"c,d', b"lone\rreturn,1,2", b'"with\rreturn",1,2',
        b"nul\x00,1,2", b"unit\x1f,1,2", b'"unit\x1f,1",2,3', "c1\x85,1,2".encode(), b"bad\xff,1,2",
    ]
)  # fmt: skip
FILES = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\n", b"\r\n"])), max_size=12).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


@given(FILES, st.binary(max_size=6), st.sampled_from([1, 7, 20, 10_000]))
@example(b'1,2,3\n"open,1,2\n4,5,6\n', b"", 10_000)
@example(b'"a\nb",1,2\n"c\nd",1,2\n', b"", 9)
def test_blocks_hold_what_rows_gives_one_by_one(content: bytes, end: bytes, size: int):
    content += end
    try:
        expected = one_by_one(content)
    except LayoutChanged as refused:
        with pytest.raises(LayoutChanged) as stopped:
            in_blocks(content, size)
        assert str(stopped.value) == str(refused)
        return
    assert as_rows(in_blocks(content, size)) == expected


@given(FILES, st.sampled_from([1, 20, 10_000]))
def test_rows_with_characters_that_no_text_has_are_marked(content: bytes, size: int):
    try:
        found = in_blocks(content, size)
    except LayoutChanged:
        return
    for block in found:
        for place, unclean in enumerate(block.unclean):
            assert unclean == (NO_TEXT.search("".join(block.row(place).cells)) is not None)


def test_a_part_of_a_block_is_a_block():
    [block] = in_blocks(b"1,2,3\n4,5,6\n7,8,9\n", 10_000)
    part = block.where(block.lines != 3)
    assert as_rows([part]) == [Row(2, ["1", "2", "3"]), Row(4, ["7", "8", "9"])]
    assert part.texts == [block.texts[0], block.texts[2]]
    assert len(part) == len(part.unclean) == 2


class TestHashes:
    def hashes(
        self, content: bytes, names: tuple[str, ...] = ("a", "b", "c"), size: int = 10_000
    ) -> list[int]:
        return [one for block in in_blocks(content, size) for one in row_hashes(block.texts, names).tolist()]

    def test_the_same_cells_have_the_same_hash_however_they_are_written(self):
        plain, quoted, windows = (
            self.hashes(content) for content in (b"1,2,3\n", b'"1","2","3"\n', b"1,2,3\r\n")
        )
        assert plain == quoted == windows

    def test_where_a_file_is_cut_makes_no_difference(self):
        content = b'1,2,3\n"a,b",2,3\n"two\nlines",2,3\n4,5,6\n'
        assert self.hashes(content) == self.hashes(content, size=1)

    @pytest.mark.parametrize("other", [b"1,2,4\n", b"12,,3\n", b'"1,2",,3\n', b"1,2,3 \n"])
    def test_other_cells_have_another_hash(self, other: bytes):
        assert self.hashes(b"1,2,3\n") != self.hashes(other)

    def test_cells_are_not_taken_for_others_that_run_together_alike(self):
        assert self.hashes(b'"a,b",c,d\n') != self.hashes(b'a,"b,c",d\n')

    def test_the_same_cells_under_other_columns_have_another_hash(self):
        assert self.hashes(b"1,2,3\n") != self.hashes(b"1,2,3\n", ("a", "c", "b"))

    def test_a_hash_fits_the_table_and_stays_the_same_for_ever(self):
        assert self.hashes(b"1,2,3\n") == [-1588756251389671337]


def test_a_file_that_cannot_be_split_at_all_is_read_row_by_row(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_split", lambda *_: None)
    assert as_rows(in_blocks(b"1,2,3\n4,5,6\n", 3)) == [Row(2, ["1", "2", "3"]), Row(3, ["4", "5", "6"])]


def test_reading_can_begin_where_a_row_begins_and_says_how_far_it_came():
    file = io.BytesIO(b'a\n"b\nc"\nd\n')
    reader = RowReader(file)
    assert next(reader) == Row(1, ["a"])
    assert (reader.line, reader.position, reader.rests) == (1, 2, True)
    file.seek(2)
    reader = RowReader(file, line=1, position=2)
    assert list(reader) == [Row(2, ["b\nc"]), Row(4, ["d"])]
    assert (reader.line, reader.position) == (4, 10)
