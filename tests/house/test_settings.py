"""Each choice is stated once: signatures, settings, recipe and its commented template say the same."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import inspect
import json
import tomllib
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pytest
from factories import make_counts, make_weights
from worlds import REPLAYED, record_of

import socharm
from socharm._arguments import checked
from socharm._constraints import Above, AtLeast, Missing, PowerOfTwo, UpTo
from socharm._record import settings_as_dict
from socharm._settings import Settings, annotations_of, recipe_fields, setting
from socharm.assessment.first_look import recipe_faults
from socharm.assessment.recipe_file import parse_recipe, recipe_as_dict, recipe_of_manifest, whole_kind
from socharm.assessment.sections import sections_of
from socharm.assessment.template import template_text
from socharm.composite.text import load_composite_recipe
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.concentration import classify_concentration
from socharm.ranking.confidence_sets import rank_confidence_sets
from socharm.ranking.events import rank_without_events
from socharm.ranking.ranks import rank_areas
from socharm.ranking.uncertainty import rank_uncertainty
from socharm.severity.index import severity_index

PACKAGE = Path(socharm.__file__).parent
Recipe = whole_kind()
TEMPLATE = template_text()
FUNCTIONS = tuple(REPLAYED.values())
#: Defaults of a function that differ from those of its settings, which another function has too.
OWN_DEFAULTS = {("global_g", "column"), ("global_g", "weights")}
MINIMAL = {
    "assessment": {"period": ["2025-04", "2025-09"], "seed": 7},
    "areas": {"path": "wards.gpkg", "code": "WD25CD"},
    "incidents": {"path": "police-uk"},
}


def with_default(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_keywords_and_settings_say_the_same(function):
    record, parameters = record_of(function), inspect.signature(function).parameters
    hints = typing.get_type_hints(inspect.unwrap(function), include_extras=True)
    for entry in dataclasses.fields(record):
        if entry.name in record.__said_by__:
            assert record.__said_by__[entry.name] in parameters
            continue
        parameter = parameters[entry.name]
        stated = parameter.default
        if entry.default is dataclasses.MISSING:
            assert stated is None  # to be stated by keyword or in `settings`
        elif (function.__name__, entry.name) not in OWN_DEFAULTS:
            kept = entry.default
            assert (with_default(stated) if isinstance(kept, tuple) else stated) == kept, entry.name
        kind = annotations_of(record)[entry.name]
        plain = not str(kind).startswith(("tuple", "dict")) and "tuple[" not in str(kind)
        if plain and stated is not None and not entry.metadata["or_data"]:
            assert hints[entry.name] == kind, entry.name


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_choice_has_a_line_of_meaning(function):
    for entry in dataclasses.fields(record_of(function)):
        assert len(entry.metadata["says"]) > 5, entry.name


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
#: Uses where nothing else can be stated: draws that memory bounds where none are, and sectors that a profile asks for.
USED_AS_IS = {("ranking/confidence_sets.py", "DRAWS"), ("profiles/gaps.py", "CORE_SECTORS")}


def test_no_function_takes_the_default_of_a_setting_for_the_setting():
    """What a recipe or a keyword states would else be left aside without a word."""
    defaults = {
        call.args[0].id
        for tree in TREES.values()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "setting" and call.args
        and isinstance(call.args[0], ast.Name)
    }  # fmt: skip
    assert {"WARN_HARM_SHARE", "WARN_SHARE", "DRAWS"} <= defaults
    used = {
        (path.relative_to(PACKAGE).as_posix(), name.id)
        for path, tree in TREES.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for line in function.body
        for name in ast.walk(line)
        if isinstance(name, ast.Name) and name.id in defaults
    }
    assert used == USED_AS_IS


def test_limits_of_resources_stand_in_one_module():
    """No other module states a number by a name that begins as those do."""
    odd = [
        (path.relative_to(PACKAGE).as_posix(), line.target.id)
        for path, tree in TREES.items()
        if path.name != "_limits.py"
        for line in tree.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        and line.target.id.lstrip("_").startswith("MAX_")
    ]  # fmt: skip
    assert odd == []
    asked = [
        (path.relative_to(PACKAGE).as_posix(), call.lineno)
        for path, tree in TREES.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "require_within"
        and isinstance(call.args[1], ast.Name) and call.args[1].id.isupper() and not call.args[1].id.startswith("MAX_")
    ]  # fmt: skip
    assert asked == []


def test_every_key_of_a_recipe_has_a_line_of_meaning():
    for record in sections_of(Recipe).values():
        for entry in recipe_fields(record):
            assert len(entry.metadata["says"]) > 5, (record, entry.name)


# replaying


COUNTS = make_counts(
    np.array([[[3 * n + 2 + month, n % 3] for month in range(3)] for n in range(10)]).swapaxes(1, 2),
    offences=["burglary", "robbery"],
)
WEIGHTS = make_weights({"burglary": 10.0, "robbery": 90.0})


def index_of_ten(**choices):
    return severity_index(COUNTS, WEIGHTS, **choices)


def test_a_stored_result_is_replayed_with_one_choice_changed():
    index = index_of_ten()
    first = rank_areas(index, draws=200, seed=4, top=[3], exact=0.9)
    again = rank_areas(index, settings=first.settings)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert again.settings == first.settings
    other = rank_areas(index, settings=first.settings, draws=100)
    assert other.settings == dataclasses.replace(first.settings, draws=100)
    # As a manifest holds them: lists of plain values.
    stored = json.loads(json.dumps(settings_as_dict(first.settings)))
    assert rank_areas(index, settings=stored).settings == first.settings


def test_a_default_that_is_stated_counts_as_stated():
    index = index_of_ten()
    few = rank_areas(index, draws=100, seed=4).settings
    assert rank_areas(index, settings=few, draws=10_000).settings.draws == 10_000
    assert rank_areas(index, settings=few, seed=5).settings.seed == 5


@pytest.mark.parametrize(
    ("function", "needs", "changed"),
    [
        (rank_confidence_sets, {"seed": 3, "draws": 200}, {"level": 0.9}),
        (rank_without_events, {}, {"events": 2}),
        (classify_concentration, {"seed": 3, "resamples": 20}, {"resamples": 30}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_other_results_of_an_index_are_replayed(function, needs, changed):
    index = index_of_ten()
    first = function(index, **needs)
    again = function(index, settings=first.settings)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert function(index, settings=first.settings, **changed).settings == dataclasses.replace(
        first.settings, **changed
    )


def test_an_index_is_replayed_and_its_points_take_its_choices():
    first = index_of_ten(transform="sqrt", exclude=["robbery"])
    again = index_of_ten(settings=first.settings, per=1_000)
    assert again.settings == dataclasses.replace(first.settings, per=1_000.0)
    assert first.findings.level == "offence"


def test_the_seed_must_be_stated():
    with pytest.raises(ParameterError, match=r"`seed` is missing\. State it: any whole number"):
        rank_areas(index_of_ten())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"drawz": 3}, r"holds 'drawz'.* Did you mean 'draws'\?"),
        ({"draws": 0, "seed": 1}, r"`draws` is 0; it must be"),
        ({"seed": 1, "horizon": "next period", "estimand": "realised"}, "Use one of them"),
    ],
)
def test_settings_that_are_none_are_told(given, told):
    with pytest.raises(ParameterError, match=told):
        rank_areas(index_of_ten(), settings=given)


#: Settings without a default.
NEEDED = {
    "seed": 1, "by": ["area_code"], "k": 3, "measure": "rate", "code": "a", "value": "b", "kind": "resident",
    "date": "2025-01-01", "source": "a", "target": "b", "period": "2025-04", "on": dt.date(2026, 1, 1),
    "recipe": load_composite_recipe("vli"), "radius_m": 60.0,
}  # fmt: skip
ODD = {bool: ("no", "yes", 1, 0), int: ("7", True, 7.5), float: ("7", True), str: (3, True, b"rate")}


def usual(entry: dataclasses.Field[Any]) -> bool:
    return entry.default is not dataclasses.MISSING or entry.default_factory is not dataclasses.MISSING


def scalar_of(annotation: Any) -> type | None:
    """The one kind of single value that a field takes, leaving None aside; None where it takes several."""
    if typing.get_origin(annotation) is Annotated:
        return scalar_of(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) is Literal:
        return type(typing.get_args(annotation)[0])
    parts = [part for part in typing.get_args(annotation) if part is not type(None)]
    if len(parts) == 1 and type(None) in typing.get_args(annotation):
        return scalar_of(parts[0])
    return annotation if annotation in ODD else None


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_mapping_of_settings_is_as_strict_as_the_keywords(function):
    record = record_of(function)
    needed = {e.name: NEEDED[e.name] for e in dataclasses.fields(record) if e.name in NEEDED and not usual(e)}
    tried = 0
    for name, kind in annotations_of(record).items():
        for value in ODD.get(scalar_of(kind), ()):
            with pytest.raises(ParameterError, match=f"`{name}` is "):
                record.joined({**needed, name: value}, {}, {})
            tried += 1
    assert tried or not any(scalar_of(kind) in ODD for kind in annotations_of(record).values())


def test_a_mapping_of_settings_may_hold_numbers_of_numpy():
    given = {"draws": np.int64(100), "seed": np.int64(4), "exact": np.float64(0.9), "top": [np.int64(3)]}
    made = rank_areas(index_of_ten(), settings=given).settings
    assert made == rank_areas(index_of_ten(), draws=100, seed=4, exact=0.9, top=[3]).settings
    assert isinstance(made.top[0], int)


def test_settings_with_many_names_that_are_not_known_are_told_shortly():
    given = {f"\x1b[31m{'x' * 90_000}{at}": at for at in range(3)}
    with pytest.raises(ParameterError, match=r"\\x1b\[31mx+…' and 2 more that it cannot; it may hold") as told:
        rank_areas(index_of_ten(), settings=given)
    assert len(str(told.value)) < 400
    assert "\x1b" not in str(told.value)


@pytest.mark.parametrize(("key", "value", "told"), [("top", 5, "5"), ("top", "10%", "'10%'")])
def test_one_value_in_a_mapping_is_no_list(key, value, told):
    """A keyword may take one for a list, as its annotation says; what is stored is a list always."""
    with pytest.raises(ParameterError, match=rf"`{key}` of `settings` is {told}; give a list, such as \[{told}\]"):
        rank_areas(index_of_ten(), settings={"seed": 1, "draws": 100, key: value})


def test_a_factor_alone_is_no_list_of_factors():
    with pytest.raises(ParameterError, match=r"`tau` of `settings` is 5; give a list, such as \[5\]"):
        rank_uncertainty(COUNTS, WEIGHTS, settings={"seed": 1, "base": 16, "tau": 5})
    with pytest.raises(ParameterError, match="`tau` is 5; it must be a list"):
        rank_uncertainty(COUNTS, WEIGHTS, seed=1, base=16, tau=5)


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"top": range(1, 102)}, "`top` holds 101 sizes; at most 100 are taken"),
        ({"pairs": [("A0", "A1")] * 10_001}, "`pairs` holds 10,001 pairs; at most 10,000 are taken"),
    ],
)
def test_lists_that_no_report_holds_are_refused(choices, told):
    stated = {key: list(value) for key, value in choices.items()}
    with pytest.raises(ParameterError, match=told):
        rank_areas(index_of_ten(), seed=1, **stated)
    with pytest.raises(ParameterError, match=told):
        rank_uncertainty(COUNTS, WEIGHTS, seed=1, **stated)
    section = {key: [list(v) if isinstance(v, tuple) else v for v in value] for key, value in choices.items()}
    with pytest.raises(SchemaError, match=told):
        parse_recipe({**MINIMAL, "ranking": section})


def test_alternatives_that_no_design_runs_are_refused():
    with pytest.raises(ParameterError, match="`tau` holds 101 alternatives; at most 100 are taken"):
        rank_uncertainty(COUNTS, WEIGHTS, seed=1, tau=[1.0] * 101)


def test_settings_of_another_function_are_refused():
    index = index_of_ten()
    with pytest.raises(ParameterError, match="`settings`"):
        rank_areas(index, settings=index.settings)


# limits


@dataclass(frozen=True, kw_only=True)
class Choices(Settings):
    """Settings of a made-up function."""

    size: Annotated[float, Above(0)] = setting(2.0, "how large")
    names: tuple[str, ...] = setting(("a",), "which ones")
    kind: Literal["x", "y"] = setting("x", "x or y")
    seed: Annotated[int, AtLeast(0)] = setting(says="any number", recipe=False)


@checked
def made(
    *,
    size: Annotated[float, Above(0)] = 2.0,
    names: Any = "a",
    kind: Literal["x", "y"] = "x",
    seed: int | None = None,
    settings: Choices | None = None,
) -> Choices:
    return Choices.of(settings)


def test_keywords_become_the_fields():
    assert made(size=3, names="b", seed=1) == Choices(size=3.0, names=("b",), seed=1)
    assert isinstance(made(size=3, seed=1).size, float)
    assert made(settings=Choices(seed=2, kind="y"), size=1.0) == Choices(size=1.0, kind="y", seed=2)


@pytest.mark.parametrize("wrong", [{"size": 0.0}, {"kind": "z"}, {"names": "ab"}, {"seed": -1}])
def test_a_record_of_settings_checks_its_fields(wrong):
    with pytest.raises(ParameterError, match=f"`{next(iter(wrong))}`"):
        Choices(**{"seed": 1, **wrong})


def test_limits_of_powers_and_open_ends():
    assert [PowerOfTwo(16, 64).holds(n) for n in (8, 16, 24, 64, 128)] == [False, True, False, True, False]
    assert [UpTo(0.5, 1).holds(x) for x in (0.4, 0.5, 0.99, 1.0)] == [False, True, True, False]
    assert UpTo(0.5, 1).words("a number") == "a number from 0.5 to below 1"


# the recipe


def test_the_seed_of_a_recipe_is_that_of_every_section_that_draws():
    recipe = parse_recipe(MINIMAL)
    assert {recipe.stated[name].seed for name in ("ranking", "hotspots", "clusters")} == {7}
    assert "seed" not in recipe_as_dict(recipe)["ranking"]
    with pytest.raises(SchemaError, match=r"ranking\.seed: unknown key\. The seed stands in \[assessment\]"):
        parse_recipe({**MINIMAL, "ranking": {"seed": 3}})


def test_what_protects_persons_is_no_key_of_a_recipe():
    for place in ("heat", "clusters"):
        with pytest.raises(SchemaError, match=rf"{place}\.minimum_events: unknown key"):
            parse_recipe({**MINIMAL, place: {"minimum_events": 1}})


def test_all_limits_of_all_sections_are_told_at_once():
    wrong = {"index": {"per": 0.0}, "hotspots": {"alpha": 1.0}, "ranking": {"exact": 0.0}, "heat": {"bandwidth": -1.0}}
    with pytest.raises(SchemaError) as caught:
        parse_recipe({**MINIMAL, **wrong})
    told = str(caught.value)
    assert "4 faults" in told
    assert "index.per: `per` is 0.0; it must be a number above zero." in told
    assert "hotspots.alpha: `alpha` is 1.0; it must be a number between 0 and 1, ends excluded." in told


def test_a_recipe_of_an_earlier_manifest_is_read():
    old = {**MINIMAL, "composite": {"recipe": "vli", "lacking": "error"}}
    assert recipe_of_manifest(old, folder=".", name="m").stated["composite"].missing == "error"
    left = {**MINIMAL, "index": {"missing": "flag"}}
    assert recipe_of_manifest(left, folder=".", name="m").stated["index"].missing == "leave out"
    with pytest.raises(SchemaError, match=r"index\.missing: 'flag' is called \"leave out\" now"):
        parse_recipe(left)
    first = list(recipe_faults({"index": {"missing": "flag"}}, folder=Path()))
    assert "index.missing: 'flag' is called \"leave out\" now. Write that." in first


def test_stored_settings_of_an_earlier_version_are_replayed_in_the_words_of_this_one():
    assert index_of_ten(settings={"missing": "flag"}).settings.missing == "leave out"
    with pytest.raises(ParameterError, match=r"`missing` is 'flag'; it must be .* called 'leave out' now"):
        index_of_ten(missing="flag")


def test_missing_means_the_same_everywhere():
    """One set of words; every function stops unless told otherwise, and every section of a run leaves out."""
    found = [record_of(function) for function in FUNCTIONS]
    kinds = {record for record in found if "missing" in annotations_of(record) and "tuple" not in
             str(annotations_of(record)["missing"])}  # fmt: skip
    kinds |= {record for record in sections_of(Recipe).values() if annotations_of(record).get("missing") == Missing}
    assert len(kinds) >= 3
    for record in kinds:
        entry = next(e for e in dataclasses.fields(record) if e.name == "missing")
        assert annotations_of(record)["missing"] in (Missing, Missing | None), record
        assert entry.default == "error" or annotations_of(record)["missing"] == Missing | None, record
    recipe = parse_recipe({**MINIMAL, "composite": {}})
    assert {recipe.stated[name].missing for name in ("index", "composite")} == {"leave out"}


# the template


def test_the_template_is_written_from_the_settings():
    assert template_text() == TEMPLATE
    assert max(len(line) for line in TEMPLATE.splitlines()) <= 125


def test_the_template_shows_places_and_all_of_disclosure():
    assert "# micro_places = true" in TEMPLATE
    assert all(f"# {key} = " in TEMPLATE.split("[disclosure]")[1] for key in ("open", "internal", "spread", "variance"))


def test_the_template_parses_back_to_the_defaults():
    """With all its keys off but those that it states, and with every key on that shows its default."""
    stated = parse_recipe(tomllib.loads(TEMPLATE))
    for name, record in sections_of(Recipe).items():
        held = stated.stated.get(name)
        if held in (None, ()):
            continue
        usual = next(e.metadata["usual"] for e in dataclasses.fields(Recipe) if e.name == name)
        for entry in recipe_fields(record):
            if not entry.metadata["on"] and entry.default is not dataclasses.MISSING:
                assert getattr(held, entry.name) == usual.get(entry.name, entry.default), (name, entry.name)
    shown: dict[str, Any] = {}
    section = ""
    for line in TEMPLATE.splitlines():
        bare = line.removeprefix("# ")
        if bare.startswith("["):
            section = "" if line.startswith("#") else bare.split("]")[0].strip("[")
        elif section and " = " in bare and bare.split(" = ")[0].isidentifier():
            key, value = next(iter(tomllib.loads(bare).items()))
            entry = next(e for e in recipe_fields(sections_of(Recipe)[section]) if e.name == key)
            if entry.metadata["example"] is None or entry.metadata["on"]:
                shown.setdefault(section, {})[key] = value
    assert parse_recipe(shown) == stated


def test_a_section_of_two_records_tells_the_faults_of_both():
    """Each record passes the question on, so that none of several bases is left out."""

    def below(kind: type) -> set[type]:
        return {found for sub in kind.__subclasses__() for found in (sub, *below(sub))}

    whole_kind()  # every section is known
    own = {kind for kind in below(Settings) if "_faults" in vars(kind) and kind.__module__.startswith("socharm.")}
    assert len(own) > 8
    deaf = {kind.__name__ for kind in own if "super()._faults()" not in inspect.getsource(vars(kind)["_faults"])}
    assert deaf == set()
    with pytest.raises(SchemaError, match=r"\[incidents\] `accept` names 'no place'"):
        parse_recipe(
            {
                "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
                "areas": {"path": "wards.gpkg", "code": "WD25CD"},
                "incidents": {"path": "police-uk", "accept": ["no place"]},
            }
        )
