"""Partner measures by area, with the dictionary that says what they mean. Places, never persons."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Unpack

import geopandas as gpd
import pandas as pd

from socharm._about import About, highest_marking
from socharm._arguments import checked
from socharm._checks import names_told, nearest_name
from socharm._columns import AREA, PERIOD
from socharm._constraints import Frame
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.io._table_header import Recognise, folded
from socharm.io.area_codes import area_codes
from socharm.io.areas import areas_about
from socharm.io.dictionary import read_dictionary
from socharm.io.indicator_record import IndicatorFindings, Indicators, IndicatorSettings
from socharm.io.numbers import parse_numbers
from socharm.io.table_options import TableKeywords, TableOptions, reads_tables
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults, TextTable

__all__ = ["read_indicators"]

_GSS: Final = re.compile(r"[A-Z]\d{8}")


@checked
@reads_tables(IndicatorSettings)
def read_indicators(
    path: str | os.PathLike[str] | Frame,
    *,
    dictionary: str | os.PathLike[str] | Mapping[str, Mapping[str, Any]] | pd.DataFrame,
    code: str | None = None,
    measure: str = "measure",
    value: str = "value",
    period: str | None = None,
    areas: gpd.GeoDataFrame | None = None,
    where: Mapping[str, str] | None = None,
    ignore: Collection[str] = (),
    repair_quoted_rows: bool = False,
    settings: IndicatorSettings | Mapping[str, Any] | None = None,
    **reading: Unpack[TableKeywords],
) -> Indicators:
    """Read partner measures with their dictionary.

    Parameters
    ----------
    path : path or dataframe
        Text, workbook or parquet: wide (one column for each measure) or tidy (columns `measure` and `value`).
    dictionary : path, mapping or DataFrame
        What each measure means; see `socharm.io.dictionary.read_dictionary`.
    code : str, optional
        Column of the area codes; ``area_code``, or the only column of GSS codes, by default.
    measure, value : str
        Columns of a tidy file.
    period : str, optional
        Column of the period; ``period`` where there is one, else the dictionary's period.
    areas : GeoDataFrame, optional
        Areas the codes must belong to; a code of another boundary year is a fault.
    where : mapping, optional
        Rows to keep: column to the text it must hold, such as ``{"geographic_level": "Local authority"}``.
    ignore : collection of str
        Columns of numbers that are not measures.
    repair_quoted_rows : bool
        Take apart rows that were quoted whole into one field; they are faults otherwise.
    settings : IndicatorSettings or mapping, optional
        Choices of other measures, for what is not stated by keyword.
    **reading
        How the file is read: the options of `TableOptions`.

    Returns
    -------
    Indicators

    Raises
    ------
    RefusedError
        Columns look like persons, or the file is not what its name says.
    SchemaError
        Text in number columns, rows quoted whole, codes that are not in `areas`, measures that are not in the
        dictionary, repeated values; all faults of the file at once, with row and column.

    Examples
    --------
    >>> said = {"fuel_poor": {"direction": "higher is worse", "unit": "households", "denominator": "households",
    ...     "period": "2020", "provider": "DESNZ", "licence": "OGL v3.0", "marking": "OFFICIAL",
    ...     "police_driven": False}}
    >>> sent = pd.DataFrame({"area_code": ["W1", "W2"], "fuel_poor": [40, 21]})
    >>> read_indicators(sent, dictionary=said).values_of("fuel_poor").to_dict()
    {'W1': 40.0, 'W2': 21.0}
    """
    meanings = read_dictionary(dictionary)
    meanings = meanings.assign(column=[folded(str(label)) for label in meanings["column"]])
    chosen = IndicatorSettings.of(settings)
    asked = _Columns.of(chosen)
    faults = Faults("table")
    table = read_table(
        path,
        options=chosen,
        header=_header_test(meanings, asked),
        rules=TableRules(repair_quoted_rows=chosen.repair_quoted_rows),
        faults=faults,
    )
    faults.file = table.file
    kept = _kept(table, asked)
    columns = asked.found_in(kept, table.file)
    code = columns.code or ""
    table.require([code, *([] if columns.period is None else [columns.period])])
    kept = kept.assign(**{code: area_codes(kept[code], faults, missing=chosen.missing_words)})
    tidy = columns.measure in kept.columns and columns.value in kept.columns
    long = _long_tidy(kept, meanings, columns) if tidy else _long_wide(kept, meanings, columns, faults)
    rows = _parsed(long, meanings, columns, chosen, faults)
    _note_codes(rows, code, areas, faults)
    faults.raise_if_any("Correct the file; markers, separators and rows quoted whole have options of their own.")
    not_sent = tuple(one for one in map(str, meanings.index) if one not in set(rows["measure"]))
    return Indicators(
        table=rows[[AREA, PERIOD, "measure", "value"]].reset_index(drop=True),
        dictionary=meanings,
        settings=chosen,
        about=_about(meanings, not_sent, areas),
        findings=IndicatorFindings(
            layout="tidy" if tidy else "wide", code=code, period=columns.period, table=table.options
        ),
        not_sent=not_sent,
        rows_read=len(table.frame),
        rows_left_out=len(table.frame) - len(kept),
        repaired_rows=table.repaired_rows,
        suppressed=faults.suppressed.total(),
        mended_codes=faults.mended[code],
        note_rows=table.note_rows,
    )


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Columns of a file of measures, their blanks folded."""

    code: str | None
    period: str | None
    measure: str
    value: str
    where: Mapping[str, str]
    ignored: tuple[str, ...]

    @classmethod
    def of(cls, chosen: IndicatorSettings) -> _Columns:
        """As they are stated."""
        return cls(
            code=None if chosen.code is None else folded(chosen.code),
            period=None if chosen.period is None else folded(chosen.period),
            measure=folded(chosen.measure),
            value=folded(chosen.value),
            where={folded(label): text for label, text in (chosen.where or {}).items()},
            ignored=tuple(folded(label) for label in chosen.ignore),
        )

    def found_in(self, frame: pd.DataFrame, file: str) -> _Columns:
        """With the columns of codes and periods that a file turned out to have."""
        period = self.period or (PERIOD if PERIOD in frame.columns else None)
        return replace(self, code=self.code or _code_column(frame, file), period=period)


