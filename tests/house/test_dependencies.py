"""What is installed is what `constraints.txt` says, and every library that users get has its licence named."""

from __future__ import annotations

import functools
import importlib.metadata
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

#: Tools of the installer itself, which a constraints file does not pin.
INSTALLERS = {"pip", "setuptools", "wheel", "socharm"}


def plain(name: str) -> str:
    """Name of a library as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, set[str]]:
    """Library to its versions; more than one where markers divide machines."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            required = Requirement(line)
            found.setdefault(plain(required.name), set()).update(spec.version for spec in required.specifier)
    return found


@functools.cache
def installed() -> dict[str, importlib.metadata.Distribution]:
    return {plain(found.metadata["Name"]): found for found in importlib.metadata.distributions()}


def closure(extras: set[str]) -> set[str]:
    """Every library that socharm installs here with these extras, itself left out."""
    here, seen, left = installed(), set[tuple[str, str]](), [("socharm", extra) for extra in ("", *extras)]
    while left:
        name, extra = left.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for text in (here[name].requires or []) if name in here else []:
            required = Requirement(text)
            if required.marker is None or required.marker.evaluate({"extra": extra}):
                left += [(plain(required.name), more) for more in ("", *required.extras)]
    return {name for name, _ in seen} - {"socharm"}


def differences(text: str, versions: dict[str, str]) -> list[str]:
    """Libraries that are not pinned, or installed in another version."""
    wanted = pinned(text)
    return [
        f"{name} {version}: constraints.txt has {sorted(wanted.get(name, {'nothing'}))}"
        for name, version in sorted(versions.items())
        if name not in INSTALLERS and version not in wanted.get(name, set())
    ]


def test_the_environment_is_the_one_of_the_constraints(repository: Path):
    needed = closure({"test"})
    versions = {name: found.version for name, found in installed().items() if name in needed}
    assert len(versions) > 100
    told = differences((repository / "constraints.txt").read_text(encoding="utf-8"), versions)
    assert not told, "install with `pip install -c constraints.txt -e '.[test]'`: " + "; ".join(told)


def test_a_difference_is_found():
    text = "numpy==2.0.0\n    # via pandas\npandas==3.0.0 ; python_version >= '3.11'\n"
    assert differences(text, {"numpy": "2.0.0", "pandas": "3.0.0", "pip": "1"}) == []
    assert differences(text, {"numpy": "2.0.1"}) == ["numpy 2.0.1: constraints.txt has ['2.0.0']"]
    assert differences(text, {"scipy": "1.0"}) == ["scipy 1.0: constraints.txt has ['nothing']"]


def test_every_library_that_users_get_has_its_licence_named(repository: Path):
    text = (repository / "THIRD_PARTY_LICENCES.md").read_text(encoding="utf-8")
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    named = {plain(row[0]): row[1] for row in rows}
    lacking = sorted(closure({"report", "dashboard"}) - named.keys())
    assert not lacking, f"THIRD_PARTY_LICENCES.md lacks {lacking}"
    assert all(named.values())


@pytest.mark.parametrize("name", ["certifi", "rasterio", "lxml"])
def test_libraries_that_come_along_are_found(name):
    assert name in closure({"report", "dashboard"})
