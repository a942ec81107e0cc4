"""Documents and releases of a snapshot: commands, published form, what is registered."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import run_extract

import socharm as sh
from socharm.assessment.disclosing import input_is_open
from socharm.assessment.documents import ProfileOrder, area_of, record_state, write_plan, write_profiles
from socharm.assessment.published import layout_of, published_form
from socharm.assessment.recipe_file import parse_recipe
from socharm.assessment.release import publish_snapshot, unfilled_fields
from socharm.cli.app import app
from socharm.errors import ParameterError, RefusedError, SchemaError, StoreError
from socharm.plans.plan_sheet import COLUMN_OF
from socharm.publish.released import list_releases, verify_release

NOW = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def snapshot(assessed, tmp_path):
    """A copy of the open snapshot in a store of its own."""
    folder = tmp_path / "store" / assessed.path.name
    shutil.copytree(assessed.path, folder)
    return folder


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A snapshot of the sample's marked extract."""
    return run_extract(tmp_path_factory.mktemp("closed"), level="ward")


def ask(*arguments: object, code: int = 0):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done


# profiles


def test_the_command_writes_documents_evidence_and_the_file_for_text(snapshot):
    done = ask("profile", snapshot, "--area", "E05000002", "--format", "html,md", "--json")
    files = json.loads(done.stdout)["files"]
    folder = snapshot.parent / "profiles" / snapshot.name
    assert files == [str(folder / "Ward-02_E05000002.html"), str(folder / "Ward-02_E05000002.md")]
    text = snapshot.parent / "profiles" / "E05000002.toml"
    assert text.is_file()
    evidence = pd.read_csv(folder / "Ward-02_E05000002-evidence.csv")
    beside = (folder / "sources.txt").read_text(encoding="utf-8")
    assert beside.startswith("OFFICIAL\nPeriod: ")
    assert "\nSource: " in beside
    assert {"what", "value", "table", "column"} <= set(evidence.columns)
    text.write_text(text.read_text().replace('headline = ""', 'headline = "Ours stays."'))
    ask("profile", snapshot, "--area", "E05000002", "--format", "html")
    assert "Ours stays." in (folder / "Ward-02_E05000002.html").read_text()
    assert "Ours stays." in text.read_text()


def test_a_profile_that_people_edited_is_never_written_over(snapshot, tmp_path):
    first, *_ = write_profiles(snapshot, ProfileOrder(areas=["E05000002"], formats=["md"], to=tmp_path))
    write_profiles(snapshot, ProfileOrder(areas=["E05000002"], formats=["md"], to=tmp_path))  # as it was written
    first.write_text(first.read_text() + "\nWhat the partners added.\n")
    with pytest.raises(RefusedError, match=r"people may have edited them: Ward-02_E05000002\.md\. Nothing was written"):
        write_profiles(snapshot, ProfileOrder(areas=["E05000001", "E05000002"], formats=["md"], to=tmp_path))
    assert "What the partners added." in first.read_text()
    assert not (tmp_path / "Ward-01_E05000001.md").exists()
    (tmp_path / "North.html").write_text("somebody's own page")
    told = json.loads(
        ask("profile", snapshot, "--area", "North", "--format", "html", "--to", tmp_path, "--json", code=3).stdout
    )
    assert "North.html" in told["message"]
    ask("profile", snapshot, "--area", "E05000002", "--format", "md", "--to", tmp_path, "--replace")
    assert "What the partners added." not in first.read_text()


def edit(path, **cells: object) -> None:
    """Change the first action of a plan's workbook, as partners do."""
    book = openpyxl.load_workbook(path)
    page = book["4P plan"]
    top = next(row for row in range(1, 40) if page.cell(row, 1).value == "Action no.")
    at = {COLUMN_OF[page.cell(top, column).value.lower()]: column for column in range(1, page.max_column + 1)}
    for name, value in cells.items():
        page.cell(top + 1, at[name]).value = value
    book.save(path)


