"""Delimited files as parts of one source, each read when it is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from socharm._words import number_of
from socharm.errors import DataWarning, SchemaError
from socharm.io.incidents.delimited import scan_text_files, stream_frames
from socharm.io.incidents.text_file import TextFile

__all__ = ["TextParts", "require_rows"]


class TextParts(Sequence[pl.LazyFrame]):
    """A large source in parts of a few files each; each file is looked through when its part is taken.

    Parameters
    ----------
    groups : sequence of lists of TextFile
        Files of one part have one header.
    build : callable
        From the frame of a part's files to the columns that counting needs.
    """

    def __init__(
        self, groups: Sequence[Sequence[TextFile]], build: Callable[[pl.LazyFrame, Sequence[TextFile]], pl.LazyFrame]
    ) -> None:
        self._groups = [list(group) for group in groups]
        self._build = build

    def __len__(self) -> int:
        return len(self._groups)

    def __getitem__(self, position: Any) -> Any:
        group = self._groups[position]
        return self._build(scan_text_files(group), group)

    def as_one(self) -> pl.LazyFrame:
        """All parts as one lazy frame."""
        first = self._groups[0]
        schema = self._build(stream_frames(first), first).collect_schema()

        def batches(
            columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, _size: int | None
        ) -> Iterator[pl.DataFrame]:
            for part in self:
                frame = part if predicate is None else part.filter(predicate)
                frame = frame if columns is None else frame.select(columns)
                found = (frame if n_rows is None else frame.head(n_rows)).collect(engine="streaming")
                yield found
                if n_rows is not None and (n_rows := n_rows - found.height) <= 0:
                    return

        return register_io_source(batches, schema=schema)


def require_rows(files: Sequence[TextFile], *, label: str) -> list[TextFile]:
    """Files with rows; those with a header and no rows are left out with a warning.

    Raises
    ------
    SchemaError
        No file has a row.
    """
    filled = [file for file in files if file.has_rows]
    if not filled:
        raise SchemaError(
            f"{label} has a header but no rows ({[file.name for file in files][:3]}). "
            "An export without rows is a failed export, not an area without crime: export it again."
        )
    if len(filled) < len(files):
        empty = [file.name for file in files if not file.has_rows]
        warnings.warn(
            f"{number_of(len(empty), 'file has', 'files have')} "
            f"a header but no rows and {'counts' if len(empty) == 1 else 'count'} "
            f"as not arrived, such as {empty[:3]}.",
            DataWarning,
            stacklevel=5,
        )
    return filled
