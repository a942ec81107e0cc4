"""``socharm evaluate``: a protocol registered on a snapshot, run into a folder, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner

from socharm.assessment.evaluation_facts import read_facts
from socharm.cli.app import app

PROTOCOL = """
name = "Patrols"
site = ["E05000000"]
start = "2025-06"
seed = 1
placebos = 5
worlds = 200
factor = 10.0
rings = 1
methods = ["placebo sites", "displacement difference", "spillover rings"]

[[outcomes]]
name = "crimes"

[data]
snapshot = "store/latest"
"""


@pytest.fixture
def stated(finished) -> str:
    """The protocol on the small world's snapshot."""
    return PROTOCOL.replace("store/latest", finished.path.as_posix())


@pytest.fixture
def protocol(stated, tmp_path) -> Path:
    path = tmp_path / "protocol.toml"
    path.write_text(stated, encoding="utf-8")
    return path


def told(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    return result.exit_code, result.output


def test_a_protocol_is_registered_and_run_into_a_folder(protocol, tmp_path):
    code, text = told(protocol, "--register", "2025-05-31")
    assert (code, text.count("months after the start were already in hand")) == (0, 1)
    code, text = told(protocol, "--to", tmp_path / "out", "--tables-only")
    assert code == 0, text
    assert "Verdict: " in text
    assert "Registration: Registered on 31 May 2025" in text
    methods = pd.read_csv(tmp_path / "out" / "methods.csv", encoding="utf-8-sig")
    assert methods["marking"].eq("OFFICIAL").all()
    assert methods["method"].tolist() == ["placebo sites", "displacement difference", "spillover rings"]
    about = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert about["verdict"] == methods["verdict"].iloc[0]
    assert about["settings"]["start"] == "2025-06"
    assert {"methods.csv", "protocol.toml", "protocol.registration.json", "summary.txt"} <= about["files"].keys()
    assert (tmp_path / "out" / "protocol.toml").read_bytes() == protocol.read_bytes()
    assert told(protocol, "--to", tmp_path / "out")[0] == 1
    facts = read_facts(tmp_path / "out")
    assert (facts.name, facts.site, facts.boundary_year, facts.internal) == ("Patrols", ("E05000000",), 2025, False)
    assert facts.rings == {"ring 1": ("E05000001", "E05000004", "E05000005")}
    assert " ".join(facts.sentences.values()) == (tmp_path / "out" / "summary.txt").read_text(encoding="utf-8").strip()
    first = methods.iloc[0]
    assert (facts.row["verdict"], facts.row["change"]) == (first["verdict"], pytest.approx(first["change"]))
    assert (facts.row["registered"], facts.row["start"]) == ("yes", "2025-06")


def test_the_folder_has_report_and_pictures(protocol, tmp_path, monkeypatch):
    monkeypatch.setattr("socharm.assessment.comparison_folder.FORMATS", ("html",))
    code, text = told(protocol, "--to", tmp_path / "out", "--json")
    assert code == 0, text
    said = json.loads(text)
    assert said["verdict"] in ("fell", "rose", "cannot be told", "refused")
    assert said["sentences"]["registration"].startswith("Not registered")
    names = {path.name for path in (tmp_path / "out").rglob("*")}
    assert {"evaluation.html", "site.png", "placebo-fan.png"} <= names


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("store/latest", "nowhere", 2, "nowhere"),
        ("[data]\nsnapshot", "[data]\nsnapshots", 2, "Did you mean 'snapshot'"),
        ('[data]\nsnapshot = "store/latest"', "", 2, "names no data"),
        ('"store/latest"', "3", 2, "the path of a folder"),
        ("E05000000", "E05009999", 2, "same boundary year"),
        ('start = "2025-06"', 'start = "2025-05"', 3, "at least two are needed"),
        ("rings = 1", "ringz = 1", 2, "Did you mean 'rings'"),
    ],
)
def test_what_is_refused(protocol, finished, tmp_path, old, new, code, words):
    text = PROTOCOL.replace(old, new).replace("store/latest", finished.path.as_posix())
    protocol.write_text(text, encoding="utf-8")
    found = told(protocol, "--to", tmp_path / "out")
    assert found[0] == code, found
    assert words in found[1]
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(protocol, tmp_path):
    assert told(protocol, "--to", "")[1].startswith("Error: `to` names no folder.")
    (tmp_path / "file").touch()
    code, text = told(protocol, "--to", tmp_path / "file" / "out", "--tables-only")
    assert code == 1
    assert "Could not write 'out'" in text


def test_a_changed_protocol_is_refused_unless_it_is_allowed(protocol, stated, tmp_path):
    assert told(protocol, "--register", "2025-05-31")[0] == 0
    protocol.write_text(stated.replace("placebos = 5", "placebos = 6"), encoding="utf-8")
    code, text = told(protocol, "--to", tmp_path / "out", "--tables-only")
    assert code == 3
    assert "1 field changed (placebos)" in text
    assert "--allow-changes" in text
    code, text = told(protocol, "--to", tmp_path / "out", "--tables-only", "--allow-changes")
    assert code == 0, text
    assert "Since then: 1 field changed (placebos)." in text
    assert told(protocol, "--register", "2025-05-31")[0] == 1


def test_a_folder_that_could_not_be_written_is_told_before_the_snapshot_is_read(protocol, tmp_path, monkeypatch):
    monkeypatch.setattr("socharm.files.atomic.shutil.disk_usage", lambda folder: SimpleNamespace(free=100))
    monkeypatch.setattr("socharm.assessment.evaluation_folder.read_protocol", lambda path: pytest.fail("work was done"))
    code, text = told(protocol, "--to", tmp_path / "out")
    assert (code, "'out': the disk is full" in text) == (1, True), text
    assert not (tmp_path / "out").exists()
