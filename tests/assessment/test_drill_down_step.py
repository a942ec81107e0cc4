"""``[drill_down]`` and ``[scale_ladder]`` of a recipe: tables, sheets, pictures; nothing where they are not asked."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely.geometry import box
from worlds import write_world

import socharm as sh
from socharm.assessment import pictures
from socharm.assessment.steps.drill_down import DRILL_DOWN
from socharm.assessment.steps.order import declared_tables
from socharm.assessment.steps.scale_ladder import SCALE_LADDER
from socharm.hotspots.points.drill_down import DrillDown, DrillDownSettings

OFF = "\n[outputs]\n" + "".join(
    f"{name} = false\n" for name in ("heat", "clusters", "micro_places", "concentration", "hotspots")
)
ASKED = "\n[drill_down]\nfirst = 2\ncell_size = 500.0\n"
LADDER = """
[scale_ladder]
hexes = [1500.0]
shifts = 0
jitters = 1
permutations = 199
alpha = 0.2
correction = "none"
[scale_ladder.smaller]
path = "quarters.gpkg"
code = "quarter"
name = "quarter"
"""
#: No source covered it; it is no hot one.
UNSEEN = "E05000007"


def write_quarters(folder: Path) -> None:
    """Squares of 1 km, of which wards of the world have four each and ground beside them the rest."""
    shapes = [
        box(x, y, x + 1_000, y + 1_000) for y in range(300_000, 306_000, 1_000) for x in range(398_000, 408_000, 1_000)
    ]
    codes = [f"Q{number:03d}" for number in range(len(shapes))]
    gpd.GeoDataFrame({"quarter": codes}, geometry=shapes, crs="EPSG:27700").to_file(folder / "quarters.gpkg")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    recipe = write_world(tmp_path_factory.mktemp("inside"))
    write_quarters(recipe.parent)
    first = next((recipe.parent / "police-uk").glob("*/*.csv"))
    rows = pd.read_csv(first)
    rows.loc[::3, "Location"] = "On or near Hospital"
    rows.to_csv(first, index=False)
    asked = f'[index]\nexclude = ["robbery", "place:hospital"]\n[incidents]\nnot_covered = ["{UNSEEN}"]'
    text = recipe.read_text().partition("[heat]")[0].replace("[incidents]", asked)
    recipe.write_text(text + ASKED + LADDER + OFF)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Of the pictures those of the two parts: what others draw is looked at elsewhere.
        patch.setattr(pictures, "all_steps", lambda: (DRILL_DOWN, SCALE_LADDER))
        return sh.run_assessment(recipe)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_looks_into_its_first_areas(made):
    facts = made.tables["drill_down_facts"]
    first = list(made.top(2).index)
    assert list(dict.fromkeys(facts["area_code"])) == first
    assert made.tables.setting("drill_down", "cell_size", 0.0) == 500.0
    assert (made.path / "maps" / "drill_down.png").exists()
    section = sh.seed_profile(first[0], made).section("harm")
    row = facts[(facts["area_code"] == first[0]) & (facts["unit"] == "square")].iloc[0]
    text = " ".join(section.paragraphs)
    assert f"lies in {row['needed_50']} of the {row['places']} squares with any" in text
    assert "a street stands for its neighbours too" in text
    with pd.ExcelFile(made.path / "ranking.xlsx") as book:
        shown = book.parse("Drill-down", header=None).astype(str)
    (head,) = np.flatnonzero(shown.eq("Name of the place").any(axis=1))
    rows = shown.iloc[head + 1 :].set_axis(shown.iloc[head], axis=1)
    named = made.tables["areas"]["name"].reindex(rows["Code"])
    # Each place beside the area that it is in; the mark of a centre is the area's.
    assert rows["Area"].str.removesuffix(" †").tolist() == named.tolist()
    assert rows["Name of the place"].tolist() == made.tables["drill_down"]["name"].tolist()


@pytest.mark.slow
def test_its_squares_are_a_layer_each_inside_its_area_and_in_the_class_of_the_map(made):
    layer = gpd.read_file(made.path / "areas.gpkg", layer="drill_down")
    table = made.tables["drill_down"]
    squares = table[table["unit"] == "square"].reset_index(drop=True)
    assert layer["code"].tolist() == squares["code"].tolist()
    assert layer["of_area"].tolist() == squares["area_code"].tolist()
    np.testing.assert_allclose(layer["harm"], squares["harm"].astype(float))
    words = {0.25: "first 25%", 0.5: "up to 50%", 0.8: "up to 80%"}
    assert layer["map_class"].tolist() == squares["needed_for"].astype(float).map(words).tolist()
    shapes = gpd.read_file(made.path / "areas.gpkg", layer="index").set_index("area_code").geometry
    mine = shapes.reindex(layer["of_area"]).reset_index(drop=True)
    assert layer.geometry.difference(mine).area.max() < 1e-6
    assert (layer.geometry.area <= 500.0**2 + 1e-6).all()
    x, y = (squares[key].astype(float) for key in ("easting", "northing"))
    assert layer.geometry.intersects(
        gpd.GeoSeries(shapely.box(x - 250, y - 250, x + 250, y + 250), crs=layer.crs)
    ).all()
    styles = pyogrio.read_dataframe(made.path / "areas.gpkg", layer="layer_styles", read_geometry=False)
    (style,) = styles.loc[styles["f_table_name"] == "drill_down", "styleQML"]
    assert all(word in style for word in words.values())


@pytest.mark.slow
def test_of_closed_points_no_square_is_a_layer(made):
    found = DrillDown(
        table=made.tables["drill_down"], by_area=pd.DataFrame(), premises=pd.DataFrame(), settings=DrillDownSettings(),
        about=made.about, map_points=False,
    )  # fmt: skip
    assert DRILL_DOWN.layers is not None
    assert DRILL_DOWN.looks is not None
    assert (DRILL_DOWN.layers(found, gpd.GeoDataFrame()), DRILL_DOWN.looks(found)) == ({}, {})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_tries_its_areas_in_other_units(made):
    table, rungs, tries = (made.tables[name] for name in ("scale_ladder", "scale_ladder_rungs", "scale_ladder_tries"))
    # One number for each area: the mean over ward and hexagons of the share of tries.
    mean = rungs.groupby("area_code")["share"].mean()
    pd.testing.assert_series_equal(table["stability"], mean.reindex(table.index), check_names=False, check_dtype=False)
    assert tries["rung"].tolist() == [rung for rung in ("ward", "quarter", "hexagons of 1,500 m") for _ in range(2)]
    # Of the squares those inside a ward, though the file holds others.
    assert tries["units"].tolist()[:4] == [12, 12, 48, 48]
    assert 0 < (table["stability"] > 0).sum() < len(table)
    # The harm is that of the index: its weights, without the offences and the places that it leaves out.
    harm = made.tables["index"]["harm"].reindex(table.index).astype(float)
    assert set(made.tables["exclusions"].reset_index()["exclusion"]) == {"robbery", "place:hospital"}
    assert harm.index[harm.isna()].tolist() == [UNSEEN]
    np.testing.assert_allclose(table["harm"].astype(float), harm)
    # What no source covered is no quiet place.
    assert table.loc[UNSEEN, ["harm", "stability"]].isna().all()
    assert made.tables.stored("scale_ladder").settings["smaller"]["path"] == "quarters.gpkg"
    assert "quarters.gpkg" in {entry["path"] for entry in made.manifest["inputs"]}
    told = made.tables.stored("scale_ladder").settings
    assert (told["hexes"], told["permutations"], told["seed"]) == ([1500.0], 199, 1)
    assert (made.path / "maps" / "scale_ladder.png").stat().st_size > 10_000
    assert "scale_ladder" in {name for name, _ in pyogrio.list_layers(made.path / "areas.gpkg")}
    with pd.ExcelFile(made.path / "ranking.xlsx") as book:
        shown = book.parse("Scale ladder", header=None).astype(str)
    assert shown.isin(["Stability over units"]).to_numpy().any()
    units = "in the areas, quarter and hexagons of 1,500 m, points moved 1 time within 100 m"
    assert units in str(made.manifest["said"])


@pytest.mark.slow
def test_the_dashboard_shows_the_stability_and_closed_input_no_rungs(made):
    specs = {spec.name: spec for spec in declared_tables()}
    part = specs["scale_ladder"].dashboard
    assert part is not None
    (layer,) = part.layers(made.tables, made.about)
    assert layer.values.astype(float).equals(made.tables["scale_ladder"]["stability"].astype(float))
    assert [specs[f"scale_ladder_{name}"].secret for name in ("rungs", "tries")] == [True, True]


@pytest.mark.filterwarnings("ignore")
def test_it_is_off_unless_asked(tmp_path):
    recipe = write_world(tmp_path)
    text = recipe.read_text().partition("[heat]")[0]
    recipe.write_text(text + OFF + "maps = false\nworkbook = false\n")
    tables = sh.run_assessment(recipe).tables
    assert not len(tables["drill_down"])
    assert not len(tables["scale_ladder"])
    recipe.write_text(text + ASKED.replace("500.0", "-1.0") + OFF)
    with pytest.raises(sh.SchemaError, match=r"drill_down.cell_size"):
        sh.run_assessment(recipe)
