"""The closing summary of a run: what each part of the assessment adds to it, and what the snapshot is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from socharm._about import About
from socharm._words import span_words
from socharm.snapshot.spec import SummaryPart, TableSpec
from socharm.snapshot.tables import AssessmentTables

__all__ = ["closing_summary", "summary_text"]


def closing_summary(
    path: Path, *, tables: AssessmentTables, manifest: Mapping[str, Any], about: About
) -> dict[str, Any]:
    """Summary of a finished assessment as plain values.

    Parameters
    ----------
    path : Path
        The snapshot folder.
    tables : AssessmentTables
    manifest : mapping
    about : About

    Returns
    -------
    dict
        ``snapshot``, ``path``, ``period``, ``marking``, ``unit``, ``coverage``, ``warnings``, ``noise`` (largest noise
        of a count of workbook and maps; None where they show the tables as they are), ``outputs``, and what is declared
        of single tables. Of a run these are ``areas``, ``ranked``, ``top`` (ten rows), ``rows`` (read, used, set aside
        by reason), ``not_rankable`` (reason to number), ``correlation`` (Spearman, over ranked areas, of the harm rate
        with the rate of crimes and of violence and sexual offences), ``crosswalk`` (year of its counts, gap in years),
        ``overdispersion`` (phi by offence, its sources), ``flags`` and ``losses`` (offences that lost much:
        ``offence``, ``rows``, ``lost``, ``reason``, ``share_of_harm``).
    """
    return {
        "snapshot": path.name,
        "path": str(path),
        "period": str(about.period),
        "marking": about.marking,
        "unit": about.unit,
        "coverage": about.coverage,
        **_of_tables(tables, manifest),
        "warnings": list(manifest.get("warnings", [])),
        "noise": _noise(manifest.get("disclosure") or {}),
        "outputs": sorted({name.split("/")[0] for name in manifest["outputs"]}),
    }


def _parts(declared: Mapping[str, TableSpec]) -> list[SummaryPart]:
    parts = [spec.summary for spec in declared.values() if spec.summary is not None]
    return sorted(parts, key=lambda part: part.place)


def _of_tables(tables: AssessmentTables, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared of single tables."""
    found = [part.values(tables, manifest) for part in _parts(tables.declared)]
    return {name: value for values in found for name, value in values.items()}


def _noise(disclosure: Mapping[str, Any]) -> int | None:
    protected = not disclosure.get("open_input", True) and not disclosure.get("internal", False)
    return int(disclosure["spread"]) if protected else None


def summary_text(summary: dict[str, Any], *, declared: Mapping[str, TableSpec]) -> str:
    """The closing summary as lines of plain text; `declared` are the tables that it was made of."""
    lines = [f"{summary['marking']}   {summary['snapshot']}   {span_words(summary['period'])}", ""]
    lines += [line for part in _parts(declared) for line in part.lines(summary)]
    lines += [f"Note: {note}" for note in summary["warnings"]]
    if summary["noise"] is not None:
        lines.append(
            f"Workbook and maps are in published form, with noise of up to {summary['noise']} on the count of each "
            "area, offence and month: their numbers differ from those above and in tables/, sums by more. For numbers "
            "as they are, set `internal = true` in [disclosure]."
        )
    lines += ["", f"Snapshot: {summary['path']}", f"  {', '.join(summary['outputs'])}"]
    return "\n".join(lines)
