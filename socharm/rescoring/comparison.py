"""The record of a comparison, and what it says in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm._columns import AREA
from socharm._record import Record
from socharm._words import joined_words, number_of, percent, period_words, rate_decimals, signed
from socharm.errors import ParameterError
from socharm.rescoring.change_words import ONE_SIDED, change_told, crowded
from socharm.rescoring.churn import ChurnReceipt
from socharm.rescoring.compare_settings import CompareSettings
from socharm.rescoring.expected import ExpectedChange
from socharm.rescoring.index_parts import PARTS, parts_not_known, parts_that_moved
from socharm.rescoring.matching import AreaMatch
from socharm.rescoring.mobility import BY_RECORDED, RANKED_BY, RankMobility

__all__ = ["Comparison"]

#: Areas that a summary names.
_SHOWN: Final = 5
#: Verdicts that a test gives.
_TESTED: Final = ("rose", "fell", "not clear")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Record):
    """What changed between two assessments, how sure that is, and what it is made of.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code`` (of the later assessment): ``name``, ``parent_earlier``, ``parent_later``, ``force``,
        ``changed_hands``, ``how`` (it was matched), ``before`` (the earlier area it is held against), ``rate_earlier``
        and ``rate_later`` (as each was assessed), ``rank_earlier``, ``rank_later`` with the ends of their 90% intervals
        (``rank_earlier_low_90`` and so on; as each was assessed); on the terms of the later one and
        in months that both cover ``rate_earlier_alike``, ``rate_later_alike``, ``crimes_earlier``, ``crimes_later``,
        ``crimes_least``, ``crimes_most`` (what the earlier crimes can have been, where they are interpolated),
        ``effective_events``; of the underlying rate ``ratio`` (posterior median of later over earlier),
        ``ratio_low_50`` … ``ratio_high_95``, ``p_rise``, ``p_fall``, ``p_beyond_10``, ``p_beyond_20``,
        ``verdict_counts`` (what the counts of the two periods alone say); of the joint model ``listed``, ``expected``
        (ratio that was to be expected), ``beyond``, ``beyond_low_95``, ``beyond_high_95`` (what is left of the ratio)
        and ``verdict``: "rose", "fell", "not clear", "too few events to tell" or "not compared".
    expected : ExpectedChange
        The force's trend, what the choice of the list explains, and what is beyond both.
    churn : ChurnReceipt
        How many of the first areas stayed, and how many would have stayed had nothing changed.
    parts : DataFrame
        Index ``area_code``: ``rate_earlier``, ``rate_later``, ``revision``, ``counts``, ``offence_mix``, ``weights``,
        ``population``, ``boundaries``, ``coverage``, ``settings``, ``change``, which is their sum.
    overall : Series
        The same of all areas together, with ``ratio`` and the ends of its intervals. An area whose people are not known
        is in neither the harm nor the people of that rate.
    mobility : RankMobility
    findings : DataFrame
        ``what``, ``severity`` ("refused", "restated" or "noted"), ``reason``, ``remedy``, ``allowed``.
    match : AreaMatch
        How areas were matched; ``match.unmatched`` lists those that were not, with the reason.
    districts : DataFrame
        Index ``parent``: ``areas``, ``rate_earlier``, ``rate_later``, ``ratio``, both by the districts of the later
        period, so that a district is held against the same ground.
    police_generated : DataFrame
        Index ``area_code``: ``crimes_earlier``, ``crimes_later``, ``harm_earlier``, ``harm_later`` of crime that is
        recorded when police look for it.
    facts : DataFrame
        Index ``fact``; ``value``.
    assessments : tuple of str
        Names of the earlier and the later assessment.
    periods : tuple of AssessmentPeriod
        Months of the earlier and of the later assessment.
    """

    __made_by__ = ("compare",)

    table: pd.DataFrame
    expected: ExpectedChange
    churn: ChurnReceipt
    parts: pd.DataFrame
    overall: pd.Series
    mobility: RankMobility
    findings: pd.DataFrame
    match: AreaMatch
    districts: pd.DataFrame
    police_generated: pd.DataFrame
    facts: pd.DataFrame
    assessments: tuple[str, str]
    periods: tuple[AssessmentPeriod, AssessmentPeriod]
    settings: CompareSettings
    about: About

    @property
    def unmatched(self) -> pd.DataFrame:
        """Areas that only one assessment has, with the reason."""
        return self.match.unmatched

    @property
    def warnings(self) -> list[str]:
        """What the comparison was refused for and is shown in spite of."""
        return [str(reason) for reason in self.findings.loc[self.findings["allowed"], "reason"]]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Every table of the comparison by the name under which it is written."""
        return {
            "areas": self.table,
            "expected": self.expected.table,
            "list": self.expected.pooled,
            "churn": self.churn.table.assign(**{RANKED_BY: BY_RECORDED}),
            "churn_areas": self.churn.areas.assign(**{RANKED_BY: BY_RECORDED}),
            "parts": self.parts,
            "overall": self.overall.rename("value").rename_axis("what").to_frame(),
            "districts": self.districts,
            "classes": self.mobility.table,
            "entered_and_left": self.mobility.moves,
            "tops": self.mobility.tops,
            "findings": self.findings,
            "matching": self.match.table,
            "unmatched": self.unmatched,
            "not_compared": self.expected.not_compared,
            "police_generated": self.police_generated,
            "facts": self.facts,
        }

    @checked
    def named(self, verdict: str) -> pd.DataFrame:
        """Areas of a verdict, those that are furthest from what was to be expected first.

        Parameters
        ----------
        verdict : str
            ``"rose"``, ``"fell"``, ``"not clear"``, ``"too few events to tell"`` or ``"not compared"``.
        """
        mine = self.table[self.table["verdict"] == verdict]
        size = (mine["beyond"].astype(float) - 1).abs()
        return mine.loc[size.sort_values(ascending=False, kind="stable").index]

    @checked
    def explain(self, area: str) -> str:
        """Say what changed in an area, how sure that is, and what the change is made of.

        Parameters
        ----------
        area : str
            Area code of the later assessment.

        Raises
        ------
        ParameterError
            The area is not among those compared.
        """
        if area not in self.table.index:
            hint = nearest_name(str(area), map(str, self.table.index))
            raise ParameterError(
                f"`area` is {area!r}, which is not among the {number_of(len(self.table), 'area')} compared; see "
                "`unmatched`." + (f" Did you mean {hint!r}?" if hint else "")
            )
        return "\n".join(_explained(self, area))

    def summary(self) -> str:
        """The closing summary of the comparison, as plain text."""
        return "\n".join(_closing(self))

    def _summary(self) -> dict[str, str]:
        counted = self.table["verdict"].value_counts()
        lines = {
            "stayed": self.churn.explain(),
            "areas": f"{len(self.table):,} compared, {len(self.unmatched):,} not matched",
            "verdicts": ", ".join(f"{number:,} {verdict}" for verdict, number in counted.items()),
        }
        if self.warnings:
            lines["warning"] = " ".join(self.warnings)
        return lines


