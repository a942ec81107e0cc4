"""Signals of watched areas as a table: direction, months, size, and what a sentence says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._columns import AREA, NAME, PARENT, PERIOD
from socharm._words import month_words
from socharm.signals.charts import CHARTS, Charts, Limits
from socharm.signals.noise import Noise, levels_of

__all__ = ["Watched", "last_month", "months_table", "signal_table", "usual_words"]

_Floats = NDArray[np.float64]

_INTERVAL: Final = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Watched:
    """Areas that are watched, and their charts.

    Attributes
    ----------
    areas : Index
    months : PeriodIndex
        Of the whole series.
    amounts, shape : ndarray of shape (areas, months)
    first : int
        Months of the baseline.
    noise : Noise
    charts : Charts
    limits : Limits
    """

    areas: pd.Index
    months: pd.PeriodIndex
    amounts: _Floats
    shape: _Floats
    first: int
    noise: Noise
    charts: Charts
    limits: Limits

    @property
    def own(self) -> NDArray[np.bool_]:
        """Months of the baseline that are known."""
        found: NDArray[np.bool_] = ~np.isnan(self.amounts) & (np.arange(self.amounts.shape[1]) < self.first)
        return found

    @property
    def expected(self) -> _Floats:
        """Level of the baseline times season and trend."""
        found: _Floats = levels_of(self.amounts, self.shape, self.own)[:, None] * self.shape
        return found


def last_month(amounts: _Floats, shape: _Floats, first: int, noise: Noise) -> _Floats:
    """The last month beyond what the baseline leads one to expect, in spreads of a month; NaN in a gap.

    Parameters
    ----------
    amounts : ndarray of shape (..., areas, months)
    shape : ndarray of shape (areas, months)
    first : int
    noise : Noise
    """
    own = ~np.isnan(amounts) & (np.arange(shape.shape[1]) < first)
    recorded, reach = np.where(own, amounts, 0.0).sum(axis=-1), np.where(own, shape, 0.0).sum(axis=-1)
    mean = np.divide(recorded, reach, out=np.zeros(reach.shape), where=reach > 0) * shape[:, -1]
    spread = np.sqrt(noise.dispersion * mean + (noise.drift * mean) ** 2)
    found: _Floats = np.divide(amounts[..., -1] - mean, spread, out=np.zeros(mean.shape), where=spread > 0)
    return found


def usual_words(*, others: bool) -> str:
    """What an area's later months are held against."""
    return "its first months, the season and all other areas lead" if others else "its first months lead"


def signal_table(
    table: pd.DataFrame, watched: Watched, more: Mapping[str, Any], measure: str, *, others: bool
) -> pd.DataFrame:
    """The table of signals.

    Parameters
    ----------
    table : DataFrame
        Every area, with its name, events and reason.
    watched : Watched
    more : mapping
        Columns of the watched areas that come from simulations.
    measure : str
    others : bool
        Whether other areas showed a season and a trend.
    """
    found = _signals(watched)
    some = found["some"]
    months = np.array([str(month) for month in watched.months], dtype=object)
    chart = np.select(
        [found["cusum"] & found["ewma"], found["cusum"], found["ewma"]], ["CUSUM and EWMA", "CUSUM", "EWMA"], ""
    )
    texts = {
        "direction": np.array([way for _, way in CHARTS[:2]], dtype=object)[found["way"]],
        "signalled": months[found["signalled"]],
        "since": months[found["since"]],
        "chart": chart,
    }
    made = pd.DataFrame(index=watched.areas)
    for name, values in texts.items():
        made[name] = pd.Series(np.where(some, values, ""), index=watched.areas, dtype="str")
    made["active"] = found["active"]
    for name in ("size", "size_low_95", "size_high_95"):
        made[name] = np.where(some, found[name], np.nan)
    made = made.assign(last_ratio=watched.amounts[:, -1] / watched.expected[:, -1], **more)
    joined = table.join(made)
    for name in texts:
        joined[name] = joined[name].fillna("").astype("str")
    joined["active"] = joined["active"].astype("boolean").fillna(False).astype(bool)
    joined["says"] = pd.Series(
        [_says(row, measure, others=others) for row in joined.to_dict(orient="records")],
        index=joined.index,
        dtype="str",
    )
    order = [
        NAME, PARENT, "direction", "signalled", "since", "chart", "active", "size", "size_low_95", "size_high_95",
        "events", "delay", "found_year", "last_ratio", "last_p", "reason", "says",
    ]  # fmt: skip
    return joined[order]


