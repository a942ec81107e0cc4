"""Suppression and rounding of small counts in a table with totals: the two older ways, for those who need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

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
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError

__all__ = ["TOTAL", "SmallCountSettings", "SuppressedCounts", "checked_groups", "suppress_small_counts"]

TOTAL: Final = "Total"


@dataclass(frozen=True, kw_only=True)
class SmallCountSettings(Settings):
    """What counts as small, by which columns the table is made, and which groupings have totals too."""

    by: tuple[str, ...] = setting(says="the columns of the table")
    hierarchy: dict[str, dict[str, str]] | None = setting(None, "of a column, the group of each of its values")
    small: CountFrom1 = setting(4, "counts up to this are withheld first")
    zeros: bool = setting(True, "whether 0 is small too")


@dataclass(frozen=True, eq=False, repr=False)
class SuppressedCounts(Record):
    """A table with totals in which small counts cannot be worked out.

    Attributes
    ----------
    table : DataFrame
        The columns of the table (``"Total"`` for totals), ``n`` (missing where withheld), ``status``: ``kept``,
        ``primary`` (small) or ``secondary`` (withheld so that a small one cannot be subtracted out). Inner cells
        first, then totals.
    totals : DataFrame
        Every published total: its columns and ``n``.
    members : ndarray of shape (n_totals, n_cells)
        1 where a total adds up an inner cell.
    settings : SmallCountSettings
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    members: NDArray[np.int64]
    settings: SmallCountSettings
    about: About


