"""What came before the assessment of a page: earlier assessments, comparisons, and notes of what was done where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import check_fields
from socharm._columns import NAME, PARENT, month_span, to_period
from socharm._words import month_words, number_of
from socharm.dashboard.changes import span_name
from socharm.dashboard.data import Panel, area_facts, by_district, make_panel, members_of
from socharm.dashboard.exports import period_told
from socharm.dashboard.numbers import NumberRules
from socharm.rescoring.comparison import Comparison
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Line", "PageHistory", "PastAssessment", "View", "lines_of", "view_names", "views_of"]

#: What stands in place of the reason of an area that an assessment does not have.
_ABSENT = "not an area of this assessment"


@dataclass(frozen=True, kw_only=True, eq=False)
class PastAssessment:
    """An earlier assessment that a page shows beside its own.

    Parameters
    ----------
    name : str
        Of its snapshot.
    tables : AssessmentTables
    about : About
    comparison : Comparison, optional
        Of it, as the later one, with one before it.
    why_not : str
        Why there is no comparison.
    statement : sequence of (str, str)
        Further lines of its method statement.
    """

    name: str
    tables: AssessmentTables
    about: About
    comparison: Comparison | None = None
    why_not: str = ""
    statement: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class PageHistory:
    """What a page shows of the time before its own assessment.

    Parameters
    ----------
    name : str
        Of the snapshot that the page is of.
    earlier : sequence of PastAssessment
        The newest first.
    comparison : Comparison, optional
        Of the page's own assessment, as the later one, with one before it.
    why_not : str
        Why there is no comparison.
    annotations : DataFrame, optional
        As `Store.annotations` has them. Kind, days and areas are drawn beside the trend; what was done, and which role
        answers for it, stands on internal pages only.
    notes : sequence of str
        Sentences on assessments that are left out.
    """

    name: str = ""
    earlier: Sequence[PastAssessment] = ()
    comparison: Comparison | None = None
    why_not: str = ""
    annotations: pd.DataFrame | None = None
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class View(PastAssessment):
    """One assessment as the page shows it: its areas in the order of the page's own.

    Attributes
    ----------
    facts : DataFrame
    panel : Panel
    ranked : int
        Areas with a rank, those that the page does not have among them.
    note : str
        What its areas have not in common with those of the page.
    """

    facts: pd.DataFrame
    panel: Panel
    ranked: int
    note: str = ""


def views_of(tables: AssessmentTables, about: About, history: PageHistory) -> list[View]:
    """The assessment of the page first, then those before it, the newest first."""
    own = area_facts(tables)
    first = PastAssessment(
        name=history.name, tables=tables, about=about, comparison=history.comparison, why_not=history.why_not
    )
    return [_view(each, own, first=each is first) for each in (first, *history.earlier)]


def _view(each: PastAssessment, own: pd.DataFrame, *, first: bool) -> View:
    facts, note = (own, "") if first else _placed(area_facts(each.tables), own)
    return View(
        **vars(each),
        facts=facts,
        panel=make_panel(each.tables, facts),
        ranked=int(each.tables["ranking"]["rank"].notna().sum()),
        note=note,
    )


def _placed(facts: pd.DataFrame, own: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Areas of another assessment in the order of the page, and which of the two only one has."""
    gone, new = facts.index.difference(own.index), own.index.difference(facts.index)
    placed = facts.reindex(own.index)
    placed[NAME] = placed[NAME].where(placed[NAME].notna(), own[NAME])
    placed[PARENT] = placed[PARENT].where(placed[PARENT].notna(), "")
    placed["reason"] = placed["reason"].where(placed["reason"].notna(), _ABSENT)
    parts = []
    if len(gone):
        are = "is no area" if len(gone) == 1 else "are no areas"
        parts.append(f"{number_of(len(gone), 'area')} of it {are} of the page, and in none of its figures but ranks.")
    if len(new):
        are = "is not an area" if len(new) == 1 else "are not areas"
        parts.append(f"{number_of(len(new), 'area')} of the page {are} of it.")
    return placed, " ".join(parts)


