"""How a file says that it is internal: in its name, in the names of its layers, and where a reader begins.

Internal files hold counts as they were recorded, without disclosure control. A file that was copied or sent away has
lost its folder and its manifest: it must say so itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from socharm._about import INTERNAL

__all__ = ["INTERNAL_NOTE", "internal_name", "named_either_way"]

INTERNAL_NOTE: Final = f"{INTERNAL}: counts as they were recorded, without disclosure control. Not for publication."


def internal_name(name: str, *, internal: bool = True) -> str:
    """Name of a file or a layer; an internal one says so first, where no list cuts it off.

    Examples
    --------
    >>> internal_name("areas.gpkg"), internal_name("areas.gpkg", internal=False)
    ('INTERNAL-areas.gpkg', 'areas.gpkg')
    """
    return f"{INTERNAL}-{name}" if internal else name


def named_either_way(folder: Path, name: str) -> Path:
    """A file of a snapshot under its plain name, or under its internal one where that is there."""
    inside = folder / internal_name(name)
    return inside if inside.exists() else folder / name
