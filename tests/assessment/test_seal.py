"""Whatever is changed in a snapshot is found, and nothing is made of one that was changed."""

from __future__ import annotations

import copy
import datetime as dt
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from factories import resealed
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner
from worlds import write_world

import socharm as sh
from socharm.assessment.dashboard_page import write_snapshot_dashboard
from socharm.assessment.documents import ProfileOrder, write_plan, write_profiles
from socharm.cli.app import app
from socharm.errors import DataWarning, ParameterError, RefusedError, SocharmError, StoreError
from socharm.files.chain import chain_end, chained, read_chain, write_chain
from socharm.files.seal import SIGNING_KEY

NOW = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)
DAY = dt.date(2026, 1, 5)
WHY = {"role": "information asset owner", "reason": "all of it is public by now", "on": DAY}
CHANGE = {"before": "OFFICIAL-SENSITIVE", "after": "OFFICIAL", "role": "x", "reason": "y", "on": "2026-01-05"}
#: The smallest run: everything that a manifest can hold, and few files.
LIGHT = "\n[outputs]\nmaps = false\nheat = false\nhotspots = false\nclusters = false\nmicro_places = false\n"


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A small snapshot that is marked OFFICIAL-SENSITIVE."""
    recipe = write_world(tmp_path_factory.mktemp("sealed"))
    text = re.sub(r"\n\[(heat|outputs)\][^\[]*", "\n", recipe.read_text())
    recipe.write_text(text.replace("seed = 1", 'seed = 1\nmarking = "OFFICIAL-SENSITIVE"') + LIGHT)
    return sh.run_assessment(recipe).path


@pytest.fixture
def snapshot(made, tmp_path) -> Path:
    """A copy of it in a store of its own."""
    return Path(shutil.copytree(made, tmp_path / "store" / made.name))


@pytest.fixture(scope="module")
def own(made, tmp_path_factory) -> Path:
    """A copy that tests of the manifest write to and mend again."""
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("own") / made.name))


def manifest_of(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def write(manifest: object, folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def is_found(folder: Path) -> bool:
    """Whether verifying tells a problem; it may also stop, where the manifest cannot be read any more."""
    try:
        return not sh.verify_assessment(folder).ok
    except StoreError:
        return True


def is_refused(folder: Path) -> bool:
    try:
        sh.open_assessment(folder)
    except StoreError:
        return True
    return False


# each field of the manifest


def places(value: object, above: tuple = ()):
    """Every place of a manifest: each table and list, and each value in them."""
    if above:
        yield above
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*above, key))


def others(value: object) -> list[object]:
    """Other values of the same type where there is one, and of another type."""
    if isinstance(value, bool):
        return [not value, int(value), str(value).lower()]
    if isinstance(value, int):
        return [value + 1, float(value), str(value)]
    if isinstance(value, float):
        return [value + 0.25, int(value)]
    if isinstance(value, str):
        markings = {"OFFICIAL", "OFFICIAL-SENSITIVE"} - {value}
        return [
            f"{value}x",
            value.swapcase() if value.swapcase() != value else "x",
            *(markings if "OFF" in value else ()),
        ]
    if value is None:
        return ["", 0, False]
    if isinstance(value, list):
        return [[*value, "x"], value[1:] if value else [None]]
    return [{**value, "x": "x"}, dict(list(value.items())[1:]) if value else None]


def changed(manifest: dict, place: tuple, value: object, *, remove: bool = False) -> dict:
    result = copy.deepcopy(manifest)
    holder = result
    for key in place[:-1]:
        holder = holder[key]
    if remove:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return result


def value_at(manifest: dict, place: tuple) -> object:
    for key in place:
        manifest = manifest[key]
    return manifest


def test_each_field_of_a_manifest_is_covered(own):
    """Each of some 260 fields is changed in several ways and taken out: all are found, and nothing can be opened."""
    manifest = manifest_of(own)
    tried = found = refused = 0
    try:
        for place in places(manifest):
            tampered = [changed(manifest, place, other) for other in others(value_at(manifest, place))]
            for one in [*tampered, changed(manifest, place, None, remove=True)]:
                write(one, own)
                tried, found, refused = tried + 1, found + is_found(own), refused + is_refused(own)
    finally:
        write(manifest, own)
    assert tried > 600
    assert (found, refused) == (tried, tried)
    assert sh.verify_assessment(own).ok


@given(data=st.data())
def test_any_byte_of_a_manifest_is_covered(own, data):
    """Law: a file that differs in one byte, if only a blank, does not verify."""
    path = own / "manifest.json"
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != whole[at]))
    kind = data.draw(st.sampled_from(["replaced", "put in", "taken out"]))
    try:
        path.write_bytes(
            whole[:at] + (b"" if kind == "taken out" else bytes([byte])) + whole[at + (kind != "put in") :]
        )
        assert is_found(own)
    finally:
        path.write_bytes(whole)


def test_a_name_that_stands_twice_is_found(own):
    path = own / "manifest.json"
    whole = path.read_bytes()
    try:
        path.write_bytes(whole.replace(b'  "marking"', b'  "marking": "OFFICIAL",\n  "marking"', 1))
        assert sh.verify_assessment(own).problems == (
            "manifest.json: is not written as socharm writes it: blanks, order or a name that stands twice",
        )
    finally:
        path.write_bytes(whole)


# files, log, links, folders


def test_each_file_is_covered(own):
    """One byte of each output, each output away, each output replaced by a link to itself."""
    aside = own.parent / "aside"
    for name in manifest_of(own)["outputs"]:
        path = own / name
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert sh.verify_assessment(own).problems == (f"{name}: changed since it was made",)
        shutil.move(path, aside)
        assert sh.verify_assessment(own).problems == (f"{name}: missing",)
        aside.write_bytes(content)
        path.symlink_to(aside)
        assert f"{name}: is a link: does not belong to the snapshot" in sh.verify_assessment(own).problems
        assert is_refused(own)
        path.unlink()
        path.write_bytes(content)
    assert sh.verify_assessment(own).ok


def test_each_line_of_the_log_is_covered(own):
    path = own / "run.log"
    whole = path.read_bytes()
    lines = whole.split(b"\n")[:-1]
    assert len(lines) >= 10
    tampered = [b"", b"\n".join(lines), whole + b"\n", whole + b"one more\n", whole.replace(b"\n", b"\r\n")]
    for number, line in enumerate(lines):
        for other in (line[:-1], line + b" ", line.replace(b"0", b"1", 1), b"\xff" + line):
            tampered.append(b"\n".join([*lines[:number], other, *lines[number + 1 :]]) + b"\n")
        tampered.append(b"\n".join([*lines[:number], *lines[number + 1 :]]) + b"\n")
        tampered.append(b"\n".join([*lines[:number], line, *lines[number:]]) + b"\n")
    try:
        for content in tampered:
            if content != whole:
                path.write_bytes(content)
                assert any(problem.startswith("run.log") for problem in sh.verify_assessment(own).problems), content
                assert is_refused(own)
        path.unlink()
        assert sh.verify_assessment(own).problems == ("run.log: missing",)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize(
    ("add", "says"),
    [
        (lambda folder: (folder / "notes.txt").write_text("x"), "notes.txt: does not belong to the snapshot"),
        (lambda folder: (folder / ".hidden").write_text("x"), ".hidden: does not belong to the snapshot"),
        (
            lambda folder: (folder / "tables" / "manifest.json").write_text("{}"),
            "tables/manifest.json: does not belong",
        ),
        (lambda folder: (folder / "empty").mkdir(), "empty/: a folder that does not belong to the snapshot"),
        (lambda folder: (folder / "tables" / "d").mkdir(), "tables/d/: a folder that does not belong to the snapshot"),
        (lambda folder: (folder / "link").symlink_to(folder / "run.log"), "link: is a link: does not belong"),
        (lambda folder: (folder / "link").symlink_to(folder.parent), "link: is a link: does not belong"),
        (lambda folder: (folder / "tables" / "link").symlink_to("nowhere"), "tables/link: is a link: does not belong"),
        (lambda folder: os.mkfifo(folder / "pipe"), "pipe: is no ordinary file: does not belong to the snapshot"),
    ],
)
def test_whatever_is_added_is_found(snapshot, add, says):
    add(snapshot)
    (problem,) = sh.verify_assessment(snapshot).problems
    assert problem.startswith(says)
    with pytest.raises(StoreError, match="is not as it was made"):
        sh.open_assessment(snapshot)


def test_the_log_or_the_manifest_as_a_link_is_found(snapshot, tmp_path):
    for name in ("run.log", "manifest.json"):
        shutil.move(snapshot / name, tmp_path / name)
        (snapshot / name).symlink_to(tmp_path / name)
        assert any(problem.startswith(f"{name}: is a link") for problem in sh.verify_assessment(snapshot).problems)


# every reader


READERS = {
    "open": sh.open_assessment,
    "publish": lambda folder: sh.publish_snapshot(folder, role="analyst", created=NOW),
    "profile": lambda folder: write_profiles(folder, ProfileOrder(areas=["E05000002"], formats=["md"])),
    "internal profile": lambda folder: write_profiles(
        folder, ProfileOrder(areas=["E05000002"], formats=["md"], internal=True)
    ),
    "plan": lambda folder: write_plan(folder, area="E05000002", start=DAY),
    "dashboard": write_snapshot_dashboard,
    "lower": lambda folder: sh.assessment.lower_snapshot(folder, to="OFFICIAL", **WHY),
    "sign": lambda folder: sh.assessment.sign_store(folder.parent),
    "register": lambda folder: sh.publish.register_release(
        folder.parent,
        snapshot=folder.name,
        files={"ranking.xlsx": folder / "ranking.xlsx"},
        created=NOW,
        marking="OFFICIAL",
        role="analyst",
    ),
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("harm", ["marking", "disclosure", "table", "link", "log", "no hash"])
def test_nothing_is_made_of_a_snapshot_that_was_changed(snapshot, name, harm):
    manifest = manifest_of(snapshot)
    if harm == "marking":
        write({**manifest, "marking": "OFFICIAL"}, snapshot)
    elif harm == "disclosure":
        write({**manifest, "disclosure": {**manifest["disclosure"], "open_input": False}}, snapshot)
    elif harm == "table":
        shutil.copy(snapshot / "tables" / "cells.parquet", snapshot / "tables" / "counts.parquet")
    elif harm == "link":
        (snapshot / "tables" / "more").symlink_to(snapshot.parent)
    elif harm == "log":
        (snapshot / "run.log").write_text("OFFICIAL\n")
    else:
        del manifest["manifest_sha256"]
        write(manifest, snapshot)
    before = sorted(snapshot.parent.rglob("*"))
    with pytest.raises(StoreError, match=r"is not as it was made|carries no hash of itself"):
        READERS[name](snapshot)
    made = [path for path in sorted(snapshot.parent.rglob("*")) if path not in before and not path.name.startswith(".")]
    assert [path for path in made if path.is_file()] == []


def test_a_snapshot_without_the_hash_is_refused_with_the_remedy(snapshot):
    manifest = manifest_of(snapshot)
    del manifest["manifest_sha256"]
    write(manifest, snapshot)
    for act in (sh.open_assessment, sh.verify_assessment):
        with pytest.raises(StoreError, match=r"carries no hash of itself.*Run its recipe again"):
            act(snapshot)


def test_boundaries_are_those_that_were_verified(snapshot):
    opened = sh.open_assessment(snapshot)
    path = snapshot / "areas.gpkg"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(StoreError, match="was changed since the snapshot was opened"):
        opened.areas()


def test_a_link_to_a_snapshot_leads_to_its_own_store(snapshot, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "latest"
    link.symlink_to(snapshot)
    assert sh.open_assessment(link).path == snapshot.resolve()


# hashes computed again


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"marking": "OFFICIAL"}, "is marked 'OFFICIAL-SENSITIVE', and the manifest says that it was made as 'OFF"),
        ({"marking": "SECRET"}, "says that it was made as 'SECRET'"),
        ({"seed": 2}, "its seed is not that of its recipe"),
        ({"content_id": "0" * 64}, "its content id does not follow"),
        ({"changes": [CHANGE], "marking": "OFFICIAL"}, "run.log: does not record the changes"),
        ({"changes": [CHANGE]}, "its recorded changes end at 'OFFICIAL'"),
    ],
)
def test_a_forger_who_computes_the_hash_again_must_change_the_tables_and_the_log_too(snapshot, change, says):
    resealed({**manifest_of(snapshot), **change}, snapshot)
    problems = sh.verify_assessment(snapshot).problems
    assert any(says in problem for problem in problems), problems
    assert not any("own hash" in problem for problem in problems)


def test_without_a_key_a_warning_can_be_taken_away_and_with_one_it_cannot(snapshot):
    """What SECURITY.md says is not found, and what is."""
    manifest = manifest_of(snapshot)
    resealed({**manifest, "warnings": ["nothing is wrong"]}, snapshot)
    assert sh.verify_assessment(snapshot).ok
    resealed(manifest, snapshot)
    sh.assessment.sign_store(snapshot.parent)
    signed = manifest_of(snapshot)
    resealed({**signed, "warnings": ["nothing is wrong"]}, snapshot)
    assert "manifest.json: its signature is not that of the store's key" in sh.verify_assessment(snapshot).problems
    unsigned = {name: value for name, value in signed.items() if name != "signature"}
    resealed({**unsigned, "warnings": ["nothing is wrong"]}, snapshot)
    assert sh.verify_assessment(snapshot).problems == (
        f"manifest.json: is not signed, though the store has a key ({SIGNING_KEY})",
    )


# the key


def test_a_signed_store_signs_what_comes_after_and_tells_a_lost_or_another_key(snapshot, own):
    store = snapshot.parent
    fingerprint = sh.assessment.sign_store(store)
    assert sh.verify_assessment(snapshot).signed == fingerprint
    lowered = sh.assessment.lower_snapshot(snapshot, to="OFFICIAL", **WHY)
    assert manifest_of(lowered.path)["signature"]["key"] == fingerprint
    release = sh.publish_snapshot(snapshot, role="analyst", created=NOW)
    assert json.loads((release.path / "release.json").read_text())["signature"]["key"] == fingerprint
    with pytest.raises(StoreError, match="The store has a key"):
        sh.assessment.sign_store(store)
    key = (store / SIGNING_KEY).read_text()
    (store / SIGNING_KEY).write_text("0" * 64)
    assert "its signature is not that of the store's key" in sh.verify_assessment(snapshot).problems[0]
    with pytest.raises(StoreError, match="its signature is not that of the store's key"):
        sh.publish.read_release(store, release.id)
    (store / SIGNING_KEY).unlink()
    assert "the store has no key to check it" in sh.verify_assessment(snapshot).problems[0]
    (store / SIGNING_KEY).write_text("short")
    with pytest.raises(StoreError, match="is damaged"):
        sh.verify_assessment(snapshot)
    (store / SIGNING_KEY).write_text(key)
    assert sh.verify_assessment(snapshot).ok
    unsigned = Path(shutil.copytree(own, store / "other" / own.name))
    unsigned.rename(store / "unsigned")
    assert any("is not signed" in problem for problem in sh.verify_assessment(store / "unsigned").problems)


def test_earlier_snapshots_and_releases_are_signed_when_the_key_is_made(snapshot):
    release = sh.publish_snapshot(snapshot, role="analyst", created=NOW)
    sh.assessment.sign_store(snapshot.parent)
    assert sh.verify_assessment(snapshot).ok
    assert sh.publish.list_releases(snapshot.parent) == [release]
    assert (snapshot.parent / SIGNING_KEY).stat().st_mode & 0o077 == 0


def test_signing_that_was_broken_off_is_finished_by_the_next(snapshot, monkeypatch):
    release = sh.publish_snapshot(snapshot, role="analyst", created=NOW)

    def broken(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("socharm.assessment.signing.write_sealed", broken)
    with pytest.raises(KeyboardInterrupt):
        sh.assessment.sign_store(snapshot.parent)
    monkeypatch.undo()
    sh.assessment.sign_store(snapshot.parent)
    assert sh.verify_assessment(snapshot).ok
    assert sh.publish.list_releases(snapshot.parent) == [release]


# the recorded change


def test_a_recorded_change_is_the_way_down(snapshot):
    before = manifest_of(snapshot)
    lowered = sh.assessment.lower_snapshot(snapshot, to="OFFICIAL", **WHY)
    assert (lowered.about.marking, sh.open_assessment(snapshot).about.marking) == ("OFFICIAL", "OFFICIAL")
    assert sh.verify_assessment(snapshot).ok
    after = manifest_of(snapshot)
    told = {"before": "OFFICIAL-SENSITIVE", "after": "OFFICIAL", **{name: str(value) for name, value in WHY.items()}}
    assert after["changes"] == [told]
    assert after["outputs"] == before["outputs"]
    last = (snapshot / "run.log").read_text().splitlines()[-1]
    assert f"CHANGE {json.dumps(told, sort_keys=True, separators=(',', ':'))} #" in last
    release = sh.publish_snapshot(snapshot, role="analyst", created=NOW)
    assert release.marking == "OFFICIAL"
    assert list(release.changes) == [told]


def test_a_change_cannot_be_taken_back_altered_or_added(snapshot):
    first = manifest_of(snapshot)
    log = (snapshot / "run.log").read_bytes()
    sh.assessment.lower_snapshot(snapshot, to="OFFICIAL", **WHY)
    lowered = manifest_of(snapshot)
    (change,) = lowered["changes"]
    for other in ({"role": "somebody"}, {"reason": "no reason was given"}, {"on": "2026-01-06"}, {"after": "SECRET"}):
        resealed({**lowered, "changes": [{**change, **other}]}, snapshot)
        assert is_found(snapshot)
    resealed({**lowered, "changes": [change, change]}, snapshot)
    assert is_found(snapshot)
    resealed({**lowered, "changes": []}, snapshot)
    assert is_found(snapshot)
    resealed(lowered, snapshot)
    (snapshot / "run.log").write_bytes(log)
    assert sh.verify_assessment(snapshot).problems == ("run.log: 1 of 11 lines is missing",)
    resealed(first, snapshot)
    assert sh.verify_assessment(snapshot).ok


@pytest.mark.parametrize(
    ("kwargs", "error", "says"),
    [
        ({"to": "SECRET"}, ParameterError, "not below"),
        ({"to": "OFFICIAL-SENSITIVE"}, ParameterError, "not below"),
        ({"role": " "}, ParameterError, "`role` is blank"),
        ({"role": "Mr Smith"}, RefusedError, "looks like a person"),
        ({"reason": "no"}, ParameterError, "in a sentence why"),
        ({"on": "2026-01-05"}, ParameterError, "`on`"),
    ],
)
def test_a_change_needs_its_account(snapshot, kwargs, error, says):
    before = {path: path.read_bytes() for path in snapshot.rglob("*") if path.is_file()}
    with pytest.raises(error, match=says):
        sh.assessment.lower_snapshot(snapshot, **{"to": "OFFICIAL", **WHY, **kwargs})
    assert {path: path.read_bytes() for path in snapshot.rglob("*") if path.is_file()} == before


def test_a_reason_of_several_lines_stays_one_line(snapshot):
    sh.assessment.lower_snapshot(
        snapshot, to="OFFICIAL", role="owner", reason="all of it\nis public #0123 by now", on=DAY
    )
    assert sh.verify_assessment(snapshot).ok


def test_a_change_that_was_broken_off_is_told_and_made_once_more(snapshot, monkeypatch):
    def broken(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("socharm.assessment.changes.write_manifest", broken)
    with pytest.raises(KeyboardInterrupt):
        sh.assessment.lower_snapshot(snapshot, to="OFFICIAL", **WHY)
    monkeypatch.undo()
    assert sh.verify_assessment(snapshot).problems == ("run.log: 1 line more than the manifest tells of",)
    assert is_refused(snapshot)
    sh.assessment.lower_snapshot(snapshot, to="OFFICIAL", **WHY)
    assert sh.verify_assessment(snapshot).ok
    assert len(manifest_of(snapshot)["changes"]) == 1


def test_the_commands_lower_and_sign(snapshot):
    def ask(*arguments: object) -> str:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    key = json.loads(ask("sign", snapshot.parent, "--json"))["key"]
    assert key in ask("verify", snapshot)
    reason = ("--role", "information asset owner", "--reason", "all of it is public by now")
    told = json.loads(ask("lower", snapshot, "--to", "OFFICIAL", *reason, "--on", "2026-01-05", "--json"))
    assert (told["marking"], told["changes"][0]["on"]) == ("OFFICIAL", "2026-01-05")
    assert json.loads(ask("verify", snapshot, "--json"))["signed"] == key


# releases


def test_each_field_of_a_release_is_covered(snapshot):
    release = sh.publish_snapshot(snapshot, role="analyst", created=NOW, lower_to="OFFICIAL", reason=WHY["reason"])
    path = release.path / "release.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    tried = 0
    for place in places(record):
        for one in [changed(record, place, other) for other in others(value_at(record, place))]:
            path.write_text(json.dumps(one), encoding="utf-8")
            with pytest.raises(StoreError, match=r"damaged|was changed"):
                sh.publish.read_release(snapshot.parent, release.id)
            tried += 1
    assert tried > 100


def test_links_and_folders_in_a_release_are_found_and_stop_the_next(snapshot):
    release = sh.publish_snapshot(snapshot, role="analyst", created=NOW)
    assert sh.publish.verify_release(release) == []
    (release.path / "more").mkdir()
    (release.path / "link").symlink_to(snapshot)
    assert sh.publish.verify_release(release) == [
        "link: is a link: does not belong to the release",
        "more/: a folder that does not belong to the release",
    ]
    with pytest.raises(StoreError, match="is not as it was released"):
        sh.publish_snapshot(snapshot, role="analyst", created=NOW)


@pytest.mark.parametrize("settings", [None, {"small": 5, "columns": ["harm"]}])
def test_a_release_without_tables_is_told_and_blocks_nothing(snapshot, tmp_path, settings):
    (tmp_path / "note.txt").write_text("x")
    bare = sh.publish.register_release(
        snapshot.parent, snapshot=snapshot.name, files={"note.txt": tmp_path / "note.txt"}, created=NOW,
        marking="OFFICIAL-SENSITIVE", role="analyst", settings=settings,
    )  # fmt: skip
    with pytest.warns(DataWarning, match=f"1 earlier release holds no tables of an assessment, such as '{bare.id}'"):
        made = sh.publish_snapshot(snapshot, role="analyst", created=NOW)
    assert made.id.endswith("-r002")


# the chain


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=6)


@given(lines=texts)
def test_a_chain_reads_back_as_it_was_written(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("chain") / "run.log"
    made = chained(lines)
    write_chain(made, path)
    assert read_chain(path) == made
    assert chain_end(made)["lines"] == len(lines)


def test_every_error_is_of_the_family():
    assert issubclass(StoreError, SocharmError)