# ---- one line through assessments


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """Months of assessments that may stand in one line, since they weigh alike.

    Attributes
    ----------
    months : tuple of str
        ``YYYY-MM``, without a gap from the first to the last.
    source, place : tuple of int
        Of each month: the assessment that it is from, by its number on the page, and its number among the months of
        that assessment; -1 where none has it. Of months that several have, the newest assessment is taken.
    districts, counted
        As of `Panel`, of the months of the line.
    """

    months: tuple[str, ...]
    source: tuple[int, ...]
    place: tuple[int, ...]
    districts: dict[str, dict[str, NDArray[np.float64]]]
    counted: dict[str, tuple[int, ...]]

    def as_dict(self, rules: NumberRules) -> dict[str, Any]:
        """For the page."""
        return {
            "months": [month_words(month) for month in self.months],
            "source": list(self.source),
            "place": list(self.place),
            "districts": {
                group: {
                    "rate": [rules.values(r, n, rate=True) for r, n in zip(parts["rate"], parts["crimes"], strict=True)]
                }
                for group, parts in self.districts.items()
            },
            "counted": {group: list(areas) for group, areas in self.counted.items()},
        }


def lines_of(views: Sequence[View]) -> tuple[list[Line], list[int]]:
    """Lines through the assessments, and the number of the line that each assessment is in.

    Assessments whose weights, choices or kind of denominator differ are not joined: their rates are of another kind.
    """
    number: list[int] = []
    held: list[list[int]] = []
    for k, view in enumerate(views):
        mine = next((i for i, line in enumerate(held) if _alike(views[line[0]].tables, view.tables)), len(held))
        if mine == len(held):
            held.append([])
        held[mine].append(k)
        number.append(mine)
    return [_line(views, members) for members in held], number


def _alike(one: AssessmentTables, other: AssessmentTables) -> bool:
    """Whether offences that both have weigh the same, and rates are made by the same choices, per the same."""
    weights = [_weights(tables) for tables in (one, other)]
    both = weights[0].index.intersection(weights[1].index)
    same = np.allclose(weights[0][both].to_numpy(dtype=float), weights[1][both].to_numpy(dtype=float), equal_nan=True)
    return same and _terms(one) == _terms(other)


def _weights(tables: AssessmentTables) -> pd.Series:
    weights = tables["weights"]
    return weights["weight"] if "weight" in weights.columns else pd.Series(dtype="float64")


def _terms(tables: AssessmentTables) -> tuple[Any, ...]:
    population = tables["population"]
    kinds = sorted(set(map(str, population["kind"]))) if "kind" in population.columns else []
    return sorted((name, str(value)) for name, value in tables.settings.get("index", {}).items()), kinds


def _line(views: Sequence[View], members: Sequence[int]) -> Line:
    source: dict[str, tuple[int, int]] = {}
    for k in reversed(members):  # the newest comes last, and stays
        source |= {month: (k, place) for place, month in enumerate(views[k].panel.months)}
    if not source:
        return Line(months=(), source=(), place=(), districts={}, counted={})
    ends = to_period(pd.Index([min(source), max(source)]))
    months = tuple(str(month) for month in month_span(ends[0], ends[1]))
    found = [source.get(month, (-1, -1)) for month in months]
    groups = [group for group in views[0].panel.groups if any(group in views[k].panel.monthly for k in members)]
    districts, counted = {}, {}
    inside = members_of(views[0].facts, views[0].panel.parents)
    for group in groups:
        joined = {
            measure: np.column_stack([_column(views, group, measure, *where) for where in found])
            for measure in ("crimes", "harm", "exposure")
        }
        per = views[members[0]].tables.setting("index", "per", 1.0)
        districts[group], counted[group] = by_district(joined, joined["exposure"], inside, per)
    source_of, place_of = (tuple(where[i] for where in found) for i in (0, 1))
    return Line(months=months, source=source_of, place=place_of, districts=districts, counted=counted)


def _column(views: Sequence[View], group: str, measure: str, k: int, place: int) -> NDArray[np.float64]:
    panel = views[k].panel
    held = panel.exposure if measure == "exposure" else panel.monthly.get(group, {}).get(measure)
    if k < 0 or held is None:
        return np.full(len(views[0].facts), np.nan)
    return held[:, place]


def view_names(views: Sequence[View]) -> list[str]:
    """Periods of the assessments as a reader chooses them; those of one period with the name of their snapshot."""
    told = [_short(view.about) for view in views]
    return [name if told.count(name) == 1 else f"{name} ({view.name})" for name, view in zip(told, views, strict=True)]


def _short(about: About) -> str:
    """A period with months of three letters: a field and a column have little room."""
    if about.period is None:
        return period_told(about)
    words = span_name((about.period.start, about.period.end)).split()
    return " ".join(word[:3] if word.istitle() else word for word in words)
