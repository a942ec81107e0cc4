"""Published counts, of which tables are made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Recount"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Recount:
    """What the published form of a table is worked out from, in place of the counts themselves.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        As they are; of a table's own only what is public may be used.
    settings : mapping of str to mapping
        Choices behind tables, by their names.
    counts, flagged : DataFrame
        In published form, rows as in `tables`.
    counted, was_counted : DataFrame
        Counts less what the index leaves out: as published, and as they are, for a check that both are of one index.
    excluded : tuple of str
        Flags, offences and sets that the index leaves out.
    made : mapping of str to DataFrame
        Tables that were worked out before: those of earlier parts of an assessment, and earlier ones of this part.
    """

    tables: Mapping[str, pd.DataFrame]
    settings: Mapping[str, Mapping[str, Any]]
    counts: pd.DataFrame
    flagged: pd.DataFrame
    counted: pd.DataFrame
    was_counted: pd.DataFrame
    excluded: tuple[str, ...]
    made: Mapping[str, pd.DataFrame]

    def setting(self, name: str, key: str, usual: float) -> float:
        """One choice behind a table that is a number; `usual` where the tables do not tell."""
        return float(self.settings.get(name, {}).get(key, usual))
