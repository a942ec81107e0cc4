"""One difference-in-differences of counts, and how sure it is by randomisation over areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from socharm.evaluation.outcomes import Outcomes
from socharm.stats.assignments import assignments, randomisation_interval, randomisation_p
from socharm.stats.random_streams import stream
from socharm.stats.two_way_poisson import TwoWayFit, fit_two_way

__all__ = ["RandomisedDifference", "randomised_difference"]


@dataclass(frozen=True, eq=False)
class RandomisedDifference:
    """What treated areas had after the start over what was to be expected.

    Attributes
    ----------
    ratio, low, high, p : float
    recorded, expected : float
        Of treated areas after the start.
    sets : int
        Sets of areas, the treated one among them.
    exact : bool
        Whether they are all there are.
    fit : TwoWayFit
    """

    ratio: float
    low: float
    high: float
    p: float
    recorded: float
    expected: float
    sets: int
    exact: bool
    fit: TwoWayFit


def randomised_difference(found: Outcomes, permutations: int, level: float, seed: int) -> RandomisedDifference:
    """Ratio, interval and p of the treated areas; the same sets of areas are drawn whenever as many areas are there."""
    cell = found.treated[:, None] & found.after
    regressor = cell.astype(np.float64)
    recorded = float(found.y[cell].sum())
    # What is expected does not depend on what was recorded after the start, so that any number does where it is none.
    counted = found.y if recorded > 0 else found.y + regressor * found.known
    fit = fit_two_way(counted, found.known, found.exposure, regressor[None])
    expected = float(counted[cell].sum() * np.exp(-fit.beta[0]))
    given = assignments(found.treated, permutations, stream(seed, 0, purpose="difference-in-differences"))
    arrays = (found.y, found.known, found.exposure, found.after, given)
    log = float(fit.beta[0]) if recorded > 0 else -np.inf
    low, high = randomisation_interval(*arrays, level=level, centre=log)
    return RandomisedDifference(
        ratio=float(np.exp(log)), low=float(np.exp(low)), high=float(np.exp(high)), p=randomisation_p(*arrays),
        recorded=recorded, expected=expected, sets=len(given.sets), exact=given.exact, fit=fit,
    )  # fmt: skip
