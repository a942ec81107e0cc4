"""Crimes by the named street or kind of place that police.uk gives for each of its map points."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl

from socharm._columns import AREA, OFFENCE, N
from socharm.io.crs import transformer
from socharm.io.incidents.delimited import explained
from socharm.io.incidents.locate import LocatedIncidents
from socharm.io.incidents.points import points_and_losses
from socharm.io.incidents.records import Incidents

__all__ = ["STREET", "count_streets"]

#: Column of the name of a street ("Shields Road") or kind of place ("Supermarket").
STREET: Final = "street"
#: How police.uk begins the name of a map point; other texts may be addresses, which name households.
_PREFIX: Final = "On or near "
_NO_NAME: Final = ("No Location", "No location", "")
_COLUMNS: Final = (AREA, OFFENCE, STREET, "easting", "northing", N)


def count_streets(
    located: LocatedIncidents, *, crs: str, without: Collection[str] = (), minimum_crimes: int = 5
) -> pd.DataFrame:
    """Count incidents by area, offence and named map point.

    Parameters
    ----------
    located : LocatedIncidents
        With coordinates.
    crs : str
        Metric system of the result.
    without : collection of str
        Flags of incidents to leave out, as in `incident_points`.
    minimum_crimes : int
        Names with fewer crimes of an offence in an area are left out.

    Returns
    -------
    DataFrame
        ``area_code``, ``offence``, ``street`` (without "On or near"), ``easting`` and ``northing`` of its map point
        with the most incidents in the area, ``n``; by area and offence from the most down. Only names as police.uk
        writes them: those of a map point that eight addresses or more share, never an address.

    References
    ----------
    police.uk, About the data: how are locations anonymised.
    """
    incidents = located.incidents
    points, _, _ = points_and_losses(located, crs=crs, without=without)
    names = _names(incidents)
    if names.is_empty():
        return _empty()
    places = located.cells.locations.select("x", "y", "located").with_columns(area=located.placed.table["area"])
    named = places.join(names, on=["x", "y"], how="left", maintain_order="left").to_pandas()
    here = named["located"].to_numpy(dtype=bool)
    x, y = transformer(incidents.coordinates, crs).apply(*(named.loc[here, axis].to_numpy(float) for axis in "xy"))
    at = pd.DataFrame({"x": x, "y": y, STREET: named.loc[here, STREET].to_numpy(), "at": named.loc[here, "area"]})
    # The same transformation of the same array: equal to the last bit.
    found = points.merge(at[(at["at"] >= 0) & at[STREET].notna()].drop_duplicates(["x", "y"]), on=["x", "y"])
    found[AREA] = np.asarray(located.areas.index, dtype=object)[found["at"].to_numpy(dtype=int)]
    sums = found.groupby([AREA, OFFENCE, STREET], sort=True, observed=True)[N].sum().reset_index()
    sums = sums[sums[N] >= minimum_crimes].join(_middles(found), on=[AREA, STREET])
    ordered = sums.sort_values([AREA, OFFENCE, N, STREET], ascending=[True, True, False, True], kind="stable")
    kinds = {AREA: "str", OFFENCE: "str", STREET: "str"}
    return ordered[list(_COLUMNS)].astype(kinds).reset_index(drop=True)


def _names(incidents: Incidents) -> pl.DataFrame:
    """The name of each distinct place that has one; the more frequent where it has several."""
    native = nw.to_native(incidents.frame, pass_through=True)
    parts = (incidents.batches or (native,)) if isinstance(native, pl.LazyFrame) else (native,)
    columns = ("x", "y", "location")
    found = []
    with explained(incidents.origin, names=incidents.files):
        for part in parts:
            frame = nw.from_native(part).lazy().select(*columns)
            found.append(frame.group_by(*columns).agg(n=nw.len()).collect(backend="polars").to_native())
    texts: pl.DataFrame = pl.concat(found).with_columns(
        pl.col("x").cast(pl.Float64, strict=False),
        pl.col("y").cast(pl.Float64, strict=False),
        pl.col("location").cast(pl.String).str.strip_chars().alias(STREET),
        pl.col(N).cast(pl.Int64),
    )
    named = texts.filter(pl.col(STREET).str.starts_with(_PREFIX)).with_columns(
        pl.col(STREET).str.strip_prefix(_PREFIX).str.strip_chars()
    )
    named = named.filter(~pl.col(STREET).is_in(_NO_NAME))
    sums = named.group_by("x", "y", STREET).agg(pl.col(N).sum()).sort(["x", "y", N, STREET])
    return sums.group_by("x", "y", maintain_order=True).agg(pl.col(STREET).last())


def _middles(found: pd.DataFrame) -> pd.DataFrame:
    """The map point of each street of an area with the most incidents."""
    sums = found.groupby([AREA, STREET, "x", "y"], sort=True)[N].sum().reset_index()
    most = sums.sort_values([AREA, STREET, N], ascending=[True, True, False], kind="stable")
    first: pd.DataFrame = most.drop_duplicates([AREA, STREET]).set_index([AREA, STREET])[["x", "y"]]
    return first.rename(columns={"x": "easting", "y": "northing"})


def _empty() -> pd.DataFrame:
    kinds = {AREA: "str", OFFENCE: "str", STREET: "str", "easting": "float64", "northing": "float64", N: "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