def _header_test(meanings: pd.DataFrame, asked: _Columns) -> Recognise:
    """A row of column names holds the stated code, and measures of the dictionary or the columns of a tidy file."""
    measures = {folded(str(text)) for text in meanings["column"]}

    def test(cells: Sequence[str]) -> bool:
        held = {folded(cell) for cell in cells}
        tidy = {asked.measure, asked.value} <= held
        return (asked.code is None or asked.code in held) and (bool(held & measures) or tidy)

    return test


def _kept(table: TextTable, asked: _Columns) -> pd.DataFrame:
    """Rows that `where` chooses; its columns have said what they had to say, but for those that are named too."""
    where, named = asked.where, (asked.code, asked.period, asked.measure, asked.value, AREA, PERIOD)
    table.require(where)
    kept = table.frame
    for column, text in where.items():
        kept = kept[kept[column] == text]
    if where and not len(kept):
        raise ParameterError(f"no row of {table.file!r} has {dict(where)}. Look at the texts those columns hold.")
    return kept.drop(columns=[column for column in where if column not in named])


def _code_column(frame: pd.DataFrame, file: str) -> str:
    if AREA in frame.columns:
        return AREA
    codes = [
        str(label) for label in frame.columns if bool(frame[label].map(lambda text: bool(_GSS.fullmatch(text))).all())
    ]
    if len(codes) != 1:
        raise SchemaError(
            f"{file!r} has no column `area_code`, and {number_of(len(codes), 'column holds', 'columns hold')} area "
            f"codes {codes}. Name one by `code=`."
        )
    return codes[0]


def _long_tidy(frame: pd.DataFrame, meanings: pd.DataFrame, columns: _Columns) -> pd.DataFrame:
    names = {str(text): str(key) for key, text in meanings["column"].items()}
    return pd.DataFrame(
        {
            AREA: frame[columns.code],
            PERIOD: frame[columns.period] if columns.period else "",
            "measure": [names.get(text, text) for text in frame[columns.measure]],
            "text": frame[columns.value],
            "column": columns.value,
            "row": frame.index,
        }
    )


