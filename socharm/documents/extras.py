"""Optional libraries of documents: found, or an error with the command that installs them."""

from __future__ import annotations

import importlib
from types import ModuleType

from socharm.errors import MissingExtraError

__all__ = ["need"]


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
