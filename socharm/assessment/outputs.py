"""The files of a snapshot beside its tables: GeoPackage, workbook and maps."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from socharm._about import About, AssessmentPeriod
from socharm.assessment.recipe import Recipe, recipe_as_dict
from socharm.assessment.spatial import Spatial
from socharm.files.geopackage import write_layers
from socharm.files.internal import INTERNAL_NOTE
from socharm.files.workbook import Sheet, write_workbook
from socharm.snapshot.tables import LOSS_COLUMNS, SCHEMA_VERSION, AssessmentTables

__all__ = ["period_stamp", "write_geopackage", "write_ranking_workbook"]

_RATES: Final = "#,##0.000"
_FORMATS: Final = {
    "rate": _RATES,
    "rate_se": _RATES,
    "rate_shrunk": _RATES,
    "harm": "#,##0",
    "harm_se": "#,##0",
    "exposure": "#,##0.0",
    "top_share": "0 %",
    "probability": "0.0 %",
    "rank_expected": "0.0",
    "rank_median": "0.0",
    "share_covered": "0 %",
    "weight": "#,##0.0",
}


def period_stamp(period: AssessmentPeriod) -> dt.datetime:
    """The moment that files carry: the last day of the period, 00:00 UTC.

    Examples
    --------
    >>> period_stamp(AssessmentPeriod("2025-04", "2025-09")).isoformat()
    '2025-09-30T00:00:00'
    """
    year, month = (int(part) for part in period.end.split("-"))
    return dt.datetime(year, month, calendar.monthrange(year, month)[1])


def write_geopackage(
    path: Path,
    tables: AssessmentTables,
    areas: gpd.GeoDataFrame,
    about: About,
    spatial: Spatial,
    period: AssessmentPeriod,
) -> None:
    """One layer per result: index, ranking, hotspots, overlay, outlines of clusters, and the heat surface as cells."""
    shapes = areas.geometry
    layers = {
        "index": gpd.GeoDataFrame(tables["index"], geometry=shapes.reindex(tables["index"].index), crs=areas.crs),
        "ranking": gpd.GeoDataFrame(tables["ranking"], geometry=shapes.reindex(tables["ranking"].index), crs=areas.crs),
    }
    if len(tables["heat_cells"]):
        layers["heat"] = _heat_layer(tables, areas.crs)
    for name in ("top_classes", "hotspots", "overlay"):
        table = tables[name]
        if len(table):
            layers[name] = gpd.GeoDataFrame(table, geometry=shapes.reindex(table.index), crs=areas.crs)
    if spatial.clusters is not None and len(spatial.clusters.polygons):
        layers["clusters"] = spatial.clusters.polygons
    told = {"Marking": about.shown_marking, "Period": str(period), "Source": "; ".join(about.sources)}
    write_layers(layers, path, stamp=period_stamp(period).date().isoformat(), told=told, internal=about.internal)


def _heat_layer(tables: AssessmentTables, crs: Any) -> gpd.GeoDataFrame:
    cells = tables["heat_cells"]
    half = float(tables["heat"]["value"].loc["cell size (m)"]) / 2
    east, north = cells["easting"].to_numpy(), cells["northing"].to_numpy()
    squares = shapely.box(east - half, north - half, east + half, north + half)
    return gpd.GeoDataFrame(cells[["harm_per_km2"]], geometry=squares, crs=crs)


def write_ranking_workbook(
    path: Path, tables: AssessmentTables, *, recipe: Recipe, about: About, period: AssessmentPeriod
) -> None:
    """Write ``ranking.xlsx``: a page to read first, the lists, and what was counted, lost, delivered and left out."""
    marking = (about.shown_marking,)
    # What is not in the numbers stands on every list of them.
    lists = (*marking, f"Coverage: {about.coverage}") if about.coverage else marking
    sheets = [
        Sheet(name="Read me", table=_read_me(tables, recipe, about), notes=marking),
        Sheet(name="Ranking", table=_ranking(tables), formats=_FORMATS, notes=(*lists, _RANKING_NOTE)),
        Sheet(name="Index", table=tables["index"], formats=_FORMATS, notes=lists),
        Sheet(name="Top k", table=_top_k(tables), formats=_FORMATS, notes=lists),
        Sheet(name="Districts", table=tables["parents"], formats=_FORMATS, notes=lists),
        Sheet(name="Coverage", table=_coverage(tables), formats=_FORMATS, notes=marking),
        Sheet(name="Accounting", table=_accounting(tables), notes=marking),
        *_losses(tables, marking),
        *_deliveries(tables, marking),
        Sheet(name="Offences", table=_offences(tables), formats=_FORMATS, notes=marking),
        Sheet(name="Not ranked", table=tables["unrankable"], notes=marking),
    ]
    sheets += [
        Sheet(name=name, table=table, formats=_FORMATS, notes=(*marking, note))
        for name, table, note in _spatial_sheets(tables)
        if len(table)
    ]
    title = f"Harm assessment {recipe.name}"
    write_workbook(sheets, path, stamp=period_stamp(period), title=title, marking=about.shown_marking)


def _spatial_sheets(tables: AssessmentTables) -> list[tuple[str, pd.DataFrame, str]]:
    names = tables["areas"][["name", "parent"]]
    local = names.join(tables["hotspots"], how="inner") if len(tables["hotspots"]) else tables["hotspots"]
    return [
        (
            "Top classes",
            tables["top_classes"],
            "In the top for sure, possibly or not, for all areas at once; or very likely, possibly or very unlikely, "
            "each area alone: as [classes] asks.",
        ),
        ("Rank sets", tables["rank_sets"], "Ranks that cannot be ruled out at the stated confidence."),
        ("Other choices", tables["doubt_choices"], "What each alternative does to the order."),
        ("Doubt by factor", tables["doubt_factors"], "Shares of the variance of ranks: alone, and with others."),
        ("Few events", tables["event_dependence"], "Where an area would stand without its heaviest events."),
        ("Composite", tables["composite"], "A composite index by [composite]; rank 1 is the worst."),
        (
            "Composite indicators",
            tables["composite_indicators"],
            "Weights, stated and effective; what was done.",
        ),
        (
            "Hotspots",
            local,
            "Hot: more harm in the neighbourhood than chance makes, in all and month by month, after correction "
            "for many tests; rates are compared by their own errors unless [hotspots] says otherwise.",
        ),
        ("Deprivation", tables["overlay"], "A residual is a question, and no reason to lower a priority."),
        ("Deprivation deciles", tables["overlay_deciles"], "Decile 1 is the most deprived tenth of these areas."),
        ("Concentration", tables["concentration"], "Intervals: bootstrap over areas."),
        (
            "Location quotients",
            tables["location_quotients"],
            "1: the offence has the same share of crimes as everywhere.",
        ),
        ("Indicators", tables["indicators"], "Measures of partners as sent; missing is not zero."),
        ("Indicator dictionary", tables["indicator_dictionary"], "What each measure means, and who sent it."),
        ("Places", tables["places"], "Squares of 250 m that hold half of each area's harm; centres in metres."),
        ("Clusters", tables["clusters"], "Dense clusters of events; outlines in areas.gpkg."),
    ]


_RANKING_NOTE: Final = (
    "Rank 1 has the most harm. rank_low_90 and rank_high_90 enclose the rank by recorded crime with 90 % probability, "
    "given these weights and populations. Areas whose intervals overlap may still be in a likely order."
)


_DELIVERIES_NOTE: Final = (
    "Rows that each source sent in each month, beside its usual month. An area is covered in a month where the police "
    "of the area delivered it; the Coverage sheet says which are."
)
_LOSSES_NOTE: Final = (
    "Rows of the period by offence, month and source. Lost: without a date or place, or outside all areas where the "
    "file is not of more places on purpose. share of harm: what the lost rows weigh, of all harm."
)


def _read_me(tables: AssessmentTables, recipe: Recipe, about: About) -> pd.DataFrame:
    rows = [
        ("Assessment", recipe.name),
        ("Marking", about.shown_marking),
        *((("Handling", INTERNAL_NOTE),) if about.internal else ()),
        ("Period", str(recipe.period)),
        ("Boundary year", "" if about.boundary_year is None else str(about.boundary_year)),
        ("Unit of the rate", about.unit),
        ("Sources", "; ".join(about.sources)),
        ("Coverage", about.coverage or "everything arrived"),
        ("Areas", f"{len(tables['areas'])}, of which {int(tables['ranking']['rank'].notna().sum())} ranked"),
        ("What it counts", "Recorded crime weighted by its severity. What is not reported is not here."),
        ("What it is not", "A measure of what any one street or person did or suffered."),
        ("Schema version", str(SCHEMA_VERSION)),
        *((f"Setting: {key}", value) for key, value in _flat(recipe_as_dict(recipe))),
    ]
    return pd.DataFrame(rows, columns=["What", "Value"], dtype="str")


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(item, f"{prefix}.{key}" if prefix else key)]
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [pair for number, item in enumerate(value) for pair in _flat(item, f"{prefix}.{number}")]
    if prefix == "assessment.store":
        return []
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return [(prefix, text)]


def _ranking(tables: AssessmentTables) -> pd.DataFrame:
    return tables["ranking"].sort_values("rank", kind="stable", na_position="last")


def _top_k(tables: AssessmentTables) -> pd.DataFrame:
    top = tables["top_k"].merge(tables["areas"][["name", "parent"]], left_on="area_code", right_index=True, how="left")
    sorted_rows = top.sort_values(["size", "probability"], ascending=[True, False], kind="stable")
    first = ["area_code", "name", "parent"]
    return sorted_rows[[*first, *(column for column in top.columns if column not in first)]]


def _coverage(tables: AssessmentTables) -> pd.DataFrame:
    wide = tables["coverage"].assign(period=tables["coverage"]["period"].astype(str))
    table = wide.pivot_table(index="area_code", columns="period", values="covered", aggfunc="first").astype(bool)
    named = tables["areas"][["name"]].join(table.mean(axis=1).rename("share_covered"))
    return named.join(table.rename(columns=str))


def _accounting(tables: AssessmentTables) -> pd.DataFrame:
    reasons = tables["accounting"].reset_index().rename(columns={"reason": "what"}).assign(kind="every row, once")
    facts = tables["facts"].reset_index().rename(columns={"fact": "what"}).assign(kind="rows of note; these overlap")
    return pd.concat([reasons, facts], ignore_index=True)[["kind", "what", "rows"]]


def _losses(tables: AssessmentTables, marking: tuple[str, ...]) -> list[Sheet]:
    """Rows set aside by offence, month and source; snapshots of earlier versions hold none."""
    if not len(tables["losses"].columns):
        return []
    names = {**LOSS_COLUMNS, "share_lost": "share lost", "share_of_harm": "share of harm", "reason": "lost for"}
    table = tables["losses"].rename(columns=names)
    formats = {"share lost": "0 %", "share of harm": "0 %", "lost": "#,##0"}
    return [Sheet(name="Losses", table=table, formats=formats, notes=(*marking, _LOSSES_NOTE))]


def _deliveries(tables: AssessmentTables, marking: tuple[str, ...]) -> list[Sheet]:
    """What each source sent in each month; none where counts were not made from rows, or in older snapshots."""
    if tables["deliveries"].empty:
        return []
    table = tables["deliveries"].assign(period=tables["deliveries"]["period"].astype(str))
    table = table.rename(columns={"usual": "rows of a usual month", "share": "share of usual"})
    formats = {"rows": "#,##0", "rows of a usual month": "#,##0", "share of usual": "0 %"}
    return [Sheet(name="Deliveries", table=table, formats=formats, notes=(*marking, _DELIVERIES_NOTE))]


def _offences(tables: AssessmentTables) -> pd.DataFrame:
    counted = tables["counts"].groupby("offence", sort=True)["n"].sum().to_frame("counted")
    return counted.join(tables["weights"], how="left")
