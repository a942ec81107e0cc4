"""Transforms of severity weights: raw, square root, logarithm, capped."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from socharm._checks import require_choice, require_positive

__all__ = ["DEFAULT_CAP", "TRANSFORMS", "Transform", "transform_weights"]

#: Scale of the weights.
Transform: TypeAlias = Literal["raw", "sqrt", "log", "capped"]
TRANSFORMS: Final[tuple[str, ...]] = get_args(Transform)
#: Sentence-days above which ``"capped"`` counts no more: one year.
DEFAULT_CAP: Final = 365.0


def transform_weights(table: pd.DataFrame, transform: str, *, cap: float = DEFAULT_CAP) -> pd.DataFrame:
    r"""Weights on another scale, so that a few grave offences rule the index less.

    Parameters
    ----------
    table : DataFrame
        ``weight``, ``within_variance``, ``tau`` by offence.
    transform : {"raw", "sqrt", "log", "capped"}
        :math:`w`, :math:`\sqrt w`, :math:`\ln(1+w)` or :math:`\min(w, cap)`.
    cap : float
        Only for ``"capped"``.

    Returns
    -------
    DataFrame
        The same columns. Variance and spread follow by the delta method, so for a crosswalk they are
        approximate: the transform is applied to the category's mean weight, not inside it.
    """
    require_choice(transform, TRANSFORMS, name="transform")
    require_positive(cap, name="cap")
    weight = table["weight"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        if transform == "raw":
            new, slope = weight, np.ones_like(weight)
        elif transform == "sqrt":
            new = np.sqrt(weight)
            slope = np.where(weight > 0, 0.5 / new, 0.0)
        elif transform == "log":
            new, slope = np.log1p(weight), 1 / (1 + weight)
        else:
            new, slope = np.minimum(weight, cap), (weight <= cap).astype(float)
        elastic = np.where(new > 0, slope * weight / new, 0.0)
    variance = table["within_variance"].to_numpy(dtype=float) * slope**2
    return table.assign(weight=new, within_variance=variance, tau=table["tau"].to_numpy(dtype=float) * elastic)
