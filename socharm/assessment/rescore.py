"""The half-yearly job: the months that are due are assessed, and held against an earlier assessment of the store."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._arguments import check_fields, checked
from socharm._constraints import Between
from socharm._record import settings_as_dict
from socharm._words import number_of, period_words
from socharm.assessment.comparison_folder import (
    Written,
    comparison_key,
    folder_of,
    held_comparison,
    write_comparison_folder,
)
from socharm.assessment.disclosing import shows_internal, store_of
from socharm.assessment.input_sections import IncidentsSection
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import published_form
from socharm.assessment.recipe_file import load_recipe
from socharm.assessment.run import run_assessment
from socharm.errors import ParameterError, RefusedError, SocharmError
from socharm.rescoring.comparing import compare
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.revisions import ledger_tells
from socharm.rescoring.store import Store
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.recipe import Recipe

__all__ = ["Rescored", "due_period", "rescore"]

#: Findings of a comparison that a person must look at before anybody acts on it.
_LOOK: Final = frozenset(
    {"coverage", "recording", "labels", "denominator", "weights", "settings", "boundaries", "unmatched", "schema"}
)
PREVIOUS, SAME_SEASON = "previous", "same-season"


@dataclass(frozen=True, eq=False)
class Rescored:
    """What the half-yearly job made.

    Attributes
    ----------
    assessment : Assessment
        Of the months that were due.
    comparison : Comparison, optional
        None where the store holds nothing to compare with, or the comparison is refused.
    folder : Path, optional
        Where the comparison is written: tables, workbook and change report.
    new : bool
        Whether anything was written; a second call with the same inputs writes nothing.
    look : tuple of str
        What a person must look at, one sentence each; empty where there is nothing.
    not_written : tuple of str
        What of the comparison could not be written for want of a library, each with how to get it.
    """

    assessment: Assessment
    comparison: Comparison | None
    folder: Path | None
    new: bool
    look: tuple[str, ...] = ()
    not_written: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)


def due_period(as_of: dt.date, *, months: int, lag: int) -> AssessmentPeriod:
    """The last months that are complete and have arrived on a day.

    Parameters
    ----------
    as_of : date
    months : int
        Length of the period.
    lag : int
        Months by which the source arrives late.

    Examples
    --------
    >>> due_period(dt.date(2026, 9, 30), months=6, lag=0)
    AssessmentPeriod(start='2026-04', end='2026-09')
    >>> due_period(dt.date(2026, 9, 29), months=6, lag=2)
    AssessmentPeriod(start='2026-01', end='2026-06')
    """
    month = pd.Period(as_of, "M")
    complete = month if as_of == month.end_time.date() else month - 1
    last = complete - lag
    return AssessmentPeriod(str(last - (months - 1)), str(last))


@checked
def rescore(
    recipe: str | os.PathLike[str],
    *,
    as_of: dt.date,
    against: str = SAME_SEASON,
    lag: Annotated[int, Between(0, 24)] = 2,
    months: Annotated[int, Between(1, 120)] | None = None,
    revisions: bool = True,
    allow: Iterable[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Rescored:
    """Assess the months that are due on a day, and hold them against an earlier assessment of the same store.

    Parameters
    ----------
    recipe : path
        An ``assessment.toml``; its period gives way to the months that are due.
    as_of : date
    against : str
        ``"same-season"`` for the newest assessment of the same months of an earlier year, ``"previous"`` for the one
        before, or the name of a snapshot.
    lag : int
        Months by which the source arrives late.
    months : int, optional
        Length of the period; that of the recipe's when omitted.
    revisions : bool
        Whether the earlier months are kept beside those that are due (``ledger_since``), so that what the source
        changed meanwhile is told by itself. Where borders or choices of counting are others, they are counted again by
        the earlier recipe instead.
    allow : iterable of str
        As of `compare`.
    progress : callable, optional
        As of `run_assessment`.

    Returns
    -------
    Rescored

    Raises
    ------
    ParameterError
        `against` names no snapshot of the store.
    SocharmError
        As of `run_assessment` and `compare`; a comparison that is refused is told in ``look`` instead.

    Notes
    -----
    Half-years of different seasons are not compared, so that the same season is the default. Where the store holds
    none, nothing is compared, and that is said. The folder of the comparison is in published form where the input is
    not open, unless the recipe asks for internal outputs; so is then the comparison that is given back.
    """
    loaded = load_recipe(recipe)
    period = due_period(as_of, months=months or loaded.period.n_months, lag=lag)
    due = replace(loaded, assessment=replace(loaded.assessment, period=(period.start, period.end)))
    store = Store(store_of(due))
    if against not in (PREVIOUS, SAME_SEASON):
        _require_held(store, against)
    held = {folder.name for folder in store.path.iterdir()} if store.path.is_dir() else set()
    earlier = _earlier(store, period, against, name=due.assessment.name) if held else None
    before = None if earlier is None else open_assessment(store.path / earlier)
    if revisions and before is not None:
        due = _with_ledger(due, before)
    assessment = run_assessment(due, unless_held=True, progress=progress)
    new = assessment.path.name not in held
    if before is None:
        which = "of the same months of an earlier year" if against == SAME_SEASON else "that ended before these months"
        return Rescored(assessment, None, None, new, (f"The store holds no assessment {which}: nothing was compared.",))
    with tempfile.TemporaryDirectory(prefix="socharm-") as folder:
        again: tuple[Assessment | None, tuple[str, ...]] = (None, ())
        if revisions and not ledger_tells(before, assessment):
            again = _counted_again(before, due.folder, Path(folder))
        return _against(before, assessment, again, new=new, allow=tuple(allow))


def _with_ledger(due: Recipe, earlier: Assessment) -> Recipe:
    """The recipe with the months of the earlier assessment kept beside its own, as the source has them now."""
    section, first = due.part(IncidentsSection), earlier.recipe.period.start
    if first >= due.period.start or (section.ledger_since is not None and section.ledger_since <= first):
        return due
    return due.with_parts(incidents=replace(section, ledger_since=first))


def _earlier(store: Store, period: AssessmentPeriod, against: str, *, name: str) -> str | None:
    """Name of the snapshot that is compared with."""
    table = store.list()
    table = table[table["fault"] == ""]
    if against not in (PREVIOUS, SAME_SEASON):
        return against
    table = table[(table["end"] < period.start) & (table["assessment"] == name)]
    if against == SAME_SEASON:
        table = table[[_season(*span) == _season(period.start, period.end) for span in _spans(table)]]
    return None if table.empty else str(table.sort_values(["end", "start", "made"], kind="stable").index[-1])


def _require_held(store: Store, name: str) -> None:
    table = store.list() if store.path.is_dir() else pd.DataFrame({"fault": []})
    whole = sorted(map(str, table.index[table["fault"] == ""]))
    if name not in whole:
        raise ParameterError(
            f"`against` is {name!r}, no whole snapshot of the store; it holds {whole[-5:]}. Name one, or "
            f"{SAME_SEASON!r} or {PREVIOUS!r}."
        )


def _spans(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["start"].astype(str), table["end"].astype(str), strict=True))


def _season(start: str, end: str) -> tuple[int, int]:
    """First month of the year, and how many months."""
    return pd.Period(start, "M").month, AssessmentPeriod(start, end).n_months


def _against(
    earlier: Assessment,
    later: Assessment,
    again: tuple[Assessment | None, tuple[str, ...]],
    *,
    new: bool,
    allow: tuple[str, ...],
) -> Rescored:
    revised, look = again
    try:
        made = compare(earlier, later, revised=revised, allow=allow)
        look = (*look, *_to_look_at(made))
        if made.about.internal and not shows_internal(later.recipe):
            # What is written says no more than the published forms of both do.
            made = compare(published_form(earlier), published_form(later), allow=allow)
    except RefusedError as error:
        return Rescored(later, None, None, new, (*look, f"The comparison is refused. {error}"))
    # The same two snapshots compared in another way, or with a source that has changed since, are another comparison.
    parts = [[str(part) for part in row] for row in made.parts.round(12).to_numpy().tolist()]
    outputs = Written(workbook=later.recipe.outputs.workbook, maps=later.recipe.outputs.maps)
    told = {"settings": settings_as_dict(made.settings), "parts": parts, "written": settings_as_dict(outputs)}
    notes = Store(later.path.parent).annotations()
    key = comparison_key(earlier, later, {**told, "internal": made.about.internal}, notes=notes)
    target = folder_of(earlier, later, key)
    held = held_comparison(target, key)
    folder = held or write_comparison_folder(made, later, target, key=key, written=outputs, annotations=notes)
    return Rescored(later, made, target, new or folder.new, look, tuple(folder.not_written))


def _counted_again(earlier: Assessment, inputs: str, folder: Path) -> tuple[Assessment | None, tuple[str, ...]]:
    """The earlier months as the source counts them now, from its recipe; why not, where it cannot be read."""
    recipe: Recipe = earlier.recipe
    plain = replace(recipe.outputs, maps=False, workbook=False, geopackage=False)
    # A comparison needs the counts and what weighs them, and none of the parts that can be switched off.
    off = dict.fromkeys(recipe.switches, False)
    where = replace(recipe.assessment, store=str(folder))
    try:
        return run_assessment(replace(recipe, assessment=where, outputs=plain, switches=off, folder=inputs)), ()
    except SocharmError as error:
        span = period_words(*recipe.assessment.period)
        return None, (f"Whether the source revised {span} cannot be told: {error}",)


def _to_look_at(made: Comparison) -> tuple[str, ...]:
    found = made.findings
    grave = found[found["what"].isin(_LOOK) | found["allowed"]]
    look = [str(reason) for reason in grave["reason"]]
    many = int((made.parts["revision"].fillna(0.0) != 0).sum())
    if many:
        look.append(f"The source revised months of the earlier assessment: {number_of(many, 'area')} had another rate.")
    return tuple(look)
