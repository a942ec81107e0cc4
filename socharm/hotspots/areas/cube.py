"""A space-time cube: values of every area in every period, from an index or from a table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._checks import cell_kind, require_choice, require_unique
from socharm._columns import AREA, PERIOD
from socharm._words import number_of
from socharm.errors import CoverageWarning, ParameterError, SchemaError
from socharm.hotspots.areas.time_axis import TimeAxis, time_axis
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index

__all__ = ["INDEX_COLUMNS", "Cube", "cube_of"]

_Floats = NDArray[np.float64]

#: What an index can be asked for by period.
INDEX_COLUMNS: Final = ("rate_eb", "rate", "crimes")


@dataclass(frozen=True, eq=False)
class Cube:
    """Areas by periods.

    Attributes
    ----------
    areas : Index
        Every area with a value in some period, ascending.
    everyone : Index
        Every area, in the caller's order.
    periods : tuple of str
        In the order of time, at equal steps.
    values : ndarray of shape (areas, periods)
        NaN where an area has no value.
    amounts, bases : ndarray of shape (areas, periods)
        What is added up over neighbours for their level beside that of all areas: harm and exposure of an index, values
        and ones of a table.
    column : str
    about : About
    left_out : tuple of str
        First months that do not fill a period.
    """

    areas: pd.Index
    everyone: pd.Index
    periods: tuple[str, ...]
    values: _Floats
    amounts: _Floats
    bases: _Floats
    column: str
    about: About
    left_out: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether an area has a value in a period."""
        return ~np.isnan(self.values)


def cube_of(source: SeverityIndex | pd.DataFrame | pd.Series, column: str, months: int, about: About | None) -> Cube:
    """The cube of an index, of a table of areas by periods, or of a Series by area and period.

    Raises
    ------
    SchemaError
        One period, periods that are missing or stand twice, values that are no finite numbers, repeated codes.
    ParameterError
        A column that an index does not have by period, or months per period that a table does not have.
    """
    if isinstance(source, SeverityIndex):
        require_sound_index(source)
        cube = _of_index(source, column, months)
    else:
        if months != 1:
            raise ParameterError(
                f"`months_per_period` is {months}, and `values` is a table whose periods are its columns. Add "
                "its columns up, or give the index."
            )
        cube = _of_table(_wide(source))
    if not cube.known.any():
        raise SchemaError(
            f"Not one of the {number_of(len(cube.everyone), 'area')} has a value. Check coverage and population."
        )
    _tell_gaps(cube)
    known = about if about is not None else cube.about
    return Cube(**{**cube.__dict__, "about": known})


def _wide(source: pd.DataFrame | pd.Series) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source
    if source.index.nlevels != 2:
        raise SchemaError(
            f"`values` is a Series whose index has {number_of(source.index.nlevels, 'level')}; give one by area code "
            "and period, or a DataFrame with a row for each area and a column for each period."
        )
    twice = source.index[source.index.duplicated()]
    if len(twice):
        raise SchemaError(
            f"`values` holds {number_of(len(twice), 'pair')} of area and period more than once, such as "
            f"{tuple(map(str, twice[0]))}. Add them up first."
        )
    wide: pd.DataFrame = source.unstack()  # noqa: PD010 - a pivot would add repeated pairs up
    return wide


def _of_table(table: pd.DataFrame) -> Cube:
    if not len(table):
        raise SchemaError("`values` holds no areas. Check the filter that made it.")
    require_unique(table.index, name="values")
    axis = time_axis(table.columns, name="values")
    _require_periods(axis)
    table = table.iloc[:, axis.order]
    numbers = table.apply(pd.to_numeric, errors="coerce").astype(np.float64)
    bad = (numbers.isna() & table.notna()) | np.isinf(numbers)
    if bad.to_numpy().any():
        row, place = np.argwhere(bad.to_numpy())[0]
        raise SchemaError(
            f"`values` must be finite numbers or missing; found {cell_kind(table.iloc[row, place])} of "
            f"{table.index[row]} in {axis.labels[place]}. Correct or remove it."
        )
    some = numbers.notna().any(axis=1).to_numpy()
    kept = numbers.loc[some].sort_index().rename_axis(AREA)
    x = kept.to_numpy()
    known = ~np.isnan(x)
    return Cube(
        areas=kept.index,
        everyone=numbers.index.rename(AREA),
        periods=axis.labels,
        values=x,
        amounts=np.where(known, x, 0.0),
        bases=known.astype(np.float64),
        column="values",
        about=About(),
    )


