"""The land of the synthetic force: coast, island, LSOAs, wards and districts that nest exactly.

LSOAs are Voronoi cells of seeds that crowd in a city and its towns, clipped to a coast and bent by a
smooth one-to-one map of the plane, so that neighbours share every vertex of their common edge.
Wards and districts are groups of LSOAs: nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import scipy
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

__all__ = ["CENTRES", "Land", "make_land", "neighbour_sets"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Lower left corner in British National Grid metres: open water of the North Sea, where nobody lives.
ORIGIN: Final = (560_000.0, 470_000.0)
#: Places where people crowd: x, y (metres from the corner), spread (m), share of the seeds, district.
CENTRES: Final = (
    (27_000.0, 25_000.0, 3_000.0, 0.36, 0),
    (38_500.0, 33_500.0, 1_500.0, 0.12, 1),
    (13_500.0, 34_000.0, 1_300.0, 0.11, 2),
    (14_500.0, 13_500.0, 1_200.0, 0.10, 3),
    (39_500.0, 12_500.0, 1_300.0, 0.11, 4),
    (45_500.0, 24_500.0, 700.0, 0.04, 1),
    (25_500.0, 40_500.0, 600.0, 0.03, 2),
    (26_500.0, 9_500.0, 600.0, 0.03, 3),
)
_DISTRICT_SEEDS: Final = np.array([[27e3, 25e3], [41e3, 33e3], [15e3, 37e3], [15e3, 13e3], [40e3, 11e3]])
_CITY_PULL: Final = 0.62  # the city's own district is tighter than a plain nearest seed would make it
_ISLAND: Final = ((56_500.0, 9_500.0), 2_600.0)


@dataclass(frozen=True, eq=False)
class Land:
    """Polygons and their nesting: position in `lsoas` is the LSOA's number."""

    lsoas: NDArray[np.object_]
    ward: Ints
    district: Ints
    seeds: Floats
    island: NDArray[np.bool_]
    coast: BaseGeometry


def make_land(rng: np.random.Generator, *, n_lsoas: int, n_wards: int) -> Land:
    """Draw the land: about `n_lsoas` cells in `n_wards` wards in five districts."""
    n_island = max(3, round(n_lsoas / n_wards))
    seeds, bent = _draw(rng, n_lsoas - n_island, n_island)
    while not shapely.coverage_is_valid(bent):  # a border met the coast between two whole metres: draw again
        seeds, bent = _draw(rng, n_lsoas - n_island, n_island)
    on_island = np.arange(n_lsoas) >= n_lsoas - n_island
    centres = shapely.get_coordinates(shapely.centroid(bent))
    district = _districts(seeds, on_island)
    neighbours = neighbour_sets(bent)
    district = _join_scraps(district, on_island, neighbours)
    ward = _wards(centres, district, on_island, neighbours, n_wards)
    return Land(bent, ward, district, centres, on_island, shapely.coverage_union_all(bent))


def _draw(rng: np.random.Generator, n_mainland: int, n_island: int) -> tuple[Floats, NDArray[np.object_]]:
    mainland, island = _coast(rng, (29_000.0, 24_000.0), 22_500.0, 0.16), _coast(rng, *_ISLAND, 0.12)
    seeds = _relax(_crowded_seeds(rng, mainland, n_mainland), mainland, rounds=2)
    far = _relax(_uniform_seeds(rng, island, n_island), island, rounds=4)
    flat = np.concatenate([_cells(seeds, mainland), _cells(far, island)])
    return np.concatenate([seeds, far]), _bend(flat, _waves(rng))


def _coast(rng: np.random.Generator, centre: tuple[float, float], radius: float, roughness: float) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    distance = np.full(angles.shape, 1.0)
    for wave in range(2, 45):
        distance += roughness / wave**0.9 * np.cos(wave * angles + rng.uniform(0, 2 * np.pi))
    x, y = np.cos(angles) * distance * radius * 1.12, np.sin(angles) * distance * radius * 0.92
    return Polygon(np.round(np.column_stack([x + centre[0], y + centre[1]])))


