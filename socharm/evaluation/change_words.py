"""Words for what was recorded against what was to be expected."""

from __future__ import annotations

from socharm._words import number_of

__all__ = ["against_words", "amount", "change_share", "change_words", "p_words"]


def change_share(observed: float, expected: float) -> float | None:
    """Observed over expected, less one; None where nothing was to be expected.

    Examples
    --------
    >>> change_share(8.0, 10.0), change_share(3.0, 0.0)
    (-0.19999999999999996, None)
    """
    return observed / expected - 1 if expected > 0 else None


def amount(number: float) -> str:
    """A total: whole where it is, else to a tenth, or to three figures where it is small.

    Examples
    --------
    >>> amount(1234.0), amount(68.221), amount(0.0412)
    ('1,234', '68.2', '0.0412')
    """
    if float(number).is_integer():
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


def p_words(p: float) -> str:
    """A p-value as sentences give it.

    Examples
    --------
    >>> p_words(0.0769), p_words(0.0004)
    ('p = 0.077', 'p = 0.0004')
    """
    return f"p = {p:.3f}" if p >= 0.001 else f"p = {p:.2g}"
