"""Front, method statement and appendices of a profile."""

from __future__ import annotations

import datetime as dt
from typing import Final

from socharm._words import day_words, joined_words, span_words
from socharm.documents.document import PrintedTable, Section
from socharm.plans.questions import QuestionCheck
from socharm.profiles.content import Material
from socharm.publish.statement import method_statement

__all__ = ["appendix_sections", "front_table", "ownership_line", "statement_sections"]

_NOT_STATED: Final = "not stated"


def front_table(material: Material, *, on: dt.date, snapshot: str) -> PrintedTable:
    """What stands on the front, two facts a line."""
    front, about = material.text.front, material.about
    facts = [
        ("Status", front.state),
        ("Day of the profile", day_words(on)),
        ("Author (role)", front.author),
        ("Approver (role)", front.approver),
        ("Owner", front.owner),
        ("Lead agency", front.lead),
        ("Distribution", front.distribution),
        ("Retention", front.retention),
        ("Data-sharing basis", front.data_sharing),
        ("Impact assessment", front.impact_assessment),
        ("Months assessed", span_words(str(about.period)) if about.period is not None else ""),
        ("Next review", day_words(front.next_review) if front.next_review else ""),
    ]
    told = [(label, value.strip() or _NOT_STATED) for label, value in facts]
    rows = tuple((*told[i], *told[i + 1]) for i in range(0, len(told), 2))
    note = f"Assessment {snapshot}." if snapshot else ""
    if material.internal:
        note = f"INTERNAL: shows numbers that a published profile withholds. {note}".strip()
    return PrintedTable(
        caption="Status and ownership",
        header=("Fact", "Stated", "Fact", "Stated"),
        rows=rows,
        widths=(3, 5, 3, 5),
        note=note,
    )


def ownership_line(material: Material, *, on: dt.date) -> str:
    """Status, day, months and who owns it, in one line; what is not stated is named at its end."""
    front, about = material.text.front, material.about
    review = day_words(front.next_review) if front.next_review else ""
    facts = [("owner", front.owner), ("lead", front.lead), ("next review", review)]
    told = [f"{label} {value.strip()}" for label, value in facts if value.strip()]
    lacking = [label for label, value in facts if not value.strip()]
    months = f"crime of {span_words(str(about.period))}" if about.period is not None else ""
    made = f"Draft of {day_words(on)}" if front.status == "draft" else f"{front.state.capitalize()}; of {day_words(on)}"
    parts = [made, months, *told]
    missing = f"; not stated: {joined_words(lacking)}" if lacking else ""
    return f"{'; '.join(part for part in parts if part)}{missing}."


def statement_sections(material: Material) -> tuple[Section, ...]:
    """The method statement of the run; bare tables have none to tell."""
    if not material.manifest:
        return ()
    parts = method_statement(material.manifest, about=material.about, tables=material.tables).sections
    texts = tuple(f"{heading}. {' '.join(told)}" for heading, told in parts.items())
    return (Section(key="statement", title="Method statement", paragraphs=texts),)


def appendix_sections(asked: QuestionCheck | None) -> tuple[Section, ...]:
    if asked is None:
        return ()
    rows = tuple(
        (str(row["asks"]), str(row["result"]), str(row["found"]) + (f". {row['mend']}" if row["mend"] else ""))
        for _, row in asked.table.iterrows()
    )
    table = PrintedTable(
        caption="Questions of councillors",
        header=("Question", "Answer", "What was found, and what to do"),
        rows=rows,
        widths=(7, 2, 7),
        note="After the Local Government Association's guide, in our own words.",
    )
    return (Section(key="questions", title="Appendix: councillors' questions", tables=(table,)),)
