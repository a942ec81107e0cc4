"""Is a place still hot when the same crimes are counted in other units, on shifted grids, at jittered points?"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
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
from socharm._settings import THREADS
from socharm._words import number_of
from socharm.errors import RefusedError
from socharm.hotspots.areas.area_settings import Correction
from socharm.hotspots.areas.ladder_tries import (
    HEXES,
    NO_UNIT,
    Ladder,
    ScaleLadderSettings,
    coverage_of,
    jittered,
    ladder_tries,
)
from socharm.hotspots.areas.local import local_gi_star
from socharm.hotspots.areas.neighbours import NeighbourSettings, neighbour_rows
from socharm.io.areas import areas_about, require_areas
from socharm.io.crs import transformer
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.locate import LocatedIncidents, located_in
from socharm.io.population import Population, PopulationSettings
from socharm.io.units.grid import FINEST_ON_MAP_POINTS, snap_reason
from socharm.io.weights import OwnWeights, as_weights
from socharm.severity.index import severity_index
from socharm.severity.points import harm_points
from socharm.severity.weighing import WeighingSettings

__all__ = ["ScaleLadder", "ScaleLadderSettings", "scale_ladder"]

_Floats = NDArray[np.float64]

_KM2: Final = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class ScaleLadder(Record):
    """How often each area is hot over the units, origins and points that it was tried with.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``harm`` (located in it), ``hot`` (as the area itself, at the points as
        recorded), ``stability`` (mean over the rungs of the share of tries at which it is hot: each rung counts once),
        ``rungs_hot`` (rungs at which it is hot in more than half of the tries), ``rungs``. An area without located
        harm has no stability: it is missing, not 0. One that was covered in no
        month has neither harm nor stability, and is neither hot nor not: all three are missing.
    by_rung : DataFrame
        ``area_code``, ``rung``, ``tries``, ``hot`` (of them), ``share``, of areas with located harm.
    tries : DataFrame
        ``rung``, ``shift_x``, ``shift_y`` (metres; 0 for the grid's own origin), ``jitter`` (0 for the points as
        recorded), ``units``, ``hot_units``, ``areas_hot``: every try that the stability is made of.
    weighing : WeighingSettings
        How the crimes were weighed, and which of them were left out.
    """

    __made_by__ = ("scale_ladder",)

    table: pd.DataFrame
    by_rung: pd.DataFrame
    tries: pd.DataFrame
    settings: ScaleLadderSettings
    about: About
    weighing: WeighingSettings = field(default_factory=WeighingSettings)

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


@checked
def scale_ladder(
    incidents: LocatedIncidents,
    weights: OwnWeights,
    areas: gpd.GeoDataFrame,
    *,
    others: Mapping[str, gpd.GeoDataFrame] | None = None,
    covered: pd.Series | pd.DataFrame | None = None,
    weighing: WeighingSettings | None = None,
    hexes: Sequence[Positive] = HEXES,
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
    covered : Series or DataFrame of bool, optional
        Which areas were covered, or area x month, as `count_incidents` takes them; by default the months that the
        police delivered. Hexagons are cut at the border of areas covered in any month, and a unit counts in the months
        of the area that holds a point inside it.
    weighing : WeighingSettings, optional
        Choices of an index (``index.settings``), so that its harm is tried: scale of the weights, offences, and what
        is left out, flags such as ``"place:hospital"`` among them.
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
        The incidents carry area codes, a rung has the name of another, or an unknown flag is left out.
    AlignmentError
        `covered` names an area that is none of `areas`, or covers none of them in any month; the units of a rung lie
        elsewhere.
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
    _require_coarse(chosen, base)
    scheme = as_weights(weights)
    ladder = Ladder(areas, scheme, chosen, _weighing(weighing), coverage_of(base, covered), threads)
    harm = _harm_by_place(base, ladder)
    home = base.placed.table["area"].to_numpy()
    seen = ladder.seen
    inside = np.flatnonzero((home >= 0) & (harm > 0))
    inside = inside[seen[home[inside]]]
    total = np.bincount(home[inside], weights=harm[inside], minlength=len(areas)).astype(np.float64)
    rows, hot_areas = [], []
    tries = list(ladder_tries(ladder, dict(others or {})))
    moved = {0: base, **{number + 1: jittered(base, areas, chosen, number) for number in range(chosen.jitters)}}
    for number, one in enumerate(tries):
        if progress is not None:
            progress(one.rung, number, len(tries))
        here, hot = _hot_units(moved[one.jitter], one.units, ladder)
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
    by_rung = _by_rung(areas.index[total > 0], found, np.array(hot_areas)[:, total > 0])
    grounds = [areas_about(ground) for ground in (areas, *(others or {}).values())]
    about = combine_about(incidents.about, scheme.about, *grounds, unit=scheme.unit)
    table = _table(areas, by_rung, np.where(seen, total, np.nan), hot_areas[0])
    return ScaleLadder(
        table=table, by_rung=by_rung, tries=found, settings=chosen, about=about, weighing=ladder.weighing
    )


def _weighing(stated: WeighingSettings | None) -> WeighingSettings:
    """The choices of weighing alone, of an index or of points."""
    held = vars(stated or WeighingSettings())
    return WeighingSettings(**{entry.name: held[entry.name] for entry in fields(WeighingSettings)})


def _require_coarse(chosen: ScaleLadderSettings, base: LocatedIncidents) -> None:
    fine = [size for size in chosen.hexes if size < FINEST_ON_MAP_POINTS]
    if fine and base.incidents.findings.layout == "police.uk":
        raise RefusedError(f"{snap_reason(fine[0])} State `hexes` of {FINEST_ON_MAP_POINTS:g} m or more.")


def _harm_by_place(base: LocatedIncidents, ladder: Ladder) -> _Floats:
    """Harm at each distinct place of the incidents, in their order."""
    with warnings.catch_warnings():
        # What rows set aside take is told where the index is made.
        warnings.simplefilter("ignore")
        points = harm_points(base, ladder.scheme, areas=ladder.areas, settings=ladder.weighing)
    places = base.cells.locations
    located = places["located"].to_numpy()
    way = transformer(base.incidents.coordinates, points.crs)
    x, y = way.apply(*(places[axis].to_numpy()[located].astype(float) for axis in "xy"))
    # The same transformation of the same numbers: equal to the last bit.
    weight = pd.DataFrame({"x": x, "y": y}).merge(points.table[["x", "y", "weight"]], on=["x", "y"], how="left")
    harm = np.zeros(len(located))
    harm[located] = weight["weight"].fillna(0.0).to_numpy()
    return harm


def _hot_units(
    incidents: LocatedIncidents, units: gpd.GeoDataFrame, ladder: Ladder
) -> tuple[LocatedIncidents, NDArray[np.bool_]]:
    """The incidents located in the units, and which of the units are hot."""
    chosen = ladder.chosen
    with warnings.catch_warnings():
        # Islands, few permutations and rows outside are those of every try; the table of tries says how many units.
        warnings.simplefilter("ignore")
        here = located_in(incidents, units)
        counts = count_incidents(here, units, accept=NO_UNIT, covered=ladder.covered(units))
        ground = _square_kilometres(units, counts.about)
        index = severity_index(counts, ladder.scheme, ground, missing="leave out", **vars(ladder.weighing))
        found = local_gi_star(
            index,
            neighbour_rows(units, NeighbourSettings()),
            permutations=chosen.permutations,
            alpha=chosen.alpha,
            correction=chosen.correction,
            seed=chosen.seed,
            threads=ladder.threads,
        )
    return here, np.asarray(units.index.isin(found.hot), dtype=np.bool_)


def _square_kilometres(units: gpd.GeoDataFrame, about: About) -> Population:
    """The ground of each unit as its denominator."""
    period = about.period
    date = "2000-01-01" if period is None else f"{period.end}-01"
    values = (units.geometry.area * _KM2).rename("value").rename_axis(AREA).sort_index()
    stated = PopulationSettings(code=AREA, value="km2", kind="ground", unit="square kilometre", date=date)
    return Population(table=values.to_frame(), settings=stated, about=About(unit="square kilometre"))


def _by_rung(codes: pd.Index, tries: pd.DataFrame, hot: NDArray[np.bool_]) -> pd.DataFrame:
    parts = []
    for rung, mine in tries.groupby("rung", sort=False):
        n = hot[mine.index.to_numpy()].sum(axis=0)
        part = pd.DataFrame({AREA: codes.to_numpy(), "rung": rung, "tries": len(mine), "hot": n})
        parts.append(part.assign(share=n / len(mine)))
    return pd.concat(parts, ignore_index=True).astype({AREA: "str", "rung": "str", "hot": "int64"})


def _table(areas: gpd.GeoDataFrame, by_rung: pd.DataFrame, total: _Floats, first: NDArray[np.bool_]) -> pd.DataFrame:
    shares = by_rung.groupby(AREA)["share"].mean().reindex(areas.index)
    table = pd.DataFrame(index=pd.Index(areas.index, name=AREA))
    table[NAME] = areas[NAME] if NAME in areas.columns else pd.array([pd.NA] * len(areas), dtype="string")
    table["harm"] = total
    table["hot"] = pd.Series(first, index=table.index, dtype="boolean").where(np.isfinite(total))
    table["stability"] = shares.where(total > 0)
    table["rungs_hot"] = (by_rung["share"] > 0.5).groupby(by_rung[AREA]).sum().reindex(areas.index).astype("Int64")
    table["rungs"] = by_rung["rung"].nunique()
    return table
