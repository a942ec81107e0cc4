"""Odd recipes: blanks, strange keys, keys of other sections, very many faults; and recipes changed in Python."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from socharm.assessment.check import check_assessment
from socharm.assessment.recipe_file import load_recipe, parse_recipe, recipe_of_manifest, require_recipe
from socharm.assessment.run import run_assessment
from socharm.assessment.uncertainty_sections import ClassesSection
from socharm.composite.text import composite_recipe
from socharm.errors import ParameterError, SchemaError
from socharm.files.plain import parse_toml
from socharm.profiles.side_text import parse_profile_text
from socharm.ranking.ranking_settings import RankingSettings

MINIMAL: dict[str, dict[str, Any]] = {
    "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
    "areas": {"path": "wards.gpkg", "code": "WD25CD"},
    "incidents": {"path": "police-uk"},
}
POPULATION = {"path": "p.csv", "code": "c", "value": "v", "kind": "resident", "date": "2024-06-30"}
LOOKUP = {"name": "n", "path": "l.csv", "source": "a", "target": "b"}


def changed(**sections: Any) -> dict[str, Any]:
    return {
        **MINIMAL,
        **{k: {**MINIMAL.get(k, {}), **v} if isinstance(v, dict) else v for k, v in sections.items()},
    }


def told_of(values: dict[str, Any]) -> str:
    with pytest.raises(SchemaError) as caught:
        parse_recipe(values)
    text = str(caught.value)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert len(text) < 3_000
    return text


@pytest.mark.parametrize("blank", ["", "  "])
@pytest.mark.parametrize(
    ("section", "value", "place"),
    [
        ("areas", "path", "areas.path"),
        ("areas", "code", "areas.code"),
        ("areas", "name", "areas.name"),
        ("incidents", "path", "incidents.path"),
        ("assessment", "store", "assessment.store"),
        ("weights", "file", "weights.file"),
        ("outputs", "basemap", "outputs.basemap"),
        ("deprivation", "path", "deprivation.path"),
        ("composite", "recipe", "composite.recipe"),
    ],
)
def test_a_blank_is_told_before_anything_is_read(section, value, place, blank):
    assert f"{place}: blank. Write what is meant, or take the key out." in told_of(changed(**{section: {value: blank}}))


def test_blanks_are_told_wherever_they_stand_and_all_at_once():
    told = told_of(
        changed(
            areas={"only": ["Leeds", " "]},
            incidents={"columns": {"date": "", "": "Month"}},
            population={**POPULATION, "code": "", "best_fit": {"path": "", "code": "c"}},
            lookups=[LOOKUP, {**LOOKUP, "target": ""}],
            index={"per": "many"},
        )
    )
    for place in (
        "areas.only: blank",
        "incidents.columns.date: blank",
        "incidents.columns.'': the key is blank",
        "population.code: blank",
        "population.best_fit.path: blank",
        "lookups.1.target: blank",
        "index.per: Input should be a valid number; found 'many'",
    ):
        assert place in told


def test_blanks_that_mean_something_are_taken():
    recipe = parse_recipe(changed(assessment={"name": ""}, incidents={"thousands": " ", "missing": ["", "TBC"]}))
    assert (recipe.assessment.name, recipe.stated["incidents"].thousands) == ("", " ")
    assert recipe_of_manifest(changed(areas={"name": ""}), folder=".", name="m").stated["areas"].name == ""


def test_a_check_tells_of_a_blank_as_a_run_does(tmp_path):
    path = tmp_path / "assessment.toml"
    path.write_text(
        '[assessment]\nperiod = ["2025-04", "2025-04"]\nseed = 1\nstore = ""\n[areas]\npath = ""\ncode = "c"\n'
        '[incidents]\npath = " "\n'
    )
    (problem,) = check_assessment(path).problems
    for place in ("assessment.store", "areas.path", "incidents.path"):
        assert f"{place}: blank" in problem
    with pytest.raises(SchemaError, match=r"areas\.path: blank"):
        run_assessment(path)


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        (
            {"ranking": {"permutations": 9}},
            "ranking.permutations: unknown key. It belongs to [hotspots], [emerging] or [local].",
        ),
        ({"draws": 3}, "draws: unknown key. It belongs to [ranking] or [classes]."),
        ({"seed": 3}, "seed: unknown key. It belongs to [assessment]."),
        ({"index": {"best_fit": {}}}, "index.best_fit: unknown key. It belongs to [population] or [deprivation]."),
        ({"": 1}, "'': unknown key. It is blank. Remove it."),
        ({"ranking": {" ": 1}}, "ranking.' ': unknown key. It is blank. Remove it."),
        ({"ranking ": {}}, "'ranking ': unknown key. Did you mean 'ranking'?"),
        ({"ranking": {"dr\naws": 1}}, r"ranking.'dr\naws': unknown key. Did you mean 'draws'?"),
        ({"ranking": {"\x1b[31m": 1}}, r"ranking.'\x1b[31m': unknown key. Remove it."),
        ({"ranking": {"x" * 90_000: 1}}, f"ranking.'{'x' * 60}…': unknown key. Remove it."),
        ({"ranking": {"draws": "\x1b[31m"}}, r"found '\x1b[31m'."),
        ({"index": {"transform": "x" * 90_000}}, "x…'."),
        ({"\x1b[31m": {"a": float("nan")}}, r"'\x1b[31m'.a is nan. Give a number."),
        ({"ranking": {"top": list(range(1, 200_001))}}, "ranking.top holds 200,000 values; at most 100,000"),
        ({"ranking": {"top": [1.5]}}, "ranking.top.0: Input should be a valid integer or a valid string; found 1.5."),
        ({"assessment": {"name": "\x1b[31m"}}, r"'\x1b[31m' begins a folder's name"),
    ],
)
def test_strange_keys_and_values_are_told_shortly(sections, told):
    assert told in told_of(changed(**sections))


def test_of_very_many_faults_the_first_are_told():
    told = told_of(changed(**{f"s{number}": 1 for number in range(5_000)}))
    assert told.startswith("'recipe' has 5,000 faults:")
    assert told.endswith("\n  and 4,980 more.")
    assert len(told.splitlines()) == 22


@pytest.mark.parametrize("read", [composite_recipe, parse_profile_text])
def test_other_files_of_settings_are_told_of_in_the_same_way(read):
    with pytest.raises(SchemaError) as caught:
        read({"name": "a", "\x1b[31m": 1, "": 2, "x" * 90_000: 3, **{f"s{number}": 1 for number in range(100)}})
    told = str(caught.value)
    assert r"'\x1b[31m': unknown key" in told
    assert "'': unknown key. It is blank." in told
    assert "more." in told.splitlines()[-1]
    assert len(told) < 3_000
    assert "\x1b" not in told


def test_what_the_parser_repeats_is_cut():
    with pytest.raises(SchemaError) as caught:
        parse_toml(f'"{"x" * 90_000}" = 1\n"{"x" * 90_000}" = 2\n', name="a.toml")
    assert len(str(caught.value)) < 400


# recipes as records

RECIPE = parse_recipe(MINIMAL)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: RECIPE.with_parts(nosuch=None), "No section of the recipe is called 'nosuch'; there are lookups"),
        (lambda: RECIPE.with_parts(rankin=None), "Did you mean 'ranking'"),
        (lambda: RECIPE.with_parts(ranking=5), "`ranking` is 5; a section is the record of its settings"),
        (lambda: RECIPE.with_parts(ranking={"draws": 5}), "`ranking` is a dict; a section is"),
        (lambda: RECIPE.with_parts(ranking=ClassesSection()), "a ClassesSection; it must be RankingSettings"),
        (lambda: RECIPE.part(int), "`kind` is int; give the record that a section is"),
        (lambda: RECIPE.part("ranking"), "`kind` is 'ranking'; give the record"),
        (lambda: RECIPE.find(None), "`kind` is None"),
        (lambda: RECIPE.parts([]), "`kind` is a list"),
        (lambda: RECIPE.wants("mapz"), "No switch of .outputs. of the recipe is called 'mapz'"),
        (lambda: RECIPE.wants(5), "`switch` is 5"),
        (lambda: RECIPE.resolve(5), "`path` is 5"),
        (lambda: dataclasses.replace(RECIPE, stated=5), "`stated` is 5"),
        (lambda: dataclasses.replace(RECIPE, stated={"ranking": 5}), "`ranking` is 5"),
        (lambda: dataclasses.replace(RECIPE, switches={"maps": "no"}), "`switches` holds 'no' for 'maps'"),
        (lambda: dataclasses.replace(RECIPE, assessment=None), "`assessment` is None"),
        (lambda: dataclasses.replace(RECIPE, stated={}).part(RankingSettings), "no section that is RankingSettings"),
    ],
)
def test_a_recipe_takes_no_part_of_another_kind(make, told):
    with pytest.raises(ParameterError, match=told):
        make()


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        (dataclasses.replace(RECIPE, stated={}), "'recipe' has .* fault.*areas: missing"),
        (dataclasses.replace(RECIPE, switches={}), "outputs.hotspots: missing"),
        (RECIPE.with_parts(ranking=None), "ranking: missing. Take the recipe from its file"),
        (dataclasses.replace(RECIPE, stated={**RECIPE.stated, "nosuch": None}), "nosuch: unknown key"),
        (
            dataclasses.replace(RECIPE, stated={**RECIPE.stated, "index": RankingSettings(seed=1)}),
            "index: is a Ranking",
        ),
        (RECIPE.with_parts(areas=dataclasses.replace(RECIPE.stated["areas"], path=" ")), "areas.path: blank"),
    ],
)
def test_a_recipe_that_no_file_could_hold_is_refused_by_run_and_check(recipe, told):
    with pytest.raises(ParameterError, match=rf"(?s){told}"):
        run_assessment(recipe)
    (problem,) = check_assessment(recipe).problems
    with pytest.raises(ParameterError) as caught:
        require_recipe(recipe)
    assert str(caught.value) in problem


def test_a_recipe_cannot_be_changed_in_place_and_copies_are_the_same():
    with pytest.raises(TypeError):
        RECIPE.stated["ranking"] = None
    for again in (copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))):
        assert again(RECIPE) == RECIPE
    assert require_recipe(RECIPE) is RECIPE


def test_a_recipe_of_a_file_is_one_that_is_taken(world):
    recipe = load_recipe(world / "assessment.toml")
    assert require_recipe(recipe.with_parts(ranking=RankingSettings(draws=10, seed=2))).stated["ranking"].draws == 10
