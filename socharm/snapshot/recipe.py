"""The recipe of an assessment: everything that decides its numbers, section by section."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from socharm._about import AssessmentPeriod
from socharm._arguments import check_fields, checked
from socharm._checks import nearest_name
from socharm._constraints import Seed
from socharm._settings import Settings, setting
from socharm._value_kinds import article, shown
from socharm.errors import ParameterError

__all__ = ["AssessmentSection", "OutputsSection", "Recipe"]

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class AssessmentSection(Settings):
    """``[assessment]``: what the assessment is called, its months, marking, seed and store.

    The seed is that of every draw; it has no default, because the ranking is published.
    """

    period: tuple[str, str] = setting(
        says="first and last month, both included", example=["2025-04", "2025-09"], on=True
    )
    seed: Seed = setting(says="any whole number; the same seed gives the same ranks, byte for byte", example=1, on=True)
    name: str = setting("", "begins the snapshot's name; the period when absent", example="2025H1")
    marking: Literal["OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET"] = setting(
        "OFFICIAL", "or OFFICIAL-SENSITIVE, SECRET, TOP SECRET; a higher one of an input wins"
    )
    store: str = setting("store", "folder of the snapshots")


@dataclass(frozen=True, kw_only=True)
class OutputsSection(Settings):
    """``[outputs]``: which files are made beside the ranking; parts of an assessment have their switch here too."""

    maps: bool = setting(True, "pictures of the maps")
    workbook: bool = setting(True, "ranking.xlsx")
    geopackage: bool = setting(True, "areas.gpkg; profiles and dashboards take their boundaries from it")
    exports: bool = setting(True, "exports/areas.parquet: the areas as GeoParquet")
    map_classes: Literal["quantiles", "natural_breaks", "equal", "head_tail", "std"] = setting(
        "quantiles",
        'of the map of rates: by equal numbers of areas and by "equal" widths, areas far above all others have a class '
        'of their own; or "natural_breaks", "head_tail", "std", which leave them in the last one',
    )
    basemap: str | None = setting(
        None,
        "a local file, or the name of a tile provider (this one fetches from the network)",
        example="basemap.tif",
    )


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole assessment: sources, period, weights, methods, seed, marking and outputs.

    Parameters
    ----------
    assessment : AssessmentSection
    stated : mapping
        Settings of the parts of an assessment by their key, with defaults where nothing was written: a record, several
        in a tuple where a section may stand several times, None where a part is left out.
    switches : mapping
        What ``[outputs]`` asks for, by key.
    outputs : OutputsSection
        Which files are made.
    folder : str
        Where relative paths start; `load_recipe` sets it to the folder of the file.
    """

    assessment: AssessmentSection
    stated: Mapping[str, Any]
    switches: Mapping[str, bool]
    outputs: OutputsSection
    folder: str = "."

    def __post_init__(self) -> None:
        """Whoever makes a recipe by hand, or replaces a part of one, is told of a part of the wrong kind."""
        check_fields(self)
        for key, section in self.stated.items():
            _require_section(key, section)
        object.__setattr__(self, "stated", MappingProxyType(dict(self.stated)))
        object.__setattr__(self, "switches", MappingProxyType(dict(self.switches)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only views of dictionaries can be neither pickled nor copied.
        held: dict[str, Any] = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}
        plain: dict[str, Any] = {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in held.items()}
        return partial(Recipe, **plain), ()

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

    @checked
    def resolve(self, path: str) -> Path:
        """A path of the recipe, from its folder."""
        return Path(self.folder) / path

    def find(self, kind: type[S]) -> S | None:
        """The section of a kind; None where the recipe has none."""
        _require_kind(kind)
        return next((section for section in self.stated.values() if type(section) is kind), None)

    def part(self, kind: type[S]) -> S:
        """The section of a kind, which every recipe has.

        Raises
        ------
        ParameterError
            The recipe was made by hand, without it.
        """
        found = self.find(kind)
        if found is None:
            raise ParameterError(
                f"The recipe has no section that is {kind.__name__}; it has {', '.join(self.stated) or 'none'}. Take "
                "the recipe from its file, and change it by `with_parts`."
            )
        return found

    def parts(self, kind: type[S]) -> tuple[S, ...]:
        """The sections of a kind that may stand several times, in order."""
        _require_kind(kind)
        several = (section for section in self.stated.values() if isinstance(section, tuple))
        return next((found for found in several if found and type(found[0]) is kind), ())

    @checked
    def wants(self, switch: str) -> bool:
        """Whether ``[outputs]`` asks for something.

        Raises
        ------
        ParameterError
            There is no such switch.
        """
        if switch not in self.switches:
            raise ParameterError(_unknown("switch of [outputs]", switch, self.switches))
        return self.switches[switch]

    def with_parts(self, **changed: Any) -> Recipe:
        """The same recipe with other sections, by key.

        Raises
        ------
        ParameterError
            There is no such section, or what is given is none of its kind.
        """
        for key, section in changed.items():
            if key not in self.stated:
                raise ParameterError(_unknown("section", key, self.stated))
            _require_section(key, section)
            wanted, found = _kinds_in(self.stated[key]), _kinds_in(section)
            if found and wanted and found != wanted:
                names = " and ".join(sorted(kind.__name__ for kind in wanted))
                raise ParameterError(f"`{key}` is {article(type(section).__name__)}; it must be {names}, as it is now.")
        return dataclasses.replace(self, stated={**self.stated, **changed})


def _unknown(what: str, name: str, known: Mapping[str, Any]) -> str:
    hint = nearest_name(name, known)
    return f"No {what} of the recipe is called {shown(name)}; there are {', '.join(known) or 'none'}." + (
        f" Did you mean {hint!r}?" if hint else ""
    )


def _require_kind(kind: object) -> None:
    if not (isinstance(kind, type) and issubclass(kind, Settings)):
        told = kind.__name__ if isinstance(kind, type) else shown(kind)
        raise ParameterError(f"`kind` is {told}; give the record that a section is, such as RankingSettings.")


def _require_section(key: str, section: object) -> None:
    several = isinstance(section, tuple) and all(isinstance(part, Settings) for part in section)
    if section is not None and not several and not isinstance(section, Settings):
        raise ParameterError(
            f"`{key}` is {shown(section)}; a section is the record of its settings, several in a tuple, or None."
        )


def _kinds_in(section: Any) -> set[type]:
    """The record that a section is; none where it is left out."""
    if section is None:
        return set()
    return {type(part) for part in section} if isinstance(section, tuple) else {type(section)}
