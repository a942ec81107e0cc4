"""Pictures of one place: they colour what agrees with its neighbours, and leave the sources to the document."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from shapely.geometry import box

from socharm._about import About
from socharm.maps.place_figures import plot_place
from socharm.maps.place_squares import LISTED, Boxes, area_classes, draw_streets, leading_areas
from socharm.maps.standing_figure import plot_standing

CODES = ["A", "B", "C", "D"]
ABOUT = About(sources=("police.uk street-level crime data", "Boundaries. © Crown copyright and database right 2026"))


@pytest.fixture
def row() -> gpd.GeoDataFrame:
    shapes = [box(i * 1000, 0, i * 1000 + 1000, 1000) for i in range(4)]
    return gpd.GeoDataFrame({"name": CODES}, index=pd.Index(CODES, name="area_code"), geometry=shapes, crs="EPSG:27700")


def local(labels: list[str]) -> pd.DataFrame:
    """B is hot by its neighbours alone: its own value lies below the mean of 4."""
    return pd.DataFrame({"label": labels, "value": [9.0, 1.0, 5.0, 1.0]}, index=pd.Index(CODES, name="area_code"))


def texts(figure) -> str:
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([*(str(text.get_text()) for text in figure.findobj(Text)), *legends])


def looks(figure) -> list[tuple[str, str]]:
    """Edge and hatch of every collection of polygons that has the colour of hot areas."""
    (ax,) = figure.axes
    drawn = [
        (to_hex(part.get_edgecolor()[0]), part.get_hatch() or "")
        for part in ax.collections
        if len(part.get_edgecolor())
    ]
    return [look for look in drawn if look[0] == "#b2182b"]


def test_a_hot_neighbourhood_is_hatched_where_the_area_is_not_high_itself(row):
    tables = make_assessment_tables(hotspots=local(["hot", "hot", "hot", "not significant"]))
    figure = plot_place(row, ["B"], tables, about=ABOUT)
    assert sorted(looks(figure)) == [("#b2182b", ""), ("#b2182b", "////")]
    assert "hot: high here and around it" in texts(figure)
    assert "high around it, not here" in texts(figure)


def test_the_legend_says_where_no_area_is_hot(row):
    tables = make_assessment_tables(hotspots=local(["not significant"] * 4))
    assert "No hot cluster of areas here." in texts(plot_place(row, ["B"], tables, about=ABOUT))


def test_a_figure_of_a_document_has_no_second_footer(row):
    text = texts(plot_place(row, ["B"], make_assessment_tables(), about=ABOUT))
    assert "Source" not in text
    assert "Crown copyright" not in text
    assert text.count("OFFICIAL") == 1


# squares, streets and shares


def listed(shares: list[float]) -> pd.DataFrame:
    """Squares of 250 m in B, from the most harm."""
    rows = [
        {"area_code": "B", "place": n, "easting": 1125.0 + 250 * n, "northing": 375.0, "share": share}
        for n, share in enumerate(shares, start=1)
    ]
    return pd.DataFrame(rows)


def test_squares_are_shaded_by_their_own_share_and_the_first_are_numbered(row):
    tables = make_assessment_tables(micro_places=listed([0.30, 0.06]))
    figure = plot_place(row, ["B"], tables, about=ABOUT)
    (ax,) = figure.axes
    squares = [part for part in ax.patches if part.get_width() == 250]
    assert [(part.get_x(), part.get_y()) for part in squares] == [(1250.0, 250.0), (1500.0, 250.0)]
    assert len({to_hex(part.get_facecolor()) for part in squares}) == 2
    assert {"1", "2", "10% or more", "5 to 10%"} <= set(texts(figure).split("\n"))
    assert "under 2%" not in texts(figure)


def test_streets_of_the_text_come_first_and_no_two_labels_touch(row):
    names = [f"Road {n}" for n in range(30)]
    streets = pd.DataFrame(
        {
            "area_code": "B",
            "offence": "burglary",
            "street": [*names, "Petrol Station"],
            "easting": [1000.0 + 30 * n for n in range(30)] + [1500.0],
            "northing": [500.0 + 10 * n for n in range(30)] + [500.0],
            "n": [*range(40, 10, -1), 99],
        }
    )
    figure = plot_place(row, ["B"], make_assessment_tables(streets=streets), about=ABOUT, streets=["Road 29"])
    (ax,) = figure.axes
    drawn = [text for text in ax.texts if str(text.get_text()).startswith("Road")]
    assert "Road 29" in [text.get_text() for text in drawn]
    assert len(drawn) >= 2
    assert "Petrol Station" not in texts(figure)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text() and text.get_text() not in "N"]
    touching = [(n, m) for n, one in enumerate(boxes) for m, other in enumerate(boxes[:n]) if one.overlaps(other)]
    assert touching == []


def test_a_district_is_scaled_to_itself(row):
    """Shares of 3, 1 and 6 tenths: three classes, none blank, however little they hold of the whole."""
    index = pd.DataFrame({"harm": [3e-6, 1e-6, 6e-6, 1e9]}, index=pd.Index(CODES, name="area_code"))
    figure = plot_place(row, ["A", "B", "C"], make_assessment_tables(index=index), about=ABOUT)
    told = texts(figure).split("\n")
    assert {"10.0%", "30.0%", "60.0%"} <= set(told)
    assert "1" in told
    assert "2" not in told  # the table of a district ends at half of the harm


def test_a_map_numbers_what_the_table_of_a_district_lists():
    shares = pd.Series([0.2, 0.3, 0.1, 0.25, 0.15, 0.0], index=list("ABCDEF"))
    assert leading_areas(shares) == ["B", "D"]
    assert len(leading_areas(pd.Series([0.05] * 20, index=list("ABCDEFGHIJKLMNOPQRST")))) == LISTED


def distance(extent, x: float, y: float) -> float:
    return float(np.hypot(max(extent.x0 - x, 0.0, x - extent.x1), max(extent.y0 - y, 0.0, y - extent.y1)))


@pytest.mark.parametrize("seed", range(6))
def test_a_name_stands_nearest_to_the_dot_of_its_own_street(row, seed):
    """A reader takes a name for that of the nearest dot; one that has no room there is left out."""
    rng = np.random.default_rng(seed)
    streets = pd.DataFrame(
        {
            "area_code": "B",
            "offence": "burglary",
            "street": [f"Street of {n:02d} Miles" for n in range(14)],
            "easting": rng.uniform(1150, 1850, 14),
            "northing": rng.uniform(150, 850, 14),
            "n": range(14, 0, -1),
        }
    )
    figure = plot_place(row, ["B"], make_assessment_tables(streets=streets), about=ABOUT)
    (ax,) = figure.axes
    figure.canvas.draw()
    at = streets.set_index("street")
    texts = {str(text.get_text()): text.get_window_extent() for text in ax.texts if "Street" in str(text.get_text())}
    dots = {name: ax.transData.transform((at["easting"][name], at["northing"][name])) for name in texts}
    assert len(texts) >= 3
    for name, extent in texts.items():
        ranked = sorted(dots, key=lambda other: distance(extent, *dots[other]))
        assert ranked[0] == name
        assert distance(extent, *dots[name]) <= 10 * figure.dpi / 72


@pytest.mark.parametrize(
    ("shares", "at", "told"),
    [
        ([0.5, 0.5], [0, 0], ["50.0%"]),
        ([0.0, 0.0], [0, 0], ["no harm recorded"]),
        ([0.1, 0.2, 0.3, 0.4], [0, 1, 2, 3], ["10.0%", "20.0%", "30.0%", "40.0%"]),
        ([0.1, 0.1, 0.1, 0.7], [0, 0, 0, 1], ["10.0%", "70.0%"]),
    ],
)
def test_a_class_is_told_by_the_shares_that_it_has(shares, at, told):
    found = area_classes(pd.Series(shares, index=CODES[: len(shares)]))
    assert (found[0].tolist(), found[1]) == (at, told)


def test_a_district_without_harm_is_known_to_have_none(row):
    index = pd.DataFrame({"harm": [0.0] * 4}, index=pd.Index(CODES, name="area_code"))
    told = texts(plot_place(row, CODES, make_assessment_tables(index=index), about=ABOUT))
    assert "no harm recorded" in told
    assert "not known" not in told


def test_every_entry_of_the_legend_shows_something(row):
    figure = plot_place(row, CODES, make_assessment_tables(hotspots=local(["not significant"] * 4)), about=ABOUT)
    shown = [patch for legend in figure.legends for patch in legend.get_patches()]
    assert all(patch.get_facecolor()[3] > 0 or patch.get_edgecolor()[3] > 0 for patch in shown)


def streets(names: list[tuple[str, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"area_code": "A", "street": name, "n": 9, "easting": x, "northing": y} for name, x, y in names]
    )


def on_a_map(names: list[tuple[str, float, float]]):
    figure = Figure(figsize=(3.5, 2.5))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, 1000)
    ax.set_ylim(0, 700)
    drawn = draw_streets(ax, ["A"], make_assessment_tables(streets=streets(names)), Boxes(ax))
    return figure, ax, drawn


def test_streets_that_end_like_a_kind_of_place_are_named_and_kinds_are_not():
    _, _, drawn = on_a_map(
        [("Simonside Hall", 200, 100), ("Old Station", 700, 300), ("Race Track", 300, 500), ("Prison", 600, 600)]
    )
    assert drawn == ["Old Station", "Simonside Hall"]


def test_no_name_covers_a_dot():
    places = [(f"Long Street Number {k}", 80.0 + 40 * k, 200.0 + 25 * k) for k in range(12)]
    figure, ax, drawn = on_a_map(places)
    assert len(drawn) > 2
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in ax.texts]
    dots = [ax.transData.transform(line.get_xydata()[0]) for line in ax.lines]
    assert len(dots) == len(boxes) == len(drawn)
    assert not [dot for dot in dots for frame in boxes if frame.contains(*dot)]


def test_long_names_stand_whole_beside_their_ranks():
    name = "Simonside and Rekendyke with the Old Town"
    months = pd.period_range("2025-01", periods=2, freq="M")
    rates = [{"area_code": "W1", "period": month, "harm": 1.0, "exposure": 1.0} for month in months]
    tables = make_assessment_tables(by_period=pd.DataFrame(rates))
    ranks = tables["ranking"].assign(name=name, rank=1, rank_expected=1.0, rank_low_90=1, rank_high_90=2)
    tables = tables.with_tables(ranking=ranks)
    figure = plot_standing("W1", tables, about=ABOUT)
    labels = [label for label in figure.axes[0].get_yticklabels() if label.get_text()]
    assert labels
    assert all(name in label.get_text() for label in labels)
    renderer = FigureCanvasAgg(figure).get_renderer()
    assert min(label.get_window_extent(renderer).x0 for label in labels) >= 0
