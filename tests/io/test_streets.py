"""Crimes by the named map points of police.uk."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import polars as pl
import pytest
from worlds import edit, write_world

import socharm as sh
from socharm.io.incidents.street_names import names_by_place, stated_name
from socharm.io.incidents.streets import PLACES, count_streets, is_kind_of_place, told_street


def located_in(folder, change=None):
    """The small world's incidents in its wards, with other names of places where `change` gives them."""
    for path in sorted((folder / "police-uk").rglob("*.csv")):
        rows = pd.read_csv(path)
        if change is not None:
            rows["Location"] = rows.apply(change, axis=1)
        rows.to_csv(path, index=False)
    wards = sh.read_boundaries(folder / "wards.gpkg", code="ward_code", name="ward_name", year=2025)
    return sh.locate_incidents(sh.read_incidents(folder / "police-uk"), wards, keep_names=True), wards


@pytest.fixture
def folder(tmp_path):
    write_world(tmp_path)
    return tmp_path


def test_one_street_holds_the_counts_of_each_area(folder):
    """Every map point is called High Street: its crimes are those of the area, where there are five or more."""
    located, wards = located_in(folder)
    found = count_streets(located, crs="EPSG:27700")
    counts = sh.count_incidents(located, wards).table.groupby(["area_code", "offence"])["n"].sum()
    assert set(found["street"]) == {"High Street"}
    assert found.set_index(["area_code", "offence"])["n"].to_dict() == counts[counts >= 5].to_dict()
    inside = wards.loc[found["area_code"]].bounds
    assert (found["easting"].to_numpy() >= inside["minx"].to_numpy()).all()
    assert (found["easting"].to_numpy() <= inside["maxx"].to_numpy()).all()


def test_names_are_those_of_the_one_reading(folder):
    """The files are gone when streets are counted; located without names, there is nothing to count by."""
    located, wards = located_in(folder)
    before = count_streets(located, crs="EPSG:27700")
    nameless = sh.locate_incidents(located.incidents, wards)
    shutil.rmtree(folder / "police-uk")
    pd.testing.assert_frame_equal(count_streets(located, crs="EPSG:27700"), before)
    with pytest.raises(sh.ParameterError, match="keep_names=True"):
        count_streets(nameless, crs="EPSG:27700")


def test_names_of_frames_of_any_engine_are_the_same(folder):
    """Polars is read row by row, other engines by groups; a place of two names has the more frequent one."""
    _, wards = located_in(folder)
    rows = pd.concat(map(pd.read_csv, sorted((folder / "police-uk").rglob("*.csv"))), ignore_index=True)
    rows["Location"] = np.where(np.arange(len(rows)) % 3 == 0, " On or near B Road ", "On or near A Road")
    found = [
        count_streets(
            sh.locate_incidents(sh.read_incidents(frame), wards, keep_names=True), crs="EPSG:27700", minimum_crimes=1
        )
        for frame in (rows, pl.from_pandas(rows), pl.from_pandas(rows).lazy())
    ]
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0])
    said = rows["Location"].str.strip().str.removeprefix("On or near ")
    often = pd.crosstab([rows["Longitude"], rows["Latitude"]], said)
    wins_b = often["B Road"] >= often["A Road"]
    assert 0 < wins_b.sum() < len(wins_b)
    assert set(found[0]["street"]) == {"A Road", "B Road"}


def test_the_more_frequent_name_of_a_place_is_its_name():
    """Three of one and two of the other; of equal ones the last of the alphabet, so that it is always the same."""
    said = ["On or near A"] * 3 + ["On or near B"] * 2 + ["On or near C", "On or near D", "7 Mill Lane", None]
    stated = pl.DataFrame({"location": said}).select(stated_name(pl.col("location"))).to_series()
    at = pl.Series([0, 0, 0, 0, 0, 1, 1, 2, 3])
    found = names_by_place(at, stated, pl.Series([1] * 9), number=5)
    assert found.to_list() == ["A", "D", None, None, None]
    assert "7 Mill Lane" not in stated.cast(pl.String).to_list()


def test_names_part_an_area_and_few_crimes_are_left_out(folder):
    located, wards = located_in(
        folder, lambda row: "On or near West Street" if row["Longitude"] < -1.97 else "On or near Petrol Station"
    )
    found = count_streets(located, crs="EPSG:27700")
    counts = sh.count_incidents(located, wards).table.groupby(["area_code", "offence"])["n"].sum()
    assert set(found["street"]) == {"West Street", "Petrol Station"}
    assert found["n"].min() >= 5
    sums = found.groupby(["area_code", "offence"])["n"].sum()
    assert (sums <= counts.reindex(sums.index)).all()
    ordered = found.groupby(["area_code", "offence"])["n"].apply(lambda n: n.is_monotonic_decreasing)
    assert ordered.all()
    assert count_streets(located, crs="EPSG:27700", minimum_crimes=1)["n"].sum() == counts.sum()


@pytest.mark.parametrize("name", ["12 Smith Street", "On or near No Location", "", None, "Flat 3, on or near the quay"])
def test_what_is_no_name_of_a_map_point_is_not_carried(folder, name):
    """A text of an extract may be an address: a household."""
    located, _ = located_in(folder, lambda row: name)
    assert count_streets(located, crs="EPSG:27700").empty


def test_flags_leave_places_out_as_they_do_in_counts(folder):
    located, _ = located_in(folder, lambda row: "On or near Police Station")
    assert set(count_streets(located, crs="EPSG:27700")["street"]) == {"Police Station"}
    assert count_streets(located, crs="EPSG:27700", without=["place:police-station"]).empty


def test_a_run_keeps_them_and_a_publication_of_closed_input_does_not(folder):
    recipe = folder / "assessment.toml"
    assert len(sh.run_assessment(recipe).tables["streets"]) > 0
    edit(folder, "[weights]", "[outputs]\nmicro_places = false\n\n[weights]")
    assert sh.run_assessment(recipe).tables["streets"].empty
    spec = sh.run_assessment(recipe).tables.declared["streets"]
    assert spec.secret


def test_every_kind_of_place_has_a_plural_and_streets_that_sound_alike_stay_streets():
    """The twenty names of the street-level files, in any spelling; Simonside Hall is a street of Northumbria."""
    assert len(PLACES) == 20
    assert told_street("Theatre/concert Hall") == told_street("Theatre/Concert Hall") == "theatres/concert halls"
    assert [is_kind_of_place(name) for name in ("Race Track", "Sports/recreation Area", "Crown Court")] == [True] * 3
    for street in ("Simonside Hall", "Folly Hall", "Leeds (station)", "Prison Lane", "Station Road"):
        assert not is_kind_of_place(street)
        assert told_street(street) == street
