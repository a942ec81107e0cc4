"""The recipe of an assessment: everything that decides its numbers, in one TOML file."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, ClassVar, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from socharm._about import AssessmentPeriod
from socharm._checks import nearest_name
from socharm._limits import MAX_TEXT_LENGTH
from socharm.assessment.choices import choice_faults
from socharm.assessment.doubt_sections import ClassesSection, CompositeSection, UncertaintySection, doubt_faults
from socharm.assessment.input_sections import (
    AreasSection,
    IncidentsSection,
    IndicatorsSection,
    LookupSection,
    PopulationSection,
    WeightsSection,
)
from socharm.assessment.output_sections import DisclosureSection, OutputsSection
from socharm.assessment.spatial_sections import (
    BestFitSection,
    ClustersSection,
    DeprivationSection,
    HotspotsSection,
    spatial_faults,
)
from socharm.assessment.table_keys import STRICT, TableKeys
from socharm.errors import SchemaError, SocharmError
from socharm.files.plain import number_fault, plain_fault, read_toml
from socharm.io._safety import safe_path
from socharm.severity.lost_harm import WARN_HARM_SHARE

__all__ = [
    "AreasSection",
    "AssessmentSection",
    "BestFitSection",
    "ClassesSection",
    "CompositeSection",
    "ClustersSection",
    "DeprivationSection",
    "DisclosureSection",
    "HeatSection",
    "HotspotsSection",
    "IncidentsSection",
    "IndexSection",
    "IndicatorsSection",
    "LookupSection",
    "OutputsSection",
    "PopulationSection",
    "RankingSection",
    "Recipe",
    "UncertaintySection",
    "WeightsSection",
    "known_keys",
    "load_recipe",
    "parse_recipe",
    "recipe_as_dict",
]

#: Control characters, and the marks that turn the direction of text; a line break or tab is none in a text of TOML.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class AssessmentSection:
    """``[assessment]``: what the assessment is called, its months, marking, seed and store.

    Parameters
    ----------
    period : tuple of two str
        First and last month, ``YYYY-MM``.
    seed : int
        Seed of every draw; there is no default, because the ranking is published.
    name : str
        Begins the snapshot's name; the period when empty.
    marking : str
        At least this marking is put on every output; an input with a higher one raises it.
    store : str
        Folder of the snapshots.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    period: tuple[str, str]
    seed: int
    name: str = ""
    marking: Literal["OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET"] = "OFFICIAL"
    store: str = "store"


@dataclass(frozen=True, kw_only=True)
class IndexSection:
    """``[index]``: how harm becomes a rate.

    `offences` is a named set or a list of offences and sets, `exclude` lists offences, sets, or flags such
    as ``"place:hospital"``. `missing` says what becomes of an area without a population: ``"flag"`` leaves
    it unranked with the reason, ``"error"`` stops. An offence whose rows set aside weigh more than `warn_harm_share` of
    the harm is named on every list and map.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    per: float = 1.0
    transform: Literal["raw", "sqrt", "log", "capped"] = "raw"
    cap: float | None = None
    unweighted: Literal["report", "allow", "error"] = "report"
    offences: tuple[str, ...] = ("all",)
    exclude: tuple[str, ...] = ()
    missing: Literal["flag", "error"] = "flag"
    warn_harm_share: float = WARN_HARM_SHARE


@dataclass(frozen=True, kw_only=True)
class RankingSection:
    """``[ranking]``: draws, what is estimated, and which "among the first k" to report."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    draws: int = 10_000
    estimand: Literal["underlying", "realised"] = "underlying"
    horizon: Literal["this period", "next period"] = "this period"
    top: tuple[int | str, ...] = (5, 10, 20, "10%")
    exact: float = 1.0


