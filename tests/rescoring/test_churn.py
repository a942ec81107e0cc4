"""How many of a list stay when nothing changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from factories import random_counts
from scipy import stats

import socharm as sh
from socharm.errors import ParameterError, RefusedError
from socharm.rescoring.churn_worlds import drawn_ranks, harm_of_bands, kept_by_size
from socharm.rescoring.joint import fit_joint
from socharm.rescoring.paired_counts import pair_counts

HALVES = (("2019-04", "2019-09"), ("2019-10", "2020-03"))


@pytest.fixture(scope="module")
def halves() -> tuple[sh.severity.SeverityIndex, sh.severity.SeverityIndex]:
    counts, people, weights = random_counts(areas=60, seed=3)
    first, second = (sh.severity_index(counts.between(*months), weights, people) for months in HALVES)
    return first, second


@pytest.fixture(scope="module")
def receipt(halves) -> sh.rescoring.ChurnReceipt:
    return sh.rescoring.churn_receipt(*halves, first=8, worlds=400, seed=1)


def test_kept_by_hand():
    first = np.array([1, 2, 3, 4])
    assert kept_by_size(first, np.array([[2, 1, 4, 3], [4, 3, 2, 1]])).tolist() == [[0, 2, 2, 4], [0, 0, 2, 4]]


def test_every_size_has_a_line_and_all_areas_stay_among_all(receipt):
    table = receipt.table
    assert table.index.tolist() == list(range(1, 61))
    last = table.loc[60]
    assert last[["stayed", "expected", "low_95", "high_95"]].tolist() == [60] * 4
    assert (table["low_95"] <= table["low_50"]).all()
    assert (table["high_50"] <= table["high_95"]).all()
    assert table["expected"].between(table["low_95"], table["high_95"]).all()
    assert (table["stayed"].diff().dropna() >= 0).all()


def test_who_stayed_by_hand(halves, receipt):
    first, second = (set(index.table["rate"].nlargest(8).index) for index in halves)
    assert receipt.findings.stayed == len(first & second)
    areas = receipt.areas
    assert set(areas.index[areas["left"]]) == first - second
    assert set(areas.index[areas["entered"]]) == second - first
    ranks = [index.table["rate"].rank(ascending=False) for index in halves]
    assert receipt.findings.median_move == (ranks[1] - ranks[0]).abs().median()
    assert areas["stays"].sum() == pytest.approx(8, abs=0.05)


def test_the_same_seed_gives_the_same_receipt_for_any_threads(halves, receipt):
    again = sh.rescoring.churn_receipt(*halves, first=8, worlds=400, seed=1, threads=1)
    pd.testing.assert_frame_equal(again.table, receipt.table)
    pd.testing.assert_frame_equal(again.areas, receipt.areas)
    other = sh.rescoring.churn_receipt(*halves, first=8, worlds=400, seed=2)
    assert not other.table["expected"].equals(receipt.table["expected"])


def test_a_receipt_says_what_its_table_holds(receipt):
    for k in (8, 20):
        row = receipt.table.loc[k]
        assert receipt.explain(k) == (
            f"{row['stayed']:.0f} of the first {k} by recorded rate stayed; "
            f"{row['expected']:.1f} [{row['low_95']:.0f} to "
            f"{row['high_95']:.0f}] would have stayed had nothing changed."
        )
    assert receipt.explain() == receipt.explain(8)
    with pytest.raises(ParameterError, match="60 areas were compared"):
        receipt.explain(61)


def test_bands_keep_the_harm_and_its_variance(halves):
    pair = pair_counts(*halves)
    listed = np.arange(60) < 8
    model = fit_joint(pair, listed)
    bands = harm_of_bands(pair, model)
    np.testing.assert_allclose(bands.share.sum(axis=1), 1)
    before = pair.earlier.by_offence.sum(axis=0)
    all_harm = before * pair.weights
    together = all_harm @ pair.weights / all_harm.sum()
    force = np.average(bands.share, axis=0, weights=pair.earlier.by_offence @ pair.weights)
    assert force @ bands.weight == pytest.approx(together, rel=0.05)


def test_worlds_have_the_mean_and_the_spread_of_the_model(halves):
    """How often one area of a world is worse than another, by the model's draws and by the normal of its moments.

    Worlds draw the harm of each area about the mean that is expected, with the variance of level and chance together;
    of two areas the difference is then nearly normal, of the sum of both variances.
    """
    pair = pair_counts(*halves)
    model = fit_joint(pair, np.arange(60) < 8)
    drawn = drawn_ranks(pair, model, worlds=2_000, seed=1, threads=1)
    mean = model.predicted.expected() / pair.later.exposure
    spread = np.sqrt(model.predicted.variance()) / pair.later.exposure
    order = np.argsort(-mean)
    unit = spread / mean
    gaps = []
    for first, second in zip(order[:-6], order[6:], strict=True):
        told = stats.norm.cdf((mean[first] - mean[second]) / np.hypot(spread[first], spread[second]))
        gaps.append((drawn[:, first] < drawn[:, second]).mean() - told)
    assert abs(np.mean(gaps)) < 0.02
    assert np.max(np.abs(gaps)) < 0.12
    assert 0.02 < np.median(unit) < 1


def test_both_periods_are_printed(receipt):
    assert "period: 2019-04 to 2019-09 against 2019-10 to 2020-03" in repr(receipt)


def test_periods_that_are_no_two_are_refused(halves):
    first, second = halves
    with pytest.raises(RefusedError, match=r"Both indices are the same one\. Compare those of two periods"):
        sh.rescoring.churn_receipt(first, first, seed=1)
    with pytest.raises(RefusedError, match=r"of April 2019 to September 2019, before the earlier one .* Swap the two"):
        sh.rescoring.churn_receipt(second, first, seed=1)


def test_a_seed_must_be_stated(halves):
    with pytest.raises(ParameterError, match="seed"):
        sh.rescoring.churn_receipt(*halves)
