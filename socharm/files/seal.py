"""The seal of a record on disk: a hash of itself, and a signature where the store has a key.

The hash finds whatever changes without it: accidents, failing disks, edits by hand. Who can write the record can
compute the hash again. The signature (HMAC-SHA256) cannot be made again by anybody who does not have the store's key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from socharm.errors import StoreError
from socharm.files.atomic import atomic_write, store_faults
from socharm.files.hashing import canonical_json, sha256_json

__all__ = [
    "SIGNING_KEY",
    "is_sealed",
    "is_signed",
    "key_fingerprint",
    "make_key",
    "read_key",
    "seal_faults",
    "sealed",
    "sealed_text",
    "without_seal",
    "write_sealed",
]

#: The store's key for signatures, beside its snapshots; there is none unless somebody makes it.
SIGNING_KEY: Final = ".signing-key"
_SIGNATURE: Final = "signature"
_CONTEXT: Final = b"socharm record\0"


def read_key(store: str | os.PathLike[str], *, name: str = SIGNING_KEY) -> bytes | None:
    """The store's key for signatures; None where it has none. `name` is that of its file.

    Raises
    ------
    StoreError
        It cannot be read, or is damaged.
    """
    path = Path(store) / name
    with store_faults(path, doing="read"):
        if not path.exists() and not path.is_symlink():
            return None
        text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise StoreError(f"The store's key {name!r} is damaged. Restore it from a copy.")
    return bytes.fromhex(text)


def make_key(store: str | os.PathLike[str], *, name: str = SIGNING_KEY) -> bytes:
    """Write a new key of 32 random bytes that only its owner can read.

    Raises
    ------
    StoreError
        The store cannot be written to.
    """
    path = Path(store) / name
    key = secrets.token_bytes(32)
    with atomic_write(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_text(key.hex(), encoding="ascii")
    return key


def key_fingerprint(key: bytes) -> str:
    """What tells two keys apart without telling them."""
    return hashlib.sha256(b"socharm signing key\0" + key).hexdigest()[:16]


def sealed(record: Mapping[str, Any], *, field: str, key: bytes | None) -> dict[str, Any]:
    """A record with a hash of itself in `field`, and with a signature where there is a key.

    Examples
    --------
    >>> whole = sealed({"marking": "OFFICIAL"}, field="sha256", key=bytes(32))
    >>> seal_faults(whole, field="sha256", key=bytes(32))
    []
    >>> seal_faults({**whole, "marking": "SECRET"}, field="sha256", key=None)[0]
    'does not agree with its own hash: something in it was changed'
    """
    plain = without_seal(record, field=field)
    made = {**plain, field: sha256_json(plain)}
    if key is not None:
        made[_SIGNATURE] = {"key": key_fingerprint(key), "hmac": _hmac(plain, field, key)}
    return made


def without_seal(record: Mapping[str, Any], *, field: str) -> dict[str, Any]:
    """The record without its hash and its signature."""
    return {name: value for name, value in record.items() if name not in (field, _SIGNATURE)}


def is_sealed(record: Mapping[str, Any], *, field: str) -> bool:
    """Whether a record carries a hash of itself, right or wrong."""
    return isinstance(record.get(field), str)


def is_signed(record: Mapping[str, Any]) -> bool:
    """Whether a record carries a signature, right or wrong."""
    return _SIGNATURE in record


def seal_faults(record: Mapping[str, Any], *, field: str, key: bytes | None) -> list[str]:
    """What is wrong with a record's hash and signature; empty when both agree with what it says.

    Parameters
    ----------
    record : mapping
    field : str
        Where its hash stands.
    key : bytes, optional
        The store's. Where there is one, a record without its signature is at fault; where there is none, a signed one.
    """
    plain = without_seal(record, field=field)
    faults = []
    if not _same(record.get(field), sha256_json(plain)):
        faults.append("does not agree with its own hash: something in it was changed")
    signature = record.get(_SIGNATURE)
    if _SIGNATURE not in record:
        return faults if key is None else [*faults, f"is not signed, though the store has a key ({SIGNING_KEY})"]
    if key is None:
        return [*faults, f"is signed, and the store has no key to check it: restore {SIGNING_KEY} from a copy"]
    stated = signature if isinstance(signature, Mapping) else {}
    right = {"key": key_fingerprint(key), "hmac": _hmac(plain, field, key)}
    if set(stated) != set(right) or not all(_same(stated[name], right[name]) for name in right):
        faults.append("its signature is not that of the store's key")
    return faults


def _hmac(plain: Mapping[str, Any], field: str, key: bytes) -> str:
    return hmac.new(key, _CONTEXT + field.encode() + b"\0" + canonical_json(plain), hashlib.sha256).hexdigest()


def _same(stated: object, right: str) -> bool:
    return isinstance(stated, str) and hmac.compare_digest(stated.encode("utf-8", "surrogatepass"), right.encode())


def sealed_text(record: Mapping[str, Any]) -> str:
    """The one way in which a record is written: a file that differs from it was changed, if only by a blank."""
    return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_sealed(record: Mapping[str, Any], path: Path, *, field: str, key: bytes | None) -> None:
    """Seal a record and write it, whole or not at all; keys in the order given."""
    with atomic_write(path) as temporary:
        temporary.write_bytes(sealed_text(sealed(record, field=field, key=key)).encode("utf-8"))
