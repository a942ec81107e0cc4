"""Which areas were covered in which months: from what arrived, and from what the caller states."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from socharm._columns import AREA, to_month_text, to_period
from socharm._words import number_of
from socharm.errors import AlignmentError, CoverageWarning, ParameterError, SchemaError

__all__ = ["Covered", "coverage_note", "narrows", "stated_coverage"]


#: What says which areas and months were covered; None leaves it to what arrived.
Covered = pd.DataFrame | pd.Series | Mapping[str, Any] | Iterable[str | pd.Period] | None


def stated_coverage(covered: Covered, arrived: pd.DataFrame) -> pd.DataFrame:
    """What arrived, overruled or narrowed by what the caller states.

    Parameters
    ----------
    covered : None, months, area codes, Series, DataFrame or mapping
        Months (``YYYY-MM`` or Period), a table area x month of bool, or a mapping of area to months
        say what was covered, also in months from which no row arrived. Area codes, or a Series of
        area to bool, say which areas were covered in the months that arrived; areas that a Series,
        table or mapping does not name were not covered.
    arrived : DataFrame of bool
        Area x month.

    Raises
    ------
    AlignmentError
        An area that does not exist.
    ParameterError
        Something that cannot be understood.
    """
    if covered is None:
        return arrived
    if isinstance(covered, pd.DataFrame):
        return _from_table(covered, arrived)
    if isinstance(covered, pd.Series):
        _require_known(covered.index, arrived.index)
        inside = _as_bool(covered).reindex(arrived.index, fill_value=False).to_numpy()
        return arrived & np.repeat(inside[:, None], arrived.shape[1], axis=1)
    if isinstance(covered, Mapping):
        return _from_mapping(covered, arrived)
    if isinstance(covered, str) or not isinstance(covered, Iterable):
        raise ParameterError(
            f"`covered` is {covered!r}; give months, area codes, a table area x month, a Series area to bool, "
            "or a mapping of area to months."
        )
    return _from_list(list(covered), arrived)


def narrows(covered: Any, areas: pd.Index) -> bool:
    """Whether `covered` leaves it to what arrived which months were covered: nothing, or areas alone."""
    if covered is None or isinstance(covered, pd.Series):
        return True
    listed = not isinstance(covered, (str, Mapping, pd.DataFrame)) and isinstance(covered, Iterable)
    return listed and any(str(item) in areas for item in covered)


def coverage_note(coverage: pd.DataFrame, *, minimum: float) -> str:
    """One sentence on what did not arrive; empty when everything did."""
    gaps = int((~coverage).to_numpy().sum())
    if not gaps:
        return ""
    share = coverage.mean(axis=1)
    poor = int((share < minimum).sum())
    missing = [str(month) for month in coverage.columns[~coverage.any(axis=0)]]
    note = f"{gaps:,} of {number_of(coverage.size, 'area-month')} not covered"
    if missing:
        shown = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
        note += f"; nothing arrived for {shown}"
    return note + (f"; {number_of(poor, 'area')} below {minimum:.0%} coverage." if poor else ".")


def _from_list(items: list[Any], arrived: pd.DataFrame) -> pd.DataFrame:
    if not items:
        raise ParameterError("`covered` is empty: nothing would be covered. Leave it out to use what arrived.")
    codes = [str(item) for item in items if str(item) in arrived.index]
    if codes:
        _require_known(pd.Index([str(item) for item in items]), arrived.index)
        return arrived & np.repeat(arrived.index.isin(codes)[:, None], arrived.shape[1], axis=1)
    months = _months(items, arrived)
    mask = pd.DataFrame(
        np.tile(arrived.columns.isin(months), (len(arrived), 1)), index=arrived.index, columns=arrived.columns
    )
    return _warn_silent(mask, arrived)


def _from_mapping(covered: Mapping[Any, Any], arrived: pd.DataFrame) -> pd.DataFrame:
    _require_known(pd.Index(list(covered)), arrived.index)
    mask = pd.DataFrame(False, index=arrived.index, columns=arrived.columns)
    for code, months in covered.items():
        mask.loc[code] = arrived.columns.isin(_months(list(months), arrived)) if len(list(months)) else False
    return _warn_silent(mask, arrived)


def _from_table(covered: pd.DataFrame, arrived: pd.DataFrame) -> pd.DataFrame:
    table = covered.set_index(AREA) if AREA in covered.columns else covered
    _require_known(table.index, arrived.index)
    table = table.apply(_as_bool)
    table.columns = to_period(pd.Index([str(month) for month in table.columns]))
    filled = table.reindex(index=arrived.index, columns=arrived.columns, fill_value=False).astype(bool)
    return _warn_silent(filled, arrived)


def _as_bool(values: pd.Series) -> pd.Series:
    if values.isna().any() or not values.isin([True, False, 0, 1]).all():
        where = "it" if values.name is None else repr(values.name)
        raise SchemaError(
            f"`covered` must hold true or false; {where} holds others, such as "
            f"{values[values.isna() | ~values.isin([True, False, 0, 1])].head(3).to_dict()}."
        )
    return values.astype(bool)


def _months(items: list[Any], arrived: pd.DataFrame) -> pd.PeriodIndex:
    texts = to_month_text(pd.Index([str(item) for item in items]))
    try:
        return to_period(texts)
    except SchemaError as fault:
        raise AlignmentError(
            f"`covered` holds {[str(item) for item in items][:3]}, which are neither months (YYYY-MM) nor codes of the "
            f"areas, such as {list(arrived.index[:3])}. Check that both use the same boundary year."
        ) from fault


def _require_known(codes: pd.Index, areas: pd.Index) -> None:
    unknown = [code for code in codes if code not in areas]
    if unknown:
        raise AlignmentError(
            f"`covered` names {number_of(len(unknown), 'area that is not in', 'areas that are not in')} "
            f"`areas`, such as {unknown[:3]}; `areas` holds codes "
            f"such as {list(areas[:3])}. Check that both use the same boundary year."
        )


def _warn_silent(mask: pd.DataFrame, arrived: pd.DataFrame) -> pd.DataFrame:
    silent = mask.columns[mask.any(axis=0) & ~arrived.any(axis=0)]
    if len(silent):
        warnings.warn(
            f"`covered` states {number_of(len(silent), 'month')} from which no row arrived, or few beside other "
            f"months, such as {[str(m) for m in silent[:3]]}: what there is of them is counted, and where there is "
            "nothing, zero.",
            CoverageWarning,
            stacklevel=5,
        )
    return mask
