"""A check without a model: what two Poisson counts alone say of each area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socharm.rescoring.paired_counts import PairedCounts
from socharm.stats.gamma_interval import WeightedSum, gamma_interval, gamma_ratio_interval, weighted_sum
from socharm.stats.two_poisson import e_tests

__all__ = ["plain_check"]


def plain_check(pair: PairedCounts, per: float) -> pd.DataFrame:
    """Intervals of the later harm rate (Fay and Feuer) and of the ratio (Fay), and p of the crimes (E-test).

    Chance of independent crimes is in them, and nothing else. A count that was divided by shares is no Poisson count:
    an area with one has no p, even where its parts add up to a whole number. Its intervals take divided crimes for
    crimes of so much less weight: wider than the chance in them asks for, and without the doubt of the shares.

    Parameters
    ----------
    pair : PairedCounts
    per : float
        Denominator units that rates are expressed for.

    Returns
    -------
    DataFrame
        Index as the areas; ``rate_later_low_95``, ``rate_later_high_95``, ``plain_low_95``, ``plain_high_95``,
        ``plain_p``, missing where crimes are interpolated.
    """
    before, after = (_rate(period.by_offence, pair, period.exposure) for period in (pair.earlier, pair.later))
    low, high = gamma_ratio_interval(before, after)
    crimes = [period.by_offence.sum(axis=1) for period in (pair.earlier, pair.later)]
    years = [period.exposure for period in (pair.earlier, pair.later)]
    p = e_tests(crimes[0], crimes[1], *_in_units(years))
    p[pair.interpolated] = np.nan
    rate_low, rate_high = gamma_interval(after)
    columns = {
        "rate_later_low_95": rate_low * per,
        "rate_later_high_95": rate_high * per,
        "plain_low_95": low,
        "plain_high_95": high,
        "plain_p": p,
    }
    return pd.DataFrame(columns, index=pair.areas)


def _rate(n: np.ndarray, pair: PairedCounts, exposure: np.ndarray) -> WeightedSum:
    """Rates as weighted sums of the counts; an offence that nobody recorded in either period weighs for nothing."""
    used = (pair.earlier.n.sum(axis=(0, 2)) + pair.later.n.sum(axis=(0, 2))) > 0
    return weighted_sum(n[:, used], pair.weights[used] / exposure[:, None])


def _in_units(years: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Exposures relative to the earlier one."""
    return np.ones_like(years[0]), years[1] / years[0]
