"""From a document to Markdown with numbered places for its words, so that no word can become markup."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from socharm._limits import MAX_TEMPLATE_BYTES, require_within
from socharm.documents.allowance import LONGEST
from socharm.documents.arguments import existing_file, require_kind_of
from socharm.documents.document import STANDARD, Document, Figure, PackagedTemplate, PrintedTable
from socharm.documents.extras import need
from socharm.documents.sandbox import make_environment
from socharm.documents.words import clean_text
from socharm.errors import SchemaError, SocharmError
from socharm.files.atomic import store_faults

__all__ = ["BREAK", "LAID_OUT_BREAK", "PLACE", "Filled", "fill_template"]

#: A numbered place: letters of a private range that no source can smuggle in, since its own are taken out.
PLACE: Final = re.compile("\ue000(\\d+)\ue001")
#: Stands alone in a paragraph where a new page begins.
BREAK: Final = "\ue002"
#: Likewise, but not in Word, whose pages are what the face of the reader's machine makes of them.
LAID_OUT_BREAK: Final = "\ue003"
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\(\s*([^)\s]*)")
_FIGURE: Final = re.compile(r"figure:(\d{1,4})(:\d{1,2})?")
#: How every packaged template shows a section.
_SECTION: Final = "section.md.j2"


@dataclass(kw_only=True)
class Filled:
    """A filled template.

    Attributes
    ----------
    markdown : str
        The template's own markup, with numbered places.
    words : list of str
        What stands in each place.
    tables, figures : list
        In the order in which they stand in the text.
    letters : int
        Length of the words.
    """

    markdown: str = ""
    words: list[str] = field(default_factory=list)
    tables: list[PrintedTable] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    letters: int = 0

    def place(self, value: object) -> str:
        """Put a value away and give its place."""
        words = clean_text(value)
        self.letters += len(words)
        if self.letters > LONGEST:
            raise SchemaError(f"The document has more than {LONGEST:,} characters. Shorten its text, or its template.")
        self.words.append(words)
        return f"\ue000{len(self.words) - 1}\ue001"

    def spoken(self, text: str, written: Callable[[str], str]) -> str:
        """A text with its places filled in by `written`."""
        return PLACE.sub(lambda found: written(self.words[int(found[1])]), text)


def fill_template(document: Document, template: str | os.PathLike[str] | None = None) -> Filled:
    """Fill the document's packaged template, or one of one's own.

    Raises
    ------
    SchemaError
        The template is faulty, or lacks a block.
    MissingExtraError
        Jinja2 is not installed.
    """
    filled = Filled()
    sources = _packaged(document.template)
    name = document.template.name
    if template is not None:
        name, sources = _own(template, sources)
    text = _rendered(document, name, sources, filled)
    _require_pictures(text, len(filled.figures))
    filled.markdown = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return filled


def _rendered(document: Document, name: str, sources: dict[str, str], filled: Filled) -> str:
    """The template's text, with a place for each value."""
    jinja2 = need("jinja2", what="A document")
    markup = need("markupsafe", what="A document").Markup

    def written(value: Any) -> Any:
        return value if isinstance(value, markup) else markup(filled.place(value))

    calls = _calls(document, filled, markup)
    environment = make_environment(sources, written=written, calls=tuple(calls.values()))
    environment.filters["raw"] = lambda value: markup(value) if set(value) <= {"#"} else value
    values = {
        **document.values,
        "title": document.title,
        "front": document.front,
        "sections": document.sections,
        "statement": document.statement,
        **calls,
    }
    try:
        _require_blocks(environment, name, document.template, jinja2)
        text: str = environment.get_template(name).render(values)
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f", line {line}" if line else ""
        raise SchemaError(f"The template {name!r}{where} is faulty: {error}. Correct it, or leave it out.") from error
    except SocharmError:
        raise
    # Whatever an expression of a template can raise: a division by zero, a missing column, a call without an end.
    except Exception as error:
        told = f"{type(error).__name__} ({str(error)[:200]})"
        raise SchemaError(f"The template {name!r} does not run: {told}. Correct it, or leave it out.") from error
    return text


def _calls(document: Document, filled: Filled, markup: Any) -> dict[str, Callable[..., Any]]:
    """What a template can call."""

    def put_table(table: PrintedTable) -> Any:
        require_kind_of(table, PrintedTable, name="put_table", advice="give it a table of a section")
        return markup(_table(table, filled))

    def put_figure(figure: Figure) -> Any:
        require_kind_of(figure, Figure, name="put_figure", advice="give it a figure of a section")
        return markup(_figure(figure, filled))

    def put_figures(figures: tuple[Figure, ...]) -> Any:
        for figure in figures:
            require_kind_of(figure, Figure, name="put_figures", advice="give it the figures of a section")
        return markup(_figures(figures, filled))

    def page_break(*, word: bool = True) -> Any:
        return markup(f"\n\n{BREAK if word else LAID_OUT_BREAK}\n\n")

    return {
        "put_table": put_table,
        "put_figure": put_figure,
        "put_figures": put_figures,
        "page_break": page_break,
        "section": document.section,
    }


