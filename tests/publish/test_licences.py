"""The lines that licences ask for: by the sources that are named, in everything that shows the data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from dashboard_case import make_case

import socharm as sh
from socharm._about import About
from socharm.maps.sources import source_lines
from socharm.publish.licences import OGL, OS_DATA, licence_lines

POLICE = "police.uk street-level crime data"


@pytest.mark.parametrize(
    ("sources", "lines"),
    [
        ((POLICE,), [OGL]),
        ((POLICE, "ONS wards 2022"), [OGL, f"{OS_DATA} 2022."]),
        (("Office for National Statistics: boundaries of local authority districts",), [OGL, f"{OS_DATA} 2022."]),
        (("Ordnance Survey Boundary-Line",), [OGL, f"{OS_DATA} 2022."]),
        # figures for wards are no boundaries of them
        (("ONS mid-2020 population estimates by ward",), [OGL]),
        (("Office for National Statistics: Crime Severity Score weights, 2020 release",), [OGL]),
        # a name that says it itself is not said again
        ((f"Wards. {OS_DATA} 2022",), [OGL]),
        (("our own survey", "wards.gpkg"), []),
        ((), []),
    ],
)
def test_the_lines_are_those_of_the_sources(sources: tuple[str, ...], lines: list[str]) -> None:
    about = About(sources=sources, boundary_year=2022)
    assert licence_lines(about) == lines
    assert source_lines(about)[1:] == licence_lines(about)


def test_boundaries_of_no_stated_year_have_the_line_without_one() -> None:
    assert licence_lines(About(sources=("ONS wards",))) == [OGL, f"{OS_DATA}."]


def test_the_dashboard_and_its_table_carry_them(tmp_path: Path) -> None:
    case = make_case()
    about = dataclasses.replace(case.about, sources=(POLICE, "ONS wards 2022"), boundary_year=2022)
    sh.write_dashboard(tmp_path / "a.html", case.tables, case.areas, about=about, title="Harm")
    page = (tmp_path / "a.html").read_text()
    assert page.count(OGL) == 2  # the panel of sources, and the lines of the table that is taken away
