"""A second interval of each rank: what the first hangs on, the spread of the offence mix between places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from socharm.ranking.ranking_settings import RankingSettings
from socharm.severity.model import RateModel
from socharm.stats.ranks import descending_ranks, rank_quantiles

__all__ = ["mix_interval"]

#: Draws of the second interval.
_DRAWS: Final = 2_000


def mix_interval(
    model: RateModel, settings: RankingSettings, levels: Mapping[str, float], *, block: int, threads: int
) -> pd.DataFrame:
    """Ends of the intervals under another spread of the mix; missing where there is no mix to vary.

    Parameters
    ----------
    model : RateModel
    settings : RankingSettings
    levels : mapping of str to float
        Columns of the first interval, ``rank_low_90`` and the like, and their quantiles.
    block, threads : int
        Draws made at a time; the result depends on neither.

    Returns
    -------
    DataFrame
        By area: ``mix_low_90`` and the like.
    """
    ends = {f"mix_{name.removeprefix('rank_')}": level for name, level in levels.items() if name != "rank_median"}
    same = settings.own_draws or (settings.mix_times == 1 and settings.mix_shared == 0)
    if same or settings.estimand != "underlying" or settings.horizon != "this period" or not model.bands["tau"].any():
        return pd.DataFrame({name: pd.Series(pd.NA, index=model.areas, dtype="Int64") for name in ends})
    draws = min(settings.draws, _DRAWS)
    exact = 1.0 if settings.mix_shared > 0 else settings.exact
    ranks = np.empty((draws, len(model.areas)), dtype=np.min_scalar_type(len(model.areas)))
    for start in range(0, draws, block):
        stop = min(start + block, draws)
        # Coupled: the draws of the ranking itself, so that only the spread of the mix makes a difference.
        rates = model.draw_rates(
            stop - start,
            seed=settings.seed,
            start=start,
            exact=exact,
            mix_times=settings.mix_times,
            mix_shared=settings.mix_shared,
            coupled=True,
            threads=threads,
        )
        ranks[start:stop] = descending_ranks(rates)
    found = rank_quantiles(ranks, tuple(ends.values()))
    columns = {name: pd.array(values, dtype="Int64") for name, values in zip(ends, found, strict=True)}
    return pd.DataFrame(columns, index=model.areas)
