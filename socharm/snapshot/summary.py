"""The closing summary of a run: who leads and how surely, what was set aside, and what the index moves with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from socharm._about import About
from socharm._words import rank_span
from socharm.io.incidents.losses_told import percent
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE, centres_of
from socharm.snapshot.spec import TableSpec
from socharm.snapshot.tables import AssessmentTables
from socharm.snapshot.top_list import first_areas

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
        ``snapshot``, ``path``, ``period``, ``marking``, ``areas``, ``ranked``, ``top`` (ten rows), ``rows``
        (read, used, set aside by reason), ``not_rankable`` (reason to number), ``correlation`` (Spearman, over
        ranked areas, of the harm rate with the rate of crimes and of violence and sexual offences),
        ``crosswalk`` (year of its counts, gap in years), ``overdispersion`` (phi by offence, its sources),
        ``flags``, ``coverage``, ``losses`` (offences that lost much: ``offence``, ``rows``, ``lost``, ``reason``,
        ``share_of_harm``), ``warnings``, ``noise`` (largest noise of a count of workbook and maps; None where they
        show the tables as they are), ``outputs``.
    """
    rows = {str(reason): int(number) for reason, number in tables["accounting"]["rows"].items()}
    used = rows.pop("used", 0)
    return {
        "snapshot": path.name,
        "path": str(path),
        "period": str(about.period),
        "marking": about.marking,
        "areas": len(tables["areas"]),
        "ranked": int(tables["ranking"]["rank"].notna().sum()),
        "unit": about.unit,
        "top": _top(tables),
        "rows": {"read": used + sum(rows.values()), "used": used, "set_aside": {k: v for k, v in rows.items() if v}},
        "not_rankable": {str(k): int(v) for k, v in tables["unrankable"]["reason"].value_counts(sort=False).items()},
        **_of_tables(tables, manifest),
        "flags": {str(k): int(v) for k, v in tables["population"]["flag"].value_counts().items() if k},
        "coverage": about.coverage,
        "losses": _losses(tables["losses"]),
        "warnings": list(manifest.get("warnings", [])),
        "noise": _noise(manifest.get("disclosure") or {}),
        "outputs": sorted({name.split("/")[0] for name in manifest["outputs"]}),
    }


