"""The 4P plan: actions with owners, dates and measures, which partners edit in a spreadsheet."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About, AssessmentPeriod, combine_about, highest_marking
from socharm._arguments import check_fields, checked
from socharm._record import Record
from socharm.documents.arguments import require_path
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.tabular import TableRules, read_table
from socharm.plans.dates import require_day
from socharm.plans.library import STRANDS, agency_names, require_agencies
from socharm.plans.measures import caution_about, measures_of, parse_measure_key, unit_of
from socharm.plans.plan_file import read_sheet, write_sheet
from socharm.plans.plan_table import ACTION_ID, PHASES, checked_actions, tidy
from socharm.publish.marking import require_marking
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Plan", "PlanSettings", "read_plan"]

_CLOSED: Final = ("done", "stopped")
_LABELS: Final = (
    "marking",
    "area",
    "area name",
    "threat",
    "start",
    "period",
    "boundary year",
    "unit of rates",
    "source",
    "coverage",
)


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """What a plan is for.

    Parameters
    ----------
    area : str
        Area code.
    area_name : str
    threats : tuple of str
        Keys of the threats that the plan answers.
    start : date, optional
        When the plan begins.
    agencies : tuple of str
        Agencies known beside the packaged ones.
    rate_unit : str
        Unit of the harm rates among the baselines.
    """

    area: str
    area_name: str = ""
    threats: tuple[str, ...] = ()
    start: dt.date | None = None
    agencies: tuple[str, ...] = ()
    rate_unit: str = ""

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Record):
    """A 4P plan for one area.

    Attributes
    ----------
    table : DataFrame
        Index ``action_id``; ``p``, ``threat`` (keys, or ``all``), ``action``, ``owner``, ``agency``, ``power``,
        ``phase`` (Clear, Hold, Build, or blank), ``start``, ``due``, ``measure``, ``measure_key``, ``baseline``,
        ``baseline_period``, ``target``, ``review``, ``status``, ``source``; then columns that partners added. Blank
        text is ``""``, a blank number missing, a blank date None.
    settings : PlanSettings
    """

    __made_by__ = ("seed_plan", "read_plan")

    table: pd.DataFrame
    settings: PlanSettings
    about: About

    @checked
    def overdue(self, *, on: dt.date) -> pd.DataFrame:
        """Actions that were due before a day and are neither done nor stopped.

        Parameters
        ----------
        on : date
            The day to compare with; the clock is never asked.

        Returns
        -------
        DataFrame
            Index ``action_id``, longest overdue first; ``p``, ``action``, ``owner``, ``agency``, ``due``,
            ``days_overdue``, ``status``. Actions without a due date are not in it: see `without_date`.

        Raises
        ------
        ParameterError
            `on` is not a date.
        """
        day = require_day(on)
        return self._since("due", day, first=day - dt.timedelta(days=1))

    @checked
    def to_review(self, *, on: dt.date) -> pd.DataFrame:
        """Open actions whose review is due by a day, that day included; as `overdue`, with ``days_since``."""
        day = require_day(on)
        return self._since("review", day, first=day)

    def without_date(self) -> pd.DataFrame:
        """Open actions without a due date: nobody will ever find them overdue."""
        return self.table[self._open() & self.table["due"].isna()]

    def _open(self) -> pd.Series:
        return ~self.table["status"].isin(_CLOSED)

    def _since(self, column: str, day: dt.date, *, first: dt.date) -> pd.DataFrame:
        """Open actions with a date up to `first`, and the days from it to `day`."""
        late = [date is not None and date <= first for date in self.table[column]]
        rows = self.table[pd.Series(late, index=self.table.index, dtype=bool) & self._open()]
        days = [(day - date).days for date in rows[column]]
        name = "days_overdue" if column == "due" else "days_since"
        rows = rows.assign(**{name: pd.Series(days, index=rows.index, dtype="int64")})
        rows = rows.sort_values(name, ascending=False, kind="stable")
        return rows[["p", "action", "owner", "agency", column, name, "status"]]

    @checked
    def measures(self, later: Assessment | AssessmentTables | None = None) -> pd.DataFrame:
        """Link each measure to what the next assessment computes.

        Parameters
        ----------
        later : Assessment or AssessmentTables, optional
            A later assessment, to read the measures from it.

        Returns
        -------
        DataFrame
            Index ``action_id``, actions with a measure only; ``measure``, ``computed_by`` (``"assessment"``, or
            ``"partners"`` who must count themselves), ``measure_key``, ``unit``, ``baseline``, ``baseline_period``,
            ``target``, ``value`` and ``value_period`` (from `later`; missing without), ``caution``.

        Raises
        ------
        ParameterError
            `later` does not hold the plan's area.

        Notes
        -----
        Whether a difference is more than chance is not judged here: a count that fell by a few need not mean anything.
        """
        rows = self.table[(self.table["measure"] != "") | (self.table["measure_key"] != "")]
        keys = [parse_measure_key(key) if key else None for key in rows["measure_key"]]
        unit = self.settings.rate_unit
        values, periods = measures_of(later, self.settings.area, keys)
        return pd.DataFrame(
            {
                "measure": rows["measure"],
                "computed_by": pd.Series(
                    ["assessment" if key else "partners" for key in keys], rows.index, dtype="str"
                ),
                "measure_key": rows["measure_key"],
                "unit": pd.Series([unit_of(key, unit) if key else "" for key in keys], rows.index, dtype="str"),
                "baseline": rows["baseline"],
                "baseline_period": rows["baseline_period"],
                "target": rows["target"],
                "value": pd.Series(values, rows.index, dtype=float),
                "value_period": pd.Series(periods, rows.index, dtype="str"),
                "caution": pd.Series([caution_about(key) if key else "" for key in keys], rows.index, dtype="str"),
            }
        )

    def phases(self) -> pd.DataFrame:
        """Dates of Clear, Hold and Build: index ``phase``; ``actions``, ``closed``, first ``start``, last ``due``."""
        rows = {}
        for phase in PHASES:
            mine = self.table[self.table["phase"] == phase]
            starts, dues = mine["start"].dropna(), mine["due"].dropna()
            rows[phase] = {
                "actions": len(mine),
                "closed": int(mine["status"].isin(_CLOSED).sum()),
                "start": min(starts, default=None),
                "due": max(dues, default=None),
            }
        return (
            pd.DataFrame.from_dict(rows, orient="index").rename_axis("phase").astype({"start": object, "due": object})
        )

    @checked
    def with_actions(self, table: pd.DataFrame) -> Plan:
        """The plan with other actions: checked as `read_plan` checks them.

        Parameters
        ----------
        table : DataFrame
            As `Plan.table`, or with ``action_id`` as a column.

        Raises
        ------
        SchemaError
            Any fault in an action; all are named.
        """
        flat = table.reset_index() if table.index.name == ACTION_ID else table
        actions = checked_actions(
            read_table(flat, rules=TableRules(look_for_persons=False)), agencies=self.settings.agencies
        )
        return dataclasses.replace(self, table=actions)

    @checked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan for partners to edit; `read_plan` reads it back without loss.

        Parameters
        ----------
        path : str or path
            ``.xlsx`` or ``.csv``. The first line is the marking.

        Raises
        ------
        ParameterError
            Another extension.
        StoreError
            The file cannot be written; an existing one stays as it was.

        Notes
        -----
        In a workbook text is text and never a formula. In CSV a text that begins with ``= + - @`` gets one ``'`` in
        front, which the reader takes off.
        """
        agencies = agency_names(self.settings.agencies)
        write_sheet(self.table, _facts(self), path, agencies=agencies, stamp=self.settings.start)

    def _summary(self) -> dict[str, str]:
        counts = self.table["p"].value_counts()
        strands = ", ".join(f"{strand} {int(counts.get(strand, 0))}" for strand in STRANDS)
        unowned = int((self.table["owner"] == "").sum())
        return {
            "area": f"{self.settings.area_name} ({self.settings.area})"
            if self.settings.area_name
            else self.settings.area,
            "actions": f"{len(self.table):,}: {strands}",
            "threats": ", ".join(self.settings.threats) or "none named",
            "without an owner": f"{unowned:,}",
        }


