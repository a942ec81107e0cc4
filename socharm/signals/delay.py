"""How long it takes until a rise of a stated size is found, by area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.signals.charts import draw_charts
from socharm.signals.noise import BLOCK, levels_of, simulate
from socharm.signals.signal_table import Watched
from socharm.stats.random_streams import streams

__all__ = ["HORIZON", "Delay", "delay_of"]

_Floats = NDArray[np.float64]

#: Months up to which a rise is waited for.
HORIZON: Final = 24
_YEAR: Final = 12
#: Blocks of series with a rise; fewer where there are many areas.
_MOST_BLOCKS: Final = 10
_LEAST_BLOCKS: Final = 4
_MANY: Final = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class Delay:
    """Months until a rise is found.

    Attributes
    ----------
    median : Series of Int64 by area; missing where half of the rises are not found within two years
    within_year : ndarray of shape (areas,)
        Probability that the rise is found within twelve months.
    """

    median: pd.arrays.IntegerArray
    within_year: _Floats


def delay_of(watched: Watched, seed: int, *, change: float, memory: float) -> Delay:
    """Simulate a rise of the size looked for, from the first watched month on, for two years.

    Parameters
    ----------
    watched : Watched
    seed : int
    change, memory
        As of `draw_charts`.
    """
    amounts, shape, first, noise = watched.amounts, watched.shape, watched.first, watched.noise
    level = levels_of(amounts, shape, ~np.isnan(amounts))
    gaps = np.concatenate([np.isnan(amounts[:, :first]), np.zeros((len(level), HORIZON), dtype=bool)], axis=1)
    flat = np.repeat(shape[:, first:].mean(axis=1, keepdims=True), HORIZON, axis=1)
    long = np.concatenate([shape[:, :first], flat], axis=1)
    rise = np.where(np.arange(first + HORIZON) < first, 1.0, change)
    blocks = _MOST_BLOCKS if len(level) <= _MANY else _LEAST_BLOCKS
    found = np.empty((blocks * BLOCK, len(level)))
    for number, rng in enumerate(streams(seed, blocks, purpose="signals-rise")):
        made = np.where(gaps, np.nan, simulate(level, long, noise, rng, rise=rise))
        charts = draw_charts(made, long, first, noise, change=change, memory=memory)
        beyond = ((charts.values > watched.limits.values[:, None, :])[..., [0, 2]]).any(axis=-1)
        months = np.where(beyond.any(axis=-1), beyond.argmax(axis=-1) + 1, HORIZON + 1)
        found[number * BLOCK : (number + 1) * BLOCK] = months
    middle = np.ceil(np.median(found, axis=0)).astype(np.int64)
    median = pd.array(middle, dtype="Int64")
    median[middle > HORIZON] = pd.NA
    return Delay(median=median, within_year=(found <= _YEAR).mean(axis=0))
