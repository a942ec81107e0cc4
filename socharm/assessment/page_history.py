"""What a dashboard shows of the time before its assessment: earlier snapshots of the store, and comparisons of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from socharm._about import NOISY, AssessmentPeriod
from socharm._words import number_of, period_words
from socharm.assessment.disclosing import input_is_open
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import layout_of
from socharm.dashboard.history import PageHistory, PastAssessment
from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.publish.statement import method_statement
from socharm.rescoring.comparing import compare
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.store import Store
from socharm.snapshot.assessment import Assessment

__all__ = ["history_of"]

#: Every earlier snapshot of the same assessment.
ALL: Final = "all"
#: Earlier assessments that a page shows when all are asked for.
_MOST: Final = 8
_NO_SEASON: Final = "No assessment of the same months of an earlier year is on this page, so nothing is compared."


def history_of(
    assessment: Assessment, earlier: str | Iterable[str], compared: Iterable[Comparison], *, internal: bool
) -> PageHistory | None:
    """Earlier assessments in the form of the page, the newest first; None where none is asked for.

    Raises
    ------
    ParameterError
        A name that is no whole snapshot of the store, or not of an earlier period.
    StoreError
        The annotations of the store were changed by hand.
    """
    store = Store(assessment.path.parent)
    wanted = [earlier] if isinstance(earlier, str) else list(earlier)
    made = {each.assessments: each for each in compared}
    if not wanted and not made:
        return None
    from socharm.assessment.compare_snapshots import shown_form  # loads what writes documents, which no page needs

    names, notes = _chosen(store, assessment, wanted or [first for first, _ in made])
    # In the form of the page, so that nothing on it was worked out from counts that it may not show.
    shown = [shown_form(open_assessment(store.path / name), internal=internal) for name in names]
    every = [shown_form(open_assessment(assessment.path), internal=internal), *shown]
    if not internal and not input_is_open(assessment.recipe, layout_of(assessment)):
        made = {names: each for names, each in made.items() if NOISY in each.about.coverage}
    found = [_compared(each, every[number + 1 :], made) for number, each in enumerate(every)]
    past = []
    for each, (comparison, why) in zip(shown, found[1:], strict=True):
        statement = method_statement(each.manifest, about=each.about, tables=each.tables).sections
        past.append(
            PastAssessment(
                name=each.path.name,
                tables=each.tables,
                about=each.about,
                comparison=comparison,
                why_not=why,
                statement=[(heading, " ".join(texts)) for heading, texts in statement.items()],
            )
        )
    return PageHistory(
        name=assessment.path.name,
        earlier=past,
        comparison=found[0][0],
        why_not=found[0][1],
        annotations=store.annotations(),
        notes=notes,
    )


def _chosen(store: Store, assessment: Assessment, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of snapshots, the newest first, and sentences on those that are left out."""
    table = store.list()
    own = table.loc[assessment.path.name]
    whole = table[(table["fault"] == "") & (table["end"] < own["end"])]
    if list(wanted) != [ALL]:
        unknown = [name for name in wanted if name not in whole.index]
        if unknown:
            raise ParameterError(
                f"`earlier` names {unknown[0]!r}, which is no whole snapshot of the store that ended before "
                f"{own['end']}; it holds {list(map(str, whole.index[-5:]))}. Name some of these, or {ALL!r}."
            )
        mine = whole.loc[list(dict.fromkeys(wanted))]
        return _newest_first(mine), []
    notes = []
    damaged = int((table["fault"] != "").sum())
    if damaged:
        notes.append(f"{number_of(damaged, 'damaged snapshot')} of the store {_is(damaged)} not shown.")
    mine = whole[whole["assessment"] == own["assessment"]]
    mine = mine.sort_values("made", kind="stable").drop_duplicates(["start", "end"], keep="last")
    names = _newest_first(mine)
    if len(names) > _MOST:
        more = len(names) - _MOST
        notes.append(f"{number_of(more, 'older assessment')} of the store {_is(more)} not shown.")
    return names[:_MOST], notes


def _newest_first(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.sort_values(["end", "start", "made"], kind="stable").index[::-1]]


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _compared(
    later: Assessment, before: Sequence[Assessment], made: dict[tuple[str, str], Comparison]
) -> tuple[Comparison | None, str]:
    """The comparison of an assessment with one before it, or why there is none."""
    given = [each for (_, name), each in made.items() if name == later.path.name]
    if given:
        return given[0], ""
    earlier = next((each for each in before if _season(each) == _season(later)), None)
    if earlier is None:
        return None, _NO_SEASON
    try:
        return compare(earlier, later), ""
    except (RefusedError, AlignmentError) as error:
        return None, f"Not compared with {period_words(*earlier.recipe.assessment.period)}. {_plain(error)}"


def _season(assessment: Assessment) -> tuple[int, int]:
    start, end = assessment.recipe.assessment.period
    return pd.Period(start, "M").month, AssessmentPeriod(start, end).n_months


def _plain(error: Exception) -> str:
    """The sentences of an error without the marks of arguments."""
    return " ".join(str(error).replace("`", "").split())
