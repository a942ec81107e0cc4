"""Local Gi* and local Moran: published values, agreement with esda, laws, and what cannot be tested."""

from __future__ import annotations

import dataclasses
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights, random_counts
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from libpysal.graph import Graph
from libpysal.weights import W

from socharm._about import About
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, SchemaError
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.local_geary import local_spread
from socharm.hotspots.areas.local_record import LABELS
from socharm.severity.index import SeverityIndex, severity_index
from socharm.stats.local_moments import gi_moments

LAW = quick(max_examples=15, deadline=None)


def lattice(rows: int, columns: int) -> Graph:
    """Rook neighbours on a grid; codes in reading order."""
    codes = {(r, c): f"A{r:02d}{c:02d}" for r in range(rows) for c in range(columns)}
    steps = ((0, 1), (1, 0), (0, -1), (-1, 0))
    edges = [
        (code, codes[r + dr, c + dc]) for (r, c), code in codes.items() for dr, dc in steps if (r + dr, c + dc) in codes
    ]
    return Graph.from_arrays([a for a, _ in edges], [b for _, b in edges], np.ones(len(edges)))


def planted(rows: int = 12, columns: int = 12, *, lift: float = 12.0, seed: int = 0) -> pd.Series:
    """Noise on a grid, with a block of nine high areas in the corner."""
    rng = np.random.default_rng(seed)
    values = rng.gamma(4, size=(rows, columns))
    values[:3, :3] += lift
    codes = [f"A{r:02d}{c:02d}" for r in range(rows) for c in range(columns)]
    return pd.Series(values.ravel(), index=pd.Index(codes, name="area_code"), name="rate")


@pytest.fixture(scope="module")
def columbus(references: Path) -> tuple[pd.Series, Graph, pd.DataFrame, pd.DataFrame]:
    folder = references / "columbus"
    crime = pd.read_csv(folder / "columbus.csv", dtype={"id": str}).set_index("id")["CRIME"]
    edges = pd.read_csv(folder / "neighbours.csv", dtype=str)
    graph = Graph.from_arrays(edges["focal"].to_numpy(), edges["neighbor"].to_numpy(), np.ones(len(edges)))
    spdep = pd.read_csv(folder / "expected_local.csv", dtype={"id": str}).set_index("id")
    esda = pd.read_csv(folder / "expected_local_esda_CRIME.csv", dtype={"id": str}).set_index("id")
    return crime, graph, spdep, esda


