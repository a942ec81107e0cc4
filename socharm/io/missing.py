"""Words that stand for a missing value in tables written by R, SQL Server, Python and spreadsheets."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from typing import Final

from socharm.errors import ParameterError

__all__ = ["MISSING_WORDS", "SUPPRESSED_MARKS", "is_missing", "is_suppressed", "missing_words", "spellings"]

#: Programs that export tables put such a word in brackets, so that it cannot be taken for a text.
_BRACKETED: Final = ("na", "n/a", "nan", "null", "none", "nil", "blank", "empty", "missing", "not available")

#: Lower case; a cell is compared after blanks around it are taken off. A single dash or dots are typists' blanks.
MISSING_WORDS: Final = frozenset(
    (
        *(f"{begin}{word}{end}" for word in _BRACKETED for begin, end in ("()", "[]", "<>", "{}")),
        "", ".", "\\n", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "nat", "-", "--", "..", "…",
        "not available", "not applicable", "not known", "not recorded", "unknown value", "missing",
    )
)  # fmt: skip

#: Marks that official statistics print in place of a number that is withheld, unreliable or does not apply (Government
#: Statistical Service: "Symbols in tables", and the older marks of ONS, DfE and NHS tables). Lower case. Never zero.
SUPPRESSED_MARKS: Final = frozenset(
    (
        ":", "*", "**", "c", "x", "z", "u", "k", "low", "suppressed", "confidential", "redacted", "withheld",
        "[c]", "[x]", "[z]", "[u]", "[k]", "[w]", "[low]", "[*]", "[:]", "(c)", "(x)", "(z)", "[suppressed]",
    )
)  # fmt: skip

#: Up to this length every mixture of capitals is a spelling; longer words have four.
_SHORT: Final = 6


def is_missing(text: str | None, words: Collection[str] = MISSING_WORDS) -> bool:
    """Whether a cell says that there is no value; a blank cell always does.

    Parameters
    ----------
    text : str or None
    words : collection of str
        Words in lower case, as `missing_words` gives them.

    Examples
    --------
    >>> is_missing(" NULL "), is_missing("Nanton"), is_missing(None)
    (True, False, True)
    """
    if text is None:
        return True
    plain = text.strip().lower()
    return not plain or plain in words


def is_suppressed(text: str | None) -> bool:
    """Whether a cell of a column of numbers says that its number is withheld.

    Examples
    --------
    >>> is_suppressed("[c]"), is_suppressed(" X "), is_suppressed("0")
    (True, True, False)
    """
    return text is not None and text.strip().lower() in SUPPRESSED_MARKS


def missing_words(given: Collection[str] = (), *, usual: bool = True, name: str = "missing") -> frozenset[str]:
    """The words that mean missing, in lower case: those given, beside or in place of `MISSING_WORDS`.

    Parameters
    ----------
    given : collection of str
    usual : bool
        Whether `MISSING_WORDS` are among them. A blank cell is always missing.
    name : str
        The caller's argument, for messages.

    Raises
    ------
    ParameterError
        It is one text, or holds something that is no text.

    Examples
    --------
    >>> sorted(missing_words(["TBC"]) - MISSING_WORDS), sorted(missing_words(["TBC"], usual=False))
    (['tbc'], ['', 'tbc'])
    """
    if isinstance(given, str) or not isinstance(given, Collection) or not all(isinstance(w, str) for w in given):
        raise ParameterError(f"`{name}` is {given!r}; give a list of words, such as ['N/K', 'TBC'].")
    words = frozenset(word.strip().lower() for word in given) | {""}
    return words | MISSING_WORDS if usual else words


def spellings(words: Collection[str]) -> list[str]:
    """The spellings in which `words` occur, for engines that compare texts as they stand.

    Lowering millions of long ids costs more than looking each up in a set of some hundred texts.

    Examples
    --------
    >>> spellings(["na"])
    ['NA', 'Na', 'nA', 'na']
    """
    found: set[str] = set()
    for word in words:
        if len(word) <= _SHORT:
            found.update("".join(letters) for letters in product(*({c.lower(), c.upper()} for c in word)))
        else:
            found |= {word.lower(), word.upper(), word.capitalize(), word.title()}
    return sorted(found)
