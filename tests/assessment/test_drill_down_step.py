"""``[drill_down]`` of a recipe: tables, sheet, picture and a sentence of the profile; nothing where it is not asked."""

from __future__ import annotations

import pandas as pd
import pytest
from worlds import write_world

import socharm as sh

OFF = "\n[outputs]\n" + "".join(
    f"{name} = false\n" for name in ("heat", "clusters", "micro_places", "concentration", "hotspots")
)
ASKED = "\n[drill_down]\nfirst = 2\ncell_size = 500.0\n"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_looks_into_its_first_areas(tmp_path):
    recipe = write_world(tmp_path)
    text = recipe.read_text().partition("[heat]")[0]
    recipe.write_text(text + ASKED + OFF)
    made = sh.run_assessment(recipe)
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


@pytest.mark.filterwarnings("ignore")
def test_it_is_off_unless_asked(tmp_path):
    recipe = write_world(tmp_path)
    text = recipe.read_text().partition("[heat]")[0]
    recipe.write_text(text + OFF)
    assert not len(sh.run_assessment(recipe).tables["drill_down"])
    recipe.write_text(text + ASKED.replace("500.0", "-1.0") + OFF)
    with pytest.raises(sh.SchemaError, match=r"drill_down.cell_size"):
        sh.run_assessment(recipe)
