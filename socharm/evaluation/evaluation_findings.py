"""What an evaluation found, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EvaluationFindings"]


@dataclass(frozen=True, kw_only=True)
class EvaluationFindings:
    """What an evaluation found.

    Attributes
    ----------
    verdict : str
        Of the first outcome by placebo sites: ``"fell"``, ``"rose"``, ``"cannot be told"`` or ``"refused"``.
    change, low, high, p : float
        Of the same; missing where it was refused.
    placebos, as_extreme : int
        Placebo sites, and those that departed as far, up or down.
    site, donors : tuple of str
    left_out : tuple of (str, tuple of str)
        Why areas are no donors, and which.
    first, last : str
        Months that were looked at.
    before, after : int
        Months before the start, and months that count as after.
    data_as_registered : bool or None
        Whether the data before the start are those of the registration; None without one.
    covariates_as_registered : bool or None
        Whether the covariates of the search for donors are; None without any, or where the registration holds none.
    """

    verdict: str
    change: float
    low: float
    high: float
    p: float
    placebos: int
    as_extreme: int
    site: tuple[str, ...]
    donors: tuple[str, ...]
    left_out: tuple[tuple[str, tuple[str, ...]], ...]
    first: str
    last: str
    before: int
    after: int
    data_as_registered: bool | None
    covariates_as_registered: bool | None
