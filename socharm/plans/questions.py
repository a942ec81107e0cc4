"""Councillors' questions to a profile and its plan: answered where facts can, open where people must."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.plans.facts import ProfileFacts
from socharm.plans.library import STRANDS, agency_sectors, question_table
from socharm.plans.plan import Plan
from socharm.plans.principles import Finding, about_of, counted, governed, judged

__all__ = ["QuestionCheck", "QuestionSettings", "councillor_questions"]


@dataclass(frozen=True, kw_only=True)
class QuestionSettings:
    """Choices of `councillor_questions`.

    Parameters
    ----------
    audience : str, optional
        Whose questions; all when None.
    """

    audience: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class QuestionCheck(Record):
    """Councillors' questions and what is known of their answers.

    Attributes
    ----------
    table : DataFrame
        Index ``question``; ``audience``, ``asks``, ``result`` (``pass``, ``fail`` or ``not known``), ``found``,
        ``mend``, ``source``.
    settings : QuestionSettings
    """

    table: pd.DataFrame
    settings: QuestionSettings
    about: About

    def _summary(self) -> dict[str, str]:
        return counted(self.table, "questions")


@checked
def councillor_questions(
    facts: ProfileFacts,
    *,
    plan: Plan | None = None,
    audience: str | None = None,
    answers: Mapping[str, bool | str] | None = None,
) -> QuestionCheck:
    """Put councillors' questions to a profile and its plan; an appendix for those who ask for it.

    Parameters
    ----------
    facts : ProfileFacts
    plan : Plan, optional
    audience : str, optional
        Whose questions, such as ``"community safety partnerships"``; all by default.
    answers : mapping of str to (bool or str), optional
        Answers that people gave, by question: whether it is so, or the answer in words. They go before what facts and
        plan say.

    Returns
    -------
    QuestionCheck
        Most questions are for people to answer and stay ``not known`` until they do.

    Raises
    ------
    ParameterError
        An unknown audience or question; facts that are no `ProfileFacts`.

    References
    ----------
    Local Government Association, Tackling serious and organised crime: a local response, councillor questions; in our
    own words.

    Examples
    --------
    >>> check = councillor_questions(ProfileFacts(owner="CSP", lead=""), audience="community safety partnerships")
    >>> check.table.loc["CSP-06", ["result", "found"]].tolist()
    ['fail', 'owner: CSP; lead: none; basis of data sharing not known']
    """
    if not isinstance(facts, ProfileFacts):
        raise ParameterError(f"`facts` is a {type(facts).__name__}; give `ProfileFacts`.")
    table = question_table()
    given = dict(answers or {})
    for question in given:
        require_choice(question, set(table.index), name="answers")
    if audience is not None:
        require_choice(audience, set(table["audience"]), name="audience")
        table = table[table["audience"] == audience]
    found = []
    for name, row in table.iterrows():
        ask = row["mend"] or f"ask the {row['audience']}, and give `answers=`"
        if name in given:
            found.append(judged([_answered(given[str(name)], ask)]))
        else:
            found.append(judged([_looked_up(row["check"], ask, facts, plan)]))
    joined = table.drop(columns="mend").join(pd.DataFrame(found, index=table.index).astype("str"))
    columns = ["audience", "asks", "result", "found", "mend", "source"]
    settings = QuestionSettings(audience=audience)
    return QuestionCheck(table=joined[columns], settings=settings, about=about_of(facts, plan))


def _answered(answer: bool | str, mend: str) -> Finding:
    if isinstance(answer, bool):
        return Finding(answer, "yes" if answer else "no", mend)
    return Finding(True, answer, "") if answer.strip() else Finding(None, "no answer", mend)


def _looked_up(check: str, mend: str, facts: ProfileFacts, plan: Plan | None) -> Finding:
    """What facts and plan say to a question; what they cannot say is not known."""
    asked = Finding(None, "for people to answer", mend)
    if check == "governance":
        joined = judged(governed(facts))
        return Finding({"pass": True, "fail": False}.get(joined["result"]), joined["found"], joined["mend"])
    if check in ("sectors", "health", "education"):
        return _of_sectors(check, facts, mend)
    return asked if plan is None else _of_plan(check, plan, mend) or asked


def _of_sectors(check: str, facts: ProfileFacts, mend: str) -> Finding:
    if facts.sectors is None:
        return Finding(None, "sectors not known", mend)
    others = [sector for sector in facts.sectors if (sector != "police" if check == "sectors" else sector == check)]
    return Finding(bool(others), f"data of {', '.join(others)}" if others else "no such data", mend)


# A question is answered by actions of the guidance that the plan kept; without them it is not known, for partners may
# have put it in words of their own.
_CITED: Final[Mapping[str, tuple[str, ...]]] = {
    "engagement": ("SOC guide, 2.4 Prepare, item 10", "SOC guide, 2.4 Protect, item 4"),
    "training": ("SOC guide, 2.4 Prepare, item 11",),
    "victims": (
        "SOC guide, 2.4 Protect, item 10",
        "SOC guide, 2.4 Protect, item 11",
    ),
    "proceeds": ("SOC guide, 2.4 Pursue, item 4",),
}


def _of_plan(check: str, plan: Plan, mend: str) -> Finding | None:
    live = plan.table[plan.table["status"] != "stopped"]
    if check in _CITED:
        cited = live[
            live["source"].isin(_CITED[check]) | ((check == "victims") & (live["agency"] == "victim services"))
        ]
        return Finding(True, _listed(cited.index), "") if len(cited) else None
    if check == "threats":
        return Finding(bool(plan.settings.threats), ", ".join(plan.settings.threats) or "none named", mend)
    if check == "harm":
        based = live[live["baseline"].notna()]
        return Finding(bool(len(based)), f"{number_of(len(based), 'action')} with a baseline", mend)
    if check == "plan":
        lacking = [strand for strand in STRANDS if strand not in set(live["p"])]
        text = number_of(len(live), "action") + (f", none under {', '.join(lacking)}" if lacking else "")
        return Finding(not lacking, text, mend)
    if check == "prevent":
        chosen = live[live["p"] == "Prevent"]
        return Finding(bool(len(chosen)), f"{number_of(len(chosen), 'action')} under Prevent", mend)
    return _of_agencies(check, live, mend)


def _of_agencies(check: str, live: pd.DataFrame, mend: str) -> Finding | None:
    sectors = agency_sectors()
    mine = {agency: sectors.get(agency, "") for agency in live["agency"].unique() if agency}
    outside = set(sectors.values()) - {"police"}
    wanted = {
        "agencies": outside,
        "wider": outside - {"local authority"},
        "voluntary": {"voluntary sector", "business"},
        "council": {"local authority"},
    }.get(check)
    if wanted is None:
        return None
    found = sorted(agency for agency, sector in mine.items() if sector in wanted)
    return Finding(bool(found), f"actions of {', '.join(found)}" if found else "no such agency has an action", mend)


def _listed(ids: Iterable[object]) -> str:
    names = [str(name) for name in ids]
    return f"actions {', '.join(names)}" if len(names) > 1 else f"action {names[0]}"
