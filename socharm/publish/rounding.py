"""Counts rounded so that every total is the sum of what stands under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import N
from socharm._constraints import CountFrom1, Filled
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm.errors import SchemaError
from socharm.publish.suppression import TOTAL, checked_groups

__all__ = ["RoundedCounts", "RoundingSettings", "round_small_counts"]


@dataclass(frozen=True, kw_only=True)
class RoundingSettings(Settings):
    """To what small counts are rounded, by which columns the table is made, and which groupings have totals."""

    by: tuple[str, ...] = setting(says="the columns of the table")
    hierarchy: dict[str, dict[str, str]] | None = setting(None, "of a column, the group of each of its values")
    multiple: CountFrom1 = setting(5, "numbers from 1 to below it are small, and become 0 or it")


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
    settings : RoundingSettings
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    distance: Mapping[str, float]
    settings: RoundingSettings
    about: About


@checked
def round_small_counts(
    counts: pd.DataFrame,
    *,
    by: Annotated[Sequence[str], Filled()] | None = None,
    hierarchy: Mapping[str, Mapping[str, str]] | None = None,
    multiple: CountFrom1 = 5,
    settings: RoundingSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> RoundedCounts:
    """Round inner cells to 0 or a multiple so that no published total is small; totals change as little as can be.

    Parameters
    ----------
    counts : DataFrame
        Inner cells: the columns `by`, and ``n``.
    by : sequence of str
        To be stated here or in `settings`.
    hierarchy : mapping of str to mapping, optional
        For a column, the group of each of its values; totals are then by group, not by value.
    multiple : int
        Numbers from 1 to below it are small.
    settings : RoundingSettings or mapping, optional
        Choices of another table, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    RoundedCounts
        Only inner cells below `multiple` that some small total needs are rounded, to 0 or `multiple`.

    Raises
    ------
    SchemaError
        Columns lack, cells stand there twice, or counts are not whole.

    References
    ----------
    Langsrud, Ø. and Heldal, J. (2018), An algorithm for small count rounding of tabular data, PSD 2018.
    """
    chosen = RoundingSettings.of(settings)
    names = list(chosen.by)
    require_columns(counts, [*names, N], name="counts")
    if counts.duplicated(names).any():
        raise SchemaError(f"`counts` holds cells twice by {names}. Add them up first.")
    values = counts[N].to_numpy(dtype=np.int64)
    labels, members = _totals(counts, names, checked_groups(counts, names, chosen.hierarchy or {}))
    published = _least_change(values, members, chosen.multiple)
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
        settings=chosen,
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
            keys = pd.DataFrame({name: grouped[name] if name in kept else TOTAL for name in names}, index=counts.index)
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
    found = scipy.optimize.milp(
        c=np.concatenate([np.zeros(k), np.ones(m), np.zeros(m)]),
        constraints=scipy.optimize.LinearConstraint(np.array(rows), low, high),
        integrality=np.concatenate([np.ones(k), np.zeros(m), np.ones(m)]),
        bounds=scipy.optimize.Bounds(0, np.concatenate([np.ones(k), np.full(m, np.inf), np.ones(m)])),
    )
    if found.x is None:
        return None
    result = values.copy()
    result[places] = np.round(found.x[:k]).astype(np.int64) * base
    return result
