"""Bivariate and standardised local Moran, its moments, joins of several classes, unevenness: references and laws."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph

from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ParameterError, SchemaError
from socharm.hotspots.areas.bivariate import local_bivariate_moran
from socharm.hotspots.areas.class_joins import class_join_counts
from socharm.hotspots.areas.local import local_gi_star, local_rate_moran
from socharm.hotspots.areas.moran_moments import local_moran_moments
from socharm.hotspots.areas.unevenness import unevenness
from socharm.maps.hotspots import plot_hotspots

SIDE = 9
CODES = [f"W{i:03d}" for i in range(SIDE * SIDE)]
SQUARES = [shapely.box(c, r, c + 1, r + 1) for r in range(SIDE) for c in range(SIDE)]
LATTICE = Graph.build_contiguity(gpd.GeoSeries(SQUARES, index=CODES), rook=False)


def some(seed: int) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).gamma(2.0, size=len(CODES)), index=CODES)


@pytest.fixture(scope="module")
def columbus() -> tuple[pd.DataFrame, Graph, pd.DataFrame, dict[str, Any]]:
    """Anselin's Columbus (1988) with values of spdep 1.2-7: stored case f01_columbus_autocorr."""
    folder = Path(__file__).parents[1] / "reference" / "columbus"
    pairs = pd.read_csv(folder / "neighbours.csv")
    graph = Graph.from_arrays(pairs.iloc[:, 0].to_numpy(), pairs.iloc[:, 1].to_numpy(), np.ones(len(pairs)))
    values = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["values"]
    expected = pd.read_csv(folder / "expected_local.csv", index_col="id")
    return pd.read_csv(folder / "columbus.csv", index_col="id"), graph, expected, values


# moments


@pytest.mark.parametrize(("moments", "column"), [("conditional", "cond"), ("total", "tot")])
def test_moments_of_local_moran_are_those_of_spdep(columbus, moments: str, column: str) -> None:
    areas, graph, expected, _ = columbus
    found = local_moran_moments(areas["CRIME"], graph, moments=moments).table
    for ours, theirs in (("statistic", "localI_W"), ("expected", "EI_{}_W"), ("variance", "VI_{}_W"), ("z", "ZI_{}_W")):
        np.testing.assert_allclose(found[ours], expected[theirs.format(column)], rtol=1e-6, atol=1e-8)
    if moments == "conditional":
        np.testing.assert_allclose(found["p"], expected["p2_cond_W"], rtol=1e-6)
        plain = local_moran_moments(areas["CRIME"], graph, weights="plain").table
        np.testing.assert_allclose(plain["statistic"], expected["localI_B"], rtol=1e-6)
        np.testing.assert_allclose(plain["z"], expected["ZI_cond_B"], rtol=1e-6)


@pytest.mark.parametrize("weights", ["row", "plain"])
def test_total_moments_are_those_of_every_order(weights: str) -> None:
    """All 720 orders of six values, by the definition."""
    ids = list("abcdef")
    joined = ["ab", "ba", "bc", "cb", "cd", "dc", "ae", "ea", "ef", "fe"]
    graph = Graph.from_arrays([pair[0] for pair in joined], [pair[1] for pair in joined], np.ones(len(joined)))
    values = np.array([1.0, 2.0, 4.0, 8.0, 3.0, -5.0])
    w = np.zeros((6, 6))
    for one, two in joined:
        w[ids.index(one), ids.index(two)] = 1.0
    if weights == "row":
        w /= w.sum(axis=1, keepdims=True)
    z = (values - values.mean()) / values.std()
    every = np.array([np.array(order) * (w @ np.array(order)) for order in itertools.permutations(z)])
    found = local_moran_moments(pd.Series(values, index=ids), graph, moments="total", weights=weights).table
    np.testing.assert_allclose(found["statistic"], z * (w @ z))
    np.testing.assert_allclose(found["expected"], every.mean(axis=0))
    np.testing.assert_allclose(found["variance"], every.var(axis=0))


def test_moments_of_equal_values_and_islands_are_missing() -> None:
    found = local_moran_moments(pd.Series(1.0, index=CODES), LATTICE)
    assert found.table["z"].isna().all()
    assert found.findings.tested == 0
    island = LATTICE.subgraph(CODES[:2] + CODES[-1:])
    row = local_moran_moments(some(1)[[*CODES[:2], CODES[-1]]], island).table.loc[CODES[-1]]
    assert row["label"] == "island"
    assert np.isnan(row["p"])


