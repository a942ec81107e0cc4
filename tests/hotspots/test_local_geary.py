"""Local Geary and LOSH: agreement with spdep and esda, laws, and who cannot be tested."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from libpysal.graph import Graph

from socharm.errors import AlignmentError, CoverageWarning, ParameterError
from socharm.hotspots.areas.local_geary import HETEROGENEITY_LABELS, local_geary, local_spread

LAW = quick(max_examples=10, deadline=None)


def lattice(side: int, islands: int = 0) -> Graph:
    codes = [f"A{at:03d}" for at in range(side * side + islands)]
    joins = [(codes[at], codes[at], 0.0) for at in range(side * side, len(codes))]
    for at in range(side * side):
        for there in (at + 1 if (at + 1) % side else None, at + side if at + side < side * side else None):
            if there is not None:
                joins += [(codes[at], codes[there], 1.0), (codes[there], codes[at], 1.0)]
    return Graph.from_arrays(*(np.array(part) for part in zip(*joins, strict=True)))


def noise(side: int, islands: int = 0, seed: int = 0) -> pd.Series:
    n = side * side + islands
    codes = pd.Index([f"A{at:03d}" for at in range(n)], name="area_code")
    return pd.Series(np.random.default_rng(seed).gamma(4, size=n), index=codes, name="rate")


@pytest.fixture(scope="module")
def columbus(references: Path) -> tuple[pd.Series, Graph, pd.DataFrame, pd.DataFrame]:
    folder = references / "columbus"
    crime = pd.read_csv(folder / "columbus.csv", dtype={"id": str}).set_index("id")["CRIME"]
    edges = pd.read_csv(folder / "neighbours.csv", dtype=str)
    graph = Graph.from_arrays(edges["focal"].to_numpy(), edges["neighbor"].to_numpy(), np.ones(len(edges)))
    spdep = pd.read_csv(folder / "expected_local.csv", dtype={"id": str}).set_index("id").reindex(crime.index)
    esda = pd.read_csv(folder / "expected_local_esda_CRIME.csv", dtype={"id": str}).set_index("id")
    return crime, graph, spdep, esda.reindex(crime.index)


def test_local_geary_of_columbus(columbus):
    """Statistic: spdep 1.2-7 (esda's is n / (n - 1) times it); p: esda 2.10.0, 9,999 conditional permutations."""
    crime, graph, spdep, esda = columbus
    table = local_geary(crime, graph, seed=1).table
    np.testing.assert_allclose(table["statistic"], spdep["localC_W"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(table["statistic"] * 49 / 48, esda["localGeary"], rtol=1e-6, atol=1e-8)
    p = np.minimum(table["p_low"], table["p_high"])
    assert np.all(np.abs(p - esda["localGeary_p_sim"]) <= 4 * np.sqrt(2 * p * (1 - p) / 9_999) + 0.001)


def test_losh_of_columbus(columbus):
    """Computed with spdep 1.2-7; the chi-squared p with esda 2.10.0."""
    crime, graph, spdep, esda = columbus
    table = local_spread(crime, graph).table
    np.testing.assert_allclose(table["statistic"], spdep["LOSH_Hi"], rtol=1e-6)
    np.testing.assert_allclose(table["expected"], spdep["LOSH_E"])
    np.testing.assert_allclose(table["variance"], spdep["LOSH_Var"], rtol=1e-6)
    np.testing.assert_allclose(2 * table["statistic"] / table["variance"], spdep["LOSH_Z"], rtol=1e-6)
    np.testing.assert_allclose(table["p_high"], esda["LOSH_p"], rtol=1e-6)


def test_moments_of_local_geary_are_those_of_permutation():
    values = noise(4)
    table = local_geary(values, lattice(4), permutations=9, seed=1).table
    z = ((values - values.mean()) / values.std(ddof=1)).to_numpy()
    rng = np.random.default_rng(4)
    for area, neighbours in ((0, 2), (5, 4)):
        others = np.delete((z[area] - z) ** 2, area)
        drawn = rng.permuted(np.tile(others, (20_000, 1)), axis=1)[:, :neighbours].mean(axis=1)
        assert table["expected"].iloc[area] == pytest.approx(others.mean())
        assert table["variance"].iloc[area] == pytest.approx(drawn.var(), rel=0.05)


@given(seed=st.integers(0, 1_000), unit=st.sampled_from([1_000.0, 1 / 7]))
@LAW
def test_order_unit_and_threads_change_nothing(seed, unit):
    values = noise(5, seed=seed)
    once = local_geary(values, lattice(5), permutations=199, seed=seed, threads=1).table.drop(columns="value")
    spread = local_spread(values, lattice(5)).table.drop(columns="value")
    for other in (values.iloc[::-1], values * unit):
        again = local_geary(other, lattice(5), permutations=199, seed=seed, threads=3).table.drop(columns="value")
        pd.testing.assert_frame_equal(once, again.reindex(once.index), rtol=1e-7)
        again = local_spread(other, lattice(5)).table.drop(columns="value")
        pd.testing.assert_frame_equal(spread, again.reindex(spread.index), rtol=1e-7)


def test_p_of_local_geary_is_uniform_where_nothing_clusters():
    p = np.concatenate(
        [local_geary(noise(8, seed=s), lattice(8), permutations=199, seed=s).table["p_low"] for s in range(20)]
    )
    assert np.mean(p <= 0.1) == pytest.approx(0.1, abs=0.03)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.05)


def test_clusters_and_outliers_are_told_apart():
    values = noise(12) * 0.05 + np.tile(np.repeat([0.0, 3.0], [9, 3]), 12)
    values.iloc[5 * 12 + 10] = 0.0  # a low area among high ones
    found = local_geary(values, lattice(12), permutations=9_999, correction="none", seed=2)
    assert found.table["label"].iloc[5 * 12 + 10] == "different"
    assert found.counts["high-high"] >= 10
    assert list(found.counts.index) == list(HETEROGENEITY_LABELS["local-geary"])
    assert "9,999 permutations" in repr(found)


def test_an_extreme_area_makes_its_neighbourhood_uneven():
    values = noise(12)
    values.iloc[78] = 80.0
    found = local_spread(values, lattice(12), correction="none")
    assert (found.table["label"].iloc[[77, 79, 66, 90]] == "uneven").all()
    assert "chi-squared" in repr(found)


@pytest.mark.parametrize("method", ["geary", "spread"])
def test_islands_gaps_and_equal_values_are_not_significant(method):
    def run(values, graph):
        return local_geary(values, graph, permutations=99, seed=1) if method == "geary" else local_spread(values, graph)

    values = noise(4, islands=1)
    values.iloc[0] = np.nan
    with pytest.warns(CoverageWarning, match="1 of 17"):
        found = run(values, lattice(4, islands=1))
    assert found.findings.islands == ("A016",)
    assert found.findings.tested == 15
    assert found.table["label"].iloc[[0, 16]].tolist() == ["not covered", "island"]
    flat = run(noise(4) * 0 + 0.1, lattice(4))
    assert set(flat.table["label"]) == {"not significant"}
    assert (flat.table["p_low"] == 1).all()
    one = run(noise(1), Graph.from_arrays(["A000"], ["A000"], [0.0]))
    assert one.table["label"].tolist() == ["island"]


def test_wrong_questions_are_refused():
    with pytest.raises(AlignmentError, match="are not in"):
        local_geary(noise(4), lattice(3), seed=1)
    with pytest.raises(ParameterError, match="permutations"):
        local_geary(noise(3), lattice(3), permutations=0, seed=1)
    with pytest.raises(ParameterError, match="`threads`"):
        local_geary(noise(3), lattice(3), threads=0, seed=1)
    with pytest.raises(ParameterError, match="`alpha`"):
        local_spread(noise(3), lattice(3), alpha=1.5)
    with pytest.raises(ParameterError, match="`correction`"):
        local_spread(noise(3), lattice(3), correction="holm")


@pytest.mark.parametrize("factor", [1.0, 3.0, 0.1, 1e-9, 7e12])
def test_labels_do_not_hang_on_the_last_digit(factor):
    # Two plateaus: most areas equal the mean of their neighbours but for rounding (0.1 + 0.2 is not 0.3).
    values = pd.Series(np.repeat([0.1 + 0.2, 0.7], 50), index=noise(10).index) * factor
    found = local_spread(values, lattice(10), correction="none").table
    plain = local_spread(values / factor, lattice(10), correction="none").table
    assert found["label"].tolist() == plain["label"].tolist()
    np.testing.assert_allclose(found["p_low"], plain["p_low"], rtol=1e-9)


def test_ties_have_the_chance_that_ties_have():
    # Worked by hand: 16 areas, values differ in one corner; residuals are 0 but in that area and its two neighbours.
    values = pd.Series(0.0, index=noise(4).index)
    values.iloc[0] = 1.0
    found = local_spread(values, lattice(4), correction="none").table
    far = found.iloc[15]  # two rook neighbours of the opposite corner, 13 areas without a residual, 12 others
    with_none = int((local_spread(values, lattice(4)).table["statistic"] == 0).sum())
    assert with_none > 0
    neighbours = len(lattice(4)[found.index[15]])
    expected = np.prod([(12 - k) / (15 - k) for k in range(neighbours)])
    assert far["p_low"] == pytest.approx(expected)
    assert (found["p_low"] > 0).all()


def test_residuals_of_one_size_tell_nothing():
    board = pd.Series([(row + column) % 2 for row in range(6) for column in range(6)], index=noise(6).index) * 0.1
    found = local_spread(board, lattice(6), correction="none").table
    assert (found[["p_low", "p_high"]] == 1).all(axis=None)
