"""Months that police forces are known not to have supplied to police.uk: facts, each with its source."""

from __future__ import annotations

from functools import cache
from importlib import resources

import pandas as pd

from socharm._about import as_period
from socharm._arguments import checked
from socharm.errors import ParameterError
from socharm.io.forces import force_key
from socharm.io.incidents.settings import Period

__all__ = ["in_known_gap", "known_gaps"]


@cache
def _packaged() -> pd.DataFrame:
    with resources.files("socharm.io.tables").joinpath("police_uk_gaps.csv").open(encoding="utf-8") as lines:
        table = pd.read_csv(lines, comment="#", dtype=str)
    return table.assign(open=table["open"].eq("yes"))


@checked
def known_gaps(force: str | None = None, period: Period | None = None) -> pd.DataFrame:
    """Gaps of police.uk that are known from public sources.

    Parameters
    ----------
    force : str, optional
        Any name of a force, its code, or its identifier of police.uk; every force when omitted.
    period : AssessmentPeriod, (first, last) or another form of a period, optional
        Only gaps that touch these months.

    Returns
    -------
    DataFrame
        ``force`` (identifier of police.uk), ``from`` and ``until`` (``YYYY-MM``, both included), ``open`` (it went
        on when it was seen), ``missing``, ``source``, ``seen`` (day).

    Notes
    -----
    The list is not complete: it holds what a source could be found for. A month that is not listed may be missing too,
    and a listed one may have been supplied later; `count_incidents` judges the rows themselves and cites this list
    where it agrees.

    Examples
    --------
    >>> known_gaps("Greater Manchester Police")[["from", "open"]].values.tolist()
    [['2019-07', True]]
    >>> known_gaps("Northumbria").empty
    True
    """
    table = _packaged()
    if force is not None:
        if not isinstance(force, str) or not force.strip():
            raise ParameterError(f"`force` is {force!r}; give the name of a police force, such as 'GMP'.")
        table = table[table["force"] == force_key(force)]
    chosen = as_period(period)
    if chosen is not None:
        ended = (table["until"] < chosen.start) & ~table["open"]
        table = table[~ended & (table["from"] <= chosen.end)]
    return table.reset_index(drop=True)


def in_known_gap(key: str, month: str) -> bool:
    """Whether a month (``YYYY-MM``) of a force lies in a known gap; rows that state no source lie in none.

    Examples
    --------
    >>> in_known_gap("greater-manchester", "2022-08"), in_known_gap("gwent", "2025-08"), in_known_gap("", "2022-08")
    (True, False, False)
    """
    return bool(key.strip()) and not known_gaps(key, (month, month)).empty
