"""Emerging hot spots: the patterns by definition, Gi* of the published case, laws, and what no pattern is told of."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_population, make_weights
from hypothesis import given
from hypothesis import settings as quick
from hypothesis import strategies as st
from libpysal.graph import Graph

from socharm.errors import AlignmentError, CoverageWarning, ModelWarning, ParameterError, SchemaError
from socharm.hotspots.areas.emerging import emerging_hotspots
from socharm.hotspots.areas.emerging_patterns import (
    COLD_PATTERNS,
    HOT_PATTERNS,
    NO_PATTERN,
    PATTERNS,
    patterns_of,
    step_counts,
)
from socharm.hotspots.areas.local import local_gi_star
from socharm.hotspots.areas.trends import mann_kendall
from socharm.severity.index import severity_index

LAW = quick(max_examples=60, deadline=None)
STEPS = 12


def lattice(rows: int, columns: int) -> Graph:
    """Queen neighbours on a grid; codes in reading order."""
    codes = {(r, c): f"A{r:02d}{c:02d}" for r in range(rows) for c in range(columns)}
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]
    edges = [
        (code, codes[r + dr, c + dc]) for (r, c), code in codes.items() for dr, dc in steps if (r + dr, c + dc) in codes
    ]
    return Graph.from_arrays([a for a, _ in edges], [b for _, b in edges], np.ones(len(edges)))


def noise(rows: int, columns: int, periods: int = STEPS, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    codes = pd.Index([f"A{r:02d}{c:02d}" for r in range(rows) for c in range(columns)], name="area_code")
    months = pd.period_range("2024-01", periods=periods, freq="M").astype(str)
    return pd.DataFrame(rng.normal(20, 1, (len(codes), periods)), index=codes, columns=months)


#: Twelve periods of each hot pattern: h hot, c cold, . neither; its trend, and the name that the definitions give.
WRITTEN = [
    ("...........h", 0, "new"),
    ("cc.........h", 0, "new"),
    (".........hhh", 0, "consecutive"),
    ("..........hh", 1, "consecutive"),
    (".hhhhhhhhhhh", 1, "intensifying"),
    ("hhhhhhhhhhhh", 1, "intensifying"),
    ("hhhhhhhhhhhh", 0, "persistent"),
    ("h.hhhhhhhhhh", 0, "persistent"),
    ("hhhhhhhhhhhh", -1, "diminishing"),
    ("hhhhhchhhhhh", -1, "diminishing"),
    ("h..........h", 0, "sporadic"),
    ("hh.hhh.hhhhh", 0, "sporadic"),
    ("hhhhhh.....h", -1, "sporadic"),
    ("c.h........h", 0, "oscillating"),
    ("hhhhhhhcc.hh", 0, "oscillating"),
    ("hhhhhhhhhhh.", 0, "historical"),
    ("hhhhhhhhhhh.", 1, "historical"),
]
NEITHER = ["............", "hhhhhhhhhh..", "..hhhhhhhhh.", "h...........", "hhhhhhcccccc."[:12][:-1] + "."]


def named(text: str, trend: int) -> str:
    row = np.array([list(text)])
    steps = step_counts(row == "h", row == "c", row != "?")
    return str(patterns_of(steps, np.array([trend > 0]), np.array([trend < 0]))[0])


@pytest.mark.parametrize(("text", "trend", "word"), WRITTEN)
def test_each_pattern_is_named_by_its_published_definition_and_cold_mirrors_hot(text, trend, word):
    assert named(text, trend) == f"{word} hot spot"
    assert named(text.translate(str.maketrans("hc", "ch")), -trend) == f"{word} cold spot"


def test_the_written_patterns_reach_all_seventeen():
    words = {word for _, _, word in WRITTEN}
    assert {f"{word} {side} spot" for word in words for side in ("hot", "cold")} | {NO_PATTERN} == set(PATTERNS)
    assert len(PATTERNS) == 17
    assert {named(text, 0) for text in NEITHER} == {NO_PATTERN}


def test_what_an_area_is_now_goes_before_what_it_was():
    assert named("ccccccccccch", 0) == "new hot spot"
    assert named("hhhhhhhhhhhc", 0) == "new cold spot"


@LAW
@given(st.text("hc.?", min_size=1, max_size=24), st.sampled_from([-1, 0, 1]))
def test_every_series_has_exactly_one_pattern_and_it_is_what_its_words_say(text, trend):
    name = named(text, trend)
    assert name in PATTERNS
    told = [step for step in text if step != "?"]
    hot, last = told.count("h"), text[-1]
    if name in HOT_PATTERNS:
        lasting = hot >= 0.9 * len(told)
        assert (last == "h") == (name != "historical hot spot")
        assert lasting == (name.split()[0] in ("intensifying", "persistent", "diminishing", "historical"))
        assert (hot == 1 and not lasting) == (name == "new hot spot")
        assert name != "sporadic hot spot" or "c" not in told
        assert name != "oscillating hot spot" or "c" in told
        assert name != "consecutive hot spot" or "".join(told).rstrip("h").count("h") == 0
    elif name == NO_PATTERN:
        assert last not in "hc"
        assert max(hot, told.count("c")) < 0.9 * len(told) or not told
    assert named(text.translate(str.maketrans("hc", "ch")), -trend) == name.replace(
        *(("hot", "cold") if name in HOT_PATTERNS else ("cold", "hot"))
    )


# --- by way of the public function ---


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """Sixteen blocks of nine areas on a grid of 1,600, each with a pattern of its own."""
    table = noise(40, 40)
    values = table.to_numpy().copy().reshape(40, 40, STEPS)
    shapes = {
        "new": [0] * 11 + [8], "consecutive": [0] * 8 + [8] * 4, "intensifying": np.linspace(5, 16, 12),
        "persistent": [8] * 12, "diminishing": np.linspace(16, 5, 12), "sporadic": [8, 0, 0, 8, 0, 0] * 2,
        "oscillating": [-8, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 8], "historical": [8] * 11 + [0],
    }  # fmt: skip
    shapes["sporadic"] = [*shapes["sporadic"][:11], 8]
    for place, (_, shape) in enumerate(shapes.items()):
        for side, sign in enumerate((1, -1)):
            row, column = 10 * (place % 4) + 3, 10 * (place // 4) + 20 * side + 3
            values[row : row + 3, column : column + 3] += sign * np.array(shape)
    return pd.DataFrame(values.reshape(1600, STEPS), index=table.index, columns=table.columns)


CENTRES = {
    f"{word} {kind} spot": f"A{10 * (place % 4) + 4:02d}{10 * (place // 4) + 20 * side + 4:02d}"
    for place, word in enumerate(name.split()[0] for name in HOT_PATTERNS)
    for side, kind in enumerate(("hot", "cold"))
}


@pytest.mark.parametrize("inference", ["permutation", "analytic"])
def test_planted_patterns_are_found_in_their_blocks(planted, inference):
    found = emerging_hotspots(
        planted, lattice(40, 40), inference=inference, beyond_ordinary=False, trend_autocorrelation="none", seed=1
    )
    names = {code: found.table.loc[code, "by_definition"] for code in CENTRES.values()}
    assert names == {code: name for name, code in CENTRES.items()}
    assert set(found.counts.index) <= {*PATTERNS}
    assert found.counts.sum() == 1600
    assert set(COLD_PATTERNS) <= set(found.counts.index)


def test_the_default_keeps_what_lasts_and_drops_one_month(planted):
    table = emerging_hotspots(planted, lattice(40, 40), seed=1).table
    for side in ("hot", "cold"):
        assert table.loc[CENTRES[f"persistent {side} spot"], "pattern"] == f"persistent {side} spot"
        assert table.loc[CENTRES[f"new {side} spot"], ["pattern", "by_definition"]].tolist() == [
            NO_PATTERN,
            f"new {side} spot",
        ]
    kept = table["pattern"] != NO_PATTERN
    assert (table.loc[kept, "pattern"] == table.loc[kept, "by_definition"]).all()


# --- Boston ---


@pytest.fixture(scope="module")
def boston(shared_references: Path):
    folder = shared_references / "f10_emerging_boston"
    guns = pd.read_csv(folder / "bos_guns.csv", dtype={".region_id": str})
    values = guns.set_index([".region_id", "time_period"])["value"]
    edges = pd.read_csv(folder / "neighbours_queen_no_self.csv", dtype=str)
    graph = Graph.from_arrays(edges["focal"].to_numpy(), edges["neighbor"].to_numpy(), np.ones(len(edges)))
    expected = pd.read_csv(folder / "expected_gistar.csv", dtype={"region": str}).set_index(["region", "time"])
    return values, graph, expected["gi_star"], json.loads((folder / "expected.json").read_text())["values"]


def test_gi_star_of_gun_violence_in_boston_is_that_of_spdep(boston):
    """168 tracts, ten years: localG of R's spdep 1.2.7 with include.self."""
    values, graph, expected, _ = boston
    found = emerging_hotspots(values, graph, inference="analytic", seed=1)
    z = found.cube.set_index(["area_code", "period"])["z"]
    assert np.abs(z.to_numpy() - expected.reindex(list(z.index)).to_numpy()).max() < 1e-6
    assert found.findings.tested == len(expected) == 1680


