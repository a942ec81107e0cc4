"""From a ranked area down: the squares, street names and segments inside it that hold a share of its harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME, N
from socharm._constraints import Between, CountFrom1, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.io.areas import areas_about, require_areas
from socharm.io.crs import BRITISH_NATIONAL_GRID, parse_crs, require_same_crs
from socharm.io.first_area import first_areas
from socharm.io.incidents.locate import LocatedIncidents
from socharm.io.incidents.street_names import STREET
from socharm.io.incidents.streets import is_kind_of_place, street_points, told_street
from socharm.io.units.grid import FINEST_ON_MAP_POINTS, snap_reason
from socharm.io.units.grid_codes import grid_references, reference_step
from socharm.io.units.nearest import LINE, are_segments, nearest_lines
from socharm.severity.points import HarmPoints

__all__ = ["UNITS", "DrillDown", "DrillDownSettings", "drill_down", "share_name"]

#: What an area is divided into, in the order of its tables.
UNITS: Final = ("square", "street", "segment")
_SQUARE_M: Final = 250.0
_SHARES: Final = (0.25, 0.5, 0.8)
#: A share that is reached, rounding aside.
_REACHED: Final = 1 - 1e-12
_COLUMNS: Final = (
    AREA, "unit", "place", "code", NAME, "kind_of_place", "easting", "northing", "events", "harm", "share",
    "cumulative_share", "needed_for",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DrillDownSettings(Settings):
    """Choices of `drill_down`."""

    cell_size: Annotated[float, Between(10, 100_000)] = setting(_SQUARE_M, "side of a square, in metres")
    shares: tuple[OpenShare, ...] = setting(_SHARES, "shares of an area's harm whose places are counted")
    minimum_events: CountFrom1 = setting(5, "places with fewer events are counted, not listed", recipe=False)
    allow_fine: bool = setting(
        False, "whether police.uk may be drawn in squares below 250 m, which tell of map points", recipe=False
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if not self.shares or list(self.shares) != sorted(set(self.shares)):
            yield f"`shares` is {list(self.shares)}; give shares that rise, such as [0.25, 0.5, 0.8]."


@dataclass(frozen=True, eq=False, repr=False)
class DrillDown(Record):
    """The places inside areas that hold a share of their harm.

    Attributes
    ----------
    table : DataFrame
        ``area_code``, ``unit`` (square, street or segment), ``place`` (1 has the most harm of its unit), ``code`` (grid
        reference, name as police.uk writes it, or code of the segment), ``name`` (as people write it),
        ``kind_of_place`` (the name stands for all map points of a kind, such as supermarkets), ``easting``,
        ``northing`` (centre of a square, the map point of a street with the most harm, middle of a segment),
        ``events``, ``harm``, ``share`` and ``cumulative_share`` (of all harm located in the area), ``needed_for`` (the
        smallest of the shares that the place is needed for). Up to the largest share, without places of few events.
    by_area : DataFrame
        Index ``area_code``, ``unit``; ``places`` (with any harm), ``events`` and ``harm`` located in the area,
        ``share_placed`` (of the harm that lies on a named street, or within reach of a segment; 1 for squares),
        ``events_aside`` (those that do not), and for each share ``needed_25`` and so on: the fewest places that hold
        that share of the area's harm, few events or not; missing where all of them do not.
    premises : DataFrame
        ``area_code``, ``kind`` (of place, in the plural), ``events``, ``harm``, ``share`` of the area's harm: map
        points that stand for a kind of place, not for a street. Many crimes are reported there that were done
        elsewhere.
    map_points : bool
        Whether the points are those of police.uk, which moves each crime to the nearest of about 750,000.
    """

    __made_by__ = ("drill_down",)

    table: pd.DataFrame
    by_area: pd.DataFrame
    premises: pd.DataFrame
    settings: DrillDownSettings
    about: About
    map_points: bool = False

    def _summary(self) -> dict[str, str]:
        areas = self.by_area.index.get_level_values(AREA).unique()
        told = {"areas": number_of(len(areas), "area")}
        for unit in self.by_area.index.get_level_values("unit").unique():
            told[f"{unit}s listed"] = f"{int((self.table['unit'] == unit).sum()):,}"
        return told


def share_name(share: float) -> str:
    """Column of the places needed for a share.

    Examples
    --------
    >>> share_name(0.25), share_name(0.125)
    ('needed_25', 'needed_12.5')
    """
    return f"needed_{share * 100:g}"


@checked
def drill_down(
    points: HarmPoints,
    areas: gpd.GeoDataFrame,
    area: str | Sequence[str],
    *,
    located: LocatedIncidents | None = None,
    streets: gpd.GeoDataFrame | None = None,
    cell_size: Annotated[float, Between(10, 100_000)] = _SQUARE_M,
    shares: Sequence[OpenShare] = _SHARES,
    minimum_events: CountFrom1 = 5,
    allow_fine: bool = False,
    settings: DrillDownSettings | Mapping[str, Any] | None = None,
) -> DrillDown:
    """Find the squares, named streets and street segments that hold 25, 50 and 80% of the harm of an area.

    Parameters
    ----------
    points : HarmPoints
    areas : GeoDataFrame
        Index ``area_code``; the same CRS as the points.
    area : str or sequence of str
        Codes of the areas to look into: those that lead a ranking.
    located : LocatedIncidents, optional
        What the points were made of, located with ``keep_names=True``: gives the streets as police.uk names them.
    streets : GeoDataFrame, optional
        Segments by `socharm.io.segments`: points belong to the nearest within its reach, others are set aside and
        counted.
    cell_size : float
        Side of a square in metres.
    shares : sequence of float
        Rising.
    minimum_events : int
        Places with fewer events are counted, not listed; one address may be recognised in them.
    allow_fine : bool
        Squares below 250 m on points of police.uk are refused unless this is stated.
    settings : DrillDownSettings or mapping, optional
        Choices of another result, for what is not stated by keyword.

    Returns
    -------
    DrillDown

    Raises
    ------
    AlignmentError
        A code is not one of `areas`, none of the points lies in the areas asked for, or none of the streets meets them.
    CRSError
        Points, areas or streets are in different coordinate systems, or not in metres.
    ParameterError
        `streets` are no segments, or `located` has no names.
    RefusedError
        Squares finer than the map points of police.uk.

    Notes
    -----
    Places by falling harm, equals by code: the fewest of this unit that hold a share. What is concentrated is recorded
    harm at the points of the source: police.uk moves each crime to the nearest of about 750,000 map points, most of
    them in the middle of a street, so that a street stands for its neighbours too. Few places holding much is no
    finding: with few events chance alone heaps them up (`classify_concentration` corrects for that).

    References
    ----------
    Weisburd, D. (2015), The law of crime concentration and the criminology of place, *Criminology* 53, 133-157.
    Chainey, S. (2021), Understanding Crime: Analyzing the Geography of Crime, chapter 4.

    Examples
    --------
    >>> import socharm as sh
    >>> sample = sh.load_sample()
    >>> located = sh.locate_incidents(sample.incidents, sample.wards, keep_names=True)
    >>> weights = sh.load_weights("ons-css").crosswalk("police.uk", counts_from="home-office-2019-20", allow_stale=True)
    >>> points = sh.harm_points(located, weights, areas=sample.wards)
    >>> found = drill_down(points, sample.wards, sample.wards.index[0], located=located)
    >>> bool(found.by_area["needed_25"].le(found.by_area["needed_50"]).all())
    True
    """
    require_areas(areas)
    require_same_crs(points.crs, areas.crs, names=("points", "areas"))
    chosen = DrillDownSettings.of(settings)
    codes = _wanted(area, areas)
    _require_coarse(chosen, points)
    if streets is not None:
        if not are_segments(streets):
            raise ParameterError("`streets` are no street segments. Make them by `socharm.io.segments`.")
        require_same_crs(points.crs, streets.crs, names=("points", "streets"))
        _require_streets_there(streets, areas.loc[codes])
    inside = _inside(points, gpd.GeoDataFrame(areas.loc[codes]))
    whole = inside.groupby(AREA, sort=True)[["harm", "events"]].sum()
    named = None if located is None else _named(inside, located, points.crs)
    by_unit = {"square": _squares(inside, chosen.cell_size, points.crs)}
    if named is not None:
        by_unit["street"] = _streets(named)
    if streets is not None:
        by_unit["segment"] = _segments(inside, streets)
    ranked = {unit: _ranked(found, whole) for unit, found in by_unit.items()}
    return DrillDown(
        table=_listed(ranked, chosen),
        by_area=_by_area(by_unit, ranked, whole, codes, chosen),
        premises=_premises(named, whole),
        settings=chosen,
        about=combine_about(
            points.about, areas_about(areas), *([] if streets is None else [areas_about(streets)]),
            unit=points.about.unit,
        ),
        map_points=points.layout == "police.uk",
    )  # fmt: skip


def _wanted(area: str | Sequence[str], areas: gpd.GeoDataFrame) -> list[str]:
    codes = [area] if isinstance(area, str) else list(dict.fromkeys(area))
    strangers = [code for code in codes if code not in areas.index]
    if strangers or not codes:
        found = f"{strangers[:3]}" if strangers else "nothing"
        raise AlignmentError(
            f"`area` names {found}; `areas` has codes such as {list(areas.index[:3])}. Give its codes."
        )
    return codes


def _require_streets_there(streets: gpd.GeoDataFrame, asked: pd.DataFrame) -> None:
    if not streets.sindex.query(asked["geometry"].to_numpy(), predicate="intersects").size:
        raise AlignmentError(
            f"`streets` has {number_of(len(streets), 'segment')}, and none meets the areas asked for. Check "
            "that both are of the same place."
        )


def _require_coarse(chosen: DrillDownSettings, points: HarmPoints) -> None:
    if points.layout == "police.uk" and chosen.cell_size < FINEST_ON_MAP_POINTS and not chosen.allow_fine:
        raise RefusedError(
            f"{snap_reason(chosen.cell_size)} Use cell_size={FINEST_ON_MAP_POINTS:g} or more; or state "
            "allow_fine=True, if you know what it then shows."
        )


def _inside(points: HarmPoints, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """The points in the areas: ``x``, ``y``, ``area_code``, ``harm``, ``events``."""
    x, y = points.table["x"].to_numpy(dtype=float), points.table["y"].to_numpy(dtype=float)
    at, _ = first_areas(np.asarray(shapely.points(x, y), dtype=object), areas)
    kept = np.flatnonzero(at >= 0)
    if not kept.size:
        raise AlignmentError("None of the points lies in the areas asked for. Check that both are of the same place.")
    return pd.DataFrame(
        {
            "x": x[kept],
            "y": y[kept],
            AREA: areas.index.to_numpy()[at[kept]],
            "harm": points.table["weight"].to_numpy(dtype=float)[kept],
            "events": points.table[N].to_numpy()[kept],
        }
    )


def _squares(inside: pd.DataFrame, size: float, crs: str) -> pd.DataFrame:
    corner_x, corner_y = (np.floor(inside[axis].to_numpy() / size) * size for axis in "xy")
    british = parse_crs(crs).equals(parse_crs(BRITISH_NATIONAL_GRID), ignore_axis_order=True)
    step = reference_step(size, (0.0, 0.0), corners=True)
    codes = grid_references(corner_x, corner_y, step=step, british=british)
    at = pd.DataFrame({"code": codes, "easting": corner_x + size / 2, "northing": corner_y + size / 2})
    placed = pd.concat([inside, at.set_axis(inside.index)], axis=1)
    placed["code"] = placed["code"] + ("" if step == size and british else f"-{size:g}")
    return _summed(placed.assign(name=placed["code"], kind_of_place=False))


def _named(inside: pd.DataFrame, located: LocatedIncidents, crs: str) -> pd.DataFrame:
    names = street_points(located, crs=crs).drop_duplicates(["x", "y"])
    return inside.merge(names[["x", "y", STREET]], on=["x", "y"], how="left")


def _streets(named: pd.DataFrame) -> pd.DataFrame:
    """Streets by the name of their map points, placed where most of their harm is."""
    known = named[named[STREET].notna()].rename(columns={STREET: "code"})
    order = known.sort_values([AREA, "code", "harm", "x", "y"], ascending=[True, True, False, True, True])
    first = order.drop_duplicates([AREA, "code"]).set_index([AREA, "code"])[["x", "y"]]
    placed = known.join(first.set_axis(["easting", "northing"], axis=1), on=[AREA, "code"])
    told = {code: (told_street(code), is_kind_of_place(code)) for code in known["code"].unique()}
    placed["name"] = placed["code"].map({code: name for code, (name, _) in told.items()})
    placed["kind_of_place"] = placed["code"].map({code: kind for code, (_, kind) in told.items()}).astype(bool)
    return _summed(placed)


def _segments(inside: pd.DataFrame, streets: gpd.GeoDataFrame) -> pd.DataFrame:
    at, _ = nearest_lines(np.asarray(shapely.points(inside["x"], inside["y"]), dtype=object), streets)
    placed, at = inside[at >= 0].copy(), at[at >= 0]
    middles = shapely.point_on_surface(np.asarray(streets[LINE].to_numpy(), dtype=object))
    placed["code"] = streets.index.to_numpy()[at]
    names = streets[NAME].fillna(pd.Series(streets.index, index=streets.index)).to_numpy()
    placed["name"] = names[at]
    placed["easting"], placed["northing"] = shapely.get_x(middles)[at], shapely.get_y(middles)[at]
    return _summed(placed.assign(kind_of_place=False))


def _summed(placed: pd.DataFrame) -> pd.DataFrame:
    keys = [AREA, "code"]
    placed = placed.astype({"code": "str", NAME: "str"})
    first = placed.drop_duplicates(keys).set_index(keys)[[NAME, "kind_of_place", "easting", "northing"]]
    sums = placed.groupby(keys, sort=True)[["harm", "events"]].sum()
    return sums.join(first).reset_index()


def _ranked(found: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Places with harm from the most down, with their shares of all harm of the area."""
    some = found[found["harm"] > 0].copy()
    some["share"] = some["harm"] / some[AREA].map(whole["harm"]).astype(float)
    some = some.sort_values([AREA, "harm", "code"], ascending=[True, False, True], kind="stable")
    some["cumulative_share"] = some.groupby(AREA)["share"].cumsum()
    some["place"] = some.groupby(AREA).cumcount() + 1
    return some.reset_index(drop=True)


