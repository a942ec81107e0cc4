"""The half-yearly job: the months that are due, what they are held against, and what a person must look at."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import socharm as sh
from socharm._about import LACKS_ROWS
from socharm.assessment.rescore import due_period, rescore
from socharm.cli.app import app
from socharm.errors import ParameterError, RefusedError
from socharm.rescoring import compare

RECIPE = """
[assessment]
name = "calderwick"
period = ["2024-04", "2024-06"]
seed = 1
[areas]
path = "input/wards.gpkg"
code = "ward_code"
name = "ward_name"
year = 2025
[incidents]
path = "input/police-uk"
[population]
path = "input/population_wards.csv"
code = "ward_code"
value = "residents"
date = "2024-06-30"
[weights]
allow_stale = true
[ranking]
draws = 200
[outputs]
maps = false
workbook = false
geopackage = false
heat = false
clusters = false
hotspots = false
concentration = false
micro_places = false
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """The folder of the job, before anything is run: a test works on a copy."""
    folder = tmp_path_factory.mktemp("due")
    sh.load_sample().write(folder / "input")
    (folder / "assessment.toml").write_text(RECIPE)
    return folder


@pytest.fixture(scope="module")
def begun(written, tmp_path_factory):
    """The first half-year, whose store is copied too; what it tells."""
    folder = tmp_path_factory.mktemp("begun") / "job"
    shutil.copytree(written, folder)
    return rescore(folder / "assessment.toml", as_of=dt.date(2024, 6, 30), lag=0)


@pytest.fixture
def due(written, tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr("socharm.assessment.comparison_folder.FORMATS", ("md",))
    return Path(shutil.copytree(written, tmp_path / "job")) / "assessment.toml"


@pytest.fixture
def second_due(begun, tmp_path: Path, monkeypatch) -> Path:
    """The same, where the first half-year was assessed."""
    monkeypatch.setattr("socharm.assessment.comparison_folder.FORMATS", ("md",))
    return Path(shutil.copytree(begun.assessment.path.parent.parent, tmp_path / "job")) / "assessment.toml"


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("day", "months", "lag", "period"),
    [
        (dt.date(2026, 9, 30), 6, 0, ("2026-04", "2026-09")),
        (dt.date(2026, 9, 29), 6, 0, ("2026-03", "2026-08")),
        (dt.date(2024, 2, 29), 12, 2, ("2023-01", "2023-12")),
        (dt.date(2026, 1, 1), 1, 0, ("2025-12", "2025-12")),
    ],
)
def test_the_months_due_are_complete_and_have_arrived(day, months, lag, period):
    found = due_period(day, months=months, lag=lag)
    assert (found.start, found.end) == period
    assert found.n_months == months


