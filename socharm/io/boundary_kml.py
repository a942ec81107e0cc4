"""Boundaries of a KML file: its placemarks, their names and their extended data; nothing it points to is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Polygon

from socharm._limits import MAX_JSON_BYTES, require_within
from socharm._words import number_of
from socharm.errors import RefusedError, SchemaError
from socharm.io._door import reading
from socharm.io.boundary_layer import Layer, require_fields, require_number
from socharm.io.crs import LONGITUDE_LATITUDE

__all__ = ["read_kml_layer"]


def read_kml_layer(file: Path, wanted: list[str]) -> Layer:
    """Placemarks of a KML file.

    Parameters
    ----------
    file : Path
        `safe_path` has refused document types and entities.
    wanted : list of str
        Columns to keep: ``name``, ``description``, and the names of the extended data.

    Raises
    ------
    SchemaError
        Not well-formed, or no placemarks.
    RefusedError
        A link to another file or server in place of the shapes.
    """
    size = file.stat().st_size
    require_within(size, MAX_JSON_BYTES, what=f"bytes in {file.name!r}", remedy="Convert it to a GeoPackage.")
    with reading(file.name, what="KML", advice="If the download broke off, download it again."):
        # Without a document type, which `safe_path` refuses, there are no entities to grow or to fetch.
        root = ElementTree.fromstring(file.read_bytes())
    marks = [element for element in root.iter() if _tag(element) == "Placemark"]
    if any(_tag(element) == "NetworkLink" for element in root.iter()):
        raise RefusedError(
            f"{file.name!r} points to another file or server (a NetworkLink), which socharm does not fetch. Download "
            "what it names and read that."
        )
    require_number(len(marks), file.name)
    rows = [_attributes(mark) for mark in marks]
    require_fields(list(dict.fromkeys(key for row in rows for key in row)), wanted, file.name, kind="KML")
    shapes = np.empty(len(marks), dtype=object)
    dropped = 0
    for row, mark in enumerate(marks):
        shapes[row], others = _shape(mark, row, file.name)
        dropped += others
    told = (
        (
            f"{number_of(dropped, 'point or line beside polygons was', 'points and lines beside polygons were')} left "
            "out.",
        )
        if dropped
        else ()
    )
    return Layer(
        columns=pd.DataFrame({column: [row.get(column) for row in rows] for column in wanted}, dtype=object),
        others=Layer.other_cells(rows, wanted),
        shapes=shapes,
        crs=LONGITUDE_LATITUDE,
        said="the file says longitude and latitude (KML knows no other system)",
        assumed=True,
        messages=("The file is KML.", *told),
    )


def _tag(element: ElementTree.Element) -> str:
    """Name of an element without its namespace; comments and instructions have none."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _children(element: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    return (child for child in element.iter() if _tag(child) == tag)


def _attributes(mark: ElementTree.Element) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for child in mark:
        if _tag(child) in ("name", "description"):
            found[_tag(child)] = (child.text or "").strip() or None
    for data in _children(mark, "Data"):
        value = next(_children(data, "value"), None)
        found[data.get("name", "")] = ((value.text if value is not None else None) or "").strip() or None
    for data in _children(mark, "SimpleData"):
        found[data.get("name", "")] = (data.text or "").strip() or None
    found.pop("", None)
    return found


def _shape(mark: ElementTree.Element, row: int, file: str) -> tuple[Any, int]:
    """The polygons of a placemark as one shape, and how many points and lines stood beside them."""
    polygons = [_polygon(element, row, file) for element in _children(mark, "Polygon")]
    points = sum(1 for _ in _children(mark, "Point"))
    lines = sum(1 for _ in _children(mark, "LineString")) + sum(1 for _ in _children(mark, "Track"))
    if polygons:
        return (polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)), points + lines
    if points:
        return shapely.points(0.0, 0.0), 0
    return (shapely.linestrings([(0.0, 0.0), (1.0, 1.0)]) if lines else None), 0


def _polygon(element: ElementTree.Element, row: int, file: str) -> Any:
    rings: dict[str, list[np.ndarray]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
    for side, held in rings.items():
        for boundary in _children(element, side):
            held.extend(_ring(text.text or "", row, file) for text in _children(boundary, "coordinates"))
    if len(rings["outerBoundaryIs"]) != 1:
        raise SchemaError(
            f"{file!r} is KML whose placemark {row + 1} holds a polygon with "
            f"{number_of(len(rings['outerBoundaryIs']), 'outer ring')}. "
            "Correct it in a GIS."
        )
    return Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])


def _ring(text: str, row: int, file: str) -> np.ndarray:
    try:
        points = np.asarray([tuple(map(float, place.split(",")[:2])) for place in text.split()], dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or len(np.unique(points, axis=0)) < 3:
            raise ValueError
    except ValueError:
        raise SchemaError(
            f"{file!r} is KML whose placemark {row + 1} holds a ring of fewer than four points, or coordinates that "
            "are no numbers. Export it again."
        ) from None
    return points
