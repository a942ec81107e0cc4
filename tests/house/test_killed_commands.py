"""Commands that are killed at any moment: what they leave is not believed, and the next one clears it away."""

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

import pytest
from typer.testing import CliRunner

from socharm.cli.app import app
from socharm.publish.released import list_releases, verify_release

#: Command to what it writes, and the seconds in which it is killed.
COMMANDS = {
    "profile": (("profile", "{snapshot}", "--top", "1", "--format", "docx,html,md", "--to", "{out}"), 5.0),
    "dashboard": (("dashboard", "{snapshot}", "--to", "{out}"), 4.0),
    "publish": (("publish", "{snapshot}", "--role", "head of intelligence"), 3.0),
    "init": (("init", "{out}/assessment.toml"), 0.6),
}


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.startswith((".tmp-", ".secret-"))]


#: Other moments where `SOCHARM_KILLS` asks for many: the suite has little time.
SEEDS = [1, 2, 3] if int(os.environ.get("SOCHARM_KILLS", "6")) > 6 else [1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_killed_command_leaves_nothing_that_is_believed(finished, tmp_path, monkeypatch, name, seed):
    store = tmp_path / "store"
    shutil.copytree(finished.path, store / finished.path.name)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command, longest = COMMANDS[name]
    rng = random.Random(f"{name} {seed}")
    out = tmp_path / "out"
    out.mkdir()
    typed = [part.format(snapshot=store / finished.path.name, out=out) for part in command]
    started = {"args": [sys.executable, "-m", "socharm", *typed], "env": {**os.environ, "TMPDIR": str(scratch)}}
    for _ in range(2):
        process = subprocess.Popen(**started, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.3, longest))
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
        if name == "init":
            (out / "assessment.toml").unlink(missing_ok=True)
    # The name of a snapshot holds its second: one that was whole just before the kill would have the same.
    time.sleep(1.1)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    done = CliRunner().invoke(app, typed)
    assert done.exit_code == 0, done.output
    assert left(out) == []
    assert left(scratch) == []
    assert left(store) == []
    for release in list_releases(store):
        assert verify_release(release) == []
    again = tmp_path / "again"
    again.mkdir()
    if name in ("profile", "dashboard"):
        whole = [part.format(snapshot=store / finished.path.name, out=again) for part in command]
        assert CliRunner().invoke(app, whole).exit_code == 0
        assert hashes(again) == hashes(out)
