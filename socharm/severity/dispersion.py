"""Over-dispersion by offence: from the months where there are several, else from a packaged table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.errors import ModelWarning
from socharm.offences import category_of
from socharm.stats.dispersion import Dispersion, common_variance, dispersion_over_time

__all__ = [
    "DEFAULT_COMMON",
    "DEFAULT_PHI",
    "DEFAULT_PHI_SOURCE",
    "Together",
    "dispersion_by_offence",
    "dispersion_together",
]

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

#: Variance of the log by which all offences of a ward move together over twelve months, and the over-dispersion of
#: all its crimes, for the same wards.
DEFAULT_COMMON: Final = 0.0011
DEFAULT_CRIMES: Final = 2.28

#: An offence with fewer events than this borrows the over-dispersion of all offences together.
_LEAST_EVENTS: Final = 200


def dispersion_by_offence(
    n: NDArray[np.float64], covered: NDArray[np.bool_], bands: pd.Index, *, months_known: bool = True
) -> pd.DataFrame:
    """Over-dispersion of each band within areas over time.

    Parameters
    ----------
    n : array of shape (bands, areas, months)
    covered : array of bool, shape (areas, months)
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
    estimates: dict[Any, Dispersion | None] = {}
    if months_known and covered.shape[1] > 1 and len(covered) > 1:
        estimates = {band: dispersion_over_time(own, covered) for band, own in zip(bands, n, strict=True)}
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


@dataclass(frozen=True, kw_only=True)
class Together:
    """What offences that move together add to the sums over them.

    Parameters
    ----------
    variance : float
        Of the log of what all offences of an area share over the window.
    crimes : float
        Over-dispersion of all crimes over the window.
    phi : Series by band
        Over-dispersion of each band beside what it shares.
    """

    variance: float
    crimes: float
    phi: pd.Series


def dispersion_together(
    n: NDArray[np.float64], covered: NDArray[np.bool_], phi: pd.Series, *, months_known: bool = True
) -> Together:
    """What the bands of a place share over time, and what is left to each.

    Parameters
    ----------
    n : array of shape (bands, areas, months)
    covered : array of bool, shape (areas, months)
    phi : Series by band
        As `dispersion_by_offence` gives it: shared shocks are in it.
    months_known : bool

    Returns
    -------
    Together
        With one month, or months that are not known, the packaged variance of twelve months over the share of them
        that was seen.
    """
    window = n.sum(axis=2)
    events = window.sum(axis=1)
    own = phi.to_numpy(dtype=float)
    apart = float(np.sum(events * own) / events.sum()) if events.sum() > 0 else 1.0
    whole = dispersion_over_time(n.sum(axis=0), covered) if months_known and events.sum() >= _LEAST_EVENTS else None
    if whole is None:
        variance = DEFAULT_COMMON * 12 / max(int(covered.any(axis=0).sum()), 1) if events.sum() > 0 else 0.0
        return Together(variance=variance, crimes=max(apart, DEFAULT_CRIMES), phi=phi)
    variance = common_variance(n, covered)
    shared = variance * np.sum(window**2, axis=1) / np.where(events > 0, events, 1.0)
    left = pd.Series(np.maximum(own - shared, 1.0), index=phi.index)
    return Together(variance=variance, crimes=max(whole.window, apart), phi=left)


def _packaged(bands: pd.Index) -> pd.DataFrame:
    warnings.warn(
        "one period (or one area, or totals without months) does not show how counts vary over time: the "
        f"over-dispersion is the packaged default ({DEFAULT_PHI_SOURCE}).",
        ModelWarning,
        stacklevel=5,
    )
    phi = [DEFAULT_PHI.get(category_of(str(band)) or "all", DEFAULT_PHI["all"]) for band in bands]
    return pd.DataFrame({"phi": phi, "phi_monthly": np.nan, "phi_source": DEFAULT_PHI_SOURCE}, index=bands)
