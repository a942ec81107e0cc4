"""One wrapper around third-party readers: whatever they raise reaches the caller as our error, with file and place.

Exceptions of readers cannot be listed by class: polars, narwhals, GEOS, GDAL, zlib, snappy, codecs and XML parsers
each have their own, and Rust's panics are no `Exception` at all.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from socharm.errors import RefusedError, SchemaError, SocharmError, StoreError

__all__ = ["reading", "zip_advice"]

#: The list of members ends within so many bytes of the end of a zip.
_ZIP_END: Final = 66_000
_LOGGER: Final = logging.getLogger("socharm")
#: What the system says where the content of a file is not at fault, and what to do then.
_OF_THE_SYSTEM: Final = {
    errno.EACCES: "Give yourself the right to read it, and close it if another program has it open.",
    errno.EPERM: "Give yourself the right to read it, and close it if another program has it open.",
    errno.ENOENT: "It was moved or removed meanwhile, or a folder on the way to it was. Correct the path.",
    errno.ENOTDIR: "A part of its path is a file, not a folder. Correct the path.",
    errno.ENAMETOOLONG: "Shorten the path.",
    errno.ELOOP: "Its links lead in a circle. Name the file itself.",
    errno.EIO: "Its disk or network drive failed: copy it to another disk and read that.",
    errno.ESTALE: "Its network drive was taken away: copy it to this machine and read that.",
    errno.ETIMEDOUT: "Its network drive does not answer: copy it to this machine and read that.",
    errno.EMFILE: "Too many files are open: close some, or start again.",
    errno.ENFILE: "Too many files are open on this machine: close some programs.",
    errno.ENOSPC: "Free some space on the disk of the temporary files, or name another folder in TMPDIR.",
    errno.EDQUOT: "Free some space on the disk of the temporary files, or name another folder in TMPDIR.",
}


def zip_advice(path: Path) -> str:
    """What to do with a zip that cannot be opened: one that was cut short lacks its list of members at the end.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> cut = Path(mkdtemp()) / "cut.zip"
    >>> cut.write_bytes(b"PK" + bytes(100))
    102
    >>> zip_advice(cut)
    'It is cut short: the list of its members at the end is missing. Download or copy it again.'
    """
    with path.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(stream.tell() - _ZIP_END, 0))
        has_end = b"PK\x05\x06" in stream.read()
    if not has_end:
        return "It is cut short: the list of its members at the end is missing. Download or copy it again."
    return "It is damaged, or packed in a way that is not read here. Unpack it yourself, or make or download it again."


@contextmanager
def reading(
    file: str, *, what: str, advice: str = "Export or download the file again.", place: str = "", quote: bool = False
) -> Iterator[None]:
    """Turn whatever is raised inside the block into an error of ours.

    Parameters
    ----------
    file : str
        Name of the file without its folder.
    what : str
        What it should have been: ``"delimited text"``, ``"an Excel workbook"``.
    advice : str
        What to do, as a sentence.
    place : str
        Where in the file, when it is known: ``"sheet 'Table 2'"``, ``"member 'a.csv'"``.
    quote : bool
        Repeat the first line of the reader's own message. Only where it cannot hold cells of the file: an error
        message must not print data.

    Raises
    ------
    SchemaError
        The reader failed.
    RefusedError
        The file needs more memory than the machine has.
    StoreError
        The system does not let the file be read, or the disk of temporary files is full.

    Examples
    --------
    >>> with reading("wards.gpkg", what="a GeoPackage"):
    ...     raise ValueError("row 7: Jane Smith")
    Traceback (most recent call last):
    socharm.errors.SchemaError: 'wards.gpkg' cannot be read as a GeoPackage (ValueError). Export or download ...
    """
    where = f"{file!r}, {place}," if place else f"{file!r}"
    try:
        yield
    except SocharmError:
        raise
    except MemoryError as fault:
        raise RefusedError(
            f"{where} needs more memory than this machine has free to be read as {what}. Split the file, or close "
            "other programs and run again."
        ) from fault
    except BaseException as fault:
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise  # an interrupt or an exit of the caller's own
        _LOGGER.debug("reader failed", exc_info=fault)
        if isinstance(fault, OSError) and fault.errno in _OF_THE_SYSTEM:
            raise StoreError(
                f"{where} could not be read: {os.strerror(fault.errno)}. {_OF_THE_SYSTEM[fault.errno]}"
            ) from fault
        lines = str(fault).strip().splitlines()
        told = f": {lines[0].rstrip('.')}" if quote and lines else f" ({type(fault).__name__})"
        raise SchemaError(f"{where} cannot be read as {what}{told}. {advice}") from (fault if quote else None)
