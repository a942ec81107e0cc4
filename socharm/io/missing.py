"""Words that stand for a missing value in tables written by R, SQL Server, Python and spreadsheets."""

from __future__ import annotations

from typing import Final

__all__ = ["MISSING_WORDS", "is_missing"]

#: Lower case; a cell is compared after blanks around it are taken off. A single dash or dots are typists' blanks.
MISSING_WORDS: Final = frozenset(
    (
        "", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "nat", "-", "--", "..", "…",
        "not available", "not applicable", "not known", "not recorded", "unknown value", "missing", "(blank)", "(null)",
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