def _explained(made: Comparison, area: str) -> Iterable[str]:
    row, parts = made.table.loc[[area]].iloc[0].to_dict(), made.parts.loc[[area]].iloc[0]
    said = f" ({_one_sided(made)})" if row["verdict"] in _TESTED else ""
    yield f"{row['name']} ({area}): {row['verdict']}{said}."
    yield from (f"Shown in spite of this: {reason}" for reason in made.warnings)
    if row["verdict"] == "not compared":
        yield str(made.expected.not_compared.loc[area, "reason"])
        return
    digits = rate_decimals([row["rate_earlier"], row["rate_later"]])
    rates = f"{row['rate_earlier']:.{digits}f} before, {row['rate_later']:.{digits}f} now"
    yield f"Recorded rate: {rates} ({made.about.unit})."
    if pd.notna(row["rank_earlier"]) and pd.notna(row["rank_later"]):
        yield f"Rank by underlying rate: {int(row['rank_earlier'])} before, {int(row['rank_later'])} now."
    yield f"Change of the underlying rate on the same terms: {_ratio_words(row)}."
    yield (
        f"Probability that it rose: {percent(row['p_rise'])}; that it changed by more than a tenth: "
        f"{percent(row['p_beyond_10'])}."
    )
    yield _expected_words(row)
    if told := crowded(made.expected.table, area):
        yield f"{told[:1].upper()}{told[1:]}."
    told = "; ".join(
        f"{name.replace('_', ' ')} {signed(parts[name], digits + 1, minus='-')}" for name in parts_that_moved(parts)
    )
    change = signed(parts["change"], digits + 1, minus="-")
    yield f"The recorded change of {change} is made of: {told or 'nothing'}."


def _one_sided(made: Comparison) -> str:
    return ONE_SIDED.format(share=percent(made.settings.false_discovery))


