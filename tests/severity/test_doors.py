"""Doors for researchers: weights, periods, offences, denominators and tables in the forms that people have them."""

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights

from socharm._about import AssessmentPeriod, as_period
from socharm.errors import AlignmentError, DataWarning, ParameterError, SchemaError
from socharm.io.weights import load_weights
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.severity.index import severity_index

SCHEME = {"burglary": 100.0, "drugs": 10.0, "violence-and-sexual-offences": 50.0}


@pytest.fixture(scope="module")
def index():
    return severity_index(make_counts(np.arange(18).reshape(3, 3, 2)), make_weights(SCHEME))


def test_columns_of_both_stand_side_by_side(index):
    mine = pd.DataFrame({"name": ["b", "a"], "rate": [0.2, 0.1], "officers": [2, 1]}, index=["W001", "W000"])
    joined = index.join_to(mine, columns=["rate", "harm"])
    assert list(joined.columns) == ["name", "rate", "officers", "severity_index_rate", "harm"]
    assert joined["severity_index_rate"].tolist() == index.rate.loc[["W001", "W000"]].tolist()
    assert joined["rate"].tolist() == [0.2, 0.1]
    whole = index.join_to(mine)
    assert whole["name"].tolist() == ["b", "a"]
    assert set(whole) == {*mine, *index.table, "severity_index_rate"}


def test_a_code_may_stand_several_times(index):
    mine = pd.DataFrame({"year": [1, 2]}, index=["W002", "W002"])
    assert index.join_to(mine, columns=["harm"])["harm"].tolist() == [index.harm["W002"]] * 2


def test_areas_that_are_not_in_the_result_are_told_and_missing(index):
    with pytest.warns(DataWarning, match="1 area of `frame` without values"):
        joined = index.join_to(pd.DataFrame({"x": [1, 2]}, index=["W000", "E05"]), columns=["harm"])
    assert joined["harm"].isna().tolist() == [False, True]
    with pytest.raises(AlignmentError, match="No code of `frame`"):
        index.join_to(pd.DataFrame({"x": [1, 2]}))
    with pytest.raises(ParameterError, match="Did you mean 'harm'"):
        index.join_to(pd.DataFrame({"x": [1]}, index=["W000"]), columns=["harms"])
    with pytest.raises(AlignmentError, match="not by area"):
        load_weights().join_to(pd.DataFrame({"x": [1]}, index=["W000"]))


def test_tables_that_cannot_be_joined_are_refused_and_no_column_is_lost(index):
    mine = pd.DataFrame({"harm": [1, 2], "severity_index_harm": [3, 4]}, index=["W000", "W001"])
    with pytest.raises(ParameterError, match=r"has .severity_index_harm. and .harm.*Rename one"):
        index.join_to(mine)
    assert index.join_to(mine, columns=["rate"])["severity_index_harm"].tolist() == [3, 4]
    assert list(index.join_to(mine, columns=["rate", "rate"])) == [*mine, "rate"]
    with pytest.raises(SchemaError, match="no rows"):
        index.join_to(mine.iloc[:0])
    with pytest.raises(SchemaError, match="2 levels"):
        index.join_to(mine.set_index("harm", append=True))


@pytest.mark.parametrize(
    "weights", [SCHEME, pd.Series(SCHEME), {"Burglary": 100, "DRUGS": 10.0, "Violence and Sexual Offences": 50}]
)
def test_weights_may_be_a_mapping_or_a_series(index, weights):
    found = severity_index(make_counts(np.arange(18).reshape(3, 3, 2)), weights)
    assert found.harm.tolist() == index.harm.tolist()
    assert found.settings == index.settings


def test_weights_of_ones_own_are_checked_like_those_of_a_file():
    counts = make_counts(np.ones((2, 3, 2)))
    with pytest.raises(SchemaError, match="which row 1 holds already"):
        severity_index(counts, {"Burglary": 1, "burglary": 2, "drugs": 3, "violence-and-sexual-offences": 1})
    with pytest.raises(SchemaError, match="negative"):
        severity_index(counts, {"burglary": -1, "drugs": 3, "violence-and-sexual-offences": 1})
    with pytest.raises(SchemaError, match=r"a weight above 1e\+15"):
        severity_index(counts, {"burglary": 1e300, "drugs": 3, "violence-and-sexual-offences": 1})
    with pytest.raises(ParameterError, match="`weights` is empty"):
        severity_index(counts, {})
    for odd in (np.nan, "2", "1,000", True, 1j, pd.NaT):
        with pytest.raises(ParameterError, match=r"`weights` holds .* for 'drugs'; it must be a number"):
            severity_index(counts, pd.Series({**SCHEME, "drugs": odd}, dtype=object))
    with pytest.raises(ParameterError, match="WeightScheme for 'a'; it must be a number"):
        rank_uncertainty(counts, {"a": load_weights(), "burglary": 2.0}, seed=1, base=16)


