"""Profiles of real places: Byker from Northumbria's months, Bradford Moor from the one month there is."""

from __future__ import annotations

import pandas as pd
import pytest
from worlds import NORTHUMBRIA, RECODED, WEST_YORKSHIRE, run

import socharm as sh

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*invalid rings.*:socharm.errors.DataWarning"),
]


def pages_of(path) -> list[str]:
    import pypdf

    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def test_byker(tmp_path, shared_data):
    """Fifth of 177 wards, 4th to 8th, as the run's own summary says; five pages, the method statement among them."""
    assessment = run(NORTHUMBRIA, tmp_path, shared_data)
    profile = sh.seed_profile("E05011439", assessment)
    assert profile.section("headline").lead.startswith(
        "Byker ranks 5th of 177 wards for harm per resident (90% interval: 4th to 8th)"
    )
    assert profile.section("harm").tables[2].rows[0][1:] == ("5th", "4th to 8th")
    facts = {row[0]: row[1:] for row in profile.section("headline").tables[0].rows}
    assert facts["Where"][0].startswith("11 of its 42 squares")
    assert facts["Anti-social behaviour"][0].startswith("2,027 incidents")
    assert profile.section("headline").points[0].startswith("Robbery: ")
    assert (
        "19 crimes, 9% of the harm here; 1.9 times its share of crimes in the force (1.1 to 2.9)."
        in (profile.section("headline").points[0])
    )
    squares = profile.section("harm").tables[1]
    assert squares.rows[0][1] == "NZ 268 648"
    profile.save(tmp_path / "byker.pdf")
    pages = pages_of(tmp_path / "byker.pdf")
    # The statement follows the plan; it begins no page of its own.
    assert [number for number, text in enumerate(pages, start=1) if "Method statement" in text] == [4]
    assert len(pages) <= 5
    assert all(text.count("OFFICIAL") >= 2 for text in pages)
    monument = sh.seed_profile("E05011453", assessment)
    assert monument.section("headline").lead.startswith(
        "Monument † ranks 1st of 177 wards for harm per resident, beyond"
    )
    assert "6.7 times its share of crimes in the force" in monument.section("headline").points[0]
    assert "Collingwood Street (114)" in monument.section("headline").points[0]
    assert not any("scrap yard" in item.text for item in (*profile.recommendations, *monument.recommendations))
    district = sh.seed_profile("Newcastle upon Tyne", assessment)
    assert "ranks 1st of 6 districts" in district.section("headline").lead


def test_bradford_moor(tmp_path, shared_data):
    """One month of categories: not in the top tenth, no trend, and what is not known is said."""
    listed = pd.read_csv(shared_data / "crime" / "june-2018" / "wards_not_covered_west_yorkshire.csv")
    uncovered = sorted(set(listed["ward21_code"]) - RECODED)
    assessment = run(WEST_YORKSHIRE, tmp_path, shared_data, uncovered=str(uncovered).replace("'", '"'))
    profile = sh.seed_profile("E05001346", assessment)
    assert profile.section("headline").lead.startswith("Bradford Moor ranks 33rd of 108 wards")
    assert "One month does not show a trend." in profile.section("harm").paragraphs
    gaps = [row[0] for row in profile.section("gaps").tables[0].rows]
    assert any(text.startswith("16 other wards have no rank") for text in gaps)
    assert any("Child sexual exploitation" in text for text in gaps)
    profile.save(tmp_path / "bradford-moor.pdf")
    assert len(pages_of(tmp_path / "bradford-moor.pdf")) <= 5
