"""One wrapper around third-party readers: whatever they raise reaches the caller as our error, with file and place.

Exceptions of readers cannot be listed by class: polars, narwhals, GEOS, GDAL, zlib, snappy, codecs and XML parsers
each have their own, and Rust's panics are no `Exception` at all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from socharm.errors import RefusedError, SchemaError, SocharmError

__all__ = ["reading"]

_LOGGER: Final = logging.getLogger("socharm")


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
        lines = str(fault).strip().splitlines()
        told = f": {lines[0].rstrip('.')}" if quote and lines else f" ({type(fault).__name__})"
        raise SchemaError(f"{where} cannot be read as {what}{told}. {advice}") from (fault if quote else None)
