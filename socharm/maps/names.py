"""What areas are called on pictures, and the one number that stands for each: its rank in the league."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from socharm._columns import NAME, PARENT, RANK
from socharm._record import table_of

__all__ = ["area_names", "district_names", "league_ranks", "marks_of"]

#: A code of the Office for National Statistics, which tells a reader nothing.
_CODE: Final = re.compile(r"[A-Z]\d{8}")


def area_names(table: pd.DataFrame) -> pd.Series:
    """Names by area code; the code itself where a name is missing or blank, and where there are none at all.

    Examples
    --------
    >>> codes = pd.Index(["E1", "E2"], name="area_code")
    >>> area_names(pd.DataFrame({"name": ["Byker", pd.NA]}, index=codes)).tolist()
    ['Byker', 'E2']
    """
    codes = pd.Series(table.index.astype(str), index=table.index, dtype="object")
    if NAME not in table.columns:
        return codes
    names = table[NAME].astype("object")
    texts = names.where(names.notna(), "").astype(str).str.strip()
    return texts.astype("object").where(texts != "", codes)


def district_names(table: pd.DataFrame) -> pd.Series:
    """Names of the districts by area code; blank where there is none, or no more than a code.

    Examples
    --------
    >>> district_names(pd.DataFrame({"parent": ["Gateshead", "E08000037", None]})).tolist()
    ['Gateshead', '', '']
    """
    if PARENT not in table.columns:
        return pd.Series("", index=table.index, dtype="object")
    parents = table[PARENT].astype("object")
    texts = parents.where(parents.notna(), "").astype(str).str.strip()
    return texts.astype("object").mask(texts.map(lambda text: bool(_CODE.fullmatch(text))), "")


def league_ranks(areas: pd.DataFrame, record: Any = None) -> pd.Series:
    """Rank of each area in the league: the column ``rank`` of the areas, or that of the record where it has none.

    One league for a map: where the areas bring ranks, an area without one stays without.

    Examples
    --------
    >>> league_ranks(pd.DataFrame({"rank": [2, None]}, index=["a", "b"])).tolist()
    [2, <NA>]
    """
    for table in (areas, table_of(record)):
        if table is not None and RANK in table.columns:
            ranks = pd.to_numeric(table[RANK], errors="coerce").reindex(areas.index).astype("float64")
            ranks = ranks.where((ranks % 1 == 0) & (ranks >= 1))  # half a rank is none
            if ranks.notna().any():
                return ranks.astype("Int64")
    return pd.Series(pd.NA, index=areas.index, dtype="Int64")


def marks_of(codes: Sequence[str], ranks: pd.Series) -> list[str]:
    """What stands on the map for each area: its rank; a letter where it has none, never another number.

    Examples
    --------
    >>> marks_of(["a", "b"], pd.Series([7, pd.NA], index=["a", "b"], dtype="Int64"))
    ['7', 'A']
    """
    letters = (f"{before}{letter}" for before in ("", *string.ascii_uppercase) for letter in string.ascii_uppercase)
    return [next(letters) if pd.isna(ranks.get(code)) else f"{int(ranks[code])}" for code in codes]
