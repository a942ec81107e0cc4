"""Which marked areas stand together: local join counts by permutation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare, Permutations, Seed, Threads
from socharm._settings import THREADS
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.hotspots.areas.area_settings import AreaTestSettings, Correction
from socharm.hotspots.areas.few_permutations import tell_few_permutations
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_null import permuted_exceedances
from socharm.hotspots.areas.local_record import LocalFindings, LocalStatistics
from socharm.hotspots.areas.local_values import LocalValues, SpatialWeights, local_values, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.stats.fdr import adjust
from socharm.stats.permutation import neighbour_sums, permutation_p

__all__ = ["local_join_counts"]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@checked
def local_join_counts(
    marked: pd.Series,
    graph: Graph | W,
    *,
    permutations: Permutations = 99_999,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    settings: AreaTestSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> LocalStatistics:
    r"""Local join counts: does a marked area, such as one of the first 20, have more marked neighbours than chance?

    Parameters
    ----------
    marked : Series
        True or False (1 or 0) by area code; missing where not known. Missing areas leave the graph.
    graph : Graph or W
        From `neighbours`, or of your own, over the same areas.
    permutations : int
        p cannot fall below ``1 / (permutations + 1)``.
    alpha : float
        False discovery rate over the marked areas that have neighbours: the others have no join to test.
    correction : {"bh", "by", "none"}
    seed : int
        To be stated here or in `settings`.
    settings : AreaTestSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    threads : int
        Any number gives the same result.
    about : About, optional
        Period, sources, unit, marking.

    Returns
    -------
    LocalStatistics
        ``statistic`` is the number (or weight) of marked neighbours, 0 where the area is not marked itself. Labels:
        ``together``, ``marked`` (and no more), ``not marked``, ``island``, ``not covered``. The test is for more joins
        than expected.

    Warns
    -----
    CoverageWarning
        Areas without a value.

    Raises
    ------
    AlignmentError
        The graph is over other areas.
    ParameterError
        A choice is unknown or out of range.
    SchemaError
        A value is neither true nor false, or codes are repeated.

    Notes
    -----
    :math:`B_i = x_i \sum_j w_{ij} x_j`. The area's own mark is held fixed; the others' marks are shuffled, so that of
    equal weights :math:`B_i` is hypergeometric. Few neighbours leave few possible counts: p is conservative.

    References
    ----------
    Anselin, L. and Li, X. (2019). Operational local join count statistics for cluster detection. *Journal of
    Geographical Systems* 21, 189-210.
    """
    chosen = AreaTestSettings.of(settings)
    local = local_values(_as_numbers(marked), "", about)
    around = spatial_weights(graph, local)
    x = local.values.to_numpy()
    tested = (around.degree > 0) & (x > 0.5)
    findings = LocalFindings(
        method="join-counts",
        column="marked" if marked.name is None else str(marked.name),
        rule=neighbour_rule(graph),
        alternative="greater",
        weights="equal within each neighbourhood" if around.equal else "differing within neighbourhoods",
        tested=int(np.count_nonzero(tested)),
        islands=tuple(map(str, local.values.index[around.degree == 0])),
        not_covered=local.missing,
        top_event="a mark is no event",
    )
    tell_few_permutations(findings.tested, chosen.permutations, chosen.alpha, chosen.correction, stacklevel=4)
    table = _table(local, around, tested, _p_values(x, around, tested, chosen, threads), chosen)
    return LocalStatistics(table=table, settings=chosen, about=local.about, findings=findings)


def _as_numbers(marked: pd.Series) -> pd.Series:
    if not isinstance(marked, pd.Series):
        raise SchemaError(f"`marked` is a {type(marked).__name__}; give a Series of True and False by area code.")
    known = marked.dropna()
    other = known[~known.isin([True, False])]
    if len(other):
        raise SchemaError(
            f"`marked` must be true or false; {number_of(len(other), 'value is not', 'values are not')}"
            f", such as {list(other.items())[:2]}."
        )
    return marked.astype("Float64").astype(float)


def _p_values(
    x: _Floats, around: SpatialWeights, tested: _Bools, settings: AreaTestSettings, threads: int
) -> tuple[_Floats, _Floats]:
    """p of at most, and of at least, the joins of each tested area."""
    found = permuted_exceedances(
        x, around, permutations=settings.permutations, seed=settings.seed, purpose="local-join-counts", threads=threads
    )
    low, high = (
        np.where(tested, permutation_p(counts, settings.permutations), np.nan)
        for counts in (found.at_most, found.at_least)
    )
    return low, high


def _table(
    local: LocalValues,
    around: SpatialWeights,
    tested: _Bools,
    tails: tuple[_Floats, _Floats],
    settings: AreaTestSettings,
) -> pd.DataFrame:
    x = local.values.to_numpy()
    joins = neighbour_sums(x, around.indptr, around.indices, None if around.equal else around.weights) * x
    others, share = max(x.size - 1, 1), (float(np.add.reduce(x)) - 1) / max(x.size - 1, 1)
    total, squares = around.row_sums(around.weights), around.row_sums(around.weights**2)
    # of weights drawn without replacement; of equal ones this is the hypergeometric variance
    spread = np.maximum(squares - total**2 / others, 0.0) * others / max(others - 1, 1)
    expected = np.where(tested, total * share, np.nan)
    variance = np.where(tested, share * (1 - share) * spread, np.nan)
    wide = variance > 1e-12
    z = np.full(x.size, np.nan)
    z[wide] = (joins - expected)[wide] / np.sqrt(variance[wide])
    table = pd.DataFrame(
        {
            "value": x,
            "neighbours": around.degree,
            "statistic": np.where(around.degree > 0, joins, np.nan),
            "expected": expected,
            "variance": variance,
            "z": z,
            "p_low": tails[0],
            "p_high": tails[1],
            "p_adjusted_low": adjust(tails[0], settings.correction),
            "p_adjusted_high": adjust(tails[1], settings.correction),
            "p": tails[1],
        },
        index=local.values.index,
    )
    together = (table["p_adjusted_high"] <= settings.alpha).to_numpy()
    conditions = [around.degree == 0, together, x > 0.5]
    table["label"] = np.select(conditions, ["island", "together", "marked"], "not marked").astype(object)
    table = table.reindex(local.areas)
    return table.assign(
        neighbours=table["neighbours"].astype("Int64"),
        label=table["label"].fillna(local.why_missing()).astype("str"),
        hot_without_top_event=pd.array([pd.NA] * len(table), dtype="boolean"),
    )
