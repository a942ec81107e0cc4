"""Residents of other years than the crime: told by a rule, with how many years lie between."""

from __future__ import annotations

import pandas as pd
import pytest
from factories import make_assessment_tables

from socharm.snapshot.population_age import population_gap


def gap(date: object, *, kind: str = "resident", value: float = 100.0) -> str:
    people = pd.DataFrame(
        {"value": [value, 50.0], "kind": kind, "date": date}, index=pd.Index(["W1", "W2"], name="area_code")
    )
    return population_gap(make_assessment_tables(population=people))


@pytest.mark.parametrize(
    ("date", "told"),
    [
        (
            "2020-06-30",
            "Residents are of 30 June 2020, 4 years and 10 months before the crime (April 2025",
        ),
        ("2031-05-31", "Residents are of 31 May 2031, 6 years after the crime (April 2025 to May 2025)"),
        ("2021", "Residents are of 2021, 3 years and 10 months before the crime"),
        ("2021-03", "Residents are of 2021-03, 4 years and 1 month before the crime"),
    ],
)
def test_residents_of_other_years_are_told(date, told):
    """The crime is of April and May 2025."""
    assert gap(date).startswith(told)
    assert gap(date).endswith("where their number changed in between, rates and ranks are off by as much.")


@pytest.mark.parametrize("date", ["2023-06-30", "2024", "2025-05-01", "2027-04-30", "", "mid-2020", None])
def test_official_estimates_come_a_year_or_two_late(date):
    assert gap(date) == ""


def test_another_denominator_is_called_what_it_is():
    assert gap("2011-03-27", kind="workday").startswith(
        "The workday population is of 27 March 2011, 14 years and 1 month"
    )
    assert gap("2011-03-27", kind="visitors").startswith("The denominators are of 27 March 2011")


def test_the_farthest_of_several_days_counts_and_areas_without_people_do_not():
    assert "10 years before" in gap(["2015-04-01", "2024-06-30"])
    assert gap(["2015-04-01", "2024-06-30"], value=float("nan")) == ""


def test_a_run_without_denominators_says_nothing():
    assert population_gap(make_assessment_tables()) == ""
