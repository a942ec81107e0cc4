"""Incidents as distinct weighted points, for surfaces and other work that needs no areas."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import polars as pl

from socharm._about import as_period
from socharm._arguments import checked
from socharm._columns import OFFENCE, PERIOD, N, to_period
from socharm._constraints import Crs
from socharm.errors import ParameterError, SchemaError
from socharm.io.areas import require_areas
from socharm.io.crs import BRITISH_NATIONAL_GRID, parse_crs, require_metric, require_same_crs, transformer
from socharm.io.incidents import accounting as acc
from socharm.io.incidents.count import mark_copies
from socharm.io.incidents.locate import LocatedIncidents, cells_of, source_of
from socharm.io.incidents.located import LOCATION, LocatedCells
from socharm.io.incidents.losses import STOP_SHARE, WARN_SHARE, LossRule, reasons_named
from socharm.io.incidents.losses_told import Telling, tell_losses
from socharm.io.incidents.places import PLACE_KINDS, require_flags
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.resolve import TextTables
from socharm.io.incidents.settings import Period
from socharm.io.incidents.sources import found_period, left_out_positions
from socharm.io.metres import look_like_degrees, require_metres, require_true_scale_at

__all__ = ["dated_points", "incident_points", "metric_crs", "points_and_losses"]

#: The rows carry a flag that `without` names.
FLAGGED: Final = "left out by a flag"
#: Number of each reason, `acc.USED` being 0 as `mark_copies` takes it.
_AT: Final = {reason: position for position, reason in enumerate((*acc.REASONS, FLAGGED))}
#: Reasons for which an offence loses rows; of equal shares the first is told.
_LOST: Final = (acc.NO_LOCATION, acc.DATE, acc.OUTSIDE_AREAS)


@checked
def incident_points(
    incidents: Incidents | LocatedIncidents,
    *,
    crs: Crs | None = None,
    period: Period | None = None,
    without: Collection[str] = (),
    accept: str | Iterable[str] = (),
    warn_share: float = WARN_SHARE,
    stop_share: float = STOP_SHARE,
) -> pd.DataFrame:
    """Distinct locations with the incidents recorded there, by offence and month.

    Parameters
    ----------
    incidents : Incidents or LocatedIncidents
        From `read_incidents` or `locate_incidents`, with coordinates.
    crs : CRS, optional
        Metric system of the result; by default as `metric_crs` says.
    period : AssessmentPeriod, (first, last) or another form of a period, optional
        Overrides the period of `incidents`; the months found when neither is given.
    without : collection of str
        Flags of incidents to leave out: ``"place:hospital"``, ``"place:*"``, or flags of an extract.
    accept, warn_share, stop_share : optional
        As in `count_incidents`: shares of rows set aside from which on a warning is given, and the reading stops.

    Returns
    -------
    DataFrame
        ``x``, ``y`` (metres), ``offence``, ``period`` (monthly pandas Period), ``n`` (int64), sorted.
        The rows that `count_incidents` would set aside for their source, date, period or missing location,
        and whole-row copies, are left out; rows outside every area are not. ``attrs["accounting"]`` gives the rows
        read by reason, "used" among them.

    Raises
    ------
    ParameterError
        The incidents carry area codes instead of coordinates, or a flag that is not known.
    SchemaError
        No row has a location, or more than `stop_share` of the rows would be set aside for one reason.
    CRSError
        `crs` is not metric, or is not made for the place of the incidents.
    """
    rule = LossRule.of(accept, warn_share, stop_share)
    points, losses, accounting = points_and_losses(incidents, crs=crs, period=period, without=without)
    losses["named"] = losses["share_lost"] > rule.warn_share
    tell_losses(accounting, losses, rule, Telling(), stacklevel=4)
    points.attrs["accounting"] = {str(reason): int(n) for reason, n in accounting["rows"].items()}
    return points


@checked
def dated_points(
    incidents: Incidents | LocatedIncidents,
    *,
    crs: Crs | None = None,
    period: Period | None = None,
    without: Collection[str] = (),
) -> pd.DataFrame:
    """Every incident with its place and its day, as `knox` and `near_repeat_chains` take them.

    Parameters
    ----------
    incidents : Incidents or LocatedIncidents
        From `read_incidents` or `locate_incidents`, with coordinates and days.
    crs : CRS, optional
        Metric system of the result; by default as `metric_crs` says.
    period : AssessmentPeriod, (first, last) or another form of a period, optional
        Overrides the period of `incidents`; the months found when neither is given.
    without : collection of str
        Flags of incidents to leave out, as of `incident_points`.

    Returns
    -------
    DataFrame
        One row for each incident: ``x``, ``y`` (metres), ``date`` (missing where the row states a month only),
        ``offence``; sorted. The rows that `incident_points` leaves out are left out, but for whole-row copies: two
        incidents of one kind, day and place are both there.

    Raises
    ------
    SchemaError
        The source states months only: a month is not a day. Or no row has a location.
    ParameterError
        The incidents carry area codes instead of coordinates, or a flag that is not known.
    CRSError
        As of `incident_points`.
    """
    source = source_of(incidents)
    system = metric_crs(source, crs=crs)
    require_flags(without, flags=source.flags, only_flags=True, name="without")
    cells = cells_of(incidents)
    if cells.resolution == "month":
        raise SchemaError(
            "`incidents` says the month of each incident and not its day: a month is not a day, and near repeats are a "
            "matter of days. Use a source with days, as a force's own extract has them; police.uk has months."
        )
    left_out = left_out_positions(cells.texts.sources.names, source.settings.leave_out_sources)
    chosen = as_period(period) or source.about.period or found_period(cells, left_out)
    places = _places(cells.locations, source.coordinates, system)
    rows = _Reasons(cells, places, frozenset(chosen.months), left_out, _flagged(without)).of(cells.table)
    used = rows.filter(pl.col("reason") == _AT[acc.USED]).select(LOCATION, "date", OFFENCE, N)
    each = used.select(pl.exclude(N).repeat_by(N).explode()) if used.height else used.drop(N)
    each = each.with_columns(
        x=places["x"].gather(each[LOCATION]), y=places["y"].gather(each[LOCATION]), date=cells.days.gather(each["date"])
    ).sort("date", "x", "y", OFFENCE)
    names = np.asarray(cells.texts.offences.names, dtype=object)
    return pd.DataFrame(
        {
            "x": each["x"].to_numpy(),
            "y": each["y"].to_numpy(),
            "date": pd.Series(each["date"].cast(pl.Datetime("ms")).to_numpy()),
            OFFENCE: pd.Series(names[each[OFFENCE].to_numpy()], dtype="str"),
        }
    )


def points_and_losses(
    source: Incidents | LocatedIncidents,
    *,
    crs: Any = None,
    period: Period | None = None,
    without: Collection[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The points of `incident_points`, by offence what is not in them, and every row read by its reason.

    Returns
    -------
    points, losses, accounting : DataFrame
        `losses` has the index ``offence`` and columns as `Counts.losses`: rows of the period, those with a date and a
        location (``used``, copies among them), and those without (``lost``); which of them to name is the caller's. An
        offence without a point is there only.
        `accounting` has the index ``reason`` and the column ``rows``, as `Counts.accounting`.
    """
    incidents = source_of(source)
    system = metric_crs(incidents, crs=crs)
    require_flags(without, flags=incidents.flags, only_flags=True, name="without")
    cells = cells_of(source)
    left_out = left_out_positions(cells.texts.sources.names, incidents.settings.leave_out_sources)
    chosen = as_period(period) or incidents.about.period or found_period(cells, left_out)
    places = _places(cells.locations, incidents.coordinates, system)
    reasons = _Reasons(cells, places, frozenset(chosen.months), left_out, _flagged(without))
    rows = reasons.of(cells.table)
    copies = mark_copies(reasons.of(cells.repeated), "whole-row").filter(pl.col("reason") == _AT[acc.COPY])
    offences = cells.texts.offences.names
    return _table(rows, copies, places, cells.texts), _losses(rows, offences), _accounting(rows, copies, cells)