def _packaged(template: PackagedTemplate) -> dict[str, str]:
    """A packaged template, and the one that shows a section, by their names."""
    places = {_SECTION: STANDARD.package, template.name: template.package}
    return {name: files(package).joinpath(name).read_text(encoding="utf-8") for name, package in places.items()}


def _own(template: str | os.PathLike[str], sources: dict[str, str]) -> tuple[str, dict[str, str]]:
    path = existing_file(template, name="template")
    with store_faults(path, doing="read"):
        require_within(
            path.stat().st_size,
            MAX_TEMPLATE_BYTES,
            what=f"bytes in {path.name!r}",
            remedy="A template has some kilobytes: name the right file.",
        )
        content = path.read_bytes()
    try:
        text = _PRIVATE.sub("", content.decode("utf-8-sig")).replace("\0", "")
    except UnicodeDecodeError as error:
        raise SchemaError(f"The template {path.name!r} is not UTF-8 ({error.reason}). Save it as UTF-8.") from error
    name = f"own-{path.name}" if path.name in sources else path.name
    return name, {**sources, name: text}


def _require_blocks(environment: Any, name: str, packaged: PackagedTemplate, jinja2: Any) -> None:
    """Blocks of the template and of what it extends must be complete."""
    present: set[str] = set()
    wanted: str | None = name
    seen: list[str] = []
    while wanted is not None:
        if wanted in seen:
            raise SchemaError(f'The template {name!r} extends itself. Begin it with {{% extends "{packaged.name}" %}}.')
        seen.append(wanted)
        tree = environment.parse(environment.loader.get_source(environment, wanted)[0], name=wanted)
        present |= {node.name for node in tree.find_all(jinja2.nodes.Block)}
        extended = next(iter(tree.find_all(jinja2.nodes.Extends)), None)
        wanted = getattr(extended.template, "value", None) if extended is not None else None
    missing = [block for block in packaged.blocks if block not in present]
    if missing:
        raise SchemaError(
            f"The template {name!r} lacks the blocks {missing}. Begin it with "
            f'{{% extends "{packaged.name}" %}} and replace the blocks you want to change.'
        )


def _require_pictures(text: str, known: int) -> None:
    """A document shows its own pictures alone: others would be read from elsewhere."""
    for target in _IMAGE.findall(text):
        number = _FIGURE.fullmatch(target)
        if number is None or int(number[1]) >= known:
            raise SchemaError(f"The template shows a picture {target!r}; only the document's own are known.")


def _table(table: PrintedTable, filled: Filled) -> str:
    """A pipe table with its caption above and its note below."""
    filled.tables.append(table)
    lines = [f"**Table {len(filled.tables)}. {filled.place(table.caption)}**", ""]
    lines += [_line(table.header, filled), "|" + "---|" * len(table.header)]
    lines += [_line(row, filled) for row in table.rows]
    if table.note:
        lines += ["", f"*{filled.place(table.note)}*"]
    return "\n" + "\n".join(lines) + "\n\n"


def _line(cells: tuple[str, ...], filled: Filled) -> str:
    return "| " + " | ".join(filled.place(cell) for cell in cells) + " |"


def _figure(figure: Figure, filled: Filled) -> str:
    filled.figures.append(figure)
    number = len(filled.figures)
    width = f":{round(100 * figure.alone)}" if figure.alone < 1 else ""
    image = f"![{filled.place(figure.alt)}](figure:{number - 1}{width})"
    return f"\n{image}\n\n*Figure {number}. {filled.place(figure.caption)}*\n\n"


def _figures(figures: Sequence[Figure], filled: Filled) -> str:
    """Pictures side by side, two in a row where the page is wide enough, with their captions below."""
    if len(figures) < 2:
        return "".join(_figure(figure, filled) for figure in figures)
    images, captions = [], []
    for figure in figures:
        filled.figures.append(figure)
        number = len(filled.figures)
        images.append(f"![{filled.place(figure.alt)}](figure:{number - 1}:{round(100 * figure.share)})")
        captions.append(f"Figure {number}. {filled.place(figure.caption)}")
    return "\n" + "\n".join(images) + "\n\n*" + " ".join(captions) + "*\n\n"
