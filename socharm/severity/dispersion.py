"""Over-dispersion by offence: from the months where there are several, else from a packaged table."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
import pandas as pd

from socharm._columns import AREA, PERIOD, N
from socharm.errors import ModelWarning
from socharm.io.offences import category_of
from socharm.stats.dispersion import dispersion_over_time

__all__ = ["DEFAULT_PHI", "DEFAULT_PHI_SOURCE", "dispersion_by_offence"]

#: Where the packaged over-dispersion comes from.
DEFAULT_PHI_SOURCE: Final = "packaged: 177 wards of Northumbria, June 2013 to May 2014, police.uk"

#: Over-dispersion of the sum over twelve months, by category, as `dispersion_over_time` measures it.
DEFAULT_PHI: Final = {
    "bicycle-theft": 1.25,
    "burglary": 2.20,
    "criminal-damage-and-arson": 1.83,
    "drugs": 1.24,
    "other-crime": 1.11,
    "other-theft": 1.53,
    "possession-of-weapons": 1.07,
    "public-order": 1.07,
    "robbery": 1.09,
    "shoplifting": 1.76,
    "theft-from-the-person": 1.32,
    "vehicle-crime": 1.65,
    "violence-and-sexual-offences": 1.34,
    "all": 1.64,
}

#: An offence with fewer events than this borrows the over-dispersion of all offences together.
_LEAST_EVENTS: Final = 200


def dispersion_by_offence(
    cells: pd.DataFrame, coverage: pd.DataFrame, bands: pd.Index, *, months_known: bool = True
) -> pd.DataFrame:
    """Over-dispersion of each band within areas over time.

    Parameters
    ----------
    cells : DataFrame
        ``area_code``, ``band``, ``period``, ``n``.
    coverage : DataFrame of bool
        Areas x months.
    bands : Index
    months_known : bool
        False where totals of a period were spread evenly over its months: these show no variation of their own.

    Returns
    -------
    DataFrame
        Index as `bands`; ``phi`` (of the window, at least 1), ``phi_monthly`` (missing where it was not
        estimated), ``phi_source``.

    Warns
    -----
    ModelWarning
        One period only, or months that are not known: packaged values are used.
    """
    areas = pd.Index(sorted(cells[AREA].unique()))
    mask = coverage.reindex(areas).to_numpy(dtype=bool)
    estimates = {}
    if months_known and mask.shape[1] > 1 and len(areas) > 1:
        for band, part in cells.groupby("band", sort=True, observed=True):
            cube = part.pivot_table(index=AREA, columns=PERIOD, values=N, aggfunc="sum", observed=True)
            n = cube.reindex(index=areas, columns=coverage.columns).fillna(0).to_numpy(dtype=float)
            estimates[band] = dispersion_over_time(n, mask)
    found = {band: value for band, value in estimates.items() if value is not None}
    events = sum(value.events for value in found.values())
    if not events:
        return _packaged(bands)
    shared = sum(value.events * value.window for value in found.values()) / events
    rows = {}
    for band in bands:
        value = found.get(band)
        if value is None or value.events < _LEAST_EVENTS:
            rows[band] = (shared, np.nan, "all offences of these counts together")
        else:
            rows[band] = (value.window, value.monthly, "these counts, area by month")
    return pd.DataFrame.from_dict(rows, orient="index", columns=["phi", "phi_monthly", "phi_source"]).reindex(bands)


def _packaged(bands: pd.Index) -> pd.DataFrame:
    warnings.warn(
        "one period (or one area, or totals without months) does not show how counts vary over time: the "
        f"over-dispersion is the packaged default ({DEFAULT_PHI_SOURCE}).",
        ModelWarning,
        stacklevel=4,
    )
    phi = [DEFAULT_PHI.get(category_of(str(band)) or "all", DEFAULT_PHI["all"]) for band in bands]
    return pd.DataFrame({"phi": phi, "phi_monthly": np.nan, "phi_source": DEFAULT_PHI_SOURCE}, index=bands)
