"""Does a neighbourhood stay above, or below, the force month by month?"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._columns import AREA, PERIOD
from socharm.hotspots.areas.local_values import LocalValues, SpatialWeights
from socharm.stats.moderated_t import LEAST_VALUES, TailP, moderated_t

__all__ = ["month_p"]

_Floats = NDArray[np.float64]

#: Columns of an index that speak of its harm, and of its crimes.
_HARM: Final = ("rate", "rate_shrunk", "rate_eb", "harm", "relative")


def month_p(local: LocalValues, around: SpatialWeights, *, with_self: bool) -> tuple[TailP | None, str]:
    r"""One-sided p of each neighbourhood's monthly rates against the force's, or why there are none.

    Parameters
    ----------
    local : LocalValues
    around : SpatialWeights
    with_self : bool
        Whether the area belongs to its neighbourhood.

    Returns
    -------
    p : TailP or None
    reason : str
        Empty where there are p-values.

    Notes
    -----
    With harm :math:`H_{im}` and exposure :math:`E_{im}` of neighbourhood i in month m, and the rate :math:`R_m` of all
    areas together, `moderated_t` of :math:`(H_{im} - E_{im} R_m) / \sqrt{E_{im}}`. Shuffling asks whether high values
    stand together in the sum of all months, and one bad month of a few streets is enough for that; this asks whether
    the months say so one by one. Where something of a month is left in the next (one correlation, estimated from all
    neighbourhoods together), months count as fewer than they are.
    """
    if local.index is None:
        return None, "values without the months behind them"
    amount = "harm" if local.column in _HARM else "crimes" if local.column == "crimes" else ""
    if not amount:
        return None, f"not defined for the column {local.column}"
    by_month = local.index.by_period
    found = pd.PeriodIndex(by_month[PERIOD]).unique()
    if len(found) < LEAST_VALUES:
        return None, f"needs {LEAST_VALUES} months, has {len(found)}"
    # Months in which no area was covered keep their place: what is left of a month is asked of the next one.
    months = pd.period_range(found.min(), found.max(), freq="M")
    rows = local.values.index.get_indexer(pd.Index(by_month[AREA]))
    columns = months.get_indexer(pd.PeriodIndex(by_month[PERIOD]))
    kept = rows >= 0
    harm, exposure = np.zeros((len(local.values), len(months))), np.zeros((len(local.values), len(months)))
    harm[rows[kept], columns[kept]] = by_month[amount].to_numpy(dtype=float)[kept]
    exposure[rows[kept], columns[kept]] = by_month["exposure"].to_numpy(dtype=float)[kept]
    return moderated_t(_excess(harm, exposure, around, with_self), serial=True), ""


def _excess(harm: _Floats, exposure: _Floats, around: SpatialWeights, with_self: bool) -> _Floats:
    """Harm of each neighbourhood and month beyond what the rate of all areas makes, of comparable variance."""
    total = np.add.reduce(exposure, axis=0)
    rate = np.divide(np.add.reduce(harm, axis=0), total, out=np.zeros(total.size), where=total > 0)
    n = around.degree.size
    matrix = scipy.sparse.csr_array((around.weights, around.indices, around.indptr), shape=(n, n))
    own = around.own[:, None] if with_self else 0.0
    near, here = (np.asarray(matrix @ part) + own * part for part in (harm, exposure))
    beyond = near - here * rate
    found: _Floats = np.full(beyond.shape, np.nan)
    np.divide(beyond, np.sqrt(here), out=found, where=here > 0)
    return found
