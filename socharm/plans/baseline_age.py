"""How old the months of a plan's baselines are: a target set against what was counted long ago tells nobody much."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import pandas as pd

from socharm._words import age_words, joined_words, span_words
from socharm.plans.dates import old_by

__all__ = ["PROVISIONAL", "baseline_end", "old_baselines"]

#: What the reason of a target says besides, where its baseline is old.
PROVISIONAL: Final = "provisional: the baseline is old, count newer months first"
_MONTH: Final = r"\d{4}-(?:0[1-9]|1[0-2])"
_SPAN: Final = re.compile(rf"({_MONTH}(?: to {_MONTH})?)(?:, \d+ of \d+ months? covered)?")


def baseline_end(period: object) -> str:
    """The last month of a baseline, ``YYYY-MM``; blank where its text is no run of months.

    Examples
    --------
    >>> baseline_end("2013-06 to 2014-06, 12 of 13 months covered"), baseline_end("2010/11")
    ('2014-06', '')
    """
    found = _SPAN.fullmatch(period) if isinstance(period, str) else None
    return found[1][-7:] if found else ""


def old_baselines(actions: pd.DataFrame, start: dt.date) -> str:
    """Of which months the baselines are that ended more than a year before a day, and what follows; blank for none.

    Parameters
    ----------
    actions : DataFrame
        As `Plan.table`: ``baseline``, ``baseline_period``.
    start : date
        When the plan begins.
    """
    periods = actions.loc[actions["baseline"].notna(), "baseline_period"]
    ends = periods.map(baseline_end)
    old = {period: age for period, end in zip(periods, ends, strict=True) if end and (age := old_by(end, start))}
    if not old:
        return ""
    spans = joined_words(dict.fromkeys(span_words(_SPAN.fullmatch(period)[1]) for period in old))  # type: ignore[index]
    ages = sorted(set(old.values()))
    several = "" if len(ages) == 1 else f" to {age_words(ages[-1])}"
    part = "The baselines" if len(old) == len(set(periods)) else "Baselines"
    return (
        f"{part} are of {spans}, which ended {age_words(ages[0])}{several} before the plan begins. Targets set against "
        "them are provisional: count newer months first, and set them anew."
    )
