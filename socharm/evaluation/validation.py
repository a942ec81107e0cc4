"""Does the order hold? Rank on some months, measure on the next, beside simpler orders."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._constraints import CountFrom1, Draws, Seed, Threads
from socharm._limits import require_memory
from socharm._record import Record
from socharm._settings import SEED, THREADS, Settings, setting
from socharm._words import number_of
from socharm.errors import CoverageWarning
from socharm.evaluation.holdout import RANKERS, HoldOut, Scorer, cut_origins, month_table
from socharm.evaluation.holdout_accuracy import HoldoutDesign, bootstrap, measure_all
from socharm.evaluation.holdout_inputs import (
    blocks_by_area,
    denominators,
    ground_by_area,
    holdout_design,
    require_months,
    scores_by_area,
)
from socharm.evaluation.validation_tables import means_table, origin_name, origin_table, origins_table, skill_table
from socharm.io.deprivation_record import Deprivation
from socharm.ranking.top_sizes import TOP, top_faults, top_sizes
from socharm.severity.index import SeverityIndex

__all__ = [
    "HeldOut",
    "RankingValidation",
    "ValidationFindings",
    "ValidationSettings",
    "hold_out",
    "validate_ranking",
]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ValidationSettings(Settings):
    """Choices behind a hold-out; enough to run it again."""

    k: tuple[int | str, ...] = setting(TOP, "sizes of the top")
    window: CountFrom1 = setting(3, "months that an order is made from")
    horizon: CountFrom1 = setting(1, "months that it is measured on")
    step: CountFrom1 = setting(1, "months from one origin to the next")
    resamples: Draws = setting(2_000, "bootstrap samples of areas")
    rank_draws: Draws = setting(1_000, "posterior draws of each ranking")
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if not self.k:
            yield "`k` is empty; name at least one size of the top, such as 10."
        yield from top_faults(self.k, name="k")


@dataclass(frozen=True, kw_only=True)
class ValidationFindings:
    """What a hold-out was made of: denominators, the deprivation and blocks used, weights, number of origins."""

    denominators: tuple[str, ...]
    deprivation: str
    blocks: str
    scheme: str
    level: str
    origins: int


@dataclass(frozen=True, eq=False, repr=False)
class RankingValidation(Record):
    """How much of the next months' harm and crime the first areas of each order held.

    Attributes
    ----------
    table : DataFrame
        One row for each ``ranker``, ``k`` and ``denominator``: ``size`` (areas meant, mean over origins), ``origins``
        (at which the ranker has an order); means over origins, each with ``_low_95`` and ``_high_95`` (bootstrap over
        areas): ``share_harm``, ``share_crimes``, ``share_size`` (of population or ground), ``harm_pai``, ``pai``,
        ``harm_pei``, ``pei``, ``recapture_harm``, ``recapture_crimes`` (share in the horizon over share in the
        window), ``predicted_over_observed`` (of harm; of crimes for the two orders by crimes; missing for
        deprivation and random), ``rank_correlation`` (Spearman, with the horizon's harm per unit of the denominator).
    by_origin : DataFrame
        The same at each ``origin`` (first month of the horizon), without intervals.
    skill : DataFrame
        ``ranker``, ``against`` (a baseline), ``k``, ``metric`` (``share_harm``, ``share_crimes``, ``harm_pai``,
        ``pai``), ``denominator`` (empty for the shares), ``value`` and ``baseline`` (means over the ``origins`` that
        both have), ``difference`` and ``ratio`` with ``_low_95`` and ``_high_95``.
    origins : DataFrame
        Index ``origin``: ``window_start``, ``window_end``, ``horizon_start``, ``horizon_end``, ``areas``,
        ``left_out_window``, ``left_out_horizon`` (areas not covered), ``crimes``, ``harm``, ``reason`` (why it is not
        used; empty where it is).
    rankers : DataFrame
        Index ``ranker``; ``by``: what each order goes by.
    """

    __made_by__ = ("validate_ranking",)

    table: pd.DataFrame
    by_origin: pd.DataFrame
    skill: pd.DataFrame
    origins: pd.DataFrame
    rankers: pd.DataFrame
    settings: ValidationSettings
    about: About
    findings: ValidationFindings

    def _summary(self) -> dict[str, str]:
        first = self.table[self.table["ranker"] == "socharm rank"].iloc[0]
        held = [f"{first[f'share_harm{end}']:.1%}" for end in ("", "_low_95", "_high_95")]
        lines = {
            "origins": f"{self.findings.origins}",
            "months": f"ranked on {self.settings.window}, measured on the next {self.settings.horizon}",
            f"first {first['k']} hold": "{} of the harm that came next ({} to {})".format(*held),
        }
        found = self.skill[(self.skill["ranker"] == "socharm rank") & (self.skill["metric"] == "share_harm")]
        for row in found[found["k"] == first["k"]].to_dict("records"):
            gained = [f"{row[f'difference{end}']:+.1%}" for end in ("", "_low_95", "_high_95")]
            lines[f"against {row['against']}"] = "{} of harm ({} to {})".format(*gained)
        return lines


@checked
def validate_ranking(
    history: SeverityIndex,
    *,
    k: int | str | Iterable[int | str] = TOP,
    window: CountFrom1 = 3,
    horizon: CountFrom1 = 1,
    step: CountFrom1 = 1,
    sizes: pd.Series | pd.DataFrame | None = None,
    deprivation: Deprivation | pd.Series | None = None,
    blocks: pd.Series | str | None = None,
    resamples: Draws = 2_000,
    rank_draws: Draws = 1_000,
    seed: Seed | None = None,
    settings: ValidationSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
) -> RankingValidation:
    r"""Rank on `window` months, measure on the next `horizon`, and move on by `step` months.

    Parameters
    ----------
    history : SeverityIndex
        Over all months; nothing after an origin's window enters the order made there.
    k : int, "p%", or iterable of them
        Sizes of the top; shares of the areas are rounded up.
    window, horizon, step : int
        Months.
    sizes : Series or GeoDataFrame, optional
        Ground in km2 by area, or the areas themselves (in metres): the denominator ``"area"``. Without it only the
        denominator of `history` is used.
    deprivation : Deprivation or Series, optional
        Scores, higher is more deprived, for the order by deprivation alone; without crime where there is such a
        version.
    blocks : Series or "parent", optional
        Areas that are resampled together, by area, or those of a district. Without it each area is a block of its own,
        with all its months.
    resamples : int
        Bootstrap samples of areas. Every order and origin sees the same samples, and the first `k` are chosen anew in
        each.
    rank_draws : int
        Posterior draws of each ranking.
    seed : int
        To be stated here or in `settings`.
    settings : ValidationSettings or mapping, optional
        Choices of another hold-out, for what is not stated by keyword.
    threads : int
        Any number gives the same result.

    Returns
    -------
    RankingValidation

    Raises
    ------
    ParameterError
        Too few months or areas, a top as large as the force, a choice that is no number, months that are not known.
    AlignmentError
        An area of `history` has no size, score or block.

    Warns
    -----
    CoverageWarning
        Areas were left out at some origins because they were not covered; they are never zero.
    ModelWarning
        Windows of one month do not show how counts vary over time: the packaged over-dispersion is used.

    Notes
    -----
    With shares of harm :math:`h_k`, of crimes :math:`c_k` and of the denominator :math:`a_k` in the first *k* areas:
    PAI :math:`c_k/a_k`, harm-PAI :math:`h_k/a_k`, PEI the PAI over that of the order by what came per unit of the
    denominator, recapture index the share in the horizon over that in the window. Equal scores share their places. An
    area that is not covered in enough of the window or in the whole horizon is left out at that origin, for all orders,
    and counted in `origins`. Harm is measured with the weights of `history`: under police.uk data these are means of
    categories, so that what harm weights can show above counts is what categories show. A random order is its mean over
    all orders, so it needs no draws and has no interval.

    References
    ----------
    Chainey, S., Tompson, L., Uhlig, S. (2008). The utility of hotspot mapping for predicting spatial patterns of
    crime. Security Journal 21, 4-28. Levine, N. (2008). Security Journal 21, 295-302. Hunt, J. (2016). Do crime hot
    spots move? American University. Wheeler, A. P., Steenbeek, W. (2021). Mapping the risk terrain for crime using
    machine learning. Journal of Quantitative Criminology 37, 445-480.

    Examples
    --------
    >>> import socharm as sh
    >>> sample = sh.load_sample()
    >>> counts = sh.count_incidents(sample.incidents, sample.wards)
    >>> weights = sh.load_weights("ons-css").crosswalk("police.uk", allow_stale=True)
    >>> index = sh.severity_index(counts, weights, sample.population)
    >>> held = validate_ranking(index, k=[10], window=6, horizon=6, step=6, sizes=sample.wards, resamples=100, seed=1)
    >>> held.findings.origins, sorted(held.table["denominator"].unique())
    (3, ['area', 'population'])
    """
    chosen = ValidationSettings.of(settings)
    held = hold_out(history, chosen, sizes=sizes, deprivation=deprivation, blocks=blocks, others={}, threads=threads)
    return RankingValidation(settings=chosen, **held.parts(RANKERS))


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a hold-out measured, before it is a result.

    Attributes
    ----------
    design : HoldoutDesign
    table, by_origin, skill, origins : DataFrame
    findings : ValidationFindings
    about : About
    """

    design: HoldoutDesign
    table: pd.DataFrame
    by_origin: pd.DataFrame
    skill: pd.DataFrame
    origins: pd.DataFrame
    findings: ValidationFindings
    about: About

    def parts(self, says: Mapping[str, str]) -> dict[str, Any]:
        """Attributes of a `RankingValidation` but for its settings; `says` tells what each order goes by."""
        rankers = pd.DataFrame({"by": {name: says[name] for name in self.design.rankers}}).rename_axis("ranker")
        tables = {name: getattr(self, name) for name in ("table", "by_origin", "skill", "origins", "findings", "about")}
        return {**tables, "rankers": rankers}


def hold_out(
    history: SeverityIndex,
    chosen: ValidationSettings,
    *,
    sizes: pd.Series | pd.DataFrame | None,
    deprivation: Deprivation | pd.Series | None,
    blocks: pd.Series | str | None,
    others: Mapping[str, Scorer],
    threads: int,
) -> HeldOut:
    """Cut, measure the areas as they are, then resample them; `others` are orders beside those of `RANKERS`."""
    top_sizes(chosen.k, len(history.table), name="k")
    months = month_table(history)
    require_months(history, months, chosen.window, chosen.horizon)
    score, named = scores_by_area(deprivation, months.areas)
    ground, (group, blocked) = ground_by_area(sizes, months.areas), blocks_by_area(blocks, history)
    cut = HoldOut(
        window=chosen.window, horizon=chosen.horizon, step=chosen.step, rank_draws=chosen.rank_draws,
        seed=chosen.seed, threads=threads, others=others,
    )  # fmt: skip
    for name, number in (("rank_draws", chosen.rank_draws), ("resamples", chosen.resamples)):
        require_memory({"areas": len(months.areas), f"`{name}`": number}, remedy=f"Lower `{name}`; 2,000 are plenty.")
    origins = cut_origins(history, months, cut, deprivation=score)
    design = holdout_design(origins, chosen.k, ground, group)
    found = ValidationFindings(
        denominators=denominators(history, ground), deprivation=named, blocks=blocked,
        scheme=history.findings.scheme, level=history.findings.level, origins=len(design.origins),
    )  # fmt: skip
    k = [str(size) for size in chosen.k]
    values, point = measure_all(design, np.ones((1, len(months.areas))))
    drawn = bootstrap(design, draws=chosen.resamples, seed=chosen.seed, threads=threads)
    by_origin = origin_table(
        values, design, [origin_name(months, one) for one in design.origins], k, found.denominators
    )
    cuts = origins_table(months, origins)
    note = _left_out(cuts)
    given = [history.about, *([deprivation.about] if isinstance(deprivation, Deprivation) else [])]
    coverage = " ".join(part for part in (history.about.coverage, note) if part)
    return HeldOut(
        design=design,
        table=means_table(point, drawn, by_origin, design, k, found.denominators),
        by_origin=by_origin,
        skill=skill_table(values, point, drawn, design, k, found.denominators),
        origins=cuts,
        findings=found,
        about=replace(combine_about(*given), unit="share of what the next months held", coverage=coverage),
    )


def _left_out(cuts: pd.DataFrame) -> str:
    """A sentence on areas and origins that were not covered; empty where all were."""
    used = cuts[cuts["reason"] == ""]
    gaps = int((used["left_out_window"] + used["left_out_horizon"]).sum())
    parts = []
    if gaps:
        at = number_of(len(used), "origin")
        parts.append(f"{number_of(gaps, 'time')} an area was left out at one of {at}, as it was not covered")
    if len(used) < len(cuts):
        parts.append(f"{len(cuts) - len(used)} of {number_of(len(cuts), 'origin')} could not be measured")
    if not parts:
        return ""
    text = "; ".join(parts) + "."
    warnings.warn(f"{text} See `.origins`.", CoverageWarning, stacklevel=4)
    return text[0].upper() + text[1:]
