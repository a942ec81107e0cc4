"""The page of a map: an enlarged part where needed, room for everything, one number for an area, no gap of a name."""

from __future__ import annotations

import dataclasses
import re

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.offsetbox import TextArea
from matplotlib.text import Annotation, Text
from shapely.geometry import box
from worlds import write_world

import socharm as sh
from socharm._about import About, AssessmentPeriod
from socharm.hotspots.points.density import kernel_density
from socharm.maps.choropleth import plot_choropleth
from socharm.maps.furniture import new_axes
from socharm.maps.heat import plot_heat
from socharm.maps.inset_choice import inset_box
from socharm.maps.sources import source_lines
from socharm.publish.licences import OGL

ABOUT = About(period=AssessmentPeriod("2025-04", "2025-09"), unit="sentence-days", sources=("police.uk", "Council"))


def squares(corners, side) -> list:
    return [box(x, y, x + side, y + side) for x, y in corners]


def force(*, city: int = 64, moor: int = 36) -> gpd.GeoDataFrame:
    """A city of small squares of 500 m in the corner of a moor of large ones of 20 km."""
    small = [(500 * (i % 8), 500 * (i // 8)) for i in range(city)]
    large = [(20_000 * (i % 6), 20_000 * (i // 6) + 10_000) for i in range(moor)]
    shapes = squares(small, 500) + squares(large, 20_000)
    codes = pd.Index([f"W{i:03d}" for i in range(len(shapes))], name="area_code")
    return gpd.GeoDataFrame({"name": [f"Ward {c}" for c in codes]}, index=codes, geometry=shapes, crs="EPSG:27700")


def values(areas: gpd.GeoDataFrame) -> pd.Series:
    return pd.Series(np.arange(len(areas), 0.0, -1.0), index=areas.index, name="rate")


def scale_of(areas: gpd.GeoDataFrame) -> tuple[tuple[float, float, float, float], float]:
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    return (west, south, east, north), 7 * 72 / max(east - west, north - south)


def labels_of(ax) -> list[Annotation]:
    shown = [ax, *ax.child_axes]
    return [text for one in shown for text in one.texts if str(text.get_gid()).startswith("area ")]


def headings(ax) -> list[str]:
    return [" ".join(part.get_text().split()) for part in ax.get_figure().findobj(TextArea)]


def boxes_of(ax) -> list:
    """Boxes of every text on a map and beside it."""
    figure = ax.get_figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    return [Text.get_window_extent(text, renderer) for text in labels_of(ax)]


def test_a_city_in_a_moor_is_enlarged_with_the_same_classes_and_named_there():
    areas = force()
    ax = plot_choropleth(areas, values(areas), about=ABOUT, ax=new_axes())
    (inset,) = ax.child_axes
    west, east = inset.get_xlim()
    assert west <= 0
    assert 4_000 <= east < 20_000
    frames = [patch for patch in ax.patches if patch.get_zorder() == 6]
    assert [round(frame.get_width()) for frame in frames] == [round(east - west)]
    for one, other in zip(ax.collections[0].get_facecolor(), inset.collections[0].get_facecolor(), strict=True):
        assert one.tolist() == other.tolist()
    assert {text.get_gid() for text in inset.texts if text.get_gid() != "scale"} == {
        f"area W{i:03d}" for i in range(10)
    }
    assert not [text for text in ax.texts if str(text.get_gid()).startswith("area ")]


@pytest.mark.parametrize("side", [1_000, 20_000])
def test_areas_of_one_size_need_no_enlarged_part(side):
    corners = [(side * (i % 20), side * (i // 20)) for i in range(400)]
    areas = gpd.GeoSeries(squares(corners, side), crs="EPSG:27700")
    view, scale = scale_of(areas)
    assert inset_box(areas, view, points_per_metre=scale) is None


def test_few_areas_and_legible_ones_need_no_enlarged_part():
    assert not plot_choropleth(force(city=4, moor=6), values(force(city=4, moor=6)), ax=new_axes()).child_axes
    areas = force()
    view, _ = scale_of(areas)
    assert inset_box(areas.geometry, view, points_per_metre=1.0) is None  # half a metre for each area of the city


def test_an_island_far_away_does_not_make_the_rest_too_small():
    areas = force(moor=0)
    far = gpd.GeoDataFrame(
        {"name": ["Far Isle"]}, index=["I1"], geometry=[box(90_000, 90_000, 91_000, 91_000)], crs=areas.crs
    )
    whole = gpd.GeoDataFrame(pd.concat([areas, far])).rename_axis("area_code")
    ax = plot_choropleth(whole, values(whole), about=ABOUT, ax=new_axes())
    (inset,) = ax.child_axes
    assert inset.get_xlim()[1] < 10_000


@given(shift=st.integers(0, 60_000), seed=st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_the_enlarged_part_lies_on_the_map_and_holds_what_it_promises(shift, seed):
    areas = force()
    moved = areas.geometry.iloc[:64].translate(shift, shift // 2)
    shapes = gpd.GeoSeries(pd.concat([moved, areas.geometry.iloc[64:]]), crs=areas.crs).sample(
        frac=1, random_state=seed
    )
    view, scale = scale_of(shapes)
    found = inset_box(shapes, view, points_per_metre=scale)
    assert found is not None
    assert view[0] <= found[0] < found[2] <= view[2]
    assert view[1] <= found[1] < found[3] <= view[3]
    inner = shapes.representative_point()
    held = inner.x.between(found[0], found[2]) & inner.y.between(found[1], found[3])
    assert held.mean() >= 0.3
    assert (found[2] - found[0]) * (found[3] - found[1]) <= 0.25 * (view[2] - view[0]) * (view[3] - view[1])


def test_no_name_is_missing_in_words():
    areas = force(city=9, moor=0)
    areas["name"] = areas["name"].astype("string")
    areas.loc[["W000", "W001", "W002"], "name"] = [pd.NA, None, " "]
    ax = plot_choropleth(areas, values(areas), about=ABOUT, ax=new_axes())
    written = "\n".join(text.get_text() for text in ax.get_figure().findobj(Text))
    assert not re.search(r"<NA>|\bnan\b|None", written)
    assert {"W000", "W001", "W002"} <= {text.get_text() for text in labels_of(ax)}


@pytest.mark.parametrize(("rows", "columns", "size"), [(1, 2, (14, 7)), (2, 2, (13, 12)), (1, 1, (9, 7))])
def test_maps_of_one_figure_keep_legend_heading_and_foot_in_their_own_place(rows, columns, size):
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False)
    areas = force(moor=16)
    try:
        for ax in grid.flat:
            plot_choropleth(areas, values(areas), about=ABOUT, ax=ax, labels=5)
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        wide, high = figure.bbox.width, figure.bbox.height
        for at, ax in enumerate(grid.flat):
            assert ax.get_legend() is not None
            row, column = divmod(at, columns)
            around = ax.get_tightbbox(renderer)
            assert column * wide / columns - 1 <= around.x0
            assert around.x1 <= (column + 1) * wide / columns + 1
            assert high - (row + 1) * high / rows - 1 <= around.y0
            assert around.y1 <= high - row * high / rows + 1
    finally:
        plt.close(figure)


def test_maps_on_parts_of_a_figure_stay_in_theirs():
    figure = plt.figure(figsize=(16, 7))
    areas = force(moor=16)
    try:
        for at, part in enumerate(figure.subfigures(1, 2)):
            ax = plot_choropleth(areas, values(areas), about=ABOUT, ax=part.subplots(), labels=3)
            around = ax.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
            assert at * figure.bbox.width / 2 - 1 <= around.x0
            assert around.x1 <= (at + 1) * figure.bbox.width / 2 + 1
            assert around.height <= figure.bbox.height + 2
    finally:
        plt.close(figure)


def test_labels_asked_for_twice_are_written_once_and_odd_ranks_are_none():
    areas = force(city=9, moor=0).assign(rank=[1.5, np.inf, "x", 0, 5, 6, 7, 8, 9])
    ax = plot_choropleth(
        areas, values(areas), about=ABOUT, ax=new_axes(), labels=["W000", "W000", "W001", "W002", "W004"]
    )
    assert sorted(text.get_text() for text in labels_of(ax)) == ["5 Ward W004", "Ward W000", "Ward W001", "Ward W002"]


def test_two_maps_on_the_same_axes_keep_both_legends():
    areas = force(moor=0)
    ax = new_axes()
    for name in ("first", "second"):
        plot_choropleth(areas, values(areas).rename(name), about=ABOUT, ax=ax, labels=0)
    legends = [child for child in ax.get_children() if type(child).__name__ == "Legend"]
    assert {legend.get_title().get_text().split("\n")[0] for legend in legends} == {"First", "Second"}
    renderer = FigureCanvasAgg(ax.get_figure()).get_renderer()
    one, other = (legend.get_window_extent(renderer) for legend in legends)
    assert not one.overlaps(other)
    headings = [text for text in ax.get_figure().findobj(Text) if "highest in" in text.get_text()]
    assert len({text.get_text() for text in headings}) == 1


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (8, 8)])
def test_nothing_on_a_page_of_its_own_touches_or_is_cut(shape):
    across, up = shape
    corners = [(1_000 * (i % across), 1_000 * (i // across)) for i in range(across * up)]
    codes = pd.Index([f"W{i:03d}" for i in range(len(corners))], name="area_code")
    names = [f"A Ward With a Name {code}" for code in codes]
    areas = gpd.GeoDataFrame({"name": names}, index=codes, geometry=squares(corners, 1_000), crs="EPSG:27700")
    ax = plot_choropleth(areas, values(areas), about=ABOUT, ax=new_axes(), labels=12)
    shown = boxes_of(ax)
    assert not any(one.overlaps(other) for i, one in enumerate(shown) for other in shown[:i])
    figure = ax.get_figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    around = ax.get_tightbbox(renderer)
    assert figure.bbox.x0 <= around.x0
    assert around.x1 <= figure.bbox.x1
    assert figure.bbox.y0 <= around.y0
    assert around.y1 <= figure.bbox.y1
    foot = min(
        (child for child in ax.get_children() if getattr(child, "is_heading", False)),
        key=lambda b: b.get_window_extent(renderer).y0,
    )
    beside = [text for text in ax.texts if text.get_text() and not text.get_gid()] + [ax.get_legend()]
    assert all(part.get_window_extent(renderer).y0 >= foot.get_window_extent(renderer).y1 - 1 for part in beside)


def test_the_foot_has_the_licence_of_public_sources_and_no_other():
    assert OGL in source_lines(ABOUT)
    assert OGL not in source_lines(About(sources=("Council survey",)))
    assert source_lines(About(sources=("Home Office data.", "Council"))) == ["Source: Home Office data; Council.", OGL]
    assert source_lines(About()) == ["Source: not stated."]


def test_every_number_on_the_maps_of_a_run_is_the_rank_of_its_area(tmp_path, monkeypatch):
    drawn: dict[str, str] = {}
    seen: dict[str, set[str]] = {}
    kept = Figure.savefig

    def savefig(self, fname, *args, **kwargs):
        for text in self.findobj(Annotation):
            if str(text.get_gid()).startswith("area "):
                number, _, _ = text.get_text().partition(" ")
                seen.setdefault(str(text.get_gid()).removeprefix("area "), set()).add(number)
                drawn[str(fname)] = number
        kept(self, fname, *args, **kwargs)

    monkeypatch.setattr(Figure, "savefig", savefig)
    assessment = sh.run_assessment(write_world(tmp_path))
    ranks = assessment.tables["ranking"]["rank"]
    assert drawn
    assert len(seen) >= 8
    for code, numbers in seen.items():
        assert numbers == {str(ranks[code])}, code


def test_the_title_of_a_heat_map_names_the_area_of_its_densest_cell():
    """A heap of 120 events in W1, and one of 60 in W2."""
    areas = gpd.GeoDataFrame(
        {"name": ["West", "East"]},
        geometry=[box(0, 0, 5_000, 10_000), box(5_000, 0, 10_000, 10_000)],
        index=pd.Index(["W1", "W2"], name="area_code"),
        crs="EPSG:27700",
    )
    rng = np.random.default_rng(1)
    places = np.vstack([rng.normal((2_500, 5_000), 60, (120, 2)), rng.normal((7_500, 5_000), 60, (60, 2))])
    points = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "weight": 10.0})
    surface = kernel_density(points, bandwidth=600, cell_size=100, mask=areas, about=ABOUT)
    assert any("Harm is densest in West" in text for text in headings(plot_heat(areas, surface, ax=new_axes())))
    counted = kernel_density(
        points, bandwidth=600, cell_size=100, mask=areas, about=dataclasses.replace(ABOUT, unit="events")
    )
    assert any("Events are densest in West" in text for text in headings(plot_heat(areas, counted, ax=new_axes())))


@pytest.mark.parametrize(("beginning", "noun"), [("E05", "ward"), ("E01", "area")])
def test_a_map_calls_its_areas_as_the_profiles_do(beginning, noun):
    areas = force(city=9, moor=0)
    areas.index = pd.Index([f"{beginning}{number:06d}" for number in range(9)], name="area_code")
    rates = pd.DataFrame({"rate": [9.0, *range(1, 9)]}, index=areas.index)
    ax = plot_choropleth(areas, rates, column="rate", about=ABOUT, ax=new_axes())
    told = " ".join(headings(ax))
    assert f"times that of the median {noun}" not in told  # the highest is not twice the median
    rates.loc[areas.index[0], "rate"] = 90.0
    told = " ".join(headings(plot_choropleth(areas, rates, column="rate", about=ABOUT, ax=new_axes())))
    assert f"has the highest harm rate as recorded, 18 times that of the median {noun}" in told
    assert f"the number of {noun}s stands in brackets" in told
    assert ("area" in told) == (noun == "area")
