"""One slide of a document for a board: where the place stands, its pictures, what to do first, and the sources."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from socharm._words import day_words
from socharm.documents.document import Document, Figure, Section
from socharm.documents.extras import need
from socharm.documents.handling import handling_line, marking_line
from socharm.documents.packed import fixed_archive
from socharm.documents.words import clean_text

__all__ = ["SLIDE", "slide_of"]

#: Extension of a slide.
SLIDE: Final = "pptx"

#: Red, green and blue, from 0 to 255.
_Colour: TypeAlias = tuple[int, int, int]
#: Inches of a slide of 16 to 9, of its margin, and of what stands on it from the top: title, body, sources.
_WIDE, _HIGH, _MARGIN = 13.333, 7.5, 0.45
_TITLE, _BODY, _FOOT = (0.42, 0.95), (1.45, 4.95), (6.45, 0.7)
_TEXT_WIDTH: Final = 4.2
#: Inches that a caption has at least.
_CAPTION: Final = 0.6
#: Points of letters that are tried, from large to small; mean width of a letter and height of a line over its size.
_TITLES: Final = (24.0, 22.0, 20.0, 18.0, 16.0, 14.0, 12.0)
_POINTS: Final = (14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0)
_SOURCES: Final = (9.0, 8.0, 7.0, 6.0)
_LETTER, _LINE = 0.5, 1.24
#: Longest title that the properties of a file hold.
_LONGEST_TITLE: Final = 255
_INK: Final[_Colour] = (0x1A, 0x1A, 0x1A)
_QUIET: Final[_Colour] = (0x5A, 0x5A, 0x5A)


@dataclass(frozen=True)
class _Box:
    """A rectangle in inches."""

    left: float
    top: float
    width: float
    height: float


def slide_of(document: Document) -> bytes:
    """The first section of a document as one slide of PowerPoint (16 to 9).

    Its title is the lead; pictures stand on the left, points with their cautions on the right, sources and handling
    below, the marking above and below. Nothing is cut: what is long is set smaller.

    Parameters
    ----------
    document : Document
        Its first section has a lead.

    Raises
    ------
    MissingExtraError
        The library of slides is not installed.
    """
    pptx = need("pptx", what="A slide")
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDE), Inches(_HIGH)
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # a title, and nothing else
    head = document.sections[0]
    _write_title(slide.shapes.title, head.lead)
    for top in (0.12, _HIGH - 0.34):
        strip = _Box(_MARGIN, top, _WIDE - 2 * _MARGIN, 0.25)
        _write(slide, strip, [(marking_line(document), True)], size=10, middle=True)
    _set_pictures(slide, head.figures)
    _set_points(slide, head)
    foot = _Box(_MARGIN, _FOOT[0], _WIDE - 2 * _MARGIN, _FOOT[1])
    small = [(f"{document.title}, {day_words(document.day)}. {document.slide_source} {handling_line(document)}", False)]
    _write(slide, foot, small, size=_size_for(small, foot, sizes=_SOURCES), colour=_QUIET)
    _tell(deck.core_properties, document)
    stream = io.BytesIO()
    deck.save(stream)
    return fixed_archive(stream.getvalue())


def _tell(properties: Any, document: Document) -> None:
    """What the file says of itself; the clock is never asked."""
    day = dt.datetime.combine(document.day, dt.time())
    properties.title, properties.author = clean_text(document.title)[:_LONGEST_TITLE], "socharm"
    properties.keywords = marking_line(document)
    properties.last_modified_by, properties.revision, properties.language = "socharm", 1, "en-GB"
    properties.created = properties.modified = day


def _write_title(shape: Any, text: str) -> None:
    from pptx.util import Inches

    box = _Box(_MARGIN, _TITLE[0], _WIDE - 2 * _MARGIN, _TITLE[1])
    shape.left, shape.top, shape.width, shape.height = (
        Inches(side) for side in (box.left, box.top, box.width, box.height)
    )
    size = _size_for([(text, True)], box, sizes=_TITLES)
    _fill(shape.text_frame, [(text, True)], size=size, colour=_INK)


def _set_pictures(slide: Any, figures: tuple[Figure, ...]) -> None:
    """Side by side, as large as they can be together, each with its caption and, for who does not see it, its words."""
    from PIL import Image
    from pptx.util import Inches

    if not figures:
        return
    room = _WIDE - 3 * _MARGIN - _TEXT_WIDTH
    drawn = [(figure, figure.draw()) for figure in figures]
    shapes = [Image.open(io.BytesIO(picture)).size for _, picture in drawn]
    gap = 0.2
    height = min(_BODY[1] - _CAPTION, (room - gap * (len(shapes) - 1)) / sum(wide / high for wide, high in shapes))
    left = _MARGIN
    for (figure, picture), (wide, high) in zip(drawn, shapes, strict=True):
        width = height * wide / high
        shape = slide.shapes.add_picture(
            io.BytesIO(picture), Inches(left), Inches(_BODY[0]), Inches(width), Inches(height)
        )
        shape._element.nvPicPr.cNvPr.set("descr", figure.alt)
        shape.name = figure.name
        below = _Box(left, _BODY[0] + height + 0.05, width, _BODY[1] - height - 0.1)
        caption = [(figure.caption, False)]
        _write(slide, below, caption, size=_size_for(caption, below, sizes=_SOURCES), colour=_QUIET)
        left += width + gap


def _set_points(slide: Any, head: Section) -> None:
    """What to do first, then what the rank must be read with."""
    box = _Box(_WIDE - _MARGIN - _TEXT_WIDTH, _BODY[0], _TEXT_WIDTH, _BODY[1])
    told = [(head.title, True)]
    told += [(f"{number}. {point}", False) for number, point in enumerate(head.points, start=1)]
    told += [(text, False) for text in (*head.paragraphs, *head.opening)]
    _write(slide, box, told, size=_size_for(told, box, sizes=_POINTS))


def _size_for(told: list[tuple[str, bool]], box: _Box, *, sizes: tuple[float, ...]) -> float:
    """The largest letters with which all of a text fits its box; the smallest where none does."""
    texts = [text for text, _ in told]
    return next((size for size in sizes if _height(texts, box.width, size) <= box.height), sizes[-1])


def _height(texts: list[str], width: float, size: float) -> float:
    """Inches that paragraphs need, broken to a width."""
    letters = max(1, int(width * 72 / (size * _LETTER)))
    lines = sum(-(-len(text) // letters) for text in texts)
    return (lines * _LINE + 0.35 * (len(texts) - 1)) * size / 72


def _write(
    slide: Any,
    box: _Box,
    told: list[tuple[str, bool]],
    *,
    size: float,
    colour: tuple[int, int, int] = _INK,
    middle: bool = False,
) -> None:
    from pptx.util import Inches

    shape = slide.shapes.add_textbox(*(Inches(side) for side in (box.left, box.top, box.width, box.height)))
    _fill(shape.text_frame, told, size=size, colour=colour, middle=middle)


def _fill(
    frame: Any, told: list[tuple[str, bool]], *, size: float, colour: tuple[int, int, int], middle: bool = False
) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.lang import MSO_LANGUAGE_ID
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for number, (text, bold) in enumerate(told):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if middle else PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.35)
        run = paragraph.add_run()
        run.text = clean_text(text)
        font = run.font
        font.size, font.bold, font.name, font.language_id = Pt(size), bold, "Arial", MSO_LANGUAGE_ID.ENGLISH_UK
        font.color.rgb = cast(Any, RGBColor)(*colour)