def _uniform_seeds(rng: np.random.Generator, land: BaseGeometry, n: int) -> Floats:
    x0, y0, x1, y1 = land.bounds
    inside = shapely.buffer(land, -150)
    tries = np.column_stack([rng.uniform(x0, x1, n * 6), rng.uniform(y0, y1, n * 6)])
    kept: Floats = tries[shapely.contains_xy(inside, tries[:, 0], tries[:, 1])][:n]
    return kept


def _crowded_seeds(rng: np.random.Generator, land: BaseGeometry, n: int) -> Floats:
    groups = []
    for x, y, spread, share, _ in CENTRES:
        groups.append(rng.normal((x, y), spread, (round(n * share), 2)))
    crowd = np.concatenate(groups)
    inside = shapely.buffer(land, -150)
    crowd = crowd[shapely.contains_xy(inside, crowd[:, 0], crowd[:, 1])]
    return np.concatenate([crowd, _uniform_seeds(rng, land, n - len(crowd))])


def _cells(seeds: Floats, land: BaseGeometry) -> NDArray[np.object_]:
    """Voronoi cells in the order of their seeds, clipped to the land, on a grid of whole metres."""
    box = shapely.buffer(shapely.envelope(land), 30_000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=box))
    rounded = _rounded(cells)
    clipped = shapely.set_precision(shapely.intersection(rounded, land, grid_size=1.0), 1.0)
    # A point inside a cell is nearer to the cell's own seed than to any other.
    _, order = scipy.spatial.cKDTree(seeds).query(shapely.get_coordinates(shapely.point_on_surface(cells)))
    result = np.empty(len(seeds), dtype=object)
    result[order] = clipped
    return result


def _rounded(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.transform(shapes, np.round), dtype=object)


def _relax(seeds: Floats, land: BaseGeometry, *, rounds: int) -> Floats:
    """Move each seed to the middle of its cell (Lloyd), so that no cell is a splinter."""
    for _ in range(rounds):
        middle = shapely.point_on_surface(_cells(seeds, land))
        centre = shapely.centroid(_cells(seeds, land))
        chosen = np.where(shapely.contains(land, centre), centre, middle)
        seeds = np.round(shapely.get_coordinates(chosen))
    return seeds


def _waves(rng: np.random.Generator) -> list[tuple[float, Floats, float, Floats]]:
    """Octaves of the bend; the sum of 2 pi amplitude / length stays below 1, so the map is one to one."""
    waves = []
    for length, amplitude in ((9_000.0, 330.0), (3_100.0, 95.0), (1_300.0, 34.0), (700.0, 15.0)):
        for _ in range(2):
            angle = rng.uniform(0, 2 * np.pi)
            heading = np.array([np.cos(angle), np.sin(angle)]) / length * 2 * np.pi
            push = rng.normal(size=2)
            waves.append((rng.uniform(0, 2 * np.pi), heading, amplitude * 0.5, push / np.hypot(*push)))
    return waves


def _bend(flat: NDArray[np.object_], waves: list[tuple[float, Floats, float, Floats]]) -> NDArray[np.object_]:
    def warp(xy: Floats) -> Floats:
        moved = xy.copy()
        for phase, heading, amplitude, push in waves:
            swing = amplitude * np.sin(xy[:, :1] * heading[0] + xy[:, 1:] * heading[1] + phase)
            moved += swing * push[None, :]
        return np.asarray(np.round(moved + np.array(ORIGIN)))

    bent = np.array([_bend_one(shape, warp) for shape in flat], dtype=object)
    return np.asarray(shapely.normalize(bent), dtype=object)


def _bend_one(shape: BaseGeometry, warp: Callable[[Floats], Floats]) -> BaseGeometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    drawn = [Polygon(warp(_steps(shapely.get_coordinates(part.exterior)))) for part in parts]
    return drawn[0] if len(drawn) == 1 else shapely.MultiPolygon(drawn)