def _listed(ranked: Mapping[str, pd.DataFrame], chosen: DrillDownSettings) -> pd.DataFrame:
    parts = []
    for unit, found in ranked.items():
        before = found["cumulative_share"] - found["share"]
        part = found[(before < chosen.shares[-1] * _REACHED) & (found["events"] >= chosen.minimum_events)].copy()
        bounds = np.asarray(chosen.shares) * _REACHED
        at = np.searchsorted(bounds, before[part.index].to_numpy(), side="right")
        part["needed_for"] = np.asarray(chosen.shares)[np.minimum(at, len(chosen.shares) - 1)]
        parts.append(part.assign(unit=unit))
    table = pd.concat(parts, ignore_index=True)[list(_COLUMNS)]
    order = {unit: place for place, unit in enumerate(UNITS)}
    table = table.sort_values([AREA, "unit", "place"], key=lambda column: column.replace(order), kind="stable")
    kinds = {AREA: "str", "unit": "str", "code": "str", NAME: "str", "kind_of_place": "bool", "place": "int64"}
    return table.astype(kinds).reset_index(drop=True)


def _by_area(
    placed: Mapping[str, pd.DataFrame],
    ranked: Mapping[str, pd.DataFrame],
    whole: pd.DataFrame,
    codes: list[str],
    chosen: DrillDownSettings,
) -> pd.DataFrame:
    rows = []
    for code in codes:
        for unit, found in ranked.items():
            mine, every = found[found[AREA] == code], placed[unit]
            harm, events = (float(whole[name].get(code, np.nan)) for name in ("harm", "events"))
            held = mine["cumulative_share"].to_numpy()
            row: dict[str, Any] = {AREA: code, "unit": unit, "places": len(mine), "events": events, "harm": harm}
            row["share_placed"] = float(mine["harm"].sum()) / harm if harm > 0 else np.nan
            row["events_aside"] = events - float(every.loc[every[AREA] == code, "events"].sum())
            for share in chosen.shares:
                row[share_name(share)] = _needed(held, share)
            rows.append(row)
    table = pd.DataFrame(rows).set_index([AREA, "unit"])
    counts = ["places", "events", "events_aside", *map(share_name, chosen.shares)]
    return table.astype(dict.fromkeys(counts, "Int64"))


