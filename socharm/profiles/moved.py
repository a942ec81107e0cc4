"""What moved since an earlier assessment, as page one says it: how sure that is, and what explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import AREA
from socharm._words import number_of, period_words, rate_decimals, signed
from socharm.documents.document import PrintedTable
from socharm.documents.evidence import Cell, amount, percent
from socharm.overlay.phrases import ordinal, probability_phrase
from socharm.profiles.content import Material, area_noun
from socharm.profiles.moved_table import moved_sentence
from socharm.rescoring.change_words import CROWDED, ONE_SIDED, alone_beyond, among_many, change_printed, q_told
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.index_parts import PARTS

__all__ = ["Moved", "moved_since"]

#: What a verdict means, beside the numbers that it rests on.
_VERDICTS: Final = {
    "rose": "is a rise beyond chance and ordinary drift",
    "fell": "is a fall beyond chance and ordinary drift",
    "not clear": "is not told apart from chance and ordinary drift",
}
#: What is said of a rate that had nothing to be a ratio of.
_FROM_NOTHING: Final = {float("inf"): "harm was recorded where none was before"}
_RANKS: Final = ("rank_earlier", "rank_later")
_RATES: Final = ("rate_earlier", "rate_later")
_FEW: Final = "too few events to tell"
_NOT_COMPARED: Final = "not compared"
#: The same of several areas, in the order in which they are counted.
_OF_SEVERAL: Final = {
    "rose": "rose beyond what was to be expected",
    "fell": "fell beyond that",
    "not clear": "did not clearly change",
    _FEW: "had too few events to tell",
    _NOT_COMPARED: "could not be compared",
}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What page one says of the change: the sentence below the rank, and the table of what explains it."""

    opening: tuple[str, ...] = ()
    table: PrintedTable | None = None


def moved_since(material: Material) -> Moved:
    """What moved, of a comparison that was made or of a table by hand; nothing without either."""
    made = material.comparison
    if made is None:
        return Moved()
    if not isinstance(made, Comparison):
        return Moved(opening=tuple(filter(None, [moved_sentence(material, made)])))
    if material.subject.kind == "area":
        return _of_area(material, made)
    return _of_several(material, made)


def _months(period: AssessmentPeriod) -> str:
    return period_words(period.start, period.end)


def _against(made: Comparison) -> str:
    return f"Against {_months(made.periods[0])}"


def _of_area(material: Material, made: Comparison) -> Moved:
    key = material.key
    if key not in made.table.index:
        return Moved(opening=(f"What moved against {_months(made.periods[0])} is not known: {_not_held(key, made)}.",))
    row = _row(made.table, key)
    if row["verdict"] == _NOT_COMPARED or key not in made.expected.table.index:
        reason = made.expected.not_compared["reason"].get(key, "it has no rate in one of the two periods")
        return Moved(opening=(f"What moved against {_months(made.periods[0])} is not compared here: {reason}.",))
    noted = _Noted(material, made)
    opening = (f"{_against(made)}: {noted.ranks(row)}{noted.judged(row)}. {noted.rate(row)}.", *_in_spite(made))
    table = PrintedTable(
        caption=f"What moved: {' against '.join(map(_months, reversed(made.periods)))}",
        header=("What", "Change", "What it says"),
        rows=tuple(noted.lines(row)),
        widths=(4, 5, 10),
        note=_note(made),
    )
    return Moved(opening=opening, table=table)


def _row(table: pd.DataFrame, key: str) -> dict[str, Any]:
    return {str(name): value for name, value in table.loc[[key]].iloc[0].items()}


def _not_held(key: str, made: Comparison) -> str:
    """Why a comparison does not have an area of its later assessment."""
    lacking = made.unmatched[made.unmatched["assessment"] == "later"].set_index(AREA)["reason"]
    return str(lacking.get(key, "the comparison does not hold this place"))


def _in_spite(made: Comparison) -> list[str]:
    """What the comparison would be refused for, and is shown in spite of."""
    return [f"Read it with care, since it is shown in spite of this: {reason}" for reason in made.warnings]


