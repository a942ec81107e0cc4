"""A document as a file: one template, four formats."""

from __future__ import annotations

import base64
import html
import itertools
import os
import re
import string
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from socharm._typeface import typeface_css
from socharm.documents.arguments import require_path
from socharm.documents.document import Document
from socharm.documents.extras import need
from socharm.documents.handling import handling_line, marking_line
from socharm.documents.pdf import pdf_of
from socharm.documents.slide import SLIDE, slide_of
from socharm.documents.template import BREAK, LAID_OUT_BREAK, Filled, fill_template
from socharm.documents.word import docx_of
from socharm.errors import ParameterError, SchemaError
from socharm.files.atomic import atomic_write, store_faults

__all__ = ["FORMATS", "html_of", "markdown_of", "save_document"]

#: Extensions that a document can be saved under.
FORMATS: Final = ("docx", "pdf", "html", "md")
#: Columns from which on a table is too wide for a telephone.
_WIDE: Final = 5
_EMBEDDED: Final = re.compile(r'src="figure:(\d+)(?::(\d{1,2}))?"')
_LINKED: Final = re.compile(r"\]\(figure:(\d+)(?::\d{1,2})?\)")
#: What could be read as markup inside a line, and what only at its start.
_INSIDE: Final = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_START: Final = re.compile(r"^([-+=])|^(\d+)([.)])(?=\s|$)")
_LINK: Final = re.compile(r"(?<=[A-Za-z]):(?=//)|(?<=www)\.")


def save_document(
    document: Document,
    path: str | os.PathLike[str],
    *,
    template: str | os.PathLike[str] | None = None,
    reference: str | os.PathLike[str] | None = None,
) -> None:
    """Write a document; the extension says as what.

    Parameters
    ----------
    document : Document
    path : str or path
        ``.docx``, ``.pdf`` (PDF/UA-1), ``.html`` (one file), ``.md`` (pictures in a folder beside it), or ``.pptx`` of
        a document that makes a slide.
    template : str or path, optional
        A Jinja2 Markdown template of one's own, which extends the document's packaged one.
    reference : str or path, optional
        Word document whose styles, headers and footers a ``.docx`` takes over; the marking is added.

    Raises
    ------
    ParameterError
        Another extension, or `reference` with a format that has none.
    SchemaError
        The template lacks a block, or is faulty.
    MissingExtraError
        The libraries of documents are not installed.
    StoreError
        The file cannot be written; an existing one stays as it was.
    """
    path = require_path(path, name="path")
    kind = Path(path).suffix.lower().removeprefix(".")
    formats = (*FORMATS, SLIDE) if document.slide_source else FORMATS
    if kind not in formats:
        raise ParameterError(f"`path` is {Path(path).name!r}; a document is saved as one of {list(formats)}.")
    if kind == SLIDE and (template is not None or reference is not None):
        raise ParameterError("`path` ends in .pptx, a slide, which takes neither `template` nor `reference`.")
    if reference is not None and kind != "docx":
        raise ParameterError(f"`reference` is a Word document and `path` ends in .{kind}. Leave it out.")
    if kind == SLIDE:
        with atomic_write(path) as temporary:
            temporary.write_bytes(slide_of(document))
        return
    filled = fill_template(document, template)
    pictures = [figure.draw() for figure in filled.figures]
    if kind == "md":
        _save_markdown(document, filled, pictures, Path(path))
        return
    if kind == "html":
        content = html_of(document, filled, pictures).encode("utf-8")
    elif kind == "docx":
        content = docx_of(document, filled, pictures, reference=reference)
    else:
        content = pdf_of(document, filled, pictures)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def _save_markdown(document: Document, filled: Filled, pictures: list[bytes], path: Path) -> None:
    """The text, and its pictures in a folder beside it, pictures first so that no link is ever dead."""
    folder = path.with_name(f"{path.stem}_files")
    with store_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for figure, picture in zip(filled.figures, pictures, strict=True):
        with atomic_write(folder / f"{figure.name}.png") as temporary:
            temporary.write_bytes(picture)
    with atomic_write(path) as temporary:
        temporary.write_text(markdown_of(document, filled, folder=folder.name), encoding="utf-8", newline="\n")


def markdown_of(document: Document, filled: Filled, *, folder: str) -> str:
    """The document as Markdown, every word of people and data escaped.

    Parameters
    ----------
    document : Document
    filled : Filled
    folder : str
        Where the pictures are.
    """
    # Pictures before words: a person may have written "figure:0".
    inside = _LINKED.sub(
        lambda found: f"](<{_encoded(folder)}/{filled.figures[int(found[1])].name}.png>)", filled.markdown
    )
    text = filled.spoken(inside.replace(BREAK, "---").replace(LAID_OUT_BREAK, "---"), escape_markdown)
    marking = f"**{escape_markdown(marking_line(document))}**"
    return f"{marking}\n\n{text.strip()}\n\n{marking}\n"


