"""How far the cells of a workbook of 1997 to 2003 (.xls) reach: its stream of records, taken out of its container.

References
----------
Microsoft, [MS-CFB] Compound File Binary File Format, and [MS-XLS] Excel Binary File Format, section 2.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from socharm._limits import MAX_SHEET_CELLS, MAX_TABLE_BYTES, require_within
from socharm.errors import RefusedError, SchemaError
from socharm.io._door import reading

__all__ = ["check_xls"]

_END: Final = 0xFFFFFFFA  # this and higher numbers are no sectors
_BOF: Final = (0x0009, 0x0209, 0x0409, 0x0809)
_PASSWORD: Final = 0x002F
#: Records of one cell with a value: formula, number, label, truth, text, shared text, number in short.
_CELLS: Final = frozenset((0x0006, 0x0203, 0x0204, 0x0205, 0x00D6, 0x00FD, 0x027E))
_SHORT_NUMBERS: Final = 0x00BD  # several cells of one row; the last column stands at the end
_SAVE: Final = "Open it in a spreadsheet program and save it as .xlsx."


def check_xls(path: Path) -> None:
    """Stop unless every sheet is of a size that can be read.

    Raises
    ------
    RefusedError
        A cell far from the others, or a password.
    SchemaError
        The container is broken.
    """
    file = path.name
    require_within(path.stat().st_size, MAX_TABLE_BYTES, what=f"bytes in {file!r}", remedy=_SAVE)
    with reading(file, what="an Excel workbook of 1997 to 2003", advice=_SAVE):
        stream = _workbook_stream(path.read_bytes())
        if stream is None:
            raise SchemaError(f"{file!r} holds no workbook. {_SAVE}")
        row = column = 0
        for kind, body in _records(stream):
            if kind == _PASSWORD:
                raise RefusedError(f"{file!r} is protected by a password. Open it, save it without one, and read that.")
            if kind in _BOF:
                row = column = 0
            elif (kind in _CELLS or kind == _SHORT_NUMBERS) and len(body) >= 6:
                last = struct.unpack_from("<H", body, len(body) - 2 if kind == _SHORT_NUMBERS else 2)[0]
                row, column = max(row, struct.unpack_from("<H", body)[0] + 1), max(column, last + 1)
                require_within(
                    row * column,
                    MAX_SHEET_CELLS,
                    what=f"cells in a sheet of {file!r}",
                    remedy="One cell stands far from the others: delete the empty rows and columns, or save as CSV.",
                )


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _workbook_stream(raw: bytes) -> bytes | None:
    """The stream named ``Workbook`` (``Book`` before 1997) of a compound file."""
    size, small_size = 1 << struct.unpack_from("<H", raw, 30)[0], 1 << struct.unpack_from("<H", raw, 32)[0]
    n_table, first_entry = struct.unpack_from("<II", raw, 44)
    cutoff, first_small = struct.unpack_from("<II", raw, 56)
    table = _numbers(b"".join(_sector(raw, size, one) for one in _table_sectors(raw, size, n_table)))
    entries = _chain(raw, size, table, first_entry)
    root, found = None, None
    for place in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<H", entries, place + 64)[0]
        name = entries[place : place + max(length - 2, 0)].decode("utf-16-le", "replace").lower()
        kind = entries[place + 66]
        start, total = struct.unpack_from("<IQ", entries, place + 116)
        if kind == 5:
            root = (start, total)
        elif kind == 2 and name in ("workbook", "book") and found is None:
            found = (start, total)
    if root is None or found is None:
        return None
    if found[1] >= cutoff:
        return _chain(raw, size, table, found[0])[: found[1]]
    small_table = _numbers(_chain(raw, size, table, first_small))
    return _chain(b"\0" * small_size + _chain(raw, size, table, root[0]), small_size, small_table, found[0])[: found[1]]


def _table_sectors(raw: bytes, size: int, number: int) -> list[int]:
    """Sectors that hold the table of sectors: 109 in the header, the others in a chain of their own."""
    sectors = list(struct.unpack_from("<109I", raw, 76))
    following, steps = struct.unpack_from("<I", raw, 68)[0], 0
    while following < _END and steps < len(raw) // size:
        numbers = _numbers(_sector(raw, size, following))
        sectors += numbers[:-1]
        following, steps = numbers[-1], steps + 1
    return [one for one in sectors if one < _END][: min(number, len(raw) // size + 1)]


def _sector(raw: bytes, size: int, number: int) -> bytes:
    return raw[(number + 1) * size : (number + 2) * size]


def _numbers(raw: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4]))


def _chain(raw: bytes, size: int, table: list[int], first: int) -> bytes:
    parts: list[bytes] = []
    while first < _END and first < len(table) and len(parts) <= len(table):
        parts.append(_sector(raw, size, first))
        first = table[first]
    return b"".join(parts)
