"""What a synthetic control found."""

from __future__ import annotations

from dataclasses import dataclass

from socharm.evaluation.leave_two_out import LeaveTwoOut

__all__ = ["SyntheticControlFindings"]


@dataclass(frozen=True, kw_only=True)
class SyntheticControlFindings:
    """What a synthetic control found.

    Attributes
    ----------
    treated : tuple of str
        Areas of the site.
    start : str
        First period with the intervention.
    periods_before, periods_after, donors : int
    left_out : tuple of str
        Donors with gaps, which are not compared.
    observed, synthetic : float
        Totals of the site over the periods from the start on.
    effect : float
        Mean gap of the whole site in a period after the start.
    change : float or None
        Observed over synthetic total, less one; None where the synthetic one is zero.
    mspe_before, mspe_after, ratio : float
        Mean squared gaps of the mean treated area, and the second over the first.
    fit_error : float
        Root mean squared gap before the start as a share of the site's mean there.
    poor_fit : bool
        Whether the fit is worse than the settings ask (only where that is allowed).
    placebos, as_extreme : int
        Donors that were fitted as if they were the site, and those whose ratio is as large.
    p : float or None
        ``(as_extreme + 1) / (placebos + 1)``; None without placebos.
    predictors : tuple of str
        Predictors that the weights were made by; none where they were made by the outcome alone.
    predictor_weights : tuple of float
        Weight of each predictor.
    ridge : float or None
        Penalty of the ridge regression.
    two_out : LeaveTwoOut or None
        Where the site stands among every two donors; None with many donors, fewer than three, or predictors.
    """

    treated: tuple[str, ...]
    start: str
    periods_before: int
    periods_after: int
    donors: int
    left_out: tuple[str, ...]
    observed: float
    synthetic: float
    effect: float
    change: float | None
    mspe_before: float
    mspe_after: float
    ratio: float
    fit_error: float
    poor_fit: bool
    placebos: int
    as_extreme: int
    p: float | None
    predictors: tuple[str, ...]
    predictor_weights: tuple[float, ...]
    ridge: float | None
    two_out: LeaveTwoOut | None
