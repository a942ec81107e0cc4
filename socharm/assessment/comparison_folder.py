"""The folder of a comparison: tables, workbook, change report and pictures, whole or not at all, and written once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from socharm._version import __version__
from socharm._words import joined_words
from socharm.assessment.common_names import common_name
from socharm.dashboard.heading import page_title
from socharm.documents.extras import what_lacks
from socharm.documents.render import FORMATS
from socharm.documents.saved import DocumentRecord
from socharm.errors import MissingExtraError, ParameterError, StoreError
from socharm.files.atomic import atomic_folder, require_new
from socharm.files.hashing import sha256_file, sha256_json
from socharm.files.internal import internal_name
from socharm.profiles.given import areas_of, day_of
from socharm.publish.licences import write_sources
from socharm.reports.change_report import change_report
from socharm.reports.workbook import write_change_workbook
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.known_changes import known_changes
from socharm.rescoring.writing import ABOUT, SUMMARY, write_about_of, write_tables_of
from socharm.snapshot.assessment import Assessment

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "COMPARISONS",
    "ComparisonFolder",
    "Written",
    "comparison_key",
    "folder_of",
    "held_comparison",
    "save_formats",
    "save_pictures",
    "write_comparison_folder",
]

#: Folder of the comparisons in a store.
COMPARISONS: Final = "comparisons"
_WORKBOOK: Final = "comparison.xlsx"
_REPORT: Final = "change-report"
#: Dots per inch of the pictures.
_DOTS: Final = 150
#: Told what is done, its number, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Written:
    """What stands beside the tables of a comparison.

    Parameters
    ----------
    workbook, documents, maps : bool
        The workbook; the change report in every format; the change map and the charts.
    """

    workbook: bool = True
    documents: bool = True
    maps: bool = True


@dataclass(frozen=True, kw_only=True)
class ComparisonFolder:
    """A comparison on disk.

    Attributes
    ----------
    path : Path
    new : bool
        Whether it was written now; else it was there already, as it was written.
    summary : str
    warnings : list of str
        What it was shown in spite of.
    facts : mapping of str to float
    not_written : list of str
        What could not be written for want of a library, each with how to get it.
    """

    path: Path
    new: bool
    summary: str
    warnings: list[str]
    facts: Mapping[str, float]
    not_written: list[str]


def comparison_key(
    earlier: Assessment, later: Assessment, choices: Mapping[str, Any], *, notes: pd.DataFrame | None = None
) -> str:
    """Hash of what a comparison is made from: both snapshots, the choices, this version, and the notes of the store.

    So is what this machine cannot write: once its libraries are installed, the comparison is written again.
    """
    names = [earlier.path.name, later.path.name]
    told: dict[str, Any] = {"snapshots": names, "choices": dict(choices), "socharm": __version__}
    if notes is not None and len(notes):
        told["notes"] = [list(map(str, row)) for row in notes.itertuples(index=False)]
    if lacking := [kind for kind in FORMATS if what_lacks(kind)]:
        told["without"] = lacking
    return sha256_json(told)


def folder_of(earlier: Assessment, later: Assessment, key: str) -> Path:
    """Where a comparison belongs: in the store of the later snapshot, named by both and the beginning of its key."""
    return later.path.parent / COMPARISONS / f"{earlier.path.name}--{later.path.name}--{key[:8]}"


def held_comparison(folder: Path, key: str) -> ComparisonFolder | None:
    """A comparison that is there already, as it was written; None where there is none.

    Raises
    ------
    ParameterError
        The folder holds another comparison.
    StoreError
        A file of it was changed or is missing, or the folder is none of a comparison; none could be written there.
    """
    if not folder.exists():
        require_new(folder)
        return None
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        hashes = dict(about["files"])
        summary = next(name for name in hashes if name.endswith(SUMMARY))
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise ParameterError(
            f"{folder.name!r} is there already, is no whole comparison and is not written over. Name another folder."
        ) from error
    if about.get("key", "") != key:
        raise ParameterError(
            f"{folder.name!r} is there already and holds another comparison, which is not written over. Name another "
            "folder."
        )
    if changed := [name for name, digest in hashes.items() if not _is_as_written(folder / name, digest)]:
        raise StoreError(
            f"{folder.name!r} holds {changed[0]!r}, which is not as it was written. Move the folder away, and compare "
            "again."
        )
    told = (folder / summary).read_text(encoding="utf-8").rstrip("\n")
    return ComparisonFolder(
        path=folder,
        new=False,
        summary=told,
        warnings=about["warnings"],
        facts=about["facts"],
        not_written=about.get("not_written", []),
    )


def _is_as_written(path: Path, digest: str) -> bool:
    return path.is_file() and sha256_file(path) == digest


def write_comparison_folder(
    comparison: Comparison,
    later: Assessment,
    target: Path,
    *,
    key: str,
    written: Written,
    annotations: pd.DataFrame | None = None,
    on: dt.date | None = None,
    progress: Progress | None = None,
) -> ComparisonFolder:
    """Write everything that people get from a comparison into a new folder, which appears whole or not at all.

    Parameters
    ----------
    comparison : Comparison
    later : Assessment
        Its later assessment, for the name of its areas and the day of the report.
    target : Path
    key : str
        From `comparison_key`.
    written : Written
    annotations : DataFrame, optional
        As `Store.annotations` has them, for what is known to have changed.
    on : date, optional
        Day of the change report; the day on which the later assessment was made when omitted.
    progress : callable, optional

    Raises
    ------
    StoreError
        The folder cannot be written to.
    """
    internal = comparison.about.internal
    name = page_title(later.tables, otherwise=common_name(later))
    report = change_report(comparison, name=name, on=day_of(on, later.manifest, later.about), annotations=annotations)
    absent: list[str] = []
    jobs: dict[str, Callable[[Path], None]] = {"tables": lambda folder: _tables(comparison, annotations, folder)}
    if written.workbook:
        workbook = internal_name(_WORKBOOK, internal=internal)
        jobs["workbook"] = lambda folder: write_change_workbook(
            comparison, report, folder / workbook, annotations=annotations
        )
    if written.documents:
        jobs["change report"] = lambda folder: absent.extend(save_formats(report, folder, _REPORT))
    if written.maps:
        jobs["pictures"] = lambda folder: _draw(comparison, areas_of(later), folder / "maps")
    with atomic_folder(target) as folder:
        for number, (what, job) in enumerate(jobs.items(), start=1):
            if progress is not None:
                progress(what, number, len(jobs))
            job(folder)
        write_about_of(comparison, folder, key=key, not_written=absent)
    facts = {str(fact): float(value) for fact, value in comparison.facts["value"].items()}
    return ComparisonFolder(
        path=target,
        new=True,
        summary=comparison.summary(),
        warnings=comparison.warnings,
        facts=facts,
        not_written=absent,
    )


def _tables(comparison: Comparison, annotations: pd.DataFrame | None, folder: Path) -> None:
    known = known_changes(comparison, annotations).table
    write_tables_of(comparison, folder, also={"known_changes": known} if len(known) else {})
    write_sources(comparison.about, folder, internal=comparison.about.internal)


def _draw(comparison: Comparison, areas: gpd.GeoDataFrame | None, folder: Path) -> None:
    """The change map, where the later snapshot kept its boundaries, and the charts."""
    from socharm.maps import plot_change_map, plot_change_parts, plot_churn, plot_rank_changes
    from socharm.maps.furniture import new_axes

    pictures: dict[str, Callable[[], Any]] = {
        "how-many-stayed.png": lambda: plot_churn(comparison, ax=new_axes()),
        "ranks.png": lambda: plot_rank_changes(comparison, ax=new_axes()),
        "parts.png": lambda: plot_change_parts(comparison, ax=new_axes()),
    }
    if areas is not None:
        pictures["change.png"] = lambda: plot_change_map(areas, comparison, ax=new_axes())
    save_pictures(pictures, folder, internal=comparison.about.internal)


def save_pictures(pictures: Mapping[str, Callable[[], Any]], folder: Path, *, internal: bool) -> None:
    """Draw pictures and save each under its name in a new folder."""
    from socharm.maps import save_figure
    from socharm.maps.style import dots_per_inch

    folder.mkdir()
    for name, draw in pictures.items():
        with dots_per_inch(_DOTS):
            axes = draw()
        save_figure(axes, folder / internal_name(name, internal=internal), dpi=_DOTS)


def save_formats(report: DocumentRecord, folder: Path, stem: str) -> list[str]:
    """Write a report in every format that can be written here; a sentence on each that cannot."""
    absent: dict[str, list[str]] = {}
    for kind in FORMATS:
        name = internal_name(f"{stem}.{kind}", internal=report.about.internal)
        try:
            report.save(folder / name)
        except MissingExtraError as error:
            absent.setdefault(str(error), []).append(name)
    return [f"{joined_words(names)}: {why}" for why, names in absent.items()]
