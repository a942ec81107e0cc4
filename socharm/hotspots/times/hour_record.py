"""What a profile of the week is: its choices, what it found, and the record of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice
from socharm._constraints import AtLeast, OpenShare, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.hotspots.areas.area_settings import Correction

__all__ = ["ALL", "WEEKDAYS", "HourFindings", "HourProfile", "HourSettings"]

#: Name of all groups together.
ALL: Final = "all"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, kw_only=True)
class HourSettings(Settings):
    """Choices behind a profile of the week."""

    longest_hours: Positive = setting(24.0, "events known only to a longer window are set aside and counted")
    timezone: str = setting("Europe/London", "times that state a zone are brought to this one; others are clock times")
    dispersion: Annotated[float, AtLeast(1)] | None = setting(
        None,
        "variance of a count over a Poisson one; estimated from the weeks when absent, 1 for plain Poisson",
        example=1.0,
    )
    alpha: OpenShare = setting(0.05, "false discovery rate over the hours of all groups")
    correction: Correction = setting("bh", "of many hours: bh, by or none")
    level: OpenShare = setting(0.95, "of the interval of each ratio")


@dataclass(frozen=True, kw_only=True)
class HourFindings:
    """What a profile of the week was made of.

    Attributes
    ----------
    events : int
        Events that count.
    windows : int
        Those of them that are known to a window of time, and are spread over it.
    without_end : int
        Those that have no end where others may have one, and were taken to be at their start.
    midnight : int
        Those at 00:00 exactly, which may stand for a time that is not known.
    clock_changes : int
        Windows that a change of the United Kingdom's clocks falls in; they are not corrected.
    first_day, last_day : str
        Days from and to which hours are expected, ``YYYY-MM-DD``.
    weeks : int
        Whole weeks among them.
    dispersion : tuple
        Name of each group with its dispersion; None where it was neither stated nor, for want of eight weeks,
        estimated, and the interval is that of Poisson counts.
    """

    events: int
    windows: int
    without_end: int
    midnight: int
    clock_changes: int
    first_day: str
    last_day: str
    weeks: int
    dispersion: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True, eq=False, repr=False)
class HourProfile(Record):
    """Events by weekday and hour, each group against hours that are all alike.

    Attributes
    ----------
    table : DataFrame
        168 rows for each group, and for ``"all"`` together where there are several: ``group``, ``weekday``
        (``"Monday"`` first), ``hour`` (0 is the one from 00:00), ``events`` (sum of the shares of windows), ``share``
        (of the group's events), ``expected``, ``ratio`` (events over expected), ``ratio_low``, ``ratio_high``, ``p``,
        ``p_adjusted`` (over the whole table), ``label``: ``"more"``, ``"fewer"``, ``"not clear"``, ``"not covered"``.
        The last are hours of weekdays that no day from the first to the last is: they have no ratio.
    set_aside : Series
        Rows that do not count, by reason.
    """

    __made_by__ = ("hour_weekday",)

    table: pd.DataFrame
    set_aside: pd.Series
    settings: HourSettings
    about: About
    findings: HourFindings

    @property
    def groups(self) -> list[str]:
        """Names of the groups, ``"all"`` last where there are several."""
        return list(dict.fromkeys(self.table["group"]))

    @checked
    def matrix(self, column: str = "events", group: str | None = None) -> pd.DataFrame:
        """One column of one group, weekdays down and hours across.

        Parameters
        ----------
        column : str
            Of `table`.
        group : str, optional
            All groups together when omitted.

        Raises
        ------
        ParameterError
            There is no such column or group.
        """
        chosen = self.groups[-1] if group is None else group
        require_choice(chosen, self.groups, name="group")
        require_choice(
            column, [name for name in self.table.columns if name not in ("group", "weekday", "hour")], name="column"
        )
        values = self.table.loc[self.table["group"] == chosen, column].to_numpy().reshape(7, 24)
        return pd.DataFrame(values, index=pd.Index(WEEKDAYS, name="weekday"), columns=pd.RangeIndex(24, name="hour"))

    def _summary(self) -> dict[str, str]:
        s, f = self.settings, self.findings
        told = [f"{count:,} {reason}" for reason, count in self.set_aside.items() if count]
        lines = {
            "events": f"{f.events:,}, {f.windows:,} of them spread over a window, {f.first_day} to {f.last_day}",
            "set aside": ", ".join(told) or "nothing",
        }
        for name in self.groups:
            rows = self.table[self.table["group"] == name]
            # by the hours that there were: a weekday that came once more has more events for that alone
            most = rows.iloc[int(np.argmax(rows["ratio"].fillna(-1.0).to_numpy()))]
            hours = number_of(int((rows["label"] == "more").sum()), "hour")
            lines[name] = (
                f"{rows['events'].sum():,.0f} events; busiest on {most['weekday']} from {most['hour']:02d}:00; {hours} "
                "of the week with more than if all were alike"
            )
        if f.clock_changes:
            lines["clock changes"] = f"in {number_of(f.clock_changes, 'window')}, not corrected"
        lines["correction"] = f"{s.correction} over all hours of all groups, alpha {s.alpha:g}"
        return lines
