"""Incidents as distinct weighted points, for surfaces and other work that needs no areas."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import polars as pl

from socharm._about import AssessmentPeriod
from socharm._columns import OFFENCE, PERIOD, N, to_period
from socharm.errors import ParameterError, SchemaError
from socharm.io.crs import require_metric, transformer
from socharm.io.incidents.count import mark_copies
from socharm.io.incidents.gather import gather
from socharm.io.incidents.places import PLACE_KINDS
from socharm.io.incidents.policeuk import file_source
from socharm.io.incidents.reading import as_period
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.resolve import located_points, period_of, text_tables, with_texts

__all__ = ["incident_points"]


def incident_points(
    incidents: Incidents,
    *,
    crs: str = "EPSG:27700",
    period: AssessmentPeriod | tuple[str, str] | str | None = None,
    without: Collection[str] = (),
) -> pd.DataFrame:
    """Distinct locations with the incidents recorded there, by offence and month.

    Parameters
    ----------
    incidents : Incidents
        From `read_incidents`, with coordinates.
    crs : str
        Metric CRS of the result.
    period : AssessmentPeriod or (first, last), optional
        Overrides the period of `incidents`; the months found when neither is given.
    without : collection of str
        Flags of incidents to leave out: ``"place:hospital"``, ``"place:*"``, or flags of an extract.

    Returns
    -------
    DataFrame
        ``x``, ``y`` (metres), ``offence``, ``period`` (monthly pandas Period), ``n`` (int64), sorted.
        The rows that `count_incidents` would set aside for their date, period or missing location,
        and whole-row copies, are left out; rows outside every area are not.

    Raises
    ------
    ParameterError
        The incidents carry area codes instead of coordinates.
    SchemaError
        No row has a location.
    CRSError
        `crs` is not metric.
    """
    if incidents.coordinates == "area_code":
        raise ParameterError("`incidents` carries area codes, not coordinates. A surface needs points.")
    require_metric(crs)
    gathered = gather(incidents)
    texts = text_tables(gathered.cells, file_source)
    wanted = set(period_of(texts, as_period(period) or incidents.about.period).months)
    inside = [position for position, month in enumerate(texts.months.names) if month in wanted]
    _, marks = located_points(gathered.cells)
    flagged = _flagged(without)
    places = marks.filter("located").select("x", "y").with_row_index("point")

    def located(frame: pl.DataFrame) -> pl.DataFrame:
        frame = with_texts(frame.filter(~flagged), texts).join(places, on=["x", "y"], how="inner")
        return frame.filter(pl.col("period").is_in(inside)).with_columns(reason=pl.lit(0, pl.UInt8))

    if not places.height:
        raise SchemaError("No row has coordinates that can be read as numbers. Check the columns of `columns=`.")
    copies = mark_copies(located(gathered.repeated), "whole-row").filter(pl.col("reason") > 0)
    keys = ["point", OFFENCE, PERIOD]
    cells = located(gathered.cells).select(*keys, pl.col("n").cast(pl.Int64))
    net = pl.concat([cells, copies.select(keys).with_columns(n=pl.lit(-1, pl.Int64))])
    sums = net.group_by(keys).agg(pl.col("n").sum()).filter(pl.col("n") > 0)
    table = sums.sort(keys).to_pandas()
    x, y = transformer(incidents.coordinates, crs).apply(places["x"].to_numpy(), places["y"].to_numpy())
    table.insert(0, "x", x[table["point"].to_numpy()])
    table.insert(1, "y", y[table["point"].to_numpy()])
    table[OFFENCE] = pd.Series(np.asarray(texts.offences.names, dtype=object)[table[OFFENCE]], dtype="str")
    table[PERIOD] = to_period(pd.Index(texts.months.names))[table[PERIOD]]
    reached = np.isfinite(table["x"]) & np.isfinite(table["y"])
    result: pd.DataFrame = (
        table.loc[reached, ["x", "y", OFFENCE, PERIOD, N]].astype({N: "int64"}).reset_index(drop=True)
    )
    return result


def _flagged(names: Collection[str]) -> pl.Expr:
    """Whether an incident carries one of some flags."""
    kinds = list(PLACE_KINDS)
    found = pl.lit(value=False)
    for name in names:
        kind = name.removeprefix("place:")
        if name == "place:*":
            found = found | (pl.col("place") > 0)
        elif name.startswith("place:"):
            found = found | (pl.col("place") == (kinds.index(kind) + 1 if kind in kinds else len(kinds) + 1))
        else:
            found = found | (pl.col(f"flag_{name}") > 0).fill_null(value=False)
    return found
