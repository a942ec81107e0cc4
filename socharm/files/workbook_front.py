"""The first sheet of a workbook: a title, a short list with intervals drawn in its cells, and one chart."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

__all__ = ["FrontSheet", "Strip", "draw_front"]

_INK, _BAND, _DOT, _GROUND, _HEAD = "#16202E", "#D98C9B", "#7A1230", "#F3F4F6", "#E5EAF1"
#: Cells of a strip, at most, and how many of them share a heading.
_MOST_CELLS: Final = 40
_GROUP: Final = 5
_CELL_WIDTH: Final = 1.3
#: Height of a line of text in points.
_LINE: Final = 13.0
#: ... and of the title.
_TITLE_ROW: Final = 22.0


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Cells of equal steps that show an interval of whole numbers as filled cells, and a point in it.

    Attributes
    ----------
    low, high, at : str
        Columns of the table.
    title : str
    """

    low: str
    high: str
    at: str
    title: str


@dataclass(frozen=True, kw_only=True)
class FrontSheet:
    """What the first sheet is made of.

    Attributes
    ----------
    name, title : str
    lines : sequence of str
        Above the list.
    table : DataFrame
        The list; its columns are the headings.
    formats, widths : mapping
        Number format and width of columns.
    strip : Strip
    chart : tuple of str
        Column of names, column of values, title.
    notes : sequence of str
        Below the list.
    """

    name: str
    title: str
    lines: Sequence[str]
    table: pd.DataFrame
    strip: Strip
    chart: tuple[str, str, str]
    formats: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()


def draw_front(book: Any, front: FrontSheet, *, marking: str) -> None:
    """Draw the sheet; one page of landscape A4."""
    page = book.add_worksheet(front.name)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 1)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    bold = book.add_format({"bold": True, "font_size": 16, "font_color": _INK})
    note = book.add_format({"italic": True})
    plain = book.add_format({})
    page.write_string(0, 0, marking, note)
    page.write_string(1, 0, front.title, bold)
    page.set_row(1, _TITLE_ROW)
    for row, line in enumerate(front.lines, start=2):
        page.write_string(row, 0, line, plain)
    top = 3 + len(front.lines)
    _list(book, page, front, top)
    _strip(book, page, front, top)
    end = top + 1 + len(front.table)
    for row, line in enumerate(front.notes, start=end + 1):
        page.write_string(row, 0, line, note)
    _chart(book, page, front, top, below=end + len(front.notes) + 2)


def _list(book: Any, page: Any, front: FrontSheet, top: int) -> None:
    head = book.add_format(
        {
            "bold": True,
            "bottom": 1,
            "text_wrap": True,
            "valign": "bottom",
            "bg_color": _HEAD,
            "align": "left",
            "indent": 1,
        }
    )
    right = book.add_format(
        {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "bg_color": _HEAD, "align": "right"}
    )
    widths = {str(name): front.widths.get(str(name), 12.0) for name in front.table.columns}
    lines = [len(textwrap.wrap(name, max(1, int(width) - 1))) for name, width in widths.items()]
    page.set_row(top, _LINE * max(lines, default=1) + 2.0)
    for number, name in enumerate(front.table.columns):
        column = front.table[name]
        numeric = pd.api.types.is_numeric_dtype(column.dtype)
        page.set_column(number, number, widths[str(name)])
        page.write_string(top, number, str(name), right if numeric else head)
        look = book.add_format(
            {
                "num_format": front.formats.get(str(name), "General"),
                "bottom": 4,
                **({} if numeric else {"align": "left", "indent": 1}),
            }
        )
        for row, value in enumerate(column, start=top + 1):
            if pd.isna(value):
                page.write_blank(row, number, None, look)
            elif numeric:
                page.write_number(row, number, float(value), look)
            else:
                page.write_string(row, number, str(value), look)


def strip_steps(high: int) -> tuple[int, int]:
    """Ranks of one cell, and the number of cells, so that a strip reaches `high`.

    Examples
    --------
    >>> strip_steps(36), strip_steps(120), strip_steps(3)
    ((1, 40), (3, 40), (1, 5))
    """
    step = max(1, math.ceil(high / _MOST_CELLS))
    cells = math.ceil(high / step)
    return step, math.ceil(cells / _GROUP) * _GROUP


def _strip(book: Any, page: Any, front: FrontSheet, top: int) -> None:
    table, strip = front.table, front.strip
    known = table[[strip.low, strip.high, strip.at]].dropna().astype(int)
    if known.empty:
        return
    step, cells = strip_steps(int(known[strip.high].max()))
    first = table.shape[1] + 1
    page.set_column(first - 1, first - 1, 1.5)
    page.set_column(first, first + cells - 1, _CELL_WIDTH)
    small = book.add_format({"font_size": 8, "align": "left", "valign": "bottom", "bottom": 1, "bg_color": _HEAD})
    page.write_string(top - 1, first, strip.title, book.add_format({"bold": True}))
    for start in range(0, cells, _GROUP):
        text = f"{start * step + 1} to {(start + _GROUP) * step}"
        page.merge_range(top, first + start, top, first + start + _GROUP - 1, text, small)
    # White lines between the rows keep the bars apart.
    apart = {"bottom": 2, "bottom_color": "#FFFFFF"}
    looks = {colour: book.add_format({"bg_color": colour, **apart}) for colour in (_GROUND, _BAND, _DOT)}
    for row, (low, high, at) in zip(
        (top + 1 + table.index.get_indexer(known.index)).tolist(), known.to_numpy().tolist(), strict=True
    ):
        for cell in range(cells):
            begin, end = cell * step + 1, (cell + 1) * step
            inside = begin <= high and end >= low
            colour = _DOT if begin <= at <= end else _BAND if inside else _GROUND
            page.write_blank(row, first + cell, None, looks[colour])


def _chart(book: Any, page: Any, front: FrontSheet, top: int, *, below: int) -> None:
    names, values, title = front.chart
    places = [list(front.table.columns).index(name) for name in (names, values)]
    if front.table.empty or front.table[values].isna().all():
        return
    first, last = top + 1, top + len(front.table)
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": values,
            "categories": [front.name, first, places[0], last, places[0]],
            "values": [front.name, first, places[1], last, places[1]],
            "fill": {"color": _DOT},
            "gap": 35,
            "data_labels": {"value": True},
        }
    )
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
    chart.set_x_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": "#D5DAE1"}}})
    chart.set_size({"width": 980, "height": 24 * len(front.table) + 90})
    page.insert_chart(below, 0, chart, {"description": f"{title}. The list above holds the same numbers."})
