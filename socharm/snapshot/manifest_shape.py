"""What a manifest must look like for anything to be read from it: types of every value that is used."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

__all__ = ["manifest_faults"]

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_Count = Annotated[int, Field(ge=0, lt=1 << 63)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Marking = Literal["OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET"]
_Years = Annotated[float, Field(ge=-1000, le=1000)]


def _day(text: str) -> str:
    if text:
        dt.date.fromisoformat(text[:10])
    return text


class _About(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    period: Annotated[list[str], Field(min_length=2, max_length=2)]
    boundary_year: int | None
    unit: str
    sources: list[str]
    coverage: str


class _Input(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    role: str
    path: str
    sha256: str
    files: dict[str, str]
    rows: dict[str, _Count] | _Count | None


class _Crosswalk(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    scheme: str
    level: str
    counts_year: str | None
    gap_years: _Years | None
    force: str | None


class _Disclosure(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    open_input: bool
    layout: str
    internal: bool
    spread: int
    variance: float
    keyed_by: str
    fingerprint: str


class _Log(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    lines: Annotated[int, Field(ge=1, lt=1 << 31)]
    sha256: str


class _Change(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    before: _Marking
    after: _Marking
    role: str
    reason: str
    on: str


class _Sentence(TypedDict):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    text: str
    section: Literal["What was done", "What is not in the data"]
    place: int


class _Named(TypedDict, total=False):
    """What statements say of a section of the recipe; the recipe itself has its own check."""

    __pydantic_config__ = _STRICT  # type: ignore[misc]
    period: list[str]
    seed: int | None
    date_basis: str
    columns: dict[str, str | list[str] | dict[str, str]] | None
    scheme: str
    crosswalk: str
    kind: str
    date: str
    transform: str
    exclude: list[str] | None
    draws: _Count
    statistic: str
    correction: str
    permutations: _Count
    alpha: _Share
    version: str
    source: str | None
    hotspots: bool


class _Recipe(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    assessment: _Named
    areas: _Named
    incidents: _Named
    population: _Named | None
    weights: _Named
    index: _Named
    ranking: _Named
    uncertainty: dict[str, Any] | None
    hotspots: _Named
    outputs: _Named
    deprivation: _Named | None


class _Parts(TypedDict, total=False):
    __pydantic_config__ = _STRICT  # type: ignore[misc]
    snapshot: str
    schema_version: _Count
    content_id: str
    created: Annotated[str, AfterValidator(_day)]
    marking: _Marking
    about: _About
    seed: int
    recipe: _Recipe | None
    crosswalk: _Crosswalk | None
    disclosure: _Disclosure | None
    said: list[str] | list[_Sentence]
    warnings: list[str]
    log: _Log
    changes: list[_Change]
    inputs: list[_Input] | None
    versions: dict[str, str] | None
    outputs: dict[str, str]


#: What no snapshot is without.
_NEEDED = (
    "snapshot",
    "schema_version",
    "content_id",
    "marking",
    "about",
    "seed",
    "recipe",
    "disclosure",
    "log",
    "changes",
    "inputs",
    "versions",
    "outputs",
)
#: What decides whether numbers are protected; none of it is guessed.
_OF_DISCLOSURE = ("open_input", "layout", "internal", "spread", "variance", "fingerprint")

_OF_INPUTS = ("role", "sha256")


@functools.cache
def _adapter() -> TypeAdapter[_Parts]:
    return TypeAdapter(_Parts)


def manifest_faults(manifest: object, *, whole: bool) -> list[str]:
    """What is wrong with the shape of a manifest, by place; empty when it can be read from.

    Parameters
    ----------
    manifest : object
    whole : bool
        Of a snapshot, which must hold every part; a statement does with what there is.

    Examples
    --------
    >>> manifest_faults({"recipe": {"ranking": {"draws": "many"}}}, whole=False)
    ['recipe.ranking.draws: Input should be a valid integer']
    """
    if not isinstance(manifest, Mapping):
        return ["no table of names and values"]
    faults = [f"{name}: missing" for name in _NEEDED if whole and manifest.get(name) is None]
    recipe = manifest.get("recipe")
    if whole and isinstance(recipe, Mapping) and not isinstance(recipe.get("assessment"), Mapping):
        faults.append("recipe.assessment: missing")
    disclosure = manifest.get("disclosure")
    if whole and isinstance(disclosure, Mapping):
        faults += [f"disclosure.{name}: missing" for name in _OF_DISCLOSURE if name not in disclosure]
    inputs = manifest.get("inputs")
    if whole and isinstance(inputs, list):
        lacking = [name for item in inputs if isinstance(item, Mapping) for name in _OF_INPUTS if name not in item]
        faults += [f"inputs: {name} missing" for name in dict.fromkeys(lacking)]
    try:
        _adapter().validate_python(dict(manifest))
    except ValidationError as error:
        faults += [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_url=False)]
    return faults