def _require_periods(axis: TimeAxis) -> None:
    if len(axis.labels) < 2:
        raise SchemaError(
            f"`values` holds {number_of(len(axis.labels), 'period')}; what emerges needs two at least, and ten for a "
            "pattern. For one period use `local_gi_star`."
        )
    axis.require_even("a pattern over time is of equal steps")


def _of_index(index: SeverityIndex, column: str, months: int) -> Cube:
    require_choice(column, INDEX_COLUMNS, name="column")
    by_month = index.by_period
    found = pd.PeriodIndex(by_month[PERIOD])
    span = pd.period_range(found.min(), found.max(), freq="M")
    whole = len(span) // months
    if whole < 2:
        raise SchemaError(
            f"The index holds {number_of(len(span), 'month')}, which is "
            f"{number_of(whole, 'period')} of {number_of(months, 'month')}; what emerges needs two at least, and ten "
            "for a pattern. Take a longer period, or fewer `months_per_period`. For one period use `local_gi_star`."
        )
    first = len(span) - whole * months
    ranked = index.table.index[index.table["rankable"]].sort_values()
    rows = ranked.get_indexer(pd.Index(by_month[AREA]))
    columns = span.get_indexer(found) - first
    kept = (rows >= 0) & (columns >= 0)
    at = (rows[kept], columns[kept] // months)
    shape = (len(ranked), whole)
    amount = "crimes" if column == "crimes" else "harm"
    amounts, bases = _added(by_month[amount], at, kept, shape), _added(by_month["exposure"], at, kept, shape)
    rates = np.divide(amounts, bases, out=np.full(shape, np.nan), where=bases > 0)
    return Cube(
        areas=ranked.rename(AREA),
        everyone=index.table.index.rename(AREA),
        periods=tuple(_period_label(span[first + months * at :][:months]) for at in range(whole)),
        values=_standardised(index, ranked, rates, bases) if column == "rate_eb" else rates,
        amounts=amounts,
        bases=bases,
        column=column,
        about=index.about,
        left_out=tuple(map(str, span[:first])),
    )


def _added(
    values: pd.Series, at: tuple[NDArray[np.intp], NDArray[np.intp]], kept: NDArray[np.bool_], shape: tuple[int, int]
) -> _Floats:
    found = np.zeros(shape)
    np.add.at(found, at, values.to_numpy(dtype=np.float64)[kept])
    return found


def _period_label(months: pd.PeriodIndex) -> str:
    return str(months[0]) if len(months) == 1 else f"{months[0]} to {months[-1]}"


def _standardised(index: SeverityIndex, areas: pd.Index, rates: _Floats, bases: _Floats) -> _Floats:
    """Rates of each period less their mean, over their standard deviation under one common rate: `rate_eb` by period.

    The error of a rate is that of the whole period of the index, over the share of its exposure that the step has.
    """
    rows = index.table.loc[areas]
    whole = rows["exposure"].to_numpy(dtype=np.float64)[:, None]
    error = rows["rate_se"].to_numpy(dtype=np.float64)[:, None] ** 2
    square = np.divide(error * whole, bases, out=np.zeros(bases.shape), where=bases > 0)
    share = bases / np.maximum(np.add.reduce(bases, axis=0), 1e-300)
    filled = np.where(np.isnan(rates), 0.0, rates)
    mean = np.add.reduce(share * filled, axis=0)
    spread = np.add.reduce(share * (filled - mean) ** 2, axis=0) - np.add.reduce(share * square, axis=0)
    between = np.maximum(spread, 0.0)
    return np.asarray((rates - mean) / np.sqrt(between + square), dtype=np.float64)


def _tell_gaps(cube: Cube) -> None:
    gaps = int((~cube.known).sum()) + (len(cube.everyone) - len(cube.areas)) * len(cube.periods)
    if gaps:
        lacking = cube.areas[np.flatnonzero((~cube.known).any(axis=1))].append(cube.everyone.difference(cube.areas))
        warnings.warn(
            f"{number_of(len(lacking), 'area lacks', 'areas lack')} a value in some period ({gaps:,} in all) and "
            f"{'leaves' if len(lacking) == 1 else 'leave'} the graph there: {list(map(str, lacking[:5]))}"
            f"{' ...' if len(lacking) > 5 else ''}. Not covered, or not rankable, is not zero.",
            CoverageWarning,
            stacklevel=4,
        )
