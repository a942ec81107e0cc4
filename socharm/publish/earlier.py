"""A release beside an earlier one: which cells are of the same records, which nearly, and which of parts of them.

Cells are compared by where their areas lie, not by what the areas are called.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm.io.area_overlaps import overlapping_areas
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.record_keys import FLAG
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "EarlierRelease",
    "Sides",
    "as_earlier",
    "compared",
    "keep_published",
    "shared_places",
    "sides_of",
]

#: Two areas are nearly one where each holds more than half of the other, and one where they differ by less than this.
_MOST: Final = 0.5
_ONE: Final = 1e-3
#: Share of an area that its parts must cover for their sum to speak of it.
_WHOLE: Final = 0.95
_Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class EarlierRelease:
    """What comparing needs of a release: what it showed, where its areas are and, inside the store, what is true.

    Parameters
    ----------
    counts, flagged : DataFrame
        As released.
    outlines : DataFrame
        Empty where the release does not hold borders; areas are then compared by their codes.
    spread : int
        Of its noise; 0 where the input was open.
    fingerprint : str
        Of its secret.
    name : str
    source : AssessmentTables, optional
        The tables it was made of, where the store still holds them.
    """

    counts: pd.DataFrame
    flagged: pd.DataFrame
    outlines: pd.DataFrame
    spread: int
    fingerprint: str
    name: str = ""
    source: AssessmentTables | None = None


def as_earlier(
    tables: AssessmentTables, settings: DisclosureSettings, *, source: AssessmentTables | None = None, name: str = ""
) -> EarlierRelease:
    """What comparing needs of released tables."""
    return EarlierRelease(
        counts=tables["counts"],
        flagged=tables["flagged"],
        outlines=tables["outlines"],
        spread=0 if settings.open_input else settings.noise.spread,
        fingerprint="" if settings.open_input else settings.fingerprint,
        name=name,
        source=source,
    )


@dataclass(frozen=True, eq=False)
class Sides:
    """Cells of one flag as arrays areas x groups, a group being an offence in a month.

    Attributes
    ----------
    areas : Index
    groups : MultiIndex
    shown : array of int
        Below 0 where the cell does not stand in the release.
    true : array of int, optional
        Where the store still holds what the release was made of.
    """

    areas: pd.Index
    groups: pd.MultiIndex
    shown: _Ints
    true: _Ints | None


def sides_of(release: EarlierRelease) -> dict[str, Sides]:
    """Cells of a release by flag, blank for all records."""
    counts = release.counts
    areas = pd.Index(sorted(counts[AREA].astype("str").unique()))
    groups = pd.MultiIndex.from_frame(_groups(counts).drop_duplicates().sort_values([OFFENCE, PERIOD]))
    covered = _cube(counts, areas, groups, fill=-1)
    found = {}
    for flag in ["", *sorted(map(str, release.flagged[FLAG].unique() if len(release.flagged) else []))]:
        shown = _cube(release.flagged[release.flagged[FLAG] == flag], areas, groups, fill=0) if flag else covered
        true: _Ints | None = None
        if release.source is not None:
            own = (
                release.source["flagged"][release.source["flagged"][FLAG] == flag] if flag else release.source["counts"]
            )
            true = _cube(own, areas, groups, fill=0)
        found[flag] = Sides(areas, groups, np.where(covered < 0, -1, shown), true)
    return found


def _groups(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({OFFENCE: rows[OFFENCE].astype("str"), PERIOD: rows[PERIOD].astype("str")})


def _cube(rows: pd.DataFrame, areas: pd.Index, groups: pd.MultiIndex, *, fill: int) -> _Ints:
    made = np.full((len(areas), len(groups)), fill, dtype=np.int64)
    a = areas.get_indexer(pd.Index(rows[AREA].astype("str")))
    g = groups.get_indexer(pd.MultiIndex.from_frame(_groups(rows)))
    known = (a >= 0) & (g >= 0)
    made[a[known], g[known]] = rows[N].to_numpy(dtype=np.int64)[known]
    return made


@dataclass(frozen=True, eq=False)
class _Match:
    """Areas of a new and an earlier release that lie over each other, by position."""

    near: tuple[_Ints, _Ints]
    one: NDArray[np.bool_]
    finer: list[tuple[_Ints, int]]
    coarser: list[tuple[int, _Ints]]


def _match(new: EarlierRelease, old: EarlierRelease, ours: pd.Index, theirs: pd.Index) -> _Match:
    if not len(new.outlines.columns) or not len(old.outlines.columns):
        at = theirs.get_indexer(ours)
        both = np.flatnonzero(at >= 0)
        return _Match((both, at[both]), np.ones(len(both), dtype=bool), [], [])
    pairs = overlapping_areas(new.outlines, old.outlines)
    a, b = ours.get_indexer(pd.Index(pairs["first"])), theirs.get_indexer(pd.Index(pairs["second"]))
    pairs = pairs.assign(a=a, b=b)[(a >= 0) & (b >= 0)]
    mine, other = pairs["share_first"], pairs["share_second"]
    near = pairs[(mine > _MOST) & (other > _MOST)]
    apart = (1 / near["share_first"] + 1 / near["share_second"] - 1).to_numpy()
    return _Match(
        (near["a"].to_numpy(dtype=np.int64), near["b"].to_numpy(dtype=np.int64)),
        apart < 1 + _ONE,
        [(parts["a"].to_numpy(dtype=np.int64), int(b)) for b, parts in _made_of(pairs[mine > _WHOLE], "b", other)],
        [(int(a), parts["b"].to_numpy(dtype=np.int64)) for a, parts in _made_of(pairs[other > _WHOLE], "a", mine)],
    )


def _made_of(pairs: pd.DataFrame, whole: str, share: pd.Series) -> Iterator[tuple[int, pd.DataFrame]]:
    """Areas that two or more of the other set make up."""
    for place in np.unique(pairs[whole].to_numpy(dtype=np.int64)):
        parts = pairs[pairs[whole] == place]
        if len(parts) > 1 and share.reindex(parts.index).sum() > _WHOLE:
            yield int(place), parts


def shared_places(new: EarlierRelease, old: EarlierRelease) -> tuple[set[str], set[str]]:
    """Areas of each of two releases that lie over one of the other, or have its code."""
    mine, other = (set(release.counts[AREA].astype("str").unique()) for release in (new, old))
    one = mine & other
    if not len(new.outlines.columns) or not len(old.outlines.columns):
        return one, one
    pairs = overlapping_areas(new.outlines, old.outlines)
    return one | (mine & set(pairs["first"].astype("str"))), one | (other & set(pairs["second"].astype("str")))


def keep_published(
    new: EarlierRelease, earlier: Sequence[EarlierRelease], *, small: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts and flagged counts in which a number that was published stays where few records changed.

    Parameters
    ----------
    new : EarlierRelease
        With its source.
    earlier : sequence of EarlierRelease
        Oldest first.
    small : int
        Where the records of a cell differ from those of an earlier release by fewer than this, the earlier number
        stands: the difference of two noises would tell that something changed.

    Returns
    -------
    counts, flagged : DataFrame
    """
    sides = sides_of(new)
    kept = {flag: np.full(side.shown.shape, -1, dtype=np.int64) for flag, side in sides.items()}
    origin = {flag: np.full(side.shown.shape, -1, dtype=np.int64) for flag, side in sides.items()}
    for old in earlier:
        there = sides_of(old)
        match: _Match | None = None
        for flag in sides.keys() & there.keys():
            mine, other = sides[flag], there[flag]
            if other.true is None or mine.true is None or not old.spread:
                continue
            match = match or _match(new, old, mine.areas, other.areas)
            (a, b), (g, h) = match.near, _shared(mine, other)
            rows, columns = np.ix_(a, g), np.ix_(b, h)
            shown = other.shown[columns]
            fresh = (shown >= 0) & (shown != origin[flag][rows])
            few = np.abs(mine.true[rows] - other.true[columns]) < small
            origin[flag][rows] = np.where(fresh, shown, origin[flag][rows])
            kept[flag][rows] = np.where(fresh, np.where(few, shown, -1), kept[flag][rows])
    return _stood(new.counts, sides, kept, ""), _flagged(new.flagged, sides, kept)


