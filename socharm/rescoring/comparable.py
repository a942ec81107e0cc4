"""What forbids the comparison of two assessments, what is restated for it, and what is to be known with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from socharm._about import NOISY
from socharm._columns import AREA, FORCE
from socharm._words import joined_words, month_words, number_of, percent, period_words
from socharm.errors import RefusedError
from socharm.io.forces import force_key, force_name
from socharm.io.incidents.known_gaps import known_gaps
from socharm.offences import COMBINED_CATEGORIES, POLICE_GENERATED, category_of
from socharm.rescoring.lacking import lacking_told
from socharm.rescoring.matching import AreaMatch, codes_told
from socharm.rescoring.months import calendar_months, paired_months
from socharm.rescoring.side import Side
from socharm.severity.cells import select_offences
from socharm.snapshot.assessment import Assessment

__all__ = ["ALLOWABLE", "NOTED", "OBSTACLES", "REFUSED", "RESTATED", "Sides", "findings_of", "require_comparable"]

REFUSED: Final = "refused"
RESTATED: Final = "restated"
NOTED: Final = "noted"
#: A finding: severity, reason, remedy.
Finding: TypeAlias = tuple[str, str, str]

#: Everything that a comparison can find, by its name.
OBSTACLES: Final = {
    "same": "both are the same assessment",
    "order": "the later one comes first",
    "overlap": "months that are in both",
    "seasons": "other months of the year",
    "coverage": "months that only one of the two covers",
    "recording": "breaks in recording that are known",
    "labels": "other names of the same offences",
    "denominator": "other people or things that harm is counted for",
    "published": "counts with noise against counts as recorded",
    "police-generated": "crime that is recorded because police work there",
    "weights": "other weights",
    "settings": "other choices of the index",
    "population date": "people of another day",
    "boundaries": "borders of another year",
    "unmatched": "areas that only one of the two has",
    "interpolation": "areas whose earlier counts are divided by shares",
    "schema": "an assessment of an earlier version",
    "revision": "whether the source changed months since they were counted",
    "uneven weights": "a few offences of great weight",
}
#: What a comparison can be refused for, and so what can be allowed.
ALLOWABLE: Final = (
    "same", "order", "overlap", "seasons", "coverage", "recording", "labels", "denominator", "published",
    "police-generated",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sides:
    """Two assessments, each with the arrays that are made of it, and how their areas are matched."""

    earlier: Assessment
    later: Assessment
    before: Side
    after: Side
    match: AreaMatch
    clear: tuple[str, ...]
    most_lost: float

    @property
    def stated(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Months of both periods."""
        return tuple(a.about.period.months if a.about.period else () for a in (self.earlier, self.later))  # type: ignore[return-value]


def findings_of(sides: Sides) -> pd.DataFrame:
    """Everything that is found: ``what``, ``severity``, ``reason``, ``remedy``; the gravest first."""
    looks = {
        "same": _same, "order": _order, "overlap": _overlap, "seasons": _seasons, "coverage": _coverage,
        "recording": _recording, "labels": _labels, "denominator": _denominator, "published": _published,
        "police-generated": _police_generated, "weights": _weights, "settings": _settings,
        "population date": _population_date, "boundaries": _boundaries, "unmatched": _unmatched,
        "interpolation": _interpolation, "schema": _schema,
    }  # fmt: skip
    rows = [(what, *found) for what, look in looks.items() for found in look(sides)]
    table = pd.DataFrame(rows, columns=["what", "severity", "reason", "remedy"]).astype("str")
    grave = table["severity"].map({REFUSED: 0, RESTATED: 1, NOTED: 2})
    return table.iloc[np.argsort(grave.to_numpy(), kind="stable")].reset_index(drop=True)


def require_comparable(findings: pd.DataFrame, allow: Iterable[str]) -> pd.DataFrame:
    """The findings with ``allowed``; stops with every reason at once where one is refused and not allowed."""
    made = findings.assign(allowed=findings["what"].isin(list(allow)) & (findings["severity"] == REFUSED))
    refused = made[(made["severity"] == REFUSED) & ~made["allowed"]]
    if len(refused):
        told = " ".join(
            f"({place}) {row['reason']} {row['remedy']}"
            for place, row in enumerate(refused.to_dict("records"), start=1)
        )
        names = joined_words(sorted(set(refused["what"])))
        raise RefusedError(
            f"These two assessments cannot be compared: {told} The comparison is shown in spite of that, with the "
            f"warnings kept in it, where this is allowed by name: {names}."
        )
    return made


