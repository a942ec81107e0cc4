"""Heat surfaces: what they conserve, what they hide, and the spatstat reference case."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from socharm._about import About, AssessmentPeriod
from socharm.errors import CRSError, ParameterError, SchemaError
from socharm.hotspots.points.density import kernel_density


def scatter(seed=1, n=200, width=4000.0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"x": rng.uniform(0, width, n), "y": rng.uniform(0, width, n), "weight": rng.lognormal(3, 1, n)}
    )


def area(geometry, crs="EPSG:27700"):
    return gpd.GeoDataFrame({"name": ["Mask"]}, geometry=[geometry], index=pd.Index(["A"], name="area_code"), crs=crs)


def total(surface):
    return np.nansum(surface.grid) * (surface.findings.cell_size_m / 1000) ** 2


def test_two_events_by_hand():
    pair = pd.DataFrame({"x": [0.0, 300.0], "y": [0.0, 0.0], "weight": [2.0, 1.0]})
    surface = kernel_density(pair, bandwidth=1000, cell_size=50)
    column, row = np.searchsorted(surface.x, 25.0), np.searchsorted(surface.y, 25.0)
    at = lambda px: 3 / np.pi * (1 - ((surface.x[column] - px) ** 2 + surface.y[row] ** 2) / 1e6) ** 2  # noqa: E731
    assert surface.grid[row, column] == pytest.approx(2 * at(0.0) + at(300.0), rel=1e-3)
    assert surface.events_in_reach[row, column] == 2
    assert np.isnan(surface.published[row, column])


@pytest.mark.real
@pytest.mark.parametrize(
    ("kernel", "radius"), [("quartic", 282.842712474619), ("epanechnikov", 244.948974278318), ("gaussian", 100.0)]
)
def test_redwood_agrees_with_spatstat(shared_references, kernel, radius):
    """Centres of cells lie on the places of the reference: the sum itself to 1e-6, edges as fine as spatstat's."""
    folder = shared_references / "f02_kde_redwood"
    points = pd.read_csv(folder / "points.csv").assign(weight=1.0)
    points[["x", "y"]] = points[["x", "y"]] * 1000.0 + 2.5
    grid = pd.read_csv(folder / "expected_grid.csv")
    window = area(box(2.5, -997.5, 1002.5, 2.5))
    for mask, correction, tolerance in ((window, "none", 1e-6), (None, "none", 1e-6), (window, "diggle", 0.02)):
        surface = kernel_density(
            points, bandwidth=radius, cell_size=5, kernel=kernel, mask=mask, edge_correction=correction
        )
        assert surface.findings.sums == "exact"
        row = ((grid["y"] * 1000 + 2.5 - surface.y[0]) / 5).round().astype(int)
        column = ((grid["x"] * 1000 + 2.5 - surface.x[0]) / 5).round().astype(int)
        assert surface.grid[row, column] == pytest.approx(grid[f"{kernel}_{correction}"].to_numpy(), rel=tolerance)


@pytest.mark.parametrize(("kernel", "peak"), [("quartic", 3 / np.pi), ("gaussian", 1 / (2 * np.pi))])
@pytest.mark.parametrize("most_terms", [0, 10**9])
def test_a_lone_point_has_the_height_of_its_kernel(monkeypatch, kernel, peak, most_terms):
    """Without a mask nothing is scaled: not even where the grid ends before the Gaussian does."""
    monkeypatch.setattr("socharm.hotspots.points.density.MOST_TERMS", most_terms)
    lone = pd.DataFrame({"x": [2002.5], "y": [2002.5], "weight": [1.0]})
    surface = kernel_density(lone, bandwidth=1000, cell_size=5 if kernel == "quartic" else 45, kernel=kernel)
    assert surface.findings.sums == ("exact" if most_terms else "cubic-spline binning and FFT")
    assert np.nanmax(surface.grid) == pytest.approx(peak, rel=1e-3)
    reach = 1000 * (5 if kernel == "gaussian" else 1)
    assert surface.x[0] == pytest.approx(2002.5 - reach, abs=45)
    assert total(surface) == pytest.approx(1.0, rel=1e-4)


