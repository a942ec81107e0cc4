"""The change report: two pages on what changed between two assessments, whether it is real, and what made it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._words import day_words, number_of
from socharm.documents.document import Document, PackagedTemplate, Section
from socharm.documents.saved import DocumentRecord
from socharm.plans.dates import month_end, require_day
from socharm.reports.changed import changed_section, selection_section
from socharm.reports.limits import limits_section, looked_for_section, method_section
from socharm.reports.made_of import parts_section, places_section
from socharm.reports.material import Material, material_of
from socharm.reports.receipt import receipt_section
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.known_changes import known_changes

__all__ = ["TEMPLATE", "ChangeReport", "ChangeReportSettings", "change_report"]

#: The packaged template; one of a force's own keeps each of its blocks.
TEMPLATE: Final = PackagedTemplate(
    name="change_report.md.j2",
    package="socharm.reports.templates",
    blocks=("front", "receipt", "changed", "selection", "parts", "places", "limits", "looked_for", "method"),
)


@dataclass(frozen=True, kw_only=True)
class ChangeReportSettings:
    """What a change report is of.

    Parameters
    ----------
    name : str
        What the areas are called together.
    on : date
        Day of the report.
    assessments : tuple of str
        The earlier and the later one.
    """

    name: str
    on: dt.date
    assessments: tuple[str, str]


@dataclass(frozen=True, eq=False, repr=False)
class ChangeReport(DocumentRecord):
    """A change report: text, tables and pictures, and where each number comes from.

    Attributes
    ----------
    table : DataFrame
        Every number of the report: ``what``, ``text`` (as printed), ``value``, ``low``, ``high``, ``unit``, ``period``,
        ``source``, and ``table``, ``column``, ``row`` of the comparison. Missing ends: no interval.
    settings : ChangeReportSettings
    sections : tuple of Section
        In the order of the document.
    line : str
        Periods, areas and day, below the title.
    warnings : tuple of str
        What the comparison is shown in spite of.
    """

    __made_by__ = ("change_report",)

    table: pd.DataFrame
    settings: ChangeReportSettings
    about: About
    sections: tuple[Section, ...]
    line: str
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Title of the document."""
        return f"What changed: {self.settings.name}" if self.settings.name else "What changed"

    def document(self) -> Document:
        """The report as a document, which `save` writes."""
        return Document(
            title=self.title,
            marking=self.about.marking,
            day=self.settings.on,
            sections=self.sections,
            internal=self.about.internal,
            template=TEMPLATE,
            values={"report": self},
        )

    def _summary(self) -> dict[str, str]:
        found = {section.key: section.lead for section in self.sections if section.lead}
        return {
            "list": found["receipt"],
            "changed": found["changed"],
            "numbers": f"{len(self.table):,}, each with its place in the comparison",
        }


@checked
def change_report(
    comparison: Comparison,
    *,
    name: str | None = None,
    on: dt.date | None = None,
    annotations: pd.DataFrame | None = None,
) -> ChangeReport:
    """Write the change report of a comparison: two pages for whoever decides.

    It begins with how much of the list stayed and how much would have stayed had nothing changed; then what rose and
    fell beyond what was to be expected, what the choice of the list explains by itself, what the change is made of, the
    places that matter most, what could not be compared, crime that police find by looking, and how it was made.

    Parameters
    ----------
    comparison : Comparison
        From `compare`.
    name : str, optional
        What the areas are called together, such as the name of the force.
    on : date, optional
        Day of the report; the last day of the later period when omitted.
    annotations : DataFrame, optional
        As `Store.annotations` has them: what was done and how recording changed, of the time and the areas compared. In
        published form without what was done and who answers for it.

    Returns
    -------
    ChangeReport

    Raises
    ------
    ParameterError
        `on` is no day that a document can carry.

    Examples
    --------
    >>> report = change_report(comparison, name="Calderwick")  # doctest: +SKIP
    >>> report.save("change-report.pdf")  # doctest: +SKIP
    """
    day = month_end(comparison.periods[1].end) if on is None else require_day(on)
    material = material_of(comparison)
    sections = (
        receipt_section(material),
        changed_section(material),
        selection_section(material),
        parts_section(material),
        places_section(material),
        limits_section(material, known_changes(comparison, annotations)),
        looked_for_section(material),
        method_section(material),
    )
    return ChangeReport(
        table=material.evidence.table,
        settings=ChangeReportSettings(name=(name or "").strip(), on=day, assessments=comparison.assessments),
        about=comparison.about,
        sections=sections,
        line=_line(material, day),
        warnings=tuple(f"Shown in spite of this: {reason}" for reason in comparison.warnings),
    )


def _line(material: Material, day: dt.date) -> str:
    first, second = material.spans
    compared = int(material.value("facts", "value", "areas compared"))
    return f"{first} against {second}; {number_of(compared, material.noun)}; {day_words(day)}."