def _same(sides: Sides) -> Iterator[Finding]:
    ids = [str(a.manifest.get("content_id", "")) for a in (sides.earlier, sides.later)]
    if ids[0] and ids[0] == ids[1]:
        yield REFUSED, "Both are the same assessment.", "Compare two of different periods or inputs."


def _order(sides: Sides) -> Iterator[Finding]:
    first, second = sides.stated
    if first and second and second[-1] < first[-1]:
        told = [period_words(months[0], months[-1]) for months in (second, first)]
        yield REFUSED, f"The later assessment is of {told[0]}, before the earlier one ({told[1]}).", "Swap the two."


def _overlap(sides: Sides) -> Iterator[Finding]:
    both = sorted(set(sides.stated[0]) & set(sides.stated[1]))
    if both:
        told = period_words(both[0], both[-1])
        yield (
            REFUSED,
            f"{number_of(len(both), 'month is', 'months are')} in both periods ({told}), so a part of the crime is "
            "held against itself.",
            "Compare periods that share no month.",
        )


def _seasons(sides: Sides) -> Iterator[Finding]:
    first, second = (calendar_months(months) for months in sides.stated)
    told = [period_words(months[0], months[-1]) if months else "no period" for months in sides.stated]
    if first != second:
        short = f"{number_of(sum(first.values()), 'month')} against {number_of(sum(second.values()), 'month')}; "
        unequal = short if sum(first.values()) != sum(second.values()) else ""
        yield (
            REFUSED,
            f"The months of the year differ ({unequal}{told[0]} against {told[1]}): crime has seasons, and what they "
            "do cannot be told from a change.",
            "Compare the same months of two years.",
        )
    elif first and max(first.values()) > 1:
        twice = [month_words(f"2001-{month:02d}").split()[0] for month, n in sorted(first.items()) if n > 1]
        yield NOTED, f"{joined_words(twice)} is in each period more than once, and counts as often.", "Nothing."


def _coverage(sides: Sides) -> Iterator[Finding]:
    yield from _lacking(sides)
    yield from _uncovered(sides)


def _lacking(sides: Sides) -> Iterator[Finding]:
    """Months that count as covered, and seem to lack rows: what they lack would be read as a change."""
    for which, assessment, side in (("earlier", sides.earlier, sides.before), ("later", sides.later, sides.after)):
        if told := lacking_told(assessment, side):
            yield (
                NOTED,
                f"In the {which} assessment {told}",
                "Have the file delivered whole, and run the recipe again; until then no change can be told from it.",
            )


def _uncovered(sides: Sides) -> Iterator[Finding]:
    areas = pd.Index(sides.match.table["later"].unique()), pd.Index(sides.match.table["earlier"].unique())
    after = sides.after.coverage.reindex(areas[0]).to_numpy(dtype=bool)
    before = sides.before.coverage.reindex(areas[1]).to_numpy(dtype=bool)
    shares = [float(1 - held.mean()) if held.size else 0.0 for held in (before, after)]
    if max(shares) <= 0:
        return
    lost = [
        f"{_share(share)} of the {which}" for share, which in zip(shares, ("earlier", "later"), strict=True) if share
    ]
    whole = "" if all(shares) else f"; the {'later' if shares[0] else 'earlier'} one has all of them"
    pairs = paired_months(sides.before.months, sides.after.months)
    remedy = "Such months are left out of both." if pairs is not None else "Such months cannot be left out of both."
    grave = REFUSED if max(shares) > sides.most_lost or pairs is None else NOTED
    more = " Have the missing months delivered, and run the recipe again." if grave == REFUSED else ""
    told = f"Of the months of the areas compared, {joined_words(lost)} assessment are not covered{whole}."
    yield grave, told, f"{remedy}{more}"


def _share(share: float) -> str:
    return "all" if share >= 1 else percent(share)


