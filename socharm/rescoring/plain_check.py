"""A check without a model: what two Poisson counts alone say of each area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socharm.rescoring.paired_counts import PairedCounts
from socharm.stats.gamma_interval import WeightedSum, gamma_ratio_interval, weighted_sum
from socharm.stats.two_poisson import e_test

__all__ = ["plain_check"]


def plain_check(pair: PairedCounts) -> pd.DataFrame:
    """Interval of the ratio of the harm rates (Fay), and p of the crimes (E-test); chance of independent crimes alone.

    Returns
    -------
    DataFrame
        Index as the areas; ``plain_low_95``, ``plain_high_95``, ``plain_p``.
    """
    before, after = (_rate(period.by_offence, pair, period.exposure) for period in (pair.earlier, pair.later))
    low, high = gamma_ratio_interval(before, after)
    crimes = [period.by_offence.sum(axis=1) for period in (pair.earlier, pair.later)]
    years = [period.exposure for period in (pair.earlier, pair.later)]
    p = [e_test(*map(float, row)) for row in zip(*crimes, *_in_units(years), strict=True)]
    return pd.DataFrame({"plain_low_95": low, "plain_high_95": high, "plain_p": p}, index=pair.areas)


def _rate(n: np.ndarray, pair: PairedCounts, exposure: np.ndarray) -> WeightedSum:
    """Rates as weighted sums of the counts; an offence that nobody recorded in either period weighs for nothing."""
    used = (pair.earlier.n.sum(axis=(0, 2)) + pair.later.n.sum(axis=(0, 2))) > 0
    return weighted_sum(n[:, used], pair.weights[used] / exposure[:, None])


def _in_units(years: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Exposures relative to the earlier one."""
    return np.ones_like(years[0]), years[1] / years[0]
