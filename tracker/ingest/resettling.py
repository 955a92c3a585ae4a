"""The tree that a delivery leaves behind: where the regions hang in it that no file places."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tracker.geo.shares import NOTHING, Shares
from tracker.ingest.containment import CONTAINED, Node, homeless, placed, retired_way
from tracker.ingest.release_report import Hung
from tracker.ingest.releases import Standing
from tracker.ingest.standing import boundaries_of
from tracker.ingest.tree import Delivered


def resettled(
    rows: Mapping[str, Delivered],
    standing: Mapping[str, Standing],
    gone: Collection[str],
    *,
    retired_too: bool,
) -> tuple[dict[str, str], Hung]:
    """By region that no file places, the one that it hangs below; and all the parents that change.

    Parameters
    ----------
    rows : by P-code what a delivery has of current regions of one country
    standing : all regions of the country
    retired_too : whether regions that were retired before may lie in another one now
    """
    tree = _tree(rows, standing, gone)
    unsettled = [pcode for pcode in homeless(tree) if retired_too or not tree[pcode].retired]
    parents = placed(tree, _shares(unsettled, tree, rows), unsettled)
    return parents, _hung(tree, parents, standing)


def _tree(
    rows: Mapping[str, Delivered], standing: Mapping[str, Standing], gone: Collection[str]
) -> dict[str, Node]:
    tree = {
        pcode: Node(region.level, region.parent, region.retired or pcode in gone, region.area_km2)
        for pcode, region in standing.items()
    }
    for pcode, row in rows.items():
        stood = standing[pcode].area_km2 if pcode in standing and not row.shape_said else None
        area = row.shape.area_km2 if row.shape is not None else stood
        tree[pcode] = Node(row.level, row.parent, False, area)
    return tree


def _shares(unsettled: Collection[str], tree: Mapping[str, Node], rows: Mapping[str, Delivered]) -> Shares:
    """What the unsettled regions have in common with those that are large enough to contain one of them."""
    wanted = {pcode for one in unsettled for pcode in retired_way(one, tree)}
    areas = [area for pcode in wanted if (area := tree[pcode].area_km2) is not None]
    if not areas:
        return NOTHING
    from tracker.geo.overlap import overlaps  # shapely takes a second to import, and most loads need none

    large_enough = {
        pcode
        for pcode, node in tree.items()
        if node.level > 0 and not node.retired and (node.area_km2 or 0.0) >= CONTAINED * min(areas)
    }
    return overlaps(_drawn(wanted, rows), _drawn(large_enough, rows), at_least=CONTAINED)


def _drawn(pcodes: Collection[str], rows: Mapping[str, Delivered]) -> dict[str, bytes]:
    """Boundaries by P-code: those delivered, else those that stand."""
    delivered = {
        pcode: row.shape.wkb for pcode, row in rows.items() if pcode in pcodes and row.shape is not None
    }
    return boundaries_of(set(pcodes) - set(delivered)) | delivered


def _hung(tree: Mapping[str, Node], parents: Mapping[str, str], standing: Mapping[str, Standing]) -> Hung:
    found = Hung({}, {}, {})
    for pcode, stood in sorted(standing.items()):
        parent = parents.get(pcode, tree[pcode].parent)
        if tree[pcode].retired and not stood.retired:
            found.retired[pcode] = parent
        elif parent != stood.parent and stood.retired == tree[pcode].retired:
            (found.rehung if stood.retired else found.moved)[pcode] = (stood.parent, parent)
    return found
