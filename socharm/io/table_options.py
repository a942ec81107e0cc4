"""How a table file is read: one record of options, with the same names and defaults in every reader of tables."""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Final

from socharm._arguments import check_fields
from socharm._checks import nearest_name
from socharm._constraints import Between
from socharm._limits import MAX_MEMBERS, MAX_ROWS
from socharm._value_kinds import shown
from socharm.errors import ParameterError
from socharm.io.missing import missing_words

__all__ = ["TableOptions", "require_encoding"]

_ENCODINGS: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1252",
    "latin-1",
    "iso-8859-15",
    "cp437",
    "cp850",
    "mac-roman",
    "ascii",
)


_PLACES: Final = ("sheet", "header_row", "skip_rows", "encoding")
#: What a kind of file is, and the options that mean nothing in it.
_FOLLOWED: Final = {
    **dict.fromkeys(("csv", "gz"), ("a text without sheets", ("sheet",))),
    **dict.fromkeys(("xlsx", "xls", "ods"), ("a workbook, whose encoding is fixed", ("encoding",))),
}


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How a table file is read.

    In the settings of a result these are the options *as used*: the sheet, header row and encoding that were found
    stand there.

    Parameters
    ----------
    sheet : str or int, optional
        Sheet of a workbook: its name, or its place counted from 0. By default the one visible sheet that holds the
        wanted columns. A hidden sheet is read only by its name.
    header_row : int, optional
        Row of the column names, counted from 1 as a spreadsheet counts; by default the first row that holds the
        wanted columns.
    skip_rows : int
        Rows at the top of the file that are not looked at.
    encoding : str, optional
        Of a text file, such as ``"cp1252"``; by default what its first bytes say, else UTF-8, else Windows-1252.
    thousands : str, optional
        Thousands separator to accept, such as ``","``. None by default: ``'1,954'`` is a fault.
    missing : collection of str
        Words that stand for a missing value beside the usual ones, in any letter case. A blank cell is always missing.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``, ``..``, see `socharm.io.missing.MISSING_WORDS`) mean missing
        too; false leaves `missing` alone. The marks of suppressed numbers (``:``, ``c``, ``[c]``, ``*``) mean the same
        in columns of numbers either way.

    Raises
    ------
    ParameterError
        A value that cannot be.
    """

    sheet: str | Annotated[int, Between(0, MAX_MEMBERS)] | None = None
    header_row: Annotated[int, Between(1, MAX_ROWS)] | None = None
    skip_rows: Annotated[int, Between(0, MAX_ROWS)] = 0
    encoding: str | None = None
    thousands: str | None = None
    missing: Collection[str] = ()
    usual_missing: bool = True

    def __post_init__(self) -> None:
        """Check every option, whatever file it will meet."""
        check_fields(self)
        if self.header_row is not None and self.header_row <= self.skip_rows:
            raise ParameterError(
                f"`header_row` is {self.header_row} and `skip_rows` is {self.skip_rows}, which leaves that row out. "
                "Give one of the two."
            )
        if self.encoding is not None:
            require_encoding(self.encoding)
        mark = self.thousands
        if mark is not None and not (len(mark) == 1 and not mark.isalnum() and mark not in "+-"):
            raise ParameterError(f"`thousands` is {mark!r}; give the one sign between thousands, such as ','.")
        missing_words(self.missing)
        object.__setattr__(self, "missing", tuple(self.missing))

    @property
    def missing_words(self) -> frozenset[str]:
        """All words that mean missing, in lower case."""
        return missing_words(self.missing, usual=self.usual_missing)

    def require_followed(self, kind: str, file: str) -> None:
        """Stop at an option that a kind of file cannot follow: it would be passed over without a word.

        Parameters
        ----------
        kind : str
            A kind of `socharm.io._safety.FILE_KINDS`, or ``"frame"``.
        file : str
            Its name, as messages give it.

        Raises
        ------
        ParameterError
            A sheet of a text, an encoding of a workbook, any of the two or a row of a table without either.

        Examples
        --------
        >>> TableOptions(header_row=3).require_followed("csv", "wards.csv")
        """
        what, without = _FOLLOWED.get(kind, ("a table whose columns have names of their own", _PLACES))
        usual = TableOptions()
        for name in without:
            if getattr(self, name) != getattr(usual, name):
                raise ParameterError(
                    f"`{name}` is {getattr(self, name)!r}, and {file!r} is {what}, which cannot follow it. Leave "
                    f"`{name}` out."
                )


def require_encoding(encoding: object) -> None:
    """Stop unless an encoding is one of text, in whatever reader it is stated.

    Raises
    ------
    ParameterError
        No encoding of text.
    """
    try:
        if not isinstance(encoding, str):
            raise LookupError
        # Codecs from bytes to bytes (base64, zlib) are no encodings of text.
        known = "".encode(encoding) is not None and codecs.lookup(encoding).name not in (
            "idna",
            "punycode",
            "raw-unicode-escape",
            "undefined",
            "unicode-escape",
        )
    except (LookupError, ValueError, TypeError):
        known = False
    if not known:
        hint = nearest_name(str(encoding), _ENCODINGS)
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(
            f"`encoding` is {shown(encoding)}, which is no encoding of text.{meant} A usual one is 'cp1252'."
        )
