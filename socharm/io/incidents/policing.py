"""Which sources police an area: stated by the name of its force, or found from the rows themselves."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

__all__ = ["covered_by", "hardly_supplied", "policing_sources", "too_quiet_forces"]

#: Part of the best source's monthly rows in an area from which another source polices it too.
NEEDED: Final = 4
#: Rows of an area from which its sources can be told; below, its district's rows are looked at.
FEW_ROWS: Final = 20
#: A force whose areas get less than this part of what the areas of the usual force get did not deliver at all.
TOO_QUIET: Final = 50
#: Areas with less than this part of the rows of the usual area of their source may belong to a silent force.
HARDLY: Final = 40


def policing_sources(rows: pd.DataFrame, months: pd.Series, judged: pd.Series, parents: pd.Series) -> pd.DataFrame:
    """Sources without which an area is not covered.

    Parameters
    ----------
    rows : DataFrame of int64
        Index area, columns source: rows of the area in the months that the source delivered.
    months : Series of int
        Index source: how many months it delivered.
    judged : Series of bool
        Index source: whether it has rows enough to be judged.
    parents : Series
        Index area: its district, missing where not known.

    Returns
    -------
    DataFrame of bool
        Index area, columns source. None of them where the area's best source is too small to be judged.

    Notes
    -----
    Sources are compared by their rows per month that they delivered, so that one that fell silent after a month is
    not outweighed by the stray rows of years. Those with a quarter of the best one's or more police the area. With
    fewer than 20 rows the district's areas are pooled; where that is not enough, the area's own rows decide, and
    an area without any row is covered only while every source that polices another area delivers.
    """
    own = rows.to_numpy(dtype=np.int64)
    pooled = _pooled(own, parents)
    found = _needed(pooled, months.to_numpy(dtype=np.int64)) & judged.to_numpy()
    best = _best(pooled, months.to_numpy(dtype=np.int64))
    found[~judged.to_numpy()[best]] = False
    empty = pooled.sum(axis=1) == 0
    found[empty] = found[~empty].any(axis=0) if (~empty).any() else False
    return pd.DataFrame(found, index=rows.index, columns=rows.columns)


def _pooled(own: np.ndarray, parents: pd.Series) -> np.ndarray:
    few = own.sum(axis=1) < FEW_ROWS
    known = parents.notna().to_numpy()
    if not (few & known).any():
        return own
    codes, _ = pd.factorize(parents)
    sums = np.zeros((codes.max() + 1, own.shape[1]), dtype=np.int64)
    np.add.at(sums, codes[known], own[known])
    rich = known & few
    rich[known] &= sums[codes[known]].sum(axis=1) >= FEW_ROWS
    return np.where(rich[:, None], sums[np.where(known, codes, 0)], own)


def _best(rows: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Position of the source with the most rows per month delivered; the first of equals."""
    best: np.ndarray = (rows / np.maximum(months, 1)).argmax(axis=1)
    return best


def _needed(rows: np.ndarray, months: np.ndarray) -> np.ndarray:
    spans = np.maximum(months, 1)
    best = _best(rows, months)
    most = rows[np.arange(len(rows)), best]
    needed: np.ndarray = (rows > 0) & (NEEDED * rows * spans[best][:, None] >= most[:, None] * spans[None, :])
    return needed


def covered_by(needed: pd.DataFrame, delivered: pd.DataFrame, anyone: pd.Series) -> pd.DataFrame:
    """Area x month: did the sources that police the area deliver?

    Parameters
    ----------
    needed : DataFrame of bool
        Area x source.
    delivered : DataFrame of bool
        Source x month.
    anyone : Series of bool
        Index month: what covers an area that no source polices.

    Notes
    -----
    A month is covered unless more of the area's sources delivered in some other month. Of two sources that never
    deliver in the same month (a new record system) each covers its own.
    """
    wanted = needed.to_numpy(dtype=bool)
    which, _ = pd.factorize(pd.Series([row.tobytes() for row in np.packbits(wanted, axis=1)], dtype=object))
    _, first = np.unique(which, return_index=True)
    came = delivered.reindex(needed.columns).to_numpy(dtype=bool)
    rows = [_complete(came[row]) if row.any() else anyone.to_numpy(dtype=bool) for row in wanted[first]]
    mask = np.asarray(rows, dtype=bool).reshape(len(first), len(anyone))[which]
    return pd.DataFrame(mask, index=needed.index, columns=delivered.columns)


def _complete(came: np.ndarray) -> np.ndarray:
    """Months (columns) in which some source delivered, and no other month has all of the same sources and more."""
    found = np.asarray(came.any(axis=0))
    for kind in np.unique(came, axis=1).T:
        less = ~(came & ~kind[:, None]).any(axis=0) & (came != kind[:, None]).any(axis=0)
        found &= ~less
    return found


def too_quiet_forces(rows: pd.Series, months: pd.Series, areas: pd.Series, *, judged_from: int) -> list[str]:
    """Forces whose areas get next to nothing where the areas of other forces get much.

    Parameters
    ----------
    rows, months, areas : Series of int
        Index force: its rows in its own areas, the months it delivered, how many areas are its own.
    judged_from : int
        Rows a month that would be usual for its areas, below which nothing can be said.

    Notes
    -----
    Where a force has only a few months, or never more than a few rows, its own usual volume says nothing: it is
    compared with the median of the other forces, in rows per area and month.
    """
    per = {force: (int(rows[force]), max(int(months[force]), 1) * int(areas[force])) for force in sorted(rows.index)}
    quiet = []
    for force, (own, spans) in per.items():
        others = sorted((n / d, n, d) for other, (n, d) in per.items() if other != force and n > 0)
        if not others:
            continue
        _, n, d = others[len(others) // 2]
        if own * TOO_QUIET * d < n * spans and n * int(areas[force]) >= judged_from * d:
            quiet.append(force)
    return quiet


def hardly_supplied(rows: pd.DataFrame, needed: pd.DataFrame) -> pd.Index:
    """Areas that get only a trickle from a source whose usual area gets much: another force's areas, perhaps.

    Parameters
    ----------
    rows, needed : DataFrame
        Area x source, as in `policing_sources`.
    """
    own, wanted = rows.to_numpy(dtype=np.int64), needed.to_numpy(dtype=bool)
    single = wanted.sum(axis=1) == 1
    found = np.zeros(len(rows), dtype=bool)
    for source in range(own.shape[1]):
        alone = np.flatnonzero(single & wanted[:, source])
        some = np.sort(own[alone, source][own[alone, source] > 0])
        if len(some) and some[len(some) // 2] >= 5 * FEW_ROWS:
            found[alone] = own[alone, source] * HARDLY < some[len(some) // 2]
    return pd.Index(sorted(str(code) for code in rows.index[found]))
