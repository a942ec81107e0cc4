"""Records of the incident readers: `Incidents` (lazy) and `Counts` (integers by area, offence, month)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._record import Record
from socharm.errors import ParameterError
from socharm.io.missing import MISSING_WORDS

__all__ = ["CountSettings", "Counts", "IncidentSettings", "Incidents"]


@dataclass(frozen=True, kw_only=True)
class IncidentSettings:
    """Choices made when a source of incidents was opened.

    `date_format` and `day_first` are as stated; how the dates were found to be written stands with the counts.
    """

    layout: str
    date_basis: str = "recorded"
    columns: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    day_first: bool | None = None
    missing: tuple[str, ...] = tuple(sorted(MISSING_WORDS))
    thousands: str | None = None
    leave_out_sources: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Incidents:
    """Recorded incidents, one row each, not yet read.

    Attributes
    ----------
    frame : lazy frame (polars, or any lazy frame that narwhals understands)
        Columns by one meaning each: ``crime_id``, ``date`` and ``offence`` (as they stand; dates
        become months and labels canonical keys when counted, once per distinct text), ``location``,
        ``source``, ``file``, ``place`` (number of the kind of place, see `places.place_name`),
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
    batches : tuple of lazy frames
        `frame` in parts of a few files each, where it is large; read one after the other.
    """

    frame: Any
    coordinates: str
    flags: tuple[str, ...]
    files: tuple[str, ...]
    settings: IncidentSettings
    about: About
    ignored: tuple[str, ...] = ()
    origin: tuple[Any, ...] = ()
    batches: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        period = self.about.period or "every month found"
        return (
            f"<Incidents>\n  source: {len(self.files)} file(s), {self.settings.layout}\n  period: {period}\n"
            f"  marking: {self.about.marking}\n  nothing is read until it is counted"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(repr(self))}</pre>"


@dataclass(frozen=True, kw_only=True)
class CountSettings:
    """Choices made when incidents were counted by area, offence and month.

    `date_format` says how the dates were written: as stated, or as found from the whole column. `left_out` names
    what the caller left out of a table of counts.
    """

    by: str = "month"
    date_format: str = ""
    left_out: tuple[str, ...] = ()
    duplicates: str = "whole-row"
    minimum_coverage: float = 0.5
    minimum_delivery: float = 0.3
    partly_delivered: float = 0.5
    judged_from_rows: int = 20
    leave_out_sources: tuple[str, ...] = ()
    boundary_rule: str = ""
    transformation: str = ""
    transformation_accuracy_m: float | None = None


def _no_deliveries() -> pd.DataFrame:
    kinds = {"source": "str", PERIOD: "period[M]", "rows": "int64", "usual": "int64", "share": "float64"}
    return pd.DataFrame({name: [] for name in (*kinds, "delivery")}).astype({**kinds, "delivery": "str"})


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
    """

    table: pd.DataFrame
    areas: pd.DataFrame
    coverage: pd.DataFrame
    sources: pd.DataFrame
    accounting: pd.DataFrame
    facts: pd.DataFrame
    flagged: pd.DataFrame
    settings: CountSettings
    about: About
    deliveries: pd.DataFrame = field(default_factory=_no_deliveries)
    _title: ClassVar[str] = "Counts"

    @property
    def rows_read(self) -> int:
        """Rows read: rows used and rows set aside."""
        return int(self.accounting["rows"].sum())

    @property
    def offences(self) -> list[str]:
        """Offence labels that occur, sorted."""
        return sorted(self.table[OFFENCE].unique())

    @property
    def share_covered(self) -> pd.Series:
        """Share of the period's months that were covered, by area."""
        return self.coverage.mean(axis=1).rename("share_covered")

    def total(self) -> pd.Series:
        """Incidents by area over the covered months; missing where nothing was covered."""
        sums = self.table.groupby(self.table[AREA], observed=True)[N].sum()
        return sums.reindex(self.areas.index).astype("Int64").rename(N)

    def between(self, first: str, last: str) -> Counts:
        """The counts of some of the months; rows of the others stand in the accounting as set aside.

        Parameters
        ----------
        first, last : str
            Months as ``YYYY-MM``, both included.

        Raises
        ------
        ParameterError
            A month is not written so, or lies outside the counts.
        """
        period = AssessmentPeriod(first, last)
        months = [month for month in self.coverage.columns if first <= str(month) <= last]
        if len(months) != period.n_months:
            raise ParameterError(
                f"The months {period} are not all in the counts, which hold {self.coverage.columns[0]} to "
                f"{self.coverage.columns[-1]}. Choose months within them."
            )
        table = self.table[self.table[PERIOD].isin(months)].reset_index(drop=True)
        outside = int(self.table[N].sum() - table[N].sum())
        rows = self.accounting["rows"].copy()
        rows["used"] = int(rows["used"]) - outside
        rows[f"outside {period}"] = outside
        return replace(
            self,
            table=table,
            coverage=self.coverage[months],
            sources=self.sources[[month for month in self.sources.columns if month in months]],
            accounting=rows.astype("int64").rename_axis("reason").to_frame(),
            flagged=self.flagged[self.flagged[PERIOD].isin(months)].reset_index(drop=True),
            deliveries=self.deliveries[self.deliveries[PERIOD].isin(months)].reset_index(drop=True),
            about=replace(self.about, period=period),
        )

    def _summary(self) -> dict[str, str]:
        used = int(self.accounting["rows"].get("used", 0))
        gaps = int((~self.coverage).to_numpy().sum())
        return {
            "areas": f"{len(self.areas):,}",
            "offences": f"{self.table[OFFENCE].nunique()}",
            "months": f"{self.table[PERIOD].nunique()}",
            "rows": f"{self.rows_read:,} read, {used:,} used, {self.rows_read - used:,} set aside",
            "not covered": f"{gaps:,} area-months",
        }
