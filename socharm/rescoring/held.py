"""What a store holds: each snapshot read once, or the reason why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm.errors import SocharmError
from socharm.files.internal import named_either_way
from socharm.files.parquet import parquet_note, read_parquet
from socharm.rescoring.revisions import Kept, borders_of
from socharm.rescoring.side import side_of_tables
from socharm.snapshot.manifest import read_whole
from socharm.snapshot.spec import TableSpec
from socharm.snapshot.store import MANIFEST
from socharm.snapshot.tables import SCHEMA_VERSION, AssessmentTables

__all__ = ["Held", "kept_of", "listed", "ranking_of", "read_all", "snapshot_folders"]

#: Tables of a snapshot of which its counts are told again.
_COUNTED: Final = (
    "areas",
    "counts",
    "flagged",
    "coverage",
    "weights",
    "population",
    "model",
    "index",
    "ranking",
    "ledger_counts",
    "ledger_flagged",
    "ledger_coverage",
)


def snapshot_folders(store: Path) -> list[Path]:
    """Folders that a run gave their final name."""
    return sorted(
        entry for entry in store.iterdir() if entry.is_dir() and not entry.name.startswith(".") and _holds(entry)
    )


def _holds(folder: Path) -> bool:
    """Whether a folder is a snapshot, or was one before it was damaged."""
    return (folder / MANIFEST).exists() or (folder / "tables").is_dir()


@dataclass(frozen=True, eq=False)
class Held:
    """One snapshot: its manifest and its ranking, each read once, or why it cannot be opened."""

    folder: Path
    manifest: Mapping[str, Any]
    ranking: pd.DataFrame
    fault: str = ""


def read_all(store: Path) -> list[Held]:
    return [_read(folder) for folder in snapshot_folders(store)]


def _read(folder: Path) -> Held:
    try:
        return Held(folder, read_whole(folder), ranking_of(folder))
    except SocharmError as error:
        return Held(folder, {}, pd.DataFrame(), str(error))


def listed(held: Sequence[Held]) -> pd.DataFrame:
    """One row for each snapshot, by period and the time it was made."""
    columns = ("assessment", "start", "end", "made", "areas", "boundary_year", "marking", "schema_version", "fault")
    rows = [(one.folder.name, *_told(one), one.fault) for one in held]
    table = pd.DataFrame(rows, columns=["snapshot", *columns]).set_index("snapshot")
    table = table.astype({"areas": "Int64", "boundary_year": "Int64", "schema_version": "Int64"})
    return table.sort_values(["start", "end", "made"], kind="stable", na_position="last")


def _told(one: Held) -> tuple[Any, ...]:
    if one.fault:
        return (None,) * 8
    manifest = one.manifest
    about = manifest["about"]
    return (
        manifest["recipe"]["assessment"]["name"],
        *about["period"],
        manifest["created"],
        len(one.ranking),
        about["boundary_year"],
        manifest["marking"],
        manifest["schema_version"],
    )


def ranking_of(folder: Path) -> pd.DataFrame:
    """The ranking of a snapshot with the harm behind it, by area."""
    ranking, index = (
        read_parquet(named_either_way(folder / "tables", f"{name}.parquet"), kind=name) for name in ("ranking", "index")
    )
    return ranking.join(index[["harm"]], validate="1:1")


def kept_of(one: Held) -> Kept | None:
    """The counts that a whole snapshot keeps; None where its tables do not say by which choices they were made."""
    frames: dict[str, pd.DataFrame] = {}
    settings: dict[str, Mapping[str, Any]] = {}
    for name in _COUNTED:
        path = named_either_way(one.folder / "tables", f"{name}.parquet")
        if path.exists():
            frames[name] = read_parquet(path, kind=name, schema_version=SCHEMA_VERSION)
            if (held := parquet_note(path).get("settings")) is not None:
                settings[name] = held
    if "index" not in settings:
        return None
    declared = [TableSpec(name=name, meaning="") for name in _COUNTED]
    tables = AssessmentTables(frames, declared=declared, settings=settings)
    side, about = side_of_tables(tables, one.folder.name), one.manifest["about"]
    return Kept(one.folder.name, side, tables, borders_of(one.manifest), about["boundary_year"])