def _places(locations: pl.DataFrame, source: str, target: str) -> pl.DataFrame:
    """Of every distinct place: ``x``, ``y`` in the metric system, missing without a location, and ``outcome``."""
    located = locations["located"].to_numpy()
    places = locations.filter("located")
    if not places.height:
        raise SchemaError("No row has coordinates that can be read as numbers. Check the columns of `columns=`.")
    x, y = places["x"].to_numpy(), places["y"].to_numpy()
    if parse_crs(source).is_projected and look_like_degrees(x, y):
        require_metres(x, y, name="incidents")
    _require_home(source, target, places)
    moved = np.full((2, locations.height), np.nan)
    moved[:, located] = transformer(source, target).apply(x, y)
    outcome = np.full(locations.height, _AT[acc.USED], dtype=np.uint8)
    # Where the metric system does not reach there is no area either.
    outcome[~np.isfinite(moved).all(axis=0)] = _AT[acc.OUTSIDE_AREAS]
    outcome[~located] = _AT[acc.NO_LOCATION]
    return pl.DataFrame({"x": moved[0], "y": moved[1], "outcome": outcome})


@dataclass(frozen=True)
class _Reasons:
    cells: LocatedCells
    places: pl.DataFrame
    months: frozenset[str]
    left_out: tuple[int, ...]
    flagged: pl.Expr

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with its month and its ``reason``, the first that applies."""
        inside = [position for position, month in enumerate(self.cells.texts.months.names) if month in self.months]
        order = (
            (pl.col("source").is_in(self.left_out), acc.LEFT_OUT),
            (self.flagged, FLAGGED),
            (pl.col("period").is_null(), acc.DATE),
            (~pl.col("period").is_in(inside), acc.OUTSIDE_PERIOD),
        )
        chain: Any = pl
        for test, reason in order:
            chain = chain.when(test).then(pl.lit(_AT[reason], pl.UInt8))
        where = self.places["outcome"].gather(frame[LOCATION]).fill_null(_AT[acc.NO_LOCATION])
        return self.cells.dated(frame).with_columns(reason=chain.otherwise(where))


def _table(rows: pl.DataFrame, copies: pl.DataFrame, places: pl.DataFrame, texts: TextTables) -> pd.DataFrame:
    """The used rows less the copies among them, by place, offence and month."""
    keys = [LOCATION, OFFENCE, PERIOD]
    cells = rows.filter(pl.col("reason") == _AT[acc.USED]).select(*keys, pl.col(N).cast(pl.Int64))
    net = pl.concat([cells, copies.select(keys).with_columns(n=pl.lit(-1, pl.Int64))])
    sums = net.group_by(keys).agg(pl.col(N).sum()).filter(pl.col(N) > 0)
    table = sums.sort(keys).to_pandas()
    at = table.pop(LOCATION).to_numpy()
    table.insert(0, "x", places["x"].to_numpy()[at])
    table.insert(1, "y", places["y"].to_numpy()[at])
    table[OFFENCE] = pd.Series(np.asarray(texts.offences.names, dtype=object)[table[OFFENCE]], dtype="str")
    table[PERIOD] = to_period(pd.Index(texts.months.names))[table[PERIOD]]
    result: pd.DataFrame = table[["x", "y", OFFENCE, PERIOD, N]].astype({N: "int64"})
    return result


def _accounting(rows: pl.DataFrame, copies: pl.DataFrame, cells: LocatedCells) -> pd.DataFrame:
    """Every row read by its reason."""
    sums = dict(rows.group_by("reason").agg(pl.col(N).cast(pl.Int64).sum()).iter_rows())
    found = {reason: int(sums.get(position, 0)) for reason, position in _AT.items()}
    found[acc.USED] -= copies.height
    found[acc.COPY] += copies.height
    found[acc.HEADING] += sum(cells.headings.values())
    index = pd.Index(list(found), dtype="str", name="reason")
    return pd.DataFrame({"rows": list(found.values())}, index=index)


def _losses(rows: pl.DataFrame, offences: list[str]) -> pd.DataFrame:
    """Rows by offence, and how many of them have no date or no location."""
    rows = rows.filter(pl.col("reason").is_in([_AT[reason] for reason in (acc.USED, *_LOST)]))
    n = pl.col(N).cast(pl.Int64)
    lost_for = [n.filter(pl.col("reason") == _AT[reason]).sum().alias(reason) for reason in _LOST]
    sums = rows.group_by(OFFENCE).agg(n.sum(), *lost_for).sort(OFFENCE).to_pandas()
    index = pd.Index(np.asarray(offences, dtype=object)[sums[OFFENCE]], dtype="str", name=OFFENCE)
    table = sums[[N]].set_axis(index)
    lost = sums[list(_LOST)].sum(axis=1).to_numpy()
    table["used"], table["lost"] = table[N] - lost, lost
    table["share_lost"] = table["lost"] / table[N]
    table["reason"] = reasons_named(sums.set_axis(index)[list(_LOST)])
    table["lost_here"] = table["lost"].astype(float)
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
    ParameterError
        The incidents carry area codes instead of coordinates.
    CRSError
        The system is not in metres, or `crs` is not that of `areas`.
    """
    if incidents.coordinates == "area_code":
        raise ParameterError(
            "`incidents` carries area codes, not coordinates: points cannot be made of it. Read a file that has "
            "coordinates, or count the incidents by area with count_incidents."
        )
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
