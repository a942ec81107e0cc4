"""Whether a snapshot is as it was made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from socharm._arguments import check_fields, checked
from socharm.errors import ParameterError
from socharm.files.seal import key_fingerprint, read_key
from socharm.snapshot.manifest import read_manifest, snapshot_faults
from socharm.snapshot.store import MANIFEST

__all__ = ["LATEST", "Verification", "snapshot_folder", "verify_assessment"]

#: What stands for the newest snapshot of a store, and the store where none is named.
LATEST: Final = "latest"
STORE: Final = "store"
#: The time at which a snapshot was made, in its name.
_MADE: Final = re.compile(r"-(\d{8}T\d{6}Z)-[0-9a-f]{8}")


@dataclass(frozen=True, eq=False)
class Verification:
    """Outcome of `verify_assessment`.

    Attributes
    ----------
    path : Path
    files : int
        Outputs listed in the manifest.
    problems : tuple of str
        One line for each thing that changed, is missing or does not belong; empty when all is as it was made.
    signed : str
        Fingerprint of the key that the manifest is signed with; empty where the store has none. Compare it with the one
        that was noted when the key was made.
    """

    path: Path
    files: int
    problems: tuple[str, ...]
    signed: str = ""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def ok(self) -> bool:
        """Whether everything is as it was made."""
        return not self.problems


@checked
def verify_assessment(path: str | os.PathLike[str]) -> Verification:
    """Find whatever was changed in a snapshot, added to it or taken away.

    The manifest is held against the hash of itself, and against its signature where the store has a key; each output
    against its hash; each line of ``run.log`` against the one before; markings inside the tables and recorded changes
    against the marking that the manifest states.

    Parameters
    ----------
    path : str or path
        The snapshot folder.

    Returns
    -------
    Verification
        ``.ok``, and one line for each problem.

    Raises
    ------
    ParameterError
        There is no such folder.
    StoreError
        The folder is not a snapshot, its manifest cannot be read or carries no hash, or a newer socharm made it.

    Notes
    -----
    Without a key whoever can write the folder can change everything in it, compute every hash again, and is not found.
    """
    folder = snapshot_folder(path)
    manifest = read_manifest(folder)
    key = read_key(folder.parent)
    problems = snapshot_faults(folder, manifest, key=key)
    return Verification(
        path=folder,
        files=len(manifest["outputs"]),
        problems=tuple(problems),
        signed="" if key is None or problems else key_fingerprint(key),
    )


def snapshot_folder(path: str | os.PathLike[str]) -> Path:
    """The folder that a path names; where it is a link, the one that it leads to.

    ``store/latest`` is the newest snapshot of a store, and ``latest`` that of ``store`` in the folder of work.
    """
    folder = Path(path)
    if folder.name == LATEST and not folder.exists():
        return _latest(folder.parent if folder.parent.name else Path(STORE), folder)
    if not folder.is_dir():
        raise ParameterError(
            f"`path` names no folder: {folder.name!r}. Name a snapshot folder inside the store, or <store>/{LATEST}."
        )
    # The store beside a link is not the snapshot's.
    return folder.resolve() if folder.is_symlink() else folder


def _latest(store: Path, said: Path) -> Path:
    """The newest snapshot of a store, by the time in its name."""
    found = {}
    if store.is_dir():
        for entry in store.iterdir():
            name = _MADE.search(entry.name)
            if name is not None and (entry / MANIFEST).is_file():
                found[name[1], entry.name] = entry
    if not found:
        raise ParameterError(
            f"`path` is {str(said)!r}, and {str(store)!r} holds no snapshot. Run the recipe, or name another store."
        )
    return found[max(found)]
