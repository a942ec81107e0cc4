"""Incidents as weighted points, for heat surfaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._arguments import checked
from socharm._columns import OFFENCE, N
from socharm._constraints import ClosedShare, Crs, Positive
from socharm._record import Record
from socharm.io.incidents.locate import LocatedIncidents, source_of
from socharm.io.incidents.places import known_flags, require_flags
from socharm.io.incidents.points import metric_crs, points_and_losses
from socharm.io.incidents.records import Incidents
from socharm.io.weight_scheme import check_stale
from socharm.io.weights import OwnWeights, as_weights
from socharm.severity.cells import select_offences, split_weighted
from socharm.severity.lost_harm import WARN_HARM_SHARE, harm_note, tell_lost_harm, weigh_losses
from socharm.severity.transforms import DEFAULT_CAP, Transform, transform_weights
from socharm.severity.weighing import Unweighted, WeighingSettings

__all__ = ["HarmPoints", "harm_points"]


@dataclass(frozen=True, eq=False, repr=False)
class HarmPoints(Record):
    """Places of incidents with the harm recorded there.

    Attributes
    ----------
    table : DataFrame
        ``x``, ``y`` (metres), ``weight`` (harm of all incidents at the point, in weight units),
        ``weight_squared`` (sum of the squares of their weights, for the effective number of events),
        ``n`` (incidents with a weight), sorted by x, y.
    by_offence : DataFrame
        ``x``, ``y``, ``offence``, ``weight``, ``n``: the same by offence, sorted; `cluster_points` names the top
        offence of a cluster from it.
    crs : str
    unweighted : Series
        Incidents left out by offence, because the offence has no weight.
    losses : DataFrame
        Index ``offence``: rows of the period without a date or a location, and what they weigh, as in
        `SeverityIndex.losses`.
    accounting : DataFrame
        Index ``reason``, column ``rows``: every row read, as `Counts.accounting`; "used" are those at a point, whether
        their offence has a weight or not.
    scheme : str
        Name and year of the weights.
    layout : str
        How the incidents are laid out: ``"police.uk"`` are map points, not places of crimes.
    """

    __made_by__ = ("harm_points",)

    table: pd.DataFrame
    by_offence: pd.DataFrame
    crs: str
    unweighted: pd.Series
    settings: WeighingSettings
    about: About
    losses: pd.DataFrame = field(default_factory=pd.DataFrame)
    accounting: pd.DataFrame = field(default_factory=pd.DataFrame)
    scheme: str = ""
    layout: str = ""

    def _summary(self) -> dict[str, str]:
        return {"points": f"{len(self.table):,}", "incidents": f"{int(self.table[N].sum()):,}"}


@checked
def harm_points(
    incidents: Incidents | LocatedIncidents,
    weights: OwnWeights,
    *,
    areas: pd.DataFrame | None = None,
    crs: Crs | None = None,
    unweighted: Unweighted = "report",
    transform: Transform = "raw",
    cap: Positive = DEFAULT_CAP,
    offences: str | Iterable[str] = "all",
    exclude: Iterable[str] = (),
    warn_harm_share: ClosedShare = WARN_HARM_SHARE,
    settings: WeighingSettings | Mapping[str, Any] | None = None,
) -> HarmPoints:
    """Give every located incident its severity weight.

    Parameters
    ----------
    incidents : Incidents or LocatedIncidents
        With coordinates. From `locate_incidents`, where it was read already.
    weights : WeightScheme, or mapping or Series of weights by offence
        At the level of the incidents.
    areas : GeoDataFrame, optional
        Areas the points will be drawn or counted with: their CRS is that of the points.
    crs : CRS, optional
        Metric CRS of the points, where there are no areas. With neither: that of the incidents where it is in metres,
        the British National Grid where they carry longitude and latitude in Great Britain.
    unweighted, transform, cap, offences, exclude
        As in `severity_index`: with the same choices the surface shows the harm that the index counts.
    warn_harm_share : float
        Share of the harm: an offence whose rows without a date or location weigh more is named in the warning and in
        ``about.coverage``.
    settings : WeighingSettings or mapping, optional
        Choices of other points or of an index, for what is not stated by keyword.

    Returns
    -------
    HarmPoints
        Rows that `count_incidents` would set aside for date, period, location or as copies are left
        out; points outside all areas are kept, `kernel_density` counts them. Offences whose rows without a
        date or location weigh more than `warn_harm_share` of the harm are named in a CoverageWarning and in
        ``about.coverage``.

    Raises
    ------
    SchemaError
        An offence has no weight.
    ParameterError
        An unknown offence, set or flag.
    CRSError
        `crs` is not in metres, differs from that of `areas`, or is not made for the place of the incidents.
    RefusedError
        The crosswalk is stale and that was not allowed.
    """
    source = source_of(incidents)
    chosen, weights = WeighingSettings.of(settings), as_weights(weights)
    system = metric_crs(source, crs=crs, areas=areas)
    flags, names = _split(chosen.exclude, source)
    points, found, accounting = points_and_losses(incidents, crs=system, without=flags)
    periods = sorted(points["period"].astype(str).unique())
    about = source.about
    check_stale(weights, about.period)
    recorded = sorted(map(str, points[OFFENCE].unique()))
    known = {*recorded, *map(str, weights.table.index), *weights.excluded}
    known |= set(found.index)
    left_out = select_offences(known, names, argument="exclude", flags=known_flags(source.flags))
    asked = set(select_offences(known, chosen.offences)) - set(left_out)
    labels = sorted(asked & set(recorded))
    weighted = split_weighted(labels, weights.table.index, weights.excluded, chosen.unweighted)
    scheme = transform_weights(weights.table, chosen.transform, cap=chosen.cap)["weight"]
    inside = points[OFFENCE].isin(weighted)
    part = points[inside].sort_values(["x", "y", OFFENCE, "period"], kind="stable")
    each = part[OFFENCE].map(scheme).astype(float)
    part = part.assign(weight=part[N] * each, weight_squared=part[N] * each**2)
    table = part.groupby(["x", "y"], sort=True)[["weight", "weight_squared", N]].sum().reset_index()
    by_offence = part.groupby(["x", "y", OFFENCE], sort=True, observed=True)[["weight", N]].sum().reset_index()
    losses = weigh_losses(found[found.index.isin(asked)], scheme, part.groupby(OFFENCE, observed=True)["weight"].sum())
    tell_lost_harm(losses, chosen.warn_harm_share, where="the points", stacklevel=4)
    note = harm_note(losses, chosen.warn_harm_share, where="these points")
    told = combine_about(_with_period(about, periods), weights.about, unit=weights.unit)
    return HarmPoints(
        table=table[["x", "y", "weight", "weight_squared", N]],
        by_offence=by_offence[["x", "y", OFFENCE, "weight", N]],
        crs=system,
        unweighted=points[points[OFFENCE].isin(set(labels) - set(weighted))].groupby(OFFENCE, observed=True)[N].sum(),
        settings=chosen,
        about=replace(told, coverage=" ".join(text for text in (told.coverage, note) if text)),
        losses=losses,
        accounting=accounting,
        scheme=weights.title,
        layout=source.findings.layout,
    )


def _split(exclude: Iterable[str], incidents: Incidents) -> tuple[list[str], list[str]]:
    """Flags of incidents, and names of offences and sets."""
    names = list(exclude)
    require_flags(names, flags=incidents.flags, name="exclude")
    flags = [name for name in names if name.startswith("place:") or name in incidents.flags]
    return flags, [name for name in names if name not in flags]


def _with_period(about: About, months: list[str]) -> About:
    """The source's period, or the months found where it has none."""
    if about.period is not None or not months:
        return about
    return replace(about, period=AssessmentPeriod(months[0], months[-1]))
