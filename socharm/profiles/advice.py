"""Recommendations by stated rules: each says what was found and under which rule; people edit or strike them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._checks import nearest_name
from socharm._words import number_of
from socharm.documents.document import PrintedTable, Section
from socharm.errors import SchemaError
from socharm.hotspots.areas.local_values import HOT
from socharm.profiles.content import Material
from socharm.profiles.evidence import percent
from socharm.snapshot.centres import CENTRE_FLAG

__all__ = ["RULES", "Recommendation", "Rule", "advice_section", "recommend"]

_WIDE: Final = 0.1
_FEW_EVENTS: Final = 10
_SMALL_PART: Final = 1 / 3
_SHOWN: Final = 7


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: when it holds, what it recommends, and how it looks at the evidence.

    Parameters
    ----------
    id : str
    when : str
        The condition in words, as the profile prints it.
    advice : str
    find : callable
        What was found, in words; blank where the rule does not hold.
    """

    id: str
    when: str
    advice: str
    find: Callable[[Material], str]


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """A recommendation with its rule and evidence; `edited` where people wrote its words."""

    id: str
    text: str
    when: str
    found: str
    edited: bool = False


#: Classes that put a place in the top, and how they say it.
_CERTAIN: Final = {
    "for sure": "for sure ({level}, for all areas at once)",
    "very likely": "very likely (a probability of at least {level})",
}


def _top(material: Material) -> str:
    row = material.row(material.tables["top_classes"])
    if not row or row.get("class") not in _CERTAIN:
        return ""
    words = _CERTAIN[str(row["class"])].format(level=f"{float(row['level']) * 100:g} %")
    return f"in the top {int(row['k'])} {words}"


def _wide(material: Material) -> str:
    row = material.row(material.tables["ranking"])
    ranked = int(material.tables["ranking"]["rank"].notna().sum())
    if not row or pd.isna(row.get("rank_low_90")):
        return ""
    low, high = int(row["rank_low_90"]), int(row["rank_high_90"])
    return f"rank between {low} and {high} of {ranked:,}" if high - low > _WIDE * ranked else ""


def _dense(material: Material) -> str:
    facts = material.row(material.tables["micro_place_facts"])
    if not facts or not int(facts["squares"]) or pd.isna(facts["share_listed"]):
        return ""
    part, share = int(facts["listed"]) / int(facts["squares"]), float(facts["share_listed"])
    if part > _SMALL_PART or share < 0.5:
        return ""
    return f"{int(facts['listed'])} of {int(facts['squares'])} squares hold {percent(share)} of the harm"


def _hot(material: Material) -> str:
    label = str(material.row(material.tables["hotspots"]).get("label", ""))
    return "its neighbourhood has more harm than chance explains" if label in HOT else ""


def _few(material: Material) -> str:
    row = material.row(material.tables["drivers"])
    if row and pd.notna(row.get("events_for_half")) and int(row["events_for_half"]) <= _FEW_EVENTS:
        return f"half of the harm is {number_of(int(row['events_for_half']), 'event')}"
    worth = row.get("effective_events") if row else None
    if worth is not None and pd.notna(worth) and float(worth) < _FEW_EVENTS:
        return f"the harm varies as that of about {number_of(round(float(worth)), 'equal event')} would"
    return ""


def _found(threat: str) -> Callable[[Material], str]:
    def find(material: Material) -> str:
        rows = material.threats[material.threats.index == threat]
        shown = rows[rows["found"].fillna(False).astype(bool)]
        return str(shown["evidence"].iloc[0]) if len(shown) else ""

    return find


def _above(material: Material) -> str:
    row = material.row(material.tables["overlay"])
    if not row or str(row.get("outside")) != "above":
        return ""
    return f"{float(row['residual']):.1f} times the harm of places as deprived"


def _deprived(material: Material) -> str:
    row = material.row(material.tables["overlay"])
    if not row or pd.isna(row.get("deprivation_decile")) or int(row["deprivation_decile"]) > 2:
        return ""
    return f"deprivation decile {int(row['deprivation_decile'])} of 10 among the areas assessed"


def _visitors(material: Material) -> str:
    here = [code for code in material.subject.codes if code in material.centres]
    if not here:
        return ""
    if material.subject.kind == "area":
        return CENTRE_FLAG
    return f"{number_of(len(here), 'area')} of {len(material.subject.codes)}: {CENTRE_FLAG}"


def _silent(material: Material) -> str:
    said = {entry.threat for entry in material.text.threats if entry.present is not None or entry.ocgs is not None}
    silent = material.threats[material.threats["found"].isna() & ~material.threats.index.isin(sorted(said))]
    return f"{number_of(len(silent), 'threat')} that records cannot show" if len(silent) else ""


def _known(material: Material) -> str:
    known = [entry for entry in material.text.threats if entry.present or (entry.ocgs or 0) > 0]
    return f"partners say that {number_of(len(known), 'threat is', 'threats are')} present" if known else ""