def _encoded(folder: str) -> str:
    """A folder's name as a link between angle brackets can hold it."""
    return "".join(quote(letter) if letter in "<>\\%\n\r" else letter for letter in folder)


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it stands.

    Examples
    --------
    >>> escape_markdown("<b>1*2*3</b> [x](y) - z"), escape_markdown("1. Byker"), escape_markdown("- 4.5%")
    ('\\\\<b\\\\>1\\\\*2\\\\*3\\\\</b\\\\> \\\\[x\\\\](y) - z', '1\\\\. Byker', '\\\\- 4.5%')
    """
    escaped = _INSIDE.sub(r"\\\1", text)
    escaped = _START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", escaped)
    return _LINK.sub(lambda m: f"\\{m[0]}", escaped)


def html_of(document: Document, filled: Filled, pictures: list[bytes]) -> str:
    """The document as one HTML file that loads nothing and runs nothing.

    Raises
    ------
    SchemaError
        The template holds HTML, which is never passed on.
    MissingExtraError
        The Markdown reader is not installed.
    """
    markdown = need("markdown_it", what="A document as HTML").MarkdownIt("commonmark", {"html": True}).enable("table")
    _tell_headers(markdown)
    refuse_html(markdown.parse(filled.markdown))
    body: str = markdown.render(filled.markdown)
    for mark in (BREAK, LAID_OUT_BREAK):
        body = body.replace(f"<p>{mark}</p>", '<hr class="page">')

    def embedded(found: re.Match[str]) -> str:
        kind = f'class="part" style="--part: {int(found[2]) - 1}%" ' if found[2] else ""
        return f'{kind}src="data:image/png;base64,{base64.b64encode(pictures[int(found[1])]).decode("ascii")}"'

    body = _EMBEDDED.sub(embedded, body)
    body = filled.spoken(_sections(body), lambda text: html.escape(text))
    page = string.Template(files("socharm.documents.templates").joinpath("page.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=html.escape(document.title),
        marking=html.escape(marking_line(document)),
        body=body,
        typeface=typeface_css(),
        handling=html.escape(handling_line(document)),
    )


def refuse_html(tokens: list[Any]) -> None:
    """Stop where a template holds HTML of its own."""
    for token in tokens:
        inside = token.children or []
        if token.type in ("html_block", "html_inline") or any(child.type == "html_inline" for child in inside):
            line = token.map[0] + 1 if token.map else "?"
            raise SchemaError(f"The template holds HTML, near line {line} of its text. Write it in Markdown.")


def _tell_headers(markdown: Any) -> None:
    """Header cells say that they head a column; tables scroll by themselves on narrow screens, long rows stack."""

    def header(renderer: Any, tokens: Any, at: int, options: Any, env: Any) -> str:
        tokens[at].attrSet("scope", "col")
        return str(renderer.renderToken(tokens, at, options, env))

    def opened(renderer: Any, tokens: Any, at: int, options: Any, env: Any) -> str:
        _label_cells(tokens, at)
        return '<div class="table">' + str(renderer.renderToken(tokens, at, options, env))

    def closed(renderer: Any, tokens: Any, at: int, options: Any, env: Any) -> str:
        return str(renderer.renderToken(tokens, at, options, env)) + "</div>"

    markdown.add_render_rule("th_open", header)
    markdown.add_render_rule("table_open", opened)
    markdown.add_render_rule("table_close", closed)


def _label_cells(tokens: Any, at: int) -> None:
    """Cells of a wide table say their column: its rows are stacked on a telephone, and roles keep it a table there."""
    inside = list(itertools.takewhile(lambda token: token.type != "table_close", tokens[at:]))
    heads = [after.content for token, after in itertools.pairwise(inside) if token.type == "th_open"]
    if len(heads) < _WIDE:
        return
    tokens[at].attrSet("class", "wide")
    roles = {"table_open": "table", "tr_open": "row", "th_open": "columnheader", "td_open": "cell"}
    column = 0
    for token in inside:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type in roles:
            token.attrSet("role", roles[token.type])
        if token.type == "tr_open":
            column = 0
        if token.type == "td_open":
            token.attrSet("data-label", heads[column])
            column += 1


def _sections(body: str) -> str:
    """Each heading of the second level begins a section that a screen reader can jump to."""
    parts = re.split(r"(?=<h2>)", body)
    head, rest = parts[0], parts[1:]
    made = []
    for number, part in enumerate(rest, start=1):
        heading = part.replace("<h2>", f'<h2 id="s{number}">', 1)
        made.append(f'<section aria-labelledby="s{number}">\n{heading}</section>\n')
    return head + "".join(made)
