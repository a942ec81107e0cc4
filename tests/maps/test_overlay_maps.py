"""Maps of harm and deprivation: colours that stay apart, legends with counts, what is missing named."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import luminance
from matplotlib.backends.backend_agg import FigureCanvasAgg
from shapely.geometry import box
from worlds import deprivation_of, index_of

import socharm as sh
from socharm.errors import AlignmentError
from socharm.maps.bivariate import bivariate_colours, plot_bivariate
from socharm.maps.choropleth import plot_choropleth
from socharm.maps.furniture import new_axes
from socharm.maps.residual import plot_residual

pytestmark = pytest.mark.filterwarnings("ignore::socharm.errors.ModelWarning")


@pytest.fixture(scope="module")
def town():
    rng = np.random.default_rng(5)
    codes = [f"A{i:02d}" for i in range(30)]
    score = {code: 2.0 * i for i, code in enumerate(codes)}
    crimes = {code: int(rng.poisson(4 * np.exp(0.02 * score[code]))) for code in codes} | {"A04": 90}
    areas = gpd.GeoDataFrame(
        {"name": [f"Ward {code}" for code in codes], "parent": ["Town"] * 15 + ["Shore"] * 15, "force": "Testshire"},
        geometry=[box(i % 6 * 1_000, i // 6 * 1_000, i % 6 * 1_000 + 1_000, i // 6 * 1_000 + 1_000) for i in range(30)],
        index=codes,
        crs="EPSG:27700",
    ).rename_axis("area_code")
    index = index_of(crimes)
    return areas, sh.overlay_deprivation(index, deprivation_of(pd.Series(score)), seed=1)


def texts(ax) -> list[str]:
    figure = ax.get_figure()
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text"))]


@pytest.mark.parametrize("k", [3, 5])
def test_bivariate_colours_darken_towards_much_of_both(k):
    colours = bivariate_colours(k)
    light = np.array([[luminance(str(colour)) for colour in row] for row in colours])
    assert (np.diff(light, axis=0) < 0).all()
    assert (np.diff(light, axis=1) < 0).all()
    assert len(set(colours.ravel())) == k * k


def test_a_bivariate_map_has_its_square_legend_with_counts(town):
    areas, overlay = town
    ax = plot_bivariate(areas, overlay, ax=new_axes())
    written = texts(ax)
    sizes = overlay.table.groupby(["class_harm", "class_deprivation"]).size()
    assert [text for text in written if text.isdigit()].count(str(sizes.max())) >= 1
    assert "more deprived  →" in written
    assert any("without its crime domain" in " ".join(text.split()) for text in written)
    assert any("harm rate, " + overlay.about.unit in " ".join(text.split()) for text in written)
    assert any("OFFICIAL" in text for text in written)


def test_a_residual_map_says_what_is_outside_and_what_is_a_centre(town):
    areas, overlay = town
    ax = plot_residual(areas, overlay, ax=new_axes())
    written = texts(ax)
    assert any(text.startswith("more than 1.5 times") for text in written)
    assert "far more crimes than residents explain (†)  (1)" in written
    assert any("no reason to lower a priority" in " ".join(text.split()) for text in written)


def test_areas_without_values_are_hatched_and_counted(town):
    areas, overlay = town
    gone = overlay.table.copy()
    gone.loc["A00", ["bivariate", "residual_shrunk", "class_harm", "class_deprivation"]] = None
    short = replace(overlay, table=gone)
    assert "harm or deprivation not known  (1)" in texts(plot_bivariate(areas, short, ax=new_axes()))
    assert "not known  (1)" in texts(plot_residual(areas, short, ax=new_axes()))
    # a gap of coverage is called by its name, as on every other map
    gone.loc["A00", "reason"] = "covered 0 of 1 month"
    for plot in (plot_bivariate, plot_residual):
        written = texts(plot(areas, replace(overlay, table=gone), ax=new_axes()))
        assert "not covered  (1)" in written
        assert not any("not known" in text for text in written)


def test_marks_are_no_borders_and_never_hide_small_areas(town):
    """Outside the interval is a triangle in the area; lines on the map are borders alone."""
    areas, overlay = town
    far = areas.copy()
    far.loc["A29", "geometry"] = box(4e6, 4e6, 4e6 + 1, 4e6 + 1)
    outside = overlay.table["outside"]
    for shown, largest in ((areas, 6.0), (far, 1.5)):
        ax = plot_residual(shown, overlay, labels=0, ax=new_axes())
        marks = {line.get_marker(): line for line in ax.lines if line.get_zorder() == 4}
        for marker, side in (("^", "above"), ("v", "below")):
            known = int((outside == side).sum())
            assert (len(marks[marker].get_xdata()) if known else marker not in marks) == (known or True)
        assert len(marks["o"].get_xdata()) == 1
        assert all(mark.get_markersize() <= largest * 1.7 for mark in marks.values())


@pytest.mark.parametrize(
    ("more", "less", "title"),
    [
        (3, 1, "3 areas lie above the 95% prediction interval of harm given deprivation; one below"),
        (1, 2, "1 area lies above the 95% prediction interval of harm given deprivation; 2 below"),
        (0, 2, "No area lies above the 95% prediction interval of harm given deprivation; 2 below"),
        (2, 0, "2 areas lie above the 95% prediction interval of harm given deprivation; none below"),
        (0, 0, "No area lies above or below the 95% prediction interval of harm given deprivation"),
    ],
)
def test_titles_of_residual_maps_are_those_of_the_table(town, more, less, title):
    areas, overlay = town
    table = overlay.table.assign(outside="inside")
    table.loc[table.index[:more], "outside"] = "above"
    table.loc[table.index[more : more + less], "outside"] = "below"
    written = texts(plot_residual(areas, replace(overlay, table=table), ax=new_axes()))
    assert title in [" ".join(text.split()) for text in written]


def test_the_title_of_a_bivariate_map_counts_its_dark_corner(town):
    areas, overlay = town
    both = overlay.table.assign(class_harm=1, class_deprivation=1)
    both.loc[both.index[:4], ["class_harm", "class_deprivation"]] = 3
    for table, count in ((both, "4 areas are"), (both.assign(class_harm=1), "No area is")):
        written = [
            " ".join(text.split())
            for text in texts(plot_bivariate(areas, replace(overlay, table=table), ax=new_axes()))
        ]
        assert (
            f"{count} among the third with the most harm per resident and the third with the most deprivation"
            in written
        )


def test_areas_without_a_boundary_stop_the_map(town):
    areas, overlay = town
    for plot in (plot_bivariate, plot_residual):
        with pytest.raises(AlignmentError, match="1 area of the record is not in `areas`"):
            plot(areas.iloc[1:], overlay, ax=new_axes())
        with pytest.raises(AlignmentError, match="`labels` names"):
            plot(areas, overlay, labels=["X1"], ax=new_axes())


def numbers(ax) -> dict[str, str]:
    """What the labels of a map begin with, by area."""
    labels = [text for one in (ax, *ax.child_axes) for text in one.texts if str(text.get_gid()).startswith("area ")]
    return {str(text.get_gid()).removeprefix("area "): text.get_text().split()[0] for text in labels}


def test_all_maps_number_an_area_by_its_rank_in_the_league(town):
    """The league is told by `areas` alone: neither the order of the labels nor the record's own order is drawn."""
    areas, overlay = town
    league = pd.Series(range(101, 101 + len(areas)), index=areas.index, dtype="Int64")
    ranked = areas.assign(rank=league)
    codes = list(areas.index[[7, 3, 21, 15, 9, 27]])
    drawn = [
        plot_bivariate(ranked, overlay, labels=codes, ax=new_axes()),
        plot_residual(ranked, overlay, labels=codes, ax=new_axes()),
        plot_choropleth(ranked, overlay.table["residual_shrunk"].dropna(), labels=codes, ax=new_axes()),
    ]
    for ax in drawn:
        assert numbers(ax) == {code: str(league[code]) for code in codes}
