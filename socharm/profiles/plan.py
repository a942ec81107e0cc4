"""The 4P plan: actions with owners, dates and measures, seeded from an assessment and edited by partners."""

from __future__ import annotations

import calendar
import dataclasses
import datetime as dt
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._checks import require_choice
from socharm._record import Record
from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.files.tables import AssessmentTables
from socharm.io.tabular import read_table
from socharm.profiles.library import (
    EVERY_THREAT,
    STRANDS,
    agency_names,
    plan_options,
    require_agencies,
    require_threats,
)
from socharm.profiles.measures import (
    MeasureKey,
    caution_about,
    covered_period,
    measure_value,
    parse_measure_key,
    unit_of,
)
from socharm.profiles.plan_file import read_sheet, write_sheet
from socharm.profiles.plan_table import ACTION_ID, PHASES, STATUSES, checked_actions, tidy
from socharm.profiles.threats import HoldsTables, find_threats, require_area, tables_of

__all__ = ["Plan", "PlanSettings", "months_after", "read_plan", "seed_plan"]

_REVIEW_MONTHS: Final = 6
_REFRESH_MONTHS: Final = 12
_CLOSED: Final = ("done", "stopped")
_LABELS: Final = (
    "marking", "area", "area name", "threat", "start", "period", "boundary year", "unit of rates", "source", "coverage"
)  # fmt: skip


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

    table: pd.DataFrame
    settings: PlanSettings
    about: About

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
        return self._late("due", on)

    def to_review(self, *, on: dt.date) -> pd.DataFrame:
        """Actions whose review date has come, and that are neither done nor stopped; as `overdue`."""
        return self._late("review", _day(on) + dt.timedelta(days=1))

    def without_date(self) -> pd.DataFrame:
        """Open actions without a due date: nobody will ever find them overdue."""
        return self.table[self._open() & self.table["due"].isna()]

    def _open(self) -> pd.Series:
        return ~self.table["status"].isin(_CLOSED)

    def _late(self, column: str, on: dt.date) -> pd.DataFrame:
        day = _day(on)
        late = [date is not None and date < day for date in self.table[column]]
        rows = self.table[pd.Series(late, index=self.table.index, dtype=bool) & self._open()]
        days = [(day - date).days for date in rows[column]]
        name = "days_overdue" if column == "due" else "days_since"
        rows = rows.assign(**{name: pd.Series(days, index=rows.index, dtype="int64")})
        rows = rows.sort_values(name, ascending=False, kind="stable")
        return rows[["p", "action", "owner", "agency", column, name, "status"]]

    def measures(self, later: HoldsTables | AssessmentTables | None = None) -> pd.DataFrame:
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
        values, periods = _numbers(later, self.settings.area, keys)
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
        actions = checked_actions(read_table(flat), agencies=self.settings.agencies)
        return dataclasses.replace(self, table=actions)

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


def seed_plan(
    assessment: HoldsTables | AssessmentTables,
    *,
    area: str,
    start: dt.date,
    threats: Iterable[str] | None = None,
    owner: str = "",
    due: dt.date | None = None,
    review: dt.date | None = None,
    phases: Mapping[str, tuple[dt.date, dt.date]] | None = None,
    options: Iterable[str] | None = None,
    agencies: Sequence[str] = (),
    about: About | None = None,
) -> Plan:
    """Make a first plan from the options of the guidance, with baselines from an assessment.

    Parameters
    ----------
    assessment : Assessment or AssessmentTables
    area : str
        Area code.
    start : date
        When the plan begins.
    threats : iterable of str, optional
        Keys of threats (the index of `find_threats`). Those that recorded crime shows by default; name the others that
        partners know of, since recorded crime cannot show them.
    owner : str
        Owner of every action until partners share them out.
    due, review : date, optional
        Twelve and six months after the start by default, as the guidance refreshes profiles and as scores are made
        again.
    phases : mapping of str to (date, date), optional
        First and last day of ``"Clear"``, ``"Hold"``, ``"Build"``; actions of a phase take its dates.
    options : iterable of str, optional
        Options to take (the index of `plan_options`); every one that serves the threats by default.
    agencies : sequence of str
        Agencies known beside the packaged ones.
    about : About, optional
        Period, sources and marking; those of `assessment` by default, and needed where it is bare tables.

    Returns
    -------
    Plan
        A list to choose from: partners strike what does not fit. Numbers keep 15 digits.

    Raises
    ------
    ParameterError
        An unknown area, threat, option or phase; a date before the start; bare tables without `about`.

    Examples
    --------
    >>> import datetime as dt
    >>> plan = seed_plan(assessment, area="E05001346", start=dt.date(2026, 1, 5))  # doctest: +SKIP
    >>> plan.save("bradford-moor-plan.xlsx")  # doctest: +SKIP
    """
    tables = tables_of(assessment)
    require_area(area, tables)
    known = getattr(assessment, "about", None) if about is None else about
    if not isinstance(known, About):
        raise ParameterError("`about` is not stated, and bare tables do not say it. Give period, sources and marking.")
    first, spans = _day(start, "start"), _phase_dates(phases)
    due = months_after(first, _REFRESH_MONTHS) if due is None else _day(due, "due")
    review = months_after(first, _REVIEW_MONTHS) if review is None else _day(review, "review")
    _require_after(first, spans, due=due, review=review)
    wanted = _found(assessment, area) if threats is None else require_threats(threats)
    chosen = _chosen(plan_options(threats=wanted), options)
    served = [_served(keys, wanted) for keys in chosen["threats"]]
    actions = chosen.drop(columns="threats").rename_axis(ACTION_ID).reset_index().assign(threat=served, owner=owner)
    actions = actions.assign(
        status=STATUSES[0], review=review, target=None, **_dates_of(chosen["phase"], first, due, spans)
    )
    keys = [parse_measure_key(key) if key else None for key in actions["measure_key"]]
    values, periods = _numbers(tables, area, keys)
    text = read_table(actions.assign(baseline=values, baseline_period=periods))
    own = require_agencies(agencies)
    name = str(tables.areas["name"].get(area, ""))
    settings = PlanSettings(
        area=area, area_name=tidy(name), threats=wanted, start=first, agencies=own, rate_unit=known.unit
    )
    return Plan(table=checked_actions(text, agencies=own), settings=settings, about=dataclasses.replace(known, unit=""))


