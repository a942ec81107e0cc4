"""When in the week: events by hour and weekday, those known to a window of time spread over it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm._constraints import AtLeast, OpenShare, Positive
from socharm._words import joined_words, number_of
from socharm.errors import DataWarning, SchemaError
from socharm.hotspots.areas.area_settings import Correction
from socharm.hotspots.times.clock_times import clock_changes, clock_times, require_order
from socharm.hotspots.times.hour_record import ALL, WEEKDAYS, HourFindings, HourProfile, HourSettings
from socharm.stats.aoristic import WEEK, hour_shares, hours_of_days
from socharm.stats.fdr import adjust
from socharm.stats.gamma_interval import WeightedSum, gamma_interval

__all__ = ["hour_weekday"]

_Floats = NDArray[np.float64]

#: 1 January 1970 was a Thursday.
_MONDAY: Final = 3
#: Weeks from which the dispersion is estimated.
_FEWEST_WEEKS: Final = 8
#: Groups at most.
_MOST_GROUPS: Final = 60


@checked
def hour_weekday(
    start: pd.Series,
    end: pd.Series | None = None,
    *,
    group: pd.Series | None = None,
    longest_hours: Positive = 24.0,
    timezone: str = "Europe/London",
    dispersion: Annotated[float, AtLeast(1)] | None = None,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    level: OpenShare = 0.95,
    settings: HourSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> HourProfile:
    r"""Profile of the week: events by weekday and hour, with intervals, against hours that are all alike.

    Parameters
    ----------
    start : Series
        When each event happened, or the earliest time that it can have: times, or texts ``YYYY-MM-DD HH:MM``. Days and
        months are refused.
    end : Series, optional
        The latest time that it can have, with the index of `start`. Where it is missing the event is taken to be at its
        start, and counted in the findings.
    group : Series, optional
        The kind of each event, such as its offence group, with the index of `start`.
    longest_hours : float
        Events whose window is longer say too little of the hour: they are set aside and counted.
    timezone : str
        Times that state a zone or an offset are brought to this one. Times without are clock times, taken as written.
    dispersion : float, optional
        Variance of a count over that of a Poisson one. Crimes come in series; when omitted it is estimated from how the
        weeks differ, where there are eight whole weeks.
    alpha : float
        False discovery rate over all cells of all groups.
    correction : {"bh", "by", "none"}
    level : float
        Of the interval of each ratio, one cell at a time.
    settings : HourSettings or mapping, optional
        Choices of another profile, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    HourProfile

    Warns
    -----
    DataWarning
        Rows were set aside; or so many events are at midnight exactly that it stands for a time not known.

    Raises
    ------
    SchemaError
        Times that are days or months, or no times; an end before its start, with the rows; no event left; an index that
        differs, or repeated.

    Notes
    -----
    An event in a window of length d counts in each hour with the share of d that lies in it (aoristic weights,
    Ratcliffe 2002): nothing is known of where in the window it was. Wide windows make the profile flat, and put nightly
    burglaries into hours of sleep alike. ``expected`` is what a group would have were all hours of the days from the
    first event to the last alike. The interval is that of a weighted sum of Poisson counts (Fay and Feuer 1997), its
    variance times the dispersion; p from the same gamma distributions. When clocks go forward an hour does not exist,
    when they go back one comes twice: hours are those of the clock, and windows across a change are counted in the
    findings and not corrected.

    References
    ----------
    Ratcliffe, J.H. (2002). Aoristic signatures and the spatio-temporal analysis of high volume crime patterns. *Journal
    of Quantitative Criminology* 18, 23-43. Fay, M.P. and Feuer, E.J. (1997). *Statistics in Medicine* 16, 791-801.

    Examples
    --------
    >>> start = pd.Series(pd.to_datetime(["2025-03-03 22:30", "2025-03-04 09:10"]))
    >>> end = pd.Series(pd.to_datetime(["2025-03-04 00:30", None]))
    >>> table = hour_weekday(start, end, dispersion=1).table
    >>> table.loc[table["events"] > 0, ["weekday", "hour", "events"]].values.tolist()
    [['Monday', 22, 0.25], ['Monday', 23, 0.5], ['Tuesday', 0, 0.25], ['Tuesday', 9, 1.0]]
    """
    chosen = HourSettings.of(settings)
    _require_index(start, end, group)
    begins = clock_times(start, name="start", timezone=chosen.timezone)
    ends = begins.copy() if end is None else clock_times(end, name="end", timezone=chosen.timezone)
    no_end = ends.isna() & begins.notna()
    ends = ends.fillna(begins)
    require_order(begins, ends, list(start.index))
    long = (ends - begins) > pd.Timedelta(hours=chosen.longest_hours)
    kinds = pd.Series(ALL, index=start.index) if group is None else group.astype("str").where(group.notna())
    aside = pd.Series(
        {
            "no time": int(begins.isna().sum()),
            f"window over {chosen.longest_hours:g} hours": int(long.sum()),
            "no group": int((kinds.isna() & begins.notna() & ~long).sum()),
        },
        name="rows",
    ).rename_axis("reason")
    kept = (begins.notna() & ~long & kinds.notna()).to_numpy()
    begins, ends, kinds = begins[kept], ends[kept], kinds[kept]
    if not len(begins):
        raise SchemaError(
            f"No event has a time that can be used; of {number_of(len(start), 'row')} "
            f"{joined_words(f'{count:,} with {reason}' for reason, count in aside.items())}. Check the columns."
        )
    names = sorted(kinds.unique())
    if len(names) > _MOST_GROUPS:
        raise SchemaError(
            f"`group` holds {number_of(len(names), 'group')}; at most {_MOST_GROUPS} are told. Give broader ones."
        )
    midnight = int(((begins == begins.dt.normalize()) & (begins == ends)).sum())
    if aside.any():
        told = joined_words(f"{count:,} with {reason}" for reason, count in aside.items() if count)
        warnings.warn(f"{number_of(int(aside.sum()), 'row')} set aside: {told}.", DataWarning, stacklevel=3)
    if midnight > max(0.1 * len(begins), 5):
        warnings.warn(
            f"{midnight:,} of {number_of(len(begins), 'event')} are at 00:00 exactly, which often stands for a time "
            "that is not known. Make those times missing where it does.",
            DataWarning,
            stacklevel=3,
        )
    first, last = _hours(begins), _hours(ends)
    days = int(first.min() // 24), max(int(first.max() // 24), int(np.nextafter(last.max(), 0) // 24))
    table, phi, weeks = _table(first, last, kinds, names, days, chosen)
    findings = HourFindings(
        events=len(begins),
        windows=int((ends > begins).sum()),
        without_end=int(no_end[kept].sum()) if end is not None else 0,
        midnight=midnight,
        clock_changes=clock_changes(begins, ends),
        first_day=f"{pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=days[0]):%Y-%m-%d}",
        last_day=f"{pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=days[1]):%Y-%m-%d}",
        weeks=weeks,
        dispersion=phi,
    )
    known = about or About()
    if known.period is None:
        known = replace(known, period=AssessmentPeriod(findings.first_day[:7], findings.last_day[:7]))
    return HourProfile(table=table, set_aside=aside, settings=chosen, about=known, findings=findings)


def _hours(times: pd.Series) -> _Floats:
    """Hours since the midnight before 1 January 1970."""
    return np.asarray((times - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(hours=1), dtype=np.float64)


def _require_index(start: pd.Series, end: pd.Series | None, group: pd.Series | None) -> None:
    if start.index.has_duplicates:
        raise SchemaError("`start` has an index with repeated labels. Number the rows anew: reset_index(drop=True).")
    for other, name in ((end, "end"), (group, "group")):
        if other is not None and not other.index.equals(start.index):
            raise SchemaError(f"`{name}` and `start` have different indexes. Take both as columns of one table.")


def _table(
    start: _Floats, end: _Floats, kinds: pd.Series, names: list[str], days: tuple[int, int], s: HourSettings
) -> tuple[pd.DataFrame, tuple[tuple[str, float | None], ...], int]:
    """The cells of every group, the dispersion of each, and the number of whole weeks."""
    event, hour, share = hour_shares(start, end)
    shift = 24 * _MONDAY
    cell, week = (hour + shift) % WEEK, (hour + shift) // WEEK
    # whole weeks alone can be compared
    first, last = -(-(24 * days[0] + shift) // WEEK), (24 * (days[1] + 1) + shift) // WEEK
    weeks = max(last - first, 0)
    exposure = hours_of_days(days[0] + _MONDAY, days[1] + _MONDAY)
    code = pd.Index(names).get_indexer(pd.Index(kinds))[event]
    every = [*names, ALL] if len(names) > 1 else names
    frames, phis = [], []
    for at, name in enumerate(every):
        mine = code == at if at < len(names) else np.ones(code.size, dtype=np.bool_)
        y, v = (_sums(cell[mine], share[mine] ** power, WEEK) for power in (1, 2))
        whole = mine & (week >= first) & (week < last)
        phi = s.dispersion
        if phi is None and weeks >= _FEWEST_WEEKS:
            by_week = _sums((week[whole] - first) * WEEK + cell[whole], share[whole], weeks * WEEK)
            phi = _dispersion(by_week.reshape(weeks, WEEK), float(np.add.reduce(v) / np.add.reduce(y)))
        phis.append((str(name), phi))
        frames.append(_cells(str(name), y, v, exposure, 1.0 if phi is None else phi, s))
    table = pd.concat(frames, ignore_index=True)
    table["p_adjusted"] = adjust(table["p"].to_numpy(), s.correction)
    sure = table["p_adjusted"] <= s.alpha
    labels = [table["expected"] <= 0, sure & (table["ratio"] > 1), sure & (table["ratio"] < 1)]
    table["label"] = np.select(labels, ["not covered", "more", "fewer"], "not clear")
    return table, tuple(phis), weeks


def _sums(at: NDArray[np.int64], share: _Floats, size: int) -> _Floats:
    return np.bincount(at, share, size).astype(np.float64)


def _dispersion(by_week: _Floats, unit: float) -> float:
    """Variance of a cell over that of Poisson events, from how whole weeks differ beyond their totals; 1 at least.

    `unit` is the variance of one event of the mean weight, over its weight.
    """
    week, cell = by_week.sum(axis=1), by_week.sum(axis=0)
    total = float(week.sum())
    if total <= 0:
        return 1.0
    expected = np.outer(week, cell) / total
    squares = float(np.add.reduce((by_week - expected) ** 2, axis=None))
    shrunk = (1 - 1 / week.size) * (1 - float(np.add.reduce((cell / total) ** 2)))
    return max(float(squares / (total * unit * shrunk)), 1.0)


def _cells(name: str, y: _Floats, v: _Floats, exposure: _Floats, phi: float, s: HourSettings) -> pd.DataFrame:
    total = float(np.add.reduce(y))
    expected = total * exposure / np.add.reduce(exposure)
    # an hour that no event of the group touched has the variance of one whole event
    observed = WeightedSum(y, v * phi, np.full(WEEK, phi))
    low, high = gamma_interval(observed, level=s.level)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.where(y > 0, scipy.stats.gamma.cdf(expected, y**2 / (v * phi), scale=v * phi / y), 1.0)
    above, spread = y + phi, v * phi + phi**2
    fewer = scipy.stats.gamma.sf(expected, above**2 / spread, scale=spread / above)
    ratio = np.divide(y, expected, out=np.full(WEEK, np.nan), where=expected > 0)
    known = expected > 0
    return pd.DataFrame(
        {
            "group": name,
            "weekday": np.repeat(WEEKDAYS, 24),
            "hour": np.tile(np.arange(24), 7),
            "events": y,
            "share": y / total,
            "expected": expected,
            "ratio": ratio,
            "ratio_low": np.divide(low, expected, out=np.full(WEEK, np.nan), where=known),
            "ratio_high": np.divide(high, expected, out=np.full(WEEK, np.nan), where=known),
            "p": np.where(known, np.minimum(2 * np.minimum(more, fewer), 1.0), np.nan),
        }
    )
