"""The dashboard: one file, nothing fetched, nothing run that was not ours, and everything linked."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from dashboard_case import ABOUT, Case, make_case, wards
from factories import luminance
from hypothesis import given
from hypothesis import strategies as st

import socharm
import socharm as sh
from socharm._about import LACKS_ROWS
from socharm.dashboard.data import _same_areas, area_facts, make_panel
from socharm.dashboard.layers import make_layers, quantile_classes, series_classes, stated_layers
from socharm.dashboard.numbers import FEW, NumberRules, number_text, rounded
from socharm.dashboard.page import POLICY, script_json
from socharm.dashboard.shapes import page_outlines
from socharm.errors import AlignmentError, MissingExtraError, ParameterError, SchemaError
from socharm.maps.class_choice import classes_of

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror="window.ran=1">'
BREAKS = "a\u2028b</script><!--<script>$$x$$"


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


@pytest.fixture(scope="module")
def page(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dashboard") / "harm.html"
    write(path, case, plan=case.plan, title="Harm in Madeupshire")
    return path


def write(path: Path, case: Case, **options: Any) -> str:
    sh.write_dashboard(path, case.tables, case.areas, about=case.about, **options)
    return path.read_text(encoding="utf-8")


def payload(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    held: dict[str, Any] = json.loads(found[1])
    return held


def changed(case: Case, **tables: pd.DataFrame) -> Case:
    return dataclasses.replace(case, tables=case.tables.with_tables(**tables))


class Outline(HTMLParser):
    """Tags with their attributes, and the words of headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# the file


