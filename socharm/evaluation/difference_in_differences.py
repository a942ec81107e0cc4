"""Difference-in-differences for counts: change at treated areas beyond that of the others, and what chance does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare, Permutations, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.evaluation.effect_words import interval_words, p_words, percent_change
from socharm.evaluation.outcomes import Exposure, aside_words, read_outcomes
from socharm.evaluation.randomised_difference import randomised_difference

__all__ = ["DifferenceFindings", "DifferenceInDifferences", "DifferenceSettings", "difference_in_differences"]

#: Rows of the table.
_ROWS = ("randomisation over areas", "clustered by area", "jackknife by area")


@dataclass(frozen=True, kw_only=True)
class DifferenceSettings(Settings):
    """Choices behind a difference-in-differences."""

    permutations: Permutations = setting(9_999, "sets of areas drawn; all sets where there are no more")
    level: OpenShare = setting(0.95, "of the intervals")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class DifferenceFindings:
    """What was found: numbers of areas and periods, what was set aside, sets, dispersion, counts at treated areas."""

    treated: int
    comparison: int
    before: int
    after: int
    start: str
    left_out: tuple[tuple[str, int], ...]
    sets: int
    exact: bool
    dispersion: float | None
    recorded: float
    expected: float


@dataclass(frozen=True, eq=False, repr=False)
class DifferenceInDifferences(Record):
    """Change of treated areas beyond that of the comparison areas.

    Attributes
    ----------
    table : DataFrame
        Index ``inference``: ``"randomisation over areas"``, ``"clustered by area"``, ``"jackknife by area"`` (CV3,
        linearised); ``ratio`` (of counts after the start over those expected; the same in all rows), ``low``, ``high``,
        ``p``, ``se`` (of the logarithm; missing for randomisation). Missing where it cannot be formed.
    """

    __made_by__ = ("difference_in_differences",)

    table: pd.DataFrame
    settings: DifferenceSettings
    about: About
    findings: DifferenceFindings

    @property
    def sentence(self) -> str:
        """What the table says, in words; the verdict rests on randomisation."""
        row, found = self.table.to_dict("index")[_ROWS[0]], self.findings
        ratio, low, high = (float(row[name]) for name in ("ratio", "low", "high"))
        level = interval_words(self.settings.level)
        told = (
            f"{level} {percent_change(low)} to {percent_change(high)}; {p_words(row['p'])} by randomisation over areas"
        )
        alpha = 1 - self.settings.level
        areas = "treated area" if found.treated == 1 else number_of(found.treated, "treated area")
        others = number_of(found.comparison, "other")
        if row["p"] > alpha:
            text = (
                f"Whether the {areas} changed otherwise than the {others} cannot be told: "
                f"{percent_change(ratio)} ({told})."
            )
        else:
            verb = "fell" if ratio < 1 else "rose"
            text = (
                f"The {areas} {verb} by {abs(100 * (ratio - 1)):.0f}% relative to the {others} ({told}): "
                f"{found.recorded:,.0f} recorded where {found.expected:,.0f} were expected."
            )
        if found.exact and 1 / found.sets > alpha:
            text += f" With {number_of(found.sets, 'set')} of areas p cannot be below {1 / found.sets:.3f}."
        return f"{text} {self._beside(alpha)}".rstrip()

    def _beside(self, alpha: float) -> str:
        """Whether errors clustered by area say the same."""
        rows = self.table.to_dict("index")
        clustered = rows[_ROWS[1]]
        if np.isnan(clustered["p"]):
            return ""
        same = (clustered["p"] <= alpha) == (rows[_ROWS[0]]["p"] <= alpha)
        few = " With few treated areas those errors are too small." if self.findings.treated < 10 else ""
        return f"Errors clustered by area {'agree' if same else 'disagree'} ({p_words(clustered['p'])}).{few}"

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {
            "found": self.sentence,
            "areas": f"{found.treated:,} treated, {found.comparison:,} others",
            "periods": f"{found.before} before {found.start}, {found.after} from it on",
            "sets of areas": f"{found.sets:,}{', all there are' if found.exact else ''}",
        }
        if found.left_out:
            lines["set aside"] = aside_words(found.left_out)
        return lines


@checked
def difference_in_differences(
    outcomes: pd.DataFrame,
    *,
    treated: Iterable[str],
    start: str,
    exposure: Exposure | None = None,
    permutations: Permutations = 9_999,
    level: OpenShare = 0.95,
    seed: Seed | None = None,
    settings: DifferenceSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> DifferenceInDifferences:
    r"""Change of treated areas from before to after a start, relative to all other areas.

    Parameters
    ----------
    outcomes : DataFrame of shape (areas, periods)
        Counts or harm; index area codes, columns periods in order (``"2024-01"``). Missing is not covered, never 0.
        Leave areas next to the treated ones out: displacement reaches them.
    treated : iterable of str
        Codes of the areas where something was done.
    start : str
        The first period of it.
    exposure : DataFrame of the same shape, or Series by area, optional
        Residents, or residents times months.
    permutations : int
        Sets of areas that are drawn for the randomisation.
    level : float
        Of the intervals.
    seed : int
        To be stated here or in `settings`.
    settings : DifferenceSettings or mapping, optional
        Choices of another estimate, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    DifferenceInDifferences

    Raises
    ------
    SchemaError
        Areas that stand twice, periods out of order or left out, amounts below zero.
    AlignmentError
        A treated area, or exposure, that the frame does not hold.
    ParameterError
        No period before the start, a start in a gap of the coverage, nothing recorded at the treated areas before it,
        nobody treated or nobody to compare with.

    Notes
    -----
    :math:`\log \mu_{at} = \log e_{at} + \alpha_a + \gamma_t + \beta\, T_a [t \ge s]` by Poisson maximum likelihood,
    which asks for no Poisson variance; the ratio is :math:`e^\beta`. With all months covered and no exposure by month
    it is the ratio of the four sums. Randomisation: the score of :math:`\beta`, by how areas vary, among sets of as
    many areas; the interval holds the effects that this test does not reject. An area's change has the variance
    :math:`V_a (\varphi + \psi V_a)`, :math:`V_a = \mu_{a1} \mu_{a0} / \mu_a` (expected after, before, both), so that a
    set *S* with the share :math:`p_S` of all :math:`V_a` has :math:`(1 - p_S)^2 \sum_S V_a (\varphi + \psi V_a) + p_S^2
    \sum_{a \notin S} V_a (\varphi + \psi V_a)`: large areas are no more extreme for their size. It takes the areas as
    exchangeable, so that a site chosen because it was worst, or one of neighbours that move together, is not covered:
    placebo sites of the same kind are. Clustered errors take each area as a cluster (times G/(G-1), Student's t with
    G-1 degrees); the jackknife leaves one area out in turn (CV3, linearised), and cannot be formed for one treated
    area.

    References
    ----------
    Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with panel data. *Econometrics
    Journal* 26, C31-C66. MacKinnon, J. G. and Webb, M. D. (2020). Randomization inference for difference-in-differences
    with few treated clusters. *Journal of Econometrics* 218, 435-450. MacKinnon, J. G., Nielsen, M. O. and Webb, M. D.
    (2023). Cluster-robust inference: a guide to empirical practice. *Journal of Econometrics* 232, 272-299.

    Examples
    --------
    >>> months = [f"2024-{month:02d}" for month in range(1, 7)]
    >>> town = pd.DataFrame([[20, 20, 20, 10, 10, 10]] + [[20] * 6] * 24, columns=months)
    >>> town.index = [f"A{number}" for number in range(25)]
    >>> found = difference_in_differences(town, treated=["A0"], start="2024-04", seed=1)
    >>> found.table.loc["randomisation over areas", ["ratio", "p"]].round(3).tolist()
    [0.5, 0.04]
    """
    chosen = DifferenceSettings.of(settings)
    found = read_outcomes(outcomes, treated, start, exposure)
    made = randomised_difference(found, chosen.permutations, chosen.level, chosen.seed)
    rows: dict[str, tuple[float, ...]] = {_ROWS[0]: (made.ratio, made.low, made.high, made.p, np.nan)}
    alone = min(int(found.treated.sum()), int((~found.treated).sum())) < 2
    variances = (made.fit.clustered[0, 0], np.nan if alone else made.fit.jackknife[0, 0])
    with np.errstate(divide="ignore"):
        log = float(np.log(made.ratio))
    for name, variance in zip(_ROWS[1:], variances, strict=True):
        rows[name] = _by_errors(log, float(variance), len(found.areas) - 1, chosen.level)
    table = pd.DataFrame(rows, index=["ratio", "low", "high", "p", "se"]).T.rename_axis("inference")
    findings = DifferenceFindings(
        treated=int(found.treated.sum()), comparison=int((~found.treated).sum()), before=found.start,
        after=len(found.periods) - found.start, start=found.periods[found.start], left_out=found.left_out,
        sets=made.sets, exact=made.exact,
        dispersion=made.fit.dispersion if np.isfinite(made.fit.dispersion) else None,
        recorded=made.recorded, expected=made.expected,
    )  # fmt: skip
    return DifferenceInDifferences(table=table, settings=chosen, about=about or About(), findings=findings)


def _by_errors(log: float, variance: float, df: int, level: float) -> tuple[float, ...]:
    """Ratio, interval, p and error by Student's t; missing where there is no error, or nothing after the start."""
    se = float(np.sqrt(variance))
    if not (se > 0 and np.isfinite(log)):
        return (float(np.exp(log)), *(np.nan,) * 4)
    half = float(scipy.stats.t.isf((1 - level) / 2, df)) * se
    p = 2 * float(scipy.stats.t.sf(abs(log) / se, df))
    return float(np.exp(log)), float(np.exp(log - half)), float(np.exp(log + half)), p, se
