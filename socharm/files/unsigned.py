"""What a cell shows as nothing has no sign."""

from __future__ import annotations

__all__ = ["unsigned_pattern"]


def unsigned_pattern(value: float, pattern: str) -> str:
    """The number format of a cell: a number that would be shown as nothing with a sign is shown without one.

    The cell holds the number as it is.

    Parameters
    ----------
    value : float
    pattern : str
        Number format of the column.

    Examples
    --------
    >>> unsigned_pattern(-0.004, "#,##0.00"), unsigned_pattern(-0.006, "#,##0.00")
    ('#,##0.00;#,##0.00', '#,##0.00')
    >>> unsigned_pattern(0.004, "+0%;-0%;0%")
    '0%;0%'
    >>> unsigned_pattern(0.004, "#,##0.00")
    '#,##0.00'
    """
    first = pattern.split(";")[0]
    if pattern == "General" or value == 0 or (value > 0 and "+" not in first):
        return pattern
    shown = abs(value) * (100 if "%" in first else 1)
    decimals = len(first.partition(".")[2].rstrip("%"))
    plain = first.removeprefix("+")
    return f"{plain};{plain}" if shown < 0.5 * 10.0**-decimals else pattern
