"""The sample as ordinary files: what an analyst has on disk before the work begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm.files.atomic import atomic_folder
from socharm.files.delimited import write_csv
from socharm.files.geopackage import write_layers
from socharm.io.areas import Areas
from socharm.sample.synthetic_names import FORCE_NAME, FORCE_SLUG

__all__ = ["write_files"]

#: Date that the GeoPackages carry: the end of the sample's period, not the clock's.
_STAMP: Final = "2025-09-30"


def write_files(
    folder: Path,
    *,
    areas: Mapping[str, Areas],
    names: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    dictionary: str,
    street: pd.DataFrame,
) -> Path:
    """Write the parts of a sample under `folder` and return the folder; a kill leaves no half of it.

    Parameters
    ----------
    folder : Path
    areas : mapping of str to Areas
        ``lsoas``, ``wards``, ``districts``.
    names : DataFrame
        LSOA, ward and district of every LSOA, which is also the table ``lookup``.
    tables : mapping of str to DataFrame
        Contents of further tables by the name of the file.
    dictionary : str
        Meaning of the partners' measures, in TOML.
    street : DataFrame
        Incidents in the columns of police.uk, one file a month.
    """
    with atomic_folder(folder, merge=True) as begun:
        _write_areas(areas, names, begun)
        for name, table in {"lookup": names, **tables}.items():
            _write(table, begun / f"{name}.csv")
        (begun / "dictionary.toml").write_text(dictionary, encoding="utf-8", newline="\n")
        _write_street(street, begun / "police-uk")
    return folder


def _write_areas(areas: Mapping[str, Areas], names: pd.DataFrame, folder: Path) -> None:
    wards = names.drop_duplicates("ward_code").drop(columns=["lsoa_code", "lsoa_name"])
    columns = {
        "lsoas": (names, "lsoa_code"),
        "wards": (wards, "ward_code"),
        "districts": (wards[["district_code", "district_name"]].drop_duplicates(), "district_code"),
    }
    for layer, (told, code) in columns.items():
        shapes = areas[layer]
        rows = told.set_index(code).reindex(shapes.index).rename_axis(code).reset_index()
        rows["force_name"] = FORCE_NAME
        frame = gpd.GeoDataFrame(rows, geometry=shapes.geometry.to_numpy(), crs=shapes.crs)
        write_layers({layer: frame}, folder / f"{layer}.gpkg", stamp=_STAMP)


def _write_street(street: pd.DataFrame, folder: Path) -> None:
    for month, rows in street.groupby("Month", sort=True):
        (folder / str(month)).mkdir(parents=True, exist_ok=True)
        _write(rows, folder / str(month) / f"{month}-{FORCE_SLUG}-street.csv", float_format="%.6f")


def _write(table: pd.DataFrame, path: Path, *, float_format: str | None = None) -> None:
    """Data for programs, with the line ends that the published files of this kind have."""
    write_csv(table, path, newline="\n", for_people=False, float_format=float_format)
