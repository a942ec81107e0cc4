"""A document as PDF/UA-1: pandoc writes Typst, Typst writes the PDF."""

from __future__ import annotations

import datetime as dt
import json
import string
from importlib.resources import files
from typing import Any

from socharm._typeface import typeface_folder
from socharm.documents.document import Document
from socharm.documents.extras import need
from socharm.documents.handling import handling_line, marking_line
from socharm.documents.pandoc import Tree, plain, run_pandoc, tree_of, with_pictures, write_pictures
from socharm.documents.template import Filled
from socharm.errors import SchemaError
from socharm.files.atomic import scratch_folder
from socharm.maps.fonts import fallback_folder

__all__ = ["pdf_of"]


def pdf_of(document: Document, filled: Filled, pictures: list[bytes]) -> bytes:
    """The document as PDF/UA-1, the same bytes every time.

    Raises
    ------
    MissingExtraError
        pandoc or Typst is not installed.
    """
    typst = need("typst", what="A document as PDF")
    moment = dt.datetime.combine(document.day, dt.time(), dt.UTC)
    tree = tree_of(filled, stamp=int(moment.timestamp()))
    with scratch_folder() as folder:
        names = write_pictures(filled, pictures, folder)
        tree["blocks"] = _held(
            with_pictures(tree["blocks"], names, page=_raw("#pagebreak(weak: true)"), image=_picture, laid_out=True),
            document.whole_rows,
        )
        body = run_pandoc(["-f", "json", "-t", "typst"], json.dumps(tree), stamp=int(moment.timestamp())).decode()
        page = files("socharm.documents.templates").joinpath("page.typ").read_text(encoding="utf-8")
        head = string.Template(page).substitute(
            title=quoted(document.title),
            marking=quoted(marking_line(document)),
            handling=quoted(handling_line(document)),
            year=document.day.year,
            month=document.day.month,
            day=document.day.day,
        )
        (folder / "document.typ").write_text(f"{head}\n{body}", encoding="utf-8")
        try:
            made: bytes = typst.compile(
                str(folder / "document.typ"),
                root=str(folder),
                font_paths=[str(typeface_folder()), str(fallback_folder())],
                ignore_system_fonts=True,
                pdf_standards=["ua-1"],
                timestamp=int(moment.timestamp()),
            )
        except RuntimeError as error:
            raise SchemaError(f"The template makes no valid PDF/UA-1: {error}. Correct it, or leave it out.") from error
    return made


def quoted(text: str) -> str:
    """A text as a string of Typst.

    Examples
    --------
    >>> quoted('say "no" \\\\ #x')
    '"say \\\\"no\\\\" \\\\\\\\ #x"'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _held(blocks: list[Any], whole_rows: int) -> list[Any]:
    """Captions, and the lead sentence above them, stay with the table below; tables of so many rows stay whole."""
    made: list[Any] = []
    held = False
    for block, following in zip(reversed(blocks), [None, *reversed(blocks[1:])], strict=True):
        below = following is not None and following["t"] == "Table"
        spoken = block["t"] == "Para" and all(item["t"] in ("Strong", "Space", "SoftBreak") for item in block["c"])
        noted = (
            following is not None and following["t"] == "Para" and all(item["t"] == "Emph" for item in following["c"])
        )
        held = block["t"] == "Para" and (below or (held and spoken))
        if held:
            made += [_raw("]"), block, _raw("#block(sticky: true)[")]
        elif block["t"] == "Table" and _rows(block) <= whole_rows:
            # The note below a table stays with it.
            ends = [made.pop(), _raw("]")] if noted and made and made[-1] is following else [_raw("]")]
            made += [*ends[::-1], block, _raw("#block(breakable: false)[")]
        else:
            made.append(block)
    return made[::-1]


def _rows(table: Tree) -> int:
    """Rows of a table, without its head."""
    return sum(len(body[3]) for body in table["c"][4])


def _raw(text: str) -> dict[str, Any]:
    return {"t": "RawBlock", "c": ["typst", text]}


def _picture(words: Any, name: str, share: float | None) -> Tree:
    """A picture with its words for those who do not see it, which pandoc's own writer drops."""
    image = f"image({quoted(name)}, width: 100%, alt: {quoted(plain(words))})"
    # Pictures side by side hang from one line, whatever their heights.
    text = f"#{image}" if share is None else f"#box(width: {99 * share:.1f}%, baseline: 100%, {image})"
    return {"t": "RawInline", "c": ["typst", text]}
