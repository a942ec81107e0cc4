"""What a snapshot holds: the tables of an assessment, a mapping that cannot be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from socharm._arguments import checked
from socharm._checks import nearest_name
from socharm.errors import ParameterError, StoreError
from socharm.files.internal import internal_name, named_either_way
from socharm.files.parquet import read_parquet, write_parquet

__all__ = [
    "LOSS_COLUMNS",
    "NEEDED_TABLES",
    "SCHEMA_VERSION",
    "TABLE_NAMES",
    "AssessmentTables",
    "read_tables",
    "write_tables",
]

#: Version of what a snapshot holds. Readers accept earlier ones and refuse later ones.
SCHEMA_VERSION: Final = 4

#: Columns of the table ``losses`` that count rows set aside, and the reasons they stand for.
LOSS_COLUMNS: Final = {
    "no_date": "date cannot be parsed",
    "no_location": "no location",
    "outside_areas": "outside all areas",
    "not_covered": "area not covered in that month",
    "copies": "whole-row copy",
    "repeated_id": "repeated id",
}


#: Tables that every snapshot holds, in order.
NEEDED_TABLES: Final = (
    "areas",
    "population",
    "weights",
    "counts",
    "coverage",
    "sources",
    "accounting",
    "facts",
    "flagged",
    "cells",
    "index",
    "by_period",
    "by_group",
    "unweighted",
    "model",
    "ranking",
    "top_k",
    "parents",
    "unrankable",
)
#: Tables that some runs do not make, or that came later.
FURTHER_TABLES: Final = (
    "exclusions",
    "bands",
    "heat",
    "heat_cells",
    "hotspots",
    "overlay",
    "overlay_correlation",
    "overlay_deciles",
    "concentration",
    "lorenz",
    "gini",
    "theil",
    "location_quotients",
    "clusters",
    "cluster_facts",
    "indicators",
    "indicator_dictionary",
    "drivers",
    "rank_sets",
    "top_classes",
    "top_cutoffs",
    "doubt_ranking",
    "doubt_factors",
    "doubt_choices",
    "doubt_shares",
    "event_dependence",
    "composite",
    "composite_indicators",
    "composite_contributions",
    "places",
    "place_facts",
    "breakdown",
    "losses",
    "deliveries",
    "record_keys",
    "outlines",
)
TABLE_NAMES: Final = (*NEEDED_TABLES, *FURTHER_TABLES)


class AssessmentTables(Mapping[str, pd.DataFrame]):
    """The tables of an assessment, by name: ``tables["ranking"]``.

    A table that a run did not make is empty. The record cannot be changed; `with_tables` makes another one.

    Parameters
    ----------
    frames : mapping of str to DataFrame

    Notes
    -----
    areas : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``area_km2``.
    population : DataFrame
        Index ``area_code``; ``value`` (missing where not known), ``kind``, ``date``, ``flag``.
    weights : DataFrame
        The weights as used: index ``offence``; ``weight``, ``within_variance``, ``tau``, ``source`` ...
    counts : DataFrame
        ``area_code``, ``offence``, ``period``, ``n``: every offence counted, covered months only.
    coverage : DataFrame
        ``area_code``, ``period``, ``covered``.
    sources : DataFrame
        Rows read by source and month: ``source``, ``period``, ``rows``.
    accounting : DataFrame
        Index ``reason``; ``rows``. Its sum is the number of rows read.
    breakdown : DataFrame
        ``reason``, ``offence``, ``period``, ``source``, ``rows``, ``n``: the accounting by offence, month and source.
    deliveries : DataFrame
        ``source``, ``period``, ``rows``, ``usual``, ``share``, ``delivery``: what each source sent in each month, as
        `Counts.deliveries`.
    losses : DataFrame
        What rows set aside took, by offence (with its part of the harm), month and source: ``kind``, ``what``, ``rows``
        (of the period), ``used``, a column for each reason, ``lost``, ``share_lost``, ``share_of_harm``, ``reason``,
        ``named`` (above the share that is told).
    facts : DataFrame
        Index ``fact``; ``rows``. Rows used that deserve a note.
    flagged : DataFrame
        ``area_code``, ``offence``, ``period``, ``flag``, ``n``.
    cells : DataFrame
        ``area_code``, ``offence``, ``period``, ``n``, ``weight``, ``within_variance``, ``tau``, ``exposure``, ``harm``.
    index : DataFrame
        The severity index, one row per area.
    by_period, by_group, unweighted : DataFrame
        The index by month and by offence group; offences counted without a weight.
    model : DataFrame
        Index ``offence``: prior and over-dispersion (``phi``) behind the shrunk rates and the draws.
    ranking : DataFrame
        Areas in order of priority with their intervals.
    top_k : DataFrame
        Probability of each area to be among the first k.
    parents : DataFrame
        The ranking of districts.
    unrankable : DataFrame
        Areas that cannot be ranked, with the reason.
    exclusions : DataFrame
        Index ``exclusion``; ``n`` and ``harm`` that each took away.
    bands : DataFrame
        Index ``band``: the offence bands of the model.
    heat : DataFrame
        Index ``fact``; ``value``: what the heat surface was made of. Empty when none was made.
    heat_cells : DataFrame
        ``easting``, ``northing`` (cell centres), ``harm_per_km2``: cells above the stated threshold.
    hotspots : DataFrame
        The local statistic of each area, with corrected p and label.
    overlay, overlay_correlation, overlay_deciles : DataFrame
        Harm over deprivation: by area, their rank correlation, and harm by decile of deprivation.
    concentration, lorenz, gini, theil, location_quotients : DataFrame
        How few areas hold how much of the crimes and of the harm.
    indicators, indicator_dictionary : DataFrame
        Measures of partners by area and period, and what each of them means; ``file`` numbers the partner's file.
    clusters, cluster_facts : DataFrame
        Dense clusters of points, from the most harm; their outlines are a layer of the GeoPackage.
    places, place_facts : DataFrame
        Squares that hold half of each area's harm, and how many squares each area has.
    drivers : DataFrame
        What the harm of each area is made of.
    rank_sets, top_classes, top_cutoffs : DataFrame
        Ranks that each area can have at the stated confidence; in which class of the top it is, with ``k`` and
        ``level``; and what every other cut-off would give.
    doubt_ranking, doubt_factors, doubt_choices, doubt_shares : DataFrame
        Ranks over stated alternatives; shares of the doubt by factor, by alternative, and by area and factor.
    event_dependence : DataFrame
        Where each area would stand without its heaviest events; of single offences only.
    composite, composite_indicators, composite_contributions : DataFrame
        A composite index by area, what its indicators are, and what the score of each area is made of.

    record_keys : DataFrame
        ``area_code``, ``offence``, ``period``, ``flag``, ``key``: sum of the keyed hashes of a cell's records, of which
        the noise of its published count is made. Of closed input only, and never published.
    outlines : DataFrame
        Index ``area_code``; ``geometry`` (hexadecimal WKB), ``crs``: borders by which releases are compared. Of closed
        input only.

    Version 2 added the tables from `hotspots` to `clusters`, version 3 those from `drivers` on, version 4 `places` and
    `place_facts`; `breakdown`, `losses`, `deliveries`, `record_keys` and `outlines` came later within version 4. A
    snapshot made before has them empty.
    """

    _frames: dict[str, pd.DataFrame]

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        for name, frame in frames.items():
            if name not in TABLE_NAMES:
                raise ParameterError(_no_table(name))
            if not isinstance(frame, pd.DataFrame):
                raise ParameterError(f"The table {name!r} is {type(frame).__name__}; it must be a DataFrame.")
        if lacking := [name for name in NEEDED_TABLES if name not in frames]:
            raise ParameterError(f"These tables are missing, and every assessment has them: {', '.join(lacking)}.")
        self._frames = {name: frames.get(name, pd.DataFrame()) for name in TABLE_NAMES}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            raise ParameterError(_no_table(name))
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
        return AssessmentTables({**self._frames, **frames})

    def __repr__(self) -> str:
        lines = (f"  {name}: {len(frame):,} rows" for name, frame in self.items())
        return "<AssessmentTables>\n" + "\n".join(lines)


def _no_table(name: object) -> str:
    hint = nearest_name(str(name), TABLE_NAMES)
    return f"No table of an assessment is called {name!r}." + (f" Did you mean {hint!r}?" if hint else "")


def write_tables(tables: AssessmentTables, folder: Path, *, marking: str | None = None, internal: bool = False) -> None:
    """Write each table to ``<folder>/<name>.parquet``, with the marking inside; internal ones say so in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        path = folder / internal_name(f"{name}.parquet", internal=internal)
        write_parquet(frame, path, kind=name, schema_version=SCHEMA_VERSION, marking=marking)


def read_tables(folder: Path) -> AssessmentTables:
    """Read the tables of a snapshot.

    Raises
    ------
    StoreError
        A table that every snapshot holds is missing, damaged, or of a newer schema.
    """
    frames: dict[str, pd.DataFrame] = {}
    for name in TABLE_NAMES:
        path = named_either_way(folder, f"{name}.parquet")
        if path.exists():
            frames[name] = read_parquet(path, kind=name, schema_version=SCHEMA_VERSION)
        elif name in NEEDED_TABLES:
            raise StoreError(f"The snapshot lacks the table {path.name!r}. Restore it from a copy and verify it.")
    return AssessmentTables(frames)
