"""`locate_incidents`: a source read once, for counts, points and harm alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._checks import require_unique
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.io.areas import areas_fingerprint
from socharm.io.incidents.engine import sums_by_area
from socharm.io.incidents.engine_areas import locate_sums
from socharm.io.incidents.located import LocatedCells, Placed, locate_cells, place_cells
from socharm.io.incidents.record_hashes import RECORD
from socharm.io.incidents.records import Incidents
from socharm.io.incidents.settings import IncidentFindings, IncidentSettings
from socharm.io.units.grid import require_coarse

__all__ = ["LocatedIncidents", "cells_of", "locate_incidents", "located_in", "source_of"]


@dataclass(frozen=True, eq=False, repr=False)
class LocatedIncidents:
    """Incidents that were read, each with its place, area, day where known, offence and flags.

    `count_incidents`, `incident_points` and `harm_points` take it in place of the incidents, and read nothing again.

    Attributes
    ----------
    incidents : Incidents
        What was read.
    cells : LocatedCells
        Rows by the positions of their place, date, offence and source.
    placed : Placed
        Area of each distinct place.
    areas : GeoDataFrame
    """

    __made_by__ = ("locate_incidents",)

    incidents: Incidents
    cells: LocatedCells
    placed: Placed
    areas: gpd.GeoDataFrame | pd.DataFrame

    def __post_init__(self) -> None:
        """Whoever makes a record by hand, or replaces a part of one, is told of a part that does not fit the others."""
        check_fields(self)
        read = self.cells.source
        # What it is called and how it is marked may be changed; which rows it has, and how they are read, may not.
        if self.incidents.frame is not read.frame or self.incidents.settings != read.settings:
            raise ParameterError(
                "`incidents` are not those that `cells` were read from: their rows, or the choices of reading them, "
                "differ. Locate them: locate_incidents(incidents, areas)."
            )
        if self.placed.fingerprint != areas_fingerprint(self.areas):
            raise ParameterError(
                "`areas` are not those that the incidents were located in: codes, their order, CRS or shapes differ. "
                "Locate the incidents in them: locate_incidents(incidents, areas)."
            )
        if self.placed.table.height != self.cells.locations.height:
            raise ParameterError(
                f"`placed` holds {number_of(self.placed.table.height, 'place')} and `cells` "
                f"{self.cells.locations.height:,}; they are of different incidents. Take both from one call of "
                "locate_incidents."
            )

    @property
    def settings(self) -> IncidentSettings:
        """Choices made when the source was opened."""
        return self.incidents.settings

    @property
    def findings(self) -> IncidentFindings:
        """How the source turned out to be written."""
        return self.incidents.findings

    @property
    def about(self) -> About:
        """Where the incidents come from."""
        return self.incidents.about

    @property
    def resolution(self) -> str:
        """How fine the dates are: ``"day"``, ``"month"`` (as those of police.uk), or ``"day or month"``.

        Where every date of three months or more is the first of its month, they are months.
        """
        return self.cells.resolution

    def __repr__(self) -> str:
        rows = int(self.cells.table["n"].sum()) + sum(self.cells.headings.values())
        return (
            f"<LocatedIncidents>\n  rows: {rows:,} read from {number_of(len(self.incidents.files), 'file')}\n"
            f"  places: {self.cells.locations.height:,} distinct, in {number_of(len(self.areas), 'area')}\n"
            f"  dates: by {self.resolution}\n  marking: {self.about.marking}"
        )


@checked
def locate_incidents(
    incidents: Incidents,
    areas: gpd.GeoDataFrame | pd.DataFrame,
    *,
    keep_records: bool = False,
    keep_names: bool = False,
) -> LocatedIncidents:
    """Read incidents once and find the area of each, for whatever is made of them next.

    Parameters
    ----------
    incidents : Incidents
        From `read_incidents`; this is where it is read.
    areas : GeoDataFrame
        Index ``area_code``, polygons in a metric CRS; geometry is not needed when the incidents carry area codes.
    keep_records : bool
        Whether to keep a number for each row, as ``count_incidents(..., keep_records=True)`` needs it.
    keep_names : bool
        Whether to keep the names of the map points of police.uk ("On or near Shields Road"), for counts by street.

    Returns
    -------
    LocatedIncidents
        Every row read is in it, also those without a date or a place, outside all areas or repeated: what is set
        aside, and why, is told by whatever reduces it.

    Raises
    ------
    SchemaError
        The source is empty, broken, or has no date or no coordinate that can be read.
    AlignmentError
        No incident lies in any area: swapped or foreign coordinates, another place, or area codes of another boundary
        year.
    RefusedError
        Incidents of police.uk in cells of a `grid` below 250 m, where that was not allowed when it was made.

    Notes
    -----
    Each distinct coordinate is assigned once; a point on a boundary belongs to the touching area with the lowest
    ``area_code``, and of street segments to the nearest line. Counted in other areas than these, or in these after they
    were changed, the incidents are located anew, and not read again.

    Examples
    --------
    >>> import socharm as sh
    >>> sample = sh.load_sample()
    >>> located = sh.locate_incidents(sample.incidents, sample.wards)
    >>> located.resolution
    'month'
    >>> counts = sh.count_incidents(located, sample.wards)
    >>> weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    >>> points = sh.harm_points(located, weights, areas=sample.wards)
    """
    return located_in(incidents, areas, keep_records=keep_records, keep_names=keep_names)


def located_in(
    source: Incidents | LocatedIncidents,
    areas: gpd.GeoDataFrame | pd.DataFrame,
    *,
    keep_records: bool = False,
    keep_names: bool = False,
    for_counts: bool = False,
) -> LocatedIncidents:
    """A source located in some areas; what was read is not read again.

    With `for_counts` the rows of an engine need not stand at their own places: counts by area are made of them, and
    nothing else.
    """
    _require_areas(areas, source_of(source))
    require_coarse(getattr(areas, "settings", None), source_of(source).findings.layout)
    if isinstance(source, Incidents):
        if for_counts and not keep_records and sums_by_area(source):
            return LocatedIncidents(source, *locate_sums(source, areas), areas)
        cells = locate_cells(source, keep_records=keep_records, keep_names=keep_names)
        return LocatedIncidents(source, cells, place_cells(cells, coordinates=source.coordinates, areas=areas), areas)
    if keep_records and RECORD not in source.cells.table.columns:
        raise ParameterError(
            "`keep_records` asks for a number of each record, and the incidents were located without. Locate them "
            "with keep_records=True."
        )
    # The frame may have been changed in place since then, so that what it holds is compared, not which object it is.
    if source.placed.fingerprint == areas_fingerprint(areas):
        return source if areas is source.areas else replace(source, areas=areas)
    placed = place_cells(source.cells, coordinates=source.incidents.coordinates, areas=areas)
    return replace(source, placed=placed, areas=areas)


def source_of(source: Incidents | LocatedIncidents) -> Incidents:
    """The incidents that are read, or were."""
    return source.incidents if isinstance(source, LocatedIncidents) else source


def cells_of(source: Incidents | LocatedIncidents) -> LocatedCells:
    """Cells of incidents; what was read is not read again."""
    return source.cells if isinstance(source, LocatedIncidents) else locate_cells(source)


def _require_areas(areas: Any, incidents: Incidents) -> None:
    if not isinstance(areas, pd.DataFrame):
        raise ParameterError(f"`areas` is a {type(areas).__name__}; give the table that read_boundaries returns.")
    if not len(areas):
        raise SchemaError("`areas` has no rows. Check the filter that made it.")
    if incidents.coordinates != "area_code" and not isinstance(areas, gpd.GeoDataFrame):
        raise SchemaError("`areas` has no geometry, and the incidents are points. Read it with read_boundaries.")
    if isinstance(areas, gpd.GeoDataFrame) and areas.active_geometry_name is None:
        raise SchemaError("`areas` has no shapes: no column is its geometry. Read it with read_boundaries.")
    require_unique(areas.index, name="areas")
