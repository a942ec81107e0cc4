"""Codes of a table that do not meet those of the areas, counted both ways."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from socharm._words import number_of
from socharm.assessment.steps._step import UNMATCHED

__all__ = ["unmatched_codes"]

_SHOWN = 3


def unmatched_codes(areas: pd.Index, codes: Iterable[object], *, of: str, then: str) -> Iterable[str]:
    """What a check doubts where more than single areas are not in a table.

    Parameters
    ----------
    areas : Index
    codes : iterable
        Codes of the table that have a value.
    of : str
        What the table holds, as a message names it.
    then : str
        What becomes of the areas, a sentence.
    """
    ours, theirs = pd.Index(areas.astype("str")), pd.Index(list(dict.fromkeys(map(str, codes))))
    lacking, strange = ours.difference(theirs, sort=False), theirs.difference(ours, sort=False)
    if len(lacking) <= max(1, UNMATCHED * len(ours)):
        return
    such = f", such as {list(strange[:_SHOWN])}" if len(strange) else ""
    one = len(strange) == 1
    yield (
        f"{len(lacking):,} of {number_of(len(ours), 'area')} ({len(lacking) / len(ours):.0%}) have no {of}, such as "
        f"{list(lacking[:_SHOWN])}; {number_of(len(strange), 'code')} of it {'is no area' if one else 'are no areas'}"
        f"{such}. {then} Use a table of the boundary year of the areas."
    )
