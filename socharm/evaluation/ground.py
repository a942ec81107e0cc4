"""Areas and who adjoins whom, as lists of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from socharm._words import number_of
from socharm.errors import AlignmentError
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.neighbours import neighbours

__all__ = ["Ground", "ground_of", "rows_of"]


@dataclass(frozen=True)
class Ground:
    """Areas by number, in the order that they were given in, and the neighbours of each.

    Attributes
    ----------
    codes : tuple of str
    neighbours : tuple of tuple of int
        In both directions, sorted, none of itself.
    """

    codes: tuple[str, ...]
    neighbours: tuple[tuple[int, ...], ...]

    def within(self, rows: Iterable[int], order: int) -> set[int]:
        """Areas and their neighbours up to an order."""
        found = set(rows)
        for _ in range(order):
            more = {each for row in found for each in self.neighbours[row]} - found
            if not more:
                break
            found |= more
        return found

    def only(self, rows: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """Neighbours among the areas `rows`, by their places in `rows`."""
        place = {row: at for at, row in enumerate(rows)}
        return tuple(tuple(place[each] for each in self.neighbours[row] if each in place) for row in rows)


def ground_of(areas: gpd.GeoDataFrame | Graph | W) -> Ground:
    """Neighbours of areas, or those that are given."""
    if isinstance(areas, W):
        return ground_of(Graph.from_W(areas))
    graph = neighbours(areas) if isinstance(areas, gpd.GeoDataFrame) else areas
    links = graph.adjacency
    # Whom a neighbour is only named by stands in no row of its own.
    every = (*graph.unique_ids, *links.index.get_level_values(1))
    codes = tuple(dict.fromkeys(map(str, every)))
    real = links.to_numpy() != 0
    place = {code: row for row, code in enumerate(codes)}
    held: list[set[int]] = [set() for _ in codes]
    for one, other in zip(*(np.asarray(links.index.get_level_values(level))[real] for level in (0, 1)), strict=True):
        first, second = place[str(one)], place[str(other)]
        if first != second:
            held[first].add(second)
            held[second].add(first)
    return Ground(codes, tuple(tuple(sorted(each)) for each in held))


def rows_of(asked: Sequence[str], codes: Sequence[str], *, name: str) -> list[int]:
    """Numbers of areas, each once; all must be there."""
    place = {code: row for row, code in enumerate(codes)}
    told = list(dict.fromkeys(map(str, asked)))
    if absent := [code for code in told if code not in place]:
        raise AlignmentError(
            f"{number_of(len(absent), f'area of `{name}` is', f'areas of `{name}` are')} not among the areas, such as "
            f"{absent[:3]}; they are such as {list(codes[:3])}. Check that both use the same boundary year."
        )
    return [place[code] for code in told]
