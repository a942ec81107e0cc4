"""Whether the files of a Shapefile belong together: lengths and numbers that each states of itself."""

from __future__ import annotations

import struct
from pathlib import Path

from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io._door import reading
from socharm.io.boundary_layer import require_number

__all__ = ["require_whole_shapefile"]


def require_whole_shapefile(file: Path) -> None:
    """Stop at a Shapefile that is cut, or whose files are of different layers.

    Raises
    ------
    SchemaError
        The .shp is shorter than it says, the .dbf ends in the middle of its rows, or their numbers differ.
    RefusedError
        More features than `socharm` takes.
    """
    beside = {one.suffix.lower(): one for one in file.parent.iterdir() if one.stem == file.stem}
    with reading(file.name, what="a Shapefile", advice="Copy all of its files again."):
        head = _start(file, 100)
        announced = struct.unpack(">i", head[24:28])[0] * 2
        if announced > file.stat().st_size:
            raise SchemaError(
                f"{file.name!r} says it has {announced:,} bytes and has {file.stat().st_size:,}: it is cut short. "
                "Copy or download it again."
            )
        shapes = max(beside[".shx"].stat().st_size - 100, 0) // 8
        table = _start(beside[".dbf"], 32)
        rows, start, width = struct.unpack("<IHH", table[4:12])
        held = beside[".dbf"].stat().st_size
    require_number(max(shapes, rows), file.name)
    if held < start + rows * width:
        whole = max(held - start, 0) // max(width, 1)
        raise SchemaError(
            f"{beside['.dbf'].name!r} announces {number_of(rows, 'row')} and holds {whole:,}: it is cut short. Copy or "
            "download it again."
        )
    if shapes != rows:
        raise SchemaError(
            f"{file.name!r} has {number_of(shapes, 'shape')} (.shx) and {number_of(rows, 'row')} of attributes (.dbf): "
            "its files are of different layers, or one is cut. Copy all of its files again."
        )


def _start(file: Path, size: int) -> bytes:
    with file.open("rb") as stream:
        head = stream.read(size)
    if len(head) < size:
        raise SchemaError(f"{file.name!r} is cut short after {len(head)} bytes. Copy or download it again.")
    return head
