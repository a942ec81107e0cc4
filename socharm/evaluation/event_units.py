"""Harm by area and period in events that vary as crimes do, where it is not counted in whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socharm.stats.dispersion import dispersion_over_time

__all__ = ["event_unit"]

_Floats = NDArray[np.float64]


def event_unit(values: _Floats) -> float:
    """Harm of one event whose number varies as its mean; 1 of whole numbers, which are counts.

    Parameters
    ----------
    values : array of shape (areas, periods)

    Examples
    --------
    >>> event_unit(np.array([[3.0, 5.0], [1.0, 0.0]])), round(event_unit(np.array([[40.5, 0.0], [0.0, 40.5]])), 6)
    (1.0, 81.0)
    """
    if np.all(values == np.rint(values)):
        return 1.0
    found = dispersion_over_time(values, np.ones(values.shape, dtype=bool))
    return found.monthly if found is not None and found.monthly > 0 else 1.0
