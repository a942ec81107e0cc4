"""Areas as TopoJSON: whole steps on a grid, and one line for a border that two areas share."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from socharm._columns import AREA, NAME
from socharm.files.atomic import atomic_write

__all__ = ["OBJECT", "write_topojson"]

#: Name of the object that the areas are.
OBJECT: Final = "areas"
#: Steps of the grid along each side of the map: a tenth of a metre of 100 km.
_STEPS: Final = 1_000_000

_Point = tuple[int, int]
_Line = tuple[_Point, ...]


def write_topojson(areas: gpd.GeoDataFrame, path: str | os.PathLike[str], *, marking: str) -> None:
    """Write polygons as TopoJSON in degrees of WGS 84.

    Parameters
    ----------
    areas : GeoDataFrame
        Polygons of any CRS, index ``area_code``, with a column ``name``. Neighbours that share a border must share its
        points, as those of `socharm.dashboard.shapes.simplified` do.
    path : str or path
        The same areas give the same bytes.
    marking : str

    Raises
    ------
    StoreError
        The file cannot be written.

    Notes
    -----
    One object, ``areas``: a polygon or several for each area, whose ``id`` is the code and whose properties are
    ``area_code`` and ``name``. Outer rings run clockwise, as maps on a sphere need them. The format is that of the
    TopoJSON specification 1.0 (Bostock and Metcalf); ``marking`` stands beside its members.
    """
    shapes = areas.geometry.to_crs("EPSG:4326")
    corner = shapes.total_bounds[:2]
    scale = np.maximum((shapes.total_bounds[2:] - corner) / _STEPS, np.finfo(float).tiny)
    polygons = [
        _polygons(shape, corner, scale) for shape in shapely.orient_polygons(np.asarray(shapes.array), exterior_cw=True)
    ]
    arcs = _Arcs(ring for parts in polygons for part in parts for ring in part)
    geometries = []
    for code, name, parts in zip(areas.index, areas[NAME], polygons, strict=True):
        told = [[arcs.of(ring) for ring in part] for part in parts]
        kind: dict[str, Any] = {"type": "MultiPolygon", "arcs": told}
        if len(told) == 1:
            kind = {"type": "Polygon", "arcs": told[0]}
        geometries.append({**kind, "id": str(code), "properties": {AREA: str(code), NAME: str(name)}})
    topology: Mapping[str, Any] = {
        "type": "Topology",
        "marking": marking,
        "bbox": shapes.total_bounds.tolist(),
        "transform": {"scale": scale.tolist(), "translate": corner.tolist()},
        "objects": {OBJECT: {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [_steps(line) for line in arcs.lines],
    }
    text = json.dumps(topology, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
    with atomic_write(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def _polygons(
    shape: Polygon | MultiPolygon, corner: NDArray[np.float64], scale: NDArray[np.float64]
) -> list[list[_Line]]:
    """Rings of each part on the grid, each without its last point, which is its first."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and not part.is_empty]
    return [
        [_on_grid(np.asarray(ring.coords)[:-1, :2], corner, scale) for ring in (part.exterior, *part.interiors)]
        for part in parts
    ]


def _on_grid(points: NDArray[np.float64], corner: NDArray[np.float64], scale: NDArray[np.float64]) -> _Line:
    found = np.rint((points - corner) / scale).astype(np.int64)
    stays = (found != np.roll(found, 1, axis=0)).any(axis=1)
    # A ring of fewer than three points is none: one smaller than a step of the grid keeps all of its own.
    kept = found[stays] if stays.sum() >= 3 else found
    return tuple((int(x), int(y)) for x, y in kept)


def _steps(line: _Line) -> list[list[int]]:
    """The first point of a line, and then the way from each to the next."""
    steps = np.diff(np.array(line), axis=0, prepend=[[0, 0]])
    found: list[list[int]] = steps.tolist()
    return found


class _Arcs:
    """Lines between the points where borders part, each held once.

    A point where a border parts has another number of neighbours than two: three areas meet there, or two at a point.
    """

    def __init__(self, rings: Iterable[_Line]) -> None:
        self.lines: list[_Line] = []
        self._number: dict[_Line, int] = {}
        beside: defaultdict[_Point, set[_Point]] = defaultdict(set)
        for ring in rings:
            for one, other in zip(ring, (*ring[1:], ring[0]), strict=True):
                beside[one].add(other)
                beside[other].add(one)
        self._parts_at = {point for point, others in beside.items() if len(others) != 2}

    def of(self, ring: _Line) -> list[int]:
        """Numbers of the lines of a ring; ``~n`` where line ``n`` runs the other way."""
        cuts = [place for place, point in enumerate(ring) if point in self._parts_at]
        first = cuts[0] if cuts else ring.index(min(ring))
        turned = (*ring[first:], *ring[:first], ring[first])
        ends = [*(place - first for place in cuts[1:]), len(ring)]
        return [self._of_line(turned[start : end + 1]) for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    def _of_line(self, line: _Line) -> int:
        back = line[::-1]
        for way, sign in ((line, False), (back, True)):
            if way in self._number:
                return ~self._number[way] if sign else self._number[way]
        self._number[line] = len(self.lines)
        self.lines.append(line)
        return self._number[line]
