"""One reader for small tables (CSV, Excel, parquet, a dataframe): text cells that remember their row.

Numbers are parsed afterwards, by `parse_numbers`, so that a fault can be named with its file, row and
column, and all faults of a file are raised together.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._checks import require_columns
from socharm.errors import ParameterError, RefusedError, SchemaError
from socharm.io._safety import TABLE_KINDS, kind_of, safe_path

__all__ = ["Faults", "TextTable", "parse_numbers", "read_table"]

#: Most faults that one message lists; the rest are counted.
MOST_LISTED: Final = 20
_DELIMITERS: Final = (",", ";", "\t", "|")
_ESCAPED: Final = re.compile(r"^'(?=[=+\-@\t\r])")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WORKBOOK_LIMIT: Final = 1 << 30


@dataclass
class Faults:
    """Faults of one file, gathered while it is read and raised together.

    Parameters
    ----------
    file : str
        Name of the file, as messages give it.

    Examples
    --------
    >>> faults = Faults("population.csv")
    >>> faults.add("is not a number", row=3, column="residents", value="many")
    >>> str(faults)
    "row 3, column 'residents': 'many' is not a number"
    """

    file: str
    items: list[str] = field(default_factory=list)

    def add(self, what: str, *, row: int | None = None, column: str | None = None, value: object = None) -> None:
        """Note one fault: what is wrong, and where."""
        parts = [] if row is None else [f"row {row}"]
        parts += [] if column is None else [f"column {column!r}"]
        place = ", ".join(parts)
        found = "" if value is None else f"{value!r} "
        self.items.append(f"{place}: {found}{what}" if place else f"{found}{what}")

    def __len__(self) -> int:
        return len(self.items)

    def __str__(self) -> str:
        more = len(self.items) - MOST_LISTED
        return "\n  ".join(self.items[:MOST_LISTED]) + (f"\n  and {more:,} more" if more > 0 else "")

    def raise_if_any(self, advice: str = "Correct the file and read it again.") -> None:
        """Raise one `SchemaError` with every fault, if there is any.

        Raises
        ------
        SchemaError
            At least one fault was noted.
        """
        if self.items:
            count = f"{len(self.items):,} fault" + ("s" if len(self.items) > 1 else "")
            raise SchemaError(f"{self.file!r} has {count}:\n  {self}\n{advice}")


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table as text, before anybody decides what its columns mean.

    Attributes
    ----------
    frame : DataFrame
        Text columns; a blank cell is ``""``. Index ``row``: the row in the file as a spreadsheet
        counts it (the header of a CSV is row 1), or the position from 1 in a dataframe.
    file : str
        Name of the file without its folder; ``"table"`` for a dataframe.
    layout : str
        ``"csv"``, ``"xlsx"``, ``"parquet"`` or ``"frame"``.
    encoding : str
        How a CSV was decoded: ``"utf-8"``, ``"utf-8-sig"`` (byte order mark) or the fallback ``"cp1252"``.
    delimiter : str
    repaired_rows : tuple of int
        Rows that were quoted whole into one field and taken apart.
    lines_above : tuple of str
        First cells of the rows above the column names, where `read_table` was told how to find these.
    """

    frame: pd.DataFrame
    file: str
    layout: str
    encoding: str = ""
    delimiter: str = ""
    repaired_rows: tuple[int, ...] = ()
    lines_above: tuple[str, ...] = ()

    def require(self, columns: Iterable[str]) -> None:
        """Stop unless the table has the named columns; suggests the nearest names.

        Raises
        ------
        SchemaError
            A column is missing.
        """
        require_columns(self.frame, columns, name=self.file)


