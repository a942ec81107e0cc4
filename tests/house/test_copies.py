"""Every public record can be pickled and copied: handed to another process, kept between sessions."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import pytest
from fuzz_cases import right_arguments
from geopandas.testing import assert_geodataframe_equal
from scipy import sparse

import socharm as sh
from socharm._packages import public_names, public_object
from socharm.io.incidents.text_file import Told

#: Every public class but the errors: what functions return, and what they are given.
RECORDS = sorted(
    name
    for name in public_names()
    if inspect.isclass(found := public_object(name)) and not issubclass(found, BaseException)
)
#: Records that only recipes of a composite index and side texts of profiles hold.
BY_HAND = (
    sh.rescoring.Revisions(**dict.fromkeys(("months", "cells", "ranks", "not_told"), pd.DataFrame())),
    *(sh.composite.load_composite_recipe(name) for name in ("imd", "place-based-harm", "vli")),
    sh.composite.ScreenStep(least_area=0.5),
    sh.composite.ImputeStep(method="median"),
    sh.composite.TreatStep(),
    sh.composite.DomainSpec(name="crime"),
    sh.composite.Elicitation(points={"analyst": {"harm": 60.0, "trust": 40.0}}),
    sh.profiles.Survey(question="satisfied", yes=30, asked=40, period="2025", provider="police"),
    sh.profiles.Theme(text="Lights are out.", provider="council", period="2025"),
    sh.profiles.KnownThreat(threat="drug supply", provider="police", period="2025", ocgs=2),
)


def parts_of(value: Any) -> Iterable[Any]:
    """What a value is made of, one step down."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, entry.name) for entry in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, partial):
        return [value.func, value.args, value.keywords]
    return list(value) if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, (str, bytes)) else ()


@pytest.fixture(scope="module")
def found(tiny, called) -> dict[str, Any]:
    """One object of each class of ours that right calls of all public functions take and give, by its name."""
    objects: dict[str, Any] = {}
    seen: dict[int, Any] = {}  # which keeps them, so that no number is given twice

    def look(value: Any) -> None:
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if id(each) not in seen:
                seen[id(each)] = each
                if type(each).__module__.startswith("socharm") and not isinstance(each, type):
                    objects.setdefault(type(each).__name__, each)
                waiting += parts_of(each)

    look(vars(tiny))
    for name in right_arguments(tiny):
        look(called(name).given)
        look(called(name).made)
    look(BY_HAND)
    return objects


def same(one: Any, other: Any) -> bool:
    """Whether two values hold the same, whatever they are made of."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Told):
        return True  # grows while a source is read
    if isinstance(one, gpd.GeoDataFrame):
        assert_geodataframe_equal(one, other)
        return True
    if isinstance(one, (pd.DataFrame, pd.Series, pd.Index)):
        return bool(one.equals(other))
    if isinstance(one, (pl.DataFrame, pl.Series)):
        return one.equals(other)
    if isinstance(one, pl.LazyFrame):
        return one.collect().equals(other.collect())
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if sparse.issparse(one):
        return (one != other).nnz == 0
    if parts := parts_of(one):
        others = list(parts_of(other))
        return len(parts) == len(others) and all(same(*pair) for pair in zip(parts, others, strict=True))
    if type(one).__module__.startswith("socharm") and type(one).__eq__ is object.__eq__:
        return same(vars(one), vars(other))
    return bool(one == other) or one != one


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.deepcopy, copy.copy])
@pytest.mark.filterwarnings("ignore")
def test_every_public_record_can_be_pickled_and_copied(found: dict[str, Any], name: str, again: Callable[[Any], Any]):
    made = again(found[name])
    assert same(found[name], made)
    assert repr(made) == repr(found[name])


def test_what_stands_inside_records_can_be_pickled_too(found: dict[str, Any]):
    faults = {}
    for name, value in found.items():
        try:
            pickle.dumps(value)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            faults[name] = str(error)
    assert faults == {}
