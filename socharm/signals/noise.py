"""How areas vary from month to month where nothing happens: chance, over-dispersion, and slow drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from socharm.signals.monthly import MonthlySeries

__all__ = ["BLOCK", "ROUNDS", "Noise", "blocks_for", "fit_noise", "levels_of", "simulate"]

_Floats = NDArray[np.float64]
_Known = NDArray[np.bool_]

#: Series of every area that one stream of random numbers makes. Fixed: another number would be other draws.
BLOCK: Final = 20
#: Series of all areas together that tell of the tail of a chart ...
_POOLED: Final = 100_000
#: ... and of each area at least.
_LEAST_TIMES: Final = 100
#: What can be left of a month's drift in the next.
_LEFT: Final = (0.7, 0.8, 0.9, 0.95, 0.98)
#: Months apart up to which months are compared.
_LAGS: Final = 12
#: Areas by which drift can be told; fewer show over-dispersion alone.
_LEAST_AREAS: Final = 10
#: Share of areas that are left out, those whose months go together most ...
_TRIMMED: Final = 0.05
#: ... how often simulated areas are looked at for what that takes away, and of how many.
ROUNDS: Final = 3
_MOST_AREAS: Final = 400
#: Relative variance of a month beyond which more events add nothing to what an area tells.
_LEVELLING: Final = 0.02
#: Drift beyond which areas are not ordinary: with it a month is 2.7 times the usual, or a third, in every third area.
_MOST_DRIFT: Final = 1.0
#: Over-dispersion and drift where nothing can be told: about those of wards of Northumbria.
_USUAL: Final = (1.6, 0.1, 0.9)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Ordinary ups and downs of areas.

    Attributes
    ----------
    dispersion : float
        Variance of a month over its mean, in effective events; at least 1.
    drift : float
        Standard deviation of the log by which an area's level moves slowly; at most 1, however far areas go apart.
    left : float
        What is left of that in the next month.
    step : float
        Size of the steps in which amounts are drawn, for their skewness.
    """

    dispersion: float
    drift: float
    left: float
    step: float


def levels_of(amounts: _Floats, shape: _Floats, known: _Known) -> _Floats:
    """Level of each area over the months that are known: its amounts over what season and trend make of them."""
    reach = np.sum(np.where(known, shape, 0.0), axis=1)
    found: _Floats = np.full(len(amounts), np.nan)
    np.divide(np.nansum(np.where(known, amounts, 0.0), axis=1), reach, out=found, where=reach > 0)
    return found


def fit_noise(series: MonthlySeries, chance: Sequence[np.random.Generator]) -> Noise:
    r"""Over-dispersion and drift of ordinary areas, all together.

    Parameters
    ----------
    series : MonthlySeries
    chance : sequence of Generator
        Of `ROUNDS` streams.

    Notes
    -----
    With :math:`x_{at} = c_{at} / E_{at} - 1`, :math:`E` the area's own level times season and trend: the mean products
    of *x* of months *k* apart are :math:`\varphi \overline{1/E}\,(C)_k + \psi^2 (C R_\rho C)_k`, where :math:`C` takes
    the area's mean away and :math:`R_\rho` holds :math:`\rho^{|s-t|}`. For each of a few :math:`\rho` both are found by
    least squares that cannot be negative; the best is taken. Areas weigh as their months tell.

    Areas that really changed must not pass for ordinary drift: the 5% whose months go together most are left out. What
    that takes from areas that all drift alike is found by doing the same to simulated ones, and given back.
    """
    known, shape = series.known, series.shape
    expected = levels_of(series.amounts, shape, known)[:, None] * shape
    months = known.sum(axis=1)
    used = (months == months.max(initial=0)) & (np.nan_to_num(expected).min(axis=1, initial=np.inf) > 0)
    if used.sum() < 2 or months.max(initial=0) < 3:
        return _noise(*_USUAL, series.lift)
    columns = known[used].all(axis=0)
    amounts, shape = series.amounts[used][:, columns], shape[used][:, columns]
    dispersion, drift, left = _ordinary(amounts, shape, None)
    noise = _noise(dispersion, drift, left, series.lift)
    if len(amounts) < _LEAST_AREAS:
        return noise
    rows = np.unique(np.linspace(0, len(amounts) - 1, min(len(amounts), _MOST_AREAS)).astype(np.int64))
    level = levels_of(amounts, shape, np.ones(amounts.shape, dtype=bool))[rows]
    target = np.array([dispersion, drift**2])
    truth = target.copy()
    for rng in chance:
        made = simulate(level, shape[rows], noise, rng)
        found = _ordinary(made.reshape(-1, shape.shape[1]), np.tile(shape[rows], (BLOCK, 1)), left)
        truth = np.maximum(truth + target - np.array([found[0], found[1] ** 2]), 0.0)
        noise = _noise(float(truth[0]), float(np.sqrt(truth[1])), left, series.lift)
    return noise


