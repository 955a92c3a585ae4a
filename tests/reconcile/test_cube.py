from __future__ import annotations

import pytest

from tracker.reconcile.cube import Tree, text_ranks, tree_of

PARENTS = {"XA": "", "XA2": "XA", "XA1": "XA", "XA11": "XA1", "XA12": "XA1", "XA111": "XA11"}


@pytest.fixture
def tree() -> Tree:
    return tree_of(PARENTS, retired=["XA11", "XA111", "XA2"])


def test_each_region_is_followed_by_all_that_lies_below_it(tree: Tree) -> None:
    assert tree.pcodes == ("XA", "XA1", "XA11", "XA111", "XA12", "XA2")
    assert tree.parent.tolist() == [-1, 0, 1, 2, 1, 0]
    assert tree.last.tolist() == [5, 4, 3, 3, 4, 5]
    assert tree.depth.tolist() == [0, 1, 2, 3, 2, 1]
    assert len(tree) == 6
    assert list(tree.below(1)) == [2, 3, 4]
    assert tree.children(0) == [1, 5]


def test_people_of_a_retired_region_count_in_the_nearest_current_one_above(tree: Tree) -> None:
    shown_in = [tree.pcodes[region] for region in tree.shown_in]
    assert shown_in == ["XA", "XA1", "XA1", "XA1", "XA12", "XA"]


def test_a_country_that_is_retired_is_refused() -> None:
    with pytest.raises(ValueError, match="lies below no current one"):
        tree_of(PARENTS, retired=["XA"])


def test_a_region_whose_parent_is_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="XA21: its parent XA2 is not among the regions"):
        tree_of({"XA": "", "XA21": "XA2"})


def test_regions_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        tree_of({"XA": "", "XA1": "XA2", "XA2": "XA1"})


def test_texts_are_ranked_by_code_point() -> None:
    assert text_ranks(["é", "b", "a", "B", "b"]).tolist() == [3, 2, 1, 0, 2]
