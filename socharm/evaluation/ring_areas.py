"""Rings round any set of areas, by order of neighbours or by distance, and those round sets where nothing was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.errors import ParameterError
from socharm.evaluation.ground import Ground
from socharm.hotspots.areas.graphs import Graph, W
from socharm.io.areas import require_areas

__all__ = ["RingAreas", "placebo_groups"]

_Floats = NDArray[np.float64]

#: Placebo sites that are looked at, evenly among the far areas where there are more.
_MOST: Final = 400


@dataclass(frozen=True, eq=False)
class RingAreas:
    """Areas that rings are made of, by their rows in the outcomes.

    Attributes
    ----------
    ground : Ground
    shapes : GeoSeries or None
        None where rings go by order.
    orders : int
    distances : sequence of float
        Outer ends; empty where rings go by order.
    """

    ground: Ground
    shapes: gpd.GeoSeries | None
    orders: int
    distances: Sequence[float]

    @classmethod
    def of(
        cls, areas: gpd.GeoDataFrame | Graph | W, ground: Ground, codes: Sequence[str], *, orders: int | None,
        distances: Sequence[float] | None,
    ) -> RingAreas:  # fmt: skip
        """With the shapes where these are needed.

        Raises
        ------
        ParameterError
            Distances without shapes.
        """
        place = {code: number for number, code in enumerate(ground.codes)}
        order = [place[code] for code in codes]
        here = Ground(tuple(codes), ground.only(order))
        if distances is None:
            return cls(here, None, orders or 0, ())
        if not isinstance(areas, gpd.GeoDataFrame):
            raise ParameterError("`distances` need the shapes of the areas, not neighbours. Give them, or `orders`.")
        require_areas(areas)
        at = areas.index.astype(str).get_indexer(pd.Index(list(codes)))
        return cls(here, gpd.GeoSeries(areas.geometry.to_numpy()[at], crs=areas.crs), 0, distances)

    def round(self, rows: Sequence[int]) -> list[set[int]]:
        """Rows of the areas of each ring, from the first."""
        return self._by_order(set(rows)) if self.shapes is None else self._by_distance(self.shapes, rows)

    def grown(self, row: int, size: int, free: set[int]) -> list[int]:
        """An area and free ones round it, the nearest first; fewer where there are no more."""
        made, at = [row], 0
        while at < len(made) < size:
            made += [one for one in self.ground.neighbours[made[at]] if one in free and one not in made]
            at += 1
        return made[:size]

    def _by_order(self, known: set[int]) -> list[set[int]]:
        made = []
        for _ in range(self.orders):
            wider = self.ground.within(known, 1)
            made.append(wider - known)
            if wider == known:
                break
            known = wider
        return made

    def _by_distance(self, shapes: gpd.GeoSeries, rows: Sequence[int]) -> list[set[int]]:
        held = shapes.to_numpy()
        site = gpd.GeoSeries(held[list(rows)], crs=shapes.crs).union_all()
        near = np.setdiff1d(shapes.sindex.query(site, predicate="dwithin", distance=self.distances[-1]), rows)
        away = gpd.GeoSeries(held[near], crs=shapes.crs).distance(site).to_numpy()
        ends = zip([-1.0, *self.distances[:-1]], self.distances, strict=True)
        return [set(near[(away > inner) & (away <= outer)].tolist()) for inner, outer in ends]


def placebo_groups(
    areas: RingAreas, early: _Floats, late: _Floats, size: int, far: Sequence[int]
) -> list[list[list[int]]]:
    """Far areas taken for a site, the rings round them, and the far areas of these.

    Parameters
    ----------
    areas : RingAreas
    early, late : arrays of shape (areas,)
        Totals before and after.
    size : int
        Areas of the site.
    far : sequence of int
        Rows of the areas beyond every ring: each is taken for a site with those next to it, until they are as many as
        the site's; at most 400, evenly among them. All others are their far areas.

    Returns
    -------
    list of lists
        For each placebo site its rows, those of each ring, those of its far areas. Placebo sites that cannot grow, or
        have an empty ring or no far areas with outcomes, are left out.
    """
    free, found = set(far), []
    for at in np.unique(np.linspace(0, len(far) - 1, min(len(far), _MOST)).astype(int)):
        site = areas.grown(far[at], size, free)
        rings = [sorted(ring & free) for ring in areas.round(site)]
        away = sorted(free.difference(site, *rings))
        groups = [site, *rings, away]
        if len(site) == size and all(groups) and min(early[away].sum(), late[away].sum()) > 0:
            found.append(groups)
    return found
