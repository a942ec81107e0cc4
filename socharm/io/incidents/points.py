"""Incidents as distinct weighted points, for surfaces and other work that needs no areas."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from socharm._about import AssessmentPeriod
from socharm._columns import OFFENCE, PERIOD, N, to_period
from socharm.errors import ParameterError, SchemaError
from socharm.io.areas import require_areas
from socharm.io.crs import BRITISH_NATIONAL_GRID, parse_crs, require_metric, require_same_crs, transformer
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.count import mark_copies
from socharm.io.incidents.gather import gather
from socharm.io.incidents.losses import WARN_SHARE, reasons_named
from socharm.io.incidents.places import PLACE_KINDS
from socharm.io.incidents.policeuk import file_source
from socharm.io.incidents.reading import as_period
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.resolve import located_points, text_tables, with_texts
from socharm.io.incidents.sources import found_period, left_out_positions
from socharm.io.metres import require_true_scale_at

__all__ = ["incident_points", "metric_crs", "points_and_losses"]


def incident_points(
    incidents: Incidents,
    *,
    crs: Any = None,
    period: AssessmentPeriod | tuple[str, str] | str | None = None,
    without: Collection[str] = (),
) -> pd.DataFrame:
    """Distinct locations with the incidents recorded there, by offence and month.

    Parameters
    ----------
    incidents : Incidents
        From `read_incidents`, with coordinates.
    crs : CRS, optional
        Metric system of the result; by default as `metric_crs` says.
    period : AssessmentPeriod or (first, last), optional
        Overrides the period of `incidents`; the months found when neither is given.
    without : collection of str
        Flags of incidents to leave out: ``"place:hospital"``, ``"place:*"``, or flags of an extract.

    Returns
    -------
    DataFrame
        ``x``, ``y`` (metres), ``offence``, ``period`` (monthly pandas Period), ``n`` (int64), sorted.
        The rows that `count_incidents` would set aside for their source, date, period or missing location,
        and whole-row copies, are left out; rows outside every area are not.

    Raises
    ------
    ParameterError
        The incidents carry area codes instead of coordinates.
    SchemaError
        No row has a location.
    CRSError
        `crs` is not metric, or is not made for the place of the incidents.
    """
    return points_and_losses(incidents, crs=crs, period=period, without=without)[0]


def points_and_losses(
    incidents: Incidents,
    *,
    crs: Any = None,
    period: AssessmentPeriod | tuple[str, str] | str | None = None,
    without: Collection[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The points of `incident_points`, and by offence what is not in them.

    Returns
    -------
    points, losses : DataFrame
        `losses` has the index ``offence`` and columns as `Counts.losses`: rows of the period, those with a date and a
        location (``used``, copies among them), and those without (``lost``). An offence without a point is there only.
    """
    if incidents.coordinates == "area_code":
        raise ParameterError("`incidents` carries area codes, not coordinates. A surface needs points.")
    system = metric_crs(incidents, crs=crs)
    gathered = gather(incidents)
    texts = text_tables(gathered.cells, file_source, incidents.settings)
    left_out = left_out_positions(texts.sources.names, incidents.settings.leave_out_sources)
    chosen = as_period(period) or incidents.about.period or found_period(gathered.cells, texts, left_out)
    wanted = set(chosen.months)
    inside = [position for position, month in enumerate(texts.months.names) if month in wanted]
    _, marks = located_points(gathered.cells)
    flagged = _flagged(without)
    places = marks.filter("located").select("x", "y").with_row_index("point")

    def asked(frame: pl.DataFrame) -> pl.DataFrame:
        frame = with_texts(frame.filter(~flagged), texts).join(places, on=["x", "y"], how="left")
        frame = frame.filter(~pl.col("source").is_in(left_out))
        return frame.filter(pl.col("period").is_in(inside) | pl.col("period").is_null())

    def located(frame: pl.DataFrame) -> pl.DataFrame:
        found = frame.filter(pl.col("period").is_not_null() & pl.col("point").is_not_null())
        return found.with_columns(reason=pl.lit(0, pl.UInt8))

    if not places.height:
        raise SchemaError("No row has coordinates that can be read as numbers. Check the columns of `columns=`.")
    copies = mark_copies(located(asked(gathered.repeated)), "whole-row").filter(pl.col("reason") > 0)
    keys = ["point", OFFENCE, PERIOD]
    rows = asked(gathered.cells)
    cells = located(rows).select(*keys, pl.col("n").cast(pl.Int64))
    net = pl.concat([cells, copies.select(keys).with_columns(n=pl.lit(-1, pl.Int64))])
    sums = net.group_by(keys).agg(pl.col("n").sum()).filter(pl.col("n") > 0)
    table = sums.sort(keys).to_pandas()
    _require_home(incidents.coordinates, system, places)
    x, y = transformer(incidents.coordinates, system).apply(places["x"].to_numpy(), places["y"].to_numpy())
    table.insert(0, "x", x[table["point"].to_numpy()])
    table.insert(1, "y", y[table["point"].to_numpy()])
    table[OFFENCE] = pd.Series(np.asarray(texts.offences.names, dtype=object)[table[OFFENCE]], dtype="str")
    table[PERIOD] = to_period(pd.Index(texts.months.names))[table[PERIOD]]
    reached = np.isfinite(table["x"]) & np.isfinite(table["y"])
    result: pd.DataFrame = (
        table.loc[reached, ["x", "y", OFFENCE, PERIOD, N]].astype({N: "int64"}).reset_index(drop=True)
    )
    return result, _losses(rows, texts.offences.names)


