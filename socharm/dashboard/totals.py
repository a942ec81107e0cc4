"""Figures of each district and of all areas, as the page shows them for a place that is no single area."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.dashboard.data import ALL, Panel, members_of
from socharm.dashboard.numbers import FEW, NumberRules, rounded
from socharm.snapshot.tables import AssessmentTables

__all__ = ["total_lists"]


def total_lists(
    tables: AssessmentTables, facts: pd.DataFrame, panel: Panel, rules: NumberRules
) -> list[dict[str, Any]]:
    """Areas, crimes, harm, recorded rate and rank of each district, and of all areas last.

    The rate is the harm of the areas over what they were exposed to, as the table of districts has it. What is missing
    for every area is None, never 0.
    """
    index = tables["index"].reindex(facts.index)
    exposure = index["exposure"] if "exposure" in index.columns else pd.Series(np.nan, index=index.index)
    people = pd.to_numeric(exposure).to_numpy(dtype=np.float64, na_value=np.nan)
    per = tables.setting("index", "per", 1.0)
    found = []
    for name, mine in zip([*panel.parents, None], members_of(facts, panel.parents), strict=True):
        crimes, harm = (_known_sum(panel.whole[ALL][key][mine]) for key in ("crimes", "harm"))
        # An area without a population is in the counts, and in neither side of the rate; nor is one without its harm.
        known = mine & (people > 0) & ~np.isnan(panel.whole[ALL]["harm"])
        top, bottom = float(panel.whole[ALL]["harm"][known].sum()), float(people[known].sum())
        shown = rules.counts(np.array([crimes]))[0]
        few = shown == FEW
        rank, low, high = (_of_district(tables, name, key) for key in ("rank", "rank_low_90", "rank_high_90"))
        found.append({
            "areas": int(mine.sum()), "ranked": int(facts["rank"][mine].notna().sum()), "crimes": shown,
            "harm": FEW if few else None if np.isnan(harm) else rounded(harm, rules.figures),
            "rate": FEW if few else rounded(top / bottom * per, rules.rate_figures) if bottom > 0 else None,
            "rank": rank, "low": low, "high": high,
        })  # fmt: skip
    return found


def _known_sum(values: NDArray[np.float64]) -> float:
    return float(np.nan if np.isnan(values).all() else np.nansum(values))


def _of_district(tables: AssessmentTables, name: str | None, column: str) -> int | None:
    table = tables["parents"]
    if name is None or table.index.name is None or name not in table.index or column not in table.columns:
        return None
    values = pd.to_numeric(table[column]).astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    value = float(values[table.index == name][0])
    return None if np.isnan(value) else int(value)