def _of_tables(tables: AssessmentTables, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared of single tables."""
    parts = [spec.summary.values(tables, manifest) for spec in tables.declared.values() if spec.summary is not None]
    return {name: value for values in parts for name, value in values.items()}


def _noise(disclosure: Mapping[str, Any]) -> int | None:
    protected = not disclosure.get("open_input", True) and not disclosure.get("internal", False)
    return int(disclosure["spread"]) if protected else None


def _losses(losses: pd.DataFrame) -> list[dict[str, Any]]:
    if not len(losses.columns):
        return []
    named = losses[(losses["kind"] == "offence") & losses["named"].astype(bool)]
    return [
        {
            "offence": str(row["what"]),
            "rows": int(row["rows"]),
            "lost": int(row["lost"]),
            "reason": str(row["reason"]),
            "share_of_harm": None if pd.isna(row["share_of_harm"]) else round(float(row["share_of_harm"]), 4),
        }
        for row in named.to_dict("records")
    ]


def _top(tables: AssessmentTables) -> list[dict[str, Any]]:
    top = first_areas(tables["ranking"], tables["top_k"], 10)
    centres = centres_of(tables)
    return [
        {
            "rank": int(row["rank"]),
            "low_90": int(row["rank_low_90"]),
            "high_90": int(row["rank_high_90"]),
            "area_code": str(code),
            "name": None if pd.isna(row["name"]) else str(row["name"]),
            "parent": None if pd.isna(row["parent"]) else str(row["parent"]),
            "rate": float(row["rate"]),
            "rate_shrunk": float(row["rate_shrunk"]),
            "probability": None if pd.isna(row["probability"]) else float(row["probability"]),
            "centre": bool(code in centres),
        }
        for code, row in top.iterrows()
    ]


def summary_text(summary: dict[str, Any], *, declared: Mapping[str, TableSpec]) -> str:
    """The closing summary as lines of plain text; `declared` are the tables that it was made of."""
    rows = summary["rows"]
    lines = [
        f"{summary['marking']}   {summary['snapshot']}   {summary['period']}",
        "",
        f"Most harm ({summary['unit']}), with 90 % intervals of the rank:",
        *_list_line(summary["top"]),
        f"{'rank':>5}  {'interval':>9}  {'rate':>9}  {'recorded':>9}  area",
        *(_top_line(row) for row in summary["top"]),
        "The rate is the underlying one, which is ranked: chance is allowed for. Beside it, as recorded.",
        *([CENTRE_NOTE] if any(row["centre"] for row in summary["top"]) else []),
        *_order_line(summary["top"]),
        *([f"Coverage: {summary['coverage']}"] if summary["coverage"] else []),
        "",
        f"Rows: {rows['read']:,} read, {rows['used']:,} used" + ("" if rows["set_aside"] else "; none set aside"),
        *(f"  {number:>9,}  {reason}" for reason, number in rows["set_aside"].items()),
        *(_lost_line(row) for row in summary["losses"]),
        f"Areas: {summary['areas']:,}, of which {summary['ranked']:,} ranked",
        *(f"  {number:>9,}  not ranked: {reason}" for reason, number in summary["not_rankable"].items()),
        *(f"  {number:>9,}  flagged: {flag}" for flag, number in summary["flags"].items()),
    ]
    lines += _closing_lines(summary, declared)
    return "\n".join(lines)


def _order_line(top: list[dict[str, Any]]) -> list[str]:
    rates = [row["rate_shrunk"] for row in sorted(top, key=lambda row: row["rank"])]
    if rates == sorted(rates, reverse=True):
        return []
    return ["Ranks compare areas draw by draw, so a rate may stand above one that is a little higher."]


def _list_line(top: list[dict[str, Any]]) -> list[str]:
    """What the list is ordered by, where that can differ from the order of the ranks."""
    known = [row["probability"] for row in top if row["probability"] is not None]
    if len(known) < len(top) or not known:
        return []
    return [f"Ordered by the probability to be among the first {len(top)}: {known[0]:.0%} down to {known[-1]:.0%}."]


def _top_line(row: dict[str, Any]) -> str:
    place = ", ".join(part for part in (row["name"], row["parent"]) if part) or row["area_code"]
    mark = f" {CENTRE_MARK}" if row["centre"] else ""
    interval = rank_span(f"{row['low_90']}", f"{row['high_90']}")
    rates = f"{row['rate_shrunk']:>9.3f}  {row['rate']:>9.3f}"
    return f"{row['rank']:>5}  {interval:>9}  {rates}  {place}{mark} ({row['area_code']})"


def _lost_line(row: dict[str, Any]) -> str:
    harm = "" if row["share_of_harm"] is None else f", {percent(row['share_of_harm'])} of the harm by weight"
    return f"  {row['lost']:>9,}  of {row['rows']:,} rows of {row['offence']} lost: {row['reason']}{harm}"


def _closing_lines(summary: dict[str, Any], declared: Mapping[str, TableSpec]) -> list[str]:
    parts = [spec.summary for spec in declared.values() if spec.summary is not None]
    lines = [line for part in parts for line in part.lines(summary)]
    lines += [f"Note: {note}" for note in summary["warnings"]]
    if summary["noise"] is not None:
        lines.append(
            f"Workbook and maps are in published form, with noise of up to {summary['noise']} on the count of each "
            "area, offence and month: their numbers differ from those above and in tables/, sums by more. For numbers "
            "as they are, set `internal = true` in [disclosure]."
        )
    lines += ["", f"Snapshot: {summary['path']}", f"  {', '.join(summary['outputs'])}"]
    return lines
