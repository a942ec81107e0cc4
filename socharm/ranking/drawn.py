"""Harm rates that are ranked, draw by draw: of the model of an index, or of a model of the analyst's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import require_same_areas
from socharm._columns import AREA
from socharm._limits import MAX_DRAWS, require_within
from socharm._value_kinds import is_real, own
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.ranking.ranking_settings import RankingSettings
from socharm.ranking.realised import draw_realised
from socharm.severity.index import SeverityIndex

__all__ = ["Rates", "drawn_rates", "own_rates", "rates_of"]

#: From the first and last number of draws to harm rates of shape (draws, areas).
Rates: TypeAlias = Callable[[int, int], NDArray[np.float64]]


def drawn_rates(index: SeverityIndex, settings: RankingSettings, seed: int, threads: int) -> Rates:
    """Rates by the model of an index, of what is ranked."""
    model = index.model
    if settings.estimand == "realised":
        cells = index.cells[index.cells[AREA].isin(model.areas)]
        realised = draw_realised(cells, model.exposure, draws=settings.draws, seed=seed, threads=threads)
        return lambda start, stop: np.ascontiguousarray(realised[:, start:stop].T)
    drawn = model.draw_next if settings.horizon == "next period" else model.draw_rates
    # Coupled: rankings of the same crimes under other choices meet the same random numbers.
    return lambda start, stop: drawn(
        stop - start, seed=seed, start=start, exact=settings.exact, coupled=True, threads=1
    )


def rates_of(draws: NDArray[np.float64]) -> Rates:
    """Rates that are there already, of shape (draws, areas)."""
    return lambda start, stop: draws[start:stop]


def own_rates(draws: object, areas: pd.Index) -> NDArray[np.float64]:
    """Harm rates of shape (draws, areas), finite and not negative.

    Parameters
    ----------
    draws : DataFrame or array
        One row per draw; the columns of a table are area codes, those of an array stand in the order of `areas`.
    areas : Index

    Raises
    ------
    ParameterError
        Another shape, no draws, values that are no numbers, missing, infinite or negative.
    AlignmentError
        Other areas.
    RefusedError
        More draws than `MAX_DRAWS`.

    Examples
    --------
    >>> own_rates(pd.DataFrame({"B": [2.0], "A": [1.0]}), pd.Index(["A", "B"])).tolist()
    [[1.0, 2.0]]
    """
    if isinstance(draws, pd.DataFrame):
        codes = draws.columns.map(str)
        if not codes.is_unique:
            twice = sorted(set(codes[codes.duplicated()]))
            raise ParameterError(f"`draws` has several columns for {twice[:5]}. Give one column for each area.")
        require_same_areas(pd.Index(codes), areas, names=("draws", "index.model.areas"))
        draws = draws.set_axis(codes, axis=1)[list(areas)]
    rates = _numbers(draws)
    if rates.ndim != 2 or rates.shape[1] != len(areas) or not len(rates):
        raise ParameterError(
            f"`draws` is of shape {rates.shape}; it must have one row per draw and {number_of(len(areas), 'column')}, "
            "one for each area of `index.model.areas`, in that order."
        )
    require_within(len(rates), MAX_DRAWS, what="draws", remedy="Give fewer; 10,000 are usual.")
    odd = ~np.isfinite(rates) | (rates < 0)
    if odd.any():
        where = [str(areas[place]) for place in np.flatnonzero(odd.any(axis=0))[:5]]
        raise ParameterError(
            f"`draws` holds {number_of(int(odd.sum()), 'value that is', 'values that are')} missing, infinite or "
            f"negative, of areas such as {where}. Give harm rates: numbers of at least 0."
        )
    return rates


def _numbers(draws: object) -> NDArray[np.float64]:
    """Values as numbers, missing where a table or a masked array has none; texts, flags and days are no numbers."""
    cells = draws.to_numpy() if isinstance(draws, pd.DataFrame) else np.ma.asarray(draws)
    if cells.dtype.kind == "O":
        gaps = np.asarray(pd.isna(cells))
        held = [own(value) for value in np.asarray(cells)[~gaps].ravel()]
        numeric = all(map(is_real, held))
    else:
        gaps, numeric = np.ma.getmaskarray(cells), cells.dtype.kind in "iuf"
    if not numeric:
        raise ParameterError("`draws` holds values that are no numbers. Give harm rates, one row per draw.")
    rates = np.full(cells.shape, np.nan)
    rates[~gaps] = np.asarray(cells)[~gaps].astype(np.float64)
    return rates
