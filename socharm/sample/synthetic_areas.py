"""Areas of the synthetic force as tables: codes that cannot be real, made-up names, wards drawn from their LSOAs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._columns import AREA
from socharm.sample.synthetic_names import DISTRICT_NAMES, FORCE_NAME, ward_names

if TYPE_CHECKING:
    from socharm.sample.synthetic_land import Land

__all__ = ["area_frames", "dissolve"]

_CRS: Final = "EPSG:27700"


def dissolve(shapes: NDArray[np.object_], group: NDArray[np.int64]) -> NDArray[np.object_]:
    """One polygon for each group of polygons that share their vertices exactly, by number of the group."""
    merged = [shapely.normalize(shapely.coverage_union_all(shapes[group == g])) for g in range(int(group.max()) + 1)]
    return np.array(merged, dtype=object)


def area_frames(rng: np.random.Generator, land: Land) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """LSOAs, wards and districts, in this order."""
    n_wards, n_districts = int(land.ward.max()) + 1, int(land.district.max()) + 1
    of_ward = pd.Series(land.district).groupby(land.ward).first().to_numpy()
    district_codes = np.array([f"X08{number + 1:06d}" for number in range(n_districts)])
    ward_codes = np.array([f"X05{number + 1:06d}" for number in range(n_wards)])
    lsoa_codes = np.array([f"X01{number + 1:06d}" for number in range(len(land.lsoas))])
    letter = pd.Series(land.ward).groupby(land.ward).cumcount()
    town = np.array(DISTRICT_NAMES)[land.district]
    lsoa_names = [f"{t} {w + 1:03d}{chr(65 + k)}" for t, w, k in zip(town, land.ward, letter, strict=True)]

    def frame(codes: Iterable[str], names: object, parents: object, shapes: object) -> gpd.GeoDataFrame:
        columns = {"name": names, "parent": parents, "force": FORCE_NAME.removesuffix(" Police")}
        return gpd.GeoDataFrame(
            pd.DataFrame(columns, index=pd.Index(list(codes), name=AREA)), geometry=shapes, crs=_CRS
        )

    return (
        frame(lsoa_codes, lsoa_names, ward_codes[land.ward], land.lsoas),
        frame(ward_codes, ward_names(n_wards, rng), district_codes[of_ward], dissolve(land.lsoas, land.ward)),
        frame(district_codes, list(DISTRICT_NAMES), None, dissolve(land.lsoas, land.district)),
    )
