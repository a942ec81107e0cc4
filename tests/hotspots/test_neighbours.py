"""Neighbours by every rule, islands, and graphs as arrays."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from libpysal.graph import Graph
from libpysal.weights import W

from socharm.errors import AlignmentError, CRSError, DataWarning, ParameterError, SchemaError
from socharm.hotspots.areas.local import local_gi_star
from socharm.hotspots.areas.neighbours import NeighbourSettings, neighbour_rows, neighbour_rule, neighbours, to_csr


def grid(rows: int, columns: int, *, island: bool = False) -> gpd.GeoDataFrame:
    """Squares of one kilometre; an island five kilometres to the east where asked."""
    boxes = {
        f"W{r}{c}": shapely.box(1000 * c, 1000 * r, 1000 * (c + 1), 1000 * (r + 1))
        for r in range(rows)
        for c in range(columns)
    }
    if island:
        boxes["X"] = shapely.box(1000 * (columns + 5), 0, 1000 * (columns + 6), 1000)
    index = pd.Index(list(boxes), name="area_code")
    return gpd.GeoDataFrame({"name": list(boxes)}, geometry=list(boxes.values()), index=index, crs=27700)


def test_queen_shares_points_and_rook_shares_lines() -> None:
    queen, rook = neighbours(grid(3, 3)), neighbours(grid(3, 3), "rook")
    assert sorted(queen["W11"].index) == [f"W{r}{c}" for r in range(3) for c in range(3) if (r, c) != (1, 1)]
    assert sorted(rook["W11"].index) == ["W01", "W10", "W12", "W21"]
    assert list(queen.unique_ids) == list(grid(3, 3).index)
    assert (queen.adjacency == 1).all()
    assert neighbour_rule(queen) == "queen"


def test_nearest_within_distance_and_delaunay() -> None:
    areas = grid(3, 4)
    areas = areas.set_geometry(areas.translate(0, 0))
    knn = neighbours(areas, "knn", k=3)
    assert (knn.cardinalities == 3).all()
    near = neighbours(areas, "distance", distance=1_100)
    assert sorted(near["W11"].index) == ["W01", "W10", "W12", "W21"]
    assert neighbour_rule(near) == "distance, 1100 m"
    assert neighbour_rule(knn) == "knn, k = 3"
    delaunay = neighbours(areas, "delaunay")
    assert (delaunay.adjacency == 1).all()
    assert {"W01", "W10", "W12", "W21"} <= set(delaunay["W11"].index)


def test_islands_are_named_and_stay_alone_unless_joined() -> None:
    areas = grid(2, 2, island=True)
    with pytest.warns(DataWarning, match=r"1 of 5 areas .* in no hotspot: \['X'\]"):
        alone = neighbours(areas)
    assert list(alone.isolates) == ["X"]
    with pytest.warns(DataWarning, match="joined with the nearest area"):
        joined = neighbours(areas, islands="nearest")
    assert len(joined["X"]) == 1
    partner = joined["X"].index[0]
    assert partner in ("W01", "W11")
    assert "X" in joined[partner].index
    assert list(joined.unique_ids) == list(areas.index)
    assert neighbour_rule(joined) == "queen, islands joined with the nearest"
    values = pd.Series([1.0, 2, 3, 4, 5], index=areas.index)
    assert local_gi_star(values, alone, permutations=9, seed=1).findings.islands == ("X",)
    found = local_gi_star(values, joined, permutations=9, seed=1)
    assert found.findings.islands == ()
    assert found.findings.rule == "queen, islands joined with the nearest"


def test_islands_only_join_each_other_when_asked() -> None:
    areas = grid(1, 1, island=True)
    with pytest.warns(DataWarning, match="2 of 2"):
        assert len(neighbours(areas).isolates) == 2
    with pytest.warns(DataWarning, match="joined"):
        joined = neighbours(areas, islands="nearest")
    assert list(joined["X"].index) == ["W00"]


def test_one_area_is_an_island_whatever_is_asked() -> None:
    for islands in ("none", "nearest"):
        with pytest.warns(DataWarning, match="1 of 1 area has no neighbour"):
            graph = neighbours(grid(1, 1), islands=islands)
        assert list(graph.isolates) == ["W00"]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"rule": "bishop"}, "rule"),
        ({"islands": "drop"}, "islands"),
        ({"rule": "knn"}, "`k`"),
        ({"rule": "knn", "k": 1.5}, "`k`"),
        ({"rule": "knn", "k": 9}, "at least 10"),
        ({"rule": "distance"}, "`distance`"),
        ({"rule": "distance", "distance": -1}, "`distance`"),
        ({"k": 3}, "rule='knn'"),
        ({"rule": "rook", "distance": 10.0}, "rule='distance'"),
    ],
)
def test_wrong_choices_are_named(arguments: dict, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        neighbours(grid(3, 3), **arguments)


def test_areas_must_be_areas() -> None:
    with pytest.raises(CRSError, match="metres"):
        neighbours(grid(2, 2).to_crs(4326))
    with pytest.raises(ParameterError, match="GeoDataFrame"):
        neighbours(pd.DataFrame({"a": [1]}))
    with pytest.raises(ParameterError, match="at least 3"), warnings.catch_warnings():
        neighbours(grid(1, 2), "delaunay")
    twins = pd.concat([grid(2, 2), grid(1, 1).rename(index={"W00": "Y"})])
    with pytest.raises(ParameterError, match="1 area shares its centroid with another"):
        neighbours(twins, "knn", k=1)


@quick(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), n=st.integers(1, 12))
def test_arrays_hold_what_the_graph_holds_in_any_order(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.random((n, n)) * (rng.random((n, n)) < 0.4)
    np.fill_diagonal(dense, 0)
    codes = np.array([f"c{i}" for i in range(n)])
    focal, other = np.nonzero(dense)
    alone = np.flatnonzero(dense.sum(axis=1) == 0)
    order = np.argsort(np.concatenate([focal, alone]), kind="stable")
    graph = Graph.from_arrays(
        codes[np.concatenate([focal, alone])[order]],
        codes[np.concatenate([other, alone])[order]],
        np.concatenate([dense[focal, other], np.zeros(alone.size)])[order],
    )
    shuffled = rng.permutation(n)
    indptr, indices, weights = to_csr(graph, pd.Index(codes[shuffled]))
    again = np.zeros((n, n))
    rows = np.repeat(np.arange(n), np.diff(indptr))
    again[rows, indices] = weights
    np.testing.assert_allclose(again, dense[np.ix_(shuffled, shuffled)])


@quick(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1_000), rook=st.booleans())
def test_contiguity_is_that_of_libpysal(seed: int, rook: bool) -> None:
    """Torn and holed squares, in several parts, some twice, some of them alone, and in any order."""
    rng = np.random.default_rng(seed)
    squares = [shapely.box(x, y, x + 1, y + 1) for x in range(-3, 3) for y in range(-2, 3)]
    squares.append(shapely.box(20, 20, 26, 26).difference(shapely.box(22, 22, 23, 23)))
    squares += [shapely.box(22, 22, 23, 23), shapely.box(-3.5, -2, -3, -1)]
    owner = rng.integers(0, 12, size=len(squares))
    shapes = [shapely.MultiPolygon([squares[i] for i in np.flatnonzero(owner == one)]) for one in set(owner.tolist())]
    whole = [shape if rng.random() < 0.5 else shapely.unary_union(shape) for shape in shapes]
    codes = pd.Index([f"c{i}" for i in rng.permutation(len(whole))], name="area_code")
    areas = gpd.GeoDataFrame(geometry=whole, index=codes, crs=27700)
    theirs = Graph.build_contiguity(areas.geometry, rook=rook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        ours = neighbours(areas, "rook" if rook else "queen")
        rows = neighbour_rows(areas, NeighbourSettings(rule="rook" if rook else "queen"))
    pd.testing.assert_series_equal(ours.adjacency, theirs.adjacency)
    for one, other in zip(to_csr(rows, codes), to_csr(theirs, codes), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("choices", [{"rule": "knn", "k": 3}, {"rule": "delaunay"}, {"islands": "nearest"}])
def test_rows_stand_for_the_graph(choices: dict) -> None:
    areas = grid(3, 4, island=True)
    values = pd.Series(np.arange(13.0) ** 2, index=areas.index)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        graph, rows = neighbours(areas, **choices), neighbour_rows(areas, NeighbourSettings(**choices))
    found = [local_gi_star(values, given, permutations=99, seed=1) for given in (graph, rows)]
    pd.testing.assert_frame_equal(found[0].table, found[1].table)
    assert found[0].findings.rule == found[1].findings.rule == neighbour_rule(rows)


def test_an_old_w_is_a_graph_too() -> None:
    old = W({"a": ["b"], "b": ["a", "c"], "c": ["b"]}, silence_warnings=True)
    indptr, indices, weights = to_csr(old, pd.Index(["c", "b", "a"]))
    assert indptr.tolist() == [0, 1, 3, 4]
    assert indices.tolist() == [1, 0, 2, 1]
    assert weights.tolist() == [1, 1, 1, 1]
    assert neighbour_rule(old) == "as given"


def test_other_areas_and_negative_weights_are_refused() -> None:
    graph = Graph.from_arrays(["a", "b"], ["b", "a"], [1, -1])
    with pytest.raises(SchemaError, match="negative"):
        to_csr(graph, pd.Index(["a", "b"]))
    with pytest.raises(AlignmentError, match="not in `graph`"):
        to_csr(Graph.from_arrays(["a", "b"], ["b", "a"], [1, 1]), pd.Index(["a", "b", "c"]))
    with pytest.raises(SchemaError, match="libpysal"):
        to_csr({"a": ["b"]}, pd.Index(["a"]))
