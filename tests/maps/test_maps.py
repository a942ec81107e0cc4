"""Maps: what is printed round them, that they draw what they were given, and what they refuse."""

import json
from itertools import pairwise

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from factories import luminance
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text
from shapely.geometry import box

from socharm._about import About, AssessmentPeriod
from socharm._record import Record
from socharm.errors import AlignmentError, CRSError, ParameterError, RefusedError, SchemaError, StoreError
from socharm.hotspots.points.density import kernel_density
from socharm.maps.choropleth import plot_choropleth
from socharm.maps.classes import SCHEMES, _upper_bounds, class_bounds, class_labels, with_slack
from socharm.maps.furniture import UNSTATED, new_axes, save_figure
from socharm.maps.heat import plot_heat
from socharm.maps.intervals import plot_intervals
from socharm.maps.labels import place_labels
from socharm.maps.palettes import PALETTES, sequential
from socharm.maps.style import STYLE, dots_per_inch, our_style
from socharm.maps.trends import plot_trend
from socharm.ranking.ranks import Ranking
from socharm.severity.index import SeverityIndex

ABOUT = About(
    period=AssessmentPeriod("2025-04", "2025-09"),
    boundary_year=2025,
    unit="sentence-days per resident per year",
    sources=("Sample police", "Sample census"),
    marking="OFFICIAL-SENSITIVE",
    coverage="One month of one district did not arrive.",
)


class Table(Record):
    """The least a picture needs of a record."""

    def __init__(self, table, about=ABOUT, **more):
        self.table, self.about = table, about
        self.__dict__.update(more)

    def top(self, n=10):
        return self.table.dropna(subset=["rank"]).nsmallest(n, "rank", keep="all")


def bare(kind, table, about=ABOUT, **more):
    """A record of a kind with the parts that its picture needs."""
    record = object.__new__(kind)
    for name, value in {"table": table, "about": about, "top_k": pd.DataFrame(), **more}.items():
        object.__setattr__(record, name, value)
    return record


