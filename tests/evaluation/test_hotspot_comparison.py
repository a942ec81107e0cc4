"""Hot spot methods side by side: orders by hand and against the public functions, laws, chance, faults, the picture."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from factories import make_counts, make_population, make_weights
from pandas.testing import assert_frame_equal

from socharm.errors import AlignmentError, CoverageWarning, DataWarning, ModelWarning, ParameterError
from socharm.evaluation.holdout import RANKERS, Window
from socharm.evaluation.hotspot_comparison import compare_hotspots
from socharm.evaluation.hotspot_orders import METHODS, method_scorers, usual_bandwidth
from socharm.evaluation.validation import validate_ranking
from socharm.hotspots.areas.local import local_gi_star, local_moran
from socharm.hotspots.areas.neighbours import neighbours
from socharm.hotspots.areas.smoothing import smooth_rates
from socharm.maps.accuracy import plot_accuracy
from socharm.severity.index import severity_index

SIDE = 6
SMALL = {"window": 3, "horizon": 2, "step": 2, "resamples": 60, "rank_draws": 60, "seed": 1}


def index_of(n, *, people=1_000.0):
    counts = make_counts(np.asarray(n)[:, None, :], offences=("burglary",))
    residents = pd.Series(people, index=counts.areas.index)
    return severity_index(counts, make_weights({"burglary": 10.0}), population=make_population(residents))


def squares(codes, *, side=SIDE, size=1_000.0):
    at = [(i % side, i // side) for i in range(len(codes))]
    boxes = [shapely.box(x * size, y * size, (x + 1) * size, (y + 1) * size) for x, y in at]
    return gpd.GeoDataFrame({"name": list(codes)}, geometry=boxes, index=pd.Index(codes, name="area_code"), crs=27700)


@pytest.fixture(scope="module")
def counts():
    # A hot block of nine cells in one corner, and one hot cell far away from it.
    rng = np.random.default_rng(4)
    level = np.full((SIDE, SIDE), 4.0)
    level[:3, :3], level[5, 5] = 16.0, 30.0
    return rng.poisson(level.ravel()[:, None], size=(SIDE * SIDE, 9))


@pytest.fixture(scope="module")
def history(counts):
    return index_of(counts)


@pytest.fixture(scope="module")
def areas(history):
    return squares(history.table.index)


@pytest.fixture(scope="module")
def found(history, areas):
    return compare_hotspots(history, areas, k=[1, 9], own={"mine": lambda table: table["rate"]}, **SMALL)


@pytest.fixture(scope="module")
def known(history, areas, counts):
    """Scores of one window of three months, and what the public functions say of it."""
    codes = history.table.index
    points = np.array([(shape.centroid.x, shape.centroid.y) for shape in areas.geometry])
    crimes = counts[:, :3].sum(axis=1).astype(float)
    window = Window(
        codes, np.arange(len(codes)), pd.period_range("2025-01", periods=3, freq="M"), crimes * 10.0, crimes,
        np.full(len(codes), 250.0),
    )  # fmt: skip
    graph = neighbours(areas)
    scorers = method_scorers(tuple(METHODS), graph, points, codes, bandwidth=1_500.0, seed=1)
    return window, graph, points, {name: scorer(window) for name, scorer in scorers.items()}


def test_gi_star_and_moran_are_those_of_the_public_functions(known):
    window, graph, _, scores = known
    rate = pd.Series(window.harm / window.exposure, index=window.areas)
    star = local_gi_star(rate, graph, permutations=99, seed=1).table
    np.testing.assert_allclose(scores["Gi*"], star["z"].to_numpy(), rtol=1e-9)
    local = local_moran(rate, graph, permutations=99, seed=1).table
    lag = np.array([rate[list(graph[code].index)].mean() for code in window.areas])
    high = ((rate > rate.mean()) & (lag > rate.mean())).to_numpy()
    np.testing.assert_allclose(scores["local Moran"], np.where(high, local["statistic"].to_numpy(), 0.0), rtol=1e-9)


def test_the_smoothed_rate_is_that_of_the_public_function(known):
    window, graph, _, scores = known
    events, people = (pd.Series(values, index=window.areas) for values in (window.crimes, window.exposure))
    smooth = smooth_rates(events, people, graph=graph).table["rate_smoothed"]
    np.testing.assert_allclose(scores["smoothed rate"], smooth.to_numpy(), rtol=1e-9)


def test_the_kernel_density_by_a_plain_loop(known):
    window, _, points, scores = known
    reach = 1.5  # km
    for at in (0, 8, 35):
        apart = np.hypot(*(points - points[at]).T) / 1_000.0
        near = apart < reach
        height = 3.0 / (np.pi * reach**2) * (1.0 - (apart[near] / reach) ** 2) ** 2
        assert scores["kernel density"][at] == pytest.approx(float((height * window.harm[near]).sum()))


def test_a_scan_puts_the_planted_block_first_and_ties_the_rest(known):
    score = known[3]["scan"]
    block = [row * SIDE + column for row in range(3) for column in range(3)]
    assert (score[block] > 0).sum() >= 7
    assert (score == 0).sum() > SIDE * SIDE / 3


def test_plain_orders_are_those_of_the_hold_out(found, history, areas):
    held = validate_ranking(history, k=[1, 9], sizes=areas, **SMALL)
    mine = found.table[found.table["ranker"].isin(held.rankers.index)].reset_index(drop=True)
    assert_frame_equal(mine, held.table)
    assert list(found.rankers.index) == [*[name for name in RANKERS if name != "deprivation"], *METHODS, "mine"]


def test_a_method_of_ones_own_that_goes_by_the_rate_is_the_order_by_the_rate(found):
    mine, rate = (found.table[found.table["ranker"] == name].reset_index(drop=True) for name in ("mine", "harm rate"))
    columns = [name for name in mine.columns if name.startswith(("share", "pai", "harm"))]
    assert_frame_equal(mine[columns], rate[columns])
    assert found.rankers.loc["mine", "by"] == "as given"


def test_curves_begin_at_nothing_end_at_all_and_meet_the_table(found):
    curves = found.curves[found.curves["denominator"] == "area"]
    for name, line in curves.groupby("ranker"):
        for column in ("share_harm", "share_crimes"):
            values = line.sort_values("percent")[column].to_numpy()
            assert values[[0, -1]].tolist() == pytest.approx([0.0, 1.0]), name
            assert (np.diff(values) >= -1e-12).all(), name
    chance = curves[curves["ranker"] == "random"]
    np.testing.assert_allclose(chance["share_harm"], chance["percent"] / 100.0, atol=1e-12)
    # All cells have the same ground: the first 9 of 36 are a quarter of it.
    first = found.table[(found.table["k"] == "9") & (found.table["denominator"] == "area")].set_index("ranker")
    quarter = curves[curves["percent"] == 25].set_index("ranker")
    for column in ("share_harm", "share_crimes"):
        np.testing.assert_allclose(quarter.loc[first.index, column], first[column], atol=1e-12)


def test_what_is_known_to_be_hot_is_held_and_chance_is_not(found):
    first = found.table[(found.table["k"] == "9") & (found.table["denominator"] == "area")].set_index("ranker")
    for name in ("Gi*", "kernel density", "smoothed rate", "socharm rank"):
        assert first.loc[name, "harm_pai_low_95"] > 1.0, name
    assert first.loc["random", "harm_pai"] == pytest.approx(1.0)


def test_the_same_whatever_the_order_of_the_areas_and_the_threads(history, areas, found):
    own = {"mine": lambda table: table["rate"]}
    again = compare_hotspots(history, areas.iloc[::-1], k=[1, 9], own=own, threads=2, **SMALL)
    assert_frame_equal(again.table, found.table)
    assert_frame_equal(again.curves, found.curves)


def test_a_result_is_replayed_with_one_choice_changed(found, history, areas):
    again = compare_hotspots(history, areas, settings=found.settings, horizon=1, own={"mine": lambda t: t["rate"]})
    assert again.settings.horizon == 1
    assert again.settings.window == 3
    assert set(again.rankers.index) == set(found.rankers.index)


def test_an_order_that_sees_nothing_ties_and_is_chance(history, areas):
    flat = compare_hotspots(history, areas, methods=[], own={"flat": lambda table: 0.0 * table["rate"]}, k=[4], **SMALL)
    rows = flat.table.set_index(["ranker", "denominator"])
    columns = ["share_harm", "share_crimes"]
    np.testing.assert_allclose(
        rows.loc[("flat", "area"), columns].astype(float), rows.loc[("random", "area"), columns].astype(float)
    )
    assert flat.bandwidth_m is None


def test_islands_and_months_without_a_crime_have_no_gap_in_their_orders(counts):
    empty = counts.copy()
    empty[:, 0:3] = 0
    history = index_of(empty)
    far = squares(history.table.index, size=1_000.0)
    moved = far.geometry.iloc[0].buffer(0)
    far.loc[far.index[0], far.geometry.name] = shapely.affinity.translate(moved, xoff=50_000.0)
    with pytest.warns(DataWarning, match="no neighbour"):
        graph = neighbours(far)
    with pytest.warns(ModelWarning, match="over-dispersion"), pytest.warns(CoverageWarning, match="1 of 3 origins"):
        found = compare_hotspots(history, far, k=[4], graph=graph, **SMALL)
    assert (found.origins["reason"] != "").sum() == 1
    first = found.table[found.table["denominator"] == "area"].set_index("ranker")["share_harm"]
    assert first[list(METHODS)].notna().all()


def test_the_usual_bandwidth_is_twice_the_reach_of_six_neighbours():
    grid = np.array([(x, y) for x in range(40) for y in range(40)], dtype=float) * 500.0
    assert usual_bandwidth(grid) == pytest.approx(2 * 500.0 * np.sqrt(2))
    with pytest.raises(ParameterError, match="no bandwidth follows"):
        usual_bandwidth(np.zeros((5, 2)))


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"own": {"Gi*": lambda table: table["rate"]}}, ParameterError, "orders of socharm"),
        ({"own": {"short": lambda table: table["rate"].iloc[:3]}}, ParameterError, r"own\['short'\]"),
        (
            {"own": {"mine": lambda table: table["gone"]}},
            ParameterError,
            r"`own.'mine'.`, which is yours, .*KeyError",
        ),
        ({"own": {"words": lambda table: ["a"] * len(table)}}, ParameterError, "finite number for each"),
        ({"methods": ["Gi*", "Gi*"]}, ParameterError, "one method twice"),
        ({"methods": ["hottest"]}, ParameterError, "hottest"),
        ({"methods": ["scan"], "bandwidth": 500.0}, ParameterError, "kernel density"),
        ({"window": 9}, ParameterError, "has 9 months"),
        ({"k": [36]}, ParameterError, "k"),
    ],
)
def test_faults_say_what_to_do(history, areas, change, error, says):
    with pytest.raises(error, match=says):
        compare_hotspots(history, areas, **{"k": [4], **SMALL, **change})


def test_areas_that_were_not_counted_are_refused(history, areas):
    with pytest.raises(AlignmentError, match="lack 1 of 36 areas"):
        compare_hotspots(history, areas.iloc[1:], k=[4], **SMALL)


def test_the_picture_says_who_leads_as_the_curves_have_it(found):
    axes = plot_accuracy(found, rankers=["Gi*", "socharm rank", "random"])
    tenth = found.curves[(found.curves["denominator"] == "area") & (found.curves["percent"] == 10)]
    held = tenth.set_index("ranker").loc[["Gi*", "socharm rank", "random"], "share_harm"]
    shown = axes.figure.findobj(match=lambda part: hasattr(part, "get_text"))
    text = " ".join(" ".join(part.get_text() for part in shown).split())
    assert f"{round(100 * held.max())}% of the harm that came next" in text
    assert f"{held.idxmax()[0].upper()}{held.idxmax()[1:]} holds most" in text
    with pytest.raises(ParameterError, match="between 1 and 8"):
        plot_accuracy(found, rankers=list(found.rankers.index))
    with pytest.raises(ParameterError, match="rankers"):
        plot_accuracy(found, rankers=["hottest"])


def test_orders_of_ones_own_are_drawn_first_and_what_is_not_drawn_is_named(found):
    named = {name: f"mine {at}" if at else "mine" for at, name in enumerate(["mine", "crime rate", "harm sum"])}
    more = dataclasses.replace(
        found,
        curves=found.curves.replace({"ranker": named}),
        rankers=found.rankers.rename(named).assign(
            by=lambda table: table["by"].where(~table.index.isin(named.values()), "as given")
        ),
    )
    axes = plot_accuracy(more)
    drawn = [text.get_text() for text in axes.get_legend().get_texts()]
    assert drawn == [*METHODS, *[name for name in more.rankers.index if name in named.values()], "chance"]
    shown = axes.figure.findobj(match=lambda part: hasattr(part, "get_text"))
    text = " ".join(" ".join(part.get_text() for part in shown).split())
    assert "Not drawn, for want of lines that can be told apart: socharm rank and crime count." in text
