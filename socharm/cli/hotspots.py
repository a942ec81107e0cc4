"""``socharm hotspots``: one hot spot method on files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from socharm.cli.console import JSON_HELP, say, say_json, socharm_errors
from socharm.cli.progress import steps, working

__all__ = ["hotspots"]


def hotspots(
    method: Annotated[
        str,
        typer.Argument(
            help="gi-star, local-moran, emerging, scan, scan-space-time, density, clusters, nearest-clusters, knox, "
            "near-repeat-chains, space-time-clusters, change, similarity, courses, season, hours, drill-down or "
            "scale-ladder."
        ),
    ],
    table: Annotated[Path, typer.Argument(help="Events or values, one in each row: CSV, workbook or parquet.")],
    to: Annotated[Path, typer.Option("--to", help="Folder to write; it must not be there.")],
    areas: Annotated[Path | None, typer.Option(help="Boundaries, for methods by area and for the map.")] = None,
    code: Annotated[str | None, typer.Option(help="Column of the boundaries with their codes.")] = None,
    name: Annotated[str | None, typer.Option(help="Column of the boundaries with their names.")] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", help="Column of the table by what it holds, x=Easting; may be repeated."),
    ] = None,
    crs: Annotated[str | None, typer.Option(help="Metric system of x and y, such as EPSG:27700.")] = None,
    choices: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the method, permutations=999; may be repeated.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="What the table is, for the foot of the picture.")] = None,
    marking: Annotated[str, typer.Option(help="OFFICIAL, OFFICIAL-SENSITIVE, SECRET or TOP SECRET.")] = "OFFICIAL",
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Run one hot spot method on a table, and write tables, a layer and a picture into a folder.

    By area (gi-star, local-moran, emerging, scan, change, similarity, courses): columns area_code and value, cases and
    population, or earlier and later; emerging and courses have period beside them. By point: columns x and y in metres,
    weight where there is one, and date where days matter. By time: season has period and value, hours has start.
    """
    os.environ.setdefault("MPLBACKEND", "Agg")
    with socharm_errors(as_json=as_json):
        with working("loading", visible=not as_json):
            from socharm.assessment.hotspot_files import stated_choices, stated_columns, write_hotspots
            from socharm.assessment.hotspot_table import HotspotFiles

        asked = HotspotFiles(
            method=method,
            table=table,
            to=to,
            areas=areas,
            code=code,
            name=name,
            columns=stated_columns(columns or []),
            crs=crs,
            choices=stated_choices(choices or []),
            source=source,
            marking=marking,
        )
        with steps(visible=not as_json) as progress:
            made = write_hotspots(asked, progress=progress)
    if as_json:
        say_json({"path": str(made.path), "files": made.files, "rows": made.rows, "warnings": made.warnings})
        return
    say(str(made.record))
    say(f"Rows: {', '.join(f'{number:,} {what}' for what, number in made.rows.items())}")
    for text in made.warnings:
        say(f"Note: {text}", colour="yellow")
    say(f"Folder: {made.path} ({', '.join(made.files)})", colour="green")
