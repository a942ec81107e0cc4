"""One operation for every point, with its name and accuracy, and never from the network."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import CRSError
from socharm.io.crs import parse_crs, require_metric, transformer


def test_known_point_of_the_ordnance_survey():
    # Ordnance Survey, "A guide to coordinate systems in Great Britain", annexe C: the OSGB36 position
    # 52 39 27.2531 N, 1 43 4.5177 E has easting 651409.903 and northing 313177.270.
    easting, northing = transformer("EPSG:4277", "EPSG:27700").apply(
        1 + 43 / 60 + 4.5177 / 3600, 52 + 39 / 60 + 27.2531 / 3600
    )
    assert (easting[0], northing[0]) == (pytest.approx(651409.903, abs=0.002), pytest.approx(313177.270, abs=0.002))


def test_longitude_and_latitude_reach_the_national_grid_within_the_stated_accuracy():
    way = transformer("EPSG:4326", "EPSG:27700")
    assert "OSGB36 to WGS 84 (6)" in way.name
    assert (way.accuracy_m, way.source, way.target) == (2.0, "EPSG:4326", "EPSG:27700")


@given(st.floats(-6, 1.5), st.floats(50.2, 58))
@settings(max_examples=30, deadline=None)
def test_there_and_back_is_the_same_place(longitude, latitude):
    there, back = transformer("EPSG:4326", "EPSG:27700"), transformer("EPSG:27700", "EPSG:4326")
    again = back.apply(*there.apply(longitude, latitude))
    assert np.allclose(np.ravel(again), [longitude, latitude], atol=1e-6)


def test_the_same_operation_is_shared():
    assert transformer("EPSG:4326", "EPSG:27700") is transformer(4326, pyproj.CRS("EPSG:27700"))


def test_the_same_system_changes_nothing():
    way = transformer("EPSG:27700", 27700)
    assert way.accuracy_m == 0
    assert way.apply([1.5], [2.5]) == (np.array([1.5]), np.array([2.5]))


def test_etrs89_is_reached_with_an_accuracy():
    assert transformer("EPSG:4258", "EPSG:27700").accuracy_m == 3.0


def test_ballpark_operations_are_refused():
    with pytest.raises(CRSError, match="no operation of known accuracy leads from EPSG:4269 to EPSG:27700"):
        transformer("EPSG:4269", "EPSG:27700")


def test_unknown_and_missing_systems_are_told():
    with pytest.raises(CRSError, match="no known coordinate system"):
        parse_crs("EPSG:999999")
    with pytest.raises(CRSError, match="`crs` is missing"):
        parse_crs(None)


@pytest.mark.parametrize(("crs", "why"), [("EPSG:4326", "not projected"), ("EPSG:2263", "projected in US survey foot")])
def test_only_metres_will_do(crs, why):
    with pytest.raises(CRSError, match=why):
        require_metric(crs)


def test_what_cannot_be_transformed_is_missing_not_infinite():
    easting, northing = transformer("EPSG:4326", "EPSG:27700").apply([np.nan, 500.0, -1.6], [55.0, 95.0, 55.0])
    assert np.isnan(easting[:2]).all()
    assert np.isnan(northing[:2]).all()
    assert np.isfinite(easting[2])


def test_the_network_setting_of_the_user_is_left_as_it_was():
    before = pyproj.network.is_network_enabled()
    transformer("EPSG:3857", "EPSG:27700")
    assert pyproj.network.is_network_enabled() is before


def test_threads_get_the_same_numbers():
    way = transformer("EPSG:4326", "EPSG:27700")
    longitudes, latitudes = np.linspace(-5, 1, 1_000), np.linspace(50.5, 57, 1_000)
    expected = way.apply(longitudes, latitudes)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: way.apply(longitudes, latitudes), range(8)):
            assert np.array_equal(result, expected)
