"""Files of different layouts as one source: each layout is mapped by itself, and all coordinates meet in one system."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError, SocharmError
from socharm.io.crs import BRITISH_NATIONAL_GRID, LONGITUDE_LATITUDE, crs_label, parse_crs, transformer
from socharm.io.incidents.extract import ROW, Mapped, canonical_frame, map_columns
from socharm.io.incidents.numbers import read_coordinates
from socharm.io.incidents.text_file import TextFile

__all__ = ["Layout", "Layouts", "chosen_columns", "coordinates_of", "map_layouts", "recogniser"]

_DEFAULTS: Final = {"grid": BRITISH_NATIONAL_GRID, "lonlat": LONGITUDE_LATITUDE, "area_code": "area_code"}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Files of one header, and which column means what in them."""

    files: tuple[TextFile, ...]
    mapped: Mapped
    crs: str


@dataclass(frozen=True, kw_only=True)
class Layouts:
    """All layouts of a source.

    Attributes
    ----------
    layouts : tuple of Layout
    coordinates : str
        The system that all of them are given in, or ``"area_code"``.
    """

    layouts: tuple[Layout, ...]
    coordinates: str

    @property
    def name(self) -> str:
        """``"police.uk"`` where every file is of that layout."""
        found = {layout.mapped.layout for layout in self.layouts}
        return found.pop() if len(found) == 1 else "extract"

    @property
    def columns(self) -> dict[str, str]:
        """Our name of a column to its name in the files; names that differ stand side by side."""
        names: dict[str, list[str]] = {}
        for layout in self.layouts:
            for meaning, column in layout.mapped.columns.items():
                names.setdefault(meaning, []).append(column)
        return {meaning: " | ".join(dict.fromkeys(found)) for meaning, found in names.items()}

    @property
    def flags(self) -> tuple[str, ...]:
        """Names of the flags."""
        return tuple(self.layouts[0].mapped.flags)

    def build(
        self, frame: pl.LazyFrame, files: Sequence[TextFile], *, missing: Collection[str], thousands: str | None
    ) -> pl.LazyFrame:
        """Canonical columns of a frame over files of one header; the same columns for every layout."""
        layout = next(layout for layout in self.layouts if layout.files[0].header == files[0].header)
        found: pl.LazyFrame = nw.to_native(
            canonical_frame(nw.from_native(frame), layout.mapped, file=files[0].name, missing=missing)
        )
        if layout.crs != self.coordinates:
            is_degrees = layout.mapped.coordinates == "lonlat"
            read = read_coordinates(missing, is_degrees=is_degrees, thousands=thousands)
            found = _in_system(found, layout.crs, self.coordinates, read)
        header = dict.fromkeys(name for other in self.layouts for name in other.files[0].header)
        own = set(layout.files[0].header)
        lacking = [pl.lit(None, pl.String).alias(f"{ROW}{name}") for name in header if name not in own]
        plain = [name for name in found.collect_schema().names() if not name.startswith(ROW)]
        return found.with_columns(lacking).select(*plain, *(f"{ROW}{name}" for name in header))


def map_layouts(
    files: Sequence[TextFile], columns: Mapping[str, Any] | None, *, date_basis: str, crs: Any, label: str
) -> Layouts:
    """Map the columns of every layout that occurs.

    Parameters
    ----------
    columns : mapping, optional
        Meaning to column name, or to several names where files differ.

    Raises
    ------
    SchemaError
        A layout that cannot be mapped; names the files of it.
    ParameterError
        Some files carry coordinates and others area codes.
    """
    groups: dict[tuple[str, ...], list[TextFile]] = {}
    for file in files:
        groups.setdefault(file.header, []).append(file)
    mapped = {}
    for header, group in groups.items():
        name = label if len(groups) == 1 else _label(group, len(groups))
        mapped[header] = map_columns(header, chosen_columns(header, columns), date_basis=date_basis, name=name)
    kinds = {found.coordinates for found in mapped.values()}
    if "area_code" in kinds and len(kinds) > 1:
        coded = [group[0].name for header, group in groups.items() if mapped[header].coordinates == "area_code"]
        raise SchemaError(
            f"{label} holds files with area codes, such as {coded[0]!r}, beside files with coordinates. Read them "
            "apart, or say with `columns=` which columns tell the place."
        )
    systems = {kind: coordinates_of(kind, crs, alone=len(kinds) == 1) for kind in kinds}
    layouts = tuple(
        Layout(files=tuple(group), mapped=mapped[header], crs=systems[mapped[header].coordinates])
        for header, group in groups.items()
    )
    return Layouts(layouts=layouts, coordinates=systems.get("lonlat") or layouts[0].crs)


