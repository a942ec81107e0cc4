"""What a map may be given: a record, a Series or a table by area code; everything else is named, with what to give."""

from __future__ import annotations

import inspect

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import socharm as sh
from socharm.errors import AlignmentError, ParameterError, SchemaError, SocharmError

CODES = pd.Index(list("ABCD"), name="area_code")
PLOTS = [name for name in dir(sh.maps) if name.startswith("plot_")]


@pytest.fixture(autouse=True)
def _no_open_figures():
    yield
    plt.close("all")


def areas():
    shapes = [box(425_000 + k * 1_000, 560_000, 426_000 + k * 1_000, 561_000) for k in range(4)]
    return gpd.GeoDataFrame({"name": [f"Ward {code}" for code in CODES]}, geometry=shapes, index=CODES, crs=27700)


def visits(**columns):
    return pd.DataFrame(columns or {"visits": [1.0, 2.0, 3.0, 4.0]}, index=CODES)


def legend(axes):
    return axes.get_legend().get_title().get_text()


def test_a_table_with_a_column_is_drawn_as_a_series_is():
    table = visits(visits=[1.0, 2.0, 3.0, np.nan], note=["a", "b", "c", "d"])
    drawn = sh.plot_choropleth(areas(), table, column="visits", k=3)
    same = sh.plot_choropleth(areas(), table["visits"], k=3)
    texts = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in (drawn, same)]
    assert texts[0] == texts[1]
    assert any("no value" in text for text in texts[0])
    assert legend(drawn) == legend(same) == "Visits"


def test_the_only_column_of_numbers_needs_no_name():
    assert legend(sh.plot_choropleth(areas(), visits(visits=[1, 2, 3, 4], note=list("abcd")))) == "Visits"
    with pytest.raises(ParameterError, match=r"`column` is missing: the table has the columns \['x', 'y'\]"):
        sh.plot_choropleth(areas(), visits(x=[1, 2, 3, 4], y=[1, 2, 3, 4]))


def test_the_areas_themselves_and_a_column_of_codes_will_do():
    shown = areas().assign(visits=[1.0, 2.0, 3.0, 4.0])
    assert legend(sh.plot_choropleth(shown, shown, column="visits")) == "Visits"
    assert legend(sh.plot_choropleth(areas(), visits().reset_index(), column="visits")) == "Visits"


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (visits().reset_index(drop=True), ParameterError, r"has \[0, 1, 2\] as its index, where area codes must stand"),
        (pd.concat({1: visits(), 2: visits()}), ParameterError, "several keys for each row"),
        (pd.concat([visits(), visits()]), SchemaError, "more than once"),
        (pd.concat([visits(), visits()], axis=1), SchemaError, "columns of the same name: .'visits'"),
        (visits(visits=list("1two")), SchemaError, "must hold numbers; 3 of 4 values are none, such as that of 'B'"),
        (visits(visits=[1, np.inf, 2, 3]), SchemaError, r"infinite for 1 area, such as \['B'\]"),
        (visits().rename(index={"A": "X"}), AlignmentError, r"not in `areas`, such as \['X'\]"),
        (visits(other=[1, 2, 3, 4]), SchemaError, r"lacks the columns \['visits'\]"),
    ],
)
def test_a_table_that_cannot_be_drawn_says_why(table, error, message):
    with pytest.raises(error, match=message):
        sh.plot_choropleth(areas(), table, column="visits")


def test_infinity_has_no_colour_in_a_series_either():
    with pytest.raises(SchemaError, match="infinite"):
        sh.plot_choropleth(areas(), pd.Series([1.0, -np.inf, 2.0, 3.0], index=CODES, name="rate"))


@pytest.mark.parametrize(
    "wrong", [None, 3, "rate", [1, 2], {"A": 1}, np.arange(4), sh.About(), sh.severity.SeverityIndex]
)
def test_what_is_no_record_is_told_what_to_give(wrong):
    with pytest.raises(ParameterError, match=r"`record` is .* must be a Record, a Series of pandas or a DataFrame"):
        sh.plot_choropleth(areas(), wrong)


def given_to(plot, ground, wrong):
    """What a picture needs: areas, where it takes any, and one thing for each record that it draws."""
    needed = [one for one in inspect.signature(plot).parameters.values() if one.default is one.empty]
    return [ground if one.name == "areas" else wrong for one in needed]


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize(
    "wrong", [visits(), visits()["visits"], None, 3, "rate", {"A": 1}, np.arange(4), sh.About(), sh.ranking.Ranking]
)
def test_every_picture_draws_or_says_what_to_give(name, wrong):
    """A picture of the wrong kind of record is drawn, or refused by an error of the library's; never another one."""
    plot = getattr(sh.maps, name)
    given = given_to(plot, areas(), wrong)
    if name == "plot_choropleth" and isinstance(wrong, (pd.DataFrame, pd.Series)):
        assert plot(*given) is not None
        return
    with pytest.raises(SocharmError, match=r"give|must"):
        plot(*given)


@pytest.mark.parametrize(
    "name", [name for name in PLOTS if "areas" in inspect.signature(getattr(sh.maps, name)).parameters]
)
@pytest.mark.parametrize("wrong", [None, visits(), "wards.gpkg", 3])
def test_every_map_needs_areas(name, wrong):
    if next(iter(inspect.signature(getattr(sh.maps, name)).parameters)) == "areas":
        with pytest.raises(SocharmError, match=r"`areas` .*must be a GeoDataFrame|give what"):
            getattr(sh.maps, name)(*given_to(getattr(sh.maps, name), wrong, visits()["visits"]))
