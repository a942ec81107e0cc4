"""An assessment as a folder that Power BI and other programs of tables read: a star of tables, and shapes."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from socharm._about import About, highest_marking
from socharm._arguments import checked
from socharm.assessment.powerbi_tables import DICTIONARY, dictionary_table, star_tables
from socharm.dashboard.shapes import MOST_POINTS, simplified
from socharm.files.atomic import atomic_folder
from socharm.files.delimited import write_csv
from socharm.files.internal import internal_name
from socharm.files.parquet import write_parquet
from socharm.files.topojson import write_topojson
from socharm.profiles.given import require_own_comparison
from socharm.publish.licences import write_sources
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.writing import MARKING
from socharm.snapshot.assessment import Assessment, holds_closed_counts
from socharm.snapshot.tables import SCHEMA_VERSION

__all__ = ["export_powerbi"]

#: Power BI takes custom shapes from files of this ending only.
_SHAPES: Final = "area-shapes.json"


@checked
def export_powerbi(
    assessment: Assessment, folder: str | os.PathLike[str], *, comparison: Comparison | None = None
) -> Path:
    """Write an assessment as tables of a star schema and shapes of its areas, for Power BI.

    Parameters
    ----------
    assessment : Assessment
        In the form that is to be shown: `published_form` of it where the files leave the organisation. Counts as
        recorded of input that is not open make internal files, which say so in name and content.
    folder : str or path
        Appears whole or not at all, and must not be there yet. The same assessment gives the same bytes.
    comparison : Comparison, optional
        Of an earlier assessment with this one; without it there is no table of changes, and the dictionary says so.

    Returns
    -------
    Path
        The folder: ``csv/`` (UTF-8 with the byte order mark, marking in the first column) and ``parquet/`` (marking in
        the metadata), each with ``areas``, ``periods``, ``offences``, ``facts``, ``ranks``, ``changes`` and
        ``dictionary``; ``area-shapes.json`` (TopoJSON in WGS 84, by codes of areas); ``sources.txt``.

    Raises
    ------
    ParameterError
        The recipe kept no boundaries, or the comparison is of another assessment.
    RefusedError
        The assessment is in published form and the comparison is not: it would tell what is withheld.
    StoreError
        The folder is there already or cannot be written to, or the snapshot was changed.

    Notes
    -----
    Every number is as the snapshot holds it. What is missing or withheld there is missing here, in ``facts`` too; an
    area and month that was not covered has no row. A crime without a weight has no harm.
    """
    require_own_comparison(comparison, assessment, assessment.about)
    about = _about(assessment, comparison)
    made = star_tables(assessment.tables, comparison)
    made[DICTIONARY] = dictionary_table(made, assessment.tables.declared, about)
    areas = assessment.areas()
    shapes, _ = simplified(np.asarray(areas.geometry.array), most=MOST_POINTS)
    small = gpd.GeoDataFrame(areas[["name"]], geometry=shapes, crs=areas.crs)
    target = Path(folder)
    with atomic_folder(target) as inside:
        for kind in ("csv", "parquet"):
            (inside / kind).mkdir()
        for name, frame in made.items():
            _write(frame, name, inside, about)
        shapes_file = inside / internal_name(_SHAPES, internal=about.internal)
        write_topojson(small.sort_index(), shapes_file, marking=about.shown_marking)
        write_sources(about, inside, internal=about.internal)
    return target


def _about(assessment: Assessment, comparison: Comparison | None) -> About:
    """Of all that is written: every source, the highest marking, and internal where one part is."""
    about = assessment.about
    parts = [about] if comparison is None else [about, comparison.about]
    return dataclasses.replace(
        about,
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        marking=highest_marking(*(part.marking for part in parts)),
        internal=holds_closed_counts(assessment.manifest) or any(part.internal for part in parts),
    )


def _write(frame: pd.DataFrame, name: str, folder: Path, about: About) -> None:
    internal = about.internal
    # A line above the heading would break whatever reads the file as a table.
    marked = frame.assign(**{MARKING: about.shown_marking})[[MARKING, *frame.columns]]
    write_csv(marked, folder / "csv" / internal_name(f"{name}.csv", internal=internal), internal=internal)
    write_parquet(
        frame,
        folder / "parquet" / internal_name(f"{name}.parquet", internal=internal),
        kind=f"powerbi-{name}",
        schema_version=SCHEMA_VERSION,
        marking=about.shown_marking,
    )
