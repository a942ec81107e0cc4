"""A snapshot on disk: its manifest, and whether everything in it is as it was made.

Whoever opens a snapshot to let numbers out comes through `read_whole`: nothing is read from one that does not verify.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from socharm.errors import StoreError
from socharm.files.atomic import store_faults
from socharm.files.chain import chain_faults, line_text, read_chain
from socharm.files.hashing import canonical_json, sha256_json
from socharm.files.parquet import parquet_marking
from socharm.files.plain import read_json
from socharm.files.seal import is_sealed, read_key, seal_faults, sealed_text, write_sealed
from socharm.snapshot.manifest_shape import manifest_faults
from socharm.snapshot.store import MANIFEST, RUN_LOG, verify_hashes
from socharm.snapshot.tables import SCHEMA_VERSION

__all__ = [
    "CHANGE",
    "SEAL",
    "change_line",
    "content_id",
    "marking_of_tables",
    "read_manifest",
    "read_whole",
    "require_no_faults",
    "snapshot_faults",
    "write_manifest",
]

#: Where the manifest holds the hash of itself.
SEAL: Final = "manifest_sha256"
#: Begins a line of the log that records a change.
CHANGE: Final = "CHANGE"
_TABLES: Final = "tables/"
_FEW: Final = 3


def content_id(
    recipe: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]], versions: Mapping[str, str], schema: int
) -> str:
    """SHA-256 of what decides the outputs: the recipe (not where the store is), inputs, versions and schema."""
    steering = {key: dict(value) if isinstance(value, Mapping) else value for key, value in recipe.items()}
    steering["assessment"].pop("store", None)
    hashes = [{"role": item["role"], "sha256": item["sha256"]} for item in inputs]
    return sha256_json({"recipe": steering, "inputs": hashes, "versions": dict(versions), "schema_version": schema})


def write_manifest(manifest: Mapping[str, Any], folder: Path, *, store: Path) -> None:
    """Write ``manifest.json`` with a hash of itself, signed where the store has a key; keys in the order given."""
    write_sealed(manifest, folder / MANIFEST, field=SEAL, key=read_key(store))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read ``manifest.json`` of a snapshot; `snapshot_faults` tells whether it is as it was made.

    Raises
    ------
    StoreError
        There is no manifest, it is damaged, it carries no hash of itself, or a newer socharm wrote it.
    """
    if not (folder / MANIFEST).is_file():
        raise StoreError(f"{folder.name!r} is not a snapshot: it holds no {MANIFEST}. Name a folder inside the store.")
    try:
        manifest = read_json(folder / MANIFEST)
        version = manifest.get("schema_version") if isinstance(manifest, dict) else None
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        bare = not newer and isinstance(manifest, dict) and not is_sealed(manifest, field=SEAL)
        faults = [] if newer or bare else manifest_faults(manifest, whole=True)
    except StoreError as error:
        raise StoreError(f"The manifest of {folder.name!r} is damaged: {error}") from error
    if bare:
        raise StoreError(
            f"The manifest of {folder.name!r} carries no hash of itself: an earlier socharm made it, or somebody took "
            "the hash away. Nothing shows that it is as it was made, so nothing is read from it. Run its recipe again."
        )
    if faults:
        told = "; ".join(faults[:_FEW])
        raise StoreError(f"The manifest of {folder.name!r} is damaged: {told}. Restore the snapshot from a copy.")
    if newer:
        raise StoreError(
            f"{folder.name!r} has schema version {version}; this socharm reads up to {SCHEMA_VERSION}. "
            "Update socharm to read it."
        )
    result: dict[str, Any] = manifest
    return result


def read_whole(folder: Path) -> dict[str, Any]:
    """The manifest of a snapshot in which everything is as it was made.

    Raises
    ------
    StoreError
        As `read_manifest`, or something was changed, added or taken away since.
    """
    manifest = read_manifest(folder)
    require_no_faults(folder, snapshot_faults(folder, manifest, key=read_key(folder.parent)))
    return manifest


