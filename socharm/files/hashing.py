"""SHA-256 of files and of plain values."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from socharm.files.atomic import store_faults

__all__ = ["sha256_file", "sha256_json"]

_BLOCK = 1 << 20


def sha256_file(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    StoreError
        The file cannot be read.
    """
    digest = hashlib.sha256()
    with store_faults(path, doing="read"), Path(path).open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def sha256_json(value: Any) -> str:
    """SHA-256 of a plain value (dicts, lists, text, numbers), whatever the order of its keys.

    Examples
    --------
    >>> sha256_json({"a": 1, "b": [2]}) == sha256_json({"b": [2], "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
