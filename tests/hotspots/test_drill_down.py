"""The places inside an area: the fewest that hold a share, every event in one of them or counted aside."""

from __future__ import annotations

import warnings
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

import socharm as sh
from socharm.errors import AlignmentError, CRSError, ParameterError, RefusedError
from socharm.hotspots import drill_down
from socharm.io import segments
from socharm.maps.drill_down import plot_drill_down
from socharm.maps.furniture import new_axes
from socharm.severity.points import HarmPoints
from socharm.severity.weighing import WeighingSettings

WEST, SOUTH = 424_000.0, 564_000.0
WARDS = gpd.GeoDataFrame(
    {"name": ["Byker", "Heaton"]},
    geometry=[box(WEST, SOUTH, WEST + 1_000, SOUTH + 1_000), box(WEST + 1_000, SOUTH, WEST + 2_000, SOUTH + 1_000)],
    index=pd.Index(["A", "B"], name="area_code"),
    crs="EPSG:27700",
)


def points(x, y, weight, n=None, layout: str = "extract") -> HarmPoints:
    table = pd.DataFrame({"x": np.asarray(x, float), "y": np.asarray(y, float), "weight": np.asarray(weight, float)})
    table["weight_squared"], table["n"] = table["weight"] ** 2, 10 if n is None else n
    return HarmPoints(
        table=table, by_offence=table.assign(offence="x"), crs="EPSG:27700", unweighted=pd.Series(dtype="int64"),
        settings=WeighingSettings(), about=sh.About(unit="days"), layout=layout,
    )  # fmt: skip


@pytest.fixture(scope="module")
def sample():
    town = sh.load_sample()
    located = sh.locate_incidents(town.incidents, town.wards, keep_names=True)
    weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    return town.wards, located, sh.harm_points(located, weights, areas=town.wards)


def test_the_worked_example():
    # Squares (0,0): 60, (1,0): 25, (3,3): 10, (2,2): 5; of B one square.
    x, y = WEST + np.array([10, 20, 260, 900, 600, 1_500]), SOUTH + np.array([10, 20, 10, 900, 600, 10])
    found = drill_down(points(x, y, [40, 20, 25, 10, 5, 7]), WARDS, ["A", "B"])
    facts = found.by_area.loc[("A", "square")]
    assert facts[["places", "events", "harm", "needed_25", "needed_50", "needed_80"]].tolist() == [4, 50, 100, 1, 1, 2]
    mine = found.table[found.table["area_code"] == "A"]
    assert mine["code"].tolist() == ["NZ240640-250", "NZ242640-250"]
    assert mine["share"].tolist() == pytest.approx([0.6, 0.25])
    assert mine["needed_for"].tolist() == [0.25, 0.8]
    assert found.by_area.loc[("B", "square"), "needed_80"] == 1


