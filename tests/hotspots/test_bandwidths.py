"""Bandwidths by cross-validation, each point's own bandwidth, and the uniform correction at the edge."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box
from sklearn.neighbors import KernelDensity

from socharm.errors import CRSError, ParameterError
from socharm.hotspots.points.density import kernel_density
from socharm.hotspots.points.kernel_sums import adapted_factors
from socharm.stats import bandwidth_scores as scores

RULES = ("likelihood", "least-squares")


def town(seed=1, n=250):
    """A dense centre inside a sparse county."""
    rng = np.random.default_rng(seed)
    places = np.vstack([rng.normal(5_000, 300, (n, 2)), rng.uniform(0, 10_000, (n // 2, 2))])
    return pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "weight": rng.lognormal(2, 0.5, len(places))})


def area(shape):
    index = pd.Index(["A"], name="area_code")
    return gpd.GeoDataFrame({"name": ["Mask"]}, geometry=[shape], index=index, crs="EPSG:27700")


def test_cross_validation_agrees_with_leaving_out_by_sklearn():
    """scikit-learn's Gaussian density, fitted again without each place; least squares by a sum over a fine grid."""
    places = np.random.default_rng(3).normal(0, [1_000, 400], (40, 2))
    x, y, w = scores.gather_places(places[:, 0], places[:, 1], np.ones(40))
    at, deviation = np.column_stack([x, y]), 350.0
    left_out = np.array(
        [
            KernelDensity(bandwidth=deviation).fit(np.delete(at, i, axis=0)).score_samples(at[i : i + 1])[0]
            for i in range(len(at))
        ]
    )
    axis = np.arange(-6_000, 6_000, 50.0)
    whole = KernelDensity(bandwidth=deviation).fit(at)
    overlap = np.exp(2 * whole.score_samples(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2))).sum() * 50**2
    squares, likelihood = scores.bandwidth_scores(x, y, w, np.array([deviation]))
    assert likelihood[0] == pytest.approx(left_out.mean(), rel=1e-9)
    assert squares[0] == pytest.approx(overlap - 2 * np.exp(left_out).mean(), rel=1e-6)


def test_cross_validation_agrees_with_statsmodels():
    """Values of statsmodels 0.15.0, KDEMultivariate(..., "cc", bw=[1, 1]): imse, and loo_likelihood over 29 others."""
    x, y = np.arange(30.0) * 37 % 100, np.arange(30.0) ** 2 * 11 % 100
    squares, likelihood = scores.bandwidth_scores(x, y, np.ones(30), np.array([10.0, 25.0]))
    assert squares == pytest.approx([-4.977258269204855e-05, -6.58812324806494e-05], rel=1e-9)
    assert likelihood == pytest.approx([-9.85628872011445, -9.803352999069428], rel=1e-9)


def test_many_places_on_a_raster_give_the_same_scores(monkeypatch):
    x, y, w = scores.gather_places(*(town()[name].to_numpy() for name in ("x", "y", "weight")))
    tried = np.geomspace(100, 2_000, 8)
    exact = scores.bandwidth_scores(x, y, w, tried)
    monkeypatch.setattr(scores, "MOST_PLACES", 10)
    for one, other in zip(scores.bandwidth_scores(x, y, w, tried), exact, strict=True):
        assert one == pytest.approx(other, rel=0.01)


@pytest.mark.parametrize("rule", RULES)
def test_a_bandwidth_by_cross_validation_moves_turns_and_grows_with_its_points(rule):
    points = town()
    plain = kernel_density(points, bandwidth_rule=rule, cell_size=25).findings
    assert rule in plain.bandwidth_rule
    assert 100 < plain.bandwidth_m < 3_000
    assert plain.bandwidth_m == float(f"{plain.bandwidth_m:.1e}")
    turned = points.assign(x=-points["y"] + 50_000, y=points["x"] + 9_000)
    heavier = points.assign(weight=points["weight"] * 12)
    for other in (turned, heavier, points.sample(frac=1, random_state=2)):
        assert kernel_density(other, bandwidth_rule=rule, cell_size=25).findings.bandwidth_m == plain.bandwidth_m
    wide = points.assign(x=points["x"] * 2, y=points["y"] * 2)
    assert kernel_density(wide, bandwidth_rule=rule).findings.bandwidth_m == pytest.approx(
        2 * plain.bandwidth_m, rel=0.06
    )


