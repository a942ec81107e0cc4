"""Hot spot methods side by side: how much of the next months' harm and crime the first areas of each hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._constraints import CountFrom1, Draws, Positive, Seed, Threads
from socharm._settings import THREADS, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError
from socharm.evaluation.holdout import RANKERS, Origin
from socharm.evaluation.holdout_accuracy import HoldoutDesign
from socharm.evaluation.hotspot_orders import (
    METHODS,
    Method,
    OwnMethod,
    method_scorers,
    own_scorers,
    usual_bandwidth,
)
from socharm.evaluation.validation import RankingValidation, ValidationSettings, hold_out
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.neighbours import neighbour_rule, neighbours
from socharm.io.areas import require_areas
from socharm.io.deprivation_record import Deprivation
from socharm.ranking.top_sizes import TOP
from socharm.severity.index import SeverityIndex
from socharm.stats.accuracy import captured

__all__ = ["HotspotComparison", "HotspotComparisonSettings", "compare_hotspots"]

_Floats = NDArray[np.float64]

#: Shares of the denominator at which curves are read, in percent.
_GRID = np.arange(0, 101)


@dataclass(frozen=True, kw_only=True)
class HotspotComparisonSettings(ValidationSettings):
    """Choices behind a comparison of hot spot methods."""

    methods: tuple[Method, ...] = setting(tuple(METHODS), "hot spot methods that are compared")
    bandwidth: Positive | None = setting(None, "of the kernel density, in metres; twice the reach of six neighbours")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if len(set(self.methods)) < len(self.methods):
            yield f"`methods` names one method twice: {list(self.methods)}. Name each once."
        if self.bandwidth is not None and "kernel density" not in self.methods:
            yield "`bandwidth` is that of 'kernel density', which `methods` lacks. Add it, or leave `bandwidth` out."


@dataclass(frozen=True, eq=False, repr=False)
class HotspotComparison(RankingValidation):
    """How much of the next months' harm and crime the first areas of each method held.

    Attributes
    ----------
    table, by_origin, skill, origins, rankers : DataFrame
        As of `RankingValidation`, with a row for each method.
    curves : DataFrame
        ``ranker``, ``denominator``, ``percent`` (0 to 100, of the denominator, in the order of the ranker),
        ``share_harm``, ``share_crimes`` (that those areas held, means over origins), ``origins`` (that they are means
        of). Within an area, and among areas of equal score, both grow in proportion.
    bandwidth_m : float or None
        Of the kernel density, in metres; None where it is not compared.
    rule : str
        Who is a neighbour.
    """

    __made_by__ = ("compare_hotspots",)

    settings: HotspotComparisonSettings
    curves: pd.DataFrame
    bandwidth_m: float | None
    rule: str

    def _summary(self) -> dict[str, str]:
        first = self.table[self.table["k"] == self.table["k"].iloc[0]].drop_duplicates("ranker")
        known = first[first["share_harm"].notna()].sort_values("share_harm", ascending=False, kind="stable")
        lines = {
            "origins": f"{self.findings.origins}",
            "months": f"ordered on {self.settings.window}, measured on the next {self.settings.horizon}",
        }
        for row in known.to_dict("records"):
            ends = [f"{row[f'share_harm{end}']:.1%}" for end in ("", "_low_95", "_high_95")]
            lines[f"first {row['k']} by {row['ranker']}"] = "{} of the harm that came next ({} to {})".format(*ends)
        return lines


@checked
def compare_hotspots(
    history: SeverityIndex,
    areas: gpd.GeoDataFrame,
    *,
    graph: Graph | W | None = None,
    own: Mapping[str, OwnMethod] | None = None,
    deprivation: Deprivation | pd.Series | None = None,
    blocks: pd.Series | str | None = None,
    methods: Iterable[Method] = tuple(METHODS),
    bandwidth: Positive | None = None,
    k: int | str | Iterable[int | str] = TOP,
    window: CountFrom1 = 3,
    horizon: CountFrom1 = 1,
    step: CountFrom1 = 1,
    resamples: Draws = 2_000,
    rank_draws: Draws = 1_000,
    seed: Seed | None = None,
    settings: HotspotComparisonSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
) -> HotspotComparison:
    r"""Order areas by each method on `window` months, measure on the next `horizon`, and move on by `step` months.

    Parameters
    ----------
    history : SeverityIndex
        Over all months, of any areas: wards, or cells of `socharm.io.grid`. Nothing after an origin's window enters an
        order made there.
    areas : GeoDataFrame
        Shapes of those areas by code, in metres: who is a neighbour, where each lies, and how much ground it has.
    graph : Graph or W, optional
        Neighbours; queen contiguity of `areas` when omitted, with an island joined to what is nearest.
    own : mapping of str to function, optional
        Methods of one's own: each takes a table of the window (index ``area_code``; ``harm``, ``crimes``, ``exposure``,
        ``rate``, harm per exposure) and returns a score for each of its areas, the highest first.
    deprivation : Deprivation or Series, optional
        Scores, higher is more deprived, for the order by deprivation alone.
    blocks : Series or "parent", optional
        Areas that are resampled together. Without it each area is a block of its own, with all its months.
    methods : iterable of {"Gi*", "local Moran", "smoothed rate", "kernel density", "scan"}
        Beside the plain orders of `socharm.evaluation.validate_ranking`, which are always there.
    bandwidth : float, optional
        Radius of the quartic kernel, in metres; when omitted twice the median distance to the sixth nearest area.
    k : int, "p%", or iterable of them
        Sizes of the top.
    window, horizon, step : int
        Months.
    resamples : int
        Bootstrap samples of areas; all methods and origins see the same samples.
    rank_draws : int
        Posterior draws of each ranking.
    seed : int
        To be stated here or in `settings`.
    settings : HotspotComparisonSettings or mapping, optional
        Choices of another comparison, for what is not stated by keyword.
    threads : int
        Any number gives the same result.

    Returns
    -------
    HotspotComparison

    Raises
    ------
    ParameterError
        Too few months or areas, a top as large as the force, a method of one's own that gives no score for an area.
    AlignmentError
        `areas` or `graph` are other areas than those of `history`.

    Warns
    -----
    CoverageWarning
        Areas were left out at some origins because they were not covered.
    ModelWarning
        Windows of one month do not show how counts vary over time.

    Notes
    -----
    PAI, harm-PAI, PEI, harm-PEI and recapture are those of `socharm.evaluation.validate_ranking`, with ground and with
    the denominator of `history`. No method is tested for significance here: each gives an order, and areas that it does
    not tell apart tie and share their places. A method that names few areas (local Moran, scan) therefore loses where
    `k` asks for more than it names; the curves show where.

    References
    ----------
    Chainey, S., Tompson, L., Uhlig, S. (2008). The utility of hotspot mapping for predicting spatial patterns of
    crime. Security Journal 21, 4-28. Mohler, G. et al. (2015). Randomized controlled field trials of predictive
    policing. Journal of the American Statistical Association 110, 1399-1411.

    Examples
    --------
    >>> import socharm as sh
    >>> sample = sh.load_sample()
    >>> counts = sh.count_incidents(sample.incidents, sample.wards)
    >>> weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    >>> index = sh.severity_index(counts, weights, sample.population)
    >>> near = sh.hotspots.neighbours(sample.wards, "knn", k=6)
    >>> choices = {"window": 6, "horizon": 6, "step": 6, "resamples": 50, "rank_draws": 50, "seed": 1}
    >>> compared = compare_hotspots(index, sample.wards, graph=near, methods=["Gi*"], k=10, **choices)
    >>> compared.findings.origins, "Gi*" in set(compared.table["ranker"])
    (3, True)
    """
    chosen = HotspotComparisonSettings.of(settings)
    require_areas(areas)
    codes = history.table.index
    lost = codes.difference(areas.index)
    if len(lost):
        raise AlignmentError(
            f"`areas` lack {len(lost):,} of {number_of(len(codes), 'area')} of `history`, such as {list(lost[:3])}. "
            "Give the areas that were counted."
        )
    held = areas.loc[codes]
    points = _point_in_each(held)
    if len(held) < 2:
        raise ParameterError("`history` has one area: there is nothing to put in order.")
    joined = neighbours(held, islands="nearest") if graph is None else graph
    dense = "kernel density" in chosen.methods
    reach = (chosen.bandwidth or usual_bandwidth(points)) if dense else 0.0
    brought = own_scorers(own or {})
    scorers = method_scorers(chosen.methods, joined, points, codes, bandwidth=reach, seed=chosen.seed) | brought
    result = hold_out(
        history, chosen, sizes=held, deprivation=deprivation, blocks=blocks, others=scorers, threads=threads
    )
    says = {**RANKERS, **{str(name): by for name, by in METHODS.items()}, **dict.fromkeys(brought, "as given")}
    return HotspotComparison(
        settings=chosen,
        curves=_curves(result.design, result.findings.denominators),
        bandwidth_m=reach if dense else None,
        rule=neighbour_rule(joined),
        **result.parts(says),
    )


def _point_in_each(areas: gpd.GeoDataFrame) -> _Floats:
    """A point inside each area, in metres; shape (areas, 2)."""
    inside = areas.geometry.representative_point()
    return np.column_stack([inside.x.to_numpy(dtype=np.float64), inside.y.to_numpy(dtype=np.float64)])


def _curves(design: HoldoutDesign, denominators: tuple[str, ...]) -> pd.DataFrame:
    """Shares of harm and crimes by the share of the denominator, means over origins."""
    rows = []
    for ranker in design.rankers:
        there = [origin for origin in design.origins if origin.scores.get(ranker) is not None]
        for at, denominator in enumerate(denominators):
            lines = [_curve(origin, ranker, design.sizes(origin)[at]) for origin in there]
            mean = np.add.reduce(np.stack(lines)) / len(lines) if lines else np.full((2, _GRID.size), np.nan)
            rows.append(
                pd.DataFrame(
                    {
                        "ranker": ranker,
                        "denominator": denominator,
                        "percent": _GRID,
                        "share_harm": mean[0],
                        "share_crimes": mean[1],
                        "origins": len(there),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def _curve(origin: Origin, ranker: str, size: _Floats) -> _Floats:
    """Shares of harm and of crimes at each percent of the denominator; shape (2, percents)."""
    score = origin.scores[ranker]
    assert score is not None  # asked only where there is one
    amounts = np.stack([size, origin.harm, origin.crimes])
    ks = np.arange(0, size.size + 1)
    shares = captured(amounts, score, ks)[:, 0] / np.add.reduce(amounts, axis=1)[:, None]
    return np.stack([np.interp(_GRID / 100.0, shares[0], line) for line in shares[1:]])
