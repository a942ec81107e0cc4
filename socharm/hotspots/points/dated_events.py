"""Events with a place and a day, as tests of near repeats take them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, AssessmentPeriod
from socharm._checks import require_columns, require_finite
from socharm._settings import Settings, setting
from socharm._words import joined_words, number_of
from socharm.errors import CRSError, DataWarning, ParameterError, RefusedError, SchemaError
from socharm.hotspots.points.event_days import days_of
from socharm.io.crs import require_metric
from socharm.io.metres import look_like_degrees, require_metres, require_true_scale

__all__ = ["DatedEvents", "EventColumns", "dated_events", "require_spread"]

_Floats = NDArray[np.float64]

#: Events below which no test of them says anything.
_FEWEST: Final = 3


@dataclass(frozen=True, kw_only=True)
class EventColumns(Settings):
    """Which columns of a table of events hold what."""

    x: str = setting("x", "column of eastings", recipe=False)
    y: str = setting("y", "column of northings", recipe=False)
    date: str = setting("date", "column of days", recipe=False)


@dataclass(frozen=True, eq=False)
class DatedEvents:
    """Events that have a place and a day.

    Attributes
    ----------
    rows : Index
        Their labels in the table that was given.
    x, y : ndarray of float64
        Metres, or the unit of the table.
    days : ndarray of float64
    dated : bool
        Whether `days` count from 1 January 1970.
    weight : ndarray of float64
        Harm of each; 1 where none was asked for.
    set_aside : Series
        Rows left out by reason.
    about : About
    crs : str
        Empty where nobody stated one.
    """

    rows: pd.Index
    x: _Floats
    y: _Floats
    days: _Floats
    dated: bool
    weight: _Floats
    set_aside: pd.Series
    about: About
    crs: str = ""

    def ordered(self, order: NDArray[np.int64]) -> DatedEvents:
        """The same events in another order."""
        parts: dict[str, Any] = {name: getattr(self, name)[order] for name in ("x", "y", "days", "weight")}
        return replace(self, rows=self.rows[order], **parts)


def dated_events(
    events: pd.DataFrame,
    columns: EventColumns,
    *,
    reach: float,
    crs: Any = None,
    about: About | None = None,
    weight: str | None = None,
    fewest: int = _FEWEST,
    stacklevel: int = 5,
) -> DatedEvents:
    """Events of a table, those without a day or a place counted, set aside and told.

    Parameters
    ----------
    events : DataFrame or GeoDataFrame
        A GeoDataFrame of points gives its own coordinates, whatever its columns hold.
    columns : EventColumns
    reach : float
        The largest distance that is asked about; 0 where there is none.
    crs : CRS, optional
        Of the columns of a plain table.
    about : About, optional
    weight : str, optional
        Column of the harm of each event.
    fewest : int
        Events that there must be.

    Raises
    ------
    SchemaError
        A column is missing, months in place of days, too few events, or a weight that is none.
    CRSError
        Coordinates in degrees.
    """
    x, y, system = _coordinates(events, columns, crs)
    require_columns(events, [columns.date, *([weight] if weight else [])], name="events")
    days, dated = days_of(events[columns.date], name=f"events.{columns.date}")
    placed, known = np.isfinite(x) & np.isfinite(y), ~np.isnan(days)
    aside = pd.Series({"no day": int((~known).sum()), "no place": int((known & ~placed).sum())}, name="rows")
    kept = placed & known
    if kept.sum() < fewest:
        lost = f" ({number_of(int((~kept).sum()), 'row has', 'rows have')} no day or no place)" if aside.any() else ""
        raise SchemaError(
            f"`events` has {number_of(int(kept.sum()), 'event')} with a place and a day{lost}; at least {fewest} "
            f"{'is' if fewest == 1 else 'are'} needed. Check the filter that made it."
        )
    if aside.any():
        told = joined_words(f"{count:,} with {reason}" for reason, count in aside.items() if count)
        warnings.warn(
            f"{number_of(int(aside.sum()), 'row of `events` was', 'rows of `events` were')} set aside: {told}.",
            DataWarning,
            stacklevel=stacklevel,
        )
    _require_plane(x[kept], y[kept], columns, system, reach)
    harm = np.ones(len(events)) if weight is None else _harm(events[weight], kept, weight)
    return DatedEvents(
        rows=events.index[kept],
        x=x[kept],
        y=y[kept],
        days=days[kept],
        dated=dated,
        weight=harm[kept],
        set_aside=aside.rename_axis("reason"),
        about=_with_period(about or About(), days[kept], dated),
        crs=system,
    )


def _coordinates(events: pd.DataFrame, columns: EventColumns, crs: Any) -> tuple[_Floats, _Floats, str]:
    if isinstance(events, gpd.GeoDataFrame) and events.active_geometry_name is not None:
        system = require_metric(events.crs, name="events.crs", remedy="Bring the events to metres by `to_crs`.")
        shapes = events.geometry
        odd = sorted(set(shapes.geom_type.dropna()) - {"Point"})
        if odd:
            raise SchemaError(f"`events` holds shapes of the kinds {odd}; each event must be one point.")
        return np.asarray(shapes.x, dtype=np.float64), np.asarray(shapes.y, dtype=np.float64), system.to_string()
    require_columns(events, [columns.x, columns.y], name="events")
    system_name = "" if crs is None else require_metric(crs).to_string()
    found = []
    for column in (columns.x, columns.y):
        values = pd.to_numeric(events[column], errors="coerce")
        lost = values.isna() & events[column].notna()
        if lost.any():
            first = events[column][lost].iloc[0]
            raise SchemaError(f"`events.{column}` must hold numbers; it holds such as {first!r}. Correct it.")
        found.append(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return found[0], found[1], system_name


def _harm(values: pd.Series, kept: NDArray[np.bool_], name: str) -> _Floats:
    require_finite(values[kept], name=f"events.{name}", minimum=0)
    harm = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if not harm[kept].any():
        raise SchemaError(f"`events.{name}` is 0 in every row, so that no pair has any harm. Leave `weight` out.")
    return harm


def _require_plane(x: _Floats, y: _Floats, columns: EventColumns, crs: str, reach: float) -> None:
    """Stop at longitude and latitude. A table on a small plane of its own passes where its distances make sense."""
    if crs:
        require_metres(x, y, name="events")
        require_true_scale(crs, x, y, name="events")
        return
    if {columns.x.lower()[:3], columns.y.lower()[:3]} & {"lon", "lng", "lat"}:
        raise CRSError(
            f"`events` names its coordinates {columns.x!r} and {columns.y!r}: degrees are no distance. Bring them to "
            "metres first: geopandas.points_from_xy(longitude, latitude, crs=4326).to_crs(27700)."
        )
    if not look_like_degrees(x, y):
        require_metres(x, y, name="events")
        return
    whole = bool((x == np.floor(x)).all() and (y == np.floor(y)).all())
    width = float(np.hypot(np.ptp(x), np.ptp(y)))
    if not whole and (reach == 0 or width < reach):
        require_metres(x, y, name="events")


def require_spread(events: DatedEvents, *, what: str) -> None:
    """Stop where all events are of one place or of one day: there is nothing that a permutation could change.

    Raises
    ------
    SchemaError
    """
    if np.ptp(events.x) == 0 and np.ptp(events.y) == 0:
        raise SchemaError(f"All events lie at one place, so that no distance tells them apart. {what} needs several.")
    if np.ptp(events.days) == 0:
        raise SchemaError(
            f"All events are of one day, so that no permutation of dates changes anything. {what} needs several days."
        )


def _with_period(about: About, days: _Floats, dated: bool) -> About:
    """The stated period, else the months of the days."""
    if about.period is not None or not dated or not days.size:
        return about
    ends = [pd.Timestamp(1970, 1, 1) + pd.Timedelta(days=float(day)) for day in (days.min(), days.max())]
    first, last = (f"{end:%Y-%m}" for end in ends)
    try:
        return replace(about, period=AssessmentPeriod(first, last))
    except (ParameterError, RefusedError) as error:
        raise SchemaError(f"`events` has days from {first} to {last}: {error} Correct the odd one.") from error