def towns(n=6):
    """A grid of square areas of 2 km, two districts."""
    squares = [box(2000 * (i % n), 2000 * (i // n), 2000 * (i % n + 1), 2000 * (i // n + 1)) for i in range(n * n)]
    codes = pd.Index([f"W{i:02d}" for i in range(n * n)], name="area_code")
    names = [f"Ward of Saint Somebody the Elder {i}" for i in range(n * n)]
    parents = ["East" if i % n >= n / 2 else "West" for i in range(n * n)]
    return gpd.GeoDataFrame({"name": names, "parent": parents}, geometry=squares, index=codes, crs="EPSG:27700")


def index_of(areas):
    rate = np.linspace(1, 20, len(areas)) ** 1.5
    table = pd.DataFrame({"name": areas["name"], "rate": rate, "rate_shrunk": rate}, index=areas.index)
    table["rankable"], table["reason"] = True, ""
    table.loc["W01", ["rankable", "reason"]] = [False, "covered 20% of the months"]
    table.loc["W02", ["rankable", "reason"]] = [False, "no population"]
    table.loc["W03", "rate_shrunk"] = np.nan
    return Table(table)


def texts(ax):
    """Everything that is written on the figure."""
    figure = ax.get_figure()
    FigureCanvasAgg(figure).draw()
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


@pytest.fixture
def ax():
    return new_axes(width=9, height=9)


def test_choropleth_returns_its_axes_and_carries_the_furniture(ax):
    areas = towns()
    assert plot_choropleth(areas, index_of(areas), ax=ax) is ax
    written = texts(ax)
    for wanted in (
        "sentence-days per resident per year",
        "Period April 2025 to September 2025",
        "Sample police; Sample census",
        "One month of one district did not arrive.",
        "Boundaries of 2025.",
        " km",
        "not covered  (1)",
        "no population  (1)",
        "no value  (1)",
    ):
        assert wanted in written
    assert written.count("OFFICIAL-SENSITIVE") == 2
    assert "N" in written.split("\n")


def test_choropleth_colours_each_area_by_its_class(ax):
    areas = towns()
    record = index_of(areas)
    plot_choropleth(areas, record, ax=ax, k=4, labels=0)
    ax.get_figure().draw_without_rendering()
    layer = ax.collections[0]
    shown = record.table[record.table["rankable"] & record.table["rate_shrunk"].notna()]["rate_shrunk"]
    bounds = class_bounds(shown.to_numpy(), scheme="quantiles", k=4)
    expected = np.searchsorted(bounds[1:] * (1 + 1e-9), shown)
    assert [to_hex(c) for c in layer.get_facecolor()] == [to_hex(sequential(4)(i)) for i in expected]
    assert {collection.get_hatch() for collection in ax.collections} >= {"////", "\\\\\\\\", "xxxx"}


def test_a_choropleth_does_not_touch_its_inputs(ax):
    areas = towns()
    record = index_of(areas)
    before = areas.copy(), record.table.copy()
    plot_choropleth(areas, record, ax=ax)
    pd.testing.assert_frame_equal(pd.DataFrame(areas), pd.DataFrame(before[0]))
    pd.testing.assert_frame_equal(record.table, before[1])


def test_a_bare_series_says_that_nothing_was_stated(ax):
    areas = towns()
    series = pd.Series(np.arange(36.0), index=areas.index)
    plot_choropleth(areas, series, column="visits", ax=ax)
    assert UNSTATED in texts(ax).lower()
    other = new_axes()
    plot_choropleth(areas, series, column="visits", about=ABOUT, ax=other)
    assert UNSTATED not in texts(other).lower()
    assert "OFFICIAL-SENSITIVE" in texts(other)


@pytest.mark.parametrize("values", [[5.0] * 36, [np.nan] * 36, [0.0] * 36, [-3.0] * 18 + [4.0] * 18])
def test_edge_values_still_make_a_map(values, ax):
    areas = towns()
    plot_choropleth(areas, pd.Series(values, index=areas.index), column="x", ax=ax)
    assert "Made with socharm" in texts(ax)


def test_one_area_makes_a_map(ax):
    areas = towns().iloc[:1]
    plot_choropleth(areas, pd.Series([4.5], index=areas.index), column="x", ax=ax)
    assert "4.5  (1)" in texts(ax)


def test_labels_of_the_top_areas_do_not_overlap_and_are_whole(ax):
    areas = towns()
    plot_choropleth(areas, index_of(areas), ax=ax, labels=12)
    figure = ax.get_figure()
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    notes = [text for text in ax.texts if text.get_text().startswith("Ward of")]
    assert {" ".join(note.get_text().split()) for note in notes} == set(areas["name"].iloc[-12:])
    boxes = [Text.get_window_extent(note, renderer) for note in notes]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_areas_too_close_for_their_names_have_their_rank_and_a_key(ax):
    """Numbers are ranks of the league, in the key and on the map; without a league letters stand there."""
    areas = towns(20)
    codes = [f"W{i}" for i in (190, 191, 210, 211, 212)]
    wards = areas.set_axis([f"E05{i:06}" for i in range(len(areas))]).rename_axis(areas.index.name)
    lettered = new_axes(width=9, height=9)
    table = index_of(areas).table.set_axis(wards.index)
    plot_choropleth(wards, Table(table), ax=lettered, labels=[f"E05{int(code[1:]):06}" for code in codes])
    assert "Wards" in [text.get_text() for text in lettered.texts]
    ranked = areas.assign(rank=pd.Series(range(501, 901), index=areas.index, dtype="Int64"))
    for shown, marks, heading in (
        (ranked, ["691", "692", "711", "712", "713"], "Rank and area"),
        (areas, [*"ABCDE"], "Areas"),
    ):
        plot_choropleth(shown, index_of(areas), ax=ax, labels=codes)
        written = [text.get_text() for text in ax.texts]
        assert heading in written
        assert sorted(text for text in written if text in marks) == sorted(marks)
        key = " ".join(" ".join(written[written.index(heading) + 1 :]).split())
        for code, mark in zip(codes, marks, strict=True):
            assert f"{mark} {areas.loc[code, 'name']}, {areas.loc[code, 'parent']}" in key
        ax = new_axes(width=9, height=9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_labels_of_a_crowd_do_not_overlap(seed):
    ax = new_axes(width=8, height=8)
    ax.set(xlim=(0, 100), ylim=(0, 100))
    rng = np.random.default_rng(seed)
    notes = place_labels(ax, list(map(tuple, 45 + 10 * rng.random((10, 2)))), [f"Somewhere {i}" for i in range(10)])
    renderer = FigureCanvasAgg(ax.get_figure()).get_renderer()
    ax.get_figure().draw_without_rendering()
    boxes = [Text.get_window_extent(note, renderer) for note in notes if note is not None]
    assert len(boxes) == 10
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_chosen_areas_are_named(ax):
    areas = towns()
    plot_choropleth(areas, index_of(areas), ax=ax, labels=["W05"])
    assert [" ".join(t.get_text().split()) for t in ax.texts if t.get_text().startswith("Ward")] == [
        areas.loc["W05", "name"]
    ]


def test_long_titles_are_broken_not_cut(ax):
    areas = towns()
    title = "Harm from serious and organised crime in every ward of the longest named county that ever was " * 2
    plot_choropleth(areas, index_of(areas), ax=ax, title=title)
    assert " ".join(title.split()) in " ".join(texts(ax).split())


def test_bad_input_to_a_choropleth_says_what_is_wrong():
    areas = towns()
    record = index_of(areas)
    with pytest.raises(SchemaError, match="Did you mean 'rate_shrunk'"):
        plot_choropleth(areas, record, column="rate_shrnk")
    with pytest.raises(AlignmentError, match="5 areas of the record are not in `areas`"):
        plot_choropleth(areas.iloc[5:], record)
    with pytest.raises(CRSError, match="metres"):
        plot_choropleth(areas.to_crs(4326), record)
    with pytest.raises(ParameterError, match=r"`scheme` is 'quantile'.*'quantiles'"):
        plot_choropleth(areas, record, scheme="quantile", ax=new_axes())
    with pytest.raises(ParameterError, match="Use 9 or fewer"):
        plot_choropleth(areas, record, k=12, ax=new_axes())
    with pytest.raises(ParameterError, match="`palette`"):
        plot_choropleth(areas, record, palette="jet", ax=new_axes())
    with pytest.raises(AlignmentError, match="`labels` names"):
        plot_choropleth(areas, record, labels=["X99"], ax=new_axes())
    with pytest.raises(ParameterError, match="`ax` is 'here'; it must be an Axes"):
        plot_choropleth(areas, record, ax="here")


@given(
    values=st.lists(st.floats(-1e5, 1e5, allow_nan=False), min_size=1, max_size=60),
    k=st.integers(1, 9),
    scheme=st.sampled_from([s for s in SCHEMES if s != "natural_breaks"]),
)
@settings(max_examples=30, deadline=None)
def test_classes_hold_every_value_and_rise(values, k, scheme):
    array = np.array(values)
    bounds = class_bounds(array, scheme=scheme, k=k)
    slack = 1e-9 * max(abs(bounds[0]), abs(bounds[-1]), 1e-300)
    assert bounds[0] <= array.min() + slack
    assert bounds[-1] >= array.max() - slack
    assert np.all(np.diff(bounds) >= 0)
    assert len(bounds) - 1 <= (9 if scheme in ("head_tail", "std") else k)
    assert len(class_labels(bounds)) == len(bounds) - 1


@pytest.mark.parametrize("scheme", ["equal", "std"])
def test_empty_classes_do_not_cost_the_rounding(scheme):
    values = np.append(np.random.default_rng(1).lognormal(3, 0.3, 50), 200.123456)
    bounds = class_bounds(values, scheme=scheme, k=5)
    assert np.bincount(np.searchsorted(bounds[1:], values), minlength=len(bounds) - 1).min() == 0
    np.testing.assert_array_equal(bounds, np.round(bounds, 0))


def test_natural_breaks_find_the_gaps():
    values = np.array([1.0, 1.1, 1.2, 5.0, 5.1, 9.0, 9.2])
    assert class_bounds(values, scheme="natural_breaks", k=3).tolist() == [1.0, 1.2, 5.1, 9.2]


@settings(max_examples=200)
@example(values=[1_000_000.0, 0.0625], k=2)  # at a step of 100,000 the first class would end at 0
@given(
    values=st.one_of(
        st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 4)), min_size=1, max_size=60),
        st.lists(st.integers(0, 40).map(float), min_size=1, max_size=60),
        st.lists(st.floats(1e-3, 10.0).map(lambda v: round(v, 3)), min_size=1, max_size=60),
    ),
    k=st.integers(1, 9),
)
def test_no_area_changes_its_natural_class_by_rounding(values, k):
    array = np.sort(np.array(values))
    gaps = np.diff(np.unique(array))
    assume(gaps.min(initial=np.inf) > 1e-8 * np.abs(array).max())  # closer values no map tells apart
    exact = _upper_bounds(array, "natural_breaks", min(k, np.unique(array).size))
    bounds = class_bounds(array, scheme="natural_breaks", k=k)
    # as maps draw them
    drawn = np.searchsorted(with_slack(bounds[1:]), array)
    np.testing.assert_array_equal(drawn, np.searchsorted(np.unique(exact), array))


def test_natural_breaks_are_printed_as_short_as_they_stay_apart():
    # 5.12 | 5.13: one decimal would put 5.13 below the break, or 5.12 above it
    values = np.array([1.0, 1.04, 5.1, 5.12, 9.0, 9.04])
    assert class_bounds(values, scheme="natural_breaks", k=3).tolist() == [1.0, 1.1, 5.2, 9.1]
    close = np.array([0.0, 5.12, 5.13, 10.0])
    assert class_bounds(close, scheme="natural_breaks", k=4).tolist() == [0.0, 0.0, 5.12, 5.13, 10.0]


def test_classes_of_the_jenks_reference(references):
    """Case f10_jenks71: mapclassify 2.11.0 and, for standard deviations, classInt 0.4.9."""
    folder = references / "jenks71"
    values = np.sort(pd.read_csv(folder / "jenks71.csv")["jenks71"].to_numpy())
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["values"]
    theirs = expected["mapclassify"]
    assert _upper_bounds(values, "natural_breaks", 5) == pytest.approx(theirs["fisherjenks5"], abs=1e-9)
    assert _upper_bounds(values, "natural_breaks", 7) == pytest.approx(theirs["fisherjenks7"], abs=1e-9)
    assert _upper_bounds(values, "quantiles", 5) == pytest.approx(theirs["quantiles5"], abs=1e-9)
    assert _upper_bounds(values, "equal", 5) == pytest.approx(theirs["equal5"], abs=1e-9)
    assert _upper_bounds(values, "head_tail", 5) == pytest.approx(theirs["headtail"], abs=1e-9)
    within = [bound for bound in expected["classInt"]["jenks71_sd_5"] if values[0] < bound < values[-1]]
    assert _upper_bounds(values, "std", 5)[:-1] == pytest.approx(within, abs=1e-9)
    # rounding moves no county
    bounds = class_bounds(values, scheme="natural_breaks", k=5)
    assert np.bincount(np.searchsorted(bounds[1:], values)).tolist() == theirs["counts5"]
    upper = _upper_bounds(values, "natural_breaks", 5)
    assert np.bincount(np.searchsorted(upper, values)).tolist() == theirs["counts5"]


@pytest.mark.parametrize("name", list(PALETTES))
@pytest.mark.parametrize("k", [3, 5, 9])
def test_palettes_darken_all_the_way_so_grey_prints_hold(name, k):
    shades = [luminance(sequential(k, name)(i)[:3]) for i in range(k)]
    assert all(a - b > 0.02 for a, b in pairwise(shades))
    assert (shades[0] + 0.05) / (shades[-1] + 0.05) > 7  # WCAG contrast of the ends


def test_new_axes_leave_no_trace_in_pyplot():
    before = plt.get_fignums()
    plot_intervals(ranking(), ax=new_axes())
    assert plt.get_fignums() == before


def ranking(n=30):
    rank = pd.array(range(1, n + 1), dtype="Int64")
    table = pd.DataFrame({"name": [f"Place {i}" for i in range(n)], "parent": "District of the Long Name"})
    table = table.set_index(pd.Index([f"W{i:02d}" for i in range(n)], name="area_code"))
    table["rank"], table["rank_observed"] = rank, rank[::-1]
    for level, reach in ((90, 3), (95, 5)):
        table[f"rank_low_{level}"] = np.maximum(1, np.arange(1, n + 1) - reach)
        table[f"rank_high_{level}"] = np.minimum(n, np.arange(1, n + 1) + reach)
    settings_ = type("Settings", (), {"estimand": "underlying", "horizon": "this period", "draws": 10_000})()
    return bare(Ranking, table, unrankable=table.iloc[:2], settings=settings_)


def test_intervals_draw_the_table(ax):
    record = ranking()
    assert plot_intervals(record, n=12, ax=ax) is ax
    written = texts(ax).replace("\n", " ")
    assert "1  Place 0, District of the Long Name" in written
    assert "Rank among 30 areas" in written
    assert "2 areas have no rank" in written
    assert written.count("OFFICIAL-SENSITIVE") == 2
    wide, narrow = ax.collections[:2]
    segments = np.array(wide.get_segments())[:, :, 0]
    assert segments.tolist() == record.table[["rank_low_95", "rank_high_95"]].head(12).to_numpy(dtype=float).tolist()
    segments = np.array(narrow.get_segments())[:, :, 0]
    assert segments.tolist() == record.table[["rank_low_90", "rank_high_90"]].head(12).to_numpy(dtype=float).tolist()


def test_intervals_keep_ties_and_refuse_nothing_to_draw(ax):
    record = ranking(5)
    record.table["rank"] = pd.array([1, 2, 2, 2, pd.NA], dtype="Int64")
    plot_intervals(record, n=2, ax=ax)
    assert len(ax.get_yticks()) == 4
    record.table["rank"] = pd.array([pd.NA] * 5, dtype="Int64")
    with pytest.raises(ParameterError, match="No area has a rank"):
        plot_intervals(record, ax=ax)
    with pytest.raises(ParameterError, match="`n` is 0"):
        plot_intervals(record, n=0)


def trend_index():
    months = pd.period_range("2025-04", periods=6, freq="M")
    rows = [
        {"area_code": code, "period": month, "rate": base + i, "harm": 10.0 * base, "crimes": i}
        for code, base in (("A", 5.0), ("B", 9.0))
        for i, month in enumerate(months)
        if not (code == "B" and i == 3)
    ]
    table = pd.DataFrame(
        {"name": ["Ay", "Bee"], "rate_shrunk": [5.0, 9.0]}, index=pd.Index(["A", "B"], name="area_code")
    )
    return bare(SeverityIndex, table, by_period=pd.DataFrame(rows), population=None)


def test_trend_draws_a_panel_for_each_area_and_gaps_as_gaps(ax):
    """A is 5, 6, 7, 8, 9, 10; B is 9, 10, 11, a gap, 13, 14: their medians are 7, 8, 9, 8, 11, 12."""
    assert plot_trend(trend_index(), ax=ax) is ax
    high, low = ax.child_axes
    assert [panel.get_title(loc="left") for panel in (high, low)] == ["Bee", "Ay"]
    behind, line = high.lines
    assert np.isnan(line.get_ydata()[3])
    assert low.lines[1].get_ydata().tolist() == [5, 6, 7, 8, 9, 10]
    assert behind.get_ydata().tolist() == low.lines[0].get_ydata().tolist() == [7, 8, 9, 8, 11, 12]
    assert high.get_ylim() == low.get_ylim()
    assert high.get_ylim()[0] == 0
    written = " ".join(texts(ax).split())
    assert "not covered" in written
    assert "median of all 2 areas" in written
    assert "1 of the first 2 areas is above the median area in every month" in written


def test_trend_panels_follow_the_league(ax):
    index = trend_index()
    index.table["rank"] = pd.array([1, 2], dtype="Int64")
    plot_trend(index, ax=ax)
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == ["1  Ay", "2  Bee"]


def test_trend_refuses_strangers_and_crowds():
    with pytest.raises(AlignmentError, match=r"\['Z'\]"):
        plot_trend(trend_index(), ["Z"])
    with pytest.raises(ParameterError, match="0 areas"):
        plot_trend(trend_index(), [])
    with pytest.raises(ParameterError, match="`column`"):
        plot_trend(trend_index(), ["A"], column="ranks")


def surface_of(areas):
    rng = np.random.default_rng(1)
    points = pd.DataFrame({"x": rng.uniform(0, 8000, 400), "y": rng.uniform(0, 12_000, 400), "weight": 10.0})
    points.loc[len(points)] = [11_500.0, 11_500.0, 7973.0]
    return kernel_density(points, bandwidth=800, mask=areas, about=ABOUT)


def test_heat_hides_cells_with_few_events(ax):
    areas = towns()
    surface = surface_of(areas)
    assert plot_heat(areas, surface, ax=ax) is ax
    drawn = ax.images[0].get_array()
    np.testing.assert_array_equal(np.ma.getmaskarray(drawn), np.isnan(surface.published))
    assert drawn.max() == np.nanmax(surface.published) < np.nanmax(surface.grid)
    written = texts(ax)
    for wanted in ("fewer than 5 events", "bandwidth 800 m", "per km²", "OFFICIAL-SENSITIVE", " km"):
        assert wanted in written


def test_heat_with_everything_is_marked_as_not_for_publication(ax):
    areas = towns()
    plot_heat(areas, surface_of(areas), hide_few=False, scale="linear", ax=ax)
    assert "Not for publication" in texts(ax)


def test_heat_with_nothing_to_show_still_makes_a_map(ax):
    areas = towns()
    points = pd.DataFrame({"x": [100.0, 900.0], "y": [100.0, 900.0], "weight": [1.0, 1.0]})
    plot_heat(areas, kernel_density(points, bandwidth=800, mask=areas), ax=ax)
    assert "not shown" in texts(ax)


def test_heat_refuses_another_crs():
    areas = towns()
    with pytest.raises(CRSError, match="EPSG:32630"):
        plot_heat(areas.set_crs(32630, allow_override=True), surface_of(areas))


def test_a_saved_map_is_the_same_twice_and_whole(tmp_path):
    areas = towns()
    for name in ("a.png", "b.png"):
        save_figure(plot_choropleth(areas, index_of(areas), ax=new_axes()), tmp_path / name, dpi=60)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]
    with pytest.raises(ParameterError, match=r"\.png"):
        save_figure(new_axes(), tmp_path / "a.svg")
    with pytest.raises(StoreError):
        save_figure(new_axes(), tmp_path / "nowhere" / "a.png")


