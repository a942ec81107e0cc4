"""What a source changed in months that were counted before: from the counts that each assessment keeps."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy

from socharm._arguments import check_fields
from socharm._columns import AREA, FORCE, NAME, OFFENCE, PERIOD, N
from socharm._words import joined_words, month_words, number_of
from socharm.errors import ModelWarning
from socharm.rescoring.change import period_models
from socharm.rescoring.index_parts import AlignedSides, align_sides, index_parts
from socharm.rescoring.side import Months, Side, side_of
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "Kept",
    "Revised",
    "Revisions",
    "borders_of",
    "kept_by",
    "kept_fault",
    "ledger_tells",
    "no_longer_told",
    "revised_by",
    "revisions_of",
]

_CELL: Final = [AREA, OFFENCE, PERIOD]
_PAIR: Final = ["snapshot", "later"]


@dataclass(frozen=True, eq=False)
class Revisions:
    """What the source changed after months were counted, and what that did to the ranks of then.

    Each table holds pairs: ``snapshot``, which counted the months first, and ``later``, which counted them again.

    Attributes
    ----------
    months : DataFrame
        ``snapshot``, ``later``, ``period``, ``crimes_earlier``, ``crimes_later``, ``change``, ``areas`` (in which a
        count changed): every month that both hold, in their periods or before them, also those that did not change.
        Only of areas that both covered in the month: what one of them did not count is no crime less or more.
    cells : DataFrame
        ``snapshot``, ``later``, ``force``, ``area_code``, ``offence``, ``period``, ``crimes_earlier``,
        ``crimes_later``, ``change``: every count that changed. They add up to the months.
    ranks : DataFrame
        ``snapshot``, ``later``, ``area_code``, ``name``, ``rate_earlier`` (as it was assessed), ``rate_later`` (of
        the same period by the counts of the later one), ``change``, ``rank_earlier``, ``rank_later``: the areas of
        `snapshot`, by its own weights and choices.
    not_told : DataFrame
        ``snapshot``, ``later``, ``reason``: later snapshots that say nothing, or not all, about an earlier one.
    """

    months: pd.DataFrame
    cells: pd.DataFrame
    ranks: pd.DataFrame
    not_told: pd.DataFrame

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False)
class Kept:
    """What one snapshot kept, and what tells whether its counts can be held against those of another."""

    name: str
    side: Side
    tables: AssessmentTables
    boundaries: str
    boundary_year: int | None

    @property
    def counting(self) -> Mapping[str, Any]:
        """Choices by which incidents were counted."""
        return self.tables.settings.get("counts", {})


@dataclass(frozen=True, eq=False)
class Revised:
    """An earlier side by the counts of a later one.

    Attributes
    ----------
    side : Side
    months : PeriodIndex
        Months of it that the later one holds.
    lost : array of bool, shape (areas, months)
        What the earlier one covered and the later one holds no count of; it stays as it was.
    """

    side: Side
    months: pd.PeriodIndex
    lost: np.ndarray


def kept_fault(earlier: Kept, later: Kept) -> str:
    """Why the counts of two snapshots cannot be held against each other; empty where they can."""
    if earlier.boundaries != later.boundaries and (
        earlier.boundary_year is None
        or earlier.boundary_year != later.boundary_year
        or set(earlier.side.areas) != set(later.side.areas)
    ):
        return "The borders are others, so that a count can differ without a change of the source."
    ours, theirs = ({k: v for k, v in kept.counting.items() if k != "period"} for kept in (earlier, later))
    if ours and theirs and ours != theirs:
        names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
        return f"Incidents were counted by other choices ({', '.join(names)}), so that a count can differ without one."
    return ""


def revised_by(earlier: Side, later: Side) -> Revised | None:
    """The earlier side with its months as a later one counted them; None where it holds none of them."""
    held = _held(later)
    months = earlier.months.intersection(pd.PeriodIndex(held.coverage.columns))
    if not len(months):
        return None
    covered = held.coverage.reindex(index=earlier.areas, columns=earlier.months)
    told = covered.notna() & covered.eq(True)
    lost = earlier.coverage.to_numpy(dtype=bool) & ~told.to_numpy(dtype=bool)
    counts, flagged = (
        _replaced(ours, theirs, told)
        for ours, theirs in ((earlier.counts, held.counts), (earlier.flagged, held.flagged))
    )
    return Revised(earlier.with_counts(counts, flagged, earlier.coverage | told), months, lost)


def _held(side: Side) -> Months:
    """Every month that an assessment keeps: those before its period, and those of it."""
    own = Months(side.counts, side.flagged, side.coverage)
    if side.ledger is None:
        return own
    frames = [pd.concat([a, b], ignore_index=True) for a, b in
              ((side.ledger.counts, own.counts), (side.ledger.flagged, own.flagged))]  # fmt: skip
    return Months(frames[0], frames[1], side.ledger.coverage.join(own.coverage))


def _replaced(ours: pd.DataFrame, theirs: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first table, with those of told areas and months taken from the second."""
    kept, taken = (_at(table, told) for table in (ours, theirs))
    return pd.concat([ours[~kept], theirs[taken]], ignore_index=True)


