"""The dashboard with earlier assessments: every figure is that of a table, and what is not public stays inside."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dashboard_case import make_case
from read_back import faults_of_history, faults_of_words, page_texts
from typer.testing import CliRunner
from worlds import DICTIONARY, INDICATORS, MORE, a_year_later, write_world

import socharm as sh
from socharm._about import NOISY, About, AssessmentPeriod
from socharm.assessment.dashboard_page import write_snapshot_dashboard
from socharm.assessment.page_history import history_of
from socharm.assessment.run import run_assessment
from socharm.cli.app import app
from socharm.dashboard import PageHistory, PastAssessment, write_dashboard
from socharm.dashboard.change_layers import change_figures, change_layers
from socharm.dashboard.history import lines_of, views_of
from socharm.dashboard.layers import Layer
from socharm.dashboard.measure_lines import measure_lines
from socharm.dashboard.numbers import FEW, NumberRules
from socharm.dashboard.phases import note_lists
from socharm.errors import ParameterError
from socharm.rescoring.change_words import change_told

pytest.importorskip("bokeh")
OPEN, CLOSED = NumberRules(protect=False), NumberRules(protect=True)
MINUS = "\N{MINUS SIGN}"
ROLE = "local policing lead"
SMALL = "\n[outputs]\nmaps = false\nworkbook = false\nheat = false\nclusters = false\nhotspots = false\n"


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same months of two years, of one assessment, in one store with notes."""
    folder = tmp_path_factory.mktemp("years")
    recipe = write_world(folder)
    (folder / "indicators.csv").write_text(INDICATORS)
    (folder / "dictionary.toml").write_text(DICTIONARY)
    recipe.write_text(recipe.read_text() + MORE + SMALL)
    first = run_assessment(recipe).path
    later = a_year_later(folder)
    later.write_text(later.read_text().replace('name = "later"', 'name = "small"'))
    second = run_assessment(later).path
    store = sh.rescoring.open_store(first.parent)
    for kind, text, start, areas in (
        ("clear", "Warrants at two addresses", dt.date(2026, 4, 6), ["E05000000", "E05000001"]),
        ("recording", "Another system", dt.date(2025, 5, 1), []),
        ("note", "A fair was held", dt.date(2026, 5, 1), ["E05000000"]),
    ):
        store.annotate(kind, text, role=ROLE, start=start, end=start, areas=areas, on=dt.date(2026, 7, 1))
    return first, second


@pytest.fixture(scope="module")
def made(snapshots: tuple[Path, Path]) -> sh.rescoring.Comparison:
    return sh.rescoring.compare(*(sh.open_assessment(path) for path in snapshots), change_draws=200, worlds=100)


