"""How much was counted lately beside the months before: the same number of months on both sides, as recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import month_words
from socharm.dashboard.data import ALL, Panel, members_of
from socharm.dashboard.numbers import NumberRules, rounded
from socharm.severity.half_years import Halves, halves_of, harm_beyond_chance, harm_halves, months_compared

__all__ = ["change_lists", "span_name"]


#: Both halves of all areas: of crimes, and of harm.
_Wholes = tuple[Halves | None, Halves | None]


def _usual(whole: Halves | None) -> int | None:
    return None if whole is None or whole.usual != whole.usual else round(100 * whole.usual)


def span_name(months: Sequence[str]) -> str:
    """A run of months in words.

    Examples
    --------
    >>> span_name(["2014-01", "2014-06"]), span_name(["2013-12", "2014-05"]), span_name(["2014-01"])
    ('January to June 2014', 'December 2013 to May 2014', 'January 2014')
    """
    first, last = month_words(months[0]), month_words(months[-1])
    if first == last:
        return first
    return f"{first.split()[0]} to {last}" if first.split()[1] == last.split()[1] else f"{first} to {last}"


def change_lists(facts: pd.DataFrame, panel: Panel, rules: NumberRules) -> dict[str, Any] | None:
    """What the page says of the last months beside those before, over all offences; None without two months.

    Areas, then districts and the whole. A district sums the areas that are covered in every month of both halves, so
    that both are of the same places. A place whose months are not all shown has no comparison: a month that is withheld
    would follow from the sum. Whether crimes changed otherwise than in all areas is judged as in profiles, and harm by
    the same rule, in effective events.
    """
    size = months_compared(len(panel.months))
    if not size or ALL not in panel.monthly:
        return None
    lately, before = panel.months[-size:], panel.months[-2 * size : -size]
    crimes, harm = (panel.monthly[ALL][measure][:, -2 * size :] for measure in ("crimes", "harm"))
    throughout = ~(np.isnan(crimes) | np.isnan(harm)).any(axis=1)
    whole = (halves_of(crimes), harm_halves(harm))
    districts = []
    for mine in members_of(facts, panel.parents):
        kept = mine & throughout
        told = _compared(crimes[kept].sum(axis=0), harm[kept].sum(axis=0), size, rules, whole) if kept.any() else None
        districts.append(None if told is None else {**told, "areas": int(kept.sum())})
    return {
        "size": size,
        "lately": span_name(lately),
        "before": span_name(before),
        "usual": _usual(whole[0]),
        "usual_harm": _usual(halves_of(harm)),
        "areas": [_compared(n, h, size, rules, whole) for n, h in zip(crimes, harm, strict=True)],
        "districts": districts,
    }


def _compared(
    crimes: NDArray[np.float64], harm: NDArray[np.float64], size: int, rules: NumberRules, whole: _Wholes
) -> dict[str, Any] | None:
    if np.isnan(crimes).any() or np.isnan(harm).any() or None in (shown := rules.counts(crimes)) or "few" in shown:
        return None
    told: dict[str, Any] = {}
    for name, values in (("crimes", crimes), ("harm", harm)):
        before, lately = float(values[:size].sum()), float(values[size:].sum())
        told[name] = [int(value) if name == "crimes" else rounded(value, rules.figures) for value in (lately, before)]
        told[f"{name}_change"] = round(100 * (lately / before - 1)) if before > 0 else None
    lately, before = told["crimes"]
    told["beyond"] = None if whole[0] is None else whole[0].beyond_chance(before, lately)
    told["harm_beyond"] = harm_beyond_chance(whole[1], harm)
    return told