# two values


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_bivariate_moran_is_that_of_esda() -> None:
    """esda 2.9: its scale is (n - 1)/n of ours; p within the error of both runs."""
    esda = pytest.importorskip("esda")
    x, y = some(1), some(2)
    found = local_bivariate_moran(x, y, LATTICE, permutations=9_999, seed=1)
    w = LATTICE.to_W()
    w.transform = "r"
    theirs = esda.Moran_Local_BV(x.to_numpy(), y.to_numpy(), w, permutations=9_999, seed=2)
    n = len(x)
    np.testing.assert_allclose(found.table["statistic"] * (n - 1) / n, theirs.Is, rtol=1e-9)
    p = np.minimum(found.table["p_low"], found.table["p_high"]).to_numpy()
    assert (np.abs(p - theirs.p_sim) < 6 * np.sqrt(2 * p * (1 - p) / 9_999) + 1e-3).all()
    assert found.findings.in_place == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.findings.overall == pytest.approx(theirs.Is.mean() * n / (n - 1))


def test_moments_of_two_values_are_those_of_drawn_neighbours() -> None:
    """Every pair of neighbours that the corner of a small map could have."""
    ids = list("abcde")
    graph = Graph.from_arrays(list("aabcde"), list("bcaaed"), np.ones(6))
    x, y = np.array([3.0, 1.0, 2.0, 7.0, 1.0]), np.array([1.0, 5.0, 2.0, 9.0, 4.0])
    row = local_bivariate_moran(
        pd.Series(x, index=ids), pd.Series(y, index=ids), graph, permutations=99, correction="none", seed=1
    ).table.loc["a"]
    zx, zy = ((v - v.mean()) / v.std() for v in (x, y))
    drawn = np.array([zx[0] * (zy[i] + zy[j]) / 2 for i, j in itertools.permutations(range(1, 5), 2)])
    assert row["statistic"] == pytest.approx(zx[0] * (zy[1] + zy[2]) / 2)
    assert row["expected"] == pytest.approx(drawn.mean())
    assert row["variance"] == pytest.approx(drawn.var())


