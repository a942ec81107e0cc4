"""Counts, weights and populations that were changed where they stand: no index is made of what they cannot be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights

from socharm.errors import SchemaError
from socharm.severity.index import severity_index

OFFENCES = ("burglary", "drugs")
COVERED = np.array([[True, True, True], [True, True, False], [True, True, True]])
N = np.arange(18).reshape(3, 2, 3)
COUNTS = make_counts(N, offences=OFFENCES, covered=COVERED)
WEIGHTS = make_weights({"burglary": 100.0, "drugs": 10.0})
PEOPLE = make_population({"W000": 1000.0, "W001": 2000.0, "W002": 3000.0})


def changed(record: Any, change: Callable[[pd.DataFrame], None]) -> Any:
    """A copy of a record whose table was changed in place."""
    other = copy.deepcopy(record)
    change(other.table)
    return other


def put(column: str, value: Any) -> Callable[[pd.DataFrame], None]:
    return lambda table: table.__setitem__(column, value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put("n", -1), "16 of 16 numbers of `counts.table` are no counts, such as a number below 0: whole"),
        (put("n", np.nan), "are no counts"),
        (put("n", np.inf), "are no counts"),
        (put("n", 1.5), "are no counts"),
        (put("n", "7"), "are no counts, such as a text: whole"),
        (put("n", "Ann Example, 3 Mill Lane"), "are no counts, such as a text: whole"),
        (put("n", True), "are no counts"),
        (put("area_code", "X"), r"area codes that are not in `counts.areas`: 16 rows, such as \['X'\]"),
        (put("area_code", None), "area codes that are not in `counts.areas`"),
        (put("offence", None), "rows without an offence"),
        (put("period", "2025-04"), "months as str, not as monthly periods"),
        (put("period", pd.Period("2030-01", "M")), r"months that `counts.coverage` does not have.*'2030-01'"),
        (put("period", pd.Period("2025-04", "M")), "rows of `counts.table` stand more than once"),
        (lambda table: table.__delitem__("n"), r"lacks the columns \['n'\]"),
    ],
)
def test_counts_that_were_changed_in_place_are_refused(change, told):
    with pytest.raises(SchemaError, match=told):
        severity_index(changed(COUNTS, change), WEIGHTS)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"table": pd.concat([COUNTS.table, COUNTS.table])}, "16 rows of `counts.table` stand more than once"),
        ({"table": COUNTS.table.iloc[1:]}, "1 row of `counts.table` is missing, such as W000 / burglary / 2025-04"),
        ({"areas": COUNTS.areas.iloc[:2]}, "`counts.coverage` has 3 areas and `counts.areas` 2"),
        ({"areas": pd.concat([COUNTS.areas, COUNTS.areas])}, "`counts.areas` holds 3 codes more than once"),
        ({"coverage": COUNTS.coverage.iloc[:2]}, "`counts.coverage` has 2 areas"),
        ({"coverage": COUNTS.coverage.iloc[:, :2]}, r"months that `counts.coverage` does not have.*'2025-06'"),
        (
            {"coverage": COUNTS.coverage | True},
            "2 rows of `counts.table` are missing, such as W001 / burglary / 2025-06",
        ),
        ({"coverage": COUNTS.coverage & False}, "are of areas and months that are not covered"),
        ({"coverage": COUNTS.coverage.astype(int)}, "must say True or False"),
    ],
)
def test_counts_whose_parts_do_not_fit_each_other_are_refused(parts, told):
    with pytest.raises(SchemaError, match=told):
        severity_index(replace(COUNTS, **parts), WEIGHTS)


def test_the_order_of_rows_and_areas_is_free():
    wanted = severity_index(COUNTS, WEIGHTS, PEOPLE).table
    mixed = replace(COUNTS, table=COUNTS.table.iloc[::-1], coverage=COUNTS.coverage.iloc[[2, 0, 1]])
    pd.testing.assert_frame_equal(severity_index(mixed, WEIGHTS, PEOPLE).table, wanted)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put("weight", -1.0), "of `weight` do not, such as .'burglary: a number below 0'"),
        (put("weight", np.nan), "of `weight` do not"),
        (put("weight", "x"), "of `weight` do not"),
        (put("tau", -1.0), "of `tau` do not"),
        (put("within_variance", np.inf), "of `within_variance` do not"),
        (lambda table: table.__delitem__("tau"), r"`weights.table` lacks the columns \['tau'\]"),
    ],
)
def test_weights_that_were_changed_in_place_are_refused(change, told):
    with pytest.raises(SchemaError, match=told):
        severity_index(COUNTS, changed(WEIGHTS, change))


def test_an_offence_with_two_weights_is_refused():
    twice = replace(WEIGHTS, table=pd.concat([WEIGHTS.table, WEIGHTS.table.iloc[:1]]))
    with pytest.raises(SchemaError, match=r"`weights` holds 1 offence more than once, such as .'burglary'"):
        severity_index(COUNTS, twice)


@pytest.mark.parametrize("value", [np.inf, -np.inf, "many", True])
def test_a_population_that_was_changed_in_place_is_refused(value):
    with pytest.raises(
        SchemaError, match="`population` must hold numbers, or nothing where none is known; 3 are"
    ) as told:
        severity_index(COUNTS, WEIGHTS, changed(PEOPLE, put("value", value)))
    assert "many" not in str(told.value)


def test_an_area_with_two_populations_is_refused():
    twice = replace(PEOPLE, table=pd.concat([PEOPLE.table, PEOPLE.table]))
    with pytest.raises(SchemaError, match="`population` holds 3 codes more than once"):
        severity_index(COUNTS, WEIGHTS, twice)
