"""Is a place still hot when the same crimes are counted in other units, on shifted grids, at jittered points?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME
from socharm._constraints import CountFrom0, OpenShare, Permutations, Positive, Seed, Threads
from socharm._record import Record
from socharm._settings import THREADS, setting
from socharm._words import area_noun, number_of
from socharm.errors import ParameterError
from socharm.hotspots.areas.area_settings import AreaTestSettings, Correction
from socharm.hotspots.areas.local import local_gi_star
from socharm.hotspots.areas.neighbours import neighbours
from socharm.io.areas import areas_about, require_areas
from socharm.io.crs import require_same_crs, transformer
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.locate import LocatedIncidents, located_in
from socharm.io.incidents.located import place_cells
from socharm.io.population import Population, PopulationSettings
from socharm.io.units.grid import grid
from socharm.io.weights import OwnWeights, as_weights
from socharm.severity.index import severity_index
from socharm.severity.points import harm_points
from socharm.stats.random_streams import stream, streams

__all__ = ["ScaleLadder", "ScaleLadderSettings", "scale_ladder"]

_Floats = NDArray[np.float64]

_HEXES: Final = (1_000.0, 2_000.0)
_KM2: Final = 1e-6
#: Rows outside all units: those that a jitter moves there too.
_OUTSIDE: Final = "outside all areas"


@dataclass(frozen=True, kw_only=True)
class ScaleLadderSettings(AreaTestSettings):
    """Choices of `scale_ladder`."""

    hexes: tuple[Positive, ...] = setting(_HEXES, "sizes of hexagons in metres, each a rung")
    shifts: CountFrom0 = setting(2, "other origins that each grid of hexagons is laid from")
    jitters: CountFrom0 = setting(2, "times that all points are moved, on every rung")
    jitter_m: Positive = setting(100.0, "metres within which a point is moved")
    share_hot: OpenShare = setting(0.5, "share of a place's harm that must lie in hot units for it to be hot")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if len(set(self.hexes)) < len(self.hexes):
            yield f"`hexes` is {list(self.hexes)}; give each size once."


@dataclass(frozen=True, eq=False, repr=False)
class ScaleLadder(Record):
    """How often each area is hot over the units, origins and points that it was tried with.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``harm`` (located in it), ``hot`` (as the area itself, at the points as
        recorded), ``stability`` (mean over the rungs of the share of tries at which it is hot: each rung counts once),
        ``rungs_hot`` (rungs at which it is hot in more than half of the tries), ``rungs``. An area without located
        harm has no stability: it is missing, not 0.
    by_rung : DataFrame
        ``area_code``, ``rung``, ``tries``, ``hot`` (of them), ``share``.
    tries : DataFrame
        ``rung``, ``shift_x``, ``shift_y`` (metres; 0 for the grid's own origin), ``jitter`` (0 for the points as
        recorded), ``units``, ``hot_units``, ``areas_hot``: every try that the stability is made of.
    """

    __made_by__ = ("scale_ladder",)

    table: pd.DataFrame
    by_rung: pd.DataFrame
    tries: pd.DataFrame
    settings: ScaleLadderSettings
    about: About

    @property
    def rungs(self) -> list[str]:
        """The rungs, in the order in which they were tried."""
        return list(dict.fromkeys(self.tries["rung"]))

    def _summary(self) -> dict[str, str]:
        always = int((self.table["stability"] == 1).sum())
        return {
            "rungs": ", ".join(self.rungs),
            "tries": f"{len(self.tries):,}",
            "areas": f"{number_of(int(self.table['hot'].sum()), 'area')} hot as such, {always:,} at every try",
        }


@dataclass(frozen=True, eq=False)
class _Try:
    """One way to look at the same crimes."""

    rung: str
    units: gpd.GeoDataFrame
    shift: tuple[float, float]
    jitter: int


@checked
def scale_ladder(
    incidents: LocatedIncidents,
    weights: OwnWeights,
    areas: gpd.GeoDataFrame,
    *,
    others: Mapping[str, gpd.GeoDataFrame] | None = None,
    hexes: Sequence[Positive] = _HEXES,
    shifts: CountFrom0 = 2,
    jitters: CountFrom0 = 2,
    jitter_m: Positive = 100.0,
    share_hot: OpenShare = 0.5,
    permutations: Permutations = 99_999,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    threads: Threads = THREADS,
    settings: ScaleLadderSettings | Mapping[str, Any] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ScaleLadder:
    """Try whether areas stay hot as the units change: other areas, hexagons, shifted origins, jittered points.

    Parameters
    ----------
    incidents : LocatedIncidents
        Points, read once by `locate_incidents`.
    weights : WeightScheme, or mapping or Series of weights by offence
    areas : GeoDataFrame
        The places that are asked about, and the first rung.
    others : mapping of str to GeoDataFrame, optional
        Further rungs by name, such as ``{"LSOA": lsoas}``, in the CRS of the areas.
    hexes : sequence of float
        Sizes of hexagons, as of `socharm.io.grid`, cut at the border of the areas.
    shifts : int
        Other origins of each grid of hexagons, drawn evenly over a cell.
    jitters : int
        Times that all distinct points are moved, on every rung, at the grid's own origin.
    jitter_m : float
        Each point is moved to a place drawn evenly from a disc of this radius: how far the recorded place may be from
        the true one.
    share_hot : float
        A place is hot at a try if more than this share of the harm recorded in it lies in units that are hot there.
    permutations, alpha, correction, threads
        As of `local_gi_star`, which says what is hot: Gi* of the harm rate per square kilometre (``rate_eb``), months
        asked too, corrected over all units of a try.
    seed : int
        To be stated here or in `settings`.
    settings : ScaleLadderSettings or mapping, optional
        Choices of another ladder, for what is not stated by keyword.
    progress : callable, optional
        Called as ``progress(rung, number, of)`` before each try.

    Returns
    -------
    ScaleLadder

    Raises
    ------
    ParameterError
        The incidents carry area codes, or a rung has the name of another.
    CRSError
        A rung is in another coordinate system than the areas.
    RefusedError
        Hexagons below 250 m for points of police.uk.

    Notes
    -----
    Tries per rung: one, and one for each shift (hexagons only) and each jitter. They share the same crimes and so are
    not independent: the stability is no probability and has no p-value. It does not tell which unit is the right one,
    nor whether a place that is hot at every scale matters, nor what units that were not tried would show; a place that
    is hot as a ward only may hold a hot street that hexagons dilute. Rates are per square kilometre on every rung,
    since hexagons have no population: a ward that is hot per head may not be hot here.

    References
    ----------
    Openshaw, S. (1984), *The Modifiable Areal Unit Problem*, Concepts and Techniques in Modern Geography 38. Tompson,
    L., Johnson, S., Ashby, M., Perkins, C. and Edwards, P. (2015), UK open source crime data: accuracy and
    possibilities for research, *Cartography and Geographic Information Science* 42, 97-111.
    """
    chosen = ScaleLadderSettings.of(settings)
    require_areas(areas)
    base = located_in(incidents, areas)
    scheme = as_weights(weights)
    harm = _harm_by_place(base, scheme, areas)
    home = base.placed.table["area"].to_numpy()
    inside = np.flatnonzero((home >= 0) & (harm > 0))
    total = np.bincount(home[inside], weights=harm[inside], minlength=len(areas)).astype(np.float64)
    rows, hot_areas = [], []
    tries = list(_tries(areas, dict(others or {}), chosen))
    moved = {0: base, **{number + 1: _jittered(base, areas, chosen, number) for number in range(chosen.jitters)}}
    for number, one in enumerate(tries):
        if progress is not None:
            progress(one.rung, number, len(tries))
        here, hot = _hot_units(moved[one.jitter], scheme, one.units, chosen, threads)
        at = here.placed.table["area"].to_numpy()
        in_hot = np.zeros(len(at), dtype=bool)
        in_hot[at >= 0] = hot[at[at >= 0]]
        held = np.bincount(home[inside], weights=harm[inside] * in_hot[inside], minlength=len(areas))
        is_hot = (total > 0) & (held > chosen.share_hot * total)
        hot_areas.append(is_hot)
        rows.append(
            {
                "rung": one.rung,
                "shift_x": one.shift[0],
                "shift_y": one.shift[1],
                "jitter": one.jitter,
                "units": len(one.units),
                "hot_units": int(hot.sum()),
                "areas_hot": int(is_hot.sum()),
            }
        )
    found = pd.DataFrame(rows)
    by_rung = _by_rung(areas, found, np.array(hot_areas))
    about = combine_about(incidents.about, scheme.about, areas_about(areas), unit=scheme.unit)
    return ScaleLadder(
        table=_table(areas, by_rung, total, hot_areas[0]), by_rung=by_rung, tries=found, settings=chosen, about=about
    )


def _tries(
    areas: gpd.GeoDataFrame, others: Mapping[str, gpd.GeoDataFrame], chosen: ScaleLadderSettings
) -> Iterator[_Try]:
    """Every rung with its shifts and jitters; the areas at the points as recorded come first."""
    rungs = {area_noun(areas.index): areas}
    for name, units in others.items():
        require_areas(units, name=f"others[{name!r}]")
        require_same_crs(units.crs, areas.crs, names=(f"others[{name!r}]", "areas"))
        if name in rungs:
            raise ParameterError(f"`others` has a rung {name!r}, which the areas are called too. Give it another name.")
        rungs[name] = units
    for name, units in rungs.items():
        for jitter in range(chosen.jitters + 1):
            yield _Try(name, units, (0.0, 0.0), jitter)
    generators = streams(chosen.seed, len(chosen.hexes), purpose="scale-ladder-shifts")
    for size, rng in zip(chosen.hexes, generators, strict=True):
        name = f"hexagons of {size:,.0f} m"
        own = grid(areas, size, "hex", clip=True)
        for jitter in range(chosen.jitters + 1):
            yield _Try(name, own, (0.0, 0.0), jitter)
        for x, y in np.round(rng.random((chosen.shifts, 2)) * size).tolist():
            yield _Try(name, grid(areas, size, "hex", origin=(x, y), clip=True), (x, y), 0)


def _harm_by_place(base: LocatedIncidents, scheme: Any, areas: gpd.GeoDataFrame) -> _Floats:
    """Harm at each distinct place of the incidents, in their order."""
    with warnings.catch_warnings():
        # What rows set aside take is told where the index is made.
        warnings.simplefilter("ignore")
        points = harm_points(base, scheme, areas=areas)
    places = base.cells.locations
    located = places["located"].to_numpy()
    way = transformer(base.incidents.coordinates, points.crs)
    x, y = way.apply(*(places[axis].to_numpy()[located].astype(float) for axis in "xy"))
    # The same transformation of the same numbers: equal to the last bit.
    weight = pd.DataFrame({"x": x, "y": y}).merge(points.table[["x", "y", "weight"]], on=["x", "y"], how="left")
    harm = np.zeros(len(located))
    harm[located] = weight["weight"].fillna(0.0).to_numpy()
    return harm


def _jittered(
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


def _hot_units(
    incidents: LocatedIncidents, scheme: Any, units: gpd.GeoDataFrame, chosen: ScaleLadderSettings, threads: int
) -> tuple[LocatedIncidents, NDArray[np.bool_]]:
    """The incidents located in the units, and which of the units are hot."""
    with warnings.catch_warnings():
        # Islands, few permutations and rows outside are those of every try; the table of tries says how many units.
        warnings.simplefilter("ignore")
        here = located_in(incidents, units)
        counts = count_incidents(here, units, accept=_OUTSIDE)
        index = severity_index(counts, scheme, _square_kilometres(units, counts.about), missing="leave out")
        found = local_gi_star(
            index,
            neighbours(units),
            permutations=chosen.permutations,
            alpha=chosen.alpha,
            correction=chosen.correction,
            seed=chosen.seed,
            threads=threads,
        )
    return here, np.asarray(units.index.isin(found.hot), dtype=np.bool_)


def _square_kilometres(units: gpd.GeoDataFrame, about: About) -> Population:
    """The ground of each unit as its denominator."""
    period = about.period
    date = "2000-01-01" if period is None else f"{period.end}-01"
    values = (units.geometry.area * _KM2).rename("value").rename_axis(AREA).sort_index()
    stated = PopulationSettings(code=AREA, value="km2", kind="ground", unit="square kilometre", date=date)
    return Population(table=values.to_frame(), settings=stated, about=About(unit="square kilometre"))


def _by_rung(areas: gpd.GeoDataFrame, tries: pd.DataFrame, hot: NDArray[np.bool_]) -> pd.DataFrame:
    parts = []
    for rung, mine in tries.groupby("rung", sort=False):
        n = hot[mine.index.to_numpy()].sum(axis=0)
        part = pd.DataFrame({AREA: areas.index.to_numpy(), "rung": rung, "tries": len(mine), "hot": n})
        parts.append(part.assign(share=n / len(mine)))
    return pd.concat(parts, ignore_index=True).astype({AREA: "str", "rung": "str", "hot": "int64"})


def _table(areas: gpd.GeoDataFrame, by_rung: pd.DataFrame, total: _Floats, first: NDArray[np.bool_]) -> pd.DataFrame:
    shares = by_rung.groupby(AREA)["share"].mean().reindex(areas.index)
    table = pd.DataFrame(index=pd.Index(areas.index, name=AREA))
    table[NAME] = areas[NAME] if NAME in areas.columns else pd.array([pd.NA] * len(areas), dtype="string")
    table["harm"], table["hot"] = total, first
    table["stability"] = shares.where(total > 0)
    table["rungs_hot"] = (by_rung["share"] > 0.5).groupby(by_rung[AREA]).sum().reindex(areas.index).astype("int64")
    table["rungs"] = by_rung["rung"].nunique()
    return table
