"""What an interval of a rank is of: this period or the next, and how it hangs on the offence mix."""

import numpy as np
import pytest
from factories import make_counts, make_population, make_weights, random_counts

from socharm.errors import ModelWarning, ParameterError
from socharm.ranking.ranks import rank_areas
from socharm.severity.index import severity_index


@pytest.fixture(scope="module")
def index():
    """Categories, which have a mix."""
    counts, population, weights = random_counts(areas=30)
    return severity_index(counts, weights, population)


@pytest.fixture(scope="module")
def single():
    """One offence, which has none."""
    n = np.random.default_rng(1).poisson(30, (20, 1, 6))
    codes = [f"W{i:03d}" for i in range(20)]
    people = make_population(dict.fromkeys(codes, 9_000.0))
    return severity_index(make_counts(n, offences=("burglary",)), make_weights({"burglary": 380.0}), people)


# --- the next period


def test_a_next_period_has_the_same_mean_and_the_luck_of_its_events(single):
    """Var = Var(rate) + E[rate] v / e with v = phi w for one offence; shocks of `common` beside."""
    model = single.model
    now, later = (draw(20_000, seed=1) for draw in (model.draw_rates, model.draw_next))
    np.testing.assert_allclose(later.mean(axis=0), now.mean(axis=0), rtol=0.02)
    phi, e = model.bands["phi"].iloc[0], model.exposure.to_numpy()
    shock = np.expm1(model.common)
    luck = now.mean(axis=0) * phi * 380.0 / e * (1 + shock)
    expected = now.var(axis=0) + luck + shock * (now**2).mean(axis=0)
    np.testing.assert_allclose(later.var(axis=0), expected, rtol=0.05)


def test_a_draw_of_the_next_period_is_the_same_in_any_block(index):
    whole = index.model.draw_next(20, seed=3)
    parts = [index.model.draw_next(10, seed=3, start=start, threads=2) for start in (0, 10)]
    assert whole.tobytes() == np.concatenate(parts).tobytes()
    assert not np.array_equal(whole, index.model.draw_next(20, seed=4))


def test_the_interval_of_the_next_period_is_wider_and_says_so(index):
    now, later = (rank_areas(index, draws=2_000, seed=1, horizon=h) for h in ("this period", "next period"))
    width = [(r.table["rank_high_95"] - r.table["rank_low_95"]).mean() for r in (now, later)]
    assert width[1] > width[0]
    assert "next period" in repr(later)
    assert "the rank that as many next months will record" in later.explain("W000")
    assert "hold 86% of the ranks that the next year records" in later.explain("W000")
    assert later.table["mix_low_90"].isna().all()
    with pytest.raises(ParameterError, match="Use one of them"):
        rank_areas(index, draws=10, seed=1, horizon="next period", estimand="realised")
    with pytest.raises(ParameterError, match=r"`horizon` is 'next perod'.*Did you mean"):
        rank_areas(index, draws=10, seed=1, horizon="next perod")


def test_the_rank_that_comes_is_held_where_the_model_is_true():
    """Gamma-Poisson places, twice six months: 95% of the later recorded ranks, give or take."""
    rng = np.random.default_rng(5)
    held = []
    for _ in range(8):
        rate = rng.gamma(6, 1 / 6, 60) * 12
        n = rng.poisson(rate[:, None, None], (60, 1, 12))
        codes = [f"W{i:03d}" for i in range(60)]
        people = make_population(dict.fromkeys(codes, 9_000.0))
        counts = make_counts(n, offences=("burglary",))
        months = [str(month) for month in counts.coverage.columns]
        earlier, later = (
            severity_index(counts.between(*half), make_weights({"burglary": 380.0}), people)
            for half in ((months[0], months[5]), (months[6], months[11]))
        )
        table = rank_areas(earlier, draws=1_000, seed=1, horizon="next period").table
        came = later.table["rate"].astype(float).rank(ascending=False)
        held.append(((came >= table["rank_low_95"]) & (came <= table["rank_high_95"])).mean())
    assert 0.92 <= np.mean(held) <= 0.99


