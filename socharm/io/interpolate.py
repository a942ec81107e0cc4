"""Values carried between geographies that have no lookup, by the ground they share."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._checks import require_columns, require_finite
from socharm._columns import AREA
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import DataWarning
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs

__all__ = ["InterpolateSettings", "interpolate"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class InterpolateSettings(Settings):
    """Choices of `interpolate`."""

    extensive: tuple[str, ...] = setting((), "columns of totals, divided in proportion to the ground")
    intensive: tuple[str, ...] = setting((), "columns of rates or shares, averaged in proportion to the ground")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        names = [*self.extensive, *self.intensive]
        if not names or len(set(names)) < len(names):
            yield f"name each column once in `extensive` or `intensive`; found {names}."


@checked
def interpolate(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    *,
    extensive: Sequence[str] = (),
    intensive: Sequence[str] = (),
    settings: InterpolateSettings | Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    r"""Area-weighted interpolation from one set of polygons to another.

    Parameters
    ----------
    source : GeoDataFrame
        Polygons by area code with the columns to carry; a CRS in metres.
    target : GeoDataFrame
        Polygons by area code, in the same CRS.
    extensive : sequence of str
        Columns of totals, such as residents: divided in proportion to the ground.
    intensive : sequence of str
        Columns of rates or shares: averaged in proportion to the ground.
    settings : InterpolateSettings or mapping, optional
        Choices of another table, for what is not stated by keyword.

    Returns
    -------
    DataFrame
        Index of `target`; the columns named, and ``coverage``: the share of the target's ground that the source
        covers. A target without any is missing, not 0; so is one of which a part has a missing value.

    Raises
    ------
    CRSError
        The two are in different coordinate systems, or not in metres.
    SchemaError
        A column is missing or holds no numbers.
    ParameterError
        No column is named, or one is named twice.

    Warns
    -----
    DataWarning
        Some of a source's ground lies outside all targets: that part of its total is not carried, and is counted.

    Notes
    -----
    :math:`x_t = \sum_s x_s |s \cap t| / |s|` for totals, :math:`x_t = \sum_s x_s |s \cap t| / \sum_s |s \cap t|` for
    rates. It takes people to live evenly on the ground of their area, which they do not: a lookup by
    population-weighted centroids, or a table of the target's own, is better where there is one.

    References
    ----------
    Goodchild, M. F., Lam, N. S.-N. (1980). Areal interpolation: a variant of the traditional spatial problem.
    Geo-Processing 1, 297-312.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> one = gpd.GeoDataFrame({"people": [90.0]}, geometry=[box(0, 0, 3, 1)], index=["S"], crs="EPSG:27700")
    >>> two = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), box(1, 0, 3, 1)], index=["T1", "T2"], crs="EPSG:27700")
    >>> interpolate(one, two, extensive=["people"])["people"].round(6).tolist()
    [30.0, 60.0]
    """
    chosen = InterpolateSettings.of(settings)
    _check(source, target, [*chosen.extensive, *chosen.intensive])
    shapes, others = source.geometry.to_numpy(), target.geometry.to_numpy()
    pairs = shapely.STRtree(shapes).query(others, predicate="intersects")
    t, s = pairs[0], pairs[1]
    order = np.lexsort((s, t))
    t, s = t[order], s[order]
    shared = shapely.area(shapely.intersection(shapes[s], others[t]))
    touching = shared > 0
    t, s, shared = t[touching], s[touching], shared[touching]
    whole = shapely.area(shapes)
    covered = np.bincount(t, weights=shared, minlength=len(target)).astype(np.float64)
    table = pd.DataFrame(index=target.index.rename(AREA))
    for column in chosen.extensive:
        values = source[column].to_numpy(dtype=float)
        table[column] = _sums(t, values[s] * shared / whole[s], len(target), covered)
    for column in chosen.intensive:
        values = source[column].to_numpy(dtype=float)
        with np.errstate(invalid="ignore", divide="ignore"):
            table[column] = _sums(t, values[s] * shared, len(target), covered) / covered
    table["coverage"] = covered / shapely.area(others)
    _note_lost(source, np.bincount(s, weights=shared, minlength=len(source)) / whole)
    return table


def _check(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, names: Sequence[str]) -> None:
    require_columns(source, names, name="source")
    for column in names:
        require_finite(source[column].dropna(), name=f"source.{column}")
    require_areas(source, name="source")
    require_areas(target, name="target")
    require_same_crs(source.crs, target.crs, names=("source", "target"))


def _sums(t: NDArray[np.int64], parts: _Floats, n: int, covered: _Floats) -> _Floats:
    """Sums by target in the order of the pairs; a missing part makes the whole missing, no part too."""
    return np.where(covered > 0, np.bincount(t, weights=parts, minlength=n), np.nan)


def _note_lost(source: gpd.GeoDataFrame, carried: _Floats) -> None:
    lost = carried < 1 - 1e-6
    if lost.any():
        worst = source.index[np.argsort(carried, kind="stable")[:3]]
        warnings.warn(
            f"{int(lost.sum()):,} of {number_of(len(source), 'source area')} {'lies' if lost.sum() == 1 else 'lie'} "
            f"partly outside the targets ({1 - carried[lost].mean():.1%} of their ground on average, most in "
            f"{list(worst)}); that part of their totals is not carried.",
            DataWarning,
            stacklevel=3,
        )
