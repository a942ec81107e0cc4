"""The encoding of a text that says it by its first bytes: by a mark, or by where its zero bytes stand."""

from __future__ import annotations

from typing import Final

__all__ = ["encoding_of_bytes"]

#: First bytes of a text, longest first: UTF-32 begins as UTF-16 does.
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOKED_AT: Final = 4_096
#: Share of zero bytes on one side of the pairs, and at most on the other: letters of English and digits have them.
_MOSTLY, _HARDLY = 0.7, 0.02


def encoding_of_bytes(head: bytes) -> str | None:
    """The encoding that the first bytes of a text say; None where they say nothing.

    Parameters
    ----------
    head : bytes
        Some kilobytes.

    Examples
    --------
    >>> encoding_of_bytes("Date,Offence".encode("utf-16-le")), encoding_of_bytes(b"Date,Offence")
    ('utf-16-le', None)
    """
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked
    pairs = head[: min(len(head), _LOOKED_AT) // 2 * 2]
    if len(pairs) < 4 or b"\x00" not in pairs:
        return None
    half = len(pairs) / 2
    first, second = pairs[::2].count(0) / half, pairs[1::2].count(0) / half
    if second >= _MOSTLY and first <= _HARDLY:
        return "utf-16-le"
    return "utf-16-be" if first >= _MOSTLY and second <= _HARDLY else None