def _recording(sides: Sides) -> Iterator[Finding]:
    layouts = {str((a.manifest.get("disclosure") or {}).get("layout", "")) for a in (sides.earlier, sides.later)}
    months = [month for stated in sides.stated for month in stated]
    if "police.uk" not in layouts or not months:
        return
    for force in sorted(_forces(sides.earlier) | _forces(sides.later)):
        for gap in known_gaps(force, (min(months), max(months))).to_dict("records"):
            until = "and later" if gap["open"] else f"to {month_words(gap['until'])}"
            yield (
                REFUSED,
                f"Months of {force_name(force)} from {month_words(gap['from'])} {until} are known to be missing: "
                f"{gap['missing']} (source: {gap['source']}).",
                "Compare periods on one side of it, or take the crime from the force itself.",
            )


def _forces(assessment: Assessment) -> set[str]:
    stated = set(assessment.tables["areas"][FORCE].dropna().astype(str))
    sources = set(assessment.tables["sources"]["source"].astype(str)) if "sources" in assessment.tables else set()
    return {force_key(text) for text in stated | sources if text.strip()}


def _labels(sides: Sides) -> Iterator[Finding]:
    held = [set(side.labels) for side in (sides.before, sides.after)]
    for label in sorted(held[0] ^ held[1]):
        other = held[1] if label in held[0] else held[0]
        parts = [part for part in COMBINED_CATEGORIES.get(label, ()) if part in other]
        if parts:
            told = joined_words([part.replace("-", " ") for part in parts])
            yield (
                REFUSED,
                f"One counts {label.replace('-', ' ')}, which the other divides into {told}.",
                "Compare periods with the same names of offences, or read both with the names joined.",
            )


def _denominator(sides: Sides) -> Iterator[Finding]:
    kinds = [_kind(a) for a in (sides.earlier, sides.later)]
    if kinds[0] != kinds[1]:
        yield (
            REFUSED,
            f"Harm is counted for {kinds[0]} in the earlier and for {kinds[1]} in the later assessment.",
            "Run one of them again with the population of the other.",
        )


def _kind(assessment: Assessment) -> str:
    if "population" not in assessment.tables or not len(assessment.tables["population"]):
        return "none"
    return str(assessment.tables["population"]["kind"].iloc[0])


def _published(sides: Sides) -> Iterator[Finding]:
    noisy = [NOISY in a.about.coverage for a in (sides.earlier, sides.later)]
    if noisy[0] != noisy[1]:
        yield (
            REFUSED,
            "One is in published form, with noise in its counts, and the other as recorded.",
            "Compare both as recorded, or both as published.",
        )
    elif all(noisy):
        yield NOTED, "Both carry the noise of published counts, which intervals do not hold.", "Compare as recorded."


def _police_generated(sides: Sides) -> Iterator[Finding]:
    mine = [label for label in _rated(sides) if category_of(label) in POLICE_GENERATED]
    if not mine:
        return
    told = joined_words([str(category_of(label)).replace("-", " ") for label in mine[:1]])
    if sides.clear:
        yield (
            REFUSED,
            f"Police cleared {number_of(len(sides.clear), 'area')} in these months, and crime that is recorded when "
            f"police look for it ({told} among it) rises with their work.",
            "Leave police-generated offences out of both; they are shown by themselves.",
        )
        return
    yield (
        NOTED,
        f"Crime that is recorded when police look for it ({told} among it) is in the rates; it can rise with more "
        "police work, and is shown by itself too.",
        "Leave police-generated offences out of both, or name the areas of a Clear phase.",
    )


def _rated(sides: Sides) -> list[str]:
    """Offences that are in the rates compared: counted in either, chosen, weighed and not left out by the later one."""
    settings, weights = sides.after.settings, sides.after.weights["weight"]
    counted = {*sides.before.labels, *sides.after.labels}
    flags = {str(flag) for side in (sides.before, sides.after) for flag in side.flagged["flag"].unique()}
    # A flag takes some incidents of an offence away, never an offence.
    names = [name for name in settings.exclude if name not in flags and not name.startswith("place:")]
    known = counted | set(map(str, weights.index))
    held = set(select_offences(known, settings.offences)) - set(select_offences(known, names, argument="exclude"))
    return sorted(label for label in counted & held if weights.get(label, 0.0) > 0)