def test_the_page_fetches_nothing_and_says_so(page: Path) -> None:
    outline = Outline(page.read_text())
    policy = [meta["content"] for meta in outline.named("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == [POLICY]
    assert POLICY == (
        "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:"
    )
    assert not [tag for tag, attributes in outline.tags if "src" in attributes]
    assert outline.named("link") == []
    assert page.stat().st_size < 6e6


def test_structure_is_readable_without_sight(page: Path) -> None:
    outline = Outline(page.read_text())
    assert outline.named("html") == [{"lang": "en"}]
    headings = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert set(headings[1:]) == {2}
    labelled = {attributes["for"] for attributes in outline.named("label")}
    fields = {a["id"] for a in [*outline.named("select"), *outline.named("input")]}
    assert fields == {"layer", "group", "month", "district", "search", "only"} == labelled
    assert all(attributes.get("scope") in ("col", "row") for attributes in outline.named("th"))
    assert len(outline.named("caption")) == len(outline.named("table"))
    assert outline.named("a")[0] == {"class": "skip", "href": "#areas"}
    assert next(a for _, a in outline.tags if a.get("id") == "status")["aria-live"] == "polite"


def test_marking_period_and_sources_stand_on_the_page(page: Path) -> None:
    text = page.read_text()
    assert text.count('<p class="marking">OFFICIAL-SENSITIVE</p>') == 2
    assert '@top-center{content:"OFFICIAL-SENSITIVE"}' in text
    assert '@bottom-center{content:"OFFICIAL-SENSITIVE"}' in text
    assert "April 2025 to June 2025" in text
    assert "Made-up police" in text
    assert "How sure is this?" in text


def test_every_rank_has_its_interval_beside_it(page: Path, case: Case) -> None:
    rows = re.findall(r'<tr data-i="\d+"><td class="number">(.*?)</td><td class="number">(.*?)<', page.read_text())
    assert len(rows) == len(case.areas)
    assert rows[0] == ("1", "1 to 4")
    assert rows[-1] == ("no rank", "not known")
    assert all(re.fullmatch(r"\d+ to \d+", interval) for rank, interval in rows if rank != "no rank")


def test_the_same_inputs_give_the_same_bytes(case: Case, page: Path, tmp_path: Path) -> None:
    again = write(tmp_path / "again.html", case, plan=case.plan, title="Harm in Madeupshire")
    assert again == page.read_text()
    assert not re.search(r'"id":"p\d{4}', again)


# bad input


def test_a_missing_extra_names_the_command(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bokeh", None)
    with pytest.raises(MissingExtraError, match=r"\.\[dashboard\]"):
        write(tmp_path / "a.html", case)
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_told(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    with pytest.raises(AlignmentError, match=r"1 area of `tables\.areas` is not in `areas`"):
        sh.write_dashboard(path, case.tables, case.areas.iloc[:-1], about=ABOUT)
    with pytest.raises(ParameterError, match=r"`layer` is 'harms'.*Did you mean 'harm'"):
        write(path, case, layer="harms")
    with pytest.raises(ParameterError, match="holds no area"):
        write(path, changed(case, areas=case.tables["areas"].iloc[:0]))
    with pytest.raises(ParameterError, match=r"End the name in '\.html'"):
        write(tmp_path / "a.pdf", case)
    with pytest.raises(ParameterError, match="`tables` is a DataFrame"):
        sh.write_dashboard(path, case.tables["areas"], case.areas, about=ABOUT)
    with pytest.raises(SchemaError, match="`plan` lacks the columns"):
        write(path, case, plan=case.plan.drop(columns="phase"))
    with pytest.raises(AlignmentError, match="1 area of `plan` is not in the assessment"):
        write(path, case, plan=case.plan.assign(area_code="E99"))
    with pytest.raises(SchemaError, match="lacks the columns"):
        write(path, changed(case, ranking=case.tables["ranking"].drop(columns="rank_low_90")))
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_little_in_it_still_makes_a_page(case: Case, tmp_path: Path) -> None:
    nothing = pd.DataFrame()
    names = "by_period by_group cells hotspots heat_cells top_k indicators indicator_dictionary overlay coverage"
    text = write(tmp_path / "a.html", changed(case, **dict.fromkeys(names.split(), nothing)))
    held = payload(text)
    assert [layer["key"] for layer in held["layers"]] == ["rate", "harm"]
    assert held["months"] == []
    assert 'id="month"' not in text
    assert "Which areas and months the sources cover is not known" in text
    assert "holds no indicators of partners" in text


# numbers


def test_small_numbers_are_withheld_from_the_file(case: Case, page: Path) -> None:
    held = payload(page.read_text())
    last = held["codes"].index(case.areas.index[-1])
    assert held["whole"]["all"]["crimes"][last] == FEW
    assert held["whole"]["all"]["rate"][last] == FEW
    assert held["monthly"]["all"]["harm"][last][:2] == [FEW, 0]
    layers = {layer["key"]: layer["values"] for layer in held["layers"]}
    assert layers["residual"][last] == FEW
    assert isinstance(layers["deprivation"][last], float)
    crimes = [n for group in held["monthly"].values() for row in group["crimes"] for n in row]
    assert not {1, 2, 3, 4} & set(crimes)
    assert FEW in crimes
    assert re.search(rf'data-i="{last}">.*?<td class="number crimes">1 to 4</td>', page.read_text())


def test_open_and_internal_input_shows_every_number(case: Case, tmp_path: Path) -> None:
    last = case.areas.index[-1]
    for options in ({"open_input": True}, {"published": False}):
        text = write(tmp_path / "a.html", case, **options)
        held = payload(text)
        assert held["whole"]["all"]["crimes"][held["codes"].index(last)] == 3
        assert ("This page is internal" in text) == ("published" in options)
        assert FEW not in json.dumps(held["monthly"])


def test_a_month_that_was_not_covered_is_not_known_and_never_zero(case: Case, page: Path) -> None:
    held = payload(page.read_text())
    dark = held["codes"].index(case.areas.index[-2])
    for group in held["monthly"].values():
        assert group["harm"][dark][2] is None
        assert group["crimes"][dark][2] is None
    assert "Months not covered" in page.read_text()


def test_months_that_lack_rows_are_not_said_to_be_covered(case: Case, tmp_path: Path) -> None:
    whole = changed(case, coverage=case.tables["coverage"].assign(covered=True))
    plain = "The sources cover every area in every month"
    assert plain in write(tmp_path / "whole.html", whole)
    note = f"2 areas have no crime, or far less than is likely, in May 2025: {LACKS_ROWS}."
    cut = dataclasses.replace(whole, about=dataclasses.replace(case.about, coverage=note))
    text = write(tmp_path / "cut.html", cut)
    assert plain not in text
    assert note in text
    assert "in some, rows seem to be missing, as is said above" in text


def test_months_and_districts_are_sums_of_what_was_counted(case: Case) -> None:
    facts = area_facts(case.tables)
    panel = make_panel(case.tables, facts)
    cells = case.tables["cells"]
    mine = cells[(cells["area_code"] == facts.index[0]) & cells["offence"].isin(["burglary", "shoplifting"])]
    assert panel.monthly["acquisitive"]["crimes"][0].tolist() == mine.groupby("period")["n"].sum().tolist()
    # The last district lost an area in the last month: a line of it compares the same areas, so that month is left out.
    district = panel.parents.index("District 3")
    rows = case.tables["by_period"].merge(case.tables["areas"], left_on="area_code", right_index=True)
    sums = rows[rows["parent"] == "District 3"].groupby("period")[["harm", "exposure"]].sum()
    expected = (sums["harm"] / sums["exposure"]).to_numpy()[:2]
    assert panel.districts["all"]["rate"][district] == pytest.approx([*expected, np.nan], nan_ok=True)
    assert panel.counted["all"][district] == 3


@pytest.mark.parametrize(
    ("known", "areas", "months"),
    [
        (["111", "111"], "11", "111"),
        (["111", "110"], "11", "110"),  # all areas for two months keep more than one area for three
        (["1111", "1111", "1000"], "110", "1111"),  # one area that is hardly known does not take the others' months
        (["000", "111"], "01", "111"),
        (["101", "101"], "11", "101"),
        (["10", "01"], "11", "00"),  # no month in common: nothing to compare
        (["00", "00"], "00", "00"),
    ],
)
def test_a_line_of_a_district_is_of_the_same_areas_in_every_month(known: list[str], areas: str, months: str) -> None:
    kept = _same_areas(np.array([[letter == "1" for letter in row] for row in known]))
    both = (np.array([letter == "1" for letter in text]) for text in (areas, months))
    if "1" in areas and "1" in months:
        assert [part.tolist() for part in kept] == [part.tolist() for part in both]
    else:
        assert int(kept[0].sum()) * int(kept[1].sum()) == 0


def test_months_have_the_class_of_the_value_before_it_is_rounded(case: Case) -> None:
    panel = make_panel(case.tables, area_facts(case.tables))
    moved = dataclasses.replace(panel, monthly={**panel.monthly, "all": {**panel.monthly["all"]}})
    rates = 16.39 + np.random.default_rng(5).gamma(2, 0.01, panel.monthly["all"]["rate"].shape)
    moved.monthly["all"]["rate"] = rates
    lists = moved.as_lists(NumberRules(protect=False))
    found = series_classes(moved, lists)["rate"]["all"]["month"]
    shown = np.array([isinstance(value, int | float) for row in lists["monthly"]["all"]["rate"] for value in row])
    printed = classes_of(rates.ravel()[shown], scheme="quantiles", k=5)
    assert np.array(found["members"])[shown].tolist() == printed.number(rates.ravel()[shown]).tolist()
    rounded_ones = classes_of(np.round(rates.ravel()[shown], 2), scheme="quantiles", k=5)
    assert rounded_ones.number(np.round(rates.ravel()[shown], 2)).tolist() != np.array(found["members"])[shown].tolist()


def test_people_and_ground_that_part_are_drawn_twice() -> None:
    """Forty small areas in a corner of a moor of four: the corner is enlarged; a plain grid needs nothing."""
    moor = [shapely.box(0, 0, 50_000, 100_000), shapely.box(50_000, 10_000, 100_000, 100_000)]
    town = [
        shapely.box(50_000 + 5_000 * i, 2_000 * j, 55_000 + 5_000 * i, 2_000 * (j + 1))
        for i in range(10)
        for j in range(5)
    ]
    areas = gpd.GeoDataFrame(geometry=[*moor, *town], crs=27700)
    west, south, east, north = page_outlines(areas).enlarged or (0, 0, 0, 0)
    assert 45_000 <= west < east <= 100_000
    assert 0 <= south < north <= 15_000
    assert page_outlines(wards(40)).enlarged is None


def test_a_fact_of_the_statement_is_told_once(case: Case, tmp_path: Path) -> None:
    said = [("Sources", "Made-up police. Marking: OFFICIAL-SENSITIVE.")]
    body = write(tmp_path / "a.html", case, statement=said).split('id="about"')[1].split("</section>")[0]
    assert body.count("<dt>Sources</dt>") == 1
    assert body.count("Made-up police") == 1
    assert body.count("OFFICIAL-SENSITIVE") == 1


def test_classes_are_the_same_in_every_month(page: Path) -> None:
    classes = payload(page.read_text())["classes"]["rate"]["all"]
    assert set(classes) == {"whole", "month"}
    assert len(classes["month"]["labels"]) == len(classes["month"]["colours"]) == len(classes["month"]["bounds"]) + 1


def test_colours_of_classes_get_darker(case: Case) -> None:
    shades = quantile_classes(np.arange(30.0).tolist(), "harm").colours
    light = [luminance(colour) for colour in shades]
    assert light == sorted(light, reverse=True)
    assert len(shades) == 5


def test_layers_are_those_that_the_tables_hold(case: Case) -> None:
    facts = area_facts(case.tables)
    layers = make_layers(
        stated_layers(case.tables, ABOUT), make_panel(case.tables, facts), codes=facts.index,
        rules=NumberRules(protect=True), plan=case.plan,
    )  # fmt: skip
    keys = "rate harm residual deprivation hotspots heat top:5 indicator:fuel activity".split()
    assert [layer.key for layer in layers] == keys
    values = dict(zip(facts.index, layers[-1].values, strict=True))
    assert values[case.areas.index[0]] == "Hold"  # what was to be cleared is done
    assert values[case.areas.index[1]] is None


@given(counts=st.lists(st.integers(0, 30), min_size=1), protect=st.booleans())
def test_a_count_from_one_to_four_is_shown_only_if_open(counts: list[int], protect: bool) -> None:
    shown = NumberRules(protect=protect).counts(np.array(counts, dtype=float))
    for n, text in zip(counts, shown, strict=True):
        assert text == (FEW if protect and 1 <= n <= 4 else n)


@given(value=st.floats(-1e9, 1e9), figures=st.integers(1, 6))
def test_rounding_keeps_the_figures(value: float, figures: int) -> None:
    short = rounded(value, figures)
    assert abs(short - value) <= 0.5000001 * 10.0 ** (1 - figures) * abs(value) + 1e-300


def test_numbers_in_words() -> None:
    assert number_text(float("nan")) == "not known"
    assert number_text(-0.5) == "\N{MINUS SIGN}0.5"
    assert number_text(FEW) == "withheld"


# outlines


def test_neighbours_still_touch_after_simplification() -> None:
    areas = wards(30, detail_m=60.0)
    outlines = page_outlines(areas)
    shapes = [
        shapely.Polygon(np.column_stack([xs[0][0], ys[0][0]]).astype(float))
        for xs, ys in zip(outlines.xs, outlines.ys, strict=True)
    ]
    points = sum(len(ring) for parts in outlines.xs for part in parts for ring in part)
    assert points < 0.7 * areas.geometry.count_coordinates().sum()
    assert shapely.coverage_is_valid(shapes)
    alone = areas.geometry.simplify(outlines.tolerance_m).to_numpy()
    assert not shapely.coverage_is_valid(alone)  # one by one they would gap
    whole = shapely.union_all(areas.geometry.to_numpy())
    assert shapely.union_all(shapes).area == pytest.approx(whole.area, rel=2e-3)


def test_holes_and_islands_are_kept() -> None:
    hole = shapely.box(0, 0, 9_000, 9_000).difference(shapely.box(3_000, 3_000, 6_000, 6_000))
    apart = shapely.MultiPolygon([shapely.box(3_000, 3_000, 6_000, 6_000), shapely.box(10_000, 0, 11_000, 1_000)])
    index = pd.Index(["A", "B"], name="area_code")
    outlines = page_outlines(gpd.GeoDataFrame({"name": ["A", "B"]}, geometry=[hole, apart], index=index, crs=27700))
    assert [len(part) for part in outlines.xs[0]] == [2]
    assert [len(part) for part in outlines.xs[1]] == [1, 1]


# words that want to be programs


@pytest.fixture(scope="module")
def hostile(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = case.tables["areas"]["name"].tolist()
    names[:3] = [SCRIPT, IMAGE, BREAKS]
    tables = case.tables.with_tables(
        areas=case.tables["areas"].assign(name=names, parent=[f"D{IMAGE}"] * 6 + ["E"] * 6),
        indicator_dictionary=case.tables["indicator_dictionary"].assign(name=SCRIPT, provider=IMAGE, unit=BREAKS),
        ranking=case.tables["ranking"].assign(reason=SCRIPT),
    )
    plan = case.plan.assign(action=SCRIPT + IMAGE, owner=BREAKS)
    about = dataclasses.replace(ABOUT, sources=(SCRIPT, IMAGE), unit=f"days{SCRIPT} per head", coverage=IMAGE)
    path = tmp_path_factory.mktemp("hostile") / "harm.html"
    sh.write_dashboard(
        path, tables, case.areas, about=about, plan=plan, statement=[(SCRIPT, IMAGE)], title=BREAKS, open_input=True
    )
    return path


def test_words_of_people_are_no_markup(hostile: Path) -> None:
    text = hostile.read_text()
    outline = Outline(text)
    assert len(outline.named("script")) == 4
    assert outline.named("img") == []
    assert "<script>alert(1)" not in text
    assert "\u2028" not in payload_text(text)


def payload_text(text: str) -> str:
    return text[text.index('id="payload"') : text.index('id="plots"')]


@given(text=st.text())
def test_json_in_a_script_is_whole_and_harmless(text: str) -> None:
    safe = script_json({"a": text})
    assert json.loads(safe) == {"a": text}
    assert safe.isascii()
    assert not set("<>&") & set(safe)


# in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'socharm[test]'")
    with api.sync_playwright() as play:
        made = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield made
        made.close()


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
    """The page when it is ready, and what it complained of or asked for."""
    tab = browser.new_page(viewport={"width": 1400, "height": 1000}, **options)
    heard: list[str] = []
    tab.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.on("dialog", lambda dialog: heard.append("a dialog opened"))
    tab.on("request", lambda request: None if request.url == path.as_uri() else heard.append(request.url))
    tab.goto(path.as_uri())
    tab.wait_for_function("document.documentElement.dataset.ready === 'true'")
    return tab, heard


CHOSEN = "Bokeh.documents[0].get_model_by_name('areas').selected.indices"
FILLS = "Array.from(Bokeh.documents[0].get_model_by_name('areas').data.fill)"


@pytest.mark.slow
def test_a_choice_in_the_table_reaches_map_status_and_trend(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    assert tab.evaluate(CHOSEN) == []
    assert tab.inner_text("#place-name") == "All areas"
    tab.click("tr[data-i='4'] .pick")
    name = tab.inner_text("tr[data-i='4'] .pick")
    assert tab.evaluate(CHOSEN) == [4]
    assert tab.inner_text("#status").startswith(f"{name}, District 1: rank 5 of 11, 90% interval 3 to 8.")
    assert tab.inner_text("#trend-title") == f"Trend: {name} against District 1"
    assert tab.inner_text("#place-name") == name
    assert tab.inner_text("#area-name") == f"What is known of {name}"
    assert tab.get_attribute("tr[data-i='4'] .pick", "aria-pressed") == "true"
    assert tab.get_attribute("tr[data-i='0'] .pick", "aria-pressed") == "false"
    own = tab.evaluate("Array.from(Bokeh.documents[0].get_model_by_name('trend_source').data.own)")
    assert own == payload(page.read_text())["monthly"]["all"]["rate"][4]
    # The other way round: what the plots select is chosen in the table.
    tab.evaluate("Bokeh.documents[0].get_model_by_name('areas').selected.indices = [2]")
    assert tab.get_attribute("tr[data-i='2'] .pick", "aria-pressed") == "true"
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_a_click_on_the_map_chooses_and_the_pointer_tells(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    where = tab.evaluate("""() => {
        const [map, {data}] = ["map", "areas"].map((name) => Bokeh.documents[0].get_model_by_name(name));
        const box = document.getElementById("plot-map").getBoundingClientRect();
        const x = (data.cx[6] - map.x_range.start) / (map.x_range.end - map.x_range.start);
        const y = (data.cy[6] - map.y_range.start) / (map.y_range.end - map.y_range.start);
        return [box.left + x * box.width, box.top + (1 - y) * box.height];
    }""")
    tab.mouse.move(*where)
    tab.wait_for_function("!document.getElementById('tip').hidden")
    assert "pointed" in tab.get_attribute("tr[data-i='6']", "class")
    assert tab.inner_text("#tip").startswith(tab.inner_text("tr[data-i='6'] .pick"))
    tab.mouse.click(*where)
    tab.wait_for_function("window.socharm.state.selected === 6")
    assert tab.evaluate(CHOSEN) == [6]
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_layer_month_offences_and_district(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    held = payload(page.read_text())
    before = tab.evaluate(FILLS)
    tab.select_option("#layer", "deprivation")
    assert tab.inner_text("#map-title") == "Map: Deprivation"
    assert tab.evaluate(FILLS) != before
    assert "does not change with period" in tab.inner_text("#effect")
    tab.select_option("#layer", "harm")
    tab.focus("#month")
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    assert tab.inner_text("#month-name") == "June 2025"
    assert tab.get_attribute("#month", "aria-valuetext") == "June 2025"
    tab.select_option("#group", "acquisitive")
    shown = tab.inner_text("tr[data-i='0'] .shown")
    assert float(shown.replace(",", "")) == held["monthly"]["acquisitive"]["harm"][0][2]
    assert tab.inner_text("#map-title") == "Map: Harm, June 2025, acquisitive"
    assert "same in every month" in tab.inner_text("#legend")
    dark = next(i for i, row in enumerate(held["monthly"]["all"]["harm"]) if row[2] is None)
    assert tab.inner_text(f"tr[data-i='{dark}'] .shown") == "not known"
    hatches = "Array.from(Bokeh.documents[0].get_model_by_name('areas').data.hatch)"
    assert tab.evaluate(hatches)[dark] == "/"
    assert tab.inner_text("tr[data-i='0'] td:first-child") == "1"  # ranks do not move with the filters
    tab.select_option("#district", "District 1")
    assert tab.locator("#ranked tbody tr:visible").count() == 3
    alpha = tab.evaluate("Array.from(Bokeh.documents[0].get_model_by_name('areas').data.alpha)")
    assert [a == 1 for a in alpha] == [parent == "District 1" for parent in held["parents"]]
    tab.click("#reset")
    assert tab.locator("#ranked tbody tr:visible").count() == 12
    assert tab.evaluate(FILLS) == before
    tab.select_option("#layer", "heat")
    assert tab.evaluate("Bokeh.documents[0].get_model_by_name('heat').visible") is True
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_search_sorting_and_keyboard(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    tab.fill("#search", "ward 7")
    assert tab.inner_text("#ranked tbody tr:visible .pick") == "Ward 7"
    assert tab.inner_text("#count") == "1 of 12 areas shown."
    assert tab.inner_text("#place-name") == "Ward 7"
    tab.fill("#search", "")
    tab.click("[data-sort='name']")
    assert tab.get_attribute("th:has([data-sort='name'])", "aria-sort") == "ascending"
    names = tab.locator("#ranked tbody .pick").all_inner_texts()
    assert names[:3] == sorted(names)[:3]
    tab.focus("#ranked tbody tr:first-child .pick")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    assert tab.inner_text("#place-name") == names[1]
    tab.click("[data-sort='crimes']")
    assert tab.locator("#ranked tbody tr").last.locator("td.crimes").inner_text() == "1 to 4"
    tab.click("#interval-all")
    assert tab.evaluate("Bokeh.documents[0].get_model_by_name('intervals').y_range.start") > 11
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_nothing_that_people_wrote_runs(browser: Any, hostile: Path) -> None:
    tab, heard = opened(browser, hostile)
    for i in range(3):
        tab.evaluate(f"document.querySelector(\"tr[data-i='{i}'] .pick\").click()")
    for layer in tab.evaluate("[...document.querySelectorAll('#layer option')].map((option) => option.value)"):
        tab.select_option("#layer", layer)
    tab.fill("#search", SCRIPT)
    assert tab.inner_text("#place-name") == SCRIPT
    assert tab.evaluate("window.ran") is None
    assert tab.locator("img").count() == 0
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_axe_finds_nothing(browser: Any, page: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe: pip install 'socharm[test]'")
    tab, _ = opened(browser, page, bypass_csp=True)
    found = axe.Axe().run(tab).response["violations"]
    assert [(item["id"], item["impact"], item["nodes"][0]["html"]) for item in found] == []
    tab.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_is_cut_off(browser: Any, page: Path, width: int) -> None:
    tab, _ = opened(browser, page)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_function(f"document.documentElement.scrollWidth <= {width}")
    parts = "[...document.querySelectorAll('select, input, #status, h2, .plot, #ranked td, table.plain td')]"
    assert max(tab.evaluate(f"{parts}.map((part) => part.getBoundingClientRect().right)")) <= width
    tab.close()


@pytest.mark.slow
def test_each_printed_page_has_the_marking(browser: Any, page: Path, tmp_path: Path) -> None:
    pypdf = pytest.importorskip("pypdf", reason="needs pypdf: pip install 'socharm[test]'")
    tab, heard = opened(browser, page)
    tab.pdf(path=str(tmp_path / "a.pdf"), prefer_css_page_size=True, print_background=True)
    sheets = pypdf.PdfReader(tmp_path / "a.pdf").pages
    assert len(sheets) >= 2
    for sheet in sheets:
        assert sheet.extract_text().count("OFFICIAL-SENSITIVE") >= 2
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    inked = """[...document.querySelectorAll(".print-copy")].map((copy) => {
        const picture = copy.getContext("2d").getImageData(0, 0, copy.width, copy.height);
        return picture.data.some((part) => part > 0 && part < 200);
    })"""
    assert tab.evaluate(inked) == [True, True, True]
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.locator(".print-copy").count() == 0
    assert heard == []
    tab.close()


OPEN = """
import sys
from playwright.sync_api import sync_playwright
heard = []
with sync_playwright() as play:
    browser = play.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page()
    page.on("console", lambda m: heard.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: heard.append(str(e)))
    page.on("request", lambda r: heard.append(r.url) if r.url != sys.argv[2] else None)
    page.goto(sys.argv[2])
    page.wait_for_function("document.documentElement.dataset.ready === 'true'")
    page.select_option("#layer", "harm")
    browser.close()
print(heard)
"""


@pytest.mark.netns
@pytest.mark.slow
def test_the_page_works_with_the_network_cut(page: Path, tmp_path: Path) -> None:
    unshare, chromium = shutil.which("unshare"), shutil.which("chromium")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine cannot make a network namespace")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'socharm[test]'")
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", OPEN, chromium, page.as_uri()],
        capture_output=True,
        text=True,
        cwd=Path(socharm.__file__).parents[1],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_fresh_process_writes_the_same_bytes(page: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import socharm as sh; from dashboard_case import make_case;"
        "case = make_case(); sh.write_dashboard(sys.argv[2], case.tables, case.areas, about=case.about, plan=case.plan,"
        "title='Harm in Madeupshire')"
    )
    root = Path(socharm.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parents[1]), str(tmp_path / "a.html")],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.html").read_bytes() == page.read_bytes()


def test_areas_far_above_have_the_class_that_they_have_on_the_printed_map():
    values = [*range(1, 21), 100.0]
    found = quantile_classes(values, "harm")
    printed = classes_of(np.array(values, dtype=float), scheme="quantiles", k=5)
    assert found.labels == printed.labels
    assert found.labels[-1] == "over 20 to 100, far above"
    assert len(found.colours) == len(found.labels) == len(found.bounds) + 1


def test_areas_have_the_class_of_the_value_before_it_is_rounded():
    exact = np.random.default_rng(3).gamma(2, 0.01, 60) + 16.39
    exact[7] = np.nan
    shown: list[Any] = NumberRules(protect=True).values(exact, np.full(60, 50.0))
    shown[3] = "few"
    kept = np.delete(exact, [3, 7])
    found = quantile_classes(shown, "harm", exact=exact)
    printed = classes_of(kept, scheme="quantiles", k=5)
    assert found.labels == printed.labels
    assert np.delete(found.members, [3, 7]).tolist() == printed.number(kept).tolist()
    assert (found.members[3], found.members[7]) == (-1, -1)