def test_the_half_yearly_job_is_done_once_and_tells_what_the_source_changed(begun, second_due):
    first, due = begun, second_due
    assert first.new
    assert first.comparison is None
    assert "nothing was compared" in first.look[0]
    second = rescore(due, as_of=dt.date(2025, 6, 30), lag=0)
    assert second.comparison is not None
    assert second.comparison.assessments == (first.assessment.path.name, second.assessment.path.name)
    assert second.look == ()
    assert {"areas.csv", "change-report.md", "comparison.json"} <= {path.name for path in second.folder.iterdir()}
    assert not (second.folder / "comparison.xlsx").exists()  # as the recipe says
    before = everything(due.parent / "store")
    again = rescore(due, as_of=dt.date(2025, 6, 30), lag=0)
    assert not again.new
    assert again.assessment.path == second.assessment.path
    assert everything(due.parent / "store") == before
    # The source takes back a third of a past month.
    past = next((due.parent / "input" / "police-uk" / "2024-05").glob("*street*"))
    rows = past.read_text().splitlines()
    past.write_text("\n".join(rows[: 2 * len(rows) // 3]) + "\n")
    revised = rescore(due, as_of=dt.date(2025, 6, 30), lag=0)
    assert any("revised months" in sentence for sentence in revised.look)
    assert revised.comparison is not None
    overall = revised.comparison.overall
    assert overall["revision"] < 0
    unrevised = second.comparison.overall
    # What is in the folder is what was made, also after the same two were compared without the source as it is now.
    plain = rescore(due, as_of=dt.date(2025, 6, 30), lag=0, revisions=False)
    assert plain.new
    assert plain.folder != revised.folder
    for each in (plain, revised):
        written = pd.read_csv(each.folder / "overall.csv", comment="#").set_index("what")["value"]
        assert float(written["revision"]) == pytest.approx(each.comparison.overall["revision"], nan_ok=True)
    assert overall["revision"] + overall["counts"] + overall["offence_mix"] == pytest.approx(
        unrevised["counts"] + unrevised["offence_mix"], abs=1e-9
    )


def test_other_seasons_are_looked_at_by_a_person(second_due):
    due = second_due
    made = rescore(due, as_of=dt.date(2024, 9, 30), lag=0, against="previous", revisions=False)
    assert made.comparison is None
    assert "The comparison is refused." in made.look[0]
    assert "seasons" in made.look[0]
    shown = rescore(due, as_of=dt.date(2024, 9, 30), lag=0, against="previous", revisions=False, allow=["seasons"])
    assert shown.comparison is not None
    assert shown.comparison.warnings[0] in shown.look


def test_published_forms_that_cannot_be_compared_are_looked_at_too(second_due, monkeypatch):
    due = second_due
    module = sys.modules[rescore.__module__]  # the package has a function of that name
    monkeypatch.setattr(module, "shows_internal", lambda _: False)
    monkeypatch.setattr(module, "published_form", lambda assessment: None)

    def compared(earlier, later, **stated):
        if earlier is None:
            raise RefusedError("Nothing is left to compare.")
        made = compare(earlier, later, **stated)
        return dataclasses.replace(made, about=dataclasses.replace(made.about, internal=True))

    monkeypatch.setattr(module, "compare", compared)
    made = rescore(due, as_of=dt.date(2025, 6, 30), lag=0, revisions=False)
    assert made.comparison is None
    assert made.look[-1] == "The comparison is refused. Nothing is left to compare."


def test_a_snapshot_that_is_not_there_is_told_before_anything_is_run(due):
    with pytest.raises(ParameterError, match="no whole snapshot of the store"):
        rescore(due, as_of=dt.date(2024, 9, 30), lag=0, against="calderwick-other")
    assert not (due.parent / "store").exists()


def test_the_command_says_by_its_exit_code_that_a_person_must_look(due):
    runner = CliRunner()
    made = runner.invoke(app, ["rescore", str(due), "--as-of", "2024-06-30", "--lag", "0"])
    assert made.exit_code == 10, made.output
    assert "nothing was compared" in made.output
    done = runner.invoke(app, ["rescore", str(due), "--as-of", "2025-06-30", "--lag", "0", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["look"] == []
    assert Path(told["comparison"], "summary.txt").is_file()
    assert runner.invoke(app, ["rescore", str(due), "--as-of", "June"]).exit_code == 2
    # A file of one month that lacks the areas in the west: it counts as covered, and is no fall.
    cut = next((due.parent / "input" / "police-uk" / "2025-05").glob("*street*"))
    rows = pd.read_csv(cut)
    rows[rows["Longitude"].rank(pct=True) > 0.3].to_csv(cut, index=False)
    done = runner.invoke(app, ["rescore", str(due), "--as-of", "2025-06-30", "--lag", "0", "--json"])
    assert done.exit_code == 10, done.output
    told = json.loads(done.stdout)
    assert [text for text in told["look"] if LACKS_ROWS in text and "May 2025" in text]
    later = sh.open_assessment(told["snapshot"])
    assert later.tables["coverage"]["covered"].all()
    assert LACKS_ROWS in str(later.summary())
    lacking = later.tables["lacking_rows"]
    assert set(lacking["period"].astype(str)) == {"2025-05"}
    assert (lacking["n"] <= 0.2 * lacking["expected"]).all()
    assert f"{len(set(lacking['area_code']))} areas have no crime" in str(later.summary())
    assert later.tables.declared["lacking_rows"].secret  # which areas these are stays inside
    findings = pd.read_csv(Path(told["comparison"]) / "findings.csv", comment="#").set_index("what")
    assert findings.loc[["coverage"], "reason"].str.startswith("In the later assessment ").all()
