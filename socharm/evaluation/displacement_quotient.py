"""Weighted displacement quotient: what became, next door, of the crimes that a treated area no longer has?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import AtLeast, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm.evaluation.displacement_inputs import Given, amounts_of, dispersion_of_months
from socharm.evaluation.effect_words import interval_words

__all__ = ["QuotientFindings", "QuotientSettings", "WeightedDisplacementQuotient", "weighted_displacement_quotient"]

_Floats = NDArray[np.float64]
#: What a verdict says.
_VERDICTS: Final = {
    "cannot be formed": "A quotient cannot be formed: no fall relative to the control is beyond chance, so nothing "
    "that could have moved is known.",
    "no fall": "A quotient cannot be formed: the treated area did not fall relative to the control area.",
    "no control": "A quotient cannot be formed: the control area has no crime before or after.",
    "diffusion": "The displacement area fell with the treated one: benefits spread.",
    "displacement": "Part of what the treated area lost came up next door, less than all of it.",
    "displaced": "Crime came up next door; whether less or more than the treated area lost cannot be told.",
    "outweighed": "More came up next door than the treated area lost.",
    "not clear": "Whether crime moved next door, or fell there too, cannot be told.",
}


@dataclass(frozen=True, kw_only=True)
class QuotientSettings(Settings):
    """Choices behind a weighted displacement quotient."""

    dispersion: Annotated[float, AtLeast(1)] | None = setting(
        None, "variance of a count over its mean; 1 when absent and no monthly counts are given", example=1.0
    )
    level: OpenShare = setting(0.95, "of the intervals")


@dataclass(frozen=True, kw_only=True)
class QuotientFindings:
    """What was found: the dispersion and where it comes from, and the verdict on the quotient."""

    dispersion: float
    dispersion_from: str
    verdict: str


@dataclass(frozen=True, eq=False, repr=False)
class WeightedDisplacementQuotient(Record):
    """Change next door over change in the treated area, both as shares of the control area's crimes.

    Attributes
    ----------
    table : DataFrame
        Index ``measure``, each with ``value``, ``low``, ``high``: ``"success"`` (change of the treated area's ratio to
        the control; below zero is a fall), ``"buffer"`` (that of the displacement area), ``"quotient"`` (missing where
        it cannot be formed), ``"gross"`` (crimes before less crimes after, treated area), ``"net"`` (crimes fewer than
        the control's change would have left), ``"total net"`` (the same of treated and displacement area together).
    """

    __made_by__ = ("weighted_displacement_quotient",)

    table: pd.DataFrame
    settings: QuotientSettings
    about: About
    findings: QuotientFindings

    @property
    def sentence(self) -> str:
        """What the table says, in words."""
        found, level = self.table.loc["quotient"], interval_words(self.settings.level)
        told = _VERDICTS[self.findings.verdict]
        if np.isfinite(found["value"]):
            told += f" Quotient {found['value']:.2f} ({level} {found['low']:.2f} to {found['high']:.2f})."
        total = self.table.loc["total net"]
        if np.isnan(total["value"]):
            return told
        fewer = "fewer" if total["value"] >= 0 else "more"
        return (
            f"{told} Treated and displacement area together had {abs(total['value']):,.0f} crimes {fewer} than the "
            f"control's change would have left ({level} of crimes fewer: {total['low']:,.0f} to {total['high']:,.0f})."
        )

    def _summary(self) -> dict[str, str]:
        return {
            "found": self.sentence,
            "dispersion": f"{self.findings.dispersion:.2f}, {self.findings.dispersion_from}",
        }


@checked
def weighted_displacement_quotient(
    treated: Given,
    control: Given,
    displacement: Given,
    *,
    monthly: pd.DataFrame | None = None,
    dispersion: Annotated[float, AtLeast(1)] | None = None,
    level: OpenShare = 0.95,
    settings: QuotientSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> WeightedDisplacementQuotient:
    r"""Displacement or diffusion next door, over the success where something was done.

    Parameters
    ----------
    treated, control, displacement : two numbers, or DataFrame of shape (rows, 2)
        Counts before and after; rows of a table are added up.
    monthly : DataFrame of shape (areas, months), optional
        Counts of single months before the start, of areas like these; the dispersion is estimated from them.
    dispersion : float, optional
        Variance of a count over its mean.
    level : float
        Of the intervals.
    settings : QuotientSettings or mapping, optional
        Choices of another quotient, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    WeightedDisplacementQuotient

    Raises
    ------
    SchemaError
        Counts that are missing, negative or no whole numbers.
    ParameterError
        A dispersion that cannot be estimated.

    Notes
    -----
    With treated *A*, displacement *B* and control *C*, before 0 and after 1: success :math:`A_1/C_1 - A_0/C_0`, buffer
    :math:`B_1/C_1 - B_0/C_0`, quotient the buffer over the success. Above 0 benefits spread; between 0 and -1 part of
    them was displaced; below -1 more than all. Its interval is Fieller's, with the covariance that the common control
    makes. Where that interval is not finite, because the success may be nil, the quotient cannot be formed. Gross
    effect :math:`A_0 - A_1`, net :math:`A_0 C_1/C_0 - A_1`, total net that and the same of *B*; intervals by the delta
    method, variances of counts :math:`\varphi n`.

    References
    ----------
    Bowers, K. J. and Johnson, S. D. (2003). Measuring the geographical displacement and diffusion of benefit effects of
    crime prevention activity. *Journal of Quantitative Criminology* 19, 275-301. Guerette, R. T. (2009). *Analyzing
    crime displacement and diffusion*. Problem-Oriented Guides for Police, Tool Guide 10. Fieller, E. C. (1954). Some
    problems in interval estimation. *Journal of the Royal Statistical Society B* 16, 175-185.

    Examples
    --------
    >>> weighted_displacement_quotient((100, 50), (100, 100), (100, 150)).table.loc["quotient", "value"]
    np.float64(-1.0)
    """
    chosen = QuotientSettings.of(settings)
    given = {"treated": treated, "control": control, "displacement": displacement}
    a, c, b = (amounts_of(value, None, name=name).total for name, value in given.items())
    phi, source = dispersion_of_months(chosen.dispersion, monthly)
    z = float(scipy.stats.norm.isf((1 - chosen.level) / 2))
    rows: dict[str, tuple[float, float, float]] = dict.fromkeys(("success", "buffer", "quotient"), (np.nan,) * 3)
    rows["gross"] = _around(float(a[0] - a[1]), phi * float(a.sum()), z)
    verdict = "no control"
    if (c > 0).all():
        rows["success"], rows["buffer"] = _shares(a, c, phi, z), _shares(b, c, phi, z)
        rows["quotient"], verdict = _quotient(a, b, c, phi, z)
    rows["net"], rows["total net"] = _net(a, c, phi, z), _net(a + b, c, phi, z)
    table = pd.DataFrame(rows, index=["value", "low", "high"]).T.rename_axis("measure")
    found = QuotientFindings(dispersion=phi, dispersion_from=source, verdict=verdict)
    return WeightedDisplacementQuotient(table=table, settings=chosen, about=about or About(), findings=found)


def _around(value: float, variance: float, z: float) -> tuple[float, float, float]:
    half = z * float(np.sqrt(variance))
    return value, value - half, value + half


def _variance(n: _Floats, c: _Floats) -> float:
    """Variance of the difference of two ratios to the control, of Poisson counts."""
    return float(np.sum(n / c**2 + n**2 / c**3))


def _shares(n: _Floats, c: _Floats, phi: float, z: float) -> tuple[float, float, float]:
    return _around(float(n[1] / c[1] - n[0] / c[0]), phi * _variance(n, c), z)


def _net(n: _Floats, c: _Floats, phi: float, z: float) -> tuple[float, float, float]:
    """Crimes fewer than the control's change would have left."""
    if c[0] <= 0:
        return np.nan, np.nan, np.nan
    ratio = float(c[1] / c[0])
    of_ratio = float(c[1] / c[0] ** 2 + c[1] ** 2 / c[0] ** 3)
    return _around(float(n[0] * ratio - n[1]), phi * float(n[0] * ratio**2 + n[0] ** 2 * of_ratio + n[1]), z)


def _quotient(a: _Floats, b: _Floats, c: _Floats, phi: float, z: float) -> tuple[tuple[float, float, float], str]:
    """Fieller's interval of the quotient, and what it says."""
    below, above = float(a[1] / c[1] - a[0] / c[0]), float(b[1] / c[1] - b[0] / c[0])
    if below >= 0:
        return (np.nan,) * 3, "no fall"
    square = phi * z * z
    first = below**2 - square * _variance(a, c)
    if first <= 0:
        return (np.nan,) * 3, "cannot be formed"
    middle = above * below - square * float(np.sum(a * b / c**3))
    last = above**2 - square * _variance(b, c)
    root = float(np.sqrt(max(middle**2 - first * last, 0.0)))
    low, high = (middle - root) / first, (middle + root) / first
    verdict = "not clear"
    if low > 0:
        verdict = "diffusion"
    elif high < -1:
        verdict = "outweighed"
    elif high < 0:
        verdict = "displacement" if low > -1 else "displaced"
    return (above / below, low, high), verdict