# --- the offence mix


def test_a_mix_that_all_categories_share_moves_them_as_one(index):
    """With one tau for all and everything shared, the mix is one factor of the area: log-normal of that spread."""
    model = index.model
    tau = model.bands["tau"].to_numpy()
    none = model.draw_rates(4_000, seed=2, mix_times=0.0)
    shared = model.draw_rates(4_000, seed=2, mix_times=2.0, mix_shared=1.0)
    apart = model.draw_rates(4_000, seed=2, mix_times=2.0)
    np.testing.assert_allclose(shared.mean(axis=0), none.mean(axis=0), rtol=0.06)
    assert (np.log(shared / none).std(axis=0) > np.log(apart / none).std(axis=0)).all()
    spread = np.log(shared / none).std(axis=0)
    assert (spread < 2 * tau.max() * 1.05).all()  # and below it where a category without a mix has harm
    heaviest = 2 * (model.posterior.mean * model.bands["weight"].to_numpy() * tau).sum(axis=1)
    heaviest /= (model.posterior.mean * model.bands["weight"].to_numpy()).sum(axis=1)
    np.testing.assert_allclose(spread, heaviest, rtol=0.1)  # the mean spread, weighed by harm
    with pytest.raises(ParameterError, match="every band is drawn by itself"):
        model.draw_rates(10, seed=1, exact=0.9, mix_shared=0.5)
    with pytest.raises(ParameterError, match="`mix_shared`"):
        model.draw_rates(10, seed=1, mix_shared=1.5)


def test_twice_the_mix_widens_and_is_said(index):
    found = rank_areas(index, draws=2_000, seed=1)
    table = found.table
    one = (table["rank_high_95"] - table["rank_low_95"]).mean()
    two = (table["mix_high_95"] - table["mix_low_95"]).mean()
    shared = rank_areas(index, draws=2_000, seed=1, mix_shared=0.5)
    assert one < two < (shared.table["mix_high_95"] - shared.table["mix_low_95"]).mean()
    text = found.explain("W000")
    assert "If they differed 2 times as much, it would be" in text
    assert "If they truly differ twice as much, the first interval of 95% holds 86%, and 74% where" in text
    assert "hold the rank by the lasting rate 87% of the time" in text
    assert "50% of it in all categories at once" in shared.explain("W000")
    # the first interval does not move with the second
    assert table["rank_low_95"].equals(rank_areas(index, draws=2_000, seed=1, mix_times=1.0).table["rank_low_95"])


def test_without_a_mix_there_is_no_second_interval(index, single):
    for found in (
        rank_areas(single, draws=100, seed=1),
        rank_areas(index, draws=100, seed=1, mix_times=1.0),
        rank_areas(index, draws=100, seed=1, estimand="realised"),
    ):
        assert found.table[["mix_low_90", "mix_high_90", "mix_low_95", "mix_high_95"]].isna().all(axis=None)
        assert "times as much" not in found.explain("W000")


# --- what is known to hold less


def test_one_month_and_tiny_areas_are_told():
    n = np.random.default_rng(2).poisson(30, (20, 1, 1))
    codes = [f"W{i:03d}" for i in range(20)]
    people = make_population(dict.fromkeys(codes, 9_000.0))
    weights = make_weights({"burglary": 380.0})
    with pytest.warns(ModelWarning, match="one period"):
        with_one = severity_index(make_counts(n, offences=("burglary",)), weights, people)
    assert "held 93% of the places" in rank_areas(with_one, draws=100, seed=1).explain("W000")
    n = np.random.default_rng(2).poisson(np.where(np.arange(20) < 10, 1, 40)[:, None, None], (20, 1, 6))
    tiny = severity_index(make_counts(n, offences=("burglary",)), weights, people)
    assert "Many areas are tiny" in rank_areas(tiny, draws=100, seed=1).explain("W000")
    n = np.random.default_rng(2).poisson(30, (20, 1, 6))
    usual = severity_index(make_counts(n, offences=("burglary",)), weights, people)
    assert "held" not in rank_areas(usual, draws=100, seed=1).explain("W000")
