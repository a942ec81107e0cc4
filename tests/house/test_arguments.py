"""The validator at the door of public functions: every one has it, and it says what to give."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from worlds import PUBLIC

import socharm
from socharm._arguments import _field_kinds, _rules_of, check_fields, checked
from socharm._constraints import Above, AtLeast, Between, Filled, Frame, Infinite, OneOf, Share
from socharm._limits import require_memory
from socharm._packages import public_names, public_object
from socharm._value_kinds import shown
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.ranking.ranks import Ranking

#: Public functions without the validator, with the reason.
EXCEPT: dict[str, str] = {}


RECORDS = {name: value for name in public_names() if is_dataclass(value := public_object(name))}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_is_checked_at_its_door(name):
    assert hasattr(PUBLIC[name], "__socharm_checked__") or name.split(".")[0] in EXCEPT


@pytest.mark.parametrize("name", RECORDS)
def test_every_public_record_checks_each_of_its_fields(name):
    kinds = _field_kinds(RECORDS[name])
    free = {field.name for field in fields(RECORDS[name])} - kinds.keys()
    assert free <= {"frame"}  # incidents, of any library of tables
    assert {key for key, kind in kinds.items() if kind.fits(object())} == set()
    asked = {f.name: object() for f in fields(RECORDS[name]) if f.default is f.default_factory is MISSING}
    with pytest.raises(ParameterError, match=r"is an object; (it must be|give) "):
        RECORDS[name](**{next(iter(kinds)): object(), **asked})


@pytest.mark.parametrize("name", PUBLIC)
def test_every_annotation_is_a_rule(name):
    inner = inspect.unwrap(PUBLIC[name])
    free = {*inspect.signature(inner).parameters} - {"self", "cls", *_rules_of(inner).kinds}
    assert free <= {"known", "settings"}  # `**known` is told by what it names; settings of a release are any JSON


def records_in(annotation: str) -> set[str]:
    """Public records that a written annotation names."""
    return set(re.findall(r"\w+", annotation)) & RECORD_NAMES


FUNCTIONS = {name: inspect.unwrap(value) for name, value in PUBLIC.items() if "." not in name}
RECORD_NAMES = {name for name in public_names() if inspect.isclass(public_object(name))}


def test_every_record_that_is_asked_for_names_the_functions_that_return_it():
    """So that whoever gives another thing is told where to get it; a new method states it beside its record."""
    wanted = {
        record
        for function in FUNCTIONS.values()
        for key, text in function.__annotations__.items()
        if key != "return"
        for record in records_in(str(text))
    }
    assert {"SeverityIndex", "Counts", "Statement", "HarmPoints"} <= wanted
    makers: dict[str, set[str]] = {}
    for name, function in FUNCTIONS.items():
        for record in records_in(str(function.__annotations__["return"])):
            makers.setdefault(record, set()).add(name)
    told = {name: set(vars(public_object(name)).get("__made_by__", ())) for name in RECORD_NAMES}
    alone = {name for f in FUNCTIONS.values() for name in RECORD_NAMES if f.__annotations__["return"] == name}
    assert [name for name in sorted(wanted & alone) if not told[name]] == []
    assert {name: stated for name, stated in told.items() if not stated <= makers.get(name, set())} == {}


def asked(annotation):
    """A checked function of one argument; it returns what it was handed."""

    def function(value):
        return value

    function.__annotations__ = {"value": annotation}
    return checked(function)


WHOLE = 2**63

REFUSED = [
    (int, True), (int, 1.0), (int, "1"), (int, None), (int, WHOLE), (int, -WHOLE - 1), (int, np.float64(1)),
    (int, np.array(1)), (int, pd.NA), (int, 10**5000),
    (float, np.nan), (float, np.inf), (float, "1"), (float, True), (float, 10**400), (float, pd.NaT), (float, 1j),
    (bool, 1), (bool, 0), (bool, "yes"), (bool, None), (bool, np.array([True])),
    (str, b"x"), (str, None), (str, 1),
    (str, "half \ud800"), (Sequence[str], ["\ud800"]), (Mapping[str, int], {"\udfff": 1}),
    (Path, None), (Path, b"x"), (Path, ""), (Path, "  "), (Path, "a\0b"), (Path, 0),
    (str | Path, b"x"), (str | Path, ""),
    (Sequence[str], "abc"), (Sequence[str], b"abc"), (Sequence[str], {"a"}), (Sequence[str], {"a": 1}),
    (Sequence[str], ["a", 1]), (Sequence[int], pd.Series([1.5])), (Sequence[str], pd.DataFrame()),
    (Sequence[str], np.array([["a"]])), (Collection[str], "abc"), (Iterable[str], "abc"), (Iterable[str], iter([1])),
    (tuple[str, str], ("a",)), (tuple[str, str], ["a", "b"]), (tuple[str, ...], ["a"]),
    (Mapping[str, float], {"a": "b"}), (Mapping[str, float], {1: 1.0}), (Mapping[str, float], [("a", 1.0)]),
    (Literal["a", "b"], "c"), (Literal[1], True), (Literal["a"], np.array(["a"])),
    (Callable[[str], None], "print"), (Callable[[str], None], int), (Callable[[str], None], lambda: None),
    (Callable[[str, int], None], lambda x: None), (dt.date, dt.datetime(2026, 1, 1)), (dt.date, pd.Timestamp("2026")),
    (dt.date, "2026-01-01"), (dt.datetime, pd.NaT), (dt.datetime, dt.date(2026, 1, 1)),
    (pd.DataFrame, pd.Series([1])), (pd.Series, [1]), (int | None, "x"), (Ranking, pd.DataFrame()),
    (pd.DataFrame, pd.concat({"a": pd.DataFrame({"n": [1]})}, axis=1)),
    (Frame, pd.concat({"a": pd.DataFrame({"n": [1]})}, axis=1)),
    (Frame, [1]), (Frame, {"a": [1]}), (Frame, pd.Series([1])), (Frame, "x"), (Frame, pd.DataFrame),
    (Annotated[int, Between(1, 5)], 6), (Annotated[int, AtLeast(0)], -1), (Annotated[float, Above(0)], 0),
    (Annotated[float, Above(0, 1)], 2), (Annotated[float, Share()], 1), (Annotated[float, Share(ends=True)], 1.1),
    (Annotated[str, OneOf("a")], "b"), (Annotated[str, Filled()], " "), (Annotated[float, Infinite()], np.nan),
    (Annotated[float, Infinite()], "x"), (Annotated[int, AtLeast(0)] | Sequence[str], -1),
]  # fmt: skip

ACCEPTED = [
    (int, 3), (int, WHOLE - 1), (float, 1), (float, 2.5), (bool, True),
    (str, ""), (Path, "x"), (Path, Path("x")), (str | Path | pd.DataFrame, pd.DataFrame()),
    (Sequence[str], []), (Sequence[str], ("a",)), (Collection[str], {"a"}), (Collection[str], {"a": 1}),
    (tuple[str, ...], ("a", "b")), (Mapping[str, float], {"a": 1}), (Literal["a"], "a"), (Literal[-1, 0], -1),
    (Callable[[str], None], print), (Callable[[str], None], [].append), (Callable[[str], None], lambda *a: None),
    (dt.date, dt.date(2026, 1, 1)), (dt.datetime, dt.datetime(2026, 1, 1)),
    (int | None, None), (Frame, pd.DataFrame({"a": [1]})), (Annotated[float, Share(ends=True)], 1),
    (Annotated[float, Infinite()], np.inf), (Annotated[int, AtLeast(0)] | Sequence[str], 0),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value"), REFUSED, ids=range(len(REFUSED)))
def test_a_wrong_kind_is_refused_in_one_sentence(annotation, value):
    with pytest.raises(ParameterError, match=r"^`value` (is|holds|has) .*(must be|give|name|Correct) .*\.$"):
        asked(annotation)(value)


@pytest.mark.parametrize(("annotation", "value"), ACCEPTED, ids=range(len(ACCEPTED)))
def test_a_right_kind_passes_as_it_is(annotation, value):
    assert asked(annotation)(value) is value


@pytest.mark.parametrize(
    ("annotation", "value", "own"),
    [
        (int, np.int8(3), 3), (float, np.float32(2), 2.0), (float, np.int64(2), 2), (bool, np.True_, True),
        (str, np.str_("x"), "x"), (int | None, np.uint16(3), 3),
        (Annotated[int, AtLeast(0)] | Sequence[str], np.int64(3), 3),
    ],
)  # fmt: skip
def test_numbers_of_numpy_are_handed_on_as_pythons_own(annotation, value, own):
    assert type(asked(annotation)(value)) is type(own)
    assert asked(annotation)(value) == own


def test_columns_and_iterators_are_handed_on_as_lists():
    assert asked(Sequence[str])(pd.Index(["a", "b"])) == ["a", "b"]
    assert asked(Sequence[int])(np.array([1, 2])) == [1, 2]
    assert asked(Iterable[int])(iter([1, 2])) == (1, 2)
    with pytest.raises(RefusedError, match="gives more than 1,000,000 items"):
        asked(Iterable[int])(itertools.count())


def test_a_table_of_another_library_is_told_how_it_becomes_one_of_pandas():
    table = pl.DataFrame({"A": [1.0]})
    with pytest.raises(ParameterError, match=r"`value` is a DataFrame of polars; it must be .*its `\.to_pandas\(\)`"):
        asked(pd.DataFrame | None)(table)
    with pytest.raises(ParameterError, match=r"`value` is a LazyFrame of polars; .*`\.collect\(\)\.to_pandas\(\)`"):
        asked(pd.DataFrame)(table.lazy())
    with pytest.raises(ParameterError, match=r"`value` is a Series of polars; it must be a Series of pandas"):
        asked(pd.Series)(table["A"])
    with pytest.raises(ParameterError, match=r"`value` is a DataFrame of polars; .*or a DataFrame of pandas"):
        asked(Ranking | pd.DataFrame)(table)
    assert asked(pd.DataFrame)(table.to_pandas()).shape == (1, 1)


def test_values_in_places_are_counted():
    with pytest.raises(ParameterError, match=r"`value` holds 1 value; it must be a tuple of 2 values, each text\."):
        asked(tuple[str, str])(("a",))
    with pytest.raises(ParameterError, match=r"`value` holds 3; it must be a tuple of 2 values: text and a number\."):
        asked(tuple[str, float])((3, 3))
    with pytest.raises(ParameterError, match=r"`value` is a list; it must be a tuple of 2 values"):
        asked(tuple[str, str])(["a", "b"])


def test_messages_say_what_to_give():
    with pytest.raises(ParameterError, match=r"`value` is a DataFrame; give what `rank_areas` returns\."):
        asked(Ranking)(pd.DataFrame())
    with pytest.raises(ParameterError, match=r"`value` is the text 'drugs'; give a list, such as \['drugs'\]\."):
        asked(Sequence[str])("drugs")
    with pytest.raises(ParameterError, match=r"`value` holds 1 for 'a'; it must be text\."):
        asked(Mapping[str, str])({"a": 1})
    with pytest.raises(ParameterError, match=r"one of \['none', 'queen'\]\. Did you mean 'queen'\?"):
        asked(Literal["queen", "none"])("quen")


def test_values_are_shown_short_and_without_control_characters():
    assert shown("\x1b[31m\u202e") == "'\\x1b[31m\\u202e'"
    assert len(shown("x" * 10**6)) < 70
    assert shown(10**5000) == "a whole number of more than 64 bits"
    assert shown(pd.DataFrame({"name": ["secret"]})) == "a DataFrame"


def test_signature_and_documentation_stay():
    assert list(inspect.signature(socharm.rank_areas).parameters)[:2] == ["index", "estimand"]
    assert "Posterior draws" in socharm.rank_areas.__doc__
    with pytest.raises(TypeError, match="unexpected keyword"):
        socharm.overlay.probability_phrase(0.5, odds=2)
    with pytest.raises(TypeError, match="missing"):
        socharm.overlay.probability_phrase()


def test_what_nobody_foresaw_is_told_in_the_family():
    @checked
    def total(table: pd.DataFrame) -> float:
        return float(table["n"].sum())

    with pytest.raises(SchemaError, match=r"`total` could not work with .*\(KeyError in ") as caught:
        total(pd.DataFrame())
    assert isinstance(caught.value.__cause__, KeyError)


def test_what_a_function_gives_piece_by_piece_stands_behind_the_door_too():
    closed = []

    @checked
    def numbers(table: pd.DataFrame) -> Iterator[float]:
        try:
            yield 1.0
            yield float(table["n"].sum())
        finally:
            closed.append(True)

    assert list(numbers(pd.DataFrame({"n": [2]}))) == [1.0, 2.0]
    pieces = numbers(pd.DataFrame())
    assert next(pieces) == 1.0
    with pytest.raises(SchemaError, match=r"`numbers` could not work with .*\(KeyError in "):
        next(pieces)
    left = numbers(pd.DataFrame())
    next(left)
    left.close()
    assert closed == [True, True, True]


def test_errors_of_the_callers_own_functions_pass():
    @checked
    def run(progress: Callable[[int], None]) -> None:
        progress(1)

    def stop(step: int) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run(stop)


def test_fields_of_a_record_are_checked():
    @dataclass(frozen=True)
    class Choices:
        small: Annotated[int, AtLeast(1)] = 5
        names: tuple[str, ...] = ()

        def __post_init__(self) -> None:
            check_fields(self)

    assert Choices(small=2).small == 2
    with pytest.raises(ParameterError, match="`small` is 0; it must be a whole number above zero"):
        Choices(small=0)
    with pytest.raises(ParameterError, match="`names` is the text 'ab'"):
        Choices(names="ab")


def test_work_that_memory_does_not_hold_is_refused_before_it_begins():
    with pytest.raises(RefusedError, match=r"7,000 areas by 1,000,000 draws need 56 GB .* the 4 GB .* Draw fewer"):
        require_memory({"areas": 7_000, "draws": 1_000_000}, remedy="Draw fewer.")
    require_memory({"areas": 500, "draws": 1_000_000}, remedy="")  # 4 GB, the limit itself
    with pytest.raises(RefusedError, match=r"need 4\.5 GB"):
        require_memory({"areas": 500, "draws": 1_000_000}, each=9, remedy="")


def test_the_door_loads_nothing_heavy():
    code = "import sys, socharm._arguments; print(*{n.split('.')[0] for n in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & {"geopandas", "matplotlib", "polars", "numba", "libpysal"}
