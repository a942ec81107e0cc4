"""How far the cells of a workbook reach, found by a scan of its bytes before a reader sets memory aside for them.

The reader of workbooks allocates a rectangle from the first to the last used cell: one far cell in a file of 1.5 kB
asks for 512 GiB, and the process is killed. Cells that hold what a reader passes over (errors, formulas that were never
computed) are noted on the way.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from socharm._limits import MAX_MEMBERS, MAX_SHEET_CELLS, MAX_TABLE_BYTES, MAX_WORKBOOK_TEXT, require_within
from socharm.errors import RefusedError
from socharm.io._door import reading

__all__ = ["UNCOMPUTED", "Extent", "column_number", "check_ods", "check_xlsx"]

#: What stands in place of a formula whose result was never stored.
UNCOMPUTED: Final = "(formula without a stored result)"
_SAVE: Final = "Save the sheet that is needed as CSV and read that."
_CHUNK: Final = 1 << 22
_MOST_NOTED: Final = 10_000

_TAG: Final = rb"<(?:\w+:)?"
_ROOT: Final = re.compile(_TAG + rb"(worksheet|dialogsheet|macrosheet|sst)\b")
_CELL: Final = re.compile(_TAG + rb"c\s(?:[^>]*?\s)?r=[\"']([A-Z]+)(\d+)[\"'][^>]*(?<!/)>")
_ANY_CELL: Final = re.compile(_TAG + rb"c(?:\s[^>]*)?(?<!/)>")
_ROW_OR_CELL: Final = re.compile(_TAG + rb"(row|c)((?:\s[^>]*?)?)(/?)>")
_REFERENCE: Final = re.compile(rb"\sr=[\"']([A-Z]*)(\d+)[\"']")
_ERROR: Final = re.compile(_TAG + rb"c\s([^>]*t=[\"']e[\"'][^>]*)>.{0,8000}?" + _TAG + rb"v>([^<]*)<", re.DOTALL)
_BARE_FORMULA: Final = re.compile(
    _TAG + rb"c\s([^>]*)>\s*" + _TAG + rb"f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:" + _TAG + rb"v\s*/>|" + _TAG + rb"v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_SHARED: Final = re.compile(
    _TAG + rb"c\s[^>]*t=[\"']s[\"'][^>]*>\s*(?:" + _TAG + rb"f.{0,8000}?)?" + _TAG + rb"v>(\d+)<"
)
_ITEM: Final = re.compile(_TAG + rb"si(?:\s[^>]*)?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"([\w:]+)\s*=\s*[\"']([^\"']*)[\"']")
_ODS: Final = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)((?:\s[^>]*?)?)(/?)>")
_REPEATED: Final = re.compile(rb"table:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d+)[\"']")


@dataclass
class Extent:
    """Rectangle of the used cells of one sheet, and its cells that a reader would show as blank.

    Attributes
    ----------
    noted : dict of (row, column) to text
        Errors (``#DIV/0!``) and formulas without a result, counted from 1.
    """

    first_row: int = 1 << 62
    last_row: int = 0
    first_column: int = 1 << 62
    last_column: int = 0
    noted: dict[tuple[int, int], str] = field(default_factory=dict)

    def take(self, row: int, column: int) -> None:
        """Widen the rectangle to a cell."""
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column, self.last_column = min(self.first_column, column), max(self.last_column, column)

    @property
    def cells(self) -> int:
        """Cells that a reader would allocate: from the first row and column of the sheet."""
        return self.last_row * self.last_column


def column_number(letters: str) -> int:
    """Number of a column from its letters.

    Examples
    --------
    >>> column_number("A"), column_number("XFD")
    (1, 16384)
    """
    number = 0
    for letter in letters[:8]:
        number = number * 26 + ord(letter) - 64
    return number


def check_xlsx(path: Path) -> dict[str, Extent]:
    """Stop unless every sheet of a workbook is of a size that can be read.

    Returns
    -------
    dict of sheet name to Extent

    Raises
    ------
    RefusedError
        Too many members or bytes, a cell far from the others, or an entity of XML.
    SchemaError
        The archive cannot be read.
    """
    file = path.name
    with reading(file, what="a workbook", advice=_SAVE), zipfile.ZipFile(path) as archive:
        members = _members(archive, file)
        names = _sheet_names(archive, members)
        shared, used = [0], Counter[int]()
        extents: dict[str, Extent] = {}
        for member in members:
            # A member is known by its content: the workbook may give it any name.
            kind = _ROOT.search(_head(archive, member, file))
            if kind is not None and kind[1] == b"sst":
                shared = _lengths(archive, member, file)
            elif kind is not None:
                extent = Extent()
                for chunk in _chunks(archive, member):
                    _take_cells(extent, chunk, used)
                title = names.get(member.filename, member.filename)
                _require(extent, f"{file!r}, sheet {title!r}")
                extents[title] = extent
        text = sum(shared[place] * number for place, number in used.items() if place < len(shared))
        require_within(text, MAX_WORKBOOK_TEXT, what=f"bytes of text in {file!r}", remedy=_SAVE)
    return extents


def check_ods(path: Path) -> None:
    """Stop unless every sheet of an OpenDocument spreadsheet is of a size that can be read."""
    file = path.name
    with reading(file, what="a workbook", advice=_SAVE), zipfile.ZipFile(path) as archive:
        for member in _members(archive, file):
            if member.filename == "content.xml":
                _head(archive, member, file)
                _take_tables(_chunks(archive, member), file)


def _members(archive: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    require_within(len(members), MAX_MEMBERS, what=f"members in {file!r}", remedy=_SAVE)
    size = sum(member.file_size for member in members)
    require_within(size, 2 * MAX_TABLE_BYTES, what=f"bytes in {file!r}, unpacked", remedy=_SAVE)
    return members


def _require(extent: Extent, what: str) -> None:
    remedy = "One cell may stand far from the others: delete the empty rows and columns, or save the table as CSV."
    require_within(extent.cells, MAX_SHEET_CELLS, what=f"cells in {what}", remedy=remedy)


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> bytes:
    with archive.open(member) as stream:
        head = stream.read(8_192)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RefusedError(
            f"{file!r} is refused: {member.filename!r} defines entities or is not in UTF-8, which no spreadsheet "
            "program writes. Save the workbook again."
        )
    return head


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Pieces of a member that end behind a cell; a piece that never ends is given as it is."""
    rest = b""
    with archive.open(member) as stream:
        while block := stream.read(_CHUNK):
            rest += block
            cut = max(rest.rfind(b"</c>"), rest.rfind(b":c>"), rest.rfind(b"</row>"), rest.rfind(b"-row>"))
            cut = cut if cut > 0 or len(rest) < 4 * _CHUNK else rest.rfind(b">")
            if cut > 0:
                end = rest.find(b">", cut) + 1
                yield rest[:end]
                rest = rest[end:]
    yield rest


def _take_cells(extent: Extent, chunk: bytes, used: Counter[int]) -> None:
    found = _CELL.findall(chunk)
    if len(found) == len(_ANY_CELL.findall(chunk)):
        rows = [int(row) for _, row in found]
        columns = [column_number(letters.decode()) for letters in {letters for letters, _ in found}]
        if rows:
            extent.take(min(rows), min(columns))
            extent.take(max(rows), max(columns))
    else:
        _take_in_order(extent, chunk)
    used.update(map(int, _SHARED.findall(chunk)))
    for attributes, text in _ERROR.findall(chunk):
        _note(extent, attributes, text.decode("utf-8", "replace"))
    for attributes in _BARE_FORMULA.findall(chunk):
        # An empty text is a result too, and says so by its type.
        if not re.search(rb"\bt=[\"'](?:str|inlineStr)[\"']", attributes):
            _note(extent, attributes, UNCOMPUTED)


def _note(extent: Extent, attributes: bytes, text: str) -> None:
    place = _REFERENCE.search(b" " + attributes)
    if place and len(extent.noted) < _MOST_NOTED:
        extent.noted[(int(place[2]), column_number(place[1].decode()))] = text


def _take_in_order(extent: Extent, chunk: bytes) -> None:
    """Cells without a reference stand behind each other."""
    row, column = max(extent.last_row, 0), 0
    for kind, attributes, closed in _ROW_OR_CELL.findall(chunk):
        place = _REFERENCE.search(attributes)
        if kind == b"row":
            row, column = int(place[2]) if place else row + 1, 0
            continue
        column = column_number(place[1].decode()) if place else column + 1
        row = int(place[2]) if place else row
        if not closed:
            extent.take(max(row, 1), column)


def _lengths(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> list[int]:
    """Bytes of every shared string."""
    require_within(member.file_size, MAX_TABLE_BYTES // 2, what=f"bytes of text in {file!r}", remedy=_SAVE)
    content = archive.read(member)
    return [len(found[1] or b"") for found in _ITEM.finditer(content)]


def _sheet_names(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, str]:
    """Name of the sheet that each member holds, as far as the workbook says."""
    held = {member.filename for member in members}
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= held:
        return {}
    import html

    def tags(member: str, name: str) -> list[dict[str, str]]:
        text = archive.read(member).decode("utf-8", "replace")
        found = re.findall(rf"<(?:\w+:)?{name}\s([^>]*)>", text)
        return [{key.split(":")[-1]: html.unescape(value) for key, value in _ATTRIBUTE.findall(one)} for one in found]

    targets = {one.get("Id"): one.get("Target", "") for one in tags("xl/_rels/workbook.xml.rels", "Relationship")}
    names = {}
    for sheet in tags("xl/workbook.xml", "sheet"):
        target = targets.get(sheet.get("id"), "")
        names[target.lstrip("/") if target.startswith("/") else f"xl/{target}"] = sheet.get("name", "")
    return names


def _take_tables(chunks: Iterator[bytes], file: str) -> None:
    """Rows and columns may be repeated by a number: one tag can stand for any number of cells."""
    height, width, column, filled, sheet = 0, 0, 0, 0, 0
    rows, repeated, seen = 0, 1, 0
    for chunk in chunks:
        for closing, kind, attributes, empty in _ODS.findall(chunk):
            number = _REPEATED.search(attributes)
            times = int(number[1]) if number else 1
            if kind == b"table" and not closing:
                height, width, rows, sheet = 0, 0, 0, sheet + 1
            elif kind == b"table-row":
                if not closing:
                    column, filled, repeated = 0, 0, times
                if closing or empty:
                    rows += repeated
                    # Blank rows and columns behind the last used ones are not read.
                    height, width = (rows, max(width, filled)) if filled else (height, width)
                    seen = max(seen, height * width)
                    require_within(
                        seen,
                        MAX_SHEET_CELLS,
                        what=f"cells in {file!r}, sheet {sheet}",
                        remedy="A cell or row is repeated far down: delete the empty rows, or save the table as CSV.",
                    )
            elif not closing and kind in (b"table-cell", b"covered-table-cell"):
                column += times
                filled = column if not empty or b"office:value" in attributes else filled
