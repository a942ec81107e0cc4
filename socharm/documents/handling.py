"""What stands above and below each page of a document."""

from __future__ import annotations

from socharm.documents.document import Document
from socharm.publish.marking import handling_instructions

__all__ = ["handling_line", "marking_line"]


def marking_line(document: Document) -> str:
    """The marking, and whether the document shows what a published one withholds."""
    return f"{document.marking} - INTERNAL" if document.internal else document.marking


def handling_line(document: Document) -> str:
    """How the document may be handled, in one line."""
    return handling_instructions(document.marking)
