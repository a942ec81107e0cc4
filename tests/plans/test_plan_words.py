"""A plan's workbook is read by people: names, months and days in words; and it comes back as it was stored."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm._about import About, AssessmentPeriod
from socharm.plans.plan_file import read_sheet, write_sheet
from socharm.plans.plan_lines import about_from, facts_of, settings_from
from socharm.plans.plan_settings import PlanSettings
from socharm.plans.plan_sheet import PLAN_PAGE
from socharm.plans.plan_table import DATE_COLUMNS, NUMBER_COLUMNS, PLAN_COLUMNS
from socharm.plans.plan_words import as_stored, in_words, stored_span
from socharm.plans.threats import THREATS
from socharm.publish.licences import licence_lines

MONTHS = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 1)).map(lambda day: f"{day:%Y-%m}")


def plan_table(**cells: object) -> pd.DataFrame:
    row: dict[str, object] = dict.fromkeys(PLAN_COLUMNS, "")
    row |= dict.fromkeys(NUMBER_COLUMNS, float("nan")) | dict.fromkeys(DATE_COLUMNS, dt.date(2026, 12, 26))
    table = pd.DataFrame([row | cells], index=pd.Index(["PREP-03"], name="action_id"))
    texts = [name for name in PLAN_COLUMNS if name not in (*NUMBER_COLUMNS, *DATE_COLUMNS)]
    return table.astype(dict.fromkeys(NUMBER_COLUMNS, float)).astype(dict.fromkeys(texts, "str"))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    table = plan_table(
        p="Prepare", threat="serious-violence", action="Do it", baseline=1.6, baseline_period="2013-06 to 2014-05",
        target_period="2027-12", status="not started", output="Sites made safer",
    )  # fmt: skip
    write_sheet(table, [("marking", "OFFICIAL")], tmp_path / "plan.xlsx", agencies=["police"], stamp=None)
    return tmp_path / "plan.xlsx"


def test_a_reader_meets_no_key_no_iso_month_and_no_iso_day(written: Path) -> None:
    page = openpyxl.load_workbook(written)["4P plan"]
    heads = {str(cell.value): cell.column for cell in page[2]}
    row = {head: page.cell(3, column) for head, column in heads.items()}
    assert row["Threat"].value == "Serious violence"
    assert row["Months of the baseline"].value == "June 2013 to May 2014"
    assert row["Months of the target"].value == "December 2027"
    assert row["Due"].number_format == "d mmm yyyy"
    assert (row["Due"].alignment.indent, row["Output: what partners count"].alignment.indent) == (1, 1)


def test_the_file_is_read_back_as_it_was_stored(written: Path) -> None:
    text, _, _ = read_sheet(written)
    found = text.frame.iloc[0]
    assert (found["threat"], found["baseline_period"]) == ("serious-violence", "2013-06 to 2014-05")
    assert found["target_period"] == "2027-12"


def test_columns_without_a_figure_are_folded_and_others_are_not(written: Path) -> None:
    page = openpyxl.load_workbook(written)["4P plan"]
    letters = {str(cell.value): cell.column_letter for cell in page[2]}
    assert page.column_dimensions[letters["Output, baseline"]].hidden
    assert not page.column_dimensions[letters["Outcome, baseline"]].hidden


def test_the_printed_letters_are_of_seven_points_or_more() -> None:
    """One page of A3 across; a width of n letters is n digits of 7 pixels and 5 pixels between columns, in Arial 10."""
    folded = {*PLAN_PAGE.hidden, "output_baseline", "output_target"}
    shown = [width for name, width in PLAN_PAGE.widths.items() if name not in folded]
    across = sum(7 * width + 5 for width in shown) * 72 / 96
    room = 420 / 25.4 * 72 - 2 * 0.4 * 72
    assert PLAN_PAGE.letters * room / across >= 7.5


@given(months=st.one_of(MONTHS, st.tuples(MONTHS, MONTHS).map(" to ".join)), threat=st.sampled_from(list(THREATS)))
def test_words_and_keys_are_one_to_one(months: str, threat: str) -> None:
    table = plan_table(threat=threat, baseline_period=months, target_period="")
    back = as_stored(in_words(table))
    assert back.loc["PREP-03", ["threat", "baseline_period", "target_period"]].tolist() == [threat, months, ""]


@pytest.mark.parametrize("text", ["", "last winter", "May", "June 13 to May 14", "2013"])
def test_what_is_no_run_of_months_stays(text: str) -> None:
    assert stored_span(text) == text


def test_the_facts_above_a_plan_are_words_and_come_back() -> None:
    settings = PlanSettings(
        area="E05011453", area_name="Monument", threats=("acquisitive",), start=dt.date(2026, 11, 28)
    )
    about = About(
        period=AssessmentPeriod("2013-06", "2014-05"), boundary_year=2022, sources=("police.uk", "ONS wards 2022")
    )
    facts = facts_of(settings, about, plan_table())
    told = dict(facts)
    assert (told["start"], told["period"]) == ("28 November 2026", "June 2013 to May 2014")
    assert told["threat"] == "Organised acquisitive crime"
    assert [text for label, text in facts if label == "licence"] == licence_lines(about)
    assert not any(re.search(r"\d{4}-\d{2}", text) for _, text in facts)
    lines: dict[str, list[str]] = {}
    for label, text in facts:
        lines.setdefault(label, []).append(text)
    assert settings_from(lines, None, (), "plan.xlsx") == settings
    assert about_from(lines, None, "plan.xlsx") == about
