"""Words for what was recorded against what was to be expected."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from socharm._words import number_of

__all__ = [
    "LEAST_FOR_95",
    "against_words",
    "amount",
    "as_extreme_words",
    "change_share",
    "change_words",
    "few_for_rings",
    "middle_words",
]

#: Placebo sites from which on one in twenty can be told, and so a middle 95%.
LEAST_FOR_95: Final = 19


def as_extreme_words(alternative: str) -> str:
    """What placebo sites did that count as extreme.

    Examples
    --------
    >>> as_extreme_words("two-sided")
    'departed as far, up or down'
    """
    return {
        "two-sided": "departed as far, up or down", "less": "fell as far below", "greater": "rose as far above",
    }[alternative]  # fmt: skip


def few_for_rings(placebos: int) -> str:
    """Why no ring can be named.

    Examples
    --------
    >>> few_for_rings(4)
    'placebo sites number 4, and 19 are needed'
    """
    return f"placebo sites number {placebos:,}, and {LEAST_FOR_95} are needed"


def change_share(observed: float, expected: float) -> float | None:
    """Observed over expected, less one; None where nothing was to be expected.

    Examples
    --------
    >>> change_share(8.0, 10.0), change_share(3.0, 0.0)
    (-0.19999999999999996, None)
    """
    return observed / expected - 1 if expected > 0 else None


def amount(number: float) -> str:
    """A total: whole where it is so or large, else to a tenth, or to three figures where it is small.

    Examples
    --------
    >>> amount(1234.0), amount(116_688.2), amount(68.221), amount(0.0412)
    ('1,234', '116,688', '68.2', '0.0412')
    """
    if float(number).is_integer() or abs(number) >= 1_000:
        return f"{number:,.0f}"
    return f"{number:,.1f}" if abs(number) >= 1 else f"{number:.3g}"


def change_words(observed: float, expected: float) -> str:
    """How far one number lies from another.

    Examples
    --------
    >>> change_words(46, 68.22), change_words(5, 4), change_words(5, 5.0), change_words(2, 0)
    ('32.6% less', '25.0% more', 'no difference', 'where none was expected')
    """
    share = change_share(observed, expected)
    if share is None:
        return "where none was expected" if observed > 0 else "no difference"
    return "no difference" if abs(share) < 0.0005 else f"{abs(share):.1%} {'less' if share < 0 else 'more'}"


def against_words(observed: float, expected: float, periods: int, start: str, *, by: str) -> str:
    """A sentence on a site after the start.

    Examples
    --------
    >>> against_words(46, 68.22, 4, "13", by="the weighted donors")
    'In the 4 periods from 13 on the site had 46, against 68.2 by the weighted donors: 32.6% less.'
    """
    when = f"In period {start}" if periods == 1 else f"In the {number_of(periods, 'period')} from {start} on"
    told = change_words(observed, expected)
    return f"{when} the site had {amount(observed)}, against {amount(expected)} by {by}: {told}."


def middle_words(changes: np.ndarray[Any, Any], low: float, high: float) -> str:
    """Where placebo sites lie; all of them where they are too few for a middle 95%.

    Examples
    --------
    >>> middle_words(np.array([-0.2, 0.1]), -0.19, 0.09), middle_words(np.zeros(20), -0.19, 0.09)
    ('all of them lie between -20% and +10%', 'the middle 95% of them lie between -19% and +9%')
    """
    if len(changes) < LEAST_FOR_95:
        return f"all of them lie between {changes.min():+.0%} and {changes.max():+.0%}"
    return f"the middle 95% of them lie between {low:+.0%} and {high:+.0%}"
