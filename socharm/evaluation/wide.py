"""A wide frame of outcomes (areas by periods), the treated areas and the start of the intervention, checked."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._constraints import Missing
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, RefusedError, SchemaError
from socharm.evaluation.cells import LARGEST, amounts, numbers_of
from socharm.evaluation.period_order import follows, require_order

__all__ = [
    "DonorSettings",
    "Wide",
    "area_values",
    "before_start",
    "covariate_values",
    "read_wide",
]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class DonorSettings(Settings):
    """What becomes of the areas that a site is compared with."""

    missing: Missing = setting("error", 'donors with gaps: "error" stops, "leave out" leaves them out and says so')


@dataclass(frozen=True)
class Wide:
    """Outcomes by area and period, divided into site and donors, and into before and after.

    Attributes
    ----------
    codes, periods : tuple of str
    values : array of shape (n_areas, n_periods)
        Finite, and zero or more, in the rows of `treated` and `donors`.
    treated, donors : array of int
        Rows of `values`.
    before : int
        Periods before the start; the column of the start itself.
    left_out : tuple of str
        Donors that a gap in their periods left out.
    """

    codes: tuple[str, ...]
    periods: tuple[str, ...]
    values: _Floats
    treated: _Whole
    donors: _Whole
    before: int
    left_out: tuple[str, ...] = ()

    @property
    def site(self) -> _Floats:
        """Mean over the treated areas in each period."""
        mean: _Floats = self.values[self.treated].mean(axis=0)
        return mean

    def named(self, rows: Iterable[int]) -> tuple[str, ...]:
        """Codes of rows."""
        return tuple(self.codes[row] for row in rows)


def read_wide(
    outcomes: pd.DataFrame,
    treated: Sequence[str],
    start: str | int | None,
    *,
    missing: Missing = "error",
    least_before: int = 2,
) -> Wide:
    """Check a wide frame and divide it; without a start all of it lies before.

    Raises
    ------
    SchemaError, AlignmentError, ParameterError, RefusedError
        What is no wide frame or has periods out of order, areas and periods that are not in it, a site with gaps, and a
        design that shows nothing.
    """
    codes, periods = _labels_of(outcomes.index, "rows"), _labels_of(outcomes.columns, "columns")
    require_order(periods)
    values = amounts(outcomes, name="outcomes")
    site = _rows_of(treated, codes)
    before = len(periods) if start is None else _column_of(start, periods, least_before)
    _require_complete(values[site], [codes[row] for row in site], periods)
    others = np.setdiff1d(np.arange(len(codes)), site)
    gaps = np.isnan(values[others]).any(axis=1)
    left_out = tuple(codes[row] for row in others[gaps])
    if left_out:
        _tell_gaps(left_out, missing)
    donors = others[~gaps]
    if not len(donors):
        raise RefusedError(
            f"`outcomes` holds {number_of(len(codes), 'area')}, and none is left to compare with: "
            f"{len(site)} treated, {len(left_out)} with gaps. Add areas that nothing was done in."
        )
    return Wide(tuple(codes), tuple(periods), values, site, donors, before, left_out)


def before_start(outcomes: pd.DataFrame, start: str | int | None, least: int) -> pd.DataFrame:
    """The periods before a start; all where there is none, and where it is a month after them."""
    periods = _labels_of(outcomes.columns, "columns")
    if start is None or follows(str(start), periods):
        return outcomes
    return outcomes.iloc[:, : _column_of(start, periods, least)]


def _labels_of(index: pd.Index, what: str) -> list[str]:
    """Labels of rows or columns as texts, each once."""
    if index.nlevels > 1:
        raise SchemaError(
            f"The {what} of `outcomes` have {index.nlevels} levels; one row per area, one column per period."
        )
    if lost := int(np.count_nonzero(index.isna())):
        raise SchemaError(f"{lost} of the {what} of `outcomes` have no label. Name them, or leave them out.")
    labels = [_label(label) for label in index]
    if not labels:
        raise SchemaError(f"`outcomes` has no {what}. Give one row for each area and one column for each period.")
    twice = sorted({label for label in labels if labels.count(label) > 1}) if len(set(labels)) < len(labels) else []
    if twice:
        raise SchemaError(f"The {what} of `outcomes` hold {twice[:3]} more than once. Add up or drop the copies first.")
    return labels


def _label(label: object) -> str:
    """A label as text; a year that was read as 1989.0 is 1989."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _rows_of(treated: Sequence[str], codes: list[str]) -> _Whole:
    rows = {code: row for row, code in enumerate(codes)}
    asked = list(dict.fromkeys(map(str, treated)))
    if not asked:
        raise ParameterError("`treated` is empty. Name the areas of the site.")
    if absent := [code for code in asked if code not in rows]:
        raise AlignmentError(
            f"{number_of(len(absent), 'treated area is', 'treated areas are')} not in `outcomes`, such as {absent[:3]};"
            f" it has such as {codes[:3]}. Check that both use the same boundary year."
        )
    return np.array([rows[code] for code in asked], dtype=np.intp)