def _steps(ring: Floats) -> Floats:
    """Points along every edge of a ring; the same points whichever way round the edge is walked."""
    points = []
    for start, end in pairwise(ring):
        forward = (start[0], start[1]) < (end[0], end[1])
        low, high = (start, end) if forward else (end, start)
        length = float(np.hypot(*(end - start)))
        n = int(np.clip(np.ceil(length / 260.0), 1, 10))
        along = low + (high - low) * (np.arange(n + 1) / n)[:, None]
        points.append((along if forward else along[::-1])[:-1])
    return np.concatenate([*points, points[0][:1]])


def neighbour_sets(shapes: NDArray[np.object_]) -> list[set[int]]:
    """LSOAs that share an edge (two vertices in a row) with each LSOA."""
    owners: dict[tuple[float, ...], list[int]] = {}
    for number, shape in enumerate(shapes):
        for part in shapely.get_parts(shape):
            ring = shapely.get_coordinates(part.exterior)
            for a, b in pairwise(ring):
                low, high = sorted((tuple(a), tuple(b)))
                owners.setdefault((*low, *high), []).append(number)
    found: list[set[int]] = [set() for _ in shapes]
    for pair in owners.values():
        if len(pair) == 2 and pair[0] != pair[1]:
            found[pair[0]].add(pair[1])
            found[pair[1]].add(pair[0])
    return found


def _districts(seeds: Floats, island: NDArray[np.bool_]) -> Ints:
    distance = np.hypot(
        seeds[:, None, 0] - _DISTRICT_SEEDS[None, :, 0], seeds[:, None, 1] - _DISTRICT_SEEDS[None, :, 1]
    )
    distance[:, 0] /= _CITY_PULL
    return np.where(island, len(_DISTRICT_SEEDS) - 1, distance.argmin(axis=1))


def _parts(members: set[int], neighbours: list[set[int]]) -> list[set[int]]:
    left, parts = set(members), []
    while left:
        reached, front = set(), {min(left)}
        while front:
            reached |= front
            front = {n for f in front for n in neighbours[f] if n in left} - reached
        parts.append(reached)
        left -= reached
    return sorted(parts, key=lambda part: (-len(part), min(part)))


def _join_scraps(
    label: Ints, island: NDArray[np.bool_], neighbours: list[set[int]], within: Ints | None = None
) -> Ints:
    """Give every part that is cut off from its group to the neighbouring group it touches most."""
    label = label.copy()
    for _ in range(5):
        for group in np.unique(label):
            members = {int(i) for i in np.flatnonzero((label == group) & ~island)}
            for scrap in _parts(members, neighbours)[1:]:
                touching = [
                    int(label[n])
                    for s in sorted(scrap)
                    for n in sorted(neighbours[s])
                    if label[n] != group and not island[n] and (within is None or within[n] == within[s])
                ]
                if touching:
                    label[sorted(scrap)] = max(set(touching), key=lambda t: (touching.count(t), -t))
    return label


def _wards(centres: Floats, district: Ints, island: NDArray[np.bool_], near: list[set[int]], n_wards: int) -> Ints:
    """Wards by halving each district along its longer side until every piece is a ward's size."""
    ward = np.full(len(centres), -1)
    mainland = np.flatnonzero(~island)
    shares = pd.Series(district[mainland]).value_counts().sort_index()
    sizes = (shares / shares.sum() * (n_wards - 1)).round().astype(int)
    sizes.iloc[0] += n_wards - 1 - int(sizes.sum())
    number = 0
    for group, size in sizes.items():
        for piece in _halve(mainland[district[mainland] == group], centres, int(size)):
            ward[piece] = number
            number += 1
    ward[island] = number
    return _join_scraps(ward, island, near, within=district)


def _halve(members: Ints, centres: Floats, n: int) -> list[Ints]:
    if n == 1:
        return [members]
    xy = centres[members] - centres[members].mean(axis=0)
    axis = int(np.ptp(xy[:, 1]) > np.ptp(xy[:, 0]))
    order = members[np.argsort(xy[:, axis], kind="stable")]
    left = n // 2
    cut = round(len(order) * left / n)
    return [*_halve(order[:cut], centres, left), *_halve(order[cut:], centres, n - left)]