@pytest.mark.parametrize(("kernel", "share"), [("quartic", 2e-3), ("epanechnikov", 1e-2), ("gaussian", 2e-3)])
def test_many_terms_are_binned_and_agree_with_the_sum_itself(monkeypatch, kernel, share):
    points, mask = scatter(n=400), area(box(0, 0, 4000, 3000))
    exact = kernel_density(points, bandwidth=500, cell_size=25, kernel=kernel, mask=mask)
    monkeypatch.setattr("socharm.hotspots.points.density.MOST_TERMS", 0)
    binned = kernel_density(points, bandwidth=500, cell_size=25, kernel=kernel, mask=mask)
    assert (exact.findings.sums, binned.findings.sums) == ("exact", "cubic-spline binning and FFT")
    np.testing.assert_allclose(binned.grid, exact.grid, atol=share * np.nanmax(exact.grid))
    assert binned.events_in_reach.tobytes() == exact.events_in_reach.tobytes()


def bilinear(surface, x, y):
    step = surface.findings.cell_size_m
    u, v = (x.to_numpy() - surface.x[0]) / step, (y.to_numpy() - surface.y[0]) / step
    i, j = u.astype(int), v.astype(int)
    f, g, z = u - i, v - j, surface.grid
    return (z[j, i] * (1 - f) + z[j, i + 1] * f) * (1 - g) + (z[j + 1, i] * (1 - f) + z[j + 1, i + 1] * f) * g


@pytest.mark.parametrize(
    ("kernel", "radius", "none", "diggle"),
    [
        ("quartic", 282.842712474619, 38.5617053757529, 52.4379739182468),
        ("epanechnikov", 244.948974278318, 38.6214226848076, 53.3521114640503),
    ],
)
def test_four_figures_of_spatstat(kernel, radius, none, diggle):
    """Redwood at (0.8, -0.8), sigma 0.1, stretched to 1 km: spatstat.explore 3.0.6, density.ppp.

    Six of the 62 events are in reach of that place; the others do not matter to it.
    """
    x = [900.0, 900.0, 999.0, 740.0, 860.0, 960.0]
    y = [-760.0, -780.0, -840.0, -900.0, -900.0, -960.0]
    points = pd.DataFrame({"x": x, "y": y, "weight": 1.0})
    place = pd.Series([800.0]), pd.Series([-800.0])
    for correction, expected, share in (("none", none, 2e-3), ("diggle", diggle, 0.02)):
        surface = kernel_density(
            points,
            bandwidth=radius,
            cell_size=5,
            kernel=kernel,
            mask=area(box(0, -1000, 1000, 0)),
            edge_correction=correction,
        )
        assert bilinear(surface, *place) == pytest.approx([expected], rel=share)


def test_an_event_on_the_edge_counts_twice():
    """Half of its kernel lies outside, so Diggle's weight is 2."""
    lone = pd.DataFrame({"x": [500.0], "y": [0.0], "weight": [1.0]})
    mask = area(box(0, 0, 1000, 1000))
    plain, corrected = (
        kernel_density(lone, bandwidth=300, cell_size=5, mask=mask, edge_correction=c) for c in ("none", "diggle")
    )
    assert total(plain) == pytest.approx(0.5, rel=0.01)
    assert total(corrected) == pytest.approx(1.0, rel=1e-9)


