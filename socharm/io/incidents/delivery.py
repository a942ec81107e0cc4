"""Whether a source delivered a month: its rows against its own usual volume, never the mere presence of a row."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import pandas as pd

from socharm._columns import PERIOD, to_period

__all__ = [
    "DELIVERED",
    "FEW",
    "NOTHING",
    "NOT_DELIVERED",
    "PARTLY",
    "Deliveries",
    "DeliveryRule",
    "judge_deliveries",
]

DELIVERED: Final = "delivered"
PARTLY: Final = "partly"
NOT_DELIVERED: Final = "not delivered"
NOTHING: Final = "nothing arrived"
FEW: Final = "too few to judge"

# Months around a month that say what is usual there: a year, whatever the season.
_NEAREST: Final = 12
# A month below this part of the mean month says nothing on what is usual.
_STRAY: Final = 10


@dataclass(frozen=True, kw_only=True)
class DeliveryRule:
    """When a month of a source counts as delivered.

    Attributes
    ----------
    minimum : float
        Share of the source's usual month from which a month is delivered. 0: one row is enough.
    partly : float
        Share below which a delivered month is called partly delivered.
    judged_from : int
        Rows of a usual month from which a source can be judged; below, chance alone makes months of a third.
    """

    minimum: float = 0.3
    partly: float = 0.5
    judged_from: int = 20


@dataclass(frozen=True, eq=False)
class Deliveries:
    """Months of the sources, judged.

    Attributes
    ----------
    rows, usual : DataFrame of int64
        Index source (key), columns months ``YYYY-MM`` in order.
    delivered : DataFrame of bool
    judged : Series of bool
        Whether the source has rows enough to be judged; otherwise any row delivers.
    rule : DeliveryRule
    """

    rows: pd.DataFrame
    usual: pd.DataFrame
    delivered: pd.DataFrame
    judged: pd.Series
    rule: DeliveryRule

    def without(self, refused: pd.DataFrame) -> Deliveries:
        """The same with some source-months (bool, of the same shape) counted as not delivered."""
        return Deliveries(self.rows, self.usual, self.delivered & ~refused, self.judged, self.rule)

    @property
    def partly(self) -> pd.DataFrame:
        """Months delivered with less than the stated share of what is usual; only of sources that can be judged."""
        numerator, denominator = _fraction(self.rule.partly)
        thin = self.rows.to_numpy() * denominator < self.usual.to_numpy() * numerator
        judged = self.judged.to_numpy()[:, None]
        return self.delivered & pd.DataFrame(thin & judged, index=self.rows.index, columns=self.rows.columns)

    def table(self, names: pd.Series, months: list[str]) -> pd.DataFrame:
        """``source``, ``period``, ``rows``, ``usual``, ``share`` and ``delivery``, for the sources' names."""
        rows, usual = (frame[months].to_numpy() for frame in (self.rows, self.usual))
        state = np.where(self.delivered[months], DELIVERED, np.where(rows > 0, NOT_DELIVERED, NOTHING)).astype(object)
        state[self.partly[months].to_numpy()] = PARTLY
        few = ~self.judged.to_numpy()[:, None] & (state == DELIVERED)
        state[few] = FEW
        named = names.reindex(self.rows.index)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(usual > 0, rows / usual, np.nan)
        table = pd.DataFrame(
            {
                "source": np.repeat(named.to_numpy(dtype=object), len(months)),
                PERIOD: np.tile(np.asarray(to_period(pd.Index(months)), dtype=object), len(named)),
                "rows": rows.ravel(),
                "usual": usual.ravel(),
                "share": share.ravel().round(4),
                "delivery": state.ravel(),
            }
        )
        typed = table.astype({"source": "str", PERIOD: "period[M]", "delivery": "str"})
        return typed.sort_values(["source", PERIOD], kind="stable", ignore_index=True)


def judge_deliveries(rows: pd.DataFrame, rule: DeliveryRule) -> Deliveries:
    """Judge every month of every source.

    Parameters
    ----------
    rows : DataFrame of int64
        Index source, columns months (``YYYY-MM``) in order: every month of the files, within the period or not.
    rule : DeliveryRule

    Notes
    -----
    A usual month is the upper median of the twelve nearest months that were delivered, so that a source may grow,
    shrink and have seasons. To begin with, those months count as delivered that hold the stated share of the median
    month, where months below a tenth of the mean month (a few stray or malformed rows) do not count; then months
    next to them join while they hold the stated share of what is usual there. Everything is worked out in whole
    numbers: the order of rows and sources cannot matter.

    Examples
    --------
    >>> months = [f"2019-{month:02d}" for month in range(4, 10)]
    >>> found = judge_deliveries(pd.DataFrame([[200, 200, 200, 0, 1, 0]], ["gmp"], months), DeliveryRule())
    >>> found.delivered.loc["gmp"].tolist()
    [True, True, True, False, False, False]
    """
    usual, delivered, judged = [], [], []
    at = to_period(pd.Index(rows.columns)).asi8
    for counts in rows.to_numpy(dtype=np.int64):
        one = _judge(counts, at, rule)
        usual.append(one[0])
        delivered.append(one[1])
        judged.append(one[2])
    shape = (len(rows), rows.shape[1])
    return Deliveries(
        rows=rows.astype("int64"),
        usual=pd.DataFrame(np.reshape(usual, shape).astype("int64"), index=rows.index, columns=rows.columns),
        delivered=pd.DataFrame(np.reshape(delivered, shape).astype(bool), index=rows.index, columns=rows.columns),
        judged=pd.Series(judged, index=rows.index, dtype=bool),
        rule=rule,
    )


def _judge(counts: np.ndarray, at: np.ndarray, rule: DeliveryRule) -> tuple[np.ndarray, np.ndarray, bool]:
    """What is usual in each month, whether it was delivered, and whether the source can be judged."""
    present = counts > 0
    if not present.any():
        return np.zeros_like(counts), present, False
    plain = present & (_STRAY * int(present.sum()) * counts >= counts.sum())
    base = _upper_median(counts[plain])
    if base < rule.judged_from:
        return np.full_like(counts, base), present, False
    numerator, denominator = _fraction(rule.minimum)
    found = present & (counts * denominator >= base * numerator)
    while True:
        usual = _usual_near(counts, at, found)
        reached = present & (counts * denominator >= usual * numerator)
        if not (reached & ~found).any():
            return usual, reached, True
        found |= reached


def _usual_near(counts: np.ndarray, at: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Upper median of the nearest months that were delivered, a month itself left out where there are others."""
    delivered = np.flatnonzero(found)
    usual = np.empty_like(counts)
    for month in range(len(counts)):
        others = delivered[delivered != month] if len(delivered) > 1 else delivered
        nearest = others[np.argsort(np.abs(at[others] - at[month]), kind="stable")[:_NEAREST]]
        usual[month] = _upper_median(counts[nearest])
    return usual


def _upper_median(values: np.ndarray) -> int:
    return int(np.sort(values)[len(values) // 2])


def _fraction(share: float) -> tuple[int, int]:
    """A share as it is written, in whole numbers: 0.3 is three tenths, whatever its binary form."""
    exact = Fraction(str(float(share))).limit_denominator(1_000_000)
    return exact.numerator, exact.denominator
