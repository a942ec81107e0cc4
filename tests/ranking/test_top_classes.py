"""Classes of areas: for sure, possibly, not; cut-offs by each rule, and the sentence that goes with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st

from socharm.errors import AlignmentError, ParameterError, RefusedError, SchemaError
from socharm.ranking.confidence_sets import RankSets, rank_confidence_sets
from socharm.ranking.top_classes import CLASSES, classify_top

LAW = quick(max_examples=20, deadline=None)


def counted(n: list[int], **columns: list[float]) -> RankSets:
    codes = [f"A{i:02d}" for i in range(len(n))]
    return rank_confidence_sets(pd.DataFrame({"n": n, **columns}, index=codes), seed=1)


@pytest.fixture(scope="module")
def gap() -> RankSets:
    """Three areas far above seven."""
    return counted([500, 480, 470, 60, 55, 50, 50, 45, 40, 38])


def test_classes_by_hand(gap):
    found = classify_top(gap, k=4)
    assert found.table["class"].tolist() == ["for sure"] * 3 + ["possibly"] * 7
    assert found.counts.to_dict() == {"for sure": 3, "possibly": 7, "not": 0, "not rankable": 0}
    assert list(found.counts.index) == list(CLASSES)
    assert classify_top(gap, k=2).counts.tolist() == [0, 3, 7, 0]
    assert classify_top(gap, k="30%").k == 3
    assert "3 for sure, 7 possibly" in repr(found)


def test_sets_separate_at_the_gap(gap):
    found = classify_top(gap, k="separation")
    assert found.k == 3
    assert found.table["class"].tolist() == ["for sure"] * 3 + ["not"] * 7
    assert found.cutoffs.loc[3, ["for_sure", "possibly", "not"]].tolist() == [3, 0, 7]
    assert found.sentence == (
        "The cut-off of 3 is where the rank sets separate best: 3 of the 3 areas that can belong there do so for sure. "
        "3 areas belong to the top 3 for sure, 0 possibly, 7 do not. At 95% confidence all classes "
        "hold together, if the errors of the estimates do."
    )


def test_the_elbow_is_where_areas_fall_below_the_mean(gap):
    found = classify_top(gap, k="elbow")
    assert found.k == 3  # the mean is 178.8
    assert found.cutoffs.loc[3, "share_held"] == pytest.approx(1450 / 1788)
    assert "hold 81% of the total on 30.0% of the areas" in found.sentence


def test_the_accuracy_index_by_hand():
    # One place in ten thousandths of the ground: shares held 0.5, 0.75, 1; of the ground 0.01, 0.06, 1.
    sets = counted([200, 100, 100])
    km2 = pd.Series([1.0, 5.0, 94.0], index=["A00", "A01", "A02"], name="km²")
    found = classify_top(sets, k="pai", size=km2)
    assert found.cutoffs["pai"].tolist() == pytest.approx([50, 12.5, 1])
    assert found.k == 2
    assert found.findings.size == "km²"
    assert "hold 75% of the total on 6.0% of the km², 12.5 times their share" in found.sentence
    assert classify_top(sets, k="pai", size=km2, minimum_pai=20).k == 1
    people = counted([200, 100, 100], exposure=[1.0, 5.0, 94.0])
    assert classify_top(people, k="pai", size="exposure").k == 2


def test_each_rule_names_itself_and_its_confidence(gap):
    km2 = pd.Series([1.0] * 3 + [100.0] * 7, index=gap.table.index, name="km²")
    sentences = [classify_top(gap, k=k, size=km2).sentence for k in (3, "separation", "elbow", "pai")]
    for sentence, words in zip(
        sentences,
        ["given, not chosen by these data", "separate best", "elbow", "predictive accuracy index"],
        strict=True,
    ):
        assert words in sentence
        assert "95% confidence" in sentence
        assert "nan" not in sentence


def test_areas_without_a_set_are_not_rankable_and_counted():
    table = pd.DataFrame({"estimate": [90.0, 50.0, 10.0, 30.0, np.nan], "se": [1.0, 1.0, 1.0, np.nan, 1.0]})
    found = classify_top(rank_confidence_sets(table, seed=1), k=2)
    assert found.table["class"].tolist() == ["for sure", "possibly", "not", "not rankable", "not rankable"]
    assert "; 2 could not be placed" in found.sentence
    assert found.table["reason"].tolist()[3:] == ["no standard error: its rank is not bounded", "no estimate"]


def test_one_area_and_equal_areas():
    assert classify_top(counted([5]), k="separation").table["class"].tolist() == ["for sure"]
    equal = counted([5] * 6)
    assert set(classify_top(equal, k=2).table["class"]) == {"possibly"}
    with pytest.raises(RefusedError, match="separate nowhere within the first half"):
        classify_top(equal, k="separation")
    assert classify_top(equal, k="elbow").k == 1


@given(seed=st.integers(0, 10_000), n=st.integers(2, 15))
@LAW
def test_classes_follow_from_the_sets_at_every_cut_off(seed, n):
    rng = np.random.default_rng(seed)
    sets = counted([int(value) for value in rng.poisson(rng.lognormal(4, 1, n))])
    before: set[str] = set()
    for k in range(1, n + 1):
        found = classify_top(sets, k=k)
        sure = set(found.table.index[found.table["class"] == "for sure"])
        assert len(sure) <= k <= (found.table["class"] != "not").sum()
        assert before <= sure
        row = found.cutoffs.loc[k]
        assert found.counts.tolist()[:3] == row[["for_sure", "possibly", "not"]].tolist()
        before = sure
    assert before == set(sets.table.index)


@given(seed=st.integers(0, 10_000))
@LAW
def test_the_elbow_does_not_depend_on_the_unit_of_sizes(seed):
    rng = np.random.default_rng(seed)
    sets = counted([int(value) for value in rng.poisson(rng.lognormal(4, 1, 12))])
    km2 = pd.Series(rng.uniform(1, 9, 12), index=sets.table.index)
    one, other = (classify_top(sets, k="elbow", size=km2 * factor) for factor in (1.0, 0.37))
    assert one.k == other.k


@pytest.mark.parametrize("k", [0, -2, 1.5, 11, "many", "sepration", True, "0%", ""])
def test_cut_offs_are_checked(gap, k):
    with pytest.raises(ParameterError, match="`k` is"):
        classify_top(gap, k=k)


def test_what_cannot_be_classified(gap):
    with pytest.raises(ParameterError, match="Did you mean 'separation'"):
        classify_top(gap, k="sepration")
    with pytest.raises(ParameterError, match="`rank_sets` is a DataFrame"):
        classify_top(gap.table, k=3)
    with pytest.raises(ParameterError, match="`size` is 'km2'"):
        classify_top(gap, k=3, size="km2")
    with pytest.raises(ParameterError, match="do not hold"):
        classify_top(gap, k=3, size="exposure")
    with pytest.raises(ParameterError, match="`minimum_pai` is 0"):
        classify_top(gap, k="pai", minimum_pai=0)
    with pytest.raises(AlignmentError, match="lacks 9 areas of the ranking, such as"):
        classify_top(gap, k="pai", size=pd.Series([1.0], index=["A00"]))
    with pytest.raises(SchemaError, match="must lie above zero; 'A00'"):
        classify_top(gap, k="pai", size=pd.Series([0.0] + [1.0] * 9, index=gap.table.index))
    with pytest.raises(RefusedError, match=r"the most is 2\.8, with 1"):
        classify_top(gap, k="pai")
    below = rank_confidence_sets(pd.DataFrame({"estimate": [1.0, -1.0], "se": [1.0, 1.0]}), seed=1)
    with pytest.raises(ParameterError, match="none negative"):
        classify_top(below, k="elbow")
