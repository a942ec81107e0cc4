"""Incidents as weighted points, for heat surfaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._columns import OFFENCE, N
from socharm._record import Record
from socharm.io.incidents.points import incident_points
from socharm.io.incidents.records import Incidents
from socharm.io.weights import WeightScheme, check_stale
from socharm.severity.cells import split_weighted

__all__ = ["HarmPoints", "HarmPointsSettings", "harm_points"]


@dataclass(frozen=True, kw_only=True)
class HarmPointsSettings:
    """Choices behind weighted points."""

    scheme: str
    unweighted: str


@dataclass(frozen=True, eq=False, repr=False)
class HarmPoints(Record):
    """Places of incidents with the harm recorded there.

    Attributes
    ----------
    table : DataFrame
        ``x``, ``y`` (metres), ``weight`` (harm of all incidents at the point, in weight units),
        ``weight_squared`` (sum of the squares of their weights, for the effective number of events),
        ``n`` (incidents with a weight), sorted by x, y.
    crs : str
    unweighted : Series
        Incidents left out by offence, because the offence has no weight.
    """

    table: pd.DataFrame
    crs: str
    unweighted: pd.Series
    settings: HarmPointsSettings
    about: About

    def _summary(self) -> dict[str, str]:
        return {"points": f"{len(self.table):,}", "incidents": f"{int(self.table[N].sum()):,}"}


def harm_points(
    incidents: Incidents, weights: WeightScheme, *, crs: str = "EPSG:27700", unweighted: str = "report"
) -> HarmPoints:
    """Give every located incident its severity weight.

    Parameters
    ----------
    incidents : Incidents
        With coordinates.
    weights : WeightScheme
        At the level of the incidents.
    crs : str
        Metric CRS of the points.
    unweighted : {"report", "allow", "error"}
        As in `severity_index`.

    Returns
    -------
    HarmPoints
        Rows that `count_incidents` would set aside for date, period, location or as copies are left
        out; points outside all areas are kept, `kernel_density` counts them.

    Raises
    ------
    SchemaError
        An offence has no weight.
    RefusedError
        The crosswalk is stale and that was not allowed.
    """
    points = incident_points(incidents, crs=crs)
    periods = sorted(points["period"].astype(str).unique())
    about = incidents.about
    check_stale(weights, about.period)
    labels = sorted(map(str, points[OFFENCE].unique()))
    weighted = split_weighted(labels, weights.table.index, weights.excluded, unweighted)
    inside = points[OFFENCE].isin(weighted)
    part = points[inside].sort_values(["x", "y", OFFENCE, "period"], kind="stable")
    each = part[OFFENCE].map(weights.weights).astype(float)
    part = part.assign(weight=part[N] * each, weight_squared=part[N] * each**2)
    table = part.groupby(["x", "y"], sort=True)[["weight", "weight_squared", N]].sum().reset_index()
    return HarmPoints(
        table=table[["x", "y", "weight", "weight_squared", N]],
        crs=crs,
        unweighted=points[~inside].groupby(OFFENCE, observed=True)[N].sum(),
        settings=HarmPointsSettings(scheme=f"{weights.name} ({weights.year})", unweighted=unweighted),
        about=combine_about(_with_period(about, periods), weights.about, unit=weights.unit),
    )


def _with_period(about: About, months: list[str]) -> About:
    """The source's period, or the months found where it has none."""
    if about.period is not None or not months:
        return about
    return replace(about, period=AssessmentPeriod(months[0], months[-1]))
