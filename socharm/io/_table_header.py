"""Where a table stands in a file: its sheet, its row of column names, and the notes above and below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from socharm._checks import names_told, nearest_name
from socharm._words import number_of
from socharm.errors import SchemaError
from socharm.io.table_options import TableOptions

__all__ = ["TOTAL", "Page", "Recognise", "Found", "find_header", "folded", "last_filled", "note_rows"]

#: Whether a row of cells is the row of column names.
Recognise = Callable[[Sequence[str]], bool]

Row = list[str]
_INVISIBLE: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_NOTE: Final = re.compile(
    r"(?:sources?|notes?|foot ?notes?|caution|copyright|©|\(c\)|crown copyright|this (?:table|data|file|worksheet)|"
    r"figures|\[?note ?\d+\]?|\[\d+\]|\(\d+\)|\d\.? [A-Za-z]|end of (?:table|file|data)|data (?:from|source)|"
    r"last updated|contains)\b",
    re.IGNORECASE,
)
#: How publishers call a line of sums.
TOTAL: Final = re.compile(r"(?:grand |column |row |overall |sub[ -]?)?totals?(?: \\(.*\\))?:?", re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Za-z]{0,3}[\d-]{1,12}[A-Za-z]?")


@dataclass(frozen=True)
class Page:
    """One sheet of a workbook, or a text file (whose sheet has no name)."""

    sheet: str | None
    rows: list[Row]


@dataclass(frozen=True)
class Found:
    """The page that was chosen and the number of its row of column names, counted from 1."""

    page: Page
    header: int


def folded(label: str) -> str:
    """A heading with every run of blanks, line breaks among them, as one blank.

    Examples
    --------
    >>> folded(" Ward\\n2022  Code ")
    'Ward 2022 Code'
    """
    return " ".join(_INVISIBLE.sub("", label).split())


def find_header(
    pages: Iterator[Page],
    *,
    file: str,
    options: TableOptions,
    wanted: Collection[str] | Recognise | None,
    hidden: Callable[[], Iterator[Page]] = lambda: iter(()),
) -> Found:
    """The one row that holds the wanted columns.

    Parameters
    ----------
    pages : iterator of Page
        In order; those that may be read.
    wanted : columns, a test of a row, or None
        Without any, or where a test finds nothing, the first row that is not blank is taken.
    hidden : callable
        Pages that are hidden, looked at only to say that the columns stand there.

    Raises
    ------
    SchemaError
        No row, or rows of several sheets, hold the wanted columns.
    """
    seen = list(pages)
    names = None if wanted is None or callable(wanted) else [folded(label) for label in wanted]
    test: Recognise | None = wanted if callable(wanted) else _holds(names) if names else None
    starts = {id(page): _row_of(page, options, test) for page in seen}
    matches = [Found(page, number) for page in seen if (number := starts[id(page)]) is not None]
    if len(matches) > 1 and test is not None:
        sheets = [match.page.sheet for match in matches]
        raise SchemaError(
            f"the wanted columns stand in {number_of(len(sheets), 'sheet')} of {file!r}: {sheets}. Name one of them by "
            "`sheet=`."
        )
    if matches:
        return matches[0]
    if names:
        raise SchemaError(_not_found(seen, names, file, options, hidden))
    return _first_table(seen, file, options, fewest=1 if test is None else 2)


def _holds(names: Sequence[str]) -> Recognise:
    wanted = set(names)
    return lambda cells: wanted <= {folded(cell) for cell in cells}


def last_filled(row: Row) -> int:
    """Position, counted from 1, of the last cell that is not blank; 0 where all are."""
    return next((place for place in range(len(row), 0, -1) if row[place - 1].strip()), 0)


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _row_of(page: Page, options: TableOptions, test: Recognise | None) -> int | None:
    """Number of the first row that passes; the stated one only, where one is stated."""
    if test is None:
        return None
    first = options.header_row or options.skip_rows + 1
    last = first if options.header_row else len(page.rows)
    rows = enumerate(page.rows[first - 1 : last], first)
    return next((number for number, row in rows if _filled(row) and test(row)), None)


def _first_table(pages: Sequence[Page], file: str, options: TableOptions, *, fewest: int) -> Found:
    """The stated row, else the first with so many cells filled, else the first with any."""
    stated = options.header_row
    if stated is not None:
        held = [page for page in pages if len(page.rows) >= stated and _filled(page.rows[stated - 1])]
        if held:
            return Found(held[0], stated)
        raise SchemaError(f"row {stated} of {file!r} is blank or beyond its end. Correct `header_row`.")
    for least in sorted({fewest, 1}, reverse=True):
        for page in pages:
            for number, row in enumerate(page.rows, 1):
                if number > options.skip_rows and _filled(row) >= least:
                    return Found(page, number)
    raise SchemaError(f"{file!r} holds no table. Export it again, or name the row of the column names.")


def _not_found(
    pages: Sequence[Page],
    names: Sequence[str],
    file: str,
    options: TableOptions,
    hidden: Callable[[], Iterator[Page]],
) -> str:
    """What the file has instead: the nearest row, and where else the columns stand."""
    test = _holds(names)
    elsewhere = [page.sheet for page in hidden() if _row_of(page, options, test) is not None]
    page, number = _nearest(pages, names, options)
    if page is None:
        return f"{file!r} holds no table. Export it again, or name the row of the column names."
    has = [folded(cell) for cell in page.rows[number - 1] if cell.strip()]
    missing = [name for name in names if name not in has]
    hints = {name: nearest_name(name, has) for name in missing}
    meant = "".join(f" Did you mean {hint!r} for {name!r}?" for name, hint in hints.items() if hint)
    where = "" if page.sheet is None else f" of sheet {page.sheet!r}"
    sheets = "" if page.sheet is None else f" Its visible sheets are {[other.sheet for other in pages]}."
    told = f" They stand in the hidden sheet {elsewhere[0]!r}: name it by `sheet=` if it is meant." if elsewhere else ""
    stated = _at_other_row(pages, names, options)
    return (
        f"{file!r} lacks the columns {missing}; the nearest row, {number}{where}, has {names_told(has)}.{meant}{sheets}"
        f"{told}{stated} Name the columns as the file does, or say where they stand by `sheet=` and `header_row=`."
    )


def _at_other_row(pages: Sequence[Page], names: Sequence[str], options: TableOptions) -> str:
    if options.header_row is None and not options.skip_rows:
        return ""
    test = _holds(names)
    for page in pages:
        number = _row_of(page, TableOptions(), test)
        if number is not None:
            where = f" of sheet {page.sheet!r}" if page.sheet is not None else ""
            return f" They stand in row {number}{where}, which `header_row` or `skip_rows` leaves out."
    return ""


def _nearest(pages: Sequence[Page], names: Sequence[str], options: TableOptions) -> tuple[Page | None, int]:
    """The row with most of the wanted names, else with names like them, else the first that is not blank."""
    best: tuple[int, int, int] = (-1, -1, -1)
    chosen: tuple[Page | None, int] = (None, 0)
    wanted, lowered = set(names), {name.casefold() for name in names}
    first = options.header_row or options.skip_rows + 1
    last = first if options.header_row else None
    for page in pages:
        for number, row in enumerate(page.rows[first - 1 : last or first + 1_000], first):
            if not _filled(row):
                continue
            cells = {folded(cell) for cell in row if cell.strip()}
            score = (len(wanted & cells), len(lowered & {cell.casefold() for cell in cells}), 0)
            if number - first < 50 and score[:2] == (0, 0):
                score = (0, 0, sum(nearest_name(name, cells) is not None for name in names))
            if score > best:
                best, chosen = score, (page, number)
    return chosen


def note_rows(rows: Sequence[tuple[int, Row]], width: int, places: Sequence[int]) -> int:
    """Number of rows at the end that are notes under the table, not rows of it.

    Parameters
    ----------
    rows : sequence of (number, cells)
        Rows under the column names that are not blank.
    width : int
        Number of columns.
    places : sequence of int
        Positions of the wanted columns; empty when every column is wanted.

    Notes
    -----
    Notes stand behind a blank row, or begin as notes do ("Source", "Note 1"), and fill few cells. A line of sums
    ("Column Total") that lacks a wanted cell is one too. A last row that is
    merely short was cut off, and is left to be told.
    """
    if width < 2:
        return 0
    count = 0
    for position in range(len(rows) - 1, -1, -1):
        number, row = rows[position]
        if _is_total(row, places):
            count = len(rows) - position
            continue
        if not _few(row, width, places):
            break
        follows_blank = position > 0 and number - rows[position - 1][0] > 1
        if follows_blank or _NOTE.match(_first(row)):
            count = len(rows) - position
    return count


def _is_total(row: Row, places: Sequence[int]) -> bool:
    """A line of sums under the table: it says so, and lacks what every row of the table has, its code or its name."""
    lacking = any(place >= len(row) or not row[place].strip() for place in places)
    return lacking and TOTAL.fullmatch(_first(row)) is not None


def _first(row: Row) -> str:
    return next((cell.strip() for cell in row if cell.strip()), "")


def _few(row: Row, width: int, places: Sequence[int]) -> bool:
    filled = _filled(row)
    lacking = [place for place in places if place >= len(row) or not row[place].strip()]
    return filled <= max(1, (width - 1) // 2) and (not places or len(lacking) > 0) and not _CODE.fullmatch(_first(row))
