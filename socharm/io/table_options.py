"""How a table file is read: one record of options, with the same names and defaults in every reader of tables."""

from __future__ import annotations

import codecs
import dataclasses
import inspect
import typing
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, ParamSpec, TypeAlias, TypedDict, TypeVar

from socharm._checks import nearest_name
from socharm._constraints import Between
from socharm._limits import MAX_MEMBERS, MAX_ROWS
from socharm._settings import Settings, setting
from socharm._value_kinds import shown
from socharm.errors import ParameterError
from socharm.io.missing import missing_words

__all__ = ["TableFindings", "TableKeywords", "TableOptions", "reads_tables", "require_encoding"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

Sheet: TypeAlias = str | Annotated[int, Between(0, MAX_MEMBERS)]
HeaderRow: TypeAlias = Annotated[int, Between(1, MAX_ROWS)]
SkippedRows: TypeAlias = Annotated[int, Between(0, MAX_ROWS)]

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


class TableKeywords(TypedDict, total=False):
    """Keywords of every reader of tables; the fields of `TableOptions`."""

    sheet: Sheet | None
    header_row: HeaderRow | None
    skip_rows: SkippedRows
    encoding: str | None
    thousands: str | None
    missing: Collection[str]
    usual_missing: bool
    allow_columns: Collection[str]


@dataclass(frozen=True, kw_only=True)
class TableOptions(Settings):
    """How a table file is read; the settings of every reader of tables have these fields.

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
        Thousands separator to accept, such as ``","``. Without one, ``'1,954'`` is a fault.
    missing : collection of str
        Words that stand for a missing value beside the usual ones, in any letter case. A blank cell is always missing.
    usual_missing : bool
        Whether the usual words (``NA``, ``NULL``, ``-``, ``..``, see `socharm.io.missing.MISSING_WORDS`) mean missing
        too; false leaves `missing` alone. The marks of suppressed numbers (``:``, ``c``, ``[c]``, ``*``) mean the same
        in columns of numbers either way.
    allow_columns : collection of str
        Columns that look as if they spoke of persons, and do not.

    Raises
    ------
    ParameterError
        A value that cannot be.
    """

    sheet: Sheet | None = setting(None, "sheet of a workbook, by name or counted from 0", example="Table 2")
    header_row: HeaderRow | None = setting(
        None, "row of the column names, counted from 1; found when absent", example=3
    )
    skip_rows: SkippedRows = setting(0, "rows at the top that are not looked at")
    encoding: str | None = setting(None, "of a text file; found when absent", example="cp1252")
    thousands: str | None = setting(None, "what parts thousands in numbers", example=",")
    missing: tuple[str, ...] = setting(
        (), "words for a missing value, beside NA, NULL, -, .. and others", example=["TBC"]
    )
    usual_missing: bool = setting(True, "false: NA, NULL, - and others are words like any other")
    allow_columns: tuple[str, ...] = setting(
        (), "columns that look as if they spoke of persons, and do not", example=["Contact"]
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.header_row is not None and self.header_row <= self.skip_rows:
            yield (
                f"`header_row` is {self.header_row} and `skip_rows` is {self.skip_rows}, which leaves that row out. "
                "Give one of the two."
            )
        if self.encoding is not None:
            require_encoding(self.encoding)
        mark = self.thousands
        if mark is not None and not (len(mark) == 1 and not mark.isalnum() and mark not in "+-"):
            yield f"`thousands` is {mark!r}; give the one sign between thousands, such as ','."
        missing_words(self.missing)

    def as_used(self, **found: Any) -> TableOptions:
        """The options alone, with what was found in place of what was left open."""
        return TableOptions(**{**{name: getattr(self, name) for name in _NAMES}, **found})

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


_NAMES: Final = tuple(entry.name for entry in dataclasses.fields(TableOptions))


@dataclass(frozen=True, kw_only=True)
class TableFindings:
    """How a table was found to be written.

    Attributes
    ----------
    table : TableOptions
        The options as used: the sheet, header row and encoding that were found stand there.
    """

    table: TableOptions = dataclasses.field(default_factory=TableOptions)


def reads_tables(record: type[TableOptions]) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Spell the options of tables out in the signature and the documentation of a reader.

    The reader takes them as ``**reading: Unpack[TableKeywords]`` and documents them in one line; what a caller sees
    is each keyword with its default and its meaning, as `TableOptions` states them.

    Parameters
    ----------
    record : type
        Settings of the reader, whose defaults are those of the keywords.
    """

    def spelt_out(function: Callable[_P, _R]) -> Callable[_P, _R]:
        signature = inspect.signature(function)
        kinds = typing.get_type_hints(TableKeywords, include_extras=True)
        usual = {entry.name: entry.default for entry in dataclasses.fields(record)}
        keyword = inspect.Parameter.KEYWORD_ONLY
        shared = [inspect.Parameter(n, keyword, default=usual[n], annotation=kinds[n]) for n in _NAMES]
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        whole = signature.replace(parameters=[*own, *shared])
        function.__signature__ = whole  # type: ignore[attr-defined]
        function.__annotations__ = {
            **{name: kind for name, kind in function.__annotations__.items() if name != "reading"},
            **{name: kinds[name] for name in _NAMES},
        }
        if function.__doc__:
            function.__doc__ = inspect.cleandoc(function.__doc__).replace(_IN_SHORT, _in_full())
        return function

    return spelt_out


#: How a reader documents the options of tables.
_IN_SHORT: Final = "**reading\n    How the file is read: the options of `TableOptions`.\n"


def _in_full() -> str:
    """The parameters of `TableOptions` as a docstring of a function has them."""
    text = inspect.cleandoc(TableOptions.__doc__ or "").partition("----------\n")[2].partition("\n\nRaises")[0]
    return f"{text}\n"


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
