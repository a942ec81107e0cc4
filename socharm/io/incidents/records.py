"""Records of the incident readers: `Incidents` (lazy) and `Counts` (integers by area, offence, month)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, cast

import pandas as pd

from socharm._about import About, as_period
from socharm._arguments import check_fields, checked
from socharm._checks import require_choice, require_columns
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.coverage import coverage_note
from socharm.io.incidents.losses import LossRule, losses_by_offence, offences_of_period
from socharm.io.incidents.losses_told import loss_note
from socharm.io.incidents.record_hashes import RecordHashes
from socharm.io.incidents.settings import (
    CountFindings,
    CountSettings,
    IncidentFindings,
    IncidentSettings,
    Period,
    TableCountSettings,
)

__all__ = ["Counts", "Incidents"]


@dataclass(frozen=True, eq=False, repr=False)
class Incidents:
    """Recorded incidents, one row each, not yet read.

    Attributes
    ----------
    frame : lazy frame (polars, or any lazy frame that narwhals understands)
        Columns by one meaning each: ``crime_id``, ``date`` and ``offence`` (as they stand; dates
        become months and labels canonical keys when counted, once per distinct text), ``location``,
        ``source``, ``file``, ``place`` (number of the kind of place, see `places.place_codes`),
        ``x`` and ``y`` or ``area_code``, one column per flag (``flag_<name>``, 0 or 1), and the row
        as it stands in the file (``row:<column>``), to recognise whole-row copies.
    coordinates : str
        CRS of ``x`` and ``y`` (``"EPSG:4326"``, ``"EPSG:27700"``), or ``"area_code"``.
    flags : tuple of str
    files : tuple of str
        Relative names of what will be read.
    ignored : tuple of str
        Files of a folder or an archive that hold something else and will not be read.
    origin : tuple
        What the heads of delimited files told, to explain a fault found later.
    batches : sequence of lazy frames
        `frame` in parts of a few files each, where it is large; read one after the other.
    """

    __made_by__ = ("read_incidents",)

    frame: Any
    coordinates: str
    flags: tuple[str, ...]
    files: tuple[str, ...]
    settings: IncidentSettings
    about: About
    findings: IncidentFindings
    ignored: tuple[str, ...] = ()
    origin: tuple[Any, ...] = ()
    batches: Sequence[Any] = ()

    def __post_init__(self) -> None:
        check_fields(self)

    def __repr__(self) -> str:
        period = self.about.period or "every month found"
        return (
            f"<Incidents>\n  source: {number_of(len(self.files), 'file')}, {self.findings.layout}\n  period: {period}\n"
            f"  marking: {self.about.marking}\n  nothing is read until it is counted"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(repr(self))}</pre>"


def _no_deliveries() -> pd.DataFrame:
    kinds = {"source": "str", PERIOD: "period[M]", "rows": "int64", "usual": "int64", "share": "float64"}
    return pd.DataFrame({name: [] for name in (*kinds, "delivery")}).astype({**kinds, "delivery": "str"})


_NO_ROWS: Final = pd.DataFrame({name: [] for name in ("reason", OFFENCE, PERIOD, "source", "rows", N)})


@dataclass(frozen=True, eq=False, repr=False)
class Counts(Record):
    """Counts of incidents by area, offence and month.

    Attributes
    ----------
    table : DataFrame
        ``area_code`` (str), ``offence`` (canonical key), ``period`` (monthly pandas Period), ``n``
        (int64). Complete over areas x offences x *covered* months: an area-month that was not
        covered has no rows, it is not zero. Sorted by area, offence, period.
    areas : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force`` (missing where not known). Every area,
        covered or not.
    coverage : DataFrame of bool
        Index ``area_code``, one column per month of the assessment period (pandas Period).
    sources : DataFrame
        Rows read by source (file or reporting force) x month.
    accounting : DataFrame
        Index ``reason`` ("used", then the reasons for setting rows aside in their order of
        precedence); column ``rows``. Its sum is the number of rows read.
    facts : DataFrame
        Index ``fact``; column ``rows``: rows used that deserve a note (near a boundary, repeated
        ids kept, without location text ...). These overlap; they are not part of the accounting.
    flagged : DataFrame
        ``area_code``, ``offence``, ``period``, ``flag``, ``n``: how many of the counted rows carry a
        flag: ``place:<kind>`` for places that generate reports (exclusive kinds), ``<name>`` for
        flags of an extract. Only non-zero rows.
    deliveries : DataFrame
        ``source``, ``period``, ``rows``, ``usual`` (rows of its usual month), ``share``, ``delivery``: "delivered",
        "partly", "not delivered", "nothing arrived" or "too few to judge", for every source and month of the period.
        Empty where counts were not made from rows.
    breakdown : DataFrame
        ``reason``, ``offence``, ``period`` (missing where the date cannot be parsed), ``source``, ``rows``, ``n``
        (incidents in them; the same number, but for tables of counts): the accounting by offence, month and source.
        Its rows by reason are `accounting`. Only non-zero rows; empty where counts were made by hand.
    records : RecordHashes, optional
        A number for each counted record, where `count_incidents` was asked to keep them.
    """

    __made_by__ = ("count_incidents", "counts_from_table")

    table: pd.DataFrame
    areas: pd.DataFrame
    coverage: pd.DataFrame
    sources: pd.DataFrame
    accounting: pd.DataFrame
    facts: pd.DataFrame
    flagged: pd.DataFrame
    settings: CountSettings | TableCountSettings
    about: About
    findings: CountFindings = field(default_factory=CountFindings)
    deliveries: pd.DataFrame = field(default_factory=_no_deliveries)
    breakdown: pd.DataFrame = field(default_factory=lambda: acc.breakdown_table(_NO_ROWS))
    records: RecordHashes | None = None
    _title: ClassVar[str] = "Counts"

    def __post_init__(self) -> None:
        """Whoever makes a record by hand, or replaces a part of one, is told of a part of the wrong kind."""
        super().__post_init__()
        self._whole_breakdown()

    def _whole_breakdown(self) -> pd.DataFrame:
        """The breakdown, which may have been changed where it stands: no number is made of a part of it."""
        require_columns(self.breakdown, ["reason", *acc.BREAKDOWN_KEYS, "rows", N], name="breakdown")
        return self.breakdown

    @property
    def rows_read(self) -> int:
        """Rows read: rows used and rows set aside."""
        return int(self.accounting["rows"].sum())

    @property
    def offences(self) -> list[str]:
        """Offence labels of the period, sorted, those of which no row was used among them; see `without_rows`."""
        return sorted({*map(str, self.table[OFFENCE].unique()), *offences_of_period(self._whole_breakdown())})

    @property
    def without_rows(self) -> list[str]:
        """Offences of the period whose every row was set aside, sorted: not counted, which is not zero."""
        counted = set(self.table[OFFENCE].unique())
        return [offence for offence in self.offences if offence not in counted]

    @property
    def losses(self) -> pd.DataFrame:
        """What each offence lost: index ``offence``; ``n``, ``used``, ``lost``, ``share_lost``, ``reason`` ...

        ``n`` are the incidents of the period that were used or lost for want of a date or place, or for a repeated id,
        ``reason`` is that of most of the lost ones, ``lost_here`` how many of them are taken to lie in the areas, and
        ``named`` whether the share is above ``settings.warn_share``. Where the file is of more places than the areas,
        what lies outside is no loss.
        """
        return losses_by_offence(self._whole_breakdown(), self._rule)

    @property
    def _rule(self) -> LossRule:
        return self.settings.rule

    @checked
    def accounting_by(self, key: str) -> pd.DataFrame:
        """Rows read by offence, month or source: one column for each reason; the sums are `accounting`.

        Parameters
        ----------
        key : {"offence", "period", "source"}
            Rows whose date cannot be parsed stand under a missing month.
        """
        require_choice(key, acc.BREAKDOWN_KEYS, name="key")
        return acc.accounting_by(self._whole_breakdown(), key)

    @property
    def share_covered(self) -> pd.Series:
        """Share of the period's months that were covered, by area."""
        return self.coverage.mean(axis=1).rename("share_covered")

    def total(self) -> pd.Series:
        """Incidents by area over the covered months; missing where nothing was covered."""
        sums = self.table.groupby(self.table[AREA], observed=True)[N].sum()
        return sums.reindex(self.areas.index).astype("Int64").rename(N)

    @checked
    def between(self, first: Period, last: str | None = None) -> Counts:
        """The counts of some of the months; rows of the others stand in the accounting as set aside.

        Parameters
        ----------
        first, last : str
            Months as ``YYYY-MM``, both included; or `first` alone, a period in any form that `count_incidents` takes.

        Raises
        ------
        ParameterError
            A month is not written so, or lies outside the counts.
        """
        period = as_period(first) if last is None else as_period((cast(str, first), last))
        assert period is not None  # only a period that is None is None
        months = [month for month in self.coverage.columns if period.start <= str(month) <= period.end]
        if len(months) != period.n_months:
            raise ParameterError(
                f"The months {period} are not all in the counts, which hold {self.coverage.columns[0]} to "
                f"{self.coverage.columns[-1]}. Choose months within them."
            )
        table = self.table[self.table[PERIOD].isin(months)].reset_index(drop=True)
        rows, breakdown = self._accounting_between(months, table, f"outside {period}")
        part = replace(
            self,
            table=table,
            coverage=self.coverage[months],
            sources=self.sources[[month for month in self.sources.columns if month in months]],
            accounting=rows.astype("int64").rename_axis("reason").rename("rows").to_frame(),
            breakdown=breakdown,
            flagged=self.flagged[self.flagged[PERIOD].isin(months)].reset_index(drop=True),
            deliveries=self.deliveries[self.deliveries[PERIOD].isin(months)].reset_index(drop=True),
            about=replace(self.about, period=period),
        )
        return replace(part, about=replace(part.about, coverage=part._note_within(self.about)))

    def _note_within(self, whole: About) -> str:
        """What did not arrive or was lost in these months, and what was said of the whole they were taken from."""
        if not whole.coverage:
            return ""
        unit = "rows" if len(self.deliveries) else "cells"
        own = (
            coverage_note(self.coverage, minimum=self.settings.minimum_coverage),
            loss_note(self.accounting, self.losses, self._rule, unit=unit),
            f"Of the counts of {whole.period}, from which these months are taken: {whole.coverage}",
        )
        return " ".join(text for text in own if text)

    def _accounting_between(
        self, months: list[Any], table: pd.DataFrame, reason: str
    ) -> tuple[pd.Series, pd.DataFrame]:
        """Accounting and breakdown when all months but some are set aside for a reason."""
        rows = self.accounting["rows"].copy()
        if self.breakdown.empty:
            outside = int(self.table[N].sum() - table[N].sum())
            rows["used"] = int(rows["used"]) - outside
            rows[reason] = outside
            return rows, self.breakdown
        parts = self.breakdown.copy()
        # Rows outside the period or the months that were chosen first, or of sources left out, stay so.
        within = parts["reason"].isin(acc.REASONS) & ~parts["reason"].isin((acc.OUTSIDE_PERIOD, acc.LEFT_OUT))
        moved = within & parts[PERIOD].notna() & ~parts[PERIOD].isin(months)
        parts.loc[moved, "reason"] = reason
        spread = parts[PERIOD].isna() & (parts["reason"] == acc.USED)
        if spread.any():  # a total of several months: its cell stays, with what of it falls into these months
            kept = table.groupby(OFFENCE, observed=True)[N].sum()
            parts.loc[spread, N] = parts.loc[spread, OFFENCE].map(kept).fillna(0).astype("int64")
        sums = parts.groupby("reason")["rows"].sum()
        names = list(dict.fromkeys([*map(str, rows.index), reason]))
        return sums.reindex(names, fill_value=0), acc.breakdown_table(parts)

    def _summary(self) -> dict[str, str]:
        used = int(self.accounting["rows"].get("used", 0))
        gaps = int((~self.coverage).to_numpy().sum())
        unused = self.without_rows
        named = f", and {len(unused)} without a used row: {', '.join(unused[:5])}" if unused else ""
        return {
            "areas": f"{len(self.areas):,}",
            "offences": f"{self.table[OFFENCE].nunique()}{named}",
            "months": f"{self.table[PERIOD].nunique()}",
            "rows": f"{self.rows_read:,} read, {used:,} used, {self.rows_read - used:,} set aside",
            "not covered": number_of(gaps, "area-month"),
        }
