"""SHA-256 of files and of plain values."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from socharm.files.atomic import store_faults

__all__ = ["canonical_json", "sha256_file", "sha256_json"]

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


def canonical_json(value: Any) -> bytes:
    """A plain value (dicts, lists, text, numbers) as the one text that is hashed, whatever the order of its keys.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": [True, None]})
    b'{"a":[true,null],"b":1.0}'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def sha256_json(value: Any) -> str:
    """SHA-256 of a plain value, by `canonical_json`.

    Examples
    --------
    >>> sha256_json({"a": 1, "b": [2]}) == sha256_json({"b": [2], "a": 1})
    True
    """
    return hashlib.sha256(canonical_json(value)).hexdigest()