@dataclass(frozen=True, kw_only=True)
class HeatSection:
    """``[heat]``: the kernel density of harm; bandwidth and cell size in metres, by stated rules when absent."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    bandwidth: float | None = None
    cell_size: float | None = None
    kernel: Literal["quartic", "epanechnikov", "gaussian"] = "quartic"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole assessment: sources, period, weights, methods, seed, marking and outputs.

    `folder` is where relative paths start; `load_recipe` sets it to the folder of the file.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    assessment: AssessmentSection
    areas: AreasSection
    incidents: IncidentsSection
    population: PopulationSection | None = None
    lookups: tuple[LookupSection, ...] = ()
    weights: WeightsSection = field(default_factory=WeightsSection)
    index: IndexSection = field(default_factory=IndexSection)
    ranking: RankingSection = field(default_factory=RankingSection)
    uncertainty: UncertaintySection | None = None
    classes: ClassesSection = field(default_factory=ClassesSection)
    composite: CompositeSection | None = None
    heat: HeatSection = field(default_factory=HeatSection)
    deprivation: DeprivationSection | None = None
    hotspots: HotspotsSection = field(default_factory=HotspotsSection)
    clusters: ClustersSection = field(default_factory=ClustersSection)
    outputs: OutputsSection = field(default_factory=OutputsSection)
    disclosure: DisclosureSection = field(default_factory=DisclosureSection)
    indicators: tuple[IndicatorsSection, ...] = ()
    folder: str = "."

    @property
    def period(self) -> AssessmentPeriod:
        """The months of the assessment."""
        return AssessmentPeriod(*self.assessment.period)

    @property
    def name(self) -> str:
        """Name that the snapshot's folder begins with."""
        period = self.period
        label = period.start if period.n_months == 1 else f"{period.start}_{period.end}"
        return self.assessment.name or label

    def resolve(self, path: str) -> Path:
        """A path of the recipe, from its folder."""
        return Path(self.folder) / path

    def lookup(self, name: str) -> LookupSection:
        """The lookup of a name."""
        return next(lookup for lookup in self.lookups if lookup.name == name)


_ADAPTER: Final[TypeAdapter[Recipe]] = TypeAdapter(Recipe)