def test_many_events_at_one_place_do_not_foretell_each_other():
    """Each place ten times: left out one by one, the narrowest bandwidth would win."""
    points = town(n=100)
    often = pd.concat([points] * 10)
    for rule in RULES:
        one, ten = (kernel_density(table, bandwidth_rule=rule).findings.bandwidth_m for table in (points, often))
        assert ten == one


def test_equal_deviations_of_every_kernel():
    found = {
        kernel: kernel_density(town(), bandwidth_rule="likelihood", kernel=kernel).findings.bandwidth_m
        for kernel in ("gaussian", "quartic", "epanechnikov")
    }
    assert found["quartic"] == pytest.approx(found["gaussian"] * 8**0.5, rel=0.06)
    assert found["epanechnikov"] == pytest.approx(found["gaussian"] * 6**0.5, rel=0.06)


def test_an_adaptive_surface_is_the_sum_of_its_kernels():
    points = town(n=60)
    mask = area(box(0, 0, 10_000, 10_000))
    surface = kernel_density(points, bandwidth=1_000, cell_size=50, mask=mask, adaptive=True, edge_correction="none")
    facts = surface.table["value"]
    pilot = kernel_density(points, bandwidth=1_000, cell_size=50, mask=mask, edge_correction="none")
    u, v = ((points[name] / 50 - 0.5).to_numpy() for name in ("x", "y"))
    i, j, f, g = np.floor(u).astype(int), np.floor(v).astype(int), u % 1, v % 1
    keep = (i >= 0) & (j >= 0) & (i < 199) & (j < 199)
    i, j, f, g = i[keep], j[keep], f[keep], g[keep]
    z = pilot.grid
    heights = (z[j, i] * (1 - f) + z[j, i + 1] * f) * (1 - g) + (z[j + 1, i] * (1 - f) + z[j + 1, i + 1] * f) * g
    assert keep.all()
    h = 1_000 * adapted_factors(heights, points["weight"].to_numpy())
    assert h.min() == facts["narrowest bandwidth (m)"] < 1_000 < facts["widest bandwidth (m)"] == h.max()
    for row, column in ((100, 100), (30, 60), (150, 20)):
        squared = (surface.x[column] - points["x"]) ** 2 + (surface.y[row] - points["y"]) ** 2
        share = np.maximum(1 - squared / h**2, 0)
        expected = float((points["weight"] * 3 / np.pi / (h / 1_000) ** 2 * share**2).sum())
        assert surface.grid[row, column] == pytest.approx(expected, rel=1e-9)


@given(seed=st.integers(0, 300))
@settings(max_examples=8, deadline=None)
def test_an_adaptive_surface_conserves_the_harm_and_is_higher_in_the_centre(seed):
    points, mask = town(seed, n=80), area(box(0, 0, 10_000, 10_000))
    plain, adaptive = (
        kernel_density(points, bandwidth=1_500, cell_size=90, mask=mask, adaptive=own) for own in (False, True)
    )
    facts = adaptive.table["value"]
    assert facts["total of the surface"] == pytest.approx(facts["total weight"] - facts["weight lost to the cap"])
    assert np.nanmax(adaptive.grid) > np.nanmax(plain.grid)
    shuffled = kernel_density(
        points.sample(frac=1, random_state=seed), bandwidth=1_500, cell_size=90, mask=mask, adaptive=True
    )
    np.testing.assert_allclose(shuffled.grid, adaptive.grid, rtol=1e-9, atol=1e-9)


