"""Whether the columns of a wide frame are periods in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from socharm._checks import names_told
from socharm._words import number_of
from socharm.errors import SchemaError

__all__ = ["follows", "require_order"]

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NUMBER: Final = re.compile(r"-?\d+")


def require_order(periods: Sequence[str]) -> None:
    """Months must follow each other without one left out, numbers must rise; of other labels the order is not known.

    Raises
    ------
    SchemaError
        Periods out of order, or months left out: what stands before the start would be something else.
    """
    months = all(_MONTH.fullmatch(period) for period in periods)
    if not months and not all(_NUMBER.fullmatch(period) for period in periods):
        return
    order = [12 * int(period[:4]) + int(period[5:]) - 1 if months else int(period) for period in periods]
    if not all(one < following for one, following in pairwise(order)):
        raise SchemaError(
            f"The columns of `outcomes` must be periods in order, each once; found {names_told(list(periods))}."
        )
    if not months:
        return
    lost = [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in sorted(set(range(order[0], order[-1])) - set(order))]
    if lost:
        raise SchemaError(
            f"`outcomes` leaves out {number_of(len(lost), 'month')}, such as {lost[:3]}. Give every month a column; "
            "where it was not covered its values are missing."
        )


def follows(start: str, periods: Sequence[str]) -> bool:
    """Whether a month lies after all of these months, which are in order.

    Examples
    --------
    >>> follows("2025-01", ["2024-11", "2024-12"]), follows("2024-12", ["2024-12"]), follows("7", ["5", "6"])
    (True, False, False)
    """
    return bool(periods) and all(_MONTH.fullmatch(each) for each in (start, *periods)) and start > periods[-1]
