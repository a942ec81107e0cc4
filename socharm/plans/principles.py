"""Whether a profile keeps the seven principles of the guidance, and what would mend it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pandas as pd

from socharm._about import About, highest_marking
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.plans.dates import months_after
from socharm.plans.facts import CORE_SECTORS, SECTORS, ProfileFacts
from socharm.plans.library import STRANDS, agency_roles
from socharm.plans.plan import Plan

__all__ = [
    "RESULTS",
    "Finding",
    "PrincipleCheck",
    "PrincipleSettings",
    "about_of",
    "check_principles",
    "counted",
    "governed",
    "judged",
]

#: What a check can say.
RESULTS: Final = ("pass", "fail", "not known")
#: The principle of regular review.
_REVIEW: Final = 6
_OFFICIAL: Final = ("OFFICIAL", "OFFICIAL-SENSITIVE")


class Finding(NamedTuple):
    """One thing looked at: whether it holds (None: not known), what was found, what would mend it."""

    holds: bool | None
    found: str
    mend: str


@dataclass(frozen=True, kw_only=True)
class PrincipleSettings(Settings):
    """Thresholds of `check_principles`, and the day it was made for."""

    on: dt.date = setting(says="the day for which ages are reckoned")
    most_words: CountFrom1 = setting(4000, "length up to which a profile counts as concise")
    core_sectors: tuple[str, ...] = setting(CORE_SECTORS, "sectors whose data must be present")
    refresh_months: CountFrom1 = setting(12, "longest time since the profile was last refreshed")
    rescore_months: CountFrom1 = setting(6, "longest time since the area was last scored")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        for sector in self.core_sectors:
            require_choice(sector, SECTORS, name="core_sectors")


@dataclass(frozen=True, eq=False, repr=False)
class PrincipleCheck(Record):
    """The seven principles, one by one.

    Attributes
    ----------
    table : DataFrame
        Index ``number`` (1 to 7, as in the guidance); ``principle``, ``result`` (``pass``, ``fail`` or ``not known``),
        ``found``, ``mend`` (blank where it passes) and ``source``.
    settings : PrincipleSettings
    facts : ProfileFacts
    """

    table: pd.DataFrame
    settings: PrincipleSettings
    facts: ProfileFacts
    about: About

    @property
    def ok(self) -> bool:
        """Whether all seven pass."""
        return bool((self.table["result"] == "pass").all())

    def to_mend(self) -> pd.DataFrame:
        """Those that do not pass."""
        return self.table[self.table["result"] != "pass"]

    def _summary(self) -> dict[str, str]:
        return counted(self.table, "principles")


def counted(table: pd.DataFrame, what: str) -> dict[str, str]:
    """How many there are of each result, for a repr."""
    counts = table["result"].value_counts()
    return {what: ", ".join(f"{int(counts.get(result, 0))} {result}" for result in RESULTS)}


@checked
def check_principles(
    facts: ProfileFacts,
    *,
    on: dt.date | None = None,
    plan: Plan | None = None,
    most_words: CountFrom1 = 4000,
    core_sectors: Sequence[str] = CORE_SECTORS,
    refresh_months: CountFrom1 = 12,
    rescore_months: CountFrom1 = 6,
    settings: PrincipleSettings | Mapping[str, Any] | None = None,
) -> PrincipleCheck:
    """Check a profile against the seven guiding principles.

    Parameters
    ----------
    facts : ProfileFacts
    on : date
        The day for which ages are reckoned; the clock is never asked. It must be stated, here or in `settings`.
    plan : Plan, optional
        The 4P plan that the profile drives.
    most_words : int
        Ours: the guidance says concise, and no number.
    core_sectors : sequence of str
        Sectors that must be present; the guidance names police, health, education and local authorities.
    refresh_months, rescore_months : int
        The guidance recommends a refresh every 12 months, and tells of a force that scores again every six.
    settings : PrincipleSettings or mapping, optional
        Choices of another check, for what is not stated by keyword.

    Returns
    -------
    PrincipleCheck
        Fails where anything looked at does not hold; is not known where nothing fails but something is not known.

    Raises
    ------
    ParameterError
        `on` is no date, an unknown sector, or a threshold that is not above 0.

    References
    ----------
    Home Office (2025), Serious and organised crime local profiles: a guide, 2.3 and 4.

    Examples
    --------
    >>> facts = ProfileFacts(words=1200, visuals=("heat map",), marking="OFFICIAL")
    >>> check = check_principles(facts, on=dt.date(2026, 10, 31))
    >>> check.table["result"].tolist()
    ['pass', 'not known', 'not known', 'pass', 'not known', 'not known', 'pass']
    """
    chosen = PrincipleSettings.of(settings)
    principles = {
        "Concise": _concise(facts, chosen),
        "Drives a 4P plan": _drives_a_plan(plan),
        "Wide partnership data": _wide_data(facts, chosen),
        "Appropriate classification": _classified(facts),
        "Governance": governed(facts),
        "Regular review": _reviewed(facts, chosen),
        "Visual": _visual(facts),
    }
    rows = [
        {"principle": name, **judged(findings), "source": _source(number)}
        for number, (name, findings) in enumerate(principles.items(), start=1)
    ]
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, 8, name="number")).astype("str")
    return PrincipleCheck(table=table, settings=chosen, facts=facts, about=about_of(facts, plan))


def _source(number: int) -> str:
    """What a principle is taken from; scores every six months are a force's practice, told elsewhere in the guide."""
    return f"SOC guide, 2.3, item {number}" + ("; 4 (scores made again)" if number == _REVIEW else "")


