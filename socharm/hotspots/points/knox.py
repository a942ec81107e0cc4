"""Knox's test of near repeats over bands of distance and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Above, Crs, Infinite, OpenShare, Permutations, Seed, Threads
from socharm._limits import require_memory
from socharm._settings import THREADS
from socharm.errors import ParameterError
from socharm.hotspots.points.bands import Closed, Metric, edges_of
from socharm.hotspots.points.dated_events import DatedEvents, dated_events, require_spread
from socharm.hotspots.points.knox_record import (
    BANDS,
    DAYS,
    DISTANCES,
    Correction,
    KnoxFindings,
    KnoxSettings,
    NearRepeats,
    PairWeight,
    Ratio,
)
from socharm.stats.dealt import Dealt
from socharm.stats.fdr import adjust
from socharm.stats.knox_counts import close_in_time, pair_counts, pair_weights, permuted_counts
from socharm.stats.near_pairs import NearPairs, band_edges, cell_order, near_pairs
from socharm.stats.permutation import permutation_p

__all__ = ["knox"]

_Floats = NDArray[np.float64]


@checked
def knox(
    events: pd.DataFrame,
    *,
    distances: Annotated[float, Above(0)] | Sequence[Annotated[float, Infinite()]] = DISTANCES,
    days: Annotated[float, Above(0)] | Sequence[Annotated[float, Infinite()]] = DAYS,
    metric: Metric = "manhattan",
    closed: Closed = "left",
    permutations: Permutations = 999,
    weight: str | None = None,
    pair_weight: PairWeight = "geometric",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    minimum_ratio: Ratio = 1.2,
    x: str = "x",
    y: str = "y",
    date: str = "date",
    seed: Seed | None = None,
    settings: KnoxSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    crs: Crs | None = None,
    about: About | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> NearRepeats:
    r"""Knox test: do events that lie close in space lie close in time more often than chance would have it?

    Parameters
    ----------
    events : DataFrame or GeoDataFrame
        One row for each event: ``x``, ``y`` in metres (a GeoDataFrame of points gives its own) and ``date``.
    distances : sequence of float, or float
        Edges of the distance bands in metres, rising; ``[0, 100, 200]`` are two bands, ``200`` is the one from 0 to
        200. The last edge may be infinite. By default the same place (under 1 m), then steps of 100 m to 500 m.
    days : sequence of float, or float
        Edges of the time bands in days, likewise. By default five weeks.
    metric : {"manhattan", "euclidean"}
        Distance along the axes of the map, as the Near Repeat Calculator has it, or as the crow flies.
    closed : {"left", "right"}
        A band holds its lower edge and not its upper one (``[0, 7)``: 0 to 6 days), or the reverse
        (``distances=20, days=5, closed="right"``: at most 20 m and at most 5 days).
    permutations : int
        How often the dates are dealt to the places anew; p cannot fall below ``1 / (permutations + 1)``.
    weight : str, optional
        Column of the harm of each event: the harm of pairs is summed in place of their number. Finite distances only.
    pair_weight : {"geometric", "mean", "product"}
        Harm of a pair, of that of its two events. By the mean one grave event makes every pair of its own heavy; by
        the geometric mean both must be grave.
    alpha, correction : float, {"bh", "by", "none"}
        False discovery rate over the cells, and how it is kept.
    minimum_ratio : float
        A cell is a near repeat from this ratio on, where its adjusted p is at most `alpha` too.
    x, y, date : str
        Columns of `events`. Dates are days (``2024-05-31``, dates, times of which the day is taken) or numbers of days.
    seed : int
        To be stated here or in `settings`.
    settings : KnoxSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    threads : int
        Any number gives the same result.
    crs : CRS, optional
        Of the columns ``x`` and ``y``; metric.
    about : About, optional
        Period, sources, unit, marking. The months of the dates where it states no period.
    progress : callable, optional
        Called as ``progress("permutations", number, of)``.

    Returns
    -------
    NearRepeats
        Rows without a day or a place are set aside, counted and told.

    Raises
    ------
    SchemaError
        Months in place of days (a month is not a day), fewer than three events, all at one place or of one day, a
        column that is missing or holds something else.
    ParameterError
        Bands that do not rise or have no width; more than 120 million near pairs; harm with an infinite distance.
    CRSError
        Longitude and latitude.

    Warns
    -----
    DataWarning
        Rows without a day or a place.

    Notes
    -----
    For each cell :math:`X = \sum_{i<j} 1[d_{ij} \in s]\,1[t_{ij} \in u]`, and :math:`p = (m + 1)/(R + 1)` with m of R
    permutations at least as large. The published analytic figures stand beside: :math:`E = N_s N_t / N` and the Poisson
    tail above X. The Near Repeat Calculator prints its bands one too high: "1 to 200 m, 0 to 1 days" is what
    ``distances=[0.1, 200], days=[0, 1]`` is here. Near pairs are found once; permutations only look at their dates.
    Events close in time for another reason (a rising trend in one town and not in the next) give ratios above 1 too.

    References
    ----------
    Knox, E.G. (1964). The detection of space-time interactions. *Applied Statistics* 13, 25-29. Ratcliffe, J.H. (2009).
    *Near Repeat Calculator*, version 1.3. Besag, J. and Diggle, P.J. (1977). Simple Monte Carlo tests for spatial
    pattern. *Applied Statistics* 26, 327-333.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [0, 10, 900, 910], "y": [0, 0, 0, 5], "date": [1, 2, 50, 51]})
    >>> knox(table, distances=100, days=7, permutations=99, seed=1).counts.to_numpy().tolist()
    [[2]]
    """
    chosen = KnoxSettings.of(settings)
    bands, times = np.array(edges_of(chosen.distances)), np.array(edges_of(chosen.days))
    endless = bool(np.isinf(bands[-1]))
    if endless and chosen.weight is not None:
        raise ParameterError("`distances` ends with infinity, which harm cannot be summed to. End with a distance.")
    reach = float(bands[-2] if endless else bands[-1])
    read = dated_events(events, chosen, reach=reach, crs=crs, about=about, weight=chosen.weight)
    require_spread(read, what="A Knox test")
    cells = (len(bands) - 1) * (len(times) - 1)
    require_memory(
        {"permutations": chosen.permutations, "cells": cells}, each=16, remedy="Ask for fewer permutations, or bands."
    )
    work = _prepared(read, chosen, bands, times)
    observed, counts = work.observed()
    dealt = work.permuted(chosen, threads, progress)
    table = _table(work, chosen, observed, counts, dealt)
    findings = KnoxFindings(
        events=work.events.days.size,
        pairs=work.all_pairs,
        near_pairs=work.pairs.first.size,
        whole_days=work.whole,
        set_aside=int(read.set_aside.sum()),
    )
    return NearRepeats(table=table, set_aside=read.set_aside, settings=chosen, about=read.about, findings=findings)


@dataclass(frozen=True, eq=False)
class _Work:
    """Events in one order, their near pairs by band, and what completes the bands without an end."""

    events: DatedEvents
    pairs: NearPairs
    bands: _Floats
    edges: _Floats
    whole: bool
    mass: _Floats | None
    hidden: int

    @property
    def all_pairs(self) -> int:
        return self.events.days.size * (self.events.days.size - 1) // 2

    def observed(self) -> tuple[_Floats, _Floats]:
        """What is tested by cell, and the pairs by cell."""
        counts = self.completed(pair_counts(self.pairs, self.events.days, self.edges))
        if self.mass is None:
            return counts, counts
        return pair_counts(self.pairs, self.events.days, self.edges, self.mass), counts

    def permuted(self, chosen: KnoxSettings, threads: int, progress: Callable[[str, int, int], None] | None) -> _Floats:
        def tell(number: int, of: int) -> None:
            if progress is not None:
                progress("permutations", number, of)

        dealt = Dealt(permutations=chosen.permutations, seed=chosen.seed, purpose="knox", threads=threads, tell=tell)
        return self.completed(permuted_counts(self.pairs, self.events.days, self.edges, dealt, self.mass))

    def completed(self, counts: _Floats) -> _Floats:
        """Counts with the last distance band, which is all pairs of a time band but those that are nearer."""
        if not np.isinf(self.bands[-1]):
            return counts
        rest = close_in_time(self.events.days, self.edges) - counts.sum(axis=-2)
        return np.concatenate([counts[..., self.hidden :, :], rest[..., None, :]], axis=-2)

    def margins(self) -> tuple[_Floats, _Floats]:
        """Pairs of each distance band, and of each time band."""
        near = np.diff(self.pairs.starts).astype(np.float64)
        if np.isinf(self.bands[-1]):
            near = np.append(near[self.hidden :], self.all_pairs - near.sum())
        return near, close_in_time(self.events.days, self.edges)


def _prepared(read: DatedEvents, chosen: KnoxSettings, bands: _Floats, times: _Floats) -> _Work:
    endless = bool(np.isinf(bands[-1]))
    # A band without an end is all pairs but the nearer ones, so that those nearer than the first edge are found too.
    hidden = int(endless and bands[0] > 0)
    inner = np.concatenate([[0.0] * hidden, bands[: bands.size - endless]])
    limits = band_edges(inner, closed=chosen.closed, whole=False)
    if hidden and chosen.closed == "right":
        limits[1] = bands[0]
    whole = bool((read.days == np.floor(read.days)).all())
    order, cells, width = cell_order(read.x, read.y, read.days, read.weight, reach=float(limits[-1]))
    placed = read.ordered(order)
    pairs = near_pairs(
        placed.x,
        placed.y,
        placed.days,
        grid=(cells, width),
        edges=limits,
        manhattan=chosen.metric == "manhattan",
    )
    mass = None if chosen.weight is None else pair_weights(pairs, placed.weight, chosen.pair_weight)
    edges = band_edges(times, closed=chosen.closed, whole=whole)
    return _Work(placed, pairs, bands, edges, whole, mass, hidden)


def _table(work: _Work, chosen: KnoxSettings, observed: _Floats, counts: _Floats, dealt: _Floats) -> pd.DataFrame:
    across = observed.shape[1]
    times = np.array(edges_of(chosen.days))
    table = pd.DataFrame(
        {
            BANDS[0]: np.repeat(work.bands[:-1], across),
            BANDS[1]: np.repeat(work.bands[1:], across),
            BANDS[2]: np.tile(times[:-1], observed.shape[0]),
            BANDS[3]: np.tile(times[1:], observed.shape[0]),
            "pairs": counts.ravel().astype(np.int64),
        }
    )
    found, flat = observed.ravel(), dealt.reshape(len(dealt), -1)
    # Sums of harm in another order must count as equal.
    slack = 0.0 if work.mass is None else 1e-9 * np.maximum(found, flat.max(axis=0))
    if work.mass is not None:
        table["harm"] = found
    table["expected"] = flat.mean(axis=0)
    table["median"] = np.median(flat, axis=0)
    table["low_95"], table["high_95"] = np.quantile(flat, [0.025, 0.975], axis=0)
    table["ratio"] = _over(found, table["expected"].to_numpy())
    table["ratio_median"] = _over(found, table["median"].to_numpy())
    table["p"] = permutation_p((flat >= found - slack).sum(axis=0), len(flat))
    table["p_less"] = permutation_p((flat <= found + slack).sum(axis=0), len(flat))
    table["p_adjusted"] = adjust(table["p"].to_numpy(), chosen.correction)
    table["significant"] = table["p_adjusted"] <= chosen.alpha
    table["near_repeat"] = table["significant"] & (table["ratio"] >= chosen.minimum_ratio)
    if work.mass is not None:
        squares = pair_counts(work.pairs, work.events.days, work.edges, work.mass**2).ravel()
        table["effective_pairs"] = _over(found**2, squares)
        return table
    near, close = work.margins()
    product = np.outer(near, close).ravel() / work.all_pairs
    table["expected_product"] = product
    # Where no pair could be expected there is nothing to test.
    table["p_poisson"] = np.where(product > 0, scipy.stats.poisson.sf(found, product), np.nan)
    table["p_poisson_at_least"] = np.where(product > 0, scipy.stats.poisson.sf(found - 1, product), np.nan)
    return table


def _over(found: _Floats, expected: _Floats) -> _Floats:
    """A quotient, missing where nothing was expected."""
    ratio: _Floats = np.divide(found, expected, out=np.full(found.shape, np.nan), where=expected > 0)
    return ratio
