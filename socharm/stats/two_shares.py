"""Two counts, or two shares, of many areas compared at once."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

__all__ = ["LEAST_AREAS", "conditional_p", "dispersion_of_pairs", "fisher_p", "ratio_interval", "share_p"]

_Floats = NDArray[np.float64]

#: Median of a chi-squared of one degree of freedom.
_MIDDLE_SQUARE: Final = 0.4549364231195724
#: Areas that a dispersion is estimated from, and the events that each must have.
LEAST_AREAS: Final = 20
_LEAST_EVENTS: Final = 5
#: Areas of each third, where dispersion is taken by thirds.
_LEAST_THIRD: Final = 100
#: Standard error of the median of chi-squared values over that median, times the root of their number.
_MEDIAN_ERROR: Final = 2.336
#: Terms that are summed at a time.
_TERMS: Final = 1_000_000
#: Probabilities that differ by rounding are one.
_SLACK: Final = 1e-7


def conditional_p(first: _Floats, second: _Floats, share: _Floats, dispersion: _Floats) -> _Floats:
    r"""Two-sided p that the second of two counts is its share of both, given both together.

    Parameters
    ----------
    first, second : ndarray of shape (areas,)
        Whole numbers.
    share : ndarray of shape (areas,)
        What of both is expected in the second: its exposure over that of both.
    dispersion : ndarray of shape (areas,)
        Variance of a count over its mean, at least 1.

    Returns
    -------
    ndarray of shape (areas,)
        1 where both are 0; twice the smaller tail, at most 1.

    Notes
    -----
    Of two Poisson counts, given their sum N, the second is binomial (Przyborowski and Wilenski 1940). Of two negative
    binomial counts whose variance is :math:`\varphi` times the mean it is beta-binomial with parameters
    :math:`N \pi / (\varphi - 1)` and :math:`N (1 - \pi) / (\varphi - 1)`, N in place of its mean.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    *Biometrika* 31, 313-323.

    Examples
    --------
    >>> conditional_p(np.array([3.0]), np.array([0.0]), np.array([0.5]), np.array([1.0])).round(6).tolist()
    [0.25]
    """
    total = first + second
    low: _Floats = np.asarray(scipy.stats.binom.cdf(second, total, share), dtype=np.float64)
    high: _Floats = np.asarray(scipy.stats.binom.sf(second - 1, total, share), dtype=np.float64)
    more = np.flatnonzero((dispersion > 1 + 1e-9) & (total > 0))
    ends = np.cumsum(total[more] + 1)
    for part in np.split(more, np.searchsorted(ends, np.arange(_TERMS, ends[-1] if ends.size else 0, _TERMS))):
        if part.size:
            size = total[part] / (dispersion[part] - 1)
            low[part], high[part] = _tails(total[part], second[part], size * share[part], size * (1 - share[part]))
    return np.where(total > 0, np.minimum(2 * np.minimum(low, high), 1.0), 1.0)


def _tails(total: _Floats, place: _Floats, a: _Floats, b: _Floats) -> tuple[_Floats, _Floats]:
    """Chance of at most, and of at least, a number of beta-binomial successes, each row over all numbers."""
    sizes = total.astype(np.int64) + 1
    starts = np.cumsum(sizes) - sizes
    n, at, one, other = (np.repeat(part, sizes) for part in (total, place, a, b))
    k = np.arange(int(sizes.sum())) - np.repeat(starts, sizes)
    ways = scipy.special.gammaln(n + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(n - k + 1)
    chance = np.exp(ways + scipy.special.betaln(k + one, n - k + other) - scipy.special.betaln(one, other))
    low, high = (np.add.reduceat(np.where(inside, chance, 0.0), starts) for inside in (k <= at, k >= at))
    return low, high


def dispersion_of_pairs(first: _Floats, second: _Floats, share: _Floats) -> _Floats:
    r"""Variance over mean of each pair of counts, from all areas together.

    Parameters
    ----------
    first, second, share : ndarray of shape (areas,)
        As of `conditional_p`; the share allows for the change of all areas.

    Returns
    -------
    ndarray of shape (areas,)
        At least 1. Missing in all where fewer than twenty areas have five events.

    Notes
    -----
    The median of :math:`(x_2 - N\pi)^2 / (N \pi (1 - \pi))` over that of a chi-squared, and one standard error of it
    more, because a dispersion that is too small by chance makes changes of chance. In thirds of the areas by N where
    each third has a hundred: areas with many events may vary more over their mean. Up to half of the areas may have
    changed in truth.
    """
    total = first + second
    found = np.full(total.size, np.nan)
    some = np.flatnonzero(total >= _LEAST_EVENTS)
    if some.size < LEAST_AREAS:
        return found
    variance = total * share * (1 - share)
    square = np.divide((second - total * share) ** 2, variance, out=np.zeros(total.size), where=variance > 0)
    parts = 3 if some.size >= 3 * _LEAST_THIRD else 1
    bounds = np.quantile(total[some], np.arange(1, parts) / parts)
    group = np.searchsorted(bounds, total, side="left")
    for part in range(parts):
        own = square[some[group[some] == part]]
        ratio = float(np.median(own)) / _MIDDLE_SQUARE * (1 + _MEDIAN_ERROR / np.sqrt(own.size)) if own.size else 1.0
        found[group == part] = max(1.0, ratio)
    return found


def ratio_interval(
    first: _Floats, second: _Floats, share: _Floats, dispersion: _Floats, level: float
) -> tuple[_Floats, _Floats]:
    r"""Interval of the second rate over the first: Clopper and Pearson's for the share, in effective events.

    Parameters
    ----------
    first, second, share, dispersion : ndarray of shape (areas,)
        As of `conditional_p`; counts are divided by their dispersion.
    level : float

    Returns
    -------
    low, high : ndarray of shape (areas,)
        0 where the second is 0, infinite where the first is; missing where both are.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. *Biometrika* 26, 404-413.
    """
    x, y = first / dispersion, second / dispersion
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(y > 0, scipy.special.betaincinv(np.maximum(y, 1e-300), x + 1, tail), 0.0)
        high = np.where(x > 0, scipy.special.betaincinv(y + 1, np.maximum(x, 1e-300), 1 - tail), 1.0)
    odds = share / (1 - share)
    nothing = first + second == 0
    with np.errstate(divide="ignore"):
        ends = [np.where(nothing, np.nan, part / (1 - part) / odds) for part in (low, high)]
    return ends[0], ends[1]


def share_p(base: _Floats, test: _Floats) -> _Floats:
    r"""p that an area has the same share of two sets of events: chi-squared with N - 1 in place of N.

    Parameters
    ----------
    base, test : ndarray of shape (areas,)
        Events of each set in each area.

    Notes
    -----
    :math:`\chi^2 = (N - 1)(ad - bc)^2 / (m_1 m_2 n_1 n_2)` of the table of events inside and outside the area by set;
    1 where no event of either set is inside.

    References
    ----------
    Campbell, I. (2007). Chi-squared and Fisher-Irwin tests of two-by-two tables with small sample recommendations.
    *Statistics in Medicine* 26, 3661-3675. Wheeler, A. P., Steenbeek, W. and Andresen, M. A. (2018). Testing for
    similarity in area-based spatial patterns. *Transactions in GIS* 22, 760-774.

    Examples
    --------
    >>> share_p(np.array([10.0, 10.0]), np.array([5.0, 15.0])).round(4).tolist()
    [0.1069, 0.1069]
    """
    a, b = np.add.reduce(base), np.add.reduce(test)
    inside, n = base + test, a + b
    room = inside * (n - inside) * a * b
    square = np.divide(
        (n - 1) * (base * (b - test) - test * (a - base)) ** 2, room, out=np.zeros(base.size), where=room > 0
    )
    return np.asarray(scipy.special.chdtrc(1.0, square), dtype=np.float64)


def fisher_p(base: _Floats, test: _Floats) -> _Floats:
    """p that an area has the same share of two sets of events, by Fisher's exact test.

    Parameters
    ----------
    base, test : ndarray of shape (areas,)
        Events of each set in each area, whole numbers.

    Notes
    -----
    Two-sided as the sum of all tables that are no more probable than the one at hand.

    References
    ----------
    Fisher, R. A. (1934). *Statistical Methods for Research Workers*, 5th edition, section 21.02.

    Examples
    --------
    >>> float(fisher_p(np.array([8.0, 1.0]), np.array([2.0, 5.0]))[0].round(4))
    0.035
    """
    a, b = int(np.add.reduce(base)), int(np.add.reduce(test))
    p = np.ones(base.size)
    for at in np.flatnonzero(base + test > 0):
        inside = int(base[at] + test[at])
        counts = np.arange(max(0, inside - b), min(inside, a) + 1)
        chance = scipy.stats.hypergeom.pmf(counts, a + b, a, inside)
        own = chance[int(base[at]) - counts[0]]
        p[at] = min(1.0, float(np.sum(chance[chance <= own * (1 + _SLACK)])))
    return p
