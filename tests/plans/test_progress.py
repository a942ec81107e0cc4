"""A plan against a later assessment: every standing, by hand and by the tables it was read from."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables
from scipy.special import betaincinv

from socharm._about import About, AssessmentPeriod
from socharm.documents.evidence import Evidence
from socharm.plans.plan import Plan
from socharm.plans.progress import STANDINGS
from socharm.plans.seed import seed_plan
from socharm.profiles.action_section import plan_section
from socharm.profiles.content import Material
from socharm.profiles.side_text import ProfileText
from socharm.profiles.subject import subject_of

START = dt.date(2026, 5, 5)
UNIT = "sentence-days per resident per year"


def tables_of(n: int, *, start: str = "2025-04", months: int = 12, drugs: int = 10):
    """Tables in which the first ward has so many burglaries a month, and the second forty."""
    span = pd.period_range(start, periods=months, freq="M")
    rows = [(area, offence, month, count) for area, own in (("W1", n), ("W2", 40)) for month in span
            for offence, count in (("burglary", own), ("drugs", drugs))]  # fmt: skip
    counts = pd.DataFrame(rows, columns=["area_code", "offence", "period", "n"])
    covered = pd.DataFrame(
        [(area, month, True) for area in ("W1", "W2") for month in span], columns=["area_code", "period", "covered"]
    )
    return make_assessment_tables(
        counts=counts, cells=counts.assign(weight=10.0, harm=counts["n"] * 10.0), coverage=covered
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Forty burglaries a month over the year to March 2026; 36 are aimed at over that to April 2028."""
    about = About(period=AssessmentPeriod("2025-04", "2026-03"), unit=UNIT)
    made = seed_plan(tables_of(40), area="W1", start=START, about=about, options=["PROT-01"])
    changed = {"measure": "Recorded burglary", "measure_key": "counts.n[burglary]", "unit": "crimes a month"}
    numbers = {"baseline": 40.0, "target": 36.0, "smallest_change": 6.9}
    periods = {"baseline_period": "2025-04 to 2026-03", "target_period": "2027-05 to 2028-04"}
    return dataclasses.replace(made, table=made.table.assign(**changed, **numbers, **periods))


def stands(plan: Plan, later) -> dict:
    return plan.progress(later).iloc[0].to_dict()


@pytest.mark.parametrize(
    ("n", "start", "standing"),
    [
        (25, "2026-10", "met"),
        (36, "2026-10", "cannot be told yet"),  # reached, and within chance
        (40, "2026-10", "cannot be told yet"),
        (60, "2026-10", "against the aim"),
        (25, "2027-05", "met"),
        (40, "2027-05", "not shown"),
    ],
)
def test_each_standing(plan, n, start, standing):
    found = stands(plan, tables_of(n, start=start))
    assert found["standing"] == standing
    assert found["standing"] in STANDINGS
    assert found["now"] == n
    assert found["change"] == pytest.approx(n / 40 - 1)
    assert standing in found["says"]


def test_thirteen_months_are_no_match_for_twelve(plan):
    """One of the twelve stands twice among thirteen: a season, not a change. Two years are as good as one."""
    for start, months in (("2026-10", 13), ("2026-04", 25)):
        found = stands(plan, tables_of(25, start=start, months=months))
        assert found["standing"] == "cannot be told yet"
        assert "some months of the year are in one of the two more often than in the other" in found["says"]
    assert stands(plan, tables_of(25, start="2026-04", months=24))["standing"] == "met"
    half = stands(plan, tables_of(25, start="2026-10", months=6))
    assert "other months of the year than the baseline's" in half["says"]


def test_towards_a_target_that_is_further_off(plan):
    """From 40 to 25 of the 15 that are aimed at: on course while its months last, short of it afterwards."""
    far = dataclasses.replace(plan, table=plan.table.assign(target=15.0))
    assert stands(far, tables_of(25, start="2026-10"))["standing"] == "on course"
    assert stands(far, tables_of(25, start="2027-05"))["standing"] == "fell short"


def test_the_interval_is_that_of_jeffreys(plan):
    """480 and 420 cases that vary as chance alone does: the share of the later ones is Beta(420.5, 480.5)."""
    found = stands(plan, tables_of(35, start="2026-10"))
    shares = betaincinv(420.5, 480.5, np.array([0.025, 0.975]))
    assert [found["change_low_95"], found["change_high_95"]] == pytest.approx(shares / (1 - shares) - 1)
    # the counts of these areas do not vary at all: a dispersion of 1
    assert found["change_low_95"] < found["change"] < found["change_high_95"]


