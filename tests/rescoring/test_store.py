"""A store as a history: what it holds, one area through it, and notes that are added and never changed."""

from __future__ import annotations

import datetime as dt
import errno
import json
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import socharm as sh
from socharm.assessment.signing import sign_store
from socharm.cli.app import app
from socharm.errors import DataWarning, ParameterError, RefusedError, StoreError
from socharm.files.seal import write_sealed
from socharm.rescoring import Annotation, open_store
from socharm.rescoring.annotations import ANNOTATIONS

ROLE = "local policing lead"
DAY = dt.date(2026, 3, 2)


@pytest.fixture(scope="module")
def built(world: Path, tmp_path_factory) -> Path:
    """A store with the small world twice: three months, then one month of them."""
    own = tmp_path_factory.mktemp("history") / "own"
    shutil.copytree(world, own, ignore=shutil.ignore_patterns("store"))
    recipe = own / "assessment.toml"
    recipe.write_text(recipe.read_text() + "[outputs]\nmaps = false\nworkbook = false\n")
    sh.run_assessment(recipe)
    months = recipe.read_text()
    recipe.write_text(months.replace(_period(months), _period(months).replace(_first(months), _last(months))))
    sh.run_assessment(recipe)
    return own / "store"


@pytest.fixture
def two(built: Path, tmp_path: Path) -> Path:
    """A copy of that store."""
    return shutil.copytree(built, tmp_path / "store")


def _period(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("period"))


def _first(text: str) -> str:
    return _period(text).split('"')[1]


def _last(text: str) -> str:
    return _period(text).split('"')[3]


def first_area(store: Path) -> str:
    """The code of an area of the store's first snapshot."""
    return str(sh.open_assessment(store / str(open_store(store).list().index[0])).table.index[0])


def note(store: Path, **kwargs):
    said = {
        "kind": "activity",
        "text": "Patrols of the precinct",
        "role": ROLE,
        "start": dt.date(2025, 4, 1),
        "on": DAY,
    }
    return open_store(store).annotate(**said | kwargs)


def test_a_store_lists_its_snapshots_by_period(two):
    table = open_store(two).list()
    assert len(table) == 2
    assert table["start"].is_monotonic_increasing
    for name, row in table.iterrows():
        opened = sh.open_assessment(two / str(name))
        assert (row["start"], row["end"]) == (opened.about.period.start, opened.about.period.end)
        assert row["areas"] == len(opened.tables["areas"])
        assert row["marking"] == opened.about.marking
    assert (table["fault"] == "").all()
    assert open_store(two).verify() == {}


def test_one_area_through_the_store_is_what_each_ranking_says(two):
    store = open_store(two)
    names = store.list().index
    code = str(sh.open_assessment(two / str(names[0])).table.index[0])
    table = store.history(code)
    assert list(table.index) == list(names)
    for name, row in table.iterrows():
        opened = sh.open_assessment(two / str(name))
        ranking = opened.table.loc[code]
        for column in ("rank", "rank_low_90", "rank_high_95", "rate", "rate_shrunk"):
            assert row[column] == ranking[column] or (pd.isna(row[column]) and pd.isna(ranking[column]))
        assert row["harm"] == opened.index_table.loc[code, "harm"]
        assert row["ranked"] == opened.table["rank"].notna().sum()
    assert store.history(str(table["name"].iloc[0]).upper()).equals(table)


def test_an_area_that_no_snapshot_has_is_told_with_the_nearest_name(two):
    store = open_store(two)
    name = str(store.history(first_area(two))["name"].iloc[0])
    with pytest.raises(ParameterError, match=f"Did you mean '{name.title()}'"):
        store.history(f"{name}x")


def test_a_damaged_snapshot_is_named_and_left_alone(two):
    names = list(open_store(two).list().index)
    harmed = two / str(names[0]) / "tables" / "ranking.parquet"
    harmed.write_bytes(harmed.read_bytes()[:-7] + b"damaged")
    before = {path: path.read_bytes() for path in two.rglob("*") if path.is_file()}
    table = open_store(two).list()
    assert "ranking.parquet" in table.loc[names[0], "fault"]
    assert pd.isna(table.loc[names[0], "areas"])
    assert table.loc[names[1], "fault"] == ""
    assert set(open_store(two).verify()) == {names[0]}
    assert {path: path.read_bytes() for path in two.rglob("*") if path.is_file()} == before
    (two / str(names[0]) / "manifest.json").unlink()
    assert open_store(two).list().loc[names[0], "fault"]
    with pytest.raises(ParameterError, match=rf"No whole snapshot .* Damaged and not looked at: {names[0]}"):
        open_store(two).history("Nowhere at all")


