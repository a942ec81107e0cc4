"""What was written into a folder for people to edit, so that their edits are never written over."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from socharm.errors import RefusedError
from socharm.files.atomic import atomic_write
from socharm.files.hashing import sha256_file
from socharm.files.plain import read_json

__all__ = ["LEDGER", "note_writing", "note_written", "require_unedited"]

#: Names of the files that were written, with their hashes.
LEDGER: Final = ".written.json"
#: In place of the hash while a file is being written: since when, in seconds.
_SINCE: Final = "writing since "
#: A file that an interrupted run was writing is taken for its own up to so many seconds after it began.
_LONGEST: Final = 120.0
_SHOWN: Final = 5


def require_unedited(paths: Iterable[Path], *, advice: str = "") -> None:
    """Stop where a file is not as it was written, all of them at once.

    Parameters
    ----------
    paths : iterable of Path
        Files about to be written; those that are not there yet need nothing.
    advice : str
        Where edits belong.

    Raises
    ------
    RefusedError
        A file was changed since, or was never written by socharm.
    StoreError
        The ledger of the folder is damaged.
    """
    ledgers: dict[Path, Mapping[str, str]] = {}
    edited = []
    for path in paths:
        if not path.exists():
            continue
        known = ledgers.setdefault(path.parent, _ledger(path.parent))
        if not _is_own(path, known.get(path.name, "")):
            edited.append(path.name)
    if edited:
        belongs = f" {advice}" if advice else ""
        more = f" and {len(edited) - _SHOWN} more" if len(edited) > _SHOWN else ""
        raise RefusedError(
            f"Not as socharm wrote them, so people may have edited them: {', '.join(edited[:_SHOWN])}{more}. Nothing "
            f"was written. Move or rename them, write to another folder, or ask to replace them.{belongs}"
        )


def _is_own(path: Path, noted: str) -> bool:
    """Whether a file is as it was written, or what a run that was interrupted left of it."""
    if noted.startswith(_SINCE):
        return path.stat().st_mtime <= float(noted.removeprefix(_SINCE)) + _LONGEST
    return noted == sha256_file(path)


def note_writing(paths: Iterable[Path]) -> None:
    """Remember files that are about to be written, so that a run that is interrupted can be made again.

    Raises
    ------
    StoreError
        The ledger cannot be written.
    """
    now = f"{_SINCE}{time.time():.0f}"
    _note(dict.fromkeys(paths, now))


def note_written(paths: Iterable[Path]) -> None:
    """Remember files as they were just written.

    Raises
    ------
    StoreError
        The ledger cannot be written.
    """
    _note({path: sha256_file(path) for path in paths})


def _note(noted: Mapping[Path, str]) -> None:
    by_folder: dict[Path, dict[str, str]] = {}
    for path, text in noted.items():
        by_folder.setdefault(path.parent, {})[path.name] = text
    for folder, fresh in by_folder.items():
        kept = {**_ledger(folder), **fresh}
        text = json.dumps(dict(sorted(kept.items())), ensure_ascii=False, indent=1)
        with atomic_write(folder / LEDGER) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")


def _ledger(folder: Path) -> Mapping[str, str]:
    path = folder / LEDGER
    found = read_json(path) if path.exists() else {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}