#: Rules in the order in which a profile prints what they recommend.
RULES: Final = (
    Rule(
        id="R01",
        when="the place is in the top that was asked for, for sure or very likely",
        advice="Put it to the partnership as a place for Clear, Hold, Build, and name who leads",
        find=_top,
    ),
    Rule(
        id="R02",
        when="partners say that a threat is present",
        advice="Set a Pursue action for each group and a Protect action for those it exploits",
        find=_known,
    ),
    Rule(
        id="R03",
        when="a third of the squares or fewer hold half of the harm",
        advice="Begin with the numbered squares: visit them, and agree with those who run them what to change",
        find=_dense,
    ),
    Rule(
        id="R04",
        when="the area is in a hotspot after correction for many tests",
        advice="Plan together with the areas next to it: the harm does not stop at the boundary",
        find=_hot,
    ),
    Rule(
        id="R05",
        when="ten events or fewer make half of the harm, or it varies as that of fewer than ten equal events would",
        advice="Review these incidents first; if they were singular, wait for the next score before moving people",
        find=_few,
    ),
    Rule(
        id="R06",
        when="acquisitive crime holds a tenth of the harm, or an offence of it is over-represented",
        advice="Find out who steals to order and who buys: secure targets, visit second-hand dealers and scrap yards",
        find=_found("acquisitive"),
    ),
    Rule(
        id="R07",
        when="recorded drug crime holds a tenth of the harm, or an offence of it is over-represented",
        advice="Ask drug and housing services whether homes were taken over: recorded drug crime follows police work",
        find=_found("drugs"),
    ),
    Rule(
        id="R08",
        when="violence holds a tenth of the harm, or an offence of it is over-represented",
        advice="Take the violence apart (domestic, night-time, between groups) before choosing a response",
        find=_found("serious-violence"),
    ),
    Rule(
        id="R09",
        when="possession of weapons holds a tenth of the harm, or an offence of it is over-represented",
        advice="Ask schools, youth services and hospitals what they see of weapons",
        find=_found("firearms"),
    ),
    Rule(
        id="R10",
        when="harm lies above the 95 % prediction interval of places as deprived",
        advice="Look for what deprivation does not explain: a market, a route, a group, a busy centre",
        find=_above,
    ),
    Rule(
        id="R11",
        when="the place is among the most deprived fifth",
        advice="Bring family, youth and health services in from the start: those at risk of being drawn in live here",
        find=_deprived,
    ),
    Rule(
        id="R12",
        when="more than one crime a year for two residents, or four times the crimes per resident of the median area",
        advice="Read the rank with a workday population beside it: harm done to visitors is set against residents",
        find=_visitors,
    ),
    Rule(
        id="R13",
        when="the 90 % interval of the rank spans more than a tenth of the areas",
        advice="Do not choose between this place and those whose intervals overlap on the rank alone",
        find=_wide,
    ),
    Rule(
        id="R14",
        when="there are threats that no source speaks of",
        advice="Task partners to say whether the threats that records cannot show are present",
        find=_silent,
    ),
)


def recommend(material: Material) -> tuple[Recommendation, ...]:
    """Recommendations whose rules hold, in the words of people where they gave them.

    Raises
    ------
    SchemaError
        People worded or struck a rule that does not exist.
    """
    words = material.text.recommendations
    known = [rule.id for rule in RULES]
    strangers = [name for name in words if name not in known]
    if strangers:
        hint = nearest_name(strangers[0], known)
        raise SchemaError(
            f"recommendations.{strangers[0]}: no such rule; there are {known[0]} to {known[-1]}."
            + (f" Did you mean {hint!r}?" if hint else "")
        )
    made = []
    for rule in RULES:
        found = rule.find(material)
        text = words.get(rule.id)
        if not found or (text is not None and not text.strip()):
            continue
        made.append(
            Recommendation(id=rule.id, text=text or rule.advice, when=rule.when, found=found, edited=text is not None)
        )
    own = [text for text in material.text.own_recommendations if text.strip()]
    made += [
        Recommendation(id=f"P{number:02d}", text=text, when="written by people", found="", edited=True)
        for number, text in enumerate(own, start=1)
    ]
    return tuple(made)


def advice_section(material: Material, made: tuple[Recommendation, ...]) -> Section:
    """Recommendations with the rule and the evidence of each; those beyond the first are told by number."""
    shown = [*(item for item in made if item.edited), *(item for item in made if not item.edited)][:_SHOWN]
    shown = [item for item in made if item in shown]
    rows = tuple(
        (
            item.id,
            item.text,
            f"{item.when[:1].upper()}{item.when[1:]}: {item.found}" if item.found else item.when.capitalize(),
        )
        for item in shown
    )
    left = [item.id for item in made if item not in shown]
    note = "Made by rules from the evidence: suggestions, not facts. The partnership decides."
    if left:
        note += f" Not shown: {', '.join(left)}."
    table = PrintedTable(
        caption="Opportunities and recommendations",
        header=("Rule", "Recommendation", "When the rule holds, and what was found"),
        rows=rows,
        widths=(1, 7, 8),
        note=note,
    )
    lead = "" if rows else "No rule found anything to recommend; people may."
    return Section(
        key="recommendations",
        title="Opportunities and recommendations",
        lead=lead,
        tables=(table,) if rows else (),
        human=material.human("recommendations"),
    )