def _found(assessment: HoldsTables | AssessmentTables, area: str) -> tuple[str, ...]:
    table = find_threats(assessment, area=area)
    return tuple(map(str, table.index[table["found"].fillna(False).astype(bool)]))


def _chosen(table: pd.DataFrame, options: Iterable[str] | None) -> pd.DataFrame:
    if options is None:
        return table
    if isinstance(options, str):
        raise ParameterError(f"`options` is the text {options!r}; give a list, such as [{options!r}].")
    wanted = list(dict.fromkeys(options))
    everything = plan_options()
    for option in wanted:
        require_choice(option, set(everything.index), name="options")
    return everything.loc[wanted]


def _served(keys: str, wanted: Sequence[str]) -> str:
    """Threats of the plan that an option serves; all of its own where it was chosen by name."""
    if keys == EVERY_THREAT:
        return keys
    mine = keys.split()
    return "; ".join([key for key in mine if key in wanted] or mine)


def _dates_of(
    phases: pd.Series, first: dt.date, due: dt.date, spans: Mapping[str, tuple[dt.date, dt.date]]
) -> dict[str, list[dt.date]]:
    pairs = [spans.get(phase, (first, due)) for phase in phases]
    return {"start": [pair[0] for pair in pairs], "due": [pair[1] for pair in pairs]}


def _phase_dates(phases: Mapping[str, tuple[dt.date, dt.date]] | None) -> dict[str, tuple[dt.date, dt.date]]:
    spans = {}
    for phase, (first, last) in (phases or {}).items():
        require_choice(phase, PHASES, name="phases")
        spans[phase] = (_day(first, "phases"), _day(last, "phases"))
        if spans[phase][1] < spans[phase][0]:
            raise ParameterError(f"`phases` ends {phase} ({last}) before it begins ({first}). Swap the two.")
    return spans


def _require_after(first: dt.date, spans: Mapping[str, tuple[dt.date, dt.date]], **dates: dt.date) -> None:
    for name, date in dates.items():
        if date < first:
            raise ParameterError(f"`{name}` is {date}, before the start, {first}. A new plan cannot be late already.")
    for phase, (begin, _) in spans.items():
        if begin < first:
            raise ParameterError(f"`phases` begins {phase} on {begin}, before the start, {first}. Move one of the two.")


def _numbers(
    assessment: HoldsTables | AssessmentTables | None, area: str, keys: Sequence[MeasureKey | None]
) -> tuple[list[float], list[str]]:
    """Value and period of each key; missing and blank where there is no assessment or no key."""
    if assessment is None:
        return [float("nan")] * len(keys), [""] * len(keys)
    tables = tables_of(assessment)
    require_area(area, tables)
    values = [measure_value(tables, area, key) if key else float("nan") for key in keys]
    periods = [
        covered_period(tables, area, key) if key and value == value else ""
        for key, value in zip(keys, values, strict=True)
    ]
    return values, periods


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
    text, facts, faults = read_sheet(path, sheet=sheet)
    unknown = [label for label in facts if label not in (*_LABELS, "agency")]
    if unknown:
        warnings.warn(
            f"{text.file!r} has {len(unknown)} lines above its table that are not kept, such as {unknown[:3]}.",
            DataWarning,
            stacklevel=2,
        )
    own = require_agencies([*facts.get("agency", []), *agencies])
    about = _about(facts, marking, text.file)
    settings = _settings(facts, area, own, text.file)
    renamed = dataclasses.replace(text, frame=text.frame.rename(columns=tidy))
    return Plan(
        table=checked_actions(renamed, agencies=own, day_first=day_first, faults=faults), settings=settings, about=about
    )


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
    if year and not year.isdecimal():
        raise SchemaError(f"{file!r} has the boundary year {year!r}. Write it as 2025.")
    said = About(
        period=AssessmentPeriod(month[0], month[-1]) if month[0] else None,
        boundary_year=int(year) if year else None,
        sources=tuple(facts.get("source", [])),
        marking=stated[0].upper() if stated else str(marking),
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


def _day(value: object, name: str = "on") -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if not isinstance(value, dt.date):
        raise ParameterError(f"`{name}` is {value!r}; give a date, such as datetime.date(2026, 10, 31).")
    return value


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of the month some months later, or that month's last day.

    Examples
    --------
    >>> months_after(dt.date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
