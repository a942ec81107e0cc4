"""Files, folders and values that a caller names, checked before anything is written."""

from __future__ import annotations

import os
from pathlib import Path

from socharm.documents.words import shortened
from socharm.errors import ParameterError

__all__ = ["existing_file", "existing_folder", "require_kind_of", "require_path"]


def require_path(path: object, *, name: str) -> Path:
    """A path as text or path object that a file can have.

    Raises
    ------
    ParameterError
        Neither of the two, blank, or with a character of value zero in it.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes):
        raise ParameterError(f"`{name}` is {shortened(path)}; give the path of a file, such as 'ward.docx'.")
    text = str(path)
    if "\0" in text:
        raise ParameterError(f"`{name}` holds a character of value zero: {shortened(text)}. Correct the path.")
    return Path(path)


def existing_folder(path: object, *, name: str) -> Path:
    """A folder that is there.

    Raises
    ------
    ParameterError
        There is no such folder.
    """
    found = require_path(path, name=name)
    if not found.is_dir():
        raise ParameterError(f"`{name}` names no folder: {found.name!r}. Check the path, or leave it out.")
    return found


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


def require_kind_of(value: object, kind: type, *, name: str, advice: str) -> None:
    """Stop unless a value is of a kind."""
    if not isinstance(value, kind):
        raise ParameterError(f"`{name}` is a {type(value).__name__}; {advice}.")