def _noise(dispersion: float, drift: float, left: float, lift: float) -> Noise:
    dispersion, drift = max(dispersion, 1.0), min(drift, _MOST_DRIFT)
    # Of a negative binomial the third moment over the second is 2 phi - 1 steps; weights that differ add to it.
    return Noise(dispersion=dispersion, drift=drift, left=left, step=max(dispersion, (2.0 * dispersion - 1.0) * lift))


def _ordinary(amounts: _Floats, shape: _Floats, left: float | None) -> tuple[float, float, float]:
    """Dispersion, drift and what is left of it, of all areas but those whose months go together most."""
    known = np.ones(amounts.shape, dtype=bool)
    level = levels_of(amounts, shape, known)
    some = level > 0
    expected = level[some][:, None] * shape[some]
    x, chance = amounts[some] / expected - 1.0, 1.0 / expected.mean(axis=1)
    weight = 1.0 / (chance + _LEVELLING) ** 2
    apart = _USUAL[2] ** np.abs(np.subtract.outer(np.arange(x.shape[1]), np.arange(x.shape[1])))
    together = np.einsum("ij,ij->i", np.einsum("ij,jk->ik", x, apart - np.eye(len(apart)), optimize=False), x)
    if len(x) >= _LEAST_AREAS:
        kept = np.sort(np.argsort(together * np.sqrt(weight), kind="stable")[: int(np.ceil((1.0 - _TRIMMED) * len(x)))])
        x, chance, weight = x[kept], chance[kept], weight[kept]
    return _by_lags(x, chance, weight, left)


def _by_lags(x: _Floats, chance: _Floats, weight: _Floats, left: float | None) -> tuple[float, float, float]:
    """Dispersion, drift and what is left of it, from products of months up to a year apart."""
    areas, months = x.shape
    lags = min(_LAGS, months - 1)
    seen = np.array([np.sum(weight[:, None] * x[:, : months - k] * x[:, k:]) for k in range(lags + 1)])
    pairs = np.array([months - k for k in range(lags + 1)], dtype=np.float64)
    seen = seen / (weight.sum() * pairs)
    share = float(np.sum(weight * chance) / weight.sum())
    by_chance = share * _diagonals(_centred(np.eye(months)), lags)
    if areas < _LEAST_AREAS:
        return float(seen[0] / by_chance[0]), _USUAL[1], _USUAL[2]
    precision = np.sqrt(pairs)
    best = (np.inf, 1.0, 0.0, _LEFT[0])
    for stays in _LEFT if left is None else (left,):
        apart = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
        drifting = _diagonals(_centred(stays**apart), lags)
        design = np.column_stack([by_chance, drifting]) * precision[:, None]
        (found, squared), error = scipy.optimize.nnls(design, seen * precision)
        if error < best[0] - 1e-12:
            best = (float(error), float(found), float(np.sqrt(squared)), stays)
    return best[1], best[2], best[3]


def _centred(matrix: _Floats) -> _Floats:
    """Covariance of values whose own mean is taken away."""
    found: _Floats = matrix - matrix.mean(axis=0) - matrix.mean(axis=1)[:, None] + matrix.mean()
    return found


def _diagonals(matrix: _Floats, lags: int) -> _Floats:
    return np.array([np.diagonal(matrix, offset=k).mean() for k in range(lags + 1)])


def simulate(
    level: _Floats, shape: _Floats, noise: Noise, rng: np.random.Generator, *, rise: _Floats | None = None
) -> _Floats:
    """A block of series of areas in which nothing happens but chance, over-dispersion and drift.

    Parameters
    ----------
    level : ndarray of shape (areas,)
    shape : ndarray of shape (areas, months)
    noise : Noise
    rng : Generator
        A stream of its own for each block.
    rise : ndarray of shape (months,), optional
        Factor of each month.

    Returns
    -------
    ndarray of shape (`BLOCK`, areas, months), in effective events.
    """
    expected = level[:, None] * shape * (1.0 if rise is None else rise)
    drift = _drift(rng, (BLOCK, *shape.shape), noise)
    mean = expected * np.exp(drift - noise.drift**2 / 2)
    # Steps of equal size above a floor have the mean, variance and skewness of the amounts.
    steps = rng.poisson(noise.dispersion * mean / noise.step**2)
    found: _Floats = mean * (1.0 - noise.dispersion / noise.step) + noise.step * steps
    return found


def blocks_for(areas: int, times: int) -> int:
    """Blocks of series that are simulated: `times` of each area, fewer where many areas tell of the tail together.

    Examples
    --------
    >>> blocks_for(10, 1_000), blocks_for(177, 1_000), blocks_for(7_588, 1_000)
    (50, 29, 5)
    """
    enough = max(_LEAST_TIMES, -(-_POOLED // max(areas, 1)))
    return -(-min(times, enough) // BLOCK)


def _drift(rng: np.random.Generator, size: tuple[int, int, int], noise: Noise) -> _Floats:
    """Slow movement of the log of each area's level: what is left of the last month, and something new."""
    made = rng.standard_normal(size)
    new = np.sqrt(1.0 - noise.left**2)
    for month in range(1, size[2]):
        made[:, :, month] = noise.left * made[:, :, month - 1] + new * made[:, :, month]
    found: _Floats = noise.drift * made
    return found
