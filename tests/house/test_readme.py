"""What the README says is true: its Python runs on the sample, and its commands exist."""

from __future__ import annotations

import re
import tomllib
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from PIL import Image

from socharm._packages import public_names

README = "README.md"
PICTURES = ("map", "intervals", "profile", "dashboard")


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


def test_pictures_of_the_first_page_are_small_and_told_in_words(repository):
    for page, folder in ((README, "docs/pictures"), ("docs/index.md", "pictures")):
        text = (repository / page).read_text(encoding="utf-8")
        shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)
        assert [path for _, path in shown] == [f"{folder}/{name}.png" for name in PICTURES]
        assert all(len(words.split()) >= 5 for words, _ in shown)
    files = sorted((repository / "docs" / "pictures").iterdir())
    assert [path.stem for path in files] == sorted(PICTURES)
    assert sum(path.stat().st_size for path in files) < 300_000
    assert all(not Image.open(path).text for path in files)  # nothing of the machine that made them


def test_figures_of_the_first_page_stand_on_the_pages_that_it_names(repository):
    told = " ".join((repository / README).read_text(encoding="utf-8").split())
    ranks = (repository / "docs/validation/ranks.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in ranks.split("\n\n")[2].splitlines()]
    held = {(row[0], row[1]): float(row[2].split()[0]) for row in rows if re.match(r"0\.\d{3}", row[2])}
    kind = ("Poisson", "over-dispersed, phi 1.6", "offence mix, CV 20%", "spatially correlated, across offences too")
    usual = [share for (truth, _), share in held.items() if truth in (*kind, "all of these together")]
    assert len(usual) == 10
    assert f"{100 * min(usual):.0f} to {100 * max(usual):.0f}% of the wards" in told
    assert f"alike in all wards, {100 * min(held.values()):.0f}%" in told
    order = (repository / "docs/validation/hold-out.md").read_text(encoding="utf-8")
    first = order[order.index("## Northumbria") :]
    for against, words in (("random", "times the harm of 20 drawn"), ("deprivation", "times that of the 20 most")):
        ratio = re.search(rf"\*\*{against}\*\*: more total harm \(([\d.]+) times", first)
        assert ratio is not None
        assert f"{float(ratio[1]):.1f} {words}" in told
    assert "**harm rate**: no clear difference in total harm" in first
    assert "**crime count**: less total harm" in first


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
