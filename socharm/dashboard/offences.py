"""What the crimes and the harm of each area, district and of all areas are made of, offence by offence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE
from socharm.dashboard.data import Panel, members_of
from socharm.dashboard.numbers import FEW, NumberRules
from socharm.offences import offence_words
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["offence_lists"]

_Floats = NDArray[np.float64]


def offence_lists(
    tables: AssessmentTables, facts: pd.DataFrame, panel: Panel, rules: NumberRules
) -> dict[str, Any] | None:
    """Counts by offence, and the share that each has of the harm of its place, in whole hundredths.

    Areas in the order of `facts`, then the districts, then the whole. Offences in the order of their harm; those that
    have no weight come last and have no share.
    """
    if not has_columns(tables["cells"], f"{AREA} {OFFENCE} n harm"):
        return None
    crimes, harm = (_wide(tables["cells"], column, facts.index) for column in ("n", "harm"))
    order = harm.sum().sort_values(ascending=False, kind="stable").index
    crimes, harm = crimes[order], harm[order]
    bare = _unweighted(tables, facts.index)
    members = members_of(facts, panel.parents)
    counts = _stacked(pd.concat([crimes, bare], axis=1), members)
    weighted = _stacked(harm, members)
    known = _stacked(crimes, members)
    return {
        "names": [_capital(offence_words(str(name))) for name in (*order, *bare.columns)],
        "weighted": len(order),
        "counts": [rules.counts(row) for row in counts],
        "shares": [_shares(row, n, rules) for row, n in zip(weighted, known, strict=True)],
        "areas": len(facts),
    }


def _wide(table: pd.DataFrame, column: str, codes: pd.Index) -> pd.DataFrame:
    """Areas by offences; an area that has no row at all is missing, and an offence that it does not have is none."""
    sums = table.groupby([AREA, OFFENCE], observed=True, sort=True)[column].sum(min_count=1)
    wide = sums.astype("Float64").unstack().reindex(codes)  # noqa: PD010 - one row per key by the sum above
    return wide.mask(wide.notna().any(axis=1), wide.fillna(0)).astype("Float64")


def _unweighted(tables: AssessmentTables, codes: pd.Index) -> pd.DataFrame:
    if not has_columns(tables["unweighted"], f"{AREA} {OFFENCE} n"):
        return pd.DataFrame(index=codes)
    return _wide(tables["unweighted"], "n", codes)


def _stacked(wide: pd.DataFrame, members: list[NDArray[np.bool_]]) -> _Floats:
    values = wide.to_numpy(dtype=np.float64, na_value=np.nan)
    sums = [np.where(np.isnan(values[mine]).all(axis=0), np.nan, np.nansum(values[mine], axis=0)) for mine in members]
    return np.vstack([values, *sums])


def _shares(harm: _Floats, counts: _Floats, rules: NumberRules) -> list[Any]:
    total = float(np.nansum(harm))
    few = [shown == FEW for shown in rules.counts(counts)]
    return [
        FEW if hidden else None if np.isnan(value) or total <= 0 else round(100 * value / total)
        for value, hidden in zip(harm.tolist(), few, strict=True)
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
