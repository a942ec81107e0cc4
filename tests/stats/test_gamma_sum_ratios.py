"""Ratios of whole posteriors: closed forms where there are any, and draws of the same model by another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import interpolate, special

from socharm.stats import gamma_sum_ratios
from socharm.stats.gamma_poisson import Prior, area_posterior
from socharm.stats.gamma_ratios import ratio_curve
from socharm.stats.gamma_sum_ratios import HarmRates, rate_ratios, whole_ratio

ENDS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
WEIGHTS = np.array([10.0, 30.0, 60.0, 150.0, 500.0, 3000.0])
MIX = np.array([0.4, 0.3, 0.15, 0.1, 0.04, 0.01])


def gamma_rate(shape: float, weight: float = 1.0) -> HarmRates:
    """One area whose rate is one gamma variate: no data, and the prior is the posterior."""
    prior = Prior(np.ones(1), np.array([shape]), np.zeros(1), np.ones(1), np.ones(1, dtype=bool))
    return HarmRates(area_posterior(np.zeros((1, 1)), np.zeros(1), prior), np.array([weight]))


def town(crimes: float, seed: int, *, areas: int = 40, shock: float = 0.1, loading: float = 0.5) -> HarmRates:
    """Areas with so many crimes each on average, of six offences of very unequal weights that move together."""
    rng = np.random.default_rng(seed)
    shape, load = np.array([3.0, 2.0, 1.0, 0.8, 0.6, 0.5]), np.full(6, loading)
    own = rng.gamma(shape, 1 / shape, (areas, 6)) * np.exp(load * rng.standard_normal((areas, 1)) - load**2 / 2)
    n = rng.poisson(crimes * MIX * own).astype(float)
    prior = Prior(crimes * MIX, shape, load, np.full(6, 1.2), np.ones(6, dtype=bool))
    return HarmRates(replace(area_posterior(n, np.ones(areas), prior), shock=shock), WEIGHTS)


def drawn(rates: HarmRates, draws: int, seed: int) -> np.ndarray:
    """Draws of shape (draws, areas), by numpy's own gamma variates."""
    found, rng = rates.posterior, np.random.default_rng(seed)
    made = np.empty((draws, len(found.shape)))
    for area, chance in enumerate(found.node_probability):
        node = rng.choice(len(found.nodes), size=draws, p=chance)
        level = found.factor[:, node].T
        rate = rng.standard_gamma(found.shape[area], (draws, len(WEIGHTS))) * level
        made[:, area] = (rate / (found.prior.shape + level * found.effort[area])) @ rates.weight
    return made * np.exp(found.shock * rng.standard_normal(made.shape) - found.shock**2 / 2)


@pytest.mark.parametrize(
    "shapes", [(0.3, 0.3), (0.6, 3.0), (2.0, 2.0), (15.0, 9.0), (400.0, 500.0), (1_500.0, 2_000.0), (0.5, 1_500.0)]
)
def test_two_gamma_variates_have_the_f_distribution(shapes):
    curve = rate_ratios(gamma_rate(shapes[0], 2.0), gamma_rate(shapes[1], 0.5))
    for end in ENDS:
        expected = special.fdtri(2 * shapes[1], 2 * shapes[0], end) * 0.25
        assert curve.below(expected)[0] == pytest.approx(end, abs=3e-4)
        assert np.log(curve.quantile(end)[0] / expected) == pytest.approx(0.0, abs=0.03 if min(shapes) < 0.5 else 4e-3)


@pytest.mark.parametrize("crimes", [1, 5, 20, 100])
def test_few_crimes_of_unequal_weights_are_what_draws_of_them_are(crimes):
    """Three moments are off by up to 8% and .06 here; draws may differ by their chance alone."""
    first, second, draws = town(crimes, 1), town(crimes, 2), 10_000
    curve = rate_ratios(first, second)
    ratio = drawn(second, draws, 4) / drawn(first, draws, 3)
    for end in ENDS:
        z = ((ratio < curve.quantile(end)).mean(axis=0) - end) / np.sqrt(end * (1 - end) / draws)
        assert np.abs(z).max() < 4.5, end
        assert np.sqrt(np.mean(z**2)) < 1.4, end
    for value in (0.8, 1.0, 1.2):
        fall = curve.below(value)
        z = ((ratio < value).mean(axis=0) - fall) / np.sqrt(fall * (1 - fall) / draws)
        assert np.abs(z).max() < 4.5, value


@pytest.mark.parametrize(("crimes", "areas"), [(1, 3), (20, 3), (5, 12), (400, 12)])
def test_all_areas_together_are_what_draws_of_them_are(crimes, areas):
    first, second, draws = town(crimes, 5, areas=areas), town(crimes, 6, areas=areas), 40_000
    share = np.arange(1.0, areas + 1.0) / np.arange(1.0, areas + 1.0).sum()
    curve = whole_ratio(first, second, (share, share[::-1]))
    ratio = (drawn(second, draws, 8) @ share[::-1]) / (drawn(first, draws, 7) @ share)
    for end in ENDS:
        z = ((ratio < curve.quantile(end)[0]).mean() - end) / np.sqrt(end * (1 - end) / draws)
        assert abs(z) < 4.5, end


