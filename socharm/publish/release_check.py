"""Whether a release would tell a small count together with what was released before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._constraints import CountFrom1
from socharm._record import Record
from socharm.errors import RefusedError
from socharm.publish.attack import WIDTH, AttackSettings
from socharm.publish.disclosure import PublishedTables
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.earlier import EarlierRelease, Sides, as_earlier, compared, shared_places, sides_of
from socharm.publish.posterior import CountGuesses, guess_counts
from socharm.snapshot.tables import AssessmentTables

__all__ = ["ReleaseCheck", "check_release"]


@dataclass(frozen=True, eq=False, repr=False)
class ReleaseCheck(Record):
    """Whether a release, with all earlier ones, leaves each count free enough.

    Attributes
    ----------
    table : DataFrame
        Cells at risk: ``low``, ``high``, ``width``, ``releases`` (how many were held together), ``why``. Empty when all
        is well.
    disagreements : tuple of str
        Published totals that are not the sums of published counts; there must be none.
    settings : AttackSettings
    guesses : CountGuesses, optional
        What an attacker believes of each count of the new release; missing where the input is open.
    statements : int
        Published counts that were held against the earlier ones.
    """

    table: pd.DataFrame
    disagreements: tuple[str, ...]
    settings: AttackSettings
    about: About
    guesses: CountGuesses | None = None
    statements: int = 0

    @property
    def ok(self) -> bool:
        """Whether it may be released."""
        return self.table.empty and not self.disagreements

    def _summary(self) -> dict[str, str]:
        told = {} if self.guesses is None else self.guesses.summary_lines()
        return {"cells at risk": f"{len(self.table):,}", "disagreements": f"{len(self.disagreements)}", **told}


@checked
def check_release(
    new: PublishedTables,
    earlier: Sequence[tuple[AssessmentTables, DisclosureSettings] | EarlierRelease] = (),
    *,
    width: CountFrom1 = WIDTH,
    settings: AttackSettings | Mapping[str, Any] | None = None,
) -> ReleaseCheck:
    """Check a release together with every earlier one.

    Parameters
    ----------
    new : PublishedTables
    earlier : sequence of EarlierRelease, or of (AssessmentTables, DisclosureSettings)
        As they were released. With its source, what truly differs between two releases is known; without, what is
        shown must do.
    width : int
        A range narrower than this is at risk.
    settings : AttackSettings or mapping, optional
        Choices of another check, for what is not stated by keyword.

    Returns
    -------
    ReleaseCheck
        Open input is not checked: it is public already.

    Raises
    ------
    RefusedError
        An earlier release of the same places and months was made with another secret: two noises on one count narrow
        it. Or it lists offences otherwise (by code, and now by category): what one count tells of another is not known.

    Notes
    -----
    Areas are compared by their borders where both releases hold them, else by their codes. Nearly the same area (each
    holds more than half of the other): another number for records that differ by fewer than ``settings.small`` is at
    risk, be the cause a border, a late record or an exclusion. An area and its parts: the ranges of the parts bound
    that of the whole, and the other way round. In published form every other number is a function of the published
    counts; that totals are indeed sums of them is checked. `attack_cells` with `released_statements` gives the ranges
    by integer programming.

    Releases are compared in pairs, and the ranges that they leave are then joined.
    """
    chosen = AttackSettings.of(settings)
    if new.settings.open_input:
        empty = pd.DataFrame(columns=["low", "high", "width", "releases", "why"])
        return ReleaseCheck(table=empty, disagreements=(), settings=chosen, about=new.about)
    own = as_earlier(new.tables, new.settings, source=new.source)
    width = chosen.width
    old = [release if isinstance(release, EarlierRelease) else as_earlier(*release) for release in earlier]
    sides = sides_of(own)
    ranges = {flag: _reach(side.shown, new.settings.noise.spread) for flag, side in sides.items()}
    causes = {flag: np.full(side.shown.shape, "", dtype=object) for flag, side in sides.items()}
    for release in old:
        _require_same_secret(own, release)
        _require_same_offences(own, release, small=new.settings.small)
        for flag, cells, why in compared(own, release, ranges, small=new.settings.small, width=width, sides=sides):
            causes[flag][cells & (causes[flag] == "")] = why
    risky = pd.concat([_risky(side, ranges[flag], causes[flag], flag, width) for flag, side in sides.items()])
    risky["releases"] = 1 + len(old)
    return ReleaseCheck(
        table=risky[["low", "high", "width", "releases", "why"]],
        disagreements=_disagreements(new.tables),
        settings=chosen,
        about=new.about,
        guesses=guess_counts(new.tables["counts"], settings=new.settings.noise),
        statements=sum(int((side.shown >= 0).sum()) for side in sides.values()),
    )


def _require_same_secret(new: EarlierRelease, old: EarlierRelease) -> None:
    if not old.fingerprint or old.fingerprint == new.fingerprint:
        return
    months = set(new.counts[PERIOD].unique()) & set(old.counts[PERIOD].unique())
    if months and shared_places(new, old)[0]:
        raise RefusedError(
            f"An earlier release {old.name} holds places and months of this one, made with another secret: two noises "
            "on one count narrow it. Use the store's own secret, or withdraw the earlier release."
        )


def _require_same_offences(new: EarlierRelease, old: EarlierRelease, *, small: int) -> None:
    """Stop where each of two releases has labels of its own: they would speak of the same records by other names."""
    if not old.fingerprint:  # open input: whoever attacks has it anyway
        return
    months = set(new.counts[PERIOD].unique()) & set(old.counts[PERIOD].unique())
    ours, theirs = (
        _crimes_by_offence(release.counts, months, areas)
        for release, areas in zip((new, old), shared_places(new, old), strict=True)
    )
    here, there = ours.drop(theirs.index, errors="ignore"), theirs.drop(ours.index, errors="ignore")
    if min(here.sum(), there.sum()) < small:  # a few records that were given another offence since
        return
    raise RefusedError(
        f"An earlier release {old.name} of places and months of this one lists offences otherwise: {len(here)} are "
        f"only here, such as {list(here.index[:3])}, and {len(there)} only there, such as {list(there.index[:3])}. "
        "Counts by two lists tell of each other, and how much cannot be checked. Release by the earlier list, or other "
        "months."
    )


def _crimes_by_offence(counts: pd.DataFrame, months: set[pd.Period], areas: set[str]) -> pd.Series:
    """Published crimes by offence in some months and areas, those without left out."""
    used = counts[counts[PERIOD].isin(months) & counts[AREA].astype("str").isin(areas) & (counts[N] > 0)]
    return used[N].groupby(used[OFFENCE].astype("str")).sum()


def _reach(shown: np.ndarray, spread: int) -> tuple[np.ndarray, np.ndarray]:
    """Range of each count that its published number leaves: 0 stays 0, and nothing else ever becomes more than it."""
    return np.where(shown == 0, 0, np.maximum(shown - spread, 1)).astype(np.int64), (shown + spread).astype(np.int64)


def _risky(
    side: Sides, ranges: tuple[np.ndarray, np.ndarray], causes: np.ndarray, flag: str, width: int
) -> pd.DataFrame:
    low, high = ranges
    narrow = (high - low < width) & (side.shown >= 0)
    a, g = np.nonzero(narrow | ((causes != "") & (side.shown >= 0)))
    offence, period = (side.groups.get_level_values(level)[g] for level in (0, 1))
    offence = pd.Index([f"{name} ({flag})" for name in offence], dtype="str") if flag else offence
    index = pd.MultiIndex.from_arrays([side.areas[a], offence, period], names=[AREA, OFFENCE, PERIOD])
    why = np.where(causes[a, g] == "", "its range is narrow", causes[a, g])
    return pd.DataFrame(
        {"low": low[a, g], "high": high[a, g], "width": high[a, g] - low[a, g], "why": why}, index=index
    )


def _disagreements(tables: AssessmentTables) -> tuple[str, ...]:
    """Totals of a published form that are not sums of its counts."""
    cells = tables["cells"]
    sums = cells.groupby(AREA, observed=True)[[N, "harm"]].sum()
    found = []
    for column, total in (("crimes", N), ("harm", "harm")):
        shown = tables["index"][column].dropna().astype(float)
        expected = sums[total].reindex(shown.index).astype(float)
        if not np.allclose(shown, expected, rtol=1e-9, atol=1e-6):
            found.append(f"index.{column}")
        months = tables["by_period"].dropna(subset=[column]).groupby(AREA, observed=True)[column].sum().astype(float)
        if not np.allclose(months, sums[total].reindex(months.index).astype(float), rtol=1e-9, atol=1e-6):
            found.append(f"by_period.{column}")
    return tuple(found)
