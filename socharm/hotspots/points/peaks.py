"""Peaks of a smoothed surface against an inhomogeneous base, with one rate of error for the whole map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import N
from socharm._constraints import CountFrom1, OpenShare, Positive, Seed
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.points.bandwidth import choose_bandwidth
from socharm.hotspots.points.clusters import open_points, places_of
from socharm.hotspots.points.contours import cells_as_polygon
from socharm.hotspots.points.dual_density import LIVES_NOWHERE, spread_residents
from socharm.hotspots.points.grid_size import cells_inside, choose_cell_size, require_room
from socharm.hotspots.points.heat_record import MINIMUM_EVENTS
from socharm.hotspots.points.peaks_record import (
    Beyond,
    LeastEffective,
    PeakFindings,
    PeakSettings,
    SurfacePeaks,
    Together,
)
from socharm.hotspots.scan.settings import Replicated
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs
from socharm.severity.points import HarmPoints
from socharm.stats.by_label import positions_by_label
from socharm.stats.peak_scores import (
    CellSums,
    PeakNull,
    highest_scores,
    relabelled_null,
    residents_null,
    weights_by_cell,
)
from socharm.stats.random_streams import streams
from socharm.stats.smoothing import count_in_reach

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["surface_peaks"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_FEWEST: Final = 3
_COLUMNS: Final = ("x", "y", "score", "p", "observed", "expected", "ratio", "area_km2", "events", "harm")
_CELLS: Final = 8
_AGREE: Final = "Give points and areas of one system."


@checked
def surface_peaks(
    points: HarmPoints | pd.DataFrame,
    base: HarmPoints | pd.DataFrame,
    *,
    mask: gpd.GeoDataFrame,
    bandwidth: Positive | None = None,
    cell_size: Positive | None = None,
    replications: Replicated = 999,
    alpha: OpenShare = 0.05,
    beyond: Beyond = "map",
    together: Together = "place",
    least_effective: LeastEffective = 5.0,
    minimum_events: CountFrom1 = MINIMUM_EVENTS,
    seed: Seed | None = None,
    settings: PeakSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> SurfacePeaks:
    r"""Where a smoothed surface is higher than its base explains, beyond chance over the whole map.

    Parameters
    ----------
    points : HarmPoints or DataFrame
        ``x``, ``y`` in metres, ``weight``, and ``n`` (events of a row; 1 when absent).
    base : HarmPoints, DataFrame or GeoDataFrame
        Points of another period, or of other crime, as `points`; or areas with ``population``, whose residents are
        spread evenly over each area. Residents on ground outside the mask are left out, and counted in the findings.
    mask : GeoDataFrame
        Areas whose union is looked at, in the system of the points.
    bandwidth : float, optional
        Radius of the quartic kernel in metres. By the rule of `kernel_density` when omitted.
    cell_size : float, optional
        In metres, at most a quarter of the bandwidth; about an eighth when omitted.
    replications : int
        Maps drawn by chance; p cannot fall below ``1 / (replications + 1)``.
    alpha : float
        Probability of any peak at all where there is none.
    beyond : {"map", "chance"}
        Scores are divided by how far the whole map departs from its base, or by chance alone.
    together : {"place", "event"}
        Events of one place lie together in maps by chance, as those of one offender or one shop do; or each alone.
    least_effective : float
        Effective units that are expected in reach of a cell, below which it is not tested.
    minimum_events : int
        Cells with fewer events in reach are no part of a peak.
    seed : int
        To be stated here or in `settings`.
    settings : PeakSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    about : About, optional
        For a DataFrame of points.
    progress : callable, optional
        Called as ``progress("replications", number, of)``.

    Returns
    -------
    SurfacePeaks
        Without rows where there is no peak beyond chance.

    Raises
    ------
    SchemaError
        A column is missing or holds something else; fewer than three points, or all at one place.
    ParameterError
        No cell has as many units expected in reach as were asked for; a grid that is too coarse or too large.
    CRSError
        Not in metres, or points, base and mask are in different systems.

    Warns
    -----
    CoverageWarning
        Areas of `base` lack a population.

    Notes
    -----
    Points lie in cells, and :math:`\hat\lambda(g) = \sum_i w_i k_h(g - x_i)` is not corrected at the edge: the maps
    that it is held against lose as much there. With residents as base, each unit lies in a cell by its share of the
    residents; with points, any of the units of both sides might be those of the first (Kelsall and Diggle), which takes
    the chance in the base into account. Weights stay with their units. By these rules :math:`E` and the deviation
    :math:`\sigma` of :math:`\hat\lambda` are known in closed form, and the score of a cell is
    :math:`\log(\hat\lambda/E) / \sqrt{(\sigma/E)^2 + \tau^2}`.

    Under ``beyond="chance"`` :math:`\tau` is 0. Under ``"map"`` it is the departure of the whole map from its base: the
    one under which the median square of the scores is 0.455, as of standard normal numbers, or 0; in each map by chance
    too. Where risk differs from place to place, as it does, only what stands out from that is a peak; where
    nothing but chance is at work the two are alike. p is ``(1 + m) / (R + 1)`` with m of R maps whose highest score is
    as high: of one error anywhere. A peak is a group of cells with p up to alpha that touch, corners included.

    References
    ----------
    Kelsall, J. and Diggle, P. (1995). Non-parametric estimation of spatial variation in relative risk. Statistics in
    Medicine 14, 2335-2342. Westfall, P. and Young, S. (1993). Resampling-based multiple testing. Wiley.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> places = np.vstack([rng.uniform(0, 4_000, (300, 2)), rng.normal(1_000, 100, (60, 2))])
    >>> town = gpd.GeoDataFrame({"population": [9_000]}, geometry=[shapely.box(0, 0, 4_000, 4_000)], crs="EPSG:27700")
    >>> town.index = pd.Index(["A"], name="area_code")
    >>> events = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "weight": 1.0})
    >>> found = surface_peaks(events, town, mask=town, bandwidth=500, replications=99, seed=1)
    >>> found.table[["x", "y", "p"]].round(-2).to_numpy().tolist(), len(found.table)
    ([[1000.0, 1000.0, 0.0]], 1)
    """
    chosen = PeakSettings.of(settings)
    require_areas(mask, name="mask")
    work = _Ground.of(points, mask, chosen, about)
    null, units, kind = _null(work, base, chosen)
    if not null.tested.any():
        raise ParameterError(
            f"No cell has {chosen.least_effective:g} effective {chosen.together}s expected within "
            f"{work.bandwidth:g} m, of {number_of(len(work.units), chosen.together)}. Use a larger `bandwidth`, more "
            "months, or a smaller `least_effective`."
        )
    generators = streams(chosen.seed, chosen.replications, purpose="surface peaks")
    by_map = chosen.beyond == "map"
    tell = None if progress is None else lambda done: progress("replications", done, chosen.replications)
    highest = highest_scores(null, work.sums, generators, by_map=by_map, tell=tell)
    observed = weights_by_cell(work.cells, work.weights, work.inside.shape)
    smooth = work.sums.two(observed, observed)[0]
    tested, departure = null.scores(smooth, by_map=by_map)
    scores = np.full(work.inside.shape, np.nan)
    scores[null.tested] = tested
    rank = np.sort(highest)
    p = np.full(scores.shape, np.nan)
    p[null.tested] = (1 + rank.size - np.searchsorted(rank, tested, side="left")) / (rank.size + 1)
    ground = _peaks(work, null, smooth, scores, p)
    return SurfacePeaks(
        table=pd.DataFrame(ground.drop(columns="geometry")),
        ground=ground,
        scores=scores,
        highest=pd.Series(highest, index=pd.RangeIndex(1, highest.size + 1, name="replication"), name="score"),
        x=work.x,
        y=work.y,
        crs=work.crs,
        settings=chosen,
        about=work.about,
        findings=PeakFindings(
            bandwidth_m=work.bandwidth,
            cell_size_m=work.cell,
            bandwidth_rule=work.rule,
            base=kind,
            units=units,
            cells=int(work.inside.sum()),
            tested=int(null.tested.sum()),
            outside=work.outside,
            without_base=work.without_base,
            residents_outside=work.residents_outside,
            departure=departure,
            critical=float(np.quantile(highest, 1 - chosen.alpha, method="higher")),
            smallest_p=float(np.nanmin(p)),
        ),
    )


@dataclass(eq=False)
class _Ground:
    """The grid, and the points in it."""

    events: pd.DataFrame
    crs: str
    about: About
    x: _Floats
    y: _Floats
    cell: float
    bandwidth: float
    rule: str
    inside: NDArray[np.bool_]
    sums: CellSums
    units: pd.DataFrame
    cells: _Ints
    outside: int
    settings: PeakSettings
    region: BaseGeometry
    without_base: int = 0
    residents_outside: float = 0.0

    @classmethod
    def of(
        cls, points: HarmPoints | pd.DataFrame, mask: gpd.GeoDataFrame, chosen: PeakSettings, about: About | None
    ) -> _Ground:
        events, crs, stated = open_points(points, str(mask.crs) if isinstance(points, pd.DataFrame) else None, about)
        require_same_crs(crs, mask.crs, names=("points", "mask"), remedy=_AGREE)
        places = places_of(events)
        if events[N].sum() < _FEWEST or len(places) < 2:
            raise SchemaError(
                f"`points` holds {number_of(int(events[N].sum()), 'event')} at {number_of(len(places), 'place')}; "
                f"peaks need {_FEWEST} events, and two places. Use more months, or a larger area."
            )
        region = shapely.union_all(mask.geometry.to_numpy())
        shapely.prepare(region)
        held = shapely.intersects_xy(region, events["x"], events["y"])
        kept = events[held & (events["weight"] > 0)]
        if kept.empty:
            raise SchemaError(
                f"None of the {number_of(len(events), 'point')} lies inside the mask with a weight above zero. Check "
                "the coordinates of points and mask, and the weights."
            )
        at = tuple(kept[name].to_numpy(dtype=np.float64) for name in ("x", "y", "weight"))
        effective = float(at[2].sum() ** 2 / (at[2] ** 2 / kept[N].to_numpy()).sum())
        bandwidth, rule = choose_bandwidth(chosen.bandwidth, (at[0], at[1], at[2]), effective, "quartic")
        extent = tuple(map(float, region.bounds))
        window = (extent[0], extent[1], extent[2], extent[3])
        asked = bandwidth if chosen.cell_size is not None else 2 * bandwidth
        cell, _ = choose_cell_size(chosen.cell_size, asked, window)
        require_room(cell, bandwidth, window, "quartic")
        first_x, first_y = np.floor(extent[0] / cell), np.floor(extent[1] / cell)
        x = (first_x + 0.5 + np.arange(max(1, int(np.ceil(extent[2] / cell) - first_x)))) * cell
        y = (first_y + 0.5 + np.arange(max(1, int(np.ceil(extent[3] / cell) - first_y)))) * cell
        made = cls(
            events=kept, crs=crs, about=stated, x=x, y=y, cell=cell, bandwidth=bandwidth, rule=rule,
            inside=cells_inside(region, x, y), sums=CellSums.build((y.size, x.size), bandwidth / cell),
            units=kept, cells=np.empty(0, dtype=np.int64), outside=int(events.loc[~held, N].sum()), settings=chosen,
            region=region,
        )  # fmt: skip
        made.units = made.units_of(kept)
        made.cells = made.cells_of(made.units)
        return made

    @property
    def weights(self) -> _Floats:
        """Of the units."""
        return self.units["weight"].to_numpy(dtype=np.float64)

    def units_of(self, events: pd.DataFrame) -> pd.DataFrame:
        """Places, or single events, with the weight of each."""
        if self.settings.together == "place":
            return places_of(events)
        each = events.loc[events.index.repeat(events[N])].reset_index(drop=True)
        return each.assign(weight=each["weight"] / each[N], n=1)

    def cells_of(self, units: pd.DataFrame) -> _Ints:
        """Place of each unit in the flat grid."""
        row, column = (
            np.clip(((units[name].to_numpy() - line[0]) / self.cell + 0.5).astype(np.int64), 0, line.size - 1)
            for name, line in (("y", self.y), ("x", self.x))
        )
        flat: _Ints = row * self.x.size + column
        return flat

    def leave_out(self, lacking: NDArray[np.bool_]) -> None:
        """Take out the units in cells whose residents are not known, and these cells."""
        known = ~lacking.ravel()[self.cells]
        self.without_base = int(self.units.loc[~known, N].sum())
        self.units, self.cells = self.units[known].reset_index(drop=True), self.cells[known]
        self.inside &= ~lacking


def _null(work: _Ground, base: HarmPoints | pd.DataFrame, chosen: PeakSettings) -> tuple[PeakNull, int, str]:
    """Maps by chance, how many units they are made of, and what the base is."""
    if isinstance(base, gpd.GeoDataFrame):
        require_same_crs(base.crs, work.crs, names=("base", "points"), remedy=_AGREE)
        people, lacking, work.residents_outside = spread_residents(base, work.region, work.x, work.y, work.inside)
        work.leave_out(lacking)
        if not people.sum() > 0:
            raise SchemaError(LIVES_NOWHERE)
        null = residents_null(people / people.sum(), work.weights, work.inside, work.sums, least=chosen.least_effective)
        return null, len(work.units), "residents"
    events, crs, _ = open_points(base, work.crs if isinstance(base, pd.DataFrame) else None, None)
    require_same_crs(crs, work.crs, names=("base", "points"), remedy=_AGREE)
    west, east, south, north = (
        edge + side * work.cell / 2 for line in (work.x, work.y) for edge, side in ((line[0], -1), (line[-1], 1))
    )
    near = events["x"].between(west, east) & events["y"].between(south, north) & (events["weight"] > 0)
    others = work.units_of(events[near])
    at = work.cells_of(others)
    kept = work.inside.ravel()[at]
    if not kept.any():
        raise SchemaError("No point of `base` lies inside the mask with a weight above zero. Check its coordinates.")
    cells = np.concatenate([work.cells, at[kept]])
    weights = np.concatenate([work.weights, others.loc[kept, "weight"].to_numpy(dtype=np.float64)])
    null = relabelled_null(cells, weights, work.cells.size, work.inside, work.sums, least=chosen.least_effective)
    return null, int(cells.size), "points"


def _peaks(work: _Ground, null: PeakNull, smooth: _Floats, scores: _Floats, p: _Floats) -> gpd.GeoDataFrame:
    """Groups of cells beyond chance that touch, the highest score first."""
    n = work.units[N].to_numpy(dtype=np.int64)
    column, row = work.cells % work.x.size, work.cells // work.x.size
    events = count_in_reach(
        column.astype(float), row.astype(float), n, radius=work.bandwidth / work.cell, shape=work.inside.shape,
        enough=work.settings.minimum_events,
    )  # fmt: skip
    sure = np.nan_to_num(p, nan=1.0) <= work.settings.alpha
    sure &= events >= work.settings.minimum_events
    labels, count = scipy.ndimage.label(sure, structure=np.ones((3, 3)))
    per_km2 = 1.0 / (work.cell / 1000.0) ** 2
    rows, shapes = [], []
    held = positions_by_label(labels.ravel()[work.cells].astype(np.int64) - 1, count)
    for number, box in enumerate(scipy.ndimage.find_objects(labels), start=1):
        # Only the cells round the peak, with one beyond them, whose edge is theirs.
        south, west = (slice(max(side.start - 1, 0), side.stop + 1) for side in box)
        marked = labels[south, west] == number
        at = np.unravel_index(int(np.argmax(np.where(marked, scores[south, west], -np.inf))), marked.shape)
        top = south.start + at[0], west.start + at[1]
        observed, expected = float(smooth[top]) * per_km2, float(null.expected[top]) * per_km2
        rows.append(
            (
                float(work.x[top[1]]),
                float(work.y[top[0]]),
                float(scores[top]),
                float(p[top]),
                observed,
                expected,
                observed / expected,
                float(marked.sum()) / per_km2,
                int(n[held[number - 1]].sum()),
                float(work.weights[held[number - 1]].sum()),
            )
        )
        shapes.append(cells_as_polygon(marked, work.x[west], work.y[south], work.cell))
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    order = np.argsort(-table["score"].to_numpy(dtype=float), kind="stable")
    made = gpd.GeoDataFrame(table.iloc[order].reset_index(drop=True), geometry=[shapes[k] for k in order], crs=work.crs)
    made.index = pd.RangeIndex(1, len(made) + 1, name="peak")
    return made
