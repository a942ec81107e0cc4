"""Cells of Uber's H3, which lie on longitude and latitude, brought to the metric system of some areas."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from socharm._limits import MAX_FEATURES, require_within
from socharm.errors import MissingExtraError
from socharm.io.boundary_shapes import transformed
from socharm.io.crs import LONGITUDE_LATITUDE, Transformation, transformer

__all__ = ["h3_cells", "mean_size"]

#: Edges of the areas are straight in metres and bent a little on the globe: cells are asked for this much around them.
_MARGIN_M: Final = 5.0
#: Mean size of a cell of resolution 0 in square kilometres; each resolution divides it by 7.
_WHOLE_KM2: Final = 4_357_449.416


def mean_size(resolution: int) -> float:
    """Side in metres of the square that is as large as a mean cell of a resolution.

    Examples
    --------
    >>> round(mean_size(9)), round(mean_size(10))
    (329, 124)
    """
    return float((_WHOLE_KM2 / 7.0**resolution) ** 0.5 * 1_000)


def h3_cells(
    shapes: NDArray[np.object_], crs: Any, resolution: int
) -> tuple[list[str], NDArray[np.object_], NDArray[np.float64], Transformation]:
    """Cells that touch some shapes.

    Parameters
    ----------
    shapes : ndarray of polygons
    crs : CRS
        Metric system of the shapes and of the result.
    resolution : int

    Returns
    -------
    codes : list of str
        Sorted.
    cells : ndarray of polygons
        In `crs`; neighbours share their corners.
    area_km2 : ndarray of float
        Size on the ellipsoid of WGS 84.
    way : Transformation
        From longitude and latitude to `crs`.

    Raises
    ------
    MissingExtraError
        The package ``h3`` is not installed.
    RefusedError
        There would be too many cells.
    """
    h3 = _library()
    size = mean_size(resolution)
    expected = float(shapely.area(shapes).sum()) / size**2
    require_within(expected, MAX_FEATURES, what="cells of H3", remedy="Use a smaller `resolution`.")
    back = transformer(crs, LONGITUDE_LATITUDE)
    # Long edges are divided, since a straight line in metres is none in degrees.
    wide = shapely.segmentize(shapely.buffer(shapes, _MARGIN_M, quad_segs=2), max(size, 1_000.0))
    codes = sorted({code for shape in transformed(wide, back) for code in _touching(h3, shape, resolution)})
    corners = [h3.cell_to_vertexes(code) for code in codes]
    place = {vertex: h3.vertex_to_latlng(vertex) for vertex in dict.fromkeys(v for cell in corners for v in cell)}
    globe = np.array([_polygon(place, cell) for cell in corners], dtype=object)
    way = transformer(LONGITUDE_LATITUDE, crs)
    ellipsoid = pyproj.Geod(ellps="WGS84")
    area = np.array([abs(ellipsoid.geometry_area_perimeter(cell)[0]) / 1e6 for cell in globe], dtype=np.float64)
    return codes, transformed(globe, way), area, way


def _touching(h3: ModuleType, shape: shapely.Geometry, resolution: int) -> list[str]:
    return list(h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(shape), resolution, contain="overlap"))


def _polygon(place: dict[str, tuple[float, float]], corners: list[str]) -> shapely.Geometry:
    """A cell by its corners in order around it; H3 gives latitude first."""
    points = np.array([place[corner][::-1] for corner in corners])
    middle = points.mean(axis=0)
    turn = np.argsort(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0]), kind="stable")
    return shapely.Polygon(points[turn])


def _library() -> ModuleType:
    try:
        return importlib.import_module("h3")
    except ImportError as error:
        raise MissingExtraError(
            "A grid of kind 'h3' needs 'h3', which is not installed. Install it from socharm's own folder: "
            'python -m pip install -c constraints.txt ".[h3]".'
        ) from error
