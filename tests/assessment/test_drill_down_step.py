"""``[drill_down]`` and ``[scale_ladder]`` of a recipe: tables, sheets, pictures; nothing where they are not asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyogrio
import pytest
from worlds import write_world

import socharm as sh
from socharm.assessment.steps.order import declared_tables

OFF = "\n[outputs]\n" + "".join(
    f"{name} = false\n" for name in ("heat", "clusters", "micro_places", "concentration", "hotspots")
)
ASKED = "\n[drill_down]\nfirst = 2\ncell_size = 500.0\n"
LADDER = """
[scale_ladder]
hexes = [1500.0]
shifts = 1
jitters = 1
permutations = 199
alpha = 0.2
correction = "none"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    recipe = write_world(tmp_path_factory.mktemp("inside"))
    text = (
        recipe.read_text().partition("[heat]")[0].replace("[incidents]", '[index]\nexclude = ["robbery"]\n[incidents]')
    )
    recipe.write_text(text + ASKED + LADDER + OFF)
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
        assert "Drill-down" in book.sheet_names


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_tries_its_areas_in_other_units(made):
    table, rungs, tries = (made.tables[name] for name in ("scale_ladder", "scale_ladder_rungs", "scale_ladder_tries"))
    # One number for each area: the mean over ward and hexagons of the share of tries.
    mean = rungs.groupby("area_code")["share"].mean()
    pd.testing.assert_series_equal(table["stability"], mean.reindex(table.index), check_names=False, check_dtype=False)
    assert len(tries) == 2 + 3  # wards and hexagons as recorded and moved, hexagons from another origin
    assert 0 < (table["stability"] > 0).sum() < len(table)
    # The harm is that of the index: its weights, without the offences that it leaves out.
    harm = made.tables["index"]["harm"].reindex(table.index)
    np.testing.assert_allclose(table["harm"][harm.notna()], harm.dropna().astype(float))
    told = made.tables.stored("scale_ladder").settings
    assert (told["hexes"], told["permutations"], told["seed"]) == ([1500.0], 199, 1)
    assert (made.path / "maps" / "scale_ladder.png").stat().st_size > 10_000
    assert "scale_ladder" in {name for name, _ in pyogrio.list_layers(made.path / "areas.gpkg")}
    with pd.ExcelFile(made.path / "ranking.xlsx") as book:
        shown = book.parse("Scale ladder", header=None).astype(str)
    assert shown.isin(["Stability over units"]).to_numpy().any()
    assert "hexagons of 1,500 m, points moved 1 time within 100 m" in str(made.manifest["said"])


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
    recipe.write_text(text + OFF)
    tables = sh.run_assessment(recipe).tables
    assert not len(tables["drill_down"])
    assert not len(tables["scale_ladder"])
    recipe.write_text(text + ASKED.replace("500.0", "-1.0") + OFF)
    with pytest.raises(sh.SchemaError, match=r"drill_down.cell_size"):
        sh.run_assessment(recipe)
