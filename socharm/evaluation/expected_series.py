"""What a site would have had, period by period, by each way to weight donors: for many placebo sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from socharm.evaluation.calibration_levels import Totals, match
from socharm.evaluation.synthetic_did_fit import fit_did, penalty_of
from socharm.stats.simplex import nearest_mixture

__all__ = ["ESTIMATORS", "Estimator"]

_Floats = NDArray[np.float64]
#: Ways to weight donors.
Estimator: TypeAlias = Literal["scaled donors", "synthetic control", "synthetic did", "calibration"]


def _scaled(site: _Floats, donors: _Floats, before: int, _: int) -> _Floats:
    """All donors together, brought to the site's total before the start."""
    whole = donors.sum(axis=0)
    early = float(whole[:before].sum())
    made: _Floats = whole * (float(site[:before].sum()) / early if early > 0 else np.nan)
    return made


def _mixed(site: _Floats, donors: _Floats, before: int, areas: int) -> _Floats:
    """The mixture of donors that is nearest before the start, as `synthetic_control` makes it."""
    made: _Floats = areas * (nearest_mixture(donors[:, :before].T, site[:before] / areas) @ donors)
    return made


def _parallel(site: _Floats, donors: _Floats, before: int, areas: int) -> _Floats:
    """Donors that ran in parallel, as `synthetic_did` makes them."""
    fit = fit_did(site / areas, donors, before, penalty_of(areas, donors, before))
    made: _Floats = site - areas * fit.gaps
    return made


def _calibrated(site: _Floats, donors: _Floats, before: int, areas: int) -> _Floats:
    """Donors that add up to the site before the start, as `calibration_weights` makes them."""
    early = np.vstack([site[:before], donors[:, :before]])
    each = np.append(float(areas), np.ones(len(donors)))
    rows = np.column_stack([each, early.sum(axis=1), early])
    names = tuple(("", str(number)) for number in range(rows.shape[1]))
    totals = Totals(rows, names, np.array([0, 2, *[3] * before], dtype=np.intp))
    found = match(totals, np.array([0], dtype=np.intp), np.arange(1, len(rows), dtype=np.intp), "linear", "nearest")
    made: _Floats = np.full(len(site), np.nan) if found is None else found.weights @ donors
    return made


#: Each takes totals of a site by period, donors by period, the periods before the start, and the areas of the site.
ESTIMATORS: Final[Mapping[Estimator, Callable[[_Floats, _Floats, int, int], _Floats]]] = {
    "scaled donors": _scaled,
    "synthetic control": _mixed,
    "synthetic did": _parallel,
    "calibration": _calibrated,
}
