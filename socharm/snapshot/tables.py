"""What a snapshot holds: the tables of an assessment, a mapping that cannot be changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from socharm._arguments import check_fields, checked
from socharm._checks import nearest_name
from socharm._settings import annotations_of
from socharm._value_kinds import shown
from socharm._words import number_of
from socharm.errors import ParameterError, StoreError
from socharm.files.internal import internal_name, named_either_way
from socharm.files.parquet import parquet_note, read_parquet, write_parquet
from socharm.snapshot.notes import note_fault
from socharm.snapshot.spec import TableSpec

__all__ = ["SCHEMA_VERSION", "AssessmentTables", "Stored", "has_columns", "read_tables", "write_tables"]

#: Version of what a snapshot holds. Readers accept earlier ones and refuse later ones. It is raised where a setting
#: that is stored with a table comes or goes, too: a table of this version must state them all.
SCHEMA_VERSION: Final = 8


@dataclass(frozen=True, eq=False)
class Stored:
    """A table of a result, which knows how it was made.

    Attributes
    ----------
    table : DataFrame
    settings : mapping
        Choices behind it, as plain values: enough for the function that made it to be run again with one changed.
    spec : TableSpec
        What it and its columns are.
    """

    table: pd.DataFrame
    settings: Mapping[str, Any]
    spec: TableSpec

    def __post_init__(self) -> None:
        check_fields(self)


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
    settings : mapping of str to mapping
        Choices behind tables, by their names; none for tables made by hand.
    """

    declared: Mapping[str, TableSpec]
    settings: Mapping[str, Mapping[str, Any]]
    _frames: Mapping[str, pd.DataFrame]

    @checked
    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        *,
        declared: Iterable[TableSpec],
        settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        specs = {spec.name: spec for spec in declared}
        for name in (*frames, *(settings or {})):
            if name not in specs:
                raise ParameterError(_no_table(name, specs))
        if lacking := [name for name, spec in specs.items() if spec.needed and name not in frames]:
            raise ParameterError(f"These tables are missing, and every assessment has them: {', '.join(lacking)}.")
        hold = object.__setattr__
        hold(self, "declared", MappingProxyType(specs))
        hold(self, "settings", MappingProxyType({name: dict(held) for name, held in (settings or {}).items()}))
        hold(self, "_frames", MappingProxyType({name: frames.get(name, pd.DataFrame()) for name in specs}))

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to {name!r}: `with_tables` makes other tables of these")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete {name!r}: `with_tables` makes other tables of these")

    def __getattr__(self, name: str) -> Any:
        if name in vars(self).get("declared", ()):
            raise AttributeError(f"AssessmentTables has no attribute {name!r}; the table is tables[{name!r}]")
        raise AttributeError(f"AssessmentTables has no attribute {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only views of dictionaries can be neither pickled nor copied.
        settings = {name: dict(held) for name, held in self.settings.items()}
        return _made_of, (dict(self._frames), tuple(self.declared.values()), settings)

    def __getitem__(self, name: str) -> pd.DataFrame:
        self._require_name(name)
        if name not in self._frames:
            raise ParameterError(_no_table(name, self.declared))
        return self._frames[name]

    @staticmethod
    def _require_name(name: object) -> None:
        if not isinstance(name, str):
            raise ParameterError(
                f"The name of a table is {shown(name)}; it must be text. Take several one by one: "
                "[tables[name] for name in names]."
            )

    def __iter__(self) -> Iterator[str]:
        """Names of the tables that hold a column, in a fixed order."""
        return (name for name, frame in self._frames.items() if len(frame.columns))

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        self._require_name(name)
        return name in tuple(self)

    @checked
    def with_tables(self, **frames: pd.DataFrame) -> AssessmentTables:
        """The same tables, with some of them replaced."""
        return AssessmentTables({**self._frames, **frames}, declared=self.declared.values(), settings=self.settings)

    @checked
    def stored(self, name: str) -> Stored:
        """A table with the choices behind it."""
        table = self[name]
        return Stored(table=table, settings=self.settings.get(name, {}), spec=self.declared[name])

    @checked
    def setting(self, name: str, key: str, usual: float) -> float:
        """One choice behind a table that is a number; `usual` where the tables do not tell, as those made by hand.

        Raises
        ------
        ParameterError
            There is no such table or choice, or it is no number.
        """
        if name not in self.declared:
            raise ParameterError(_no_table(name, self.declared))
        held = self.settings.get(name, {})
        kinds = [kind for kind in self.declared[name].settings if kind is not None]
        known = sorted({*held, *(field for kind in kinds for field in annotations_of(kind))})
        if key not in known:
            hint = nearest_name(key, known)
            raise ParameterError(
                f"No choice behind the table {name!r} is called {shown(key)}; "
                + (f"there are {', '.join(known)}." if known else "there are none.")
                + (f" Did you mean {hint!r}?" if hint else "")
            )
        value = held.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ParameterError(f"The choice {key!r} behind the table {name!r} is {shown(value)}, which is no number.")
        return float(value)

    def __repr__(self) -> str:
        lines = (f"  {name}: {number_of(len(frame), 'row')}" for name, frame in self.items())
        return "<AssessmentTables>\n" + "\n".join(lines)


def _no_table(name: object, declared: Iterable[str]) -> str:
    hint = nearest_name(str(name), tuple(declared))
    return f"No table of an assessment is called {shown(name)}." + (f" Did you mean {hint!r}?" if hint else "")


def _made_of(
    frames: Mapping[str, pd.DataFrame], declared: Iterable[TableSpec], settings: Mapping[str, Mapping[str, Any]]
) -> AssessmentTables:
    """Tables that were pickled or copied."""
    return AssessmentTables(frames, declared=declared, settings=settings)


def has_columns(frame: pd.DataFrame, columns: str) -> bool:
    """Whether a table of an assessment was made: it has the columns, and a row."""
    return set(columns.split()) <= set(frame.columns) and len(frame) > 0


def write_tables(tables: AssessmentTables, folder: Path, *, marking: str | None = None, internal: bool = False) -> None:
    """Write each table to ``<folder>/<name>.parquet``, with the marking inside; internal ones say so in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        path = folder / internal_name(f"{name}.parquet", internal=internal)
        write_parquet(
            frame,
            path,
            kind=name,
            schema_version=SCHEMA_VERSION,
            marking=marking,
            settings=tables.settings.get(name) or None,  # none were chosen where nothing was read
        )


def read_tables(
    folder: Path, declared: Iterable[TableSpec], *, settings: Mapping[str, Mapping[str, Any]] | None = None
) -> AssessmentTables:
    """Read the tables of a snapshot that are declared.

    Parameters
    ----------
    folder : Path
    declared : iterable of TableSpec
    settings : mapping, optional
        Choices behind tables of a snapshot from before version 5, whose tables do not hold them.

    Raises
    ------
    StoreError
        A table that every snapshot holds is missing, damaged, or of a newer schema, or its choices are not those that
        this socharm states or a run can have made.
    """
    specs = tuple(declared)
    frames: dict[str, pd.DataFrame] = {}
    known = dict(settings or {})
    for spec in specs:
        kind, path = _stored_as(folder, spec)
        if path.exists():
            frame = read_parquet(path, kind=kind, schema_version=SCHEMA_VERSION)
            frames[spec.name] = frame.rename(columns=dict(spec.earlier_columns)) if spec.earlier_columns else frame
            note = parquet_note(path)
            if fault := note_fault(note, spec, current=SCHEMA_VERSION):
                raise StoreError(
                    f"{path.name!r} is not as this socharm writes it: its entry of socharm {fault}. A socharm between "
                    "two releases made it, or it was changed. Run the recipe again, or restore the snapshot."
                )
            known |= {spec.name: note["settings"]} if "settings" in note else {}
        elif spec.needed:
            raise StoreError(f"The snapshot lacks the table {path.name!r}. Restore it from a copy and verify it.")
    return AssessmentTables(frames, declared=specs, settings=known)


def _stored_as(folder: Path, spec: TableSpec) -> tuple[str, Path]:
    """Name and file of a stored table; those of an earlier version where the table stands under that name."""
    paths = {name: named_either_way(folder, f"{name}.parquet") for name in (spec.name, *spec.earlier_names)}
    return next(((name, path) for name, path in paths.items() if path.exists()), (spec.name, paths[spec.name]))
