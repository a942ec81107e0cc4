"""One reader for small tables (CSV, Excel, parquet, a dataframe): text cells that remember their row.

Numbers are parsed afterwards, by `parse_numbers`, so that a fault can be named with its file, row and
column, and all faults of a file are raised together.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm._checks import names_told, require_columns
from socharm._limits import MAX_COLUMNS, MAX_SHEET_CELLS, require_within
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.io._door import reading
from socharm.io._repeated_names import row_ranges, without_headings
from socharm.io._safety import safe_path
from socharm.io._table_header import Found, Page, Recognise, find_header, folded, last_filled, note_rows
from socharm.io._text_file import read_rows
from socharm.io._workbook import cell_text, open_workbook
from socharm.io.file_kinds import TABLE_KINDS, WORKBOOK_KINDS, kind_of
from socharm.io.personal import LOOKED_AT, refuse_personal
from socharm.io.table_options import TableOptions
from socharm.io.text_table import Faults, TextTable

__all__ = ["TableRules", "read_table"]

_ODD_ROWS: Final = (
    "A row with other fields than the header holds a separator without quotation marks, or the file was cut off: "
    "download or export it again."
)
_QUOTED_ROWS: Final = "If rows were quoted whole, `repair_quoted_rows=True` takes them apart."
_ESCAPED: Final = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass(frozen=True, kw_only=True)
class TableRules:
    """What a kind of table may hold.

    Parameters
    ----------
    repair_quoted_rows : bool, optional
        Take apart rows that were quoted whole into their first field; they are faults otherwise. None for readers that
        do not offer it: their messages do not name it.
    number_copies : bool
        Columns of the same name are told apart by their place (``"Total (column 3)"``) where none of them was asked
        for; they are faults otherwise.
    look_for_persons : bool
        Refuse columns that look like persons, also those that are not kept. Off only for tables that name staff on
        purpose (plans, dictionaries).
    notes_below : bool
        Set notes under the table aside, and count them. Off for tables of our own, in which every row is one.
    """

    repair_quoted_rows: bool | None = None
    number_copies: bool = False
    look_for_persons: bool = True
    notes_below: bool = True


USUAL_RULES: Final = TableRules()


def read_table(
    source: str | os.PathLike[str] | pd.DataFrame | Any,
    *,
    columns: Collection[str] | None = None,
    options: TableOptions | None = None,
    header: Collection[str] | Recognise | None = None,
    rules: TableRules = USUAL_RULES,
    faults: Faults | None = None,
    name: str = "path",
) -> TextTable:
    """Read a file of text, a workbook or parquet, or take a dataframe, as text with row numbers.

    Parameters
    ----------
    source : path or dataframe
        ``.csv``/``.txt``/``.tsv``/``.tab`` (comma, semicolon, tab or bar; also packed, ``.csv.gz``), ``.xlsx``,
        ``.xlsm``, ``.xls``, ``.ods``, ``.parquet``, or a pandas (or other narwhals-readable) dataframe.
    columns : collection of str, optional
        Columns to keep; all of them must exist. Every column by default.
    options : TableOptions, optional
        Sheet, header row, encoding; what is not stated is found.
    header : collection of str or test of a row, optional
        How the row of column names is known, where that is not by `columns`.
    rules : TableRules
        What this kind of table may hold.
    faults : Faults, optional
        Where to note rows of the wrong width; raised here when not given.
    name : str
        The caller's name of `source`, for messages.

    Returns
    -------
    TextTable

    Raises
    ------
    ParameterError
        An option that the kind of file cannot follow, such as the sheet of a text.
    SchemaError
        The file is empty, holds only a header, repeats a column name, or has rows of the wrong width; the wanted
        columns stand nowhere, or in several sheets.
    RefusedError
        The file is not what its extension says, or asks for more than `socharm._limits` allows.

    Notes
    -----
    Sheets that are hidden are read only when they are named. Headings are compared with blanks and line breaks
    folded. Notes under a table are set aside and counted. One leading ``'`` before ``= + - @`` is taken off cells of
    text files: that is how text which a spreadsheet would run as a formula is written. Rows that repeat the column
    names are left out with a warning that names them.

    Examples
    --------
    >>> table = read_table(pd.DataFrame({"code": ["A", "B"], "n": [1, None]}))
    >>> table.frame["n"].tolist()
    ['1.0', '']
    """
    chosen = options or TableOptions()
    if not isinstance(source, (str, os.PathLike)):
        frame = _as_pandas(source)
        chosen.require_followed("frame", "table")
        if rules.look_for_persons:
            allow = chosen.allow_columns
            refuse_personal(map(str, frame.columns), frame.rename(columns=str), allow=allow, name="'table'")
        return _from_frame(frame, file="table", layout="frame", columns=columns, options=chosen)
    path = safe_path(source, kinds=TABLE_KINDS, name=name, wide_text=True)
    kind = kind_of(path) or "csv"
    chosen.require_followed(kind, path.name)
    if kind == "parquet":
        return _read_parquet(path, columns=columns, options=chosen, look_for_persons=rules.look_for_persons)
    own = Faults(path.name) if faults is None else faults
    wanted = columns if header is None else header
    if kind in WORKBOOK_KINDS:
        found, encoding, delimiter = _of_workbook(path, chosen, wanted), "", ""
    else:
        text = read_rows(path, encoding=chosen.encoding)
        encoding, delimiter = text.encoding, text.delimiter
        page = Page(None, text.rows)
        found = find_header(iter([page]), file=path.name, options=chosen, wanted=wanted)
    labels, body = _divided(found, path.name, columns, wide=kind in WORKBOOK_KINDS, number_copies=rules.number_copies)
    if rules.look_for_persons:
        _look(labels, body, path.name, chosen.allow_columns)
    body, repaired = _repair(body, labels, delimiter) if rules.repair_quoted_rows else (body, ())
    places = [labels.index(label) for label in columns or () if label in labels]
    notes = note_rows(body, len(labels), places) if rules.notes_below else 0
    frame = _as_frame(labels, body[: len(body) - notes], path.name, own, columns=columns, unescape=bool(delimiter))
    if faults is None:
        own.raise_if_any(_ODD_ROWS if rules.repair_quoted_rows is None else f"{_ODD_ROWS} {_QUOTED_ROWS}")
    used = chosen.as_used(sheet=found.page.sheet, header_row=found.header, skip_rows=0, encoding=encoding or None)
    return TextTable(frame, path.name, kind, encoding, delimiter, repaired, _above(found), used, notes)


def _look(
    labels: Sequence[str], body: Sequence[tuple[int, list[str]]], file: str, allow_columns: Collection[str]
) -> None:
    """Refuse a file with columns about persons, also those that nobody asked for."""
    rows = [row for _, row in body[:LOOKED_AT]]
    cells = {label: [row[place] for row in rows if place < len(row)] for place, label in enumerate(labels)}
    refuse_personal(labels, cells, allow={folded(label) for label in allow_columns}, name=repr(file))


def _of_workbook(path: Path, options: TableOptions, wanted: Collection[str] | Recognise | None) -> Found:
    book = open_workbook(path)
    sheets = book.visible if options.sheet is None else (book.name_of(options.sheet),)
    if not sheets and not book.hidden:
        raise SchemaError(f"{path.name!r} holds no sheet of cells. Export it again.")
    if not sheets:
        raise SchemaError(f"every sheet of {path.name!r} is hidden: {list(book.hidden)}. Name one by `sheet=`.")

    def pages(names: Sequence[str]) -> Iterator[Page]:
        return (Page(sheet, book.rows(sheet)) for sheet in names)

    others = book.hidden if options.sheet is None else ()
    return find_header(pages(sheets), file=path.name, options=options, wanted=wanted, hidden=lambda: pages(others))


def _above(found: Found) -> tuple[str, ...]:
    """First cells of the rows above the column names."""
    above = (next((cell.strip() for cell in row if cell.strip()), "") for row in found.page.rows[: found.header - 1])
    return tuple(line for line in above if line)


def _divided(
    found: Found, file: str, columns: Collection[str] | None, *, wide: bool, number_copies: bool
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Column names, as the caller spells them where he names them, and the rows below that are not blank."""
    labels = [folded(cell) for cell in found.page.rows[found.header - 1]]
    # Remarks beside the table of a sheet stand in columns without a heading; in a line of text they are a fault.
    used = max((last_filled(row) for row in found.page.rows[found.header :]), default=0) if wide else 0
    while labels and labels[-1] == "" and len(labels) > used:
        labels.pop()
    require_within(len(labels), MAX_COLUMNS, what=f"columns in {file!r}", remedy="Keep the columns that are needed.")
    spelt = {folded(label): label for label in columns or ()}
    labels = [spelt.get(label, label) or f"column_{position}" for position, label in enumerate(labels, 1)]
    if number_copies:
        many = Counter(labels)
        labels = [f"{one} (column {place})" if many[one] > 1 else one for place, one in enumerate(labels, 1)]
    _require_distinct(labels if columns is None else [label for label in labels if label in columns], file)
    rows = enumerate(found.page.rows[found.header :], found.header + 1)
    names = found.page.rows[found.header - 1]
    body = without_headings(names, [(n, row) for n, row in rows if any(map(str.strip, row))], file)
    if not body:
        raise SchemaError(f"{file!r} holds a header and no rows: {names_told(labels)}. Export it again with its rows.")
    return labels, body


