"""A run that asks for emerging hot spots and further local statistics: table, sheet, layer, picture and sentence."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import box

import socharm as sh
from socharm.assessment.demo import write_demo
from socharm.assessment.steps.heat import HEAT, _Heat
from socharm.hotspots.areas.emerging_record import EMERGING_LABELS
from socharm.hotspots.points.contours import surface_contours
from socharm.hotspots.points.density import kernel_density
from socharm.maps.furniture import new_axes

ASKED = """
[emerging]
permutations = 99

[local]
permutations = 99
maps = true

[hotspots]
permutations = 99

[ranking]
draws = 100

[outputs]
heat = false
clusters = false
micro_places = false
"""

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    recipe = write_demo(tmp_path_factory.mktemp("emerging") / "demo")
    recipe.write_text(recipe.read_text(encoding="utf-8") + ASKED, encoding="utf-8")
    return sh.run_assessment(recipe), next((recipe.parent / "store").glob("demo-*"))


def test_the_table_is_that_of_the_function(run):
    tables = run[0].tables
    table = tables["emerging"]
    stored = tables.stored("emerging").settings
    assert stored["permutations"] == 99
    assert set(table["pattern"]) <= set(EMERGING_LABELS)
    assert set(table["pattern"]) == {"too short", "island"}  # the sample has six months, and an island
    assert list(table.index) == list(tables["hotspots"].index)


def test_every_output_holds_it(run):
    folder = run[1]
    assert (folder / "maps" / "emerging_periods.png").stat().st_size > 10_000
    assert (folder / "maps" / "emerging.png").stat().st_size > 10_000
    with pd.ExcelFile(folder / "ranking.xlsx", engine="openpyxl") as book:
        assert "Emerging" in book.sheet_names
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "emerging" in json.dumps(manifest.get("recipe", manifest))
    assert "emerging" in {name for name, _ in pyogrio.list_layers(folder / "areas.gpkg")}


def test_further_local_statistics_are_those_of_the_functions(run):
    tables, folder = run[0].tables, run[1]
    rates, beside = tables["local_rates"], tables["local_deprivation"]
    assert list(rates.index) == list(beside.index) == list(tables["hotspots"].index)
    pd.testing.assert_series_equal(
        beside["second"].dropna(), tables["overlay"]["deprivation"].dropna(), check_names=False, check_dtype=False
    )
    crimes, years = (tables["index"][name].astype(float) for name in ("crimes", "exposure"))
    raw = (crimes / years).reindex(rates.index)
    known = rates["value"].notna()
    overall = crimes[known].sum() / years[known].sum()
    assert (np.sign(rates["value"][known]) == np.sign(raw[known] - overall)).all()  # above the mean rate, and below
    told = tables.stored("local_rates").settings
    assert (told["permutations"], told["maps"], told["seed"]) == (99, True, 1)
    with pd.ExcelFile(folder / "ranking.xlsx", engine="openpyxl") as book:
        assert {"Local rates", "Harm among deprivation"} <= set(book.sheet_names)
    assert {"local_rates", "local_deprivation"} <= {name for name, _ in pyogrio.list_layers(folder / "areas.gpkg")}
    for name in ("local_rates", "local_deprivation"):
        assert (folder / "maps" / f"{name}.png").stat().st_size > 10_000
    assert "EB-standardised local Moran of crimes" in str(run[0].manifest["said"])


def test_contours_of_a_run_are_those_of_its_surface():
    rng = np.random.default_rng(1)
    places = pd.DataFrame({"x": rng.normal(4e5, 300, 200), "y": rng.normal(3e5, 300, 200), "weight": 1.0})
    surface = kernel_density(places, bandwidth=400.0, cell_size=50.0, crs="EPSG:27700")
    assert HEAT.frames is not None
    assert HEAT.layers is not None
    square = gpd.GeoDataFrame(geometry=[box(399_000, 299_000, 401_000, 301_000)], index=["A"], crs="EPSG:27700")
    frames, layers = HEAT.frames(_Heat(surface, contours=True)), HEAT.layers(_Heat(surface, contours=True), square)
    same = surface_contours(surface)
    assert frames["heat_contours"]["asked"].tolist() == [25.0, 50.0, 80.0]
    assert layers["heat_contours"].geometry.geom_equals(same.geometry).all()
    drawn = {picture.file: picture.draw for picture in HEAT.pictures}["heat_contours.png"]
    drawing: Any = SimpleNamespace(areas=square, on={"ax": new_axes(), "basemap": None})
    assert drawn(_Heat(surface, contours=False), drawing) is None
    assert drawn(_Heat(surface, contours=True), drawing) is drawing.on["ax"]
    plain = _Heat(surface, contours=False)
    assert "heat_contours" not in HEAT.frames(plain).keys() | HEAT.layers(plain, square).keys()
