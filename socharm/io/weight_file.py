"""Rows of a file of weights: a user's own table, or the Cambridge Crime Harm Index workbook as published."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from socharm._checks import names_told, nearest_name
from socharm._columns import OFFENCE
from socharm._limits import MAX_WEIGHT
from socharm.errors import ParameterError, SchemaError
from socharm.io._table_header import Recognise, folded
from socharm.io.missing import is_missing, is_suppressed
from socharm.io.numbers import has_no_number, parse_numbers
from socharm.io.table_options import TableOptions
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults, TextTable
from socharm.offences import canonical_offence, category_of, offence_key

__all__ = ["CAMBRIDGE_SOURCE", "WeightRows", "weight_rows"]

CAMBRIDGE_SOURCE: Final = "Cambridge Centre for Evidence-Based Policing: Cambridge Crime Harm Index 2020"

# Names that are found without being told, by what the column means.
_KNOWN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "offence": ("offence", "offence code", "count code", "category", "crime type", "code"),
    "weight": ("weight", "severity weight", "severity", "score"),
    "description": ("description", "offence description", "title"),
}

#: Rows from which on numbers that follow each other from the first row are no codes.
_RUNNING: Final = 5

# Header of the Cambridge workbook: what we call it, and what it calls it.
_CAMBRIDGE: Final[Mapping[str, str]] = {
    "offence": "ATHENA URN",
    "weight": "CCHI Score",
    "description": "FULL_OFFENCE_TITLE",
    "count_code": "CLASSIFICATION_CODE",
    "home_office_class": "HOME_OFFICE_CLASSIFICATION",
    "notifiable": "NOTIFIABLE",
}


@dataclass(frozen=True, eq=False)
class WeightRows:
    """A file of weights, read and checked.

    Attributes
    ----------
    table : DataFrame
        Index ``offence`` (canonical key, unique, sorted); ``weight``, and ``description``,
        ``count_code``, ``category`` … where the file tells.
    file : str
    layout : str
        ``"own"`` or ``"cambridge"``.
    options : TableOptions
        How the file was read.
    """

    table: pd.DataFrame
    file: str
    layout: str
    options: TableOptions = field(default_factory=TableOptions)


def weight_rows(
    path: str | os.PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str],
    options: TableOptions | None = None,
) -> WeightRows:
    """Read and check the rows of a file of weights.

    Parameters
    ----------
    path : path or DataFrame
    columns : mapping
        ``offence``, ``weight``, ``description`` to the file's names; may be empty.
    options : TableOptions, optional

    Raises
    ------
    SchemaError
        Every missing, negative or unreadable weight and every repeated offence, with its row.
    """
    chosen = options or TableOptions()
    columns = {key: folded(label) for key, label in columns.items()}
    source = read_table(path, options=chosen, header=_header_test(columns), rules=TableRules(number_copies=True))
    cambridge = not columns and set(_CAMBRIDGE.values()) <= set(source.frame.columns)
    names = dict(_CAMBRIDGE) if cambridge else _find_columns(source, columns)
    own = source.frame[list(names.values())].set_axis(list(names), axis=1)
    layout = "cambridge" if cambridge else "own"
    if not cambridge:
        _require_offences(source, names["offence"])
    return WeightRows(_checked(own, source.file, names, chosen), source.file, layout, source.options)


def _require_offences(source: TextTable, label: str) -> None:
    """Stop where the column of offences numbers the rows: such keys would meet no offence, or a wrong one."""
    held = [text.removesuffix(".0") for text in source.frame[label]]
    first = held[0] if held else ""
    if len(held) < _RUNNING or first not in ("0", "1") or held != [str(int(first) + at) for at in range(len(held))]:
        return
    others = [str(other) for other in source.frame.columns if other != label]
    raise SchemaError(
        f"column {label!r} of {source.file!r} holds the running numbers {held[0]} to {held[-1]}, which number its rows "
        f"and name no offence. Its other columns are {names_told(others)}: say which holds the offences by `columns=`."
    )


def _header_test(given: Mapping[str, str]) -> Recognise:
    """A row of column names holds what the caller names, else the Cambridge headings, else usual ones."""

    def test(cells: Sequence[str]) -> bool:
        held = {folded(cell) for cell in cells}
        plain = {_plain(cell) for cell in held}
        usual = all(plain & set(_KNOWN_NAMES[key]) or key in given for key in ("offence", "weight"))
        named = {folded(label) for label in given.values()} <= held
        return (named and usual) or (not given and set(_CAMBRIDGE.values()) <= held)

    return test


def _plain(label: str) -> str:
    return folded(label).lower().replace("_", " ")


def _find_columns(source: TextTable, given: Mapping[str, str]) -> dict[str, str]:
    frame, file = source.frame, source.file
    unknown = sorted(set(given) - set(_KNOWN_NAMES))
    if unknown:
        hint = nearest_name(unknown[0], _KNOWN_NAMES)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`columns` names {unknown}; its keys are {sorted(_KNOWN_NAMES)}.{meant}")
    absent = [label for label in given.values() if label not in frame.columns]
    lowered = {str(label).strip().lower().replace("_", " "): str(label) for label in frame.columns}
    names = dict(given)
    for key, known in _KNOWN_NAMES.items():
        found = next((lowered[label] for label in known if label in lowered), None)
        if key not in names and found is not None and found not in names.values():
            names[key] = found
    lacking = [key for key in ("offence", "weight") if key not in names]
    if absent or lacking:
        raise SchemaError(
            f"{file!r} has no column for {absent or lacking}; looked at {source.looked_at}, it has "
            f"{names_told(list(frame.columns))}. Say which is which: columns={{'offence': 'Code', 'weight': 'Days'}}; "
            "name another sheet by `sheet=`, the row of the column names by `header_row=`."
        )
    return {key: names[key] for key in _KNOWN_NAMES if key in names}


def _checked(cells: pd.DataFrame, file: str, names: Mapping[str, str], options: TableOptions) -> pd.DataFrame:
    faults = Faults(file)
    weight = parse_numbers(
        cells["weight"],
        faults=faults,
        column=names["weight"],
        missing=options.missing_words,
        thousands=options.thousands,
    )
    for row in cells.index[cells["weight"].map(lambda text: has_no_number(text, options.missing_words))]:
        what = "is marked as suppressed" if is_suppressed(cells.loc[row, "weight"]) else "is missing"
        faults.add(f"{what}: an offence without a weight is left out of the file, not blank", row=int(row))
    for row, value in weight[weight < 0].items():
        faults.add("is a negative weight", row=int(str(row)), column=names["weight"], value=value)
    for row, value in weight[weight > MAX_WEIGHT].items():
        faults.add(f"is a weight above {MAX_WEIGHT:.0e}", row=int(str(row)), column=names["weight"], value=value)
    keys = pd.Series([canonical_offence(label) for label in cells["offence"]], index=cells.index, dtype=object)
    nameless = cells["offence"].map(lambda label: is_missing(label, options.missing_words))
    for row in cells.index[nameless]:
        faults.add("names no offence", row=int(row), column=names["offence"])
    first = {key: int(str(row)) for row, key in reversed(list(keys.items()))}
    repeated = keys.duplicated() & ~nameless
    for row, key, label in zip(cells.index[repeated], keys[repeated], cells["offence"][repeated], strict=True):
        what = f"stands for {key!r}, which row {first[key]} holds already"
        faults.add(what, row=int(row), column=names["offence"], value=label)
    faults.raise_if_any("Give each offence one weight of at least 0.")
    table = cells.drop(columns="offence").assign(weight=weight)
    return _described(table.set_index(pd.Index(keys, name=OFFENCE))).sort_index()


def _described(table: pd.DataFrame) -> pd.DataFrame:
    if "count_code" in table:
        # The workbook writes 4/3 where Home Office tables write 4.3.
        codes = table["count_code"].str.replace("/", ".")
        return table.assign(count_code=codes, category=codes.map(lambda code: category_of(offence_key(code))))
    return table.assign(category=table.index.map(category_of))