def _shared(mine: Sides, other: Sides) -> tuple[_Ints, _Ints]:
    at = other.groups.get_indexer(mine.groups)
    g = np.flatnonzero(at >= 0)
    return g.astype(np.int64), at[g].astype(np.int64)


def _stood(rows: pd.DataFrame, sides: dict[str, Sides], kept: dict[str, _Ints], flag: str) -> pd.DataFrame:
    side = sides[flag]
    a = side.areas.get_indexer(pd.Index(rows[AREA].astype("str")))
    g = side.groups.get_indexer(pd.MultiIndex.from_frame(_groups(rows)))
    found = kept[flag][a, g]
    return rows.assign(n=np.where(found >= 0, found, rows[N].to_numpy(dtype=np.int64)))


def _flagged(rows: pd.DataFrame, sides: dict[str, Sides], kept: dict[str, _Ints]) -> pd.DataFrame:
    """Flagged counts with what stands; a number that stands where no record is left has a row of its own."""
    parts = []
    for flag in sides.keys() - {""}:
        part = _stood(rows[rows[FLAG] == flag], sides, kept, flag)
        side = sides[flag]
        more = kept[flag] > 0
        more[
            side.areas.get_indexer(pd.Index(part[AREA].astype("str"))),
            side.groups.get_indexer(pd.MultiIndex.from_frame(_groups(part))),
        ] = False
        a, g = np.nonzero(more)
        added = {
            AREA: side.areas[a],
            OFFENCE: side.groups.get_level_values(0)[g],
            PERIOD: pd.PeriodIndex(side.groups.get_level_values(1)[g], freq="M"),
            FLAG: flag,
            N: kept[flag][a, g],
        }
        parts += [part, pd.DataFrame(added).astype({AREA: "str", OFFENCE: "str", FLAG: "str"})]
    if not parts:
        return rows
    return pd.concat(parts).sort_values([AREA, OFFENCE, PERIOD, FLAG], kind="stable").reset_index(drop=True)


