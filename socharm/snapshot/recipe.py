"""The recipe of an assessment: everything that decides its numbers, section by section."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from socharm._about import AssessmentPeriod
from socharm._constraints import Seed
from socharm._settings import Settings, setting

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

    def find(self, kind: type[S]) -> S | None:
        """The section of a kind; None where the recipe has none."""
        return next((section for section in self.stated.values() if type(section) is kind), None)

    def part(self, kind: type[S]) -> S:
        """The section of a kind, which every recipe has."""
        found = self.find(kind)
        if found is None:
            raise LookupError(f"The recipe has no {kind.__name__}.")
        return found

    def parts(self, kind: type[S]) -> tuple[S, ...]:
        """The sections of a kind that may stand several times, in order."""
        several = (section for section in self.stated.values() if isinstance(section, tuple))
        return next((found for found in several if found and type(found[0]) is kind), ())

    def wants(self, switch: str) -> bool:
        """Whether ``[outputs]`` asks for something."""
        return self.switches[switch]

    def with_parts(self, **changed: Any) -> Recipe:
        """The same recipe with other sections, by key."""
        return dataclasses.replace(self, stated={**self.stated, **changed})