def test_notes_are_added_and_found_where_they_touch(two):
    store = open_store(two)
    code = str(
        store.history(str(sh.open_assessment(two / str(store.list().index[0])).table.index[0]))["area_code"].iloc[0]
    )
    note(two, kind="clear", areas=[code])
    note(two, kind="recording", start=dt.date(2001, 1, 1), end=dt.date(2001, 2, 1))
    note(two, kind="note")
    table = store.annotations()
    assert table["kind"].tolist() == ["clear", "recording", "note"]
    assert table["areas"].tolist() == [code, "", ""]
    # The second ended long before either period; the third is of all areas.
    assert set(store.history(code)["annotations"]) == {"1, 3"}


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        ({"end": dt.date(2025, 3, 31)}, ParameterError, "before `start`"),
        ({"areas": ["Nowhere at all"]}, ParameterError, "No snapshot of the store has an area"),
        ({"role": "Jane Smith"}, RefusedError, "looks like a person"),
        ({"text": " "}, ParameterError, "0 letters"),
        ({"text": "a" * 501}, ParameterError, "501 letters"),
        ({"kind": "arrest"}, ParameterError, "must be one of"),
        (
            {"text": "He was arrested at home and his girlfriend told officers that he hid drugs"},
            RefusedError,
            "persons",
        ),
    ],
)
def test_notes_that_cannot_be_are_refused_and_nothing_is_written(two, said, error, match):
    with pytest.raises(error, match=match):
        note(two, **said)
    assert not (two / ANNOTATIONS).exists()


@pytest.mark.parametrize(
    "text",
    [
        "John Smith was seen there",
        "Warrant at the home of Ahmed Khan",
        "Mrs Jones moved out",
        "Cuckooing at 12 High Street",
        "Visited Flat 3, 14 Acacia Avenue",
        "Led by PC Smith",
    ],
)
def test_a_text_that_names_a_person_or_a_house_is_refused(text):
    with pytest.raises(RefusedError, match="about persons"):
        Annotation(kind="note", text=text, start=DAY, role=ROLE, on=DAY)


@pytest.mark.parametrize(
    "text",
    [
        "Patrols on Victoria Road and in Grace Park",
        "Warrants at 3 addresses; 12 patrols on High Street",
        "The inspector's team began Clear in Byker",
        "New alley gates behind Shields Road",
    ],
)
def test_a_text_about_a_place_is_taken(text):
    assert Annotation(kind="note", text=text, start=DAY, role=ROLE, on=DAY).text == text


def test_a_day_to_come_is_refused_and_locks_nothing(two):
    with pytest.raises(ParameterError, match="after today"):
        note(two, on=dt.date.today() + dt.timedelta(days=1))
    assert note(two).on == DAY


def test_a_clock_set_back_is_told(two):
    note(two)
    with pytest.raises(ParameterError, match="Notes follow each other in time"):
        note(two, on=DAY - dt.timedelta(days=1))
    assert len(open_store(two).annotations()) == 1


@pytest.mark.parametrize("change", ["text", "entry", "file", "order"])
def test_notes_changed_by_hand_are_found(two, change):
    for text in ("First", "Second", "Third"):
        note(two, text=text)
    path = two / ANNOTATIONS
    whole = json.loads(path.read_text())
    if change == "text":
        whole["annotations"][1]["text"] = "Other"
    elif change == "entry":
        del whole["annotations"][1]
    elif change == "order":
        whole["annotations"].reverse()
    path.write_text("{" if change == "file" else json.dumps(whole))
    with pytest.raises(StoreError, match=ANNOTATIONS):
        open_store(two).annotations()
    assert "annotations" in open_store(two).verify()
    with pytest.raises(StoreError, match=ANNOTATIONS):
        note(two, text="Fourth")
    with pytest.warns(DataWarning, match="shown without them"):
        assert len(open_store(two).history(first_area(two))) == 2
    shown = CliRunner().invoke(app, ["history", str(two), "--area", first_area(two)])
    assert shown.exit_code == 1
    assert "rank" in shown.output


def test_a_note_taken_out_is_found_also_where_the_hash_was_made_anew(two):
    for text in ("First", "Second", "Third"):
        note(two, text=text)
    whole = json.loads((two / ANNOTATIONS).read_text())
    del whole["annotations"][1]
    write_sealed(whole, two / ANNOTATIONS, field="annotations_sha256", key=None)
    with pytest.raises(StoreError, match=r"Entry 2 .* does not follow the one before"):
        open_store(two).annotations()