def plain_ratio(first: HarmRates, second: HarmRates) -> tuple[np.ndarray, np.ndarray]:
    """Log of the ratio of one area and its normal scores: the same sums by numpy's logs and scipy's curves."""
    sides = (first, second)
    moments = [side.moments(shared=False) for side in sides]
    alone = [float(found.mean[0] ** 2 / found.variance[0]) for found in moments]
    steady = sum(float(squared[0] / within[0]) for squared, within in (side.steadiness() for side in sides))
    step = 1 / np.sqrt(steady + 16)
    shifts = int(np.ceil(5.5 * np.sqrt(sum(special.polygamma(1, each) for each in alone)) / step))
    low, made = int(np.floor(np.log(0.01) / step)) - shifts, []
    for side, found in zip(sides, moments, strict=True):
        chance, scale = side.posterior.node_probability[0], side.scales()[0] / found.mean[0]
        t = np.exp(step * np.arange(low, int(np.ceil(np.log(200 / scale.min()) / step)) + 1))
        log = -np.einsum("o,uot->ut", side.posterior.shape[0], np.log(1 - 1j * scale[:, :, None] * t))
        value = np.where(chance < 1e-9, 0.0, chance) @ np.exp(log)
        value = value[: np.flatnonzero(np.append(np.abs(value) < 1e-9, True))[0] + 1]
        drop = np.exp(-side.posterior.shape.sum() * step * np.arange(1, 2_000))
        made.append((np.append(value, value[-1] * drop), len(value), drop[0]))
    below = []
    for shift in range(-shifts, shifts + 1):
        start = shifts - max(shift, 0)
        stop = max(made[1][1], made[0][1] - shift)
        value = (made[1][0][start:stop] * np.conj(made[0][0][start + shift : stop + shift])).imag
        drops = np.array([np.exp(-step), made[0][2] * made[1][2]])
        below.append(0.5 - step / np.pi * (value.sum() + value[[0, -1]] @ (drops / (1 - drops))))
    rising = np.maximum.accumulate(below)
    x = np.arange(-shifts, shifts + 1) * step + np.log(moments[1].mean[0] / moments[0].mean[0])
    told = (rising > 1e-7) & (rising < 1 - 1e-7) & np.concatenate([[True], np.diff(rising) > 0])
    x, score = x[told], special.ndtri(rising[told])
    curve = interpolate.PchipInterpolator(x, score)
    shocks = [side.posterior.shock for side in sides]
    shift, spread = (shocks[0] ** 2 - shocks[1] ** 2) / 2, float(np.hypot(*shocks))
    log_ratio = np.linspace(x[0] + shift - 5.5 * spread, x[-1] + shift + 5.5 * spread, 129)
    normal = np.linspace(-5.5, 5.5, 65) if spread else np.zeros(1)
    wanted = log_ratio[:, None] - shift - spread * normal
    inside = np.clip(wanted, x[0], x[-1])
    slope = np.where(wanted < x[0], curve(x[0], 1), curve(x[-1], 1))
    weights = np.exp(-(normal**2) / 2)
    mixed = special.ndtr(curve(inside) + (wanted - inside) * slope) @ (weights / weights.sum())
    return log_ratio, special.ndtri(np.clip(mixed, 1e-7, 1 - 1e-7))


@pytest.mark.parametrize(("crimes", "shock"), [(0.5, 0.0), (5, 0.2), (60, 0.0), (60, 0.1), (900, 0.05)])
def test_kernels_sum_what_numpy_and_scipy_do(crimes, shock):
    first, second = town(crimes, 1, areas=3, shock=shock), town(crimes, 2, areas=3, shock=shock)
    curve = rate_ratios(first, second)
    for area in range(3):
        one = slice(area, area + 1)
        log_ratio, score = plain_ratio(first.rows(one), second.rows(one))
        assert curve.log_ratio[area] == pytest.approx(log_ratio, abs=1e-9)
        # Probabilities down to 1e-7 are right to fourteen digits after the point, and their scores to seven.
        assert special.ndtr(curve.score[area]) == pytest.approx(special.ndtr(score), abs=1e-12)


def test_swapped_the_ratio_is_its_inverse_and_threads_do_not_matter():
    first, second = town(10, 1, areas=70), town(10, 2, areas=70)
    one, other = rate_ratios(first, second), rate_ratios(second, first)
    for end in (0.05, 0.5):
        assert np.log(one.quantile(end)) == pytest.approx(-np.log(other.quantile(1 - end)), abs=2e-3)
    assert np.array_equal(one.score, rate_ratios(first, second, threads=1).score)


def test_an_area_does_not_depend_on_who_is_beside_it():
    first, second = town(10, 1, areas=50), town(10, 2, areas=50)
    some = np.array([40, 3, 17])
    alone = rate_ratios(first.rows(some), second.rows(some))
    assert np.array_equal(alone.score, rate_ratios(first, second).score[some])


def test_where_three_moments_are_taken_they_tell_as_much(monkeypatch):
    """On both sides of the border the two ways agree, so that nothing jumps there."""
    first, second = town(20_000, 1, areas=12), town(20_000, 2, areas=12)
    plain = ratio_curve(first.moments(), second.moments())
    monkeypatch.setattr(gamma_sum_ratios, "_MANY", 1e9)
    whole = rate_ratios(first, second)
    for end in ENDS:
        assert np.log(whole.quantile(end) / plain.quantile(end)) == pytest.approx(0.0, abs=4e-3)
    assert whole.below(1.0) == pytest.approx(plain.below(1.0), abs=2e-3)


def test_no_area_is_no_ratio():
    none = np.zeros(0, dtype=np.intp)
    curve = rate_ratios(town(5, 1).rows(none), town(5, 2).rows(none))
    assert curve.quantile(0.5).shape == (0,)
