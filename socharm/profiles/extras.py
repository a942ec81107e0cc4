"""Optional libraries of documents: found, or an error with the command that installs them."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

from socharm.errors import MissingExtraError, ParameterError
from socharm.profiles.arguments import require_path

__all__ = ["existing_file", "need"]


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
        raise MissingExtraError(
            f"{what} needs {module!r}, which is not installed. Install it from socharm's own folder: "
            f'python -m pip install -c constraints.txt ".[{extra}]".'
        ) from error


def existing_file(path: str | os.PathLike[str], *, name: str) -> Path:
    """A file of this machine that somebody named.

    Raises
    ------
    ParameterError
        There is no such file.
    """
    found = require_path(path, name=name)
    if not found.is_file():
        raise ParameterError(f"`{name}` names no file: {found.name!r}. Check the path.")
    return found
