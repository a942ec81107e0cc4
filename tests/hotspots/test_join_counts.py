"""Local join counts: agreement with esda and with the hypergeometric law, laws, and what cannot be tested."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from scipy import stats

from socharm.errors import AlignmentError, CoverageWarning, ParameterError, SchemaError
from socharm.hotspots.areas.join_counts import local_join_counts


def lattice(side: int = 8) -> Graph:
    squares = [shapely.box(c, r, c + 1, r + 1) for r in range(side) for c in range(side)]
    codes = [f"W{i:03d}" for i in range(side * side)]
    return Graph.build_contiguity(gpd.GeoSeries(squares, index=codes), rook=False)


def some_marks(graph: Graph, *, seed: int = 4) -> pd.Series:
    """A third of the areas at random, and a corner."""
    codes = pd.Index(graph.unique_ids)
    marks = pd.Series(np.random.default_rng(seed).random(len(codes)) < 0.3, index=codes)
    marks[[code for i, code in enumerate(codes) if i % 8 < 3 and i < 24]] = True
    return marks


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_counts_and_p_are_those_of_esda() -> None:
    """esda 2.9, conditional permutation: the same counts, and p within the binomial error of both runs."""
    esda = pytest.importorskip("esda")
    graph = lattice(16)
    marks = some_marks(graph)
    found = local_join_counts(marks, graph, permutations=9_999, seed=1).table
    theirs = esda.Join_Counts_Local(connectivity=graph.to_W(), permutations=9_999, seed=2)
    theirs = theirs.fit(marks.to_numpy(dtype=int))
    np.testing.assert_array_equal(found["statistic"], theirs.LJC)
    # esda folds its p: below a half it is that of more joins
    high = found["p_high"].to_numpy()
    known = (theirs.LJC > 0) & (high < 0.45)
    error = np.sqrt(2 * high[known] * (1 - high[known]) / 9_999) + 1e-4
    assert known.sum() > 10
    # Its draws differ from run to run even with a seed, by up to six errors in 26 areas.
    assert (np.abs(high[known] - theirs.p_sim[known]) < 8 * error).all()


def test_p_is_hypergeometric_where_weights_are_equal() -> None:
    graph = lattice()
    marks = some_marks(graph)
    found = local_join_counts(marks, graph, permutations=99_999, seed=3).table
    rows = found[marks]
    law = stats.hypergeom(len(marks) - 1, int(marks.sum()) - 1, rows["neighbours"].to_numpy(dtype=int))
    exact = law.sf(rows["statistic"].to_numpy() - 1)
    np.testing.assert_allclose(rows["p"], exact, atol=5 * 0.5 / np.sqrt(99_999) + 1e-5)
    np.testing.assert_allclose(rows["expected"], law.mean())
    np.testing.assert_allclose(rows["variance"], law.var())
    assert found.loc[~marks, ["p", "expected", "z"]].isna().all(axis=None)


def test_a_planted_corner_is_found_and_the_correction_goes_over_marked_areas() -> None:
    graph = lattice(20)
    codes = list(graph.unique_ids)
    corner = [codes[r * 20 + c] for r in range(4) for c in range(4)]
    marks = pd.Series(np.random.default_rng(9).random(400) < 0.05, index=codes)
    marks[corner] = True
    found = local_join_counts(marks, graph, seed=1)
    assert found.findings.tested == int(marks.sum())
    inner = [codes[r * 20 + c] for r in (1, 2) for c in (1, 2)]
    assert (found.table.loc[inner, "label"] == "together").all()
    assert set(found.hot) <= set(marks.index[marks])
    assert found.counts.sum() == 400
    assert found.counts["not marked"] == int((~marks).sum())


@settings(max_examples=30)
@given(st.lists(st.booleans(), min_size=16, max_size=16))
def test_joins_are_counted_twice_in_the_whole_and_orders_do_not_matter(marks: list[bool]) -> None:
    graph = lattice(4)
    series = pd.Series(marks, index=graph.unique_ids)
    one = local_join_counts(series, graph, permutations=99, seed=1, threads=1).table
    two = local_join_counts(series[::-1], graph, permutations=99, seed=1, threads=2).table
    pd.testing.assert_frame_equal(one, two.loc[one.index])
    first, second = (graph.adjacency.index.get_level_values(level) for level in (0, 1))
    both = series[first].to_numpy() & series[second].to_numpy()
    assert one["statistic"].sum() == both.sum()
    tested = one["p"].dropna()
    assert len(tested) == sum(marks)
    assert tested.between(0.01, 1).all()


def test_islands_and_areas_not_known_are_no_zeros() -> None:
    graph = Graph.from_arrays(["A", "B", "B", "C", "D"], ["B", "A", "C", "B", "D"], [1, 1, 1, 1, 0])
    marks = pd.Series([True, True, None, True], index=list("ABCD"), dtype="object")
    with pytest.warns(CoverageWarning, match="1 of 4 areas has no value"):
        found = local_join_counts(marks, graph, permutations=99, seed=1)
    assert found.table["label"].to_dict() == {"A": "marked", "B": "marked", "C": "not covered", "D": "island"}
    assert found.table["statistic"].isna().to_dict() == {"A": False, "B": False, "C": True, "D": True}


@pytest.mark.parametrize("every", [True, False])
def test_all_or_none_marked_is_no_cluster(every: bool) -> None:
    graph = lattice(3)
    found = local_join_counts(pd.Series(every, index=graph.unique_ids), graph, permutations=99, seed=1)
    assert not len(found.hot)


def test_weights_of_joins_add_up() -> None:
    graph = Graph.from_arrays(list("AABBCC"), list("BCACAB"), [2.0, 3.0, 2.0, 1.0, 3.0, 1.0])
    found = local_join_counts(pd.Series([True, True, False], index=list("ABC")), graph, permutations=99, seed=1)
    assert found.table["statistic"].tolist() == [2.0, 2.0, 0.0]
    # one of the two others is marked: of A's weights 2 and 3 the mean is 2.5, and the variance a quarter
    assert found.table.loc["A", ["expected", "variance"]].tolist() == [2.5, 0.25]


def test_faults_are_named() -> None:
    graph = lattice(3)
    marks = pd.Series(True, index=graph.unique_ids)
    with pytest.raises(SchemaError, match="must be true or false; 1 value is not"):
        local_join_counts(pd.Series([2, *[0] * 8], index=graph.unique_ids), graph, seed=1)
    with pytest.raises(ParameterError, match="`marked` is a list"):
        local_join_counts([True], graph, seed=1)
    with pytest.raises(AlignmentError):
        local_join_counts(marks.rename({"W000": "X"}), graph, seed=1)
    with pytest.raises(ParameterError, match="correction"):
        local_join_counts(marks, graph, correction="holm", seed=1)
