"""Office files are archives: the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from typing import Final

__all__ = ["fixed_archive"]

#: The time that every part carries: the earliest that an archive can say.
_STAMP: Final = (1980, 1, 1, 0, 0, 0)


def fixed_archive(content: bytes) -> bytes:
    """The archive with its parts in one order and of one time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        names = sorted(read.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            made.writestr(zipfile.ZipInfo(name, date_time=_STAMP), read.read(name), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