def test_the_printed_trend_tests_are_those_of_s(boston):
    """Rows of Kendall::MannKendall that the sfdep article prints: n = 10, var 125, tau = S / 45."""
    for row in boston[3]["mk_published"]:
        series, fewer = list(range(10)), (45 - abs(row["S"])) // 2
        for place in range(fewer):  # each exchange of neighbours takes one rising pair away
            at = next(at for at in range(9) if series[at] < series[at + 1])
            series[at], series[at + 1] = series[at + 1], series[at]
            assert place < 45
        told = mann_kendall(pd.Series(series) * np.sign(row["S"])).table.iloc[0]
        assert (told["s"], told["var_s"]) == (row["S"], 125)
        assert told["tau"] == pytest.approx(row["tau"], abs=5e-4)
        assert f"{told['p']:.3g}" == f"{row['p']:.3g}"


def test_ten_years_of_a_town_that_changes_slowly_are_too_short_and_say_so(boston):
    found = emerging_hotspots(boston[0], boston[1], permutations=9_999, seed=1)
    assert set(found.table["pattern"]) == {"too short"}
    assert found.findings.independent < 2
    assert (found.table["by_definition"] == "persistent hot spot").sum() >= 3
    assert "tell as much as 1.4 independent ones" in repr(found)


# --- laws ---


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    table = noise(10, 10, seed=3)
    table.iloc[:3] += 6
    return table


