"""Pictures of one place: they colour what agrees with its neighbours, and leave the sources to the document."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from factories import make_assessment_tables
from matplotlib.colors import to_hex
from matplotlib.text import Text
from shapely.geometry import box

from socharm._about import About
from socharm.maps.place_figures import plot_place

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
    assert "hot: high, as round it" in texts(figure)
    assert "high round it, not itself" in texts(figure)


def test_the_legend_says_where_no_area_is_hot(row):
    tables = make_assessment_tables(hotspots=local(["not significant"] * 4))
    assert "no hot cluster of areas here" in texts(plot_place(row, ["B"], tables, about=ABOUT))


def test_a_figure_of_a_document_has_no_second_footer(row):
    text = texts(plot_place(row, ["B"], make_assessment_tables(), about=ABOUT))
    assert "Source" not in text
    assert "Crown copyright" not in text
    assert text.count("OFFICIAL") == 1