def _from_frame(
    frame: pd.DataFrame, *, file: str, layout: str, columns: Collection[str] | None, options: TableOptions
) -> TextTable:
    if frame.columns.nlevels > 1:
        raise SchemaError(
            f"{file!r} has column names of {frame.columns.nlevels} levels. Give each column one name, such as by "
            "`frame.columns = ['code', 'residents']`."
        )
    frame = frame.rename(columns=str)
    require_within(frame.shape[1], MAX_COLUMNS, what=f"columns in {file!r}", remedy="Keep the columns that are needed.")
    _require_distinct(list(frame.columns), file)
    if columns is not None:
        frame = frame.rename(columns=_spelt(frame.columns, columns))
        require_columns(frame, columns, name=file)
        frame = frame[list(dict.fromkeys(columns))]
    else:
        frame = frame.rename(columns=folded)
    if not len(frame):
        raise SchemaError(f"{file!r} holds no rows. Check the step that made it.")
    rows = pd.RangeIndex(1, len(frame) + 1, name="row")
    texts = {str(label): [cell_text(cell) for cell in frame[label].astype(object)] for label in frame.columns}
    used = options.as_used(sheet=None, header_row=None, skip_rows=0, encoding=None)
    found = pd.DataFrame(texts, index=rows)
    first = str(frame.columns[0]) if frame.shape[1] else ""
    if first and (found[first] == first).any():
        listed = list(zip(rows.tolist(), found.to_numpy().tolist(), strict=True))
        found = found.loc[[number for number, _ in without_headings(list(found.columns), listed, file)]]
    return TextTable(found, file, layout, options=used)