def test_order_unit_and_threads_change_nothing(small):
    graph = lattice(10, 10)
    one = emerging_hotspots(small, graph, permutations=999, seed=1, threads=1)
    turned = small.iloc[::-1, np.random.default_rng(1).permutation(STEPS)]
    for other in (
        emerging_hotspots(turned, graph, permutations=999, seed=1, threads=2),
        emerging_hotspots(small * 1024.0, graph, permutations=999, seed=1),
        emerging_hotspots(small.stack(), graph, permutations=999, seed=1),  # noqa: PD013 - a Series by area and period
    ):
        pd.testing.assert_frame_equal(one.table, other.table.reindex(one.table.index), rtol=1e-9)
        pd.testing.assert_series_equal(one.cube["p_high"], other.cube["p_high"])
    assert one.cube["p_high"].equals(
        emerging_hotspots(small, graph, permutations=999, seed=1, threads=2).cube["p_high"]
    )


def test_one_period_is_local_gi_star_but_for_its_draws(small):
    graph = lattice(10, 10)
    found = emerging_hotspots(small, graph, permutations=99_999, seed=1).cube
    alone = local_gi_star(small["2024-05"], graph, permutations=99_999, seed=1).table
    period = found[found["period"] == "2024-05"].set_index("area_code").loc[alone.index]
    np.testing.assert_allclose(period["z"], alone["z"], rtol=1e-12)
    np.testing.assert_allclose(period["statistic"], alone["statistic"], rtol=1e-12)
    np.testing.assert_allclose(period["p_high"], alone["p_high"], atol=0.01)


def test_a_period_keeps_its_p_when_later_ones_come(small):
    graph = lattice(10, 10)
    before, after = (
        emerging_hotspots(small.iloc[:, :periods], graph, permutations=999, seed=1).cube for periods in (11, 12)
    )
    kept = after[after["period"] != "2024-12"]
    np.testing.assert_array_equal(before["p_high"], kept["p_high"])


def test_permutation_is_that_of_drawing_one_by_one(small):
    """A window of two periods: the other 2k + 1 values of a neighbourhood drawn anew from those of both periods."""
    graph = lattice(10, 10)
    found = emerging_hotspots(small, graph, baseline="window", periods_before=1, permutations=99_999, seed=1).cube
    area, rng = "A0300", np.random.default_rng(1)
    now, past = small["2024-06"], small["2024-05"]
    near = list(graph[area].index)
    observed = now[near].sum() + past[near].sum() + past[area]
    pool = np.concatenate([now.drop(area), past])
    drawn = np.array([rng.permutation(pool)[: 2 * len(near) + 1].sum() for _ in range(4_000)])
    row = found[(found["area_code"] == area) & (found["period"] == "2024-06")].iloc[0]
    assert row["neighbours"] == 2 * len(near) + 1
    assert row["p_high"] == pytest.approx((drawn >= observed).mean(), abs=0.03)


