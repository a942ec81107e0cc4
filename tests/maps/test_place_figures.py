"""Pictures of one place: they colour what agrees with its neighbours, and leave the sources to the document."""

from __future__ import annotations

import string
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from factories import make_assessment_tables
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from shapely.geometry import LineString, Point, box

from socharm._about import About
from socharm.maps.harm_window import HARM_RULES
from socharm.maps.labels import _enters
from socharm.maps.place_figures import plot_place
from socharm.maps.place_names import number_areas
from socharm.maps.place_parts import squares_words
from socharm.maps.place_squares import LISTED, SEEN, Paper, area_classes, leading_areas
from socharm.maps.place_streets import STREETS, draw_streets
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
    assert "No hotspot of areas here." in texts(plot_place(row, ["B"], tables, about=ABOUT))


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


def street_table(names: dict[str, tuple[float, float]], *, area: str = "B") -> pd.DataFrame:
    """Streets with fewer and fewer crimes, at places in metres."""
    rows = [
        {"area_code": area, "offence": "burglary", "street": name, "easting": x, "northing": y, "n": 99 - at}
        for at, (name, (x, y)) in enumerate(names.items())
    ]
    return pd.DataFrame(rows)


def street_labels(figure: Figure) -> dict[str, Annotation]:
    """Labels of streets on all parts of a map, by code and street."""
    return {
        str(text.get_gid()).removeprefix("street "): text
        for text in figure.findobj(Annotation)
        if str(text.get_gid()).startswith("street ")
    }


def key_of(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.texts if text.get_gid() == "key")


def test_streets_of_the_text_come_first_and_no_two_labels_touch(row):
    names = {f"Road {n}": (1000.0 + 30 * n, 500.0 + 10 * n) for n in range(30)} | {"Petrol Station": (1500.0, 500.0)}
    tables = make_assessment_tables(streets=street_table(names))
    figure = plot_place(row, ["B"], tables, about=ABOUT, streets=[("B", "Road 29")])
    (ax,) = figure.axes
    drawn = street_labels(figure)
    assert "B Road 29" in drawn
    assert 2 <= len(drawn) <= STREETS
    assert "Petrol Station" not in texts(figure)
    FigureCanvasAgg(figure).draw()
    boxes = [Text.get_window_extent(text) for text in ax.texts if text.get_text() and text.get_text() != "N"]
    touching = [(n, m) for n, one in enumerate(boxes) for m, other in enumerate(boxes[:n]) if one.overlaps(other)]
    assert touching == []


def shown_streets(figure: Figure) -> set[str]:
    """Streets that a reader finds: by a name on the map, or by a letter that stands on it and in the key."""
    key = dict(part.split(" ", 1) for part in key_of(figure).removeprefix("Streets: ").split("; ") if part)
    return {key.get(label.get_text(), " ".join(label.get_text().split())) for label in street_labels(figure).values()}