def _weights(sides: Sides) -> Iterator[Finding]:
    first, second = sides.before.weights, sides.after.weights
    both = sorted(set(map(str, first.index)) | set(map(str, second.index)))
    ours, theirs = (table["weight"].reindex(both) for table in (first, second))
    differ = ~((ours == theirs) | (ours.isna() & theirs.isna()))
    if differ.any():
        worst = [str(name).replace("-", " ") for name in differ.index[differ][:3]]
        yield (
            RESTATED,
            f"{number_of(int(differ.sum()), 'offence has', 'offences have')} another weight in the later assessment, "
            f"such as {joined_words(worst)}.",
            "The earlier one is restated with the weights of the later, exactly, from its counts; both are printed.",
        )


#: What the choices of an index are, in words.
_CHOICES: Final = {
    "exclude": "left out",
    "offences": "offences chosen",
    "transform": "scale of the weights",
    "cap": "highest weight, as a multiple of the median crime's",
    "per": "people that a rate is for",
    "season": "months weighed by the season",
}
#: Choices of an index that change no rate.
_IDLE: Final = {"missing", "unweighted", "warn_harm_share", "relative_to"}


def _settings(sides: Sides) -> Iterator[Finding]:
    first, second = sides.before.settings, sides.after.settings
    differ = [
        f.name for f in fields(first) if f.name not in _IDLE and getattr(first, f.name) != getattr(second, f.name)
    ]
    if differ:
        told = "; ".join(
            f"{_CHOICES[name]}: {_plain(getattr(first, name))} earlier, {_plain(getattr(second, name))} later"
            for name in differ
        )
        yield (
            RESTATED,
            f"The index was made by other choices ({told}).",
            "The earlier one is restated by the choices of the later, from its counts; both are printed.",
        )


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return joined_words([str(part) for part in value]) if value else "nothing"
    if isinstance(value, bool):  # 1.0 is equal to True, and is a number all the same
        return "yes" if value else "no"
    return "nothing" if value is None else f"{value:,.10g}" if isinstance(value, float) else str(value)


def _population_date(sides: Sides) -> Iterator[Finding]:
    if _kind(sides.earlier) == "none" or _kind(sides.earlier) != _kind(sides.later):
        return
    dates = [str(a.tables["population"]["date"].iloc[0]) for a in (sides.earlier, sides.later)]
    if dates[0] != dates[1]:
        yield (
            NOTED,
            f"The people counted are of {dates[0]} and of {dates[1]}.",
            "What that changed stands in the part for the population.",
        )


def _boundaries(sides: Sides) -> Iterator[Finding]:
    years = [a.about.boundary_year for a in (sides.earlier, sides.later)]
    if years[0] != years[1] and sides.match.settings.by == "code" and (sides.match.table["how"] == "code").all():
        told = [str(year) if year else "a year that is not stated" for year in years]
        yield (
            NOTED,
            f"Borders are of {told[0]} and of {told[1]}; areas are matched by code, and a border that moved under a "
            "code that stayed is not seen.",
            "Match by the ground, or give a change table of the codes.",
        )


def _unmatched(sides: Sides) -> Iterator[Finding]:
    found = sides.match.unmatched
    for which in ("earlier", "later"):
        mine = found.loc[found["assessment"] == which, AREA]
        if len(mine):
            yield (
                NOTED,
                f"{number_of(len(mine), 'area')} of the {which} assessment {'is' if len(mine) == 1 else 'are'} not "
                f"compared: {codes_told(mine)}.",
                "Give a change table of the codes, or match by the ground.",
            )


def _interpolation(sides: Sides) -> Iterator[Finding]:
    divided = sides.match.divided
    if len(divided):
        yield (
            NOTED,
            f"{number_of(len(divided), 'area is', 'areas are')} made of parts of earlier ones, with their crimes "
            f"divided by shares: {codes_told(divided)}.",
            "The least and the most that the earlier counts can have been stand beside each.",
        )


def _schema(sides: Sides) -> Iterator[Finding]:
    versions = [a.manifest.get("schema_version") for a in (sides.earlier, sides.later)]
    if versions[0] != versions[1]:
        yield (
            NOTED,
            f"The assessments are of versions {versions[0]} and {versions[1]} of the store.",
            "Nothing: what is compared is read alike from both.",
        )