weights_drawn = st.lists(st.integers(1, 500), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None)
@given(weights=weights_drawn, seed=st.integers(0, 99))
def test_no_fewer_places_hold_the_share(weights, seed):
    rng = np.random.default_rng(seed)
    made = points(WEST + rng.uniform(0, 1_000, len(weights)), SOUTH + rng.uniform(0, 1_000, len(weights)), weights)
    found = drill_down(made, WARDS, "A", minimum_events=1)
    shares = np.sort(made.table.groupby([made.table["x"] // 250, made.table["y"] // 250])["weight"].sum())[::-1]
    held = np.cumsum(shares) / shares.sum()
    for share in (0.25, 0.5, 0.8):
        needed = int(found.by_area.loc[("A", "square"), f"needed_{share * 100:g}"])
        assert held[needed - 1] >= share - 1e-9
        assert needed == 1 or held[needed - 2] < share
    assert len(found.table) == needed
    assert found.table["cumulative_share"].to_numpy() == pytest.approx(held[:needed])


def test_no_kind_of_place_is_an_empty_table_of_the_same_columns(sample):
    wards, located, made = sample
    names = located.cells.names
    assert names is not None
    plain = replace(
        located, cells=replace(located.cells, names=names.map_elements(lambda _: "High Street", names.dtype))
    )
    found = drill_down(made, wards, wards.index[0], located=plain)
    assert found.premises.empty
    assert list(found.premises.columns) == list(drill_down(made, wards, wards.index[0]).premises.columns)
    assert found.table.loc[found.table["unit"] == "street", "share"].tolist() == pytest.approx([1.0])
    nameless = replace(located, cells=replace(located.cells, names=names.clear(len(names))))
    none = drill_down(made, wards, wards.index[0], located=nameless)
    assert none.by_area.loc[(wards.index[0], "street"), "places"] == 0


def test_places_of_few_events_are_counted_not_listed():
    made = points(WEST + np.array([10, 300]), np.full(2, SOUTH + 10), [90, 10], n=[4, 5])
    found = drill_down(made, WARDS, "A")
    assert found.by_area.loc[("A", "square"), "needed_80"] == 1
    assert found.table.empty


def test_segments_take_what_is_near_and_count_the_rest():
    roads = gpd.GeoDataFrame(
        {"id": ["R1", "R2"], "street": ["Long Row", "Mill Lane"]},
        geometry=[LineString([(WEST, SOUTH + 100), (WEST + 500, SOUTH + 100)]),
                  LineString([(WEST, SOUTH + 300), (WEST + 500, SOUTH + 300)])],
        crs="EPSG:27700",
    )  # fmt: skip
    lines = segments(roads, code="id", name="street", reach_m=50)
    made = points(WEST + np.array([100, 200, 300]), SOUTH + np.array([110, 290, 800]), [30, 50, 20])
    found = drill_down(made, WARDS, "A", streets=lines)
    mine = found.table[found.table["unit"] == "segment"]
    assert mine[["code", "name", "events"]].to_numpy().tolist() == [["R2", "Mill Lane", 10], ["R1", "Long Row", 10]]
    facts = found.by_area.loc[("A", "segment")]
    assert facts["share_placed"] == pytest.approx(0.8)
    assert facts["events_aside"] == 10
    assert facts["needed_80"] == 2
    assert drill_down(made, WARDS, "A", streets=lines, shares=(0.9,)).by_area["needed_90"].isna().tolist() == [
        False,
        True,
    ]


def test_every_event_of_the_sample_is_in_a_place_or_aside(sample):
    wards, located, made = sample
    codes = list(wards.index[:6])
    found = drill_down(made, wards, codes, located=located, minimum_events=1, shares=(0.999999,))
    for unit in ("square", "street"):
        facts = found.by_area.xs(unit, level="unit")
        listed = found.table[found.table["unit"] == unit].groupby("area_code")["events"].sum()
        assert (listed + facts["events_aside"]).tolist() == facts["events"].tolist()
        assert (facts["needed_99.9999"].dropna() <= facts["places"]).all()
    kinds = found.table[found.table["kind_of_place"]]
    # What stands for a kind of place among the streets is what the table of premises has.
    assert kinds.groupby("area_code")["harm"].sum().sort_index().to_numpy() == pytest.approx(
        found.premises.groupby("area_code")["harm"].sum().sort_index().to_numpy()
    )
    assert found.map_points


def test_finer_squares_than_map_points_are_refused_unless_asked(sample):
    wards, _, made = sample
    with pytest.raises(RefusedError, match=r"Cells of 100 m are finer than the data.*about 750,000.*allow_fine=True"):
        drill_down(made, wards, wards.index[0], cell_size=100)
    assert len(drill_down(made, wards, wards.index[0], cell_size=100, allow_fine=True).table)
    assert len(drill_down(replace(made, layout="extract"), wards, wards.index[0], cell_size=100).table)


def test_wrong_input_is_told(sample):
    wards, located, made = sample
    with pytest.raises(AlignmentError, match=r"`area` names \['X'\]"):
        drill_down(made, wards, "X")
    with pytest.raises(AlignmentError, match="None of the points lies in the areas asked for"):
        drill_down(points([1.0e5], [1.0e5], [1.0]), WARDS, "A")
    with pytest.raises(ParameterError, match=r"`streets` are no street segments"):
        drill_down(made, wards, wards.index[0], streets=wards)
    far = gpd.GeoDataFrame({"id": ["1"]}, geometry=[LineString([(1e5, 1e5), (1e5, 1.01e5)])], crs=wards.crs)
    with pytest.raises(AlignmentError, match="`streets` has 1 segment, and none meets the areas"):
        drill_down(made, wards, wards.index[0], streets=segments(far, code="id"))
    with pytest.raises(ParameterError, match="give shares that rise"):
        drill_down(made, wards, wards.index[0], shares=(0.5, 0.25))
    with pytest.raises(CRSError):
        drill_down(made, wards.to_crs("EPSG:32630"), wards.index[0])
    with pytest.raises(ParameterError, match="keep_names=True"):
        drill_down(made, wards, wards.index[0], located=replace(located, cells=replace(located.cells, names=None)))


def test_an_area_without_a_point_says_nothing_of_its_places():
    found = drill_down(points([WEST + 10], [SOUTH + 10], [1.0]), WARDS, ["A", "B"])
    assert found.by_area.loc[("B", "square"), "places"] == 0
    assert found.by_area.loc[("B", "square"), ["harm", "needed_25"]].isna().all()
    with pytest.raises(AlignmentError, match="Name one of these"):
        plot_drill_down(WARDS, found)


def test_the_picture_says_what_its_table_does(sample):
    wards, located, made = sample
    code = str(wards.index[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = drill_down(made, wards, code, located=located)
        ax = plot_drill_down(wards, found, ax=new_axes())
    figure = ax.get_figure(root=True)
    assert figure is not None
    told = " ".join(
        text.get_text().replace("\n", " ") for text in figure.findobj(match=lambda one: hasattr(one, "get_text"))
    )
    facts = found.by_area.loc[(code, "square")]
    assert f"lies in {int(facts['needed_50'])} of the {int(facts['places'])} squares" in told
    first = found.table[(found.table["unit"] == "street") & ~found.table["kind_of_place"]].iloc[0]
    assert first["name"] in told
    assert "750,000 map points" in told
    if len(found.premises):
        assert found.premises["kind"].iloc[0] in told, "kinds of place keep their words: no parking wards"
