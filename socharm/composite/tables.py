"""Tables that explain a composite index: its indicators, their correlations, their reliability."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.composite.prepare import Prepared, untreated
from socharm.composite.recipe import CompositeRecipe
from socharm.composite.scoring import Scored
from socharm.composite.specs import DomainSpec, IndicatorSpec
from socharm.stats.composite_normalise import without_spread
from socharm.stats.composite_weights import cronbach_alpha, effective_weights, pairwise_correlation

__all__ = ["alpha_table", "correlation_table", "indicator_table"]

_Floats = NDArray[np.float64]


def indicator_table(
    settings: CompositeRecipe,
    prepared: Prepared,
    scored: Scored,
    raw: pd.DataFrame,
    status: dict[str, str],
) -> pd.DataFrame:
    """One row for each indicator of the recipe; see `CompositeIndex.indicators`."""
    arrays = scored.arrays
    effective = effective_weights(arrays.weights, arrays.tree)
    within = _shares_within(arrays.weights, arrays.tree.children)
    stated = {spec.name: _stated_share(spec, settings) for spec in settings.weighed}
    influence = _influence(scored)
    filled = pd.Series([row["indicator"] for row in prepared.imputed], dtype=object).value_counts()
    rows = {}
    for spec in settings.indicators:
        row: dict[str, Any] = {
            "label": spec.title,
            "domain": spec.parent,
            "kind": spec.kind,
            "direction": spec.direction,
            "status": status.get(spec.name, "used" if spec.weighed else "context"),
            "weight_stated": stated.get(spec.name, np.nan),
        }
        row["known"] = int(raw[spec.name].notna().sum()) if spec.name in raw.columns else 0
        row["imputed"] = int(filled.get(spec.name, 0))
        if spec.name in scored.normalised.columns:
            k = list(scored.normalised.columns).index(spec.name)
            row |= {"weight_used": within[k], "weight_effective": effective[k], "influence": influence[k]}
            row["correlation"] = _correlation(scored.normalised[spec.name], scored.scores)
            row["spread"] = not bool(without_spread(arrays.values[:, [k]])[0])
            row |= prepared.treatment.get(spec.name, untreated(prepared.values[spec.name]))
        if spec.name in scored.respondents.index:
            row |= {str(key): value for key, value in scored.respondents.loc[spec.name].items()}
        rows[spec.name] = {**row, "source": spec.source}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("indicator")
    for column in ("winsorised", "imputed", "known"):
        table[column] = (table[column] if column in table else pd.Series(index=table.index)).astype("Int64")
    return table.reindex(columns=_COLUMNS).astype(dict.fromkeys(_FLOATS, float) | {"passes": object, "spread": object})


_FLOATS: Final = (
    "weight_stated",
    "weight_used",
    "weight_effective",
    "influence",
    "weight_low",
    "weight_high",
    "correlation",
    "skew_before",
    "kurtosis_before",
    "skew_after",
    "kurtosis_after",
)
_COLUMNS: Final = (
    "label",
    "domain",
    "kind",
    "direction",
    "status",
    "weight_stated",
    "weight_used",
    "weight_effective",
    "influence",
    "weight_low",
    "weight_high",
    "correlation",
    "known",
    "imputed",
    "winsorised",
    "treatment",
    "skew_before",
    "kurtosis_before",
    "skew_after",
    "kurtosis_after",
    "passes",
    "spread",
    "source",
)


def _stated_share(spec: IndicatorSpec, recipe: CompositeRecipe) -> float:
    parts: list[IndicatorSpec | DomainSpec] = [*recipe.weighed, *recipe.domains]
    return spec.weight / sum(part.weight for part in parts if part.parent == spec.parent)


def _shares_within(weights: _Floats, children: tuple[tuple[int, ...], ...]) -> _Floats:
    out = np.zeros(len(weights))
    for group in children:
        total = weights[list(group)].sum()
        out[list(group)] = weights[list(group)] / total if total > 0 else 0.0
    return out


def _influence(scored: Scored) -> _Floats:
    """Share of the variance of the score that each indicator's contribution brings; missing where none add up."""
    known = scored.scores.notna().to_numpy()
    parts = scored.contributions.to_numpy(dtype=np.float64)[known]
    total = scored.scores.to_numpy(dtype=np.float64)[known]
    if len(total) < 2 or not np.ptp(total) > 0 or not np.isfinite(parts).any():
        return np.full(parts.shape[1], np.nan)
    filled = np.where(np.isfinite(parts), parts, 0.0)
    centred = total - total.mean()
    return np.asarray(np.add.reduce(filled * centred[:, None], axis=0) / np.add.reduce(centred**2), dtype=np.float64)


def _correlation(left: pd.Series, right: pd.Series) -> float:
    return float(pairwise_correlation(np.column_stack([left, right]))[0, 1])


def correlation_table(scored: Scored, used: CompositeRecipe) -> pd.DataFrame:
    """Correlations of every pair of used indicators, more being worse in each; see `CompositeIndex.correlations`."""
    values = scored.normalised
    pearson = pairwise_correlation(values.to_numpy(dtype=np.float64))
    parents = {spec.name: spec.parent for spec in used.weighed}
    rows = []
    for i, left in enumerate(values.columns):
        for j in range(i + 1, values.shape[1]):
            right = values.columns[j]
            both = values[[left, right]].dropna()
            ranks = both.rank().to_numpy(dtype=np.float64)
            rows.append(
                {
                    "left": left,
                    "right": right,
                    "areas": len(both),
                    "pearson": pearson[i, j],
                    "spearman": pairwise_correlation(ranks)[0, 1],
                    "same_domain": parents[left] == parents[right],
                }
            )
    return pd.DataFrame(rows, columns=["left", "right", "areas", "pearson", "spearman", "same_domain"])


def alpha_table(scored: Scored, used: CompositeRecipe) -> pd.DataFrame:
    """Cronbach's alpha of each domain of indicators, and of all of them; see `CompositeIndex.alpha`."""
    groups: dict[str, list[str]] = {}
    for spec in used.weighed:
        groups.setdefault(spec.parent, []).append(spec.name)
    if len(groups) == 1:
        groups = {}
    groups["all indicators"] = [spec.name for spec in used.weighed]
    rows = {}
    for name, members in groups.items():
        values = scored.normalised[members]
        rows[name] = {
            "indicators": len(members),
            "areas": int(values.notna().all(axis=1).sum()),
            "alpha": cronbach_alpha(values.to_numpy(dtype=np.float64)),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("domain")
