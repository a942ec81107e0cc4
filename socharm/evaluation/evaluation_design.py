"""Who is compared with whom in an evaluation, in which months, and at which placebo sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import geopandas as gpd
import pandas as pd

from socharm._checks import require_same_areas
from socharm._words import number_of
from socharm.errors import RefusedError, SocharmError
from socharm.evaluation.donors import Donors
from socharm.evaluation.evaluation_donors import History, search_donors
from socharm.evaluation.ground import Ground, ground_of
from socharm.evaluation.placebo_sites import PlaceboSites, placebo_sites
from socharm.evaluation.protocol_data import OutcomeData
from socharm.evaluation.protocol_settings import ProtocolSettings
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.neighbours import neighbours

__all__ = ["AreasOfEvaluation", "Design", "Side", "design_of"]

#: Shapes of areas, or who adjoins whom.
AreasOfEvaluation: TypeAlias = gpd.GeoDataFrame | Graph | W
#: Donors below which nothing can be said of chance.
_LEAST_DONORS: Final = 2


@dataclass(frozen=True, eq=False)
class Side:
    """One outcome as methods take it.

    Attributes
    ----------
    data : OutcomeData
    whole : DataFrame
        All areas by the months that are looked at, those of the transition too.
    frame : DataFrame
        Site and donors, without the months of the transition.
    start : str
        The column of `frame` that counts as the first after.
    months : dict of str to str
        The column of `frame` by month.
    """

    data: OutcomeData
    whole: pd.DataFrame
    frame: pd.DataFrame
    start: str
    months: dict[str, str]

    @property
    def before(self) -> int:
        """Months before the start."""
        return int(self.frame.columns.get_loc(self.start))  # type: ignore[arg-type]

    @property
    def after(self) -> int:
        """Months that count as after."""
        return self.frame.shape[1] - self.before

    def totals(self, codes: Sequence[str]) -> tuple[float, float]:
        """What was recorded in some areas before and after."""
        part = self.frame.loc[list(codes)]
        return float(part.iloc[:, : self.before].sum().sum()), float(part.iloc[:, self.before :].sum().sum())


@dataclass(frozen=True, eq=False)
class Design:
    """Areas and months of an evaluation.

    Attributes
    ----------
    chosen : ProtocolSettings
    sides : dict of str to Side
        By the name of the outcome or subgroup.
    graph : Graph
        Of all areas.
    site, donors : tuple of str
    left_out : tuple of (str, tuple of str)
        Why areas are no donors, and which.
    search : Donors or None
        Areas like the site, where the protocol asks to compare with these.
    sites : PlaceboSites or str
        The placebo sites; why there are none.
    """

    chosen: ProtocolSettings
    sides: dict[str, Side]
    graph: Graph
    site: tuple[str, ...]
    donors: tuple[str, ...]
    left_out: tuple[tuple[str, tuple[str, ...]], ...]
    search: Donors | None
    sites: PlaceboSites | str

    @property
    def ground(self) -> Graph:
        """Who adjoins whom among the site and its donors."""
        return self.graph.subgraph([*self.site, *self.donors])


def design_of(
    data: Mapping[str, OutcomeData], areas: AreasOfEvaluation, chosen: ProtocolSettings, history: History
) -> Design:
    """Donors, months and placebo sites of a protocol.

    Raises
    ------
    AlignmentError
        Outcomes and areas that differ.
    RefusedError
        No month from the start on, or fewer than two donors; as of `find_donors`, where these are searched for.
    """
    graph = _graph(areas)
    ground = ground_of(graph)
    first = next(iter(data.values())).frame
    require_same_areas(first.index, pd.Index(ground.codes), names=("data", "areas"))
    for name, outcome in data.items():
        if not any(month >= chosen.counted_from for month in outcome.frame.columns):
            raise RefusedError(
                f"Outcome {name!r} reaches to {outcome.frame.columns[-1]}, and what is looked at begins in "
                f"{chosen.counted_from}: there is nothing to evaluate yet."
            )
    site = tuple(dict.fromkeys(chosen.site))
    search = search_donors(data, history, graph, chosen)
    donors, left_out = _donors(data, ground, site, chosen, search)
    sides = {name: _side(outcome, [*site, *donors], chosen) for name, outcome in data.items()}
    _require_something(sides, donors)
    main = next(iter(sides.values()))
    return Design(chosen, sides, graph, site, donors, left_out, search, _sites(graph, site, donors, main, chosen))


def _require_something(sides: Mapping[str, Side], donors: tuple[str, ...]) -> None:
    """Stop where donors say nothing of what was to be expected."""
    for name, side in sides.items():
        if not side.data.choice.output and not side.totals(donors)[0] > 0:
            raise RefusedError(
                f"Nothing is recorded before the start at the areas to compare with in outcome {name!r}: nothing can "
                "be expected of that. Choose another outcome, other donors, or a longer time before."
            )


def _graph(areas: AreasOfEvaluation) -> Graph:
    if isinstance(areas, W):
        return Graph.from_W(areas)
    return neighbours(areas) if isinstance(areas, gpd.GeoDataFrame) else areas


def _donors(
    data: Mapping[str, OutcomeData],
    ground: Ground,
    site: tuple[str, ...],
    chosen: ProtocolSettings,
    search: Donors | None,
) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Areas to compare with, and why others are none."""
    place = {code: row for row, code in enumerate(ground.codes)}
    out = {place[code] for code in (*site, *chosen.excluded)}
    near = {ground.codes[row] for row in ground.within(out, chosen.buffer)} - {*site, *chosen.excluded}
    gaps: set[str] = set()
    for outcome in data.values():
        frame = _counted(outcome.frame, chosen)
        gaps |= set(frame.index[frame.isna().any(axis=1)])
    asked = list(dict.fromkeys(chosen.donors)) if chosen.donors is not None else sorted(ground.codes)
    asked = [code for code in asked if code not in site]
    reasons = {
        "other site or excluded": set(chosen.excluded),
        f"within {number_of(chosen.buffer, 'order')} of neighbours of a site": near,
        "month without coverage": gaps,
    }
    if search is not None:
        reasons["not like the site before the start"] = set(ground.codes) - set(search.donors)
    left, kept = [], asked
    for why, codes in reasons.items():
        if found := tuple(code for code in kept if code in codes):
            left.append((why, found))
            kept = [code for code in kept if code not in codes]
    if len(kept) < _LEAST_DONORS:
        told = "; ".join(f"{len(codes)} {why}" for why, codes in left) or "there are no others"
        raise RefusedError(
            f"Of {number_of(len(asked), 'area')} to compare with {number_of(len(kept), 'is', 'are')} left ({told}), "
            f"and at least {_LEAST_DONORS} are needed. Name other donors, lower `buffer`, or add areas further away."
        )
    return tuple(kept), tuple(left)