def _column_of(start: str | int, periods: list[str], least: int) -> int:
    """The column of the start, with at least so many before it."""
    if str(start) not in periods:
        raise ParameterError(
            f"`start` is {str(start)!r}, which is no column of `outcomes`; they run from {periods[0]!r} to "
            f"{periods[-1]!r}. Give the first period with the intervention."
        )
    before = periods.index(str(start))
    if before < least:
        raise RefusedError(
            f"`start` is {str(start)!r}: {number_of(before, 'period lies', 'periods lie')} before it, and at least "
            f"{least} are needed. Add earlier periods."
        )
    return before


def _require_complete(values: _Floats, codes: list[str], periods: list[str]) -> None:
    gaps = np.isnan(values)
    if gaps.any():
        row, column = (int(found[0]) for found in np.nonzero(gaps))
        raise RefusedError(
            f"The site has {number_of(int(gaps.sum()), 'cell')} without a value, the first of {codes[row]!r} in "
            f"{periods[column]!r}: not covered, which is not zero. Leave out the periods that are not covered."
        )


def _tell_gaps(left_out: tuple[str, ...], missing: Missing) -> None:
    text = (
        f"{number_of(len(left_out), 'area')} of `outcomes` {'has' if len(left_out) == 1 else 'have'} periods without a "
        f"value, such as {list(left_out[:3])}"
    )
    if missing == "error":
        raise SchemaError(f"{text}. Leave these areas or periods out, or state missing='leave out'.")
    warnings.warn(f"{text}; left out of the comparison, not taken as zero.", CoverageWarning, stacklevel=5)


def area_values(values: pd.Series, codes: Sequence[str], *, name: str) -> _Floats:
    """Numbers of zero or more by area code, in the order of `codes`; every one must be there."""
    held = pd.Series(values.to_numpy(), index=[str(code) for code in values.index])
    if held.index.has_duplicates:
        raise SchemaError(f"`{name}` holds {str(held.index[held.index.duplicated()][0])!r} more than once.")
    if absent := [code for code in codes if code not in held.index]:
        raise AlignmentError(f"{number_of(len(absent), 'area')} without a value in `{name}`, such as {absent[:3]}.")
    found = pd.to_numeric(held.loc[list(codes)], errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(found) & (found >= 0)).all():
        row = int(np.argmin(np.isfinite(found) & (found >= 0)))
        raise SchemaError(f"`{name}` must hold numbers of zero or more; that of {codes[row]!r} is none.")
    return found


def covariate_values(table: pd.DataFrame, codes: Sequence[str], *, name: str) -> _Floats:
    """Finite numbers by area code and column of a table, in the order of `codes`."""
    if table.index.nlevels > 1 or table.columns.nlevels > 1 or not len(table.columns):
        raise SchemaError(f"`{name}` must have one row for each area and one column for each value. Set its index.")
    held = table.set_axis([str(code) for code in table.index])
    if held.index.has_duplicates:
        raise SchemaError(f"`{name}` holds {str(held.index[held.index.duplicated()][0])!r} more than once.")
    if absent := [code for code in codes if code not in held.index]:
        raise AlignmentError(f"{number_of(len(absent), 'area')} without a row in `{name}`, such as {absent[:3]}.")
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise SchemaError(f"`{name}` holds the column {str(twice)!r} more than once. Rename one of both.")
    found = numbers_of(held.loc[list(codes)], name=name)
    if (np.abs(found) > LARGEST).any():
        raise SchemaError(f"`{name}` holds numbers beyond {LARGEST:g}. Look at their unit.")
    if not np.isfinite(found).all():
        row, column = (int(at[0]) for at in np.nonzero(~np.isfinite(found)))
        raise SchemaError(
            f"`{name}` has no number for {codes[row]!r} in {table.columns[column]!s}. Leave the column or the area out."
        )
    return found
