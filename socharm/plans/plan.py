"""The 4P plan: actions with owners, dates and measures, which partners edit in a spreadsheet."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OneOf
from socharm._record import Record
from socharm._words import number_of
from socharm.documents.arguments import require_path
from socharm.errors import DataWarning, ParameterError
from socharm.io.roles import require_role
from socharm.io.tabular import TableRules, read_table
from socharm.plans.dates import require_day
from socharm.plans.library import STRANDS, agency_names, require_agencies
from socharm.plans.measures import caution_about, measures_of, parse_measure_key, unit_of
from socharm.plans.plan_file import read_sheet, write_sheet
from socharm.plans.plan_lines import LABELS, about_from, facts_of, require_one, settings_from
from socharm.plans.plan_settings import PlanSettings
from socharm.plans.plan_table import ACTION_ID, PHASES, checked_actions, tidy
from socharm.plans.progress import progress_of
from socharm.plans.seal import holds_seal, seal_of
from socharm.plans.states import DRAFT, STATES, DocumentState, next_state
from socharm.snapshot.assessment import Assessment, tables_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Plan", "read_plan"]

_CLOSED: Final = ("done", "stopped")


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Record):
    """A 4P plan for one area.

    Attributes
    ----------
    table : DataFrame
        Index ``action_id``; ``p``, ``threat`` (keys, or ``all``), ``action``, ``owner``, ``agency``, ``power``,
        ``phase`` (Clear, Hold, Build, or blank), ``start``, ``due``; ``output``, ``output_unit``, ``output_baseline``,
        ``output_target`` and ``output_note`` (what partners count, by the month); ``measure``, ``measure_key``,
        ``unit``, ``baseline``, ``baseline_period``, ``target``, ``target_period``, ``target_reason`` and
        ``smallest_change`` (the outcome; sums by the month); ``review``, ``status``, ``notes``, ``source``; then
        columns that partners added. Blank text is ``""``, a blank number missing, a blank date None.
    settings : PlanSettings
    """

    __made_by__ = ("seed_plan", "read_plan")

    table: pd.DataFrame
    settings: PlanSettings
    about: About

    @property
    def state(self) -> str:
        """Draft, or by which role it was reviewed or approved, and when; and whether it was changed since."""
        last = self.settings.states[-1] if self.settings.states else DRAFT
        return str(last) if holds_seal(last.seal, self.table) else f"{last}; changed since"

    @property
    def is_draft(self) -> bool:
        """Whether nobody has reviewed the plan as it is."""
        states = self.settings.states
        return not states or states[-1].state == "draft" or not holds_seal(states[-1].seal, self.table)

    @checked
    def with_state(self, state: Annotated[str, OneOf(*STATES)], *, role: str, on: dt.date) -> Plan:
        """The plan with a review, an approval, or a return to draft.

        Parameters
        ----------
        state : {"draft", "reviewed", "approved"}
        role : str
            The role that answers for it, such as ``"head of community safety"``; never a person's name.
        on : date

        Raises
        ------
        ParameterError
            Approved before it was reviewed, or a day before that of the state before.
        RefusedError
            The role looks like a person.

        Notes
        -----
        A review or an approval holds for the plan as it was: where an action, an owner, a date or a measure is changed
        later, `state` says so. Statuses and notes can be kept up, and rows sorted.
        """
        seal = "" if state == "draft" else seal_of(self.table)
        new = DocumentState(state=state, role=require_role(role), on=require_day(on), seal=seal)
        states = next_state(self.settings.states, new)
        return dataclasses.replace(self, settings=dataclasses.replace(self.settings, states=states))

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
            ``target``, ``target_period``, ``smallest_change``, ``value`` and ``value_period`` (from `later`; missing
            without), ``caution``. Sums are by the month, so that months of any number compare.

        Raises
        ------
        ParameterError
            `later` does not hold the plan's area.

        Notes
        -----
        Whether a difference is more than chance is not judged here: `progress` does.
        """
        rows = self.table[(self.table["measure"] != "") | (self.table["measure_key"] != "")]
        keys = [parse_measure_key(key) if key else None for key in rows["measure_key"]]
        unit = self.settings.rate_unit
        # A plan of an earlier version states sums whole, and says no unit.
        whole = (rows["unit"] == "") & rows["baseline"].notna()
        values, periods = measures_of(later, self.settings.area, keys, monthly=[not part for part in whole])
        units = [
            stated or (unit_of(key, unit, monthly=not part) if key else "")
            for stated, key, part in zip(rows["unit"], keys, whole, strict=True)
        ]
        return pd.DataFrame(
            {
                "measure": rows["measure"],
                "computed_by": pd.Series(
                    ["assessment" if key else "partners" for key in keys], rows.index, dtype="str"
                ),
                "measure_key": rows["measure_key"],
                "unit": pd.Series(units, rows.index, dtype="str"),
                "baseline": rows["baseline"],
                "baseline_period": rows["baseline_period"],
                "target": rows["target"],
                "target_period": rows["target_period"],
                "smallest_change": rows["smallest_change"],
                "value": pd.Series(values, rows.index, dtype=float),
                "value_period": pd.Series(periods, rows.index, dtype="str"),
                "caution": pd.Series([caution_about(key) if key else "" for key in keys], rows.index, dtype="str"),
            }
        )

    @checked
    def progress(self, later: Assessment | AssessmentTables) -> pd.DataFrame:
        """Judge each measure against a later assessment: met, on course, or not to be told from chance yet.

        Parameters
        ----------
        later : Assessment or AssessmentTables

        Returns
        -------
        DataFrame
            Index ``action_id``, actions with a measure only; ``measure``, ``unit``, ``baseline``, ``baseline_period``,
            ``now``, ``now_period``, ``target``, ``target_period``, ``smallest_change``; ``change`` (now over the
            baseline, less one) with ``change_low_95`` and ``change_high_95``; ``standing``: ``"met"`` (the target is
            reached, by a change beyond chance), ``"on course"`` (changed towards it beyond chance), ``"cannot be told
            yet"``, and when its months are over ``"fell short"`` (changed beyond chance, by too little) or ``"not
            shown"``; ``"against the aim"`` (changed beyond chance the other way), ``"not judged"``; and ``says``, the
            same in words, with what is needed to show by when or why it is not judged.

        Raises
        ------
        ParameterError
            `later` does not hold the plan's area.

        Notes
        -----
        Of monthly counts only, against chance and the variation over months that such counts have; what changed in all
        areas alike is not taken off. Months of the year other than the baseline's tell nothing: a whole year on both
        sides does, or the same months.

        References
        ----------
        Brown, L. D., Cai, T. T. and DasGupta, A. (2001), Interval estimation for a binomial proportion, Statistical
        Science 16, 101-133, for Jeffreys' interval of the share of the later cases among all.
        """
        return progress_of(self.measures(later), tables_of(later), self.settings)

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
    def save(self, path: str | os.PathLike[str], *, replace: bool = False) -> None:
        """Write the plan for partners to edit; `read_plan` reads it back without loss.

        Parameters
        ----------
        path : str or path
            ``.xlsx`` or ``.csv``. The first line is the marking.
        replace : bool
            Write over a workbook in which people put comments, pictures or charts, which are lost then.

        Raises
        ------
        ParameterError
            Another extension.
        RefusedError
            A workbook is there already that holds sheets which socharm did not write, or comments, pictures or charts
            (unless `replace`): they would be lost.
        SchemaError
            What is there already is no workbook.
        StoreError
            The file cannot be written; an existing one stays as it was.

        Notes
        -----
        In a workbook text is text and never a formula. In CSV a text that begins with ``= + - @`` gets one ``'`` in
        front, which the reader takes off.
        """
        agencies = agency_names(self.settings.agencies)
        stamp, threats = self.settings.start, self.settings.threats
        write_sheet(
            self.table,
            facts_of(self.settings, self.about, self.table),
            path,
            agencies=agencies,
            stamp=stamp,
            threats=threats,
            replace=replace,
        )

    def _summary(self) -> dict[str, str]:
        counts = self.table["p"].value_counts()
        strands = ", ".join(f"{strand} {int(counts.get(strand, 0))}" for strand in STRANDS)
        unowned = int((self.table["owner"] == "").sum())
        return {
            "state": self.state,
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
    require_one(facts, text.file)
    unknown = [label for label in facts if label not in (*LABELS, "agency")]
    if unknown:
        warnings.warn(
            f"{text.file!r} has "
            f"{number_of(len(unknown), 'line above its table that is', 'lines above its table that are')} not kept, "
            f"such as {unknown[:3]}.",
            DataWarning,
            stacklevel=2,
        )
    own = require_agencies((*facts.get("agency", []), *require_agencies(agencies)))
    about = about_from(facts, marking, text.file)
    settings = settings_from(facts, area, own, text.file)
    renamed = dataclasses.replace(text, frame=text.frame.rename(columns=tidy))
    return Plan(
        table=checked_actions(renamed, agencies=own, day_first=day_first, faults=faults), settings=settings, about=about
    )