@given(seed=st.integers(0, 500), bandwidth=st.floats(150, 1500))
@settings(max_examples=15, deadline=None)
def test_diggle_conserves_the_total(seed, bandwidth):
    points = scatter(seed, n=60)
    inside = Polygon([(0, 0), (4000, 0), (4000, 1500), (1500, 1500), (1500, 4000), (0, 4000)])
    surface = kernel_density(points, bandwidth=bandwidth, cell_size=bandwidth / 10, mask=area(inside))
    facts = surface.table["value"]
    used = points[[inside.intersects(Point(x, y)) for x, y in zip(points["x"], points["y"], strict=True)]]
    assert facts["points used"] == len(used)
    assert facts["points outside the mask"] == len(points) - len(used)
    assert facts["total weight"] == pytest.approx(used["weight"].sum())
    assert total(surface) == pytest.approx(facts["total weight"] - facts["weight lost to the cap"], rel=1e-9)


def test_without_a_mask_the_total_is_the_harm():
    """But for what a sum over cells differs from an integral: nothing is scaled to make it so."""
    points = scatter()
    for kernel in ("quartic", "epanechnikov", "gaussian"):
        surface = kernel_density(points, bandwidth=700, kernel=kernel)
        assert total(surface) == pytest.approx(points["weight"].sum(), rel=1e-4)
        assert surface.table.loc["total of the surface", "value"] == pytest.approx(total(surface))


def test_a_surface_moves_with_its_points():
    points = scatter()
    moved = points.assign(x=points["x"] + 12_000, y=points["y"] - 3_000)
    here, there = (kernel_density(p, bandwidth=700, cell_size=50) for p in (points, moved))
    assert there.x[0] - here.x[0] == 12_000
    np.testing.assert_allclose(there.grid, here.grid, rtol=1e-9, atol=1e-9)
    assert np.array_equal(there.events_in_reach, here.events_in_reach)


@given(factor=st.floats(0.01, 1000))
@settings(max_examples=10, deadline=None)
def test_density_scales_with_the_weights(factor):
    points = scatter()
    plain = kernel_density(points, bandwidth=700, cell_size=50)
    scaled = kernel_density(points.assign(weight=points["weight"] * factor), bandwidth=700, cell_size=50)
    np.testing.assert_allclose(scaled.grid, plain.grid * factor, rtol=1e-9, atol=1e-9 * factor)


def test_stretching_the_map_thins_the_density():
    points = scatter()
    wide = points.assign(x=points["x"] * 2, y=points["y"] * 2)
    near, far = kernel_density(points, bandwidth=700, cell_size=50), kernel_density(wide, bandwidth=1400, cell_size=100)
    np.testing.assert_allclose(far.grid, near.grid / 4, rtol=1e-9, atol=1e-9)


def test_the_order_of_rows_does_not_matter():
    points = scatter()
    one, other = kernel_density(points), kernel_density(points.sample(frac=1, random_state=1))
    assert one.settings == other.settings
    np.testing.assert_allclose(other.grid, one.grid, rtol=1e-9, atol=1e-9)


def test_two_runs_are_equal_to_the_bit():
    points = scatter(n=5000)
    mask = area(box(0, 0, 4000, 4000))
    one, other = kernel_density(points, mask=mask), kernel_density(points, mask=mask)
    assert one.grid.tobytes() == other.grid.tobytes()


def test_the_rules_are_written_down_and_follow_the_effective_number():
    many, few = scatter(n=4000), scatter(n=40)
    wide, narrow = kernel_density(few), kernel_density(many)
    assert narrow.findings.bandwidth_m < wide.findings.bandwidth_m
    assert "n_eff" in narrow.findings.bandwidth_rule
    assert narrow.findings.cell_size_m <= narrow.findings.bandwidth_m / 16
    w = many["weight"]
    assert narrow.table.loc["effective events", "value"] == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_uniform_harm_gets_the_radius_the_rule_says():
    """Evenly spread harm: a disc holds the share pi r² / A, so r = sqrt(A n^(-1/3) / pi) away from edges."""
    axis = np.linspace(0, 10_000, 200)
    x, y = (values.ravel() for values in np.meshgrid(axis, axis))
    points = pd.DataFrame({"x": x, "y": y, "weight": 1.0})
    expected = np.sqrt(1e8 * 40_000 ** (-1 / 3) / np.pi)
    assert kernel_density(points, cell_size=50).findings.bandwidth_m == pytest.approx(expected, rel=0.15)


