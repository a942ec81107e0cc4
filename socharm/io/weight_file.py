"""Rows of a file of weights: a user's own table, or the Cambridge Crime Harm Index workbook as published."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from socharm._checks import nearest_name
from socharm._columns import OFFENCE
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._safety import safe_path
from socharm.io.offences import canonical_offence, category_of, offence_key
from socharm.io.tabular import Faults, parse_numbers, read_table

__all__ = ["CAMBRIDGE_SOURCE", "WeightRows", "weight_rows"]

CAMBRIDGE_SOURCE: Final = "Cambridge Centre for Evidence-Based Policing: Cambridge Crime Harm Index 2020"

# Names that are found without being told, by what the column means.
_KNOWN_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "offence": ("offence", "offence code", "count code", "count_code", "category", "crime type", "code"),
    "weight": ("weight", "severity weight", "severity", "score"),
    "description": ("description", "offence description", "title"),
}

# Header of the Cambridge workbook: what we call it, and what it calls it.
_CAMBRIDGE: Final[Mapping[str, str]] = {
    "offence": "ATHENA URN",
    "weight": "CCHI Score",
    "description": "FULL_OFFENCE_TITLE",
    "count_code": "CLASSIFICATION_CODE",
    "home_office_class": "HOME_OFFICE_CLASSIFICATION",
    "notifiable": "NOTIFIABLE",
}
_WORKBOOK_LIMIT: Final = 1 << 28


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
    """

    table: pd.DataFrame
    file: str
    layout: str


def weight_rows(
    path: str | os.PathLike[str] | pd.DataFrame, *, columns: Mapping[str, str], sheet: str | int = 0
) -> WeightRows:
    """Read and check the rows of a file of weights.

    Parameters
    ----------
    path : path or DataFrame
    columns : mapping
        ``offence``, ``weight``, ``description`` to the file's names; may be empty.
    sheet : str or int

    Raises
    ------
    SchemaError
        Every missing, negative or unreadable weight and every repeated offence, with its row.
    """
    workbook = isinstance(path, (str, os.PathLike)) and Path(path).suffix.lower() == ".xlsx"
    cells = _cambridge_cells(str(path)) if workbook and not columns else None
    if cells is not None:
        file = Path(str(path)).name
        return WeightRows(_checked(cells, file, _CAMBRIDGE), file, "cambridge")
    source = read_table(path, sheet=sheet)
    names = _find_columns(source.frame, columns, source.file)
    own = source.frame[list(names.values())].set_axis(list(names), axis=1)
    return WeightRows(_checked(own, source.file, names), source.file, "own")


def _find_columns(frame: pd.DataFrame, given: Mapping[str, str], file: str) -> dict[str, str]:
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
            f"{file!r} has no column for {absent or lacking}; it has {list(frame.columns)}. "
            "Say which is which: columns={'offence': 'Code', 'weight': 'Days'}."
        )
    return {key: names[key] for key in _KNOWN_NAMES if key in names}


def _checked(cells: pd.DataFrame, file: str, names: Mapping[str, str]) -> pd.DataFrame:
    faults = Faults(file)
    weight = parse_numbers(cells["weight"], faults=faults, column=names["weight"])
    for row in cells.index[cells["weight"].eq("") | cells["weight"].isna()]:
        faults.add("is missing: an offence without a weight is left out of the file, not blank", row=int(row))
    for row, value in weight[weight < 0].items():
        faults.add("is a negative weight", row=int(str(row)), column=names["weight"], value=value)
    keys = pd.Series([canonical_offence(label) for label in cells["offence"]], index=cells.index, dtype=object)
    for row in cells.index[cells["offence"].eq("")]:
        faults.add("names no offence", row=int(row), column=names["offence"])
    first = {key: int(str(row)) for row, key in reversed(list(keys.items()))}
    repeated = keys.duplicated() & cells["offence"].ne("")
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


def _cambridge_cells(path: str) -> pd.DataFrame | None:
    """Cells of the sheet that has the workbook's header, or None when there is no such sheet."""
    import python_calamine as calamine

    safe = safe_path(path, kinds=("xlsx",))
    try:
        with zipfile.ZipFile(safe) as archive:
            if sum(member.file_size for member in archive.infolist()) > _WORKBOOK_LIMIT:
                raise RefusedError(f"{safe.name!r} unpacks to more than a table of weights needs. Save it as CSV.")
        book = calamine.CalamineWorkbook.from_path(str(safe))
        pages = {title: book.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in book.sheet_names}
    except (calamine.CalamineError, zipfile.BadZipFile) as error:
        raise SchemaError(f"{safe.name!r} is not a readable workbook ({error}). Save it again.") from error
    for page in pages.values():
        for number, row in enumerate(page[:20], start=1):
            labels = [_text(cell) for cell in row]
            if set(_CAMBRIDGE.values()) <= set(labels):
                return _below(page, number, {key: labels.index(label) for key, label in _CAMBRIDGE.items()})
    return None


def _below(page: Sequence[Sequence[object]], header: int, places: Mapping[str, int]) -> pd.DataFrame:
    """Text of the chosen columns under the header, indexed by the row of the sheet; blank rows are left out."""
    rows = {
        number: [_text(cells[place]) for place in places.values()]
        for number, cells in enumerate(page[header:], start=header + 1)
        if any(_text(cell) for cell in cells)
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(places), dtype=object)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
