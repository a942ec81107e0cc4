"""Files with counts as they were recorded say so themselves; what decides protection is True or False."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from factories import make_assessment_tables
from typer.testing import CliRunner
from worlds import png_texts, write_world

import socharm as sh
from socharm.assessment.dashboard_page import write_snapshot_dashboard
from socharm.assessment.disclosure_section import DisclosureSection
from socharm.assessment.documents import ProfileOrder, write_profiles
from socharm.assessment.recipe_file import load_recipe, parse_recipe
from socharm.cli.app import app
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.files.delimited import write_csv

NO_FLAGS = ["false", "no", "", 0, 1, 0.0, [], None]


def run_closed(folder: Path, more: str = "") -> sh.Assessment:
    """The small world as closed input."""
    recipe = write_world(folder)
    text = re.sub(r"\n\[heat\][^\[]*", "\n", recipe.read_text())
    off = "heat = false\nhotspots = false\nclusters = false\nmicro_places = false\nconcentration = false\n"
    recipe.write_text(f"{text}\n[disclosure]\nopen = false\n{more}[outputs]\n{off}")
    return sh.run_assessment(recipe)


@pytest.fixture(scope="module")
def closed(tmp_path_factory) -> sh.Assessment:
    return run_closed(tmp_path_factory.mktemp("closed"), "")


@pytest.fixture(scope="module")
def inside(tmp_path_factory) -> sh.Assessment:
    return run_closed(tmp_path_factory.mktemp("inside"), "internal = true\n")


def layers_of(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as base:
        return base.execute("SELECT table_name, description FROM gpkg_contents").fetchall()


def test_true_counts_of_closed_input_stand_in_internal_files_only(closed):
    names = {path.relative_to(closed.path).as_posix() for path in closed.path.rglob("*") if path.is_file()}
    assert {"INTERNAL-areas.gpkg", "ranking.xlsx", "maps/rate.png", "tables/INTERNAL-counts.parquet"} <= names
    assert not {"areas.gpkg", "tables/counts.parquet"} & names
    assert all(name.startswith("tables/INTERNAL-") for name in names if name.startswith("tables/"))
    layers = layers_of(closed.path / "INTERNAL-areas.gpkg")
    assert {name for name, _ in layers} >= {"INTERNAL_index", "INTERNAL_ranking"}
    for name, description in layers:
        assert name.startswith("INTERNAL_") or name == "layer_styles"  # QGIS looks for this name
        assert description.startswith("INTERNAL: counts as they were recorded")
    assert len(closed.areas()) == 12
    assert sh.verify_assessment(closed.path).ok
    pd.testing.assert_frame_equal(sh.open_assessment(closed.path).tables["counts"], closed.tables["counts"])


def test_published_files_of_closed_input_do_not_say_internal(closed):
    book = openpyxl.load_workbook(closed.path / "ranking.xlsx")
    assert {sheet["A1"].value for sheet in book.worksheets} == {"OFFICIAL"}
    assert png_texts(closed.path / "maps" / "rate.png")["Marking"] == "OFFICIAL"


def test_workbook_and_maps_that_are_asked_for_as_internal_say_so(inside):
    names = {path.relative_to(inside.path).as_posix() for path in inside.path.rglob("*") if path.is_file()}
    assert names >= {"INTERNAL-ranking.xlsx", "maps/INTERNAL-rate.png"}
    assert all("INTERNAL-" in name for name in names - {"manifest.json", "run.log"})
    book = openpyxl.load_workbook(inside.path / "INTERNAL-ranking.xlsx")
    assert {sheet["A1"].value for sheet in book.worksheets} == {"OFFICIAL - INTERNAL"}
    assert all("INTERNAL" in sheet.oddHeader.center.text for sheet in book.worksheets)
    for path in (inside.path / "maps").iterdir():
        assert png_texts(path)["Marking"] == "OFFICIAL - INTERNAL", path.name


def test_open_input_has_plain_names(tmp_path):
    recipe = write_world(tmp_path)
    off = "\n[outputs]\nmaps = false\nheat = false\nhotspots = false\nclusters = false\nmicro_places = false\n"
    recipe.write_text(re.sub(r"\n\[heat\][^\[]*", "\n", recipe.read_text()) + off)
    names = [path.name for path in sh.run_assessment(recipe).path.rglob("*")]
    assert "areas.gpkg" in names
    assert not any("INTERNAL" in name for name in names)


def test_internal_documents_say_so_in_name_and_first_line(closed, tmp_path):
    pytest.importorskip("bokeh")
    code = "E05000002"
    made = write_profiles(closed.path, ProfileOrder(areas=[code], formats=["md", "html"], to=tmp_path, internal=True))
    assert [path.name for path in made] == [f"INTERNAL-Ward-02_{code}.md", f"INTERNAL-Ward-02_{code}.html"]
    assert "OFFICIAL - INTERNAL" in made[0].read_text().splitlines()[0]
    evidence = tmp_path / f"INTERNAL-Ward-02_{code}-evidence.csv"
    assert evidence.read_text(encoding="utf-8-sig").startswith("INTERNAL,")
    assert set(pd.read_csv(evidence)["INTERNAL"]) == {"not for publication"}
    page = write_snapshot_dashboard(closed.path, to=tmp_path, internal=True)
    assert page.name == "INTERNAL-dashboard.html"
    assert "(OFFICIAL - INTERNAL)</title>" in page.read_text()
    plain = write_profiles(closed.path, ProfileOrder(areas=[code], formats=["md"], to=tmp_path))
    assert plain[0].name == f"Ward-02_{code}.md"
    assert "INTERNAL" not in plain[0].read_text()
    assert "INTERNAL" not in (tmp_path / f"Ward-02_{code}-evidence.csv").read_text()


def test_tables_for_other_programs_are_in_published_form_or_say_that_they_are_not(closed, tmp_path):
    for to, more in (("shown", []), ("inside", ["--internal"])):
        done = CliRunner().invoke(app, ["export", "powerbi", str(closed.path), "--to", str(tmp_path / to), *more])
        assert done.exit_code == 0, done.output
    names = {to: {path.name for path in (tmp_path / to).rglob("*") if path.is_file()} for to in ("shown", "inside")}
    assert names["inside"] == {f"INTERNAL-{name}" for name in names["shown"]}
    shown = pd.read_parquet(tmp_path / "shown" / "parquet" / "facts.parquet")
    true = pd.read_parquet(tmp_path / "inside" / "parquet" / "INTERNAL-facts.parquet")
    published = sh.published_form(closed).tables["counts"]["n"]
    assert shown["crimes"].sum() == published.sum()
    assert shown["crimes"].isna().sum() == published.isna().sum()
    assert true["crimes"].sum() == closed.tables["counts"]["n"].sum()
    assert not shown["crimes"].equals(true["crimes"])
    first = (tmp_path / "inside" / "csv" / "INTERNAL-facts.csv").read_text(encoding="utf-8-sig").splitlines()
    assert all(line.startswith("not for publication,OFFICIAL - INTERNAL,") for line in first[1:])


def test_internal_files_are_not_released(closed):
    files = {"INTERNAL-areas.gpkg": closed.path / "INTERNAL-areas.gpkg"}
    moment = sh.open_assessment(closed.path).manifest["created"]
    with pytest.raises(RefusedError, match="an internal file"):
        sh.publish.register_release(
            closed.path.parent, snapshot=closed.path.name, files=files, created=pd.Timestamp(moment).to_pydatetime(),
            marking="OFFICIAL", role="analyst",
        )  # fmt: skip


def test_an_internal_csv_stays_a_table(tmp_path):
    table = pd.DataFrame({"area": ["A", "B"], "n": [1, 2]})
    write_csv(table, tmp_path / "t.csv", internal=True)
    read = pd.read_csv(tmp_path / "t.csv")
    assert read.columns.tolist() == ["INTERNAL", "area", "n"]
    pd.testing.assert_frame_equal(read[["area", "n"]], table)


# flags


@pytest.mark.parametrize("value", NO_FLAGS)
@pytest.mark.parametrize("key", ["open", "internal"])
def test_keys_of_the_recipe_are_true_or_false(tmp_path, closed, key, value):
    if key == "open" and value is None:
        assert (
            parse_recipe({**closed.manifest["recipe"], "disclosure": {"open": None}}).part(DisclosureSection).open
            is None
        )
        return
    with pytest.raises(SchemaError, match=f"disclosure.{key}"):
        parse_recipe({**closed.manifest["recipe"], "disclosure": {key: value}})
    with pytest.raises(ParameterError, match=f"`{key}`"):
        DisclosureSection(**{key: value})
    with pytest.raises(ParameterError, match=f"`{key}`"):
        dataclasses.replace(closed.recipe.part(DisclosureSection), **{key: value})


@pytest.mark.parametrize("word", ['"false"', '"no"', "0", "1", '"true"'])
def test_a_recipe_that_states_openness_in_another_way_is_refused(tmp_path, word):
    recipe = write_world(tmp_path)
    recipe.write_text(f"{recipe.read_text()}\n[disclosure]\nopen = {word}\n")
    with pytest.raises(SchemaError, match=r"disclosure\.open"):
        load_recipe(recipe)


@pytest.mark.parametrize("value", NO_FLAGS)
def test_arguments_that_decide_protection_are_true_or_false(closed, tmp_path, value):
    page = tmp_path / "page.html"
    areas = closed.areas()
    counts = pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"], "n": [3, 12]})
    calls = {
        "open_input": [
            lambda: sh.publish.DisclosureSettings(open_input=value),
            lambda: sh.write_dashboard(page, closed.tables, areas, about=closed.about, open_input=value),
        ],
        "published": [lambda: sh.write_dashboard(page, closed.tables, areas, about=closed.about, published=value)],
        "internal": [
            lambda: sh.About(internal=value),
            *([] if value is None else [lambda: sh.seed_profile("E05000002", closed, internal=value)]),  # as it is
            *([] if value is None else [lambda: next(iter(sh.seed_profiles(closed, internal=value)))]),
            lambda: write_profiles(closed.path, ProfileOrder(areas=["E05000002"], to=tmp_path, internal=value)),
            lambda: write_snapshot_dashboard(closed.path, to=tmp_path, internal=value),
        ],
        "zeros": [lambda: sh.publish.suppress_small_counts(counts, by=["a", "b"], zeros=value)],
    }
    for name, doors in calls.items():
        for door in doors:
            with pytest.raises(ParameterError, match=f"`{name}` is .*must be True or False"):
                door()
    assert list(tmp_path.iterdir()) == []


def test_protection_is_the_default_and_true_opens():
    tables = make_assessment_tables()
    with pytest.raises(ParameterError, match="`secret` is missing"):
        sh.publish.protect_tables(tables, about=sh.About())
    opened = sh.publish.protect_tables(
        tables, about=sh.About(), settings=sh.publish.DisclosureSettings(open_input=True)
    )
    assert opened.tables is tables


@pytest.mark.parametrize("word", ["--internal=false", "--internal=0", "--internal=no", "--no-internal"])
def test_the_command_line_takes_the_flag_alone(closed, tmp_path, word):
    for command in (("profile", closed.path, "--area", "E05000002"), ("dashboard", closed.path)):
        done = CliRunner().invoke(app, [*map(str, command), "--to", str(tmp_path), word])
        assert done.exit_code != 0
    assert list(tmp_path.iterdir()) == []
