"""Words that stand for a missing value in tables written by R, SQL Server, Python and spreadsheets."""

from __future__ import annotations

from typing import Final

__all__ = ["MISSING_WORDS", "SUPPRESSED_MARKS", "is_missing", "is_suppressed"]

#: Lower case; a cell is compared after blanks around it are taken off. A single dash or dots are typists' blanks.
MISSING_WORDS: Final = frozenset(
    (
        "", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "nat", "-", "--", "..", "…",
        "not available", "not applicable", "not known", "not recorded", "unknown value", "missing", "(blank)", "(null)",
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


def is_missing(text: str | None) -> bool:
    """Whether a cell says that there is no value.

    Examples
    --------
    >>> is_missing(" NULL "), is_missing("Nanton"), is_missing(None)
    (True, False, True)
    """
    return text is None or text.strip().lower() in MISSING_WORDS


def is_suppressed(text: str | None) -> bool:
    """Whether a cell of a column of numbers says that its number is withheld.

    Examples
    --------
    >>> is_suppressed("[c]"), is_suppressed(" X "), is_suppressed("0")
    (True, True, False)
    """
    return text is not None and text.strip().lower() in SUPPRESSED_MARKS
