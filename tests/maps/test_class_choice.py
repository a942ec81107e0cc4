"""Classes of a map: what lies far above has a class of its own, and titles say what the table says."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.offsetbox import TextArea
from shapely.geometry import box
from worlds import png_texts

from socharm._about import About
from socharm._record import Record
from socharm.maps.choropleth import column_label, plot_choropleth
from socharm.maps.class_choice import classes_of, upper_fence
from socharm.maps.furniture import new_axes, save_figure
from socharm.maps.intervals import _finding as sure_finding

#: Quartiles of 1 to 20 with 100 at the end: 6 and 16, so the fences are 31 and 46.
TAIL = np.array([*range(1, 21), 100.0])


def titles(ax) -> list[str]:
    return [" ".join(part.get_text().split()) for part in ax.get_figure().findobj(TextArea)]


def row_of(values: list[float], names: list[str] | None = None) -> tuple[gpd.GeoDataFrame, Record]:
    codes = pd.Index([f"W{i:02d}" for i in range(len(values))], name="area_code")
    shapes = [box(i * 1000, 0, i * 1000 + 1000, 1000) for i in range(len(values))]
    areas = gpd.GeoDataFrame({"name": names or list(codes)}, index=codes, geometry=shapes, crs="EPSG:27700")
    record = object.__new__(type("Found", (Record,), {}))
    object.__setattr__(record, "table", pd.DataFrame({"rate_shrunk": values}, index=codes))
    object.__setattr__(record, "about", About(unit="sentence-days per resident per year"))
    return areas, record


def test_the_fence_of_a_heavy_tail_is_tukeys():
    assert upper_fence(TAIL) == 16 + 3 * (16 - 6)
    assert upper_fence(np.append(TAIL[:-1], 45.0)) is None  # outside the inner fence, inside the outer one
    assert upper_fence(TAIL[-10:]) is None  # too few for quartiles
    assert upper_fence(np.append(np.full(30, 2.0), 9.0)) is None  # half of them are equal: no distance to measure by


def test_a_value_beyond_the_inner_fence_alone_is_not_far_above():
    """Twenty-six wards of a city by their share of its harm: one is far out, two are not and stand with the others."""
    city = np.array([25.7, 8.6, 6.4, 4.9, *np.linspace(4.1, 1.2, 22)])
    first, third = np.quantile(city, (0.25, 0.75))
    assert third + 1.5 * (third - first) < 6.4
    found = classes_of(city, scheme="quantiles", k=4)
    assert found.sizes[-1] == 1
    assert found.labels[-2].endswith(found.labels[-1].split()[1])  # the class below ends where the last begins
    assert float(found.labels[-2].split()[-1]) >= 8.6


def test_what_is_far_above_has_a_class_of_its_own():
    found = classes_of(TAIL, scheme="quantiles", k=4)
    assert found.own
    assert found.labels[-1] == "over 20 to 100, far above"
    number = found.number(TAIL)
    assert number[-1] == 4
    assert set(number[:-1]) == {0, 1, 2, 3}
    assert "more than 3 times the distance between the quartiles" in found.sentence


@pytest.mark.parametrize("scheme", ["natural_breaks", "head_tail", "std"])
def test_schemes_that_see_the_tail_are_left_alone(scheme):
    assert not classes_of(TAIL, scheme=scheme, k=4).own


@given(
    values=st.lists(st.floats(0.1, 50, allow_nan=False), min_size=20, max_size=60),
    tail=st.lists(st.floats(200, 900), min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_the_class_of_its_own_holds_those_outside_the_fence_and_no_other(values, tail):
    every = np.array(values + tail)
    found = classes_of(every, scheme="quantiles", k=5)
    fence = upper_fence(every)
    assert found.own == (fence is not None)
    if fence is not None:
        assert ((found.number(every) == len(found.labels) - 1) == (every > fence)).all()  # 200 and more: a wide gap


def test_a_fence_among_values_is_rounded_as_the_other_bounds_are():
    """A value every hundredth: no bound of one decimal lies between two of them, so the fence itself is rounded."""
    values = np.append(np.arange(1.0, 12.0, 0.01), np.arange(12.0, 60.0, 0.5))
    found = classes_of(values, scheme="quantiles", k=4)
    assert found.own
    shown = [number for label in found.labels for number in re.findall(r"[\d.]+", label)]
    assert {len(number.partition(".")[2]) for number in shown} == {1}
    assert abs(found.bounds[-2] - upper_fence(values)) <= 0.5
    assert (np.diff(found.bounds[1:]) > 0).all()
    assert len(set(found.labels)) == len(found.labels) == len(found.bounds) - 1


def test_the_map_says_its_classes_in_legend_foot_and_file(tmp_path):
    areas, record = row_of(TAIL.tolist())
    ax = plot_choropleth(areas, record, ax=new_axes())
    assert ax.get_legend().get_texts()[0].get_text() == "over 20 to 100, far above  (1)"
    assert any("far above the others" in text for text in titles(ax))
    save_figure(ax, tmp_path / "a.png", dpi=40)
    assert png_texts(tmp_path / "a.png")["Classes"].startswith("quantiles: 1 to ")


@pytest.mark.parametrize(
    ("values", "names", "title"),
    [
        (
            [2.0, 4.0, 5.0, 30.0],
            ["A", "B", "C", "Byker"],
            "Byker has the highest harm rate, 6.7 times that of the median area",
        ),
        (
            [2.0, 4.0, 5.0, 450.0],
            ["A", "B", "C", pd.NA],
            "W03 has the highest harm rate, 100 times that of the median area",
        ),
        ([4.0, 4.5, 5.0, 6.0], ["A", "B", "C", "D"], "Harm rate: highest in D"),
        ([1.0, 6.0, 6.0, 2.0], ["A", "B", "C", "D"], "Harm rate by area"),
        ([1.0, 6.0], ["A", "B"], "Harm rate by area"),
    ],
)
def test_the_title_of_a_choropleth_is_that_of_its_table(values, names, title):
    areas, record = row_of(values, names)
    assert title in titles(plot_choropleth(areas, record, ax=new_axes()))


@pytest.mark.parametrize(
    ("low", "high", "title"),
    [
        ([1, 2, 2], [1, 4, 5], "Only First is certain of its rank among the first 3"),
        ([1, 2, 2], [2, 4, 5], "None of the first 3 areas is certain of its rank"),
        ([1, 2, 3], [1, 2, 5], "2 of the first 3 areas are certain of their rank"),
        ([1, np.nan, 3], [1, 2, 5], "The 3 areas with the most harm per household, and how sure their rank is"),
    ],
)
def test_the_title_of_intervals_counts_those_of_one_rank(low, high, title):
    top = pd.DataFrame({"name": ["First", "Second", "Third"], "rank_low_90": low, "rank_high_90": high})
    assert sure_finding(top, "most harm per household", "area") == title


def test_the_foot_says_equal_numbers_only_of_classes_that_have_them():
    """Twenty values in two tens and one far above; then thirty of which half are the same."""
    even = classes_of(TAIL, scheme="quantiles", k=2)
    assert even.sizes == (10, 10, 1)
    assert even.sentence.startswith("Classes: equal numbers of areas below the darkest class; the number")
    tied = classes_of(np.array([0.0] * 15 + [*range(1, 16)]), scheme="quantiles", k=5)
    assert max(tied.sizes) - min(tied.sizes) > 1
    assert tied.sentence.startswith(
        "Classes: equal numbers of areas, as nearly as round bounds and equal values allow; the number"
    )
    assert sum(tied.sizes) == 30


def test_a_ranking_is_of_what_its_unit_says():
    about = About(unit="sentence-days per household per year")
    assert column_label("rank", about) == ("Rank (1 has the most harm per household)", "")
    assert column_label("rank", About(unit="score"))[0] == "Rank"
