"""SipHash-2-4 of many short messages at once: a keyed hash whose values nobody can tell from chance without the key."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["hash_texts", "hash_words"]

_Words = NDArray[np.uint64]
_START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
#: Rows at a time, so that the state of the hash stays in the processor's cache.
_ROWS: Final = 1 << 15


def hash_words(words: _Words, *, key: bytes) -> _Words:
    """Hash of each row of 64-bit words.

    Parameters
    ----------
    words : array of uint64, shape (n_rows, n_words)
    key : bytes
        16.

    Returns
    -------
    array of uint64, shape (n_rows,)
        SipHash-2-4 of the row's bytes, little-endian.

    References
    ----------
    Aumasson, J.-P. and Bernstein, D. J. (2012), SipHash: a fast short-input PRF, INDOCRYPT 2012.
    """
    last = np.full(len(words), (words.shape[1] * 8) % 256 << 56, dtype=np.uint64)
    return _hashed(np.column_stack([words, last]), key)


def hash_texts(offsets: NDArray[np.int64], data: NDArray[np.uint8], *, key: bytes) -> _Words:
    """Hash of each text of a packed column.

    Parameters
    ----------
    offsets : array of int64, shape (n_rows + 1,)
        Where each text begins; the last is the end of the last.
    data : array of uint8
        The texts one behind the other.
    key : bytes
        16.

    Returns
    -------
    array of uint64, shape (n_rows,)
    """
    lengths = np.diff(offsets)
    found = np.empty(len(lengths), dtype=np.uint64)
    whole = lengths // 8
    for count in np.unique(whole):
        rows = np.flatnonzero(whole == count)
        step = max(1, _ROWS // (int(count) + 1))
        for part in np.array_split(rows, max(1, -(-len(rows) // step))):
            found[part] = _hashed(_packed(offsets[part], lengths[part], data, int(count)), key)
    return found


def _packed(starts: NDArray[np.int64], lengths: NDArray[np.int64], data: NDArray[np.uint8], count: int) -> _Words:
    """Texts of as many whole words, with the rest of each and its length in the last word."""
    at = np.arange((count + 1) * 8)
    inside = at < lengths[:, None]
    places = np.minimum(starts[:, None] + at, max(len(data) - 1, 0))
    bytes_ = np.where(inside, data[places] if len(data) else 0, 0).astype(np.uint8)
    words = np.ascontiguousarray(bytes_).view("<u8").astype(np.uint64)
    words[:, -1] |= (lengths % 256).astype(np.uint64) << np.uint64(56)
    return words


def _hashed(words: _Words, key: bytes) -> _Words:
    if len(key) != 16:
        raise ValueError(f"A key of 16 bytes is needed, not of {len(key)}.")
    found = np.empty(len(words), dtype=np.uint64)
    for begin in range(0, len(words), _ROWS):
        found[begin : begin + _ROWS] = _block(words[begin : begin + _ROWS], key)
    return found


def _block(words: _Words, key: bytes) -> _Words:
    first, second = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v = [np.full(len(words), start ^ half, np.uint64) for start, half in zip(_START, (first, second) * 2, strict=True)]
    for column in words.T:
        v[3] = v[3] ^ column
        _rounds(v, 2)
        v[0] = v[0] ^ column
    v[2] = v[2] ^ np.uint64(0xFF)
    _rounds(v, 4)
    return np.asarray(v[0] ^ v[1] ^ v[2] ^ v[3], dtype=np.uint64)


def _turned(values: _Words, by: int) -> _Words:
    return np.asarray((values << np.uint64(by)) | (values >> np.uint64(64 - by)), dtype=np.uint64)


def _rounds(v: list[_Words], number: int) -> None:
    for _ in range(number):
        v[0] = v[0] + v[1]
        v[1] = _turned(v[1], 13) ^ v[0]
        v[0] = _turned(v[0], 32)
        v[2] = v[2] + v[3]
        v[3] = _turned(v[3], 16) ^ v[2]
        v[0] = v[0] + v[3]
        v[3] = _turned(v[3], 21) ^ v[0]
        v[2] = v[2] + v[1]
        v[1] = _turned(v[1], 17) ^ v[2]
        v[2] = _turned(v[2], 32)
