"""Codes of areas as a table holds them: mended where the meaning is plain, and counted."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import pandas as pd

from socharm._words import number_of
from socharm.io._table_header import TOTAL
from socharm.io.missing import MISSING_WORDS, is_missing
from socharm.io.text_table import Faults

__all__ = ["add_repeated", "area_codes", "hold_names"]

_LOWER_GSS: Final = re.compile(r"[a-z]\d{8}")
_FLOAT: Final = re.compile(r"(\d+)\.0")
_INVISIBLE: Final = re.compile("[\u00a0\u200b\u200c\u200d\u2060\ufeff]+")


def area_codes(
    cells: pd.Series,
    faults: Faults,
    *,
    missing: Collection[str] = MISSING_WORDS,
    column: str | None = None,
    required: bool = True,
) -> pd.Series:
    """Codes without blanks around them, in capitals, and not written as decimals.

    Parameters
    ----------
    cells : Series of str
        Index: row numbers.
    faults : Faults
        Where to note cells without a code, and to count the mended ones.
    missing : collection of str
        Words, in lower case, that stand for a missing code, as `socharm.io.missing.missing_words` gives them.
    column : str, optional
        For messages; the series' own name by default.
    required : bool
        A cell without a code is a fault.

    Returns
    -------
    Series of str, same index; ``""`` where there is no code.

    Notes
    -----
    Lower case is mended for codes of nine characters (``e05000001``) only, the decimal ending where every code of the
    column has it: a spreadsheet turned whole numbers into decimals.

    Examples
    --------
    >>> faults = Faults("wards.csv")
    >>> area_codes(pd.Series(["e05000001", "E05000002"], name="code"), faults).tolist(), faults.mended["code"]
    (['E05000001', 'E05000002'], 1)
    """
    label = str(cells.name) if column is None else column
    distinct = {text: _INVISIBLE.sub(" ", str(text)).strip() for text in cells.unique()}
    plain = {text: "" if is_missing(code, missing) else code for text, code in distinct.items()}
    held = [code for code in plain.values() if code]
    decimal = bool(held) and all(_FLOAT.fullmatch(code) for code in held)
    mended = {text: _mended(code, decimal) for text, code in plain.items()}
    codes = cells.map(mended)
    faults.mended[label] += int(((codes != cells) & (codes != "")).sum())
    totals = {text for text, code in mended.items() if TOTAL.fullmatch(code)}
    if totals:
        for row, text in cells[cells.isin(totals)].items():
            faults.add("is a line of sums, not an area: delete the row", row=int(str(row)), column=label, value=text)
    if required:
        for row in codes.index[codes == ""]:
            faults.add("holds no code", row=int(row), column=label)
    return codes


def _mended(code: str, decimal: bool) -> str:
    if decimal and (found := _FLOAT.fullmatch(code)):
        return found[1]
    return code.upper() if _LOWER_GSS.fullmatch(code) else code


def add_repeated(codes: pd.Series, faults: Faults, *, column: str | None = None, advice: str = "") -> None:
    """Note codes that stand more than once: names of areas, which two places can share, as what they are.

    Parameters
    ----------
    codes : Series of str
        As `area_codes` gives them; index: row numbers.
    faults : Faults
    column : str, optional
        For messages; the series' own name by default.
    advice : str
        What mends a code that stands twice.

    Examples
    --------
    >>> faults = Faults("wards.csv")
    >>> add_repeated(pd.Series(["Central", "Park", "Central"], index=[2, 3, 4], name="ward"), faults)
    >>> str(faults).partition(", and")[0]
    "column 'ward': holds names, not codes: 'Central' stands in rows [2, 4]"
    """
    label = str(codes.name) if column is None else column
    repeated = codes[(codes != "") & codes.duplicated(keep=False)]
    if not len(repeated):
        return
    rows = {str(code): [int(str(row)) for row in found] for code, found in repeated.groupby(repeated).groups.items()}
    if hold_names(codes):
        code, where = next(iter(rows.items()))
        more = (
            f", and {number_of(len(rows) - 1, 'more name stands', 'more names stand')} more than once"
            if len(rows) > 1
            else ""
        )
        faults.add(
            f"holds names, not codes: {code!r} stands in rows {where[:5]}{more}, and two areas can share a name. Name "
            "the column of codes",
            column=label,
        )
        return
    for code, where in rows.items():
        faults.add(f"stands in rows {where[:5]}{f'; {advice}' if advice else ''}", column=label, value=code)


def hold_names(codes: pd.Series) -> bool:
    """Whether a column holds names of areas: most of its texts have a word in small letters, as no code has."""
    distinct = codes[codes != ""].drop_duplicates()
    return bool(len(distinct)) and float(distinct.str.contains(r"[a-z]{3}").mean()) > 0.5