def _long_wide(frame: pd.DataFrame, meanings: pd.DataFrame, columns: _Columns, faults: Faults) -> pd.DataFrame:
    names = {str(text): str(key) for key, text in meanings["column"].items()}
    aside = {columns.code, columns.period, *columns.ignored}
    for label in frame.columns:
        if label not in names and label not in aside and _holds_numbers(frame[label]):
            hint = nearest_name(str(label), names)
            meant = f"; did you mean {hint!r}?" if hint else "; describe it, or name it in `ignore=`"
            faults.add(f"is not in the dictionary{meant}", column=str(label))
    parts = [
        pd.DataFrame(
            {
                AREA: frame[columns.code],
                PERIOD: frame[columns.period] if columns.period else "",
                "measure": key,
                "text": frame[text],
                "column": text,
                "row": frame.index,
            }
        )
        for text, key in names.items()
        if text in frame.columns
    ]
    if not parts:
        faults.add(f"holds no measure of the dictionary {list(names)[:8]}; it has {names_told(list(frame.columns))}")
    empty = pd.DataFrame(columns=[AREA, PERIOD, "measure", "text", "column", "row"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def _holds_numbers(cells: pd.Series) -> bool:
    filled = cells[cells != ""]
    number = filled.str.fullmatch(r"[+-]?[\d,]*\.?\d+(?:[eE][+-]?\d+)?")
    return bool(len(filled)) and float(number.mean()) >= 0.5


def _parsed(
    long: pd.DataFrame, meanings: pd.DataFrame, columns: _Columns, options: TableOptions, faults: Faults
) -> pd.DataFrame:
    unknown = long[~long["measure"].isin(meanings.index)]
    for measure, rows in unknown.groupby("measure", sort=True):
        hint = nearest_name(str(measure), map(str, meanings.index))
        meant = f"; did you mean {hint!r}?" if hint else ""
        faults.add(
            f"is not in the dictionary ({number_of(len(rows), 'row')}){meant}",
            row=int(rows["row"].iloc[0]),
            value=measure,
        )
    known = long[long["measure"].isin(meanings.index)].copy()
    values = pd.Series(float("nan"), index=known.index)
    for column, rows in known.groupby("column", sort=False):
        cells = pd.Series(rows["text"].to_numpy(), index=rows["row"].to_numpy(), name=str(column))
        numbers = parse_numbers(cells, faults=faults, missing=options.missing_words, thousands=options.thousands)
        values.loc[rows.index] = numbers.to_numpy()
    if not columns.period:
        known[PERIOD] = known["measure"].map(meanings["period"])
    known = known.assign(value=values)
    repeated = known[known.duplicated([AREA, PERIOD, "measure"]) & (known[AREA] != "")]
    for area, period, measure, row in repeated[[AREA, PERIOD, "measure", "row"]].itertuples(index=False):
        faults.add(f"has a second value of {measure!r} for {period!r}", row=int(row), column=columns.code, value=area)
    return known.sort_values(["measure", PERIOD, AREA], kind="stable")


def _note_codes(rows: pd.DataFrame, code: str, areas: gpd.GeoDataFrame | None, faults: Faults) -> None:
    if areas is None:
        return
    strange = rows[(rows[AREA] != "") & ~rows[AREA].isin(areas.index)].drop_duplicates(AREA)
    if len(strange):
        year = areas_about(areas).boundary_year
        of = f" of {year}" if year else ""
        found = [f"{area} (row {row})" for area, row in zip(strange[AREA][:5], strange["row"][:5], strict=True)]
        faults.add(
            f"{number_of(len(strange), 'code is not among', 'codes are not among')} the "
            f"{number_of(len(areas), 'area')}{of}, but of another boundary year or geography: {', '.join(found)}"
            f"{' and others' if len(strange) > len(found) else ''}",
            column=code,
        )


def _about(meanings: pd.DataFrame, not_sent: tuple[str, ...], areas: gpd.GeoDataFrame | None) -> About:
    return About(
        boundary_year=None if areas is None else areas_about(areas).boundary_year,
        sources=tuple(dict.fromkeys(str(provider) for provider in meanings["provider"])),
        marking=highest_marking(*map(str, meanings["marking"])),
        coverage=f"Nobody sent {', '.join(not_sent)}." if not_sent else "",
    )
