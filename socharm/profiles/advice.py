"""Recommendations by stated rules: each says what was found and under which rule; people edit or strike them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._checks import nearest_name
from socharm._words import noun_for, number_of
from socharm.documents.document import PrintedTable, Section
from socharm.documents.evidence import percent
from socharm.errors import SchemaError
from socharm.hotspots.areas.local_values import HOT
from socharm.offences import UNWEIGHTED_CATEGORIES
from socharm.plans.weighing import WeighOffencesSettings
from socharm.profiles.content import Material
from socharm.profiles.offence_rules import OFFENCE_RULES, OffenceRule, metal_evidence
from socharm.profiles.subject import squares_of
from socharm.snapshot.centres import CENTRE_FLAG

__all__ = ["RULES", "Recommendation", "Rule", "advice_section", "first_actions", "recommend"]

_WIDE: Final = 0.1
_FEW_EVENTS: Final = 10
_SMALL_PART: Final = 1 / 3
_SHOWN: Final = 7
_FIRST: Final = 3
#: The rule of what is counted without a weight: page one gives its number beside the harm.
_ASB: Final = "R24"


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
    title: str = ""
    partners: str = ""

    @property
    def action(self) -> str:
        """The whole recommendation as one text: what to do, what was found, and with whom."""
        parts = [f"{self.title}: {self.text[:1].lower()}{self.text[1:]}" if self.title else self.text]
        parts += [f"{self.found[:1].upper()}{self.found[1:]}" if self.found else ""]
        parts += [f"With {self.partners}" if self.partners else ""]
        return " ".join(f"{part.rstrip('.')}." for part in parts if part)


#: Classes that put a place in the top, and how they say it.
_CERTAIN: Final = {
    "for sure": "with {level} confidence for all areas at once",
    "very likely": "with a probability of at least {level}",
}


def _noted(material: Material, text: str, value: float, cell: tuple[str, str], what: str) -> str:
    """A number of the evidence of a rule, written down."""
    return material.evidence.note(text, value, material.cell(*cell), what=what)


def _top(material: Material) -> str:
    row = material.row(material.tables["top_classes"])
    if not row or row.get("class") not in _CERTAIN:
        return ""
    k, level = int(row["k"]), float(row["level"])
    said = _noted(material, f"{k}", k, ("top_classes", "k"), "top that was asked for")
    sure = _noted(material, f"{level * 100:g}%", level, ("top_classes", "level"), "level of its class")
    return f"in the top {said} {_CERTAIN[str(row['class'])].format(level=sure)}"


def _wide(material: Material) -> str:
    row = material.row(material.tables["ranking"])
    ranked = int(material.tables["ranking"]["rank"].notna().sum())
    if not row or pd.isna(row.get("rank_low_90")):
        return ""
    ends = [int(row[f"rank_{end}_90"]) for end in ("low", "high")]
    if ends[1] - ends[0] <= _WIDE * ranked:
        return ""
    low, high = (
        _noted(material, f"{end}", end, ("ranking", f"rank_{name}_90"), f"{name} end of the 90% interval of the rank")
        for end, name in zip(ends, ("low", "high"), strict=True)
    )
    return f"90% interval of the rank {low} to {high} of {ranked:,}"


def _dense(material: Material) -> str:
    facts = material.row(material.tables["micro_place_facts"])
    if not facts or not int(facts["squares"]) or pd.isna(facts["share_listed"]):
        return ""
    squares, listed, share = int(facts["squares"]), int(facts["listed"]), float(facts["share_listed"])
    if listed / squares > _SMALL_PART or share < 0.5:
        return ""
    size = squares_of(material.tables)
    told = _noted(material, f"{listed:,}", listed, ("micro_place_facts", "listed"), f"{size}: listed")
    of = _noted(material, f"{squares:,}", squares, ("micro_place_facts", "squares"), f"{size}: squares")
    part = material.evidence.note(
        percent(share),
        share,
        material.cell("micro_place_facts", "share_listed"),
        what="share of harm in the squares listed",
        unit="share",
    )
    return f"{told} of {of} squares hold {part} of the harm"


def _hot(material: Material) -> str:
    label = str(material.row(material.tables["hotspots"]).get("label", ""))
    return "its neighbourhood has more harm than chance explains" if label in HOT else ""


def _few(material: Material) -> str:
    row = material.row(material.tables["drivers"])
    if row and pd.notna(row.get("events_for_half")) and int(row["events_for_half"]) <= _FEW_EVENTS:
        half = int(row["events_for_half"])
        said = _noted(material, f"{half:,}", half, ("drivers", "events_for_half"), "events that hold half of the harm")
        return f"half of the harm is {said} {noun_for(half, 'event')}"
    worth = row.get("effective_events") if row else None
    if worth is not None and pd.notna(worth) and float(worth) < _FEW_EVENTS:
        cell = ("drivers", "effective_events")
        said = _noted(material, f"{float(worth):,.0f}", float(worth), cell, "effective number of events")
        return f"the harm rests on few crimes, as if on {said} of equal weight"
    return ""


def _above(material: Material) -> str:
    row = material.row(material.tables["overlay"])
    if not row or str(row.get("outside")) != "above":
        return ""
    times = float(row["residual"])
    said = _noted(material, f"{times:.1f}", times, ("overlay", "residual"), "harm over that of places as deprived")
    return f"{said} times the harm of places as deprived"


def _deprived(material: Material) -> str:
    row = material.row(material.tables["overlay"])
    if not row or pd.isna(row.get("deprivation_decile")) or int(row["deprivation_decile"]) > 2:
        return ""
    decile = int(row["deprivation_decile"])
    said = _noted(material, f"{decile}", decile, ("overlay", "deprivation_decile"), "decile of deprivation")
    return f"deprivation decile {said} of 10 among the areas assessed"


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
        when="the place is in the top of the ranking, at the level of certainty stated",
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
        when="ten events or fewer make half of the harm, or chance moves it like a count of fewer than ten crimes",
        advice="Review these incidents first; if they were singular, wait for the next score before moving people",
        find=_few,
    ),
    Rule(
        id="R06",
        when="vehicle crime stands out, or thefts of metal are counted",
        advice="Visit scrap yards and dealers in parts: somebody buys what is stolen",
        find=metal_evidence,
    ),
    Rule(
        id="R10",
        when="harm lies above the 95% prediction interval of places as deprived",
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
        when="more than one crime a year for two residents, or four times the median of crimes per resident",
        advice="Read the rank with a workday population beside it: harm done to visitors is set against residents",
        find=_visitors,
    ),
    Rule(
        id="R13",
        when="the 90% interval of the rank spans more than a tenth of the areas",
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

    The kinds of crime to act on first come first, by their weights; then the other rules, in their order.

    Raises
    ------
    SchemaError
        People worded or struck a rule that does not exist.
    """
    words = material.text.recommendations
    _require_known(words)
    made = []
    for offence in _by_weight(material):
        text = words.get(offence.id)
        if offence.holds(material) and (text is None or text.strip()):
            made.append(
                Recommendation(
                    id=offence.id,
                    text=text or offence.asks(material),
                    when=offence.why(material),
                    found=offence.found(material),
                    edited=text is not None,
                    title=offence.title,
                    partners=offence.partners,
                )
            )
    for rule in RULES:
        text, found = words.get(rule.id), rule.find(material)
        if found and (text is None or text.strip()):
            made.append(
                Recommendation(
                    id=rule.id, text=text or rule.advice, when=rule.when, found=found, edited=text is not None
                )
            )
    own = [text for text in material.text.own_recommendations if text.strip()]
    made += [
        Recommendation(id=f"P{number:02d}", text=text, when="written by people", found="", edited=True)
        for number, text in enumerate(own, start=1)
    ]
    return tuple(made)


