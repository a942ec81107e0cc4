"""What moves many offences of a place at once, and months that did not arrive everywhere, are in the intervals."""

from __future__ import annotations

import factories
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm.ranking.ranks import rank_areas
from socharm.severity.cells import exposure_by_month, season_exposure
from socharm.severity.dispersion import DEFAULT_COMMON
from socharm.severity.index import severity_index
from socharm.stats.dispersion import common_variance, month_effect

OFFENCES = ("burglary", "robbery", "drugs", "vehicle-crime")


def shocked(sd: float, *, areas: int = 120, kinds: int = 4, months: int = 12, seed: int = 3) -> np.ndarray:
    """Counts of shape (areas, kinds, months): Poisson around rates that all kinds of an area shift together."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(10, 60, (areas, kinds, 1))
    shift = np.exp(sd * rng.standard_normal((areas, 1, months)) - sd**2 / 2)
    return rng.poisson(level * shift)


@pytest.mark.parametrize("sd", [0.2, 0.45])
def test_a_planted_shock_is_found_at_its_size(sd):
    n = shocked(sd).transpose(1, 0, 2).astype(float)
    found = common_variance(n, np.ones(n.shape[1:], dtype=bool))
    assert found == pytest.approx(np.expm1(sd**2) / 12, rel=0.2)


def test_offences_that_move_apart_share_nothing():
    rng = np.random.default_rng(2)
    n = rng.poisson(rng.gamma(2, 20, (4, 120, 12))).astype(float)  # over-dispersed, each by itself
    assert common_variance(n, np.ones((120, 12), dtype=bool)) < 0.001


def test_one_kind_or_one_area_tells_nothing():
    n = shocked(0.4).transpose(1, 0, 2).astype(float)
    everywhere = np.ones(n.shape[1:], dtype=bool)
    assert common_variance(n[:1], everywhere) == 0
    assert common_variance(n[:, :1], everywhere[:1]) == 0
    assert common_variance(n * 0, everywhere) == 0


def index_of(n: np.ndarray, **more):
    counts = factories.make_counts(n, offences=OFFENCES[: n.shape[1]], **more)
    weights = factories.make_weights(dict(zip(OFFENCES, (438.0, 746.0, 60.0, 30.0), strict=True)))
    people = factories.make_population(dict.fromkeys(counts.areas.index, 9000.0))
    return severity_index(counts, weights, people)


def test_shared_shocks_widen_the_draws_and_the_error_of_the_sum():
    calm, wild = index_of(shocked(0.0)), index_of(shocked(0.45))
    assert calm.model.common < 0.002
    assert wild.model.common == pytest.approx(np.expm1(0.45**2) / 12, rel=0.25)
    spread = wild.model.draw_rates(2000, seed=1)
    relative = spread.std(axis=0) / spread.mean(axis=0)
    assert (relative > 0.9 * np.sqrt(wild.model.common)).all()
    share = (wild.table["harm_se"] / wild.table["harm"]).astype(float)
    assert (share**2 > np.expm1(wild.model.common)).all()
    # By the bands alone the crimes of an area vary less than they do together.
    events = wild.model.counts.to_numpy().sum(axis=0)
    assert wild.model.phi_crimes > 1.5 * np.average(wild.model.bands["phi"], weights=events)


@pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")
def test_one_month_has_the_packaged_variance_of_one_month():
    assert index_of(shocked(0.3, months=1)).model.common == pytest.approx(DEFAULT_COMMON * 12)


# months that did not arrive everywhere


def test_the_month_effect_of_the_worked_example():
    # Area 1 has 10 and 30; area 2 misses the second month: 30 : 10 in the only area that has both.
    n, covered = np.array([[10.0, 30.0], [20.0, 0.0]]), np.array([[True, True], [True, False]])
    assert month_effect(n, covered).tolist() == pytest.approx([0.5, 1.5])


def test_an_area_without_its_summer_is_not_quiet():
    season = np.array([40.0, 100.0, 40.0])
    n = np.tile(season, (3, 1, 1)).astype(int)
    covered = np.ones((3, 3), dtype=bool)
    covered[0, 1] = False
    index = index_of(n, covered=covered)
    plain = severity_plain(n, covered)
    assert index.table["exposure"].tolist() == pytest.approx([9000 / 12 * 3 * 80 / 180, 9000 / 4, 9000 / 4])
    assert index.rate.to_numpy() == pytest.approx(index.rate.iloc[1])
    assert plain.rate.iloc[0] == pytest.approx(0.667 * plain.rate.iloc[1], rel=1e-3)
    months = index.by_period[index.by_period["area_code"] == index.table.index[0]]
    assert months["exposure"].tolist() == [750.0, 750.0]


def severity_plain(n: np.ndarray, covered: np.ndarray):
    counts = factories.make_counts(n, offences=OFFENCES[:1], covered=covered)
    people = factories.make_population(dict.fromkeys(counts.areas.index, 9000.0))
    return severity_index(counts, factories.make_weights({"burglary": 438.0}), people, season=False)


@given(seed=st.integers(0, 50), missing=st.integers(0, 5))
def test_where_all_miss_the_same_months_nothing_is_weighed(seed, missing):
    n = shocked(0.3, areas=5, kinds=1, months=6, seed=seed)
    covered = np.ones((5, 6), dtype=bool)
    covered[:, missing] = False
    counts = factories.make_counts(n, offences=OFFENCES[:1], covered=covered)
    monthly = exposure_by_month(pd.Series(9000.0, index=counts.areas.index), counts.coverage)
    found = season_exposure(monthly, counts.table, counts.coverage)
    pd.testing.assert_series_equal(found, monthly.sum(axis=1), check_names=False)


@pytest.mark.parametrize("times", [0.3, 3.0])
def test_one_area_that_outweighs_all_others_does_not_make_their_season(times):
    """A giant whose second half is another one changes what a missing summer is worth by next to nothing."""
    rng = np.random.default_rng(3)
    season = np.repeat([0.8, 1.2], 6)
    n = rng.poisson(30.0 * season, (40, 1, 12))
    covered = np.ones((40, 12), dtype=bool)
    covered[5, 6:] = False
    n[5, :, 6:] = 0
    found = []
    for after in (1.0, times):
        n[0, 0] = rng.poisson(5_000 * season * np.repeat([1.0, after], 6))
        counts = factories.make_counts(n, offences=OFFENCES[:1], covered=covered)
        monthly = exposure_by_month(pd.Series(9000.0, index=counts.areas.index), counts.coverage)
        found.append(season_exposure(monthly, counts.table, counts.coverage))
    assert found[0].iloc[5] == pytest.approx(4500 * 0.8, rel=0.02)
    assert found[1].iloc[5] == pytest.approx(found[0].iloc[5], rel=0.01)
    assert found[1].iloc[0] == pytest.approx(9000.0)


def test_few_crimes_tell_no_season():
    n = np.ones((3, 1, 4), dtype=int)
    covered = np.ones((3, 4), dtype=bool)
    covered[0, 0] = False
    counts = factories.make_counts(n, offences=OFFENCES[:1], covered=covered)
    monthly = exposure_by_month(pd.Series(9000.0, index=counts.areas.index), counts.coverage)
    assert season_exposure(monthly, counts.table, counts.coverage).tolist() == [2250.0, 3000.0, 3000.0]


# the offence mix of what was recorded


def test_realised_harm_doubts_the_mix_of_each_place():
    n = shocked(0.0, areas=40)
    certain = index_of(n)
    doubtful_cells = certain.cells.assign(tau=0.3)
    from socharm.ranking.realised import draw_realised

    fixed = draw_realised(certain.cells, certain.model.exposure, draws=50, seed=1)
    drawn = draw_realised(doubtful_cells, certain.model.exposure, draws=4000, seed=1)
    assert fixed.std(axis=1) == pytest.approx(0)
    np.testing.assert_allclose(drawn.mean(axis=1), certain.rate, rtol=0.03)
    parts = certain.cells.pivot_table(index="area_code", columns="offence", values="harm", aggfunc="sum")
    expected = np.sqrt((parts**2).sum(axis=1) * np.expm1(0.3**2)) / certain.model.exposure
    np.testing.assert_allclose(drawn.std(axis=1), expected, rtol=0.08)
    assert rank_areas(certain, estimand="realised", draws=20, seed=1).table["rank"].notna().all()
