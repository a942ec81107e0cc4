"""What a composite index hangs on: each part taken away in turn, and each area's strengths and weaknesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socharm._arguments import checked
from socharm._constraints import CountFrom1
from socharm._settings import Settings, setting
from socharm.composite.record import CompositeIndex
from socharm.errors import ParameterError
from socharm.stats.composite_scores import ScoreTree, node_scores
from socharm.stats.composite_weights import pairwise_correlation
from socharm.stats.deprivation_scores import ranks_of_scores

__all__ = ["RemovalSettings", "remove_one_element", "strengths_and_weaknesses"]


@dataclass(frozen=True, kw_only=True)
class RemovalSettings(Settings):
    """Choices of `remove_one_element`."""

    top: CountFrom1 = setting(10, "size of the group whose members are compared")


@checked
def remove_one_element(
    composite: CompositeIndex,
    *,
    top: CountFrom1 = 10,
    settings: RemovalSettings | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Ranks of the areas without each indicator and each domain in turn.

    Parameters
    ----------
    composite : CompositeIndex
    top : int
        Size of the group whose members are compared.
    settings : RemovalSettings or mapping, optional
        Choices of another removal, for what is not stated by keyword.

    Returns
    -------
    DataFrame
        Index ``element``, those that move the ranks most first: ``kind`` (indicator, domain), ``mean_shift`` and
        ``max_shift`` of the ranks over the areas that keep a score, ``area`` (the one that moves most), ``spearman``
        with the ranks of the whole index, ``leave_top`` (areas that leave the first `top`), ``unscored`` (areas that
        lose their score). Missing where nothing would be left.

    Notes
    -----
    The other weights keep their proportions; normalisation and treatment stay. Sums that are not divided by their
    weights (England's IMD) are compared as they are.

    Examples
    --------
    >>> from socharm.composite.index import composite_index
    >>> from socharm.composite.recipe import CompositeRecipe
    >>> from socharm.composite.specs import IndicatorSpec
    >>> values = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0], "c": [9.0, 2.0, 1.0]}, index=list("XYZ"))
    >>> recipe = CompositeRecipe(name="abc", indicators=tuple(IndicatorSpec(name=name) for name in "abc"))
    >>> remove_one_element(composite_index(values, recipe))["mean_shift"].round(2).to_dict()
    {'a': 1.0, 'b': 1.0, 'c': 0.0}
    """
    chosen = RemovalSettings.of(settings)
    arrays, values = composite.arrays, composite.normalised.to_numpy(dtype=np.float64)
    whole = ranks_of_scores(node_scores(values, arrays.weights[None, :], arrays.tree)[-1][0])
    rows = {}
    for node, name in enumerate(arrays.nodes):
        weights = _without(arrays.weights, arrays.tree, node)
        row: dict[str, object] = {"kind": "indicator" if node < arrays.tree.leaves else "domain"}
        if weights[list(arrays.tree.children[-1])].sum() > 0:
            ranks = ranks_of_scores(node_scores(values, weights[None, :], arrays.tree)[-1][0])
            row |= _compared(whole, ranks, arrays.areas, chosen.top)
        rows[name] = row
    columns = ["kind", "mean_shift", "max_shift", "area", "spearman", "leave_top", "unscored"]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("element")
    return table.sort_values("mean_shift", ascending=False, kind="stable", na_position="last")


def _without(weights: np.ndarray, tree: ScoreTree, node: int) -> np.ndarray:
    """Weights with one node at 0, and its ancestors too where nothing is left under them."""
    out = weights.copy()
    gone = [node]
    while gone:
        out[gone.pop()] = 0.0
        for at, children in enumerate(tree.children[:-1]):
            above = tree.leaves + at
            if out[above] > 0 and not out[list(children)].sum() > 0:
                gone.append(above)
    return out


def _compared(whole: np.ndarray, ranks: np.ndarray, areas: pd.Index, top: int) -> dict[str, object]:
    both = np.isfinite(whole) & np.isfinite(ranks)
    # Areas that lose their score would push the others up: ranks are compared among those that keep it.
    before, after = (ranks_of_scores(-values[both]) for values in (whole, ranks))
    shift = np.abs(after - before)
    first = areas[both]
    return {
        "mean_shift": float(shift.mean()) if shift.size else np.nan,
        "max_shift": float(shift.max()) if shift.size else np.nan,
        "area": first[int(shift.argmax())] if shift.size and shift.max() > 0 else "",
        "spearman": float(pairwise_correlation(np.column_stack([before, after]))[0, 1]) if shift.size else np.nan,
        "leave_top": int(((before <= top) & (after > top)).sum()),
        "unscored": int((np.isfinite(whole) & ~np.isfinite(ranks)).sum()),
    }


@checked
def strengths_and_weaknesses(composite: CompositeIndex, area: str, *, n: CountFrom1 = 3) -> pd.DataFrame:
    """Indicators in which an area stands worst and best among the others.

    Parameters
    ----------
    composite : CompositeIndex
    area : str
        Its code.
    n : int
        Indicators on each side; fewer where the area has fewer than twice as many.

    Returns
    -------
    DataFrame
        Index ``indicator``, the weakest first: ``side`` (weakness: where the area is bad; strength), ``label``,
        ``domain``, ``value`` (prepared, in its own unit), ``normalised``, ``rank`` (1 is the worst area), ``areas``
        ranked, ``contribution`` to the score. Indicators that the area lacks are not there.

    Raises
    ------
    ParameterError
        The area is not in the index, or has no value.
    """
    if not isinstance(area, str) or area not in composite.normalised.index:
        said = composite.table["reason"].get(area, "it was not given") if isinstance(area, str) else "it is no code"
        raise ParameterError(f"{area!r} is not in the index: {said}. Name an area that has values.")
    values = composite.normalised
    here = values.loc[area]
    ranks = values.rank(method="min", ascending=False).loc[area]
    if not here.notna().any():
        raise ParameterError(f"{area!r} has no value of any indicator; there is nothing to compare.")
    known = composite.indicators.loc[here.index]
    table = pd.DataFrame(
        {
            "side": "",
            "label": known["label"],
            "domain": known["domain"],
            "value": composite.arrays.values[values.index == area][0],
            "normalised": here,
            "rank": ranks.astype("Int64"),
            "areas": values.notna().sum(),
            "contribution": composite.contributions.loc[area][here.index],
        }
    ).rename_axis("indicator")
    table = table[here.notna()]
    table = table.loc[(table["rank"] / table["areas"]).sort_values(kind="stable").index]
    weak = min(int(n), (len(table) + 1) // 2)
    strong = min(int(n), len(table) - weak)
    table["side"] = ["weakness"] * weak + [""] * (len(table) - weak - strong) + ["strength"] * strong
    return table[table["side"] != ""]
