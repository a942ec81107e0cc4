"""How much of an area's value, and of its neighbourhood's, hangs on one event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, N
from socharm.hotspots.areas.local_values import LocalValues, SpatialWeights, standardisation
from socharm.severity.index import SeverityIndex
from socharm.stats.gamma_poisson import area_posterior
from socharm.stats.permutation import neighbour_sums

__all__ = ["lowered_sums", "top_event_drop"]

_Floats = NDArray[np.float64]


def top_event_drop(local: LocalValues, *, null: str) -> tuple[_Floats | None, str]:
    """Fall of each area's value when its single most harmful event is taken away, or why that is not known.

    Parameters
    ----------
    local : LocalValues
    null : str
        How the local statistic was tested.

    Returns
    -------
    drop : ndarray of shape (n,) or None
        At least 0; 0 where an area has no event.
    reason : str
        Empty where `drop` is known.
    """
    if local.index is None:
        return None, "missing: values without the events behind them"
    if local.index.findings.level != "offence":
        return None, "missing: categories hide single offences"
    if local.column not in _FALLS:
        return None, f"missing: not defined for the column {local.column}"
    if null != "permutation":
        return None, "missing: only by permutation"
    top = _top_offence(local.index).reindex(local.values.index)
    return np.maximum(_FALLS[local.column](local.index, top).to_numpy(dtype=float), 0.0), ""


def lowered_sums(x: _Floats, drop: _Floats, around: SpatialWeights) -> _Floats:
    """Neighbour sums less what they would lose with the one event that carries most of them."""
    weights = None if around.equal else around.weights
    largest = np.zeros(x.size)
    rows = np.repeat(np.arange(x.size), around.degree)
    np.maximum.at(largest, rows, around.weights * drop[around.indices])
    return np.asarray(neighbour_sums(x, around.indptr, around.indices, weights) - largest, dtype=np.float64)


def _top_offence(index: SeverityIndex) -> pd.DataFrame:
    """The heaviest offence that each area has at least one event of, by area code."""
    cells = index.cells[index.cells[N] > 0].sort_values([AREA, "weight", OFFENCE], kind="stable")
    return cells.drop_duplicates(AREA, keep="last").set_index(AREA)[[OFFENCE, "weight"]]


def _fall_of_rate(index: SeverityIndex, top: pd.DataFrame) -> pd.Series:
    exposure = index.table["exposure"].astype(float).reindex(top.index)
    return (top["weight"].astype(float) / exposure * index.settings.per).fillna(0.0)


def _fall_of_standardised(index: SeverityIndex, top: pd.DataFrame) -> pd.Series:
    """That of the rate over its standard deviation; mean and deviations of all areas stay as they are."""
    deviation = standardisation(index)[1].reindex(top.index)
    return (_fall_of_rate(index, top) / deviation).fillna(0.0)


def _fall_of_shrunk(index: SeverityIndex, top: pd.DataFrame) -> pd.Series:
    """Posterior mean with all events, less that without the top one; the prior stays as it is."""
    model = index.model
    counts = model.counts.reindex(top.index).fillna(0.0)
    bands = top[OFFENCE].map(model.offences["band"])
    less = counts.to_numpy(dtype=float, copy=True)
    rows = np.flatnonzero(bands.notna().to_numpy())
    less[rows, counts.columns.get_indexer(pd.Index(bands.iloc[rows]))] -= 1.0
    exposure = model.exposure.reindex(top.index).to_numpy(dtype=float)
    weight = model.bands["weight"].to_numpy(dtype=float)
    means = [area_posterior(n, exposure, model.prior).mean for n in (counts.to_numpy(dtype=float), np.maximum(less, 0))]
    return pd.Series(np.sum((means[0] - means[1]) * weight, axis=1) * index.settings.per, index=top.index)


#: How much a column falls with one event less.
_FALLS: Final[dict[str, Callable[[SeverityIndex, pd.DataFrame], pd.Series]]] = {
    "rate": _fall_of_rate,
    "rate_shrunk": _fall_of_shrunk,
    "rate_eb": _fall_of_standardised,
}
