"""Which cluster each place belongs to, and how often resamples of the events find it again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._columns import N
from socharm._limits import MAX_CLUSTER_PLACES, MAX_PAIRS
from socharm._settings import THREADS
from socharm.errors import ParameterError
from socharm.stats.dbscan import best_match, dbscan_places
from socharm.stats.hdbscan import hdbscan_places
from socharm.stats.random_streams import streams
from socharm.stats.threads import map_in_order

__all__ = ["event_mass", "label_places", "pairs_within", "stability_of"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


def pairs_within(xy: _Floats, reach: float) -> scipy.sparse.csr_matrix:
    """Distances of places within reach of each other, themselves included."""
    tree = scipy.spatial.cKDTree(xy)
    some = xy[:: max(1, len(xy) // 500)]
    expected = float(tree.query_ball_point(some, reach, return_length=True).sum()) / len(some) * len(xy)
    if expected > MAX_PAIRS:
        raise ParameterError(
            f"About {expected:,.0f} pairs of places lie within {reach:g} m of each other; the limit is "
            f"{MAX_PAIRS:,}. Use a smaller `eps`."
        )
    one, other = tree.query_pairs(reach, output_type="ndarray").T
    own = np.arange(len(xy))
    rows, columns = np.concatenate([one, other, own]), np.concatenate([other, one, own])
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    apart = np.sqrt(np.add.reduce((xy[rows] - xy[columns]) ** 2, axis=1))
    ends = np.append(0, np.cumsum(np.bincount(rows, minlength=len(xy))))
    return scipy.sparse.csr_matrix((apart, columns, ends), shape=(len(xy),) * 2)


def event_mass(places: pd.DataFrame, by: str) -> _Floats:
    if by == "events":
        return places[N].to_numpy(dtype=float)
    harm = places["weight"].to_numpy(dtype=float)
    mean = float(np.add.reduce(harm)) / float(places[N].sum())
    return harm / mean if mean > 0 else harm


def label_places(
    xy: _Floats, near: scipy.sparse.csr_matrix | None, mass: _Floats, n: _Ints, needed: int
) -> tuple[_Ints, NDArray[np.bool_]]:
    """Cluster of each place (-1 is noise), and which places are core."""
    if near is not None:
        return dbscan_places(near, mass, needed)
    if len(xy) > MAX_CLUSTER_PLACES:
        raise ParameterError(
            f"HDBSCAN takes at most {MAX_CLUSTER_PLACES:,} distinct places; there are {len(xy):,}. Use "
            "method='dbscan', or fewer months."
        )
    labels = hdbscan_places(xy, n, min_cluster_size=max(needed, 2), min_samples=needed)
    return labels, labels >= 0


def stability_of(
    labels: _Ints,
    n: _Ints,
    label_again: Callable[[_Ints], _Ints],
    *,
    resamples: int,
    seed: int,
    tell: Callable[[str, int, int], None],
) -> _Floats:
    """How much of each cluster resamples of the events find again, on average (Jaccard index of the best match).

    Parameters
    ----------
    labels : array of int
        Cluster of each place; -1 is noise.
    n : array of int
        Events of each place.
    label_again : callable
        Clusters of the places when so many events of each were drawn.
    resamples : int
        Missing for every cluster when 0.
    seed : int
    tell : callable
        Called as ``tell(step, number, of)`` after each resample.
    """
    clusters = int(labels.max(initial=-1)) + 1
    if not clusters or not resamples:
        return np.full(clusters, np.nan)

    def match(generator: np.random.Generator) -> _Floats:
        drawn = generator.multinomial(n.sum(), n / n.sum())
        # Places that were not drawn again tell nothing, and stand on neither side (Hennig 2007).
        seen = np.where(drawn > 0, n, 0).astype(float)
        return best_match(labels, label_again(drawn), seen, clusters)

    total = np.zeros(clusters)
    matches = map_in_order(match, streams(seed, resamples, purpose="cluster-stability"), threads=THREADS)
    for number, matched in enumerate(matches, start=2):
        tell("stability", number, 1 + resamples)
        total += matched
    return total / resamples
