"""What the README says is true: its Python runs on the sample, and its commands exist."""

from __future__ import annotations

import re
import tomllib
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from socharm._packages import public_names

README = "README.md"


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_twenty_lines_run(repository, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = blocks(repository / README, "python")
    assert len(code) == 1
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(code[0], README, "exec"), names)
    assert len(names["ranking"].top(10)) >= 10
    assert len(plt.get_fignums()) == 3
    plt.close("all")


def test_the_twenty_lines_are_about_twenty(repository):
    code = blocks(repository / README, "python")[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 22


def test_commands_of_the_readme_exist(repository):
    text = (repository / README).read_text(encoding="utf-8")
    from socharm.cli.app import app

    known = {command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"`(?:python -m )?socharm (\w+)", text)) <= known
    targets = set(re.findall(r"^(\w+):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    made = set(re.findall(r"(?:^|`)make (\w+)(?:$|`)", text, re.MULTILINE))
    assert "demo" in made
    assert made <= targets


def test_files_of_the_readme_exist(repository):
    named = set(re.findall(r"`([\w/]+\.(?:md|txt|toml))`", (repository / README).read_text(encoding="utf-8")))
    assert {name for name in named - {"assessment.toml"} if not (repository / name).is_file()} == set()


def test_every_core_dependency_has_its_licence(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=!~\[; ]", line)[0] for line in project["dependencies"]}
    listed = re.findall(r"^\| ([\w-]+) \| (.+?) \|", (repository / "THIRD_PARTY_LICENCES.md").read_text(), re.MULTILINE)
    assert wanted - {name for name, _ in listed} == set()
    assert all(licence.strip() for _, licence in listed)


def test_every_core_dependency_has_a_version_that_was_tried(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=!~\[; ]", line)[0].lower() for line in project["dependencies"]}
    text = (repository / "constraints.txt").read_text(encoding="utf-8")
    assert wanted - set(re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE)) == set()
    assert not re.search(r"://|--index|--find-links|^-e|^/| @ ", text, re.MULTILINE)


def test_readers_of_the_sources_exist(repository):
    text = (repository / "data" / "README.md").read_text(encoding="utf-8")
    readers = set(re.findall(r"`((?:read|load|best|roll)_\w+)", text))
    assert readers
    assert readers <= set(public_names())


def test_the_changelog_says_which_numbers_change(repository):
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert "### Numbers that change" in version, version.splitlines()[0]
