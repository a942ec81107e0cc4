"""Weights of donors with which they add up to the site before the start: calibration, as in microsynth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import Missing
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.errors import RefusedError
from socharm.evaluation.calibration_levels import (
    HARDEST,
    Infeasible,
    Level,
    Matched,
    Totals,
    match,
    read_outcomes,
    totals_of,
)
from socharm.evaluation.wide import DonorSettings, Wide
from socharm.stats.calibration import Distance

__all__ = [
    "CalibrationFindings", "CalibrationSettings", "CalibrationWeights", "calibration_weights", "matched_or_refused",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CalibrationSettings(DonorSettings):
    """Choices behind weights by calibration; enough to make them again."""

    calibration: Distance = setting("linear", "nearest to equal weights by chi-square (linear) or by entropy (raking)")
    infeasible: Infeasible = setting("nearest", 'what no weights meet: "nearest" comes near and says so, "error" stops')


@dataclass(frozen=True, kw_only=True)
class CalibrationFindings:
    """What weights were found.

    Attributes
    ----------
    treated : tuple of str
        Areas of the site.
    start : str
        First period with the intervention.
    periods_before, donors, in_use : int
        In use are donors with a weight above zero.
    left_out : tuple of str
        Donors with gaps, which have no weight.
    exact : str
        What is met exactly: ``"all"``, ``"totals and covariates"`` (single periods as nearly as possible), or the
        ``"number of areas"`` alone.
    effective_donors : float
        Square of the sum of weights over the sum of their squares.
    largest_weight : float
    """

    treated: tuple[str, ...]
    start: str
    periods_before: int
    donors: int
    in_use: int
    left_out: tuple[str, ...]
    exact: Level
    effective_donors: float
    largest_weight: float


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationWeights(Record):
    """Weights of donors, and what they add up to.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code`` of donors, in the order of the frame: ``weight``; together as many as there are
        treated areas.
    balance : DataFrame
        One row for each total: ``of`` (outcome, ``covariate`` or ``areas``), ``what`` (period or name), ``site``,
        ``weighted`` (donors with their weights), ``unweighted`` (donors with equal weights), ``exact``.
    """

    __made_by__ = ("calibration_weights",)

    table: pd.DataFrame
    balance: pd.DataFrame
    settings: CalibrationSettings
    findings: CalibrationFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        met = int(self.balance["exact"].sum())
        rest = len(self.balance) - met
        told = (
            f"{number_of(found.in_use, 'donor')} of {found.donors:,} together equal the site in "
            f"{number_of(met, 'total')} before {found.start}"
        )
        near = f"; {number_of(rest, 'total')} could only be approached" if rest else ""
        return f"{told}{near}. They count like {found.effective_donors:.0f} equal ones."

    def _summary(self) -> dict[str, str]:
        return {"finding": self.sentence, "largest weight": f"{self.findings.largest_weight:.3g}"}


@checked
def calibration_weights(
    outcomes: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    treated: Sequence[str],
    start: str | int,
    covariates: pd.DataFrame | None = None,
    calibration: Distance = "linear",
    infeasible: Infeasible = "nearest",
    missing: Missing = "error",
    about: About | None = None,
    settings: CalibrationSettings | Mapping[str, Any] | None = None,
) -> CalibrationWeights:
    r"""Weights of zero or more with which donors add up to the site in every period before the start.

    Parameters
    ----------
    outcomes : DataFrame or mapping of str to DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more, or
        such a frame for each outcome by its name. A missing cell was not covered.
    treated : sequence of str
        Areas of the site.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    covariates : DataFrame, optional
        One row for each area, one column for each further total that is met, such as residents.
    calibration : {"linear", "raking"}
        Weights stay as near to equal ones as they can, by chi-square with weights of zero allowed, or by entropy.
    infeasible : {"nearest", "error"}
        Where no weights meet every total: meet the number of areas, the covariates and the sum of each outcome, and
        come as near to single periods as possible; where that is impossible too, meet the number of areas alone. Both
        by chi-square. Or stop.
    missing : {"error", "leave out"}
        What becomes of donors with gaps. A site with gaps is refused.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : CalibrationSettings or mapping, optional
        Choices of other weights, for what is not stated by keyword.

    Returns
    -------
    CalibrationWeights

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; donors with gaps.
    AlignmentError
        Treated areas, or areas of `covariates`, that are not there; frames of different areas or periods.
    ParameterError
        A start that is no period.
    RefusedError
        A site with gaps or without a period before; totals that no weights meet, with ``infeasible="error"``.

    Warns
    -----
    CoverageWarning
        Donors with gaps were left out.

    Notes
    -----
    Weights :math:`w \ge 0` with :math:`\sum_j w_j x_j = \sum_{i \in site} x_i` for all totals :math:`x`, nearest to
    equal ones (Deville and Särndal, 1992). What "as near as possible" means: the sum of squared distances, each in
    units of the root mean square of its column among donors, weighs a million times as much as nearness to
    equal weights.

    References
    ----------
    Robbins, M., Saunders, J., Kilmer, B. (2017). A framework for synthetic control methods with high-dimensional,
    micro-level data. Journal of the American Statistical Association 112, 109-126.

    Examples
    --------
    >>> counts = pd.DataFrame([[3, 4, 1], [2, 2, 2], [4, 6, 5], [0, 1, 0]], index=list("ABCD"), columns=[1, 2, 3])
    >>> calibration_weights(counts, treated=["A"], start=3).table["weight"].round(3).to_dict()
    {'B': 0.5, 'C': 0.5, 'D': 0.0}
    """
    chosen = CalibrationSettings.of(settings)
    held = read_outcomes(outcomes, treated, start, chosen.missing)
    totals = totals_of(held, covariates)
    first = next(iter(held.values()))
    found = matched_or_refused(totals, first, chosen)
    weights = found.weights
    return CalibrationWeights(
        table=pd.DataFrame({"weight": weights}, index=pd.Index(first.named(first.donors), name=AREA, dtype=object)),
        balance=_balance(totals, first, found),
        settings=chosen,
        findings=CalibrationFindings(
            treated=first.named(first.treated), start=first.periods[first.before], periods_before=first.before,
            donors=len(weights), in_use=int((weights > 0).sum()), left_out=left_out_of(held), exact=found.level,
            effective_donors=float(weights.sum() ** 2 / (weights**2).sum()), largest_weight=float(weights.max()),
        ),
        about=about or About(),
    )  # fmt: skip


def left_out_of(held: Mapping[str, Wide]) -> tuple[str, ...]:
    """Donors that any outcome has a gap in."""
    return tuple(sorted({code for wide in held.values() for code in wide.left_out}))


def matched_or_refused(totals: Totals, first: Wide, chosen: CalibrationSettings) -> Matched:
    """Weights of the donors of the site."""
    found = match(totals, first.treated, first.donors, chosen.calibration, chosen.infeasible)
    if found is None:
        raise RefusedError(
            f"No weights of the {number_of(len(first.donors), 'donor')} meet all {len(totals.names)} totals of the "
            "site. Add donors, give fewer covariates or periods, or state infeasible='nearest'."
        )
    return found


def _balance(totals: Totals, first: Wide, found: Matched) -> pd.DataFrame:
    site = totals.rows[first.treated].sum(axis=0)
    donors = totals.rows[first.donors]
    return pd.DataFrame(
        {
            "of": [name for name, _ in totals.names],
            "what": [what for _, what in totals.names],
            "site": site,
            "weighted": found.weights @ donors,
            "unweighted": donors.mean(axis=0) * len(first.treated),
            "exact": totals.kinds <= HARDEST[found.level],
        }
    )