def read_table(
    source: str | os.PathLike[str] | pd.DataFrame | Any,
    *,
    columns: Collection[str] | None = None,
    sheet: str | int = 0,
    header_row: int | None = None,
    header_cell: str | None = None,
    repair_quoted_rows: bool = False,
    faults: Faults | None = None,
    name: str = "path",
) -> TextTable:
    """Read a CSV, Excel or parquet file, or take a dataframe, as text with row numbers.

    Parameters
    ----------
    source : path or dataframe
        ``.csv``/``.txt``/``.tsv`` (UTF-8 with or without mark, else Windows-1252; comma, semicolon,
        tab or bar), ``.xlsx``, ``.parquet``, or a pandas (or other narwhals-readable) dataframe.
    columns : collection of str, optional
        Columns to keep; all of them must exist. Every column by default.
    sheet : str or int
        Sheet of a workbook.
    header_row : int, optional
        Row that holds the column names; the first row that is not blank by default.
    header_cell : str, optional
        The row of the column names is the first one with this cell; what stands above goes to `lines_above`.
    repair_quoted_rows : bool
        Take apart rows that were quoted whole into their first field; they are faults otherwise.
    faults : Faults, optional
        Where to note rows of the wrong width; raised here when not given.
    name : str
        The caller's name of `source`, for messages.

    Returns
    -------
    TextTable

    Raises
    ------
    SchemaError
        The file is empty, holds only a header, repeats a column name, or has rows of the wrong width.
    RefusedError
        The file is not what its extension says.

    Notes
    -----
    One leading ``'`` before ``= + - @`` is taken off CSV cells: that is how text which a spreadsheet
    would run as a formula is written.

    Examples
    --------
    >>> table = read_table(pd.DataFrame({"code": ["A", "B"], "n": [1, None]}))
    >>> table.frame["n"].tolist()
    ['1.0', '']
    """
    if not isinstance(source, (str, os.PathLike)):
        return _from_frame(source, file="table", layout="frame", columns=columns)
    path = safe_path(source, kinds=TABLE_KINDS, name=name)
    if kind_of(path) == "parquet":
        return _read_parquet(path, columns=columns)
    own = Faults(path.name) if faults is None else faults
    if kind_of(path) == "xlsx":
        rows, encoding, delimiter = _workbook_rows(path, sheet=sheet), "", ""
    else:
        rows, encoding, delimiter = _text_rows(path)
    above: tuple[str, ...] = ()
    if header_cell is not None:
        header_row, above = _find_header(rows, path.name, header_cell)
    header, body = _split_header(rows, path.name, header_row=header_row)
    body, repaired = _repair(body, header, delimiter) if repair_quoted_rows else (body, ())
    frame = _as_frame(header, body, path.name, own, columns=columns, unescape=bool(delimiter))
    if faults is None:
        own.raise_if_any("If rows were quoted whole, `repair_quoted_rows=True` takes them apart.")
    return TextTable(frame, path.name, kind_of(path) or "csv", encoding, delimiter, repaired, above)


def parse_numbers(
    values: pd.Series,
    *,
    faults: Faults | None = None,
    missing: Collection[str] = (),
    thousands: str | None = None,
    column: str | None = None,
) -> pd.Series:
    """Text cells to floats; what is not a number is a fault, never a silent gap.

    Parameters
    ----------
    values : Series of str
        Index: row numbers. A blank cell is a missing number.
    faults : Faults, optional
        Where to note the cells that are not numbers; raised here when not given.
    missing : collection of str
        Markers that stand for a missing number, such as ``":"``. None by default.
    thousands : str, optional
        Thousands separator to accept, such as ``","``. None by default: ``'1,954'`` is a fault.
    column : str, optional
        Column name for messages; the series' own by default.

    Returns
    -------
    Series of float, same index; missing where blank, marked missing, or at fault.

    Raises
    ------
    SchemaError
        A cell is not a number, and `faults` is not given.

    Examples
    --------
    >>> parse_numbers(pd.Series(["1,954", ":", ""]), missing=[":"], thousands=",").tolist()
    [1954.0, nan, nan]
    """
    label = str(values.name) if column is None else column
    own = Faults("table") if faults is None else faults
    cells = [_plain(text, thousands) for text in values.astype(object)]
    numbers = np.full(len(cells), np.nan)
    for position, (row, text) in enumerate(zip(values.index, cells, strict=True)):
        if text == "" or text in missing:
            continue
        if _NUMBER.fullmatch(text) and np.isfinite(float(text)):
            numbers[position] = float(text)
        else:
            own.add(_why_not_number(text), row=int(row), column=label, value=text)
    if faults is None:
        own.raise_if_any()
    return pd.Series(numbers, index=values.index, name=values.name)


