"""One map in a notebook: what it says is what the printed map says, and nothing is fetched."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from assessed import drawn, make_assessment
from shapely.geometry import box

import socharm as sh
from socharm.dashboard import InteractiveMap, explore
from socharm.errors import AlignmentError, MissingExtraError, ParameterError, SchemaError
from socharm.maps import plot_choropleth
from socharm.maps.change_map import CHANGE_COLOURS, NOT_COMPARED, change_classes, change_finding
from socharm.maps.furniture import new_axes

CODES = [f"Z{i:02d}" for i in range(12)]
ABOUT = sh.About(
    period=sh.AssessmentPeriod("2025-04", "2025-09"), sources=("our own survey",), unit="days per resident per year"
)


@pytest.fixture(scope="module")
def ground() -> gpd.GeoDataFrame:
    shapes = [box(1_000 * (i % 4), 1_000 * (i // 4), 1_000 * (i % 4 + 1), 1_000 * (i // 4 + 1)) for i in range(12)]
    names = ["</script><b>Byker & Co</b>", *[f"Place {i}" for i in range(1, 12)]]
    parents = ["West" if i % 4 < 2 else "East" for i in range(12)]
    return gpd.GeoDataFrame(
        {"name": names, "parent": parents}, geometry=shapes, crs=27700, index=pd.Index(CODES, name="area_code")
    )


@pytest.fixture(scope="module")
def values() -> pd.DataFrame:
    table = pd.DataFrame({"rate_shrunk": np.arange(12.0) ** 2 + 0.5}, index=pd.Index(CODES, name="area_code"))
    table["rank"] = np.arange(12.0, 0.0, -1.0)
    table["rank_low_90"], table["rank_high_90"] = table["rank"] - 0.0, table["rank"] + 1.0
    table["reason"] = ""
    table.loc["Z03", ["rate_shrunk", "rank", "rank_low_90", "rank_high_90"]] = np.nan
    table.loc["Z03", "reason"] = "covered 2 of 6 months"
    return table


@pytest.fixture(scope="module")
def shown(ground: gpd.GeoDataFrame, values: pd.DataFrame) -> InteractiveMap:
    return explore(ground, values, about=ABOUT)


def payload(made: InteractiveMap) -> dict[str, Any]:
    text = re.search(r'<script type="application/json" id="payload">(.*?)</script>', made.html, re.DOTALL)
    assert text is not None
    held: dict[str, Any] = json.loads(text[1])
    return held


def legend(made: InteractiveMap) -> list[tuple[str, str]]:
    """Colour (blank of a hatch) and text of each line of the legend."""
    lines = re.findall(r'<li><span (?:style="background:(#\w+)"|class="gap")></span>(.*?)</li>', made.html)
    return [(colour, unescape(text)) for colour, text in lines]


def test_classes_title_and_gaps_are_those_of_the_printed_map(ground, values, shown):
    printed = plot_choropleth(ground, values, about=ABOUT, ax=new_axes())
    told = [text.get_text().replace("  ", "\N{EN SPACE}") for text in printed.get_legend().get_texts()]
    assert [text for _, text in legend(shown)] == told
    assert shown.title in "".join(
        text.get_text() for text in printed.get_figure().findobj(lambda a: hasattr(a, "get_text"))
    )
    assert legend(shown)[-1] == ("", "not covered\N{EN SPACE}(1)")
    colours = [colour for colour, _ in legend(shown)[:-1]]
    assert len({*colours}) == len(colours) == 5


def test_rank_one_is_the_darkest_and_stands_first(ground, values, shown):
    ranks = explore(ground, values, column="rank", about=ABOUT)
    assert [colour for colour, _ in legend(ranks)] == [colour for colour, _ in legend(shown)]
    assert legend(ranks)[0][1].startswith("1 to ")
    assert re.findall(r'<button data-place="(\d+)">', ranks.html)[:2] == ["11", "10"]
    printed = plot_choropleth(ground, values, column="rank", about=ABOUT, ax=new_axes()).get_legend()
    handles = [patch.get_facecolor() for patch in printed.get_patches()]
    assert printed.get_texts()[0].get_text().startswith("1 to ")
    assert sum(handles[0][:3]) < sum(handles[1][:3])


def test_the_pointer_tells_value_rank_and_why_there_is_none(shown):
    held = payload(shown)
    assert held["told"]["Harm rate"][1] == "1.5 days per resident per year"
    assert held["told"]["Rank"][2] == "10 (90% interval 10 to 11)"
    assert [held["told"][name][3] for name in ("Harm rate", "Rank")] == ["", ""]
    assert held["told"]["Not shown because"][3] == "covered 2 of 6 months"
    assert held["codes"] == CODES


def test_every_area_stands_once_in_the_list_the_highest_first(shown):
    places = [int(place) for place in re.findall(r'data-place="(\d+)"', shown.html)]
    assert places == [11, 10, 9, 8, 7, 6, 5, 4, 2, 1, 0, 3]


def test_names_are_text_wherever_they_stand(shown):
    assert "<b>Byker" not in shown.html
    assert "&lt;b&gt;Byker &amp; Co" in shown.html
    assert payload(shown)["names"][0] == "</script><b>Byker & Co</b>"


def test_marking_period_source_and_notes_stand_on_the_page(shown):
    assert shown.html.count('<p class="marking">OFFICIAL</p>') == 2
    assert "April 2025 to September 2025" in shown.html
    assert "Source: our own survey." in shown.html
    assert "the number of areas stands in brackets" in shown.html


def test_without_an_about_the_page_says_so(ground, values):
    made = explore(ground, values["rate_shrunk"])
    assert "Source and marking not stated." in made.html
    assert 'class="marking"' not in made.html


def test_the_same_twice_is_the_same_page(ground, values, shown):
    assert explore(ground, values, about=ABOUT).html == shown.html


def test_nothing_is_fetched(shown):
    assert "default-src 'none'" in shown.html
    assert not re.findall(
        r'(?:src|href)="(?!data:)[^"]*"', re.sub(r"<script>.*?</script>", "", shown.html, flags=re.DOTALL)
    )


def test_a_notebook_gets_a_frame_and_a_file_the_page(shown, tmp_path):
    framed = re.fullmatch(r'<iframe srcdoc="(.*?)" title=".*" style="[^"]*"></iframe>', shown._repr_html_(), re.DOTALL)
    assert framed is not None
    assert unescape(framed[1]) == shown.html
    assert shown.save(tmp_path / "map.html").read_text(encoding="utf-8") == shown.html
    with pytest.raises(ParameterError, match=r"`path` is 'map\.png'; .*end in \.html"):
        shown.save(tmp_path / "map.png")


def test_a_record_explores_itself_and_a_comparison_by_its_verdicts():
    crimes = drawn(8, 3, seed=3, level=25.0)
    later = crimes * np.where(np.arange(8) == 0, 3, 1)[:, None, None]
    sides = (make_assessment(crimes), make_assessment(later, start="2025-04"))
    comparison = sh.rescoring.compare(*sides, change_draws=300, worlds=200, first=3)
    codes = comparison.table.index
    shapes = [box(1_000 * i, 0, 1_000 * (i + 1), 1_000) for i in range(len(codes))]
    ground = gpd.GeoDataFrame({"name": codes}, geometry=shapes, crs=27700, index=codes)
    made = comparison.explore(ground)
    assert made.title == change_finding(comparison)
    sizes = change_classes(comparison).value_counts()
    words = {**dict.fromkeys(CHANGE_COLOURS, 0), **sizes.to_dict()}
    assert [text for _, text in legend(made)] == [f"{word}\N{EN SPACE}({words[word]:,})" for word in words]
    assert NOT_COMPARED not in CHANGE_COLOURS
    held = payload(made)["told"]
    assert set(held) == {"Verdict", "Underlying rate", "Beyond what was to be expected", "Rank before", "Rank now"}
    assert all("90% interval" in text for text in held["Underlying rate"])


def test_an_area_that_the_map_lacks_and_a_table_without_codes_are_told(ground, values):
    with pytest.raises(AlignmentError, match="not in `areas`"):
        explore(ground.iloc[:5], values)
    with pytest.raises(ParameterError, match="where area codes must stand"):
        explore(ground, values.reset_index(drop=True))
    with pytest.raises(SchemaError, match="rate"):
        explore(ground, values, column="rates")
    with pytest.raises(ParameterError, match="scheme"):
        explore(ground, values, scheme="thirds")


def test_one_area_and_areas_without_any_value(ground):
    one = explore(ground.iloc[[0]], pd.Series([3.0], index=CODES[:1], name="x"))
    assert [text for _, text in legend(one)] == ["3\N{EN SPACE}(1)"]
    none = explore(ground, pd.Series(np.nan, index=CODES, name="x"))
    assert [text for _, text in legend(none)] == ["no value\N{EN SPACE}(12)"]


def test_too_many_areas_are_refused_before_anything_is_drawn(ground):
    many = ground.iloc[np.zeros(8_001, dtype=int)].set_axis([f"A{i}" for i in range(8_001)])
    many.index.name = "area_code"
    with pytest.raises(ParameterError, match=r"8,001 areas, more than 8,000, which no notebook holds"):
        explore(many, pd.Series(1.0, index=many.index, name="x"))


def test_without_bokeh_the_command_is_told(ground, values, monkeypatch):
    monkeypatch.setattr("socharm.dashboard.plots.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\[dashboard\]"):
        explore(ground, values)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'socharm[test]'")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def test_in_a_frame_of_a_notebook_an_area_can_be_pointed_at_chosen_and_enlarged(browser, shown, tmp_path: Path):
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{shown._repr_html_()}", encoding="utf-8")
    tab = browser.new_page(viewport={"width": 1100, "height": 900})
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("request", lambda request: None if request.url == notebook.as_uri() else faults.append(request.url))
    tab.goto(notebook.as_uri())
    frame = tab.frames[-1]
    frame.wait_for_function("document.documentElement.dataset.ready === 'true'")
    area = frame.locator("#plot-explore").bounding_box()
    tab.mouse.move(area["x"] + area["width"] * 0.55, area["y"] + area["height"] * 0.5)
    frame.wait_for_function("document.getElementById('told').textContent.startsWith('Place 6, East (Z06)')")
    frame.locator("summary").click()
    frame.locator('button[data-place="3"]').click()
    assert frame.locator("#told").inner_text().split("\n") == [
        "Place 3, East (Z03)", "Not shown because: covered 2 of 6 months",
    ]  # fmt: skip
    wide = "(() => { const r = Bokeh.documents[0].get_model_by_name('explore').x_range; return r.end - r.start; })()"
    before = frame.evaluate(wide)
    frame.locator("#closer").click()
    assert frame.evaluate(wide) == pytest.approx(0.6 * before)
    frame.locator("#whole").click()
    assert frame.evaluate(wide) == pytest.approx(before)
    assert faults == []
    tab.close()
