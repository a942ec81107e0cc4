"""Confidence sets for ranks: which ranks an area can have, at a stated confidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_choice, require_fraction, require_positive
from socharm._columns import NAME
from socharm._constraints import Draws, OpenShare, Positive, Seed, Threads
from socharm._limits import require_memory
from socharm._record import Record
from socharm.errors import ParameterError, SchemaError
from socharm.ranking.rank_inputs import METHODS, RankInputs, checked_covariance, from_index, from_table
from socharm.ranking.top_sizes import as_tops, top_sizes
from socharm.severity.index import SeverityIndex
from socharm.stats.exact_rank_sets import exact_sets
from socharm.stats.rank_sets import SETS, SIDES, ErrorDraws, PairCounts, draw_errors, normal_sets
from socharm.stats.ranks import ties_settled

__all__ = ["RankSetSettings", "RankSets", "rank_confidence_sets"]

_Floats = NDArray[np.float64]

#: Draws by default, and how many errors they may be in all (240 MB) before they become fewer.
_DRAWS: Final = 10_000
_LEAST_DRAWS: Final = 1_000
_MOST_ERRORS: Final = 20_000_000


@dataclass(frozen=True, kw_only=True)
class RankSetSettings:
    """Choices behind confidence sets for ranks, and who could not be compared.

    Attributes
    ----------
    seed, draws : int
        Of the bootstrap; exact tests use neither.
    measure, method, sets, side, stepdown, level, top
        As given, or chosen, in `rank_confidence_sets`.
    dispersion : float
        Of exact tests; 1 for the normal method, whose standard errors hold it.
    correlated : bool
        Whether a covariance was given.
    critical : float
        Critical value of the joint sets: of the standardised difference, or of p for exact tests.
    critical_low, critical_high : float
        In which `critical` lies for ever more draws, at 95 %: its error by drawing. Missing for exact tests.
    compared, not_compared, not_ranked : int
        Areas with a set; areas in the ranking that were compared with none; areas without a rank.
    """

    seed: int
    draws: int
    measure: str
    method: str
    level: float
    sets: str
    side: str
    stepdown: bool
    top: tuple[int | str, ...]
    dispersion: float = 1.0
    correlated: bool = False
    critical: float = float("nan")
    critical_low: float = float("nan")
    critical_high: float = float("nan")
    compared: int = 0
    not_compared: int = 0
    not_ranked: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class RankSets(Record):
    """Ranks that each area can have, at a stated confidence. Rank 1 is the most.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``estimate``, ``se``, ``amount`` (harm or crimes, that the estimate is of),
        ``exposure``, ``events`` (effective ones of harm), ``rank_observed`` (ties share the lower rank),
        ``rank_set_low``, ``rank_set_high`` (as asked for), ``joint_low``, ``joint_high`` (two-sided, for all areas at
        once), ``reason`` (why there is no set; empty text where there is one).
    best : DataFrame of boolean
        Index ``area_code``, one column for each ``top``: whether the area is in the tau-best set, which holds every
        area that truly is among the first tau, at the stated confidence. Missing where the area was not compared.
    worst : DataFrame of boolean
        The same for the last tau.
    undecided : DataFrame of boolean
        The same shape: whether the draws leave open if the area belongs in the tau-best set (it does at one end of
        the 95 % interval of the critical value, and does not at the other). Another seed may change these areas, others
        hardly ever. False for exact tests, which draw nothing.
    """

    table: pd.DataFrame
    best: pd.DataFrame
    worst: pd.DataFrame
    undecided: pd.DataFrame
    settings: RankSetSettings
    about: About

    def _summary(self) -> dict[str, str]:
        s = self.settings
        width = (self.table["rank_set_high"] - self.table["rank_set_low"] + 1).median()
        test = f"{s.draws:,} draws, seed {s.seed}" if s.method == "normal" else f"dispersion {s.dispersion:.2f}"
        lines = {
            "areas": f"{s.compared:,} with a set, {s.not_compared:,} not compared, {s.not_ranked:,} without a rank",
            "sets": f"{s.sets}, {s.side}, {s.level * 100:g} % confidence, {s.method} method ({test})",
            "median width": "no set" if pd.isna(width) else f"{width:,.0f} ranks",
        }
        if s.method == "normal" and len(self.undecided.columns):
            held = {k: (int(self.best[k].fillna(False).sum()), int(self.undecided[k].sum())) for k in self.best}
            lines["best sets"] = ", ".join(f"{k}: {areas:,} ({open_:,} open)" for k, (areas, open_) in held.items())
            lines["open"] = "whether these areas belong in the best set depends on the draws; more `draws` decide it"
        return lines


@checked
def rank_confidence_sets(
    source: SeverityIndex | pd.DataFrame,
    *,
    measure: str = "rate",
    method: str | None = None,
    level: OpenShare = 0.95,
    sets: str = "simultaneous",
    side: str = "two-sided",
    stepdown: bool = True,
    top: int | str | Iterable[int | str] = (5, 10, 20, "10%"),
    draws: Draws | None = None,
    seed: Seed,
    covariance: pd.DataFrame | _Floats | None = None,
    dispersion: Positive | None = None,
    threads: Threads = 2,
    about: About | None = None,
) -> RankSets:
    r"""Confidence sets for the ranks of areas, after Mogstad, Romano, Shaikh and Wilhelm.

    Parameters
    ----------
    source : SeverityIndex or DataFrame
        A DataFrame has one row for each area and the columns ``estimate`` and ``se``, or ``n`` (whole numbers) and,
        for rates, ``exposure``; also ``name``, and ``exposure`` beside an estimate that is per unit of it.
    measure : {"rate", "harm", "crime_rate", "crimes"}
        What of an index is ranked: harm per exposure, harm, crimes per exposure, crimes. A DataFrame is what it is.
    method : {"normal", "exact"}, optional
        Exact is the default for crimes and for a DataFrame of ``n``; harm has no exact test.
    level : float
        Confidence, from 0.5 to below 1.
    sets : {"simultaneous", "marginal"}
        Sets that hold for all areas at once, or each one by itself: the latter are for one area chosen beforehand.
    side : {"two-sided", "lower", "upper"}
        Bound both sides of the rank, the best rank it can have, or the worst.
    stepdown : bool
        Narrower sets at the same confidence, by testing again without what was rejected.
    top : int, "p%", or iterable of them
        Sizes of the tau-best and tau-worst sets; shares are rounded up.
    draws : int, optional
        Of the bootstrap. By default 10,000, or fewer for many areas (20 million errors in all, at least 1,000);
        ``undecided`` of the result names the areas whose place in a best set more draws could change.
    seed : int
        Any number of `threads` gives the same result.
    covariance : DataFrame or ndarray of shape (n_areas, n_areas), optional
        Of correlated estimates of a DataFrame, in its order or labelled; takes the place of ``se``.
    dispersion : float, optional
        Variance of a count over its mean in exact tests, at least 1. By default that of the index's model (1 for a
        DataFrame, and then the tests are exact for Poisson counts).
    threads : int
    about : About, optional
        Of a DataFrame.

    Returns
    -------
    RankSets
        An area in the ranking that cannot be compared (fewer than ten effective events under the normal method, no
        standard error) has no set, and counts for the others as one that may stand anywhere: it narrows no set.

    Raises
    ------
    ParameterError
        An unknown choice, too few draws for the level, a covariance beside an index, no area in the ranking.
    SchemaError
        Values that are not finite, errors or exposures not above zero, counts that are not whole; a covariance that
        is not symmetric or not positive definite.
    AlignmentError
        A covariance of other areas.
    RefusedError
        No area has ten effective events.

    Notes
    -----
    The set of area j is from :math:`L_j = 1 + \#\{k\ \text{significantly more than}\ j\}` to
    :math:`U_j = p - \#\{k\ \text{significantly less}\}`. Normal method: parametric bootstrap of the largest
    standardised difference. Exact: of two counts given their sum, binomial with share
    :math:`e_j / (e_j + e_k)`, Holm over ordered pairs. tau-best: areas whose joint :math:`L_j` is at most tau. Sets
    are conservative: where truths tie, every rank that the tie allows is covered.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M., Wilhelm, D. (2024). Inference for ranks with applications to mobility
    across neighbourhoods and academic achievement across countries. Review of Economic Studies 91(1), 476-518.
    Klein, M., Wright, T., Wieczorek, J. (2020). A joint confidence region for an overall ranking of populations.
    Journal of the Royal Statistical Society C 69(3), 589-606.

    Examples
    --------
    >>> scores = pd.DataFrame({"estimate": [90.0, 52.0, 50.0], "se": [4.0, 4.0, 4.0]}, index=["A", "B", "C"])
    >>> found = rank_confidence_sets(scores, top=(1,), seed=1)
    >>> found.table[["rank_observed", "rank_set_low", "rank_set_high"]].to_numpy().tolist()
    [[1, 1, 1], [2, 2, 3], [3, 2, 3]]
    >>> found.best["1"].tolist()
    [True, False, False]
    """
    if not isinstance(source, SeverityIndex) and measure != "rate":
        raise ParameterError(
            f"`measure` is {measure!r}, and the columns of a table say what is measured. Leave `measure` out."
        )
    settings = _checked(seed, draws, measure, method, level, sets, side, stepdown, as_tops(top), dispersion)
    require_positive(threads, name="threads", whole=True)
    if isinstance(source, SeverityIndex):
        if covariance is not None:
            raise ParameterError("`covariance` goes with a DataFrame of estimates; areas of an index are independent.")
        inputs = from_index(source, measure=measure, method=method, dispersion=dispersion)
    elif isinstance(source, pd.DataFrame):
        given = covariance is not None
        inputs = from_table(source, method=method, dispersion=dispersion, covariance=given, about=about)
    else:
        raise ParameterError(
            f"`source` is a {type(source).__name__}; give what `severity_index` returns, or a DataFrame with the "
            "columns estimate and se, or n."
        )
    if not inputs.ranked.any():
        raise ParameterError(f"No area has a rank: {inputs.table['reason'].value_counts().head(3).to_dict()}.")
    matrix = None
    if covariance is not None:
        matrix = checked_covariance(covariance, inputs.table.index, inputs.compared)
        errors = pd.Series(np.sqrt(np.diag(matrix)), index=inputs.table.index[inputs.compared])
        inputs = replace(inputs, table=inputs.table.assign(se=errors))
    if not settings.draws:
        settings = replace(settings, draws=_default_draws(int(inputs.compared.sum()), level))
    with threadpool_limits(1):
        asked, joint = _tested(inputs, settings, matrix, threads)
    return _record(inputs, asked, joint, replace(settings, correlated=matrix is not None))


def _checked(
    seed: int,
    draws: int | None,
    measure: str,
    method: str | None,
    level: float,
    sets: str,
    side: str,
    stepdown: bool,
    top: tuple[int | str, ...],
    dispersion: float | None,
) -> RankSetSettings:
    require_choice(sets, SETS, name="sets")
    require_choice(side, SIDES, name="side")
    if draws is not None:
        require_positive(draws, name="draws", whole=True)
    if method is not None:
        require_choice(method, METHODS, name="method")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(f"`seed` is {seed!r}; it must be a whole number of at least 0.")
    require_fraction(level, name="level")
    if not isinstance(stepdown, (bool, np.bool_)):
        raise ParameterError(f"`stepdown` is {stepdown!r}; it must be True or False.")
    if not 0.5 <= level < 1:
        raise ParameterError(f"`level` is {level!r}; it must lie from 0.5 to below 1, such as 0.95.")
    least = int(np.ceil(round(level / (1 - level), 6)))
    if method != "exact" and draws is not None and draws < least:
        raise ParameterError(f"`draws` is {draws}; a level of {level:g} needs at least {least:,}, better 10,000.")
    if dispersion is not None:
        require_positive(dispersion, name="dispersion")
    if dispersion is not None and dispersion < 1:
        raise ParameterError(f"`dispersion` is {dispersion!r}; it must be a number of at least 1.")
    return RankSetSettings(
        seed=int(seed),
        draws=0 if draws is None else int(draws),
        measure=measure,
        method=method or "",
        level=float(level),
        sets=sets,
        side=side,
        stepdown=bool(stepdown),
        top=top,
    )


def _default_draws(areas: int, level: float) -> int:
    """Draws that memory and time allow, and never fewer than the level needs."""
    least = max(_LEAST_DRAWS, int(np.ceil(round(level / (1 - level), 6))))
    return max(min(_DRAWS, _MOST_ERRORS // max(areas, 1)), least)


def _tested(
    inputs: RankInputs, settings: RankSetSettings, matrix: _Floats | None, threads: int
) -> tuple[PairCounts, PairCounts]:
    """The sets asked for, and those that hold for all areas at once."""
    chosen = inputs.compared.to_numpy(dtype=bool)
    level, stepdown = settings.level, settings.stepdown
    if inputs.method == "exact":
        counts, divisor = (part.to_numpy(dtype=np.float64)[chosen] for part in (inputs.counts, inputs.divisor))

        def family(sets: str, side: str) -> PairCounts:
            return exact_sets(
                counts,
                divisor,
                level=level,
                sets=sets,
                side=side,
                stepdown=stepdown,
                dispersion=inputs.dispersion,
                threads=threads,
            )
    else:
        estimates, errors = (inputs.table[name].to_numpy(dtype=np.float64)[chosen] for name in ("estimate", "se"))
        require_memory({"areas": errors.size, "draws": settings.draws}, remedy="Lower `draws`; 1,000 are usual.")
        drawn = _drawn(errors, matrix, settings, threads)

        def family(sets: str, side: str) -> PairCounts:
            return normal_sets(
                estimates, errors, drawn, level=level, sets=sets, side=side, stepdown=stepdown, threads=threads
            )

    joint = family("simultaneous", "two-sided")
    return joint if settings.sets == "simultaneous" else family("marginal", settings.side), joint


def _drawn(errors: _Floats, matrix: _Floats | None, settings: RankSetSettings, threads: int) -> ErrorDraws:
    try:
        return draw_errors(errors, draws=settings.draws, seed=settings.seed, covariance=matrix, threads=threads)
    except np.linalg.LinAlgError as error:
        raise SchemaError(
            f"`covariance` of the {errors.size} areas compared is not positive definite: some combination of estimates "
            "would have no variance. Leave out estimates that others determine, or shrink it towards its diagonal."
        ) from error


def _record(inputs: RankInputs, asked: PairCounts, joint: PairCounts, settings: RankSetSettings) -> RankSets:
    table, compared = inputs.table.copy(), inputs.compared
    size = int(inputs.ranked.sum())
    settled = ties_settled(table["estimate"].where(inputs.ranked).to_numpy(dtype=float))
    observed = pd.Series(settled, index=table.index).rank(method="min", ascending=False, na_option="keep")
    table["rank_observed"] = observed.astype("Int64")
    greater = asked.greater if settings.side != "upper" else 0 * asked.greater
    smaller = asked.smaller if settings.side != "lower" else 0 * asked.smaller
    columns = {
        "rank_set_low": 1 + greater,
        "rank_set_high": size - smaller,
        "joint_low": 1 + joint.greater,
        "joint_high": size - joint.smaller,
    }
    for name, values in columns.items():
        known = pd.Series(values, index=table.index[compared]).reindex(table.index)
        table[name] = known.astype("Int64")
    sizes = top_sizes(settings.top, size, name="top")
    best = pd.DataFrame({k: table["joint_low"] <= n for k, n in sizes.items()}, index=table.index)
    worst = pd.DataFrame({k: table["joint_high"] >= size - n + 1 for k, n in sizes.items()}, index=table.index)
    undecided = _undecided(joint, table.index, compared, sizes)
    order = [NAME, "estimate", "se", "amount", "exposure", "events", "rank_observed", *columns, "reason"]
    final = replace(
        settings,
        method=inputs.method,
        dispersion=float(inputs.dispersion),
        critical=float(joint.critical[0]),
        critical_low=float("nan") if joint.narrow is None else float(joint.narrow.critical[0]),
        critical_high=float("nan") if joint.wide is None else float(joint.wide.critical[0]),
        compared=int(compared.sum()),
        not_compared=size - int(compared.sum()),
        not_ranked=len(table) - size,
    )
    return RankSets(table=table[order], best=best, worst=worst, undecided=undecided, settings=final, about=inputs.about)


def _undecided(joint: PairCounts, areas: pd.Index, compared: pd.Series, sizes: dict[str, int]) -> pd.DataFrame:
    """Areas that are in the tau-best set at one end of the critical value's interval only."""
    found = pd.DataFrame(False, index=areas, columns=list(sizes))
    if joint.narrow is not None and joint.wide is not None:
        for k, size in sizes.items():
            ends = (joint.narrow.greater < size, joint.wide.greater < size)
            found.loc[compared.to_numpy(dtype=bool), k] = ends[0] != ends[1]
    return found
