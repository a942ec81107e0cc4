"""Through pandoc: the template's markup becomes a tree, and words enter the tree as text."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from socharm.documents.document import PrintedTable
from socharm.documents.extras import need
from socharm.documents.template import BREAK, LAID_OUT_BREAK, PLACE, Filled
from socharm.errors import MissingExtraError, SchemaError, StoreError
from socharm.files.atomic import disk_is_full, scratch_folder

__all__ = ["Tree", "plain", "run_pandoc", "tree_of", "with_pictures", "write_pictures"]

#: What the packaged template is written in: CommonMark and pipe tables, as the HTML is read too.
_READER: Final = "commonmark+pipe_tables"
_FIGURE: Final = re.compile(r"figure:(\d+)(?::(\d{1,2}))?")

#: Variables that a program needs to start at all.
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")

Tree = dict[str, Any]


def run_pandoc(arguments: Sequence[str], content: str, *, stamp: int, folder: Path | None = None) -> bytes:
    """Run the packaged pandoc in a working folder, so that no path of this machine gets into a document.

    Raises
    ------
    MissingExtraError
        pandoc is not installed, or this machine does not let it run.
    StoreError
        The disk of the working folder is full.
    """
    pypandoc = need("pypandoc", what="A document as Word or PDF")
    try:
        with scratch_folder() as empty:
            done = subprocess.run(
                [_program(pypandoc), f"--data-dir={empty}", *arguments],
                input=content.encode("utf-8"),
                capture_output=True,
                check=True,
                cwd=folder or empty,
                env=_environment(empty, stamp),
            )
    except StoreError:
        raise
    except (OSError, subprocess.CalledProcessError) as error:
        told = (getattr(error, "stderr", b"") or b"").decode("utf-8", "replace")
        if folder is not None and disk_is_full(error, folder, said=told):
            raise StoreError(
                f"pandoc could not write to {folder.parent.name!r}, the folder for temporary files: the disk is full. "
                "Free some space, or name another folder in the environment variable TMPDIR."
            ) from error
        reason = told.strip().splitlines()[-1:] or [type(error).__name__]
        raise MissingExtraError(
            f"pandoc did not run ({reason[0]}). Where programs are blocked, save as .html or .md: neither needs it."
        ) from error
    return done.stdout


def _program(pypandoc: ModuleType) -> str:
    """The pandoc that comes along; one of the machine's own only where none does."""
    packaged = Path(str(pypandoc.__file__)).parent / "files" / ("pandoc.exe" if os.name == "nt" else "pandoc")
    return str(packaged) if packaged.is_file() else str(pypandoc.get_pandoc_path())


def _environment(home: Path, stamp: int) -> dict[str, str]:
    """What pandoc knows of the machine: where libraries and temporary files are, and no template, style or language."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    places = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "APPDATA", "PANDOC_DATA_DIR"), str(home))
    return {**kept, **places, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(stamp)}


def tree_of(filled: Filled, *, stamp: int, widths_of: Callable[[PrintedTable], Sequence[float]] | None = None) -> Tree:
    """The document as pandoc's tree, words put in, widths of columns set.

    Parameters
    ----------
    filled : Filled
    stamp : int
    widths_of : callable, optional
        Widths of the columns of a table; those that it asks for by default.

    Raises
    ------
    SchemaError
        The template holds raw markup of a format.
    """
    tree: Tree = json.loads(run_pandoc(["-f", _READER, "-t", "json"], filled.markdown, stamp=stamp))
    found = [table.widths or (1,) * len(table.header) for table in filled.tables]
    widths = iter(found if widths_of is None else [widths_of(table) for table in filled.tables])
    tree["blocks"] = [_block(block, filled, widths) for block in tree["blocks"]]
    return tree


def _block(node: Any, filled: Filled, widths: Any) -> Any:
    """A block with its words put in."""
    if isinstance(node, dict):
        kind = node.get("t")
        if kind in ("RawBlock", "RawInline"):
            raise SchemaError(f"The template holds raw {node['c'][0]}. Write it in Markdown.")
        if kind == "Table":
            _set_widths(node, next(widths, ()))
        made = {key: _block(value, filled, widths) for key, value in node.items()}
        return made
    if isinstance(node, list):
        parts: list[Any] = []
        for item in node:
            if isinstance(item, dict) and item.get("t") == "Str":
                parts += _inlines(item["c"], filled)
            else:
                parts.append(_block(item, filled, widths))
        return parts
    return node


def _inlines(text: str, filled: Filled) -> list[dict[str, Any]]:
    """A piece of text with its places filled: words and blanks, which no writer takes for markup."""
    spoken = filled.spoken(text, lambda words: words)
    if not PLACE.search(text):
        return [{"t": "Str", "c": text}]
    nodes: list[dict[str, Any]] = []
    for number, word in enumerate(spoken.split(" ")):
        if number:
            nodes.append({"t": "Space"})
        if word:
            nodes.append({"t": "Str", "c": word})
    return nodes


def _set_widths(node: Mapping[str, Any], widths: Sequence[float]) -> None:
    columns = node["c"][2]
    total = sum(widths)
    for column, width in zip(columns, widths, strict=False):
        column[1] = {"t": "ColWidth", "c": width / total}


def with_pictures(
    node: Any,
    names: Sequence[str],
    *,
    page: Tree,
    image: Callable[[Any, str, float | None], Tree],
    laid_out: bool,
) -> Any:
    """A tree in which `page` stands for each new page, and what `image` makes of each picture.

    A new page of documents that are `laid_out` is left out of others.

    `image` is given its words, its file, and the share of the width that it takes beside another one, or None.

    Raises
    ------
    SchemaError
        A picture that is none of the document's own.
    """
    if isinstance(node, list):
        kept = node if laid_out else [item for item in node if not is_break(item, LAID_OUT_BREAK)]
        return [with_pictures(item, names, page=page, image=image, laid_out=laid_out) for item in kept]
    if not isinstance(node, dict):
        return node
    if is_break(node):
        return page
    if node.get("t") == "Image":
        target = node["c"][2][0]
        found = _FIGURE.fullmatch(target)
        if found is None or int(found[1]) >= len(names):
            raise SchemaError(f"The template shows a picture {target!r}; only the document's own are known.")
        share = None if found[2] is None else int(found[2]) / 100
        return image(node["c"][1], names[int(found[1])], share)
    return {key: with_pictures(value, names, page=page, image=image, laid_out=laid_out) for key, value in node.items()}


def plain(inlines: Sequence[Mapping[str, Any]]) -> str:
    """The words of some inlines."""
    return "".join(" " if item["t"] in ("Space", "SoftBreak") else str(item.get("c", "")) for item in inlines)


def is_break(block: Any, *marks: str) -> bool:
    """Whether a block stands for a new page, by one of the marks of it; by any of them where none is named."""
    if not isinstance(block, dict) or block.get("t") != "Para":
        return False
    return plain(block["c"]).strip() in (marks or (BREAK, LAID_OUT_BREAK))


def write_pictures(filled: Filled, pictures: Sequence[bytes], folder: Path) -> list[str]:
    """Pictures as files of a working folder; their names."""
    names = []
    for number, picture in enumerate(pictures):
        name = f"figure-{number}.png"
        (folder / name).write_bytes(picture)
        names.append(name)
    return names
