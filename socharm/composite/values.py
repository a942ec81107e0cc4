"""Values of indicators as they were sent: one table, or several of different partners, for the same areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from socharm._about import About
from socharm._checks import require_unique
from socharm._columns import AREA
from socharm.composite.recipe import CompositeRecipe
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.io.indicator_record import Indicators

__all__ = ["IndicatorValues", "Sent", "gather"]

#: What an analyst may hand over as values.
Sent = pd.DataFrame | Indicators | Sequence[pd.DataFrame | Indicators]


@dataclass(frozen=True, eq=False)
class IndicatorValues:
    """Values of the indicators that a recipe names.

    Attributes
    ----------
    table : DataFrame
        Areas of the first table, by indicators, as floats; missing where a table does not hold the area.
    dictionary : DataFrame
        What partners say of their measures, index ``measure``; no rows for plain tables.
    abouts : tuple of About
        Of the records of partners.
    """

    table: pd.DataFrame
    dictionary: pd.DataFrame
    abouts: tuple[About, ...]


def gather(sent: Sent, recipe: CompositeRecipe) -> IndicatorValues:
    """Bring the indicators of a recipe into one table; columns that it does not name are left aside.

    Raises
    ------
    ParameterError
        Something that is no table, or no table at all.
    SchemaError
        Repeated areas, an indicator in two tables, text or infinite values.
    AlignmentError
        A further table shares no area with the first one.
    """
    given = [sent] if isinstance(sent, (pd.DataFrame, Indicators)) else list(sent) if isinstance(sent, Sequence) else []
    if not given or not all(isinstance(part, (pd.DataFrame, Indicators)) for part in given):
        raise ParameterError(
            f"`indicators` is a {type(sent).__name__}; give a table of areas by indicators, what `read_indicators` "
            "returns, or a list of these."
        )
    wanted = [spec.name for spec in recipe.indicators]
    tables = [_chosen(part, wanted) for part in given]
    first = tables[0].index
    columns: dict[str, pd.Series] = {}
    for number, table in enumerate(tables):
        require_unique(table.index, name="indicators")
        if len(table.columns) and len(first) and not table.index.isin(first).any():
            raise AlignmentError(
                f"Table {number + 1} of `indicators` shares no area with the first: {list(table.index[:3])} against "
                f"{list(first[:3])}. Check that both use the same boundary year."
            )
        if table.index.nlevels > 1 or table.columns.nlevels > 1:
            raise SchemaError("`indicators` has an index or headings of several levels. Give one row per area code.")
        twice = sorted(set(table.columns) & set(columns))
        if twice:
            raise SchemaError(f"{twice} stand in two tables of `indicators`; drop them from one.")
        columns |= {str(name): _numbers(table[name], str(name)).reindex(first) for name in table.columns}
    said = [part.dictionary[["direction", "police_driven"]] for part in given if isinstance(part, Indicators)]
    return IndicatorValues(
        table=pd.DataFrame(columns, index=first).rename_axis(AREA),
        dictionary=pd.concat(said) if said else pd.DataFrame(columns=["direction", "police_driven"]),
        abouts=tuple(part.about for part in given if isinstance(part, Indicators)),
    )


def _chosen(part: pd.DataFrame | Indicators, wanted: list[str]) -> pd.DataFrame:
    if isinstance(part, pd.DataFrame):
        twice = [str(name) for name in wanted if list(part.columns).count(name) > 1]
        if twice:
            raise SchemaError(f"`indicators` has the columns {twice} more than once. Drop or rename the copies.")
        return part[[name for name in wanted if name in part.columns]]
    measures = {name: part.values_of(name) for name in wanted if name in part.measures}
    # Every area of the partner's file, also those without a value of these measures.
    return pd.DataFrame(measures, index=pd.Index(part.table[AREA].unique(), name=AREA))


def _numbers(values: pd.Series, name: str) -> pd.Series:
    """Finite numbers and gaps as floats, whatever the column was stored as."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    bad = (numbers.isna() & values.notna()) | numbers.isin([float("inf"), float("-inf")])
    if bad.any():
        where = [f"{area}: {value}" for area, value in list(values[bad].items())[:3]]
        raise SchemaError(f"{name!r} must hold finite numbers or gaps; {int(bad.sum())} are neither, such as {where}.")
    return numbers