def _note(made: Comparison) -> str:
    share = percent(made.settings.false_discovery)
    return (
        f"All areas: {made.churn.explain()} A verdict is of what is left beyond expectation: "
        f"{ONE_SIDED.format(share=share)}."
    )


class _Noted:
    """Numbers of one area's comparison, each written down as it is said."""

    def __init__(self, material: Material, made: Comparison) -> None:
        self._material, self._made = material, made
        self._months = " and ".join(map(str, made.periods))

    def _expected(self) -> dict[str, Any]:
        return _row(self._made.expected.table, self._material.key)

    def note(self, text: str, value: float, column: str, *, frame: str = "areas", **known: Any) -> str:
        cell = Cell(f"comparison: {frame}", column, self._material.key)
        known = {"what": f"comparison: {column.replace('_', ' ')}", "period": self._months, **known}
        return self._material.evidence.note(text, value, cell, **known)

    def change(self, row: Mapping[str, Any], column: str, *, frame: str = "areas", level: int = 0) -> str:
        """A ratio as a change in per cent, with its interval where it has one."""
        value = float(row[column])
        ends = [float(row[f"{column}_{end}_{level}"]) for end in ("low", "high")] if level else []
        between = {"between": (ends[0], ends[1])} if level else {}
        said = self.note(change_printed(value), value, column, frame=frame, unit="later over earlier", **between)
        return f"{said} ({level}% interval: {change_printed(ends[0])} to {change_printed(ends[1])})" if level else said

    def ranks(self, row: Mapping[str, Any]) -> str:
        """How the rank moved; blank where there is none in one of the two."""
        if pd.isna(row["rank_earlier"]) or pd.isna(row["rank_later"]):
            return ""
        before, now = (
            self.note(ordinal(int(row[name])), int(row[name]), name, unit="rank")
            for name in ("rank_earlier", "rank_later")
        )
        return (
            f"it ranked {before} by underlying rate and ranks {now} now; "
            if before != now
            else f"it ranks {now} by underlying rate as it did; "
        )

    def rate(self, row: Mapping[str, Any]) -> str:
        return f"The underlying rate changed by {self.change(row, 'ratio', level=90)}"

    def judged(self, row: Mapping[str, Any]) -> str:
        """Recorded change, what of it was to be expected, and whether what is left is more than chance."""
        expected = self._expected()
        ratio = float(expected["ratio"])
        recorded = _FROM_NOTHING.get(ratio) or "no harm was recorded in either"
        if 0 <= ratio < float("inf"):
            changed = self.change(expected, "ratio", frame="expected")
            recorded = f"its recorded rate changed by {changed} on the same terms"
        if row["verdict"] == _FEW:
            events = float(expected["effective_events"])
            said = self.note(amount(events), events, "effective_events", frame="expected", unit="events")
            needed = f"{self._made.settings.least_events:g} are needed"
            return f"{recorded}, too few events to tell what that means ({said} effective ones, {needed})"
        selection = self.change(expected, "selection", frame="expected")
        left = self.change(row, "beyond", level=95)
        explained = f"{self.change(row, 'expected')} was to be expected ({selection} by selection alone)"
        return f"{recorded}, where {explained}; what is left, {left}, {self._verdict(row)}"

    def _verdict(self, row: Mapping[str, Any]) -> str:
        """Whether what is left is more than chance; where only the number of places speaks against it, that."""
        table, key = self._made.expected.table, self._material.key
        way = str(alone_beyond(table)[key])
        if not way:
            return _VERDICTS[str(row["verdict"])]
        value = float(table[f"q_{way}"][key])
        q = self.note(q_told(value), value, f"q_{way}", frame="expected")
        return CROWDED.format(places=number_of(among_many(table, key), "place"), way=way, q=q)

    def lines(self, row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        expected = self._expected()
        rose = float(row["p_rise"])
        said = self.note(percent(rose), rose, "p_rise", unit="probability")
        yield self._made_of(row)
        if row["verdict"] != _FEW:  # of so few events nothing is to be expected either
            yield from self._explained(row, expected)
        yield (
            "Underlying rate, on the same terms",
            self.change(row, "ratio", level=90),
            f"that it rose is {probability_phrase(rose)} ({said})",
        )

    def _explained(self, row: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
        trend, selection = (self.change(expected, name, frame="expected") for name in ("trend", "selection"))
        yield (
            "To be expected",
            self.change(row, "expected"),
            f"{trend} is the trend of the other places and of the crimes recorded here, {selection} what a place with "
            "such an earlier rate does by itself (selection)",
        )
        judged = "; ".join(filter(None, [f"it {self._verdict(row)}", self._least(expected)]))
        yield "Left beyond that", self.change(row, "beyond", level=95), judged

    def _least(self, expected: Mapping[str, Any]) -> str:
        """The least fall that could be shown; blank where a place rose or only the number of places hides its fall."""
        if expected["beyond"] > 1 or alone_beyond(self._made.expected.table)[self._material.key]:
            return ""
        share = float(expected["least_fall"])
        if not share < 1:
            return "no fall could be shown here in such months, even were it the only place looked at"
        said = self.note(f"{share:.0%}", share, "least_fall", frame="expected", unit="share")
        return f"the least fall that could be shown here in such months, were it the only place looked at, is {said}"

    def _made_of(self, row: Mapping[str, Any]) -> tuple[str, str, str]:
        parts = {name: float(value) for name, value in _row(self._made.parts, self._material.key).items()}
        digits = rate_decimals([row["rate_earlier"], row["rate_later"]]) + 1
        known = {"frame": "parts", "unit": self._material.about.unit}
        ends = [
            self.note(f"{parts[name]:.{digits}f}", parts[name], name, **known)
            for name in ("rate_earlier", "rate_later")
        ]
        told = [
            f"{self.note(signed(parts[name], digits), parts[name], name, **known)} by {words}"
            for name, words in PARTS.items()
            if parts[name] == parts[name] and round(parts[name], digits)
        ]
        change = self.note(signed(parts["change"], digits), parts["change"], "change", **known)
        return "Recorded rate", f"{ends[0]} before, {ends[1]} now ({change})", "; ".join(told) or "nothing moved it"


def _of_several(material: Material, made: Comparison) -> Moved:
    """A district, or several areas together: recorded rates on the same ground, and what its areas did."""
    codes = [code for code in material.subject.codes if code in made.table.index]
    counted = made.table.loc[codes, "verdict"].value_counts()
    noun = area_noun(material.tables)
    months = " and ".join(map(str, made.periods))
    told = []
    for verdict, words in _OF_SEVERAL.items():
        number = int(counted.get(verdict, 0))
        if number:
            cell, what = Cell("comparison: areas", "verdict", material.key), f"areas: {verdict}"
            said = material.evidence.note(f"{number:,}", number, cell, what=what, unit=f"{noun}s", period=months)
            told.append(f"{said} {words}")
    lacking = len(material.subject.codes) - len(codes)
    told += [f"{lacking:,} could not be matched"] if lacking else []
    of = f"of its {number_of(len(material.subject.codes), noun)}, {', '.join(told)}"
    opening = f"{_against(made)}: {_district_rate(material, made)}{of}."
    return Moved(opening=(opening, *_in_spite(made)))


def _district_rate(material: Material, made: Comparison) -> str:
    """Recorded rates of a district on the same ground; blank for a set, and where there is none."""
    if material.subject.kind != "district" or material.key not in made.districts.index:
        return ""
    row = {name: float(value) for name, value in _row(made.districts, material.key).items()}
    if row["rate_earlier"] != row["rate_earlier"] or row["rate_later"] != row["rate_later"]:
        return ""
    months = " and ".join(map(str, made.periods))
    said = [
        material.evidence.note(
            amount(row[name]),
            row[name],
            Cell("comparison: districts", name, material.key),
            what=f"comparison: {name.replace('_', ' ')}",
            unit=material.about.unit,
            period=months,
        )
        for name in ("rate_earlier", "rate_later")
    ]
    ratio = row["ratio"]
    change = "" if ratio != ratio else f" ({change_printed(ratio)}, as recorded)"
    return f"{said[0]}, now {said[1]} {material.about.unit}, on the same terms{change}; "
