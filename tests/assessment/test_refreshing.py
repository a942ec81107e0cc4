"""Dashboard and profiles after the half-yearly job: made again where what is in them changed, and only there."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest

import socharm as sh
from socharm.assessment.refreshing import refresh_documents
from socharm.assessment.rescore import Rescored
from socharm.rescoring import open_store


@pytest.fixture(scope="module")
def rescored(finished, tmp_path_factory) -> Rescored:
    store = shutil.copytree(finished.path.parent, tmp_path_factory.mktemp("refreshed") / "store")
    return Rescored(sh.open_assessment(store / finished.path.name), None, None, new=True)


def documents(rescored: Rescored) -> dict[Path, bytes]:
    folder = rescored.assessment.path.parent / "profiles"
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_documents_are_made_once_and_again_where_something_changed(rescored):
    pytest.importorskip("bokeh")
    first = refresh_documents(rescored, profiles=1).written
    assert first[0].name == "dashboard.html"
    assert first[1].suffix == ".docx"
    before = documents(rescored)
    assert refresh_documents(rescored, profiles=1).written == []
    assert documents(rescored) == before
    # What people wrote is in the profile and in no dashboard of another day.
    text = next(path for path in before if path.suffix == ".toml")
    text.write_text(text.read_text().replace('status = "draft"', 'status = "draft"  # read again'))
    assert refresh_documents(rescored, profiles=1).written == [first[1]]
    open_store(rescored.assessment.path.parent).annotate(
        "activity", "Patrols of the precinct", role="local policing lead", start=dt.date(2025, 4, 1),
        on=dt.date(2026, 3, 2),
    )  # fmt: skip
    assert first[0] in refresh_documents(rescored).written
    assert refresh_documents(rescored).written == []
    first[0].unlink()  # what somebody removed is made again
    assert refresh_documents(rescored).written == [first[0]]


def test_what_lacks_its_library_is_told_and_the_rest_is_made(rescored, monkeypatch, tmp_path):
    store = shutil.copytree(
        rescored.assessment.path.parent, tmp_path / "store", ignore=shutil.ignore_patterns("profiles")
    )
    mine = Rescored(sh.open_assessment(store / rescored.assessment.path.name), None, None, new=True)
    for module in ("bokeh", "pypandoc"):
        monkeypatch.setitem(sys.modules, module, None)
    made = refresh_documents(mine, profiles=1)
    assert made.written == []
    assert [sentence.split(":")[0] for sentence in made.not_written] == ["dashboard", "profiles"]
    assert ["[dashboard]" in made.not_written[0], "[report]" in made.not_written[1]] == [True, True]
    monkeypatch.undo()
    pytest.importorskip("bokeh")
    assert [path.name for path in refresh_documents(mine).written] == ["dashboard.html"]


def test_a_page_without_boundaries_is_not_made(rescored):
    assessment = rescored.assessment
    bare = dataclasses.replace(
        assessment.recipe, outputs=dataclasses.replace(assessment.recipe.outputs, geopackage=False)
    )
    assert refresh_documents(Rescored(dataclasses.replace(assessment, recipe=bare), None, None, new=True)).written == []
