"""Suppression and rounding of small counts in a table with totals: the two older ways, for those who need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from socharm._about import About
from socharm._checks import require_columns, require_positive
from socharm._columns import N
from socharm._record import Record
from socharm.errors import ParameterError, SchemaError

__all__ = ["RoundedCounts", "SmallCountSettings", "SuppressedCounts", "round_small_counts", "suppress_small_counts"]

_TOTAL: Final = "Total"


@dataclass(frozen=True, kw_only=True)
class SmallCountSettings:
    """What counts as small, by which columns the table is made, and which groupings have totals too."""

    small: int
    by: tuple[str, ...]
    hierarchy: tuple[str, ...] = ()
    keep_margins: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class SuppressedCounts(Record):
    """A table with totals in which small counts cannot be worked out.

    Attributes
    ----------
    table : DataFrame
        The columns of the table (``"Total"`` for totals), ``n`` (missing where withheld), ``status``: ``kept``,
        ``primary`` (small) or ``secondary`` (withheld so that a small one cannot be subtracted out).
    settings : SmallCountSettings
    """

    table: pd.DataFrame
    settings: SmallCountSettings
    about: About


@dataclass(frozen=True, eq=False, repr=False)
class RoundedCounts(Record):
    """A table of counts in which no published number is small.

    Attributes
    ----------
    table : DataFrame
        The inner cells: their columns, ``n`` as it was and ``published``.
    totals : DataFrame
        Every published total: its columns, ``n`` and ``published``.
    distance : mapping of str to float
        Over the totals: ``maxdiff``, ``mean_abs_diff``, ``root_mean_square``, ``hd_utility``.
    settings : SmallCountSettings
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    distance: Mapping[str, float]
    settings: SmallCountSettings
    about: About


def suppress_small_counts(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    small: int = 4,
    zeros: bool = True,
    about: About | None = None,
) -> SuppressedCounts:
    """Withhold small counts, and others so that the small ones cannot be worked out from the totals.

    Parameters
    ----------
    counts : DataFrame
        One row for each inner cell of a table by two columns, all combinations present; ``n``.
    by : sequence of two str
        The columns; totals of both and of all are published and never withheld.
    small : int
        Counts up to this are withheld first.
    zeros : bool
        Whether 0 is small too.
    about : About, optional

    Returns
    -------
    SuppressedCounts
        With as few withheld cells as rows and columns of the table allow: found by integer programming, checked by
        linear programming (no withheld small count is exactly recoverable).

    Raises
    ------
    SchemaError
        Cells lack, stand there twice, or a count is no whole number of 0 or more.
    ParameterError
        Not two columns, or a small count cannot be protected without withholding totals.

    Notes
    -----
    Each small cell must lie on a closed path of withheld cells: in every row and column with a withheld cell at least
    two are withheld. Where small cells share all their paths the check finds it and another cell is added.

    References
    ----------
    Hundepool, A. et al. (2012), Statistical Disclosure Control, Wiley, 4.
    """
    names = list(by)
    if len(names) != 2:
        raise ParameterError(f"`by` names {len(names)} columns; a table has two. Choose two.")
    require_positive(small, name="small", whole=True)
    wide = _square(counts, names)
    values = wide.to_numpy(dtype=np.int64)
    primary = (values <= small) & (values > 0 if not zeros else values >= 0)
    pattern = _pattern(values, primary)
    table = _long(wide, names)
    flat = {
        (row, column): "primary" if primary[i, j] else "secondary" if pattern[i, j] else "kept"
        for i, row in enumerate(wide.index)
        for j, column in enumerate(wide.columns)
    }
    table["status"] = [
        flat.get((row, column), "kept") for row, column in zip(table[names[0]], table[names[1]], strict=True)
    ]
    table[N] = table[N].astype("Int64").mask(table["status"] != "kept")
    settings = SmallCountSettings(small=small, by=tuple(names))
    return SuppressedCounts(table=table, settings=settings, about=about or About())


