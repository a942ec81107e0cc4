"""The GeoPackage of a snapshot as QGIS shows it: our classes and words, hatched gaps, headings, no value as a label."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from worlds import HOSTILE, png_texts

from socharm.assessment.heat_bands import heat_bands
from socharm.assessment.layer_looks import CLASS_COLUMN, look_of
from socharm.hotspots.points.density import kernel_density
from socharm.maps.palettes import HATCHES
from socharm.maps.residual_classes import RESIDUAL_BOUNDS, RESIDUAL_COLOURS, RESIDUAL_WORDS
from socharm.snapshot.dashboard_layer import Category, DashboardLayer

BLANK = "E05000011"  # without a population


def base_of(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)


@pytest.fixture(scope="module")
def package(assessed) -> Path:
    return assessed.path / "areas.gpkg"


@pytest.fixture(scope="module")
def styles(package) -> dict[str, ET.Element]:
    with base_of(package) as base:
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
    assert all((shapes, default) == ("geom", 1) for _, shapes, default, _ in rows)
    return {layer: ET.fromstring(qml) for layer, _, _, qml in rows}


@pytest.fixture(scope="module")
def layers(package, styles) -> dict[str, gpd.GeoDataFrame]:
    return {layer: gpd.read_file(package, layer=layer) for layer in styles}


def classes_in(style: ET.Element) -> dict[str, ET.Element]:
    """Rules of a style by the value that their filter asks for."""
    found = {}
    for rule in style.iter("rule"):
        if "filter" in rule.attrib:
            (value,) = re.fullmatch(f"\"{CLASS_COLUMN}\" = '(.*)'", rule.attrib["filter"]).groups()
            found[value.replace("''", "'")] = rule
    return found


def test_every_layer_has_one_style_and_every_row_one_class(package, styles, layers):
    with base_of(package) as base:
        held = [row[0] for row in base.execute("SELECT table_name FROM gpkg_geometry_columns")]
    assert sorted(held) == sorted(styles)
    assert {"index", "ranking", "top_classes", "heat"} <= set(held)
    for name, layer in layers.items():
        rules = classes_in(styles[name])
        assert set(layer[CLASS_COLUMN]) <= set(rules), name
        symbols = {symbol.attrib["name"] for symbol in styles[name].iter("symbol")}
        sizes = layer[CLASS_COLUMN].value_counts()
        for value, rule in rules.items():
            assert rule.attrib["symbol"] in symbols
            counted = re.fullmatch(r"(.*)  \(([\d,]+)\)", rule.attrib["label"])
            assert rule.attrib["label"] == value if counted is None else counted[1] == value
            assert counted is None or int(counted[2].replace(",", "")) == sizes.get(value, 0)


def test_classes_of_the_rate_are_those_of_the_printed_map(assessed, styles):
    printed = png_texts(assessed.path / "maps" / "rate.png")["Classes"].partition(": ")[2].split("; ")
    for layer in ("index", "ranking"):
        shown = [value for value in classes_in(styles[layer]) if value != "no population"]
        assert shown[::-1] == printed
        title = next(rule.attrib["label"] for rule in styles[layer].iter("rule") if "filter" not in rule.attrib)
        assert title == (
            "Harm rate: sentence-days per resident per year; assessment of April 2025 to June 2025"
        )  # fmt: skip


def test_an_area_without_a_value_is_hatched_and_says_why(styles, layers):
    row = layers["index"].set_index("area_code").loc[BLANK]
    assert row[CLASS_COLUMN] == "no population"
    rule = classes_in(styles["index"])["no population"]
    symbol = styles["index"].find(f".//symbols/symbol[@name='{rule.attrib['symbol']}']")
    kinds = [layer.attrib["class"] for layer in symbol.findall("layer")]
    assert kinds == ["SimpleFill", "LinePatternFill"]
    angle = symbol.find("layer[@class='LinePatternFill']/prop[@k='angle']").attrib["v"]
    assert (HATCHES["no population"][0], angle) == ("\\", "135")


def test_every_layer_of_areas_has_all_areas_with_names_and_ranks(assessed, layers):
    ranks = assessed.tables["ranking"]["rank"]
    for name, layer in layers.items():
        if "area_code" in layer.columns:
            by_code = layer.set_index("area_code")
            assert sorted(by_code.index) == sorted(ranks.index), name
            assert by_code["name"].notna().all(), name
            assert by_code["rank"].dropna().astype(int).to_dict() == ranks.dropna().astype(int).to_dict(), name
    assert HOSTILE in set(layers["index"]["name"])


def test_labels_are_of_names_and_ranks_alone(styles):
    """No value stands on the map, so none that is withheld can."""
    for name, style in styles.items():
        text = style.find(".//text-style")
        if text is not None:
            columns = set(re.findall(r'"([^"]+)"', text.attrib["fieldName"]))
            assert columns <= {"rank", "name", "centre_flag", "where", "cluster"}, name
    assert styles["index"].attrib["labelsEnabled"] == "1"


def test_columns_have_the_headings_of_the_workbook(package, styles):
    told = {alias.attrib["field"]: alias.attrib["name"] for alias in styles["ranking"].iter("alias")}
    assert {
        "rank": "Rank",
        "rank_low_90": "90% from",
        "rate_shrunk": "Harm rate",
        "name": "Area",
    }.items() <= told.items()
    assert told[CLASS_COLUMN] == "Map class"
    with base_of(package) as base:
        rows = base.execute(
            "SELECT column_name, title, description FROM gpkg_data_columns WHERE table_name = 'ranking'"
        ).fetchall()
        extensions = {row[0] for row in base.execute("SELECT extension_name FROM gpkg_extensions")}
    assert {column: title for column, title, _ in rows} == told
    assert "first rank of the 90% interval of the rank" in {meaning for _, _, meaning in rows}
    assert "gpkg_schema" in extensions


# looks


def look(layer: DashboardLayer, table: pd.DataFrame):
    return look_of(layer, table, scheme="quantiles")


def test_stated_bounds_and_colours_are_kept_and_missing_is_no_class():
    table = pd.DataFrame({"residual": [0.5, 0.9, 1.0, 1.5, 3.0, np.nan]}, index=list("abcdef"))
    stated = DashboardLayer(
        key="r", label="Residual", bounds=RESIDUAL_BOUNDS, labels=RESIDUAL_WORDS, colours=RESIDUAL_COLOURS,
        values=table["residual"], note="n",
    )  # fmt: skip
    made = look(stated, table)
    assert made.members.tolist() == [RESIDUAL_WORDS[at] for at in (0, 2, 2, 3, 4)] + ["not known"]
    assert [one.colour for one in made.classes[:5]] == list(RESIDUAL_COLOURS[::-1])
    assert (made.classes[5].value, made.classes[5].hatch) == ("not known", HATCHES["no value"])


def test_reasons_that_maps_have_words_for_stand_in_place_of_the_layers_own():
    table = pd.DataFrame({"reason": ["covered 1 of 3 months", "too few events to tell", ""]}, index=list("abc"))
    stated = DashboardLayer(
        key="s", label="Signals", gap="not watched", values=pd.Series([None, None, "up"], index=list("abc")),
        categories={"up": Category(label="it's up", colour="#b2182b")},
    )  # fmt: skip
    made = look(stated, table)
    assert made.members.tolist() == ["not covered", "not watched", "it's up"]
    assert [one.value for one in made.classes] == ["it's up", "not covered", "not watched"]


def test_a_layer_of_which_nothing_is_known_is_all_gaps():
    table = pd.DataFrame(index=pd.Index(list("ab"), name="area_code"))
    made = look(DashboardLayer(key="n", label="Courses", gap="no value", values=pd.Series(dtype=float)), table)
    assert made.members.tolist() == ["no value"] * 2
    assert [one.value for one in made.classes] == ["no value"]


# heat


def test_bands_of_heat_hold_the_cells_of_their_density():
    rng = np.random.default_rng(3)
    points = pd.DataFrame(
        {"x": 400_000 + 900 * rng.standard_normal(400), "y": 300_000 + 900 * rng.standard_normal(400)}
    )
    surface = kernel_density(points.assign(weight=1.0, n=1), bandwidth=500, cell_size=100)
    bands = heat_bands(surface)
    assert 5 <= len(bands) <= 10
    grid = np.nan_to_num(surface.published)
    assert bands["area_km2"].sum() == pytest.approx((grid > 0).sum() * 0.01)
    assert bands.geometry.area.to_numpy() == pytest.approx(bands["area_km2"].to_numpy() * 1e6)
    at = gpd.points_from_xy(np.repeat(surface.x[None, :], len(surface.y), 0)[grid > 0],
                            np.repeat(surface.y[:, None], len(surface.x), 1)[grid > 0])  # fmt: skip
    values = grid[grid > 0]
    for _, band in bands.iterrows():
        inside = values[at.within(band.geometry)]
        assert ((inside > band["harm_from"]) & (inside <= band["harm_to"])).all()
        assert len(inside) == round(band["area_km2"] * 100)


def test_heat_without_any_cell_to_show_has_no_band():
    point = pd.DataFrame({"x": [400_000.0], "y": [300_000.0], "weight": [1.0], "n": [1]})
    assert heat_bands(kernel_density(point, bandwidth=500, cell_size=100)).empty


# QGIS itself

LOOK = """
    import hashlib, json, os, sys
    from qgis.core import QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsVectorLayer
    from qgis.PyQt.QtCore import QSize

    path, names = sys.argv[1], sys.argv[2:]
    app = QgsApplication([], False)
    app.initQgis()
    told = {}
    for name in names:
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        shown = QgsMapSettings()
        shown.setLayers([layer])
        shown.setOutputSize(QSize(200, 150))
        shown.setExtent(layer.extent())
        job = QgsMapRendererSequentialJob(shown)
        job.start()
        job.waitForFinished()
        image = job.renderedImage()
        colours = {image.pixelColor(x, y).name() for x in range(200) for y in range(150)}
        told[name] = {
            "kind": layer.renderer().type(),
            "legend": [item.label() for item in layer.renderer().legendSymbolItems()],
            "labels": layer.labelsEnabled(),
            "aliases": {field.name(): field.alias() for field in layer.fields()},
            "colours": sorted(colours),
        }
        del job, layer
    print(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)
