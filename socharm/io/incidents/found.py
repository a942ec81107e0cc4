"""Rows as they were found: by reason, offence, month and source, and as samples for messages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl

from socharm._about import AssessmentPeriod
from socharm._columns import OFFENCE, PERIOD, N, to_period
from socharm.io.first_area import OUTSIDE
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.codes import tell_matched
from socharm.io.incidents.file_dates import as_written
from socharm.io.incidents.headings import heading_rows
from socharm.io.incidents.locate import LocatedIncidents
from socharm.io.incidents.located import LOCATION, NOWHERE
from socharm.io.incidents.losses_told import Telling, shown_text
from socharm.io.incidents.misplaced import explain_misplaced
from socharm.io.incidents.resolve import TextTables

__all__ = ["FoundRows", "breakdown_of"]


def breakdown_of(
    cells: pl.DataFrame, copies: pl.DataFrame, texts: TextTables, headings: Mapping[str, int]
) -> pd.DataFrame:
    """Rows by reason, offence, month and source; a copy moves from "used" to its reason."""
    keys = ["reason", OFFENCE, "period", "source"]
    aside = copies.select(*keys, -pl.col("n"))
    taken = copies.with_columns(reason=pl.lit(0, pl.UInt8)).select(*keys, "n")
    sums = pl.concat([cells.select(*keys, "n"), aside, taken]).group_by(keys).agg(pl.col("n").sum()).to_pandas()
    # Position -1, of a date that cannot be parsed, is the missing month at the end.
    months = to_period(pd.Index(texts.months.names)).append(pd.PeriodIndex([pd.NaT], freq="M"))
    at = sums["period"].fillna(-1).to_numpy(dtype=np.int64)
    offences, sources = (np.asarray(labels.names, dtype=object) for labels in (texts.offences, texts.sources))
    rows = pd.DataFrame(
        {
            "reason": np.asarray(acc.REASONS, dtype=object)[sums["reason"].to_numpy()],
            OFFENCE: offences[sums[OFFENCE].to_numpy()],
            PERIOD: months[at],
            "source": sources[sums["source"].to_numpy()],
            "rows": sums["n"],
            N: sums["n"],
        }
    )
    apart = pd.DataFrame(heading_rows(headings), columns=rows.columns).astype({PERIOD: "period[M]"})
    return acc.breakdown_table(pd.concat([rows, apart], ignore_index=True) if headings else rows)


@dataclass(frozen=True)
class FoundRows:
    """The rows as they stand, for samples in messages; looked at only where there is something to tell."""

    located: LocatedIncidents
    period: AssessmentPeriod

    def matched(self) -> int:
        """Rows whose area code is written otherwise than the area's; warns of them."""
        found, cells = self.located.placed.matched, self.located.cells
        if found is None or not (found.changed or found.ambiguous):
            return 0
        changed = cells.locations["area_code"].is_in(found.changed).fill_null(value=False)
        rows = cells.rows_at(changed.arg_true())
        tell_matched(found, rows, stacklevel=5)
        return rows

    def telling(self) -> Telling:
        """Samples of what was found, and what is known of points outside."""
        coordinates = self.located.incidents.coordinates
        samples = {acc.DATE: self._dates, acc.NO_LOCATION: self._nowhere, acc.OUTSIDE_AREAS: self._outside}
        if coordinates == "area_code":
            return Telling(samples=samples)

        def misplaced() -> str:
            at = self._placed(OUTSIDE)
            x, y, n = (at[column].to_numpy() for column in ("x", "y", "n"))
            return explain_misplaced(x, y, n, crs=coordinates, areas=cast(gpd.GeoDataFrame, self.located.areas))

        return Telling(samples=samples, known={acc.OUTSIDE_AREAS: misplaced})

    def _dates(self) -> list[str]:
        cells, dates = self.located.cells, self.located.cells.texts.dates
        unread = dates["period"].is_null().arg_true()
        rows = cells.table.filter(pl.col("date").is_in(unread.implode())).select("date", "n")
        found = self._most(rows.with_columns(date=dates["text"].gather(rows["date"])), ["date"])
        return [shown_text(row["date"] and as_written(row["date"])) for row in found.iter_rows(named=True)]

    def _nowhere(self) -> list[str]:
        found = self._most(self._placed(NOWHERE), list(self.located.cells.keys))
        return list(dict.fromkeys(self._shown(row) for row in found.iter_rows(named=True)))

    def _outside(self) -> list[str]:
        found = self._most(self._placed(OUTSIDE), list(self.located.cells.keys))
        return [self._shown(row) for row in found.iter_rows(named=True)]

    def _placed(self, area: int) -> pl.DataFrame:
        """Distinct places with one outcome, and their rows of the period."""
        cells = self.located.cells
        inside = [at for at, month in enumerate(cells.texts.months.names) if month in set(self.period.months)]
        months = cells.texts.dates["period"].is_in(inside).fill_null(value=False).arg_true()
        places = (self.located.placed.table["area"] == area).arg_true()
        rows = cells.table.filter(pl.col("date").is_in(months.implode()) & pl.col(LOCATION).is_in(places.implode()))
        sums = rows.group_by(LOCATION).agg(pl.col("n").cast(pl.Int64).sum()).sort(LOCATION)
        return cells.where(sums).drop(LOCATION)

    def _most(self, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
        sums = frame.group_by(keys).agg(pl.col("n").cast(pl.Int64).sum())
        return sums.sort("n", *keys, descending=[True, *[False] * len(keys)], nulls_last=True).head(3)

    def _shown(self, row: dict[str, Any]) -> str:
        if "area_code" in row:
            return "blank" if row["area_code"] is None else repr(row["area_code"][:24])
        x, y = row["x"], row["y"]
        if x is None or y is None or not math.isfinite(x + y):
            return "blank or no number"
        return f"({x:g}, {y:g})"
