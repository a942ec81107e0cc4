"""Local Moran by its moments: conditional on each area's own value, or in total; no permutation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.hotspots.areas.area_settings import Alternative, Correction, GraphFindings
from socharm.hotspots.areas.global_record import GraphWeights
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_tests import quadrant_labels, signs
from socharm.hotspots.areas.local_values import SpatialWeights, local_values, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.severity.index import SeverityIndex
from socharm.stats.fdr import adjust
from socharm.stats.local_moments import LocalMoments, moran_moments, total_moran_moments
from socharm.stats.permutation import neighbour_sums

__all__ = ["MomentFindings", "MomentSettings", "MoranMoments", "local_moran_moments"]

_Floats = NDArray[np.float64]

#: Which orders of the values are as likely: all of the others, the area's own held fixed; or all of them.
Moments: TypeAlias = Literal["conditional", "total"]


@dataclass(frozen=True, kw_only=True)
class MomentSettings(Settings):
    """Choices behind a local Moran by its moments."""

    column: str = setting("rate_eb", "column of the index that is tested")
    moments: Moments = setting("conditional", 'the area\'s own value held fixed; or "total": every value shuffled')
    weights: GraphWeights = setting("row", 'summing to 1 in each neighbourhood; or "plain": as the graph has them')
    alternative: Alternative = setting("two-sided", 'or "greater" (like neighbours), "less" (unlike ones)')
    alpha: OpenShare = setting(0.05, "false discovery rate over the areas with neighbours")
    correction: Correction = setting("bh", "of many tests: bh, by or none")


@dataclass(frozen=True, kw_only=True)
class MomentFindings(GraphFindings):
    """What a local Moran by its moments was made of.

    Attributes
    ----------
    method, column, rule, islands, not_covered
        As of `GraphFindings`.
    tested : int
        Areas with a p.
    """

    tested: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class MoranMoments(Record):
    """Local Moran of each area, its expectation and variance under chance, and p by the normal distribution.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of the input; ``value``, ``neighbours``, ``statistic``, ``expected``,
        ``variance``, ``z``, ``p`` (normal, of the alternative), ``p_adjusted``, ``label``: ``"high-high"``,
        ``"low-low"``, ``"high-low"``, ``"low-high"``, ``"not significant"``, ``"island"``, or why there is no value.
    """

    __made_by__ = ("local_moran_moments",)

    table: pd.DataFrame
    settings: MomentSettings
    about: About
    findings: MomentFindings

    def _summary(self) -> dict[str, str]:
        s, found = self.settings, self.findings
        counts = self.table["label"].value_counts()
        return {
            "method": f"local Moran of {found.column}, neighbours: {found.rule}",
            "labels": ", ".join(f"{number:,} {label}" for label, number in counts.items()),
            "test": f"normal, {s.moments} moments, weights: {s.weights}, {s.alternative}",
            "correction": f"{s.correction} over {number_of(found.tested, 'area')}, alpha {s.alpha:g}",
        }


@checked
def local_moran_moments(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_eb",
    moments: Moments = "conditional",
    weights: GraphWeights = "row",
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    settings: MomentSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> MoranMoments:
    r"""Local Moran with analytical moments, for agreement with other programs: `local_moran` is the test to rely on.

    Parameters
    ----------
    values, graph, column, about
        As of `local_moran`.
    moments : {"conditional", "total"}
        Which orders of the values are as likely: those in which the area keeps its own value (Sokal et al. 1998,
        spdep's ``conditional=TRUE``), or all of them (Anselin 1995, ``conditional=FALSE``).
    weights : {"row", "plain"}
        As of `global_moran`.
    alternative : {"two-sided", "greater", "less"}
        Greater tests for areas like their neighbours, less for areas unlike them.
    alpha, correction
        As of `local_moran`, but over one p for each area, whose tails are not tested apart.
    settings : MomentSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.

    Returns
    -------
    MoranMoments

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `local_moran`.

    Notes
    -----
    Total expectation :math:`-W_i / (n - 1)`, conditional one :math:`-W_i z_i^2 / ((n - 1) m_2)`. The normal p is near
    the truth for many neighbours and values without extremes. Harm has extremes, and a neighbourhood has six members:
    p in the tails can be wrong by a factor of ten, and months are not looked at.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association. *Geographical Analysis* 27, 93-115. Sokal, R.R., Oden,
    N.L. and Thomson, B.A. (1998). Local spatial autocorrelation in a biological model. *Geographical Analysis* 30,
    331-354.
    """
    chosen = MomentSettings.of(settings)
    local = local_values(values, chosen.column, about)
    around = spatial_weights(graph, local)
    x, tested = local.values.to_numpy(), around.degree > 0
    found = _found(x, around, chosen)
    z = np.where(tested, found.z, np.nan)
    p = {
        "two-sided": 2 * scipy.special.ndtr(-np.abs(z)),
        "greater": scipy.special.ndtr(-z),
        "less": scipy.special.ndtr(z),
    }[chosen.alternative]
    adjusted = adjust(p, chosen.correction)
    sure = adjusted <= chosen.alpha
    columns = {
        "value": x,
        "neighbours": around.degree,
        "statistic": np.where(tested, found.statistic, np.nan),
        "expected": np.where(tested, found.expected, np.nan),
        "variance": np.where(tested, found.variance, np.nan),
        "z": z,
        "p": p,
        "p_adjusted": adjusted,
        "label": quadrant_labels(signs(x) > 0, tested, sure & (z < 0), sure & (z > 0)),
    }
    table = pd.DataFrame(columns, index=local.values.index).reindex(local.areas)
    table = table.assign(
        neighbours=table["neighbours"].astype("Int64"), label=table["label"].fillna(local.why_missing()).astype("str")
    )
    findings = MomentFindings(
        method="local-moran",
        column=local.column,
        rule=neighbour_rule(graph),
        tested=int(np.count_nonzero(~np.isnan(p))),
        islands=tuple(map(str, local.values.index[~tested])),
        not_covered=local.missing,
    )
    return MoranMoments(table=table, settings=chosen, about=local.about, findings=findings)


def _found(x: _Floats, around: SpatialWeights, settings: MomentSettings) -> LocalMoments:
    sums = neighbour_sums(x, around.indptr, around.indices, None if around.equal else around.weights)
    total, squares = around.row_sums(around.weights), around.row_sums(around.weights**2)
    safe = np.where(total > 0, total, np.nan)
    row = settings.weights == "row"
    if settings.moments == "total":
        if row:
            return total_moran_moments(x, sums / safe, total / safe, squares / safe**2)
        return total_moran_moments(x, np.where(total > 0, sums, np.nan), total, squares)
    found = moran_moments(x, sums / safe, squares / safe**2)
    scale = np.ones(x.size) if row else total
    return LocalMoments(found.statistic * scale, found.expected * scale, found.variance * scale**2)