def about_of(facts: ProfileFacts, plan: Plan | None) -> About:
    """The highest marking of both, and the period of the plan's baselines."""
    markings = [facts.marking] if facts.marking else []
    markings += [plan.about.marking] if plan is not None else []
    return About(marking=highest_marking(*markings), period=None if plan is None else plan.about.period)


def judged(findings: Sequence[Finding]) -> dict[str, str]:
    """One result from several things looked at; a failure outweighs what is not known."""
    holds = [finding.holds for finding in findings]
    result = "fail" if False in holds else "not known" if None in holds else "pass"
    return {
        "result": result,
        "found": "; ".join(finding.found for finding in findings),
        "mend": "; ".join(finding.mend for finding in findings if not finding.holds),
    }


def _concise(facts: ProfileFacts, settings: PrincipleSettings) -> list[Finding]:
    mend = f"bring the profile to {number_of(settings.most_words, 'word')}"
    if facts.words is None:
        return [Finding(None, "length not known", "count the words")]
    return [Finding(facts.words <= settings.most_words, number_of(facts.words, "word"), mend)]


def _drives_a_plan(plan: Plan | None) -> list[Finding]:
    if plan is None:
        return [Finding(None, "no plan given", "make a plan with `seed_plan`, or give it")]
    live = plan.table[plan.table["status"] != "stopped"]
    lacking = [strand for strand in STRANDS if strand not in set(live["p"])]
    strands = "actions under all four strands" if not lacking else f"no action under {', '.join(lacking)}"
    findings = [Finding(not lacking, strands, f"add actions under {', '.join(lacking)}")]
    for column, what in (
        ("owner", "an owner"),
        ("agency", "an agency"),
        ("due", "a due date"),
        ("measure", "a measure"),
    ):
        without = int((live[column].isna() | (live[column] == "")).sum())
        text = (
            f"every action has {what}"
            if not without
            else f"{without} of {number_of(len(live), 'action')} without {what}"
        )
        findings.append(Finding(not without, text, f"give {what} to {number_of(without, 'action')}"))
    return [*findings, *_proposed(plan, live)]


def _proposed(plan: Plan, live: pd.DataFrame) -> list[Finding]:
    """Owners that the library suggested and nobody agreed to."""
    suggested = live["agency"].map(agency_roles())
    n = int(((live["owner"] == suggested) & (live["owner"] != "")).sum())
    if not n or not plan.is_draft:
        return []
    text = f"the plan is a draft: {number_of(n, 'owner is proposed', 'owners are proposed')}, not agreed"
    return [Finding(None, text, "agree the owners, and record the review of the plan")]


def _wide_data(facts: ProfileFacts, settings: PrincipleSettings) -> list[Finding]:
    if facts.sectors is None:
        return [Finding(None, "sectors not known", "name the sectors whose data the profile uses")]
    present = [sector for sector in SECTORS if sector in facts.sectors]
    absent = [sector for sector in SECTORS if sector not in facts.sectors]
    lacking = [sector for sector in settings.core_sectors if sector in absent]
    text = f"present: {', '.join(present) or 'none'}; not present: {', '.join(absent) or 'none'}"
    return [Finding(not lacking, text, f"ask for data of {', '.join(lacking)}")]


def _classified(facts: ProfileFacts) -> list[Finding]:
    if facts.marking is None:
        return [Finding(None, "classification not known", "mark the profile; OFFICIAL is recommended")]
    reason = facts.marking_reason.strip()
    text = f"{facts.marking}: {reason}" if reason else facts.marking
    mend = "bring it to OFFICIAL so that partners can use it, or write down the exceptional reason"
    return [Finding(facts.marking in _OFFICIAL or bool(reason), text, mend)]


def governed(facts: ProfileFacts) -> list[Finding]:
    """Owner, lead and basis of data sharing."""
    asked = (
        ("owner", facts.owner, "name the partnership that owns the profile"),
        ("lead", facts.lead, "name the agency that keeps it up to date"),
        (
            "basis of data sharing",
            facts.data_sharing,
            "write down on which basis data are shared, such as an agreement",
        ),
    )
    return [_recorded(name, value, mend) for name, value, mend in asked]


def _recorded(name: str, value: str | None, mend: str) -> Finding:
    if value is None:
        return Finding(None, f"{name} not known", mend)
    return Finding(bool(value.strip()), f"{name}: {value.strip() or 'none'}", mend)


def _reviewed(facts: ProfileFacts, settings: PrincipleSettings) -> list[Finding]:
    on = settings.on
    findings = [
        _recent("refreshed", facts.refreshed, settings.refresh_months, on, "refresh the profile"),
        _recent("scored", facts.scored, settings.rescore_months, on, "score the area again"),
    ]
    if facts.next_review is None:
        return [*findings, Finding(None, "next review not known", "set the date of the next review")]
    text = f"next review {facts.next_review}"
    return [*findings, Finding(facts.next_review >= on, text, "hold the review that is past, and set the next")]


def _recent(what: str, date: dt.date | None, months: int, on: dt.date, mend: str) -> Finding:
    advice = f"{mend}; at least every {number_of(months, 'month')}"
    if date is None:
        return Finding(None, f"not known when {what}", advice)
    if date > on:
        return Finding(False, f"{what} {date}, which is after {on}", "correct the date")
    # Six months from the end of a month reach to the end of a month: scores are made of whole months.
    last = max(months_after(date, months), months_after(date + dt.timedelta(days=1), months) - dt.timedelta(days=1))
    return Finding(on <= last, f"{what} {date}", advice)


def _visual(facts: ProfileFacts) -> list[Finding]:
    if facts.visuals is None:
        return [Finding(None, "pictures not known", "name the maps and charts in the profile")]
    text = ", ".join(facts.visuals) or "no picture"
    return [Finding(bool(facts.visuals), text, "add a map, a chart or an infographic")]
