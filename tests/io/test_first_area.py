"""The one rule by which a point belongs to an area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from socharm.io.first_area import OUTSIDE, first_areas

#: Four squares that touch in (1, 1); the codes are not in the order of the rows.
SQUARES = gpd.GeoSeries(
    [shapely.box(1, 1, 2, 2), shapely.box(0, 1, 1, 2), shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1)],
    index=["D", "B", "A", "C"],
)


@pytest.mark.parametrize(
    ("x", "y", "code", "is_shared"),
    [
        (0.5, 0.5, "C", False),
        (1.0, 0.5, "A", True),
        (0.5, 1.0, "B", True),
        (1.0, 1.0, "A", True),
        (0.0, 0.0, "C", False),
        (3.0, 3.0, None, False),
        (float("nan"), 1.0, None, False),
    ],
)
def test_a_point_belongs_to_the_touching_area_with_the_lowest_code(x, y, code, is_shared) -> None:
    area, shared = first_areas(shapely.points([x], [y]), SQUARES)
    assert (None if area[0] == OUTSIDE else SQUARES.index[area[0]]) == code
    assert bool(shared[0]) is is_shared


def test_the_order_of_areas_and_points_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    points = shapely.points(rng.integers(0, 9, (200, 2)) / 4)
    codes = np.append(SQUARES.index.to_numpy(), None)
    wanted = codes[first_areas(points, SQUARES)[0]]
    mixed = SQUARES.iloc[::-1]
    found = np.append(mixed.index.to_numpy(), None)[first_areas(points[::-1], mixed)[0]]
    assert found[::-1].tolist() == wanted.tolist()


def test_no_point_and_a_point_that_is_missing_lie_in_no_area() -> None:
    area, shared = first_areas(np.array([None], dtype=object), SQUARES)
    assert (area.tolist(), shared.tolist()) == ([OUTSIDE], [False])
    assert first_areas(np.array([], dtype=object), SQUARES)[0].tolist() == []
