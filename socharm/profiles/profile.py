"""The SOC local profile: a first draft from an assessment, which an analyst finishes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._constraints import CountFrom0
from socharm._record import Record
from socharm.documents.arguments import existing_folder, require_kind_of, require_path
from socharm.documents.document import Document, Figure, PackagedTemplate, PrintedTable, Section
from socharm.documents.render import save_document
from socharm.documents.words import shortened
from socharm.errors import ParameterError
from socharm.files.names import file_stem
from socharm.io.areas import require_areas
from socharm.plans.dates import month_end, require_day
from socharm.plans.facts import ProfileFacts
from socharm.plans.plan import Plan
from socharm.plans.principles import PrincipleCheck, check_principles
from socharm.plans.questions import QuestionCheck, councillor_questions
from socharm.plans.seed import seed_plan
from socharm.plans.threats import HoldsTables, find_threats, tables_of
from socharm.profiles.action_section import plan_section, principles_section
from socharm.profiles.advice import Recommendation, advice_section, recommend
from socharm.profiles.arguments import checked_providers, checked_standing, require_flag, require_known
from socharm.profiles.content import Material, period_words
from socharm.profiles.context import context_section, threats_section
from socharm.profiles.evidence import Evidence
from socharm.profiles.gaps import gaps_section, unknown_providers
from socharm.profiles.harm import harm_section
from socharm.profiles.headline import checked_comparison, headline_section
from socharm.profiles.pictures import place_figures
from socharm.profiles.side_text import ProfileText, read_profile_text
from socharm.profiles.subject import Subject, subject_of
from socharm.publish.statement import method_statement
from socharm.ranking.top_list import first_areas
from socharm.snapshot.tables import AssessmentTables

__all__ = ["TEMPLATE", "Profile", "ProfileSettings", "seed_profile", "seed_profiles"]

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
        "gaps",
        "recommendations",
        "plan",
        "principles",
        "statement",
    ),
)

_NOT_STATED: Final = "not stated"
#: Arguments that `seed_profiles` hands on to each profile, and why others would be wrong for all of them.
_PASSED_ON: Final = ("on", "areas", "about", "providers", "standing", "questions", "internal")
_ONE_BY_ONE: Final = {
    "area": "every district and the first areas get a profile; for one use `seed_profile`",
    "name": "each place has a name of its own",
    "plan": "each place has a plan of its own; for one use `seed_profile`",
    "text": "each place has a text of its own; name their folder by `texts`",
}


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
class Profile(Record):
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
        Status, ownership, period, review.
    recommendations : tuple of Recommendation
    plan : Plan
        The whole plan; the document shows its first actions.
    principles : PrincipleCheck
    questions : QuestionCheck or None
    statement : tuple of Section
        The method statement, and appendices.
    """

    table: pd.DataFrame
    settings: ProfileSettings
    about: About
    sections: tuple[Section, ...]
    front: PrintedTable
    recommendations: tuple[Recommendation, ...]
    plan: Plan
    principles: PrincipleCheck
    questions: QuestionCheck | None = None
    statement: tuple[Section, ...] = ()

    @property
    def title(self) -> str:
        """Title of the document."""
        return f"Serious and organised crime local profile: {self.settings.name}"

    @checked
    def section(self, key: str) -> Section:
        """One section by its key, such as ``"harm"``.

        Raises
        ------
        ParameterError
            There is no such section.
        """
        return self.document().section(key)

    @checked
    def save(
        self,
        path: str | os.PathLike[str],
        *,
        template: str | os.PathLike[str] | None = None,
        reference: str | os.PathLike[str] | None = None,
    ) -> None:
        """Write the profile as a document.

        Parameters
        ----------
        path : str or path
            ``.docx``, ``.pdf`` (PDF/UA-1), ``.html`` (one file) or ``.md`` (pictures in a folder beside it).
        template : str or path, optional
            A Jinja2 Markdown template of your own: start it with ``{% extends "profile.md.j2" %}`` and replace blocks.
        reference : str or path, optional
            Your force's Word document whose styles, headers and footers a ``.docx`` takes over; the marking is added to
            its headers and footers.

        Raises
        ------
        ParameterError
            Another extension, or `reference` with a format that has none.
        SchemaError
            The template lacks a block, or is faulty.
        MissingExtraError
            The libraries of documents are not installed.
        StoreError
            The file cannot be written; an existing one stays as it was.
        """
        save_document(self.document(), path, template=template, reference=reference)

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
        )

    def _summary(self) -> dict[str, str]:
        return {
            "place": self.settings.name,
            "numbers": f"{len(self.table):,}, each with its place in the assessment",
            "recommendations": ", ".join(item.id for item in self.recommendations) or "none",
            "plan": f"{len(self.plan.table):,} actions",
            "principles": self.principles._summary()["principles"],
        }


