"""``[evaluations]`` of a recipe: what its folders say in tables, statement, profile and page, and what is refused."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from evaluated import SAID, write_evaluation
from worlds import write_world

import socharm as sh
from socharm.assessment.evaluation_facts import read_facts
from socharm.assessment.steps.evaluations import EVALUATIONS
from socharm.dashboard.tried import tried_html, tried_lists
from socharm.errors import SchemaError, StoreError
from socharm.publish.statement import method_statement
from socharm.snapshot.tried import tried_of

pytestmark = pytest.mark.filterwarnings("ignore::socharm.errors.SocharmWarning")

QUIET = ("maps", "heat", "hotspots", "concentration", "clusters", "micro_places")
FACTS = pd.DataFrame({"name": ["North end", "Low <b>Road", "Far"]}, index=["E05000001", "E05000000", "E05000007"])


def recipe_with(folder, folders, *, more=""):
    recipe = write_world(folder)
    text = recipe.read_text().partition("[heat]")[0] + f"[evaluations]\nfolders = {json.dumps(folders)}\n[outputs]\n"
    recipe.write_text(text + "".join(f"{name} = false\n" for name in QUIET) + more)
    return recipe


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run with two evaluations: one with rings, and one whose interval could not be formed."""
    folder = tmp_path_factory.mktemp("tried")
    write_evaluation(folder / "first")
    write_evaluation(
        folder / "second", name="Lights", site=("E05000000", "E05000005"), low=None, high=None, rings={},
        registered="yes", verdict="cannot be told",
    )  # fmt: skip
    return sh.run_assessment(recipe_with(folder, ["first", "second"]))


@pytest.fixture(scope="module")
def problems(tmp_path_factory):
    """What a check says of folders that no assessment takes, by the name of each."""
    folder = tmp_path_factory.mktemp("refused")
    write_evaluation(folder / "whole", name="whole")
    with (write_evaluation(folder / "changed") / "methods.csv").open("a") as table:
        table.write("crimes,by hand\n")
    (write_evaluation(folder / "lost") / "methods.csv").unlink()
    edited = write_evaluation(folder / "edited") / "evaluation.json"
    edited.write_text(edited.read_text().replace("cannot be", "can be").replace('"fell"', '"rose"'))
    bare = write_evaluation(folder / "earlier") / "evaluation.json"
    bare.write_text('{"verdict": "fell"}')
    (folder / "empty").mkdir()
    write_evaluation(folder / "year", name="year", boundary_year=2022)
    write_evaluation(folder / "strange", name="strange", site=("E05000000", "W9"))
    write_evaluation(folder / "secret", name="secret", marking="SECRET")
    write_evaluation(folder / "internal", name="internal", internal=True, marking="OFFICIAL - INTERNAL")
    names = sorted(path.name for path in folder.iterdir())
    told = sh.check_assessment(recipe_with(folder, names)).problems
    return {name: problem for name in names for problem in told if f"'{name}'" in problem}


def test_it_is_taken_only_where_the_recipe_asks(made):
    assert EVALUATIONS.section is not None
    assert EVALUATIONS.section.optional
    without = made.tables.with_tables(evaluations=pd.DataFrame(), evaluation_areas=pd.DataFrame())
    assert tried_of(without) == ()
    assert tried_html(without, FACTS, protect=False) == ""


def test_its_table_has_a_row_for_each_with_the_sentences_as_they_were(made):
    table = made.tables["evaluations"].set_index("evaluation")
    assert list(table.index) == ["Patrols", "Lights"]
    first = table.loc["Patrols"]
    assert (first["site"], first["start"], first["outcome"], first["registered"]) == (
        "E05000000", "2025-06", "crimes", "no",
    )  # fmt: skip
    assert (first["change"], first["low"], first["high"]) == (-0.3, -0.45, -0.1)
    assert (first["as_extreme"], first["placebos"]) == (0, 40)
    assert first["said_verdict"] == SAID["verdict"]
    assert first["said_next_door"] == SAID["next door"]
    assert first["said_subgroups"] == ""
    assert pd.isna(table.loc["Lights", "low"])
    parts = made.tables["evaluation_areas"]
    assert parts[parts["evaluation"] == "Patrols"].to_numpy().tolist() == [
        ["E05000000", "Patrols", "site"],
        ["E05000001", "Patrols", "ring 1"],
    ]
    roles = [entry["role"] for entry in made.manifest["inputs"]]
    assert {"evaluations.0", "evaluations.1"} <= set(roles)


def test_it_has_a_sheet_and_a_sentence(made):
    sheet = pd.read_excel(made.path / "ranking.xlsx", sheet_name="What was tried", header=None, engine="openpyxl")
    cells = set(sheet.astype(str).to_numpy().ravel())
    assert {SAID["verdict"], "Patrols", "Lights"} <= cells
    done = method_statement(made.manifest, about=made.about, tables=made.tables).sections["What was done"]
    assert "What was tried: 2 evaluations, in the words of each" in str(done)


def test_a_profile_of_a_site_has_what_was_tried_there(made):
    part = sh.seed_profile("E05000000", made).section("tried")
    assert (part.title, part.lead) == ("What was tried here, and did it work?", "2 evaluations have a site here.")
    whole, *each = part.tables
    assert whole.rows[0] == (
        "Patrols", "Ward 00", "June 2025", "crimes", "-30% (95% interval -45% to -10%)", "0 of 40", "no",
    )  # fmt: skip
    assert whole.rows[1][1:5] == ("Ward 00 and Ward 05", "June 2025", "crimes", "-30%, too few for an interval")
    assert [text for _, text in each[0].rows] == list(SAID.values())


