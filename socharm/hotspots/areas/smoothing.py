"""Rates of counts smoothed by empirical Bayes, towards the mean of all areas or of each neighbourhood."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_finite, require_same_areas, require_unique
from socharm._columns import AREA
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import CoverageWarning, ParameterError, SchemaError
from socharm.hotspots.areas.area_settings import GraphFindings
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_values import LocalValues, local_values, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.io.population import Population
from socharm.severity.index import SeverityIndex
from socharm.stats.empirical_bayes import SmoothedArrays, smooth_global, smooth_local

__all__ = ["RateCounts", "SmoothedRates", "SmoothingFindings", "rate_counts", "smooth_rates"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SmoothingFindings(GraphFindings):
    """What smoothed rates were made of, and who has none.

    Attributes
    ----------
    method : {"global", "local"}
    column, rule
        As of `GraphFindings`; no rule for the global prior.
    islands, not_covered : tuple of str
        Areas without a covered neighbour (local: their rate stays as it is), and without a count or population.
    smoothed : int
        Number of areas with a rate.
    """

    smoothed: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class SmoothedRates(Record):
    """Rates drawn towards a mean, the more the smaller the population.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of the input; ``events``, ``population`` (for an index:
        residents (or other denominator) times years), ``rate``, ``rate_smoothed``, ``prior_mean``, ``prior_variance``,
        ``own_share`` (weight of the area's own rate, 0 to 1), ``expected`` (events at the overall
        rate), ``ratio`` (events / expected), ``p_low``, ``p_high`` (chance of a Poisson count of at most, at
        least as many at the overall rate, which is Choynowski's probability map; not corrected for the
        number of areas, and too small where crimes come in runs). All missing for areas not covered.
    """

    table: pd.DataFrame
    about: About
    findings: SmoothingFindings

    def _summary(self) -> dict[str, str]:
        s = self.findings
        towards = "all areas" if s.method == "global" else f"each neighbourhood ({s.rule})"
        share = self.table["own_share"]
        return {
            "areas": f"{len(self.table):,}, {s.smoothed:,} with a rate",
            "smoothed towards": f"the mean of {towards}",
            "own share": f"{share.min():.2f} to {share.max():.2f}",
        }


@dataclass(frozen=True, eq=False)
class RateCounts:
    """Whole counts and the population they arose from.

    Attributes
    ----------
    events, population : Series
        Index ``area_code``, in the caller's order; both missing where either is, or the population is 0.
    about : About
    """

    events: pd.Series
    population: pd.Series
    about: About

    def as_values(self, transform: Callable[[_Floats, _Floats], _Floats], name: str) -> LocalValues:
        """What a transform of counts and populations makes of the covered areas, as values to test."""
        # in the order of codes, as values are: sums of another order would differ in the last digit
        n = self.events.dropna().sort_index()
        people = self.population.loc[n.index].to_numpy(dtype=float)
        found = pd.Series(transform(n.to_numpy(dtype=float), people) if len(n) else 0.0, index=n.index)
        return local_values(found.reindex(self.events.index).rename(name), "", self.about)


@checked
def smooth_rates(
    events: SeverityIndex | pd.Series,
    population: Population | pd.Series | None = None,
    *,
    graph: Graph | W | None = None,
    about: About | None = None,
) -> SmoothedRates:
    r"""Empirical-Bayes rates after Marshall: of counts, not of harm.

    Parameters
    ----------
    events : SeverityIndex or Series
        Whole counts by area code; of an index, its crimes.
    population : Population or Series, optional
        Of the same areas. Not for an index, which has its own exposure.
    graph : Graph or W, optional
        With it, each area is drawn towards the mean of itself and its neighbours (weights of the graph
        play no part); without it, towards the mean of all.
    about : About, optional
        For a Series: period, sources, unit, marking.

    Returns
    -------
    SmoothedRates

    Warns
    -----
    CoverageWarning
        Areas without a count, or with no population; they leave the graph.

    Raises
    ------
    AlignmentError
        Population or graph are of other areas.
    ParameterError
        `population` given for an index, or missing for a Series.
    SchemaError
        Counts that are negative or not whole. Rates of harm are smoothed by `severity_index`, as ``rate_shrunk``,
        because a sum of severities does not vary like a count.

    Notes
    -----
    With counts :math:`n`, populations :math:`x` and rates :math:`r = n/x`: prior mean
    :math:`b = \sum n / \sum x`, prior variance :math:`a = \max(\sum x (r - b)^2 / \sum x - b / \bar x, 0)`, and
    :math:`\hat r = b + (r - b)\, a / (a + b / x)`; sums over all areas, or over each neighbourhood.

    References
    ----------
    Marshall, R.J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. *Applied
    Statistics* 40, 283-294. Choynowski, M. (1959). Maps based on probabilities. *Journal of the American
    Statistical Association* 54, 385-388.
    """
    counts = rate_counts(events, population, about)
    rate = (counts.events / counts.population).rename("rate")
    local = local_values(rate, "", counts.about)
    codes = local.values.index
    n = counts.events.loc[codes].to_numpy(dtype=float)
    x = counts.population.loc[codes].to_numpy(dtype=float)
    islands: tuple[str, ...] = ()
    if graph is None:
        found = smooth_global(n, x)
    else:
        around = spatial_weights(graph, local)
        found = smooth_local(n, x, around.indptr, around.indices)
        islands = tuple(map(str, codes[around.degree == 0]))
    findings = SmoothingFindings(
        method="global" if graph is None else "local",
        rule="" if graph is None else neighbour_rule(graph),
        smoothed=len(codes),
        islands=islands,
        not_covered=local.missing,
    )
    table = _table(n, x, found, codes).reindex(local.areas)
    return SmoothedRates(table=table, about=counts.about, findings=findings)


def rate_counts(
    events: SeverityIndex | pd.Series, population: Population | pd.Series | None, about: About | None
) -> RateCounts:
    """Counts and populations of an index, or of two Series that are checked against each other.

    Raises
    ------
    AlignmentError, ParameterError, SchemaError
        As of `smooth_rates`.
    """
    if isinstance(events, SeverityIndex):
        if population is not None:
            raise ParameterError("`population` is given, but the index has its own exposure. Leave it out.")
        rows = events.table["rankable"]
        known = about or combine_about(events.about, unit="crimes per " + events.about.unit.partition(" per ")[2])
        n, x = events.table["crimes"].astype(float).where(rows), events.table["exposure"].astype(float).where(rows)
        return RateCounts(n, x, known)
    if not isinstance(events, pd.Series):
        raise SchemaError(f"`events` is a {type(events).__name__}; give a SeverityIndex, or a Series by area code.")
    if population is None:
        raise ParameterError("`population` is missing: a Series of counts has no denominator of its own.")
    people = population.table["value"] if isinstance(population, Population) else population
    for series, name in ((events, "events"), (people, "population")):
        require_unique(series.index, name=name)
        require_finite(series[series.notna()], name=name, minimum=0)
    require_same_areas(events.index, people.index, names=("events", "population"))
    n, x = events.astype(float), people.astype(float).reindex(events.index)
    if (n.dropna() % 1 != 0).any():
        first = n.dropna()[n.dropna() % 1 != 0].iloc[0]
        raise SchemaError(
            f"`events` must be whole counts; found {first:g}. For harm use `severity_index`: its `rate_shrunk` is "
            "smoothed, and `rate_eb` standardised, by the error of harm."
        )
    gap = n.isna() | x.isna() | (x == 0)
    unpeopled = int(((x == 0) & n.notna()).sum())
    if unpeopled:
        warnings.warn(
            f"{number_of(unpeopled, 'area has a population of 0', 'areas have a population of 0')} and so no rate.",
            CoverageWarning,
            stacklevel=3,
        )
    return RateCounts(n.mask(gap).rename_axis(AREA), x.mask(gap).rename_axis(AREA), about or About())


def _table(n: np.ndarray, x: np.ndarray, found: SmoothedArrays, codes: pd.Index) -> pd.DataFrame:
    expected = x * (np.add.reduce(n) / np.add.reduce(x))
    # pdtr(n, m) is the chance of at most n events where m are expected; pdtrc of more than n
    high = np.where(n > 0, scipy.special.pdtrc(np.maximum(n - 1, 0), expected), 1.0)
    columns = {
        "events": n,
        "population": x,
        "rate": n / x,
        "rate_smoothed": found.rate,
        "prior_mean": found.prior_mean,
        "prior_variance": found.prior_variance,
        "own_share": found.own_share,
        "expected": expected,
        "ratio": np.divide(n, expected, out=np.full(n.size, np.nan), where=expected > 0),
        "p_low": scipy.special.pdtr(n, expected),
        "p_high": high,
    }
    return pd.DataFrame(columns, index=codes)
