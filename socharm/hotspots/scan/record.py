"""Clusters that a scan statistic found, and what it looked at."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import AlignmentError
from socharm.hotspots.scan.settings import ScanSettings, SpaceTimeScanSettings

__all__ = ["ScanClusters", "ScanFindings"]

_Floats = NDArray[np.float64]

#: Corners of an outline.
_CORNERS = 128


@dataclass(frozen=True, kw_only=True)
class ScanFindings:
    """What a scan looked at.

    Attributes
    ----------
    locations : int
        Locations that were scanned.
    left_out : tuple of str
        Keys of locations without a value.
    without_window : int
        Centres that alone hold more than a window may.
    windows, zones : int
        Windows on the map that were tried, and different sets of locations among them.
    ties : int
        Windows whose outermost locations, two or more at different places, are equally far.
    cases : int
        Events of all locations.
    total : float
        The same in the unit that was scanned: events, or harm.
    weight : float
        What the likelihood counts as one event: 1, or the harm of an effective event.
    replications : int
        That were drawn.
    stopped : bool
        Whether enough of them reached the observed ratio, so that no more were drawn.
    critical : float
        Ratio that ``1 - alpha`` of the replications stay below.
    overdispersion : float
        Variance of a location's risk that the replications were drawn with.
    periods : int
        Of the time axis; 0 for a scan of a map.
    first, last : str
        First and last date of the study; empty for a scan of a map.
    empty_periods : int
        Periods without an event anywhere.
    crs : str
        Of x and y; empty where the input says nothing.
    radius_unit : str
    distance : {"planar", "great-circle"}
    """

    locations: int
    left_out: tuple[str, ...]
    without_window: int
    windows: int
    zones: int
    ties: int
    cases: int
    total: float
    weight: float
    replications: int
    stopped: bool
    critical: float
    overdispersion: float
    periods: int
    first: str
    last: str
    empty_periods: int
    crs: str
    radius_unit: str
    distance: str


@dataclass(frozen=True, eq=False, repr=False)
class ScanClusters(Record):
    """The most likely cluster, and others that share no location with it or with each other.

    Attributes
    ----------
    clusters : DataFrame
        Index ``cluster`` (1 is the most likely). ``centre`` (key of the location in the middle), ``x``, ``y``,
        ``radius`` (0 for one location; of an ellipse its shorter half axis), ``elongation`` (longer over shorter axis;
        1 for a circle), ``angle`` (of the longer axis, degrees anticlockwise from the x axis), ``members`` (tuple of
        keys, from the centre outwards), ``locations``, ``population`` (missing without one), ``first``, ``last``
        (first and last date; only of a scan in space and time, with ``periods``), ``events``, ``observed`` (events, or
        harm), ``expected``, ``ratio`` (observed over expected), ``relative_risk`` (inside over outside; missing where
        there is no outside to compare with), ``llr`` (log likelihood ratio), ``statistic`` (that ratio, less for long
        ellipses), ``p`` (by rank among the replications), ``p_gumbel``. Clusters that every replication exceeds are not
        listed.
    table : DataFrame
        Index: key of the location, in the order of the input, without those left out; ``cluster``, ``p`` (both missing
        outside of every cluster), ``significant`` (whether p is at most alpha), ``observed``, ``expected``, ``ratio``.
    highest : Series
        The highest statistic of each replication.
    settings : ScanSettings or SpaceTimeScanSettings
    findings : ScanFindings

    Notes
    -----
    `p` of every cluster comes from the highest statistic of each replication: it is corrected for all windows tried,
    and conservative for the second and later clusters.
    """

    __made_by__ = ("scan_clusters", "scan_space_time")

    clusters: pd.DataFrame
    table: pd.DataFrame
    highest: pd.Series
    settings: ScanSettings | SpaceTimeScanSettings
    about: About
    findings: ScanFindings

    @property
    def significant(self) -> pd.DataFrame:
        """Clusters whose p is at most alpha."""
        return self.clusters[self.clusters["p"] <= self.settings.alpha]

    @checked
    def outlines(self, areas: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
        """The clusters as polygons.

        Parameters
        ----------
        areas : GeoDataFrame, optional
            Polygons by the keys of the locations: each cluster is then the ground of its members. When omitted it is
            the circle or ellipse through its outermost location; of one location alone a point.

        Returns
        -------
        GeoDataFrame
            `clusters`, with the members as one text, and ``geometry``; the CRS of `areas`, or that of the locations.

        Raises
        ------
        AlignmentError
            `areas` lack a member of a cluster.
        """
        members = self.clusters["members"]
        plain = self.clusters.assign(members=[", ".join(map(str, one)) for one in members])
        if areas is None:
            columns = ("x", "y", "radius", "elongation", "angle")
            shapes = [self._outline(*row) for row in self.clusters[[*columns]].itertuples(index=False)]
            return gpd.GeoDataFrame(plain, geometry=shapes, crs=self.findings.crs or None)
        held = pd.Index([str(key) for one in members for key in one])
        ground = pd.Series(areas.geometry.to_numpy(), index=areas.index.astype(str))
        lacking = held.difference(ground.index)
        if len(lacking):
            raise AlignmentError(
                f"`areas` lack {number_of(len(lacking), 'member')} of the clusters, such as {list(lacking[:3])}. Give "
                "the areas that were scanned, by the same keys."
            )
        shapes = [shapely.union_all(ground.loc[[str(key) for key in one]].to_numpy()) for one in members]
        return gpd.GeoDataFrame(plain, geometry=shapes, crs=areas.crs)

    def _outline(self, x: float, y: float, radius: float, longer: float, angle: float) -> shapely.Geometry:
        if radius <= 0:
            return shapely.Point(x, y)
        turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
        if self.findings.distance == "great-circle":
            ball = pyproj.Geod(a=6371008.8, b=6371008.8)
            east, north, _ = ball.fwd(
                np.full(_CORNERS, x), np.full(_CORNERS, y), np.rad2deg(turn), np.full(_CORNERS, radius * 1_000)
            )
            return shapely.Polygon(np.column_stack([east, north]))
        along, across = longer * radius * np.cos(turn), radius * np.sin(turn)
        tilt = np.deg2rad(angle)
        return shapely.Polygon(
            np.column_stack(
                [x + along * np.cos(tilt) - across * np.sin(tilt), y + along * np.sin(tilt) + across * np.cos(tilt)]
            )
        )

    def _summary(self) -> dict[str, str]:
        s, found = self.settings, self.findings
        sure = len(self.significant)
        best = ""
        if len(self.clusters):
            first = self.clusters.iloc[0]
            when = f", {first['first']} to {first['last']}" if "first" in self.clusters else ""
            best = (
                f"{number_of(int(first['locations']), 'location')}{when}, {first['ratio']:.2f} times what was "
                f"expected, p {first['p']:.3g}"
            )
        return {
            "model": f"{s.model}, {s.shape}s, {s.by}",
            "clusters": f"{sure:,} with p up to {s.alpha:g}, {len(self.clusters) - sure:,} more that may be chance",
            **({"most likely": best} if best else {}),
            "windows": f"{found.windows:,} on the map, {number_of(found.zones, 'set')} of locations",
            "test": f"{number_of(found.replications, 'replication')}, seed {s.seed}",
        }
