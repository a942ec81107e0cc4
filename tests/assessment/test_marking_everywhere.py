"""Every file that a run or a plan leaves behind carries the highest marking of what went into it."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sqlite3
from pathlib import Path

import pytest
from openpyxl import load_workbook
from worlds import edit, png_texts

from socharm._about import About, AssessmentPeriod
from socharm.assessment.release import publish_snapshot
from socharm.assessment.run import run_assessment
from socharm.files.geopackage import read_layer
from socharm.files.parquet import parquet_marking, write_parquet
from socharm.maps.furniture import add_furniture, new_axes, save_figure
from socharm.plans.seed import seed_plan
from socharm.snapshot.verification import verify_assessment

MARKING = "OFFICIAL-SENSITIVE"


@pytest.fixture(scope="session")
def marked(world, tmp_path_factory):
    """The small recipe, run with a higher marking."""
    import shutil

    folder = tmp_path_factory.mktemp("marked") / "own"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("store"))
    return run_assessment(edit(folder, "seed = 1", f'seed = 1\nmarking = "{MARKING}"'))


def check_workbook(path: Path, marking: str) -> None:
    book = load_workbook(path)
    assert book.properties.category == marking
    for sheet in book.worksheets:
        first = sheet["A1"].value
        assert first in (marking, f"marking: {marking}"), sheet.title
        assert marking in sheet.oddHeader.center.text, sheet.title
        assert marking in sheet.oddFooter.center.text, sheet.title


def check_geopackage(path: Path, marking: str) -> None:
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as base:
        layers = base.execute("SELECT table_name, description FROM gpkg_contents").fetchall()
        notes = [row[0] for row in base.execute("SELECT metadata FROM gpkg_metadata")]
    assert layers
    assert all(f"Marking: {marking}" in description for _, description in layers)
    assert len([note for note in notes if marking in note]) >= len(layers)


def carries(path: Path, marking: str) -> None:
    """Fail unless one file carries the marking in the way its kind can."""
    if path.suffix == ".parquet":
        assert parquet_marking(path) == marking
    elif path.suffix == ".png":
        texts = png_texts(path)
        assert texts["Marking"] == marking
        assert texts["Period"] == "2025-04 to 2025-06"
        assert texts["Source"]
    elif path.suffix == ".xlsx":
        check_workbook(path, marking)
    elif path.suffix == ".gpkg":
        check_geopackage(path, marking)
    elif path.suffix == ".json":
        assert json.loads(path.read_text(encoding="utf-8"))["marking"] == marking
    elif path.suffix == ".csv":
        assert path.read_text(encoding="utf-8-sig").splitlines()[0] == f"marking: {marking}"
    elif path.suffix == ".md":
        assert path.read_text(encoding="utf-8").startswith(f"**{marking}**")
    elif path.suffix == ".log":
        assert path.read_text(encoding="utf-8").splitlines()[0] == marking
    else:
        pytest.fail(f"{path.name}: nothing says where a {path.suffix} file carries its marking")


def test_every_file_of_a_snapshot_carries_the_marking(marked):
    files = [path for path in marked.path.rglob("*") if path.is_file()]
    kinds = {path.suffix for path in files}
    assert kinds == {".parquet", ".png", ".xlsx", ".gpkg", ".json", ".log"}
    for path in files:
        carries(path, MARKING)


def test_the_snapshot_opens_with_its_marking_and_layers_still_read(marked):
    """Reading leaves nothing behind: a stray file would make `verify_assessment` complain."""
    assert marked.about.marking == MARKING
    assert len(read_layer(marked.path / "areas.gpkg", "index")) == len(marked.areas())
    assert verify_assessment(marked.path).ok


def test_every_file_of_a_release_carries_the_marking(marked):
    moment = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
    release = publish_snapshot(marked.path, role="head of intelligence", created=moment)
    assert release.marking == MARKING
    assert {Path(name).suffix for name in release.files} == {".parquet", ".png", ".xlsx", ".json", ".csv", ".md"}
    for path in release.path.rglob("*"):
        if path.is_file():
            carries(path, MARKING)


def test_a_plain_snapshot_says_official(finished_plain):
    for path in finished_plain.path.rglob("*"):
        if path.is_file():
            carries(path, "OFFICIAL")


@pytest.fixture(scope="session")
def finished_plain(world):
    return run_assessment(world / "assessment.toml")


def test_a_plan_carries_the_marking_of_its_assessment(marked, tmp_path):
    code = marked.top(1).index[0]
    plan = seed_plan(marked, area=code, start=dt.date(2026, 1, 1), threats=["drugs"])
    assert plan.about.marking == MARKING
    plan.save(tmp_path / "plan.xlsx")
    plan.save(tmp_path / "plan.csv")
    check_workbook(tmp_path / "plan.xlsx", MARKING)
    with (tmp_path / "plan.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert next(csv.reader(lines))[0] == f"marking: {MARKING}"


def test_a_picture_of_two_records_says_the_higher_marking_and_both_sources(tmp_path):
    axes = new_axes()
    period = AssessmentPeriod("2025-04", "2025-09")
    add_furniture(axes, about=About(period=period, sources=("police",)), title="One")
    add_furniture(axes, about=About(marking=MARKING, sources=("Cyngor Tŷ",)), title="Two")
    save_figure(axes, tmp_path / "a.png")
    save_figure(axes, tmp_path / "b.png")
    texts = png_texts(tmp_path / "a.png")
    assert texts["Marking"] == MARKING
    assert texts["Period"] == "2025-04 to 2025-09"
    assert texts["Source"] == "police; Cyngor Tŷ"
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_picture_without_an_about_says_that_nobody_stated_it(tmp_path):
    save_figure(add_furniture(new_axes(), about=None, title="Bare"), tmp_path / "bare.png")
    assert png_texts(tmp_path / "bare.png")["Marking"] == "not stated"


def test_a_table_written_without_a_marking_has_none(tmp_path, marked):
    write_parquet(marked.tables["ranking"], tmp_path / "t.parquet", kind="ranking", schema_version=1)
    assert parquet_marking(tmp_path / "t.parquet") is None


def test_this_test_can_fail(marked):
    with pytest.raises(AssertionError):
        carries(marked.path / "maps" / "rate.png", "SECRET")
    with pytest.raises(AssertionError):
        carries(marked.path / "ranking.xlsx", "SECRET")