@pytest.mark.parametrize("lag", [0, 1])
def test_weights_that_differ_meet_the_same_moments(small, lag):
    """Equal weights of 3 give what weights of 1 do; weights that differ take the way of single draws."""
    graph = lattice(10, 10)
    tripled = Graph(graph.adjacency * 3.0)
    uneven = Graph(graph.adjacency * (1 + 1e-6 * np.arange(len(graph.adjacency)) % 1e-5))
    one, three, other = (
        emerging_hotspots(small, of, periods_before=lag, permutations=999, seed=1).cube
        for of in (graph, tripled, uneven)
    )
    np.testing.assert_allclose(one["z"], three["z"], rtol=1e-9)
    np.testing.assert_allclose(one["z"], other["z"], atol=1e-4)
    assert np.abs(one["p_high"] - other["p_high"]).mean() < 0.02


def test_baselines_hold_against_what_they_say(small):
    graph = lattice(10, 10)
    grown = small + 10 * np.arange(STEPS)  # all areas together
    step = emerging_hotspots(grown, graph, inference="analytic", seed=1).cube
    plain = emerging_hotspots(small, graph, inference="analytic", seed=1).cube
    np.testing.assert_allclose(step["z"], plain["z"], rtol=1e-6)
    cube = emerging_hotspots(grown, graph, baseline="cube", inference="analytic", seed=1).cube
    last = cube[cube["period"] == "2024-12"]
    assert (last["z"] > 1).all()
    pool = grown.to_numpy()
    row = last.iloc[5]
    near = [row["area_code"], *graph[row["area_code"]].index]
    k, n = len(near), pool.size
    expected = (grown.loc[near, "2024-12"].mean() - pool.mean()) / (pool.std() * np.sqrt((n - k) / (k * (n - 1))))
    assert row["z"] == pytest.approx(expected)
    previous = emerging_hotspots(grown, graph, baseline="previous", inference="analytic", seed=1).cube
    assert (previous.loc[previous["period"] != "2024-01", "z"] > 1).all()
    np.testing.assert_allclose(previous.loc[previous["period"] == "2024-01", "z"], plain["z"].iloc[::STEPS], rtol=1e-6)


# --- of an index ---


def test_an_index_is_taken_by_its_months_and_by_quarters():
    rng = np.random.default_rng(2)
    n = rng.poisson(30, (64, 31))
    n[:9] += 40
    codes = [f"W{i:03d}" for i in range(64)]
    index = severity_index(
        make_counts(n[:, None, :], offences=("burglary",)),
        make_weights({"burglary": 100.0}),
        make_population(dict.fromkeys(codes, 10_000.0)),
    )
    reach = [step for step in range(-4, 5) if step]
    ring = Graph.from_arrays(
        np.repeat(codes, 8), [codes[(i + step) % 64] for i in range(64) for step in reach], np.ones(512)
    )
    found = emerging_hotspots(index, ring, permutations=9_999, seed=1)
    assert found.findings.periods == 31
    assert set(found.table.loc[codes[3:6], "pattern"]) == {"persistent hot spot"}
    quarters = emerging_hotspots(index, ring, months_per_period=3, column="crimes", permutations=9_999, seed=1)
    assert quarters.findings.periods == 10
    assert len(quarters.findings.left_out) == 1
    assert quarters.cube["period"].iloc[0].endswith(quarters.cube["period"].iloc[0][-7:])
    assert quarters.cube["value"].iloc[0] == pytest.approx(n[0, 1:4].sum() / (10_000 * 3 / 12), rel=1e-9)
    with pytest.raises(SchemaError, match="1 period of 20 months"):
        emerging_hotspots(index, ring, months_per_period=20, seed=1)


# --- bad input ---


def test_fewer_than_ten_periods_are_too_short():
    found = emerging_hotspots(noise(8, 8, periods=9), lattice(8, 8), permutations=9_999, seed=1)
    assert set(found.table["pattern"]) == set(found.table["by_definition"]) == {"too short"}


def test_areas_that_lack_a_period_leave_the_graph_there(small):
    gaps = small.copy()
    gaps.iloc[0, 3], gaps.iloc[1, -1], gaps.iloc[2, :4], gaps.iloc[3] = np.nan, np.nan, np.nan, np.nan
    with pytest.warns(CoverageWarning, match="4 areas lack a value in some period"):
        found = emerging_hotspots(gaps, lattice(10, 10), permutations=9_999, seed=1)
    assert found.table["pattern"].iloc[[1, 2, 3]].tolist() == ["not covered", "too short", "not covered"]
    assert found.table["periods"].iloc[[0, 1, 2, 3]].tolist() == [11, 11, 8, 0]
    assert list(found.table.index) == list(small.index)
    assert set(found.findings.not_covered) == {small.index[1], small.index[3]}
    assert (found.cube["label"] == "not covered").sum() == 6


