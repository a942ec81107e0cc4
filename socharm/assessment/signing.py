"""Signatures of a store: a key that is made once, and signs what is there and whatever comes after."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from socharm._arguments import checked
from socharm.errors import ParameterError, StoreError
from socharm.files.atomic import store_faults
from socharm.files.seal import SIGNING_KEY, is_signed, key_fingerprint, make_key, read_key, write_sealed
from socharm.publish.register import sign_releases
from socharm.rescoring.annotations import read_unsigned, write_annotations
from socharm.snapshot.manifest import SEAL, read_manifest, require_no_faults, snapshot_faults
from socharm.snapshot.store import MANIFEST, store_lock

__all__ = ["sign_store"]

#: Name of the key while what is there is being signed: a crash then loses nothing.
_BEGUN: Final = f"{SIGNING_KEY}-begun"


@checked
def sign_store(store: str | os.PathLike[str]) -> str:
    """Make the key of a store, and sign every snapshot and release that it holds, and its annotations.

    From then on runs, recorded changes and releases are signed, and what is not signed is refused.

    Parameters
    ----------
    store : str or path

    Returns
    -------
    str
        Fingerprint of the key. Note it outside the store: who replaces the key and signs again leaves another one.

    Raises
    ------
    ParameterError
        There is no such folder.
    StoreError
        The store has a key, cannot be written to, or holds a snapshot or a release that is not as it was made: nothing
        was signed.

    Notes
    -----
    The key is a file that only its owner can read, ``.signing-key``. Who can read it can sign. Back it up apart from
    the store: without it nothing that was signed is read.
    """
    root = Path(store)
    if not root.is_dir():
        raise ParameterError(f"`store` names no folder: {root.name!r}. Name the folder that holds the snapshots.")
    with store_lock(root):
        if read_key(root) is not None:
            raise StoreError(f"The store has a key: {SIGNING_KEY!r}. What was signed with it needs it; keep it.")
        begun = read_key(root, name=_BEGUN)
        snapshots = sorted(entry.parent for entry in root.glob(f"[!.]*/{MANIFEST}"))
        manifests = {folder: read_manifest(folder) for folder in snapshots}
        for folder, manifest in manifests.items():
            known = begun if is_signed(manifest) else None
            require_no_faults(folder, snapshot_faults(folder, manifest, key=known))
        annotations = read_unsigned(root, begun=begun)
        key = make_key(root, name=_BEGUN) if begun is None else begun
        sign_releases(root, key=key)
        for folder, manifest in manifests.items():
            write_sealed(manifest, folder / MANIFEST, field=SEAL, key=key)
        if annotations:
            write_annotations(root, annotations, key=key)
        with store_faults(root):
            os.rename(root / _BEGUN, root / SIGNING_KEY)
    return key_fingerprint(key)