@checked
def read_plan(
    path: str | os.PathLike[str],
    *,
    area: str | None = None,
    marking: str | None = None,
    agencies: Sequence[str] = (),
    day_first: bool | None = None,
    sheet: str | int = 0,
) -> Plan:
    """Read a plan that partners have edited.

    Parameters
    ----------
    path : str or path
        ``.xlsx`` or ``.csv``, as `Plan.save` writes them.
    area, marking : str, optional
        Needed only where the lines above the table do not say them.
    agencies : sequence of str
        Agencies known beside the packaged ones and those that the file names above its table.
    day_first : bool, optional
        How to read dates such as ``01/10/2026``, which spreadsheets write into CSV; a fault when not stated.
    sheet : str or int
        Sheet of a workbook.

    Returns
    -------
    Plan
        Columns that partners added are kept as text.

    Raises
    ------
    SchemaError
        A repeated or blank id, an unknown agency, strand, phase, status or measure key, a date that is none, a due date
        before the start, formulas in a workbook, no marking: all faults of the actions at once.
    RefusedError
        The file is not what its extension says.

    Notes
    -----
    A due date in the past is no fault: plans in progress have them, and `Plan.overdue` tells them. In CSV a cell such
    as ``=1+1`` is text and never computed. Blanks around a text, and ``'`` before a sign, are not kept.
    """
    if not isinstance(sheet, (str, int)) or isinstance(sheet, bool) or (isinstance(sheet, int) and sheet < 0):
        raise ParameterError(f"`sheet` is {sheet!r}; give the name of a sheet, or its number from 0.")
    text, facts, faults = read_sheet(require_path(path, name="path"), sheet=sheet)
    _require_one(facts, text.file)
    unknown = [label for label in facts if label not in (*_LABELS, "agency")]
    if unknown:
        warnings.warn(
            f"{text.file!r} has {len(unknown)} lines above its table that are not kept, such as {unknown[:3]}.",
            DataWarning,
            stacklevel=2,
        )
    own = require_agencies((*facts.get("agency", []), *require_agencies(agencies)))
    about = _about(facts, marking, text.file)
    settings = _settings(facts, area, own, text.file)
    renamed = dataclasses.replace(text, frame=text.frame.rename(columns=tidy))
    return Plan(
        table=checked_actions(renamed, agencies=own, day_first=day_first, faults=faults), settings=settings, about=about
    )


