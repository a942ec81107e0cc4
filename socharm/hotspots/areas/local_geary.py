"""Areas that are unlike their neighbours, and neighbourhoods that are uneven: local Geary and LOSH."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare, Permutations, Seed, Threads
from socharm._record import Record
from socharm._settings import SEED, THREADS, Settings, setting
from socharm._words import number_of
from socharm.hotspots.areas.area_settings import Correction, GraphFindings
from socharm.hotspots.areas.few_permutations import tell_few_permutations
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_values import UNTESTED, LocalValues, SpatialWeights, local_values, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.severity.index import SeverityIndex
from socharm.stats.autocorrelation import is_flat
from socharm.stats.fdr import adjust
from socharm.stats.local_geary import chance_of_none, geary_exceedances, local_geary_moments, spread_moments
from socharm.stats.local_moments import LocalMoments
from socharm.stats.permutation import permutation_p

__all__ = [
    "HETEROGENEITY_LABELS",
    "HeterogeneityFindings",
    "HeterogeneitySettings",
    "LocalHeterogeneity",
    "SpreadSettings",
    "local_geary",
    "local_spread",
]

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]

#: Labels of each statistic, in the order of legends.
HETEROGENEITY_LABELS: Final = {
    "local-geary": ("high-high", "low-low", "alike", "different", "not significant", *UNTESTED),
    "local-spread": ("uneven", "even", "not significant", *UNTESTED),
}


@dataclass(frozen=True, kw_only=True)
class SpreadSettings(Settings):
    """Choices behind the unevenness of neighbourhoods."""

    column: str = setting("rate_shrunk", "column of the index that is tested")
    alpha: OpenShare = setting(0.05, "false discovery rate; each direction has half of it")
    correction: Correction = setting("bh", "of many tests: bh, by or none")


@dataclass(frozen=True, kw_only=True)
class HeterogeneitySettings(SpreadSettings):
    """Choices of `local_geary`."""

    permutations: Permutations = setting(9_999, "p cannot fall below one over so many and one more")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class HeterogeneityFindings(GraphFindings):
    """What local Geary or LOSH was made of, and who could not be tested.

    Attributes
    ----------
    method : {"local-geary", "local-spread"}
    column, rule, islands, not_covered
        As of `GraphFindings`.
    tested : int
        Number of areas with a p-value: the size of the family that the correction goes over.
    """

    tested: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class LocalHeterogeneity(Record):
    """How much each area differs from its neighbours, or how uneven its neighbourhood is.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of the input; ``value``, ``neighbours`` (covered ones),
        ``statistic``, ``expected``, ``variance``, ``z``, ``p_low``, ``p_high`` (of a statistic at most, at least the
        observed one), ``p_adjusted_low``, ``p_adjusted_high``, ``label``. Each direction has half of alpha.
    """

    __made_by__ = ("local_geary", "local_spread")

    table: pd.DataFrame
    settings: SpreadSettings
    about: About
    findings: HeterogeneityFindings

    @property
    def counts(self) -> pd.Series:
        """Number of areas by label, every label of the method, in the order of legends."""
        found = self.table["label"].value_counts()
        wanted = list(HETEROGENEITY_LABELS[self.findings.method])
        return found.reindex(wanted, fill_value=0).rename("areas").astype("int64")

    def _summary(self) -> dict[str, str]:
        s, found = self.settings, self.findings
        test = "chi-squared approximation"
        if isinstance(s, HeterogeneitySettings):
            test = f"{number_of(s.permutations, 'permutation')}, seed {s.seed}"
        return {
            "method": f"{found.method} of {found.column}, neighbours: {found.rule}",
            "labels": ", ".join(f"{number:,} {label}" for label, number in self.counts.items() if number),
            "test": test,
            "correction": f"{s.correction} over {number_of(found.tested, 'area')}, alpha {s.alpha:g}",
        }


@checked
def local_geary(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_shrunk",
    permutations: Permutations = 9_999,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    settings: HeterogeneitySettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> LocalHeterogeneity:
    r"""Local Geary: is an area more like its neighbours, or less, than chance would make it?

    Parameters
    ----------
    values, graph, column, alpha, correction, seed, settings, threads, about
        As of `local_moran`.
    permutations : int
        p cannot fall below ``1 / (permutations + 1)``. Cost grows with areas x permutations.

    Returns
    -------
    LocalHeterogeneity
        Labels: ``high-high`` and ``low-low`` where the area is like its neighbours and both are above, or below,
        the mean; ``alike`` where it is like them across the mean; ``different``.

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `local_moran`.

    Notes
    -----
    :math:`c_i = \sum_j w_{ij} (z_i - z_j)^2`, z standardised with divisor n - 1, weights summing to 1 (spdep's
    scale; esda's is :math:`n / (n - 1)` times it). Neighbours' values are drawn without replacement from the
    other areas, the area's own held fixed. All values equal, or fewer than three areas: nothing is significant.

    References
    ----------
    Anselin, L. (1995), Local indicators of spatial association, *Geographical Analysis* 27, 93-115. Anselin, L.
    (2019), A local indicator of multivariate spatial association, *Geographical Analysis* 51, 133-150.
    """
    chosen, method = HeterogeneitySettings.of(settings), "local-geary"
    local = local_values(values, chosen.column, about)
    around = spatial_weights(graph, local)
    x = local.values.to_numpy()
    tested = around.degree > 0
    if x.size < 3 or is_flat(x):
        nothing = np.where(tested, 1.0, np.nan)
        return _record(local, around, tested, _nothing(x.size), (nothing, nothing), chosen, method, graph)
    tests = int(np.count_nonzero(tested))
    tell_few_permutations(tests, chosen.permutations, chosen.alpha / 2, chosen.correction, stacklevel=4)
    z = (x - np.add.reduce(x) / x.size) / float(np.max(x) - np.min(x))
    z /= np.sqrt(np.add.reduce(z**2) / (x.size - 1))
    weights = around.weights / np.repeat(around.row_sums(around.weights), around.degree)
    moments = local_geary_moments(z, around.indptr, around.indices, weights)
    found = geary_exceedances(
        z,
        around.indptr,
        around.indices,
        weights,
        permutations=chosen.permutations,
        seed=chosen.seed,
        purpose=method,
        threads=threads,
    )
    low, high = (
        np.where(tested, permutation_p(counts, chosen.permutations), np.nan)
        for counts in (found.at_most, found.at_least)
    )
    return _record(local, around, tested, moments, (low, high), chosen, method, graph)


@checked
def local_spread(
    values: SeverityIndex | pd.Series,
    graph: Graph | W,
    *,
    column: str = "rate_shrunk",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    settings: SpreadSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> LocalHeterogeneity:
    r"""Local spatial heteroscedasticity (LOSH): is a neighbourhood more uneven than others?

    Parameters
    ----------
    values, graph, column, alpha, correction, settings, about
        As of `local_moran`.

    Returns
    -------
    LocalHeterogeneity
        Labels ``uneven`` and ``even``: a high area beside quiet ones makes the neighbourhood uneven, which a mean
        over both would hide.

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `local_moran`.

    Notes
    -----
    :math:`H_i = \sum_j w_{ij} e_j / (W_i \bar e)`, :math:`e_j` the squared difference between area j and the mean of
    its neighbours; 1 is expected. p from :math:`2 H_i / V_i`, chi-squared with :math:`2 / V_i` degrees of freedom: an
    approximation that single extreme areas upset. Where no neighbour has a residual at all, p is the chance of that
    when residuals fall on areas at random. Areas with few neighbours are tested weakly.

    References
    ----------
    Ord, J.K. and Getis, A. (2012), Local spatial heteroscedasticity (LOSH), *Annals of Regional Science* 48, 529-539.
    """
    chosen = SpreadSettings.of(settings)
    local = local_values(values, chosen.column, about)
    around = spatial_weights(graph, local)
    x = local.values.to_numpy()
    tested = around.degree > 0
    n = x.size
    # a residual needs neighbours: an area that is only the neighbour of others has none, and takes no part
    moments, none = _nothing(n), np.ones(n)
    if np.count_nonzero(tested) > 2 and not is_flat(x[tested]):
        indptr, indices, weights = _among(around, tested)
        found = spread_moments(x[tested], indptr, indices, weights)
        moments = _scattered(found, tested)
        none[tested] = chance_of_none(found.statistic, indptr, indices)
    low, high = np.where(tested, 1.0, np.nan), np.where(tested, 1.0, np.nan)
    known = moments.variance > 0
    shape = 1.0 / moments.variance[known]
    # chi-squared of 2 H / V with 2 / V degrees of freedom is a gamma of H / V with shape 1 / V
    low[known] = scipy.special.gammainc(shape, moments.statistic[known] * shape)
    high[known] = scipy.special.gammaincc(shape, moments.statistic[known] * shape)
    exact = known & (moments.statistic == 0)
    low[exact] = none[exact]
    return _record(local, around, tested, moments, (low, high), chosen, "local-spread", graph)


def _nothing(n: int) -> LocalMoments:
    return LocalMoments(*(np.full(n, np.nan) for _ in range(3)))


def _among(around: SpatialWeights, part: _Bools) -> tuple[NDArray[np.int64], NDArray[np.int64], _Floats]:
    """Compressed rows among some areas."""
    rows = np.repeat(np.arange(part.size), around.degree)
    kept = part[rows] & part[around.indices]
    place = np.cumsum(part) - 1
    indptr = np.zeros(int(np.count_nonzero(part)) + 1, dtype=np.int64)
    np.cumsum(np.bincount(place[rows[kept]], minlength=indptr.size - 1), out=indptr[1:])
    return indptr, place[around.indices[kept]].astype(np.int64), around.weights[kept]


def _scattered(found: LocalMoments, part: _Bools) -> LocalMoments:
    whole = _nothing(part.size)
    for name in ("statistic", "expected", "variance"):
        getattr(whole, name)[part] = getattr(found, name)
    return whole


def _record(
    local: LocalValues,
    around: SpatialWeights,
    tested: _Bools,
    moments: LocalMoments,
    tails: tuple[_Floats, _Floats],
    settings: SpreadSettings,
    method: str,
    graph: Graph | W,
) -> LocalHeterogeneity:
    low, high = (adjust(p, settings.correction) for p in tails)
    table = pd.DataFrame(
        {
            "value": local.values.to_numpy(),
            "neighbours": around.degree,
            "statistic": moments.statistic,
            "expected": moments.expected,
            "variance": np.where(tested, moments.variance, np.nan),
            "z": np.where(tested, moments.z, np.nan),
            "p_low": tails[0],
            "p_high": tails[1],
            "p_adjusted_low": low,
            "p_adjusted_high": high,
        },
        index=local.values.index,
    )
    level = settings.alpha / 2
    table["label"] = _labels(local.values.to_numpy(), around, low <= level, high <= level, method)
    table = table.reindex(local.areas)
    table = table.assign(
        neighbours=table["neighbours"].astype("Int64"), label=table["label"].fillna(local.why_missing()).astype("str")
    )
    findings = HeterogeneityFindings(
        method=method,
        column=local.column,
        rule=neighbour_rule(graph),
        tested=int(np.count_nonzero(tested)),
        islands=tuple(map(str, local.values.index[~tested])),
        not_covered=local.missing,
    )
    return LocalHeterogeneity(table=table, settings=settings, about=local.about, findings=findings)


def _labels(x: _Floats, around: SpatialWeights, is_low: _Bools, is_high: _Bools, method: str) -> NDArray[np.object_]:
    island = around.degree == 0
    if method == "local-spread":
        return np.select([island, is_high, is_low], ["island", "uneven", "even"], "not significant").astype(object)
    mean = np.add.reduce(x) / x.size
    lag = around.row_sums(around.weights * x[around.indices])
    total = around.row_sums(around.weights)
    around_it = np.divide(lag, total, out=np.full(x.size, np.nan), where=total > 0)
    conditions = [island, is_high, is_low & (x > mean) & (around_it > mean), is_low & (x < mean) & (around_it < mean)]
    names = ["island", "different", "high-high", "low-low"]
    return np.select([*conditions, is_low], [*names, "alike"], "not significant").astype(object)