def test_local_basemaps_are_drawn_under_the_map(tmp_path, ax):
    areas = towns()
    areas.reset_index().to_file(tmp_path / "under.gpkg", driver="GPKG")
    plot_choropleth(areas, index_of(areas), basemap=tmp_path / "under.gpkg", ax=ax)
    assert min(collection.get_zorder() for collection in ax.collections) < 0
    areas.to_crs(4326).reset_index().to_file(tmp_path / "degrees.gpkg", driver="GPKG")
    with pytest.raises(CRSError, match="`basemap` is in EPSG:4326"):
        plot_choropleth(areas, index_of(areas), basemap=tmp_path / "degrees.gpkg", ax=new_axes())


def test_a_local_raster_can_lie_under_the_map(tmp_path, ax):
    rasterio = pytest.importorskip("rasterio")
    areas = towns()
    profile = {"driver": "GTiff", "height": 12, "width": 12, "count": 1, "dtype": "uint8", "crs": "EPSG:27700"}
    with rasterio.open(
        tmp_path / "under.tif", "w", transform=rasterio.Affine(1000, 0, 0, 0, -1000, 12_000), **profile
    ) as raster:
        raster.write(np.arange(144, dtype="uint8").reshape(12, 12), 1)
    plot_choropleth(areas, index_of(areas), basemap=tmp_path / "under.tif", ax=ax)
    assert len(ax.images) == 1
    assert ax.images[0].get_zorder() < 0


