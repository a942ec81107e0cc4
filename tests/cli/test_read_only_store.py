"""A closed store on a disk that nothing can be written to, by the command line from end to end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from worlds import run_extract

#: Runs commands one after the other, and prints exit code and output of each.
RUN = """
import json, sys
from typer.testing import CliRunner
from socharm.cli.app import app
told = []
for arguments in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, arguments)
    told.append([done.exit_code, done.output])
print(json.dumps(told))
"""
#: The folder of the first argument becomes a read-only file system for the command behind it.
MOUNTED = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def under_read_only(store: Path, commands: list[list[str]]) -> list[tuple[int, str]]:
    unshare = shutil.which("unshare")
    if (
        unshare is None
        or subprocess.run(
            [unshare, "-rm", "sh", "-c", MOUNTED, str(store), "true"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this machine does not let a folder be made read-only: no user namespaces")
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", MOUNTED, str(store), sys.executable, "-c", RUN, json.dumps(commands)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [(code, output) for code, output in json.loads(done.stdout.strip().splitlines()[-1])]


@pytest.mark.slow
def test_a_closed_store_that_cannot_be_written_is_read_and_nothing_is_written(tmp_path):
    made = run_extract(tmp_path, level="ward")
    store, snapshot = made.path.parent, str(made.path)
    code = str(made.top(1).index[0])
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    out = tmp_path / "out"
    read = [
        ["history", str(store)],
        ["history", str(store), "--area", code],
        ["verify", snapshot],
        ["dashboard", snapshot, "--to", str(out)],
    ]
    write = [
        ["annotate", str(store), "--kind", "activity", "--text", "Patrols of the precinct", "--role",
         "local policing lead", "--from", "2025-05-01"],
        ["dashboard", snapshot],
        ["publish", snapshot, "--role", "head of intelligence"],
        ["rescore", str(tmp_path / "assessment.toml"), "--as-of", "2025-09-30", "--lag", "0"],
    ]  # fmt: skip
    told = under_read_only(store, read + write)
    for command, (exit_code, output) in zip(read, told, strict=False):
        assert exit_code == 0, (command, output)
    assert made.path.name in told[0][1]
    page = (out / "dashboard.html").read_text(encoding="utf-8")
    assert "INTERNAL" not in page  # in published form, by the secret that the store holds
    for command, (exit_code, output) in zip(write, told[len(read) :], strict=True):
        assert exit_code == 1, (command, output)
        assert any(words in output for words in ("cannot be written to", "Read-only file system")), (command, output)
        assert "Traceback" not in output
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