def _label(group: Sequence[TextFile], layouts: int) -> str:
    names = [file.name for file in group]
    more = f" and {number_of(len(names) - 3, 'more file', 'more files')}" if len(names) > 3 else ""
    return f"one of {layouts} layouts of the source ({', '.join(map(repr, names[:3]))}{more})"


def recogniser(columns: Mapping[str, Any] | None, date_basis: str) -> Callable[[Sequence[str]], bool]:
    """Test whether cells are the column names of incidents."""

    def recognise(cells: Sequence[str]) -> bool:
        try:
            map_columns(cells, chosen_columns(cells, columns), date_basis=date_basis, name="")
        except SocharmError:
            return False
        return True

    return recognise


def chosen_columns(header: Sequence[str], columns: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """`columns` with one name for each meaning: of several names the first that this layout has."""
    if columns is None:
        return None
    chosen = dict(columns)
    for meaning, names in columns.items():
        if meaning != "flags" and isinstance(names, (list, tuple)):
            if not names:
                raise ParameterError(f"`columns` names no column for {meaning!r}. Name one, or leave it out.")
            chosen[meaning] = next((name for name in names if name in header), names[0])
    return chosen


def coordinates_of(kind: str, crs: Any, *, alone: bool = True) -> str:
    """System of a kind of coordinates; a stated one holds for the kind that it can belong to."""
    if crs is None or kind == "area_code":
        return _DEFAULTS[kind]
    parsed = parse_crs(crs)
    if not alone and parsed.is_geographic != (kind == "lonlat"):
        return _DEFAULTS[kind]
    return crs_label(parsed)


def _in_system(frame: pl.LazyFrame, source: str, target: str, read: Callable[[pl.Series], pl.Series]) -> pl.LazyFrame:
    """`x` and `y` in another system; each distinct point is transformed once."""
    point = pl.Struct({"x": pl.Float64, "y": pl.Float64})

    def convert(points: pl.Series) -> pl.Series:
        x, y = (read(points.struct.field(axis)).to_numpy().astype(float) for axis in ("x", "y"))
        # (0, 0) says that there is no place, in every system; what is missing stays missing.
        known = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
        if known.any():
            distinct, at = np.unique(x[known] + 1j * y[known], return_inverse=True)
            # PROJ crashes in the small threads of the engine, so it works in one of Python's.
            with ThreadPoolExecutor(max_workers=1) as pool:
                moved = pool.submit(_moved, source, target, distinct.real, distinct.imag).result()
            x[known], y[known] = moved[0][at], moved[1][at]
        columns = {"x": pl.Series(x).fill_nan(None), "y": pl.Series(y).fill_nan(None)}
        return pl.DataFrame(columns).to_struct()

    moved = pl.struct("x", "y").map_batches(convert, return_dtype=point, is_elementwise=True)
    return (
        frame.with_columns(moved.alias("_point"))
        .with_columns(x=pl.col("_point").struct.field("x"), y=pl.col("_point").struct.field("y"))
        .drop("_point")
    )


def _moved(source: str, target: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Any, Any]:
    return transformer(source, target).apply(x, y)
