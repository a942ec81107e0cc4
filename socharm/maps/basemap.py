"""What lies under a map, only when asked for: tiles by name, or a local raster or vector file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import geopandas as gpd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socharm._checks import nearest_name
from socharm._limits import MAX_CELLS, require_within
from socharm.errors import CRSError, ParameterError, RefusedError
from socharm.io._door import reading
from socharm.io._safety import safe_path
from socharm.io.boundary_files import read_boundary_layer
from socharm.io.crs import parse_crs
from socharm.io.file_kinds import BOUNDARY_KINDS, kind_of

__all__ = ["draw_basemap", "is_basemap_file", "require_basemap"]

_RASTERS: Final = (".tif", ".tiff")
_TIFF_HEADS: Final = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def draw_basemap(ax: Axes, basemap: str | os.PathLike[str] | None, *, crs: str) -> None:
    """Draw `basemap` under what is on `ax`; nothing when it is None.

    Parameters
    ----------
    ax : Axes
        With its final limits.
    basemap : str, path or None
        Name of a contextily provider such as ``"OpenStreetMap.Mapnik"`` (this fetches tiles from the
        network), a GeoTIFF, or a vector file.
    crs : str
        CRS of the axes; a local file must have the same.

    Raises
    ------
    ParameterError
        The name is neither a file nor a provider.
    CRSError
        The file is in another coordinate system.
    RefusedError
        The file is not what its extension says.
    """
    if basemap is None:
        return
    limits = ax.get_xlim(), ax.get_ylim()
    text = os.fspath(basemap)
    if Path(text).suffix.lower() in _RASTERS:
        _draw_raster(ax, Path(text), crs)
    elif is_basemap_file(text):
        _draw_vector(ax, safe_path(text, kinds=BOUNDARY_KINDS, name="basemap"), crs)
    else:
        _draw_tiles(ax, text, crs)
    ax.set(xlim=limits[0], ylim=limits[1])


def is_basemap_file(basemap: str) -> bool:
    """Whether a text names a file, and no provider of tiles.

    Examples
    --------
    >>> is_basemap_file("maps/base.tif"), is_basemap_file("OpenStreetMap.Mapnik")
    (True, False)
    """
    known = kind_of(basemap) is not None or Path(basemap).suffix.lower() in _RASTERS
    return known or any(mark in basemap for mark in "/\\:")


def require_basemap(basemap: str | None, *, crs: str) -> None:
    """Stop unless a basemap could be drawn: a file is drawn to nowhere, a provider's name is looked up.

    Raises
    ------
    ParameterError, CRSError, RefusedError, MissingExtraError
        As `draw_basemap`.
    """
    if basemap is None:
        return
    if is_basemap_file(basemap):
        draw_basemap(Figure().subplots(), basemap, crs=crs)
    else:
        _require_provider(basemap)


def _draw_raster(ax: Axes, path: Path, crs: str) -> None:
    import rasterio  # type: ignore[import-untyped]  # comes with contextily

    if not path.is_file():
        raise ParameterError(f"`basemap` names {path.name!r}, which is not a file here. Check the name and folder.")
    with path.open("rb") as stream:
        if stream.read(4) not in _TIFF_HEADS:
            raise RefusedError(f"`basemap` {path.name!r} is not a GeoTIFF, whatever its name says. Export it again.")
    with reading(path.name, what="a GeoTIFF"), rasterio.open(path, driver="GTiff") as raster:
        _require_crs(raster.crs.to_string() if raster.crs else None, crs)
        cells = raster.width * raster.height * min(raster.count, 3)
        require_within(cells, MAX_CELLS, what=f"cells in {path.name!r}", remedy="Cut it to the areas.")
        bands = raster.read(list(range(1, min(raster.count, 3) + 1)))
        left, bottom, right, top = raster.bounds
    image = bands.transpose(1, 2, 0) if bands.shape[0] == 3 else bands[0]
    ax.imshow(image, extent=(left, right, bottom, top), origin="upper", cmap="gray", zorder=-5)


def _draw_vector(ax: Axes, path: Path, crs: str) -> None:
    read = read_boundary_layer(path, [])
    system = None if read.crs is None else parse_crs(read.crs, name="basemap")
    _require_crs(None if system is None else system.to_string(), crs)
    layer = gpd.GeoDataFrame(geometry=read.shapes, crs=system)
    layer.plot(ax=ax, facecolor="#ececec", edgecolor="#b5b5b5", linewidth=0.6, zorder=-5, aspect=None)


def _require_crs(found: str | None, wanted: str) -> None:
    from pyproj import CRS

    if found is None or CRS.from_user_input(found) != CRS.from_user_input(wanted):
        raise CRSError(f"`basemap` is in {found or 'no stated CRS'}, the areas in {wanted}. Reproject the file first.")


def _require_provider(name: str) -> None:
    import contextily

    known = contextily.providers.flatten()
    if name not in known:
        hint = nearest_name(name, known)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`basemap` is {name!r}, which is neither a file nor a provider.{meant} "
            "Give a GeoTIFF, a vector file, or a provider such as 'OpenStreetMap.Mapnik'."
        )


def _draw_tiles(ax: Axes, name: str, crs: str) -> None:
    import contextily

    _require_provider(name)
    contextily.add_basemap(ax, crs=crs, source=contextily.providers.flatten()[name])