def _plain(text: object, thousands: str | None) -> str:
    cell = "" if text is None or text is pd.NA or text != text else str(text).strip()
    if thousands and re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+(\.\d+)?", cell):
        return cell.replace(thousands, "")
    return cell


def _why_not_number(text: str) -> str:
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return "is text, not a number: it has thousands separators"
    if text in (":", "..", "-", "z", "x", "c", "*", "NA", "N/A", "n/a"):
        return "is a marker, not a number: name it in `missing=` if it stands for a missing value"
    return "is text, not a number"


def _from_frame(frame: Any, *, file: str, layout: str, columns: Collection[str] | None) -> TextTable:
    if not isinstance(frame, pd.DataFrame):
        frame = _to_pandas(frame)
    frame = frame.rename(columns=str)
    _require_distinct(list(frame.columns), file)
    if columns is not None:
        require_columns(frame, columns, name=file)
        frame = frame[list(columns)]
    if not len(frame):
        raise SchemaError(f"{file!r} holds no rows. Check the step that made it.")
    rows = pd.RangeIndex(1, len(frame) + 1, name="row")
    texts = {str(label): [_cell_text(cell) for cell in frame[label].astype(object)] for label in frame.columns}
    return TextTable(pd.DataFrame(texts, index=rows), file, layout)


def _to_pandas(frame: Any) -> pd.DataFrame:
    import narwhals as nw

    try:
        eager = nw.from_native(frame)
    except TypeError as error:
        raise ParameterError(
            f"a table must be a path or a dataframe; found {type(frame).__name__}. Name a file, or pass a DataFrame."
        ) from error
    collected = eager.collect() if isinstance(eager, nw.LazyFrame) else eager
    return collected.to_pandas()


def _read_parquet(path: Path, *, columns: Collection[str] | None) -> TextTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as stream:
            file = pq.ParquetFile(stream)
            if columns is not None:
                require_columns(pd.DataFrame(columns=file.schema_arrow.names), columns, name=path.name)
            frame = file.read(columns=None if columns is None else list(columns)).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise SchemaError(f"{path.name!r} is not readable parquet ({error}). Copy or download it again.") from error
    return _from_frame(frame, file=path.name, layout="parquet", columns=columns)


def _cell_text(cell: object) -> str:
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (dt.datetime, pd.Timestamp)):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat()
    return str(cell).strip()


def _sheet_text(cell: object) -> str:
    # A workbook has only one kind of number: 12 comes back as 12.0.
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return _cell_text(cell)


def _workbook_rows(path: Path, *, sheet: str | int) -> list[list[str]]:
    import python_calamine as calamine

    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > _WORKBOOK_LIMIT:
            raise RefusedError(
                f"{path.name!r} unpacks to {size / 2**30:.1f} GiB, which no table of this kind needs. "
                "Save the sheet as CSV and read that."
            )
        book = calamine.CalamineWorkbook.from_path(str(path))
        page = book.get_sheet_by_name(sheet) if isinstance(sheet, str) else book.get_sheet_by_index(sheet)
        cells = page.to_python(skip_empty_area=False)
    except calamine.WorksheetNotFound as error:
        raise ParameterError(f"{path.name!r} has no sheet {sheet!r}; it has {book.sheet_names}.") from error
    except (calamine.CalamineError, zipfile.BadZipFile) as error:
        raise SchemaError(f"{path.name!r} is not a readable workbook ({error}). Save it again.") from error
    return [[_sheet_text(cell) for cell in row] for row in cells]


