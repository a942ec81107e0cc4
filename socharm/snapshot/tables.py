"""What a snapshot holds: the tables of an assessment, a mapping that cannot be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm.errors import ParameterError, StoreError
from socharm.files.internal import internal_name, named_either_way
from socharm.files.parquet import read_parquet, write_parquet
from socharm.snapshot.spec import TableSpec

__all__ = ["SCHEMA_VERSION", "AssessmentTables", "read_tables", "write_tables"]

#: Version of what a snapshot holds. Readers accept earlier ones and refuse later ones.
SCHEMA_VERSION: Final = 4


class AssessmentTables(Mapping[str, pd.DataFrame]):
    """The tables of an assessment, by name: ``tables["ranking"]``.

    A table that a run did not make is empty. The record cannot be changed; `with_tables` makes another one. What each
    table and each of its columns is stands in `declared`; the documentation lists them.

    Parameters
    ----------
    frames : mapping of str to DataFrame
    declared : sequence of TableSpec
        Every table that there can be, in order; those of a run are in ``socharm.assessment.steps``. Without a
        declaration there can be no table.
    """

    declared: Mapping[str, TableSpec]
    _frames: dict[str, pd.DataFrame]

    def __init__(self, frames: Mapping[str, pd.DataFrame], *, declared: Iterable[TableSpec]) -> None:
        specs = {spec.name: spec for spec in declared}
        for name, frame in frames.items():
            if name not in specs:
                raise ParameterError(_no_table(name, specs))
            if not isinstance(frame, pd.DataFrame):
                raise ParameterError(f"The table {name!r} is {type(frame).__name__}; it must be a DataFrame.")
        if lacking := [name for name, spec in specs.items() if spec.needed and name not in frames]:
            raise ParameterError(f"These tables are missing, and every assessment has them: {', '.join(lacking)}.")
        self.declared = MappingProxyType(specs)
        self._frames = {name: frames.get(name, pd.DataFrame()) for name in specs}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            raise ParameterError(_no_table(name, self.declared))
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        """Names of the tables that hold a column, in a fixed order."""
        return (name for name, frame in self._frames.items() if len(frame.columns))

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in tuple(self)

    @checked
    def with_tables(self, **frames: pd.DataFrame) -> AssessmentTables:
        """The same tables, with some of them replaced."""
        return AssessmentTables({**self._frames, **frames}, declared=self.declared.values())

    def __repr__(self) -> str:
        lines = (f"  {name}: {len(frame):,} rows" for name, frame in self.items())
        return "<AssessmentTables>\n" + "\n".join(lines)


def _no_table(name: object, declared: Iterable[str]) -> str:
    hint = nearest_name(str(name), tuple(declared))
    return f"No table of an assessment is called {name!r}." + (f" Did you mean {hint!r}?" if hint else "")


def write_tables(tables: AssessmentTables, folder: Path, *, marking: str | None = None, internal: bool = False) -> None:
    """Write each table to ``<folder>/<name>.parquet``, with the marking inside; internal ones say so in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        path = folder / internal_name(f"{name}.parquet", internal=internal)
        write_parquet(frame, path, kind=name, schema_version=SCHEMA_VERSION, marking=marking)


def read_tables(folder: Path, declared: Iterable[TableSpec]) -> AssessmentTables:
    """Read the tables of a snapshot that are declared.

    Raises
    ------
    StoreError
        A table that every snapshot holds is missing, damaged, or of a newer schema.
    """
    specs = tuple(declared)
    frames: dict[str, pd.DataFrame] = {}
    for spec in specs:
        path = named_either_way(folder, f"{spec.name}.parquet")
        if path.exists():
            frames[spec.name] = read_parquet(path, kind=spec.name, schema_version=SCHEMA_VERSION)
        elif spec.needed:
            raise StoreError(f"The snapshot lacks the table {path.name!r}. Restore it from a copy and verify it.")
    return AssessmentTables(frames, declared=specs)