def test_a_store_that_gets_a_key_signs_its_notes(two):
    note(two)
    sign_store(two)
    assert len(open_store(two).annotations()) == 1
    note(two, text="After the key")
    whole = json.loads((two / ANNOTATIONS).read_text())
    assert "signature" in whole
    del whole["signature"]
    (two / ANNOTATIONS).write_text(json.dumps(whole))
    with pytest.raises(StoreError, match="not signed"):
        open_store(two).annotations()


def test_two_writers_lose_nothing(two):
    def write(number: int) -> None:
        for one in range(5):
            note(two, text=f"Writer {number}, note {one}")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(open_store(two).annotations()) == 15


def test_a_folder_that_is_no_store_is_told(tmp_path, finished):
    with pytest.raises(ParameterError, match="names no folder"):
        open_store(tmp_path / "nowhere")
    with pytest.raises(ParameterError, match="is a snapshot"):
        open_store(finished.path)
    (tmp_path / "empty").mkdir()
    assert open_store(tmp_path / "empty").list().empty
    with pytest.raises(ParameterError, match="holds no whole snapshot"):
        note(tmp_path / "empty", areas=["W1"])


def test_an_annotation_says_whether_it_touches_days():
    one = Annotation(kind="hold", text="x", start=dt.date(2025, 4, 10), end=dt.date(2025, 4, 20), role=ROLE, on=DAY)
    assert one.touches(dt.date(2025, 4, 20), dt.date(2025, 5, 1))
    assert not one.touches(dt.date(2025, 4, 21), dt.date(2025, 5, 1))
    assert not one.touches(dt.date(2025, 4, 1), dt.date(2025, 4, 9))


def test_the_commands_tell_what_the_store_holds(two):
    runner = CliRunner()
    code = str(
        open_store(two).history(str(sh.open_assessment(next(two.glob("[!.]*-*"))).table.index[0]))["area_code"].iloc[0]
    )
    typed = ["annotate", str(two), "--kind", "clear", "--text", "Patrols", "--role", ROLE, "--from", "2025-04-01"]
    made = runner.invoke(app, [*typed, "--area", code])
    assert made.exit_code == 0, made.output
    assert "Note 1 of store: clear, from 2025-04-01" in made.output
    listed = runner.invoke(app, ["history", str(two)])
    assert listed.exit_code == 0, listed.output
    assert listed.output.count("areas") == 2
    told = json.loads(runner.invoke(app, ["history", str(two), "--area", code, "--json"]).stdout)
    assert [row["annotations"] for row in told["rows"]] == ["1", "1"]
    assert told["annotations"][0]["start"] == "2025-04-01"
    spoken = runner.invoke(app, ["history", str(two), "--area", code])
    row = open_store(two).history(code).iloc[0]
    assert f"rank {row['rank']} of {row['ranked']}" in spoken.output
    shutil.rmtree(next(two.glob("[!.]*-*")) / "tables")
    assert runner.invoke(app, ["history", str(two)]).exit_code == 1


def test_each_ranking_is_read_once(two, monkeypatch):
    from socharm.rescoring import held

    read: list[str] = []
    plain = held.ranking_of
    monkeypatch.setattr(held, "ranking_of", lambda folder: read.append(folder.name) or plain(folder))
    opened = open_store(two)
    code = first_area(two)
    for told in (opened.list, lambda: opened.history(code), lambda: note(two, areas=[code])):
        read.clear()
        told()
        assert len(read) == len(set(read)) == 2


def test_a_dry_run_says_what_would_go_and_touches_nothing(two):
    store = open_store(two)
    older, newest = store.list().sort_values("made", kind="stable").index
    before = {path: path.read_bytes() for path in two.rglob("*") if path.is_file()}
    table = store.prune(keep=1)
    assert list(table.index) == [older]
    assert table["delete"].tolist() == [True]
    assert table["bytes"].iloc[0] == sum(len(held) for path, held in before.items() if older in path.parts)
    assert {path: path.read_bytes() for path in two.rglob("*") if path.is_file()} == before
    assert store.prune([str(newest)], keep=1)["delete"].tolist() == [True, True]
    assert store.prune(keep=2).empty