@checked
def suppress_small_counts(
    counts: pd.DataFrame,
    *,
    by: Annotated[Sequence[str], Filled()] | None = None,
    hierarchy: Mapping[str, Mapping[str, str]] | None = None,
    small: CountFrom1 = 4,
    zeros: bool = True,
    settings: SmallCountSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> SuppressedCounts:
    """Withhold small counts, and others so that the small ones cannot be worked out from the totals.

    Parameters
    ----------
    counts : DataFrame
        One row for each inner cell of a table by two columns, all combinations present; ``n``.
    by : sequence of two str
        The columns, to be stated here or in `settings`; totals of both and of all are published and never withheld.
    hierarchy : mapping of str to mapping, optional
        For a column, the group of each of its values: a nested table, in which the totals by group are published as
        well as those by value, and inner cells are protected against both.
    small : int
        Counts up to this are withheld first.
    zeros : bool
        Whether 0 is small too.
    settings : SmallCountSettings or mapping, optional
        Choices of another table, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    SuppressedCounts
        With as few withheld cells as the totals allow: found by integer programming, then checked by linear
        programming against an attacker who knows of each small count that it is small.

    Raises
    ------
    SchemaError
        Cells lack, stand there twice, or a count is no whole number of 0 or more.
    ParameterError
        Not two columns, a value without a group, or a small count cannot be protected without withholding totals.

    Notes
    -----
    Under every published total either no cell is withheld or at least two are. The attacker's bounds are 0 or 1 to
    `small` for a small cell, and none for the others; where a small count then has one value left, another cell is
    withheld. Publish ``n`` and not ``status``: which of the withheld cells are small is part of what is protected.

    References
    ----------
    Hundepool, A. et al. (2012), Statistical Disclosure Control, Wiley, 4.
    """
    chosen = SmallCountSettings.of(settings)
    names, small = list(chosen.by), chosen.small
    if len(names) != 2:
        raise ParameterError(f"`by` names {number_of(len(names), 'column')}; a table has two. Choose two.")
    wide = _square(counts, names)
    inner = wide.reset_index().melt(id_vars=names[0], var_name=names[1], value_name=N)
    inner = inner.sort_values(names, kind="stable", ignore_index=True)
    groups = checked_groups(inner, names, chosen.hierarchy or {})
    labels, members = _nested_totals(inner, names, groups)
    values = inner[N].to_numpy(dtype=np.int64)
    least = 0 if chosen.zeros else 1
    primary = (values <= small) & (values >= least)
    hidden = _pattern(values, primary, members, (least, small))
    inner["status"] = np.where(primary, "primary", np.where(hidden, "secondary", "kept"))
    totals = pd.DataFrame(labels, columns=names).assign(n=members @ values, status="kept")
    table = pd.concat([inner, totals], ignore_index=True)
    table[N] = table[N].astype("Int64").mask(table["status"] != "kept")
    return SuppressedCounts(table=table, totals=totals, members=members, settings=chosen, about=about or About())


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


def checked_groups(
    counts: pd.DataFrame, names: list[str], hierarchy: Mapping[str, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    """The groups of the columns that have any; every value has one, and no group bears the name of a value."""
    strangers = [name for name in hierarchy if name not in names]
    if strangers:
        raise ParameterError(f"`hierarchy` groups {strangers}; the table is by {names}.")
    for name, groups in hierarchy.items():
        found = list(dict.fromkeys(counts[name]))
        lacking = [value for value in found if value not in groups]
        both = sorted({str(group) for group in groups.values()} & {*map(str, found), TOTAL})
        if lacking or both:
            fault = (
                f"has no group for {lacking[:3]}" if lacking else f"names a group as a value or the total: {both[:3]}"
            )
            raise ParameterError(f"`hierarchy[{name!r}]` {fault}. Give each value one group with a name of its own.")
    return dict(hierarchy)


def _nested_totals(
    inner: pd.DataFrame, names: list[str], groups: Mapping[str, Mapping[str, str]]
) -> tuple[list[tuple[object, ...]], NDArray[np.int64]]:
    """Published totals: by value, by group and of all, in every combination but the inner cells themselves."""
    forms = []
    for name in names:
        grouped = [inner[name].map(groups[name])] if name in groups else []
        forms.append([inner[name], *grouped, pd.Series(TOTAL, index=inner.index)])
    labels: list[tuple[object, ...]] = []
    rows: list[NDArray[np.int64]] = []
    for first in range(len(forms[0])):
        for second in range(len(forms[1])):
            if first == second == 0:
                continue
            keys = pd.DataFrame({names[0]: forms[0][first], names[1]: forms[1][second]})
            for label, place in keys.groupby(names, sort=True).indices.items():
                member = np.zeros(len(inner), dtype=np.int64)
                member[place] = 1
                labels.append(tuple(label) if isinstance(label, tuple) else (label,))
                rows.append(member)
    return labels, np.array(rows)


def _pattern(
    values: NDArray[np.int64], primary: NDArray[np.bool_], members: NDArray[np.int64], known: tuple[int, int]
) -> NDArray[np.bool_]:
    """Withheld cells: the fewest so that totals hold none or at least two, until no small one is certain."""
    if not primary.any():
        return primary
    forced = primary.copy()
    while True:
        chosen = _fewest(values, forced, members)
        lost = _recoverable(values, primary, chosen, members, known)
        if not lost:
            return chosen
        # A cell that shares a total with one that is lost opens its range; the least count is the least loss.
        beside = members[members[:, lost].any(axis=1)].any(axis=0)
        spare = np.flatnonzero(~chosen & beside) if (~chosen & beside).any() else np.flatnonzero(~chosen)
        if not len(spare):
            raise ParameterError(
                f"{number_of(len(lost), 'small count follows', 'small counts follow')} "
                f"from the totals alone. Merge rows or columns, or round instead."
            )
        forced = chosen.copy()
        forced[spare[np.argmin(values[spare])]] = True


def _fewest(values: NDArray[np.int64], forced: NDArray[np.bool_], members: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Least number of withheld cells (then least total) with none or two and more under each total."""
    lines, cells = members.shape
    weight = 1.0 + values / (float(values.sum()) + 1.0) / cells
    matrix = np.zeros((2 * lines, cells + lines))
    at = np.arange(lines)
    matrix[2 * at, :cells], matrix[2 * at, cells + at] = members, -2.0
    matrix[2 * at + 1, :cells], matrix[2 * at + 1, cells + at] = -members, members.sum(axis=1)
    found = scipy.optimize.milp(
        c=np.concatenate([weight, np.zeros(lines)]),
        constraints=scipy.optimize.LinearConstraint(matrix, lb=0.0),
        integrality=np.ones(cells + lines),
        bounds=scipy.optimize.Bounds(np.concatenate([forced.astype(float), np.zeros(lines)]), 1.0),
    )
    if found.x is None:
        raise ParameterError("A row or column has too few cells to hide a small count in. Merge rows or columns.")
    return np.asarray(np.round(found.x[:cells]).astype(bool))


def _recoverable(
    values: NDArray[np.int64],
    primary: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
    members: NDArray[np.int64],
    known: tuple[int, int],
) -> list[int]:
    """Small cells with one value left, for an attacker who knows the ends of small counts."""
    places = np.flatnonzero(hidden)
    if not len(places):
        return []
    used = members[:, places]
    lines = used.any(axis=1)
    equations, totals = used[lines].astype(float), (used[lines] @ values[places]).astype(float)
    ends: list[tuple[int, int | None]] = [known if primary[place] else (0, None) for place in places]
    lost = []
    for number in np.flatnonzero(primary[places]):
        aim = np.zeros(len(places))
        aim[number] = 1.0
        least, most = (sign * _end(sign * aim, equations, totals, ends) for sign in (1, -1))
        # Counts are whole: ends of 1.2 and 2.9 leave only 2.
        if np.ceil(least - 1e-7) >= np.floor(most + 1e-7):
            lost.append(int(places[number]))
    return lost


def _end(
    aim: NDArray[np.float64],
    equations: NDArray[np.float64],
    totals: NDArray[np.float64],
    ends: list[tuple[int, int | None]],
) -> float:
    end = scipy.optimize.linprog(aim, A_eq=equations, b_eq=totals, bounds=ends).fun
    return 0.0 if end is None else float(end)  # the counts themselves agree with the totals: there is an end