def test_islands_have_no_pattern_and_all_equal_values_are_not_significant():
    table = noise(3, 3)
    alone = Graph.from_arrays(list(table.index), list(table.index), np.zeros(9))
    found = emerging_hotspots(table, alone, permutations=999, seed=1)
    assert set(found.table["pattern"]) == {"island"}
    zero = emerging_hotspots(noise(6, 6) * 0, lattice(6, 6), permutations=9_999, seed=1)
    assert set(zero.cube["label"]) == {"not significant"}
    assert set(zero.table["pattern"]) == {NO_PATTERN}
    assert (zero.cube["p_high"] == 1).all()


def test_a_last_month_without_a_crime_anywhere_is_neither_an_island_nor_uncovered(small):
    quiet = small.assign(**{small.columns[-1]: 0.1})
    found = emerging_hotspots(quiet, lattice(10, 10), permutations=9_999, seed=1)
    last = found.cube[found.cube["period"] == small.columns[-1]]
    assert set(last["label"]) == {"not significant"}
    assert (last["z"] == 0).all()
    assert not found.findings.not_covered


def test_very_large_values_have_the_scores_of_small_ones(small):
    found, large = (
        emerging_hotspots(values, lattice(10, 10), permutations=9_999, seed=1) for values in (small, small * 2.0**900)
    )
    pd.testing.assert_frame_equal(found.cube[["z", "p_high"]], large.cube[["z", "p_high"]])


@pytest.mark.parametrize("inference", ["permutation", "analytic"])
def test_more_values_than_there_are_to_draw_are_told(inference):
    """Nine areas and eleven periods before are more values than one period has: nothing could be drawn for them."""
    with pytest.raises(ParameterError, match=r"has \d+ values beside its own, and baseline 'step' has 8 others"):
        emerging_hotspots(noise(3, 3), lattice(3, 3), periods_before=11, inference=inference, permutations=999, seed=1)
    whole = emerging_hotspots(noise(3, 3), lattice(3, 3), periods_before=1, baseline="cube", permutations=999, seed=1)
    assert whole.findings.tested == 9 * STEPS


def test_periods_of_times_are_named_by_their_months(small):
    dates = pd.date_range("2024-01-01", periods=STEPS, freq="MS", tz="Europe/London")
    found = emerging_hotspots(small.set_axis(dates, axis=1), lattice(10, 10), inference="analytic", seed=1)
    assert (found.findings.first, found.findings.last) == ("2024-01", "2024-12")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.iloc[:, :1], "1 period; what emerges needs two"),
        (lambda t: t.drop(columns="2024-05"), "missing between 2024-04 and 2024-06"),
        (lambda t: t.set_axis(["2024-01", *t.columns[:-1]], axis=1), "1 period more than once"),
        (lambda t: t.set_axis(list("abcdefghijkl"), axis=1), "whose order is not known"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "1 code more than once"),
        (lambda t: t.replace(t.iloc[0, 0], np.inf), "finite numbers or missing"),
        (lambda t: t * np.nan, "Not one of the 100 areas has a value"),
        (lambda t: t.iloc[0], "index has 1 level"),
        (lambda t: pd.concat([t.stack(), t.stack().iloc[:1]]), "1 pair of area and period more than once"),  # noqa: PD013
    ],
)
def test_a_table_that_is_no_cube_is_told(small, change, message):
    with pytest.raises(SchemaError, match=message):
        emerging_hotspots(change(small), lattice(10, 10), permutations=99, seed=1)


def test_choices_that_do_not_fit_are_told(small):
    graph = lattice(10, 10)
    with pytest.raises(ParameterError, match="`periods_before` is 0, which is the period itself"):
        emerging_hotspots(small, graph, baseline="window", seed=1)
    with pytest.raises(ParameterError, match="`months_per_period` is 3, and `values` is a table"):
        emerging_hotspots(small, graph, months_per_period=3, seed=1)
    with pytest.raises(ParameterError, match="`seed` is missing"):
        emerging_hotspots(small, graph)
    with pytest.raises(AlignmentError, match="graph"):
        emerging_hotspots(small, lattice(9, 9), seed=1)
    with pytest.warns(ModelWarning, match="99 permutations give no p below"):
        emerging_hotspots(small, graph, permutations=99, seed=1)


def test_settings_of_a_result_give_it_again(small):
    graph = lattice(10, 10)
    one = emerging_hotspots(small, graph, periods_before=1, baseline="window", permutations=9_999, seed=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = emerging_hotspots(small, graph, settings=one.settings)
    pd.testing.assert_frame_equal(one.table, again.table)
