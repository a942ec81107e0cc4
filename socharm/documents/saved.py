"""What every record that is a document shares: it can be saved as one."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod

from socharm._arguments import checked
from socharm._record import Record
from socharm.documents.document import Document
from socharm.documents.render import save_document

__all__ = ["DocumentRecord"]


class DocumentRecord(Record, ABC):
    """Base of records that are documents, each of which says how it is one."""

    @abstractmethod
    def document(self) -> Document:
        """The record as a document, which `save` writes."""

    @checked
    def save(
        self,
        path: str | os.PathLike[str],
        *,
        template: str | os.PathLike[str] | None = None,
        reference: str | os.PathLike[str] | None = None,
    ) -> None:
        """Write the record as a document.

        Parameters
        ----------
        path : str or path
            ``.docx``, ``.pdf`` (PDF/UA-1), ``.html`` (one file) or ``.md`` (pictures in a folder beside it); of a
            profile also ``.pptx``, one slide for a board.
        template : str or path, optional
            A Jinja2 Markdown template of your own: start it with ``{% extends %}`` and the name of the packaged one,
            which is ``document().template.name``, and replace blocks.
        reference : str or path, optional
            Your force's Word document whose styles, headers and footers a ``.docx`` takes over; the marking is added to
            its headers and footers.

        Raises
        ------
        ParameterError
            Another extension, or `reference` or `template` with a format that has none.
        SchemaError
            The template lacks a block, or is faulty.
        MissingExtraError
            The libraries of documents are not installed.
        StoreError
            The file cannot be written; an existing one stays as it was.
        """
        save_document(self.document(), path, template=template, reference=reference)
