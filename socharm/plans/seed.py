"""A first plan: options of the guidance for the threats found, with baselines from an assessment."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm.documents.arguments import require_kind_of
from socharm.documents.words import clean_text
from socharm.errors import ParameterError
from socharm.io.tabular import TableRules, read_table
from socharm.offences import offence_words
from socharm.plans.baseline_age import PROVISIONAL, baseline_end
from socharm.plans.choosing import choose_options, counted_offence, leading_offence, metal_offences, offence_weights
from socharm.plans.dates import months_after, old_by, require_day
from socharm.plans.library import CENTRE, EVERY_THREAT, METAL, plan_options, require_agencies, require_threats
from socharm.plans.outcomes import Outcome, followed_months, outcome_key, outcome_of
from socharm.plans.plan import Plan
from socharm.plans.plan_settings import PlanSettings
from socharm.plans.plan_table import ACTION_ID, STATUSES, checked_actions, tidy
from socharm.plans.schedule import action_dates, phase_spans, plan_order, stated_phases
from socharm.plans.threats import THREATS, find_threats, require_area
from socharm.snapshot.assessment import Assessment, about_of, tables_of
from socharm.snapshot.centres import centres_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["first_options", "seed_plan"]

#: Columns of a plan that say what an action is to change.
_AIMED: Final = tuple(Outcome.__dataclass_fields__)
_REVIEW_MONTHS: Final = 6
_REFRESH_MONTHS: Final = 12


@checked
def seed_plan(
    assessment: Assessment | AssessmentTables,
    *,
    area: str,
    start: dt.date,
    threats: Iterable[str] | None = None,
    owner: str = "",
    due: dt.date | None = None,
    review: dt.date | None = None,
    phases: Mapping[str, tuple[dt.date, dt.date]] | None = None,
    options: Iterable[str] | None = None,
    agencies: Sequence[str] = (),
    about: About | None = None,
) -> Plan:
    """Make a first plan from the options of the guidance, with baselines from an assessment.

    Parameters
    ----------
    assessment : Assessment or AssessmentTables
    area : str
        Area code.
    start : date
        When the plan begins.
    threats : iterable of str, optional
        Keys of threats (the index of `find_threats`). Those that recorded crime shows by default; name the others that
        partners know of, since recorded crime cannot show them.
    owner : str
        Owner of every action; by default a role of the agency, as the library suggests it, until partners agree.
    due, review : date, optional
        The day by which the last action is due, and that of the review: twelve and six months after the start by
        default, as the guidance refreshes profiles and as scores are made again.
    phases : mapping of str to (date, date), optional
        First and last day of ``"Clear"``, ``"Hold"``, ``"Build"``; by default a third of the time each, one after the
        other. What prepares is done in the first sixth, and before the first phase begins.
    options : iterable of str, optional
        Options to take (the index of `plan_options`), in this order. By default ten: two that prepare, two that
        prevent, three that protect and three that pursue, those for the offences that weigh most here, and up to two
        more for threats that partners alone know of. The others stand in the library of the plan's workbook.
    agencies : sequence of str
        Agencies known beside the packaged ones.
    about : About, optional
        Period, sources and marking; those of `assessment` by default, and needed where it is bare tables.

    Returns
    -------
    Plan
        A draft: partners strike what does not fit, and agree the owners. Numbers keep 15 digits.

    Raises
    ------
    ParameterError
        An unknown area, threat, option or phase; a date before the start; bare tables without `about`.

    Notes
    -----
    Offences weigh what `weigh_offences` says, and a fiftieth of their share of the harm; one that an action answers
    weighs half as much for the next. An option for many kinds of crime weighs less than one for few. Each
    action has an output, which partners count by the month, and an outcome: the monthly count of the heaviest offence
    that it answers. Recorded drug and weapon offences follow police work and are no outcome: partners count the
    cases that they know. `smallest_fall` gives the smallest fall that the twelve months after the last action is due
    could tell from chance, for a count that varies as the areas' months do; the target is that fall, and a tenth at
    least. Where more than half would have to go, none is proposed. A target against months that ended more than a
    year before the start says that it is provisional.

    Examples
    --------
    >>> import datetime as dt
    >>> plan = seed_plan(assessment, area="E05001346", start=dt.date(2026, 1, 5))  # doctest: +SKIP
    >>> plan.save("bradford-moor-plan.xlsx")  # doctest: +SKIP
    """
    tables = tables_of(assessment)
    require_area(area, tables)
    known = about_of(assessment) if about is None else about
    if known is None:
        raise ParameterError("`about` is not stated, and bare tables do not say it. Give period, sources and marking.")
    first, stated = require_day(start, "start"), stated_phases(phases)
    due = months_after(first, _REFRESH_MONTHS) if due is None else require_day(due, "due")
    review = months_after(first, _REVIEW_MONTHS) if review is None else require_day(review, "review")
    _require_after(first, stated, due=due, review=review)
    weights = offence_weights(tables, area)
    if options is None:
        wanted, answers, chosen = first_options(tables, area, weights, threats)
    else:
        wanted = _found(tables, area) if threats is None else require_threats(threats)
        chosen = _named(options)
        answers = {
            str(name): leading_offence(row["threats"], row["offences"], weights) for name, row in chosen.iterrows()
        }
    spans = phase_spans(first, due, stated, prepares=bool((chosen["phase"] == "").any()))
    dates = action_dates(list(chosen["phase"]), spans)
    outcomes: dict[str, Outcome] = {}
    counted = {
        str(name): counted_offence(answers[str(name)], row["threats"], row["offences"], weights)
        for name, row in chosen.iterrows()
    }
    # What Clear and Hold do is not told from what Build does: one count of the place, after all of them.
    ended = max(dates["due"], default=due)
    aims = [
        _aim(tables, area, counted[str(name)], _served(keys, wanted), outcomes, start=ended, rate_unit=known.unit)
        for name, keys in chosen["threats"].items()
    ]
    aims = [_provisional(aim, first) for aim in aims]
    actions = (
        chosen.assign(
            threat=[_served(keys, wanted) for keys in chosen["threats"]],
            owner=clean_text(owner) or chosen["role"],
            output_unit=[f"{unit} a month" for unit in chosen["output_unit"]],
            **{name: [aim[name] for aim in aims] for name in _AIMED},
            **dates,
            status=STATUSES[0],
            review=[_first_review(review, begin) for begin in dates["start"]],
            notes="",
            output_baseline=None,
            output_target=None,
            output_note=[_not_counted(begin) for begin in dates["start"]],
        )
        .drop(columns=["threats", "offences", "role", "setting"])
        .rename_axis(ACTION_ID)
        .reset_index()
    )
    text = read_table(actions, rules=TableRules(look_for_persons=False))
    own = require_agencies(agencies)
    name = str(tables["areas"]["name"].get(area, ""))
    settings = PlanSettings(
        area=area, area_name=tidy(name), threats=wanted, start=first, agencies=own, rate_unit=known.unit
    )
    return Plan(table=checked_actions(text, agencies=own), settings=settings, about=dataclasses.replace(known, unit=""))


def first_options(
    tables: AssessmentTables, area: str, weights: pd.Series, threats: Iterable[str] | None = None
) -> tuple[tuple[str, ...], dict[str, str], pd.DataFrame]:
    """What a first plan of a place takes from the library.

    Parameters
    ----------
    tables : AssessmentTables
    area : str
    weights : Series by category
        Of `offence_weights`.
    threats : iterable of str, optional
        Those that recorded crime shows by default.

    Returns
    -------
    tuple
        Threats that it answers, the offence that each option answers, and the rows of `plan_options`, in order.
    """
    recorded = _found(tables, area)
    wanted = recorded if threats is None else require_threats(threats)
    library = plan_options(threats=wanted)
    library = library[library["setting"].isin(_settings_of(tables, area))]
    answers = choose_options(library, weights=weights, recorded=recorded, wanted=wanted)
    chosen = library.loc[list(answers)]
    return wanted, answers, chosen.iloc[plan_order(list(chosen["phase"]))]


def _settings_of(tables: AssessmentTables, area: str) -> list[str]:
    """What the options of a place may be for: any place, a town centre, thefts of metal."""
    found = {CENTRE: area in centres_of(tables), METAL: bool(metal_offences(tables, area))}
    return ["", *(setting for setting, holds in found.items() if holds)]


def _not_counted(start: dt.date) -> str:
    """What stands for baseline and target of an output until partners have counted."""
    return f"not counted yet: start counting in {start:%B %Y}; agree a target when three months are known"


def _first_review(review: dt.date, start: dt.date) -> dt.date:
    """The first of the reviews, six months apart, after an action began."""
    steps = 0
    while months_after(review, steps) < start:
        steps += _REVIEW_MONTHS
    return months_after(review, steps)


def _aim(
    tables: AssessmentTables,
    area: str,
    offence: str,
    served: str,
    known: dict[str, Outcome],
    *,
    start: dt.date,
    rate_unit: str,
) -> dict[str, Any]:
    """The outcome of an option: a monthly count of the assessment, or what partners alone can count."""
    followed = followed_months(start)
    key = outcome_key(offence)
    follows_police = not key
    if follows_police or (not offence and served != EVERY_THREAT):
        words = offence_words(offence) if follows_police else THREATS[served.split("; ")[0]]
        told = f"{words[:1].upper()}{words[1:]}: cases known to partners"
        blank: dict[str, Any] = dict.fromkeys(_AIMED)
        reason = "none: partners count first, and agree it then"
        reason += "; what is recorded follows police work" if follows_police else ""
        return {**blank, "measure": told, "unit": "cases a month", "target_period": followed, "target_reason": reason}
    # Several actions share an outcome, and reckoning one takes the counts of all areas.
    if key not in known:
        known[key] = outcome_of(tables, area, key, start=start, rate_unit=rate_unit)
    return {**known[key].as_row(), "target_period": followed}


def _provisional(aim: dict[str, Any], start: dt.date) -> dict[str, Any]:
    """An outcome whose target says that it is provisional, where its baseline is old when the plan begins."""
    end = baseline_end(aim["baseline_period"])
    if not end or old_by(end, start) is None or pd.isna(aim["target"]):
        return aim
    return {**aim, "target_reason": f"{aim['target_reason']}; {PROVISIONAL}"}


def _found(tables: AssessmentTables, area: str) -> tuple[str, ...]:
    table = find_threats(tables, area=area)
    return tuple(map(str, table.index[table["found"].fillna(False).astype(bool)]))


def _named(options: Iterable[str]) -> pd.DataFrame:
    """Options by name, in the order given."""
    if isinstance(options, str):
        raise ParameterError(f"`options` is the text {options!r}; give a list, such as [{options!r}].")
    require_kind_of(options, Iterable, name="options", advice="give a list of keys of `plan_options`")
    wanted, everything = list(options), plan_options()
    for option in wanted:
        require_choice(option, set(everything.index), name="options")
    wanted = list(dict.fromkeys(wanted))
    return everything.loc[wanted]


def _served(keys: str, wanted: Sequence[str]) -> str:
    """Threats of the plan that an option serves; all of its own where it was chosen by name."""
    if keys == EVERY_THREAT:
        return keys
    mine = keys.split()
    return "; ".join([key for key in mine if key in wanted] or mine)


def _require_after(first: dt.date, spans: Mapping[str, tuple[dt.date, dt.date]], **dates: dt.date) -> None:
    for name, date in dates.items():
        if date < first:
            raise ParameterError(f"`{name}` is {date}, before the start, {first}. A new plan cannot be late already.")
    for phase, (begin, _) in spans.items():
        if begin < first:
            raise ParameterError(f"`phases` begins {phase} on {begin}, before the start, {first}. Move one of the two.")
