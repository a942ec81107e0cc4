"""What the page says of the chosen place: figures against the tables, and every panel in a browser."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dashboard_case import ABOUT, Case, make_case

import socharm as sh
from socharm._words import rate_decimals
from socharm.dashboard.actions import Activity, action_lists
from socharm.dashboard.body import table_html
from socharm.dashboard.changes import change_lists, span_name
from socharm.dashboard.data import area_facts, make_panel
from socharm.dashboard.disorder import disorder_lists
from socharm.dashboard.exports import export_facts
from socharm.dashboard.heading import page_title
from socharm.dashboard.numbers import FEW, NumberRules, rate_text
from socharm.dashboard.offences import offence_lists
from socharm.dashboard.totals import total_lists
from socharm.severity.half_years import harm_beyond_chance, harm_halves
from socharm.snapshot.centres import CENTRE_FLAG, CENTRE_NOTE

OPEN = NumberRules(protect=False)
CLOSED = NumberRules(protect=True)


@pytest.fixture(scope="module")
def year() -> Case:
    """Thirteen months, districts with a rank, exposure in the index, ASB, and a centre."""
    case = make_case(12, 13)
    index = case.tables["index"].assign(exposure=8_000.0 * 13 / 12)
    parents = pd.DataFrame(
        {"areas": 3, "rate": 1.0, "rank": [1, 2, 3, 4], "rank_low_90": [1, 1, 3, 4], "rank_high_90": [2, 2, 3, 4]},
        index=pd.Index([f"District {k}" for k in range(4)], name="parent"),
    )
    asb = pd.DataFrame({"area_code": case.areas.index, "offence": "anti-social-behaviour", "n": 50, "rate": 0.1})
    flag = pd.Series("", index=case.areas.index).where(case.areas.index != case.areas.index[0], CENTRE_FLAG)
    people = case.tables["population"].assign(flag=flag)
    tables = case.tables.with_tables(index=index, parents=parents, unweighted=asb, population=people)
    return dataclasses.replace(case, tables=tables)


def parts(case: Case) -> tuple[pd.DataFrame, Any]:
    facts = area_facts(case.tables)
    return facts, make_panel(case.tables, facts)


# figures


def test_the_last_six_months_stand_beside_the_six_before(year: Case) -> None:
    facts, panel = parts(year)
    told = change_lists(facts, panel, OPEN)
    assert told is not None
    assert (told["size"], told["lately"], told["before"]) == (6, "November 2025 to April 2026", "May to October 2025")
    rows = year.tables["by_period"].assign(month=year.tables["by_period"]["period"].astype(str))
    mine = rows[rows["area_code"] == facts.index[2]].set_index("month")["crimes"]
    lately, before = mine.loc["2025-11":"2026-04"].sum(), mine.loc["2025-05":"2025-10"].sum()
    assert told["areas"][2]["crimes"] == [lately, before]
    assert told["areas"][2]["crimes_change"] == round(100 * (lately / before - 1))
    dark = facts.index.get_loc(year.areas.index[-2])
    assert told["areas"][dark] is None  # its last month is not covered
    whole = rows[(rows["month"] > "2025-04") & (rows["area_code"] != year.areas.index[-2])]
    assert sum(told["districts"][-1]["crimes"]) == whole["crimes"].sum()
    assert told["districts"][-1]["areas"] == 11


def test_a_district_compares_the_areas_that_are_covered_throughout(year: Case) -> None:
    facts, panel = parts(year)
    monthly = {measure: np.full((12, 13), 10.0) for measure in ("crimes", "harm", "rate")}
    gap, *others = np.flatnonzero(facts["parent"] == "District 1")
    for values in monthly.values():
        values[gap, :8] = np.nan  # one of three wards is not covered before the second half
    told = change_lists(facts, dataclasses.replace(panel, monthly={"all": monthly}), OPEN)
    assert told is not None
    at = panel.parents.index("District 1")
    assert told["areas"][gap] is None
    assert (told["districts"][at]["crimes"], told["districts"][at]["areas"]) == ([120, 120], 2)
    assert (told["districts"][at]["crimes_change"], told["districts"][at]["harm_change"]) == (0, 0)
    assert (told["districts"][-1]["crimes_change"], told["districts"][-1]["areas"]) == (0, 11)
    for values in monthly.values():
        values[others, 9] = np.nan
    told = change_lists(facts, dataclasses.replace(panel, monthly={"all": monthly}), OPEN)
    assert told is not None
    assert told["districts"][at] is None
    assert told["districts"][-1]["areas"] == 9


def test_harm_that_is_missing_is_in_neither_side_of_a_rate_and_never_zero(year: Case) -> None:
    facts, panel = parts(year)
    at = panel.parents.index("District 1")
    mine = np.flatnonzero(facts["parent"] == "District 1")
    whole = {measure: values.copy() for measure, values in panel.whole["all"].items()}
    missing = dataclasses.replace(panel, whole={"all": whole})
    for values in whole.values():
        values[mine[0]] = np.nan
    index = year.tables["index"].loc[facts.index[mine[1:]]]
    total = total_lists(year.tables, facts, missing, OPEN)[at]
    assert total["crimes"] == index["crimes"].sum()
    assert total["rate"] == pytest.approx(index["harm"].sum() / index["exposure"].sum(), rel=1e-3)
    for values in whole.values():
        values[mine] = np.nan
    total = total_lists(year.tables, facts, missing, CLOSED)[at]
    assert (total["crimes"], total["harm"], total["rate"]) == (None, None, None)


def test_the_bar_of_an_interval_stays_in_its_frame(year: Case) -> None:
    facts, panel = parts(year)
    tied = facts.assign(rank=1, rank_low_90=1, rank_high_90=12)
    whole = panel.as_lists(OPEN)["whole"]["all"]
    bars = re.findall(r"left:([\d.]+)%;width:([\d.]+)%", table_html(tied, whole, 1))
    assert bars == [("0.0", "100.0")] * 12


def test_a_month_that_is_withheld_withholds_the_comparison(year: Case) -> None:
    few = year.tables["by_period"].copy()
    few.loc[few["area_code"] == year.areas.index[3], "crimes"] = 3
    case = dataclasses.replace(year, tables=year.tables.with_tables(by_period=few))
    facts, panel = parts(case)
    at = facts.index.get_loc(year.areas.index[3])
    closed, opened = change_lists(facts, panel, CLOSED), change_lists(facts, panel, OPEN)
    assert closed is not None
    assert opened is not None
    assert closed["areas"][at] is None
    assert opened["areas"][at]["crimes"] == [18, 18]
    assert (opened["areas"][at]["crimes_change"], opened["areas"][at]["beyond"]) == (0, False)


def test_totals_are_sums_of_the_areas(year: Case) -> None:
    facts, panel = parts(year)
    totals = total_lists(year.tables, facts, panel, OPEN)
    index = year.tables["index"]
    mine = index[index["parent"] == "District 1"]
    first = totals[panel.parents.index("District 1")]
    assert (first["areas"], first["crimes"]) == (3, mine["crimes"].sum())
    assert first["rate"] == pytest.approx(mine["harm"].sum() / mine["exposure"].sum(), rel=1e-3)
    assert (first["rank"], first["low"], first["high"]) == (2, 1, 2)
    assert (totals[-1]["areas"], totals[-1]["ranked"], totals[-1]["rank"]) == (12, 11, None)
    assert totals[-1]["crimes"] == index["crimes"].sum()


def test_the_table_of_offences_is_what_was_counted(year: Case) -> None:
    facts, panel = parts(year)
    told = offence_lists(year.tables, facts, panel, OPEN)
    assert told is not None
    cells = year.tables["cells"]
    mine = cells[cells["area_code"] == facts.index[1]].groupby("offence")[["n", "harm"]].sum()
    names = ["Burglary", "Violence and sexual offences", "Drugs", "Shoplifting", "Anti-social behaviour"]
    assert told["names"] == names
    keys = ["burglary", "violence-and-sexual-offences", "drugs", "shoplifting"]
    assert told["counts"][1] == [*mine.loc[keys, "n"], 50]
    assert told["shares"][1] == [round(100 * mine.loc[key, "harm"] / mine["harm"].sum()) for key in keys]
    whole = cells.groupby("offence")[["n", "harm"]].sum()
    assert told["counts"][-1] == [*whole.loc[keys, "n"], 600]
    assert told["weighted"] == 4


def test_few_crimes_of_an_offence_are_withheld_with_their_share(year: Case) -> None:
    facts, panel = parts(year)
    told = offence_lists(year.tables, facts, panel, CLOSED)
    assert told is not None
    last = facts.index.get_loc(year.areas.index[-1])  # three burglaries and nothing else
    assert told["counts"][last] == [FEW, 0, 0, 0, 50]
    assert told["shares"][last][0] == FEW


def test_rates_have_one_number_of_decimals() -> None:
    assert rate_decimals([43.0, 5.34, 3.1, FEW, None]) == 1
    assert [rate_decimals([median]) for median in (0.05, 0.5, 1, 99, 100, 5_000)] == [3, 2, 1, 1, 0, 0]
    assert [rate_text(value, 1) for value in (42.98, 5.25, 0, 1_234.56)] == ["43.0", "5.3", "0.0", "1,234.6"]


# words


@pytest.mark.parametrize(
    ("forces", "sources", "parents", "title"),
    [
        (["Madeupshire"] * 12, ["a.csv"], ["A"] * 12, "Madeupshire"),
        (["A", "B"] * 6, ["x"], ["A"] * 12, "A and B"),
        ([None] * 12, ["Northumbria Police"], ["A", "B"] * 6, "Northumbria Police"),
        ([None] * 12, ["calls.csv"], ["A", "B", "C"] * 4, "A, B and C"),
        ([None] * 12, ["Kent Police", "Essex Police"], list("ABCDEF") * 2, "as the recipe says"),
    ],
)  # fmt: skip
def test_the_page_is_called_after_its_force(
    year: Case, forces: list[str | None], sources: list[str], parents: list[str], title: str
) -> None:
    areas = year.tables["areas"].assign(force=forces, parent=parents)
    tables = year.tables.with_tables(areas=areas, sources=pd.DataFrame({"source": sources, "rows": 1}))
    assert page_title(tables, otherwise="as the recipe says") == title


def test_spans_of_months() -> None:
    assert span_name(["2013-12", "2014-05"]) == "December 2013 to May 2014"


def test_actions_of_a_plan_come_before_drafts(year: Case) -> None:
    facts, _ = parts(year)
    drafts = pd.DataFrame(
        {"area_code": facts.index[[0, 1, 1]], "phase": ["Build", "Clear", ""], "action": ["b", "c", "d"]}
    ).assign(agency="police")
    told = action_lists(Activity(drafts=drafts), facts)
    assert told["draft"] is True
    assert [(one["phase"], one["action"], one["areas"]) for one in told["actions"]] == [
        ("Clear", "c", [1]),
        ("Build", "b", [0]),
    ]
    told = action_lists(Activity(plan=year.plan, drafts=drafts), facts)
    assert told["draft"] is False
    assert {one["action"] for one in told["actions"]} <= set(year.plan["action"])
    assert any(not one["open"] for one in told["actions"])
    told = action_lists(Activity(plan=year.plan.drop(columns="area_code")), facts)
    assert {str(one["areas"]) for one in told["actions"]} == {"None"}
    assert action_lists(Activity(), facts)["actions"] == []


def test_the_change_in_harm_has_a_verdict_by_the_rule_of_crimes(year: Case) -> None:
    facts, panel = parts(year)
    told = change_lists(facts, panel, OPEN)
    harm = panel.monthly["all"]["harm"][:, -12:]
    whole = harm_halves(harm)
    for one, months in zip(told["areas"], harm, strict=True):
        if one is not None:
            assert one["harm_beyond"] == harm_beyond_chance(whole, months)
    assert told["usual_harm"] == round(100 * (np.nansum(harm[:, 6:]) / np.nansum(harm[:, :6]) - 1))
    assert told["districts"][-1]["harm_beyond"] is None  # all areas cannot differ from themselves


def test_a_file_that_is_taken_away_says_what_it_is(year: Case) -> None:
    facts, _ = parts(year)
    about = dataclasses.replace(ABOUT, coverage="Two months are missing.")
    told = export_facts("Madeupshire Police", about, facts)
    assert told["lines"][0] == "OFFICIAL-SENSITIVE"
    assert "Source: Made-up police" in told["lines"]
    assert "Coverage: Two months are missing." in told["lines"]
    assert told["lines"][-1] == CENTRE_NOTE
    assert (told["name"], told["internal"]) == ("madeupshire-police-areas.csv", "")
    inside = export_facts("Madeupshire Police", dataclasses.replace(about, internal=True), facts)
    assert (inside["name"], inside["internal"]) == ("INTERNAL-madeupshire-police-areas.csv", "INTERNAL")


# in a browser


@pytest.fixture(scope="module")
def page(year: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("places") / "harm.html"
    sh.write_dashboard(path, year.tables, year.areas, about=year.about, plan=year.plan, open_input=True)
    return path


def payload(path: Path) -> dict[str, Any]:
    found = re.search(r'id="payload">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    held: dict[str, Any] = json.loads(found[1])
    return held


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'socharm[test]'")
    with api.sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


def opened(browser: Any, path: Path, state: str = "", width: int = 1366, height: int = 768) -> tuple[Any, list[str]]:
    tab = browser.new_page(viewport={"width": width, "height": height})
    heard: list[str] = []
    tab.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.goto(f"{path.as_uri()}#{state}")
    tab.wait_for_function("document.documentElement.dataset.ready === 'true'")
    return tab, heard


PANELS = ("#place-name", "#offence-name", "#phase-name", "#trend-title", "#area-name", "#interval-title")
#: Names on the map in pixels from its lower left corner: left, right, lower edge; and how far the scale bar reaches.
NAMES = """(() => {
  const m = Bokeh.documents[0].get_model_by_name('map'), d = Bokeh.documents[0].get_model_by_name('area_names').data;
  const p = m.inner_width / (m.x_range.end - m.x_range.start);
  const names = d.x.map((x, k) => [(x - m.x_range.start) * p - 3.3 * d.text[k].length,
    (x - m.x_range.start) * p + 3.3 * d.text[k].length, (d.y[k] - m.y_range.start) * p - 8]);
  return { names, bar: 0.45 * m.inner_width };
})()"""
WINDOW = "(() => { const m = Bokeh.documents[0].get_model_by_name('map'); return [m.x_range.start, m.x_range.end]; })()"


@pytest.mark.slow
def test_choosing_a_district_leaves_the_area_and_reaches_every_panel(browser: Any, page: Path) -> None:
    held = payload(page)
    tab, heard = opened(browser, page)
    wide = tab.evaluate(WINDOW)
    tab.click("tr[data-i='0'] .pick")
    near = tab.evaluate(WINDOW)
    assert near[1] - near[0] < wide[1] - wide[0]
    tab.select_option("#district", "District 2")
    assert tab.evaluate("window.socharm.state.selected") is None
    assert tab.evaluate(WINDOW) not in (near, wide)
    for panel in PANELS:
        assert "District 2" in tab.inner_text(panel), panel
        assert "Ward 0" not in tab.inner_text(panel), panel
    total = held["totals"][held["districtNames"].index("District 2")]
    figures = tab.locator("#figures strong").all_inner_texts()
    assert figures[0] == f"{total['rank']} of 4"
    assert figures[2] == f"{total['crimes']:,}"
    own = tab.evaluate("Array.from(Bokeh.documents[0].get_model_by_name('trend_source').data.own)")
    assert own == pytest.approx(held["districts"]["all"]["rate"][held["districtNames"].index("District 2")])
    # an area of another district: the district is left
    tab.evaluate("Bokeh.documents[0].get_model_by_name('areas').selected.indices = [0]")
    assert tab.evaluate("window.socharm.state.district") == ""
    assert tab.input_value("#district") == ""
    tab.click("#back")
    assert tab.inner_text("#place-name") == "All areas"
    assert tab.evaluate(WINDOW) == pytest.approx(wide)
    assert heard == []
    tab.close()


def test_a_district_has_the_actions_of_its_areas_and_no_others(browser: Any, page: Path, year: Case) -> None:
    parents = year.tables["areas"]["parent"]
    of = year.plan["area_code"].map(parents)
    district = str(of.iloc[0])
    for name in (district, next(str(one) for one in parents if one not in set(of))):
        tab, heard = opened(browser, page, f"district={name}")
        mine = year.plan[of == name]
        assert tab.inner_text("#phase-name") == f"Clear, Hold, Build: {name}"
        told = "From the partners' plan." if len(mine) else "The plan holds no action for this place."
        assert tab.inner_text("#phase-note") == told
        for phase in ("Clear", "Hold", "Build"):
            texts = tab.locator(f"#phase-{phase.lower()} li").all_text_contents()
            actions = set(mine.loc[mine["phase"] == phase, "action"])
            assert all(any(text.startswith(action) for text in texts) for action in actions)
            assert all(any(text.startswith(action) for action in actions) for text in texts)
        assert heard == []


@pytest.mark.slow
def test_an_area_has_its_own_actions_offences_and_figures(browser: Any, page: Path, year: Case) -> None:
    held = payload(page)
    tab, heard = opened(browser, page, f"place={year.plan['area_code'].iloc[0]}")
    i = held["codes"].index(year.plan["area_code"].iloc[0])
    mine = year.plan[year.plan["area_code"] == held["codes"][i]]
    shown = tab.inner_text("#phase-card")
    for phase in ("Clear", "Hold", "Build"):
        for action in mine.loc[mine["phase"] == phase, "action"]:
            assert action in shown
    counts = dict(zip(held["offences"]["names"], held["offences"]["counts"][i], strict=True))
    cells = (
        "[...document.querySelectorAll('#offences tbody tr')].map((row) => [...row.cells].map((c) => c.textContent))"
    )
    assert {row[0]: int(row[1].replace(",", "")) for row in tab.evaluate(cells)} == counts
    change = held["change"]["areas"][i]
    disorder = tab.locator("#figures li").nth(3).inner_text()
    assert "Anti-social behaviour" in disorder
    assert "1.0 times the median rate" in disorder
    figure = tab.locator("#figures li").nth(4).inner_text()
    assert f"{change['crimes'][0]:,} in the last 6 months (November 2025 to April 2026)" in figure
    assert f"{change['crimes'][1]:,} in the 6 before" in figure
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_a_search_without_a_result_says_so(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    tab.fill("#search", "xyzzy")
    assert tab.inner_text("#nothing").startswith("Nothing found for \u201cxyzzy\u201d.")
    assert tab.locator("#ranked tbody tr:visible").count() == 0
    tab.fill("#search", "")
    assert not tab.is_visible("#nothing")
    tab.select_option("#district", "District 3")
    tab.fill("#search", "Ward 0")
    assert "Nothing found in District 3" in tab.inner_text("#nothing")
    assert "1 area elsewhere" in tab.inner_text("#nothing")
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_an_address_opens_what_it_was_taken_from(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    tab.select_option("#layer", "harm")
    tab.select_option("#group", "acquisitive")
    tab.click("[data-sort='crimes']")
    tab.click("tr[data-i='3'] .pick")
    address = tab.evaluate("location.hash.slice(1)")
    before = [tab.inner_text(part) for part in ("#place", "#map-title", "#ranked", "#trend-title")]
    tab.close()
    again, also = opened(browser, page, address)
    assert [again.inner_text(part) for part in ("#place", "#map-title", "#ranked", "#trend-title")] == before
    again.close()
    # what an address names wrongly is as at the start
    wrong, told = opened(browser, page, "place=E99&layer=no&month=99&group=x&district=y&sort=%22%5D")
    assert wrong.inner_text("#place-name") == "All areas"
    assert wrong.inner_text("#map-title") == "Map: Harm rate"
    assert heard == also == told == []
    wrong.close()


@pytest.mark.slow
def test_the_list_is_taken_away_as_it_is_shown(browser: Any, page: Path) -> None:
    held = payload(page)
    tab, heard = opened(browser, page, "district=District+1&layer=harm")
    with tab.expect_download() as waiting:
        tab.click("#export")
    taken = waiting.value
    assert taken.suggested_filename == held["export"]["name"]
    text = Path(taken.path()).read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    above = len(held["export"]["lines"])
    assert [row[0] for row in lines[:above]] == held["export"]["lines"]
    assert lines[above] == ["Rows: 3 of 12 areas. District: District 1"]
    head, *rows = lines[above + 1 :]
    assert head[:8] == ["Rank", "90% from", "90% to", "Area", "Code", "District", "Harm rate", "Crimes"]
    assert head[8].startswith("Harm, whole period, all offences")
    for row in rows:
        i = held["codes"].index(row[4])
        assert row[5] == "District 1"
        assert [float(row[k]) for k in (0, 1, 2, 6, 7, 8)] == [
            held["rank"][i], held["low"][i], held["high"][i], held["whole"]["all"]["rate"][i],
            held["whole"]["all"]["crimes"][i], held["whole"]["all"]["harm"][i],
        ]  # fmt: skip
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_a_file_that_is_taken_away_runs_nothing(browser: Any, year: Case, tmp_path: Path) -> None:
    names = ["=HYPERLINK(1)", '-2+3", "x', *year.tables["areas"]["name"].tolist()[2:]]
    tables = year.tables.with_tables(areas=year.tables["areas"].assign(name=names))
    path = tmp_path / "harm.html"
    sh.write_dashboard(path, tables, year.areas, about=year.about, title="=T", published=False)
    tab, heard = opened(browser, path)
    with tab.expect_download() as waiting:
        tab.click("#export")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert waiting.value.suggested_filename.startswith("INTERNAL-")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=HYPERLINK(1) †" in cells
    assert '\'-2+3", "x' in cells
    assert not [cell for cell in cells if re.match(r"[=@]|[+-]\D", cell)]
    rows = [row for row in csv.reader(io.StringIO(text)) if len(row) > 1]
    assert [row[0] for row in rows] == ["INTERNAL", *["not for publication"] * 12]
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_one_rate_stands_in_the_list_and_on_top_of_it(browser: Any, page: Path) -> None:
    tab, _ = opened(browser, page)
    heads = tab.locator("#ranked thead button:visible").all_inner_texts()
    assert heads == ["Rank", "90% interval", "Area", "Harm rate", "Crimes"]
    rates = tab.locator("#ranked tbody tr td:nth-child(4)").all_inner_texts()
    assert len({len(rate.partition(".")[2]) for rate in rates if rate[0].isdigit()}) == 1
    tab.click("tr[data-i='5'] .pick")
    assert tab.locator("#figures strong").nth(1).inner_text() == rates[5]
    assert f"Harm rate: {rates[5]} " in tab.inner_text("#status")
    tab.close()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_map_and_list_stand_above_the_fold_or_below_one_another(
    browser: Any, page: Path, width: int, height: int
) -> None:
    tab, _ = opened(browser, page, "layer=harm", width, height)
    edges = (
        "['top', 'right', 'bottom', 'left'].map((edge) => document.getElementById(id).getBoundingClientRect()[edge])"
    )
    box = f"(id) => {edges}"
    plot, table = (tab.evaluate(box, name) for name in ("plot-map", "ranked"))
    if width > 1000:
        assert plot[2] <= height
        assert table[0] <= height - 250
        assert plot[1] <= table[3]
    else:
        assert table[0] >= plot[2]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert max(plot[1], table[1]) <= width
    tab.close()


def test_anti_social_behaviour_is_told_of_every_place(year: Case) -> None:
    facts, panel = parts(year)
    counts = pd.Series(np.arange(12) * 10, index=year.areas.index)
    asb = pd.DataFrame(
        {"area_code": counts.index, "offence": "anti-social-behaviour", "n": counts, "rate": counts / 8_000.0}
    ).reset_index(drop=True)
    tables = year.tables.with_tables(unweighted=asb)
    told = disorder_lists(tables, facts, panel, OPEN)
    assert told is not None
    assert told["counts"][:12] == counts.reindex(facts.index).tolist()
    assert told["counts"][12:] == [30, 120, 210, 300, 660]
    assert told["shares"] == [5, 18, 32, 45, 100]
    # The median of the eleven areas with a rank, the last one has none: 0, 10, ..., 100, so 50.
    assert told["times"] == [round(n / 50, 1) for n in told["counts"][:12]]
    few = disorder_lists(year.tables.with_tables(unweighted=asb.assign(n=asb["n"] // 30)), facts, panel, CLOSED)
    assert few is not None
    assert few["counts"].count(FEW) == 9 + 1  # of nine areas, and of the second district
    assert few["times"].count(FEW) == 9
    assert disorder_lists(year.tables.with_tables(unweighted=asb.iloc[:0]), facts, panel, OPEN) is None


def test_anti_social_behaviour_with_a_weight_is_counted_too(year: Case) -> None:
    facts, panel = parts(year)
    cells = year.tables["cells"].assign(offence="anti-social-behaviour")
    told = disorder_lists(
        year.tables.with_tables(unweighted=year.tables["unweighted"].iloc[:0], cells=cells), facts, panel, OPEN
    )
    assert told is not None
    assert told["weighted"]
    assert told["counts"][-1] == int(cells["n"].sum())


@pytest.mark.slow
def test_the_number_of_areas_stands_once_and_a_chance_is_a_percentage(browser: Any, page: Path) -> None:
    tab, heard = opened(browser, page)
    for part in (".place-head", "#area-card", ".list-head >> nth=1", "#map-card"):
        assert "12 areas" not in tab.inner_text(part), part
    assert "Areas" not in tab.locator("#figures .label").all_inner_texts()
    assert tab.inner_text("header").count("12 areas") == 1
    tab.select_option("#district", "District 1")
    key = tab.inner_text("#area-facts").split("\n")
    assert [text for text in key if text.startswith("Rank")] == sorted(text for text in key if text.startswith("Rank"))
    tab.click("#ranked tbody tr:visible .pick")
    held = payload(page)
    top = next(layer for layer in held["layers"] if layer["probability"])
    i = tab.evaluate("window.socharm.state.selected")
    facts = tab.evaluate(
        "[...document.querySelectorAll('#area-facts div')].map((d) => [...d.children].map((c) => c.textContent))"
    )
    told = dict(facts)[top["short"]]
    assert told == ("over 99%" if top["values"][i] > 0.99 else f"{100 * top['values'][i]:.0f}%")
    assert heard == []
    tab.close()


def test_an_area_without_a_population_is_in_the_counts_and_not_in_the_rate(year: Case) -> None:
    code = year.areas.index[4]  # of District 1
    index = year.tables["index"].copy()
    index.loc[code, ["exposure", "rate", "rate_shrunk"]] = np.nan
    by_period = year.tables["by_period"].copy()
    by_period.loc[by_period["area_code"] == code, ["exposure", "rate"]] = np.nan
    case = dataclasses.replace(year, tables=year.tables.with_tables(index=index, by_period=by_period))
    facts, panel = parts(case)
    at = panel.parents.index("District 1")
    total = total_lists(case.tables, facts, panel, OPEN)[at]
    mine = index[index["parent"] == "District 1"]
    others = mine.drop(index=code)
    assert total["crimes"] == mine["crimes"].sum()
    assert total["rate"] == pytest.approx(others["harm"].sum() / others["exposure"].sum(), rel=1e-3)
    rows = by_period[by_period["area_code"].isin(others.index)].groupby("period")[["harm", "exposure"]].sum()
    assert panel.districts["all"]["rate"][at] == pytest.approx((rows["harm"] / rows["exposure"]).to_numpy())


def test_a_rate_that_stands_above_a_higher_one_is_told(year: Case, tmp_path: Path) -> None:
    told = []
    for turned in (False, True):
        ranking = year.tables["ranking"].copy()
        rates = year.tables["index"]["rate_shrunk"].reindex(ranking.index)
        order = rates.drop(ranking.index[-1]).rank(ascending=False, method="first").astype("Int64")
        if turned:
            order = order.replace({1: 2, 2: 1})
        ranking["rank"] = order.reindex(ranking.index)
        tables = year.tables.with_tables(ranking=ranking)
        path = tmp_path / "a.html"
        sh.write_dashboard(path, tables, year.areas, about=year.about, open_input=True)
        told.append(payload(path)["rateTurns"])
    assert told == [False, True]


def test_the_page_says_that_ranks_are_by_the_rate(year: Case, tmp_path: Path) -> None:
    facts, _ = parts(year)
    assert "made-up: areas in order of their harm rate" in export_facts("made-up", ABOUT, facts)["lines"]
    path = tmp_path / "page.html"
    sh.write_dashboard(path, year.tables, year.areas, about=year.about)
    said = path.read_text(encoding="utf-8")
    assert "Areas in order of their harm rate" in said
    assert "Rank (1 = highest harm rate)" in said
    for gone in ("in order of harm<", "1 = most harm"):
        assert gone not in said
    # beside the change in harm, and above the counts of a district, stands what they do not say
    assert "Not told apart from chance: a few grave crimes can move so little harm" in said
    assert "There is no plan for" in said
    assert "which this page does not hold" not in said


@pytest.mark.slow
def test_ranks_that_are_not_all_shown_say_so_and_no_name_lies_under_the_scale_bar(browser: Any, tmp_path: Path) -> None:
    """Of 40 areas in one district the panel shows 20; on a telephone the scale bar keeps its corner."""
    case = make_case(40, 13)
    areas = case.tables["areas"].assign(parent="District 1")
    path = tmp_path / "page.html"
    sh.write_dashboard(path, case.tables.with_tables(areas=areas), case.areas, about=ABOUT)
    tab, heard = opened(browser, path, width=390, height=844)
    ranked = int(case.tables["ranking"]["rank"].notna().sum())
    assert tab.inner_text("#interval-said").startswith(f"20 of {ranked} areas with a rank: the first ones.")
    tab.click("#interval-all")
    assert tab.inner_text("#interval-said") == ""
    placed = tab.evaluate(NAMES)
    assert placed["names"]
    for left, _, low in placed["names"]:
        assert left > placed["bar"] or low > 50, placed
    assert heard == []
    tab.close()


@pytest.mark.slow
def test_the_counts_of_a_district_say_that_they_are_of_drafts(browser: Any, year: Case, tmp_path: Path) -> None:
    codes = area_facts(year.tables).index
    drafts = pd.DataFrame({"area_code": codes[:2], "phase": "Clear", "action": ["a", "b"], "agency": "police"})
    path = tmp_path / "page.html"
    sh.write_dashboard(path, year.tables, year.areas, about=year.about, drafts=drafts)
    tab, heard = opened(browser, path)
    assert "There is no plan for all areas here" in tab.inner_text("#phase-note")
    tab.select_option("#district", str(area_facts(year.tables)["parent"].iloc[0]))
    assert "There is no plan for the whole district here" in tab.inner_text("#phase-note")
    assert "chance" in tab.locator("#figures li").nth(5).inner_text()
    assert heard == []
    tab.close()
