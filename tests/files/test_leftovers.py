"""What killed processes left unfinished is removed by the next writer, and what running ones write never is."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from socharm.assessment.demo import write_demo
from socharm.errors import ParameterError, StoreError
from socharm.files.atomic import atomic_folder, atomic_write, scratch_folder
from socharm.files.leftovers import clean_leftovers, is_left_over, temporary_beside
from socharm.publish.secret import store_secret
from socharm.sample.load import load_sample

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def started(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def killed(script: str, *arguments: object, after: float | None = None) -> None:
    """Run a script and kill it: when it says that it is ready, or after some seconds."""
    process = started(script, *arguments)
    assert process.stdout is not None
    if after is None:
        assert process.stdout.readline().strip() == "ready"
    else:
        time.sleep(after)
    process.send_signal(KILL)
    process.wait()
    process.stdout.close()


WRITING = """
    import sys, time
    from pathlib import Path
    from socharm.files.atomic import atomic_folder, atomic_write
    folder = Path(sys.argv[1])
    with atomic_write(folder / "a.txt") as one, atomic_folder(folder / "b") as two:
        one.write_text("half")
        (two / "c").write_text("half")
        print("ready", flush=True)
        time.sleep(60)
"""


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path):
    killed(WRITING, tmp_path)
    assert len(names(tmp_path)) == 2
    assert all(name.startswith(".tmp-") for name in names(tmp_path))
    with atomic_write(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert names(tmp_path) == ["a.txt"]


def test_what_a_running_writer_has_begun_is_left_alone(tmp_path):
    process = started(WRITING, tmp_path)
    assert process.stdout is not None
    process.stdout.readline()
    begun = names(tmp_path)
    with atomic_write(tmp_path / "z.txt") as temporary:
        temporary.write_text("whole")
    with atomic_folder(tmp_path / "y") as folder:
        (folder / "c").write_text("whole")
    assert set(begun) <= set(names(tmp_path))
    process.send_signal(KILL)
    process.wait()
    process.stdout.close()
    assert len(clean_leftovers(tmp_path)) == 2
    assert names(tmp_path) == ["y", "z.txt"]


def test_the_rule_by_name_process_and_age(tmp_path):
    mine = temporary_beside(tmp_path / "a.csv")
    _, machine, process, begun, chance, *_ = mine.name.split("-")
    other = {
        "dead": f".tmp-{machine}-{2**22 + 7}-{begun}-{chance}-a.csv",
        "number used again": f".tmp-{machine}-{process}-1-{chance}-a.csv",
        "another machine": f".tmp-00000000-{process}-{begun}-{chance}-a.csv",
        "another machine, long ago": f".tmp-00000001-{process}-{begun}-{chance}-a.csv",
        "an earlier version's": ".tmp-0123456789ab-a.csv",
        "an earlier version's, long ago": ".tmp-0123456789ac-a.csv",
        "a person's": ".tmp-notes.txt",
    }
    for path in (mine, *(tmp_path / name for name in other.values())):
        path.write_text("half")
    for label in other:
        if "long ago" in label:
            os.utime(tmp_path / other[label], (1, 1))
    left = {label for label, name in other.items() if is_left_over(tmp_path / name)}
    known = {"dead", "another machine, long ago", "an earlier version's, long ago"}
    assert left - {"number used again"} == known
    assert ("number used again" in left) == Path("/proc/self/stat").exists()
    assert not is_left_over(mine)
    clean_leftovers(tmp_path)
    assert names(tmp_path) == sorted([mine.name, *(name for label, name in other.items() if label not in left)])


def test_a_link_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "a").write_text("a")
    machine = temporary_beside(tmp_path / "a").name.split("-")[1]
    (tmp_path / f".tmp-{machine}-{2**22 + 7}-1-01234567-a").symlink_to(precious)
    clean_leftovers(tmp_path)
    assert names(precious) == ["a"]


def test_a_long_name_keeps_its_extension(tmp_path):
    target = tmp_path / ("é" * 120 + ".geojson")
    with atomic_write(target) as temporary:
        assert temporary.suffix == ".geojson"
        temporary.write_text("whole")
    assert names(tmp_path) == [target.name]


def test_a_folder_is_never_replaced_unless_it_is_merged(tmp_path):
    with atomic_folder(tmp_path / "a") as folder:
        (folder / "one").write_text("1")
    with pytest.raises(StoreError, match="'a' is there already"), atomic_folder(tmp_path / "a"):
        pytest.fail("the block must not run")
    with atomic_folder(tmp_path / "a", merge=True) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "two").write_text("2")
        (folder / "one").write_text("new")
    assert names(tmp_path / "a") == ["deep", "one"]
    assert (tmp_path / "a" / "one").read_text() == "new"
    assert names(tmp_path) == ["a"]


def test_scratch_folders_of_killed_processes_go_with_the_next(tmp_path, monkeypatch):
    script = """
        import sys, time, tempfile
        tempfile.tempdir = sys.argv[1]
        from socharm.files.atomic import scratch_folder
        with scratch_folder() as folder:
            (folder / "a").write_text("half")
            print("ready", flush=True)
            time.sleep(60)
    """
    killed(script, tmp_path)
    assert len(names(tmp_path)) == 1
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch_folder() as folder:
        assert names(tmp_path) == [folder.name]
    assert names(tmp_path) == []


def test_a_killed_secret_is_removed_and_made_anew(tmp_path):
    script = """
        import sys, time, os
        from socharm.publish import secret
        def wait(path):
            print("ready", flush=True)
            time.sleep(60)
        os.fsync = wait
        secret.store_secret(sys.argv[1])
    """
    killed(script, tmp_path)
    folder = tmp_path / "published"
    assert any(name.startswith(".tmp-") for name in names(folder))
    secret = store_secret(tmp_path)
    assert names(folder) == [".register.lock", ".secret"]
    assert store_secret(tmp_path) == secret


DEMO = """
    import sys
    from socharm.assessment.demo import write_demo
    write_demo(sys.argv[1])
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A demo that nobody killed."""
    return write_demo(tmp_path_factory.mktemp("demo") / "whole").parent


@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_demo_leaves_nothing_that_the_next_believes(whole, tmp_path, seed):
    folder = tmp_path / "killed"
    killed(DEMO, folder, after=random.Random(seed).uniform(1.5, 4.0))
    write_demo(folder)
    listed = [json.loads((path / "input" / "files.json").read_text()) for path in (whole, folder)]
    assert listed[0] == listed[1]
    assert not [path for path in folder.rglob("*") if path.name.startswith(".tmp-")]


def test_a_demo_whose_input_is_not_whole_is_refused(whole, tmp_path):
    shutil.copytree(whole, tmp_path, dirs_exist_ok=True)
    recipe = tmp_path / "assessment.toml"
    assert write_demo(tmp_path) == recipe
    months = tmp_path / "input" / "police-uk"
    last = sorted(months.iterdir())[-1] / f"{sorted(months.iterdir())[-1].name}-calderwick-street.csv"
    content = last.read_bytes()
    last.write_bytes(content[: len(content) // 2])
    with pytest.raises(ParameterError, match=r"2025-09-calderwick-street\.csv: changed"):
        write_demo(tmp_path)
    last.unlink()
    with pytest.raises(ParameterError, match=r"2025-09-calderwick-street\.csv: missing"):
        write_demo(tmp_path)
    last.write_bytes(content)
    (tmp_path / "input" / "wards.gpkg-wal").write_text("left by a program that looked at the map")
    assert write_demo(tmp_path) == recipe
    (tmp_path / "input" / "files.json").unlink()
    with pytest.raises(ParameterError, match="missing or damaged"):
        write_demo(tmp_path)


def test_the_sample_is_written_whole_into_a_folder_that_is_there(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    load_sample().write(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert {"wards.gpkg", "police-uk", "lookup.csv"} <= set(names(tmp_path))
    assert not [name for name in names(tmp_path) if name.startswith(".tmp-")]
