"""What a profile is written from, as the caller gives it or the assessment tells it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

import pandas as pd

from socharm._about import NOISY, About, combine_about
from socharm.documents.arguments import require_path
from socharm.documents.document import Figure, Section
from socharm.errors import ParameterError, RefusedError
from socharm.plans.dates import month_end, require_day
from socharm.plans.facts import ProfileFacts
from socharm.plans.plan import Plan
from socharm.plans.seed import seed_plan
from socharm.plans.threats import find_threats
from socharm.profiles.content import Material
from socharm.profiles.gaps import unknown_providers
from socharm.profiles.side_text import ProfileText, read_profile_text
from socharm.profiles.subject import Subject
from socharm.rescoring.comparison import Comparison
from socharm.snapshot.assessment import Assessment, about_of
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "areas_of",
    "day_of",
    "facts_of",
    "plan_of",
    "require_own_comparison",
    "require_plan",
    "stated_about",
    "text_of",
    "words_in",
]


def require_plan(plan: Plan | None, subject: Subject) -> None:
    """A plan in progress must be of the place: another one's baselines would stand here as this one's."""
    if plan is None:
        return
    if plan.settings.area != subject.key:
        raise ParameterError(
            f"`plan` is for {plan.settings.area!r}, and the profile is of {subject.key!r}. Read the plan of this place."
        )


def text_of(text: ProfileText | str | os.PathLike[str] | None) -> ProfileText:
    if text is None:
        return ProfileText()
    return text if isinstance(text, ProfileText) else read_profile_text(require_path(text, name="text"))


def stated_about(
    assessment: Assessment | AssessmentTables, about: About | None, text: ProfileText, *, internal: bool
) -> About:
    known = about if about is not None else about_of(assessment)
    if known is None:
        raise ParameterError("`about` is not stated, and bare tables do not say it. Give period, sources and marking.")
    if internal:
        known = dataclasses.replace(known, internal=True)
    if text.front.marking:
        # Text can raise the marking of what it is added to, and never lower it.
        return dataclasses.replace(combine_about(known, About(marking=text.front.marking)), unit=known.unit)
    return known


def day_of(on: dt.date | None, manifest: Mapping[str, Any], about: About) -> dt.date:
    if on is not None:
        return require_day(on)
    created = str(manifest.get("created", ""))[:10]
    if created:
        return dt.date.fromisoformat(created)
    if about.period is None:
        raise ParameterError("`on` is not stated, and the assessment has no period. Give the day of the profile.")
    return month_end(about.period.end)


def areas_of(assessment: Assessment | AssessmentTables) -> Any | None:
    """Boundaries of a snapshot; None for bare tables, and for a run that kept no GeoPackage."""
    if not isinstance(assessment, Assessment) or not assessment.recipe.outputs.geopackage:
        return None
    return assessment.areas()


def plan_of(subject: Subject, text: ProfileText, about: About, day: dt.date) -> Plan:
    found = find_threats(subject.tables, area=subject.key)
    recorded = [str(key) for key in found.index[found["found"].fillna(False).astype(bool)]]
    told = [entry.threat for entry in text.threats if entry.present or (entry.ocgs or 0) > 0]
    wanted = [key for key in found.index if key in {*recorded, *told}]
    return seed_plan(subject.tables, area=subject.key, start=day, threats=wanted, about=about)


def facts_of(
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


def words_in(section: Section) -> int:
    texts = [
        section.title,
        section.lead,
        *section.opening,
        *section.paragraphs,
        *section.points,
        *section.human,
        *section.quotes,
    ]
    for table in section.tables:
        texts += [table.caption, table.note, *table.header, *(cell for row in table.rows for cell in row)]
    return sum(len(text.split()) for text in texts)


def require_own_comparison(
    comparison: pd.DataFrame | Comparison | None, assessment: Assessment | AssessmentTables, about: About
) -> None:
    """Stop unless the later assessment of a comparison is the one that is written about, in the same form.

    Raises
    ------
    ParameterError
        It is another one.
    RefusedError
        The tables are published ones, and the comparison is of counts as recorded.
    """
    if not isinstance(comparison, Comparison):
        return
    later, months = comparison.assessments[1], str(comparison.periods[1])
    if isinstance(assessment, Assessment) and later != assessment.path.name:
        raise ParameterError(
            f"`comparison` has {later!r} as its later assessment, and the one given is {assessment.path.name!r}. "
            "Compare an earlier one with this one."
        )
    if about.period is not None and months != str(about.period):
        raise ParameterError(
            f"`comparison` has the later months {months}, and the assessment those of {about.period}. Compare an "
            "earlier one with this one."
        )
    if NOISY in about.coverage and NOISY not in comparison.about.coverage:
        raise RefusedError(
            "`comparison` is of counts as recorded, and the assessment is in published form: it would tell what is "
            "withheld. Compare both in published form, or use both as recorded, internally."
        )
