"""The packaged tables of the sample: how they are coded on disk, and how they are read back."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import AREA
from socharm.errors import ParameterError
from socharm.sample.synthetic_areas import dissolve
from socharm.sample.synthetic_names import FORCE_NAME

if TYPE_CHECKING:
    from socharm.sample.synthetic import SyntheticForce

__all__ = [
    "PACKAGED",
    "SAMPLE_PERIOD",
    "SAMPLE_SEED",
    "dissolved",
    "encode_force",
    "read_codes",
    "read_dictionary",
]

#: Seed of the packaged sample.
SAMPLE_SEED: Final = 20250930
#: Months of the sample's incidents.
SAMPLE_PERIOD: Final = AssessmentPeriod("2023-10", "2025-09")
PACKAGED: Final = "socharm.sample"
_CRS: Final = "EPSG:27700"


def encode_force(force: SyntheticForce) -> dict[str, pd.DataFrame]:
    """Tables of a synthetic force in their packaged form: integers as small as they go, in an order that compresses.

    Parameters
    ----------
    force : SyntheticForce

    Returns
    -------
    dict of DataFrame
        ``lsoas`` (a GeoDataFrame), ``wards``, ``districts``, ``lsoa_measures``, ``points``, ``incidents``,
        ``extract``, ``indicators``.

    Raises
    ------
    ParameterError
        The force covers other months than the sample: codes of months would mean other months.
    """
    if force.settings.period != SAMPLE_PERIOD:
        raise ParameterError(
            f"`force` covers {force.settings.period}; a packaged one {SAMPLE_PERIOD}. Make it for those months, "
            "or use the force's own tables."
        )
    incidents = force.incidents.copy()
    # Rows are sorted by month and point, so steps between points are small numbers.
    incidents["point"] = np.diff(incidents["point"].to_numpy(), prepend=0) % 65_536
    incidents["same_as"] = np.where(incidents["same_as"] < 0, 0, np.arange(len(incidents)) - incidents["same_as"])
    sizes = {"month": "uint8", "point": "uint16", "category": "uint8", "outcome": "uint8", "same_as": "int32"}
    points = force.points.astype({"lsoa": "int16"})
    points[_STEPS] = points[_STEPS].diff().fillna(points[_STEPS].iloc[:1]).astype("int32")
    measures = pd.concat([force.people, force.deprivation], axis=1).reset_index()
    whole = measures.columns[measures.dtypes == "int64"]
    return {
        "lsoas": force.lsoas[["name", "parent", "geometry"]].reset_index(),
        "wards": pd.concat([force.wards["parent"], force.truth], axis=1).reset_index(),
        "districts": pd.DataFrame(force.districts["name"]).reset_index(),
        "lsoa_measures": measures.astype(dict.fromkeys(whole, "int32")),
        "points": points,
        "incidents": incidents[list(sizes)].astype(sizes),
        "extract": force.extract,
        "indicators": force.indicators.reset_index(),
    }


_STEPS: Final = ["easting", "northing", "longitude", "latitude"]


def read_codes(name: str, folder: Path | None) -> pd.DataFrame:
    """One packaged table, steps added up again.

    Parameters
    ----------
    name : str
        A key of what `encode_force` returns.
    folder : Path or None
        Where the tables are; the packaged ones when None.
    """
    table = pd.read_parquet(_member(f"{name}.parquet", folder))
    if name == "incidents":
        table["point"] = np.cumsum(table["point"].to_numpy(dtype=np.int64)) % 65_536
        steps = table["same_as"].to_numpy(dtype=np.int64)
        table["same_as"] = np.where(steps == 0, -1, np.arange(len(table)) - steps)
    elif name == "points":
        table[_STEPS] = table[_STEPS].astype("int64").cumsum()
    return table


def _member(name: str, folder: Path | None) -> Path:
    file = Path(str(files(PACKAGED))) / "packaged" / name if folder is None else folder / name
    if not file.is_file():
        raise ParameterError(
            f"the sample's table {name!r} is missing. Make it by `python data/build_sample.py`, or install again."
        )
    return file


def read_dictionary(folder: Path | None) -> str:
    """Text of the dictionary of the measures (TOML); the packaged one where `folder` has none of its own."""
    own = folder is not None and (folder / "dictionary.toml").is_file()
    return _member("dictionary.toml", folder if own else None).read_text(encoding="utf-8")


def dissolved(folder: Path | None) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """LSOAs as packaged, and wards and districts drawn from them: they nest exactly because they share vertices."""
    lsoas = gpd.read_parquet(_member("lsoas.parquet", folder)).set_index(AREA)
    wards = read_codes("wards", folder).set_index(AREA)
    districts = read_codes("districts", folder).set_index(AREA)
    ward = wards.index.get_indexer(pd.Index(lsoas["parent"]))
    district = districts.index.get_indexer(pd.Index(wards["parent"]))[ward]
    force = FORCE_NAME.removesuffix(" Police")
    shapes = lsoas.geometry.to_numpy()
    kept = lsoas.assign(force=force)[["name", "parent", "force", "geometry"]]
    drawn = (
        gpd.GeoDataFrame(wards[["name", "parent"]].assign(force=force), geometry=dissolve(shapes, ward), crs=_CRS),
        gpd.GeoDataFrame(
            districts[["name"]].assign(parent=None, force=force), geometry=dissolve(shapes, district), crs=_CRS
        ),
    )
    return gpd.GeoDataFrame(kept, geometry="geometry", crs=lsoas.crs), *drawn
