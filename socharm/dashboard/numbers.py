"""Numbers as a dashboard may show them: missing stays missing, few stays few, and no digit that nobody needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FEW", "SMALL", "NumberRules", "finite", "number_text", "rate_text"]

#: Stands in place of a number that hangs on one to four crimes.
FEW: Final = "few"

#: Counts from one to this are small (statistics, section 9).
SMALL: Final = 4

_Shown = list[Any]  # numbers, None (not known) and FEW


@dataclass(frozen=True, kw_only=True)
class NumberRules:
    """How numbers are shown.

    Parameters
    ----------
    protect : bool
        Withhold what hangs on one to four crimes, and give three significant figures. Otherwise four, and eight of
        rates: the page rounds them to its decimals, and what is rounded twice is another number than in the tables.
    """

    protect: bool

    @property
    def figures(self) -> int:
        """Significant figures of harm."""
        return 3 if self.protect else 4

    @property
    def rate_figures(self) -> int:
        """Significant figures of rates, which the page rounds."""
        return 3 if self.protect else 8

    def counts(self, counts: NDArray[np.float64]) -> _Shown:
        """Counts as whole numbers, small ones withheld, missing ones None."""
        return [None if np.isnan(n) else FEW if self._small(n) else int(n) for n in counts.tolist()]

    def values(self, values: NDArray[np.float64], counts: NDArray[np.float64], *, rate: bool = False) -> _Shown:
        """Values to the stated figures, withheld where they hang on few crimes."""
        figures = self.rate_figures if rate else self.figures
        return [
            None if not np.isfinite(value) else FEW if self._small(n) else rounded(value, figures)
            for value, n in zip(values.tolist(), counts.tolist(), strict=True)
        ]

    def _small(self, n: float) -> bool:
        return self.protect and 0 < n <= SMALL


def rounded(value: float, figures: int) -> float | int:
    """A number to so many significant figures; whole where it has no decimals left.

    Examples
    --------
    >>> rounded(1234.5, 3), rounded(0.12345, 3)
    (1230, 0.123)
    """
    short = float(f"{value:.{figures}g}")
    return int(short) if short.is_integer() else short


def finite(shown: Sequence[Any]) -> NDArray[np.float64]:
    """The numbers among what is shown."""
    return np.array([value for value in shown if isinstance(value, int | float)], dtype=np.float64)


def number_text(value: object, *, unknown: str = "not known", few: str = "withheld") -> str:
    """A shown number in words for a table cell.

    Examples
    --------
    >>> number_text(12345), number_text(None), number_text("few", few="1 to 4"), number_text(0.25)
    ('12,345', 'not known', '1 to 4', '0.25')
    """
    if value == FEW and isinstance(value, str):
        return few
    if not isinstance(value, int | float) or pd.isna(value):
        return unknown
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    return text.replace("-", "\N{MINUS SIGN}" if value else "")


def rate_text(value: object, decimals: int) -> str:
    """A rate of harm with the decimals of the page.

    Examples
    --------
    >>> rate_text(5.337, 1), rate_text(1234.5, 0), rate_text("few", 1), rate_text(None, 1)
    ('5.3', '1,235', 'withheld', 'not known')
    """
    if not isinstance(value, int | float) or pd.isna(value):
        return number_text(value)
    # Halves go up, as the programs of the page round them.
    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return f"{exact:z,f}"