def test_a_plan_that_partners_edited_is_read_by_the_next_profile_and_kept(snapshot, tmp_path):
    order = ProfileOrder(areas=["E05000002"], formats=["md"], to=tmp_path)
    document, *_ = write_profiles(snapshot, order)
    plan = tmp_path / "Ward-02_E05000002-plan.xlsx"
    first = sh.plans.read_plan(plan).table.index[0]
    edit(plan, owner="town centre manager", due=dt.date(2031, 3, 31), status="in progress", notes="Lights ordered.")
    record_state(plan, state="reviewed", role="head of community safety", on=dt.date(2031, 1, 2))
    before = plan.read_bytes()
    write_profiles(snapshot, order)
    assert plan.read_bytes() == before
    kept = sh.plans.read_plan(plan)
    assert kept.table.loc[first, ["owner", "due", "status", "notes"]].tolist() == [
        "town centre manager", dt.date(2031, 3, 31), "in progress", "Lights ordered.",
    ]  # fmt: skip
    printed = document.read_text()
    for told in ("town centre manager", "31 March 2031", "reviewed by head of community safety on 2 January 2031"):
        assert told in printed
    ask("state", plan, "--to", "approved", "--role", "Jane Smith", "--on", "2031-02-01", code=3)
    done = ask("state", plan, "--to", "approved", "--role", "chair of the board", "--on", "2031-02-01", "--json")
    assert json.loads(done.stdout)["state"] == "approved by chair of the board on 1 February 2031"


def test_a_plan_of_the_store_serves_every_snapshot_and_faults_are_told_before_anything_is_written(snapshot):
    made = write_plan(snapshot, area="E05000002", start=dt.date(2026, 1, 5), kind="csv")
    shared = snapshot.parent / "profiles" / "E05000002-plan.csv"  # as plans were called before
    made.rename(shared)
    shared.write_text(shared.read_text("utf-8-sig").replace(",2026-01-05,", ",05/01/2026,"), encoding="utf-8")
    with pytest.raises(SchemaError, match=r"can be read two ways.*--day-first"):
        write_profiles(snapshot, ProfileOrder(areas=["E05000002"], formats=["md"]))
    state = {"state": "reviewed", "role": "head of community safety", "on": dt.date(2026, 2, 1)}
    with pytest.raises(SchemaError, match="can be read two ways"):
        record_state(shared, **state)
    order = {"areas": ["E05000002"], "formats": ["md"], "day_first": True}
    document, *_ = write_profiles(snapshot, ProfileOrder(**order))
    assert not (document.parent / "Ward-02_E05000002-plan.xlsx").exists()
    document.unlink()
    assert record_state(shared, **state, day_first=True).startswith("reviewed by head of community safety")
    shared.write_text(shared.read_text("utf-8-sig").replace("not started", "begun"), encoding="utf-8")
    with pytest.raises(SchemaError, match="must be one of"):
        write_profiles(snapshot, ProfileOrder(areas=["E05000002"], formats=["md"]))
    assert not document.exists()


def test_a_place_has_one_plan(snapshot, tmp_path):
    write_plan(snapshot, area="E05000002", start=dt.date(2026, 1, 5), to=tmp_path)
    (tmp_path / "Ward-02_E05000002-plan.csv").write_text("action_id\n")
    with pytest.raises(SchemaError, match="and a place has one plan"):
        write_profiles(snapshot, ProfileOrder(areas=["E05000002"], formats=["md"], to=tmp_path))


def test_the_command_says_where_the_text_is_edited(snapshot, tmp_path):
    done = ask("profile", snapshot, "--area", "E05000002", "--format", "md")
    assert f"edited in the .toml files in {snapshot.parent / 'profiles'}" in done.stdout.replace("\n", "")
    document = snapshot.parent / "profiles" / snapshot.name / "Ward-02_E05000002.md"
    document.write_text("edited here alone")
    refused = ask("profile", snapshot, "--area", "E05000002", "--format", "md", code=3)
    assert "belongs into the .toml of the place" in refused.output