def _says(row: dict[Any, Any], measure: str, *, others: bool) -> str:
    """A sentence without figures, which may be printed of published tables too."""
    if row["reason"]:
        return f"Not watched: {row['reason']}."
    if not row["direction"]:
        return "No signal: nothing beyond the ordinary ups and downs of areas."
    more = "more" if row["direction"] == "rise" else "less" if measure == "harm" else "fewer"
    since = month_words(row["since"])
    what = f"{more} recorded {measure} than {usual_words(others=others)} one to expect"
    if row["active"]:
        return f"Since {since} {what}."
    return f"From {since} on {what}; no longer in the last month."


def _signals(watched: Watched) -> dict[str, Any]:
    """Of each watched area one signal at most: one that lasts before one that is over, the later before the earlier."""
    beyond: NDArray[np.bool_] = np.greater(watched.charts.values, watched.limits.values[:, None, :])
    ways = np.stack([beyond[..., 0] | beyond[..., 2], beyond[..., 1] | beyond[..., 3]], axis=-1)
    ever: NDArray[np.bool_] = np.asarray(ways.any(axis=1), dtype=np.bool_)
    active, size = ways[:, -1], ways.shape[1]
    begin = np.where(ever, ways.argmax(axis=1), -1)
    way = np.argmax(begin + size * active, axis=1)
    rows = np.arange(len(ways))
    chosen = ways[rows, :, way]
    signalled = np.maximum(begin[rows, way], 0)
    lasts = chosen[:, -1]
    end = size - 1 - chosen[:, ::-1].argmax(axis=1)
    since = watched.charts.since[rows, np.where(lasts, size - 1, signalled), way]
    pair = beyond[rows[:, None], signalled[:, None], np.stack([way, way + 2], axis=1)]
    return {
        "some": ever[rows, way],
        "way": way,
        "signalled": signalled + watched.first,
        "since": since,
        "active": lasts,
        "cusum": pair[:, 0],
        "ewma": pair[:, 1],
        **_size(watched, since, end + watched.first),
    }


def _size(watched: Watched, since: NDArray[np.int64], end: NDArray[np.int64]) -> dict[str, _Floats]:
    """Recorded over expected from the month in which the change began, with its 95% interval."""
    at, noise = np.arange(watched.amounts.shape[1]), watched.noise
    span = ~np.isnan(watched.amounts) & (at >= since[:, None]) & (at <= end[:, None])
    expected = np.sum(np.where(span, watched.expected, 0.0), axis=1)
    recorded, base = (np.sum(np.where(part, watched.amounts, 0.0), axis=1) for part in (span, watched.own))
    size = np.divide(recorded, expected, out=np.full(len(span), np.nan), where=expected > 0)
    variance = noise.dispersion * (1.0 / np.maximum(recorded, 0.5) + 1.0 / np.maximum(base, 0.5))
    variance = variance + noise.drift**2 * (_shared(watched.own, noise.left) + _shared(span, noise.left))
    reach = scipy.special.ndtri(0.5 + _INTERVAL / 2) * np.sqrt(variance)
    # Where nothing was recorded the interval begins with nothing, and does not end there.
    most = np.divide(np.maximum(recorded, 0.5), expected, out=np.full(len(span), np.nan), where=expected > 0)
    return {"size": size, "size_low_95": size * np.exp(-reach), "size_high_95": most * np.exp(reach)}


def _shared(known: NDArray[np.bool_], left: float) -> _Floats:
    """Variance of the mean of a drift over months, over that of one month."""
    months = known.shape[1]
    apart = left ** np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    count = np.maximum(known.sum(axis=1), 1)
    found: _Floats = np.einsum("ij,jk,ik->i", known * 1.0, apart, known * 1.0, optimize=False) / count**2
    return found


def months_table(watched: Watched) -> pd.DataFrame:
    """Every watched month of every watched area with its charts and their limits."""
    areas, months = len(watched.areas), len(watched.months) - watched.first
    columns: dict[str, Any] = {
        AREA: np.repeat(watched.areas.to_numpy(), months),
        PERIOD: watched.months[np.tile(np.arange(watched.first, len(watched.months)), areas)],
        "recorded": watched.amounts[:, watched.first :].ravel(),
        "expected": watched.expected[:, watched.first :].ravel(),
    }
    for number, (chart, way) in enumerate(CHARTS):
        columns[f"{chart.lower()}_{way}"] = watched.charts.values[..., number].ravel()
        columns[f"{chart.lower()}_{way}_limit"] = np.repeat(watched.limits.values[:, number], months)
    return pd.DataFrame(columns)
