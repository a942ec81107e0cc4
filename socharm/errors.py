"""Errors and warnings of socharm.

Every error says what is wrong, what was found, and what to do. All of them derive from
`SocharmError`, so ``except socharm.SocharmError`` catches everything the library raises on purpose.
"""

__all__ = [
    "AlignmentError",
    "CRSError",
    "CoverageWarning",
    "DataWarning",
    "MissingExtraError",
    "ModelWarning",
    "ParameterError",
    "RefusedError",
    "SchemaError",
    "SocharmError",
    "SocharmWarning",
    "StoreError",
]


class SocharmError(Exception):
    """Base of every error that socharm raises on purpose."""


class SchemaError(SocharmError, ValueError):
    """A table or file does not have the columns, types or values it must have."""


class AlignmentError(SocharmError, ValueError):
    """Two tables that must speak of the same areas do not."""


class CRSError(SocharmError, ValueError):
    """A coordinate reference system is missing, wrong, or differs between two inputs."""


class ParameterError(SocharmError, ValueError):
    """An argument has a value that the function cannot work with."""


class StoreError(SocharmError, OSError):
    """The snapshot store could not be read or written."""


class MissingExtraError(SocharmError, ImportError):
    """An optional dependency is not installed; the message holds the command that installs it."""


class RefusedError(SocharmError):
    """The input was understood and refused: unsafe file, personal data, misleading request."""


class SocharmWarning(UserWarning):
    """Base of every warning that socharm gives."""


class DataWarning(SocharmWarning):
    """Something in the data was repaired, netted or set aside, and is counted in the result."""


class CoverageWarning(SocharmWarning):
    """Areas or months were not covered; they are missing, not zero."""


class ModelWarning(SocharmWarning):
    """A statistical default was used because the data could not identify the quantity."""
