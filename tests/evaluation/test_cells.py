"""Cells and codes that are no numbers and no codes, told alike by every function that takes areas by months."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

import socharm as sh
from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError

CODES = [f"W{n:02d}" for n in range(12)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(22))
MONTHS = [str(month) for month in pd.period_range("2024-01", periods=8, freq="M")]
COUNTS = pd.DataFrame(np.random.default_rng(1).poisson(20.0, (12, 8)), index=CODES, columns=MONTHS).astype(float)
START, SITE = "2024-07", CODES[:1]
DOSE = (COUNTS * 0).mask((COUNTS.index == CODES[0])[:, None] & (COUNTS.columns >= START), 5.0)


def register(frame, folder):
    choices = {"name": "Patrols", "site": SITE, "start": START, "seed": 1, "outcomes": [{"name": "crimes"}]}
    made = sh.evaluation.register_protocol(choices, frame, to=folder / "p.toml", on=dt.date(2024, 6, 30))
    assert list(folder.iterdir())
    return made


def detectable(frame, folder, **changed):
    options = {"site": SITE, "start": START, "months": 3, "n": 200, "seed": 1, **changed}
    return sh.evaluation.minimum_detectable_change(frame, **options)


def dosed(dose, **changed):
    return sh.evaluation.dose_effect(COUNTS, dose=dose, permutations=99, seed=1, **changed)


def phased(frame, folder, **phases):
    named = phases or {"Clear": START}
    return sh.evaluation.phase_effects(frame, treated=SITE, phases=named, permutations=99, seed=1)


READERS = {
    "register_protocol": register,
    "minimum_detectable_change": detectable,
    "phase_effects": phased,
    "dose_effect": lambda frame, folder: dosed(frame),
}
CELLS = {
    "below zero": (COUNTS - 100, "of zero or more"),
    "endless": (COUNTS * np.inf, "of zero or more"),
    "huge": (COUNTS * 1e300, "to 1e.12"),
    "tiny": (COUNTS * 1e-300, "1e-09 to"),
    "words": (COUNTS.astype(object).assign(**{"2024-03": "many"}), "must hold numbers in all of its columns"),
    "complex": (COUNTS * 1j, "must hold numbers in all of its columns"),
    "dates": (COUNTS.astype("datetime64[s]"), "must hold numbers in all of its columns"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("cells", CELLS)
def test_what_is_no_amount_is_told_and_nothing_is_written(reader, cells, tmp_path):
    frame, told = CELLS[cells]
    with pytest.raises(SchemaError, match=told):
        READERS[reader](frame, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reader", ["register_protocol", "minimum_detectable_change", "phase_effects"])
@pytest.mark.parametrize(
    ("index", "told"),
    [
        ([None, *CODES[1:]], "no label|without an area code"),
        (pd.MultiIndex.from_product([["East"], CODES]), "have 2 levels"),
        ([1, "1", *CODES[2:]], "more than once"),
    ],
)
def test_rows_without_a_code_of_their_own_are_told(reader, index, told, tmp_path):
    with pytest.raises(SchemaError, match=told):
        READERS[reader](COUNTS.set_axis(index), tmp_path)


def test_large_whole_numbers_do_not_run_over_into_nothing(tmp_path):
    with pytest.raises(SchemaError, match=r"to 1e.12"):
        register((COUNTS * 0 + 2**62).astype("int64"), tmp_path)
    assert register((COUNTS * 0 + 2**39).astype("int64"), tmp_path).registration is not None


def test_a_table_without_columns_is_told(tmp_path):
    with pytest.raises(SchemaError, match="`data` has no columns"):
        register(COUNTS.iloc[:, :0], tmp_path)


def test_others_without_anything_recorded_after_the_start_say_nothing(tmp_path):
    empty = COUNTS.copy()
    empty.loc[CODES[1:], START:] = 0
    with pytest.raises(ParameterError, match="in any area to compare with"):
        phased(empty, tmp_path)


@pytest.mark.parametrize("name", [" ", "Clear\nHold"])
def test_phases_have_names_of_one_line(name, tmp_path):
    with pytest.raises(ParameterError, match="a name of one line"):
        phased(COUNTS, tmp_path, **{name: START})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"per": 1e6}, "`per` is 1e.06, and the largest dose is 5: .* State 5e-09 to 50"),
        ({"per": 1e-300}, "for that nothing is known"),
        ({"dose_unit": ""}, "dose_unit"),
        ({"dose_unit": "a\nb"}, "on one line"),
    ],
)
def test_a_dose_is_told_for_what_was_given(changed, told):
    with pytest.raises(ParameterError, match=told):
        dosed(DOSE, **changed)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"months": 10**9}, "from 1 to 1,200"),
        ({"exclude": SITE}, "sites overlap"),
        ({"level": 1e-4}, "fewer than one"),
        ({"power": 0.999}, "fewer than one"),
    ],
)
def test_what_simulated_worlds_cannot_tell(changed, told, tmp_path):
    with pytest.raises(ParameterError, match=told):
        detectable(COUNTS, tmp_path, **changed)


def test_exposures_that_have_nothing_in_common():
    people = pd.Series([1e-9, 1e9] * 6, index=CODES)
    with pytest.raises(SchemaError, match=r"`exposure` runs from 1e-09 to 1e.09"):
        sh.evaluation.selection_guard(COUNTS, site=SITE, start=START, exposure=people, draws=50, seed=1)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pd.DataFrame(np.ones((12, 2)), index=CODES, columns=["wealth", "wealth"]), "column 'wealth' more than once"),
        (pd.DataFrame({"wealth": np.arange(12) * 1e300}, index=CODES), "beyond 1e.12"),
        (pd.DataFrame({"wealth": np.arange(12) * 1j}, index=CODES), "must hold numbers"),
    ],
)
def test_covariates_that_cannot_be_compared(table, told):
    with pytest.raises(SchemaError, match=told):
        sh.evaluation.find_donors(COUNTS, site=SITE, areas=LINE, start=START, covariates=table)


def test_a_neighbour_that_is_only_named_as_one_is_an_area():
    one_way = Graph.from_arrays(CODES[:-1], CODES[1:], np.ones(11))
    made = sh.evaluation.find_donors(COUNTS, site=["W05"], areas=one_way, start=START, caliper=9.0)
    near = made.table["left_out"]
    assert near[near == "next to the site"].index.tolist() == ["W04", "W06"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda days: days.assign(count=1j), "must hold numbers"),
        (lambda days: days.assign(count=1e300), "to 1e.12"),
        (lambda days: days.assign(minutes=1e-3 * days["minutes"], per=0), "for that nothing is known"),
        (lambda days: pd.concat([days, days[["count"]]], axis=1), r"columns of the same name: \['count'\]"),
    ],
)
def test_place_days_that_are_no_numbers(change, told):
    rows = [(place, day, (day + place) % 2, 4, 5.0 * ((day + place) % 2)) for place in range(3) for day in range(6)]
    days = pd.DataFrame(rows, columns=["place", "day", "assigned", "count", "minutes"])
    with pytest.raises((SchemaError, ParameterError), match=told):
        sh.evaluation.crossover_effect(change(days), dose="minutes", permutations=99, seed=1)


def both(folder, second=COUNTS, first=COUNTS, **changed):
    choices = {"name": "Patrols", "site": SITE, "start": START, "seed": 1, "worlds": 200, "permutations": 99, **changed}
    choices |= {"outcomes": [{"name": "crimes"}, {"name": "thefts"}]}
    data = {"crimes": first, "thefts": second}
    made = sh.evaluation.register_protocol(choices, data, to=folder / "p.toml", on=dt.date(2024, 6, 30))
    return sh.evaluation.evaluate(made, data, LINE)


def test_outcomes_of_other_areas_are_told_before_they_are_registered(tmp_path):
    with pytest.raises(AlignmentError, match="2 areas of `outcome crimes` are not in `outcome thefts`"):
        both(tmp_path, COUNTS.iloc[:10])
    assert list(tmp_path.iterdir()) == []


def test_donors_without_anything_before_the_start_are_refused(tmp_path):
    empty = COUNTS.copy()
    empty.loc[CODES[1:], :"2024-06"] = 0
    with pytest.raises(RefusedError, match="at the areas to compare with in outcome 'thefts'"):
        both(tmp_path, empty)


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"phases": {"a\nb": START}}, "a name of one line"), ({"placebos": 10**9}, "from 1 to 100,000")],
)
def test_choices_that_could_be_registered_and_never_run(changed, told, tmp_path):
    with pytest.raises(ParameterError, match=told):
        both(tmp_path, **changed)


def test_more_rings_than_there_are_areas_are_refused_at_once(tmp_path):
    made = both(tmp_path, rings=10**9, methods=["placebo sites", "spillover rings"])
    rows = made.table.set_index(["outcome", "method"])
    assert rows.loc[("crimes", "spillover rings"), "verdict"] == "refused"


def test_errors_of_rounding_are_no_fall():
    made = sh.evaluation.synthetic_did(COUNTS * 0 + 7, treated=SITE, start=START, replications=20, seed=1)
    assert (made.findings.as_extreme, made.findings.p) == (20, 1.0)
