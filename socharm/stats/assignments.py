"""What if others had been treated? Sets of areas of the same number, and where the treated set stands among them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.stats.area_variation import cell_variance
from socharm.stats.kept_effects import kept_ends
from socharm.stats.two_way_poisson import two_way_means

__all__ = ["Assignments", "assignments", "randomisation_interval", "randomisation_p"]

_Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]

#: Farthest effect that an interval is looked for at, on the logarithm: a twentieth to twenty times.
_FARTHEST: Final = 3.0
#: Halvings towards an end; each takes the whole test.
_HALVINGS: Final = 20


@dataclass(frozen=True, eq=False)
class Assignments:
    """Sets of areas.

    Attributes
    ----------
    sets : array of shape (sets, areas), 1 where an area is of the set
        The first is the treated set itself.
    exact : bool
        Whether they are all sets of that number.
    """

    sets: _Floats
    exact: bool


def assignments(treated: _Mask, permutations: int, rng: np.random.Generator) -> Assignments:
    """All sets of as many areas where there are no more than `permutations`, else so many drawn, with the treated one.

    Examples
    --------
    >>> found = assignments(np.array([True, False, False]), 99, np.random.default_rng(1))
    >>> found.sets.tolist(), found.exact
    ([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], True)
    """
    areas, size = treated.size, int(treated.sum())
    if comb(areas, size) <= permutations + 1:
        chosen = np.array(list(combinations(range(areas), size)))
        own = (chosen == np.flatnonzero(treated)).all(axis=1)
        chosen, exact = chosen[~own], True
    else:
        chosen = np.argpartition(rng.random((permutations, areas)), size - 1, axis=1)[:, :size]
        exact = False
    sets = np.zeros((len(chosen) + 1, areas))
    sets[0, treated] = 1.0
    np.put_along_axis(sets[1:], chosen, 1.0, axis=1)
    return Assignments(sets, exact)


def randomisation_p(y: _Floats, known: _Mask, exposure: _Floats, after: _Mask, given: Assignments) -> float:
    r"""Share of sets whose change from before to after is at least as far from that of all areas as the first set's.

    Parameters
    ----------
    y, known, exposure : arrays of shape (areas, periods)
    after : array of bool, shape (periods,)
    given : Assignments

    Notes
    -----
    With :math:`\mu` the counts by area and period effects alone, a set *S* has :math:`z_S = \sum_S r_a / \sqrt{Q_S}`,
    :math:`r_a = \sum_{t \ge s} (y_{at} - \mu_{at})`, the score of the effect by how areas vary:
    :math:`Q_S = (1 - p_S)^2 \sum_S v_a + p_S^2 \sum_{a \notin S} v_a`, with :math:`p_S = \sum_S V_a / \sum V_a`,
    :math:`V_a = \mu_{a1} \mu_{a0} / \mu_a` (after, before, both) and :math:`v_a = V_a (\varphi + \psi V_a)`. By chance
    alone (:math:`\psi = 0`) it is :math:`\varphi` times that of Poisson counts; shocks make the changes of large areas
    vary by more, so that a set that holds the largest areas is no more extreme for that. :math:`\varphi` is that of the
    variance of cells, :math:`\mu (\varphi + \psi' \mu)`; :math:`\psi` is what the :math:`r_a^2` have beyond it, as
    shocks that last make a change vary by more than single periods show.
    """
    mean = two_way_means(y, known, exposure)
    one, whole = mean[:, after].sum(axis=1), mean.sum(axis=1)
    excess = np.where(known, y - mean, 0.0)[:, after].sum(axis=1)
    spread = np.divide(one * (whole - one), whole, out=np.zeros(whole.shape), where=whole > 0)
    if not spread.sum() > 0:
        return 1.0
    varied = _varied(excess, spread, cell_variance(y, known, mean)[0])
    score, part, own = (given.sets @ each for each in (excess, spread / spread.sum(), varied))
    variance = (1 - part) ** 2 * own + part**2 * (varied.sum() - own)
    square = np.divide(score**2, variance, out=np.zeros(variance.shape), where=variance > 0)
    return float(np.mean(square >= square[0] * (1 - 1e-9)))


def _varied(excess: _Floats, spread: _Floats, chance: float) -> _Floats:
    """Variance of each area's change: by chance, and by shocks as far as squared changes are above chance."""
    share = spread / spread.sum()

    def left(variance: _Floats) -> _Floats:
        """What period effects, which all areas have a part in, leave of the variance of areas."""
        return np.asarray(variance * (1 - 2 * share) + share**2 * variance.sum(), dtype=np.float64)

    scale = spread.mean() * spread + spread**2
    square, weight = left(spread**2), np.divide(1.0, scale**2, out=np.zeros(scale.shape), where=scale > 0)
    above = float(np.sum(weight * square * (excess**2 - chance * left(spread))))
    whole = float(np.sum(weight * square**2))
    shocks = max(0.0, above / whole) if whole > 0 else 0.0
    return spread * (chance + shocks * spread) if chance + shocks > 0 else spread


def randomisation_interval(
    y: _Floats, known: _Mask, exposure: _Floats, after: _Mask, given: Assignments, *, level: float, centre: float
) -> tuple[float, float]:
    """Effects, on the logarithm, that the test does not reject: each is put into what is expected of the treated set.

    Returns
    -------
    low, high : float
        Minus and plus infinity where no effect is rejected on that side.
    """
    cell = given.sets[0][:, None].astype(bool) & after

    def kept(effect: float) -> bool:
        if np.isinf(centre) and effect == np.copysign(_FARTHEST, centre):
            return True  # an estimate without an end has none on its side
        return randomisation_p(y, known, np.where(cell, exposure * np.exp(effect), exposure), after, given) > 1 - level

    return kept_ends(kept, centre, _FARTHEST, halvings=_HALVINGS)
