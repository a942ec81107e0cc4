"""Effects of months that areas share, which one area that outweighs all others does not move."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.stats.dispersion import month_effect

__all__ = ["others_effect", "steady_effect"]

_Floats = NDArray[np.float64]

#: Over-dispersion and drift by which an area is heard of a month: about those of wards, as in `fit_noise`.
_DISPERSION, _DRIFT = 1.6, 0.1
#: Tukey's constant: 95% as efficient as the mean where nothing stands out.
_BISQUARE: Final = 4.685
#: Events that a standard deviation is of at least, and the least that an area is heard.
_LEAST_MEAN, _LEAST_WEIGHT = 0.5, 1e-6
#: Share of a month that one area is heard at most, where there are so many.
_MOST_SHARE: Final = 0.125
#: Crimes a month of a block of areas, and blocks that have a median.
_BLOCK_EVENTS, _LEAST_BLOCKS = 20.0, 3
#: How often levels of areas and effects of months are fitted to each other.
_ROUNDS: Final = 10


def others_effect(n: _Floats, known: NDArray[np.bool_]) -> _Floats:
    r"""Month effect of all areas but the one of the row, which no single area can move; 1 where no other is covered.

    Parameters
    ----------
    n : ndarray of shape (areas, months)
        0 where a month is not covered.
    known : ndarray of bool, shape (areas, months)

    Notes
    -----
    With :math:`\mu_a` the level of an area and :math:`s_t` the effect of a month, an area tells of a month by
    :math:`\sum_b w_{bt} n_{bt} / \sum_b w_{bt} \mu_b`. A weight is one over the variance of an event of the area,
    :math:`1.6 + 0.1^2 \mu_b s_t` (over-dispersion and drift as of wards), so that an area of many crimes tells no more
    than its own ups and downs let it, and at most an eighth of all, times Tukey's bisquare of its distance from
    :math:`s_t`, which is 0 from 4.685 standard deviations on. It begins at the median of areas; those of few crimes are
    put together to 20 a month.

    References
    ----------
    Beaton, A. E. and Tukey, J. W. (1974). The fitting of power series, meaning polynomials, illustrated on
    band-spectroscopic data. Technometrics 16, 147-185.
    """
    effect = steady_effect(n, known)
    expected = known * _own(n, known, effect)[:, None]
    weight = _weights(n, expected, effect)
    told, base = weight * n, weight * expected
    found = np.ones(n.shape)
    np.divide(told.sum(axis=0) - told, base.sum(axis=0) - base, out=found, where=_others(expected))
    return np.asarray(np.maximum(found, 0.0), dtype=np.float64)


def steady_effect(n: _Floats, known: NDArray[np.bool_]) -> _Floats:
    """Month effect of all areas, which no single one can move; of shape (months,), 1 on average.

    Parameters
    ----------
    n, known : arrays of shape (areas, months)
        As for `others_effect`, whose weights these are.
    """
    effect = month_effect(n, known)
    blocks = _blocks(n, known)
    for _ in range(_ROUNDS):
        effect = _middle(n, known * _own(n, known, effect)[:, None], blocks, effect)
    for _ in range(_ROUNDS):
        expected = known * _own(n, known, effect)[:, None]
        weight = _weights(n, expected, effect)
        effect = _shared(np.sum(weight * n, axis=0), np.sum(weight * expected, axis=0), effect)
    return effect


def _own(n: _Floats, known: NDArray[np.bool_], effect: _Floats) -> _Floats:
    """Level of each area over its months."""
    reach = np.sum(known * effect, axis=1)
    found = np.zeros(len(n))
    np.divide(n.sum(axis=1), reach, out=found, where=reach > 0)
    return found


def _others(expected: _Floats) -> NDArray[np.bool_]:
    """Whether another area than that of the row is expected to have anything in the month."""
    some = expected > 0
    return np.asarray(some.sum(axis=0) - some > 0)


def _shared(told: _Floats, base: _Floats, before: _Floats) -> _Floats:
    """One effect for each month with a mean of 1 over the months that anything tells of."""
    found = np.divide(told, base, out=before.copy(), where=base > 0)
    some = found > 0
    return np.where(some, found / found[some].mean(), 0.0) if some.any() else before


def _weights(n: _Floats, expected: _Floats, effect: _Floats) -> _Floats:
    """How far each area is heard of each month."""
    mean = np.maximum(expected * effect, 1e-12)
    event = _DISPERSION + _DRIFT**2 * mean
    far = (n - expected * effect) / np.sqrt(event * np.maximum(mean, _LEAST_MEAN)) / _BISQUARE
    heard = expected / event
    for _ in range(_ROUNDS):
        heard = np.minimum(heard, _MOST_SHARE * heard.sum(axis=0))
    alike = np.divide(heard, expected, out=np.zeros(n.shape), where=expected > 0)
    # Where all are far off, all are heard alike rather than nobody.
    return np.asarray(np.maximum((1.0 - np.minimum(far**2, 1.0)) ** 2, _LEAST_WEIGHT) * alike)


def _blocks(n: _Floats, known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number of the block of each area: its own, or areas of few crimes that have 20 a month together."""
    months = np.maximum(known.sum(axis=1), 1)
    level = n.sum(axis=1) / months
    order = np.argsort(level, kind="stable")
    block = np.zeros(len(n), dtype=np.intp)
    number, held = 0, 0.0
    for area in order:
        block[area] = number
        held += level[area]
        if held >= _BLOCK_EVENTS:
            number, held = number + 1, 0.0
    # What is left over has too few of its own.
    if held > 0 and number > 0:
        block[block == number] = number - 1
    return block


def _middle(n: _Floats, expected: _Floats, blocks: NDArray[np.intp], effect: _Floats) -> _Floats:
    """Median over blocks of recorded over expected."""
    count, base = (np.zeros((blocks.max(initial=0) + 1, n.shape[1])) for _ in range(2))
    np.add.at(count, blocks, n)
    np.add.at(base, blocks, expected)
    ratio = np.divide(count, base, out=np.full(count.shape, np.nan), where=base > 0)
    found = effect.copy()
    for month in range(n.shape[1]):
        held = ratio[:, month][~np.isnan(ratio[:, month])]
        if held.size >= _LEAST_BLOCKS:
            found[month] = np.median(held)
    return _shared(found, np.ones(len(found)), effect)
