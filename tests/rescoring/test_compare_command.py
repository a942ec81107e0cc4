"""``socharm compare``: tables, summary and exit codes, on two snapshots of a store."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import a_year_later, write_world

from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.run import run_assessment
from socharm.cli.app import app
from socharm.documents.render import FORMATS
from socharm.rescoring import open_store
from socharm.rescoring.comparing import compare


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("world")
    recipe = write_world(folder)
    small = "\n[outputs]\nmaps = false\nworkbook = false\nheat = false\nclusters = false\nhotspots = false\n"
    recipe.write_text(recipe.read_text() + small)
    return run_assessment(recipe).path, run_assessment(a_year_later(folder)).path


def sheet_names(path: Path) -> list[str]:
    return openpyxl.load_workbook(path).sheetnames


def told(*arguments: object):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def test_two_snapshots_are_compared_and_written(snapshots, tmp_path):
    made = told(*snapshots, "--to", tmp_path / "out")
    assert made.exit_code == 0, made.output
    assert "All areas together: " in made.stdout
    areas = pd.read_csv(tmp_path / "out" / "areas.csv")
    parts = pd.read_csv(tmp_path / "out" / "parts.csv")
    assert len(areas) == len(parts) == 12
    assert (parts["counts"].dropna() < 0).any()
    assert (parts["weights"].dropna() == 0).all()
    about = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    pictures = ("maps/change.png", "maps/ranks.png", "maps/parts.png", "maps/how-many-stayed.png")
    sources = (tmp_path / "out" / "sources.txt").read_text(encoding="utf-8")
    assert sources.startswith("OFFICIAL\nPeriod: ")
    assert "\nSource: " in sources
    for name in ("sources.txt", "comparison.xlsx", *pictures, *(f"change-report.{kind}" for kind in FORMATS)):
        assert name in about["files"]
    assert sheet_names(tmp_path / "out" / "comparison.xlsx")[:2] == ["Summary", "Places"]
    assert [about["earlier"], about["later"]] == [path.name for path in snapshots]
    written = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    again = told(*snapshots, "--to", tmp_path / "out")
    assert again.exit_code == 0, again.output
    assert again.stdout.startswith("Nothing changed since the last time: nothing was written.")
    assert again.stdout.split("\n", 1)[1] == made.stdout
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == written
    other = told(*snapshots, "--to", tmp_path / "out", "--without", "drugs")
    assert other.exit_code == 2
    assert "is there already and holds another comparison" in other.output
    workbook = tmp_path / "out" / "comparison.xlsx"
    workbook.write_bytes(workbook.read_bytes() + b" ")
    damaged = told(*snapshots, "--to", tmp_path / "out")
    assert damaged.exit_code == 1
    assert "holds 'comparison.xlsx', which is not as it was written" in damaged.output
    (tmp_path / "empty").mkdir()
    assert "is no whole comparison" in told(*snapshots, "--to", tmp_path / "empty").output


def test_without_the_libraries_of_documents_all_else_is_written_and_the_lack_is_told(snapshots, tmp_path, monkeypatch):
    store = shutil.copytree(snapshots[0].parent, tmp_path / "store", ignore=shutil.ignore_patterns("comparisons"))
    two = [store / path.name for path in snapshots]
    with monkeypatch.context() as bare:
        for module in ("pypandoc", "typst"):
            bare.setitem(sys.modules, module, None)
        made = told(*two)
        again = told(*two, "--json")
    assert made.exit_code == again.exit_code == 0, made.output
    (folder,) = (store / "comparisons").iterdir()
    names = {path.name for path in folder.iterdir()}
    assert {"areas.csv", "comparison.xlsx", "change-report.html", "change-report.md", "maps"} <= names
    assert not {"change-report.docx", "change-report.pdf"} & names
    lack = json.loads(again.stdout)["not_written"]
    assert "change-report.docx" in lack[0]
    assert all(f"Not written: {sentence}" in made.stderr for sentence in lack)
    assert all('python -m pip install -c constraints.txt ".[report]"' in sentence for sentence in lack)
    # Once they are there, the comparison is written again, whole.
    whole = told(*two, "--json")
    assert json.loads(whole.stdout)["not_written"] == []
    assert (Path(json.loads(whole.stdout)["folder"]) / "change-report.pdf").exists()


def test_by_itself_the_folder_is_in_the_store(snapshots):
    made = told(*snapshots, "--json", "--tables-only")
    assert made.exit_code == 0, made.output
    found = json.loads(made.stdout)
    assert found["new"]
    assert Path(found["folder"]).parent == snapshots[1].parent / "comparisons"
    assert found["facts"]["areas compared"] == 12
    again = told(*snapshots, "--json", "--tables-only")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout) == found | {"new": False}
    codes = snapshots[0].parent.parent / "codes.csv"
    areas = pd.read_csv(Path(found["folder"]) / "areas.csv")["area_code"]
    pd.DataFrame({"earlier": areas, "later": areas, "share": 1}).to_csv(codes, index=False)
    districts = codes.with_name("districts.csv")
    members = pd.DataFrame({"area_code": areas, "parent": "New district", "force": "Testshire"})
    members.assign(valid_from="", valid_to="").to_csv(districts, index=False)
    choices = (("--without", "drugs", "--by", codes), ("--membership", districts))
    others = [told(*snapshots, *more, "--json", "--tables-only") for more in choices]
    assert [other.exit_code for other in others] == [0, 0], [other.output for other in others]
    folders = {found["folder"], *(json.loads(other.stdout)["folder"] for other in others)}
    assert len(folders) == 3
    named = pd.read_csv(Path(json.loads(others[-1].stdout)["folder"]) / "districts.csv")
    assert named["parent"].tolist() == ["New district"]
    assert all(Path(each).name.startswith(f"{snapshots[0].name}--{snapshots[1].name}--") for each in folders)


def test_a_note_that_is_added_makes_the_comparison_be_written_again(snapshots, tmp_path):
    store = shutil.copytree(snapshots[0].parent, tmp_path / "store", ignore=shutil.ignore_patterns("comparisons"))
    two, asked = [store / path.name for path in snapshots], ("--json", "--tables-only", "--internal")
    first = json.loads(told(*two, *asked).stdout)
    assert not list(Path(first["folder"]).glob("*known_changes.csv"))
    for start, end in ((dt.date(2026, 4, 6), None), (dt.date(2026, 5, 4), dt.date(2026, 5, 5))):
        open_store(store).annotate(
            "clear", "Warrants at two addresses", role="local policing lead", start=start, end=end,
            areas=["E05000001"], on=dt.date(2026, 7, 1),
        )  # fmt: skip
    second = json.loads(told(*two, *asked).stdout)
    assert second["new"]
    assert second["folder"] != first["folder"]
    (path,) = Path(second["folder"]).glob("*known_changes.csv")
    known = pd.read_csv(path)
    assert known["days"].tolist() == ["from 6 April 2026", "4 May 2026 to 5 May 2026"]
    assert set(known["falls_in"]) == {"later period"}
    assert not json.loads(told(*two, *asked).stdout)["new"]


def test_three_snapshots_are_compared_each_with_the_next_and_drawn(snapshots, tmp_path):
    world = snapshots[0].parent.parent
    for path in sorted((world / "later").rglob("*.csv")):
        month = path.parent.name.replace("2026", "2027")
        (world / "third" / month).mkdir(parents=True)
        rows = path.read_text().replace("2026-", "2027-")
        (world / "third" / month / path.name.replace("2026", "2027")).write_text(rows)
    recipe = world / "third.toml"
    text = (world / "later.toml").read_text().replace("2026-0", "2027-0")
    recipe.write_text(text.replace('"later"', '"third"'))
    third = run_assessment(recipe).path
    made = told(*snapshots, third)
    assert made.exit_code == 0, made.output
    (folder,) = (snapshots[0].parent / "comparisons").glob(f"{snapshots[0].name}--{third.name}--*")
    parts = pd.read_csv(folder / "parts.csv")
    assert parts[["earlier", "later"]].to_numpy().tolist() == [
        [snapshots[0].name, snapshots[1].name], [snapshots[0].name, third.name], [snapshots[1].name, third.name]
    ]  # fmt: skip
    assert pd.read_csv(folder / "ranks.csv")["assessment"].nunique() == 3
    assert {path.name for path in (folder / "maps").iterdir()} == {"chained-parts.png", "ranks.png"}
    again = told(*snapshots, third)
    assert again.stdout == "Nothing changed since the last time: nothing was written.\n" + made.stdout
    codes = tmp_path / "codes.csv"
    codes.write_text("earlier,later,share\n")
    asked = told(*snapshots, third, "--by", codes)
    assert asked.exit_code == 2
    assert "compare two at a time" in asked.output


def test_what_is_refused_has_exit_code_3(snapshots, tmp_path):
    swapped = told(*reversed(snapshots), "--to", tmp_path / "out")
    assert swapped.exit_code == 3
    assert "before the earlier one" in swapped.output
    assert not (tmp_path / "out").exists()
    shown = told(*reversed(snapshots), "--allow", "order", "--tables-only", "--to", tmp_path / "out")
    assert shown.exit_code == 0, shown.output
    assert "shown in spite of this" in shown.stdout


def test_bad_input_has_exit_code_2(snapshots, tmp_path):
    change = tmp_path / "codes.csv"
    change.write_text("earlier,later,share\nE05000000,E05999999,1\n")
    holes = told(*snapshots, "--by", change, "--to", tmp_path / "out")
    assert holes.exit_code == 2
    assert "though the table leads to them: E05999999" in holes.output
    odd = told(*snapshots, "--allow", "everything", "--to", tmp_path / "out")
    assert odd.exit_code == 2
    assert "nothing that a comparison is refused for" in odd.output


def test_a_snapshot_edited_by_hand_is_not_compared(snapshots, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(snapshots[0].parent, store)
    edited = store / snapshots[1].name
    path = next((edited / "tables").glob("counts*.parquet"))
    path.write_bytes(path.read_bytes() + b" ")
    made = told(store / snapshots[0].name, edited, "--to", tmp_path / "out")
    assert made.exit_code == 1
    assert path.name in made.output
    assert not (tmp_path / "out").exists()


def test_one_snapshot_against_itself_is_refused(snapshots, tmp_path):
    made = told(snapshots[0], snapshots[0], "--to", tmp_path / "out")
    assert made.exit_code == 3
    assert "Both are the same assessment." in made.output


def test_a_profile_says_what_moved_since_a_snapshot_of_its_store(snapshots, tmp_path):
    earlier, later = snapshots
    order = ["--area", "E05000000", "--area", "North", "--format", "md", "--to", tmp_path]
    made = CliRunner().invoke(app, ["profile", *map(str, [later, *order, "--against", earlier.name])])
    assert made.exit_code == 0, made.output
    compared = compare(*(open_assessment(path) for path in snapshots))
    ward = " ".join(next(tmp_path.glob("Ward-00_E05000000.md")).read_text(encoding="utf-8").split())
    ranks = [int(compared.table.loc["E05000000", f"rank_{when}"]) for when in ("earlier", "later")]
    assert ranks[0] == ranks[1] or f"it ranked {ranks[0]}" in ward
    assert compared.churn.explain().replace("[", "\\[").replace("]", "\\]") in ward or compared.churn.explain() in ward
    assert "no comparison was given" not in ward
    district = " ".join(next(tmp_path.glob("North*.md")).read_text(encoding="utf-8").split())
    verdicts = compared.table.loc[compared.table["parent_later"] == "North", "verdict"].value_counts()
    assert f"of its {int(verdicts.sum())} wards, " in district


def test_a_profile_is_held_against_what_can_be_compared(snapshots, tmp_path):
    earlier, later = snapshots
    run = ["--area", "E05000000", "--to", tmp_path / "out"]
    lost = CliRunner().invoke(app, ["profile", *map(str, [later, *run, "--against", "nothing-of-the-kind"])])
    assert lost.exit_code == 2
    assert "no snapshot is there" in lost.output
    # the later one against the earlier one is the wrong way round
    refused = CliRunner().invoke(app, ["profile", *map(str, [earlier, *run, "--against", later])])
    assert refused.exit_code == 3
    assert not (tmp_path / "out").exists()
