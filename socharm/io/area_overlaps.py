"""Which areas of two sets lie over each other, whatever they are called."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from socharm.io.crs import parse_crs

__all__ = ["outlines_of", "overlapping_areas"]

#: Overlaps below a square metre come of how borders are drawn.
_LEAST_M2: Final = 1.0


def outlines_of(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Borders of areas as text.

    Parameters
    ----------
    areas : GeoDataFrame

    Returns
    -------
    DataFrame
        Index ``area_code``; ``geometry`` (hexadecimal WKB), ``crs``.
    """
    shapes = [shapely.to_wkb(shape, hex=True) for shape in areas.geometry]
    index = pd.Index(areas.index.astype(str), name="area_code")
    return pd.DataFrame(
        {"geometry": shapes, "crs": parse_crs(areas.crs, name="areas").to_string()}, index=index
    ).astype("str")


def overlapping_areas(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Pairs of areas that overlap, with the share of each that the other holds.

    Parameters
    ----------
    first, second : DataFrame
        As `outlines_of` gives them.

    Returns
    -------
    DataFrame
        ``first``, ``second`` (codes), ``share_first``, ``share_second``.
    """
    ours, theirs = _shapes(first), _shapes(second)
    if first["crs"].iloc[0] != second["crs"].iloc[0]:
        theirs = theirs.to_crs(str(first["crs"].iloc[0]))
    left, right = ours.to_numpy(), theirs.to_numpy()
    a, b = shapely.STRtree(right).query(left, predicate="intersects")
    same = np.fromiter((left[i].equals_exact(right[j], 0.0) for i, j in zip(a, b, strict=True)), bool, len(a))
    shared = np.where(same, shapely.area(left[a]), 0.0)
    shared[~same] = shapely.area(shapely.intersection(left[a[~same]], right[b[~same]]))
    found = pd.DataFrame(
        {
            "first": first.index.to_numpy()[a],
            "second": second.index.to_numpy()[b],
            "share_first": shared / shapely.area(left[a]),
            "share_second": shared / shapely.area(right[b]),
        }
    )
    return found[shared > _LEAST_M2].reset_index(drop=True)


def _shapes(outlines: pd.DataFrame) -> gpd.GeoSeries:
    shapes = shapely.make_valid(shapely.from_wkb(outlines["geometry"].to_numpy(dtype=object)))
    return gpd.GeoSeries(shapes, crs=outlines["crs"].iloc[0])
