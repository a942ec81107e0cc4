"""What counts as extreme among sites where nothing was done."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.hotspots.areas.area_settings import Alternative

__all__ = ["ALPHA", "Z_95", "as_extreme", "kept_beside"]

#: Standard errors on either side that hold 95% of a normal distribution.
Z_95: Final = 1.959963984540054
#: Share of cases in which nothing is taken for something.
ALPHA: Final = 0.05


def as_extreme(others: NDArray[np.float64], own: float, alternative: Alternative) -> NDArray[np.bool_]:
    """Which of other values are as extreme as one's own; equal up to rounding counts.

    Examples
    --------
    >>> as_extreme(np.array([-3.0, 1.0, 2.0]), -2.0, "two-sided").tolist()
    [True, False, True]
    """
    near = 1e-9 * max(1.0, abs(own))
    if alternative == "two-sided":
        return np.abs(others) >= abs(own) - near
    return others <= own + near if alternative == "less" else others >= own - near


def kept_beside(others: NDArray[np.float64], alternative: Alternative) -> tuple[float, float] | None:
    """Lowest and highest value that p, by :func:`as_extreme`, leaves above 5%; None where so few can reject nothing.

    Examples
    --------
    >>> others = np.arange(-10.0, 10.0)
    >>> kept_beside(others, "two-sided"), kept_beside(others, "less"), kept_beside(others[:18], "two-sided")
    ((-10.0, 10.0), (-10.0, inf), None)
    """
    most = math.floor(ALPHA * (len(others) + 1))
    if not most:
        return None
    if alternative == "two-sided":
        reach = float(np.sort(np.abs(others))[-most])
        return -reach, reach
    at = np.sort(others)
    return (float(at[most - 1]), math.inf) if alternative == "less" else (-math.inf, float(at[-most]))
