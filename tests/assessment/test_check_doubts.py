"""What a check calls a problem though a run would go on, and inputs that are told as what they are."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import DICTIONARY, INDICATORS, deprivation_of

import socharm as sh
from socharm.assessment.steps._codes import unmatched_codes
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.deprivation import DEPRIVATION
from socharm.cli.app import app


def recipe_with(own, old: str, new: str):
    path = own / "assessment.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_months_that_are_not_there_are_a_problem_and_not_a_note(own):
    found = sh.assessment.check_assessment(recipe_with(own, '"2025-04", "2025-06"', '"2025-04", "2025-09"'))
    assert found.ok
    told = "[incidents] nothing arrived for 3 of 6 months of the period: 2025-07, 2025-08, 2025-09. Rates are of"
    assert [doubt.startswith(told) for doubt in found.doubts] == [True]


def test_a_period_that_the_data_do_not_have_is_told_with_the_period(own):
    found = sh.assessment.check_assessment(recipe_with(own, '"2025-04", "2025-06"', '"2024-01", "2024-03"'))
    assert len(found.problems) == 1
    assert "of April 2025 to June 2025 by their names (3 months), and none is of January 2024 to" in found.problems[0]
    assert "Set [assessment] period" in found.problems[0]


def test_no_population_is_a_problem(own):
    text = (own / "assessment.toml").read_text()
    begin, end = text.index("[population]"), text.index("[weights]")
    (own / "assessment.toml").write_text(text[:begin] + text[end:])
    found = sh.assessment.check_assessment(own / "assessment.toml")
    assert [doubt.startswith("[population] there is no [population]: areas are ranked by harm per area") for doubt in
            found.doubts] == [True]  # fmt: skip


def test_codes_that_do_not_meet_are_counted_both_ways(own):
    people = pd.read_csv(own / "population.csv")
    people.loc[:2, "ward_code"] = ["E05999990", "E05999991", "E05999992"]
    people.to_csv(own / "population.csv", index=False)
    found = sh.assessment.check_assessment(own / "assessment.toml")
    assert found.ok
    doubt = found.doubts[0]
    assert "4 of 12 areas (33%) have no population" in doubt
    assert "3 codes of the population are no areas, such as ['E05999990', 'E05999991', 'E05999992']" in doubt
    assert not any("population" in note for note in found.notes)


def test_a_single_area_without_population_is_a_note(own):
    found = sh.assessment.check_assessment(own / "assessment.toml")
    assert found.doubts == ()
    assert any("1 area has no population" in note for note in found.notes)


def test_the_command_leaves_with_2_where_a_run_would_go_on_and_mislead(own):
    recipe = str(recipe_with(own, '"2025-04", "2025-06"', '"2025-04", "2025-09"'))
    done = CliRunner().invoke(app, ["check", recipe])
    assert done.exit_code == 2
    assert "problem: [incidents] nothing arrived for 3 of 6 months" in done.output
    assert "A run would go on, and its ranking would mislead." in done.output
    told = json.loads(CliRunner().invoke(app, ["check", recipe, "--json"]).stdout)
    assert (told["ok"], len(told["doubts"]), told["problems"]) == (False, 1, [])


@pytest.mark.parametrize("same", [True, False])
def test_names_where_codes_are_meant_are_told_as_names(own, same):
    people = pd.read_csv(own / "population.csv")
    people["ward_code"] = [f"Ward {number:02}" for number in range(len(people))]
    if same:
        people.loc[1, "ward_code"] = "Ward 00"
    people.to_csv(own / "population.csv", index=False)
    (problem,) = sh.assessment.check_assessment(own / "assessment.toml").problems
    told = "holds names, not codes: 'Ward 00' stands in rows [2, 3]" if same else "names a column of names, such as"
    assert told in problem
    assert "olumn of codes" in problem
    assert "copies" not in problem


def test_areas_by_their_names_are_told_to_name_the_codes(own):
    areas = gpd.read_file(own / "wards.gpkg")
    areas.loc[1, "ward_name"] = areas.loc[0, "ward_name"]
    areas.to_file(own / "wards.gpkg", driver="GPKG")
    recipe_with(own, 'code = "ward_code"\nname', 'code = "ward_name"\nname')
    (problem,) = sh.assessment.check_assessment(own / "assessment.toml").problems
    assert "holds names, not codes" in problem
    assert "copies" not in problem


def test_a_column_of_decimal_commas_is_one_line(own):
    rows = (own / "population.csv").read_text().splitlines()
    written = [row.replace(",", ";") + (",5" if at else "") for at, row in enumerate(rows)]
    (own / "population.csv").write_text("\n".join(written))
    (problem,) = sh.assessment.check_assessment(own / "assessment.toml").problems
    assert problem.count("decimal comma") == 1
    assert "(10 more rows of the column are written so)" in problem


def test_measures_that_do_not_meet_the_areas_are_counted_both_ways(own):
    text = INDICATORS.replace("E05000001,", "E05999991,").replace("E05000002,", "E05999992,")
    (own / "indicators.csv").write_text(text)
    (own / "dictionary.toml").write_text(DICTIONARY)
    recipe = own / "assessment.toml"
    recipe.write_text(
        recipe.read_text()
        + '\n[[indicators]]\npath = "indicators.csv"\ndictionary = "dictionary.toml"\ncode = "ward_code"\n'
    )
    areas = {line.split(",")[0] for line in INDICATORS.splitlines()[1:]}
    found = sh.assessment.check_assessment(recipe)
    told = [doubt for doubt in found.doubts if doubt.startswith("[indicators]")]
    assert len(told) == 1, (found, areas)
    assert "such as ['E05000001', 'E05000002'" in told[0]
    assert "2 codes of it are no areas, such as ['E05999991', 'E05999992']" in told[0]


def test_codes_that_do_not_meet_are_told_from_the_second_area_on():
    areas = pd.Index([f"E0500{i:04d}" for i in range(20)])
    assert list(unmatched_codes(areas, areas[1:], of="deprivation", then="So.")) == []
    (told,) = unmatched_codes(areas, [*areas[2:], "W05000001"], of="deprivation", then="The rest goes on.")
    assert told == (
        "2 of 20 areas (10%) have no deprivation, such as ['E05000000', 'E05000001']; 1 code of it is no area, such as "
        "['W05000001']. The rest goes on. Use a table of the boundary year of the areas."
    )
    # a national table that holds each of the areas is no doubt
    assert list(unmatched_codes(areas, [*areas, *map(str, range(500))], of="deprivation", then="")) == []
    # in a hundred areas five may lack: one in twenty
    many = pd.Index([str(i) for i in range(100)])
    assert list(unmatched_codes(many, many[5:], of="x", then="")) == []
    assert len(list(unmatched_codes(many, many[6:], of="x", then=""))) == 1


def test_deprivation_of_other_areas_is_doubted():
    areas = pd.Index([f"E0500{i:04d}" for i in range(10)], name="area_code")
    scores = pd.Series(range(10), index=areas, dtype=float)
    results = Results({"areas": pd.DataFrame(index=areas)})
    assert DEPRIVATION.doubts is not None
    assert list(DEPRIVATION.doubts(deprivation_of(scores), results)) == []
    (told,) = DEPRIVATION.doubts(deprivation_of(scores.iloc[3:]), results)
    assert told.startswith("3 of 10 areas (30%) have no deprivation")
    assert list(DEPRIVATION.doubts(None, results)) == []
