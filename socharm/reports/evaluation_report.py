"""The report of an evaluation: what was done, whether it worked, what was registered, and what nobody can say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._words import area_noun, day_words, month_words
from socharm.documents.document import Document, PackagedTemplate, Section
from socharm.documents.evidence import Evidence
from socharm.documents.saved import DocumentRecord
from socharm.errors import AlignmentError
from socharm.evaluation.evaluate import Evaluation
from socharm.plans.dates import month_end, require_day
from socharm.reports.evaluation_figures import figures_of
from socharm.reports.evaluation_sections import (
    Material,
    limits_section,
    methods_section,
    next_door_section,
    outcomes_section,
    registered_section,
    verdict_section,
)

__all__ = ["EVALUATION_TEMPLATE", "EvaluationReport", "EvaluationReportSettings", "evaluation_report"]

#: The packaged template; one of a force's own keeps each of its blocks.
EVALUATION_TEMPLATE: Final = PackagedTemplate(
    name="evaluation_report.md.j2",
    package="socharm.reports.templates",
    blocks=("front", "verdict", "methods", "next_door", "outcomes", "registered", "limits"),
)
#: Every registered method stands in one table on one page.
_WHOLE_ROWS: Final = 12


@dataclass(frozen=True, kw_only=True)
class EvaluationReportSettings:
    """What a report is of.

    Parameters
    ----------
    name : str
        What was done, as the protocol has it.
    on : date
        Day of the report.
    """

    name: str
    on: dt.date


@dataclass(frozen=True, eq=False, repr=False)
class EvaluationReport(DocumentRecord):
    """The report of an evaluation: text, tables and pictures, and where each number comes from.

    Attributes
    ----------
    table : DataFrame
        Every number of its tables: ``what``, ``text`` (as printed), ``value``, ``low``, ``high``, ``unit``, ``period``,
        ``source``, and ``table``, ``column``, ``row`` of the evaluation. Missing ends: no interval.
    settings : EvaluationReportSettings
    sections : tuple of Section
        In the order of the document.
    line : str
        Site, months and, where one was given, the day; below the title.
    """

    __made_by__ = ("evaluation_report",)

    table: pd.DataFrame
    settings: EvaluationReportSettings
    about: About
    sections: tuple[Section, ...]
    line: str

    @property
    def title(self) -> str:
        """Title of the document."""
        return f"Did it work? {self.settings.name}"

    def document(self) -> Document:
        """The report as a document, which `save` writes."""
        return Document(
            title=self.title,
            marking=self.about.marking,
            day=self.settings.on,
            sections=self.sections,
            internal=self.about.internal,
            template=EVALUATION_TEMPLATE,
            values={"report": self},
            whole_rows=_WHOLE_ROWS,
        )

    def _summary(self) -> dict[str, str]:
        return {
            "verdict": self.sections[0].lead,
            "numbers": f"{len(self.table):,}, each with its place in the evaluation",
        }


@checked
def evaluation_report(
    evaluation: Evaluation,
    *,
    areas: gpd.GeoDataFrame | None = None,
    on: dt.date | None = None,
) -> EvaluationReport:
    """Write the report of an evaluation: up to three pages for whoever runs or pays for a site.

    It begins with the verdict; then what each method says, what was found next door, the other outcomes, phases and
    subgroups, what was registered and what was added later, and what the report cannot say.

    Parameters
    ----------
    evaluation : Evaluation
        From `socharm.evaluation.evaluate`.
    areas : GeoDataFrame, optional
        Boundaries by area code, with ``name``: areas are then called by their names, and the site gets a map.
    on : date, optional
        Day of the report; when omitted it states none, and its file has the last day of the months looked at.

    Returns
    -------
    EvaluationReport

    Raises
    ------
    ParameterError
        `on` is no day that a document can carry.
    AlignmentError
        Areas that lack some of the site.

    Examples
    --------
    >>> report = evaluation_report(evaluation, areas=wards)  # doctest: +SKIP
    >>> report.save("evaluation.docx")  # doctest: +SKIP
    """
    found = evaluation.findings
    if areas is not None and (absent := sorted(set(found.site) - set(map(str, areas.index)))):
        raise AlignmentError(f"`areas` lacks {absent[:3]} of the site. Give the boundaries that were evaluated.")
    day = month_end(found.last) if on is None else require_day(on)
    evidence = Evidence(period=f"{found.first} to {found.last}", source=evaluation.settings.name)
    material = Material(evaluation=evaluation, evidence=evidence, noun=area_noun(found.donors), names=_names(areas))
    figures = figures_of(evaluation, areas)
    sections = (
        verdict_section(material, figures.get("verdict", ())),
        methods_section(material),
        next_door_section(material, figures.get("next_door", ())),
        outcomes_section(material),
        registered_section(material),
        limits_section(material),
    )
    return EvaluationReport(
        table=evidence.table,
        settings=EvaluationReportSettings(name=evaluation.settings.name, on=day),
        about=evaluation.about,
        sections=sections,
        line=_line(material, on),
    )


def _names(areas: gpd.GeoDataFrame | None) -> Mapping[str, str]:
    if areas is None or "name" not in areas:
        return {}
    return {str(code): str(name) for code, name in areas["name"].items() if isinstance(name, str) and name.strip()}


def _line(material: Material, on: dt.date | None) -> str:
    chosen, found = material.evaluation.settings, material.evaluation.findings
    months = f"{month_words(found.first)} to {month_words(found.last)}"
    day = f"; report of {day_words(on)}" if on is not None else ""
    return f"{material.named(found.site)}; from {month_words(chosen.start)} on; looked at {months}{day}."
