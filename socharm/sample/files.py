"""The sample as ordinary files: what an analyst has on disk before the work begins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from socharm.files.atomic import atomic_folder
from socharm.files.delimited import write_csv
from socharm.files.geopackage import write_layers
from socharm.sample.synthetic_names import FORCE_NAME, FORCE_SLUG

if TYPE_CHECKING:
    from socharm.sample.load import Sample

__all__ = ["write_files"]

_KINDS: Final = {"residents": "resident", "workday": "workday"}
#: Date that the GeoPackages carry: the end of the sample's period, not the clock's.
_STAMP: Final = "2025-09-30"


def write_files(sample: Sample, folder: Path) -> Path:
    """Write every part of `sample` under `folder` and return the folder; a kill leaves no half of it."""
    with atomic_folder(folder, merge=True) as begun:
        _write_parts(sample, begun)
    return folder


def _write_parts(sample: Sample, folder: Path) -> None:
    _write_areas(sample, folder)
    _write(sample.lookup_table, folder / "lookup.csv")
    for level, code in (("ward", "ward_code"), ("lsoa", "lsoa_code")):
        both = {kind: sample.populations[f"{level}-{name}"].values.astype(int) for kind, name in _KINDS.items()}
        _write(pd.DataFrame(both).rename_axis(code).reset_index(), folder / f"population_{level}s.csv")
    _write(sample.deprivation.rename_axis("lsoa_code").reset_index(), folder / "deprivation.csv")
    _write(sample.truth.rename_axis("ward_code").reset_index(), folder / "truth.csv")
    _write(sample.indicator_values.rename_axis("ward_code").reset_index(), folder / "indicators.csv")
    (folder / "dictionary.toml").write_text(sample.dictionary, encoding="utf-8", newline="\n")
    _write(sample.extract, folder / "extract.csv")
    _write_street(sample.street, folder / "police-uk")


def _write_areas(sample: Sample, folder: Path) -> None:
    names = sample.lookup_table
    wards = names.drop_duplicates("ward_code").drop(columns=["lsoa_code", "lsoa_name"])
    tables = {
        "lsoas": (sample.lsoas, names, "lsoa_code"),
        "wards": (sample.wards, wards, "ward_code"),
        "districts": (sample.districts, wards[["district_code", "district_name"]].drop_duplicates(), "district_code"),
    }
    for layer, (areas, columns, code) in tables.items():
        told = columns.set_index(code).reindex(areas.index).rename_axis(code).reset_index()
        told["force_name"] = FORCE_NAME
        frame = gpd.GeoDataFrame(told, geometry=areas.geometry.to_numpy(), crs=areas.crs)
        write_layers({layer: frame}, folder / f"{layer}.gpkg", stamp=_STAMP)


def _write_street(street: pd.DataFrame, folder: Path) -> None:
    for month, rows in street.groupby("Month", sort=True):
        (folder / str(month)).mkdir(parents=True, exist_ok=True)
        _write(rows, folder / str(month) / f"{month}-{FORCE_SLUG}-street.csv", float_format="%.6f")


def _write(table: pd.DataFrame, path: Path, *, float_format: str | None = None) -> None:
    """Data for programs, with the line ends that the published files of this kind have."""
    write_csv(table, path, newline="\n", for_people=False, float_format=float_format)
