"""A function that needs more than eight parameters takes a record, or its parameters are the fields of one."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from worlds import PUBLIC, REPLAYED, record_of

import socharm
from socharm.assessment.compare_snapshots import ComparisonOrder
from socharm.assessment.documents import ProfileOrder
from socharm.assessment.hotspot_table import HotspotFiles
from socharm.rescoring import Annotation
from socharm.sample.synthetic_settings import ForceSettings

PACKAGE = Path(socharm.__file__).parent
MOST = 8
#: Functions whose parameters are the fields of a record that they make, beside those that take ``settings=``.
MIRRORS = {
    "sample.synthetic.make_force": ForceSettings,
    "cli.documents.profile": ProfileOrder,
    "cli.history.annotate": Annotation,
    "cli.compare.compare": ComparisonOrder,
    "cli.hotspots.hotspots": HotspotFiles,
}
#: Functions with more, and why they have no such record.
EXCEPTIONS = {
    "profiles.profile.seed_profile": "each is another thing that people bring: a text, a plan, a comparison, a map",
    "plans.seed.seed_plan": "days, owners and lists of one plan, none of them a choice of method",
    "dashboard.write.write_dashboard": "each is another part of the page: tables, boundaries, statement, plan",
    "maps.choropleth.plot_choropleth": "keywords of one picture, as every function that draws has them",
    "publish.register.register_release": "each is a line of the register, which a role signs for",
    "stats.permutation.weighted_exceedances": "the arrays of a sparse matrix, as the compiled loop takes them",
}


def wide() -> Iterator[tuple[str, list[str]]]:
    """Functions with more than eight parameters, by module and name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                names = [one.arg for one in given if one.arg not in ("self", "cls")]
                if len(names) > MOST:
                    yield f"{module}.{node.name}", names


WIDE = dict(wide())


def own_of(record: Any, names: list[str]) -> list[str]:
    """Parameters that are no fields of a record."""
    fields = {entry.name for entry in dataclasses.fields(record)}
    return [name for name in names if name not in {*fields, "settings"}]


def mirrored(name: str) -> Any:
    """The record whose fields the parameters of a function are; None where there is none."""
    function = REPLAYED.get(name.rpartition(".")[2])
    if function is not None and inspect.unwrap(function).__module__ == f"socharm.{name.rpartition('.')[0]}":
        return record_of(function)
    return MIRRORS.get(name)


@pytest.mark.parametrize("name", WIDE)
def test_many_parameters_are_those_of_a_record(name):
    record = mirrored(name)
    if name in EXCEPTIONS:
        assert record is None
        return
    assert record is not None, f"{name} has {len(WIDE[name])} parameters: {WIDE[name]}"
    own = own_of(record, WIDE[name])
    assert len(own) <= MOST, own
    assert len(own) < len(WIDE[name]) - 1


def test_the_exceptions_are_functions_that_there_are():
    assert WIDE.keys() >= EXCEPTIONS.keys() | MIRRORS.keys()
    assert not [name for name in EXCEPTIONS if name.rpartition(".")[2].startswith("_")]


#: Functions with choices that are none of a result that could be replayed, by what they make.
NOT_REPLAYED = {
    "a picture": ("plot_", "save_figure", "describe_choropleth"),
    "a page or a document": ("explore", "write_dashboard", "seed_profile", "seed_profiles"),
    "rows of a record, not a result": ("strengths_and_weaknesses",),
    "what is read of a plan that others wrote": ("read_plan",),
    "a run, whose choices are those of its recipe": ("run_assessment", "run_many", "rescore"),
    "the analysis of a protocol, whose choices are registered in it": ("evaluate",),
    "measures of an official table, whose choices are those of `read_indicators`": ("read_official",),
    "what is kept in memory, not what comes out": ("locate_incidents",),
    "one number of a formula, whose keywords are its terms": ("smallest_fall",),
    "a table of rates by a formula, whose keywords are its terms": ("standardised_rates",),
    "a table of all ways to make classes, of a number that the map states": ("class_fit",),
    "statements about tables that hold their settings themselves": ("exact_statements",),
}
PLAIN = (bool, int, float)


def is_choice(annotation: Any) -> bool:
    """Whether an annotation asks for a number, a switch or one of a few words."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return is_choice(inner[0])
    if origin in (typing.Union, types.UnionType):
        return any(map(is_choice, inner))
    return annotation in PLAIN or origin is Literal


def choices_of(function: Any) -> list[str]:
    """Keywords of a public function that are choices."""
    inner = inspect.unwrap(function)
    hints = typing.get_type_hints(inner, include_extras=True)
    given = inspect.signature(function).parameters.values()
    return [p.name for p in given if p.kind is p.KEYWORD_ONLY and is_choice(hints.get(p.name))]


CHOOSING = {
    name: found for name, function in PUBLIC.items()
    if "." not in name and name not in REPLAYED and (found := choices_of(function))
}  # fmt: skip


def test_every_function_with_choices_takes_settings():
    prefixes = tuple(prefix for names in NOT_REPLAYED.values() for prefix in names)
    assert {name: found for name, found in CHOOSING.items() if not name.startswith(prefixes)} == {}
    assert [prefix for prefix in prefixes if not any(name.startswith(prefix) for name in CHOOSING)] == []


#: Keywords of one name with several defaults, and why: what they ask differs from function to function.
SEVERAL = {
    "model": "a map of one period needs a population, cases with dates do not",
    "missing": "words of a file that mean missing; or what becomes of an area that an input says nothing of",
    "resamples": "a bootstrap of areas, of clusters, or of months: each takes another time for one draw",
    "level": "of an interval, and of a test",
    "by": "what an event counts as, what a count is of, and what a statement is about",
    "transform": "one scale of weights, or several as alternatives; and how rates are brought to one variance",
    "column": "a test by permutation needs values that can be exchanged, all others the shrunk rate",
    "permutations": "one test of the whole map needs fewer than one test of each area; local Geary and pairs are slow",
    "horizon": "which period a rank is of, and how many months ahead a list is judged",
    "top": "sizes that a probability is given for, and how many areas are taken",
    "measure": "what is ranked, and the column that names a measure",
    "weights": "Getis and Ord's G adds up values as they are, Moran and Geary take means",
    "k": "sizes of the top, and classes of a map",
    "errors": "rows stand side by side, months of a series go together, and areas vary as others of their kind",
    "least_events": "effective events below which nothing is said, and events of a chain that is listed",
    "n": "rows of a list, donors; placebo sites, as a p-value needs hundreds; worlds, as a power needs thousands",
    "months": "how many after a start, and whether a test looks at months one by one",
    "workers": "recipes at once; a run begins no process that it is not asked for, as it may be one of many",
    "minimum_share": "of a threat, which holds several kinds of crime, and of one kind of crime",
}


def test_a_keyword_has_one_default_everywhere():
    found: dict[str, set[str]] = {}
    for name, function in PUBLIC.items():
        if "." in name or name.startswith("plot_"):
            continue
        for key, parameter in inspect.signature(function).parameters.items():
            if parameter.default not in (parameter.empty, None):
                found.setdefault(key, set()).add(repr(parameter.default))
    assert {key for key, usual in found.items() if len(usual) > 1} == set(SEVERAL)
