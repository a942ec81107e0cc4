"""The tries of a scale ladder: which units, from which origins, at which points, and what of them was covered."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm._constraints import CountFrom0, OpenShare, Positive
from socharm._settings import setting
from socharm._words import area_noun
from socharm.errors import AlignmentError, ParameterError
from socharm.hotspots.areas.area_settings import AreaTestSettings
from socharm.io.areas import require_areas
from socharm.io.crs import require_same_crs, transformer
from socharm.io.first_area import OUTSIDE, first_areas
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.coverage import stated_coverage
from socharm.io.incidents.locate import LocatedIncidents
from socharm.io.incidents.located import place_cells
from socharm.io.units.grid import grid
from socharm.io.weight_scheme import WeightScheme
from socharm.severity.weighing import WeighingSettings
from socharm.stats.random_streams import stream, streams

__all__ = ["HEXES", "NO_UNIT", "Ladder", "ScaleLadderSettings", "Try", "coverage_of", "jittered", "ladder_tries"]

#: Sizes of hexagons in metres.
HEXES: Final = (1_000.0, 2_000.0)
#: Rows outside all units: those that a jitter moves there, and those of ground that was not covered, too.
NO_UNIT: Final = "outside all areas"


@dataclass(frozen=True, kw_only=True)
class ScaleLadderSettings(AreaTestSettings):
    """Choices of `scale_ladder`."""

    hexes: tuple[Positive, ...] = setting(HEXES, "sizes of hexagons in metres, each a rung")
    shifts: CountFrom0 = setting(2, "other origins that each grid of hexagons is laid from")
    jitters: CountFrom0 = setting(2, "times that all points are moved, on every rung")
    jitter_m: Positive = setting(100.0, "metres within which a point is moved")
    share_hot: OpenShare = setting(0.5, "share of a place's harm that must lie in hot units for it to be hot")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if len(set(self.hexes)) < len(self.hexes):
            yield f"`hexes` is {list(self.hexes)}; give each size once."


@dataclass(frozen=True, eq=False)
class Try:
    """One way to look at the same crimes."""

    rung: str
    units: gpd.GeoDataFrame
    shift: tuple[float, float]
    jitter: int


@dataclass(frozen=True, eq=False)
class Ladder:
    """What every try of a ladder is made with."""

    areas: gpd.GeoDataFrame
    scheme: WeightScheme
    chosen: ScaleLadderSettings
    weighing: WeighingSettings
    #: Area x month, of a ladder that was told what was covered.
    coverage: pd.DataFrame | None
    threads: int

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which areas were covered in any month."""
        if self.coverage is None:
            return np.ones(len(self.areas), dtype=bool)
        return np.asarray(self.coverage.any(axis=1), dtype=np.bool_)

    def covered(self, units: gpd.GeoDataFrame) -> pd.DataFrame | None:
        """What was covered of the units of a try."""
        if self.coverage is None or units is self.areas:
            return self.coverage
        at, _ = first_areas(units.geometry.representative_point().to_numpy(), self.areas)
        months = self.coverage.to_numpy()[at] & (at != OUTSIDE)[:, None]
        return pd.DataFrame(months, index=units.index, columns=self.coverage.columns)


def coverage_of(base: LocatedIncidents, covered: pd.Series | pd.DataFrame | None) -> pd.DataFrame | None:
    """Area x month of what was covered, from what the caller states of the areas; None where nothing is stated."""
    if covered is None:
        return None
    with warnings.catch_warnings():
        # Rows outside and set aside are told where the run counts.
        warnings.simplefilter("ignore")
        months = count_incidents(base, base.areas, accept=NO_UNIT).coverage
    found = stated_coverage(covered, months)
    if not found.to_numpy().any():
        raise AlignmentError("`covered` leaves no area covered in any month. Give True to those that were.")
    return found


def ladder_tries(ladder: Ladder, others: Mapping[str, gpd.GeoDataFrame]) -> Iterator[Try]:
    """Every rung with its shifts and jitters; the areas at the points as recorded come first."""
    areas, chosen = ladder.areas, ladder.chosen
    rungs = {area_noun(areas.index): areas}
    for name, units in others.items():
        require_areas(units, name=f"others[{name!r}]")
        require_same_crs(units.crs, areas.crs, names=(f"others[{name!r}]", "areas"))
        if not shapely.box(*units.total_bounds).intersects(shapely.box(*areas.total_bounds)):
            raise AlignmentError(
                f"`others[{name!r}]` and `areas` have no ground in common. Give units of the same place."
            )
        if name in rungs:
            raise ParameterError(f"`others` has a rung {name!r}, which the areas are called too. Give it another name.")
        rungs[name] = units
    for name, units in rungs.items():
        for jitter in range(chosen.jitters + 1):
            yield Try(name, units, (0.0, 0.0), jitter)
    ground = areas[ladder.seen]
    generators = streams(chosen.seed, len(chosen.hexes), purpose="scale-ladder-shifts")
    for size, rng in zip(chosen.hexes, generators, strict=True):
        name = f"hexagons of {size:,.0f} m"
        own = grid(ground, size, "hex", clip=True)
        for jitter in range(chosen.jitters + 1):
            yield Try(name, own, (0.0, 0.0), jitter)
        for x, y in np.round(rng.random((chosen.shifts, 2)) * size).tolist():
            yield Try(name, grid(ground, size, "hex", origin=(x, y), clip=True), (x, y), 0)


def jittered(
    base: LocatedIncidents, areas: gpd.GeoDataFrame, chosen: ScaleLadderSettings, number: int
) -> LocatedIncidents:
    """The incidents with every distinct point moved within the disc."""
    rng = stream(chosen.seed, number, purpose="scale-ladder-jitters")
    places = base.cells.locations
    located = places["located"].to_numpy()
    x, y = (places[axis].to_numpy().astype(np.float64).copy() for axis in "xy")
    there, back = (
        transformer(*ends)
        for ends in ((base.incidents.coordinates, areas.crs), (areas.crs, base.incidents.coordinates))
    )
    east, north = there.apply(x[located], y[located])
    far, turn = chosen.jitter_m * np.sqrt(rng.random(east.size)), 2 * np.pi * rng.random(east.size)
    x[located], y[located] = back.apply(east + far * np.cos(turn), north + far * np.sin(turn))
    cells = base.cells.moved_to(x, y)
    return replace(base, cells=cells, placed=place_cells(cells, coordinates=base.incidents.coordinates, areas=areas))
