"""Contours, two surfaces together, and peaks: laws, figures worked out by hand, and what is refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, multivariate_normal
from shapely.geometry import box

from socharm._about import About
from socharm.errors import CoverageWarning, CRSError, ParameterError, SchemaError
from socharm.hotspots import dual_density, kernel_density, surface_contours, surface_peaks
from socharm.stats import peak_scores

SIDE = 8_000.0


def places(seed=1, n=400, centre=None):
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, SIDE, (n, 2)) if centre is None else rng.normal(centre, 250, (n, 2))
    return pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "weight": rng.lognormal(1, 0.4, n)})


def wards(people=(4_000.0, 4_000.0, 4_000.0, 4_000.0)):
    half = SIDE / 2
    shapes = [box(x, y, x + half, y + half) for y in (0, half) for x in (0, half)]
    return gpd.GeoDataFrame(
        {"name": list("ABCD"), "population": people},
        geometry=shapes,
        index=pd.Index(list("ABCD"), name="area_code"),
        crs="EPSG:27700",
    )


TOWN = wards()
HOT = pd.concat([places(), places(2, 60, centre=(2_000, 6_000))], ignore_index=True)
FEW = {"mask": TOWN, "bandwidth": 1_000.0, "replications": 99, "seed": 1}


# contours


def test_contours_of_one_hill_are_its_discs():
    """A quartic kernel of radius h holds 1 - (1 - r²/h²)³ of its harm within r."""
    heap = pd.DataFrame({"x": [9_010.0], "y": [9_010.0], "weight": [7.0], "n": [9]})
    surface = kernel_density(heap, bandwidth=1_000, cell_size=25)
    found = surface_contours(surface, volumes=[80, 25, 50], levels=[1.0, 99.0])
    assert found["kind"].tolist() == ["volume", "volume", "volume", "level"]
    for row in found.iloc[:3].itertuples():
        radius = 1_000 * np.sqrt(1 - (1 - row.asked / 100) ** (1 / 3))
        assert row.area_km2 == pytest.approx(np.pi * radius**2 / 1e6, rel=0.02)
        assert row.level == pytest.approx(7 * 3 / np.pi * (1 - radius**2 / 1e6) ** 2, rel=0.02)
        assert row.held == pytest.approx(row.asked, abs=1)
    assert found["level"].iloc[3] == 1.0
    assert found["parts"].tolist() == [1, 1, 1, 1]
    assert found.geometry.iloc[0].centroid.distance(shapely.Point(9_010, 9_010)) < 1


@given(seed=st.integers(0, 200), volumes=st.lists(st.floats(1, 95), min_size=2, max_size=4, unique=True))
@settings(max_examples=4, deadline=None)
def test_contours_lie_inside_each_other_and_inside_the_mask(seed, volumes):
    surface = kernel_density(places(seed, 150), bandwidth=1_200, cell_size=200, mask=TOWN)
    found = surface_contours(surface, volumes=volumes)
    assert found["asked"].is_monotonic_increasing
    assert (found["held"] >= found["asked"] - 1e-6).all()
    for small, large in zip(found.geometry, found.geometry.iloc[1:], strict=False):
        assert small.difference(large).area < 1
    assert found.geometry.iloc[-1].difference(box(0, 0, SIDE, SIDE)).area < 1e-6
    assert found.geometry.is_valid.all()


def test_a_contour_follows_its_points():
    surface = kernel_density(places(), bandwidth=900, cell_size=100)
    moved = places().assign(x=-places()["y"] + 30_000, y=places()["x"] - 4_000)
    one, other = surface_contours(surface), surface_contours(kernel_density(moved, bandwidth=900, cell_size=100))
    assert other["area_km2"].to_numpy() == pytest.approx(one["area_km2"].to_numpy(), rel=1e-6)
    turned = shapely.transform(one.geometry.iloc[0], lambda at: np.column_stack([-at[:, 1] + 30_000, at[:, 0] - 4_000]))
    assert turned.symmetric_difference(other.geometry.iloc[0]).area < 10


def test_cells_that_are_not_shown_are_in_no_contour():
    lone = pd.concat([places(n=300), pd.DataFrame({"x": [30_000.0], "y": [30_000.0], "weight": [9_000.0]})])
    surface = kernel_density(lone, bandwidth=900, cell_size=100)
    found = surface_contours(surface, volumes=[10, 80])
    assert (found.geometry.bounds["maxx"] < 10_000).all()
    assert found["held"].iloc[-1] < 80
    with pytest.raises(ParameterError, match="No cell of the surface has 5 events in reach"):
        surface_contours(kernel_density(lone.iloc[-1:], bandwidth=900))
    with pytest.raises(ParameterError, match="both empty"):
        surface_contours(surface, volumes=[])
    with pytest.raises(ParameterError, match="volumes"):
        surface_contours(surface, volumes=[0.0])


# two surfaces together


def test_a_ratio_is_that_of_two_sums_of_scipys_normal_densities():
    now, before = places(3, 60).assign(weight=1.0), places(4, 80).assign(weight=1.0)
    dual = dual_density(
        now, before, mask=TOWN, bandwidth=700, cell_size=100, kernel="gaussian", edge_correction="none", least_base=0.0
    )
    rows, columns = np.array([20, 44, 60]), np.array([33, 50, 15])
    at = np.vstack([dual.x[columns], dual.y[rows]])
    densities = [
        sum(multivariate_normal(place, np.eye(2) * 700**2).pdf(at.T) for place in table[["x", "y"]].to_numpy())
        for table in (now, before)
    ]
    assert dual.grid[rows, columns] == pytest.approx(densities[0] / densities[1], rel=1e-9)


@given(seed=st.integers(0, 200), factor=st.floats(0.1, 50))
@settings(max_examples=6, deadline=None)
def test_measures_agree_with_each_other_and_with_the_unit(seed, factor):
    now, before = places(seed, 120), places(seed + 1, 100)
    choices = {"mask": TOWN, "bandwidth": 1_500, "cell_size": 200}
    ratio, logs, less = (
        dual_density(now, before, measure=measure, **choices) for measure in ("ratio", "log-ratio", "difference")
    )
    some = ratio.grid > 0  # where nothing is, the log is missing and never infinite
    np.testing.assert_allclose(logs.grid[some], np.log(ratio.grid[some]))
    assert np.isnan(logs.grid[~some]).all()
    cell = (200 / 1_000) ** 2
    assert np.nansum(less.grid) * cell == pytest.approx(now["weight"].sum() - before["weight"].sum(), abs=1e-6)
    scaled = dual_density(now.assign(weight=now["weight"] * factor), before, **choices)
    np.testing.assert_allclose(scaled.grid, ratio.grid * factor, rtol=1e-9)
    assert scaled.overall == pytest.approx(now["weight"].sum() * factor / before["weight"].sum())
    back = dual_density(before, now, measure="log-ratio", **choices)
    both = np.isfinite(back.grid) & np.isfinite(logs.grid)
    np.testing.assert_allclose(back.grid[both], -logs.grid[both], atol=1e-9)


def test_nobody_lives_there_is_missing_and_never_infinite():
    dual = dual_density(places(), wards((4_000.0, 4_000.0, 4_000.0, 0.0)), mask=TOWN, bandwidth=800, cell_size=100)
    assert not np.isinf(dual.grid).any()
    assert np.isnan(dual.grid[70, 70])
    assert np.isfinite(dual.grid[10, 10])
    assert dual.table.loc["cells without base", "value"] > 1_000
    assert dual.about.unit == "weight per resident"
    assert dual.overall == pytest.approx(places()["weight"].sum() / 12_000)
    with pytest.warns(CoverageWarning, match="1 area of `base` lacks a population"):
        unknown = dual_density(
            places(), wards((4_000.0, 4_000.0, 4_000.0, np.nan)), mask=TOWN, bandwidth=800, cell_size=100
        )
    assert np.isnan(unknown.grid[41:, 41:]).all()


def test_few_events_of_either_side_are_hidden():
    west = places(n=200).assign(x=lambda table: table["x"] / 4)
    dual = dual_density(places(2), west, mask=TOWN, bandwidth=800, cell_size=100)
    assert np.isnan(dual.published[:, 60:]).all()
    assert np.isfinite(dual.published[40, 5])


def test_the_larger_bandwidth_serves_both():
    narrow, wide = places(1, 4_000), places(2, 50)
    dual = dual_density(narrow, wide, mask=TOWN)
    alone = kernel_density(wide, mask=TOWN).findings.bandwidth_m
    assert dual.above.findings.bandwidth_m == dual.below.findings.bandwidth_m == alone


ELSEWHERE = [box(SIDE, 0, 3 * SIDE, SIDE), box(200_000, 200_000, 210_000, 210_000), box(-500, -500, 500, 500)]


def test_residents_of_ground_outside_the_mask_are_not_brought_into_it():
    """One area beside the mask, one far away, and one of which a quarter lies in the mask."""
    more = gpd.GeoDataFrame(
        {"name": list("EFG"), "population": [90_000.0, 50_000.0, 400.0]},
        geometry=ELSEWHERE,
        index=pd.Index(list("EFG"), name="area_code"),
        crs="EPSG:27700",
    )
    own, found = (dual_density(places(), base, mask=TOWN, bandwidth=1_000) for base in (TOWN, pd.concat([TOWN, more])))
    assert own.table.loc["residents outside the mask", "value"] == 0
    assert own.table.loc["total of the base", "value"] == pytest.approx(16_000)
    assert found.table.loc["residents outside the mask", "value"] == pytest.approx(140_300)
    assert found.table.loc["total of the base", "value"] == pytest.approx(16_100)
    far = own.x > 3_000
    np.testing.assert_allclose(found.below.grid[:, far], own.below.grid[:, far], rtol=1e-9)
    one, other = (surface_peaks(HOT, base, **FEW) for base in (TOWN, pd.concat([TOWN, more.iloc[:2]])))
    np.testing.assert_allclose(other.scores, one.scores)
    assert (one.findings.residents_outside, other.findings.residents_outside) == (0, 140_000)
    for test in (dual_density, surface_peaks):
        chosen = FEW if test is surface_peaks else {"mask": TOWN, "bandwidth": 1_000.0}
        with pytest.raises(SchemaError, match=r"No resident of `base` lives inside the mask"):
            test(HOT, more.iloc[:2], **chosen)


def test_an_island_smaller_than_a_cell_keeps_its_residents():
    speck = gpd.GeoDataFrame(
        {"name": ["S"], "population": [60.0]}, geometry=[box(4_001, 4_001, 4_009, 4_009)],
        index=pd.Index(["S"], name="area_code"), crs="EPSG:27700",
    )  # fmt: skip
    found = dual_density(places(), pd.concat([TOWN, speck]), mask=TOWN, bandwidth=1_000)
    assert found.table.loc["total of the base", "value"] == pytest.approx(16_060)


@pytest.mark.parametrize("n", [np.nan, np.inf, -2, 0, 2.7, "two"])
def test_a_number_of_events_is_whole_and_at_least_one(n):
    points = places(n=4).assign(n=[n, 1, 1, 1])
    with pytest.raises(SchemaError, match=r"points\.n"):
        kernel_density(points, bandwidth=1_000)
    with pytest.raises(SchemaError, match=r"points\.weight_squared"):
        kernel_density(places(n=4).assign(weight_squared=[np.nan, 1, 1, 1]), bandwidth=1_000)


def test_what_two_surfaces_refuse():
    degrees = pd.DataFrame({"x": [-1.6, -1.5, -1.4], "y": [54.9, 55.0, 55.1], "weight": 1.0})
    with pytest.raises(ParameterError, match="A difference asks for one unit: the points are in weight"):
        dual_density(places(), TOWN, mask=TOWN, measure="difference")
    with pytest.raises(SchemaError, match=r"1 is below zero"):
        dual_density(places(), wards((1.0, 1.0, 1.0, -1.0)), mask=TOWN)
    with pytest.raises(SchemaError, match=r"base.population.*some above"):
        dual_density(places(), wards((0.0, 0.0, 0.0, 0.0)), mask=TOWN)
    with pytest.raises(CRSError, match="degrees"):
        dual_density(degrees, TOWN, mask=TOWN)
    with pytest.raises(CRSError, match="base"):
        dual_density(places(), TOWN.to_crs(32630), mask=TOWN)
    with pytest.raises(ParameterError, match="Use 25 m or less"):
        dual_density(places(), TOWN, mask=TOWN, bandwidth=100, cell_size=50)


# peaks


def test_a_planted_peak_is_found_against_residents_and_against_the_year_before():
    for base in (TOWN, places(5, 450)):
        found = surface_peaks(HOT, base, about=About(unit="days"), **FEW)
        first = found.table.iloc[0]
        assert np.hypot(first["x"] - 2_000, first["y"] - 6_000) < 500
        assert first["p"] == 0.01
        assert first["ratio"] == pytest.approx(first["observed"] / first["expected"])
        assert found.ground.geometry.iloc[0].contains(shapely.Point(first["x"], first["y"]))
        assert found.ground.geometry.iloc[0].area / 1e6 == pytest.approx(first["area_km2"])
        assert found.highest.size == 99
        assert "peak" in repr(found)


def test_every_peak_has_the_events_and_the_highest_score_of_its_own_ground():
    """Several peaks, one of them in the corner of the map: each is told of its own cells alone."""
    heaps = [places(k, 60, centre=at) for k, at in enumerate([(2_000, 6_000), (6_000, 2_500), (100, 100)], start=2)]
    points = pd.concat([places(), *heaps], ignore_index=True).clip(lower=0.0)
    found = surface_peaks(points, TOWN, **{**FEW, "bandwidth": 700.0}, alpha=0.3, beyond="chance")
    assert len(found.table) >= 3
    x, y = np.meshgrid(found.x, found.y)
    for peak, ground in found.ground.geometry.items():
        row, inside = found.table.loc[peak], shapely.intersects_xy(ground, points["x"], points["y"])
        assert row["events"] == inside.sum()
        assert row["harm"] == pytest.approx(points.loc[inside, "weight"].sum())
        assert row["area_km2"] == pytest.approx(ground.area / 1e6)
        cells = shapely.contains_xy(ground, x, y)
        assert row["score"] == found.scores[cells].max()
        assert (row["x"], row["y"]) in list(zip(x[cells], y[cells], strict=True))


def test_scores_are_those_of_the_maps_that_chance_draws():
    """Mean and standard deviation in closed form are those of 2,000 maps, for either base, and by weight."""
    rng = np.random.default_rng(1)
    sums = peak_scores.CellSums.build((12, 15), 4.0)
    share = rng.dirichlet(np.ones(180)).reshape(12, 15)
    weights = rng.lognormal(0, 1, 80)
    inside = np.ones((12, 15), dtype=bool)
    for null in (
        peak_scores.residents_null(share, weights, inside, sums, least=1.0),
        peak_scores.relabelled_null(rng.integers(0, 180, 80), weights, 30, inside, sums, least=1.0),
    ):
        maps = np.array([sums.two(null.draw(rng), null.draw(rng)) for _ in range(1_000)]).reshape(2_000, 12, 15)
        error = null.deviation / np.sqrt(2_000)
        assert np.abs((maps.mean(axis=0) - null.expected) / error).max() < 4.5
        assert maps.std(axis=0) == pytest.approx(null.deviation, rel=0.12)


def test_p_is_uniform_where_there_is_nothing():
    """Against residents, with places that repeat and weights that differ; 24 small maps."""
    p = []
    for seed in range(24):
        events = places(seed, 120)
        events = events.loc[events.index.repeat(1 + np.arange(120) % 3)]
        one = {**FEW, "seed": seed, "replications": 19, "cell_size": 250, "least_effective": 2.0}
        p.append(surface_peaks(events, TOWN, **one).findings.smallest_p)
    assert kstest(np.array(p) - 1 / 40, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) <= 0.05) < 0.25


def test_peaks_do_not_hang_on_order_unit_or_place():
    found = surface_peaks(HOT, TOWN, **FEW)
    shuffled = surface_peaks(HOT.sample(frac=1, random_state=3), TOWN, **FEW)
    pd.testing.assert_frame_equal(shuffled.table, found.table)
    heavier = surface_peaks(HOT.assign(weight=HOT["weight"] * 1_000), TOWN, **FEW)
    np.testing.assert_allclose(heavier.scores, found.scores, rtol=1e-6, atol=1e-6)
    away = TOWN.set_geometry(TOWN.geometry.translate(20_000, -1_000))
    moved = surface_peaks(HOT.assign(x=HOT["x"] + 20_000, y=HOT["y"] - 1_000), away, **{**FEW, "mask": away})
    np.testing.assert_allclose(moved.scores, found.scores, rtol=1e-6, atol=1e-6)


def test_one_grave_event_is_no_peak():
    """Fewer than five events in reach: the place of one would be told."""
    grave = pd.DataFrame({"x": [6_000.0], "y": [2_000.0], "weight": [40.0], "n": [1]})
    west = HOT[HOT["x"] < 4_000]
    found = surface_peaks(pd.concat([west.assign(n=1), grave]), TOWN, **{**FEW, "least_effective": 1.0})
    assert not len(found.table) or (found.table["x"] < 5_000).all()


def test_events_of_one_place_lie_together_by_chance_unless_asked():
    """Forty at one address are one place of chance, and forty events of it where each stands alone."""
    heap = pd.concat(
        [
            places(n=300).assign(weight=1.0, n=1),
            pd.DataFrame({"x": [6_000.0], "y": [2_000.0], "weight": [25.0], "n": [25]}),
        ]
    )
    together = surface_peaks(heap, TOWN, **{**FEW, "least_effective": 2.0})
    alone = surface_peaks(heap, TOWN, **{**FEW, "together": "event"})
    assert not len(together.table)
    assert len(alone.table)


def test_what_peaks_refuse():
    with pytest.raises(SchemaError, match=r"2 events at 2 places; peaks need 3 events"):
        surface_peaks(places().iloc[:2], TOWN, **FEW)
    with pytest.raises(SchemaError, match=r"9 events at 1 place"):
        surface_peaks(pd.DataFrame({"x": [900.0] * 9, "y": 900.0, "weight": 1.0}), TOWN, **FEW)
    with pytest.raises(ParameterError, match="No cell has 5 effective places expected within 1000 m, of 9 places"):
        surface_peaks(places(n=9), TOWN, **FEW)
    with pytest.raises(ParameterError, match="Use 250 m or less"):
        surface_peaks(HOT, TOWN, **{**FEW, "cell_size": 400})
    with pytest.raises(SchemaError, match="lies inside the mask"):
        surface_peaks(HOT.assign(x=HOT["x"] + 50_000), TOWN, **FEW)
    with pytest.raises(SchemaError, match="No point of `base`"):
        surface_peaks(HOT, HOT.assign(x=HOT["x"] + 50_000), **FEW)
    with pytest.raises(CRSError, match="degrees"):
        surface_peaks(pd.DataFrame({"x": [-1.6, -1.5, -1.4], "y": [54.9, 55.0, 55.1], "weight": 1.0}), TOWN, **FEW)
    with pytest.raises(ParameterError, match="seed"):
        surface_peaks(HOT, TOWN, mask=TOWN)