def load_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read ``assessment.toml``.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    SchemaError
        The file is not TOML, or has unknown keys, missing keys or wrong values; all are named at once,
        an unknown key with the nearest known one.
    ParameterError
        There is no such file.
    """
    found = safe_path(path, kinds=("toml",), name="recipe")
    return parse_recipe(read_toml(found, numbers=False), folder=found.parent, name=found.name)


def parse_recipe(values: Mapping[str, Any], *, folder: str | os.PathLike[str] = ".", name: str = "recipe") -> Recipe:
    """Recipe from plain values, such as those of a TOML file or a manifest.

    Examples
    --------
    >>> recipe = parse_recipe({
    ...     "assessment": {"period": ["2025-04", "2025-09"], "seed": 1},
    ...     "areas": {"path": "wards.gpkg", "code": "WD25CD"},
    ...     "incidents": {"path": "police-uk"},
    ... })
    >>> recipe.ranking.draws
    10000
    """
    if fault := plain_fault(dict(values), numbers=False):
        raise SchemaError(f"{name!r}: {fault}")
    odd: dict[str, str] = {}
    sound = _without_odd_numbers({k: v for k, v in values.items() if k != "folder"}, odd)
    faults = [f"{place} {fault}" for place, fault in odd.items()]
    try:
        recipe = _ADAPTER.validate_json(json.dumps(sound, default=str))
    except ValidationError as error:
        faults += [_fault(dict(item)) for item in error.errors() if ".".join(map(str, item["loc"])) not in odd]
    else:
        faults += _further_faults(recipe)
    if "folder" in values:
        faults.append("folder: unknown key; relative paths start at the file's own folder.")
    if faults:
        raise SchemaError(f"{name!r} has {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return dataclasses.replace(recipe, folder=str(folder))


def _without_odd_numbers(value: Any, odd: dict[str, str], place: str = "") -> Any:
    """Plain values without the keys whose numbers no recipe can hold, so that all other faults are found as well."""
    if isinstance(value, dict):
        kept: dict[Any, Any] = {}
        for key, item in value.items():
            inner = f"{place}.{key}".lstrip(".")
            kept[key] = _without_odd_numbers(item, odd, inner)
            if inner in odd:
                del kept[key]
        return kept
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            return [_without_odd_numbers(item, odd, f"{place}.{at}") for at, item in enumerate(value)]
        for item in value:
            _without_odd_numbers(item, odd, place)
    elif fault := number_fault(value):
        odd[place] = fault
    return value


def _fault(item: Mapping[str, Any]) -> str:
    where = [str(part) for part in item["loc"]]
    place = ".".join(where)
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        hint = nearest_name(where[-1], known_keys(where[:-1]))
        return f"{place}: unknown key." + (f" Did you mean {hint!r}?" if hint else " Remove it.")
    if item["type"] in ("missing", "missing_argument"):
        return f"{place}: missing. Add it; `socharm init` writes an example."
    return f"{place}: {item['msg']}; found {item['input']!r}."


def known_keys(where: Iterable[str]) -> list[str]:
    """Keys of the section that a place of a recipe stands in; of the whole recipe for any other place."""
    kinds: dict[str, type] = {
        "assessment": AssessmentSection,
        "areas": AreasSection,
        "incidents": IncidentsSection,
        "population": PopulationSection,
        "best_fit": BestFitSection,
        "population_options": TableKeys,
        "lookups": LookupSection,
        "weights": WeightsSection,
        "index": IndexSection,
        "ranking": RankingSection,
        "uncertainty": UncertaintySection,
        "classes": ClassesSection,
        "composite": CompositeSection,
        "heat": HeatSection,
        "deprivation": DeprivationSection,
        "hotspots": HotspotsSection,
        "clusters": ClustersSection,
        "outputs": OutputsSection,
        "disclosure": DisclosureSection,
        "indicators": IndicatorsSection,
    }
    named = [part for part in where if part in kinds]
    kind = kinds[named[-1]] if named else Recipe
    return [entry.name for entry in dataclasses.fields(kind) if entry.name != "folder"]


def _further_faults(recipe: Recipe) -> Iterable[str]:
    try:
        _ = recipe.period
    except SocharmError as error:
        yield f"assessment.period: {error}"
    if recipe.assessment.name and not _NAME.fullmatch(recipe.assessment.name):
        yield f"assessment.name: {recipe.assessment.name!r} begins a folder's name; use letters, digits and - _ . only."
    known = [lookup.name for lookup in recipe.lookups]
    if len(set(known)) < len(known):
        yield f"lookups: names must be unique; found {known}."
    population = recipe.population
    users = {
        "areas.parent_lookup": recipe.areas.parent_lookup,
        "areas.force_lookup": recipe.areas.force_lookup,
        "population.lookup": population.lookup if population else None,
        "deprivation.lookup": recipe.deprivation.lookup if recipe.deprivation else None,
    }
    for place, name in users.items():
        if name is not None and name not in known:
            yield f"{place}: no lookup is called {name!r}; [[lookups]] has {known}."
    if recipe.areas.parent and recipe.areas.parent_lookup:
        yield "areas: state `parent` or `parent_lookup`, not both."
    if recipe.areas.force and recipe.areas.force_lookup:
        yield "areas: state `force` or `force_lookup`, not both."
    if population and population.lookup and population.best_fit:
        yield "population: state `lookup` or `best_fit`, not both."
    carried = population is not None and bool(population.lookup or population.best_fit)
    yield from spatial_faults(recipe.deprivation, carried=carried)
    yield from doubt_faults(recipe.uncertainty, recipe.classes, period=recipe.assessment.period, top=recipe.ranking.top)
    yield from _share_faults(recipe)
    yield from choice_faults(recipe)
    yield from _text_faults(_ADAPTER.dump_python(recipe, mode="json", exclude={"folder"}))


def _share_faults(recipe: Recipe) -> Iterable[str]:
    incidents = recipe.incidents
    shares = {
        "ranking.exact": recipe.ranking.exact,
        "incidents.minimum_coverage": incidents.minimum_coverage,
        "incidents.minimum_delivery": incidents.minimum_delivery,
        "incidents.warn_share": incidents.warn_share,
        "incidents.stop_share": incidents.stop_share,
        "index.warn_harm_share": recipe.index.warn_harm_share,
    }
    for place, share in shares.items():
        if not 0 <= share <= 1:
            yield f"{place}: {share} must lie from 0 to 1."
    if incidents.stop_share < incidents.warn_share:
        yield f"incidents.stop_share: {incidents.stop_share} is below warn_share; stop at the larger share."


def _text_faults(values: Any, place: str = "") -> Iterable[str]:
    """Texts that no name, column or path can be; `values` are those of a recipe, nested a few times at most."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _text_faults(str(key), f"{place}.{key!r}".lstrip("."))
            yield from _text_faults(value, f"{place}.{key}".lstrip("."))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _text_faults(value, place)
    elif isinstance(values, str):
        if len(values) > MAX_TEXT_LENGTH:
            yield f"{place}: {len(values):,} characters; at most {MAX_TEXT_LENGTH:,} are taken. Shorten the text."
        if found := _CONTROL.search(values):
            yield f"{place}: {values[:40]!r} holds the control character {found[0]!r}. Take it out."


def recipe_as_dict(recipe: Recipe) -> dict[str, Any]:
    """Recipe as plain values for a manifest: defaults written out, absolute paths cut to their last part."""
    values: dict[str, Any] = _ADAPTER.dump_python(recipe, mode="json")
    del values["folder"]
    return {key: _relative(value) for key, value in values.items()}


def _relative(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _relative(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_relative(item) for item in value]
    if isinstance(value, str) and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()):
        return PureWindowsPath(value).name if "\\" in value else PurePosixPath(value).name
    return value
