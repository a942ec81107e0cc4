"""A run that asks for emerging hot spots: table, sheet, layer, picture, page and sentence, of the sample's months."""

from __future__ import annotations

import json

import pandas as pd
import pyogrio
import pytest

import socharm as sh
from socharm.assessment.demo import write_demo
from socharm.hotspots.areas.emerging_record import EMERGING_LABELS

ASKED = """
[emerging]
permutations = 99

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
    assert (folder / "maps" / "emerging.png").stat().st_size > 10_000
    with pd.ExcelFile(folder / "ranking.xlsx") as book:
        assert "Emerging" in book.sheet_names
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert "emerging" in json.dumps(manifest.get("recipe", manifest))
    assert "emerging" in {name for name, _ in pyogrio.list_layers(folder / "areas.gpkg")}