@pytest.fixture(scope="module")
def page(snapshots: tuple[Path, Path], made: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("page")
    return write_snapshot_dashboard(snapshots[1], to=to, earlier="all", compared=[made])


def payload_of(page: Path) -> dict[str, Any]:
    found = re.search(r'id="payload">(.*?)</script>', page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found is not None
    held: dict[str, Any] = json.loads(found[1])
    return held


def test_every_figure_of_every_assessment_is_in_its_tables(snapshots, made, page) -> None:
    first, second = (sh.open_assessment(path) for path in snapshots)
    payload = payload_of(page)
    held = {first.path.name: (first.tables, None), second.path.name: (second.tables, made)}
    notes = sh.rescoring.open_store(first.path.parent).annotations()
    assert [view["snapshot"] for view in payload["earlier"]] == [first.path.name]
    assert faults_of_history(payload, held, notes) == []
    turned = {**held, second.path.name: (second.tables, None)}
    assert faults_of_history(payload, turned, notes) != []
    moved = [{**line, "place": [place + 1 for place in line["place"]]} for line in payload["lines"]]
    with pytest.raises(IndexError):
        faults_of_history({**payload, "lines": moved}, held, notes)
    assert faults_of_words(page_texts(page.read_text(encoding="utf-8"))) == []


def test_months_stand_in_one_line_with_the_gap_between_them(page) -> None:
    payload = payload_of(page)
    (line,) = payload["lines"]
    assert payload["lineOf"] == [0, 0]
    assert (line["months"][0], line["months"][-1], len(line["months"])) == ("April 2025", "June 2026", 15)
    assert line["source"] == [1, 1, 1, *[-1] * 9, 0, 0, 0]
    assert line["place"] == [0, 1, 2, *[-1] * 9, 0, 1, 2]


def test_notes_for_outside_hold_no_text_and_no_role(page, snapshots) -> None:
    told = payload_of(page)["notes"]
    assert [(note["kind"], note["text"], note["role"]) for note in told["notes"]] == [
        ("clear", "", ""), ("recording", "", ""),
    ]  # fmt: skip
    assert "Warrants" not in page.read_text(encoding="utf-8")
    later = sh.open_assessment(snapshots[1])
    notes = sh.rescoring.open_store(snapshots[0].parent).annotations()
    inside = note_lists(notes, later.tables["areas"].index, about=later.about, internal=True)
    texts = [(note["text"], note["role"]) for note in inside["notes"]]
    assert texts == [("Warrants at two addresses", ROLE), ("Another system", ROLE), ("A fair was held", ROLE)]


def test_who_sent_what_is_what_was_counted(page, snapshots) -> None:
    text = page.read_text(encoding="utf-8")
    for path in snapshots:
        deliveries = sh.open_assessment(path).tables["deliveries"]
        for row in deliveries.to_dict("records"):
            assert f">{row['delivery']}, {row['rows']:,} rows</td>" in text
    assert text.count("<caption>Sources by month</caption>") == 2  # with each of the two
    assert "Measures of partners by assessment" in text


def test_days_of_notes_are_parts_of_months() -> None:
    notes = pd.DataFrame({
        "kind": ["clear", "hold", "note", "build"], "text": "x", "areas": ["A", "", "A", "Z"], "role": "r",
        "start": [dt.date(2026, 4, 16), dt.date(2026, 4, 1), dt.date(2026, 4, 1), dt.date(2026, 4, 1)],
        "end": [dt.date(2026, 4, 30), None, None, None],
    })  # fmt: skip
    about = About(period=AssessmentPeriod("2026-04", "2026-06"))
    told = note_lists(notes, pd.Index(["A", "B"]), about=about, internal=False)
    clear, hold = told["notes"]
    assert (clear["from"], clear["to"], clear["areas"]) == (2026 * 12 + 3.5, 2026 * 12 + 4.0, [0])
    assert (hold["from"], hold["to"], hold["areas"]) == (2026 * 12 + 3.0, None, None)
    assert (clear["days"], hold["days"]) == ("16 April 2026 to 30 April 2026", "from 1 April 2026")
    assert told["elsewhere"] == 1
    before = note_lists(
        notes, pd.Index(["A"]), about=About(period=AssessmentPeriod("2026-01", "2026-03")), internal=False
    )
    assert before["notes"] == []
    assert len(note_lists(notes, pd.Index(["A"]), about=about, internal=True)["notes"]) == 3


def test_other_weights_are_another_line() -> None:
    case = make_case()
    weights = pd.DataFrame({"weight": [380.0, 90.0]}, index=pd.Index(["burglary", "drugs"], name="offence"))
    one = case.tables.with_tables(weights=weights)
    other = case.tables.with_tables(weights=weights * 2)
    for tables, lines in ((one, [0, 0]), (other, [0, 1])):
        past = PastAssessment(name="before", tables=tables, about=case.about)
        found, number = lines_of(views_of(one, case.about, PageHistory(earlier=[past])))
        assert number == lines
        assert len(found) == max(lines) + 1
        assert found[0].source == (0, 0, 0)  # months that both have are those of the newest


def test_areas_that_one_lacks_are_told() -> None:
    case = make_case()
    gone = case.areas.index[0]
    rest = {name: case.tables[name].drop(index=gone) for name in ("areas", "ranking", "index")}
    past = PastAssessment(name="before", tables=case.tables.with_tables(**rest), about=case.about)
    own, before = views_of(case.tables, case.about, PageHistory(earlier=[past]))
    assert own.note == ""
    assert before.note == "1 area of the page is not an area of it."
    assert before.facts.loc[gone, "reason"] == "not an area of this assessment"
    assert list(before.facts.index) == list(own.facts.index)
    assert before.ranked == int(rest["ranking"]["rank"].notna().sum())


def test_a_change_of_few_crimes_is_withheld(made) -> None:
    codes = made.table.index
    few = made.table.assign(crimes_later=made.table["crimes_later"].where(codes != codes[0], 3.0))
    found = change_layers(dataclasses.replace(made, table=few), codes, CLOSED)
    assert [layer.values[0] for layer in found] == [FEW, FEW, FEW]
    assert found[0].classes.members[0] == -1
    assert found[0].values[1] == change_layers(made, codes, OPEN)[0].values[1] != FEW
    told = change_figures(dataclasses.replace(made, table=few), "", codes, [], CLOSED)
    assert told["areas"][0] == FEW
    assert told["all"] != FEW
    ends = made.table.assign(ratio_low_90=0.9988, ratio_high_90=1.0032, ratio=1.0)
    told = change_figures(dataclasses.replace(made, table=ends), "", codes, [], OPEN)["areas"][0]
    assert (told["low"], told["change"], told["high"]) == (-0.1, 0, 0.3)


def test_a_district_of_few_crimes_is_withheld_by_the_rule_of_areas(made) -> None:
    """A district whose areas have three crimes together in a period shows no ratio of them, nor do all areas."""
    codes, parents = made.table.index, sorted(made.districts.index)
    own = made.table["parent_later"] == parents[0]
    crimes = made.table["crimes_later"].where(~own, 0.0).where(codes != codes[own.to_numpy().argmax()], 3.0)
    few = dataclasses.replace(made, table=made.table.assign(crimes_later=crimes))
    assert change_figures(few, "", codes, parents, CLOSED)["districts"][0] == FEW
    assert FEW not in change_figures(few, "", codes, parents, OPEN)["districts"]
    assert (
        change_figures(few, "", codes, parents, CLOSED)["districts"][1:]
        == (change_figures(made, "", codes, parents, CLOSED)["districts"][1:])
    )
    bare = dataclasses.replace(made, table=made.table.assign(crimes_later=[3.0] + [0.0] * (len(codes) - 1)))
    assert change_figures(bare, "", codes, parents, CLOSED)["all"] == FEW


def test_closed_input_shows_no_comparison_of_counts_as_they_are(snapshots, made, monkeypatch) -> None:
    later = sh.open_assessment(snapshots[1])
    monkeypatch.setattr("socharm.assessment.page_history.input_is_open", lambda *_: False)
    asked = []
    monkeypatch.setattr("socharm.assessment.page_history.compare", lambda *pair: asked.append(pair) or noisy)
    noisy = dataclasses.replace(made, about=dataclasses.replace(made.about, coverage=f"Each count {NOISY} of up to 4."))
    outside = history_of(later, "all", [made], internal=False)
    assert outside.comparison is noisy
    assert [each.path for each in asked[0]] == list(snapshots)
    assert history_of(later, "all", [made], internal=True).comparison is made
    assert history_of(later, "all", [noisy], internal=False).comparison is noisy
    assert len(asked) == 1
    said = [layer.note for layer in change_layers(noisy, made.table.index, OPEN)]
    assert all("whose noise is not in these probabilities" in note for note in said)


def test_a_name_that_is_no_earlier_snapshot_is_told(snapshots) -> None:
    earlier, later = (sh.open_assessment(path) for path in snapshots)
    with pytest.raises(ParameterError, match="names 'nothing', which is no whole snapshot of the store"):
        history_of(later, "nothing", (), internal=False)
    with pytest.raises(ParameterError, match="ended before 2025-06"):
        history_of(earlier, [later.path.name], (), internal=False)
    assert history_of(later, (), (), internal=False) is None


def test_the_command_takes_the_store(snapshots, tmp_path) -> None:
    done = CliRunner().invoke(
        app, ["dashboard", str(snapshots[1]), "--earlier", snapshots[0].name, "--to", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    held = payload_of(tmp_path / "dashboard.html")
    assert [view["snapshot"] for view in held["earlier"]] == [snapshots[0].name]
    assert held["compared"]["since"] == "April to June 2025"
    assert held["earlier"][0]["compared"]["why"].startswith("No assessment of the same months")


# in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def opened(browser: Any, path: Path, state: str = "", width: int = 1366, **options: Any) -> tuple[Any, list[str]]:
    page = browser.new_context(viewport={"width": width, "height": 768}, **options).new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{path.as_uri()}{state}")
    page.wait_for_function("document.documentElement.dataset.ready === 'true'")
    return page, faults


def test_another_assessment_reaches_every_part(browser: Any, page: Path, snapshots: tuple[Path, Path]) -> None:
    tables = sh.open_assessment(snapshots[0]).tables
    shown, faults = opened(browser, page)
    field = shown.locator("#assessed")
    assert field.locator("option").all_text_contents() == ["Apr to Jun 2026", "Apr to Jun 2025"]
    field.focus()
    shown.keyboard.press("ArrowDown")
    code = str(tables["ranking"]["rank"].astype(float).idxmin())
    place = payload_of(page)["codes"].index(code)
    row = shown.locator(f'#ranked tr[data-i="{place}"]')
    cells = row.locator("td").all_text_contents()
    low, high = (tables["ranking"].loc[code, f"rank_{end}_90"] for end in ("low", "high"))
    assert cells[:2] == ["1", f"{low}" if low == high else f"{low} to {high}"]
    assert cells[3] == f"{tables['index'].loc[code, 'crimes']:,.0f}"
    bars = shown.evaluate("Bokeh.documents[0].get_model_by_name('rows').data")
    codes = payload_of(page)["codes"]
    truth = tables["ranking"]["rank"].reindex(codes)
    assert [0 if pd.isna(rank) else int(rank) for rank in bars["rank"]] == truth.fillna(0).tolist()
    named = shown.evaluate("Bokeh.documents[0].get_model_by_name('row_names').data.text")
    assert [int(text.split()[0]) for text in named] == sorted(truth.dropna())
    assert "April 2025 to June 2025" in shown.locator("#subtitle").text_content()
    assert shown.locator(".panels:visible").count() == 1
    assert "April 2025 to June 2025" in shown.locator(".panels:visible").text_content()
    assert row.locator(".spark polyline").count() == 2  # a gap lies between the two years
    assert "assessed=" in shown.url
    again, more = opened(browser, page, shown.url.partition(".html")[2])
    assert again.locator("#assessed").input_value() == "1"
    again.locator("#reset").click()
    assert again.locator("#assessed").input_value() == "0"
    assert faults == more == []


def test_change_phases_and_figures_through_time(browser: Any, page: Path, made: Any) -> None:
    code = "E05000000"
    shown, faults = opened(browser, page, f"#place={code}&layer=change:verdict")
    row = made.table.loc[code]
    words = shown.locator("#times").text_content()
    assert "since April to June 2025" in words
    assert row["verdict"] in words
    assert words.count("10 (per cent of households, 2021)") == 2

    def signed(ratio: float) -> str:
        told = change_told(ratio)
        return "no change" if told == "0%" else told.replace("-", MINUS)

    assert f"{row['verdict']} (expected {signed(row['expected'])}, beyond that {signed(row['beyond'])})" in words
    assert signed(row["ratio"]) in shown.locator("#figures").text_content()
    notes = shown.locator("#notes").text_content()
    assert notes.startswith("Clear, 6 April 2026: Ward 0")
    assert "Change in recording, 1 May 2025: all areas" in notes
    held = shown.evaluate("Bokeh.documents[0].get_model_by_name('note_source').data.left")
    assert held == pytest.approx([12 + 5 / 30 - 0.5, 1 - 0.5], abs=2e-3)
    kinds = made.table["verdict"].value_counts()
    shown.locator("#only").select_option("not clear")
    assert shown.locator("#ranked tbody tr:visible").count() == kinds.get("not clear", 0)
    assert faults == []


@pytest.mark.slow
def test_axe_finds_nothing_and_nothing_is_cut_off(browser: Any, page: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe: pip install 'socharm[test]'")
    shown, _ = opened(browser, page, "#layer=change", width=390, bypass_csp=True)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    found = axe.Axe().run(shown).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []


# partners' measures


def with_measure(case: Any, period: str, values: list[float], unit: str = "per 1,000 residents") -> Any:
    """The tables of a case with one measure of a partner."""
    codes = case.areas.index
    sent = pd.DataFrame({"area_code": codes, "measure": "claimants", "value": values, "period": period})
    told = pd.DataFrame({
        "measure": ["claimants"], "name": ["Claimants"], "unit": [unit], "provider": ["Jobcentre"], "direction": [""],
    })  # fmt: skip
    return case.tables.with_tables(indicators=sent, indicator_dictionary=told)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three assessments with a measure of 2023, 2024 and 2024 again."""
    case = make_case()
    n = len(case.areas)
    newest, middle, oldest = (
        with_measure(case, period, [float(level + i) for i in range(n)])
        for period, level in (("2024", 30), ("2024", 20), ("2023", 10))
    )
    past = [
        PastAssessment(name=name, tables=tables, about=case.about) for name, tables in (("b", middle), ("a", oldest))
    ]
    path = tmp_path_factory.mktemp("measured") / "page.html"
    write_dashboard(path, newest, case.areas, about=case.about, open_input=True, history=PageHistory(earlier=past))
    return path


def test_a_measure_has_one_point_for_each_period_as_the_newest_assessment_has_it(measured: Path) -> None:
    payload = payload_of(measured)
    told, number = payload["measures"], [int(code[-4:]) for code in payload["codes"]]
    (line,) = told["lines"]
    assert (line["label"], line["unit"], line["periods"]) == ("Claimants", "per 1,000 residents", ["2023", "2024"])
    assert line["values"] == [[level + i for i in number] for level in (10, 30)]
    assert (told["once"], told["apart"]) == ([], [])


def test_a_measure_of_one_period_or_of_another_unit_is_told_and_not_joined(page: Path) -> None:
    assert payload_of(page)["measures"]["once"][0] == "Households in fuel poverty"
    one, other = (
        Layer(key="indicator:x", label="X", values=(1.0,), measure={"unit": unit, "period": period})
        for unit, period in (("%", "2024"), ("per 1,000", "2023"))
    )
    told = measure_lines(["new", "old"], [[one], [other]])
    assert told == {"lines": [], "once": ["X"], "apart": ["X"]}
    unstated = Layer(key="indicator:x", label="X", values=(2.0,), measure={"unit": "%", "period": ""})
    assert measure_lines(["new", "old"], [[unstated], [unstated]])["lines"][0]["periods"] == ["old", "new"]


def test_trends_of_measures_stand_beside_that_of_the_area(browser: Any, measured: Path) -> None:
    payload = payload_of(measured)
    shown, faults = opened(browser, measured, f"#place={payload['codes'][3]}")
    figures = shown.locator("#measures svg")
    said = [figures.nth(k).get_attribute("aria-label") for k in range(figures.count())]
    assert [text.split(".")[0] for text in said] == ["Harm rate", "Claimants"]
    name, own = payload["names"][3], int(payload["codes"][3][-4:])
    assert said[1] == (
        f"Claimants. {name}: 2023 {10 + own}.0, 2024 {30 + own}.0. Median of 12 areas: 2023 15.5, 2024 35.5."
    )
    assert shown.locator("#measures li").nth(1).locator("polyline").count() == 2
    assert name in shown.locator("#measures-key").text_content()
    district = payload["districtNames"][0]
    beside, more = opened(browser, measured, f"#district={district}")
    inside = sorted(int(c[-4:]) for c, p in zip(payload["codes"], payload["parents"], strict=True) if p == district)
    assert beside.locator("#measures svg").nth(1).get_attribute("aria-label") == (
        f"Claimants. Median of 3 areas: 2023 {10 + inside[1]}, 2024 {30 + inside[1]}."
    )
    assert f"Median of the areas of {district}" in beside.locator("#measures-key").text_content()
    assert "Harm rate as recorded, its areas together" in beside.locator("#times").text_content()
    assert faults == more == []
