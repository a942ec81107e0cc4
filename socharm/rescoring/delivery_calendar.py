"""Which months arrived and which of them the source changed since: a calendar of two assessments."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME, PERIOD, N
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of, period_words
from socharm.errors import AlignmentError, RefusedError, SchemaError
from socharm.io.forces import force_key
from socharm.io.incidents.delivery import DELIVERED, NOT_DELIVERED, NOTHING, PARTLY
from socharm.io.incidents.known_gaps import known_gaps
from socharm.snapshot.assessment import Assessment

__all__ = ["CalendarSettings", "DeliveryCalendar", "delivery_calendar"]

Rows = Literal["source", "area"]
_COLUMNS: Final = ["key", NAME, PERIOD, "assessment", "delivery", "number", "number_before", "change"]


@dataclass(frozen=True, kw_only=True)
class CalendarSettings(Settings):
    """Choices behind a calendar of deliveries."""

    by: Rows = setting("source", "a row for each source, such as a police force, or for each area", recipe=False)


@dataclass(frozen=True, eq=False, repr=False)
class DeliveryCalendar(Record):
    """Months of two assessments by source or area: whether they arrived, and whether the source changed them since.

    Attributes
    ----------
    table : DataFrame
        One row for each source, or area, and month: ``key`` (name of the source, or area code), ``name``, ``period``,
        ``assessment`` ("earlier", "later" or "both"), ``delivery`` (of a source as in the table ``deliveries``:
        "delivered", "partly", "not delivered", "nothing arrived", "too few to judge"; of an area "delivered" or "not
        delivered"), ``number`` (rows of the source, or crimes in the area, as counted last), ``number_before`` (as
        counted first; missing where the month was counted once), ``change`` (the one less the other).
    gaps : DataFrame
        Known gaps of police.uk that touch these months: of its sources, or of the forces of its areas. ``name``,
        ``from``, ``until``, ``open``, ``missing``, ``source`` as of `known_gaps`.
    periods : tuple of AssessmentPeriod
        Of the earlier and the later assessment.
    """

    __made_by__ = ("delivery_calendar",)

    table: pd.DataFrame
    gaps: pd.DataFrame
    periods: tuple[AssessmentPeriod, ...]
    settings: CalendarSettings
    about: About

    @property
    def changed(self) -> pd.DataFrame:
        """Rows whose number the source changed since."""
        return self.table[self.table["change"].fillna(0) != 0]

    @property
    def lacking(self) -> pd.DataFrame:
        """Rows whose month did not arrive, or in part."""
        return self.table[self.table["delivery"].isin([PARTLY, NOT_DELIVERED, NOTHING])]

    def _summary(self) -> dict[str, str]:
        again = int(self.table["number_before"].notna().sum())
        noun = self.settings.by
        return {
            "of": f"{number_of(self.table['key'].nunique(), noun)}, {number_of(self.table[PERIOD].nunique(), 'month')}",
            "did not arrive whole": f"{len(self.lacking):,} of {len(self.table):,}",
            "changed since": f"{len(self.changed):,} of {again:,} that were counted twice",
        }


@checked
def delivery_calendar(
    earlier: Assessment,
    later: Assessment,
    *,
    revised: Assessment | None = None,
    by: Rows = "source",
    settings: CalendarSettings | Mapping[str, Any] | None = None,
) -> DeliveryCalendar:
    """Months of two assessments: which arrived, and which the source changed since they were first counted.

    Parameters
    ----------
    earlier, later : Assessment
    revised : Assessment, optional
        The months of `earlier` counted again from the source as it is now, as `compare` takes it. Without it only
        months that are in both can have changed.
    by : {"source", "area"}
        A row for each source, such as a police force, or for each area.
    settings : CalendarSettings or mapping, optional
        Choices of another calendar, for what is not stated by keyword.

    Returns
    -------
    DeliveryCalendar

    Raises
    ------
    RefusedError
        The later assessment begins before the earlier one.
    SchemaError
        An assessment lacks the tables that say what arrived.
    AlignmentError
        `revised` is of other months than `earlier`.
    """
    chosen = CalendarSettings.of(settings)
    sides = [_months_of(each, chosen.by) for each in (earlier, later)]
    periods = tuple(AssessmentPeriod(*each.recipe.assessment.period) for each in (earlier, later))
    if periods[1].start < periods[0].start:
        raise RefusedError(
            f"The later assessment begins in {periods[1].start}, before the earlier one ({periods[0].start}). Swap the "
            "two."
        )
    if revised is not None and revised.recipe.assessment.period != earlier.recipe.assessment.period:
        counted, asked = (AssessmentPeriod(*each.recipe.assessment.period) for each in (revised, earlier))
        raise AlignmentError(
            f"`revised` is of {period_words(counted.start, counted.end)}, which are not the months of the earlier "
            f"assessment ({period_words(asked.start, asked.end)}). Run its recipe again."
        )
    newest = sides[1] if revised is None else pd.concat([sides[1], _months_of(revised, chosen.by)])
    newest = newest[~newest.index.duplicated()]
    table = _joined(sides[0], sides[1].index, newest)
    about = combine_about(later.about, earlier.about, unit="rows" if chosen.by == "source" else "crimes")
    return DeliveryCalendar(
        table=table,
        gaps=_gaps(table, (earlier, later), chosen.by),
        periods=periods,
        settings=chosen,
        about=dataclasses.replace(about, coverage=""),
    )


def _months_of(assessment: Assessment, by: Rows) -> pd.DataFrame:
    """Index ``key``, ``period``; ``name``, ``delivery``, ``number``, for the months of the period."""
    found = _of_sources(assessment) if by == "source" else _of_areas(assessment)
    months = AssessmentPeriod(*assessment.recipe.assessment.period).months
    found = found[found[PERIOD].astype(str).isin(months)]
    return found.set_index(["key", PERIOD])


def _of_sources(assessment: Assessment) -> pd.DataFrame:
    tables = assessment.tables
    name = next((one for one in ("deliveries", "sources") if one in tables and len(tables[one])), "")
    if not name:
        raise SchemaError(
            f"The assessment {assessment.path.name!r} has no table of what its sources sent. Use by='area', or run its "
            "recipe again."
        )
    table = tables[name]
    number = table["rows"].astype(float)
    state = table["delivery"] if name == "deliveries" else number.gt(0).map({True: DELIVERED, False: NOTHING})
    return pd.DataFrame(
        {"key": table["source"].astype(str), NAME: table["source"].astype(str), PERIOD: table[PERIOD],
         "delivery": state.astype(str), "number": number}
    )  # fmt: skip


def _of_areas(assessment: Assessment) -> pd.DataFrame:
    coverage, counts = (assessment.tables[name] for name in ("coverage", "counts"))
    sums = counts.groupby([AREA, PERIOD], observed=True)[N].sum()
    keys = pd.MultiIndex.from_frame(coverage[[AREA, PERIOD]])
    covered = coverage["covered"].astype(bool)
    names = assessment.tables["areas"][NAME].reindex(coverage[AREA])
    codes = coverage[AREA].astype(str)
    number = pd.Series(sums.reindex(keys).fillna(0).to_numpy(dtype=float), index=coverage.index)
    told = pd.Series(names.to_numpy(), index=coverage.index, dtype="object")
    return pd.DataFrame(
        {
            "key": codes,
            NAME: told.where(told.notna(), codes),
            PERIOD: coverage[PERIOD],
            "delivery": covered.map({True: DELIVERED, False: NOT_DELIVERED}),
            # A month that was not covered has no number; one without a crime has none of them.
            "number": number.where(covered),
        }
    )


def _joined(first: pd.DataFrame, second: pd.Index, newest: pd.DataFrame) -> pd.DataFrame:
    """Every month once: as it was counted last, beside the number that was counted first."""
    keys = first.index.union(second)
    table = newest.reindex(keys)
    lacks = table["delivery"].isna().to_numpy()
    table.loc[lacks, table.columns] = first.reindex(keys[lacks])
    twice = keys.isin(first.index) & keys.isin(newest.index)
    table["number_before"] = first["number"].reindex(keys).where(twice)
    table["change"] = table["number"] - table["number_before"]
    held = keys.isin(first.index), keys.isin(second)
    table["assessment"] = np.select([held[0] & held[1], held[0]], ["both", "earlier"], "later")
    return table.reset_index()[_COLUMNS].sort_values([NAME, "key", PERIOD], kind="stable", ignore_index=True)


def _gaps(table: pd.DataFrame, assessments: tuple[Assessment, Assessment], by: Rows) -> pd.DataFrame:
    """Known gaps of police.uk in these months, of the sources or of the forces of the areas."""
    layouts = {str((each.manifest.get("disclosure") or {}).get("layout", "")) for each in assessments}
    columns = [NAME, "from", "until", "open", "missing", "source"]
    if "police.uk" not in layouts or not len(table):
        return pd.DataFrame(columns=columns)
    names = {str(name) for name in table[NAME]} if by == "source" else set[str]()
    for each in assessments:
        names |= set(each.tables["areas"]["force"].dropna().astype(str))
        names |= set(each.tables["sources"]["source"].dropna().astype(str)) if by == "area" else set()
    span = str(table[PERIOD].min()), str(table[PERIOD].max())
    by_key = {force_key(name): name for name in sorted(names) if name.strip()}
    parts = [known_gaps(key, span).assign(**{NAME: name}) for key, name in sorted(by_key.items())]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return found.reindex(columns=columns).reset_index(drop=True)
