"""One rule for each kind of crime: what was found, in numbers, months and streets, and who could act on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
import scipy

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import month_words, noun_for, percent
from socharm.documents.evidence import Cell
from socharm.io.incidents.street_names import STREET
from socharm.offences import UNWEIGHTED_CATEGORIES, offence_words
from socharm.plans.choosing import metal_offences
from socharm.plans.weighing import WeighOffencesSettings, offence_groups
from socharm.profiles.content import Material, force_words, intervals_withheld, quotient_decimals, quotient_words
from socharm.profiles.streets import first_streets, leading_place, streets_sentence

__all__ = [
    "OFFENCE_RULES",
    "OffenceRule",
    "asb_row",
    "leading_categories",
    "metal_evidence",
    "named_streets",
    "standing_words",
]

#: A month is named only of so many crimes or more.
_FOR_MONTHS: Final = 20
#: Chance that one of the months holds as many where all are alike.
_RARE: Final = 0.05
_FIRST: Final = 3


@dataclass(frozen=True, kw_only=True)
class OffenceRule:
    """What a kind of crime asks for.

    Parameters
    ----------
    id, category, title, advice, partners : str
        `partners` are those who could lead beside the police.
    here : str
        The advice where a street or kind of place has most of it, which stands for ``{place}``.
    """

    id: str
    category: str
    title: str
    advice: str
    partners: str
    here: str = ""

    def asks(self, material: Material) -> str:
        """What to do, about the street or kind of place that has most of it here where one has."""
        place = leading_place(material, self.category) if self.here else ""
        return self.here.format(place=place) if place else self.advice

    @property
    def when(self) -> str:
        """The condition in words."""
        if self.category in UNWEIGHTED_CATEGORIES:
            return "it is counted, has no weight, and so no part in the rank"
        return "it stands out here, or is one of the first three kinds of crime that a rule speaks of"

    def why(self, material: Material) -> str:
        """The part of the condition that holds."""
        if self.category in UNWEIGHTED_CATEGORIES:
            return self.when
        if bool(material.weighed["stands_out"].get(self.category)):
            return "it stands out here"
        return "it is one of the first three kinds of crime that a rule speaks of"

    def holds(self, material: Material) -> bool:
        """Whether it is one to act on."""
        if self.category in UNWEIGHTED_CATEGORIES:
            return asb_row(material, self.category) is not None
        row = material.weighed.reindex([self.category])
        return self.category in leading_categories(material) or bool(row["stands_out"].eq(True).iloc[0])

    def found(self, material: Material) -> str:
        """What was found, in sentences without a last full stop."""
        if self.category in UNWEIGHTED_CATEGORIES:
            parts = [_counted_only(material, self.category)]
        else:
            parts = [_weighed(material, self.category), _months(material, self.category)]
        parts.insert(1, streets_sentence(material, self.category))
        return ". ".join(part for part in parts if part)


def leading_categories(material: Material) -> list[str]:
    """The first three kinds of crime to act on, of those that a rule speaks of."""
    known = {rule.category for rule in OFFENCE_RULES}
    return [str(name) for name in material.weighed.index if name in known][:_FIRST]


def named_streets(material: Material) -> tuple[tuple[str, str], ...]:
    """Streets that the recommendations about kinds of crime name, each with the code of its area."""
    spoken = [rule.category for rule in OFFENCE_RULES if rule.holds(material)]
    found = pd.concat([first_streets(material, category)[[AREA, STREET]] for category in spoken] or [pd.DataFrame()])
    return tuple(dict.fromkeys((str(code), str(street)) for code, street in found.itertuples(index=False)))


def _weighed(material: Material, category: str) -> str:
    row = material.weighed.loc[category].to_dict()
    where = f"{material.key}, {category}"
    count, share = int(row[N]), float(row["share_of_harm"])
    crimes = material.evidence.note(
        f"{count:,}", count, Cell("cells", "n", where), what=f"crimes: {category}", unit="crimes"
    )
    part = material.evidence.note(
        percent(share), share, Cell("cells", "harm", where), what=f"share of harm: {category}", unit="share"
    )
    told = f"{crimes} {noun_for(count, 'crime')}, {part} of the harm here"
    if pd.isna(row["quotient"]):
        return told
    times, low, high = (float(row[name]) for name in ("quotient", "quotient_low_95", "quotient_high_95"))
    judged = standing_words(count, low, high, stands_out=bool(row["stands_out"]), whole=force_words(material))
    if intervals_withheld(material):
        # Of input that is not open the ends are withheld: with the noise of the counts they would tell too much.
        low = high = float("nan")
    words, ends = quotient_words(times, low, high, quotient_decimals(low, high))
    said = material.evidence.note(
        words,
        times,
        Cell("location_quotients", "quotient", where),
        what=f"location quotient: {category}",
        between=(low, high),
    )
    return f"{told}; {judged.format(times=f'{said} times')} ({ends or 'interval not published'})"


def standing_words(crimes: int, low: float, high: float, *, stands_out: bool, whole: str) -> str:
    """How a share of crimes stands to that in all areas, by its interval; ``{times}`` is where the quotient belongs."""
    if stands_out:
        return f"{{times}} its share of crimes in {whole}"
    if high < 1:
        return f"a smaller share of crimes than in {whole}: {{times}}"
    if low > 1:
        few = crimes < WeighOffencesSettings().minimum_crimes
        lacks = "too few crimes" if few else "too little of the harm"
        return f"a larger share of crimes than in {whole}, but {lacks} to lead: {{times}}"
    return f"not told apart from its share of crimes in {whole}: {{times}}"


def _months(material: Material, category: str) -> str:
    """The month with most crimes, where it has more than the fullest of as many months would have by chance."""
    cells = material.tables["cells"]
    here = cells[cells[AREA] == material.key]
    months = here[offence_groups(here[OFFENCE]) == category].groupby(PERIOD)[N].sum()
    if len(months) < 2 or int(months.sum()) < _FOR_MONTHS or int((months == months.max()).sum()) > 1:
        return ""
    month, most = str(months.idxmax()), int(months.max())
    if len(months) * float(scipy.special.pdtrc(most - 1, float(months.mean()))) > _RARE:
        return ""
    said = material.evidence.note(
        f"{most:,}",
        most,
        Cell("cells", "n", f"{material.key}, {category}, {month}"),
        what=f"crimes in the month with most: {category}",
        unit="crimes",
        period=month,
    )
    return f"Most in one month: {month_words(month)} ({said})"


def asb_row(material: Material, category: str) -> pd.Series | None:
    """The row of an offence that is counted and has no weight; None where there is none of it."""
    table = material.tables["unweighted"]
    if not len(table):
        return None
    mine = table[(table[AREA] == material.key) & (table[OFFENCE] == category) & (table[N] > 0)]
    return None if mine.empty else mine.iloc[0]


def _counted_only(material: Material, category: str) -> str:
    row = asb_row(material, category)
    count = 0 if row is None else int(row[N])
    said = material.evidence.note(
        f"{count:,}",
        count,
        Cell("unweighted", "n", f"{material.key}, {category}"),
        what=f"incidents: {category}",
        unit="incidents",
    )
    return f"{said} {noun_for(count, 'incident')}"


def _rule(number: int, category: str, advice: str, partners: str, *, here: str = "") -> OffenceRule:
    words = offence_words(category)
    title = f"{words[:1].upper()}{words[1:]}"
    return OffenceRule(id=f"R{number:02d}", category=category, title=title, advice=advice, partners=partners, here=here)


#: One rule for each kind of crime.
OFFENCE_RULES: Final = (
    _rule(
        15,
        "robbery",
        "Find out who is robbed of what, where and at which hours, and patrol there",
        "schools, transport operators, street wardens",
    ),
    _rule(
        16,
        "theft-from-the-person",
        "Work with bars, shops and transport on thefts from pockets and bags where people gather",
        "licensing, the business crime partnership, transport police",
    ),
    _rule(
        17,
        "burglary",
        "Secure the homes and shops next to each burgled one within days, and ask dealers what they are offered",
        "housing, trading standards, neighbourhood watch",
    ),
    _rule(
        18,
        "vehicle-crime",
        "Warn and secure where vehicles are left, and find out where vehicles and parts go",
        "the council's parking service, housing",
    ),
    _rule(
        19,
        "shoplifting",
        "Agree with the shops who reports what, and look for those who steal to order or for drugs",
        "shops, trading standards, drug and alcohol services",
    ),
    _rule(
        20,
        "other-theft",
        "Find out what is taken: the category holds all from fuel to unattended property",
        "shops, petrol stations, the business crime partnership",
    ),
    _rule(
        21,
        "bicycle-theft",
        "Give safe stands where cycles are taken, mark cycles, and watch where they are sold",
        "the council, universities, employers",
    ),
    _rule(
        22,
        "criminal-damage-and-arson",
        "Find out whether damage and fires are aimed at persons or debts, and mend what was damaged quickly",
        "fire and rescue service, housing, youth offending service",
    ),
    _rule(
        8,
        "violence-and-sexual-offences",
        "Take it apart first (at home, at night, between groups), which these data cannot",
        "health, licensing, domestic abuse services",
        here="Begin on or near {place}: find out how much of it was at home, at night or between groups, which these "
        "data cannot tell apart",
    ),
    _rule(
        7,
        "drugs",
        "Set what the searches found beside what drug and housing services see: the count follows police work",
        "drug and alcohol services, housing",
        here="Set what the searches on or near {place} found beside what drug and housing services see there: the "
        "count follows police work",
    ),
    _rule(
        9,
        "possession-of-weapons",
        "Ask schools, youth services and hospitals what they see of weapons: the count follows searches",
        "schools, youth offending service, hospitals",
    ),
    _rule(
        23,
        "public-order",
        "Find out what the disorder is about: the night, a feud, or hatred",
        "licensing, community safety team, housing",
    ),
    _rule(
        24,
        "anti-social-behaviour",
        "Ask residents and housing what the calls are about, and answer them street by street",
        "community safety team, housing, youth services",
    ),
)


def metal_evidence(material: Material) -> str:
    """What speaks of stolen vehicles or metal: without it nobody is sent to scrap yards."""
    row = material.weighed.reindex(["vehicle-crime"])
    named = metal_offences(material.tables, material.key)
    if named:
        return f"counted here: {', '.join(map(offence_words, named))}"
    return "vehicle crime stands out" if bool(row["stands_out"].eq(True).iloc[0]) else ""