def first_actions(made: tuple[Recommendation, ...]) -> tuple[str, ...]:
    """The three things to do first, each with its evidence: kinds of crime by their weights, before all other rules."""
    led = [item for item in made if item.title and item.id != _ASB]
    rest = [item for item in made if item not in led and item.id not in (_ASB, "R13")]
    return tuple(item.action for item in [*led, *rest][:_FIRST])


def _by_weight(material: Material) -> list[OffenceRule]:
    order = [str(name) for name in material.weighed.index]
    known = {rule.category: rule for rule in OFFENCE_RULES}
    weighed = [known[name] for name in order if name in known]
    return [*weighed, *(rule for rule in OFFENCE_RULES if rule.category in UNWEIGHTED_CATEGORIES)]


def _require_known(words: Mapping[str, str]) -> None:
    known = sorted([*(rule.id for rule in RULES), *(rule.id for rule in OFFENCE_RULES)])
    strangers = [name for name in words if name not in known]
    if strangers:
        hint = nearest_name(strangers[0], known)
        raise SchemaError(
            f"recommendations.{strangers[0]}: no such rule; there are {known[0]} to {known[-1]}."
            + (f" Did you mean {hint!r}?" if hint else "")
        )


def advice_section(material: Material, made: tuple[Recommendation, ...]) -> Section:
    """Recommendations with the rule and the evidence of each; those beyond the first are told by number."""
    shown = [*(item for item in made if item.edited), *(item for item in made if not item.edited)][:_SHOWN]
    shown = [item for item in made if item in shown]
    rows = tuple((item.id, _asked(item), _reason(item)) for item in shown)
    left = [item.id for item in made if item not in shown]
    floor = WeighOffencesSettings()
    note = (
        "Made by rules from the evidence: suggestions, not facts; the partnership decides. Kinds of crime come first: "
        f"those of {floor.minimum_crimes} crimes and {floor.minimum_share:.0%} of the harm here or more by the least "
        "part of the harm (lower end of the 95% interval) that their larger share explains; then all others by share "
        "of harm."
    )
    if left:
        note += f" Not shown: {', '.join(left)}."
    table = PrintedTable(
        caption="Opportunities and recommendations",
        header=("Rule", "Recommendation, and with whom", "When the rule holds, and what was found"),
        rows=rows,
        widths=(1, 7, 9),
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


def _asked(item: Recommendation) -> str:
    """What is asked, and with whom."""
    text = f"{item.title}: {item.text[:1].lower()}{item.text[1:]}" if item.title else item.text
    return f"{text}. With {item.partners}" if item.partners else text


def _reason(item: Recommendation) -> str:
    """When the rule holds, and what was found."""
    when = f"{item.when[:1].upper()}{item.when[1:]}"
    return f"{when}: {item.found}" if item.found else when
