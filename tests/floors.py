"""Floors of the package: a module uses what stands below it."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DOOR", "FLOORS", "PACKAGE"]

PACKAGE = Path(__file__).resolve().parent.parent / "socharm"

#: What every public function passes through: kinds, limits, and the decorator that applies them.
DOOR = ("_constraints", "_value_kinds", "_kinds", "_packages", "_session", "_arguments", "_settings")

FLOORS = {
    "errors": 0,
    **dict.fromkeys(
        ("_version", "_columns", "_checks", "_about", "_limits", "_record", "_jit", "_typeface", "_words", *DOOR), 1
    ),
    **dict.fromkeys(("stats", "offences", "offence_history"), 2),
    "files": 3,
    "io": 4,
    "sample": 5,
    "snapshot": 5,
    "severity": 6,
    "composite": 7,
    "overlay": 7,
    "hotspots": 8,
    "ranking": 9,
    "rescoring": 10,
    "evaluation": 10,
    "signals": 10,
    "publish": 11,
    "maps": 12,
    "dashboard": 13,
    "documents": 13,
    "plans": 14,
    "profiles": 15,
    "reports": 15,
    "assessment": 16,
    "cli": 17,
    "__main__": 18,
    "__init__": 19,
}
