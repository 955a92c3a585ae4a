"""Being ready to build: the compiled rules are loaded before the first build waits for them."""

from __future__ import annotations


def warm_up() -> None:
    """Settle two cubes of one report each, a flow and a stock: what they need is loaded from then on."""
    import numpy as np

    from tracker.reconcile.cube import Cube, Reports, integers, no_rounds, tree_of
    from tracker.reconcile.figures import figures

    one = integers([0])
    for is_stock in (False, True):
        reports = Reports(
            region=one,
            source=one,
            start=one,
            end=one,
            people=np.ones((3, 1), dtype=np.int64),
            published=one,
            rank=one,
            round=integers([-1]),
            counted=np.ones(1, dtype=np.bool_),
        )
        tree = tree_of({"XX": "", "XX01": "XX"})
        figures(Cube(tree=tree, tier=integers([1]), reports=reports, rounds=no_rounds(), is_stock=is_stock))
