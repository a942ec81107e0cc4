"""Optional libraries of documents: found, or an error with the command that installs them."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from types import ModuleType
from typing import Final

from socharm.errors import MissingExtraError

__all__ = ["need", "what_lacks"]


_INSTALL: Final = (
    "which is not installed. Install it from socharm's own folder: "
    'python -m pip install -c constraints.txt ".[{extra}]".'
)
#: What each format of a document is called, and the libraries that it needs beside those of all.
_NEEDS: Final = {
    "docx": ("A document as Word", ("jinja2", "markupsafe", "pypandoc", "docx")),
    "pdf": ("A document as PDF", ("jinja2", "markupsafe", "pypandoc", "typst")),
    "html": ("A document as HTML", ("jinja2", "markupsafe", "markdown_it")),
    "md": ("A document as Markdown", ("jinja2", "markupsafe")),
    "pptx": ("A slide", ("pptx",)),
}


def what_lacks(kind: str) -> str:
    """Why a document cannot be written in a format, with the command that helps; blank where it can."""
    what, modules = _NEEDS[kind]
    absent = [module for module in modules if not _is_there(module)]
    return f"{what} needs {absent[0]!r}, {_INSTALL.format(extra='report')}" if absent else ""


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # a module that was taken out of reach on purpose
        return False


def need(module: str, *, what: str, extra: str = "report") -> ModuleType:
    """A module of an optional extra.

    Raises
    ------
    MissingExtraError
        It is not installed; the message holds the command.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(f"{what} needs {module!r}, {_INSTALL.format(extra=extra)}") from error
