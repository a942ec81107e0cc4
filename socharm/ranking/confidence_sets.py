"""Confidence sets for ranks: which ranks an area can have, at a stated confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import NAME
from socharm._constraints import AtLeast, Draws, Seed, Threads, UpTo
from socharm._limits import require_memory
from socharm._record import Record
from socharm._settings import DRAWS, SEED, THREADS, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.ranking.rank_inputs import RankInputs, by_code, from_index, from_table
from socharm.ranking.top_sizes import TOP, top_faults, top_sizes
from socharm.severity.index import SeverityIndex
from socharm.stats.exact_rank_sets import exact_sets
from socharm.stats.rank_sets import ErrorDraws, PairCounts, draw_errors, normal_sets
from socharm.stats.ranks import ties_settled

__all__ = ["ConfidenceSettings", "RankSetFindings", "RankSetSettings", "RankSets", "rank_confidence_sets"]

_Floats = NDArray[np.float64]

#: Least draws by default, and how many errors they may be in all (240 MB) before they become fewer.
_LEAST_DRAWS: Final = 1_000
_MOST_ERRORS: Final = 20_000_000


#: What of an index is ranked.
Measure: TypeAlias = Literal["rate", "harm", "crime_rate", "crimes"]
Method: TypeAlias = Literal["normal", "exact"]
Sets: TypeAlias = Literal["simultaneous", "marginal"]
Side: TypeAlias = Literal["two-sided", "lower", "upper"]
#: Confidence of rank sets.
Level: TypeAlias = Annotated[float, UpTo(0.5, 1)]


@dataclass(frozen=True, kw_only=True)
class ConfidenceSettings(Settings):
    """How sure rank sets are, and how many draws say so."""

    level: Level = setting(0.95, "confidence, from 0.5 to below 1")
    draws: Draws | None = setting(None, "of rank sets; by the number of areas when absent", example=DRAWS)


@dataclass(frozen=True, kw_only=True)
class RankSetSettings(ConfidenceSettings):
    """Choices behind confidence sets for ranks."""

    measure: Measure = setting("rate", "what of an index is ranked: rate, harm, crime_rate or crimes")
    method: Method | None = setting(None, "normal or exact; exact for whole numbers when absent", example="normal")
    sets: Sets = setting("simultaneous", 'right for all areas at once; or "marginal", for one chosen beforehand')
    side: Side = setting("two-sided", 'or "lower": the best rank an area can have, or "upper": the worst')
    stepdown: bool = setting(True, "narrower sets, by testing again without what was rejected")
    top: tuple[int | str, ...] = setting(TOP, "sizes of the sets of the first and of the last")
    dispersion: Annotated[float, AtLeast(1)] | None = setting(
        None, "variance of a count over its mean in exact tests; that of the index when absent", example=1.5
    )
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        least = int(np.ceil(round(self.level / (1 - self.level), 6)))
        if self.method != "exact" and self.draws is not None and self.draws < least:
            yield f"`draws` is {self.draws}; a level of {self.level:g} needs at least {least:,}, better 10,000."
        if self.method == "exact" and self.draws is not None:
            yield f"`draws` is {self.draws}, and exact tests make none. Leave `draws` out."
        yield from top_faults(self.top, name="top")


@dataclass(frozen=True, kw_only=True)
class RankSetFindings:
    """What rank sets were made with, and who could not be compared.

    Attributes
    ----------
    draws : int
        Draws made by the normal method; exact tests make none and hold what they would have been.
    method : {"normal", "exact"}
    dispersion : float
        Of exact tests; 1 for the normal method, whose standard errors hold it.
    correlated : bool
        Whether a covariance was given.
    critical : float
        Critical value of the joint sets: of the standardised difference, or of p for exact tests.
    critical_low, critical_high : float
        In which `critical` lies for ever more draws, at 95%: its error by drawing. Missing for exact tests.
    compared, not_compared, not_ranked : int
        Areas with a set; areas in the ranking that were compared with none; areas without a rank.
    """

    draws: int
    method: str
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
        the 95% interval of the critical value, and does not at the other). Another seed may change these areas, others
        hardly ever. False for exact tests, which draw nothing.
    """

    __made_by__ = ("rank_confidence_sets",)

    table: pd.DataFrame
    best: pd.DataFrame
    worst: pd.DataFrame
    undecided: pd.DataFrame
    settings: RankSetSettings
    about: About
    findings: RankSetFindings

    def _summary(self) -> dict[str, str]:
        s, f = self.settings, self.findings
        width = (self.table["rank_set_high"] - self.table["rank_set_low"] + 1).median()
        test = f"{f.draws:,} draws, seed {s.seed}" if f.method == "normal" else f"dispersion {f.dispersion:.2f}"
        lines = {
            "areas": f"{f.compared:,} with a set, {f.not_compared:,} not compared, {f.not_ranked:,} without a rank",
            "sets": f"{s.sets}, {s.side}, {s.level * 100:g}% confidence, {f.method} method ({test})",
            "median width": "no set" if pd.isna(width) else number_of(round(width), "rank"),
        }
        if f.method == "normal" and len(self.undecided.columns):
            held = {k: (int(self.best[k].fillna(False).sum()), int(self.undecided[k].sum())) for k in self.best}
            lines["best sets"] = ", ".join(f"{k}: {areas:,} ({open_:,} open)" for k, (areas, open_) in held.items())
            lines["open"] = "whether these areas belong in the best set depends on the draws; more `draws` decide it"
        return lines


