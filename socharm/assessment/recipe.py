"""The recipe of an assessment: everything that decides its numbers, in one TOML file."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, ClassVar, Final

from pydantic import TypeAdapter, ValidationError

from socharm._about import AssessmentPeriod
from socharm._checks import nearest_name
from socharm._limits import MAX_TEXT_LENGTH
from socharm._settings import Settings
from socharm.assessment.argument_words import with_keys
from socharm.assessment.doubt_sections import ClassesSection, CompositeSection, UncertaintySection, doubt_faults
from socharm.assessment.input_sections import (
    AreasSection,
    AssessmentSection,
    BestFitSection,
    IncidentsSection,
    IndicatorsSection,
    LookupSection,
    PopulationSection,
    WeightsSection,
)
from socharm.assessment.output_sections import DisclosureSection, OutputsSection
from socharm.assessment.sections import fill_sections, known_keys_of, section, with_seed, without_others
from socharm.assessment.spatial_sections import DeprivationSection, HotspotsSection, spatial_faults
from socharm.errors import SchemaError, SocharmError
from socharm.files.plain import number_fault, plain_fault, read_toml
from socharm.hotspots.points.clusters import ClusterSettings
from socharm.hotspots.points.density import DensitySettings
from socharm.io._safety import safe_path
from socharm.ranking.ranking_settings import RankingSettings
from socharm.severity.index import SeveritySettings

__all__ = [
    "AreasSection",
    "AssessmentSection",
    "BestFitSection",
    "ClassesSection",
    "CompositeSection",
    "DeprivationSection",
    "DisclosureSection",
    "HotspotsSection",
    "IncidentsSection",
    "IndicatorsSection",
    "LookupSection",
    "OutputsSection",
    "PopulationSection",
    "Recipe",
    "UncertaintySection",
    "WeightsSection",
    "known_keys",
    "load_recipe",
    "parse_recipe",
    "recipe_as_dict",
    "recipe_of_manifest",
]

#: Control characters, and the marks that turn the direction of text; a line break or tab is none in a text of TOML.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SEED_PLACE: Final = "The seed stands in [assessment]."
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole assessment: sources, period, weights, methods, seed, marking and outputs.

    `folder` is where relative paths start; `load_recipe` sets it to the folder of the file.
    """

    __pydantic_config__: ClassVar[Any] = Settings.__pydantic_config__
    assessment: AssessmentSection = section(AssessmentSection, "", required=True)
    areas: AreasSection = section(
        AreasSection,
        "the boundaries to rank: GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet",
        required=True,
    )
    incidents: IncidentsSection = section(
        IncidentsSection, "recorded incidents, and what did not arrive", required=True
    )
    population: PopulationSection | None = section(
        PopulationSection, "leave this section out for harm per area instead of per head", optional=True
    )
    lookups: tuple[LookupSection, ...] = section(
        LookupSection, "tables from one kind of area to another; as many as needed", listed=True
    )
    weights: WeightsSection = section(WeightsSection, "how much each offence weighs")
    index: SeveritySettings = section(SeveritySettings, "how harm becomes a rate", missing="flag")
    ranking: RankingSettings = section(RankingSettings, "the order of areas, and how sure it is")
    uncertainty: UncertaintySection | None = section(
        UncertaintySection,
        "what other choices would do to the ranks; the stated choice comes first",
        optional=True,
    )
    classes: ClassesSection = section(ClassesSection, "who is in the top")
    composite: CompositeSection | None = section(
        CompositeSection,
        "many measures to one score by a recipe; partners' ones come from [[indicators]]",
        optional=True,
    )
    heat: DensitySettings = section(DensitySettings, "harm per square kilometre, smoothed")
    deprivation: DeprivationSection | None = section(
        DeprivationSection,
        "IMD 2015, 2019, 2025 or WIMD 2019: the overlay of harm and deprivation",
        optional=True,
    )
    hotspots: HotspotsSection = section(HotspotsSection, "areas that are hot together")
    clusters: ClusterSettings = section(ClusterSettings, "dense clusters of points")
    outputs: OutputsSection = section(OutputsSection, "what is made beside the ranking")
    disclosure: DisclosureSection = section(
        DisclosureSection, "what may leave: workbook, maps and documents are in published form"
    )
    indicators: tuple[IndicatorsSection, ...] = section(
        IndicatorsSection, "measures of partners: read, checked and recorded", listed=True
    )
    folder: str = "."

    def __post_init__(self) -> None:
        """The seed stands once, in ``[assessment]``, and is that of every section that draws."""
        with_seed(self, self.assessment.seed)

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


#: Keys by their names in earlier versions.
_EARLIER_KEYS: Final = {"composite": {"lacking": "missing"}}
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
    strange: list[str] = []
    whole = fill_sections(Recipe, sound, strange)
    faults += [f"{place}: unknown key. {_SEED_PLACE if place.endswith('.seed') else 'Remove it.'}" for place in strange]
    try:
        recipe = _ADAPTER.validate_json(json.dumps(whole, default=str))
    except ValidationError as error:
        faults += [_fault(dict(item)) for item in error.errors() if ".".join(map(str, item["loc"])) not in odd]
    else:
        faults += _further_faults(recipe)
    if "folder" in values:
        faults.append("folder: unknown key; relative paths start at the file's own folder.")
    if faults:
        raise SchemaError(f"{name!r} has {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return dataclasses.replace(recipe, folder=str(folder))


def recipe_of_manifest(values: Mapping[str, Any], *, folder: str | os.PathLike[str], name: str) -> Recipe:
    """The recipe that a manifest holds, also one whose keys had other names when it was written."""
    renamed = {section: dict(held) if isinstance(held, Mapping) else held for section, held in values.items()}
    for section_name, keys in _EARLIER_KEYS.items():
        held = renamed.get(section_name)
        for old, new in keys.items():
            if isinstance(held, dict) and old in held:
                held[new] = held.pop(old)
    return parse_recipe(renamed, folder=folder, name=name)


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
    if item["type"] == "limit":
        return f"{place}: `{_key_of(where)}` is {item['input']!r}; {item['msg']}."
    if item["type"] == "value_error":
        return f"[{place}] {with_keys(str(item['ctx']['error']), lambda name: f'[{place}] {name}')}"
    return f"{place}: {item['msg']}; found {item['input']!r}."


def _key_of(where: list[str]) -> str:
    """The key that a place is of; of a part of a list, the list."""
    return next(part for part in reversed(where) if not part.isdigit())


def known_keys(where: Iterable[str]) -> list[str]:
    """Keys of the section that a place of a recipe stands in; of the whole recipe for any other place."""
    return known_keys_of(Recipe, where)


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
    carried = population is not None and bool(population.lookup or population.best_fit)
    yield from spatial_faults(recipe.deprivation, carried=carried)
    yield from doubt_faults(recipe.uncertainty, recipe.classes, period=recipe.assessment.period, top=recipe.ranking.top)
    yield from _text_faults(_ADAPTER.dump_python(recipe, mode="json", exclude={"folder"}))


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
    return {key: _relative(value) for key, value in without_others(Recipe, values).items()}


def _relative(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _relative(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_relative(item) for item in value]
    if isinstance(value, str) and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()):
        return PureWindowsPath(value).name if "\\" in value else PurePosixPath(value).name
    return value
