"""Official tables as published, read by the name of their source: measures of partners with their dictionary."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, TypeAlias, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from socharm._arguments import checked
from socharm._checks import names_told
from socharm._columns import AREA
from socharm._constraints import Filled, Frame, OneLine
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io._table_header import folded
from socharm.io.areas import require_areas
from socharm.io.crs import BRITISH_NATIONAL_GRID, LONGITUDE_LATITUDE, transformer
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.indicator_record import Indicators, IndicatorSettings
from socharm.io.indicators import read_indicators
from socharm.io.metres import look_like_degrees
from socharm.io.numbers import parse_numbers
from socharm.io.sources import Layout, Source, read_by_name
from socharm.io.table_options import TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults, TextTable

__all__ = ["read_official"]

_Edition: TypeAlias = Annotated[str, Filled(), OneLine()]

#: A mark of a footnote behind a heading.
_FOOTNOTE: Final = re.compile(r"\s*(?:\[(?:note|notes)? ?[\d, ]+\]|(?<=[a-z)%])\d)$")
#: Texts of a column that a message repeats.
_FEW: Final = 8
_UNKNOWN: Final = {"direction": "neutral", "unit": "as published", "denominator": "as published"}


@dataclass(frozen=True, kw_only=True)
class _Headings:
    """Headings of a file by what they hold; None where it has none."""

    layout: Layout
    code: str | None
    period: str | None
    measure: str | None
    called: str | None
    value: str | None
    x: str | None
    y: str | None
    wide: Mapping[str, str]

    @property
    def suit(self) -> bool:
        """Whether a file with these headings is of the layout."""
        if self.layout.x:
            return bool(self.x and self.y)
        return bool(self.code and ((self.measure and self.value) if self.layout.measure else self.wide))


@checked
@reads_tables(IndicatorSettings)
def read_official(
    path: str | os.PathLike[str] | Frame,
    source: str,
    *,
    edition: _Edition | None = None,
    areas: gpd.GeoDataFrame | None = None,
    where: Mapping[str, str] | None = None,
    complete: bool = False,
    **reading: Unpack[TableKeywords],
) -> Indicators:
    """Read an official table as published, by the name of its source.

    Parameters
    ----------
    path : path or dataframe
        Your copy of the table: text, workbook or parquet. Nothing is downloaded.
    source : str
        A name of `sources` whose reader is `read_official`, such as ``"fuel-poverty"``.
    edition : str, optional
        Time that the numbers are of, such as ``"2024"``; needed where the table has no column of it, and refused where
        it has one, which says so itself.
    areas : GeoDataFrame, optional
        Areas the codes must belong to; needed where rows are places, which are then counted by area.
    where : mapping, optional
        Rows to keep: column to the text it must hold. It goes before what is usual for the layout. Rows left out are
        counted in the result.
    complete : bool
        Whether a list of places covers every area, so that an area without one has none; else it is missing. Of lists
        of places alone.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Indicators
        With the packaged dictionary of the source. Indicators that it does not know are kept too, as neutral and in the
        unit "as published"; other columns of a wide table are left out.

    Raises
    ------
    ParameterError
        No such source, no `edition` where it is needed or one where the table has its own, no row as `where` says,
        places without `areas`, or `complete` of a table that lists none.
    SchemaError
        The layout is not known; the message says which sheet and row were looked at. Faults of the table as of
        `read_indicators`.
    RefusedError
        Columns look like persons, or the file is not what its name says.

    Warns
    -----
    DataWarning
        Places without coordinates or outside all areas were set aside, or a list has no column by which the rows that
        are usual for the layout are known, so that all were counted.

    Examples
    --------
    >>> sent = pd.DataFrame({"LSOA Code": ["E01000001"], "Number of households in fuel poverty": [40]})
    >>> read_official(sent, "fuel-poverty", edition="2020").values_of("fuel_poor_households").to_dict()
    {'E01000001': 40.0}
    """
    known = read_by_name(source)
    named = [label for layout in known.layouts for label in layout.no_persons]
    reading["allow_columns"] = (*reading.get("allow_columns", ()), *named)
    repair = any(layout.repair_quoted_rows for layout in known.layouts)
    table = read_table(
        path,
        options=TableOptions().as_used(**reading),
        header=lambda cells: _found(cells, known) is not None,
        rules=TableRules(repair_quoted_rows=repair, number_copies=True),
    )
    found = _found(list(table.frame.columns), known)
    if found is None:
        raise SchemaError(_unknown_layout(table, known))
    kept = {label: text for label, text in found.layout.where.items() if label in table.frame.columns}
    kept |= {folded(label): text for label, text in (where or {}).items()}
    _require_one_period(table, found, edition)
    if found.layout.x:
        return _counted_places(table, found, known, areas=areas, where=kept, complete=complete, edition=str(edition))
    if complete:
        raise ParameterError(f"`complete` speaks of lists of places, and {source!r} is none. Leave it out.")
    rows = _kept(table, kept, found)
    return read_indicators(
        path,
        dictionary=_dictionary(rows, found, known, edition),
        code=found.code,
        measure=found.measure or "measure",
        value=found.value or "value",
        period=found.period,
        areas=areas,
        where=kept or None,
        ignore=[label for label in map(str, table.frame.columns) if label not in found.wide.values()],
        repair_quoted_rows=repair,
        **reading,
    )


def _plain(label: str) -> str:
    return _FOOTNOTE.sub("", folded(str(label))).lower()


def _found(labels: Sequence[str], source: Source) -> _Headings | None:
    """Headings of the first layout of a source that a row of cells has."""
    by_text = {_plain(label): folded(str(label)) for label in reversed(labels) if str(label).strip()}

    def first(wanted: Sequence[str]) -> str | None:
        return next((by_text[_plain(label)] for label in wanted if _plain(label) in by_text), None)

    for layout in source.layouts:
        wide = {key: first(says.get("column", ())) for key, says in source.measures.items()}
        headings = _Headings(
            layout=layout,
            code=first(layout.code),
            period=first(layout.period),
            measure=first(layout.measure),
            called=first(layout.called),
            value=first(layout.value),
            x=first(layout.x),
            y=first(layout.y),
            wide={key: label for key, label in wide.items() if label is not None},
        )
        if headings.suit:
            return headings
    return None


def _unknown_layout(table: TextTable, source: Source) -> str:
    """Where was looked, what stands there, and which headings are known."""
    known = "; ".join(
        f"{layout.says}: {names_told([*layout.code, *layout.x, *layout.y, *layout.measure, *layout.value])}"
        for layout in source.layouts
    )
    # A number of an indicator tells a reader nothing: its name does.
    measures = [
        str(says["name"]) if label.isdecimal() else label
        for says in source.measures.values()
        for label in says.get("column", ())
    ]
    held = f"; measures {names_told(measures)}" if measures else ""
    return (
        f"{table.file!r} has no layout of {source.name!r} that is known. Looked at {table.looked_at}: "
        f"{names_told(list(table.frame.columns))}. Known are {known}{held}. Name sheet and "
        "row by `sheet=` and `header_row=`, or read the table by `read_indicators` with a dictionary of your own."
    )


def _shared(source: Source, edition: str | None) -> dict[str, Any]:
    return {
        "period": edition or "as published",
        "provider": source.facts["publisher"],
        "licence": source.facts["licence"],
        "marking": source.marking,
        "police_driven": False,
    }


def _require_one_period(table: TextTable, found: _Headings, edition: str | None) -> None:
    """Stop unless either the file or the caller says what time the numbers are of."""
    if edition is None and found.period is None:
        raise ParameterError(
            f"{table.file!r} has no column of its period. State by `edition=` what its numbers are of, such as '2024'."
        )
    if edition is not None and found.period is not None:
        first = table.frame[found.period].iloc[0]
        raise ParameterError(
            f"`edition` is {edition!r}, and {table.file!r} states its periods itself: {found.period!r} begins with "
            f"{first!r}. Leave `edition` out; to keep one period name it by `where=`."
        )


def _kept(table: TextTable, where: Mapping[str, str], found: _Headings) -> pd.DataFrame:
    """Rows that `where` keeps, of which there must be some."""
    table.require(where)
    rows = table.frame
    for label, text in where.items():
        held = sorted(set(rows[label]))
        rows = rows[rows[label] == text]
        if not len(rows):
            # Texts of a column of the layout are categories; those of others may be anything, and are not repeated.
            told = f": {label!r} holds {held[:_FEW]}" if label in found.layout.where else f", by {label!r}"
            raise ParameterError(
                f"no row of {table.file!r} has {dict(where)}{told}. Name by `where=` a text that the column holds."
            )
    return rows


def _dictionary(rows: pd.DataFrame, found: _Headings, source: Source, edition: str | None) -> dict[str, dict[str, Any]]:
    """What the measures of a table mean; those that are not known are described as published."""
    shared = _shared(source, edition)
    if found.measure is None:
        return {key: {**shared, **source.measures[key], "column": label} for key, label in found.wide.items()}
    keys = {str(text): key for key, says in source.measures.items() for text in says["column"]}
    held = dict(zip(map(str, rows[found.measure]), map(str, rows[found.called or found.measure]), strict=True))
    meanings = {}
    for text, name in sorted(held.items()):
        says = dict(source.measures.get(keys.get(text, ""), {}))
        # A number of an indicator that has another name is another indicator.
        if not says or says.pop("says", "") not in name.lower():
            meanings[text] = {**shared, **_UNKNOWN, "name": name, "column": text}
        else:
            meanings[keys[text]] = {**shared, **says, "column": text}
    return meanings


def _counted_places(
    table: TextTable,
    found: _Headings,
    source: Source,
    *,
    areas: gpd.GeoDataFrame | None,
    where: Mapping[str, str],
    complete: bool,
    edition: str,
) -> Indicators:
    """Places of a list by area; those without a place, or outside, are set aside and told."""
    if areas is None:
        raise ParameterError(f"rows of {source.name!r} are places, which are counted by area. Give `areas=`.")
    require_areas(areas)
    rows = _kept(table, where, found)
    faults, read = Faults(table.file), table.options
    x, y = (
        parse_numbers(rows[label], faults=faults, missing=read.missing_words, thousands=read.thousands).to_numpy()
        for label in (str(found.x), str(found.y))
    )
    faults.raise_if_any()
    placed = np.isfinite(x) & np.isfinite(y)
    degrees = look_like_degrees(x[placed], y[placed])
    way = transformer(LONGITUDE_LATITUDE if degrees else BRITISH_NATIONAL_GRID, areas.crs)
    area, _ = first_areas(np.asarray(shapely.points(*way.apply(x[placed], y[placed])), dtype=object), areas)
    inside = area[area != OUTSIDE]
    if not len(inside):
        raise SchemaError(f"no place of {table.file!r} lies in any of the {number_of(len(areas), 'area')}.")
    lost = {"without coordinates": int((~placed).sum()), "outside all areas": len(area) - len(inside)}
    note = ", ".join(f"{n:,} {why}" for why, n in lost.items() if n)
    if note:
        warnings.warn(
            f"{table.file!r}: of {number_of(len(rows), 'place')} were set aside: {note}.", DataWarning, stacklevel=4
        )
    unknown = [label for label in found.layout.where if label not in table.frame.columns and label not in where]
    if unknown:
        warnings.warn(
            f"{table.file!r} lacks {' and '.join(map(repr, unknown))}, by which rows of {source.name!r} are "
            f"known: every row was counted ({len(rows):,}).",
            DataWarning,
            stacklevel=4,
        )
    counts = np.bincount(inside, minlength=len(areas)).astype(float)
    if not complete:
        counts[counts == 0] = np.nan
    key, says = next(iter(source.measures.items()))
    told = f"{number_of(len(rows), 'place')} of {table.file}" + (f"; set aside: {note}" if note else "")
    told += f"; every row counted, for want of {' and '.join(unknown)}" if unknown else ""
    meaning = {key: {**_shared(source, edition), **says, "column": key, "note": told}}
    made = read_indicators(
        pd.DataFrame({AREA: areas.index.astype(str), key: counts}), dictionary=meaning, code=AREA, areas=areas
    )
    # What was read is the list, not the counts that were made of it.
    return replace(
        made,
        settings=replace(made.settings, where=dict(where) or None, allow_columns=read.allow_columns),
        findings=replace(made.findings, table=read),
        rows_read=len(table.frame),
        rows_left_out=len(table.frame) - len(rows),
        note_rows=table.note_rows,
    )
