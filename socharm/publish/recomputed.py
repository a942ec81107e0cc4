"""Every published number that is a function of counts, worked out again from published counts."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from socharm._columns import OFFENCE
from socharm.severity.cells import less_exclusions
from socharm.snapshot.recount import Recount
from socharm.snapshot.tables import AssessmentTables

__all__ = ["recomputed"]


def recomputed(
    tables: AssessmentTables, counts: pd.DataFrame, flagged: pd.DataFrame, *, excluded: Iterable[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables with their columns of counts, harm, rates and shares made of published counts.

    How a table is made again is declared with it, and the tables are taken in the order of their declaration.

    Parameters
    ----------
    tables : AssessmentTables
        As they are.
    counts, flagged : DataFrame
        In published form, rows as in `tables`.
    excluded : iterable of str
        Flags, offences and sets that the index leaves out.

    Returns
    -------
    dict of str to DataFrame
        By table; rows in the order of that table, or indexed as it is.

    Raises
    ------
    AlignmentError
        The index was not made of the counts less `excluded`: what was published would not be what was ranked.
    """
    stated = tuple(excluded)
    counted, was_counted = (_less(*pair, stated) for pair in ((counts, flagged), (tables["counts"], tables["flagged"])))
    made: dict[str, pd.DataFrame] = {}
    recount = Recount(
        tables=tables,
        settings=tables.settings,
        counts=counts,
        flagged=flagged,
        counted=counted,
        was_counted=was_counted,
        excluded=stated,
        made=made,
    )
    for name, spec in tables.declared.items():
        if spec.recomputed is not None and len(tables[name].columns):
            made[name] = spec.recomputed(recount)
    return made


def _less(counts: pd.DataFrame, flagged: pd.DataFrame, excluded: Iterable[str]) -> pd.DataFrame:
    return less_exclusions(counts, flagged, excluded, offences=sorted(map(str, counts[OFFENCE].unique())))[0]
