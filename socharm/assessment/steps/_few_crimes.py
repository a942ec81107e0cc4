"""Ratios of few crimes, which would tell the crimes when they are published."""

from __future__ import annotations

from typing import Final

import pandas as pd

from socharm.snapshot.tables import has_columns

__all__ = ["without_few"]

#: Crimes, recorded and expected, from which a ratio is published.
_PUBLISHED: Final = 10


def without_few(table: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """A table, as the rules of its columns have it, without the ratios of fewer than ten crimes.

    Parameters
    ----------
    table : DataFrame
    kept : DataFrame
        The same rows as they are stored: ``events`` and ``expected``.
    """
    if not has_columns(kept, "events expected"):
        return table
    few = (kept["events"].fillna(0) < _PUBLISHED) | (kept["expected"].fillna(0) < _PUBLISHED)
    blank = [name for name in ("ratio", "ratio_low", "ratio_high") if name in table.columns]
    return table.assign(**{name: table[name].mask(few.to_numpy()) for name in blank})
