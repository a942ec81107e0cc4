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
from socharm.maps.shapes import _dissolved, _paths, draw_outlines, draw_shapes


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