def _require_one(facts: Mapping[str, list[str]], file: str) -> None:
    """A plan is of one area and one period; several markings are allowed, and the highest holds."""
    for label in ("area", "area name", "start", "period", "boundary year", "unit of rates"):
        if len(set(facts.get(label, []))) > 1:
            raise SchemaError(f"{file!r} states {label!r} more than once: {facts[label]}. Keep the line that holds.")


def _facts(plan: Plan) -> list[tuple[str, str]]:
    settings, about = plan.settings, plan.about
    lines = [
        ("marking", about.marking),
        ("area", settings.area),
        ("area name", settings.area_name),
        *(("threat", threat) for threat in settings.threats),
        ("start", "" if settings.start is None else str(settings.start)),
        *(("agency", agency) for agency in settings.agencies),
        ("period", "" if about.period is None else str(about.period)),
        ("boundary year", "" if about.boundary_year is None else str(about.boundary_year)),
        ("unit of rates", settings.rate_unit),
        *(("source", source) for source in about.sources),
        ("coverage", about.coverage),
    ]
    return [(label, " ".join(text.splitlines())) for label, text in lines if text]


def _about(facts: Mapping[str, list[str]], marking: str | None, file: str) -> About:
    stated = facts.get("marking", [])
    if not stated and marking is None:
        raise SchemaError(f"{file!r} does not say its marking. Write 'marking: OFFICIAL' above it, or give `marking=`.")
    month = facts.get("period", [""])[0].split(" to ")
    year = facts.get("boundary year", [""])[0]
    if year and not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise SchemaError(f"{file!r} has the boundary year {year!r}. Write it as 2025.")
    said = About(
        period=AssessmentPeriod(month[0], month[-1]) if month[0] else None,
        boundary_year=int(year) if year else None,
        sources=tuple(facts.get("source", [])),
        marking=highest_marking(*map(require_marking, map(str.upper, stated))) if stated else str(marking),
        coverage=facts.get("coverage", [""])[0],
    )
    return said if marking is None else combine_about(said, About(marking=marking))


def _settings(facts: Mapping[str, list[str]], area: str | None, agencies: tuple[str, ...], file: str) -> PlanSettings:
    stated = facts.get("area", [""])[0]
    if not stated and area is None:
        raise SchemaError(f"{file!r} does not say its area. Write 'area: E05001346' above it, or give `area=`.")
    if stated and area is not None and stated != area:
        raise SchemaError(f"{file!r} is for the area {stated!r}, and `area` is {area!r}. Read the right file.")
    start = facts.get("start", [""])[0]
    try:
        begin = dt.date.fromisoformat(start) if start else None
    except ValueError as error:
        raise SchemaError(f"{file!r} has the start {start!r}, which is no date. Write it as 2026-10-31.") from error
    name = facts.get("area name", [""])[0]
    threats = tuple(facts.get("threat", []))
    return PlanSettings(
        area=stated or str(area),
        area_name=name,
        threats=threats,
        start=begin,
        agencies=agencies,
        rate_unit=facts.get("unit of rates", [""])[0],
    )
