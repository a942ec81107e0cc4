"""From the best window of each centre to clusters that share no location."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.hotspots.scan.locations import Places
from socharm.hotspots.scan.settings import ScanSettings, SpaceTimeScanSettings
from socharm.stats.scan_windows import Reach, Windows, stretched, windows_of

__all__ = ["Best", "Ellipse", "Window", "apart", "frames_of", "merged", "penalty", "shapes_of", "windows_by_shape"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Exponent of the penalty of long ellipses.
_HELD_BACK: Final = {"none": 0.0, "medium": 0.5, "strong": 1.0}
#: Angles of an ellipse for each unit of its elongation.
_ANGLES: Final = 3


@dataclass(frozen=True)
class Ellipse:
    """Form of a window: longer over shorter axis, and the angle of the longer one in degrees."""

    elongation: float = 1.0
    angle: float = 0.0


@dataclass(frozen=True, eq=False)
class Best:
    """Best window of each centre.

    Attributes
    ----------
    ratio, statistic : ndarray of shape (n,)
        Log likelihood ratio, and the same with the penalty of its form; 0 without a window.
    form : ndarray of int64
        Number of the form.
    size : ndarray of int64
        Locations in it.
    first, last : ndarray of int64
        Periods; 0 of a scan of a map.
    """

    ratio: _Floats
    statistic: _Floats
    form: _Ints
    size: _Ints
    first: _Ints
    last: _Ints


@dataclass(frozen=True, eq=False)
class Window:
    """One cluster: its centre, its members by number from the centre outwards, its form, periods and ratios."""

    centre: int
    members: NDArray[np.int32]
    radius: float
    form: Ellipse
    first: int
    last: int
    ratio: float
    statistic: float


def shapes_of(settings: ScanSettings | SpaceTimeScanSettings) -> tuple[Ellipse, ...]:
    """Forms that are tried: the circle, and each ellipse at angles that divide the half turn."""
    if settings.shape == "circle":
        return (Ellipse(),)
    counts = {longer: max(1, int(_ANGLES * longer)) for longer in settings.elongations}
    return (Ellipse(), *(Ellipse(longer, 180.0 * n / count) for longer, count in counts.items() for n in range(count)))


def penalty(form: Ellipse, settings: ScanSettings | SpaceTimeScanSettings) -> float:
    """What the ratio of a form is multiplied by: 1 for a circle."""
    compact = 4 * form.elongation / (form.elongation + 1) ** 2
    return float(compact ** _HELD_BACK[settings.compactness])


def windows_by_shape(
    places: Places, sizes: _Floats, settings: ScanSettings | SpaceTimeScanSettings, threads: int
) -> tuple[tuple[Ellipse, Windows], ...]:
    """Windows of each form."""
    n = len(sizes)
    reach = Reach(
        sizes=sizes,
        most=settings.max_population * float(np.add.reduce(sizes)),
        radius=np.inf if settings.max_radius is None else places.straight(settings.max_radius),
        locations=n if settings.max_locations is None else settings.max_locations,
        together=settings.ties == "together",
    )
    ranks = places.ranks
    return tuple(
        (form, windows_of(_points(places, form), ranks, reach, threads=threads)) for form in shapes_of(settings)
    )


def merged(
    parts: Sequence[tuple[_Floats, _Ints, _Ints, _Ints]], shapes: Sequence[Windows], held: Sequence[float]
) -> Best:
    """The best form of each centre; of equals the first.

    Parameters
    ----------
    parts : sequence of tuples
        For each form: ratios, index into its order, first and last period.
    shapes : sequence of Windows
    held : sequence of float
        Penalty of each form.
    """
    statistic = np.stack([ratio * back for (ratio, _, _, _), back in zip(parts, held, strict=True)])
    form = np.argmax(statistic, axis=0)
    at = np.arange(statistic.shape[1])
    ratio, place, first, last = (np.stack([part[number] for part in parts])[form, at] for number in range(4))
    begins = np.stack([windows.starts[:-1] for windows in shapes])[form, at]
    return Best(ratio, statistic[form, at], form, np.where(place >= 0, place + 1 - begins, 0), first, last)


def apart(
    places: Places, shapes: Sequence[tuple[Ellipse, Windows]], best: Best, *, above: float, same: float = 1e-9
) -> list[Window]:
    """Clusters from the most likely down, each the best of its centre, none with a location of an earlier one.

    Parameters
    ----------
    above : float
        Statistics that are not above this one are not listed.
    same : float
        Statistics that differ by less, relative to themselves, are equal: then the smaller window goes first.
    """
    digits = np.where(best.statistic > 0, best.statistic, 1.0)
    level = np.round(np.log(digits) / same)
    order = np.lexsort([np.arange(level.size), best.size, -level])
    taken = np.zeros(level.size, dtype=bool)
    found = []
    for centre in order:
        if best.statistic[centre] <= above or best.size[centre] == 0:
            continue
        form, windows = shapes[best.form[centre]]
        begin = windows.starts[centre]
        members = windows.order[begin : begin + best.size[centre]]
        if taken[members].any():
            continue
        taken[members] = True
        points = _points(places, form)
        straight = np.sqrt(((points[members] - points[centre]) ** 2).sum(axis=1).max())
        found.append(
            Window(
                centre=int(centre),
                members=members,
                radius=float(places.radius(straight)),
                form=form,
                first=int(best.first[centre]),
                last=int(best.last[centre]),
                ratio=float(best.ratio[centre]),
                statistic=float(best.statistic[centre]),
            )
        )
    return found


def frames_of(
    places: Places, windows: Sequence[Window], columns: pd.DataFrame, alpha: float, totals: tuple[_Floats, _Floats]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of the clusters and of the locations.

    Parameters
    ----------
    columns : DataFrame
        One row for each window: what stands behind its members; with ``p``.
    alpha : float
    totals : tuple of two ndarrays
        What was observed and expected at each location, over the whole study.
    """
    keys = places.table.index
    xy = places.xy
    clusters = pd.DataFrame(
        {
            "centre": keys[[one.centre for one in windows]],
            "x": [xy[one.centre, 0] for one in windows],
            "y": [xy[one.centre, 1] for one in windows],
            "radius": [one.radius for one in windows],
            "elongation": [one.form.elongation for one in windows],
            "angle": [one.form.angle for one in windows],
            "members": pd.Series([tuple(keys[one.members].tolist()) for one in windows], dtype=object),
            "locations": [one.members.size for one in windows],
        }
    )
    numbers = pd.RangeIndex(1, len(windows) + 1, name="cluster")
    clusters = pd.concat([clusters, columns], axis=1).set_index(numbers)
    cluster, p = np.zeros(len(keys), dtype=np.int64), np.full(len(keys), np.nan)
    for number, one in enumerate(windows, start=1):
        cluster[one.members] = number
        p[one.members] = clusters.loc[number, "p"]
    observed, expected = totals
    table = pd.DataFrame(
        {
            "cluster": pd.array(np.where(cluster > 0, cluster, 0), dtype="Int64"),
            "p": p,
            "significant": p <= alpha,
            "observed": observed,
            "expected": expected,
            "ratio": np.divide(observed, expected, out=np.full(len(keys), np.nan), where=expected > 0),
        },
        index=keys,
    )
    table.loc[table["cluster"] == 0, "cluster"] = pd.NA
    return clusters, table.reindex(places.given[places.given.isin(keys)])


def _points(places: Places, form: Ellipse) -> _Floats:
    return places.points if form.elongation == 1 else stretched(places.xy, form.elongation, form.angle)