def test_what_it_takes_to_show_is_said_with_the_month(plan):
    found = stands(plan, tables_of(38, start="2026-10"))
    assert found["says"].endswith("cannot be told yet: needs \u221217% to show by April 2028")  # 6.9 of 40
    over = stands(plan, tables_of(38, start="2027-05"))
    assert over["says"].endswith("not shown: \u221217% was needed to show")


def test_no_case_left_is_a_change_that_can_be_told(plan):
    found = stands(plan, tables_of(0, start="2026-10"))
    assert (found["standing"], found["change"], found["change_low_95"]) == ("met", -1.0, -1.0)


def test_more_of_it_can_be_the_aim(plan):
    """Where partners want more to be reported, a rise is towards the target."""
    more = dataclasses.replace(plan, table=plan.table.assign(target=50.0))
    assert stands(more, tables_of(60, start="2026-10"))["standing"] == "met"
    assert stands(more, tables_of(25, start="2026-10"))["standing"] == "against the aim"
    same = stands(more, tables_of(41, start="2026-10"))
    assert same["says"].endswith("cannot be told yet")  # the smallest fall says nothing of a rise


def test_other_months_of_the_year_tell_nothing(plan):
    half = dataclasses.replace(plan, table=plan.table.assign(baseline_period="2025-04 to 2025-09"))
    found = stands(half, tables_of(10, start="2026-10", months=6))
    assert found["standing"] == "cannot be told yet"
    assert found["says"].endswith("other months of the year than the baseline's")
    assert stands(half, tables_of(10, start="2027-04", months=6))["standing"] == "met"


@pytest.mark.parametrize(
    ("changed", "start", "reason"),
    [
        ({"measure_key": ""}, "2026-10", "partners count it"),
        ({"measure_key": "index.rate_shrunk", "unit": UNIT}, "2026-10", "it is no count by the month"),
        ({"unit": ""}, "2026-10", "it is no count by the month"),
        ({"measure_key": "counts.n[drugs]"}, "2026-10", "it follows police work"),
        ({"measure_key": "counts.n[robbery]"}, "2026-10", "it was not counted in both"),
        ({"baseline": float("nan")}, "2026-10", "it was not counted in both"),
        ({"baseline": 0.0}, "2026-10", "there was no case in the baseline"),
        ({"target": float("nan")}, "2026-10", "no target was set"),
        ({"target": 40.0}, "2026-10", "its target is its baseline"),
        ({"baseline_period": "last year"}, "2026-10", "its months are not stated as months"),
        ({}, "2025-04", "the months now are not after those of the baseline"),
        ({}, "2026-03", "the months now are not after those of the baseline"),
    ],
)
def test_what_is_not_judged_says_why(plan, changed, start, reason):
    found = stands(dataclasses.replace(plan, table=plan.table.assign(**changed)), tables_of(25, start=start))
    assert (found["standing"], found["says"]) == ("not judged", f"not judged: {reason}")
    assert np.isnan(found["change"])


def test_months_before_the_plan_are_not_its_doing(plan):
    found = stands(plan, tables_of(25, start="2026-04", months=1))
    assert found["says"] == "not judged: the months now end before the plan begins"


def test_counts_that_vary_more_are_told_later(plan):
    """The second ward's months swing between none and eighty, and so do all such counts: nothing can be told."""
    later = tables_of(25, start="2026-10")
    swing = later["counts"].copy()
    other = (swing["area_code"] == "W2") & (swing["offence"] == "burglary")
    swing.loc[other, "n"] = [0, 80] * 6
    assert stands(plan, later.with_tables(counts=swing))["standing"] == "cannot be told yet"


def test_the_profile_says_where_each_measure_stands(plan):
    later = tables_of(25, start="2026-10")
    subject = subject_of("W1", later)
    material = Material(subject=subject, about=About(), evidence=Evidence(period="", source="x"), text=ProfileText())
    section = plan_section(material, plan, on=dt.date(2027, 11, 1))
    found = stands(plan, later)
    assert (
        "Measures of 1 action in October 2026 to September 2027, against their baselines: 1 met." in section.paragraphs
    )
    measured, actions = section.tables
    assert measured.rows[0][0] == "A. Recorded burglary, crimes a month"
    assert measured.rows[0][-1] == f"now 25.0: {found['says']}"
    assert measured.header[-1] == "Where it stands"
    assert [row[-1] for row in actions.rows] == ["A"]
    before = plan_section(
        dataclasses.replace(material, subject=subject_of("W1", tables_of(40))), plan, on=dt.date(2026, 5, 5)
    )
    assert not any("against their baselines" in text for text in before.paragraphs)
    assert "Where it stands" not in before.tables[0].header
