"""What the manifest of a snapshot says of its inputs and of the software that made it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from socharm._version import __version__
from socharm.files.hashing import sha256_file, sha256_json

__all__ = ["InputFile", "input_files", "software_versions"]

_PACKAGES: Final = (
    "geopandas",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pyogrio",
    "pyproj",
    "scipy",
    "shapely",
    "xlsxwriter",
)


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """One input of a run: its role, its name in the recipe, its hash and the account of its rows."""

    role: str
    path: str
    sha256: str
    files: Mapping[str, str]
    rows: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the manifest."""
        return {
            "role": self.role,
            "path": self.path,
            "sha256": self.sha256,
            "files": dict(self.files),
            "rows": dict(self.rows),
        }


def input_files(role: str, path: Path, *, shown: str, rows: Mapping[str, int]) -> InputFile:
    """Hash an input: a file, its companions of the same name (a Shapefile's), or every file of a folder.

    Parameters
    ----------
    role : str
        Section of the recipe.
    path : Path
    shown : str
        Path as the recipe states it; relative, or the last part of an absolute one.
    rows : mapping
        Account of the rows: reason to number.
    """
    if path.is_dir():
        members = sorted(entry for entry in path.rglob("*") if entry.is_file() and not entry.name.startswith("."))
        files = {entry.relative_to(path).as_posix(): sha256_file(entry) for entry in members}
    elif path.suffix.lower() == ".shp":
        members = sorted(entry for entry in path.parent.iterdir() if entry.is_file() and entry.stem == path.stem)
        files = {entry.name: sha256_file(entry) for entry in members}
    else:
        files = {path.name: sha256_file(path)}
    whole = next(iter(files.values())) if len(files) == 1 else sha256_json(files)
    return InputFile(role=role, path=shown, sha256=whole, files=files, rows=rows)


def software_versions() -> dict[str, str]:
    """Versions of socharm, Python, the platform and the packages that can change a number or a byte."""
    versions = {name: metadata.version(name) for name in _PACKAGES}
    system = f"{platform.system()}-{platform.machine()}"
    return {"socharm": __version__, "python": platform.python_version(), "platform": system, **versions}
