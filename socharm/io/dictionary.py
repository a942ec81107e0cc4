"""The dictionary of partner measures: what each one means, who sent it, and how it may be handled."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from socharm._about import MARKINGS
from socharm._checks import nearest_name
from socharm.errors import ParameterError, SchemaError
from socharm.files.plain import read_toml
from socharm.io._safety import safe_path
from socharm.io.file_kinds import kind_of
from socharm.io.tabular import TableRules, read_table
from socharm.io.text_table import Faults

__all__ = ["DICTIONARY_COLUMNS", "DIRECTIONS", "read_dictionary"]

#: Directions of a measure; ``"lower is worse"`` is read as ``"higher is better"``.
DIRECTIONS: Final = ("higher is worse", "higher is better", "neutral")
#: Columns of a dictionary, in order. `licence` or `sharing_basis` must be stated, the others always.
DICTIONARY_COLUMNS: Final = (
    "direction",
    "unit",
    "denominator",
    "period",
    "provider",
    "licence",
    "sharing_basis",
    "marking",
    "police_driven",
)
_EITHER: Final = ("licence", "sharing_basis")
_ALIASES: Final = {"lower is worse": "higher is better", "lower is better": "higher is worse", "none": "neutral"}
_OTHER_NAMES: Final = {"police_activity": "police_driven", "license": "licence", "sharing": "sharing_basis"}
_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_dictionary(
    dictionary: str | os.PathLike[str] | Mapping[str, Mapping[str, Any]] | pd.DataFrame,
) -> pd.DataFrame:
    """Read what partner measures mean.

    Parameters
    ----------
    dictionary : path, mapping or DataFrame
        TOML with one table for each measure (``[burglary_calls]``, or ``[measures.burglary_calls]``), or CSV, Excel
        or a DataFrame with a column ``measure`` and one row for each.

    Returns
    -------
    DataFrame
        Index ``measure``; `DICTIONARY_COLUMNS`, then ``column`` (header of the measure in a wide file; the measure's
        own name by default) and ``name``, then what else the dictionary says.

    Raises
    ------
    SchemaError
        A measure lacks a statement, or states what cannot be; all at once.

    Examples
    --------
    >>> table = read_dictionary({"fuel_poor": {
    ...     "direction": "higher is worse", "unit": "households", "denominator": "households", "period": "2020",
    ...     "provider": "DESNZ", "licence": "OGL v3.0", "marking": "OFFICIAL", "police_driven": False}})
    >>> table.loc["fuel_poor", "direction"]
    'higher is worse'
    """
    entries, file = _entries(dictionary)
    if not entries:
        raise SchemaError(f"{file!r} describes no measures. Write one table for each measure.")
    faults = Faults(file)
    rows = {measure: _checked(measure, entry, faults) for measure, entry in entries.items()}
    faults.raise_if_any("Complete the dictionary; a number that nobody can explain cannot be published.")
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")
    front = [*DICTIONARY_COLUMNS, "column", "name"]
    repeated = sorted(table["column"][table["column"].duplicated()])
    if repeated:
        raise SchemaError(f"{file!r} gives several measures the same column: {repeated}. Each needs its own.")
    return table[[*front, *(label for label in table.columns if label not in front)]].astype({"police_driven": bool})


def _entries(given: Any) -> tuple[dict[str, dict[str, Any]], str]:
    if isinstance(given, Mapping):
        return _tables(given, "dictionary"), "dictionary"
    if isinstance(given, (str, os.PathLike)) and kind_of(given) == "toml":
        path = safe_path(given, kinds=["toml"], name="dictionary")
        return _tables(read_toml(path), path.name), path.name
    # A dictionary names the provider and a contact on purpose.
    table = read_table(given, header=["measure"], name="dictionary", rules=TableRules(look_for_persons=False))
    table.require(["measure"])
    repeated = sorted(set(table.frame["measure"][table.frame["measure"].duplicated()]))
    if repeated:
        raise SchemaError(f"{table.file!r} describes measures more than once: {repeated}. Keep one row for each.")
    records = table.frame.to_dict("records")
    return {str(row["measure"]): {str(k): v for k, v in row.items() if k != "measure"} for row in records}, table.file


def _tables(given: Mapping[str, Any], file: str) -> dict[str, dict[str, Any]]:
    inner = given.get("measures", given) if set(given) == {"measures"} else given
    if not isinstance(inner, Mapping) or not all(isinstance(entry, Mapping) for entry in inner.values()):
        raise SchemaError(f"{file!r} must hold one table for each measure, such as [measures.fuel_poor].")
    return {str(measure): {str(key): value for key, value in entry.items()} for measure, entry in inner.items()}


def _checked(measure: str, entry: dict[str, Any], faults: Faults) -> dict[str, Any]:
    said = {_OTHER_NAMES.get(key, key): value for key, value in entry.items() if str(value).strip() != ""}
    for key in DICTIONARY_COLUMNS:
        if key not in said and key not in _EITHER:
            hint = nearest_name(key, [other for other in said if other not in DICTIONARY_COLUMNS])
            faults.add(f"does not state {key!r}" + (f"; did you mean {hint!r}?" if hint else ""), value=measure)
    if not any(key in said for key in _EITHER):
        faults.add("states neither 'licence' nor 'sharing_basis'", value=measure)
    clean: dict[str, Any] = {key: str(said.get(key, "")).strip() for key in DICTIONARY_COLUMNS}
    clean["direction"] = _ALIASES.get(clean["direction"].lower(), clean["direction"].lower())
    if "direction" in said and clean["direction"] not in DIRECTIONS:
        faults.add(f"has the direction {said['direction']!r}; write one of {list(DIRECTIONS)}", value=measure)
    clean["marking"] = clean["marking"].upper()
    if "marking" in said and clean["marking"] not in MARKINGS:
        faults.add(f"has the marking {said['marking']!r}; write one of {list(MARKINGS)}", value=measure)
    truth = _TRUTH.get(str(said.get("police_driven", "")).strip().lower())
    if "police_driven" in said and truth is None:
        faults.add(f"has police_driven = {said['police_driven']!r}; write true or false", value=measure)
    others = {key: value for key, value in said.items() if key not in clean}
    return {**clean, "police_driven": bool(truth), "column": measure, "name": said.get("label", measure), **others}


def require_measure(measure: str, dictionary: pd.DataFrame) -> None:
    """Stop unless the dictionary describes `measure`.

    Raises
    ------
    ParameterError
        It does not; the nearest name is suggested.
    """
    if measure not in dictionary.index:
        hint = nearest_name(measure, map(str, dictionary.index))
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`measure` is {measure!r}; the dictionary describes {list(dictionary.index)[:20]}.{meant}"
        )