def _as_pandas(frame: Any) -> pd.DataFrame:
    if isinstance(frame, pd.DataFrame):
        return frame
    import narwhals as nw

    try:
        eager = nw.from_native(frame)
    except TypeError as error:
        raise ParameterError(
            f"a table must be a path or a dataframe; found {type(frame).__name__}. Name a file, or pass a DataFrame."
        ) from error
    with reading("table", what="a dataframe", advice="Check the step that made it."):
        collected = eager.collect() if isinstance(eager, nw.LazyFrame) else eager
        return collected.to_pandas()


def _read_parquet(
    path: Path, *, columns: Collection[str] | None, options: TableOptions, look_for_persons: bool
) -> TextTable:
    import pyarrow.parquet as pq

    with reading(path.name, what="parquet", advice="Copy or download it again."), path.open("rb") as stream:
        file = pq.ParquetFile(stream)
        names = [str(label) for label in file.schema_arrow.names]
        _require_distinct(names, path.name)
        spelt = _spelt(names, columns)
        if columns is not None:
            require_columns(pd.DataFrame(columns=[spelt.get(label, label) for label in names]), columns, name=path.name)
        kept = [label for label in names if columns is None or spelt.get(label, label) in columns]
        require_within(
            file.metadata.num_rows * max(len(kept), 1),
            MAX_SHEET_CELLS,
            what=f"cells in {path.name!r}",
            remedy="Keep the rows and columns that are needed.",
        )
        if look_for_persons:
            sample = next(file.iter_batches(batch_size=LOOKED_AT), None)
            refuse_personal(
                names, None if sample is None else sample.to_pandas(), allow=options.allow_columns, name=repr(path.name)
            )
        frame = file.read(columns=kept).to_pandas()
    return _from_frame(frame, file=path.name, layout="parquet", columns=columns, options=options)


def _spelt(labels: Iterable[str], columns: Collection[str] | None) -> dict[str, str]:
    """Column names of a file that the caller spells with other blanks."""
    wanted = {folded(label): label for label in columns or ()}
    return {label: wanted[folded(label)] for label in labels if folded(label) in wanted}


def _require_distinct(header: Sequence[str], file: str) -> None:
    repeated = sorted({label for label in header if header.count(label) > 1}) if len(set(header)) < len(header) else []
    if repeated:
        raise SchemaError(
            f"{file!r} holds columns of the same name: {names_told(repeated, among=header)}. Rename or drop the copies."
        )


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
        first = row[0]
        if ("," in first or ";" in first) and any(_is_quoted_whole(row, header, sign) for sign in ",;"):
            quoted.append(number)
        elif len(row) != width and (len(row) < width or any(map(str.strip, row[width:]))):
            faults.add(f"has {number_of(len(row), 'field')} where the header has {width}", row=number)
        else:
            sound.append((number, row))
    if quoted:
        faults.add(
            f"{number_of(len(quoted), 'row is quoted', 'rows are quoted')} "
            f"whole into their first field: rows {row_ranges(quoted)}"
        )
    if columns is not None:
        require_columns(pd.DataFrame(columns=header), columns, name=file)
    kept = [(place, label) for place, label in enumerate(header) if columns is None or label in columns]
    index = pd.Index([number for number, _ in sound], name="row", dtype="int64")
    texts = {label: [_clean(row[place], unescape) for _, row in sound] for place, label in kept}
    return pd.DataFrame(texts, index=index, dtype=object)


def _clean(cell: str, unescape: bool) -> str:
    return (_ESCAPED.sub("", cell, count=1) if unescape and cell.startswith("'") else cell).strip()
