"""Which areas are neighbours: contiguity, nearest, within a distance; and what to do with islands."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._checks import require_same_areas
from socharm._constraints import CountFrom1, Positive
from socharm._limits import MAX_PAIRS, require_within
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.hotspots.areas.contiguity import contiguous
from socharm.hotspots.areas.graphs import Graph, NeighbourRows, W
from socharm.io.areas import require_areas

__all__ = ["NeighbourSettings", "neighbour_rows", "neighbour_rule", "neighbours", "to_csr"]

#: How neighbours can be found.
Rule: TypeAlias = Literal["queen", "rook", "knn", "distance", "delaunay"]
#: What becomes of areas without a neighbour.
Islands: TypeAlias = Literal["none", "nearest"]
_Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class NeighbourSettings(Settings):
    """Choices of who is whose neighbour."""

    rule: Rule = setting("queen", "who is a neighbour: queen, rook, delaunay, knn or distance")
    k: CountFrom1 | None = setting(None, 'neighbours, with "knn"', example=6)
    distance: Positive | None = setting(None, 'metres, with "distance"', example=2000.0)
    islands: Islands = setting("none", 'or "nearest": join an area without a neighbour to the nearest one')

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        for name, owner in (("k", "knn"), ("distance", "distance")):
            value = getattr(self, name)
            if self.rule == owner and value is None:
                yield f"`{name}` is missing: the rule {owner!r} needs it. State `{name}=`."
            elif self.rule != owner and value is not None:
                yield f"`{name}` is {value!r}, but the rule is {self.rule!r}. Use rule={owner!r}, or leave it out."


@checked
def neighbours(
    areas: gpd.GeoDataFrame,
    rule: Rule = "queen",
    *,
    k: CountFrom1 | None = None,
    distance: Positive | None = None,
    islands: Islands = "none",
    settings: NeighbourSettings | Mapping[str, Any] | None = None,
) -> Graph:
    """Graph of the neighbours of each area, every neighbour with weight 1.

    Parameters
    ----------
    areas : GeoDataFrame
        Index ``area_code``, a CRS in metres.
    rule : {"queen", "rook", "knn", "distance", "delaunay"}
        Sharing a point of the boundary; sharing a stretch of it; the `k` nearest; all within
        `distance`; the edges of the Delaunay triangulation. The last three go by centroids.
    k : int, optional
        Only, and always, for ``"knn"``. Not symmetric: the nearest of one area may have nearer ones.
    distance : float, optional
        In metres; only, and always, for ``"distance"``.
    islands : {"none", "nearest"}
        Leave areas without a neighbour as they are (they are in no hotspot), or join each with the area
        whose boundary is nearest, in both directions.
    settings : NeighbourSettings or mapping, optional
        Choices of another graph, for what is not stated by keyword.

    Returns
    -------
    libpysal.graph.Graph
        Nodes are the area codes, in the order of `areas`. Any other `Graph` or `W` may be used in its place.

    Warns
    -----
    DataWarning
        Areas have no neighbour; they are named, with what was done.

    Raises
    ------
    ParameterError
        An unknown rule, `k` or `distance` missing or out of place, too few areas for the rule.
    CRSError
        The areas have no CRS in metres.

    Notes
    -----
    Contiguity takes boundaries as they are: neighbours whose simplified borders do not quite meet are
    not found. Read boundaries that share their vertices, or use ``"knn"``.

    References
    ----------
    Rey, S., Arribas-Bel, D. and Wolf, L. (2023). *Geographic Data Science with Python*, chapter 4.
    """
    chosen = NeighbourSettings.of(settings)
    return neighbour_rows(areas, chosen).graph()


def neighbour_rows(areas: gpd.GeoDataFrame, chosen: NeighbourSettings) -> NeighbourRows:
    """The same as rows, for functions of ours: nothing is converted, and libpysal is loaded for no contiguity.

    Raises
    ------
    ParameterError, CRSError
        As `neighbours` does, and with its warnings.
    """
    rule, k = chosen.rule, chosen.k
    require_areas(areas)
    least = {"knn": (k or 0) + 1, "delaunay": 3}.get(rule, 1)
    if len(areas) < least:
        raise ParameterError(
            f"`areas` holds {number_of(len(areas), 'area')}; the rule "
            f"{rule!r} needs at least {least}. "
            "Use 'queen', or a smaller `k`."
        )
    focal, neighbour = _pairs(areas, rule, k, chosen.distance)
    alone = sorted(map(str, areas.index[NeighbourRows(areas.index, focal, neighbour).alone]))
    joins = chosen.islands == "nearest" and len(areas) > 1
    if alone and joins:
        focal, neighbour = _joined(areas, focal, neighbour)
    if alone:
        warnings.warn(
            f"{len(alone):,} of {number_of(len(areas), 'area')} {'has' if len(alone) == 1 else 'have'} "
            f"no neighbour by the rule {rule!r} and {'is' if len(alone) == 1 else 'are'} "
            f"{'joined with the nearest area' if joins else 'in no hotspot'}: "
            f"{alone[:5]}{' ...' if len(alone) > 5 else ''}.",
            DataWarning,
            stacklevel=3,
        )
    amount = {"knn": f", k = {k}", "distance": f", {chosen.distance or 0:g} m"}.get(rule, "")
    joined = ", islands joined with the nearest" if chosen.islands == "nearest" else ""
    return NeighbourRows(areas.index, focal, neighbour, f"{rule}{amount}{joined}")


def neighbour_rule(graph: Graph | W) -> str:
    """How the neighbours were found, where `neighbours` found them."""
    return str(getattr(graph, "rule", "as given"))


def to_csr(graph: Graph | W, index: pd.Index) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Neighbours as compressed rows, in the order of `index`.

    Parameters
    ----------
    graph : Graph or W
        Nodes are the codes of `index`, in any order. Weights of 0 are no neighbours.
    index : Index
        Area codes, each once.

    Returns
    -------
    indptr, indices : ndarray of int64
        Neighbours of area i are ``indices[indptr[i]:indptr[i + 1]]``, ascending; an area is its own
        neighbour only where the graph gives it a weight.
    weights : ndarray of float64

    Raises
    ------
    AlignmentError
        The graph is over other areas.
    SchemaError
        Not a graph, or a weight that is negative or not finite.

    Examples
    --------
    >>> graph = Graph.from_arrays(["a", "b"], ["b", "a"], [1, 1])
    >>> [part.tolist() for part in to_csr(graph, pd.Index(["b", "a"]))]
    [[0, 1, 2], [1, 0], [1.0, 1.0]]
    """
    if not isinstance(graph, (Graph, W)):
        raise SchemaError(
            f"`graph` is a {type(graph).__name__}; give what `neighbours` returns, or a libpysal Graph or W."
        )
    if isinstance(graph, NeighbourRows):
        nodes, focal, other, weights = graph.codes, graph.focal, graph.neighbour, np.ones(graph.focal.size)
    else:
        nodes = pd.Index(graph.unique_ids if isinstance(graph, Graph) else graph.id_order)
        edges = graph.sparse.tocoo()
        focal, other, weights = edges.row, edges.col, np.asarray(edges.data, dtype=np.float64)
    require_same_areas(nodes, index, names=("graph", "values"))
    if not np.all(np.isfinite(weights)) or np.any(weights < 0):
        raise SchemaError("`graph` holds weights that are negative or not finite. Weights of neighbours are above 0.")
    kept = weights > 0
    place = index.get_indexer(nodes).astype(np.int64)
    rows, columns, weights = place[focal[kept]], place[other[kept]], weights[kept]
    order = np.lexsort((columns, rows))
    indptr = np.zeros(len(index) + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=len(index)), out=indptr[1:])
    return indptr, columns[order], weights[order]


