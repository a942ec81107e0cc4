"""Orders of areas by hot spot methods, each made of a window of months alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._columns import AREA
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.evaluation.holdout import RANKERS, Scorer, Window
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.neighbours import to_csr
from socharm.hotspots.scan.clusters import scan_clusters
from socharm.stats.empirical_bayes import smooth_local
from socharm.stats.local_moments import gi_moments, moran_moments

__all__ = ["METHODS", "Method", "OwnMethod", "method_scorers", "own_scorers", "usual_bandwidth"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Hot spot methods whose orders can be compared.
Method: TypeAlias = Literal["Gi*", "local Moran", "smoothed rate", "kernel density", "scan"]

#: What each goes by.
METHODS: Final[Mapping[Method, str]] = {
    "Gi*": "standard score of Gi* of the recorded harm rate, of each area with its neighbours",
    "local Moran": "local Moran of the recorded harm rate, of areas that lie above the mean as their neighbours do; "
    "all others tie",
    "smoothed rate": "crimes per denominator, drawn towards the mean of each neighbourhood (empirical Bayes)",
    "kernel density": "recorded harm per square kilometre around a point in each area, by a quartic kernel",
    "scan": "log likelihood ratio of the circle of crimes that an area lies in (Kulldorff's scan), of circles that not "
    "every one of 99 random maps exceeds; all others tie",
}

#: A method of one's own: a table of the window (index ``area_code``; ``harm``, ``crimes``, ``exposure``, ``rate``)
#: comes in, a score for each area goes out, the highest first.
OwnMethod: TypeAlias = Callable[[pd.DataFrame], Any]

#: Neighbours that the usual bandwidth reaches in the median area.
_REACHED: Final = 6
#: Maps drawn by each scan: circles that every one of them exceeds are none.
_REPLICATIONS: Final = 99


def usual_bandwidth(points: _Floats) -> float:
    """Twice the median distance to the sixth nearest point, or to the farthest of fewer; in metres."""
    apart = np.asarray(scipy.spatial.cKDTree(points).query(points, k=min(_REACHED, len(points) - 1) + 1)[0])
    found = 2.0 * float(np.median(apart[:, -1]))
    if not found > 0:
        raise ParameterError("Most of `areas` have one point in common: no bandwidth follows. State `bandwidth=`.")
    return found


def method_scorers(
    methods: tuple[Method, ...], graph: Graph | W, points: _Floats, codes: pd.Index, *, bandwidth: float, seed: int
) -> dict[str, Scorer]:
    """The order of each method, by its name.

    Parameters
    ----------
    methods : tuple of str
    graph : Graph or W
        Over `codes`.
    points : ndarray of shape (areas, 2)
        In metres, in the order of `codes`.
    codes : Index
        Of all areas of the history.
    bandwidth : float
        Of the kernel, in metres.
    seed : int
        Of the maps that a scan draws: they decide which circles are none.
    """
    indptr, indices, weights = to_csr(graph, codes)
    joined = scipy.sparse.csr_matrix((weights, indices, indptr), shape=(len(codes), len(codes)))
    near = _kernel(points, bandwidth) if "kernel density" in methods else None
    known: dict[str, Scorer] = {
        "Gi*": lambda window: _gi_star(window, joined),
        "local Moran": lambda window: _moran(window, joined),
        "smoothed rate": lambda window: _smoothed(window, joined),
        "kernel density": lambda window: _density(window, near),
        "scan": lambda window: _scan(window, points, seed),
    }
    return {name: known[name] for name in methods}


def own_scorers(own: Mapping[str, OwnMethod]) -> dict[str, Scorer]:
    """Orders that the user brings, each checked where it is asked."""
    taken = {*RANKERS, *METHODS} & own.keys()
    if taken:
        raise ParameterError(f"`own` names {sorted(taken)}, which are orders of socharm. Call yours otherwise.")
    return {name: _asked(name, scorer) for name, scorer in own.items()}


def _asked(name: str, scorer: OwnMethod) -> Scorer:
    def score(window: Window) -> _Floats:
        columns = {"harm": window.harm, "crimes": window.crimes, "exposure": window.exposure}
        table = pd.DataFrame(columns, index=window.areas.rename(AREA)).assign(rate=window.harm / window.exposure)
        try:
            found = scorer(table.copy())
        except Exception as error:
            raise ParameterError(
                f"The function `own[{name!r}]`, which is yours, stopped at {window.months[0]} to {window.months[-1]} "
                f"with {type(error).__name__}: {error}. It is given a table by area code with {[*table.columns]}."
            ) from error
        if isinstance(found, pd.Series):
            found = found.reindex(window.areas)
        try:
            numbers = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError):
            numbers = np.empty(0)
        if numbers.shape != (len(window.areas),) or not np.isfinite(numbers).all():
            raise ParameterError(
                f"`own[{name!r}]` must give a finite number for each of {number_of(len(window.areas), 'area')} of a "
                "window, as a Series by area code or an array in the order of the table; it does not at "
                f"{window.months[0]} to {window.months[-1]}."
            )
        return numbers

    return score


def _around(window: Window, joined: scipy.sparse.csr_matrix) -> tuple[scipy.sparse.csr_matrix, _Floats]:
    """Neighbours among the areas of a window without the areas themselves, and the weight of each itself in Gi*."""
    part = joined[window.rows][:, window.rows].tocsr()
    given = np.asarray(part.diagonal(), dtype=np.float64)
    part.setdiag(0.0)
    part.eliminate_zeros()
    part.sort_indices()
    largest = np.asarray(part.max(axis=1).todense(), dtype=np.float64).ravel() if part.nnz else np.zeros(len(given))
    return part, np.where(given > 0, given, np.where(largest > 0, largest, 1.0))


def _lowest(score: _Floats) -> _Floats:
    """Scores with what a method cannot judge below all others: those tie."""
    known = np.isfinite(score)
    floor = float(score[known].min()) - 1.0 if known.any() else 0.0
    return np.where(known, score, floor)


def _gi_star(window: Window, joined: scipy.sparse.csr_matrix) -> _Floats:
    rate = window.harm / window.exposure
    part, own = _around(window, joined)
    total, squares = (np.asarray(matrix.sum(axis=1)).ravel() for matrix in (part, part.multiply(part)))
    return _lowest(gi_moments(rate, part @ rate, total, squares, own).z)


def _moran(window: Window, joined: scipy.sparse.csr_matrix) -> _Floats:
    rate = window.harm / window.exposure
    part, _ = _around(window, joined)
    total, squares = (np.asarray(matrix.sum(axis=1)).ravel() for matrix in (part, part.multiply(part)))
    safe = np.where(total > 0, total, np.nan)
    lag = (part @ rate) / safe
    mean = np.add.reduce(rate) / rate.size
    local = moran_moments(rate, lag, squares / safe**2).statistic
    high = (rate > mean) & (lag > mean)
    return np.where(high & np.isfinite(local), local, 0.0)


def _smoothed(window: Window, joined: scipy.sparse.csr_matrix) -> _Floats:
    part, _ = _around(window, joined)
    found = smooth_local(
        window.crimes, window.exposure, part.indptr.astype(np.int64), part.indices.astype(np.int64)
    ).rate
    return _lowest(found)


def _kernel(points: _Floats, bandwidth: float) -> scipy.sparse.csr_matrix:
    """Quartic kernel between the points, per square kilometre."""
    pairs = scipy.spatial.cKDTree(points).query_pairs(bandwidth, output_type="ndarray")
    apart = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) if len(pairs) else np.empty(0)
    top = 3.0 / (np.pi * (bandwidth / 1_000.0) ** 2)
    height = top * (1.0 - (apart / bandwidth) ** 2) ** 2
    own = np.arange(len(points))
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], own]) if len(pairs) else own
    columns = np.concatenate([pairs[:, 1], pairs[:, 0], own]) if len(pairs) else own
    values = np.concatenate([height, height, np.full(len(points), top)])
    found = scipy.sparse.csr_matrix((values, (rows, columns)), shape=(len(points), len(points)))
    found.sort_indices()
    return found


def _density(window: Window, near: scipy.sparse.csr_matrix | None) -> _Floats:
    assert near is not None  # made where the method is asked for
    return np.asarray(near[window.rows][:, window.rows] @ window.harm, dtype=np.float64)


def _scan(window: Window, points: _Floats, seed: int) -> _Floats:
    if not window.crimes.any():
        return np.zeros(len(window.areas))
    places = points[window.rows]
    locations = pd.DataFrame(
        {
            "x": places[:, 0],
            "y": places[:, 1],
            "population": window.exposure,
            "cases": window.crimes.astype(np.int64),
        },
        index=window.areas.rename(AREA),
    )
    found = scan_clusters(locations, distance="planar", replications=_REPLICATIONS, seed=seed, threads=1)
    score = np.zeros(len(window.areas))
    for members, ratio in zip(found.clusters["members"], found.clusters["llr"].to_numpy(dtype=float), strict=True):
        score[window.areas.get_indexer(pd.Index(members))] = ratio
    return score
