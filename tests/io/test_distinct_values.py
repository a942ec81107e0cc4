"""Distinct pairs and sums by packed numbers against the plain way, on values that packing could mix up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm.io.incidents import distinct
from socharm.io.incidents.distinct import number_pairs, summed

NUMBERS = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.0, -1.0, float("nan"), float("inf"), 1e-300, 2.0**53]))
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30)


def plain(value: float | None) -> object:
    """Equal for what is one value: NaN is, and -0 is 0."""
    return "nan" if value is not None and np.isnan(value) else value


def assert_numbered(rows: list[tuple[float | None, float | None]]) -> None:
    schema = {"x": pl.Float64, "y": pl.Float64}
    pairs, at = number_pairs(pl.DataFrame(rows, schema=schema, orient="row"), ("x", "y"))
    told = [tuple(map(plain, pair)) for pair in pairs.rows()]
    assert len(set(told)) == len(told)
    assert [told[place] for place in at] == [tuple(map(plain, row)) for row in rows]
    assert pairs.equals(pairs.sort("x", "y"))
    assert "-0.0" not in map(str, sum(pairs.rows(), ()))


@given(PAIRS)
def test_every_row_finds_its_own_pair(rows: list[tuple[float | None, float | None]]) -> None:
    assert_numbered(rows)


@pytest.mark.parametrize("factors", [(0, 0), (1, 1)])
def test_pairs_that_are_mixed_to_one_number_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, factors: tuple[int, int]
) -> None:
    monkeypatch.setattr(distinct, "_FACTORS", factors)
    assert_numbered([(1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (None, 0.0), (0.0, None), (0.0, 0.0), (1.0, 2.0)])


def test_pairs_of_several_slices_have_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distinct, "_SLICE", 2)
    assert_numbered([(1.0, 2.0), (2.0, 1.0), (None, 1.0), (1.0, 2.0), (2.0, None), (2.0, 1.0), (None, 1.0)])


KEYS = st.tuples(
    st.one_of(st.none(), st.integers(-3, 3)),
    st.booleans(),
    st.one_of(st.none(), st.sampled_from([-(2**31), 2**31 - 1])),
)


@given(st.lists(st.tuples(KEYS, st.integers(0, 3)), min_size=1, max_size=30), st.sampled_from([2**62, 1]))
def test_sums_are_those_of_the_groups(rows: list[tuple[tuple[object, ...], int]], largest: int) -> None:
    expected: Counter[tuple[object, ...]] = Counter()
    for keys, n in rows:
        expected[keys] += n
    schema = {"a": pl.Int32, "b": pl.Boolean, "c": pl.Int32, "n": pl.UInt32}
    frame = pl.DataFrame([(*keys, n) for keys, n in rows], schema=schema, orient="row")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "_LARGEST", largest)
        found = summed(frame, ["n"])
    assert found.schema == {**schema, "n": pl.Int64}
    assert {row[:3]: row[3] for row in found.rows()} == dict.fromkeys({keys for keys, _ in rows}, 0) | dict(expected)
    assert len(found) == len({keys for keys, _ in rows})
