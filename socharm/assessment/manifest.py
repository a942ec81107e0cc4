"""The manifest of a snapshot: what went in, what came out, and what made it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from socharm._version import __version__
from socharm.errors import StoreError
from socharm.files.atomic import atomic_write
from socharm.files.hashing import sha256_file, sha256_json
from socharm.files.manifest_shape import manifest_faults
from socharm.files.plain import read_json
from socharm.files.store import MANIFEST
from socharm.files.tables import SCHEMA_VERSION

__all__ = ["InputFile", "content_id", "input_files", "read_manifest", "software_versions", "write_manifest"]

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


def content_id(
    recipe: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]], versions: Mapping[str, str], schema: int
) -> str:
    """SHA-256 of what decides the outputs: the recipe (not where the store is), inputs, versions and schema."""
    steering = {key: dict(value) if isinstance(value, Mapping) else value for key, value in recipe.items()}
    steering["assessment"].pop("store", None)
    hashes = [{"role": item["role"], "sha256": item["sha256"]} for item in inputs]
    return sha256_json({"recipe": steering, "inputs": hashes, "versions": dict(versions), "schema_version": schema})


def write_manifest(manifest: Mapping[str, Any], folder: Path) -> None:
    """Write ``manifest.json``; keys in the order given."""
    with atomic_write(folder / MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read ``manifest.json`` of a snapshot.

    Raises
    ------
    StoreError
        There is no manifest, it is damaged, or a newer socharm wrote it.
    """
    if not (folder / MANIFEST).is_file():
        raise StoreError(f"{folder.name!r} is not a snapshot: it holds no {MANIFEST}. Name a folder inside the store.")
    try:
        manifest = read_json(folder / MANIFEST)
        version = manifest.get("schema_version") if isinstance(manifest, dict) else None
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        faults = [] if newer else manifest_faults(manifest, whole=True)
    except StoreError as error:
        raise StoreError(f"The manifest of {folder.name!r} is damaged: {error}") from error
    if faults:
        raise StoreError(
            f"The manifest of {folder.name!r} is damaged: {'; '.join(faults[:3])}. Restore the snapshot from a copy."
        )
    if newer:
        raise StoreError(
            f"{folder.name!r} has schema version {version}; this socharm reads up to {SCHEMA_VERSION}. "
            "Update socharm to read it."
        )
    result: dict[str, Any] = manifest
    return result
