"""What every reader of boundaries returns: the wanted columns, the shapes, what the file says of its coordinates."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._checks import names_told, nearest_name
from socharm._limits import MAX_FEATURES, require_within
from socharm.errors import ParameterError, SchemaError
from socharm.io.personal import LOOKED_AT

__all__ = ["ROUND_COUNTS", "Layer", "require_fields", "require_number", "require_only_layer", "shapes_from_wkb"]

#: Numbers of features at which servers stop unless they are asked for more.
ROUND_COUNTS: Final = (1_000, 2_000, 5_000, 10_000)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a boundary file.

    Attributes
    ----------
    columns : DataFrame
        The wanted columns, one row per feature, index from 0.
    shapes : ndarray of geometries
        None where a feature has none.
    crs : object or None
        What the file states, as `pyproj` takes it.
    said : str
        How it states it, as a sentence says it: ``"the file says EPSG:27700"``.
    assumed : bool
        The file itself states nothing; `crs` is what its format stands for.
    name : str
        Name of the layer in the file, where it has several.
    unclosed : ndarray of bool
        Features with a ring that was not closed, and was.
    unreadable : ndarray of bool
        Features whose geometry cannot be read.
    messages : tuple of str
        What the reader had to say.
    others : DataFrame
        The first rows of the columns that nobody asked for, so that they can be looked at for persons.
    """

    columns: pd.DataFrame
    shapes: NDArray[np.object_]
    crs: Any
    said: str
    assumed: bool = False
    name: str = ""
    unclosed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    unreadable: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    messages: tuple[str, ...] = ()
    others: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        for mark in ("unclosed", "unreadable"):
            if not len(getattr(self, mark)):
                object.__setattr__(self, mark, np.zeros(len(self.shapes), dtype=bool))

    @staticmethod
    def other_cells(rows: Sequence[Mapping[str, Any]], wanted: Collection[str]) -> pd.DataFrame:
        """`others`, from the attributes of features; what is a list or a record is left out."""
        head = rows[:LOOKED_AT]
        names = dict.fromkeys(str(name) for row in head for name in row)
        cells = {
            name: [value for row in head if not isinstance(value := row.get(name), (dict, list))]
            for name in names
            if name not in wanted
        }
        return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})

    def of_file(self, name: str) -> Layer:
        """The layer under another name, such as that of the file inside an archive."""
        return replace(self, name=f"{name}: {self.name}" if self.name else name)


def require_only_layer(layer: str | None, file: str) -> None:
    """Stop where a layer is asked for that a file of one layer, which takes the name of the file, does not have."""
    name = PurePath(file).stem
    if layer is None or layer == name:
        return
    hint = nearest_name(layer, [name])
    meant = f" Did you mean {hint!r}?" if hint else " Leave `layer` out."
    raise ParameterError(f"`layer` is {layer!r}; {file!r} holds one layer.{meant}")


def require_fields(fields: list[str], wanted: list[str], file: str, *, kind: str = "") -> None:
    """Stop unless the file has the wanted columns; suggests the nearest names."""
    missing = [column for column in wanted if column not in fields]
    if not missing:
        return
    hints = {column: nearest_name(column, fields) for column in missing}
    meant = "".join(f" Did you mean {hint!r} for {column!r}?" for column, hint in hints.items() if hint)
    what = f", {kind}," if kind else ""
    has = f"it has {names_told(fields)}." if fields else "its features have no attributes at all."
    raise SchemaError(f"{file!r}{what} lacks the columns {missing}; {has}{meant} Name the right ones.")


def require_number(n: int, file: str) -> None:
    """Stop at a layer of no features, and at one of too many."""
    if not n:
        raise SchemaError(f"{file!r} holds no areas. Export it again.")
    require_within(n, MAX_FEATURES, what=f"features in {file!r}", remedy="Keep the areas you work on, in a GIS.")


def shapes_from_wkb(
    wkb: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Shapes, which of them had unclosed rings, and which cannot be read."""
    # GEOS says on the way what could not be read; it is told by row, and once.
    shapes = _quietly(wkb, "ignore")
    lost = np.array([one is not None for one in wkb], dtype=bool) & shapely.is_missing(shapes)
    if not lost.any():
        return shapes, lost, lost.copy()
    shapes = shapes.copy()
    shapes[lost] = _quietly(wkb[lost], "fix")
    # A "ring" of two points is closed to a line there and back: no surface, so no polygon.
    unreadable = lost & (shapely.is_missing(shapes) | ~(shapely.area(shapes) > 0))
    shapes[unreadable] = None
    return shapes, lost & ~unreadable, unreadable


def _quietly(wkb: NDArray[np.object_], on_invalid: Any) -> NDArray[np.object_]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made: NDArray[np.object_] = shapely.from_wkb(wkb, on_invalid=on_invalid)
        except (shapely.errors.ShapelyError, TypeError, ValueError):
            made = np.array([_one(item, on_invalid) for item in wkb], dtype=object)
    return made


def _one(wkb: Any, on_invalid: Any) -> Any:
    try:
        return shapely.from_wkb(wkb, on_invalid=on_invalid)
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        return None
