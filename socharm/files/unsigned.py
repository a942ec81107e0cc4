"""What a cell shows as nothing has no sign."""

from __future__ import annotations

__all__ = ["unsigned_nought"]


def unsigned_nought(value: float, pattern: str) -> float:
    """A number as a cell holds it: one that would be shown as nothing with a sign is nothing.

    Parameters
    ----------
    value : float
    pattern : str
        Number format of the cell.

    Examples
    --------
    >>> unsigned_nought(-0.004, "#,##0.00"), unsigned_nought(-0.006, "#,##0.00"), unsigned_nought(0.004, "+0%;-0%;0%")
    (0.0, -0.006, 0.0)
    >>> unsigned_nought(0.004, "#,##0.00")
    0.004
    """
    first = pattern.split(";")[0]
    if pattern == "General" or (value > 0 and "+" not in first):
        return value
    shown = abs(value) * (100 if "%" in first else 1)
    decimals = len(first.partition(".")[2].rstrip("%"))
    return 0.0 if shown < 0.5 * 10.0**-decimals else value