def _ratio_words(row: Mapping[Any, Any]) -> str:
    low, high = (change_told(row[end]) for end in ("ratio_low_90", "ratio_high_90"))
    return f"{change_told(row['ratio'])} (90% interval {low} to {high})"


def _expected_words(row: Mapping[Any, Any]) -> str:
    return (
        f"To be expected: {change_told(row['expected'])}; beyond that {change_told(row['beyond'])} (95% interval "
        f"{change_told(row['beyond_low_95'])} to {change_told(row['beyond_high_95'])})."
    )


def _closing(made: Comparison) -> Iterable[str]:
    overall, mobility = made.overall, made.mobility
    earlier, later = (period_words(period.start, period.end) for period in made.periods)
    yield f"{made.about.shown_marking}   {made.assessments[0]} against {made.assessments[1]}"
    yield f"{earlier} against {later}"
    if made.warnings:
        yield ""
        yield from (f"Note: shown in spite of this: {reason}" for reason in made.warnings)
    yield ""
    yield made.churn.explain()
    yield ""
    digits = rate_decimals([overall["rate_earlier"], overall["rate_later"]])
    yield (
        f"All areas together: {overall['rate_earlier']:.{digits}f} before, {overall['rate_later']:.{digits}f} now "
        f"({made.about.unit}); on the same terms {_ratio_words(overall.to_dict())}."
    )
    yield from (
        f"  {signed(overall[name], digits + 1, minus='-'):>10}  {PARTS[name]}" for name in parts_that_moved(overall)
    )
    yield f"  {signed(overall['change'], digits + 1, minus='-'):>10}  change in all"
    yield from (f"  {'not known':>10}  {PARTS[name]}" for name in parts_not_known(overall))
    yield ""
    yield from _who(made)
    yield ""
    moved_by = number_of(round(mobility.median_move), "place")
    by = str(mobility.tops[RANKED_BY].iloc[0])
    stayed = joined_words([f"{number:,} of the first {size:,}" for size, number in mobility.tops["stayed"].items()])
    yield (
        f"Ranks of the {by}: {stayed} stayed; Kendall's tau {mobility.tau_words}, median move {moved_by}. "
        "The receipt above ranks the recorded rate, as lists are made."
    )
    yield from _found(made)


def _who(made: Comparison) -> Iterable[str]:
    """The list together, who rose and who fell beyond what was to be expected, and what the counts alone would say."""
    facts = made.facts["value"].to_dict()
    pooled = made.expected.pooled.to_dict("records")[0]
    yield f"The {number_of(int(pooled['areas']), 'listed area')} together: {change_told(pooled['ratio'])} recorded."
    yield f"  {_expected_words(pooled)}"
    for verdict in ("rose", "fell"):
        mine = made.named(verdict)
        told = f"{number_of(len(mine), 'area')} of {len(made.table):,}"
        wrong = f"; up to {facts[f'names expected to be wrong: {verdict}']:.1f} of these by chance" if len(mine) else ""
        yield f"{verdict.capitalize()} beyond what was to be expected: {told}{wrong}"
        for row in mine.head(_SHOWN).reset_index().to_dict("records"):
            yield f"  {row['name']} ({row[AREA]}): {change_told(row['ratio'])}. {_expected_words(row)}"
    yield f"  {_one_sided(made).capitalize()}."
    few = int((made.table["verdict"] == "too few events to tell").sum())
    if few:
        yield f"Too few events to tell: {number_of(few, 'area')}"
    rose, fell = (int(facts[f"areas by the counts alone: {verdict}"]) for verdict in ("rose", "fell"))
    alone = "By the counts alone, which know neither drift nor how the list was chosen,"
    if not rose + fell:
        yield f"{alone} no area rose or fell."
        return
    wrong = "whether this name is wrong" if rose + fell == 1 else "how many of these names are wrong"
    yield f"{alone} {rose or 'none'} rose and {fell or 'none'} fell; {wrong} they cannot say."


def _found(made: Comparison) -> Iterable[str]:
    """What was restated and noted, and who is not compared."""
    if number := len(made.expected.not_compared):
        yield f"Not compared: {number_of(number, 'area')}, with the reason in the table of those not compared."
    shown = made.findings[~made.findings["allowed"]]
    for severity, label in (("restated", "Restated"), ("noted", "Note")):
        for reason in shown.loc[shown["severity"] == severity, "reason"]:
            yield f"{label}: {reason}"
