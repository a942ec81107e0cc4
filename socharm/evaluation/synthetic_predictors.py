"""Synthetic control by predictors, whose weights are found with `pysyncon` (extra ``evaluation``)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.errors import MissingExtraError, RefusedError
from socharm.evaluation.synthetic_fit import Fit, fit_of
from socharm.stats.simplex import nearest_mixture

__all__ = ["fit_predictors"]

_Floats = NDArray[np.float64]

#: Where the search for the weights of the predictors begins. It has several local ends: the best one is kept.
_STARTS: Final = ("equal", "ols")
_STEPS: Final = 1_000


def _solver() -> Any:
    """The class of `pysyncon` for the nested problem, with its inner problem solved exactly."""
    try:
        from pysyncon import Synth
    except ImportError as error:
        raise MissingExtraError(
            "`predictors` need pysyncon, which is not installed. Install it with `pip install 'socharm[evaluation]'`, "
            "or leave `predictors` out: the outcomes before the start are then met directly."
        ) from error

    class Exact(Synth):  # type: ignore[misc]
        """`pysyncon.Synth`, whose weights of donors are the best ones and not where a search stopped."""

        @staticmethod
        def w_optimize(V_mat: _Floats, X0: _Floats, X1: _Floats, **_: object) -> tuple[_Floats, float]:
            """Weights of donors for given weights of the predictors, and the loss that they leave."""
            root = np.sqrt(np.diag(V_mat))
            weights = nearest_mixture(X0 * root[:, None], X1 * root)
            return weights, float((((X0 @ weights - X1) * root) ** 2).sum())

    return Exact


def fit_predictors(site: _Floats, donors: _Floats, before: int, mine: _Floats, theirs: _Floats) -> tuple[Fit, _Floats]:
    """Donors by predictors: the fit, and the weight of each predictor.

    Parameters
    ----------
    site : array of shape (n_periods,)
    donors : array of shape (n_donors, n_periods)
    before : int
    mine : array of shape (n_predictors,)
    theirs : array of shape (n_donors, n_predictors)

    Notes
    -----
    `pysyncon` searches the weights of the predictors (Nelder and Mead) from each start; the weights of the donors that
    belong to them are solved exactly, so that no inner search stops early.
    """
    spread = np.vstack([theirs, mine]).std(axis=0, ddof=1)
    if not (spread > 0).all():
        raise RefusedError(f"{int((spread <= 0).sum())} of the predictors are the same in all areas. Leave them out.")
    solver, best = _solver(), None
    for begin in _STARTS:
        importance = _searched(solver, site[:before], donors[:, :before], (mine, theirs), begin)
        if importance is None:
            continue
        root = np.sqrt(importance) / spread
        fit = fit_of(site, donors, before, nearest_mixture((theirs * root).T, mine * root))
        if best is None or fit.mspe_before < best[0].mspe_before:
            best = fit, importance
    if best is None:
        raise RefusedError("No start of the search for weights of the predictors led anywhere. Give fewer predictors.")
    return best


def _searched(
    solver: Any, site: _Floats, donors: _Floats, predictors: tuple[_Floats, _Floats], begin: str
) -> _Floats | None:
    """Weights of the predictors that a search from one start ends at; None where it cannot start there."""
    mine, theirs = predictors
    names = [f"donor {number}" for number in range(len(donors))]
    found = solver()
    try:
        found.fit(
            X0=pd.DataFrame(theirs.T, columns=names), X1=pd.Series(mine, name="site"),
            Z0=pd.DataFrame(donors.T, columns=names), Z1=pd.Series(site, name="site"),
            optim_method="Nelder-Mead", optim_initial=begin, optim_options={"maxiter": _STEPS},
        )  # fmt: skip
    except (ValueError, np.linalg.LinAlgError):
        return None
    return np.asarray(found.V, dtype=float)
