"""What the programs of a page read: the numbers of each assessment that it shows, as plain lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import NAME, PARENT
from socharm._words import month_words, number_of, rate_decimals, unit_sentence
from socharm.dashboard.change_layers import change_figures, change_layers
from socharm.dashboard.changes import change_lists
from socharm.dashboard.data import ALL
from socharm.dashboard.disorder import disorder_lists
from socharm.dashboard.exports import export_facts, period_told
from socharm.dashboard.history import View
from socharm.dashboard.layers import Layer, make_layers, series_classes, stated_layers
from socharm.dashboard.numbers import NumberRules
from socharm.dashboard.offences import offence_lists
from socharm.dashboard.totals import total_lists
from socharm.dashboard.tried import tried_lists

__all__ = ["layers_of_view", "subtitle", "view_payload"]


def layers_of_view(view: View, rules: NumberRules, plan: pd.DataFrame | None, *, own: bool) -> list[Layer]:
    """Layers of the map of one assessment; the heat surface and the plan's activity stand with the page's own only."""
    stated = [layer for layer in stated_layers(view.tables, view.about) if own or layer.surface is None]
    codes = view.facts.index
    made = make_layers(stated, view.panel, codes=codes, rules=rules, plan=plan if own else None)
    return [*made, *change_layers(view.comparison, codes, rules)]


def subtitle(view: View) -> str:
    """What the page holds, below its name."""
    areas = number_of(len(view.tables["areas"]), "area")
    return f"Harm of recorded crime by place. {period_told(view.about)}. {areas}."


def view_payload(view: View, layers: Sequence[Layer], *, heading: str, rules: NumberRules) -> dict[str, Any]:
    """Everything that the page says of one assessment, areas in the order of the page."""
    facts, panel = view.facts, view.panel
    lists = panel.as_lists(rules)
    ranks = {key: [None if pd.isna(v) else int(v) for v in facts[key]] for key in facts.columns if "rank" in key}
    own = {parent: number for number, parent in enumerate(panel.parents)}
    return {
        "names": facts[NAME].tolist(),
        "parents": facts[PARENT].tolist(),
        "reasons": facts["reason"].tolist(),
        "rank": ranks["rank"],
        "low": ranks["rank_low_90"],
        "high": ranks["rank_high_90"],
        "ranked": view.ranked,
        "months": [month_words(month) for month in panel.months],
        "groups": list(panel.groups),
        "district": [own.get(parent, len(own)) for parent in facts[PARENT]],
        "districtNames": [*panel.parents, ""],
        "placeNames": [*panel.parents, "All areas"],
        "parentCount": len(panel.parents),
        "layers": [entry.as_dict() for entry in layers],
        "classes": series_classes(panel, lists),
        "counted": {group: list(areas) for group, areas in panel.counted.items()},
        "rateDecimals": rate_decimals(lists["whole"][ALL]["rate"]),
        "rateTurns": _turns(panel.whole[ALL]["rate"], facts["rank"]),
        **lists,
        "totals": total_lists(view.tables, facts, panel, rules),
        "offences": offence_lists(view.tables, facts, panel, rules),
        "disorder": disorder_lists(view.tables, facts, panel, rules),
        "tried": tried_lists(view.tables, facts, protect=rules.protect),
        "change": change_lists(facts, panel, rules),
        "compared": change_figures(view.comparison, view.why_not, facts.index, panel.parents, rules),
        "period": period_told(view.about),
        "subtitle": subtitle(view),
        "coverage": view.about.coverage,
        "note": view.note,
        "snapshot": view.name,
        "unitSentence": unit_sentence(view.about.unit),
        "export": export_facts(heading, view.about, facts),
    }


def _turns(rates: NDArray[np.float64], ranks: pd.Series) -> bool:
    """Whether an area stands above one with a higher rate: ranks go by the mean of the rank over draws."""
    order = np.argsort(ranks.to_numpy(dtype=np.float64, na_value=np.inf), kind="stable")
    held = ranks.notna().to_numpy()[order] & np.isfinite(rates[order])
    return bool((np.diff(rates[order][held]) > 0).any())
