"""What counts as extreme among sites where nothing was done."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from socharm.hotspots.areas.area_settings import Alternative

__all__ = ["Z_95", "as_extreme"]

#: Standard errors on either side that hold 95% of a normal distribution.
Z_95: Final = 1.959963984540054


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
