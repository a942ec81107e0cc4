"""Where public names live: the top of the package, and the packages below it."""

from __future__ import annotations

import importlib
from typing import Any, Final

__all__ = ["PACKAGES", "home_of", "public_names", "public_object"]

#: Packages with public names, from reading to publishing.
PACKAGES: Final = (
    "io",
    "sample",
    "severity",
    "overlay",
    "composite",
    "hotspots",
    "ranking",
    "evaluation",
    "publish",
    "maps",
    "dashboard",
    "plans",
    "profiles",
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