def test_areas_are_found_by_their_names(snapshot, tmp_path):
    tables = sh.open_assessment(snapshot).tables
    assert area_of("ward 02", tables) == area_of("E05000002", tables) == area_of(" Ward 02", tables) == "E05000002"
    assert area_of("north", tables) == area_of("North", tables) == "North"
    with pytest.raises(ParameterError, match="No area or district is called 'Ward 2'"):
        area_of("Ward 2", tables)
    twice = tables.with_tables(areas=tables["areas"].assign(name="Central"))
    with pytest.raises(ParameterError, match=r"'central' is the name of several areas: E05000000, .*Give the code"):
        area_of("central", twice)
    done = ask("profile", snapshot, "--area", "Ward 02", "--format", "md", "--to", tmp_path, "--json")
    made = json.loads(done.stdout)["files"]
    assert len(made) == 1
    assert "E05000002" in made[0]
    ask("plan", snapshot, "--area", "ward 05", "--start", "2026-01-05", "--to", tmp_path)
    assert any("E05000005" in path.name for path in tmp_path.iterdir())


def test_latest_is_the_newest_snapshot_of_a_store(snapshot, monkeypatch):
    store, name = snapshot.parent, snapshot.name
    older = store / name.replace(name.split("-")[-2], "20010101T000000Z")
    shutil.copytree(snapshot, older)
    assert sh.open_assessment(store / "latest").path == snapshot
    ask("verify", store / "latest")
    monkeypatch.chdir(store.parent)
    assert sh.open_assessment("latest").path.name == name
    with pytest.raises(ParameterError, match="holds no snapshot"):
        sh.open_assessment(store / "profiles" / "latest")


def test_fields_of_a_release_that_nobody_filled_are_warned_of(snapshot):
    done = ask("publish", snapshot, "--role", "head of intelligence")
    fields = unfilled_fields(snapshot)
    assert f"warning: {len(fields)} fields of the transparency record are still to be filled by people" in done.output
    assert fields[0] in done.output


def test_all_districts_and_the_first_areas(snapshot):
    made = write_profiles(snapshot, ProfileOrder(all_districts=True, top=2, formats=["md"]))
    assert [path.stem for path in made][:2] == ["North", "South"]
    assert len(made) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--area", "E05999999"], "none of the 12 areas"),
        ([], "`areas` is empty"),
        (["--area", "E05000002", "--format", "odt"], "names ['odt']"),
        (["--area", "E05000002", "--on", "5.1.2026"], "is no day"),
    ],
)
def test_faulty_requests_are_told(snapshot, arguments, told):
    done = ask("profile", snapshot, *arguments, "--json", code=2)
    assert told in json.loads(done.stdout)["message"]


def test_a_plan_is_written_once(snapshot):
    path = write_plan(snapshot, area="E05000002", start=dt.date(2026, 1, 5))
    assert sh.plans.read_plan(path).settings.area == "E05000002"
    with pytest.raises(ParameterError, match="is there already"):
        write_plan(snapshot, area="E05000002", start=dt.date(2026, 1, 5))
    ask("plan", snapshot, "--area", "North", "--start", "2026-01-05", "--format", "csv")


def test_the_dashboard_of_a_snapshot(snapshot):
    pytest.importorskip("bokeh")
    done = ask("dashboard", snapshot, "--json")
    path = json.loads(done.stdout)["files"][0]
    page = (snapshot.parent / "profiles" / snapshot.name / "dashboard.html").read_text()
    assert path.endswith("dashboard.html")
    assert "What it must not be used for" in page
    assert "OFFICIAL" in page


# what is open


def test_police_uk_is_open_and_other_files_are_not_unless_said(assessed):
    assert layout_of(assessed) == "police.uk"
    assert input_is_open(assessed.recipe, "police.uk")
    values = {**assessed.manifest["recipe"]}
    values["incidents"] = {**values["incidents"], "columns": {"offence": "code"}}
    assert not input_is_open(parse_recipe(values), "extract")
    assert input_is_open(parse_recipe({**values, "disclosure": {"open": True}}), "extract")
    with pytest.raises(SchemaError, match="Did you mean 'spread'"):
        parse_recipe({**values, "disclosure": {"spred": 4}})


@pytest.mark.slow
def test_a_run_of_closed_input_writes_published_files_and_keeps_its_tables(closed):
    assert closed.manifest["disclosure"]["open_input"] is False
    form = published_form(closed)
    assert (form.tables["counts"]["n"] != closed.tables["counts"]["n"]).any()
    assert "noise of up to 5" in form.about.coverage
    pd.testing.assert_frame_equal(published_form(closed).tables["counts"], form.tables["counts"])


