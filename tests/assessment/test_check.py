"""A check takes the steps of a run: what a run refuses is listed, in the same words, and nothing is written."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tomllib
import warnings
from pathlib import Path
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import edit

from socharm.assessment.check import check_assessment
from socharm.assessment.recipe_file import load_recipe, parse_recipe
from socharm.assessment.run import run_assessment
from socharm.errors import RefusedError, SocharmError
from socharm.snapshot.recipe import Recipe

#: Faulty values: what is added to the recipe, or what stands in place of what, and a part of what is said.
ADDED = {
    "per = nan": ("[index]\nper = nan", "index.per is nan"),
    "per = 0": ("[index]\nper = 0.0", "index.per"),
    "per = inf": ("[index]\nper = inf", "index.per is inf"),
    "cap = -1": ("[index]\ntransform = 'capped'\ncap = -1.0", "index.cap"),
    "an unknown offence": ("[index]\noffences = ['burglry']", "burglry"),
    "no offence": ("[index]\noffences = []", "[index]"),
    "an unknown set": ("[index]\noffences = ['soc-all']", "soc-all"),
    "an unknown exclusion": ("[index]\nexclude = ['nothing-of-the-kind']", "nothing-of-the-kind"),
    "everything excluded": ("[index]\nexclude = ['all']", "Exclude less"),
    "missing is an error": ("[index]\nmissing = 'error'", "[index]"),
    "no weight is an error": ("[index]\nunweighted = 'error'", '[index] unweighted = "report"'),
    "an unknown transform": ("[index]\ntransform = 'cube'", "index.transform"),
    "eps = 0": ("[clusters]\neps = 0.0", "clusters.eps"),
    "min_events = 0": ("[clusters]\nmin_events = 0", "clusters.min_events"),
    "hdbscan by harm": ("[clusters]\nmethod = 'hdbscan'\nby = 'harm'", "[clusters] method"),
    "k without knn": ("[hotspots]\nk = 3", "[hotspots]"),
    "knn without k": ("[hotspots]\nrule = 'knn'", "[hotspots]"),
    "knn with k too large": ("[hotspots]\nrule = 'knn'\nk = 500", "[hotspots]"),
    "distance = -5": ("[hotspots]\nrule = 'distance'\ndistance = -5.0", "hotspots.distance"),
    "an unknown column": ("[hotspots]\ncolumn = 'rates'", "[hotspots]"),
    "permutations = 0": ("[hotspots]\npermutations = 0", "hotspots.permutations"),
    "a thousand million permutations": ("[hotspots]\npermutations = 1000000000", "hotspots.permutations"),
    "alpha = 1": ("[hotspots]\nalpha = 1.0", "hotspots.alpha"),
    "base = 1000": ("[uncertainty]\nbase = 1000", "uncertainty.base"),
    "base = 2**40": ("[uncertainty]\nbase = 1099511627776", "uncertainty.base"),
    "tau = -1": ("[uncertainty]\nbase = 16\ntau = [-1.0]", "uncertainty.tau"),
    "an unknown alternative": (
        "[uncertainty]\nbase = 16\n[uncertainty.exclude]\nx = ['nothing-of-the-kind']", "nothing-of"
    ),
    "a window outside": ("[uncertainty]\nbase = 16\n[uncertainty.windows]\nx = ['2024-01', '2024-02']", "windows.x"),
    "level = 1": ("[classes]\nlevel = 1.0", "classes.level"),
    "level = 0.5, too few draws": ("[classes]\nlevel = 0.9999\ndraws = 100", "draws"),
    "a class of no top": ("[classes]\nk = 7", "classes.k"),
    "an unknown k": ("[classes]\nbasis = 'rank sets'\nk = 'knee'", "[classes]"),
    "an unknown composite": ("[composite]\nrecipe = 'imp'", "[composite]"),
    "no composite file": ("[composite]\nrecipe = 'none.toml'", "[composite]"),
    "a composite that lacks measures": ("[composite]\nmissing = 'error'", "[composite]"),
    "spread = 0": ("[disclosure]\nopen = false\nspread = 0", "disclosure.spread"),
    "spread below small": ("[disclosure]\nopen = false\nspread = 2", "[disclosure]"),
    "variance = -1": ("[disclosure]\nopen = false\nvariance = -1.0", "disclosure.variance"),
    "an unknown basemap": ("[outputs]\nbasemap = 'OpenStreetMap.Mapnick'", "Did you mean 'OpenStreetMap.Mapnik'"),
    "no basemap file": ("[outputs]\nbasemap = 'none.tif'", "[outputs]"),
    "no indicators": ("[[indicators]]\npath = 'none.csv'\ndictionary = 'none.toml'", "[indicators]"),
    "no deprivation": ("[deprivation]\npath = 'none.csv'", "[deprivation]"),
    "no lookup file": ("[[lookups]]\nname = 'a'\npath = 'none.csv'\nsource = 'a'\ntarget = 'b'", "[lookups.a]"),
}  # fmt: skip
CHANGED = {
    "top = [0]": ("draws = 300", "draws = 300\ntop = [0]", "[ranking]"),
    "top = [-1, '200%']": ("draws = 300", "draws = 300\ntop = [-1, '200%']", "[ranking]"),
    "draws = 0": ("draws = 300", "draws = 0", "ranking.draws"),
    "a thousand million draws": ("draws = 300", "draws = 1000000000", "ranking.draws"),
    "exact = 2": ("draws = 300", "draws = 300\nexact = 2.0", "ranking.exact"),
    "exact = 0": ("draws = 300", "draws = 300\nexact = 0.0", "exact"),
    "a seed beyond 64 bits": ("seed = 1", "seed = 18446744073709551616", "beyond 64 bits"),
    "a seed below zero": ("seed = 1", "seed = -1", "assessment.seed"),
    "a seed that is true": ("seed = 1", "seed = true", "assessment.seed"),
    "an unknown kernel": ("bandwidth = 1500.0", "bandwidth = 1500.0\nkernel = 'box'", "heat.kernel"),
    "bandwidth = -1": ("bandwidth = 1500.0", "bandwidth = -1.0", "heat.bandwidth"),
    "cells of a millimetre": ("cell_size = 200.0", "cell_size = 0.001", "[heat]"),
    "an unknown force": ("allow_stale = true", "allow_stale = true\nforce = 'Atlantis'", "[weights]"),
    "no weights file": ("allow_stale = true", "file = 'none.csv'", "[weights] `file` names no file"),
    "an unknown scheme": ("allow_stale = true", "allow_stale = true\nscheme = 'ons-cs'", "[weights]"),
    "unknown counts": ("allow_stale = true", "allow_stale = true\ncounts_from = 'x'", "[weights]"),
    "stale weights": ("allow_stale = true", "allow_stale = false", "[weights] allow_stale = true"),
    "no crosswalk": ("allow_stale = true", "crosswalk = 'none'", "[index]"),
    "an uncovered period": ('["2025-04", "2025-06"]', '["2015-04", "2015-06"]', "[incidents]"),
    "a period of thousands of years": ('["2025-04", "2025-06"]', '["0001-01", "9999-12"]', "assessment.period"),
    "codes of no area": ('path = "police-uk"', 'path = "police-uk"\nnot_covered = ["E99"]', "[incidents]"),
    "months that are none": ('path = "police-uk"', 'path = "police-uk"\ncovered_months = ["x"]', "[incidents]"),
    "a column for police.uk": ('path = "police-uk"', 'path = "police-uk"\ncolumns = { dat = "Month" }', "[incidents]"),
    "a missing code": ('code = "ward_code"\nname', 'code = "wardcode"\nname', "[areas]"),
    "an unknown crs": ("year = 2025", 'year = 2025\ncrs = "EPSG:1"', "[areas]"),
    "degrees to work in": ("year = 2025", 'year = 2025\ncrs = "EPSG:4326"', "[areas]"),
    "areas that are none": ("year = 2025", 'year = 2025\nonly = ["Mars"]', "[areas]"),
    "an unknown layer": ("year = 2025", 'year = 2025\nlayer = "x"', "[areas]"),
    "a date that is none": ('date = "2024-06-30"', 'date = "lately"', "[population]"),
    "an unknown value": ('value = "residents"', 'value = "people"', "[population]"),
    "a control character": ('name = "small"', 'name = "small"\nstore = "a\\u0007b"', "control character"),
    "a text without an end": ('date = "2024-06-30"', f'date = "2024-06-30"\nsource = "{"x" * 1001}"', "characters"),
}  # fmt: skip


def told_by_both(recipe: Path) -> tuple[list[str], str]:
    """Problems of a check, and what a run says; both leave no trace."""
    before = sorted(path.relative_to(recipe.parent) for path in recipe.parent.rglob("*"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_assessment(recipe)
        assert sorted(path.relative_to(recipe.parent) for path in recipe.parent.rglob("*")) == before
        with pytest.raises(SocharmError) as caught:
            run_assessment(recipe)
    assert sorted(path.relative_to(recipe.parent) for path in recipe.parent.rglob("*")) == before
    assert found.refused or not isinstance(caught.value, RefusedError)
    return list(found.problems), str(caught.value)


@pytest.mark.parametrize("case", ADDED)
def test_what_a_run_refuses_a_check_lists(own, case):
    recipe = own / "assessment.toml"
    added, told = ADDED[case]
    recipe.write_text(f"{recipe.read_text()}\n{added}\n")
    problems, said = told_by_both(recipe)
    assert told in said
    assert any(said.removeprefix("[recipe] ") in problem for problem in problems)


@pytest.mark.parametrize("case", CHANGED)
def test_what_a_run_refuses_a_check_lists_where_a_value_changed(own, case):
    old, new, told = CHANGED[case]
    problems, said = told_by_both(edit(own, old, new))
    assert told in said
    assert any(said.removeprefix("[recipe] ") in problem for problem in problems)


def test_a_store_that_cannot_be_is_told_before_the_work(own):
    (own / "file").write_text("no folder")
    for store in ("file", "file/below", "x" * 300, "police-uk/2025-04/2025-04-testshire-street.csv/store"):
        shutil.copy(own / "assessment.toml", own / "kept.toml")
        recipe = edit(own, 'name = "small"', f'name = "small"\nstore = "{store}"')
        problems, said = told_by_both(recipe)
        assert said.startswith("[assessment] ")
        assert problems == [said]
        shutil.move(own / "kept.toml", own / "assessment.toml")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_store_that_may_not_be_written_to_is_told(own):
    (own / "locked").mkdir(mode=0o500)
    recipe = edit(own, 'name = "small"', 'name = "small"\nstore = "locked/store"')
    problems, said = told_by_both(recipe)
    assert "permission denied" in said
    assert problems == [said]


def test_a_damaged_secret_is_told_before_the_work(own):
    (own / "store" / "published").mkdir(parents=True)
    (own / "store" / "published" / ".secret").write_text("not a secret")
    recipe = own / "assessment.toml"
    recipe.write_text(recipe.read_text() + "\n[disclosure]\nopen = false\n")
    problems, said = told_by_both(recipe)
    assert "secret is damaged" in said
    assert problems == [said]


def test_every_fault_is_told_at_once(own):
    """Those of the recipe by itself together, and those that its steps find together."""
    recipe = edit(own, "draws = 300", "draws = 300\ntop = [0]")
    whole = recipe.read_text()
    recipe.write_text(whole + "\n[clusters]\nmethod = 'hdbscan'\nby = 'harm'\n[hotspots]\nalpha = 1.0\n")
    (told,) = check_assessment(recipe).problems
    assert "3 faults" in told
    assert all(place in told for place in ("[ranking] `top`", "[clusters] ", "hotspots.alpha"))
    found_by_steps = "\n[hotspots]\ncolumn = 'rates'\n[composite]\nrecipe = 'imp'\n[outputs]\nbasemap = 'none.tif'\n"
    recipe.write_text(whole.replace("top = [0]", "top = [5]") + found_by_steps)
    found = check_assessment(recipe)
    assert {problem.split("]")[0] for problem in found.problems} == {"[hotspots", "[composite", "[outputs"}


WORDS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["", " ", "all", "EPSG:27700", "EPSG:3857", "5%", "2025-04", "cp1252", "ward_code", "Month", ","]),
)  # fmt: skip
WHOLE = st.one_of(st.integers(-2, 30), st.sampled_from([99, 1_000, 2**31, 2**63 - 1, -(2**63), 10**30]))
REAL = st.one_of(st.floats(0, 2), st.sampled_from([1e-300, 1e300, -1.0, 0.5, 1000.0, float("inf"), float("nan")]))


def values_of(kind: object) -> st.SearchStrategy[object]:
    """Values of the type of a key, and now and then of another."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of([values_of(part) for part in parts if part is not type(None)])
    if origin is tuple:
        many = len(parts) == 2 and parts[1] is ...
        return st.lists(values_of(parts[0]), max_size=3) if many else st.tuples(*map(values_of, parts)).map(list)
    if origin is dict:
        return st.dictionaries(WORDS, values_of(parts[1]), max_size=2)
    known = {bool: st.booleans(), int: WHOLE, float: REAL, str: WORDS}
    return known.get(kind, st.none())


