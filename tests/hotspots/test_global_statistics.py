"""Global Moran, Geary, G and join counts, and smoothed rates: agreement with spdep and esda, laws, gaps."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from factories import random_counts
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from libpysal.graph import Graph

from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ParameterError, SchemaError
from socharm.hotspots.areas.global_statistics import (
    global_g,
    global_geary,
    global_join_counts,
    global_moran,
    rate_moran,
)
from socharm.hotspots.areas.smoothing import smooth_rates
from socharm.severity.index import SeverityIndex, severity_index

LAW = quick(max_examples=10, deadline=None)
EVERY = (global_moran, global_geary, global_g)


def graph_of(edges: pd.DataFrame) -> Graph:
    return Graph.from_arrays(edges["focal"].to_numpy(), edges["neighbor"].to_numpy(), np.ones(len(edges)))


def ring(n: int, islands: int = 0) -> Graph:
    """Areas in a circle, each with the next and the one before, and islands after them."""
    codes = [f"A{i:02d}" for i in range(n + islands)]
    joins = [(codes[i], codes[(i + step) % n], 1.0) for i in range(n) for step in (1, -1)]
    joins += [(code, code, 0.0) for code in codes[n:]]
    return Graph.from_arrays(*(np.array(part) for part in zip(*joins, strict=True)))


def waves(n: int, islands: int = 0) -> pd.Series:
    codes = pd.Index([f"A{i:02d}" for i in range(n + islands)], name="area_code")
    return pd.Series(2 + np.sin(2 * np.pi * np.arange(n + islands) / n), index=codes, name="rate")


@pytest.fixture(scope="module")
def columbus(references: Path) -> tuple[pd.Series, Graph, dict[str, Any]]:
    folder = references / "columbus"
    crime = pd.read_csv(folder / "columbus.csv", dtype={"id": str}).set_index("id")["CRIME"]
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["values"]
    return crime, graph_of(pd.read_csv(folder / "neighbours.csv", dtype=str)), expected


@pytest.fixture(scope="module")
def sids(references: Path) -> tuple[pd.DataFrame, Graph, pd.DataFrame, dict[str, Any]]:
    folder = references / "ncsids"
    table = pd.read_csv(folder / "ncsids.csv", dtype={"id": str}).set_index("id")
    by_area = pd.read_csv(folder / "expected_local.csv", dtype={"id": str}).set_index("id")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["values"]
    return table, graph_of(pd.read_csv(folder / "neighbours_CR85.csv", dtype=str)), by_area, expected


@pytest.fixture(scope="module")
def index() -> SeverityIndex:
    counts, population, weights = random_counts(areas=20, months=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return severity_index(counts, weights, population)


def test_moran_of_columbus_is_that_of_spdep(columbus):
    """Computed with spdep 1.2-7 (case f01_columbus_autocorr); esda 2.10.0 agrees."""
    crime, graph, expected = columbus
    row = global_moran(crime, graph, permutations=99, seed=1).table.loc["moran"]
    one, two = expected["moran_randomisation"], expected["moran_normality"]
    found = row[["statistic", "expected", "variance", "z", "variance_normality", "z_normality", "p_normal"]]
    wanted = [one["I"], one["EI"], one["VI"], one["z"], two["VI"], two["z"], one["p_two_sided"]]
    np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-6)


def test_geary_of_columbus_is_that_of_spdep(columbus):
    crime, graph, expected = columbus
    row = global_geary(crime, graph, permutations=99, seed=1).table.loc["geary"]
    one, two = expected["geary_randomisation"], expected["geary_normality"]
    found = row[["statistic", "variance", "z", "variance_normality", "z_normality", "p_normal"]]
    wanted = [one["C"], one["VC"], one["z_spdep_sign"], two["VC"], two["z_spdep_sign"], one["p_two_sided"]]
    np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-6)


def test_g_of_columbus_is_that_of_spdep(columbus):
    crime, graph, expected = columbus
    row = global_g(crime, graph, permutations=99, seed=1).table.loc["g"]
    found, wanted = row[["statistic", "expected", "variance", "z"]], expected["globalG_B"]
    np.testing.assert_allclose(found.astype(float), [wanted[key] for key in ("G", "EG", "VG", "z")], rtol=1e-6)


def test_join_counts_of_columbus_are_those_of_spdep(columbus):
    crime, graph, expected = columbus
    table = global_join_counts(crime > 35, graph, permutations=99, seed=1).table
    for name, row in zip(("both", "neither", "mixed"), expected["joincount"]["multi"], strict=False):
        found = table.loc[name, ["statistic", "expected", "variance", "z"]].astype(float)
        wanted = [row[key] for key in ("Joincount", "Expected", "Variance", "z-value")]
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_permuted_moments_are_near_the_analytical_ones(columbus):
    crime, graph, _ = columbus
    for method in EVERY:
        row = method(crime, graph, permutations=4_999, seed=2).table.iloc[0]
        assert row["permuted_mean"] == pytest.approx(row["expected"], abs=5 * np.sqrt(row["variance"] / 4_999))
        assert row["permuted_variance"] == pytest.approx(row["variance"], rel=0.15)
        assert row["p_greater"] == pytest.approx(1 / 5_000)


def test_rates_of_north_carolina_are_those_of_spdep(sids):
    """Computed with spdep 1.2-7 (case f01_ncsids_eb): EBest, EBlocal, probmap."""
    table, graph, by_area, expected = sids
    overall = smooth_rates(table["SID74"], table["BIR74"]).table
    assert overall["prior_variance"].iloc[0] == pytest.approx(expected["EB_a"], rel=1e-6)
    assert overall["prior_mean"].iloc[0] == pytest.approx(expected["EB_b"], rel=1e-6)
    by_area = by_area.reindex(overall.index)
    np.testing.assert_allclose(overall["rate_smoothed"], by_area["EB_global"], rtol=1e-6)
    np.testing.assert_allclose(overall["expected"], by_area["pm_expected"], rtol=1e-6)
    np.testing.assert_allclose(100 * overall["ratio"], by_area["relRisk"], rtol=1e-6)
    np.testing.assert_allclose(overall["p_low"], by_area["choynowski_pmap"], rtol=1e-6)
    both = overall["p_low"] + overall["p_high"]
    assert np.all((both > 1) & (both <= 2))  # the count itself stands in both tails
    around = smooth_rates(table["SID74"], table["BIR74"], graph=graph).table
    np.testing.assert_allclose(around["rate_smoothed"], by_area["EB_local"], rtol=1e-6)


def test_moran_of_rates_is_that_of_spdep(sids):
    """EBImoran.mc (binary and row-standardised; its p are of 9,999 permutations), Freeman-Tukey Moran."""
    table, graph, _, expected = sids
    call = {"population": table["BIR74"], "seed": 3, "alternative": "greater"}
    plain = rate_moran(table["SID74"], graph, weights="plain", **call)
    row = rate_moran(table["SID74"], graph, **call)
    assert plain.statistic == pytest.approx(expected["EBI_B"]["stat"], rel=1e-6)
    assert row.statistic == pytest.approx(expected["EBI_W"]["stat"], rel=1e-6)
    assert plain.p == pytest.approx(expected["EBI_B"]["p"], abs=0.01)
    assert row.p == pytest.approx(expected["EBI_W"]["p"], abs=0.01)
    roots = rate_moran(table["SID74"], graph, transform="freeman-tukey", permutations=99, **call)
    wanted = expected["moran_ft_W"]
    found = roots.table.loc["moran", ["statistic", "expected", "variance", "z"]].astype(float)
    np.testing.assert_allclose(found, [wanted[key] for key in ("I", "EI", "VI", "z")], rtol=1e-6)


@pytest.mark.parametrize("method", EVERY)
@given(
    values=st.lists(st.integers(0, 50), min_size=8, max_size=8).filter(lambda v: len(set(v)) > 1 and sum(v) > max(v))
)
@LAW
def test_order_of_rows_and_unit_change_nothing(method, values):
    series = waves(8) * 0 + values
    once = method(series, ring(8), permutations=199, seed=5).table
    for other in (series.iloc[::-1], series * 1_000, series / 7):
        again = method(other, ring(8), permutations=199, seed=5).table
        pd.testing.assert_frame_equal(once, again, rtol=1e-7, atol=1e-9)


def test_a_shift_changes_neither_moran_nor_geary():
    for method in (global_moran, global_geary):
        once, again = (method(waves(12) + shift, ring(12), permutations=199, seed=1).table for shift in (0, 1_000))
        pd.testing.assert_frame_equal(once, again, rtol=1e-7)


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_nothing(threads):
    once = global_moran(waves(12), ring(12), permutations=1_200, seed=9, threads=1).table
    assert once.equals(global_moran(waves(12), ring(12), permutations=1_200, seed=9, threads=threads).table)


def test_p_is_uniform_where_nothing_clusters():
    rng = np.random.default_rng(11)
    p = [
        global_moran(waves(30) * 0 + rng.gamma(2, size=30), ring(30), permutations=199, seed=run, threads=1).p
        for run in range(300)
    ]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.09)


def test_alternatives_point_the_same_way_for_moran_and_geary():
    for method in (global_moran, global_geary):
        found = method(waves(16), ring(16), permutations=999, seed=1, alternative="greater")
        assert found.p < 0.01
        assert found.z > 3
        assert method(waves(16), ring(16), permutations=999, seed=1, alternative="less").p > 0.99


def test_islands_take_no_part():
    alone = global_moran(waves(12, islands=2), ring(12, islands=2), permutations=99, seed=1)
    assert alone.findings.islands == ("A12", "A13")
    assert alone.findings.areas == 12
    assert alone.statistic == pytest.approx(global_moran(waves(12), ring(12), permutations=99, seed=1).statistic)
    assert "2 islands" in repr(alone)


def test_areas_without_a_value_leave_the_graph():
    values = waves(12)
    values.iloc[3] = np.nan
    with pytest.warns(CoverageWarning, match="1 of 12 areas has no value"):
        found = global_moran(values, ring(12), permutations=99, seed=1)
    assert found.findings.not_covered == ("A03",)
    assert found.findings.areas == 11


@pytest.mark.parametrize("method", EVERY)
def test_equal_values_have_no_statistic(method):
    with pytest.warns(DataWarning, match="all 12 values are equal"):
        found = method(waves(12) * 0 + 0.1, ring(12), permutations=99, seed=1)
    assert found.table.isna().all(axis=None)
    assert found.findings.reason == "all 12 values are equal"
    assert "all 12 values are equal" in repr(found)


def test_one_area_or_islands_only_have_no_statistic():
    one = Graph.from_arrays(["A00"], ["A00"], [0.0])
    with pytest.warns(DataWarning, match="0 areas have neighbours"):
        assert np.isnan(global_moran(waves(1), one, permutations=99, seed=1).p)
    apart = Graph.from_arrays(["A00", "A01"], ["A00", "A01"], [0.0, 0.0])
    with pytest.warns(DataWarning, match="0 areas have neighbours"):
        assert np.isnan(global_geary(waves(2), apart, permutations=99, seed=1).z)


def test_where_all_areas_touch_there_is_no_spread():
    codes = [f"A{i:02d}" for i in range(6)]
    pairs = [(a, b) for a in codes for b in codes if a != b]
    graph = Graph.from_arrays([a for a, _ in pairs], [b for _, b in pairs], np.ones(len(pairs)))
    found = global_moran(waves(6), graph, permutations=99, seed=1)
    assert np.isnan(found.z)
    assert found.p == 1.0


def test_one_value_above_zero_has_no_g():
    with pytest.warns(DataWarning, match="fewer than two values are above 0"):
        assert np.isnan(global_g(waves(8) * 0 + ([1.0] + [0.0] * 7), ring(8), permutations=9, seed=1).p)


def test_marks_may_be_missing():
    marks = pd.Series([True, False] * 4, index=waves(8).index, dtype="boolean")
    marks.iloc[0] = pd.NA
    with pytest.warns(CoverageWarning, match="1 of 8"):
        found = global_join_counts(marks, ring(8), permutations=99, seed=1)
    assert found.table["statistic"].sum() == 6
    assert found.table.loc["mixed", "z"] > 1


def test_an_index_is_tested_by_its_standardised_rate(index):
    graph = ring(20)
    codes = dict(zip([f"A{i:02d}" for i in range(20)], index.table.index, strict=True))
    edges = graph.adjacency.reset_index().replace(codes)
    graph = Graph.from_arrays(*(edges[part].to_numpy() for part in ("focal", "neighbor", "weight")))
    assert global_moran(index, graph, permutations=99, seed=1).findings.column == "rate_eb"
    assert global_g(index, graph, permutations=99, seed=1).findings.column == "rate_shrunk"
    assert rate_moran(index, graph, permutations=99, seed=1).findings.areas == 20
    smoothed = smooth_rates(index, graph=graph)
    assert smoothed.about.unit == "crimes per resident per year"
    np.testing.assert_allclose(smoothed.table["rate"], index.table["crimes"] / index.table["exposure"])
    with pytest.raises(ParameterError, match="index has its own exposure"):
        smooth_rates(index, index.table["exposure"])


def test_wrong_questions_are_refused():
    values, graph = waves(8), ring(8)
    with pytest.raises(AlignmentError, match="is not in"):
        global_moran(values, ring(9), permutations=9, seed=1)
    with pytest.raises(ParameterError, match="permutations"):
        global_moran(values, graph, permutations=0, seed=1)
    with pytest.raises(ParameterError, match="`alternative`"):
        global_geary(values, graph, alternative="more", seed=1)
    with pytest.raises(ParameterError, match="`weights`"):
        global_moran(values, graph, weights="w", seed=1)
    with pytest.raises(ParameterError, match="`seed`"):
        global_moran(values, graph, permutations=9, seed=-1)
    with pytest.raises(ParameterError, match="holds negative values"):
        global_g(values - 5, graph, permutations=9, seed=1)
    with pytest.raises(SchemaError, match="must be true or false"):
        global_join_counts(values, graph, seed=1)
    with pytest.raises(ParameterError, match="`marked` is a list; it must be a Series"):
        global_join_counts([True], graph, seed=1)
    with pytest.raises(ParameterError, match="`transform`"):
        rate_moran(values.round(), graph, values, transform="log", seed=1)


def test_wrong_counts_are_refused():
    people = waves(8) * 100
    with pytest.raises(SchemaError, match="must be whole counts"):
        smooth_rates(waves(8), people)
    with pytest.raises(SchemaError, match="of at least 0"):
        smooth_rates(-waves(8).round(), people)
    with pytest.raises(ParameterError, match="`population` is missing"):
        smooth_rates(waves(8).round())
    with pytest.raises(AlignmentError, match="is not in"):
        smooth_rates(waves(8).round(), people.iloc[1:])
    with pytest.raises(ParameterError, match="give what `severity_index` returns"):
        smooth_rates([1, 2], people)


def test_no_population_is_no_rate():
    people = waves(8) * 100
    people.iloc[2] = 0
    with pytest.warns(CoverageWarning) as told:
        found = smooth_rates(waves(8).round(), people, graph=ring(8))
    assert any("population of 0" in str(warning.message) for warning in told)
    assert found.findings.not_covered == ("A02",)
    assert found.table.loc["A02"].isna().all()
    assert found.table.drop("A02").notna().all(axis=None)
    assert "8, 7 with a rate" in repr(found)


def test_a_local_rate_of_an_island_stays():
    found = smooth_rates(waves(8, islands=1).round(), waves(8, islands=1) * 100, graph=ring(8, islands=1))
    assert found.findings.islands == ("A08",)
    assert found.table.loc["A08", "rate_smoothed"] == found.table.loc["A08", "rate"]
