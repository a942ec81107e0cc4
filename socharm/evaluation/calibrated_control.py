"""A site of many small areas beside donors weighted to run like it before, with random groups of donors as placebos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Missing, Permutations, Seed
from socharm._record import Record
from socharm._settings import SEED, setting
from socharm._words import number_of
from socharm.errors import RefusedError
from socharm.evaluation.calibration_levels import (
    LEVELS,
    Infeasible,
    Level,
    Matched,
    Totals,
    match,
    read_outcomes,
    totals_of,
)
from socharm.evaluation.calibration_weights import CalibrationSettings, left_out_of, matched_or_refused
from socharm.evaluation.chance import as_extreme
from socharm.evaluation.change_words import against_words, change_share
from socharm.evaluation.effect_words import p_words
from socharm.evaluation.wide import Wide
from socharm.hotspots.areas.area_settings import Alternative
from socharm.stats.calibration import Distance
from socharm.stats.random_streams import BLOCK, block_sizes, stream

__all__ = [
    "CalibratedControl", "CalibratedControlFindings", "CalibratedControlSettings",
    "calibrated_control", "departure",
]  # fmt: skip

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CalibratedControlSettings(CalibrationSettings):
    """Choices behind a control by calibration; enough to make it again."""

    replications: Permutations = setting(999, "random groups of donors that are taken as if they were the site")
    alternative: Alternative = setting("two-sided", "departures that count as extreme: both, less or greater")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class CalibratedControlFindings:
    """What a control by calibration was made of.

    Attributes
    ----------
    treated : tuple of str
        Areas of the site.
    start : str
        First period with the intervention.
    periods_before, periods_after, donors, in_use : int
        In use are donors with a weight above zero.
    left_out : tuple of str
        Donors with gaps, which are not compared.
    exact : str
        What the weights meet exactly, as of `CalibrationFindings`.
    placebos : int
        Random groups of donors.
    placebos_as_exact : int
        Groups that could be met as exactly as the site.
    """

    treated: tuple[str, ...]
    start: str
    periods_before: int
    periods_after: int
    donors: int
    in_use: int
    left_out: tuple[str, ...]
    exact: Level
    placebos: int
    placebos_as_exact: int


@dataclass(frozen=True, eq=False, repr=False)
class CalibratedControl(Record):
    """A site and its weighted donors, outcome by outcome.

    Attributes
    ----------
    table : DataFrame
        Index ``outcome``: ``observed``, ``expected`` (totals after the start), ``difference``, ``change`` (missing
        where nothing is expected), ``departure``, ``as_extreme`` (of the placebos), ``p``.
    series : DataFrame
        One row for each ``outcome`` and ``period``: ``observed``, ``expected``, ``after``.
    placebos : DataFrame
        One row for each ``group`` and ``outcome``: ``observed``, ``expected``, ``departure``, ``exact``.
    """

    __made_by__ = ("calibrated_control",)

    table: pd.DataFrame
    series: pd.DataFrame
    placebos: pd.DataFrame
    settings: CalibratedControlSettings
    findings: CalibratedControlFindings
    about: About

    @property
    def sentences(self) -> dict[str, str]:
        """The finding of each outcome in plain English."""
        found, told = self.findings, {}
        for name, row in self.table.iterrows():
            said = against_words(
                row["observed"], row["expected"], found.periods_after, found.start, by="the weighted donors"
            )
            told[str(name)] = (
                f"{said} {int(row['as_extreme'])} of {number_of(found.placebos, 'random group')} of donors departed "
                f"as far ({p_words(row['p'])})."
            )
        return told

    def _summary(self) -> dict[str, str]:
        found = self.findings
        return {
            **self.sentences,
            "met exactly": found.exact,
            "donors": f"{found.in_use:,} in use of {found.donors:,}",
        }


@checked
def calibrated_control(
    outcomes: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    treated: Sequence[str],
    start: str | int,
    covariates: pd.DataFrame | None = None,
    replications: Permutations = 999,
    alternative: Alternative = "two-sided",
    calibration: Distance = "linear",
    infeasible: Infeasible = "nearest",
    missing: Missing = "error",
    seed: Seed | None = None,
    about: About | None = None,
    settings: CalibratedControlSettings | Mapping[str, Any] | None = None,
) -> CalibratedControl:
    r"""Compare a site with donors that are weighted to add up to it before the start.

    Parameters
    ----------
    outcomes : DataFrame or mapping of str to DataFrame
        As of `calibration_weights`: one frame, or one for each outcome by its name. Weights meet all of them at once.
    treated : sequence of str
        Areas of the site.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    covariates : DataFrame, optional
        One row for each area, one column for each further total that is met.
    replications : int
        Random groups of as many donors as the site has areas, each weighted for as if it were the site.
    alternative : {"two-sided", "less", "greater"}
        Departures of placebos that count as extreme.
    calibration : {"linear", "raking"}
        As of `calibration_weights`.
    infeasible : {"nearest", "error"}
        As of `calibration_weights`; groups of donors come as near as they can in any case.
    missing : {"error", "leave out"}
        What becomes of donors with gaps. A site with gaps is refused.
    seed : int
        To be stated here or in `settings`.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : CalibratedControlSettings or mapping, optional
        Choices of another one, for what is not stated by keyword.

    Returns
    -------
    CalibratedControl

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; donors with gaps.
    AlignmentError
        Treated areas, or areas of `covariates`, that are not there; frames of different areas or periods.
    ParameterError
        A start that is no period.
    RefusedError
        A site with gaps or without a period before; fewer than two donors for each treated area; totals that no weights
        meet, with ``infeasible="error"``.

    Warns
    -----
    CoverageWarning
        Donors with gaps were left out.

    Notes
    -----
    The departure of a group is :math:`2(\sqrt{o + 3/8} - \sqrt{e + 3/8})` of observed and expected totals after the
    start: of counts its variance hardly depends on how many there are, so that a site of many can stand beside groups
    of few. The p-value is :math:`(m+1)/(R+1)` with *m* of *R* groups as extreme. Groups are drawn at random, not of
    neighbours: where outcomes of neighbours move together, placebo sites of `placebo_sites` are the fairer measure.

    References
    ----------
    Robbins, M., Saunders, J., Kilmer, B. (2017). A framework for synthetic control methods with high-dimensional,
    micro-level data. Journal of the American Statistical Association 112, 109-126. Anscombe, F. J. (1948). The
    transformation of Poisson, binomial and negative-binomial data. Biometrika 35, 246-254.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts = pd.DataFrame(rng.poisson(6, (40, 6)), index=[f"A{n:02d}" for n in range(40)])
    >>> made = calibrated_control(counts, treated=["A00", "A01"], start=4, replications=19, seed=1)
    >>> made.findings.exact, made.table["observed"].tolist() == [counts.loc["A00":"A01", 4:].to_numpy().sum()]
    ('all', True)
    """
    chosen = CalibratedControlSettings.of(settings)
    held = read_outcomes(outcomes, treated, start, chosen.missing)
    first = next(iter(held.values()))
    if len(first.donors) < 2 * len(first.treated):
        raise RefusedError(
            f"{number_of(len(first.donors), 'donor')} for {number_of(len(first.treated), 'treated area')}: placebos "
            "are groups of as many donors, compared with the others. Add areas."
        )
    totals = totals_of(held, covariates)
    found = matched_or_refused(totals, first, chosen)
    placebos = _placebos(totals, held, chosen)
    table = _table(_after(held, first.treated, first.donors, found), placebos, chosen.alternative)
    return CalibratedControl(
        table=table,
        series=_series(held, found),
        placebos=placebos,
        settings=chosen,
        findings=_findings(first, found, placebos, left_out_of(held)),
        about=about or About(),
    )


def departure(observed: _Floats, expected: _Floats) -> _Floats:
    """How far totals lie apart, on a scale where counts of any size vary alike.

    Examples
    --------
    >>> departure(np.array([46.0]), np.array([68.22])).round(2).tolist()
    [-2.94]
    """
    made: _Floats = 2 * (np.sqrt(observed + 0.375) - np.sqrt(np.maximum(expected, 0.0) + 0.375))
    return made


def _after(held: Mapping[str, Wide], group: NDArray[np.intp], donors: NDArray[np.intp], found: Matched) -> pd.DataFrame:
    """Totals after the start of a group and of its weighted donors, by outcome."""
    rows = {
        name: [
            float(wide.values[group, wide.before :].sum()),
            float(found.weights @ wide.values[donors, wide.before :].sum(axis=1)),
        ]
        for name, wide in held.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["observed", "expected"]).rename_axis("outcome")
    return table.assign(departure=departure(table["observed"].to_numpy(), table["expected"].to_numpy()))


def _placebos(totals: Totals, held: Mapping[str, Wide], chosen: CalibratedControlSettings) -> pd.DataFrame:
    """Random groups of donors, a stream for each block of them."""
    first = next(iter(held.values()))
    made: list[pd.DataFrame] = []
    for number, size in enumerate(block_sizes(chosen.replications, BLOCK)):
        rng = stream(chosen.seed, number, purpose="calibrated-placebos")
        for _ in range(size):
            group = np.sort(rng.choice(first.donors, len(first.treated), replace=False))
            others = np.setdiff1d(first.donors, group)
            found = match(totals, group, others, chosen.calibration, "nearest")
            if found is not None:
                made.append(_after(held, group, others, found).assign(exact=found.level, group=len(made)))
    return pd.concat(made).reset_index()[["group", "outcome", "observed", "expected", "departure", "exact"]]


def _table(site: pd.DataFrame, placebos: pd.DataFrame, alternative: Alternative) -> pd.DataFrame:
    """Totals and p-values of each outcome."""
    rows = {}
    for name, row in site.iterrows():
        others = placebos.loc[placebos["outcome"] == name, "departure"].to_numpy()
        extreme = int(as_extreme(others, float(row["departure"]), alternative).sum())
        share = change_share(row["observed"], row["expected"])
        rows[name] = {
            "observed": row["observed"], "expected": row["expected"], "difference": row["observed"] - row["expected"],
            "change": np.nan if share is None else share, "departure": row["departure"], "as_extreme": extreme,
            "p": (extreme + 1) / (len(others) + 1),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("outcome")


def _series(held: Mapping[str, Wide], found: Matched) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "outcome": name,
                "period": list(wide.periods),
                "observed": wide.values[wide.treated].sum(axis=0),
                "expected": found.weights @ wide.values[wide.donors],
                "after": np.arange(len(wide.periods)) >= wide.before,
            }
        )
        for name, wide in held.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _findings(
    first: Wide, found: Matched, placebos: pd.DataFrame, left_out: tuple[str, ...]
) -> CalibratedControlFindings:
    levels = placebos.drop_duplicates("group")["exact"].map(LEVELS.index)
    return CalibratedControlFindings(
        treated=first.named(first.treated), start=first.periods[first.before], periods_before=first.before,
        periods_after=len(first.periods) - first.before, donors=len(first.donors),
        in_use=int((found.weights > 0).sum()), left_out=left_out, exact=found.level, placebos=len(levels),
        placebos_as_exact=int((levels <= LEVELS.index(found.level)).sum()),
    )  # fmt: skip