def test_a_profile_next_door_has_one_line_and_one_further_away_none(made):
    ring = sh.seed_profile("E05000001", made)
    part = ring.section("tried")
    assert (part.title, part.tables) == ("What was tried next door, and did it work?", ())
    assert part.paragraphs == (
        f"Ward 01 lies in ring 1 round the site of Patrols, from June 2025. {SAID['next door']}",
    )
    assert "tried" not in {section.key for section in sh.seed_profile("E05000007", made).sections}


def test_a_profile_of_a_district_tells_of_sites_in_it_and_next_door(made):
    profile = sh.seed_profile("South", made)  # areas with odd numbers
    part = profile.section("tried")
    assert part.lead == SAID["verdict"]
    assert SAID["verdict"] not in [text for _, text in part.tables[1].rows]
    assert part.paragraphs[0].startswith("South has 1 area in ring 1 round the site of Patrols, from June 2025.")
    noted = profile.table.set_index("what").loc["change relative to comparison areas: Lights"]
    assert (noted["value"], noted["table"], noted["column"], noted["row"]) == (-0.3, "evaluations", "change", "Lights")


def test_the_page_has_a_table_of_all_and_lists_by_area(made):
    text = tried_html(made.tables, FACTS, protect=False)
    assert "Low &lt;b&gt;Road" in text
    assert text.count('<th scope="row">') == 2
    first, second = tried_lists(made.tables, FACTS, protect=False)
    assert (first["site"], first["rings"]) == ([1], [[0, "ring 1"]])
    assert (first["verdict"], first["said"]) == (SAID["verdict"], [SAID["next door"], SAID["registration"]])
    assert second["site"] == [1]  # the other area of it is not on the page
    assert "not on this page" not in text
    told = tried_html(made.tables, FACTS.drop(index="E05000001"), protect=False)
    assert "1 area of the rings round Patrols is not on this page." in told


def test_internal_ones_are_in_no_published_form(made):
    table = made.tables["evaluations"]
    mixed = made.tables.with_tables(evaluations=table.assign(internal=[True, False]))
    specs = {spec.name: spec for spec in EVALUATIONS.tables}
    left = {}
    for name in ("evaluations", "evaluation_areas"):
        shown = specs[name].published
        assert shown is not None
        left[name] = shown(mixed[name], mixed)
        assert set(left[name]["evaluation"]) == {"Lights"}
    told = specs["evaluations"].told
    assert told is not None
    assert [sentence.text.partition(",")[0] for sentence in told(left)] == ["What was tried: 1 evaluation"]
    assert [one.name for one in tried_of(mixed, internal=False)] == ["Lights"]
    assert [one["name"] for one in tried_lists(mixed, FACTS, protect=True)] == ["Lights"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("changed", "1 file missing or changed (methods.csv). Restore the folder from a copy, or run"),
        ("lost", "1 file missing or changed (methods.csv)"),
        ("edited", "does not agree with its own hash"),
        ("earlier", "lacks what an assessment reads of it"),
        ("empty", "no folder that `socharm evaluate` wrote"),
        ("year", "is of the boundaries of 2022, and [areas] of 2025"),
        ("strange", "1 area of its site is not among [areas], such as ['W9']"),
        ("secret", "is marked SECRET, the assessment OFFICIAL"),
        ("internal", "the input of this assessment is open"),
    ],
)
def test_what_is_refused_says_what_to_do(problems, name, words):
    assert words in problems[name]
    assert problems[name].startswith("[evaluations] ")
    assert "whole" not in problems


def test_where_the_input_is_not_open_an_internal_one_is_taken(tmp_path):
    write_evaluation(tmp_path / "inside", internal=True, marking="OFFICIAL - INTERNAL")
    recipe = recipe_with(tmp_path, ["inside"], more="[disclosure]\nopen = false\n")
    assert sh.check_assessment(recipe).problems == ()


def test_a_run_refuses_too_and_names_stand_once(tmp_path):
    for folder in ("one", "two"):
        write_evaluation(tmp_path / folder)
    recipe = recipe_with(tmp_path, ["one", "two"])
    with pytest.raises(SchemaError, match="Two evaluations are called 'Patrols'"):
        sh.run_assessment(recipe)
    recipe.write_text(recipe.read_text().replace('["one", "two"]', '["one", "one"]'))
    with pytest.raises(SchemaError, match="name each folder once"):
        sh.run_assessment(recipe)


@pytest.mark.parametrize("held", [{"files": ["methods.csv"]}, {"sentences": 3}, {"settings": {}}, {"rings": None}])
def test_a_seal_round_something_else_is_damage(tmp_path, held):
    with pytest.raises(StoreError, match="is damaged: it is not what `socharm evaluate` writes"):
        read_facts(write_evaluation(tmp_path / "odd", **held))


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname"])
def test_a_folder_speaks_of_its_own_files_only(tmp_path, name):
    (tmp_path / "outside.txt").write_text("x")
    with pytest.raises(StoreError, match="missing or changed"):
        read_facts(write_evaluation(tmp_path / "odd", files={name: "0"}))
