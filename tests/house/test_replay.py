"""Every stored result can be replayed: by its settings alone, and with one choice changed."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from fuzz_cases import call, clean, right_arguments
from worlds import PUBLIC, REPLAYED, record_of

from socharm._record import settings_as_dict
from socharm._settings import GIVEN, Settings, annotations_of
from socharm.errors import ParameterError, SocharmError
from socharm.io.lookups import read_lookup

pytestmark = pytest.mark.filterwarnings("ignore")


def test_every_function_with_settings_is_replayed():
    takes = {name for name, function in PUBLIC.items() if "settings" in inspect.signature(function).parameters}
    # Settings of a release are any that its tables were made with; rules of maps, noise and disclosure are no choices
    # of a result, but what is asked of it.
    others = {"register_release", "released_statements", "guess_counts", "lint_map", "protect_tables"}
    assert takes - REPLAYED.keys() <= others
    assert len(REPLAYED) >= 38


def parts_of(name: str, world: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Right arguments of a function: data, and choices."""
    right = {key: value for key, value in right_arguments(world)[name]().items() if value is not None}
    record = record_of(PUBLIC[name])
    assert record is not None
    fields = {entry.name: entry for entry in dataclasses.fields(record)}
    chosen = {key for key in right if key in fields and not Settings.is_data(fields[key], right[key])}
    return {key: value for key, value in right.items() if key not in chosen}, {key: right[key] for key in chosen}


def settings_of(result: Any, name: str, choices: dict[str, Any]) -> Settings:
    """The settings that a result holds; those that its keywords make, of a result that has no room for them."""
    record = record_of(PUBLIC[name])
    assert record is not None
    held = (
        [value for value in vars(result).values() if isinstance(value, record)] if hasattr(result, "__dict__") else []
    )
    usual = {
        key: p.default for key, p in inspect.signature(PUBLIC[name]).parameters.items() if p.default is not p.empty
    }
    return held[0] if held else record.joined(None, choices, usual)


def same(one: Any, two: Any) -> bool:
    """Whether two results are the same to the last digit; what cannot be compared is taken as it is."""
    if isinstance(one, gpd.GeoDataFrame):
        return bool(one.geom_equals(two).all()) and same(pd.DataFrame(one), pd.DataFrame(two))
    if isinstance(one, (pd.DataFrame, pd.Series)):
        return bool(one.equals(two))
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, two, equal_nan=one.dtype.kind == "f"))
    if dataclasses.is_dataclass(one):
        pairs = ((getattr(one, f.name), getattr(two, f.name)) for f in dataclasses.fields(one))
        return all(same(left, right) for left, right in pairs)
    if isinstance(one, (tuple, list)):
        return len(one) == len(two) and all(map(same, one, two))
    if hasattr(one, "adjacency"):
        return same(one.adjacency, two.adjacency)
    if isinstance(one, (str, int, bool, type(None))):
        return bool(one == two)
    return type(one) is type(two)


@pytest.mark.parametrize("name", REPLAYED)
def test_settings_alone_give_the_result_again(tiny, name):
    data, choices = parts_of(name, tiny)
    first = call(name, {**data, **choices})
    stored = settings_of(first, name, choices)
    again = call(name, {**data, "settings": stored})
    assert same(first, again)
    assert settings_of(again, name, settings_as_dict(stored)) == stored
    # As a manifest holds them.
    plain = json.loads(json.dumps(settings_as_dict(stored)))
    assert settings_of(call(name, {**data, "settings": plain}), name, plain) == stored
    clean(tiny)


def others(kind: Any, value: Any) -> list[Any]:
    """Other values that a setting could have."""
    if typing.get_origin(kind) is typing.Annotated:
        return others(typing.get_args(kind)[0], value)
    if typing.get_origin(kind) is Literal:
        return [choice for choice in typing.get_args(kind) if choice != value]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [found for part in typing.get_args(kind) for found in others(part, value)]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, float):
        return [value * 0.9, value + 0.01]
    if isinstance(value, tuple) and len(value) > 1:
        return [value[:-1]]
    if value is None and kind is int:
        return [100_000]  # ranks that run to that number
    return [value + 1, value * 2] if isinstance(value, int) else []


@pytest.mark.parametrize("name", REPLAYED)
def test_one_changed_choice_changes_that_one_setting(tiny, name):
    data, choices = parts_of(name, tiny)
    stored = settings_of(call(name, {**data, **choices}), name, choices)
    usual = {key for key, p in inspect.signature(PUBLIC[name]).parameters.items() if p.default is not p.empty}
    changed = 0
    for key, kind in annotations_of(type(stored)).items():
        for value in others(kind, getattr(stored, key)) if key in usual else []:
            try:
                made = call(name, {**data, "settings": stored, key: value})
            except SocharmError:
                continue  # a choice that these data do not bear
            assert settings_of(made, name, {**settings_as_dict(stored), key: value}) == dataclasses.replace(
                stored, **{key: value}
            )
            changed += 1
            break
        if changed == 2:
            break
    assert changed
    clean(tiny)


def test_data_in_place_of_a_name_are_given_again():
    rows = pd.DataFrame({"s": ["A", "A"], "t": ["X", "Y"]})
    sizes = pd.Series([1.0, 3.0], index=["X", "Y"])
    first = read_lookup(rows, source="s", target="t", shares=sizes)
    assert first.settings.shares == GIVEN
    assert same(read_lookup(rows, shares=sizes, settings=first.settings), first)
    with pytest.raises(ParameterError, match="`shares` of `settings` was given as data"):
        read_lookup(rows, settings=first.settings)


def test_options_of_tables_are_keywords_of_their_readers():
    taken = inspect.signature(read_lookup).parameters
    assert (taken["sheet"].default, taken["skip_rows"].default) == (None, 0)
    assert inspect.signature(PUBLIC["read_offence_counts"]).parameters["thousands"].default == ","
    assert "counted from 1 as a spreadsheet counts" in (read_lookup.__doc__ or "")
    with pytest.raises(TypeError, match=r"read_lookup\(\) got an unexpected keyword argument 'shet'"):
        read_lookup(pd.DataFrame({"s": ["A"], "t": ["X"]}), source="s", target="t", shet="Data")
