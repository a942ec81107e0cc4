"""``[scan]`` of a recipe: off unless asked; tables, sheet, layers, picture and sentences where it is."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from worlds import write_world

import socharm as sh
from socharm.assessment.steps.order import declared_tables
from socharm.assessment.steps.scan import SCAN
from socharm.hotspots.scan.settings import SpaceTimeScanSettings
from socharm.publish.statement import method_statement

pytestmark = pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")

LEFT_OUT = ("heat", "hotspots", "concentration", "clusters", "micro_places")


def test_it_is_taken_only_where_the_recipe_asks(finished):
    assert "scan" not in finished.tables
    assert SCAN.section is not None
    assert SCAN.section.optional


def test_its_tables_are_declared_with_a_rule_for_each_column():
    declared = {spec.name: spec for spec in declared_tables()}
    closed = declared["scan_clusters"].rules
    assert {closed[name] for name in ("expected", "ratio", "p", "llr")} == {"withhold"}
    assert (closed["events"], closed["observed"]) == ("whole:10", "figures:1")
    assert declared["scan"].settings == (SpaceTimeScanSettings,)


@pytest.mark.slow
def test_a_run_with_a_scan(tmp_path):
    recipe = write_world(tmp_path)
    text = recipe.read_text().partition("[heat]")[0] + "[scan]\nreplications = 99\nmax_population = 0.3\n[outputs]\n"
    recipe.write_text(text + "".join(f"{name} = false\n" for name in LEFT_OUT))
    made = sh.run_assessment(recipe)
    by_area, clusters = made.tables["scan"], made.tables["scan_clusters"]
    assert by_area.index.name == "area_code"
    assert set(by_area["cluster"].dropna()) == set(clusters.index)
    assert clusters["locations"].sum() == by_area["cluster"].notna().sum()
    stated = made.tables.settings["scan"]
    assert (stated["analysis"], stated["max_population"], stated["replications"]) == ("prospective", 0.3, 99)
    assert (made.path / "maps" / "scan_clusters.png").is_file()
    if len(clusters):
        layer = gpd.read_file(made.path / "areas.gpkg", layer="scan_clusters")
        assert len(layer) == len(clusters)
    sheet = pd.read_excel(made.path / "ranking.xlsx", sheet_name="Space-time clusters", header=None, engine="openpyxl")
    assert sheet.astype(str).apply(lambda row: row.str.contains("all windows tried").any(), axis=1).any()
    done = method_statement(made.manifest, about=made.about, tables=made.tables).sections["What was done"]
    assert "prospective permutation scan of events, 99 replications, level 5%" in str(done)


def test_cases_that_nothing_expects_are_told_before_a_run(tmp_path):
    recipe = write_world(tmp_path)
    recipe.write_text(recipe.read_text() + '\n[scan]\nmodel = "expectation"\n')
    (problem,) = sh.check_assessment(recipe).problems
    assert "an assessment has none. Use " in problem
    assert 'model = "permutation"' in problem
