"""Lists of the first k: the areas most likely to be among them."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm._checks import require_columns
from socharm._columns import AREA
from socharm.errors import SchemaError

__all__ = ["PROBABILITY", "first_areas"]

#: Column of a list: probability to be among as many areas as the list has.
PROBABILITY: Final = "probability"


def first_areas(table: pd.DataFrame, top_k: pd.DataFrame, n: int) -> pd.DataFrame:
    """The `n` areas most likely to be among the first `n`, most likely first; areas equal at the end are all kept.

    The order of the expected rank is not that order: a small area whose rank may be nearly anything has an expected
    rank near the middle, and can still be likelier to be among the first ten than one that is 15th for sure.

    Parameters
    ----------
    table : DataFrame
        Index ``area_code``, with ``rank``; areas without a rank are left out.
    top_k : DataFrame
        ``area_code``, ``size``, ``probability``. Where it has none of size `n`, the order is that of the rank.
    n : int

    Returns
    -------
    DataFrame
        Rows of `table` with ``probability``, missing where the order is that of the rank.
    """
    require_columns(table, ["rank"], name="table")
    if not pd.api.types.is_numeric_dtype(table["rank"].dtype):
        raise SchemaError(f"`rank` of the table is {table['rank'].dtype}, no number. Take the ranking as it was made.")
    ranked = table.dropna(subset=["rank"])
    chance = pd.Series(dtype=float)
    if {AREA, "size", PROBABILITY} <= set(top_k.columns):
        mine = top_k[top_k["size"] == n]
        chance = mine.drop_duplicates(AREA).set_index(AREA)[PROBABILITY].astype(float)
    found = ranked.assign(**{PROBABILITY: chance.reindex(ranked.index)})
    if found[PROBABILITY].isna().any():
        return found.assign(**{PROBABILITY: float("nan")}).nsmallest(n, "rank", keep="all")
    found = found.sort_values([PROBABILITY, "rank"], ascending=[False, True], kind="stable")
    if len(found) <= n:
        return found
    last = found.iloc[n - 1]
    equal = (found[PROBABILITY] == last[PROBABILITY]) & (found["rank"] == last["rank"])
    equal.iloc[:n] = True
    kept: pd.DataFrame = found.loc[equal]
    return kept