def _at(table: pd.DataFrame, told: pd.DataFrame) -> np.ndarray:
    rows = told.index.get_indexer(pd.Index(table[AREA]))
    columns = pd.PeriodIndex(told.columns).get_indexer(pd.PeriodIndex(table[PERIOD], freq="M"))
    found = np.zeros(len(table), dtype=bool)
    known = (rows >= 0) & (columns >= 0)
    found[known] = told.to_numpy(dtype=bool)[rows[known], columns[known]]
    return found


def no_longer_told(earlier: Side, found: Revised | None) -> str:
    """Months and areas of the earlier side that a later one holds no count of, as a sentence; empty where none."""
    if found is None:
        return "No count of its months was kept later: whether the source changed them since is not known."
    if not found.lost.any():
        return ""
    told = _months_told(earlier.months[np.flatnonzero(found.lost.any(axis=0))])
    areas = int(found.lost.any(axis=1).sum())
    return f"Of {told} no count was kept later in {number_of(areas, 'area')}; these are taken as they stood."


def kept_by(assessment: Assessment, side: Side | None = None) -> Kept:
    """What an assessment kept."""
    made = side if side is not None else side_of(assessment)
    return Kept(
        assessment.path.name, made, assessment.tables, borders_of(assessment.manifest), assessment.about.boundary_year
    )


def borders_of(manifest: Mapping[str, Any]) -> str:
    """Hash of the file of boundaries; empty where the manifest names none."""
    return next((str(file["sha256"]) for file in manifest.get("inputs", ()) if file["role"] == "areas"), "")


def ledger_tells(earlier: Assessment, later: Assessment) -> bool:
    """Whether a later assessment says all of what the source changed in the months of an earlier one."""
    first, second = kept_by(earlier), kept_by(later)
    found = revised_by(first.side, second.side)
    return not kept_fault(first, second) and not no_longer_told(first.side, found)


def revisions_of(kept: Sequence[Kept]) -> Revisions:
    """The ledger of snapshots that stand in the order in which they were made."""
    made: dict[str, list[pd.DataFrame]] = {"months": [], "cells": [], "ranks": []}
    reasons: list[tuple[str, str, str]] = []
    for place, earlier in enumerate(kept):
        for later in kept[place + 1 :]:
            found = revised_by(earlier.side, later.side)
            fault = kept_fault(earlier, later)
            told = [(fault if found is not None else "") or no_longer_told(earlier.side, found)]
            told += [] if fault else _not_compared(earlier, later)
            if reason := " ".join(filter(None, told)):
                reasons.append((earlier.name, later.name, reason))
            if fault:
                continue
            pairs = _changed(earlier, later) | ({} if found is None else {"ranks": _ranks(earlier, found)})
            for name, frame in pairs.items():
                made[name].append(frame.assign(snapshot=earlier.name, later=later.name))
    tables = {name: _joined(frames, _COLUMNS[name]) for name, frames in made.items()}
    return Revisions(**tables, not_told=pd.DataFrame(reasons, columns=[*_PAIR, "reason"]))


_COLUMNS: Final = {
    "months": [*_PAIR, PERIOD, "crimes_earlier", "crimes_later", "change", "areas"],
    "cells": [*_PAIR, FORCE, *_CELL, "crimes_earlier", "crimes_later", "change"],
    "ranks": [*_PAIR, AREA, NAME, "rate_earlier", "rate_later", "change", "rank_earlier", "rank_later"],
}


