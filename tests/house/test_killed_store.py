"""A store whose commands are killed at random moments: what was whole stays whole, and the next command works."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import write_world

from socharm.assessment.run import run_assessment
from socharm.cli.app import app
from socharm.publish.released import list_releases, verify_release
from socharm.rescoring import open_store

#: Moments at which commands are killed: `SOCHARM_KILLS=50` before a release, fewer in a suite that has little time.
MOMENTS = int(os.environ.get("SOCHARM_KILLS", "3"))
OFF = ("maps", "workbook", "geopackage", "heat", "clusters", "hotspots", "micro_places", "concentration")
#: What is typed, and its share of the moments: most where most is written.
COMMANDS = {
    "run": (("run", "{recipe}"), 0.32),
    "compare": (("compare", "{first}", "{second}"), 0.28),
    "annotate": (
        ("annotate", "{store}", "--kind", "note", "--text", "Patrols", "--role", "analyst", "--from", "2025-04-01"),
        0.16,
    ),
    "publish": (("publish", "{first}", "--role", "head of intelligence"), 0.24),
}


def a_world(folder: Path) -> dict[str, Path]:
    """A store with two half-years of twelve wards that can be compared, and the recipe of the second."""
    recipe = write_world(folder)
    recipe.write_text(recipe.read_text() + "\n[outputs]\n" + "".join(f"{name} = false\n" for name in OFF))
    first = run_assessment(recipe).path
    for path in sorted((folder / "police-uk").iterdir()):
        month = path.name.replace("2025", "2026")
        (folder / "later" / month).mkdir(parents=True)
        rows = pd.read_csv(next(path.glob("*.csv")), dtype=str).assign(Month=month)
        rows["Crime ID"] = rows["Crime ID"].map(lambda code: code if pd.isna(code) else code[::-1])
        rows.to_csv(folder / "later" / month / f"{month}-testshire-street.csv", index=False)
    second = folder / "second.toml"
    text = recipe.read_text().replace("police-uk", "later").replace("2025-0", "2026-0")
    second.write_text(text.replace('name = "small"', 'name = "later"'))
    return {"recipe": second, "store": first.parent, "first": first, "second": run_assessment(second).path}


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def whole(store: Path) -> dict[str, dict[str, str]]:
    """Snapshots, comparisons and releases under their final names, with the hashes of their files."""
    inside = [store, store / "comparisons", store / "published"]
    folders = [entry for folder in inside if folder.is_dir() for entry in folder.iterdir() if entry.is_dir()]
    return {
        str(entry.relative_to(store)): hashes(entry)
        for entry in folders
        if not entry.name.startswith(".") and entry.name not in ("comparisons", "published")
    }


def nothing_half(store: Path) -> None:
    """All that has a final name is whole."""
    assert open_store(store).verify() == {}
    for release in list_releases(store):
        assert verify_release(release) == []
    for comparison in (store / "comparisons").glob("[!.]*"):
        assert list(comparison.glob("*comparison.json"))


@pytest.mark.slow
def test_kills_at_random_moments_leave_a_store_that_works(tmp_path, monkeypatch):
    world = a_world(tmp_path)
    store, rng = world["store"], random.Random(20260401)
    environment = {**os.environ, "TMPDIR": str(tmp_path), "MPLBACKEND": "Agg"}
    for name, (command, share) in COMMANDS.items():
        typed = [sys.executable, "-m", "socharm", *(part.format(**world) for part in command)]
        begun = time.perf_counter()
        done = subprocess.run(typed, env=environment, capture_output=True, text=True)
        lasts = time.perf_counter() - begun
        assert done.returncode == 0, done.stderr
        for folder in (store / "comparisons").glob("[!.]*"):
            shutil.rmtree(folder)  # the same two are to be compared again
        for _ in range(max(1, round(share * MOMENTS))):
            before, notes = whole(store), open_store(store).annotations()
            process = subprocess.Popen(typed, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            # Imports take the first half of it, and write nothing.
            time.sleep(rng.uniform(0.4, 1.05) * lasts)
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            process.wait()
            nothing_half(store)
            after = whole(store)
            assert {key: after[key] for key in before} == before, name
            assert open_store(store).annotations().iloc[: len(notes)].equals(notes), name
            for folder in (store / "comparisons").glob("[!.]*"):
                shutil.rmtree(folder)
        # The name of a snapshot holds its second: one that was whole just before the kill would have the same.
        time.sleep(1.1)
        with monkeypatch.context() as patch:
            patch.setattr("tempfile.tempdir", str(tmp_path))
            made = CliRunner().invoke(app, typed[3:])
        assert made.exit_code == 0, (name, made.output)
        nothing_half(store)
    assert not [path.name for path in store.rglob("*") if path.name.startswith(".tmp-")]
