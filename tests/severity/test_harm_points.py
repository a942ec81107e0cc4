"""Weighted points: the harm of each place, by offence, with the choices of the index."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import socharm as sh
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.severity.points import harm_points

OFFENCES = ("Burglary", "Drugs", "Robbery", "Shoplifting", "Anti-social behaviour")
COLUMNS = {"date": "date", "offence": "offence", "easting": "e", "northing": "n", "id": "id", "location": "where"}


def incidents(rows: list[tuple[str, float, str]]) -> sh.io.Incidents:
    """Rows of offence, easting, location text."""
    table = pd.DataFrame(rows, columns=["offence", "e", "where"])
    table = table.assign(date="2020-01", n=500_000.0, id=[f"i{i}" for i in range(len(table))])
    return sh.read_incidents(table, columns=COLUMNS)


@pytest.fixture(scope="module")
def weights() -> sh.io.WeightScheme:
    return sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20")


ROWS = [
    ("Burglary", 400_000.0, "On or near High Street"),
    ("Shoplifting", 400_000.0, "On or near Supermarket"),
    ("Shoplifting", 400_000.0, "On or near Supermarket"),
    ("Robbery", 400_100.0, "On or near Hospital"),
    ("Drugs", 400_100.0, "On or near Low Street"),
    ("Anti-social behaviour", 400_100.0, "On or near Low Street"),
]


def test_each_place_has_its_harm_and_its_offences(weights):
    w = weights.weights
    found = harm_points(incidents(ROWS), weights)
    assert found.table["n"].tolist() == [3, 2]
    assert found.table["weight"].tolist() == pytest.approx(
        [w["burglary"] + 2 * w["shoplifting"], w["robbery"] + w["drugs"]]
    )
    by_place = found.by_offence.set_index(["x", "offence"])
    assert by_place.loc[(400_000.0, "shoplifting")][["weight", "n"]].tolist() == pytest.approx(
        [2 * w["shoplifting"], 2]
    )
    assert found.unweighted.to_dict() == {"anti-social-behaviour": 1}


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        (["place:supermarket"], ["burglary", "drugs", "robbery"]),
        (["place:*"], ["burglary", "drugs"]),
        (["place:prison"], ["burglary", "shoplifting", "drugs", "robbery"]),
        (["burglary"], ["shoplifting", "drugs", "robbery"]),
        (["place:hospital", "robbery", "shoplifting"], ["burglary", "drugs"]),
    ],
)
def test_exclusions_are_those_of_the_index(weights, exclude, left):
    found = harm_points(incidents(ROWS), weights, exclude=exclude)
    assert found.by_offence["offence"].tolist() == left
    assert set(found.settings.exclude) == set(exclude)


def test_flags_of_an_extract_can_be_left_out(weights):
    table = pd.DataFrame({"offence": "Robbery", "date": "2020-01", "e": 4e5, "n": 5e5, "domestic": [1, 0, None]})
    columns = {key: COLUMNS[key] for key in ("date", "offence", "easting", "northing")} | {"flags": "domestic"}
    read = sh.read_incidents(table, columns=columns)
    assert harm_points(read, weights).table["n"].sum() == 3
    assert harm_points(read, weights, exclude=["domestic"]).table["n"].sum() == 2


def test_weights_on_another_scale_and_a_set_of_offences(weights):
    capped = harm_points(incidents(ROWS), weights, transform="capped", cap=100.0)
    assert capped.table["weight"].iloc[1] == pytest.approx(100 + weights.weights["drugs"])
    only = harm_points(incidents(ROWS), weights, offences=["drugs", "burglary"])
    assert only.by_offence["offence"].tolist() == ["burglary", "drugs"]


def test_what_is_not_known_is_named(weights):
    with pytest.raises(ParameterError, match=r"`exclude` names 'buglary'.*Did you mean 'burglary'"):
        harm_points(incidents(ROWS), weights, exclude=["buglary"])
    with pytest.raises(ParameterError, match=r"`exclude` names 'hospitl'.*Did you mean 'place:hospital'"):
        harm_points(incidents(ROWS), weights, exclude=["hospitl"])
    with pytest.raises(SchemaError, match="no weight for"):
        harm_points(incidents(ROWS), weights, unweighted="error")
    old = sh.read_incidents(
        pd.DataFrame({"offence": ["Drugs"], "date": ["2010-01"], "e": [4e5], "n": [5e5]}),
        columns={key: COLUMNS[key] for key in ("date", "offence", "easting", "northing")},
        period="2010-01",
    )
    with pytest.raises(RefusedError, match="2010"):
        harm_points(old, weights)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from(OFFENCES[:4]), st.integers(0, 4)), min_size=1, max_size=30))
def test_the_offences_of_a_place_sum_to_its_harm(weights, rows):
    found = harm_points(
        incidents([(offence, 400_000.0 + at, "On or near High Street") for offence, at in rows]), weights
    )
    sums = found.by_offence.groupby(["x", "y"])[["weight", "n"]].sum().reset_index()
    pd.testing.assert_frame_equal(sums, found.table[["x", "y", "weight", "n"]])


def test_clusters_of_harm_points_name_their_top_offence(weights):
    rows = [("Shoplifting", 400_000.0 + i % 3, "On or near Supermarket") for i in range(30)]
    rows += [("Robbery", 400_001.0, "On or near High Street")]
    rows += [("Drugs", 405_000.0 + i % 3, "On or near Low Street") for i in range(20)]
    points = harm_points(incidents(rows), weights)
    found = sh.cluster_points(points, eps=50, min_events=10, resamples=0, seed=1)
    assert found.table["top_offence"].tolist() == ["drugs", "robbery"]
    # one robbery weighs more than thirty thefts from shops, and is named where it stays
    without = harm_points(incidents(rows), weights, exclude=["robbery"])
    later = sh.cluster_points(without, eps=50, min_events=10, resamples=0, seed=1)
    assert later.table["top_offence"].tolist() == ["drugs", "shoplifting"]