def require_no_faults(folder: Path, faults: Sequence[str]) -> None:
    """Stop where a snapshot is not as it was made."""
    if faults:
        more = f" and {len(faults) - _FEW} more" if len(faults) > _FEW else ""
        raise StoreError(
            f"{folder.name!r} is not as it was made: {'; '.join(faults[:_FEW])}{more}. Nothing was read from it. "
            "`socharm verify` lists every difference; restore the snapshot from a copy, or run its recipe again."
        )


def snapshot_faults(folder: Path, manifest: Mapping[str, Any], *, key: bytes | None) -> list[str]:
    """Everything in a snapshot that is not as it was made, one line each; `key` is the store's, for signatures.

    Its manifest is held against its own hash, its signature and the way it was written; each file against its hash;
    each line of the log against the one before; the markings inside the tables and the recorded changes against the
    marking that the manifest states; and what the manifest says twice against each other.
    """
    faults = [f"{MANIFEST}: {fault}" for fault in _manifest_faults(folder, manifest, key)]
    faults += verify_hashes(folder, manifest["outputs"])
    faults += [f"{RUN_LOG}: {fault}" for fault in chain_faults(folder / RUN_LOG, manifest["log"])]
    if not faults:
        faults += _marking_faults(folder, manifest)
    return faults


def _manifest_faults(folder: Path, manifest: Mapping[str, Any], key: bytes | None) -> list[str]:
    faults = seal_faults(manifest, field=SEAL, key=key)
    with store_faults(folder / MANIFEST, doing="read"):
        written = (folder / MANIFEST).read_bytes()
    if written != sealed_text(manifest).encode("utf-8", "surrogatepass"):
        faults.append("is not written as socharm writes it: blanks, order or a name that stands twice")
    arguments = (manifest["recipe"], manifest["inputs"], manifest["versions"], manifest["schema_version"])
    identity = manifest["content_id"]
    if content_id(*arguments) != identity:
        faults.append("its content id does not follow from its recipe, inputs and versions")
    if manifest["snapshot"] != folder.resolve().name:
        faults.append(f"belongs to the snapshot {manifest['snapshot']!r}")
    if not manifest["snapshot"].endswith(f"-{identity[:8]}"):
        faults.append("the name of the snapshot does not end as its content id begins")
    if manifest["seed"] != manifest["recipe"]["assessment"].get("seed"):
        faults.append("its seed is not that of its recipe")
    return faults


def marking_of_tables(manifest: Mapping[str, Any]) -> str:
    """The marking that the run put on every table: that of the manifest, before the recorded changes."""
    changes = manifest["changes"]
    return str(changes[0]["before"] if changes else manifest["marking"])


def _marking_faults(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Markings must agree: of the tables, of the log's heading, of the recorded changes, of the manifest."""
    made = marking_of_tables(manifest)
    faults = []
    for name in manifest["outputs"]:
        if name.startswith(_TABLES) and name.endswith(".parquet"):
            found = parquet_marking(folder / name)
            if found != made:
                faults.append(f"{name}: is marked {found!r}, and the manifest says that it was made as {made!r}")
    lines = read_chain(folder / RUN_LOG)
    if lines[0] != made:
        faults.append(f"{RUN_LOG}: is marked {lines[0]!r}, and the manifest says that it was made as {made!r}")
    said = [line_text(line).partition(" ")[2] for line in lines[1:]]
    told = [change_line(change) for change in manifest["changes"]]
    if [text for text in said if text.startswith(f"{CHANGE} ")] != told:
        faults.append(f"{RUN_LOG}: does not record the changes that the manifest tells of")
    at = made
    for change in manifest["changes"]:
        if change["before"] != at:
            faults.append(f"{MANIFEST}: a recorded change begins at {change['before']!r}, not at {at!r}")
        at = change["after"]
    if at != manifest["marking"]:
        faults.append(f"{MANIFEST}: is marked {manifest['marking']!r}, and its recorded changes end at {at!r}")
    return faults


def change_line(change: Mapping[str, str]) -> str:
    """A recorded change as its line in the log says it, after the time."""
    return f"{CHANGE} {canonical_json(dict(change)).decode()}"
