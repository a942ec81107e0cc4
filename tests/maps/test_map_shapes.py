"""Polygons on maps: holes stay empty, parts stay together, districts are what the general union says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path
from shapely.geometry import MultiPolygon, Polygon, box

from socharm.maps.furniture import new_axes
from socharm.maps.shapes import _dissolved, _joined, _paths, draw_outlines, draw_shapes


def ring(x: float, y: float, *, size: float = 10.0, hole: float = 4.0) -> Polygon:
    half = hole / 2
    middle = box(x + size / 2 - half, y + size / 2 - half, x + size / 2 + half, y + size / 2 + half)
    return box(x, y, x + size, y + size).difference(middle)


def signed_area(path: Path) -> float:
    return float(sum(np.sum(r[:-1, 0] * r[1:, 1] - r[1:, 0] * r[:-1, 1]) / 2 for r in path.to_polygons()))


@pytest.mark.parametrize("turned", [False, True])
def test_a_hole_stays_empty_whichever_way_its_ring_runs(turned):
    shape = ring(0, 0)
    if turned:
        shape = Polygon(shape.exterior.coords[::-1], [r.coords[::-1] for r in shape.interiors])
    ax = new_axes(width=2, height=2)
    ax.set(xlim=(0, 10), ylim=(0, 10), position=(0, 0, 1, 1))
    ax.set_axis_off()
    draw_shapes(ax, gpd.GeoSeries([shape]), facecolor="black")
    canvas = FigureCanvasAgg(ax.get_figure())
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, 0]
    assert pixels[100, 100] == 255
    assert pixels[30, 100] == pixels[170, 100] == 0


@given(
    corners=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=6, unique=True),
    hole=st.integers(1, 9),
)
def test_paths_have_the_area_of_their_shapes(corners, hole):
    shapes = [ring(11.0 * x, 11.0 * y, hole=hole) for x, y in corners]
    shapes.append(MultiPolygon(shapes))
    paths = _paths(gpd.GeoSeries(shapes))
    assert len(paths) == len(shapes)
    np.testing.assert_allclose([signed_area(path) for path in paths], [shape.area for shape in shapes])


def test_no_shapes_draw_nothing():
    ax = new_axes()
    assert draw_shapes(ax, gpd.GeoSeries([], crs="EPSG:27700"), facecolor="red").get_paths() == []


def test_districts_are_the_union_also_where_areas_overlap():
    clean = [box(i, 0, i + 1, 1) for i in range(5)]
    overlapping = [*clean, box(0.5, 0.5, 3.5, 1.5)]
    for shapes in (clean, overlapping):
        found = _dissolved(np.array(shapes))
        assert found.is_valid
        assert found.symmetric_difference(shapely.union_all(shapes)).area < 1e-12


def test_outlines_are_drawn_for_two_districts_and_not_for_one():
    areas = gpd.GeoDataFrame(
        {"parent": ["A", "A", "B"]}, geometry=[box(i, 0, i + 1, 1) for i in range(3)], crs="EPSG:27700"
    )
    for shown, lines in ((areas, 1), (areas.iloc[:2], 0)):
        ax = new_axes()
        ax.set(xlim=(0, 3), ylim=(0, 1))
        draw_outlines(ax, shown)
        assert len(ax.collections) == lines


def _bank(width: float) -> np.ndarray:
    """Two districts on the north bank of a river of some width, and one on the south bank."""
    shapes = [box(0, 100 + width, 500, 600), box(500, 100 + width, 1000, 600), box(0, -400, 1000, 100)]
    return np.array(shapes, dtype=object)


def test_a_narrow_river_between_districts_has_one_line():
    drawn = _joined(_bank(20.0), 30.0)
    assert shapely.union_all(drawn).area == pytest.approx(1000 * 1000, rel=1e-3)  # the mouths of the river are round
    banks = shapely.union_all(shapely.boundary(drawn))
    # One line between north and south, from edge to edge, with that between the two northern districts; both banks only
    # where these two meet the river, some widths of it, and not the 998 m more of two banks.
    inside = shapely.intersection(banks, box(1, -399, 999, 599))
    assert 998 + 479 <= inside.length <= 998 + 479 + 5 * 20


def test_a_wide_river_between_districts_keeps_both_banks():
    banks = shapely.union_all(shapely.boundary(_joined(_bank(200.0), 30.0)))
    inside = shapely.intersection(banks, box(1, -399, 999, 599))
    assert inside.length == pytest.approx(2 * 998 + 299, abs=1)


def test_districts_that_meet_are_drawn_as_they_are():
    districts = np.array([box(0, 0, 10, 10), box(10, 0, 20, 10)], dtype=object)
    assert all(shapely.equals(_joined(districts, 1.0), districts))


def test_a_bay_of_one_district_is_no_river():
    bay = box(0, 0, 10, 10).difference(box(4, 8, 4.5, 10))
    districts = np.array([bay, box(10, 0, 20, 10)], dtype=object)
    assert all(shapely.equals(_joined(districts, 1.0), districts))
