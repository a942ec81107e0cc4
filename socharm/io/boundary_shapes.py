"""Shapes of boundaries: moved to the metric system, repaired, and looked through for overlaps."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._limits import MAX_OVERLAPS
from socharm._words import number_of
from socharm.errors import DataWarning, SchemaError
from socharm.io._door import reading
from socharm.io.crs import Transformation
from socharm.io.text_table import Faults

__all__ = ["overlaps_of", "repair", "transformed"]


def transformed(shapes: NDArray[np.object_], way: Transformation) -> NDArray[np.object_]:
    """Shapes in the target system of an operation."""
    if way.source == way.target:
        return shapes
    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda points: np.column_stack(way.apply(points[:, 0], points[:, 1]))
    )
    return moved


def repair(
    shapes: NDArray[np.object_], codes: pd.Index, *, file: str, unclosed: NDArray[np.bool_]
) -> tuple[NDArray[np.object_], tuple[str, ...], float]:
    """Sound shapes, the codes of those that were repaired, and the largest change of area in square metres."""
    with reading(file, what="polygons", advice="Correct them in a GIS."):
        return _repaired(shapes, codes, unclosed)


def _repaired(
    shapes: NDArray[np.object_], codes: pd.Index, unclosed: NDArray[np.bool_]
) -> tuple[NDArray[np.object_], tuple[str, ...], float]:
    invalid = np.flatnonzero(~shapely.is_valid(shapes) | unclosed)
    if not len(invalid):
        return shapes, (), 0.0
    mended = shapes.copy()
    before = shapely.area(shapes[invalid])
    mended[invalid] = [_polygons_of(shapely.make_valid(shapes[place])) for place in invalid]
    repaired = tuple(sorted(str(code) for code in codes[invalid]))
    flat = shapely.is_empty(mended[invalid])
    if flat.any():
        raise SchemaError(
            f"{number_of(int(flat.sum()), 'area has no surface', 'areas have no surface')} "
            f"after repair: {list(codes[invalid][flat][:5])}. "
            "Correct them in a GIS."
        )
    change = float(np.abs(shapely.area(mended[invalid]) - before).max())
    warnings.warn(
        f"{number_of(len(repaired), 'area')} had invalid rings and {'was' if len(repaired) == 1 else 'were'} repaired: "
        f"{list(repaired[:10])}; "
        f"{'its' if len(repaired) == 1 else 'their'} area changed by at most {change:,.1f} square metres.",
        DataWarning,
        stacklevel=5,
    )
    return mended, repaired, change


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = parts[shapely.get_type_id(parts) == 3]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(list(polygons))


def overlaps_of(
    shapes: NDArray[np.object_], codes: pd.Index, tolerance: float, file: str
) -> tuple[tuple[str, str, float], ...]:
    """Pairs of areas that overlap by less than the tolerance, the largest first; stops at larger ones."""
    with reading(file, what="polygons", advice="Correct them in a GIS."):
        return _overlaps(shapes, codes, tolerance, file)


def _overlaps(
    shapes: NDArray[np.object_], codes: pd.Index, tolerance: float, file: str
) -> tuple[tuple[str, str, float], ...]:
    left, right = _near_pairs(shapes, file)
    shapely.prepare(shapes)
    # Neighbours touch; only what does more than touch is worth the intersection.
    apart = shapely.touches(shapes[left], shapes[right]) | shapely.disjoint(shapes[left], shapes[right])
    left, right = left[~apart], right[~apart]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    # Below a square centimetre it is the rounding of coordinates.
    order = [place for place in np.argsort(-shared, kind="stable") if shared[place] > 1e-4]
    found = tuple((str(codes[left[k]]), str(codes[right[k]]), float(shared[k])) for k in order)
    faults = Faults(file)
    for k in order:
        if shared[k] > tolerance * smaller[k]:
            share = shared[k] / smaller[k]
            faults.add(f"areas {codes[left[k]]} and {codes[right[k]]} overlap by {share:.1%} of the smaller one")
    faults.raise_if_any("A point there would belong to two areas. Read one geography only, or mend the boundaries.")
    return found


def _near_pairs(shapes: NDArray[np.object_], file: str) -> NDArray[np.int64]:
    """Pairs of areas whose boxes meet, found in parts: areas that all cover each other would fill the memory."""
    tree = shapely.STRtree(shapes)
    step = max(1, MAX_OVERLAPS // max(len(shapes), 1))
    found: list[NDArray[np.int64]] = []
    n = 0
    for start in range(0, len(shapes), step):
        left, right = tree.query(shapes[start : start + step])
        left = left + start
        found.append(np.stack([left, right])[:, left < right])
        n += found[-1].shape[1]
        if n > MAX_OVERLAPS:
            raise SchemaError(
                f"{file!r} has more than {MAX_OVERLAPS:,} pairs of areas that lie over each other: these are no areas "
                "of one geography. Read one geography only."
            )
    return np.concatenate(found, axis=1) if found else np.zeros((2, 0), dtype=np.int64)