def test_groups_and_spellings_are_offences_too():
    counts, scheme = make_counts(np.arange(18).reshape(3, 3, 2)), make_weights(SCHEME)
    group = severity_index(counts, scheme, offences="acquisitive")
    one = severity_index(counts, scheme, offences="burglary")
    assert group.harm.tolist() == one.harm.tolist()
    assert severity_index(counts, scheme, exclude=("violence", "Drugs")).harm.tolist() == one.harm.tolist()
    with pytest.raises(ParameterError, match="Did you mean 'violence'"):
        severity_index(counts, scheme, offences="violense")
    for none in ("damage", []):
        with pytest.raises(ParameterError, match=r"holds none of the offences of the counts, which are .*drugs"):
            severity_index(counts, scheme, offences=none)
    for everything in (["all"], ["acquisitive", "violence", "police-generated"]):
        with pytest.raises(ParameterError, match="takes away every offence"):
            severity_index(counts, scheme, exclude=everything)


@pytest.mark.parametrize(
    "form",
    [
        ("2025-04", "2025-09"),
        ["2025-04", "2025-09"],
        "2025-04 to 2025-09",
        (pd.Period("2025-04"), pd.Period("2025-09")),
        (pd.Period("2025Q2"), pd.Period("2025Q3")),
        ("2025-04", pd.Period("2025Q3")),
        (pd.Period("2025-04-01", "D"), pd.Period("2025-09-30", "D")),
        AssessmentPeriod("2025-04", "2025-09"),
    ],
)
def test_a_period_may_have_any_of_its_forms(form):
    assert as_period(form) == AssessmentPeriod("2025-04", "2025-09")
    counts = make_counts(np.ones((2, 3, 12)))
    assert counts.between(form).about.period == AssessmentPeriod("2025-04", "2025-09")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (pd.Period("2025-04-15", "D"), "2025-04-15, which is no whole month.*such as '2025-04'"),
        (pd.Period("2025-04-28", "W"), "no whole month"),
        ((pd.Period("2025-04-15", "D"), pd.Period("2025-09-30", "D")), "no whole month"),
        ("2025-04 to ", "holds ''"),
        ("2025-09 to 2025-04", "Swap the two"),
        ("2025-4", "'2025-4', which is not a month"),
        (pd.NaT, "the first and the last month"),
        ((pd.NaT, "2025-04"), "'NaT', which is not a month|the first and the last month"),
        ({"2025-04", "2025-09"}, "is a set; .*the first and the last month"),
        (["2025-04", "2025-05", "2025-06"], "a list of 3 values"),
        (pd.Series(dtype=float), "the first and the last month"),
        (np.datetime64("2025-04"), "the first and the last month"),
        (pd.Period, "the first and the last month"),
    ],
)
def test_what_is_no_run_of_whole_months_is_refused(form, words):
    with pytest.raises(ParameterError, match=words):
        as_period(form)
    with pytest.raises(ParameterError, match=words):
        make_counts(np.ones((2, 3, 12))).between(form)


def test_windows_take_every_form_of_a_period():
    counts = make_counts(np.random.default_rng(1).poisson(9, (4, 3, 12)))
    forms = {"first": "2025-04 to 2025-09", "second": (pd.Period("2025-10"), pd.Period("2026-03")), "all": None}
    found = rank_uncertainty(counts, SCHEME, window=forms, seed=1, base=16)
    assert found.settings.window == {
        "first": AssessmentPeriod("2025-04", "2025-09"),
        "second": AssessmentPeriod("2025-10", "2026-03"),
        "all": None,
    }
    again = rank_uncertainty(counts, SCHEME, settings=found.settings)
    assert again.table.equals(found.table)


def test_a_denominator_needs_its_unit():
    with pytest.raises(ParameterError, match=r"Did you mean 'resident'.*say in `unit`"):
        make_population({"W000": 1}, kind="residents")
    with pytest.raises(ParameterError, match="Leave `unit` out"):
        make_population({"W000": 1}, kind="resident", unit="person")
    for odd in ("", "premises\nSecond line", "x" * 101):
        with pytest.raises(ParameterError, match=r"`unit` is .*not empty, of at most 100 letters on one line"):
            make_population({"W000": 1}, kind="licensed", unit=odd)