def _counted(frame: pd.DataFrame, chosen: ProtocolSettings) -> pd.DataFrame:
    """A frame without the months of the transition."""
    return frame[[month for month in frame.columns if not chosen.start <= month < chosen.counted_from]]


def _side(outcome: OutcomeData, areas: list[str], chosen: ProtocolSettings) -> Side:
    frame = _counted(outcome.frame.loc[areas], chosen)
    months = {month: month for month in frame.columns}
    if chosen.transition:
        # Months that leave some out are no run of months: they are numbered from the start.
        zero = pd.Period(chosen.start, "M").ordinal
        months = {month: str(pd.Period(month, "M").ordinal - zero) for month in frame.columns}
    numbered = frame.set_axis([months[month] for month in frame.columns], axis=1)
    start = next(name for month, name in months.items() if month >= chosen.counted_from)
    return Side(outcome, outcome.frame, numbered, start, months)


def _sites(
    graph: Graph, site: tuple[str, ...], donors: tuple[str, ...], main: Side, chosen: ProtocolSettings
) -> PlaceboSites | str:
    """Placebo sites among the donors, where asked alike in what the first outcome recorded; why there are none."""
    like: dict[str, Any] = {}
    if chosen.factor is not None:
        like = {"sizes": main.frame.iloc[:, : main.before].sum(axis=1), "factor": chosen.factor}
    try:
        return placebo_sites(
            graph.subgraph([*site, *donors]), site=list(site), n=chosen.placebos, buffer=chosen.buffer,
            too_few="give all", seed=chosen.seed, **like,
        )  # fmt: skip
    except SocharmError as error:
        return str(error)
