"""What clusters of harm points are called, on a map and on a sheet: by the area that each has its middle in."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm.maps.names import area_names

__all__ = ["cluster_names"]

_OUTSIDE: Final = "outside the areas"


def cluster_names(polygons: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Name of the area that a point inside each cluster lies in.

    Of several clusters in one area each has the next area too, and a letter where they share that. All clusters are
    named together, so that a cluster has one name wherever it stands.

    Parameters
    ----------
    polygons : GeoDataFrame
        Of `PointClusters`.
    areas : GeoDataFrame
        In the same coordinate system; the code stands for an area without a name.

    Returns
    -------
    Series of str
        By rank of the cluster, no two alike.
    """
    inner = gpd.GeoDataFrame(geometry=polygons.geometry.representative_point(), crs=polygons.crs)
    found = gpd.sjoin(inner, areas.reset_index(names="_code")[["_code", "geometry"]], predicate="within", how="left")
    code = found["_code"].groupby(level=0).min().reindex(polygons.index)
    names = area_names(areas)
    first = pd.Series(
        [f"around {names[one]}" if one in names.index else _OUTSIDE for one in code], index=polygons.index, dtype="str"
    )
    full = first.copy()
    for cluster in first.index[first.duplicated(keep=False)]:
        others = areas.geometry.drop(code[cluster], errors="ignore")
        if len(others):
            nearest = others.distance(inner.geometry[cluster]).idxmin()
            full[cluster] = f"{first[cluster]}, towards {names[nearest]}"
    return pd.Series(_apart(list(full)), index=polygons.index, dtype="str")


def _apart(names: Sequence[str]) -> list[str]:
    """Names of which no two are alike: equal ones get a letter, or two from the 27th on."""
    count = Counter(names)
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        told.append(f"{name} ({_letters(seen[name])})" if count[name] > 1 else name)
        seen[name] += 1
    return told


def _letters(number: int) -> str:
    rest, last = divmod(number, len(string.ascii_lowercase))
    return (_letters(rest - 1) if rest else "") + string.ascii_lowercase[last]