"""


def test_qgis_shows_each_layer_in_our_style_and_leaves_the_file_as_it_was(package, styles, tmp_path):
    python = next((path for path in ("/usr/bin/python3", shutil.which("python3")) if path and has_qgis(path)), None)
    if python is None:
        pytest.skip("no PyQGIS on this machine: apt-get install python3-qgis qgis-providers")
    path = shutil.copy(package, tmp_path / "areas.gpkg")
    before = path.read_bytes()
    script = tmp_path / "look.py"
    script.write_text(textwrap.dedent(LOOK))
    done = subprocess.run(
        [python, str(script), str(path), *styles], capture_output=True, text=True, timeout=120, env=PLAIN
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    for name, style in styles.items():
        assert told[name]["kind"] == "RuleRenderer", name
        assert told[name]["legend"] == [rule.attrib["label"] for rule in style.iter("rule") if "label" in rule.attrib]
        assert told[name]["labels"] == (style.attrib["labelsEnabled"] == "1")
    assert told["ranking"]["aliases"]["rank_low_90"] == "90% from"
    dark = styles["index"].find(".//symbols/symbol[@name='0']/layer/prop[@k='color']").attrib["v"]
    assert "#" + "".join(f"{int(part):02x}" for part in dark.split(",")[:3]) in told["index"]["colours"]
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["areas.gpkg", "look.py"]


PLAIN = {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/tmp"}


def has_qgis(python: str) -> bool:
    if sys.platform == "win32":
        return False
    return (
        subprocess.run([python, "-c", "import qgis.core"], capture_output=True, timeout=60, env=PLAIN).returncode == 0
    )