def _joined(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(frames, ignore_index=True)[list(columns)]


def _changed(earlier: Kept, later: Kept) -> dict[str, pd.DataFrame]:
    """Months that both hold, in their periods or before them, and the counts of these that changed."""
    ours, theirs = _held(earlier.side), _held(later.side)
    covered = _covered_by_both(ours, theirs)
    sums = [held.counts[_at(held.counts, covered)].groupby(_CELL, observed=True)[N].sum() for held in (ours, theirs)]
    both = pd.concat(sums, axis=1, keys=["crimes_earlier", "crimes_later"]).fillna(0).astype(np.int64).reset_index()
    both["change"] = both["crimes_later"] - both["crimes_earlier"]
    changed = both[both["change"] != 0]
    totals = both.groupby(PERIOD)[["crimes_earlier", "crimes_later", "change"]].sum()
    months = pd.PeriodIndex(covered.columns[covered.any(axis=0)])
    totals = totals.reindex(months.rename(PERIOD), fill_value=0)
    totals["areas"] = changed.groupby(PERIOD)[AREA].nunique().reindex(totals.index, fill_value=0)
    return {
        "months": totals.reset_index(),
        "cells": changed.assign(force=changed[AREA].map(earlier.tables["areas"][FORCE])),
    }


def _covered_by_both(ours: Months, theirs: Months) -> pd.DataFrame:
    """Areas of the first by months that both hold, in which both counted."""
    months = pd.PeriodIndex(ours.coverage.columns).intersection(pd.PeriodIndex(theirs.coverage.columns))
    mine = ours.coverage.reindex(columns=months)
    return mine.eq(True) & theirs.coverage.reindex(index=mine.index, columns=months).eq(True)


def _not_compared(earlier: Kept, later: Kept) -> list[str]:
    """What only one of the two counted, beside the months of the earlier period, of which `no_longer_told` says it."""
    ours, theirs = _held(earlier.side), _held(later.side)
    before = [month for month in ours.coverage.columns if month not in set(earlier.side.months)]
    first = ours.coverage.eq(True)
    second = theirs.coverage.reindex(index=first.index, columns=first.columns).eq(True)
    told = []
    for only, when in (
        ((first & ~second)[before], "no count was kept later"),
        (second & ~first, "a count was made later only"),
    ):
        if only.any(axis=None):
            months = pd.PeriodIndex(only.columns[only.any(axis=0)])
            words = _months_told(months)
            areas = number_of(int(only.any(axis=1).sum()), "area")
            told.append(f"Of {words} {when} in {areas}; what was counted once is not compared.")
    return told


def _months_told(months: pd.PeriodIndex) -> str:
    named = [month_words(str(month)) for month in months]
    return joined_words(named) if len(named) <= 3 else number_of(len(named), "month")


def _ranks(earlier: Kept, found: Revised) -> pd.DataFrame:
    """Rates and ranks of the earlier assessment as they were and by the counts of now, by its own choices."""
    ranking = earlier.tables["ranking"]
    aligned = _itself(earlier.side, found.side)
    parts = index_parts(aligned)[0]
    pooled = earlier.tables["model"] if "model" in earlier.tables else pd.DataFrame()
    pool = "band" in pooled and bool((pooled["band"].astype(str) != pooled.index.astype(str)).any())
    with warnings.catch_warnings():
        # What the model of these months lacks was told when they were assessed.
        warnings.simplefilter("ignore", ModelWarning)
        now = period_models(aligned, pool=pool)[1].model.posterior_mean()
    made = pd.DataFrame(
        {
            AREA: parts.index,
            NAME: earlier.tables["areas"][NAME].reindex(parts.index).to_numpy(),
            "rate_earlier": parts["rate_earlier"].to_numpy(),
            "rate_later": parts["rate_later"].to_numpy(),
            "change": parts["change"].to_numpy(),
        }
    )
    ranked = ranking["rank"].reindex(parts.index)
    made["rank_earlier"] = ranked.astype("Int64").to_numpy()
    again = now.reindex(parts.index).where(ranked.notna()).rank(ascending=False, method="min")
    made["rank_later"] = again.astype("Int64").to_numpy()
    return made


def _itself(stored: Side, revised: Side) -> AlignedSides:
    """One assessment held against itself with its months counted again."""
    same = scipy.sparse.identity(len(stored.areas), format="csr")
    carried = {"areas": stored.areas, "before": stored.areas, "carry": same, "carry_later": same}
    return align_sides(stored, stored, revised, carried, [(place, place) for place in range(len(stored.months))])