def _square(counts: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    require_columns(counts, [*names, N], name="counts")
    if counts.duplicated(names).any():
        raise SchemaError(f"`counts` holds cells twice by {names}. Add them up first.")
    wide = counts.pivot_table(index=names[0], columns=names[1], values=N, aggfunc="sum", sort=True)
    if wide.isna().any(axis=None):
        raise SchemaError("`counts` lacks cells of the table. Put 0 where nothing was counted, and say so.")
    if (wide < 0).any(axis=None) or (wide % 1 != 0).any(axis=None):
        raise SchemaError("`counts` holds an `n` that is below 0 or not whole.")
    return wide.astype("int64")


def _long(wide: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Cells and totals, one a row."""
    full = wide.copy()
    full[_TOTAL] = full.sum(axis=1)
    full.loc[_TOTAL] = full.sum(axis=0)
    values = full.to_numpy(dtype=np.int64)
    rows = [
        (row, column, int(values[i, j])) for i, row in enumerate(full.index) for j, column in enumerate(full.columns)
    ]
    return pd.DataFrame(rows, columns=[*names, N])


def _pattern(values: NDArray[np.int64], primary: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Withheld cells: the fewest so that rows and columns hold none or at least two, until no small one is certain."""
    if not primary.any():
        return primary
    forced = primary.copy()
    while True:
        chosen = _fewest(values, forced)
        lost = _recoverable(values, primary, chosen)
        if not lost:
            return chosen
        spare = list(zip(*np.nonzero(~chosen), strict=True))
        if not spare:
            raise ParameterError(
                f"{len(lost)} small counts follow from the totals alone. Merge rows or columns, or round instead."
            )
        forced = chosen.copy()
        forced[min(spare, key=lambda cell: (int(values[cell]), cell))] = True


def _fewest(values: NDArray[np.int64], forced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Least number of withheld cells (then least total) with none or two and more in each row and column."""
    rows, columns = values.shape
    cells, lines = rows * columns, rows + columns
    weight = 1.0 + values.ravel() / (float(values.sum()) + 1.0) / cells
    matrix = np.zeros((2 * lines + 0, cells + lines))
    for line in range(lines):
        mask = np.zeros((rows, columns))
        if line < rows:
            mask[line, :] = 1
        else:
            mask[:, line - rows] = 1
        size = mask.sum()
        matrix[2 * line, :cells], matrix[2 * line, cells + line] = mask.ravel(), -2.0
        matrix[2 * line + 1, :cells], matrix[2 * line + 1, cells + line] = -mask.ravel(), size
    found = milp(
        c=np.concatenate([weight, np.zeros(lines)]),
        constraints=LinearConstraint(matrix, lb=0.0),
        integrality=np.ones(cells + lines),
        bounds=Bounds(np.concatenate([forced.ravel().astype(float), np.zeros(lines)]), 1.0),
    )
    if found.x is None:
        raise ParameterError("A row or column has too few cells to hide a small count in. Merge rows or columns.")
    return np.asarray(np.round(found.x[:cells]).astype(bool).reshape(values.shape))


def _recoverable(
    values: NDArray[np.int64], primary: NDArray[np.bool_], hidden: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Small cells whose value follows from what is published."""
    places = list(zip(*np.nonzero(hidden), strict=True))
    if not places:
        return []
    equations, totals = [], []
    for axis, size in enumerate(values.shape):
        for line in range(size):
            row = np.array([1.0 if place[axis] == line else 0.0 for place in places])
            if row.any():
                equations.append(row)
                totals.append(sum(int(values[place]) for place in places if place[axis] == line))
    lost = []
    for number, place in enumerate(places):
        if not primary[place]:
            continue
        aim = np.zeros(len(places))
        aim[number] = 1.0
        least, most = (
            linprog(sign * aim, A_eq=np.array(equations), b_eq=np.array(totals, dtype=float), bounds=(0, None)).fun
            for sign in (1, -1)
        )
        if least is not None and most is not None and abs(least + most) < 0.5:
            lost.append((int(place[0]), int(place[1])))
    return lost


def round_small_counts(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    hierarchy: Mapping[str, Mapping[str, str]] | None = None,
    base: int = 5,
    about: About | None = None,
) -> RoundedCounts:
    """Round inner cells to 0 or a base so that no published total is small, changing the totals as little as can be.

    Parameters
    ----------
    counts : DataFrame
        Inner cells: the columns `by`, and ``n``.
    by : sequence of str
    hierarchy : mapping of str to mapping, optional
        For a column, the group of each of its values; totals are then by group, not by value.
    base : int
        Numbers from 1 to below the base are small.
    about : About, optional

    Returns
    -------
    RoundedCounts
        Only inner cells below the base that some small total needs are rounded, to 0 or `base`.

    Raises
    ------
    SchemaError
        Columns lack, cells stand there twice, or counts are not whole.

    References
    ----------
    Langsrud, Ø. and Heldal, J. (2018), An algorithm for small count rounding of tabular data, PSD 2018.
    """
    names = list(by)
    require_columns(counts, [*names, N], name="counts")
    require_positive(base, name="base", whole=True)
    if counts.duplicated(names).any():
        raise SchemaError(f"`counts` holds cells twice by {names}. Add them up first.")
    values = counts[N].to_numpy(dtype=np.int64)
    labels, members = _totals(counts, names, hierarchy or {})
    published = _least_change(values, members, base)
    before, after = members @ values, members @ published
    totals = pd.DataFrame(labels, columns=names).assign(n=before, published=after)
    gap = after - before
    hellinger = float(np.sqrt(((np.sqrt(before) - np.sqrt(after)) ** 2).sum() / 2))
    distance = {
        "maxdiff": float(np.abs(gap).max(initial=0)),
        "mean_abs_diff": float(np.abs(gap).mean()) if len(gap) else 0.0,
        "root_mean_square": float(np.sqrt((gap**2).mean())) if len(gap) else 0.0,
        "hd_utility": 1 - hellinger / float(np.sqrt(before.sum())) if before.sum() else 1.0,
    }
    return RoundedCounts(
        table=counts[names].assign(n=values, published=published),
        totals=totals,
        distance=distance,
        settings=SmallCountSettings(small=base - 1, by=tuple(names), hierarchy=tuple(hierarchy or {})),
        about=about or About(),
    )


def _totals(
    counts: pd.DataFrame, names: list[str], hierarchy: Mapping[str, Mapping[str, str]]
) -> tuple[list[tuple[object, ...]], NDArray[np.int64]]:
    """Labels of the published totals with any cell, and which inner cells each adds up."""
    grouped = {
        name: counts[name].map(lambda value, name=name: hierarchy[name][value]) if name in hierarchy else counts[name]
        for name in names
    }
    labels: list[tuple[object, ...]] = []
    rows: list[NDArray[np.int64]] = []
    for size in range(len(names) + 1):
        for kept in combinations(names, size):
            keys = pd.DataFrame({name: grouped[name] if name in kept else _TOTAL for name in names}, index=counts.index)
            for label, place in keys.groupby(names, sort=True).indices.items():
                member = np.zeros(len(counts), dtype=np.int64)
                member[place] = 1
                labels.append(label if isinstance(label, tuple) else (label,))
                rows.append(member)
    return labels, np.array(rows)


def _least_change(values: NDArray[np.int64], members: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    """0 or base for small inner cells that small totals hold: totals never small, their changes least."""
    totals = members @ values
    small = (totals > 0) & (totals < base)
    free = (values > 0) & (values < base) & (members[small].sum(axis=0) > 0)
    while True:
        found = _rounded(values, members, free, base)
        if found is not None:
            return found
        others = np.nonzero((values > 0) & (values < base) & ~free)[0]
        free[others] = True


def _rounded(
    values: NDArray[np.int64], members: NDArray[np.int64], free: NDArray[np.bool_], base: int
) -> NDArray[np.int64] | None:
    places = np.nonzero(free)[0]
    k, m = len(places), len(members)
    fixed = members @ np.where(free, 0, values)
    part = members[:, places] * base
    totals = members @ values
    # Unknown: up (k), change of each total (m), whether a total is 0 (m).
    size = k + 2 * m
    big = float(totals.sum() + base * (k + 1))
    rows, low, high = [], [], []

    def add(
        up: NDArray[np.float64], change: tuple[int, float] | None, zero: tuple[int, float] | None, lo: float, hi: float
    ) -> None:
        row = np.zeros(size)
        row[:k] = up
        if change is not None:
            row[k + change[0]] = change[1]
        if zero is not None:
            row[k + m + zero[0]] = zero[1]
        rows.append(row)
        low.append(lo)
        high.append(hi)

    for line in range(m):
        up = part[line].astype(float)
        add(up, (line, 1.0), None, float(totals[line] - fixed[line]), np.inf)
        add(up, (line, -1.0), None, -np.inf, float(totals[line] - fixed[line]))
        add(up, None, (line, float(base)), float(base - fixed[line]), np.inf)
        add(up, None, (line, big), -np.inf, float(big - fixed[line]))
    found = milp(
        c=np.concatenate([np.zeros(k), np.ones(m), np.zeros(m)]),
        constraints=LinearConstraint(np.array(rows), low, high),
        integrality=np.concatenate([np.ones(k), np.zeros(m), np.ones(m)]),
        bounds=Bounds(0, np.concatenate([np.ones(k), np.full(m, np.inf), np.ones(m)])),
    )
    if found.x is None:
        return None
    result = values.copy()
    result[places] = np.round(found.x[:k]).astype(np.int64) * base
    return result
