"""Distances are measured in metres or not at all: degrees, feet, Web Mercator and far-off systems are told."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError, CRSError, ParameterError
from socharm.io.crs import require_metric, require_same_crs, suggested_crs
from socharm.io.metres import require_metres, require_true_scale
from socharm.severity.points import HarmPoints, harm_points

COLUMNS = {"date": "date", "offence": "offence", "id": "id"}
CHICAGO = (-87.65, 41.85)


@pytest.fixture(scope="module")
def weights() -> sh.io.WeightScheme:
    return sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20")


def incidents(x, y, *, pair=("longitude", "latitude"), **more):
    table = pd.DataFrame({"date": "2020-01", "offence": "Burglary", "x": x, "y": y})
    table["id"] = [f"i{i}" for i in range(len(table))]
    return sh.read_incidents(table, columns={**COLUMNS, pair[0]: "x", pair[1]: "y"}, **more)


def areas(west=425_000.0, south=560_000.0, side=2_000.0, crs="EPSG:27700", n=2):
    shapes = [box(west + k * side, south, west + (k + 1) * side, south + side) for k in range(n)]
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index([f"A{k}" for k in range(n)], name="area_code"), crs=crs)


def table(x, y):
    return pd.DataFrame({"x": x, "y": y, "weight": 1.0})


# What is no metre


@pytest.mark.parametrize(
    ("crs", "why"),
    [
        ("EPSG:4326", "not projected"),
        ("EPSG:4277", "not projected"),
        ("EPSG:2263", "in US survey foot, not in metres"),
        ("EPSG:3857", "Web Mercator"),
        ("ESRI:102100", "Web Mercator"),
    ],
)
def test_systems_that_measure_no_metres_are_told_at_every_door(crs, why, weights):
    wrong = areas(-1.7, 54.9, 0.01, crs="EPSG:4326").to_crs(crs)
    points = table([425_100.0, 425_900.0], [560_100.0, 560_900.0])
    found = HarmPoints(
        table=points.assign(weight_squared=1.0, n=1),
        by_offence=points.assign(offence="burglary", n=1),
        crs="EPSG:27700",
        unweighted=pd.Series(dtype="int64"),
        settings=harm_points(incidents([-1.6], [54.9]), weights).settings,
        about=sh.About(),
    )
    doors = [
        lambda: sh.kernel_density(points, mask=wrong),
        lambda: sh.kernel_density(points, crs=crs),
        lambda: sh.kernel_density(replace(found, crs=crs)),
        lambda: sh.cluster_points(points, crs=crs, seed=1),
        lambda: sh.cluster_points(replace(found, crs=crs), seed=1),
        lambda: sh.find_micro_places(replace(found, crs=crs), wrong),
        lambda: sh.hotspots.location_shares(replace(found, crs=crs), wrong, radius_m=50),
        lambda: sh.neighbours(wrong, "knn", k=1),
        lambda: sh.neighbours(wrong, "distance", distance=500),
        lambda: sh.io.interpolate(wrong.assign(people=1.0), wrong, extensive=["people"]),
        lambda: sh.best_fit_lookup(points.assign(code="c"), wrong, code="code"),
        lambda: harm_points(incidents([-1.6], [54.9]), weights, crs=crs),
        lambda: harm_points(incidents([-1.6], [54.9]), weights, areas=wrong),
        lambda: sh.plot_choropleth(wrong, pd.Series(1.0, index=wrong.index)),
    ]
    for door in doors:
        with pytest.raises(CRSError, match=why):
            door()


def test_points_in_degrees_give_no_surface():
    with pytest.raises(CRSError, match=r"look like degrees.*\|x\| <= 180 and \|y\| <= 90"):
        sh.kernel_density(table([-1.600, -1.610, -1.605], [54.900, 54.910, 54.902]))
    with pytest.raises(CRSError, match="look like degrees"):
        sh.kernel_density(table([-1.6, -1.61], [54.9, 54.91]), mask=areas(), bandwidth=500)
    with pytest.raises(CRSError, match="look like degrees"):
        sh.kernel_density(table([-1.6], [54.9]), bandwidth=500)


def test_two_systems_in_one_column_are_told_with_their_rows():
    mixed = table([425_000.0, -1.6, 425_500.0, 0.0], [560_000.0, 54.9, 560_500.0, 0.0])
    with pytest.raises(CRSError, match=r"2 of 4 rows, such as row 2, \(-1.6, 54.9\)"):
        sh.kernel_density(mixed, bandwidth=500)


def test_coordinates_beyond_the_earth_are_told():
    with pytest.raises(CRSError, match=r"no metres on Earth, such as \(1e\+12, 5\) in row 2"):
        require_metres([1_000.0, 1e12], [5.0, 5.0], name="points")


def test_areas_in_degrees_that_are_said_to_be_metres_are_told():
    wrong = areas(-1.7, 54.9, 0.01)
    with pytest.raises(CRSError, match="look like longitude and latitude"):
        sh.neighbours(wrong)


def test_a_surface_takes_the_system_of_its_mask_or_the_one_stated():
    points = table([425_100.0, 425_900.0, 426_000.0], [560_100.0, 560_900.0, 561_000.0])
    assert sh.kernel_density(points, mask=areas(), bandwidth=500).crs == "EPSG:27700"
    assert sh.kernel_density(points, crs="EPSG:32630", bandwidth=500).crs == "EPSG:32630"
    with pytest.raises(CRSError, match="`points` are in EPSG:32630, `mask` in EPSG:27700"):
        sh.kernel_density(points, mask=areas(), crs="EPSG:32630")


# Points take the system of the areas


def test_harm_points_take_the_system_of_the_areas(weights):
    here = areas(-87.7, 41.8, 0.08, crs="EPSG:4326").to_crs("EPSG:32616")
    found = harm_points(incidents([CHICAGO[0]], [CHICAGO[1]]), weights, areas=here)
    assert found.crs == "EPSG:32616"
    # UTM zone 16 has its central meridian, 500 000 m, at 87 degrees west: 0.65 degrees are some 54 km here.
    assert found.table["x"].iloc[0] == pytest.approx(446_000, abs=1_000)
    assert sh.kernel_density(found, mask=here, bandwidth=800).crs == "EPSG:32616"
    with pytest.raises(CRSError, match="`crs` are in EPSG:27700, `areas` in EPSG:32616"):
        harm_points(incidents([CHICAGO[0]], [CHICAGO[1]]), weights, areas=here, crs="EPSG:27700")


def test_harm_points_abroad_ask_for_the_system_and_name_one(weights):
    abroad = incidents([CHICAGO[0]] * 3, [CHICAGO[1]] * 3)
    for crs in (None, "EPSG:27700", "EPSG:32630"):
        with pytest.raises(CRSError, match=r"41.85° N, 87.65° W.*'EPSG:32616' \(UTM zone 16N\) suits"):
            harm_points(abroad, weights, crs=crs)


def test_harm_points_keep_the_metres_that_the_incidents_carry(weights):
    irish = incidents([333_000.0], [374_000.0], pair=("easting", "northing"), crs="EPSG:29902")
    assert harm_points(irish, weights).crs == "EPSG:29902"
    assert harm_points(incidents([-1.6], [54.9]), weights).crs == "EPSG:27700"


def test_a_point_of_another_place_does_not_move_the_rest(weights):
    """One row in the wrong ocean is a bad row, not another country."""
    found = harm_points(incidents([-1.6, -1.61, 30.0], [54.9, 54.91, 10.0]), weights)
    assert found.crs == "EPSG:27700"
    assert len(found.table) >= 2


# Far from home


def test_a_system_far_from_home_is_told_with_one_that_suits():
    # World Mercator at 54.9 degrees: 1 / cos(54.9 degrees) = 1.74.
    with pytest.raises(CRSError, match=r"1\.74 to 1\.74 times the truth.*'EPSG:27700'"):
        require_true_scale("EPSG:3395", [-180_000.0], [7_300_000.0], name="areas")
    require_true_scale("EPSG:27700", [425_000.0], [564_000.0], name="areas")
    with pytest.raises(CRSError, match="far from where EPSG:3395 is true"):
        sh.neighbours(areas(-180_000.0, 7_300_000.0, crs="EPSG:3395"))


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((-6.2, 53.3), "EPSG:2157"),
        ((-5.9, 54.6), "EPSG:2157"),
        ((-3.2, 55.9), "EPSG:27700"),
        ((-79.4, 43.7), "EPSG:32617"),
        ((151.2, -33.9), "EPSG:32756"),
        ((180.0, 0.0), "EPSG:32660"),
    ],
)
def test_the_system_that_is_proposed_is_true_there(place, code):
    assert code in suggested_crs(*place)
    x, y = gpd.points_from_xy([place[0]], [place[1]], crs=4326).to_crs(code)[0].coords[0]
    require_true_scale(code, [x], [y], name="points")


def test_the_same_system_under_two_names_is_the_same():
    require_same_crs("EPSG:27700", require_metric(27700).to_wkt(), names=("a", "b"))
    with pytest.raises(CRSError, match="`a` are in EPSG:27700, `b` in EPSG:2157"):
        require_same_crs("EPSG:27700", "EPSG:2157", names=("a", "b"))


# Centroids


def test_centroids_in_degrees_or_of_another_place_are_told():
    degrees = pd.DataFrame({"code": ["c"], "x": [-1.6], "y": [54.9]})
    with pytest.raises(CRSError, match="look like longitude and latitude"):
        sh.best_fit_lookup(degrees, areas(), code="code")
    with pytest.raises(CRSError, match="no longitude and latitude"):
        sh.best_fit_lookup(degrees.assign(x=425_100.0, y=560_100.0), areas(), code="code", crs="EPSG:4326")
    with pytest.raises(AlignmentError, match="None of the 1 point"):
        sh.best_fit_lookup(degrees.assign(x=100_000.0, y=100_000.0), areas(), code="code")


def test_centroids_are_taken_in_the_system_of_the_areas():
    irish = areas(310_000.0, 370_000.0, crs="EPSG:29902")
    found = sh.best_fit_lookup(pd.DataFrame({"code": ["c"], "x": [311_000.0], "y": [371_000.0]}), irish, code="code")
    assert found.table["target"].tolist() == ["A0"]


# Grids


@pytest.mark.parametrize(
    "choices", [{"cell_size": 0.01}, {"bandwidth": 1e7, "cell_size": 1.0}, {"bandwidth": 1_000.0, "cell_size": 1e-9}]
)
def test_a_grid_that_would_not_fit_names_the_smallest_cell_that_does(choices):
    rng = np.random.default_rng(1)
    points = table(425_000 + rng.uniform(0, 4_000, 200), 560_000 + rng.uniform(0, 2_000, 200))
    with pytest.raises(ParameterError, match=r"Use a larger `cell_size`: ([\d.]+) m is the smallest") as caught:
        sh.kernel_density(points, mask=areas(), **choices)
    smallest = float(str(caught.value).split("`cell_size`: ")[1].split(" m")[0])
    assert smallest > choices["cell_size"]


def test_the_smallest_cell_that_is_named_fits():
    from socharm.hotspots.points.grid_size import require_room

    extent = (0.0, 0.0, 100_000.0, 100_000.0)
    with pytest.raises(ParameterError) as caught:
        require_room(0.01, 5_000.0, extent, "quartic")
    smallest = float(str(caught.value).split("`cell_size`: ")[1].split(" m")[0])
    require_room(smallest, 5_000.0, extent, "quartic")
    with pytest.raises(ParameterError):
        require_room(smallest * 0.95, 5_000.0, extent, "quartic")


@pytest.mark.parametrize("bandwidth", [1e-300, 1e300])
def test_bandwidths_of_no_place_are_told(bandwidth):
    with pytest.raises(ParameterError, match="must lie between"):
        sh.kernel_density(table([1_000.0, 2_000.0], [1_000.0, 2_000.0]), bandwidth=bandwidth)


def test_squares_finer_than_the_coordinates_are_told(weights):
    found = harm_points(incidents([-1.6], [54.9]), weights)
    here = areas(420_000.0, 550_000.0, 20_000.0)
    with pytest.raises(ParameterError, match="finer than the coordinates"):
        sh.find_micro_places(found, here, cell_size=1e-12)