def test_no_kernel_is_narrower_than_four_cells_or_wider_than_four_times():
    facts = kernel_density(town(), bandwidth=1_000, cell_size=200, adaptive=True).table["value"]
    assert facts["narrowest bandwidth (m)"] == 800
    assert facts["widest bandwidth (m)"] <= 4_000
    assert facts["points at a limit of the bandwidth"] > 0


def test_quarter_turns_turn_the_adaptive_surface():
    points, mask = town(), area(box(0, 0, 10_000, 10_000))
    turned = points.assign(x=10_000 - points["y"], y=points["x"])
    one, other = (kernel_density(p, bandwidth=900, cell_size=50, mask=mask, adaptive=True) for p in (points, turned))
    np.testing.assert_allclose(np.rot90(one.grid, -1), other.grid, rtol=1e-6, atol=1e-6 * np.nanmax(one.grid))


@pytest.mark.real
@pytest.mark.parametrize("kernel", ["quartic", "epanechnikov", "gaussian"])
def test_the_uniform_correction_agrees_with_spatstat(shared_references, kernel):
    """Reference f02: spatstat.explore 3.0.6, density.ppp(edge=TRUE), redwood."""
    folder = shared_references / "f02_kde_redwood"
    radius = {"quartic": 282.842712474619, "epanechnikov": 244.948974278318, "gaussian": 100.0}[kernel]
    points = pd.read_csv(folder / "points.csv").assign(weight=1.0)
    points[["x", "y"]] = points[["x", "y"]] * 1000.0 + 2.5
    grid = pd.read_csv(folder / "expected_grid.csv")
    surface = kernel_density(
        points, bandwidth=radius, cell_size=5, kernel=kernel, mask=area(box(2.5, -997.5, 1002.5, 2.5)),
        edge_correction="uniform",
    )  # fmt: skip
    row = ((grid["y"] * 1000 + 2.5 - surface.y[0]) / 5).round().astype(int)
    column = ((grid["x"] * 1000 + 2.5 - surface.x[0]) / 5).round().astype(int)
    assert surface.grid[row, column] == pytest.approx(grid[f"{kernel}_uniform"].to_numpy(), rel=0.02)
    if kernel == "quartic":
        assert surface.table.loc["total of the surface", "value"] == pytest.approx(64.8930376158953, rel=0.02)


def test_points_that_lie_evenly_give_an_even_surface():
    axis = np.arange(25.0, 4_000, 50)
    x, y = (values.ravel() for values in np.meshgrid(axis, axis))
    points = pd.DataFrame({"x": x, "y": y, "weight": 3.0})
    mask = area(box(0, 0, 4_000, 4_000))
    surface = kernel_density(points, bandwidth=600, cell_size=50, mask=mask, edge_correction="uniform")
    assert surface.grid == pytest.approx(np.full((80, 80), 3.0 / 0.05**2), rel=1e-9)
    assert surface.table.loc["cells capped", "value"] == 0


def test_bad_input_says_what_is_wrong():
    same = pd.DataFrame({"x": [1.0] * 5, "y": [1.0] * 5, "weight": 1.0})
    for rule in RULES:
        with pytest.raises(ParameterError, match=r"5 points with harm lie at 1 place, and 3 are needed"):
            kernel_density(same, bandwidth_rule=rule)
        with pytest.raises(ParameterError, match=r"2 points with harm lie at 2 places"):
            kernel_density(same.iloc[:2].assign(x=[0.0, 900.0]), bandwidth_rule=rule)
        with pytest.raises(CRSError, match="degrees"):
            kernel_density(
                pd.DataFrame({"x": [-1.6, -1.5, -1.4], "y": [54.9, 55.0, 55.1], "weight": 1.0}), bandwidth_rule=rule
            )
    with pytest.raises(ParameterError, match="Use 75 m or less"):
        kernel_density(town(), bandwidth=300, cell_size=400, adaptive=True)
    with pytest.raises(ParameterError, match=r"uniform `edge_correction` is defined for one bandwidth"):
        kernel_density(town(), mask=area(box(0, 0, 10_000, 10_000)), adaptive=True, edge_correction="uniform")
