"""The page on another country runs from files to dashboard, and no British word comes along."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from guide_lines import blocks, ran
from read_back import Said, page_texts, pictures
from typer.testing import CliRunner

import socharm as sh
from socharm.cli.app import app
from socharm.errors import AlignmentError, CRSError

PAGE = "docs/guides/your-own-country.md"
#: Publishers, countries and measures that a place abroad has none of, whatever they stand in.
NEVER = re.compile(
    r"\b(?:Britain|British|England|Wales|ONS|Office for National Statistics|police\.uk|LSOAs?|IMD|Home Office|Crown|"
    r"Ordnance Survey|EPSG:27700|sentence-days|Northumbria|[Ww]ards?)\b"
)
#: Units and bodies that a reader would take for the place's own.
NOT_READ = re.compile(r"\b(?:the force|[Dd]istricts?|UK|[Ww]ards?)\b")
#: Fewer draws than anybody would rank with: the words are tried here, not the ranks.
QUICKER = (
    "[ranking]\ndraws = 200\n[classes]\ndraws = 200\n[signals]\nsimulations = 100\n[hotspots]\npermutations = 99\n"
)
COLUMNS = {"date": "Date", "offence": "Primary Type", "easting": "X Coordinate", "northing": "Y Coordinate"}


@pytest.fixture(scope="module")
def city(repository, tmp_path_factory):
    """The folder in which the page was run, and what its pictures and its dashboard say."""
    folder = tmp_path_factory.mktemp("abroad")
    page = repository / PAGE
    with pytest.MonkeyPatch.context() as patch, pictures() as drawn:
        patch.chdir(folder)
        ran(blocks(page, "python"), page.name)
        Path("my-city/assessment.toml").write_text(blocks(page, "toml")[0] + QUICKER, encoding="utf-8")
        for line in blocks(page, "bash")[0].splitlines()[1:]:  # `run` reads all that `check` does
            done = CliRunner().invoke(app, shlex.split(line)[1:])
            assert done.exit_code == 0, done.output
    dashboard = next(folder.glob("my-city/store/profiles/*/dashboard.html")).read_text(encoding="utf-8")
    return folder / "my-city", drawn, dashboard


def told(said: list[Said], words: re.Pattern[str]) -> list[str]:
    return [f"{one.where}: {hit[0]!r} in {one.text!r}" for one in said for hit in words.finditer(one.text)]


def test_no_british_word_stands_on_pictures_and_dashboard(city):
    folder, drawn, dashboard = city
    written = {path.name for path in folder.glob("store/*/maps/*.png")}
    assert {"rate.png", "heat.png", "intervals.png"} <= written
    assert len(drawn) > 5 * len(written)  # the words of every picture were read, wherever it went
    seen = [*drawn, *page_texts(dashboard)]
    assert told(seen, NEVER) == []
    assert told([one for one in seen if one.text not in ("All districts", "District")], NOT_READ) == []
    assert told([Said("programs and their data", dashboard)], NEVER) == []
    assert any("Depot" in one.text for one in seen)
    assert any("weight units" in one.text for one in drawn)


def test_feet_to_work_in_are_refused_with_metres_that_suit(city):
    folder, *_ = city
    with pytest.raises(CRSError, match=r"in US survey foot, not in metres\. Work in 'EPSG:32616' \(UTM zone 16N\)"):
        sh.read_boundaries(folder / "communities.gpkg", code="area_number", crs="EPSG:3435")


def test_points_in_feet_are_converted_and_feet_read_as_metres_are_told(city):
    folder, *_ = city
    areas = sh.read_boundaries(folder / "communities.gpkg", code="area_number", crs="EPSG:26971")
    in_metres = sh.read_incidents(folder / "crimes.csv", columns=COLUMNS, crs="EPSG:26971", date_format="%m/%d/%Y")
    rows = feet_of(folder)
    in_feet = sh.read_incidents(rows, columns=COLUMNS, crs="EPSG:3435", date_format="%m/%d/%Y")
    counted = [sh.count_incidents(one, areas).table for one in (in_metres, in_feet)]
    assert counted[0].equals(counted[1])
    with pytest.raises(AlignmentError, match="They would if their coordinates were feet: EPSG:26971 is in metres"):
        sh.count_incidents(sh.read_incidents(rows, columns=COLUMNS, crs="EPSG:26971", date_format="%m/%d/%Y"), areas)
    with pytest.raises(CRSError, match=r"are read as EPSG:27700 cannot be brought to EPSG:26971.*read_incidents\(crs="):
        sh.count_incidents(sh.read_incidents(rows, columns=COLUMNS, date_format="%m/%d/%Y"), areas)


def feet_of(folder: Path) -> pd.DataFrame:
    """The city's crimes with their coordinates in US survey feet."""
    rows = pd.read_csv(folder / "crimes.csv")
    return rows.assign(**{name: rows[name] * 3937 / 1200 for name in ("X Coordinate", "Y Coordinate")})
