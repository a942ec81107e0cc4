"""From a profile to Markdown with numbered places for its words, so that no word can become markup."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from socharm.errors import SchemaError
from socharm.files.atomic import store_faults
from socharm.profiles.content import Figure, TextTable
from socharm.profiles.extras import existing_file, need

if TYPE_CHECKING:
    from socharm.profiles.profile import Profile

__all__ = ["BREAK", "PLACE", "REQUIRED_BLOCKS", "Filled", "clean_text", "fill_template"]

#: Blocks that a template must have, itself or from the one it extends.
REQUIRED_BLOCKS: Final = (
    "front", "headline", "harm", "threats", "context", "gaps", "recommendations", "plan", "principles", "statement",
)  # fmt: skip

#: A numbered place: letters of a private range that no source can smuggle in, since its own are taken out.
PLACE: Final = re.compile("\ue000(\\d+)\ue001")
#: Stands alone in a paragraph where a new page begins.
BREAK: Final = "\ue002"
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_BASE: Final = "profile.md.j2"


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
    """

    markdown: str = ""
    words: list[str] = field(default_factory=list)
    tables: list[TextTable] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def place(self, value: object) -> str:
        """Put a value away and give its place."""
        self.words.append(clean_text(value))
        return f"\ue000{len(self.words) - 1}\ue001"

    def spoken(self, text: str, written: Callable[[str], str]) -> str:
        """A text with its places filled in by `written`."""
        return PLACE.sub(lambda found: written(self.words[int(found[1])]), text)


def clean_text(value: object) -> str:
    """A value as one line of text without control characters, which no document can hold.

    Examples
    --------
    >>> clean_text("By\\x07ker\\n ward")
    'Byker ward'
    """
    text = "" if value is None else str(value)
    kept = "".join(letter for letter in text if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cs"))
    return " ".join(_PRIVATE.sub("", kept).split())


def fill_template(profile: Profile, template: str | os.PathLike[str] | None = None) -> Filled:
    """Fill the packaged template, or one of one's own.

    Raises
    ------
    SchemaError
        The template is faulty, or lacks a block.
    MissingExtraError
        Jinja2 is not installed.
    """
    jinja2 = need("jinja2", what="A profile as a document")
    sandbox = need("jinja2.sandbox", what="A profile as a document")
    markup = need("markupsafe", what="A profile as a document").Markup
    filled = Filled()

    def written(value: Any) -> Any:
        return value if isinstance(value, markup) else markup(filled.place(value))

    sources = {_BASE: files("socharm.profiles.templates").joinpath(_BASE).read_text(encoding="utf-8")}
    name = _BASE
    if template is not None:
        name, sources = _own(template, sources)
    environment = sandbox.SandboxedEnvironment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=written,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["raw"] = lambda value: markup(value) if set(value) <= {"#"} else value
    values = {
        "title": profile.title,
        "profile": profile,
        "front": profile.front,
        "section": profile.section,
        "sections": profile.sections,
        "statement": profile.statement,
        "put_table": lambda table: markup(_table(table, filled)),
        "put_figure": lambda figure: markup(_figure(figure, filled)),
        "page_break": lambda: markup(f"\n\n{BREAK}\n\n"),
    }
    try:
        _require_blocks(environment, name, jinja2)
        text = environment.get_template(name).render(values)
    except jinja2.TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f", line {line}" if line else ""
        raise SchemaError(f"The template {name!r}{where} is faulty: {error}. Correct it, or leave it out.") from error
    filled.markdown = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return filled


def _own(template: str | os.PathLike[str], sources: dict[str, str]) -> tuple[str, dict[str, str]]:
    path = existing_file(template, name="template")
    with store_faults(path, doing="read"):
        text = path.read_text(encoding="utf-8-sig")
    name = path.name if path.name != _BASE else f"own-{_BASE}"
    return name, {**sources, name: text}


def _require_blocks(environment: Any, name: str, jinja2: Any) -> None:
    """Blocks of the template and of what it extends must be complete."""
    present: set[str] = set()
    wanted: str | None = name
    while wanted is not None:
        tree = environment.parse(environment.loader.get_source(environment, wanted)[0], name=wanted)
        present |= {node.name for node in tree.find_all(jinja2.nodes.Block)}
        extended = next(iter(tree.find_all(jinja2.nodes.Extends)), None)
        wanted = getattr(extended.template, "value", None) if extended is not None else None
    missing = [block for block in REQUIRED_BLOCKS if block not in present]
    if missing:
        raise SchemaError(
            f"The template {name!r} lacks the blocks {missing}. Begin it with "
            '{% extends "profile.md.j2" %} and replace the blocks you want to change.'
        )


def _table(table: TextTable, filled: Filled) -> str:
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
    return (
        f"\n![{filled.place(figure.alt)}](figure:{number - 1})\n\n*Figure {number}. {filled.place(figure.caption)}*\n\n"
    )
