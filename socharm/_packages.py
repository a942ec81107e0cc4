"""Where public names live: the top of the package, and the packages below it."""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

import lazy_loader  # type: ignore[import-untyped]

__all__ = ["PACKAGES", "attach_names", "home_of", "public_names", "public_object"]

#: Packages with public names, from reading to publishing.
PACKAGES: Final = (
    "io",
    "sample",
    "severity",
    "overlay",
    "composite",
    "hotspots",
    "ranking",
    "rescoring",
    "evaluation",
    "signals",
    "publish",
    "maps",
    "dashboard",
    "plans",
    "profiles",
    "reports",
    "snapshot",
    "assessment",
    "errors",
)


def home_of(name: str) -> str:
    """The package that a public name lives in; empty where there is none.

    Examples
    --------
    >>> home_of("plot_lorenz"), home_of("nothing")
    ('maps', '')
    """
    return next((package for package in PACKAGES if name in importlib.import_module(f"socharm.{package}").__all__), "")


def public_names() -> dict[str, str]:
    """Every public name, and the module that a user finds it in: ``socharm`` itself, or one of its packages."""
    top = importlib.import_module("socharm")
    found = {name: "socharm" for name in top.__all__ if name not in PACKAGES}
    for package in PACKAGES:
        for name in importlib.import_module(f"socharm.{package}").__all__:
            found.setdefault(name, f"socharm.{package}")
    return found


def public_object(name: str) -> Any:
    """What a public name stands for."""
    return getattr(importlib.import_module(public_names()[name]), name)


def attach_names(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a package: the names of its stub, each loaded on first use.

    Whoever asks a package for a name that lives elsewhere is told where it lives now, and whoever misspells one which
    is near.

    Parameters
    ----------
    package, file : str
        ``__name__`` and ``__file__`` of the package.
    """
    load, names, listed = lazy_loader.attach_stub(package, file)

    def get(name: str) -> Any:
        if name in listed:
            return load(name)
        hint = "" if name.startswith("_") else _hint(name, listed)
        if hint and _is_import(sys._getframe(1)):
            # Of an AttributeError Python would say only that the name cannot be imported.
            raise ImportError(f"cannot import name {name!r} from {package!r}{hint}", name=name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}{hint}")

    return get, names, listed


def _hint(name: str, listed: list[str]) -> str:
    """Where a public name stands after ``import socharm``, or which of the package is near it."""
    if name in importlib.import_module("socharm").__all__:
        return f"; it is socharm.{name}"
    if home := home_of(name):
        return f"; it is socharm.{home}.{name}"
    near = difflib.get_close_matches(name, listed, n=1, cutoff=0.75)
    return f". Did you mean {near[0]!r}?" if near else ""


def _is_import(frame: FrameType) -> bool:
    """Whether a frame is at ``from package import name``."""
    import dis

    code, at = frame.f_code.co_code, frame.f_lasti
    return 0 <= at < len(code) and code[at] == dis.opmap["IMPORT_FROM"]