def _losses(rows: pl.DataFrame, offences: list[str]) -> pd.DataFrame:
    """Rows by offence, and how many of them have no date or no location."""
    n, dateless = pl.col("n").cast(pl.Int64), pl.col("period").is_null()
    nowhere = pl.col("point").is_null() & ~dateless
    sums = (
        rows.group_by(OFFENCE)
        .agg(n.sum().alias(N), n.filter(dateless).sum().alias("no_date"), n.filter(nowhere).sum().alias("nowhere"))
        .sort(OFFENCE)
        .to_pandas()
    )
    index = pd.Index(np.asarray(offences, dtype=object)[sums[OFFENCE]], dtype="str", name=OFFENCE)
    table = sums[[N]].set_axis(index)
    lost = (sums["no_date"] + sums["nowhere"]).to_numpy()
    table["used"], table["lost"] = table[N] - lost, lost
    table["share_lost"] = table["lost"] / table[N]
    table["reason"] = reasons_named(
        sums.set_axis(index)[["no_date", "nowhere"]].set_axis([acc.DATE, acc.NO_LOCATION], axis=1)
    )
    table["lost_here"] = table["lost"].astype(float)
    table["named"] = table["share_lost"] > WARN_SHARE
    return table


def metric_crs(incidents: Incidents, *, crs: Any = None, areas: pd.DataFrame | None = None) -> str:
    """Metric system for the points of incidents: that of the areas, else the one given, else the incidents' own.

    Parameters
    ----------
    incidents : Incidents
    crs : CRS, optional
    areas : GeoDataFrame, optional

    Returns
    -------
    str
        The British National Grid where neither is given and the incidents carry longitude and latitude.

    Raises
    ------
    CRSError
        The system is not in metres, or `crs` is not that of `areas`.
    """
    if areas is not None:
        require_areas(areas)
        if crs is not None:
            require_same_crs(crs, areas.crs, names=("crs", "areas"), remedy="Leave `crs` out: the areas state it.")
        return parse_crs(areas.crs).to_string()
    if crs is not None:
        return require_metric(crs).to_string()
    own = parse_crs(incidents.coordinates, name="incidents.coordinates")
    if own.is_projected:
        return require_metric(
            own, name="incidents.coordinates", remedy="Give `crs=`, the metric system to work in, or `areas=`."
        ).to_string()
    return BRITISH_NATIONAL_GRID


def _require_home(source: str, target: str, places: pl.DataFrame) -> None:
    """Stop where the target is not made for the place of the incidents: abroad its metres are none."""
    x, y = places["x"].median(), places["y"].median()
    parsed = parse_crs(source)
    if not isinstance(x, float) or not isinstance(y, float) or parsed.geodetic_crs is None:
        return
    longitude, latitude = (float(value[0]) for value in transformer(parsed, parsed.geodetic_crs).apply(x, y))
    if np.isfinite(longitude) and np.isfinite(latitude):
        require_true_scale_at(target, longitude, latitude, name="incidents")


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
