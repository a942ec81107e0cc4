"""The SOC local profile: a first draft from an assessment, which an analyst finishes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._record import Record
from socharm._words import number_of
from socharm.documents.document import Document, Figure, PackagedTemplate, PrintedTable, Section
from socharm.documents.evidence import Evidence
from socharm.documents.saved import DocumentRecord
from socharm.io.areas import require_areas
from socharm.plans.facts import ProfileFacts
from socharm.plans.plan import Plan
from socharm.plans.principles import PrincipleCheck, check_principles
from socharm.plans.questions import QuestionCheck, councillor_questions
from socharm.plans.threats import find_threats
from socharm.plans.weighing import weigh_offences
from socharm.profiles.action_section import plan_section, principles_section
from socharm.profiles.advice import Recommendation, advice_section, first_actions, recommend
from socharm.profiles.arguments import checked_providers, checked_standing
from socharm.profiles.content import Material, old_months
from socharm.profiles.context import context_section, threats_section
from socharm.profiles.gaps import gaps_section, unknown_providers
from socharm.profiles.given import (
    areas_of,
    day_of,
    facts_of,
    plan_of,
    require_own_comparison,
    require_plan,
    stated_about,
    text_of,
    words_in,
)
from socharm.profiles.harm import harm_section
from socharm.profiles.headline import SOURCES_BELOW, headline_section, ranks_table
from socharm.profiles.moved_table import checked_comparison
from socharm.profiles.outer_parts import appendix_sections, front_table, ownership_line, statement_sections
from socharm.profiles.pictures import place_figures
from socharm.profiles.side_text import ProfileText
from socharm.profiles.subject import subject_of
from socharm.profiles.tried import tried_section
from socharm.snapshot.assessment import Assessment, holds_closed_counts, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["TEMPLATE", "Profile", "ProfileSettings", "seed_profile"]

#: The packaged template of profiles; one of a force's own keeps each of its blocks.
TEMPLATE: Final = PackagedTemplate(
    name="profile.md.j2",
    package="socharm.profiles.templates",
    blocks=(
        "front",
        "headline",
        "harm",
        "threats",
        "context",
        "tried",
        "gaps",
        "recommendations",
        "plan",
        "principles",
        "statement",
    ),
)


@dataclass(frozen=True, kw_only=True)
class ProfileSettings:
    """What a profile is of.

    Parameters
    ----------
    area, name : str
        Area code, district, or the name of a set; and how it is called.
    codes : tuple of str
    kind : str
        ``"area"``, ``"district"`` or ``"set"``.
    on : date
        Day of the profile: ages and due dates are reckoned from it.
    snapshot, content_id : str
        Of the assessment; blank for bare tables.
    questions : str, optional
        Whose questions stand in the appendix; none when None.
    internal : bool
        Whether numbers are shown that a published profile withholds.
    """

    area: str
    name: str
    codes: tuple[str, ...]
    kind: str
    on: dt.date
    snapshot: str = ""
    content_id: str = ""
    questions: str | None = None
    internal: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Profile(DocumentRecord):
    """A local profile: text, tables and pictures, and where each number comes from.

    Attributes
    ----------
    table : DataFrame
        Every number of the profile: ``what``, ``text`` (as printed), ``value``, ``low``, ``high``, ``unit``,
        ``period``, ``source``, and ``table``, ``column``, ``row`` of the assessment. Missing ends: no interval.
    settings : ProfileSettings
    sections : tuple of Section
        In the order of the document.
    front : PrintedTable
        Status, ownership, period, review; on the last page.
    ownership : str
        The same in one line, below the title.
    recommendations : tuple of Recommendation
    plan : Plan
        The whole plan; the document shows its first actions.
    principles : PrincipleCheck
    questions : QuestionCheck or None
    statement : tuple of Section
        The method statement, and appendices.
    """

    __made_by__ = ("seed_profile",)

    table: pd.DataFrame
    settings: ProfileSettings
    about: About
    sections: tuple[Section, ...]
    front: PrintedTable
    ownership: str
    recommendations: tuple[Recommendation, ...]
    plan: Plan
    principles: PrincipleCheck
    questions: QuestionCheck | None = None
    statement: tuple[Section, ...] = ()

    @property
    def title(self) -> str:
        """Title of the document."""
        return f"SOC local profile: {self.settings.name}"

    @checked
    def section(self, key: str) -> Section:
        """One section by its key, such as ``"harm"``.

        Raises
        ------
        ParameterError
            There is no such section.
        """
        return self.document().section(key)

    def document(self) -> Document:
        """The profile as a document, which `save` writes."""
        return Document(
            title=self.title,
            marking=self.about.marking,
            day=self.settings.on,
            sections=self.sections,
            front=self.front,
            statement=self.statement,
            internal=self.settings.internal,
            template=TEMPLATE,
            values={"profile": self},
            slide_source=next((one.source for one in self.sections if one.source not in ("", SOURCES_BELOW)), ""),
        )

    def _summary(self) -> dict[str, str]:
        return {
            "place": self.settings.name,
            "numbers": f"{len(self.table):,}, each with its place in the assessment",
            "recommendations": ", ".join(item.id for item in self.recommendations) or "none",
            "plan": number_of(len(self.plan.table), "action"),
            "principles": self.principles._summary()["principles"],
        }


@checked
def seed_profile(
    area: str | Iterable[str],
    assessment: Assessment | AssessmentTables,
    comparison: pd.DataFrame | Record | None = None,
    *,
    name: str | None = None,
    on: dt.date | None = None,
    text: ProfileText | str | os.PathLike[str] | None = None,
    plan: Plan | None = None,
    areas: pd.DataFrame | None = None,
    about: About | None = None,
    providers: Mapping[str, str] | None = None,
    standing: Mapping[str, pd.Series] | None = None,
    questions: str | None = None,
    internal: bool | None = None,
) -> Profile:
    """Write a first draft of a SOC local profile.

    Parameters
    ----------
    area : str or iterable of str
        An area code, the name of a district, or several area codes.
    assessment : Assessment or AssessmentTables
    comparison : Comparison or DataFrame, optional
        What `compare` makes of an earlier assessment and this one. Or a table of one's own by area code:
        ``rate_earlier``, ``rate_later``, ``rank_earlier``, ``rank_later``, ``p_rise`` (0 to 1) and ``period_earlier``,
        the months of the earlier assessment (``"2024-04 to 2024-09"``).
    name : str, optional
        What several areas are called together.
    on : date, optional
        Day of the profile; the day the assessment was made when omitted, or the end of its period.
    text : ProfileText or path, optional
        What people wrote: status, blocks, recommendations, surveys, themes, threats.
    plan : Plan, optional
        A plan in progress; a first one is seeded when omitted.
    areas : GeoDataFrame, optional
        Boundaries for the map; the assessment's own when omitted. Without any there is no map.
    about : About, optional
        Needed for bare tables.
    providers : mapping of str to str, optional
        Sector of each provider of partner measures that is no known agency; one without stands among the gaps.
    standing : mapping of str to Series, optional
        Deprivation ranks over wider sets (1: most deprived), by what they are over, such as ``{"England": ranks}``.
    questions : str, optional
        Whose questions to answer in an appendix, such as ``"community safety partnerships"``; ``"all"`` for all.
    internal : bool, optional
        Say on every page that it shows numbers withheld from publication, and give mapped groups as numbers, not in
        bands. Without it, a snapshot of input that is not open makes an internal profile, unless it is given in
        published form.

    Returns
    -------
    Profile

    Raises
    ------
    ParameterError
        The area is not in the assessment, bare tables came without `about`, the plan is of another place, or the
        comparison of another assessment.
    RefusedError
        The assessment is in published form and the comparison is not: it would tell what is withheld.
    SchemaError
        The text, the comparison or the standing is faulty.

    Notes
    -----
    Recommendations come from stated rules and are suggestions. Nothing people wrote is ever overwritten: it is read
    from its file and printed beside what the assessment says.

    References
    ----------
    Home Office (2025), Serious and organised crime local profiles: a guide. Local Government Association, Tackling
    serious and organised crime: a local response.

    Examples
    --------
    >>> profile = seed_profile("E05001346", assessment)  # doctest: +SKIP
    >>> profile.save("bradford-moor.docx")  # doctest: +SKIP
    """
    if areas is not None:
        require_areas(areas)
    subject = subject_of(area, tables_of(assessment), name=name)
    require_plan(plan, subject)
    providers, ranks = checked_providers(providers), checked_standing(standing)
    words = text_of(text)
    manifest = assessment.manifest if isinstance(assessment, Assessment) else {}
    compared = checked_comparison(comparison)
    if internal is None:
        internal = holds_closed_counts(manifest)
    known = stated_about(assessment, about, words, internal=internal)
    require_own_comparison(compared, assessment, known)
    day = day_of(on, manifest, known)
    source = f"assessment {manifest['snapshot']}" if "snapshot" in manifest else "; ".join(known.sources)
    material = Material(
        subject=subject,
        about=known,
        evidence=Evidence(period=str(known.period or ""), source=source),
        text=words,
        manifest=manifest,
        comparison=compared,
        threats=find_threats(subject.tables, area=subject.key),
        weighed=weigh_offences(subject.tables, area=subject.key),
        standing=ranks,
        internal=internal,
    )
    agreed = plan if plan is not None else plan_of(subject, words, known, day)
    figures = place_figures(material, areas if areas is not None else areas_of(assessment))
    return _written(material, agreed, figures, providers, on=day, questions=questions)


def _written(
    material: Material,
    plan: Plan,
    figures: tuple[Figure, ...],
    providers: Mapping[str, str] | None,
    *,
    on: dt.date,
    questions: str | None,
) -> Profile:
    """The profile of what is gathered: recommendations, sections, and whether they keep the guidance."""
    made = recommend(material)
    facts = facts_of(material, material.text, providers, on, figures)
    sections = _sections(material, plan, made, facts, figures, unknown_providers(material, providers), on=on)
    facts = dataclasses.replace(facts, words=sum(map(words_in, sections)))
    check = check_principles(facts, on=on, plan=plan)
    asked = None
    if questions is not None:
        asked = councillor_questions(facts, plan=plan, audience=None if questions == "all" else questions)
    subject, snapshot = material.subject, str(material.manifest.get("snapshot", ""))
    return Profile(
        table=material.evidence.table,
        settings=ProfileSettings(
            area=subject.key,
            name=subject.title,
            codes=subject.codes,
            kind=subject.kind,
            on=on,
            snapshot=snapshot,
            content_id=str(material.manifest.get("content_id", "")),
            questions=questions,
            internal=material.internal,
        ),
        about=material.about,
        sections=(*sections, principles_section(check)),
        front=front_table(material, on=on, snapshot=snapshot),
        ownership=ownership_line(material, on=on),
        recommendations=made,
        plan=plan,
        principles=check,
        questions=asked,
        statement=(*statement_sections(material), *appendix_sections(asked)),
    )


def _sections(
    material: Material,
    plan: Plan,
    made: tuple[Recommendation, ...],
    facts: ProfileFacts,
    figures: tuple[Figure, ...],
    unknown: Sequence[str],
    *,
    on: dt.date,
) -> list[Section]:
    """Every section but that of the principles, which judges these, in the order of the document."""
    old = old_months(material, on)
    headline = headline_section(material, actions=first_actions(made), old=old)
    tried = tried_section(material)
    return [
        dataclasses.replace(headline, figures=figures),
        harm_section(material, ranks=ranks_table(material)),
        threats_section(material),
        context_section(material),
        *([] if tried is None else [tried]),
        gaps_section(material, facts, unknown, old=old),
        advice_section(material, made),
        plan_section(material, plan, on=on),
    ]