def test_rows_of_several_events_count_as_several():
    heap = pd.DataFrame({"x": [100.0], "y": [100.0], "weight": [50.0], "n": [5]})
    surface = kernel_density(heap, bandwidth=400)
    assert surface.table.loc["effective events", "value"] == pytest.approx(5)
    assert np.nanmax(surface.published) == pytest.approx(np.nanmax(surface.grid))


def test_squared_weights_tell_unequal_events_of_one_row():
    heap = pd.DataFrame({"x": [100.0], "y": [100.0], "weight": [50.0], "n": [5]})
    heap["weight_squared"] = 40.0**2 + 4 * 2.5**2
    surface = kernel_density(heap, bandwidth=400)
    assert surface.table.loc["effective events", "value"] == pytest.approx(50**2 / 1625)
    assert surface.table.loc["events used", "value"] == 5


def test_a_lone_serious_event_is_hidden_when_published():
    points = pd.concat([scatter(n=300, width=2000), pd.DataFrame({"x": [9000.0], "y": [9000.0], "weight": [7973.0]})])
    surface = kernel_density(points, bandwidth=600, mask=area(box(0, 0, 10_000, 10_000)))
    row, column = np.searchsorted(surface.y, 9000), np.searchsorted(surface.x, 9000)
    assert surface.grid[row, column] > 0
    assert np.isnan(surface.published[row - 20 : row + 20, column - 20 : column + 20]).all()
    assert np.isfinite(surface.published).any()


def test_the_about_comes_along_with_the_unit_per_area():
    about = About(period=AssessmentPeriod("2025-04", "2025-09"), unit="sentence-days", marking="OFFICIAL-SENSITIVE")
    surface = kernel_density(scatter(), about=about)
    assert surface.about.unit == "sentence-days per km²"
    assert surface.about.marking == "OFFICIAL-SENSITIVE"
    assert "effective events" in repr(surface)


def test_bad_input_says_what_is_wrong():
    points = scatter()
    with pytest.raises(SchemaError, match=r"lacks the columns \['weight'\]"):
        kernel_density(points.drop(columns="weight"))
    with pytest.raises(SchemaError, match=r"points\.weight.*at least 0"):
        kernel_density(points.assign(weight=-1.0))
    with pytest.raises(SchemaError, match=r"points\.x.*finite"):
        kernel_density(points.assign(x=np.nan))
    with pytest.raises(SchemaError, match="no rows"):
        kernel_density(points.iloc[:0])
    with pytest.raises(ParameterError, match=r"`kernel` is 'quartik'.*quartic"):
        kernel_density(points, kernel="quartik")
    with pytest.raises(ParameterError, match="`bandwidth`"):
        kernel_density(points, bandwidth=-5)
    with pytest.raises(ParameterError, match="Use 25 m or less"):
        kernel_density(points, bandwidth=100, cell_size=50)
    with pytest.raises(ParameterError, match="larger `cell_size`"):
        kernel_density(points, bandwidth=100, cell_size=0.1)
    with pytest.raises(ParameterError, match="Give `bandwidth=`"):
        kernel_density(pd.DataFrame({"x": [1.0, 1.0], "y": [1.0, 1.0], "weight": [1.0, 1.0]}))


def test_points_and_mask_must_agree():
    points = scatter()
    with pytest.raises(CRSError, match="in metres"):
        kernel_density(points, mask=area(box(-2, 54, -1, 55), crs="EPSG:4326"))
    with pytest.raises(ParameterError, match="None of the 200 points lies inside the mask"):
        kernel_density(points, mask=area(box(50_000, 50_000, 60_000, 60_000)))