def test_what_is_not_cited_goes_by_explicit_command(two):
    store = open_store(two)
    older, newest = store.list().sort_values("made", kind="stable").index
    table = store.prune(keep=1, delete=True)
    assert table["delete"].tolist() == [True]
    assert list(store.list().index) == [newest]
    assert not (two / str(older)).exists()
    assert not list(two.glob(".tmp-*"))
    assert store.verify() == {}


@pytest.mark.parametrize("by", ["published", "comparisons", "note", "damage", "a damaged record"])
def test_what_is_cited_or_damaged_always_stays(two, by):
    store = open_store(two)
    older = str(store.list().sort_values("made", kind="stable").index[0])
    if by == "published":
        (two / "published" / f"{older}-r001").mkdir(parents=True)
    elif by == "comparisons":
        (two / "comparisons" / f"other--{older}--12345678").mkdir(parents=True)
    elif by == "note":
        note(two, text=f"Looked at with {older}")
    elif by == "damage":
        (two / older / "manifest.json").write_text("{")
    else:
        (two / "comparisons" / "mine").mkdir(parents=True)
        (two / "comparisons" / "mine" / "comparison.json").write_text(f'{{"earlier": "{older}", ')
    table = store.prune([older], keep=1, delete=True)
    assert not table.loc[older, "delete"]
    assert table.loc[older, "reason"].startswith("damaged" if by == "damage" else "cited by")
    assert (two / older).is_dir()


def test_prune_asks_for_what_it_needs(two):
    store = open_store(two)
    with pytest.raises(ParameterError, match="nothing is deleted by itself"):
        store.prune()
    with pytest.raises(ParameterError, match="'nothing', which the store does not hold"):
        store.prune(["nothing"])
    with pytest.raises(ParameterError, match="keep"):
        store.prune(keep=0)


def test_a_prune_that_is_stopped_leaves_nothing_that_is_believed(two, monkeypatch):
    from socharm.rescoring import pruning

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    older = str(open_store(two).list().sort_values("made", kind="stable").index[0])
    monkeypatch.setattr(pruning.shutil, "rmtree", stopped)
    with pytest.raises(KeyboardInterrupt):
        open_store(two).prune([older], delete=True)
    monkeypatch.undo()
    assert older not in open_store(two).list().index
    assert open_store(two).verify() == {}


def test_the_command_prunes_only_when_told(two):
    runner = CliRunner()
    older = str(open_store(two).list().sort_values("made", kind="stable").index[0])
    said = runner.invoke(app, ["prune", str(two), "--keep", "1"])
    assert said.exit_code == 0, said.output
    assert "would be deleted" in said.output
    assert "Nothing was deleted. 1 snapshot would be, with --delete." in said.output
    assert (two / older).is_dir()
    told = json.loads(runner.invoke(app, ["prune", str(two), "--snapshot", older, "--delete", "--json"]).stdout)
    assert [row["snapshot"] for row in told["rows"]] == [older]
    assert not (two / older).exists()
    assert "Nothing to delete." in runner.invoke(app, ["prune", str(two), "--keep", "1"]).output
    assert runner.invoke(app, ["prune", str(two)]).exit_code == 2


def test_a_store_that_cannot_be_written_is_read_and_not_written(two, monkeypatch):
    """As on a read-only disk: root may write everywhere, so that the answer of the system is changed instead."""
    from socharm.snapshot import store as doors

    code = first_area(two)
    plain = doors.os.access
    monkeypatch.setattr(doors.os, "access", lambda path, mode, **more: not mode & doors.os.W_OK and plain(path, mode))
    before = {path: path.read_bytes() for path in two.rglob("*") if path.is_file()}
    store = open_store(two)
    assert len(store.list()) == len(store.history(code)) == 2
    assert store.verify() == {}
    assert len(store.revisions().months)
    for write in (lambda: note(two), lambda: store.prune(keep=1, delete=True)):
        with pytest.raises(StoreError, match="cannot be written to"):
            write()
    assert {path: path.read_bytes() for path in two.rglob("*") if path.is_file()} == before


def test_a_full_disk_leaves_the_notes_as_they_were(two, monkeypatch):
    from socharm.files import atomic

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    note(two)
    before = (two / ANNOTATIONS).read_bytes()
    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        note(two, text="Second")
    monkeypatch.undo()
    assert (two / ANNOTATIONS).read_bytes() == before
    assert not list(two.glob(".tmp-*"))
    assert len(open_store(two).annotations()) == 1


def test_a_folder_without_snapshots_says_so(tmp_path):
    said = CliRunner().invoke(app, ["history", str(tmp_path)])
    assert said.exit_code == 0
    assert "holds no snapshot" in said.stdout
