"""What a snapshot holds: the tables of an assessment, as a frozen record of frames."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from socharm._arguments import check_fields
from socharm.errors import StoreError
from socharm.files.internal import internal_name, named_either_way
from socharm.files.parquet import read_parquet, write_parquet

__all__ = ["LOSS_COLUMNS", "SCHEMA_VERSION", "AssessmentTables", "read_tables", "write_tables"]

#: Version of what a snapshot holds. Readers accept earlier ones and refuse later ones.
SCHEMA_VERSION: Final = 4

#: Columns of `AssessmentTables.losses` that count rows set aside, and the reasons they stand for.
LOSS_COLUMNS: Final = {
    "no_date": "date cannot be parsed",
    "no_location": "no location",
    "outside_areas": "outside all areas",
    "not_covered": "area not covered in that month",
    "copies": "whole-row copy",
    "repeated_id": "repeated id",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class AssessmentTables:
    """The tables of an assessment.

    Attributes
    ----------
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

    Notes
    -----
    Version 2 added the tables from `hotspots` to `clusters`, version 3 those from `drivers` on, version 4 `places` and
    `place_facts`; `breakdown`, `losses`, `deliveries`, `record_keys` and `outlines` came later within version 4. A
    snapshot made before has them empty.
    """

    areas: pd.DataFrame
    population: pd.DataFrame
    weights: pd.DataFrame
    counts: pd.DataFrame
    coverage: pd.DataFrame
    sources: pd.DataFrame
    accounting: pd.DataFrame
    facts: pd.DataFrame
    flagged: pd.DataFrame
    cells: pd.DataFrame
    index: pd.DataFrame
    by_period: pd.DataFrame
    by_group: pd.DataFrame
    unweighted: pd.DataFrame
    model: pd.DataFrame
    ranking: pd.DataFrame
    top_k: pd.DataFrame
    parents: pd.DataFrame
    unrankable: pd.DataFrame
    exclusions: pd.DataFrame = field(default_factory=pd.DataFrame)
    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    heat: pd.DataFrame = field(default_factory=pd.DataFrame)
    heat_cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    hotspots: pd.DataFrame = field(default_factory=pd.DataFrame)
    overlay: pd.DataFrame = field(default_factory=pd.DataFrame)
    overlay_correlation: pd.DataFrame = field(default_factory=pd.DataFrame)
    overlay_deciles: pd.DataFrame = field(default_factory=pd.DataFrame)
    concentration: pd.DataFrame = field(default_factory=pd.DataFrame)
    lorenz: pd.DataFrame = field(default_factory=pd.DataFrame)
    gini: pd.DataFrame = field(default_factory=pd.DataFrame)
    theil: pd.DataFrame = field(default_factory=pd.DataFrame)
    location_quotients: pd.DataFrame = field(default_factory=pd.DataFrame)
    clusters: pd.DataFrame = field(default_factory=pd.DataFrame)
    cluster_facts: pd.DataFrame = field(default_factory=pd.DataFrame)
    indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    indicator_dictionary: pd.DataFrame = field(default_factory=pd.DataFrame)
    drivers: pd.DataFrame = field(default_factory=pd.DataFrame)
    rank_sets: pd.DataFrame = field(default_factory=pd.DataFrame)
    top_classes: pd.DataFrame = field(default_factory=pd.DataFrame)
    top_cutoffs: pd.DataFrame = field(default_factory=pd.DataFrame)
    doubt_ranking: pd.DataFrame = field(default_factory=pd.DataFrame)
    doubt_factors: pd.DataFrame = field(default_factory=pd.DataFrame)
    doubt_choices: pd.DataFrame = field(default_factory=pd.DataFrame)
    doubt_shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    event_dependence: pd.DataFrame = field(default_factory=pd.DataFrame)
    composite: pd.DataFrame = field(default_factory=pd.DataFrame)
    composite_indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    composite_contributions: pd.DataFrame = field(default_factory=pd.DataFrame)
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    place_facts: pd.DataFrame = field(default_factory=pd.DataFrame)
    breakdown: pd.DataFrame = field(default_factory=pd.DataFrame)
    losses: pd.DataFrame = field(default_factory=pd.DataFrame)
    deliveries: pd.DataFrame = field(default_factory=pd.DataFrame)
    record_keys: pd.DataFrame = field(default_factory=pd.DataFrame)
    outlines: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        check_fields(self)

    def __iter__(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Name and frame of each table that holds a column, in a fixed order."""
        for entry in dataclasses.fields(self):
            frame: pd.DataFrame = getattr(self, entry.name)
            if len(frame.columns):
                yield entry.name, frame

    def __repr__(self) -> str:
        lines = (f"  {name}: {len(frame):,} rows" for name, frame in self)
        return "<AssessmentTables>\n" + "\n".join(lines)


def write_tables(tables: AssessmentTables, folder: Path, *, marking: str | None = None, internal: bool = False) -> None:
    """Write each table to ``<folder>/<name>.parquet``, with the marking inside; internal ones say so in their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables:
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
    for entry in dataclasses.fields(AssessmentTables):
        path = named_either_way(folder, f"{entry.name}.parquet")
        if path.exists():
            frames[entry.name] = read_parquet(path, kind=entry.name, schema_version=SCHEMA_VERSION)
        elif entry.default_factory is dataclasses.MISSING:
            raise StoreError(f"The snapshot lacks the table {path.name!r}. Restore it from a copy and verify it.")
    return AssessmentTables(**frames)