@checked
def rank_confidence_sets(
    source: SeverityIndex | pd.DataFrame,
    *,
    measure: Measure = "rate",
    method: Method | None = None,
    level: Level = 0.95,
    sets: Sets = "simultaneous",
    side: Side = "two-sided",
    stepdown: bool = True,
    top: int | str | Iterable[int | str] = TOP,
    draws: Draws | None = None,
    seed: Seed | None = None,
    covariance: pd.DataFrame | _Floats | None = None,
    dispersion: Annotated[float, AtLeast(1)] | None = None,
    settings: RankSetSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
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
        To be stated here or in `settings`. Any number of `threads` gives the same result.
    covariance : DataFrame or ndarray of shape (n_areas, n_areas), optional
        Of correlated estimates of a DataFrame, in its order or labelled; takes the place of ``se``.
    dispersion : float, optional
        Variance of a count over its mean in exact tests, at least 1. By default that of the index's model (1 for a
        DataFrame, and then the tests are exact for Poisson counts).
    settings : RankSetSettings or mapping, optional
        Choices of other rank sets, for what is not stated by keyword.
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
    chosen = RankSetSettings.of(settings)
    inputs = _inputs(source, chosen, given=covariance is not None, about=about)
    if not inputs.ranked.any():
        reasons = inputs.table["reason"].value_counts().head(3)
        raise ParameterError(f"No area has a rank: {', '.join(f'{n:,} {text}' for text, n in reasons.items())}.")
    # Tested in the order of the codes and told in that of the rows, so that what is drawn is drawn of an area.
    rows, (inputs, matrix) = inputs.table.index, by_code(inputs, covariance)
    made = chosen.draws or _default_draws(int(inputs.compared.sum()), chosen.level)
    with threadpool_limits(1):
        asked, joint = _tested(inputs, chosen, matrix, made, threads)
    found = _record(inputs, asked, joint, chosen, draws=made, correlated=matrix is not None)
    return replace(found, **{name: getattr(found, name).loc[rows] for name in ("table", "best", "worst", "undecided")})


def _inputs(
    source: SeverityIndex | pd.DataFrame, settings: RankSetSettings, *, given: bool, about: About | None
) -> RankInputs:
    """What is ranked, of an index or of a table; `given` says whether a covariance was."""
    if isinstance(source, SeverityIndex):
        if given:
            raise ParameterError("`covariance` goes with a DataFrame of estimates; areas of an index are independent.")
        return from_index(source, measure=settings.measure, method=settings.method, dispersion=settings.dispersion)
    if settings.measure != "rate":
        raise ParameterError(
            f"`measure` is {settings.measure!r}, and the columns of a table say what is measured. Leave `measure` out."
        )
    return from_table(source, method=settings.method, dispersion=settings.dispersion, covariance=given, about=about)


def _default_draws(areas: int, level: float) -> int:
    """Draws that memory and time allow, and never fewer than the level needs."""
    least = max(_LEAST_DRAWS, int(np.ceil(round(level / (1 - level), 6))))
    return max(min(DRAWS, _MOST_ERRORS // max(areas, 1)), least)


def _tested(
    inputs: RankInputs, settings: RankSetSettings, matrix: _Floats | None, draws: int, threads: int
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
        require_memory({"areas": errors.size, "draws": draws}, remedy="Lower `draws`; 1,000 are usual.")
        drawn = _drawn(errors, matrix, draws, settings.seed, threads)

        def family(sets: str, side: str) -> PairCounts:
            return normal_sets(
                estimates, errors, drawn, level=level, sets=sets, side=side, stepdown=stepdown, threads=threads
            )

    joint = family("simultaneous", "two-sided")
    return joint if settings.sets == "simultaneous" else family("marginal", settings.side), joint


def _drawn(errors: _Floats, matrix: _Floats | None, draws: int, seed: int, threads: int) -> ErrorDraws:
    try:
        return draw_errors(errors, draws=draws, seed=seed, covariance=matrix, threads=threads)
    except np.linalg.LinAlgError as error:
        raise SchemaError(
            f"`covariance` of {number_of(errors.size, 'area')} compared is not positive definite: some combination "
            "of them would have no variance. Leave out estimates that others determine, or shrink it to its diagonal."
        ) from error


def _record(
    inputs: RankInputs,
    asked: PairCounts,
    joint: PairCounts,
    settings: RankSetSettings,
    *,
    draws: int,
    correlated: bool,
) -> RankSets:
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
    findings = RankSetFindings(
        draws=draws,
        method=inputs.method,
        correlated=correlated,
        dispersion=float(inputs.dispersion),
        critical=float(joint.critical[0]),
        critical_low=float("nan") if joint.narrow is None else float(joint.narrow.critical[0]),
        critical_high=float("nan") if joint.wide is None else float(joint.wide.critical[0]),
        compared=int(compared.sum()),
        not_compared=size - int(compared.sum()),
        not_ranked=len(table) - size,
    )
    return RankSets(
        table=table[order],
        best=best,
        worst=worst,
        undecided=undecided,
        settings=settings,
        about=inputs.about,
        findings=findings,
    )


def _undecided(joint: PairCounts, areas: pd.Index, compared: pd.Series, sizes: dict[str, int]) -> pd.DataFrame:
    """Areas that are in the tau-best set at one end of the critical value's interval only."""
    found = pd.DataFrame(False, index=areas, columns=list(sizes))
    if joint.narrow is not None and joint.wide is not None:
        for k, size in sizes.items():
            ends = (joint.narrow.greater < size, joint.wide.greater < size)
            found.loc[compared.to_numpy(dtype=bool), k] = ends[0] != ends[1]
    return found
