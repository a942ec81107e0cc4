"""Arithmetic of synthetic difference-in-differences: weights of donors and periods, and their effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.stats.simplex import nearest_mixture, nearest_spread_mixture

__all__ = ["DidFit", "did_effect", "fit_did", "noise_of", "penalty_of"]

_Floats = NDArray[np.float64]

#: What spreads the weights of periods: next to nothing, so that they are unique.
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class DidFit:
    """Weights and the effect.

    Attributes
    ----------
    donors : array of shape (n_donors,)
    periods : array of shape (n_before,)
    effect : float
        A treated area's mean in a period after the start, beyond what the donors had.
    gaps : array of shape (n_periods,)
        The site less its donors, less their weighted difference before the start.
    """

    donors: _Floats
    periods: _Floats
    effect: float
    gaps: _Floats


def noise_of(donors: _Floats, before: int) -> float:
    """Standard deviation of the steps from period to period of donors before the start; 1 where there are none."""
    steps = np.diff(donors[:, :before], axis=1).ravel()
    return float(np.std(steps, ddof=1)) or 1.0 if len(steps) > 1 else 1.0


def penalty_of(treated: int, donors: _Floats, before: int) -> float:
    """Zeta of the published method, of the weights of donors."""
    return float((treated * (donors.shape[1] - before)) ** 0.25 * noise_of(donors, before))


def fit_did(site: _Floats, donors: _Floats, before: int, zeta: float) -> DidFit:
    """Weights of donors (with an intercept and a ridge) and of periods, each the best there is.

    Parameters
    ----------
    site : array of shape (n_periods,)
        Mean of the treated areas.
    donors : array of shape (n_donors, n_periods)
    before : int
    zeta : float
    """
    early, late = donors[:, :before], donors[:, before:]
    columns = early.T - early.T.mean(axis=0)
    target = site[:before] - site[:before].mean()
    units = nearest_spread_mixture(columns, target, max(zeta**2 * before, 1e-12))
    times = _period_weights(early, late.mean(axis=1), noise_of(donors, before))
    return _made(site, donors, units, times)


def _period_weights(early: _Floats, late: _Floats, noise: float) -> _Floats:
    """Weights of periods that bring each donor's mean before the start to its mean after it, but for a constant."""
    n, before = early.shape
    spread = _LEAST * noise * np.sqrt(n) * np.eye(before)
    columns = np.vstack([early - early.mean(axis=0), spread])
    return nearest_mixture(columns, np.append(late - late.mean(), np.zeros(before)))


def _made(site: _Floats, donors: _Floats, units: _Floats, times: _Floats) -> DidFit:
    before = len(times)
    apart = site - units @ donors
    gaps = apart - float(times @ apart[:before])
    return DidFit(units, times, float(gaps[before:].mean()), gaps)


def did_effect(site: _Floats, donors: _Floats, before: int) -> DidFit:
    """Plain difference-in-differences: every donor and every period counts alike."""
    return _made(site, donors, np.full(len(donors), 1 / len(donors)), np.full(before, 1 / before))