@pytest.mark.slow
def test_a_profile_made_by_hand_of_counts_as_recorded_says_that_it_is_internal(closed):
    """Whoever opens a snapshot in a notebook gets true counts, and a page that says so."""
    opened = sh.open_assessment(closed.path)
    code = str(opened.top(1).index[0])
    by_hand = sh.seed_profile(code, opened)
    assert by_hand.settings.internal
    assert "INTERNAL" in by_hand.about.shown_marking
    assert not sh.seed_profile(code, published_form(opened)).settings.internal
    assert not sh.seed_profile(code, opened, internal=False).settings.internal  # said by the caller


def test_profiles_of_closed_input_show_published_counts_unless_internal(closed, tmp_path):
    published = published_form(closed).index_table["crimes"]
    # The noise of an area can add up to nothing, and the store's secret is another one in each run of the tests.
    code = next(str(code) for code in closed.top(10).index if published[code] != closed.index_table["crimes"][code])
    write_profiles(closed.path, ProfileOrder(areas=[code], formats=["md"], to=tmp_path / "out"))
    write_profiles(closed.path, ProfileOrder(areas=[code], formats=["md"], to=tmp_path / "in", internal=True))
    shown, inside = (
        pd.read_csv(next((tmp_path / where).glob(f"{start}*_{code}-evidence.csv"))).set_index("what")
        for where, start in (("out", ""), ("in", "INTERNAL-"))
    )
    assert inside.loc["weighted crimes", "value"] == closed.index_table.loc[code, "crimes"]
    assert shown.loc["weighted crimes", "value"] == published[code]
    assert shown.loc["weighted crimes", "value"] != inside.loc["weighted crimes", "value"]
    assert "INTERNAL" in next((tmp_path / "in").glob(f"INTERNAL-*_{code}.md")).read_text()
    assert "INTERNAL" not in next((tmp_path / "out").glob(f"*_{code}.md")).read_text()
    assert "noise of up to 5" in next((tmp_path / "out").glob(f"*_{code}.md")).read_text()


# releases


def test_an_open_snapshot_is_released_with_its_records(snapshot):
    done = ask("publish", snapshot, "--role", "head of intelligence", "--json")
    told = json.loads(done.stdout)
    assert told["release"].endswith("-r001")
    release = list_releases(snapshot.parent)[0]
    assert verify_release(release) == []
    names = set(release.files)
    assert {"ranking.xlsx", "transparency-record.md", "method-statement.json", "what-was-done.csv"} <= names
    assert any(name.startswith("maps/") for name in names)
    assert release.settings["open_input"] is True


@pytest.mark.slow
def test_a_second_release_is_checked_against_the_first(closed):
    first = publish_snapshot(closed.path, role="head of intelligence", created=NOW)
    again = publish_snapshot(
        closed.path, role="information asset owner", created=NOW, lower_to="OFFICIAL",
        reason="disclosure control was applied",
    )  # fmt: skip
    assert (first.marking, again.marking) == ("OFFICIAL-SENSITIVE", "OFFICIAL")
    assert again.changes[0]["role"] == "information asset owner"
    assert [release.id for release in list_releases(closed.path.parent)] == [first.id, again.id]
    assert not any(b"secret" in path.read_bytes() for path in first.path.rglob("*.json"))
    # A store that lost its secret would put a second noise on the same counts.
    (closed.path.parent / "published" / ".secret").unlink()
    with pytest.raises(StoreError, match="secret is lost"):
        publish_snapshot(closed.path, role="head of intelligence", created=NOW)
    assert len(list_releases(closed.path.parent)) == 2


def test_a_release_needs_a_role_and_a_lower_marking(snapshot):
    with pytest.raises(ParameterError, match="`role` is blank"):
        publish_snapshot(snapshot, role=" ", created=NOW)
    with pytest.raises(ParameterError, match="not below"):
        publish_snapshot(snapshot, role="x", created=NOW, lower_to="SECRET", reason="for no reason given")
    assert list_releases(snapshot.parent) == []


def test_a_changed_map_is_not_released(snapshot):
    path = next((snapshot / "maps").glob("*.png"))
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreError, match=r"is not as it was made: maps/.*changed since it was made"):
        publish_snapshot(snapshot, role="x", created=NOW)
