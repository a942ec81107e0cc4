"""What the sections of one profile are written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._words import age_words, day_words, month_words, named_sources, span_words
from socharm._words import area_noun as noun_of_areas
from socharm.documents.evidence import Cell, Evidence
from socharm.plans.dates import old_by
from socharm.profiles.side_text import ProfileText
from socharm.profiles.subject import Subject
from socharm.publish.licences import licence_lines
from socharm.rescoring.comparison import Comparison
from socharm.snapshot.centres import centres_of
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "Material",
    "area_noun",
    "force_words",
    "intervals_withheld",
    "quotient_decimals",
    "quotient_words",
    "old_months",
    "source_line",
]

#: Width of an interval below which a quotient has two decimals.
_NARROW: Final = 0.5
#: What the inputs of a run are, by their section in the recipe.
_INPUTS: Final = {
    "areas": "boundaries",
    "incidents": "recorded crime",
    "population": "population",
    "population.best_fit": "smaller areas of the population",
    "weights": "weights of offences",
    "deprivation": "deprivation",
    "deprivation.best_fit": "smaller areas of deprivation",
    "deprivation.population": "population of the smaller areas",
}
#: How the names of police forces end, as police.uk writes them.
_OF_A_FORCE: Final = ("Police", "Constabulary", "Police Service")


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """Everything the sections of one profile are written from."""

    subject: Subject
    about: About
    evidence: Evidence
    text: ProfileText
    manifest: Mapping[str, Any] = field(default_factory=dict)
    comparison: pd.DataFrame | Comparison | None = None
    threats: pd.DataFrame = field(default_factory=pd.DataFrame)
    weighed: pd.DataFrame = field(default_factory=pd.DataFrame)
    standing: tuple[tuple[str, pd.Series], ...] = ()
    internal: bool = False

    @property
    def tables(self) -> AssessmentTables:
        """The assessment, in which the subject is one area."""
        return self.subject.tables

    @property
    def key(self) -> str:
        """The subject's row."""
        return self.subject.key

    @property
    def own_areas(self) -> pd.Index:
        """Codes of the areas assessed, without the row of a district or set."""
        codes = self.tables["areas"].index
        return codes if self.subject.kind == "area" else codes.drop(self.key)

    @property
    def centres(self) -> pd.Index:
        """Codes of the areas where a rate per resident misleads."""
        return centres_of(self.tables)

    def human(self, block: str) -> tuple[str, ...]:
        """Paragraphs that people wrote for a block."""
        text = self.text.blocks.get(block, "")
        return tuple(part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip())

    def cell(self, table: str, column: str) -> Cell:
        """Where a number of the subject stands."""
        return Cell(table, column, self.key)

    def row(self, table: pd.DataFrame) -> Mapping[str, Any]:
        """The subject's row of a table by area; empty where it has none."""
        if self.key not in table.index:
            return {}
        found: Mapping[str, Any] = {str(column): table[column].get(self.key) for column in table.columns}
        return found


def force_words(material: Material) -> str:
    """All areas of the assessment together: the force, where they are of one."""
    tables = material.tables
    forces = set(tables["areas"]["force"].dropna()) if "force" in tables["areas"] else set()
    sources = set(tables["sources"]["source"].dropna()) if "source" in tables["sources"] else set()
    one = len(forces) == 1 or (not forces and len(sources) == 1 and str(*sources).endswith(_OF_A_FORCE))
    return "the force" if one else "all areas together"


def area_noun(tables: AssessmentTables) -> str:
    """What the areas ranked are called."""
    return noun_of_areas(tables["ranking"].index)


def intervals_withheld(material: Material) -> bool:
    """Whether the assessment is in a form that gives quotients without their intervals."""
    table = material.tables["location_quotients"]
    return len(table) > 0 and bool(table["low_95"].isna().all())


def quotient_decimals(low: float, high: float) -> int:
    """Decimals of a quotient by the width of its interval: two where it is narrower than half of one, else one.

    Examples
    --------
    >>> quotient_decimals(1.14, 2.94), quotient_decimals(0.78, 0.99), quotient_decimals(float("nan"), float("nan"))
    (1, 2, 1)
    """
    return 2 if high - low < _NARROW else 1


def quotient_words(value: float, low: float, high: float, decimals: int) -> tuple[str, str]:
    """A quotient and its interval with the same decimals.

    Where the interval lies on one side of 1, a number that would print as 1 is said to be under or over it.

    Examples
    --------
    >>> quotient_words(0.893, 0.782, 0.9955, 2), quotient_words(1.3, 0.9, 1.8, 1)
    (('0.89', '0.78 to under 1.00'), ('1.3', '0.9 to 1.8'))
    """
    side = "under " if high < 1 else "over " if low > 1 else ""

    def text(number: float) -> str:
        said = f"{number:.{decimals}f}"
        return f"{side}{said}" if side and float(said) == 1 else said

    if low != low:
        return text(value), ""
    ends = text(low), text(high)
    return text(value), ends[0] if ends[0] == ends[1] else " to ".join(ends)


def old_months(material: Material, on: dt.date) -> str:
    """How old the months are where they end more than a year before the day of the document; blank otherwise."""
    if material.about.period is None:
        return ""
    age = old_by(material.about.period.end, on)
    if age is None:
        return ""
    last = month_words(material.about.period.end)
    cell = material.cell("by_period", "period")
    said = material.evidence.note(
        age_words(age), age, cell, what="whole months since the last month recorded", unit="months"
    )
    return f"The recorded crime ends with {last}, {said} before {day_words(on)}"


def source_line(material: Material) -> str:
    """Sources and months of a section's numbers, what did not arrive, and what the licences of the sources ask for."""
    about = material.about
    when = f", {span_words(str(about.period))}" if about.period is not None else ""
    missing = f" {about.coverage}" if about.coverage else ""
    told = f"Source: {'; '.join(_sources(material)) or 'not stated'}{when}.{missing}"
    return " ".join([told, *licence_lines(about)])


def _sources(material: Material) -> list[str]:
    """Sources as the recipe names them; where it names none, what the input is, and its file."""
    # A source that nobody named is the name of the file, wherever the recipe has it.
    inputs = material.manifest.get("inputs", ())
    roles = {PurePath(str(entry.get("path", ""))).name: str(entry.get("role", "")) for entry in inputs}
    files = {source: _INPUTS.get(roles[source], "other input") for source in material.about.sources if source in roles}
    return named_sources(material.about.sources, files=files)
