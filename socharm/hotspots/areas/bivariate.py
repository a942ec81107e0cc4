"""One value here, another one round it: bivariate local Moran by conditional permutation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_same_areas
from socharm._constraints import OpenShare, Permutations, Seed, Threads
from socharm._settings import THREADS, setting
from socharm.hotspots.areas.area_settings import Alternative, Correction
from socharm.hotspots.areas.few_permutations import tell_few_permutations
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_null import permuted_exceedances
from socharm.hotspots.areas.local_record import LocalFindings, LocalStatistics, LocalTestSettings
from socharm.hotspots.areas.local_tests import quadrant_labels, signs, turned_tails, with_missing
from socharm.hotspots.areas.local_values import LocalValues, SpatialWeights, local_values, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.severity.index import SeverityIndex
from socharm.stats.autocorrelation import is_flat
from socharm.stats.fdr import adjust
from socharm.stats.local_moments import mean_in_pool
from socharm.stats.permutation import neighbour_sums, permutation_p

__all__ = ["BivariateFindings", "BivariateMoran", "BivariateSettings", "local_bivariate_moran"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BivariateSettings(LocalTestSettings):
    """Choices behind a bivariate local Moran."""

    column: str = setting("rate_eb", "column of `first`, where that is an index")
    second_column: str = setting("rate_eb", "column of `second`, where that is an index")


@dataclass(frozen=True, kw_only=True)
class BivariateFindings(LocalFindings):
    """What a bivariate local Moran was made of.

    Attributes
    ----------
    second : str
        Name of the values of the neighbours; ``column`` is that of the area's own.
    in_place : float
        Correlation (Pearson) of both values within areas, which the statistic leaves aside; not a number where one of
        them is the same in all areas.
    overall : float
        Mean of the statistic over the areas with neighbours: the bivariate Moran's I of the map, where weights sum to
        1. It has no p here: of two maps that are both clustered, permutation finds an association that is none.
    """

    second: str = ""
    in_place: float = float("nan")
    overall: float = float("nan")


@dataclass(frozen=True, eq=False, repr=False)
class BivariateMoran(LocalStatistics):
    """What stands round high and low areas, by another value.

    Attributes
    ----------
    table : DataFrame
        As of `LocalStatistics`, and ``second``, the other value in the area itself. ``statistic`` is
        :math:`I_i`, ``expected``, ``variance`` and ``z`` its moments over draws of the neighbours' second values.
        There are no months: ``p_adjusted_low`` and ``p_adjusted_high`` correct ``p_low`` and ``p_high``.
    """

    __made_by__ = ("local_bivariate_moran",)

    findings: BivariateFindings

    def _summary(self) -> dict[str, str]:
        lines = super()._summary()
        found = self.findings
        del lines["months"]
        flat = "one of the two is the same in all areas, so that nothing correlates"
        here = flat if np.isnan(found.in_place) else f"correlation of both within areas {found.in_place:.2f}"
        return {
            "method": f"bivariate local Moran: {found.column} here, {found.second} round it, neighbours: {found.rule}",
            "in place": f"{here}, which the labels leave aside",
            **{name: line for name, line in lines.items() if name != "method"},
        }


@checked
def local_bivariate_moran(
    first: SeverityIndex | pd.Series,
    second: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_eb",
    second_column: str = "rate_eb",
    permutations: Permutations = 99_999,
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    settings: BivariateSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> BivariateMoran:
    r"""Bivariate local Moran: is one value high here where another is high in the areas round it?

    Parameters
    ----------
    first : SeverityIndex or Series
        Of the area itself, by area code: harm, say, or harm now.
    second : SeverityIndex or Series
        Of its neighbours, over the same areas: deprivation, say, or harm of an earlier period. Areas that lack either
        leave the graph and are counted in a warning.
    graph : Graph or W
        From `neighbours`, or of your own, over the same areas.
    column, second_column : str
        Of an index: as of `local_moran`.
    permutations, alternative, alpha, correction, seed, settings, threads, about
        As of `local_moran`.

    Returns
    -------
    BivariateMoran
        The first word of a label is the first value of the area, the second the second value of its neighbours, each
        against the mean of all areas.

    Warns
    -----
    CoverageWarning
        Areas without a value.

    Raises
    ------
    AlignmentError
        The two are over other areas, or the graph is.
    ParameterError, SchemaError
        As of `local_moran`.

    Notes
    -----
    :math:`I_i = z^x_i \sum_j w_{ij} z^y_j` with weights that sum to 1 and z of variance 1 (divisor n). p holds the area
    fixed and draws the second values of its neighbours from the other areas. So it is the p of Gi of the second value,
    turned by the sign of the first: what is tested is whether the *second* value clusters round the area, and the first
    only names the quadrant. Where the second value clusters, as deprivation does, areas get labels though both values
    have nothing to do with each other. Nor is anything said of both values within the same area: that correlation is
    in the findings, and where it is high, high-high areas are largely the clusters of one map.

    References
    ----------
    Anselin, L., Syabri, I. and Smirnov, O. (2002). Visualizing multivariate spatial correlation with dynamically linked
    windows. In: *New Tools for Spatial Data Analysis*. Santa Barbara: CSISS. Lee, S.-I. (2001). Developing a bivariate
    spatial association measure. *Journal of Geographical Systems* 3, 369-385.
    """
    chosen = BivariateSettings.of(settings)
    x, y = local_values(first, chosen.column, about), local_values(second, chosen.second_column, about)
    require_same_areas(x.areas, y.areas, names=("first", "second"))
    codes = x.values.index.intersection(y.values.index)
    lost = tuple(sorted({*x.missing, *y.missing}))
    local = LocalValues(x.values.loc[codes], x.areas, lost, x.column, x.index, _about(x, y, about))
    around = spatial_weights(graph, local)
    tests = int(np.count_nonzero(around.degree))
    tell_few_permutations(tests, chosen.permutations, chosen.level, chosen.correction, stacklevel=4)
    others = y.values.loc[codes].to_numpy()
    table = _table(local, others, around, chosen, threads)
    statistic = table["statistic"].dropna().to_numpy()
    flat = len(codes) < 2 or is_flat(local.values.to_numpy()) or is_flat(others)
    findings = BivariateFindings(
        method="bivariate-moran",
        column=local.column,
        second=y.column,
        rule=neighbour_rule(graph),
        alternative=chosen.alternative,
        weights="equal within each neighbourhood" if around.equal else "differing within neighbourhoods",
        tested=tests,
        islands=tuple(map(str, codes[around.degree == 0])),
        not_covered=lost,
        top_event="of two values",
        in_place=float("nan") if flat else float(np.corrcoef(local.values.to_numpy(), others)[0, 1]),
        overall=float(np.add.reduce(statistic) / statistic.size) if statistic.size else float("nan"),
    )
    whole = with_missing(table, local)
    return BivariateMoran(table=whole, settings=chosen, about=local.about, findings=findings)


def _about(x: LocalValues, y: LocalValues, about: About | None) -> About:
    """What is known of both: of an index its own, of two indices what they share."""
    if about is not None or y.index is None:
        return x.about
    return y.about if x.index is None else combine_about(x.about, y.about)


def _table(
    local: LocalValues, y: _Floats, around: SpatialWeights, settings: BivariateSettings, threads: int
) -> pd.DataFrame:
    """Statistic, moments, p and labels of the areas with both values."""
    x = local.values.to_numpy()
    sums = neighbour_sums(y, around.indptr, around.indices, None if around.equal else around.weights)
    found = permuted_exceedances(
        y, around, permutations=settings.permutations, seed=settings.seed, purpose="bivariate-moran", threads=threads
    )
    sign, tested = signs(x), around.degree > 0
    low, high = (
        np.where(tested, permutation_p(counts, settings.permutations), np.nan) for counts in turned_tails(found, sign)
    )
    adjusted_low, adjusted_high = adjust(low, settings.correction), adjust(high, settings.correction)
    p = {"two-sided": np.minimum(2 * np.minimum(low, high), 1.0), "greater": high, "less": low}
    is_high = (adjusted_high <= settings.level) & (settings.alternative != "less")
    is_low = (adjusted_low <= settings.level) & (settings.alternative != "greater")
    columns = {
        "value": x,
        "second": y,
        "neighbours": around.degree,
        **_moments(x, y, sums, around),
        "p_low": low,
        "p_high": high,
        "p_adjusted_low": adjusted_low,
        "p_adjusted_high": adjusted_high,
        "p": p[settings.alternative],
        "label": quadrant_labels(sign > 0, tested, is_low, is_high),
        "hot_without_top_event": pd.array([pd.NA] * x.size, dtype="boolean"),
    }
    return pd.DataFrame(columns, index=local.values.index)


def _moments(x: _Floats, y: _Floats, sums: _Floats, around: SpatialWeights) -> dict[str, _Floats]:
    """The statistic, and its moments were the neighbours drawn from the other areas."""
    nothing = np.full(x.size, np.nan)
    if x.size < 3 or is_flat(x) or is_flat(y):
        return dict.fromkeys(("statistic", "expected", "variance", "z"), nothing)
    zx, zy = _standard(x), _standard(y)
    total, squares = around.row_sums(around.weights), around.row_sums(around.weights**2)
    mean, spread = np.add.reduce(y) / y.size, np.sqrt(np.add.reduce((y - np.add.reduce(y) / y.size) ** 2) / y.size)
    lag = (sums - total * mean) / spread
    n = x.size - 1
    pool = -zy / n
    moments = mean_in_pool(lag, total, squares, pool, np.maximum((x.size - zy**2) / n - pool**2, 0.0), n)
    statistic, expected = zx * moments.statistic, zx * moments.expected
    variance = zx**2 * moments.variance
    wide = np.sqrt(np.where(variance > 0, variance, np.nan))
    return {"statistic": statistic, "expected": expected, "variance": variance, "z": (statistic - expected) / wide}


def _standard(x: _Floats) -> _Floats:
    z = x - np.add.reduce(x) / x.size
    return np.asarray(z / np.sqrt(np.add.reduce(z**2) / x.size), dtype=np.float64)