@pytest.mark.parametrize("apart", [0.0, 4.0, 40.0])
def test_every_street_of_the_text_is_named_or_in_the_key(row, apart):
    """Fifteen streets in one dark square, as in a city centre: none is left out, each has its own dot."""
    names = {f"Street of {n:02d} Long Miles": (1500.0 + apart * (n % 4), 500.0 + apart * (n // 4)) for n in range(15)}
    tables = make_assessment_tables(streets=street_table(names), micro_places=listed([0.30, 0.06]))
    figure = plot_place(row, ["B"], tables, about=ABOUT, streets=[("B", name) for name in names])
    assert shown_streets(figure) == set(names)
    labels = street_labels(figure)
    assert {name: label.xy for name, label in labels.items()} == {f"B {name}": at for name, at in names.items()}
    letters = sorted(label.get_text() for label in labels.values() if len(label.get_text()) == 1)
    assert letters == list(string.ascii_uppercase[: len(letters)])
    plain = plot_place(row, ["B"], make_assessment_tables(), about=ABOUT)
    assert (figure.get_size_inches()[1] > plain.get_size_inches()[1]) == bool(letters)


def test_a_key_keeps_the_scale_of_the_map_and_stands_within_the_figure(row):
    names = {f"Street of {n:02d} Long Miles": (1500.0, 500.0) for n in range(15)}
    few, many = (
        plot_place(row, ["B"], make_assessment_tables(streets=street_table(names)), about=ABOUT, streets=spoken)
        for spoken in ([], [("B", name) for name in names])
    )
    FigureCanvasAgg(few).draw()
    FigureCanvasAgg(many).draw()
    (one,), (other,) = few.axes, many.axes
    assert one.get_window_extent().height == pytest.approx(other.get_window_extent().height)
    for text in many.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= 0
        assert extent.x1 <= many.bbox.x1
        assert extent.y0 >= 0


def test_a_district_is_scaled_to_itself(row):
    """Shares of 3, 1 and 6 tenths: three classes, none blank, however little they hold of the whole."""
    index = pd.DataFrame({"harm": [3e-6, 1e-6, 6e-6, 1e9]}, index=pd.Index(CODES, name="area_code"))
    figure = plot_place(row, ["A", "B", "C"], make_assessment_tables(index=index), about=ABOUT)
    told = texts(figure).split("\n")
    assert {"10 to 23% (1)", "over 23 to 40% (1)", "over 40 to 60% (1)"} <= set(told)
    assert "1 C" in told
    assert not [text for text in told if text.startswith("2")]  # the table of a district ends at half of the harm


def test_a_map_numbers_what_the_table_of_a_district_lists():
    shares = pd.Series([0.2, 0.3, 0.1, 0.25, 0.15, 0.0], index=list("ABCDEF"))
    assert leading_areas(shares) == ["B", "D"]
    assert len(leading_areas(pd.Series([0.05] * 20, index=list("ABCDEFGHIJKLMNOPQRST")))) == LISTED


def distance(extent, x: float, y: float) -> float:
    return float(np.hypot(max(extent.x0 - x, 0.0, x - extent.x1), max(extent.y0 - y, 0.0, y - extent.y1)))


@pytest.mark.parametrize("seed", range(4))
def test_every_street_has_a_leader_of_its_own_that_meets_no_other_dot(row, seed):
    """A reader follows the line: it joins the name to one dot, and no name lies on a dot."""
    rng = np.random.default_rng(seed)
    names = {f"Street of {n:02d} Miles": (rng.uniform(1150, 1850), rng.uniform(150, 850)) for n in range(14)}
    tables = make_assessment_tables(streets=street_table(names))
    figure = plot_place(row, ["B"], tables, about=ABOUT, streets=[("B", name) for name in list(names)[:6]])
    (ax,) = figure.axes
    FigureCanvasAgg(figure).draw()
    labels = street_labels(figure)
    assert len(labels) >= 6
    dots = {name: ax.transData.transform(label.xy) for name, label in labels.items()}
    for name, label in labels.items():
        assert label.arrow_patch is not None
        extent = Text.get_window_extent(label)
        assert distance(extent, *dots[name]) <= 80 * figure.dpi / 72
        assert not [other for other, dot in dots.items() if extent.contains(*dot)]
        start, end = label.arrow_patch.get_path().vertices[[0, -1]]
        line = LineString([start, end])
        assert Point(dots[name]).distance(line) < 1.0
        assert not [o for o, dot in dots.items() if o != name and Point(dot).distance(line) < 1.5 * figure.dpi / 72]


# names and numbers of areas


def county() -> gpd.GeoDataFrame:
    """Large moors, and a town of 16 wards of 1 km in a corner of them; two wards belong to a neighbour."""
    shapes = [box(20_000 * i, 20_000 * j, 20_000 * (i + 1), 20_000 * (j + 1)) for i in range(3) for j in range(3)]
    town = [box(60_000 + 1_000 * i, 1_000 * j, 61_000 + 1_000 * i, 1_000 * (j + 1)) for i in range(4) for j in range(4)]
    strange = [box(64_000, 0, 70_000, 4_000), box(60_000, 4_000, 70_000, 9_000)]
    codes = pd.Index([f"W{n:02d}" for n in range(27)], name="area_code")
    names = [f"Moor {n}" for n in range(9)] + [f"Townward {n}" for n in range(16)] + ["Next Door", "Other Side"]
    return gpd.GeoDataFrame({"name": names}, index=codes, geometry=[*shapes, *town, *strange], crs="EPSG:27700")


def drawn_in(figure: Figure, prefix: str) -> list[tuple]:
    """Axes, text, code and box (in the units of the map) of labels by the beginning of their gid."""
    FigureCanvasAgg(figure).draw()
    found = []
    for ax in figure.axes:
        back = ax.transData.inverted()
        for text in ax.texts:
            if str(text.get_gid()).startswith(prefix):
                corners = back.transform(Text.get_window_extent(text).get_points())
                found.append((ax, text, str(text.get_gid()).split()[1], box(*corners.ravel())))
    return found


@pytest.fixture(scope="module")
def county_map():
    areas = county()
    codes = list(areas.index[:25])
    harm = pd.Series(1.0, index=areas.index).mask(areas.index.isin(codes[9:15]), 9.0).mask(areas.index == "W04", 8.0)
    names = {"Market Street": (60_500.0, 500.0), "Moor Lane": (30_000.0, 30_000.0)}
    streets = pd.concat(
        [street_table({"Market Street": names["Market Street"]}, area="W09"),
         street_table({"Moor Lane": names["Moor Lane"]}, area="W04")]
    )  # fmt: skip
    tables = make_assessment_tables(index=pd.DataFrame({"harm": harm}), streets=streets)
    spoken = [("W09", "Market Street"), ("W04", "Moor Lane")]
    return areas, plot_place(areas, codes, tables, about=ABOUT, streets=spoken)


def test_a_district_of_moors_and_a_town_has_an_enlarged_part(county_map):
    areas, figure = county_map
    main, inset = figure.axes
    wide = [ax.get_xlim()[1] - ax.get_xlim()[0] for ax in (main, inset)]
    assert wide[1] < wide[0] / 4
    inner = areas.geometry["W09"].representative_point()
    assert inset.get_xlim()[0] < inner.x < inset.get_xlim()[1]


def test_a_number_stands_in_its_area_or_at_a_leader_that_ends_there(county_map):
    areas, figure = county_map
    labels = drawn_in(figure, "area ")
    assert len(labels) == 5  # half of the harm
    assert len({code for _, _, code, _ in labels}) == len(labels)
    for ax, text, code, extent in labels:
        home = areas.geometry[code]
        assert home.contains(Point(text.xy))
        assert home.buffer(1.0).contains(extent) or text.arrow_patch is not None
        # where the enlarged part has the area, the number stands there
        held = [other.get_xlim()[0] < text.xy[0] < other.get_xlim()[1] for other in figure.axes[1:]]
        assert (ax is figure.axes[1]) == all(held)


def test_a_district_names_the_areas_of_its_table_and_no_others(county_map):
    _, figure = county_map
    assert not drawn_in(figure, "name ")


def test_streets_of_a_district_have_letters_and_their_areas_in_the_key(county_map):
    _, figure = county_map
    assert sorted(label.get_text() for label in street_labels(figure).values()) == ["A", "B"]
    assert key_of(figure) == "Streets: A Market Street, W09; B Moor Lane, W04"


def test_names_of_neighbours_stand_wholly_inside_them():
    areas = county()
    figure = plot_place(areas, ["W10"], make_assessment_tables(), about=ABOUT)
    names = drawn_in(figure, "name ")
    assert {code for _, _, code, _ in names} >= {"W09", "W11"}
    for _, _, code, extent in names:
        assert areas.geometry[code].contains(extent)


@pytest.mark.parametrize(
    ("shares", "at", "told"),
    [
        ([0.5, 0.5], [0, 0], ["50% (2)"]),
        ([0.0, 0.0], [0, 0], ["no harm recorded"]),
        (
            [0.1, 0.2, 0.3, 0.4],
            [0, 1, 2, 3],
            ["10 to 18% (1)", "over 18 to 25% (1)", "over 25 to 32% (1)", "over 32 to 40% (1)"],
        ),
        ([0.1, 0.1, 0.1, 0.7], [0, 0, 0, 1], ["10% (3)", "over 10 to 70% (1)"]),
    ],
)
def test_a_class_is_told_by_its_bounds_and_the_number_of_its_areas(shares, at, told):
    found = area_classes(pd.Series(shares, index=CODES[: len(shares)]))
    assert (found[0].tolist(), found[1]) == (at, told)


def test_no_class_begins_with_the_number_at_which_the_one_before_it_ends():
    """Twenty-four wards of 1 to 3.3 parts, and a centre of 30 parts, which has a class of its own."""
    parts = np.array([*np.linspace(1.0, 3.3, 24), 30.0])
    shares = pd.Series(parts / parts.sum())
    at, told = area_classes(shares)
    assert at[-1] == len(told) - 1 == 4
    assert (at == at[-1]).sum() == 1
    assert told[-1].endswith("%, far above (1)")
    assert [int(words.split("(")[1].rstrip(")")) for words in told] == np.bincount(at).tolist()
    for before, after in pairwise(told):
        assert after.startswith(f"over {before.split(' to ')[1].split('%')[0]} to ")
    for kind, words in enumerate(told):
        low, high = (float(word) for word in words.removeprefix("over ").split("%")[0].split(" to "))
        mine = shares[at == kind] * 100
        assert mine.min() >= low
        assert mine.max() <= high


def test_the_legend_is_read_row_by_row():
    """Matplotlib fills columns first; a reader goes along the rows."""
    count = 25
    shapes = [box(1000 * i, 0, 1000 * i + 1000, 9000) for i in range(count)]
    codes = pd.Index([f"W{i:02d}" for i in range(count)], name="area_code")
    areas = gpd.GeoDataFrame({"name": list(codes)}, index=codes, geometry=shapes, crs="EPSG:27700")
    index = pd.DataFrame({"harm": [*np.linspace(1.0, 3.3, count - 1), 30.0]}, index=codes)
    labels = pd.DataFrame({"label": ["not significant"] * count, "value": 1.0}, index=codes)
    tables = make_assessment_tables(index=index, hotspots=labels)
    figure = plot_place(areas, list(codes), tables, about=ABOUT)
    FigureCanvasAgg(figure).draw()
    (legend,) = figure.legends
    where = {text.get_text(): text.get_window_extent() for text in legend.get_texts()}
    read = sorted(where, key=lambda text: (-round(where[text].y0), where[text].x0))
    assert read == area_classes(index["harm"] / index["harm"].sum())[1]
    (hot,) = [text for text in figure.texts if text.get_gid() == "hot"]
    assert hot.get_window_extent().y1 <= min(extent.y0 for extent in where.values()) + 1
    assert legend.get_window_extent().x1 <= figure.bbox.x1


def dots_of(ax) -> list[np.ndarray]:
    return [ax.transData.transform(line.get_xydata()[0]) for line in ax.lines if line.get_marker() == "o"]


@pytest.mark.parametrize("off", [(0.0, 0.0), (15.0, 0.0), (-20.0, 30.0), (60.0, -10.0)])
def test_a_dot_hides_no_number_of_a_square(row, off):
    """A street in the middle of a square, and beside it: the number gives way inside its own square."""
    at = {"Mid Street": (1375.0 + off[0], 375.0 + off[1])}
    tables = make_assessment_tables(micro_places=listed([0.30, 0.06]), streets=street_table(at))
    figure = plot_place(row, ["B"], tables, about=ABOUT, streets=[("B", "Mid Street")])
    (ax,) = figure.axes
    FigureCanvasAgg(figure).draw()
    (number,) = [text for text in ax.texts if text.get_gid() == "square 1"]
    whole, pixel = Text.get_window_extent(number), figure.dpi / 72
    base = ax.transData.transform(number.xy)[1] + number.xyann[1] * pixel  # digits stand on the line of writing
    extent = Bbox([[whole.x0, base], [whole.x1, base + 0.7 * number.get_size() * pixel]])
    (dot,) = dots_of(ax)
    assert distance(extent, *dot) >= 1.3 * pixel
    square = box(*ax.transData.transform([(1250.0, 250.0), (1500.0, 500.0)]).ravel())
    assert square.contains(Point((extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2))
    assert number.get_zorder() > max(line.get_zorder() for line in ax.lines)


def test_a_number_without_room_in_its_square_stands_beside_it_and_off_every_leader(row):
    """On a map of 30 km a square is smaller than a digit, and squares that lie apart are not drawn larger beside it."""
    wide = row.set_geometry(row.geometry.scale(30, 30, origin=(0, 0)))
    at = {f"Road {n}": (31375.0 + 300.0 * n, 375.0 + 40.0 * n) for n in range(4)}
    places = listed([0.30, 0.06])
    places["easting"] += 30_000.0
    places.loc[1, "northing"] += 20_000.0
    tables = make_assessment_tables(micro_places=places, streets=street_table(at))
    figure = plot_place(wide, ["B"], tables, about=ABOUT, streets=[("B", name) for name in at])
    (ax,) = figure.axes
    FigureCanvasAgg(figure).draw()
    points = [part.get_width() * ax.transData.get_matrix()[0, 0] / figure.dpi * 72 for part in ax.patches]
    assert points == pytest.approx([SEEN, SEEN])
    assert squares_words(wide.loc[["B"]], tables) == " Squares are drawn larger than they are."
    numbers = [text for text in ax.texts if str(text.get_gid()).startswith("square ")]
    assert {text.get_text() for text in numbers} == {"1", "2"}
    roads = [text for text in ax.texts if str(text.get_gid()).startswith("street ")]
    assert len(roads) == 4
    for number in numbers:
        around = Text.get_window_extent(number)
        assert all(distance(around, *dot) > 0 for dot in dots_of(ax))
        assert not any(around.overlaps(Text.get_window_extent(road)) for road in roads)


@pytest.mark.parametrize("far", [False, True])
def test_where_squares_would_be_specks_those_with_most_harm_are_drawn_larger_beside_the_place(row, far):
    """A ward of 30 km: three squares in a town, and one with more harm than each of them out on the moor."""
    wide = row.set_geometry(row.geometry.scale(30, 30, origin=(0, 0)))
    places = listed([0.30, 0.20, 0.15, 0.10])
    places["easting"] += 30_000.0
    places["northing"] += 3_000.0
    if far:
        places.loc[0, ["easting", "northing"]] += 20_000.0
    streets = street_table({"High Street": (31_625.0, 3_400.0), "Moor Road": (50_000.0, 23_000.0)})
    tables = make_assessment_tables(micro_places=places, streets=streets)
    figure = plot_place(wide, ["B"], tables, about=ABOUT, streets=[("B", "High Street"), ("B", "Moor Road")])
    main, larger = figure.axes
    (west, east), (south, north) = larger.get_xlim(), larger.get_ylim()
    inside = places["easting"].between(west, east) & places["northing"].between(south, north)
    assert inside.tolist() == [not far, True, True, True]
    wide_enough = 250 * larger.transData.get_matrix()[0, 0] / figure.dpi * 72
    assert wide_enough >= HARM_RULES["speck"]
    # the frame on the map is what the larger part shows
    frame = next(part for part in main.patches if part.get_facecolor()[3] == 0)
    assert (frame.get_x(), frame.get_y(), frame.get_width()) == pytest.approx((west, south, east - west))
    numbers = {ax: {text.get_text() for text in ax.texts if str(text.get_gid()).startswith("square ")}
               for ax in figure.axes}  # fmt: skip
    assert numbers[larger] == ({"2", "3", "4"} if far else {"1", "2", "3", "4"})
    assert numbers[main] == ({"1"} if far else set())
    told = {ax: {str(text.get_gid()).split(" ", 2)[-1] for text in ax.texts if str(text.get_gid()).startswith("street")}
            for ax in figure.axes}  # fmt: skip
    assert told == {main: {"Moor Road"}, larger: {"High Street"}}
    words = squares_words(wide.loc[["B"]], tables)
    assert words.startswith(" Framed, and larger beside it: where most of that harm lies close together.")
    assert ("outside the frame are drawn larger" in words) == far


def test_one_square_or_squares_that_are_wide_enough_are_not_drawn_twice(row):
    tables = make_assessment_tables(micro_places=listed([0.30, 0.06]))
    assert squares_words(row.loc[["B"]], tables) == ""
    wide = row.set_geometry(row.geometry.scale(30, 30, origin=(0, 0)))
    places = listed([0.30]).assign(easting=40_000.0, northing=9_000.0)
    alone = make_assessment_tables(micro_places=places)
    assert len(plot_place(wide, ["B"], alone, about=ABOUT).axes) == 1
    assert squares_words(wide.loc[["B"]], make_assessment_tables()) == ""


def test_a_place_by_the_sea_is_shown_with_its_land_and_stays_whole():
    """Half of a square map of a narrow coast would be sea: what it has to spare goes to the land."""
    shapes = [box(-9000, -2000, 0, 6000), box(0, 0, 1000, 4000)]
    areas = gpd.GeoDataFrame(
        {"name": ["Inland", "Shore"]}, index=pd.Index(["I", "S"], name="area_code"), geometry=shapes, crs="EPSG:27700"
    )
    (ax,) = plot_place(areas, ["S"], make_assessment_tables(), about=ABOUT).axes
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    assert west < 0
    assert 1000 < east < 1000 + 0.09 * 1000
    assert south < 0
    assert north > 4000
    land = areas.geometry.intersection(box(west, south, east, north)).area.sum()
    assert land / ((east - west) * (north - south)) > 0.85


def test_a_line_through_a_corner_of_a_label_is_seen():
    assert _enters((0.0, 0.0), (100.0, 100.0), (49.0, 51.0, 60.0, 70.0))
    assert not _enters((0.0, 0.0), (100.0, 100.0), (49.0, 61.0, 60.0, 70.0))
    assert not _enters((0.0, 0.0), (10.0, 10.0), (11.0, 11.0, 20.0, 20.0))
    assert _enters((5.0, 0.0), (5.0, 10.0), (4.0, 4.0, 6.0, 6.0))


def test_letters_of_streets_have_a_frame_and_numbers_none(county_map):
    _, figure = county_map
    letters = street_labels(figure).values()
    assert letters
    assert all(letter.get_bbox_patch() is not None for letter in letters)
    assert not [text for _, text, _, _ in drawn_in(figure, "area ") if text.get_bbox_patch() is not None]


def test_the_number_of_a_small_area_stands_near_it_and_not_out_at_sea():
    """The coast is 45 points away: a reader follows a line of 8 points more easily than one to open water."""
    figure = Figure(figsize=(6, 4))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 432), ylim=(0, 288))
    ward = box(213, 141, 219, 147)
    codes = pd.Index(["W1", "W2"], name="area_code")
    shapes = [ward, box(0, 0, 261, 288).difference(ward)]
    areas = gpd.GeoDataFrame({"name": list(codes)}, index=codes, geometry=shapes, crs="EPSG:27700")
    number_areas(ax, areas, {"W1": "1"}, Paper())
    (label,) = ax.texts
    FigureCanvasAgg(figure).draw()
    assert distance(Text.get_window_extent(label), *ax.transData.transform(label.xy)) <= 15 * figure.dpi / 72


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
    draw_streets(ax, ["A"], make_assessment_tables(streets=streets(names)), Paper())
    return figure, ax, sorted(text.get_text() for text in ax.texts)


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
    boxes = [Text.get_window_extent(text, renderer) for text in ax.texts]
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
