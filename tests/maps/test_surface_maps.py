"""Maps of two surfaces together, and of contours with peaks: what they say is what was found."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.axes import Axes

from socharm._about import About, AssessmentPeriod
from socharm.errors import CRSError
from socharm.hotspots import dual_density, kernel_density, surface_contours, surface_peaks
from socharm.maps import plot_dual_heat, plot_heat_contours, plot_surface_peaks
from socharm.maps.furniture import new_axes

NOW = About(unit="sentence-days", period=AssessmentPeriod("2025-04", "2025-09"))
BEFORE = About(unit="sentence-days", period=AssessmentPeriod("2024-04", "2024-09"))


def wards() -> gpd.GeoDataFrame:
    cells = [(x, y) for y in range(4) for x in range(4)]
    return gpd.GeoDataFrame(
        {"name": [f"Ward {n}" for n in range(16)], "population": 5_000.0},
        geometry=[shapely.box(2_000 * x, 2_000 * y, 2_000 * x + 2_000, 2_000 * y + 2_000) for x, y in cells],
        crs="EPSG:27700",
        index=pd.Index([f"E{n:02d}" for n in range(16)], name="area_code"),
    )


def points(seed: int, hot: int = 0) -> pd.DataFrame:
    """Even events, and more in the middle of ward 9."""
    rng = np.random.default_rng(seed)
    at = np.vstack([rng.uniform(0, 8_000, (300, 2)), rng.normal([3_000, 5_000], 200, (hot, 2))])
    return pd.DataFrame({"x": at[:, 0], "y": at[:, 1], "weight": 3.0})


AREAS, HOT = wards(), points(1, 80)


def texts_of(ax: Axes) -> str:
    figure = ax.get_figure()
    assert figure is not None
    figure.draw_without_rendering()  # type: ignore[union-attr]
    found = [text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text"))]  # type: ignore[attr-defined]
    return " ".join(" ".join(found).split())


def test_harm_per_resident_is_told_with_its_unit_and_middle():
    dual = dual_density(HOT, AREAS, mask=AREAS, bandwidth=1_200, cell_size=200, about=NOW)
    told = texts_of(plot_dual_heat(AREAS, dual, ax=new_axes()))
    assert "Harm per resident is highest in Ward 9" in told
    assert "sentence-days per resident" in told
    assert f"{dual.overall:.3f}" in told
    assert "(all together)" in told
    assert "this map tests nothing" in told
    assert "fewer than 5 events in reach, or a base too thin: not shown" in told


@pytest.mark.parametrize(
    ("measure", "unit"),
    [("ratio", "times the base"), ("log-ratio", "times the base"), ("difference", "more (+) or less (-)")],
)
def test_one_year_against_another_is_told(measure, unit):
    before = points(2)
    dual = dual_density(HOT, before, mask=AREAS, measure=measure, bandwidth=1_200, cell_size=200, about=NOW)
    told = texts_of(plot_dual_heat(AREAS, dual, ax=new_axes()))
    assert "Harm is furthest above its base in Ward 9" in told
    assert unit in told
    fewer = dual_density(before, HOT.assign(weight=900.0), mask=AREAS, measure=measure, bandwidth=1_200, cell_size=200)
    assert "Nowhere more harm than its base" in texts_of(plot_dual_heat(AREAS, fewer, ax=new_axes()))


def test_the_key_of_a_ratio_writes_an_eighth_whole():
    dual = dual_density(points(3, 200), points(2), mask=AREAS, bandwidth=600, cell_size=150, about=NOW)
    told = texts_of(plot_dual_heat(AREAS, dual, ax=new_axes())).split()
    assert {"0.125", "0.25", "0.5", "1", "2", "4", "8"} <= set(told)
    assert "0.12" not in told


def test_both_periods_are_told():
    now, before = (kernel_density(points(n), mask=AREAS, bandwidth=1_200, about=a) for n, a in ((1, NOW), (2, BEFORE)))
    dual = dual_density(points(1), points(2), mask=AREAS, bandwidth=1_200, about=NOW)
    both = type(dual)(**{**vars(dual), "above": now, "below": before})
    told = texts_of(plot_dual_heat(AREAS, both, ax=new_axes()))
    assert "April 2025 to September 2025 against April 2024 to September 2024" in told


def test_contours_and_the_peak_are_told():
    surface = kernel_density(HOT, mask=AREAS, bandwidth=1_200, about=NOW)
    peaks = surface_peaks(HOT, AREAS, mask=AREAS, bandwidth=1_000, replications=99, seed=1)
    told = texts_of(plot_surface_peaks(AREAS, surface, peaks, ax=new_axes()))
    assert "1 peak of harm stands out, the clearest in Ward 9" in told
    assert f"Ward 9: {peaks.table['ratio'].iloc[0]:.1f} times what is expected, p 0.010" in told
    for percent in (25, 50, 80):
        assert f"{percent}% on " in told
    assert "where residents live" in told
    unnamed = texts_of(plot_surface_peaks(AREAS, surface, peaks, labels=0, ax=new_axes()))
    assert "and 1 more" in unnamed


def test_no_peak_is_told():
    even = points(4)
    surface = kernel_density(even, mask=AREAS, bandwidth=1_200)
    peaks = surface_peaks(even, points(5), mask=AREAS, bandwidth=1_200, replications=99, seed=1)
    assert not len(peaks.table)
    told = texts_of(plot_surface_peaks(AREAS, surface, peaks, ax=new_axes()))
    assert "No peak of harm stands out" in told
    assert "no peak stands out" in told
    assert "where the points of the base are" in told


def test_another_system_is_refused():
    dual = dual_density(HOT, AREAS, mask=AREAS, bandwidth=1_200, cell_size=200)
    with pytest.raises(CRSError, match="dual"):
        plot_dual_heat(AREAS.to_crs(32630), dual)
    surface = kernel_density(HOT, mask=AREAS, bandwidth=1_200)
    peaks = surface_peaks(HOT, AREAS, mask=AREAS, bandwidth=1_000, replications=99, seed=1)
    with pytest.raises(CRSError, match="surface"):
        plot_surface_peaks(AREAS.to_crs(32630), surface, peaks)


def test_contours_over_the_surface_carry_the_share_that_they_hold():
    surface = kernel_density(HOT, mask=AREAS, bandwidth=1_200, cell_size=200, about=NOW)
    contours = surface_contours(surface, volumes=[30, 60])
    ax = plot_heat_contours(AREAS, surface, volumes=[60, 30], ax=new_axes())
    told = texts_of(ax)
    for row in contours.itertuples():
        assert f"{row.held:.0f}% on {row.area_km2:,.1f} km²" in told  # the legend
    labels = {text.get_text(): shapely.Point(text.get_position()) for text in ax.texts if text.get_text().endswith("%")}
    held = [f"{value:.0f}%" for value in contours["held"]]
    assert set(labels) == set(held)
    # Each stands on its own line.
    for text, ground in zip(held, contours.geometry, strict=True):
        assert shapely.boundary(ground).distance(labels[text]) < 1.0
    near = contours.iloc[(contours["held"] - 50).abs().argmin()]
    assert f"{near['held']:.0f}% of the smoothed harm is on {near['area_km2']:,.1f} km², " in told
    assert f"{near['area_km2'] / 64:.0%} of the ground" in told
    with pytest.raises(CRSError):
        plot_heat_contours(AREAS.to_crs(32630), surface)
