"""Anti-social behaviour of each area, district and of all areas: counted, and in no rank, since it has no weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, N
from socharm.dashboard.data import Panel, members_of
from socharm.dashboard.numbers import FEW, NumberRules
from socharm.offences import UNWEIGHTED_CATEGORIES
from socharm.snapshot.tables import AssessmentTables, has_columns

__all__ = ["disorder_lists"]

_Floats = NDArray[np.float64]


def disorder_lists(
    tables: AssessmentTables, facts: pd.DataFrame, panel: Panel, rules: NumberRules
) -> dict[str, Any] | None:
    """Incidents of anti-social behaviour in the whole period, areas first, then districts, then all areas.

    With each area stands how many times as many it has as the median ranked area, by the same denominator as the
    harm; with each district its share of the incidents of all areas. None where no incident was counted.
    """
    table, weighted = _counted(tables)
    if table is None:
        return None
    counts = table[N].reindex(facts.index).to_numpy(dtype=np.float64, na_value=np.nan)
    sums = np.array([_sum(counts[mine]) for mine in members_of(facts, panel.parents)])
    shown = rules.counts(np.concatenate([counts, sums]))
    return {
        "counts": shown,
        "weighted": weighted,
        "times": _beside_median(table, facts, shown),
        "shares": [
            FEW if n == FEW else None if np.isnan(part) else round(100 * part / sums[-1])
            for n, part in zip(shown[len(facts) :], sums.tolist(), strict=True)
        ],
    }


def _counted(tables: AssessmentTables) -> tuple[pd.DataFrame | None, bool]:
    """Counts by area, with their rate where it is known; and whether a scheme of weights counts them as harm."""
    for name, weighted in (("unweighted", False), ("cells", True)):
        table = tables[name]
        if not has_columns(table, f"{AREA} {OFFENCE} {N}"):
            continue
        mine = table[table[OFFENCE].astype(object).isin(UNWEIGHTED_CATEGORIES)]
        rates = [column for column in ("rate",) if column in table.columns and not weighted]
        sums = mine.groupby(AREA, observed=True)[[N, *rates]].sum(min_count=1).astype("Float64")
        if (sums[N] > 0).any():
            return sums, weighted
    return None, False


def _sum(values: _Floats) -> float:
    return float(np.nan if np.isnan(values).all() else np.nansum(values))


def _beside_median(table: pd.DataFrame, facts: pd.DataFrame, shown: list[Any]) -> list[Any]:
    """The rate of each area over that of the median area with a rank; None where either is not known."""
    if "rate" not in table.columns:
        return [None] * len(facts)
    rates = table["rate"].reindex(facts.index)
    middle = rates[facts["rank"].notna()].dropna().median()
    if pd.isna(middle) or not middle > 0:
        return [None] * len(facts)
    return [
        FEW if n == FEW else None if pd.isna(rate) else round(float(rate / middle), 1)
        for n, rate in zip(shown, rates, strict=False)
    ]
