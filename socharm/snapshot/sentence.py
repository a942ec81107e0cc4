"""A sentence of the method statement, as the part of an assessment that it speaks of writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from socharm._arguments import check_fields

__all__ = ["DONE", "LACKING", "Sentence"]

#: Sections of the statement that are made of such sentences.
DONE: Final = "What was done"
LACKING: Final = "What is not in the data"


@dataclass(frozen=True)
class Sentence:
    """One sentence.

    Parameters
    ----------
    text : str
    section : str
        Where it stands in the statement.
    place : int
        Sentences of a section stand in this order; those of the same place in the order of their parts.
    """

    text: str
    section: Literal["What was done", "What is not in the data"] = "What was done"
    place: int = 100

    def __post_init__(self) -> None:
        check_fields(self)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a manifest."""
        return asdict(self)

    @classmethod
    def of(cls, told: str | Mapping[str, Any]) -> Sentence:
        """The sentence that a manifest holds; before version 7 it held the text alone, of what was done."""
        return cls(told) if isinstance(told, str) else cls(**told)
