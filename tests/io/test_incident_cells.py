"""Cells that are gathered for counting: what is worked out in a quick way means what it means row by row."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import pandas as pd
import polars as pl
import pytest

from socharm.errors import DataWarning
from socharm.io.incidents.extract import canonical_frame, map_columns
from socharm.io.incidents.gather import gather
from socharm.io.incidents.places import place_codes
from socharm.io.incidents.reading import read_incidents


def test_engines_tell_the_same_places() -> None:
    codes = place_codes()
    texts = [*codes, " Hospital ", "Hospital Lane", "", "NA", None, "On or near High Street"]
    table = {"Date": "2025-04", "Offence": "Burglary", "Easting": 1.0, "Northing": 1.0, "Location": texts}
    mapped = map_columns(table, None, date_basis="recorded", name="x")
    frames = [pl.DataFrame(table).lazy(), pd.DataFrame(table)]
    found = [
        canonical_frame(nw.from_native(frame).lazy(), mapped, file="x").collect()["place"].to_list() for frame in frames
    ]
    assert found[0] == found[1] == [*codes.values(), codes["Hospital"], 0, 0, 0, 0, 0]


def test_numbers_of_a_mended_text_do_not_depend_on_its_neighbours(tmp_path: Path) -> None:
    texts = ["425500", " 425500 ", "425 500", "inf", "NA", "", "nowhere"]
    rows = "\n".join(f"2025-04,Burglary,{text},565000" for text in texts)
    (tmp_path / "x.csv").write_text(f"Date,Offence,Easting,Northing\n{rows}\n")
    with pytest.warns(DataWarning, match=r"2 rows .* not a number, such as \['inf', 'nowhere'\]"):
        cells = gather(read_incidents(tmp_path / "x.csv")).cells
    assert cells["x"].fill_nan(-1).to_list() == [425500.0, 425500.0, 425500.0, -1.0, None, None, -1.0]


@pytest.mark.parametrize("missing", [(), ("hospital", "supermarket")])
def test_a_text_of_a_place_may_be_a_word_for_missing(missing: tuple[str, ...]) -> None:
    texts = [
        "Hospital",
        "On or near Hospital",
        "Supermarket",
        " NA ",
        "-",
        "",
        None,
        "On or near High Street",
    ]
    table = {"Date": "2025-04", "Offence": "Burglary", "Easting": 1.0, "Northing": 1.0, "Location": texts}
    found = [
        gather(read_incidents(frame, missing=missing)).cells for frame in (pl.DataFrame(table), pd.DataFrame(table))
    ]
    rows, groups = (
        cells.group_by("place", "has_location_text").agg(pl.col("n").cast(pl.Int64).sum()).sort(pl.all()).rows()
        for cells in found
    )
    hospital, supermarket = place_codes()["Hospital"], place_codes()["Supermarket"]
    own = (hospital, False, 1), (hospital, True, 1), (supermarket, False, 1)
    named = own if missing else ((hospital, True, 2), (supermarket, True, 1))
    assert rows == groups == [(0, False, 4), (0, True, 1), *named]


def test_ids_that_say_missing_are_none_and_blanks_around_them_mean_nothing(tmp_path: Path) -> None:
    ids = ["a1", " a1 ", "NA", "(null)", "", " ", "not available", "na1"]
    rows = "\n".join(f"{text},2025-04,Burglary,425500,565000" for text in ids)
    (tmp_path / "x.csv").write_text(f"Crime ID,Date,Offence,Easting,Northing\n{rows}\n")
    found = gather(read_incidents(tmp_path / "x.csv"))
    assert int(found.cells["ids"].sum()) == 3
    assert sorted(found.repeated["crime_id"]) == ["a1", "a1"]