def choices() -> list[tuple[str, str, st.SearchStrategy[object]]]:
    """Every key of every section that steers a run of the small recipe."""
    found = []
    for section in dataclasses.fields(Recipe):
        hint = get_type_hints(Recipe)[section.name]
        record = next((part for part in (hint, *get_args(hint)) if dataclasses.is_dataclass(part)), None)
        if record is None or section.name in ("lookups", "indicators", "deprivation"):
            continue
        hints = get_type_hints(record)
        found += [(section.name, key.name, values_of(hints[key.name])) for key in dataclasses.fields(record)]
    # Pictures are slow, and are drawn of whatever was made.
    return [choice for choice in found if choice[1] not in ("maps", "path")]


def recipe_with(folder: Path, drawn: list[tuple[str, str, object]]) -> Recipe:
    values = tomllib.loads((folder / "assessment.toml").read_text())
    values["outputs"] = {"maps": False}
    for section, key, value in drawn:
        values.setdefault(section, {})[key] = value
    if "uncertainty" in values:
        values["uncertainty"].setdefault("base", 16)
    return parse_recipe(values, folder=folder)


CHOICES = choices()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_run_never_fails_for_a_reason_that_no_check_tells(own, data):
    drawn = []
    for section, key, values in data.draw(st.lists(st.sampled_from(CHOICES), min_size=1, max_size=2)):
        drawn.append((section, key, data.draw(values)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            recipe = recipe_with(own, drawn)
        except SocharmError:
            return  # both begin by parsing
        problems = check_assessment(recipe).problems
        said = ""
        try:
            run_assessment(recipe)
        except SocharmError as error:
            said = str(error)
    assert bool(problems) == bool(said), (drawn, problems, said)
    assert not said or said in problems, (drawn, problems, said)


def test_a_good_recipe_has_no_problem_and_its_run_ends_well(own):
    assert check_assessment(own / "assessment.toml").problems == ()
    assert run_assessment(load_recipe(own / "assessment.toml")).table["rank"].notna().sum() == 11