@pytest.mark.parametrize("name", ["https://tiles.example/x.png", "/vsicurl/x.gpkg"])
def test_addresses_are_no_basemap(name):
    areas = towns()
    with pytest.raises(RefusedError):
        plot_choropleth(areas, index_of(areas), basemap=name, ax=new_axes())


def test_a_disguised_raster_and_an_unknown_provider_are_refused(tmp_path):
    areas = towns()
    (tmp_path / "evil.tif").write_text("<VRTDataset></VRTDataset>")
    with pytest.raises(RefusedError, match="not a GeoTIFF"):
        plot_choropleth(areas, index_of(areas), basemap=tmp_path / "evil.tif", ax=new_axes())
    with pytest.raises(ParameterError, match=r"OpenStreetMap\.Mapnik"):
        plot_choropleth(areas, index_of(areas), basemap="OpenStreetMap.Mapnick", ax=new_axes())


def test_a_picture_measured_first_is_the_one_that_matplotlib_would_crop(tmp_path):
    # Reference: matplotlib's own `bbox_inches="tight"`, which draws the figure twice.
    areas = towns()
    ax = plot_choropleth(areas, index_of(areas), ax=new_axes())
    save_figure(ax, tmp_path / "ours.png", dpi=60)
    with our_style():
        ax.figure.savefig(tmp_path / "theirs.png", dpi=60, backend="agg", bbox_inches="tight", pad_inches=0.15)
    ours, theirs = plt.imread(tmp_path / "ours.png"), plt.imread(tmp_path / "theirs.png")
    assert ours.shape == theirs.shape
    assert (ours == theirs).all()
    assert ax.figure.dpi == STYLE["figure.dpi"]  # measured at other dots, given back as it was


@pytest.mark.parametrize("dpi", [40, 150])
def test_a_surface_has_the_colours_of_its_cells_however_many_dots_they_have(tmp_path, dpi):
    """Cells are chosen before they are coloured; matplotlib by itself colours small cells first, in more memory."""
    areas = towns()
    ax = plot_heat(areas, surface_of(areas), ax=new_axes())
    save_figure(ax, tmp_path / "ours.png", dpi=dpi)
    drawn = ax.get_images() + [image for inner in ax.child_axes for image in inner.get_images()]
    for image in drawn:
        image.set_interpolation_stage("rgba")
    save_figure(ax, tmp_path / "theirs.png", dpi=dpi)
    assert drawn
    assert (plt.imread(tmp_path / "ours.png") == plt.imread(tmp_path / "theirs.png")).all()


def test_figures_for_a_file_are_laid_out_with_its_dots():
    with dots_per_inch(150), our_style():
        assert plt.rcParams["figure.dpi"] == 150
    with our_style():
        assert plt.rcParams["figure.dpi"] == STYLE["figure.dpi"]