def _text_rows(path: Path) -> tuple[list[list[str]], str, str]:
    raw = path.read_bytes()
    text, encoding = _decode(raw)
    delimiter = _sniff(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(reader), encoding, delimiter
    except csv.Error as error:
        raise SchemaError(
            f"{path.name!r} is not well-formed CSV near line {reader.line_num}: {error}. "
            "Look for a quotation mark that is not closed."
        ) from error


def _decode(raw: bytes) -> tuple[str, str]:
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw.decode("utf-8-sig", errors="replace"), "utf-8-sig"
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def _sniff(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=outside.count)


def _find_header(rows: list[list[str]], file: str, cell: str) -> tuple[int, tuple[str, ...]]:
    number = next((n for n, row in enumerate(rows, 1) if cell in [other.strip() for other in row]), None)
    if number is None:
        raise SchemaError(
            f"{file!r} has no row with the column name {cell!r}. Keep the row of column names as it was written."
        )
    above = (next((other.strip() for other in row if other.strip()), "") for row in rows[: number - 1])
    return number, tuple(line for line in above if line)


def _split_header(
    rows: list[list[str]], file: str, *, header_row: int | None
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if header_row is not None:
        numbered = [(number, row) for number, row in numbered if number >= header_row]
    if not numbered:
        raise SchemaError(f"{file!r} holds no table. Export it again, or name the row of the column names.")
    header = [cell.strip() for cell in numbered[0][1]]
    while header and header[-1] == "":
        header.pop()
    header = [label or f"column_{position}" for position, label in enumerate(header, 1)]
    _require_distinct(header, file)
    if len(numbered) == 1:
        raise SchemaError(f"{file!r} holds a header and no rows: {header[:8]}. Export it again with its rows.")
    return header, numbered[1:]


def _require_distinct(header: Sequence[str], file: str) -> None:
    repeated = sorted({label for label in header if header.count(label) > 1}) if len(set(header)) < len(header) else []
    if repeated:
        raise SchemaError(f"{file!r} holds columns of the same name: {repeated}. Rename or drop the copies.")


def _repair(
    body: list[tuple[int, list[str]]], header: list[str], delimiter: str
) -> tuple[list[tuple[int, list[str]]], tuple[int, ...]]:
    mended: list[tuple[int, list[str]]] = []
    repaired: list[int] = []
    for number, row in body:
        if delimiter and _is_quoted_whole(row, header, delimiter):
            mended.append((number, next(csv.reader([row[0]], delimiter=delimiter))))
            repaired.append(number)
        else:
            mended.append((number, row))
    return mended, tuple(repaired)


def _is_quoted_whole(row: list[str], header: list[str], delimiter: str) -> bool:
    if len(header) < 2 or delimiter not in row[0] or any(cell.strip() for cell in row[1:]):
        return False
    return len(next(csv.reader([row[0]], delimiter=delimiter))) == len(header)


def _as_frame(
    header: list[str],
    body: list[tuple[int, list[str]]],
    file: str,
    faults: Faults,
    *,
    columns: Collection[str] | None,
    unescape: bool,
) -> pd.DataFrame:
    width = len(header)
    sound: list[tuple[int, list[str]]] = []
    quoted: list[int] = []
    for number, row in body:
        extra = [cell for cell in row[width:] if cell.strip()]
        if _is_quoted_whole(row, header, ",") or _is_quoted_whole(row, header, ";"):
            quoted.append(number)
        elif len(row) < width or extra:
            faults.add(f"has {len(row)} fields where the header has {width}", row=number)
        else:
            sound.append((number, row))
    if quoted:
        faults.add(f"{len(quoted):,} rows are quoted whole into their first field: rows {row_ranges(quoted)}")
    if columns is not None:
        require_columns(pd.DataFrame(columns=header), columns, name=file)
    kept = [(place, label) for place, label in enumerate(header) if columns is None or label in columns]
    index = pd.Index([number for number, _ in sound], name="row", dtype="int64")
    texts = {label: [_clean(row[place], unescape) for _, row in sound] for place, label in kept}
    return pd.DataFrame(texts, index=index, dtype=object)


def row_ranges(rows: Sequence[int]) -> str:
    """Row numbers as a spreadsheet user would say them.

    Examples
    --------
    >>> row_ranges([2, 3, 4, 9])
    '2-4, 9'
    """
    ordered = sorted(rows)
    starts = [row for row, before in zip(ordered, [-1, *ordered[:-1]], strict=True) if before != row - 1]
    ends = [row for row, following in zip(ordered, [*ordered[1:], -1], strict=True) if following != row + 1]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in pairs)


def _clean(cell: str, unescape: bool) -> str:
    return (_ESCAPED.sub("", cell, count=1) if unescape else cell).strip()
