"""Numbers as files write them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from socharm._words import number_of
from socharm.io.missing import MISSING_WORDS, is_missing, is_suppressed
from socharm.io.text_table import Faults

__all__ = ["has_no_number", "parse_numbers"]

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def has_no_number(text: str, missing: Collection[str] = MISSING_WORDS) -> bool:
    """Whether a cell is blank or marked as missing or suppressed, as `parse_numbers` takes it."""
    return is_missing(text, missing) or is_suppressed(text)


#: Why a cell is no number, where no more is known of it.
_TEXT: Final = "is text, not a number"
#: Cells of one column that are written alike and are told one by one.
_ALIKE: Final = 3


def parse_numbers(
    values: pd.Series,
    *,
    faults: Faults | None = None,
    missing: Collection[str] = MISSING_WORDS,
    thousands: str | None = None,
    column: str | None = None,
) -> pd.Series:
    """Text cells to floats; what is not a number is a fault, never a silent gap.

    Parameters
    ----------
    values : Series of str
        Index: row numbers. A blank cell is a missing number, and so are the words of `missing`.
    faults : Faults, optional
        Where to note the cells that are not numbers, and to count the suppressed ones; raised here when not given.
    missing : collection of str
        Words, in lower case, that stand for a missing number, as `socharm.io.missing.missing_words` gives them.
    thousands : str, optional
        Thousands separator to accept, such as ``","``. None by default: ``'1,954'`` is a fault.
    column : str, optional
        Column name for messages; the series' own by default.

    Returns
    -------
    Series of float, same index; missing where blank, marked missing or suppressed, or at fault.

    Raises
    ------
    SchemaError
        A cell is not a number, and `faults` is not given.

    Examples
    --------
    >>> parse_numbers(pd.Series(["1,954", "[c]", "NA", ""]), thousands=",").tolist()
    [1954.0, nan, nan, nan]
    """
    label = str(values.name) if column is None else column
    own = Faults("table") if faults is None else faults
    numbers = np.full(len(values), np.nan)
    wrong: dict[str, list[tuple[int, str]]] = {}
    read: dict[str, float] = {}  # long tables hold few numbers that differ
    for position, (row, cell) in enumerate(zip(values.index, values.astype(object), strict=True)):
        text = "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip()
        if text in read:
            numbers[position] = read[text]
            continue
        if is_missing(text, missing):
            continue
        if is_suppressed(text):
            own.suppressed[label] += 1
            continue
        plain = _plain(text, thousands)
        if plain is not None and np.isfinite(float(plain)):
            numbers[position] = read[text] = float(plain)
        else:
            wrong.setdefault(_why_not_number(text, thousands), []).append((int(row), text))
    _tell(wrong, own, label)
    if faults is None:
        own.raise_if_any()
    return pd.Series(numbers, index=values.index, name=values.name)


def _tell(wrong: dict[str, list[tuple[int, str]]], faults: Faults, label: str) -> None:
    """One fault for each cell; one with their number for what is written alike down a column and mended by one act."""
    told = []
    for why, cells in wrong.items():
        if why != _TEXT and len(cells) > _ALIKE:
            row, text = cells[0]
            told.append(
                (
                    row,
                    f"{why} ({number_of(len(cells) - 1, 'more row of the column is', 'more rows of the column are')} "
                    "written so)",
                    text,
                )
            )
        else:
            told += [(row, why, text) for row, text in cells]
    for row, why, text in sorted(told, key=lambda fault: fault[0]):
        faults.add(why, row=row, column=label, value=text)


def _plain(text: str, thousands: str | None) -> str | None:
    """A number as Python writes it, or None."""
    if thousands is not None:
        mark = r"[ \u00a0\u202f]" if thousands in " \u00a0\u202f" else re.escape(thousands)
        if re.fullmatch(
            rf"[+-]?\d{{1,3}}({mark}\d{{3}})+(\.\d+)?" if thousands != "." else r"[+-]?\d{1,3}(\.\d{3})+", text
        ):
            return re.sub(mark, "", text)
        # Where a point divides thousands, 1.5 is no number that could be trusted.
        if thousands == "." and "." in text:
            return None
    return text if _NUMBER.fullmatch(text) else None


def _why_not_number(text: str, thousands: str | None) -> str:
    what = _TEXT
    if thousands is None and (
        found := re.fullmatch(r"[+-]?\d{1,3}(?:([,'\u2019 \u00a0\u202f.])\d{3})(?:\1\d{3})*(?:\.\d+)?", text)
    ):
        return f"{what}: it has thousands separators; say `thousands={found[1]!r}`"
    if re.fullmatch(r"[+-]?\d*,\d+", text):
        return f"{what}: it has a decimal comma; save the file with decimal points"
    if re.fullmatch(r"[+-]?[\d.,]+ ?%", text):
        return f"{what}: it has a percent sign; write the number alone, and the unit in the heading"
    if re.fullmatch(r"[£$€] ?[\d.,]+", text):
        return f"{what}: it has a sign of currency; write the number alone"
    if re.fullmatch(r"\([\d.,]+\)|[\u2212\u2013][\d.,]+", text):
        return f"{what}: write a negative number with a hyphen in front"
    endless = re.fullmatch(r"[+-]?inf(?:inity)?", text, re.IGNORECASE) or _NUMBER.fullmatch(text)
    if endless and not np.isfinite(float(text)):
        return "is not finite: mend the step that made it"
    if text.startswith("#"):
        return "is an error of the spreadsheet, not a number: mend the formula"
    if len(text) <= 4 and not any(letter.isdigit() for letter in text):
        return f"{what}: name it in `missing=` if it stands for a missing value"
    return what
