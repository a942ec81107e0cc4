"""``[areas.grid]`` of a recipe: a run ranks cells, and its snapshot says which."""

from __future__ import annotations

import pytest
from worlds import write_world

import socharm as sh
from socharm.assessment.words import in_recipe_words
from socharm.io.units.grid import GridSettings, require_coarse

OFF = "\n[outputs]\n" + "".join(
    f"{name} = false\n"
    for name in ("heat", "clusters", "micro_places", "concentration", "hotspots", "maps", "workbook")
)


def recipe_with(folder, grid: str):
    recipe = write_world(folder)
    text = recipe.read_text().partition("[heat]")[0]
    start, end = text.index("[population]"), text.index("[weights]")
    text = text[:start] + text[end:]
    recipe.write_text(text.replace("year = 2025\n", f"year = 2025\n\n[areas.grid]\n{grid}\n") + OFF)
    return recipe


@pytest.mark.filterwarnings("ignore")
def test_a_run_ranks_the_cells_of_a_grid(tmp_path):
    made = sh.run_assessment(recipe_with(tmp_path, "size = 1000.0"))
    assert len(made.tables["areas"]) == 48
    assert made.tables["areas"]["name"].iloc[0] == "SK0000 (Ward 00)"
    assert made.tables.setting("areas", "size", 0.0) == 1000.0
    assert made.tables["ranking"]["rank"].notna().all()
    assert int(made.tables["counts"]["n"].sum()) == int(made.tables["accounting"].loc["used", "rows"])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("grid", "words"),
    [("size = -5.0", r"areas\.grid\.size"), ('kind = "hex"', "`size` is missing"), ("sise = 9.0", "areas.grid.sise")],
)
def test_a_grid_that_is_none_is_told(tmp_path, grid, words):
    with pytest.raises(sh.SchemaError, match=words):
        sh.run_assessment(recipe_with(tmp_path, grid))


def test_the_refusal_of_fine_cells_names_the_key_of_the_recipe():
    with pytest.raises(sh.RefusedError) as refused:
        require_coarse(GridSettings(size=200.0), "police.uk")
    told = in_recipe_words(str(refused.value), "incidents")
    assert told.endswith(
        "Use cells of 250 m or more; or make the grid with [areas.grid] allow_fine = true, if you know what it then "
        "shows."
    )