def test_two_unrelated_values_get_labels_where_the_second_clusters_as_the_page_says() -> None:
    """p is that of Gi of the second value; the first names the side and no more."""
    first = some(3)
    second = pd.Series([float(r < 3) for r in range(SIDE) for _ in range(SIDE)], index=CODES)
    found = local_bivariate_moran(first, second, LATTICE, permutations=9_999, seed=1)
    gi = local_gi_star(second, LATTICE, permutations=9_999, seed=5, include_self=False).table
    above = first > first.mean()
    ours = found.table["p_high"].where(above, found.table["p_low"])
    np.testing.assert_allclose(ours, gi["p_high"], atol=0.03)
    assert {"high-high", "low-high"} <= set(found.table["label"])
    assert abs(found.findings.in_place) < 0.2
    squares = [shapely.transform(square, lambda at: at * 1_000.0) for square in SQUARES]
    ax = plot_hotspots(gpd.GeoDataFrame(geometry=squares, index=CODES, crs=27700), found, labels=0)
    texts = " ".join(text.get_text() for text in ax.figure.findobj(lambda each: hasattr(each, "get_text")))
    assert "is another question" in " ".join(texts.split())


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-50, 50), scale=st.floats(0.1, 20), seed=st.integers(0, 50))
def test_units_and_order_change_no_label(shift: float, scale: float, seed: int) -> None:
    x, y = some(seed), some(seed + 100)
    one = local_bivariate_moran(x, y, LATTICE, permutations=199, correction="none", seed=1).table
    order = np.random.default_rng(seed).permutation(CODES)
    two = local_bivariate_moran(
        (x * scale + shift)[order], y * 3, LATTICE, permutations=199, correction="none", seed=1
    ).table.loc[CODES]
    assert one["label"].tolist() == two["label"].tolist()
    np.testing.assert_allclose(one["statistic"], two["statistic"], rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings("ignore:99 permutations give")
def test_areas_that_lack_either_value_leave_the_graph() -> None:
    x, y = some(1), some(2)
    x["W000"], y["W001"] = np.nan, np.nan
    with pytest.warns(CoverageWarning, match="1 of 81 areas has no value"):
        found = local_bivariate_moran(x, y, LATTICE, permutations=99, seed=1)
    assert found.findings.not_covered == ("W000", "W001")
    assert found.findings.tested == 79
    assert (found.table.loc[["W000", "W001"], "label"] == "not covered").all()
    with pytest.raises(AlignmentError, match="are not in `second`"):
        local_bivariate_moran(some(1), some(2)[5:], LATTICE, permutations=99, seed=1)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_standardised_local_moran_is_that_of_esda() -> None:
    """esda 2.9, Assuncao and Reis (1999)."""
    esda = pytest.importorskip("esda")
    rng = np.random.default_rng(4)
    people = pd.Series(rng.integers(300, 5_000, len(CODES)), index=CODES)
    events = pd.Series(rng.poisson(people / 500), index=CODES)
    found = local_rate_moran(events, LATTICE, people, permutations=9_999, seed=1)
    w = LATTICE.to_W()
    w.transform = "r"
    theirs = esda.Moran_Local_Rate(events.to_numpy(), people.to_numpy(), w, permutations=999)
    np.testing.assert_allclose(found.table["statistic"] * 80 / 81, theirs.Is, rtol=1e-9)
    assert found.findings.months == "months not tested: values without the months behind them"
    with pytest.raises(SchemaError, match=r"must be whole counts; found \d+\.5"):
        local_rate_moran(events + 0.5, LATTICE, people, seed=1)
    with pytest.raises(ParameterError, match="`population` is missing"):
        local_rate_moran(events, LATTICE, seed=1)


# classes


def test_joins_of_two_classes_are_those_of_spdep(columbus) -> None:
    areas, graph, _, values = columbus
    classes = pd.Series(np.where(areas["CRIME"] > 35, "HI", "LO"), index=areas.index)
    found = class_join_counts(classes, graph, permutations=999, seed=1)
    for row in values["joincount"]["multi"]:
        ours = found.table.loc[{"LO:HI": "HI:LO", "Jtot": "between"}.get(row["pair"], row["pair"])]
        for name, theirs in (("joins", "Joincount"), ("expected", "Expected"), ("variance", "Variance")):
            assert ours[name] == pytest.approx(row[theirs], rel=1e-6)
        assert ours["z"] == pytest.approx(row["z-value"], rel=1e-6)
    assert found.table["significant"].tolist() == [True, False, True, True]
    assert found.classes.to_dict() == {"HI": 24, "LO": 25}


@pytest.mark.parametrize("weights", ["plain", "row"])
def test_moments_of_three_classes_are_those_of_every_order(weights: str) -> None:
    """All 210 ways to lay three classes over seven areas whose joins are not symmetric, by plain loops."""
    ids, rng = list("abcdefg"), np.random.default_rng(0)
    w = (rng.random((7, 7)) < 0.4).astype(float)
    np.fill_diagonal(w, 0)
    w[:, 0] = [0, *[1] * 6]
    w[0, 1] = 1
    down, across = np.nonzero(w)
    graph = Graph.from_arrays([ids[i] for i in down], [ids[i] for i in across], np.ones(len(down)))
    if weights == "row":
        w /= w.sum(axis=1, keepdims=True)
    classes = list("xxyyyzz")
    found = class_join_counts(pd.Series(classes, index=ids), graph, weights=weights, permutations=9_999, seed=1).table

    def joins(order: tuple[str, ...], pair: str) -> float:
        if pair == "between":
            return sum(w[i, j] for i in range(7) for j in range(7) if order[i] != order[j]) / 2
        names = sorted(pair.split(":"))
        return sum(w[i, j] for i in range(7) for j in range(7) if sorted((order[i], order[j])) == names) / 2

    orders = sorted(set(itertools.permutations(classes)))
    every = np.array([[joins(order, str(pair)) for pair in found.index] for order in orders])
    np.testing.assert_allclose(found["joins"], [joins(tuple(classes), str(pair)) for pair in found.index])
    np.testing.assert_allclose(found["expected"], every.mean(axis=0))
    np.testing.assert_allclose(found["variance"], every.var(axis=0))
    exact = (every >= found["joins"].to_numpy() - 1e-9).mean(axis=0)
    np.testing.assert_allclose(found["p_greater"], exact, atol=0.02)


def test_one_class_and_too_many_classes() -> None:
    with pytest.warns(DataWarning, match="all areas with neighbours are of one class"):
        found = class_join_counts(pd.Series("a", index=CODES), LATTICE, permutations=9, seed=1)
    assert found.table.loc["a:a", "joins"] == LATTICE.n_edges / 2
    assert found.table["p"].isna().all()
    assert not found.table["significant"].any()
    with pytest.raises(SchemaError, match="holds 81 different values"):
        class_join_counts(some(1), LATTICE, seed=1)


def test_classes_that_alternate_avoid_themselves() -> None:
    rook = Graph.build_contiguity(gpd.GeoSeries(SQUARES, index=CODES), rook=True)
    found = class_join_counts(pd.Series(["a", "b"] * 40 + ["a"], index=CODES), rook, permutations=999, seed=1).table
    assert found.loc[["a:a", "b:b"], "joins"].tolist() == [0.0, 0.0]
    assert found["significant"].all()
    assert found.loc["a:b", "joins"] == rook.n_edges / 2


# unevenness


def test_indices_of_unevenness_by_plain_loops() -> None:
    rng = np.random.default_rng(6)
    group = pd.Series(rng.poisson(4, 30), index=range(30))
    others = pd.Series(rng.poisson(9, 30), index=range(30))
    found = unevenness(group, others, seed=1)
    d = sum(abs(a / group.sum() - b / others.sum()) for a, b in zip(group, others, strict=True)) / 2
    xpx = sum(a / group.sum() * a / (a + b) for a, b in zip(group, others, strict=True) if a + b)
    assert found.table["value"].tolist() == pytest.approx([d, xpx])
    assert found.areas["contribution"].sum() == pytest.approx(d)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_dissimilarity_lies_between_evenness_and_apartness(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = pd.Series(rng.integers(0, 6, 12) + np.eye(12, dtype=int)[0])
    others = pd.Series(rng.integers(0, 6, 12) + np.eye(12, dtype=int)[1])
    table = unevenness(group, others, permutations=19, seed=1).table
    assert (table["value"].between(0, 1)).all()
    assert table.loc["isolation", "value"] >= group.sum() / (group + others).sum() - 1e-12
    apart = unevenness(pd.Series([5, 0, 3]), pd.Series([0, 4, 0]), permutations=19, seed=1).table
    assert apart["value"].tolist() == [1.0, 1.0]
    assert apart["adjusted"].tolist() == [1.0, 1.0]


def test_chance_alone_is_no_unevenness() -> None:
    """Small counts are far from even by chance: D near 0.4, of which nothing is left once that is taken off."""
    p, adjusted = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = unevenness(pd.Series(rng.poisson(1.0, 80)), pd.Series(rng.poisson(5.0, 80)), permutations=99, seed=seed)
        p.append(found.table.loc["dissimilarity", "p"])
        adjusted.append(found.table.loc["dissimilarity", "adjusted"])
        assert found.table.loc["dissimilarity", "value"] > 0.25
    assert abs(np.mean(adjusted)) < 0.02
    assert np.mean(np.array(p) <= 0.1) < 0.2  # 0.1 expected; 60 seeds have a standard error of 0.04


def test_unevenness_of_nobody_gaps_and_rates() -> None:
    with pytest.raises(SchemaError, match="`group` counts nobody"):
        unevenness(pd.Series([0, 0]), pd.Series([1, 2]), seed=1)
    with pytest.raises(SchemaError, match="`others` must hold whole counts"):
        unevenness(pd.Series([1, 0]), pd.Series([1.5, 2]), seed=1)
    with pytest.warns(CoverageWarning, match=r"1 area lacks a count and is left out: \['1'\]"):
        found = unevenness(pd.Series([1, np.nan, 2]), pd.Series([1, 2, 0]), permutations=9, seed=1)
    assert (found.findings.group, found.findings.areas) == (3, 2)


def test_more_members_than_can_be_dealt_out_are_told() -> None:
    many = pd.Series({"A": 600_000_000, "B": 500_000_000})
    with pytest.raises(SchemaError, match="2,200,000,000 together; at most 999,999,999"):
        unevenness(many, many, permutations=9, seed=1)


def test_classes_that_are_written_alike_are_told() -> None:
    classes = pd.Series([1, "1", "2"] * 27, index=CODES, dtype=object)
    with pytest.raises(SchemaError, match="written alike"):
        class_join_counts(classes, LATTICE, permutations=9, seed=1)