@checked
def seed_profile(
    area: str | Iterable[str],
    assessment: HoldsTables | AssessmentTables,
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
    comparison : DataFrame, optional
        By area code: ``rate_earlier``, ``rate_later``, ``rank_earlier``, ``rank_later``, ``p_rise`` (0 to 1) and
        ``period_earlier``, the months of the earlier assessment (``"2024-04 to 2024-09"``).
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
        The area is not in the assessment, bare tables came without `about`, or the plan is of another place.
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
    _require_plan(plan, subject)
    providers, ranks = checked_providers(providers), checked_standing(standing)
    words = _text_of(text)
    manifest: Mapping[str, Any] = getattr(assessment, "manifest", {}) or {}
    if internal is None:
        internal = _holds_closed_counts(manifest)
    known = _about_of(assessment, about, words, internal=internal)
    day = _day_of(on, manifest, known)
    source = f"assessment {manifest['snapshot']}" if "snapshot" in manifest else "; ".join(known.sources)
    material = Material(
        subject=subject,
        about=known,
        evidence=Evidence(period=str(known.period or ""), source=source),
        text=words,
        manifest=manifest,
        comparison=checked_comparison(comparison),
        threats=find_threats(subject.tables, area=subject.key),
        standing=ranks,
        internal=internal,
    )
    agreed = plan if plan is not None else _plan_of(subject, words, known, day)
    figures = place_figures(material, areas if areas is not None else _areas_of(assessment))
    made = recommend(material)
    facts = _facts_of(material, words, providers, day, figures)
    first = tuple(f"{item.text}." for item in made if item.id != "R13")[:3]
    sections = [
        headline_section(material, actions=first),
        harm_section(material, figures=figures[1:]),
        threats_section(material),
        context_section(material),
        gaps_section(material, facts, unknown_providers(material, providers)),
        advice_section(material, made),
        plan_section(material, agreed, on=day),
    ]
    sections[0] = dataclasses.replace(sections[0], figures=figures[:1])
    facts = dataclasses.replace(facts, words=sum(map(_words, sections)))
    check = check_principles(facts, on=day, plan=agreed)
    asked = None
    if questions is not None:
        asked = councillor_questions(facts, plan=agreed, audience=None if questions == "all" else questions)
    settings = ProfileSettings(
        area=subject.key,
        name=subject.title,
        codes=subject.codes,
        kind=subject.kind,
        on=day,
        snapshot=str(manifest.get("snapshot", "")),
        content_id=str(manifest.get("content_id", "")),
        questions=questions,
        internal=internal,
    )
    return Profile(
        table=material.evidence.table,
        settings=settings,
        about=known,
        sections=(*sections, principles_section(check)),
        front=_front(material, settings),
        recommendations=made,
        plan=agreed,
        principles=check,
        questions=asked,
        statement=(*_statement(material), *_appendices(material, asked)),
    )


@checked
def seed_profiles(
    assessment: HoldsTables | AssessmentTables,
    comparison: pd.DataFrame | Record | None = None,
    *,
    top: CountFrom0 = 20,
    districts: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    texts: str | os.PathLike[str] | None = None,
    **known: Any,
) -> Iterator[Profile]:
    """Profiles of every district and of the first areas (the guidance asks for all districts, 3.9).

    Parameters
    ----------
    assessment, comparison
        As in `seed_profile`.
    top : int
        How many areas from the highest rank down; those that tie on the last place are all taken.
    districts : bool
        Whether districts get profiles; there must be any.
    progress : callable, optional
        Called as ``progress(name, number, of)`` before each profile.
    texts : str or path, optional
        Folder with the files of text, ``<area>.toml``; those that are there are used. There must be such a folder.
    **known
        Further arguments of `seed_profile`.

    Returns
    -------
    iterator of Profile
        One after the other, districts first, so that a long run holds one in memory.

    Raises
    ------
    ParameterError
        `top` is no whole number from 0 up, there is no folder `texts`, or an argument is not for many profiles.
    """
    if not isinstance(top, (int, np.integer)) or isinstance(top, bool) or top < 0:
        raise ParameterError(f"`top` is {shortened(top)}; give how many areas get a profile, 0 for none.")
    require_flag(districts, name="districts")
    if progress is not None and not callable(progress):
        raise ParameterError(f"`progress` is {shortened(progress)}; give what can be called, or leave it out.")
    require_known(known, _PASSED_ON, why=_ONE_BY_ONE)
    folder = None if texts is None else existing_folder(texts, name="texts")
    return _each(assessment, comparison, top, districts, progress, folder, known)


def _each(
    assessment: HoldsTables | AssessmentTables,
    comparison: pd.DataFrame | Record | None,
    top: int,
    districts: bool,
    progress: Callable[[str, int, int], None] | None,
    texts: Path | None,
    known: dict[str, Any],
) -> Iterator[Profile]:
    """The profiles of `seed_profiles`, one by one."""
    tables = tables_of(assessment)
    ranked = tables["ranking"].dropna(subset=["rank"])
    first = first_areas(ranked, tables["top_k"], top) if top else ranked.head(0)
    names = sorted(tables["areas"]["parent"].dropna().astype("str").unique()) if districts else []
    wanted = [*names, *map(str, first.index)]
    if "areas" not in known and wanted:
        known["areas"] = _areas_of(assessment)
    places = places_of(tables)
    for number, area in enumerate(wanted, start=1):
        if progress is not None:
            progress(area, number, len(wanted))
        found = text_path(texts, area, among=places) if texts is not None else None
        text = found if found is not None and found.exists() else None
        yield seed_profile(area, assessment, comparison, text=text, **known)


def text_path(folder: str | os.PathLike[str], area: str, *, among: Iterable[str] = ()) -> Path:
    """File of a profile's text, named after the area's code or name; `among` are all that have one in the folder."""
    return Path(folder) / f"{file_stem(area, among=among)}.toml"


def places_of(tables: AssessmentTables) -> list[str]:
    """Every code and district that can have a profile."""
    return [*map(str, tables["areas"].index), *map(str, tables["areas"]["parent"].dropna().unique())]


def _require_plan(plan: Plan | None, subject: Subject) -> None:
    """A plan in progress must be of the place: another one's baselines would stand here as this one's."""
    if plan is None:
        return
    require_kind_of(plan, Plan, name="plan", advice="give what `read_plan` or `seed_plan` returns")
    if plan.settings.area != subject.key:
        raise ParameterError(
            f"`plan` is for {plan.settings.area!r}, and the profile is of {subject.key!r}. Read the plan of this place."
        )


def _text_of(text: ProfileText | str | os.PathLike[str] | None) -> ProfileText:
    if text is None:
        return ProfileText()
    return text if isinstance(text, ProfileText) else read_profile_text(require_path(text, name="text"))


def _holds_closed_counts(manifest: Mapping[str, Any]) -> bool:
    """Whether a snapshot's counts are as recorded of input that is not open."""
    closed = manifest.get("disclosure", {}).get("open_input", True) is False
    return closed and not manifest.get("published_form", False)


def _about_of(assessment: object, about: About | None, text: ProfileText, *, internal: bool) -> About:
    known = about if about is not None else getattr(assessment, "about", None)
    if not isinstance(known, About):
        raise ParameterError("`about` is not stated, and bare tables do not say it. Give period, sources and marking.")
    if internal:
        known = dataclasses.replace(known, internal=True)
    if text.front.marking:
        # Text can raise the marking of what it is added to, and never lower it.
        return dataclasses.replace(combine_about(known, About(marking=text.front.marking)), unit=known.unit)
    return known


def _day_of(on: dt.date | None, manifest: Mapping[str, Any], about: About) -> dt.date:
    if on is not None:
        return require_day(on)
    created = str(manifest.get("created", ""))[:10]
    if created:
        return dt.date.fromisoformat(created)
    if about.period is None:
        raise ParameterError("`on` is not stated, and the assessment has no period. Give the day of the profile.")
    return month_end(about.period.end)


def _areas_of(assessment: object) -> Any | None:
    """Boundaries of a snapshot; None for bare tables, and for a run that kept no GeoPackage."""
    found = getattr(assessment, "areas", None)
    if not callable(found):
        return None
    recipe = getattr(assessment, "recipe", None)
    kept = getattr(getattr(recipe, "outputs", None), "geopackage", True)
    return found() if kept else None


def _plan_of(subject: Subject, text: ProfileText, about: About, day: dt.date) -> Plan:
    found = find_threats(subject.tables, area=subject.key)
    recorded = [str(key) for key in found.index[found["found"].fillna(False).astype(bool)]]
    told = [entry.threat for entry in text.threats if entry.present or (entry.ocgs or 0) > 0]
    wanted = [key for key in found.index if key in {*recorded, *told}]
    return seed_plan(subject.tables, area=subject.key, start=day, threats=wanted, owner=text.front.lead, about=about)


def _facts_of(
    material: Material,
    text: ProfileText,
    providers: Mapping[str, str] | None,
    day: dt.date,
    figures: tuple[Figure, ...],
) -> ProfileFacts:
    front = text.front
    stated = {"owner": front.owner, "lead": front.lead, "data_sharing": front.data_sharing}
    known: dict[str, Any] = {name: value for name, value in stated.items() if value.strip()}
    # Providers whose sector nobody stated count for no sector; the gaps say so.
    dictionary = material.tables["indicator_dictionary"]
    if len(dictionary):
        told = dictionary[~dictionary["provider"].isin(unknown_providers(material, providers))]
        tables = material.tables.with_tables(indicator_dictionary=told)
    else:
        tables = material.tables
    return ProfileFacts.from_assessment(
        tables,
        about=material.about,
        providers=providers,
        marking_reason=front.marking_reason,
        refreshed=front.refreshed or day,
        next_review=front.next_review,
        visuals=tuple(figure.name for figure in figures),
        **known,
    )


def _words(section: Section) -> int:
    texts = [section.title, section.lead, *section.paragraphs, *section.points, *section.human, *section.quotes]
    for table in section.tables:
        texts += [table.caption, table.note, *table.header, *(cell for row in table.rows for cell in row)]
    return sum(len(text.split()) for text in texts)


def _front(material: Material, settings: ProfileSettings) -> PrintedTable:
    """What stands on the front, two facts a line."""
    front, about = material.text.front, material.about
    facts = [
        ("Status", front.status),
        ("Day of the profile", str(settings.on)),
        ("Author (role)", front.author),
        ("Approver (role)", front.approver),
        ("Owner", front.owner),
        ("Lead agency", front.lead),
        ("Distribution", front.distribution),
        ("Retention", front.retention),
        ("Data-sharing basis", front.data_sharing),
        ("Impact assessment", front.impact_assessment),
        ("Months assessed", period_words(str(about.period)) if about.period is not None else ""),
        ("Next review", str(front.next_review or "")),
    ]
    told = [(label, value.strip() or _NOT_STATED) for label, value in facts]
    rows = tuple((*told[i], *told[i + 1]) for i in range(0, len(told), 2))
    note = f"Assessment {settings.snapshot}." if settings.snapshot else ""
    if settings.internal:
        note = f"INTERNAL: shows numbers that a published profile withholds. {note}".strip()
    return PrintedTable(
        caption="Status and ownership",
        header=("Fact", "Stated", "Fact", "Stated"),
        rows=rows,
        widths=(3, 5, 3, 5),
        note=note,
    )


def _statement(material: Material) -> tuple[Section, ...]:
    """The method statement of the run; bare tables have none to tell."""
    if not material.manifest:
        return ()
    parts = method_statement(material.manifest, about=material.about, tables=material.tables).sections
    texts = tuple(f"{heading}. {' '.join(told)}" for heading, told in parts.items())
    return (Section(key="statement", title="Method statement", paragraphs=texts),)


def _appendices(material: Material, asked: QuestionCheck | None) -> tuple[Section, ...]:
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
