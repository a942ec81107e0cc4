"""Whether a snapshot is as it was made."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from socharm._arguments import check_fields, checked
from socharm.errors import ParameterError
from socharm.files.seal import key_fingerprint, read_key
from socharm.snapshot.manifest import read_manifest, snapshot_faults

__all__ = ["Verification", "snapshot_folder", "verify_assessment"]


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
    """The folder that a path names; where it is a link, the one that it leads to."""
    folder = Path(path)
    if not folder.is_dir():
        raise ParameterError(f"`path` names no folder: {folder.name!r}. Name a snapshot folder inside the store.")
    # The store beside a link is not the snapshot's.
    return folder.resolve() if folder.is_symlink() else folder
