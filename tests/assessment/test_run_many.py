"""Many recipes at once: each as if it were run alone; what fails, dies or is named twice is told."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from socharm.assessment import cluster, run_worker
from socharm.assessment import run_many as public
from socharm.assessment.cluster import connect
from socharm.assessment.many_runs import ManyRuns, run_many
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.run import run_assessment
from socharm.cli.app import app
from socharm.errors import MissingExtraError, ParameterError

HERE = "socharm.assessment.many_runs"
OFF = ("maps", "workbook", "geopackage", "heat", "clusters", "hotspots", "micro_places", "concentration")


@pytest.fixture
def folder(own: Path) -> Path:
    """Two recipes that write into one store, one whose weights are not there, one that is no TOML, and no recipe."""
    text = (own / "assessment.toml").read_text() + "\n[outputs]\n" + "".join(f"{name} = false\n" for name in OFF)
    (own / "assessment.toml").unlink()
    for name in ("north", "south"):
        (own / f"{name}.toml").write_text(text.replace('name = "small"', f'name = "{name}"'))
    (own / "absent.toml").write_text(
        text.replace('name = "small"', 'name = "gone"').replace("population.csv", "no.csv")
    )
    (own / "broken.toml").write_text("[assessment\n")
    (own / "dictionary.toml").write_text('[harm]\nname = "Harm"\n')
    return own


def outputs(path: str | Path) -> dict[str, Any]:
    manifest = open_assessment(path).manifest
    return {name: manifest[name] for name in ("outputs", "content_id", "recipe", "warnings", "about", "inputs")}


def require_as_alone(found: ManyRuns, folder: Path) -> None:
    """Two are done, as if they had been run alone; two failed, each for its own reason."""
    assert found.table["status"].to_dict() == {
        "gone": "failed", "broken.toml": "failed", "north": "done", "south": "done",
    }  # fmt: skip
    assert "no.csv" in found.table.loc["gone", "error"]
    assert found.table.loc["broken.toml", "error"].startswith("SchemaError: 'broken.toml'")
    assert found.table["attempts"].to_dict() == {"gone": 1, "broken.toml": 0, "north": 1, "south": 1}
    assert (found.table.loc[["north", "south"], "seconds"] > 0).all()
    assert (found.table.loc[found.failed.index, "snapshot"] == "").all()
    snapshots = [Path(path) for path in found.table.loc[["north", "south"], "snapshot"]]
    assert snapshots[0].parent == snapshots[1].parent
    assert not [path.name for path in snapshots[0].parent.glob(".tmp-*")]
    assert outputs(snapshots[0]) == outputs(run_assessment(folder / "north.toml").path)


def test_processes_of_this_machine_give_what_runs_alone_give(folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    found = run_many(folder, workers=2, progress=lambda *step: told.append(step))
    require_as_alone(found, folder)
    assert {name for name, _, _ in told} == {"gone", "north", "south"}
    assert [of for _, _, of in told] == [4] * 3
    assert repr(found) == "<ManyRuns of 4 recipes: 2 done, 2 failed>"
    assert public is run_many


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_of_dask_gives_what_runs_alone_give(folder: Path, dask: Any) -> None:
    require_as_alone(run_many(folder, client=dask), folder)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_worker_of_dask_that_dies_is_told_and_tried_again(
    folder: Path, dask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{HERE}.run_one", lambda recipe: os._exit(1))
    row = run_many([folder / "north.toml"], client=dask, retries=1).table.loc["north"]
    assert (row["status"], row["attempts"]) == ("failed", 2)
    assert row["error"].startswith("The worker that ran it died (KilledWorker) in each of 2 attempts")


@pytest.mark.parametrize(("retries", "match"), [(0, "in each of 1 attempt;"), (2, "in each of 3 attempts;")])
def test_a_process_that_dies_is_told_and_tried_again_a_counted_number_of_times(
    folder: Path, monkeypatch: pytest.MonkeyPatch, retries: int, match: str
) -> None:
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", "import os; input(); os._exit(9)"))
    row = run_many([folder / "north.toml"], workers=1, retries=retries).table.loc["north"]
    assert (row["status"], row["attempts"], row["snapshot"]) == ("failed", retries + 1, "")
    assert f"The worker that ran it died (exit code 9) {match}" in row["error"]


def test_a_process_that_dies_once_does_its_recipe_at_the_second_attempt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = folder / "died"
    answer = json.dumps({"status": "done", "snapshot": "x", "error": "", "seconds": 1.0})
    program = (
        f"import os, pathlib\nfor _ in range(3):\n    input()\n    m = pathlib.Path({str(marker)!r})\n"
        f"    m.exists() or (m.touch(), os._exit(1))\n    print({answer!r}, flush=True)"
    )
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", program))
    table = run_many([folder / "north.toml", folder / "south.toml"], workers=1).table
    assert table["attempts"].to_dict() == {"north": 2, "south": 1}
    assert table["status"].tolist() == ["done", "done"]


def test_two_recipes_of_one_name_are_refused_before_anything_runs(folder: Path) -> None:
    (folder / "again").mkdir()
    (folder / "again/assessment.toml").write_text((folder / "north.toml").read_text())
    with pytest.raises(ParameterError, match=r"Two recipes have the name 'north': 'north.toml' in .* nothing was run"):
        run_many(folder)
    assert not (folder / "store").exists()


def test_two_recipes_that_cannot_be_read_are_told_by_their_paths_and_stop_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"status": "done", "snapshot": "x", "error": "", "seconds": 1.0})
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", f"input(); print({answer!r}, flush=True)"))
    broken = [folder / name / "assessment.toml" for name in ("one", "two")]
    for path in broken:
        path.parent.mkdir()
        path.write_text("[assessment\n")
    table = run_many([folder / "north.toml", *broken]).table
    assert table["status"].to_dict() == {"north": "done", **dict.fromkeys(map(str, broken), "failed")}


def test_an_interruption_ends_the_process_and_begins_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = folder / "begun", folder / "ended"
    program = (
        "import pathlib, signal, time\nfrom socharm.assessment.run_worker import _end\n"
        f"signal.signal(signal.SIGTERM, _end)\ninput()\npathlib.Path({str(begun)!r}).open('a').write('x')\n"
        f"try:\n    time.sleep(60)\nfinally:\n    pathlib.Path({str(ended)!r}).touch()"
    )
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", program))

    class Interrupted(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            deadline = time.monotonic() + 60
            while not begun.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            raise KeyboardInterrupt

    monkeypatch.setattr(f"{HERE}.threading", types.SimpleNamespace(**{**vars(threading), "Thread": Interrupted}))
    with pytest.raises(KeyboardInterrupt):
        run_many([folder / "north.toml", folder / "south.toml"], workers=1, retries=3)
    deadline = time.monotonic() + 60
    while not ended.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended.exists()
    assert begun.read_text() == "x"


@pytest.mark.parametrize(("client", "cause"), [(MemoryError, MemoryError), (lambda: time.sleep(5), TimeoutError)])
def test_an_address_where_something_else_answers_or_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, client: Callable[[], Any], cause: type[Exception]
) -> None:
    def fake(address: str, timeout: float) -> Any:
        found = client()
        if isinstance(found, Exception):
            raise found

    monkeypatch.setitem(sys.modules, "distributed", types.SimpleNamespace(Client=fake))
    monkeypatch.setattr(cluster, "_PATIENCE", 0.2)
    with pytest.raises(ParameterError, match=r"No cluster of Dask answers at 'tcp://x:8787'.* dashboard") as told:
        connect("tcp://x:8787")
    assert isinstance(told.value.__cause__, cause)


def test_a_folder_without_recipes_and_a_client_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="`recipes` holds no recipe"):
        run_many(tmp_path)
    with pytest.raises(
        ParameterError, match=r"`client` is 'tcp://x:8786'; it must be an object with `scheduler_info`, `submit`"
    ):
        run_many(tmp_path, client="tcp://x:8786")


def test_what_is_missing_for_a_cluster_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'socharm\[dask\]'"):
        connect("tcp://127.0.0.1:1")


def test_the_command_says_by_its_code_that_one_failed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"status": "done", "snapshot": "store/x", "error": "", "seconds": 1.0}
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", f"input(); print({json.dumps(answer)!r}, flush=True)"))
    good = CliRunner().invoke(app, ["run-many", str(folder / "north.toml"), "--workers", "1"])
    assert (good.exit_code, good.output.splitlines()[-1]) == (0, "1 recipe: 1 done, 0 failed")
    bad = CliRunner().invoke(app, ["run-many", str(folder / "north.toml"), str(folder / "broken.toml"), "--json"])
    rows = {row["recipe"]: row for row in json.loads(bad.output)["recipes"]}
    assert bad.exit_code == 1
    assert (rows["north"]["snapshot"], rows["broken.toml"]["status"]) == ("store/x", "failed")
    monkeypatch.setitem(sys.modules, "distributed", None)
    lacking = CliRunner().invoke(app, ["run-many", str(folder), "--dask", "tcp://127.0.0.1:1"])
    assert lacking.exit_code == 1
    assert "pip install 'socharm[dask]'" in lacking.output


def test_what_is_unforeseen_in_a_run_is_told_as_its_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(recipe: str) -> None:
        raise KeyError("Jane Smith")

    monkeypatch.setattr("socharm.assessment.run.run_assessment", fail)
    found = run_worker.run_one(str(folder / "north.toml"))
    assert found["status"] == "failed"
    assert "unforeseen went wrong (KeyError in test_run_many.py" in found["error"]
    assert "Jane" not in found["error"]
