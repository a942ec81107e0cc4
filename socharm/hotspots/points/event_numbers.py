"""How many events each row of a table of points stands for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import require_finite
from socharm._columns import N
from socharm.errors import SchemaError

__all__ = ["event_numbers"]


def event_numbers(points: pd.DataFrame) -> NDArray[np.int64]:
    """The column ``n``, or 1 for each row where there is none.

    Raises
    ------
    SchemaError
        A number is missing, below 1 or not whole.
    """
    if N not in points.columns:
        return np.ones(len(points), dtype=np.int64)
    require_finite(points[N], name=f"points.{N}", minimum=1)
    if (points[N] % 1 != 0).any():
        raise SchemaError(f"`points.{N}` must hold whole numbers of events; some are not whole.")
    return points[N].to_numpy(dtype=np.int64)
