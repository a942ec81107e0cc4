"""Numbers of clusters, and what a scan looked at, as records hold them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.hotspots.scan.choosing import Ellipse, Window
from socharm.hotspots.scan.events import Events
from socharm.hotspots.scan.locations import Places
from socharm.hotspots.scan.record import ScanFindings
from socharm.hotspots.scan.time_axis import TimeAxis
from socharm.stats.scan_significance import Replications, scan_p
from socharm.stats.scan_windows import Windows, distinct_zones

__all__ = ["cluster_columns", "findings_of"]

_Floats = NDArray[np.float64]


def cluster_columns(
    windows: Sequence[Window],
    sums: Sequence[tuple[float, ...]],
    scale: tuple[float, float],
    made: Replications,
    *,
    population: _Floats,
    conditional: bool,
    axis: TimeAxis | None = None,
) -> pd.DataFrame:
    """What stands behind the members of each cluster.

    Parameters
    ----------
    sums : sequence of tuples
        Observed and expected as the likelihood counts them, and events, of each cluster.
    scale : tuple of float
        What counts as one event, and the total as the likelihood counts it.
    population : ndarray
        Of each cluster; missing where there is none.
    conditional : bool
        Whether what is outside of a cluster is held against it.
    axis : TimeAxis, optional
        Of a scan in space and time.
    """
    unit, total = scale
    observed, expected, events = (np.array([row[number] for row in sums], dtype=float) for number in range(3))
    p, gumbel = scan_p(np.array([one.statistic for one in windows]), made)
    ratio = np.divide(observed, expected, out=np.full(observed.size, np.nan), where=expected > 0)
    rest, usual = total - observed, total - expected
    outside = np.divide(rest, usual, out=np.full(observed.size, np.nan), where=(usual > 0) & conditional)
    # Sums of weights in another order: what is left of nothing is nothing.
    outside[rest <= 1e-9 * max(total, 1.0)] = np.nan
    columns: dict[str, object] = {"population": population}
    if axis is not None:
        columns["first"] = axis.labels([one.first for one in windows], end=False)
        columns["last"] = axis.labels([one.last for one in windows], end=True)
        columns["periods"] = [one.last - one.first + 1 for one in windows]
    columns |= {
        "events": events.astype(np.int64),
        "observed": unit * observed,
        "expected": unit * expected,
        "ratio": ratio,
        "relative_risk": np.divide(ratio, outside, out=np.full(ratio.size, np.nan), where=outside > 0),
        "llr": [one.ratio for one in windows],
        "statistic": [one.statistic for one in windows],
        "p": p,
        "p_gumbel": gumbel,
    }
    return pd.DataFrame(columns)


def findings_of(
    places: Places,
    events: Events,
    shapes: Sequence[tuple[Ellipse, Windows]],
    made: Replications,
    alpha: float,
    *,
    overdispersion: float = 0.0,
    axis: TimeAxis | None = None,
    empty: int = 0,
) -> ScanFindings:
    """What a scan looked at."""
    round_windows = shapes[0][1]
    return ScanFindings(
        locations=len(places.table),
        left_out=places.left_out,
        without_window=int((np.diff(round_windows.starts) == 0).sum()),
        windows=sum(int(windows.ends.sum()) for _, windows in shapes),
        zones=distinct_zones(windows for _, windows in shapes),
        ties=sum(windows.ties for _, windows in shapes),
        cases=events.total,
        total=float(np.add.reduce(events.count * events.weight)),
        weight=events.unit,
        replications=int(made.highest.size),
        stopped=made.stopped,
        critical=float(np.quantile(made.highest, 1 - alpha, method="higher")),
        overdispersion=overdispersion,
        periods=0 if axis is None else axis.size,
        first="" if axis is None else str(axis.labels([0], end=False)[0]),
        last="" if axis is None else str(axis.labels([axis.size - 1], end=True)[0]),
        empty_periods=empty,
        crs=places.crs,
        radius_unit=places.unit,
        distance=places.distance,
    )
