"""What a map of areas can colour: one column of a record, of a table of the caller's own, or a Series, by area code."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About
from socharm._checks import require_columns, require_unique
from socharm._columns import AREA, NAME
from socharm._record import Record, table_of
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, SchemaError

__all__ = ["column_by_area", "require_codes_not_names", "require_on_map", "require_record"]

_DEFAULT: Final = "rate_shrunk"
_GIVE: Final = (
    "give a record, such as what `severity_index` or `rank_areas` returns, or a Series or a table of numbers whose "
    "index is the area code, with `column=`"
)


def column_by_area(
    record: Record | pd.Series | pd.DataFrame, column: str | None, about: About | None, areas: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, str, About | None]:
    """The table to draw, the name of the column to colour (numbers, gaps as NaN), and what it is about.

    Parameters
    ----------
    record, column, about
        As in `plot_choropleth`.
    areas : GeoDataFrame
        The areas of the map.

    Raises
    ------
    ParameterError
        Neither a record nor a Series nor a table, or none by area code.
    SchemaError
        The column is missing, or holds something else than finite numbers and gaps.
    AlignmentError
        Areas that the map does not have.
    """
    table, column, about = _opened(record, column, about)
    _require_codes(table.index, areas)
    require_unique(table.index, name="record")
    require_on_map(table.index, areas)
    return table.assign(**{column: _numbers(table[column], column)}), column, about


def require_record(value: Any, *, name: str, made_by: str, tables: tuple[str, ...] = ("table",)) -> None:
    """Stop unless a value has the tables that a picture is made of.

    Raises
    ------
    ParameterError
        A table, a Series, or a record of another kind.
    """
    plain = isinstance(value, (pd.DataFrame, pd.Series, type))
    if plain or not all(isinstance(getattr(value, table, None), pd.DataFrame) for table in tables):
        raise ParameterError(f"`{name}` is a {type(value).__name__}; give what {made_by} returns.")


def _opened(record: Any, column: str | None, about: About | None) -> tuple[pd.DataFrame, str, About | None]:
    if isinstance(record, pd.Series):
        label = column if column is not None else ("value" if record.name is None else str(record.name))
        return record.to_frame(label), label, about
    if isinstance(record, pd.DataFrame):
        plain = pd.DataFrame(record).rename(columns=str)
        if AREA in plain.columns and plain.index.name != AREA:
            plain = plain.set_index(AREA)
        return plain, _column_of(plain, column), about
    table = table_of(record)
    if table is None:
        raise ParameterError(f"`record` is a {type(record).__name__}; {_GIVE}.")
    column = _DEFAULT if column is None else column
    require_columns(table, [column], name="record.table")
    return table, column, about or record.about


def _column_of(table: pd.DataFrame, column: str | None) -> str:
    """The column named, or the only one that holds numbers."""
    if column is None:
        numeric = [str(name) for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
        if _DEFAULT in numeric or len(numeric) == 1:
            return _DEFAULT if _DEFAULT in numeric else numeric[0]
        raise ParameterError(
            f"`column` is missing: the table has the columns {list(table.columns)}. Name one of numbers."
        )
    require_columns(table, [column], name="record")
    if isinstance(table[column], pd.DataFrame):
        raise SchemaError(f"`record` holds the column {column!r} more than once. Rename or drop the copies.")
    return column


def _require_codes(index: pd.Index, areas: gpd.GeoDataFrame) -> None:
    """Stop at a table by something else than area codes: row numbers, or several rows for each area."""
    if isinstance(index, pd.MultiIndex):
        raise ParameterError(
            f"`record` has several keys for each row, {list(index.names)}; a map needs one row for each area. Choose "
            "one of the others first, such as `table.xs(value, level=1)`."
        )
    if len(index) and not any(isinstance(code, str) for code in index):
        raise ParameterError(
            f"`record` has {list(index[:3])} as its index, where area codes must stand, such as "
            f"{list(areas.index[:2])}. Use `set_index` on the column of codes."
        )
    require_codes_not_names(index, areas, name="record")


def require_codes_not_names(index: pd.Index, areas: pd.DataFrame, *, name: str) -> None:
    """Stop at a table whose index is the names of the areas in place of their codes.

    Raises
    ------
    AlignmentError
        Most of what is no code of the areas is a name of one.
    """
    strangers = index.difference(areas.index)
    if NAME not in areas.columns or not len(strangers):
        return
    names = strangers[strangers.isin(areas[NAME])]
    if len(names) * 2 > len(strangers):
        raise AlignmentError(
            f"`{name}` has names of areas as its index, such as {list(names[:3])}, where area codes must stand, such "
            f"as {list(areas.index[:2])}: names are not unique. Use `set_index` on the column of codes."
        )


def require_on_map(index: pd.Index, areas: pd.DataFrame) -> None:
    """Stop at a record of areas that a map does not have.

    Raises
    ------
    AlignmentError
        The message counts them and names some.
    """
    strangers = index.difference(areas.index)
    if len(strangers):
        raise AlignmentError(
            f"{number_of(len(strangers), 'area of the record is', 'areas of the record are')} not in `areas`, such as "
            f"{list(strangers[:3])}. Check that both use the same boundary year."
        )


def _numbers(values: pd.Series, column: str) -> pd.Series:
    """The column as numbers; a word is no gap, and infinity has no colour."""
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    words = numbers.isna() & values.notna()
    if words.any():
        raise SchemaError(
            f"`record.{column}` must hold numbers; {int(words.sum())} of {number_of(len(values), 'value')} "
            f"{'is' if words.sum() == 1 else 'are'} none, such as that of {values.index[words][0]!r}. Turn them to "
            "numbers, or leave gaps where there are none."
        )
    endless = np.isinf(numbers.to_numpy())
    if endless.any():
        raise SchemaError(
            f"`record.{column}` is infinite for {number_of(int(endless.sum()), 'area')}, such as "
            f"{list(values.index[endless][:3])}. Leave a gap there: a rate over no residents is unknown."
        )
    return numbers