def test_gi_star_of_columbus_is_that_of_spdep(columbus: tuple) -> None:
    """Computed with spdep 1.2-7 (case f01_columbus_autocorr)."""
    crime, graph, expected, _ = columbus
    star = local_gi_star(crime, graph, permutations=99, seed=1).table.reindex(expected.index)
    np.testing.assert_allclose(star["z"], expected["GiStar_z_B"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(star["statistic"] / crime.sum(), expected["GiStar_raw_W"], rtol=1e-6)
    np.testing.assert_allclose(star["expected"] / crime.sum(), expected["GiStar_E_W"], rtol=1e-6)
    np.testing.assert_allclose(star["variance"] / crime.sum() ** 2, expected["GiStar_V_W"], rtol=1e-6)
    gi = local_gi_star(crime, graph, permutations=99, seed=1, include_self=False).table.reindex(expected.index)
    np.testing.assert_allclose(gi["z"], expected["Gi_z_B"], rtol=1e-6, atol=1e-8)


def test_local_moran_of_columbus_is_that_of_spdep(columbus: tuple) -> None:
    """Computed with spdep 1.2-7: conditional moments of Sokal et al. (1998)."""
    crime, graph, expected, _ = columbus
    table = local_moran(crime, graph, permutations=99, seed=1).table.reindex(expected.index)
    np.testing.assert_allclose(table["statistic"], expected["localI_W"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(table["expected"], expected["EI_cond_W"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(table["variance"], expected["VI_cond_W"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(table["z"], expected["ZI_cond_W"], rtol=1e-6, atol=1e-8)


def test_permutation_p_of_columbus_is_that_of_esda(columbus: tuple) -> None:
    """esda 2.10, 9,999 conditional permutations, one-sided folded p; Monte Carlo error of both."""
    crime, graph, _, expected = columbus
    for found, column in (
        (local_moran(crime, graph, seed=7), "p_sim_I"),
        (local_gi_star(crime, graph, seed=7), "GiStar_B_p_sim"),
    ):
        folded = found.table[["p_low", "p_high"]].min(axis=1).reindex(expected.index)
        p = expected[column]
        bound = 4 * np.sqrt(p * (1 - p) * (1 / 9_999 + 1 / 99_999)) + 0.001
        assert ((folded - p).abs() <= bound).all()


def test_gi_star_of_getis_and_ord_1996(references: Path) -> None:
    """The 16 x 16 raster of Getis and Ord (1996), p. 263, as spdep's help page computes it."""
    folder = references / "getisord1996"
    expected = json.loads((folder / "expected.json").read_text())["values"]
    cells = pd.read_csv(folder / "getisord.csv", dtype={"cell": str}).set_index("cell")
    gap = np.hypot(*(np.subtract.outer(cells[a].to_numpy(), cells[a].to_numpy()) for a in ("x", "y")))
    target = cells.index[119]
    for distance in (30, 60, 90, 120, 150):
        near = np.argwhere((gap <= distance) & (gap > 0))
        graph = Graph.from_arrays(cells.index[near[:, 0]], cells.index[near[:, 1]], np.ones(len(near)))
        gi = local_gi_star(cells["val"], graph, permutations=9, seed=1, include_self=False).table
        assert gi.loc[target, "z"] == pytest.approx(expected[f"Gi_z_d{distance}"], rel=1e-6)
        if distance == 30:
            star = local_gi_star(cells["val"], graph, permutations=9, seed=1).table
            assert star.loc[target, "z"] == pytest.approx(expected["GiStar_z_d30_eq14_2"], rel=1e-6)
            np.testing.assert_allclose(star.loc[cells.index, "z"], expected["GiStar_all"], rtol=1e-6)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_p_is_that_of_esda_run_beside_it() -> None:
    """esda 2.9, conditional permutation: the same p within the binomial error of both runs."""
    esda = pytest.importorskip("esda")
    values, graph = planted(10, 10), lattice(10, 10)
    theirs = esda.Moran_Local(values.to_numpy(), graph.to_W(), permutations=9_999, seed=3, keep_simulations=False)
    ours = local_moran(values, graph, permutations=99_999, seed=4).table
    order = ours.loc[list(graph.unique_ids)]
    folded = order[["p_low", "p_high"]].min(axis=1).to_numpy()
    p = np.asarray(theirs.p_sim)
    assert (np.abs(folded - p) <= 5 * np.sqrt(folded * (1 - folded) * (1 / 9_999 + 1 / 99_999)) + 0.0005).all()
    np.testing.assert_allclose(order["statistic"], np.asarray(theirs.Is) * 100 / 99, rtol=1e-6)


def test_a_planted_block_is_hot_and_noise_is_not() -> None:
    found = local_gi_star(planted(), lattice(12, 12), permutations=9_999, seed=1)
    assert found.table.loc["A0101", "label"] == "hot"
    assert found.counts["hot"] <= 16
    assert set(found.hot) <= {f"A{r:02d}{c:02d}" for r in range(5) for c in range(5)}
    moran = local_moran(planted(), lattice(12, 12), permutations=9_999, seed=1)
    assert moran.table.loc["A0101", "label"] == "high-high"
    assert "9,999 permutations" in repr(found)


def test_an_outlier_is_named_by_what_it_is_and_what_is_around() -> None:
    values = planted(lift=30)
    values["A0101"] = 0.0
    found = local_moran(values, lattice(12, 12), permutations=9_999, seed=1, alpha=0.2)
    assert found.table.loc["A0101", "label"] == "low-high"
    one_sided = local_moran(values, lattice(12, 12), permutations=9_999, seed=1, alpha=0.2, alternative="greater")
    assert "low-high" not in set(one_sided.table["label"])


@LAW
@given(seed=st.integers(0, 1_000), factor=st.sampled_from([1e-6, 0.5, 365.25, 1e9]))
def test_neither_order_nor_unit_matters(seed: int, factor: float) -> None:
    values, graph = planted(6, 6, seed=seed), lattice(6, 6)
    first = local_gi_star(values, graph, permutations=999, seed=5).table
    shuffled = values.sample(frac=1, random_state=seed)
    again = local_gi_star(shuffled, graph, permutations=999, seed=5).table
    assert list(again.index) == list(shuffled.index)
    pd.testing.assert_frame_equal(again.loc[first.index], first)
    scaled = local_gi_star(values * factor, graph, permutations=999, seed=5).table
    pd.testing.assert_frame_equal(scaled[["p_low", "p_high", "label"]], first[["p_low", "p_high", "label"]])
    np.testing.assert_allclose(scaled["z"], first["z"], rtol=1e-6)


@pytest.mark.parametrize("local", [local_gi_star, local_moran])
def test_the_opposite_of_the_values_turns_the_tails(local) -> None:
    values, graph = planted(6, 6), lattice(6, 6)
    up = local(values, graph, permutations=999, seed=5).table
    down = local(-values, graph, permutations=999, seed=5).table
    tails = ("p_low", "p_high") if local is local_gi_star else ("p_high", "p_low")
    np.testing.assert_array_equal(up["p_high"], down[tails[0]])
    np.testing.assert_array_equal(up["p_low"], down[tails[1]])


@pytest.mark.parametrize("local", [local_gi_star, local_moran])
def test_any_number_of_threads_gives_the_same_table(local) -> None:
    tables = [local(planted(), lattice(12, 12), permutations=25_000, seed=2, threads=t).table for t in (1, 3)]
    pd.testing.assert_frame_equal(*tables)


def test_general_weights_agree_with_shared_samples_where_they_are_equal() -> None:
    values, graph = planted(8, 8), lattice(8, 8)
    equal = local_gi_star(values, graph, permutations=20_000, seed=1)
    adjacency = graph.adjacency * (1 + 1e-9 * np.arange(len(graph.adjacency)))
    general = local_gi_star(values, Graph(adjacency), permutations=20_000, seed=1)
    assert equal.findings.weights.startswith("equal")
    assert general.findings.weights.startswith("differing")
    p = equal.table["p_high"]
    assert ((general.table["p_high"] - p).abs() <= 5 * np.sqrt(2 * p * (1 - p) / 20_000) + 1e-3).all()
    np.testing.assert_allclose(general.table["z"], equal.table["z"], rtol=1e-4, atol=1e-6)


def test_row_standardised_and_binary_weights_and_an_old_w_give_the_same() -> None:
    values, graph = planted(6, 6), lattice(6, 6)
    first = local_moran(values, graph, permutations=999, seed=1).table
    pd.testing.assert_frame_equal(local_moran(values, graph.transform("r"), permutations=999, seed=1).table, first)
    old = W({code: list(graph[code].index) for code in graph.unique_ids}, silence_warnings=True)
    pd.testing.assert_frame_equal(local_moran(values, old, permutations=999, seed=1).table, first)


def test_areas_without_a_value_leave_the_graph_and_islands_have_no_cluster() -> None:
    values, graph = planted(4, 4), lattice(4, 4)
    values[["A0001", "A0100"]] = np.nan  # leaves the corner A0000 without neighbours
    with pytest.warns(CoverageWarning, match="2 of 16"):
        found = local_gi_star(values, graph, permutations=99, seed=1)
    table = found.table
    assert table.loc["A0000", "label"] == "island"
    assert table.loc["A0001", "label"] == "not covered"
    assert np.isnan(table.loc["A0000", "p"])
    assert table.loc["A0001", "neighbours"] is pd.NA
    assert found.findings.islands == ("A0000",)
    assert found.findings.not_covered == ("A0001", "A0100")
    assert found.findings.tested == 13
    assert found.counts.sum() == 16


def test_all_values_equal_is_never_significant() -> None:
    values = pd.Series(3.3, index=lattice(5, 5).unique_ids)
    for local in (local_gi_star, local_moran):
        table = local(values, lattice(5, 5), permutations=99, seed=1).table
        assert set(table["label"]) == {"not significant"}
        assert (table[["p_low", "p_high", "p"]] == 1).all().all()
        assert table["z"].isna().all()


def test_one_area_and_islands_only_have_no_test() -> None:
    one = pd.Series([2.0], index=["a"])
    graph = Graph.from_arrays(["a"], ["a"], [0])
    for local in (local_gi_star, local_moran):
        table = local(one, graph, permutations=99, seed=1).table
        assert table["label"].tolist() == ["island"]
        assert table[["statistic", "z", "p"]].isna().all().all()
    islands = Graph.from_arrays(["a", "b", "c"], ["a", "b", "c"], [0, 0, 0])
    table = local_moran(pd.Series([1.0, 2, 3], index=list("abc")), islands, permutations=99, seed=1).table
    assert set(table["label"]) == {"island"}


def test_the_choice_of_correction_and_alternative_is_kept() -> None:
    values, graph = planted(), lattice(12, 12)
    none = local_gi_star(values, graph, permutations=99_999, seed=1, correction="none")
    bh = local_gi_star(values, graph, permutations=99_999, seed=1)
    by = local_gi_star(values, graph, permutations=99_999, seed=1, correction="by")
    assert len(none.hot) >= len(bh.hot) >= len(by.hot) >= 1
    np.testing.assert_array_equal(none.table["p_adjusted_high"], none.table["p_high"])
    greater = local_gi_star(values, graph, permutations=99_999, seed=1, alternative="greater")
    assert greater.counts["cold"] == 0
    assert set(bh.hot) <= set(greater.hot)
    less = local_gi_star(-values, graph, permutations=99_999, seed=1, alternative="less")
    assert less.counts["hot"] == 0
    assert less.counts["cold"] == greater.counts["hot"]
    assert (greater.table["p"] == greater.table["p_high"]).all()


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"permutations": 0}, "permutations"),
        ({"permutations": -3}, "permutations"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 1.0}, "alpha"),
        ({"alternative": "both"}, "alternative"),
        ({"correction": "fdr"}, "correction"),
        ({"null": "poisson"}, "null"),
        ({"null": "negative-binomial"}, "SeverityIndex"),
        ({"threads": 0}, "threads"),
        ({"seed": -1}, "seed"),
    ],
)
def test_wrong_choices_are_named(wrong: dict, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        local_gi_star(planted(4, 4), lattice(4, 4), **{"seed": 1, "permutations": 9, **wrong})


def test_a_graph_over_other_areas_is_refused() -> None:
    with pytest.raises(AlignmentError, match="same boundary year"):
        local_gi_star(planted(4, 4), lattice(4, 5), permutations=9, seed=1)
    with pytest.raises(AlignmentError, match="graph"):
        local_moran(planted(4, 5), lattice(4, 4), permutations=9, seed=1)


def test_values_must_be_numbers_by_area() -> None:
    graph = lattice(2, 2)
    codes = list(graph.unique_ids)
    with pytest.raises(SchemaError, match="finite"):
        local_gi_star(pd.Series([1, 2, np.inf, 3], index=codes), graph, permutations=9, seed=1)
    with pytest.raises(SchemaError, match="finite"):
        local_gi_star(pd.Series([1, 2, "many", 3], index=codes), graph, permutations=9, seed=1)
    with pytest.raises(SchemaError, match="more than once"):
        local_gi_star(pd.Series([1.0, 2], index=["a", "a"]), graph, permutations=9, seed=1)
    with pytest.raises(ParameterError, match="give what `severity_index` returns"):
        local_gi_star([1, 2, 3, 4], graph, permutations=9, seed=1)
    with pytest.raises(SchemaError, match="Not one"):
        local_gi_star(pd.Series(np.nan, index=codes), graph, permutations=9, seed=1)
    with pytest.raises(SchemaError, match="no areas"):
        local_gi_star(pd.Series([], dtype=float), graph, permutations=9, seed=1)
    with pytest.raises(ParameterError, match="libpysal"):
        local_gi_star(pd.Series(1.0, index=codes), codes, permutations=9, seed=1)


def ring(codes: list[str], reach: int = 2) -> Graph:
    n = len(codes)
    steps = [s for s in range(-reach, reach + 1) if s]
    focal = np.repeat(codes, len(steps))
    other = [codes[(i + s) % n] for i in range(n) for s in steps]
    return Graph.from_arrays(focal, other, np.ones(len(other)))


def test_an_area_that_was_covered_and_has_no_population_is_not_called_uncovered() -> None:
    index = crosswalked(9)
    codes = list(index.table.index)
    table = index.table.copy()
    gaps = {codes[0]: "no population above zero", codes[1]: "covered for 2 of 12 months"}
    for code, reason in gaps.items():
        table.loc[code, ["rate", "rate_shrunk"]] = np.nan
        table.loc[code, "rankable"] = False
        table.loc[code, "reason"] = reason
    ring = Graph.from_arrays(codes * 2, codes[1:] + codes[:1] + codes[-1:] + codes[:-1], np.ones(2 * len(codes)))
    changed = dataclasses.replace(index, table=table)
    with pytest.warns(CoverageWarning, match="2 of 9"):
        found = local_gi_star(changed, ring, permutations=99, seed=1)
    assert found.table["label"].iloc[:2].tolist() == ["no population", "not covered"]
    assert found.counts[["no population", "not covered"]].tolist() == [1, 1]
    with pytest.warns(CoverageWarning, match="2 of 9"):
        spread = local_spread(changed, ring)
    assert spread.table["label"].iloc[:2].tolist() == ["no population", "not covered"]


def crosswalked(areas: int = 40) -> SeverityIndex:
    counts, population, weights = random_counts(areas=areas)
    return severity_index(counts, weights, population)


def test_an_index_gives_its_standardised_rate_by_default_and_its_about() -> None:
    index = crosswalked()
    found = local_gi_star(index, ring(list(index.table.index)), permutations=999, seed=1)
    rate, error = index.table["rate"].astype(float), index.table["rate_se"].astype(float)
    share = index.table["exposure"].astype(float) / index.table["exposure"].astype(float).sum()
    mean = (share * rate).sum()
    between = max((share * (rate - mean) ** 2).sum() - (share * error**2).sum(), 0)
    expected = (rate - mean) / np.sqrt(between + error**2)
    pd.testing.assert_series_equal(found.table["value"], expected, check_names=False)
    assert found.about == index.about
    assert found.findings.column == "rate_eb"
    assert found.table["hot_without_top_event"].isna().all()
    assert "categories" in found.findings.top_event
    with pytest.raises(ParameterError, match="rate_shrunk"):
        local_gi_star(index, ring(list(index.table.index)), column="rate_shrunken", permutations=9, seed=1)
    graph = ring(list(index.table.index))
    stated = local_gi_star(index.table["rate"], graph, permutations=9, seed=1, about=About(unit="u"))
    assert stated.about.unit == "u"
    assert stated.findings.column == "rate"


def test_standardised_rates_weigh_small_areas_less() -> None:
    index = crosswalked()
    found = local_moran(index, ring(list(index.table.index)), column="rate_eb", permutations=99, seed=1)
    score = found.table["value"]
    e = index.table["exposure"].astype(float)
    mean = (index.table["harm"].sum()) / e.sum()
    assert (np.sign(score) == np.sign(index.table["rate"] - mean)).all()
    assert 0.5 < score.std() < 2


def test_redrawn_crimes_give_a_uniform_p_where_rates_are_equal_and_find_what_is_planted() -> None:
    rng = np.random.default_rng(5)
    people = rng.integers(2_000, 20_000, 60).astype(float)
    n = rng.poisson(people[:, None, None] * np.array([0.002, 0.0005])[None, :, None], (60, 2, 6))
    weights, population = make_weights({"burglary": 380.0, "drugs": 100.0}), None
    codes = [f"W{i:03d}" for i in range(60)]
    population = make_population(dict(zip(codes, people, strict=True)))
    graph = ring(codes)
    index = severity_index(make_counts(n, offences=("burglary", "drugs")), weights, population)
    found = local_gi_star(index, graph, column="rate", null="negative-binomial", permutations=999, seed=1)
    assert found.counts["hot"] + found.counts["cold"] <= 3
    assert 0.2 < found.table["p_high"].mean() < 0.8
    lifted = n.copy()
    lifted[10:15] *= 3
    index = severity_index(make_counts(lifted, offences=("burglary", "drugs")), weights, population)
    hot = local_gi_star(index, graph, column="rate", null="negative-binomial", permutations=999, seed=1, threads=1)
    assert "W012" in hot.hot
    moran = local_moran(index, graph, column="rate", null="negative-binomial", permutations=999, seed=1)
    assert moran.table.loc["W012", "label"] == "high-high"
    again = local_gi_star(index, graph, column="rate", null="negative-binomial", permutations=999, seed=1, threads=3)
    pd.testing.assert_frame_equal(hot.table, again.table)
    with pytest.raises(ParameterError, match="column='rate'"):
        local_gi_star(index, graph, null="negative-binomial", permutations=9, seed=1)


def offence_level(n: np.ndarray) -> SeverityIndex:
    weights = make_weights({"burglary": 10.0, "homicide-murder": 8_000.0})
    counts = make_counts(n, offences=("burglary", "homicide-murder"))
    return severity_index(counts, weights, make_population({f"W{i:03d}": 5_000.0 for i in range(len(n))}))


def test_one_murder_does_not_keep_a_neighbourhood_hot() -> None:
    rng = np.random.default_rng(3)
    n = rng.poisson(20, (300, 2, 3))
    n[:, 1] = 0
    n[30, 1, 0] = 1
    index = offence_level(n)
    graph = ring([f"W{i:03d}" for i in range(300)])
    options = {"column": "rate", "permutations": 9_999, "seed": 1, "correction": "none"}
    assert not {"W029", "W031"} & set(local_gi_star(index, graph, **options).hot)  # one month of three
    found = local_gi_star(index, graph, months=False, **options)
    assert {"W029", "W031"} <= set(found.hot)
    assert not found.table.loc[["W028", "W029", "W031", "W032"], "hot_without_top_event"].any()
    assert found.findings.top_event == ""
    for local in (local_gi_star, local_moran):
        table = local(index, graph, permutations=999, seed=1, correction="none").table
        cold = ~table["label"].isin(["hot", "high-high"])
        assert table.loc[cold, "hot_without_top_event"].isna().all()
        assert table.loc[~cold, "hot_without_top_event"].notna().all()


def test_many_burglaries_stay_hot_without_one_of_them() -> None:
    rng = np.random.default_rng(3)
    n = rng.poisson(20, (60, 2, 3))
    n[:, 1] = 0
    n[30:36, 0] += 60
    index, graph = offence_level(n), ring([f"W{i:03d}" for i in range(60)])
    found = local_moran(index, graph, permutations=9_999, seed=1)
    assert found.table.loc[["W032", "W033"], "hot_without_top_event"].all()
    other = local_moran(index, graph, column="crimes", permutations=9, seed=1)
    assert "not defined" in other.findings.top_event


def test_labels_are_those_of_the_legend() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = local_moran(planted(5, 5), lattice(5, 5), permutations=999, seed=1)
    assert set(found.table["label"]) <= set(LABELS["local-moran"])
    assert list(found.counts.index) == list(LABELS["local-moran"])


def test_gi_needs_three_areas() -> None:
    two = np.array([1.0, 2.0])
    assert np.isnan(gi_moments(two, two[::-1], np.ones(2), np.ones(2), None).z).all()
