"""Sentences on an effect: what was found, how sure it is, and that it cannot be told where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["change_sentence", "interval_words", "p_words", "percent_change", "ratio_sentence"]


def interval_words(level: float) -> str:
    """``95% interval``.

    Examples
    --------
    >>> interval_words(0.95)
    '95% interval'
    """
    return f"{100 * level:.4g}% interval"


def p_words(p: float) -> str:
    """A probability as a sentence has it.

    Examples
    --------
    >>> p_words(0.0402), p_words(0.0001)
    ('p 0.040', 'p below 0.001')
    """
    return "p below 0.001" if p < 0.001 else f"p {p:.3f}"


def percent_change(ratio: float) -> str:
    """A ratio as a change.

    Examples
    --------
    >>> percent_change(0.8), percent_change(0.998), percent_change(float("inf")), percent_change(0.0)
    ('-20%', '0%', 'no upper limit', '-100%')
    >>> percent_change(float("nan"))
    'not known'
    """
    if np.isnan(ratio):
        return "not known"
    if not np.isfinite(ratio):
        return "no upper limit"
    told = f"{100 * (ratio - 1):+z.0f}%"
    return "0%" if told == "+0%" else told


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:,.1f}"


def change_sentence(row: Mapping[Any, Any], here: str, there: str, *, unit: str, level: float) -> str:
    """A difference of two changes.

    Parameters
    ----------
    row : mapping
        ``estimate``, ``low``, ``high``.
    here, there : str
        What changed, and what it is held against.
    unit : str
        ``"crimes"`` or ``"harm"``.
    level : float

    Examples
    --------
    >>> change_sentence({"estimate": -40.0, "low": -76.8, "high": -3.2}, "A", "B", unit="crimes", level=0.9)
    'Crimes in A fell by 40 relative to B (90% interval -77 to -3.2).'
    >>> change_sentence({"estimate": 5.0, "low": -3.0, "high": 13.0}, "A", "B", unit="harm", level=0.95)
    'Whether harm in A changed otherwise than in B cannot be told: +5.0 (95% interval -3.0 to 13).'
    """
    estimate, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    told = f"({interval_words(level)} {_number(low)} to {_number(high)})"
    if low <= 0 <= high:
        sign = "+" if estimate > 0 else ""
        change = f"{sign}{_number(estimate)} {told}"
        return f"Whether {unit} in {here} changed otherwise than in {there} cannot be told: {change}."
    verb = "fell" if estimate < 0 else "rose"
    return f"{unit.capitalize()} in {here} {verb} by {_number(abs(estimate))} relative to {there} {told}."


def ratio_sentence(row: Mapping[Any, Any], *, level: float, prefix: str = "ratio") -> str:
    """A ratio of two changes, as a percentage.

    Examples
    --------
    >>> ratio_sentence({"ratio": 0.8, "ratio_low": 0.7, "ratio_high": 0.9}, level=0.95)
    'Relative to the control: -20% (95% interval -30% to -10%).'
    """
    ratio, low, high = (float(row[f"{prefix}{end}"]) for end in ("", "_low", "_high"))
    if np.isnan(ratio):
        return "A ratio cannot be formed: nothing is recorded on one side."
    return (
        f"Relative to the control: {percent_change(ratio)} "
        f"({interval_words(level)} {percent_change(low)} to {percent_change(high)})."
    )
