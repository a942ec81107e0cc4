"""Real street files: figures checked by hand against the files themselves (police.uk, ONS; OGL v3.0)."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import polars as pl
import pytest

from socharm.errors import CoverageWarning, DataWarning
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.reading import read_incidents

pytestmark = pytest.mark.real

KINDS = (CoverageWarning, DataWarning)


def read_areas(path: Path, code: str) -> gpd.GeoDataFrame:
    frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    return frame.set_index(code).rename_axis("area_code").to_crs(27700)


def test_northumbria_thirteen_months_and_177_wards(shared_data: Path) -> None:
    areas = read_areas(shared_data / "boundaries/wards_2022_northumbria.gpkg", "ward_code")
    incidents = read_incidents(shared_data / "crime/northumbria-2013-14")
    assert (len(incidents.files), len(incidents.ignored)) == (13, 13)
    counts = count_incidents(incidents, areas)
    assert counts.rows_read == 162_666
    assert counts.accounting["rows"].to_dict() == {
        "used": 162_540,
        "column names, sums or notes": 0,
        "source left out": 0,
        "date cannot be parsed": 0,
        "outside the period": 0,
        "no location": 0,
        "outside all areas": 126,
        "area not covered in that month": 0,
        "whole-row copy": 0,
        "repeated id": 0,
    }
    assert len(counts.table) == 177 * 14 * 13
    assert counts.coverage.to_numpy().all()
    assert str(counts.about.period) == "2013-06 to 2014-06"
    asb = counts.flagged["offence"] == "anti-social-behaviour"
    every, crimes = (frame.groupby("flag")["n"].sum() for frame in (counts.flagged, counts.flagged[~asb]))
    places = ["place:police-station", "place:hospital", "place:supermarket"]
    assert crimes[places].tolist() == [184, 175, 3140]
    assert every[places].tolist() == [407, 397, 4551]


def test_northumbria_wards_agree_with_a_plain_spatial_join(shared_data: Path) -> None:
    areas = read_areas(shared_data / "boundaries/wards_2022_northumbria.gpkg", "ward_code")
    path = shared_data / "crime/northumbria-2013-14/2014-02/2014-02-northumbria-street.csv"
    rows = pd.read_csv(path)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(rows.Longitude, rows.Latitude), crs=4326).to_crs(27700)
    joined = points.sjoin(areas[["geometry"]], predicate="within")
    counts = count_incidents(read_incidents(path), areas).total()
    expected = joined["area_code"].value_counts().reindex(counts.index, fill_value=0)
    assert counts.astype("int64").tolist() == expected.tolist()


def test_city_of_london_has_copies_repeats_and_a_gap_of_years(shared_data: Path) -> None:
    lsoas = read_areas(shared_data / "boundaries/lsoa_2021_ew.parquet", "LSOA21CD")
    city = lsoas[lsoas["LSOA21NM"].str.startswith("City of London")]
    # The months of the pandemic hold less than half of what is usual around them; they are delivered all the same.
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        counts = count_incidents(read_incidents(shared_data / "crime/city-of-london"), city)
    told = {category: " ".join(str(one.message) for one in said if one.category is category) for category in KINDS}
    assert re.search(r"City of London Police delivered 2020-04.* in part", told[CoverageWarning])
    assert "2,362 of 31,355 rows of the period (8%) were set aside: no location" in told[DataWarning]
    assert "2,280 of 31,355 rows of the period (7%) were set aside: outside all areas" in told[DataWarning]
    assert "other-crime" in told[CoverageWarning]
    # The force withholds the places of sexual and other sensitive offences.
    by_offence = counts.accounting_by("offence")
    withheld = by_offence["no location"] / by_offence.drop(columns="outside the period").sum(axis=1)
    assert withheld.idxmax() == "other-crime"
    assert round(float(withheld["other-crime"]), 2) == 0.42
    assert (len(city), counts.rows_read) == (6, 31_355)
    assert counts.accounting["rows"]["no location"] == 2362
    assert counts.accounting["rows"]["whole-row copy"] == 7
    assert counts.facts["rows"]["Crime IDs that stand on more than one row"] == 328
    assert counts.facts["rows"]["rows that share a Crime ID with another row"] == 666
    covered = counts.coverage.all()
    assert (int(covered.sum()), len(covered)) == (48, 85)
    assert not covered["2021-12":"2024-12"].any()
    assert "2021-12" in counts.about.coverage


RECODED = ("Beeston & Holbeck", "Farnley & Wortley", "Temple Newsam", "Garforth", "Rothwell", "Kippax", "Adel")


def test_west_yorkshire_june_2018_leaves_sixteen_wards_not_covered(shared_data: Path) -> None:
    folder = shared_data / "crime/june-2018"
    areas = read_areas(shared_data / "boundaries/wards_2025_west_yorkshire.gpkg", "WD25CD").rename(
        columns={"WD25NM": "name"}
    )
    listed = pd.read_csv(folder / "wards_not_covered_west_yorkshire.csv")
    missed = listed.loc[~listed["ward21_name"].str.startswith(RECODED), "ward21_name"]
    assert (len(listed), len(missed)) == (23, 16)
    covered = ~areas["name"].isin(missed)
    counts = count_incidents(read_incidents(folder / "street_2018-06_west_yorkshire.csv"), areas, covered=covered)
    assert (len(areas), int((counts.share_covered == 0).sum())) == (124, 16)
    assert counts.rows_read == 25_947
    assert counts.total().isna().sum() == 16
    assert counts.total()[areas.index[areas["name"].str.startswith(RECODED)]].gt(0).all()
    assert counts.accounting["rows"][["used", "area not covered in that month"]].sum() == 25_947


def test_an_asb_extract_of_another_layout(shared_data: Path) -> None:
    rows = pl.scan_csv(shared_data / "crime/northumbria_asb_2022.csv").with_columns(
        offence=pl.lit("Anti-social behaviour")
    )
    areas = read_areas(shared_data / "boundaries/wards_2022_northumbria.gpkg", "ward_code")
    counts = count_incidents(read_incidents(rows), areas)
    assert counts.rows_read == 39_706
    assert counts.offences == ["anti-social-behaviour"]
    assert str(counts.about.period) == "2022-01 to 2022-11"


def test_ids_truncated_by_a_spreadsheet_are_kept_and_counted(shared_data: Path) -> None:
    areas = read_areas(shared_data / "boundaries/wards_2025_west_yorkshire.gpkg", "WD25CD")
    path = shared_data / "partner/west_yorkshire_street_crime_2018-05_sample_malformed_ids.csv"
    counts = count_incidents(read_incidents(path), areas)
    assert counts.rows_read == 1610
