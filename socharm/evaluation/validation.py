"""Does the order hold? Rank on some months, measure on the next, beside simpler orders."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_finite, require_unique
from socharm._columns import PARENT
from socharm._constraints import CountFrom1, Draws, Seed, Threads
from socharm._limits import require_memory
from socharm._record import Record
from socharm._settings import SEED, THREADS, Settings, setting
from socharm._words import number_of
from socharm.errors import AlignmentError, CoverageWarning, ParameterError
from socharm.evaluation.holdout import RANKERS, HoldOut, MonthTable, Origin, cut_origins, month_table
from socharm.evaluation.holdout_accuracy import HoldoutDesign, bootstrap, measure_all
from socharm.evaluation.validation_tables import means_table, origin_name, origin_table, origins_table, skill_table
from socharm.io.areas import require_areas
from socharm.io.deprivation_record import Deprivation
from socharm.ranking.top_sizes import TOP, top_faults, top_sizes
from socharm.severity.dispersion import DEFAULT_PHI_SOURCE
from socharm.severity.index import SeverityIndex

__all__ = ["BASELINES", "RankingValidation", "ValidationFindings", "ValidationSettings", "validate_ranking"]

_Floats = NDArray[np.float64]

#: Orders that skill is measured against.
BASELINES: Final = ("crime count", "crime rate", "harm rate", "previous window", "deprivation", "random")


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
    top_sizes(chosen.k, len(history.table), name="k")
    table = month_table(history)
    _require_months(history, table, chosen.window, chosen.horizon)
    score, named = _scores(deprivation, table.areas)
    ground, (group, blocked) = _ground(sizes, table.areas), _blocks(blocks, history)
    cut = HoldOut(
        window=chosen.window, horizon=chosen.horizon, step=chosen.step, rank_draws=chosen.rank_draws,
        seed=chosen.seed, threads=threads,
    )  # fmt: skip
    for name, number in (("rank_draws", chosen.rank_draws), ("resamples", chosen.resamples)):
        require_memory({"areas": len(table.areas), f"`{name}`": number}, remedy=f"Lower `{name}`; 2,000 are plenty.")
    origins = cut_origins(history, table, cut, deprivation=score)
    design = _design(origins, chosen.k, ground, group)
    findings = ValidationFindings(
        denominators=_denominators(history, ground), deprivation=named, blocks=blocked,
        scheme=history.findings.scheme, level=history.findings.level, origins=len(design.origins),
    )  # fmt: skip
    about = [history.about, *([deprivation.about] if isinstance(deprivation, Deprivation) else [])]
    whole = replace(combine_about(*about), coverage=history.about.coverage)
    return _assemble(table, origins, design, chosen, findings, whole, threads)


def _assemble(
    table: MonthTable,
    origins: list[Origin],
    design: HoldoutDesign,
    settings: ValidationSettings,
    findings: ValidationFindings,
    about: About,
    threads: int,
) -> RankingValidation:
    """Measure the areas as they are, then resample them."""
    k = [str(size) for size in settings.k]
    values, point = measure_all(design, np.ones((1, len(table.areas))))
    drawn = bootstrap(design, draws=settings.resamples, seed=settings.seed, threads=threads)
    names = [origin_name(table, origin) for origin in design.origins]
    by_origin = origin_table(values, design, names, k, findings.denominators)
    cuts = origins_table(table, origins)
    note = _left_out(cuts)
    return RankingValidation(
        table=means_table(point, drawn, by_origin, design, k, findings.denominators),
        by_origin=by_origin,
        skill=skill_table(values, point, drawn, design, k, findings.denominators),
        origins=cuts,
        rankers=pd.DataFrame({"by": {name: RANKERS[name] for name in design.rankers}}).rename_axis("ranker"),
        settings=settings,
        findings=findings,
        about=replace(
            about,
            unit="share of what the next months held",
            coverage=" ".join(part for part in (about.coverage, note) if part),
        ),
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


def _require_months(history: SeverityIndex, table: MonthTable, window: int, horizon: int) -> None:
    if window + horizon > len(table.months):
        raise ParameterError(
            f"`history` has {number_of(len(table.months), 'month')}; a window "
            f"of {window} and a horizon of {horizon} need "
            f"{window + horizon}. Give more months, or shorter ones."
        )
    if (history.model.offences["phi_source"] == DEFAULT_PHI_SOURCE).all():
        raise ParameterError(
            "`history` holds months that do not vary (totals of a period spread evenly over them), or hardly any "
            "event: what comes next cannot be told from what was. Count incidents by month."
        )


def _scores(deprivation: Deprivation | pd.Series | None, areas: pd.Index) -> tuple[pd.Series | None, str]:
    """Deprivation by area, and its name."""
    if deprivation is None:
        return None, ""
    if isinstance(deprivation, Deprivation):
        version = "without_crime" if "without_crime" in deprivation.findings.versions else "published"
        named = f"{deprivation.findings.index}, {version.replace('_', ' ')}"
        return _of_areas(deprivation.scores(version), areas, name="deprivation"), named
    return _of_areas(deprivation, areas, name="deprivation"), "scores as given"


def _ground(sizes: pd.Series | pd.DataFrame | None, areas: pd.Index) -> _Floats | None:
    """km2 by area."""
    if sizes is None:
        return None
    if not isinstance(sizes, pd.Series):
        require_areas(sizes, name="sizes")
        ground: Any = sizes  # a GeoDataFrame, whose library stays on the floors below
        sizes = pd.Series(ground.geometry.area / 1e6)
    values = _of_areas(sizes, areas, name="sizes")
    if not (values > 0).all():
        raise ParameterError(f"`sizes` must lie above zero; {list(values.index[~(values > 0)][:3])} do not.")
    return values.to_numpy(dtype=float)


def _of_areas(values: pd.Series, areas: pd.Index, *, name: str) -> pd.Series:
    """A number for each area of the history."""
    if not isinstance(values, pd.Series):
        raise ParameterError(f"`{name}` is a {type(values).__name__}; give a Series by area code.")
    require_unique(values.index, name=name)
    lost = areas.difference(values.index)
    if len(lost):
        raise AlignmentError(
            f"{len(lost):,} of {number_of(len(areas), 'area')} of `history` {'is' if len(lost) == 1 else 'are'} "
            f"not in `{name}`, such as {list(lost[:3])}. "
            "Check that both use the same boundary year."
        )
    found = values.reindex(areas)
    require_finite(found, name=name)
    return found.astype(float)


def _blocks(blocks: pd.Series | str | None, history: SeverityIndex) -> tuple[pd.Series, str]:
    """Name of the block of each area, and what blocks are."""
    areas = history.table.index
    if blocks is None:
        return pd.Series(areas, index=areas), "single areas"
    if isinstance(blocks, str) and blocks != "parent":
        raise ParameterError(f"`blocks` is {blocks!r}; give a Series by area code, 'parent', or nothing.")
    if not isinstance(blocks, str):
        if not isinstance(blocks, pd.Series):
            raise ParameterError(f"`blocks` is a {type(blocks).__name__}; give a Series by area code, or 'parent'.")
        require_unique(blocks.index, name="blocks")
    found = history.table[PARENT] if isinstance(blocks, str) else blocks.reindex(areas)
    if found.isna().any():
        lost = list(areas[found.isna()][:3])
        raise AlignmentError(
            f"{number_of(int(found.isna().sum()), 'area of `history` is', 'areas of `history` are')} "
            f"in no block, such as {lost}."
        )
    return found, "districts" if isinstance(blocks, str) else "blocks as given"


def _denominators(history: SeverityIndex, ground: _Floats | None) -> tuple[str, ...]:
    first = "areas" if history.findings.denominator == "none" else "population"
    return (first,) if ground is None else (first, "area")


def _design(
    origins: list[Origin], tops: tuple[int | str, ...], ground: _Floats | None, blocks: pd.Series
) -> HoldoutDesign:
    """Origins that can be measured, and what is measured at them."""
    used = [origin for origin in origins if not origin.reason]
    if not used:
        raise ParameterError(
            f"Nothing can be measured at any of {number_of(len(origins), 'origin')}: {origins[0].reason}. See the "
            "coverage of `history`."
        )
    ks = [np.array(list(top_sizes(tops, origin.rows.size, name="k").values()), dtype=np.int64) for origin in used]
    for origin, numbers in zip(used, ks, strict=True):
        if numbers.max() >= origin.rows.size:
            raise ParameterError(
                f"`k` asks for {number_of(int(numbers.max()), 'area')} where only {origin.rows.size} are covered: "
                "everything would be captured. Ask for fewer."
            )
    standing = np.zeros(len(blocks), dtype=bool)
    for origin in used:
        standing[origin.rows] = True
    group = np.full(len(blocks), -1, dtype=np.int64)
    group[standing] = pd.factorize(blocks[standing], sort=True)[0]
    if group.max() < 1:
        raise ParameterError("`blocks` puts all areas into one block; resampling needs at least two.")
    rankers = [name for name in RANKERS if name in used[0].scores]
    baselines = [rankers.index(name) for name in BASELINES if name in rankers]
    return HoldoutDesign(used, rankers, baselines, ks, ground, group)