def _needed(held: NDArray[np.float64], share: float) -> float:
    """How many places hold a share; missing where all of them do not."""
    n = int(np.searchsorted(held, share * _REACHED, side="left")) + 1
    return float(n) if n <= len(held) else np.nan


def _premises(named: pd.DataFrame | None, whole: pd.DataFrame) -> pd.DataFrame:
    columns = [AREA, "kind", "events", "harm", "share"]
    some = None if named is None else named[named[STREET].notna()]
    kinds = None if some is None else some[[is_kind_of_place(name) for name in some[STREET]]]
    if kinds is None or kinds.empty:
        kinds_of = {AREA: "str", "kind": "str", "events": "int64", "harm": "float64", "share": "float64"}
        return pd.DataFrame(columns=columns).astype(kinds_of)
    sums = (
        kinds.assign(kind=kinds[STREET].map(told_street)).groupby([AREA, "kind"], sort=True)[["events", "harm"]].sum()
    )
    table = sums.reset_index()
    harm = table[AREA].map(whole["harm"]).astype(float)
    table["share"] = table["harm"] / harm.where(harm > 0)
    table = table.sort_values([AREA, "harm", "kind"], ascending=[True, False, True], kind="stable")
    return table[columns].astype({AREA: "str", "kind": "str"}).reset_index(drop=True)