def compared(
    new: EarlierRelease,
    old: EarlierRelease,
    ranges: dict[str, tuple[_Ints, _Ints]],
    *,
    small: int,
    width: int,
    sides: dict[str, Sides] | None = None,
) -> list[tuple[str, NDArray[np.bool_], str]]:
    """What an earlier release adds to a new one; `ranges` are narrowed where both speak of one count.

    Parameters
    ----------
    new, old : EarlierRelease
    ranges : dict of str to (low, high)
        By flag, of the cells of `new`.
    small, width : int
    sides : dict of str to Sides, optional
        Of `new`, where they are made already.

    Returns
    -------
    list of (flag, cells, why)
        Cells of `new` that may not be shown beside `old`.
    """
    found = []
    ours, theirs = sides or sides_of(new), sides_of(old)
    match: _Match | None = None
    for flag in sorted(ours.keys() & theirs.keys()):
        mine, other = ours[flag], theirs[flag]
        match = match or _match(new, old, mine.areas, other.areas)
        side = _Compared(mine, other, match, ranges[flag], old.spread, *_shared(mine, other))
        found.append((flag, side.nearly(small), "differs from an earlier release by few records"))
        found.append((flag, side.parts(width), "narrowed by an earlier release of its parts, or of what it is part of"))
    return found


@dataclass(frozen=True, eq=False)
class _Compared:
    mine: Sides
    other: Sides
    match: _Match
    ranges: tuple[_Ints, _Ints]
    spread: int
    g: _Ints
    h: _Ints

    def nearly(self, small: int) -> NDArray[np.bool_]:
        """Cells that show other numbers than before for nearly the same records; one count narrows its range."""
        a, b = self.match.near
        rows, columns = np.ix_(a, self.g), np.ix_(b, self.h)
        shown, before = self.mine.shown[rows], self.other.shown[columns]
        both = (shown >= 0) & (before >= 0)
        risky = np.zeros(self.mine.shown.shape, dtype=bool)
        if self.mine.true is not None and self.other.true is not None and self.spread:
            few = np.abs(self.mine.true[rows] - self.other.true[columns]) < small
            risky[rows] = both & (shown != before) & few
            return risky
        low, high = self._reach(before)
        one = both & self.match.one[:, None]
        self._narrow(rows, np.where(one, low, 0), np.where(one, high, np.iinfo(np.int64).max))
        moved = both & ~self.match.one[:, None] & (shown != before)
        risky[rows] = moved & (np.abs(shown - before) < small + self.spread)
        return risky

    def parts(self, width: int) -> NDArray[np.bool_]:
        """Cells whose parts, or whose whole, were released: both say something of one sum."""
        risky = np.zeros(self.mine.shown.shape, dtype=bool)
        for a, b in self.match.finer:
            whole = self.other.shown[b, self.h]
            low, high = self._reach(whole)
            mine = tuple(ends[np.ix_(a, self.g)] for ends in self.ranges)
            told = (whole >= 0) & (self.mine.shown[np.ix_(a, self.g)] >= 0).all(axis=0)
            sums = mine[0].sum(axis=0), mine[1].sum(axis=0)
            least, most = low - (sums[1] - mine[1]), high - (sums[0] - mine[0])
            self._narrow(np.ix_(a, self.g), np.where(told, least, 0), np.where(told, most, np.iinfo(np.int64).max))
            few = told & (np.minimum(high, sums[1]) - np.maximum(low, sums[0]) < width)
            risky[np.ix_(a, self.g)] |= few
        for place, several in self.match.coarser:
            parts = self.other.shown[np.ix_(several, self.h)]
            low, high = self._reach(parts)
            mine = tuple(ends[place, self.g] for ends in self.ranges)
            told = (self.mine.shown[place, self.g] >= 0) & (parts >= 0).all(axis=0)
            sums = low.sum(axis=0), high.sum(axis=0)
            rows = (np.full(len(self.g), place), self.g)
            self._narrow(rows, np.where(told, sums[0], 0), np.where(told, sums[1], np.iinfo(np.int64).max))
            least = np.maximum(low, mine[0] - (sums[1] - high))
            most = np.minimum(high, mine[1] - (sums[0] - low))
            risky[place, self.g] |= told & ((most - least).min(axis=0) < width)
        return risky

    def _reach(self, shown: _Ints) -> tuple[_Ints, _Ints]:
        low = np.where(shown == 0, 0, np.maximum(shown - self.spread, 1 if self.spread else 0))
        return np.asarray(low, dtype=np.int64), np.asarray(shown + self.spread, dtype=np.int64)

    def _narrow(self, rows: tuple[_Ints, ...], low: _Ints, high: _Ints) -> None:
        self.ranges[0][rows] = np.maximum(self.ranges[0][rows], low)
        self.ranges[1][rows] = np.minimum(self.ranges[1][rows], high)
