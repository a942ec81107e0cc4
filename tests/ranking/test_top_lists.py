"""Lists of the first k: who is most likely among them, and in which order."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from socharm.snapshot.top_list import first_areas


def ranked(ranks):
    return pd.DataFrame({"rank": pd.array(ranks, dtype="Int64")}, index=[f"A{i}" for i in range(len(ranks))])


def tops(size, chances):
    return pd.DataFrame(
        {"area_code": [f"A{i}" for i in range(len(chances))], "k": str(size), "size": size, "probability": chances}
    )


def test_a_list_holds_the_most_likely_and_not_the_first_by_rank():
    """A2 is fourth by its expected rank and likelier to be among the first two than the second."""
    found = first_areas(ranked([1, 2, 4, 3]), tops(2, [0.9, 0.3, 0.5, 0.3]), 2)
    assert found.index.tolist() == ["A0", "A2"]
    assert found["probability"].tolist() == [0.9, 0.5]


def test_without_that_size_the_order_is_of_the_rank():
    found = first_areas(ranked([2, 1, 4, 3]), tops(3, [1.0, 1.0, 0.5, 0.5]), 2)
    assert found.index.tolist() == ["A1", "A0"]
    assert found["probability"].isna().all()
    assert first_areas(ranked([1, 2]), pd.DataFrame(), 1).index.tolist() == ["A0"]


def test_a_withheld_probability_orders_nothing():
    found = first_areas(ranked([2, 1, 3]), tops(2, [1.0, None, 0.9]), 2)
    assert found.index.tolist() == ["A1", "A0"]


def test_equal_ends_are_all_kept_and_no_rank_is_no_member():
    found = first_areas(ranked([1, 2, 2, None]), tops(2, [1.0, 0.5, 0.5, 0.7]), 2)
    assert found.index.tolist() == ["A0", "A1", "A2"]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4)), min_size=1, max_size=9), st.integers(1, 9))
def test_nobody_left_out_is_likelier_than_anybody_listed(pairs, n):
    table, chances = ranked([rank for rank, _ in pairs]), [chance / 4 for _, chance in pairs]
    found = first_areas(table, tops(n, chances), n)
    assert len(found) >= min(n, len(pairs))
    left = [chance for code, chance in zip(table.index, chances, strict=True) if code not in found.index]
    assert max(left, default=0) <= found["probability"].min()
    assert found["probability"].is_monotonic_decreasing