def _pairs(areas: gpd.GeoDataFrame, rule: str, k: int | None, distance: float | None) -> tuple[_Ints, _Ints]:
    """Places of each area and of its neighbours, ascending."""
    if rule in ("queen", "rook"):
        return contiguous(np.asarray(areas.geometry.array), rook=rule == "rook")
    centres: Any = areas.geometry.centroid
    twins = centres.duplicated() if rule != "distance" else pd.Series(False, index=areas.index)
    if twins.any():
        raise ParameterError(
            f"{number_of(int(twins.sum()), 'area shares its', 'areas share their')} "
            f"centroid with another, such as {list(areas.index[twins][:3])}. "
            "Use 'queen' or 'distance'."
        )
    _require_room(shapely.get_coordinates(centres.array), k, distance)
    # libpysal names areas without neighbours by number only; they are named above
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(isolates|islands|not fully connected|no neighbors).*")
        if rule == "knn":
            graph = Graph.build_knn(centres, k=k)
        elif rule == "distance":
            graph = Graph.build_distance_band(centres, threshold=distance, binary=True)
        else:
            graph = Graph.build_triangulation(centres, method="delaunay").transform("b")
    indptr, others, _ = to_csr(graph, areas.index)
    return np.repeat(np.arange(len(areas)), np.diff(indptr)), others


def _require_room(centres: NDArray[np.float64], k: int | None, distance: float | None) -> None:
    """Stop before a graph with more pairs than memory holds."""
    if distance is not None:
        tree = scipy.spatial.cKDTree(centres)
        found = float(tree.count_neighbors(tree, distance))
        require_within(found, MAX_PAIRS, what=f"pairs of areas within {distance:g} m", remedy="Use less `distance`.")
    found = float(len(centres) * (k or 0))
    require_within(found, MAX_PAIRS, what="pairs of neighbours by `k`", remedy="Use a smaller `k`.")


def _joined(areas: gpd.GeoDataFrame, focal: _Ints, neighbour: _Ints) -> tuple[_Ints, _Ints]:
    """The pairs with each island joined, both ways, with the area whose boundary is nearest."""
    shapes = np.asarray(areas.geometry.array)
    places = NeighbourRows(areas.index, focal, neighbour).alone
    found = shapely.STRtree(shapes).query_nearest(shapes[places], exclusive=True, all_matches=False)
    islands, others = places[found[0]], found[1]
    every = np.concatenate([focal, islands, others]) * len(shapes) + np.concatenate([neighbour, others, islands])
    one, other = np.divmod(np.unique(every), len(shapes))
    return one, other
