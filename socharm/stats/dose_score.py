"""The score of a dose beside area and period effects, and that of the same doses given to other areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.stats.area_variation import area_variation
from socharm.stats.kept_effects import kept_ends
from socharm.stats.two_way_poisson import two_way_means

__all__ = ["DoseTest", "dose_interval", "dose_test"]

_Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]

_STEPS: Final = 40
_CLOSE: Final = 1e-9
#: Part of all variance below which a dose is taken for one that area and period effects hold by themselves.
_NONE: Final = 1e-12
#: Assignments that are looked at together.
_BLOCK: Final = 100
#: Farthest effect of the largest dose that an interval is looked for at, on the logarithm.
_FARTHEST: Final = 3.0


@dataclass(frozen=True)
class DoseTest:
    """Where the dose as it was given stands among doses given to other areas.

    Attributes
    ----------
    p : float
    critical : float
        Score that the share `1 - level` of assignments does not go beyond.
    """

    p: float
    critical: float


def _scores(dose: _Floats, mean: _Floats, excess: _Floats, variance: _Floats) -> _Floats:
    """Scores of doses of shape (..., areas, periods), each by what the variance of cells would give it.

    Notes
    -----
    The information on the dose is that of what area and period effects, weighted by the means, leave of it.
    """
    left = dose.copy()
    rows, columns = mean.sum(axis=1), mean.sum(axis=0)
    for _ in range(_STEPS):
        by_area = _over((left * mean).sum(axis=-1), rows)
        left -= by_area[..., :, None]
        by_period = _over((left * mean).sum(axis=-2), columns)
        left -= by_period[..., None, :]
        if float(np.max(np.abs(by_period), initial=0.0)) < _CLOSE * max(1.0, float(np.max(np.abs(dose), initial=0.0))):
            break
    spread = (variance * left**2).sum(axis=(-2, -1))
    score = (left * excess).sum(axis=(-2, -1))
    least = _NONE * float(variance.sum()) * float(np.max(np.abs(dose), initial=0.0)) ** 2
    return np.asarray(np.abs(score) / np.sqrt(np.maximum(spread, least)), dtype=np.float64)


def _parts(y: _Floats, known: _Mask, exposure: _Floats) -> tuple[_Floats, _Floats, _Floats]:
    """Means by area and period effects, what departs from them, and the variance as areas vary."""
    mean = two_way_means(y, known, exposure)
    varied = area_variation(y, known, exposure)
    return mean, np.where(known, y - mean, 0.0), mean * (varied.chance + varied.shocks * mean)


def _over(part: _Floats, whole: _Floats) -> _Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def dose_test(
    y: _Floats, known: _Mask, exposure: _Floats, dose: _Floats, permutations: int, level: float,
    rng: np.random.Generator,
) -> DoseTest:  # fmt: skip
    r"""Give the doses of areas, with their dates, to other areas.

    Parameters
    ----------
    y, known, exposure, dose : arrays of shape (areas, periods)

    Notes
    -----
    With :math:`\mu` the counts by area and period effects alone the score is :math:`\sum d (y - \mu)` over the root of
    :math:`\sum \mu (\varphi + \psi\mu) \tilde d^2`, :math:`\tilde d` the dose less its own area and period effects, so
    that doses which go to the largest areas are no more extreme for that.
    """
    parts = _parts(y, known, exposure)
    own = float(_scores(dose[None], *parts)[0])
    others = []
    for at in range(0, permutations, _BLOCK):
        places = np.argsort(rng.random((min(_BLOCK, permutations - at), len(y))), axis=1)
        others.append(_scores(dose[places], *parts))
    every = np.sort(np.append(np.concatenate(others), own))
    return DoseTest(
        p=float(np.mean(every >= own * (1 - 1e-9))), critical=float(every[int(np.ceil(level * every.size)) - 1])
    )


def dose_interval(
    y: _Floats, known: _Mask, exposure: _Floats, dose: _Floats, critical: float, centre: float
) -> tuple[float, float]:
    """Effects of one unit, on the logarithm, under which the score of the dose is not beyond a critical one."""
    farthest = _FARTHEST / float(dose.max())

    def kept(effect: float) -> bool:
        return float(_scores(dose[None], *_parts(y, known, exposure * np.exp(effect * dose)))[0]) <= critical

    return kept_ends(kept, centre, farthest)
