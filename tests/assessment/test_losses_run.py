"""What rows set aside took stands on every output of a run: summary, workbook, profile, dashboard, published form."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from factories import resealed
from worlds import write_world

import socharm as sh
from socharm.assessment.check import check_assessment
from socharm.assessment.disclosure_section import DisclosureSection
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import published_form
from socharm.assessment.recipe_file import load_recipe
from socharm.assessment.run import run_assessment
from socharm.assessment.steps.order import declared_tables
from socharm.dashboard.write import write_dashboard
from socharm.errors import SchemaError
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import read_tables

MONTHS = ("2025-04", "2025-05", "2025-06")


def withhold(folder: Path, offence: str, share: float) -> int:
    """Take the coordinates off a share of an offence's rows in every month; how many."""
    taken = 0
    for path in sorted((folder / "police-uk").rglob("*.csv")):
        rows = pd.read_csv(path, dtype="str")
        mine = rows.index[rows["Crime type"] == offence]
        lost = mine[: round(len(mine) * share)]
        rows.loc[lost, ["Longitude", "Latitude"]] = None
        rows.to_csv(path, index=False)
        taken += len(lost)
    return taken


@pytest.fixture(scope="module")
def lossy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Assessment, int]:
    """A run without a single robbery that has a place."""
    folder = tmp_path_factory.mktemp("lossy")
    recipe = write_world(folder)
    taken = withhold(folder, "Robbery", 1.0)
    plain = recipe.read_text() + "\n[outputs]\nmaps = false\nheat = false\nclusters = false\nmicro_places = false\n"
    recipe.write_text(plain)
    return run_assessment(recipe), taken


def test_the_snapshot_holds_the_losses(lossy: tuple[Assessment, int]) -> None:
    assessment, taken = lossy
    tables = assessment.tables
    by_reason = tables["breakdown"].groupby("reason")["rows"].sum()
    assert by_reason.to_dict() == {name: n for name, n in tables["accounting"]["rows"].items() if n}
    assert by_reason["no location"] == taken
    losses = tables["losses"].set_index(["kind", "what"])
    assert losses.loc[("offence", "robbery"), ["rows", "used", "no_location", "lost"]].tolist() == [
        taken,
        0,
        taken,
        taken,
    ]
    assert losses.loc[[("month", month) for month in MONTHS], "no_location"].sum() == taken
    assert losses.loc[("source", "Testshire Police"), "no_location"] == taken
    assert losses[losses["named"]].index.tolist() == [("offence", "robbery")]
    assert not (tables["counts"]["offence"] == "robbery").any()


def test_the_list_says_what_is_not_in_it(lossy: tuple[Assessment, int]) -> None:
    assessment, taken = lossy
    assert "robbery (all, no location)" in assessment.about.coverage
    assert "robbery (every row of it, " in assessment.about.coverage
    text = assessment.summary()
    listed, _, rest = text.partition("Rows:")
    assert "Coverage: " in listed
    assert f"{taken:,}  of {taken:,} rows of robbery lost: no location, " in rest
    notes = assessment.manifest["warnings"]
    assert any("robbery" in note and "lost more than 5%" in note for note in notes)
    assert any("of the harm is not in the index" in note for note in notes)


def test_the_workbook_says_it_on_its_lists(lossy: tuple[Assessment, int]) -> None:
    assessment, taken = lossy
    book = openpyxl.load_workbook(assessment.path / "ranking.xlsx", read_only=True)
    for name in ("Ranking", "Index", "Top k", "Districts"):
        head = [row[0] for row in book[name].iter_rows(max_row=3, values_only=True)]
        assert any("robbery" in str(cell) for cell in head), name
    assert any("robbery" in str(cell) for row in book["Read me"].iter_rows(values_only=True) for cell in row)
    rows = list(book["Losses"].iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == "Split by")
    mine = next(dict(zip(head, row, strict=True)) for row in rows if row[1] == "Robbery")
    assert (mine["Rows"], mine["Used"], mine["No location"], mine["Share lost"]) == (taken, 0, taken, 1)


def test_the_profile_lists_the_gap(lossy: tuple[Assessment, int]) -> None:
    assessment, _ = lossy
    profile = sh.seed_profile("E05000003", assessment)
    gaps = profile.section("gaps")
    said = [row[0] for table in gaps.tables for row in table.rows]
    assert any(text.startswith("Where all of robbery happened (no location)") for text in said)


def test_the_dashboard_lists_the_gap(lossy: tuple[Assessment, int], tmp_path: Path) -> None:
    assessment, _ = lossy
    path = tmp_path / "page.html"
    write_dashboard(path, assessment.tables, assessment.areas(), about=assessment.about, open_input=True)
    page = path.read_text(encoding="utf-8")
    assert "Offences that are not in these numbers in full: 1" in page
    assert "Coverage: " in page.partition("<main>")[0]


def test_small_numbers_of_losses_are_not_published(lossy: tuple[Assessment, int]) -> None:
    assessment, taken = lossy

    closed = dataclasses.replace(assessment.recipe.part(DisclosureSection), open=False)
    recipe = assessment.recipe.with_parts(disclosure=closed)
    made = published_form(dataclasses.replace(assessment, recipe=recipe)).tables
    assert made["breakdown"][["rows", "n"]].isna().all().all()
    row = made["losses"].set_index("what").loc["robbery"]
    assert (row["no_location"], row["share_lost"]) == (round(taken, -1), 1.0)


def test_a_snapshot_without_the_tables_is_still_read(lossy: tuple[Assessment, int], tmp_path: Path) -> None:
    folder = tmp_path / lossy[0].path.name
    shutil.copytree(lossy[0].path, folder)
    for name in ("breakdown", "losses"):
        (folder / "tables" / f"{name}.parquet").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    kept = {name: value for name, value in manifest["outputs"].items() if (folder / name).exists()}
    resealed({**manifest, "outputs": kept}, folder)
    assert read_tables(folder / "tables", declared_tables())["losses"].empty
    earlier = open_assessment(folder)
    assert "rows of robbery lost" not in earlier.summary()
    assert sh.seed_profile("E05000003", earlier).sections


def test_a_run_that_would_lose_half_of_its_rows_stops_and_can_be_accepted(tmp_path: Path) -> None:
    recipe = write_world(tmp_path)
    for offence in ("Violence and sexual offences", "Shoplifting", "Anti-social behaviour"):
        withhold(tmp_path, offence, 0.9)
    with pytest.raises(SchemaError, match=r"no location.*`accept` with 'no location'"):
        run_assessment(recipe)
    assert any("`accept` with 'no location'" in problem for problem in check_assessment(recipe).problems)
    text = recipe.read_text()
    recipe.write_text(text.replace('path = "police-uk"', 'path = "police-uk"\naccept = ["no location"]'))
    assert check_assessment(recipe).ok
    recipe.write_text(text.replace('path = "police-uk"', 'path = "police-uk"\naccept = ["no place"]'))
    with pytest.raises(SchemaError, match=r"\[incidents\] `accept` names 'no place'; it may name .*outside all areas"):
        load_recipe(recipe)
