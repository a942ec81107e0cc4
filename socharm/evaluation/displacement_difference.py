"""Weighted displacement difference: did crime fall in a treated area, and beside it, relative to a control?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import AtLeast, OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm.errors import ParameterError
from socharm.evaluation.displacement_inputs import Amounts, Given, amounts_of, dispersion_of_months
from socharm.evaluation.effect_words import change_sentence, ratio_sentence

__all__ = [
    "DisplacementFindings",
    "DisplacementSettings",
    "WeightedDisplacementDifference",
    "weighted_displacement_difference",
]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DisplacementSettings(Settings):
    """Choices behind a weighted displacement difference."""

    time_weights: tuple[float, float] = setting((1.0, 1.0), "length of the time before and of the time after")
    area_weights: tuple[float, float, float, float] = setting(
        (1.0, 1.0, 1.0, 1.0), "size of the treated, control, displacement treated and displacement control area"
    )
    dispersion: Annotated[float, AtLeast(1)] | None = setting(
        None, "variance of a count over its mean; 1 when absent and no monthly counts are given", example=1.0
    )
    level: OpenShare = setting(0.95, "of the intervals")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        for name in ("time_weights", "area_weights"):
            if not all(weight > 0 for weight in getattr(self, name)):
                yield f"`{name}` is {list(getattr(self, name))}; every weight must lie above zero."


@dataclass(frozen=True, kw_only=True)
class DisplacementFindings:
    """What was found: the dispersion and where it comes from, the unit, areas, whether a half was added for a zero."""

    dispersion: float
    dispersion_from: str
    unit: str
    displacement_areas: bool
    half_added: bool


@dataclass(frozen=True, eq=False, repr=False)
class WeightedDisplacementDifference(Record):
    """How much more crime, or harm, fell where something was done than where nothing was.

    Attributes
    ----------
    table : DataFrame
        Index ``effect`` (``"local"``, and with displacement areas ``"displacement"`` and ``"total"``): ``estimate``
        (change beyond that of the control, per unit of time and area; below zero is a fall), ``se``, ``low``, ``high``,
        ``z``, ``p`` (two-sided), ``ratio`` (of the two ratios after over before), ``ratio_low``, ``ratio_high``.
    """

    __made_by__ = ("weighted_displacement_difference",)

    table: pd.DataFrame
    settings: DisplacementSettings
    about: About
    findings: DisplacementFindings

    @property
    def sentence(self) -> str:
        """What the table says, in words."""
        unit, level = self.findings.unit, self.settings.level
        rows = self.table.to_dict("index")
        told = [change_sentence(rows["local"], "the treated area", "its control area", unit=unit, level=level)]
        if "total" in rows:
            names = ("the displacement area", "its control area")
            told += [change_sentence(rows["displacement"], *names, unit=unit, level=level)]
            told += [change_sentence(rows["total"], "both together", "both control areas", unit=unit, level=level)]
        if {*self.settings.time_weights, *self.settings.area_weights} != {1.0}:
            told += ["These numbers are for one unit of time and area, as the weights have them."]
        told += [ratio_sentence(rows["local"], level=level)]
        if self.settings.dispersion is None and self.findings.dispersion_from.startswith("taken as 1"):
            told += ["Counts were taken to vary as Poisson counts do; where they vary more, intervals are too short."]
        return " ".join(told)

    def _summary(self) -> dict[str, str]:
        return {
            "found": self.sentence,
            "dispersion": f"{self.findings.dispersion:.2f}, {self.findings.dispersion_from}",
        }


@checked
def weighted_displacement_difference(
    treated: Given,
    control: Given,
    *,
    displacement_treated: Given | None = None,
    displacement_control: Given | None = None,
    weights: Mapping[str, float] | pd.Series | None = None,
    monthly: pd.DataFrame | None = None,
    time_weights: tuple[float, float] = (1.0, 1.0),
    area_weights: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0),
    dispersion: Annotated[float, AtLeast(1)] | None = None,
    level: OpenShare = 0.95,
    settings: DisplacementSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> WeightedDisplacementDifference:
    r"""Change in a treated area beyond that in its control area, and the same for the ground that crime may move to.

    Parameters
    ----------
    treated, control : two numbers, or DataFrame of shape (rows, 2)
        Counts before and after. Rows of a table are offences where `weights` are given, else they are added up.
    displacement_treated, displacement_control : the same, optional
        Ground beside the treated area, and its control. Both or neither.
    weights : mapping or Series, optional
        Weight of one crime by offence: amounts are then harm.
    monthly : DataFrame of shape (areas, months), optional
        Counts of single months before the start, of areas like these; the dispersion is estimated from them. Missing
        months stay missing.
    time_weights : two numbers
        Length of the time before and of the time after, in any unit: 2 and 1 for two years against one.
    area_weights : four numbers
        Size of the treated area, the control area, the displacement area and its control area.
    dispersion : float, optional
        Variance of a count over its mean.
    level : float
        Of the intervals.
    settings : DisplacementSettings or mapping, optional
        Choices of another difference, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    WeightedDisplacementDifference

    Raises
    ------
    SchemaError
        Counts that are missing, negative or no whole numbers; an offence without a weight.
    ParameterError
        One displacement area without the other, weights that are not above zero, a dispersion that cannot be
        estimated.

    Notes
    -----
    With amounts :math:`T, C, D, E` of treated, control, displacement and displacement control area, each divided by
    :math:`v = ` time weight times area weight: local
    :math:`(T_1/v - T_0/v) - (C_1/v - C_0/v)`, displacement the same of *D* and *E*, total their sum. Variance
    :math:`\varphi \sum n w^2 / v^2` over all counts *n* with weights *w* (1 for crimes), which for Poisson counts is
    exact; intervals are normal. The ratio is :math:`(T_1/T_0)/(C_1/C_0)`, its interval normal on the logarithm with
    variance :math:`\varphi \sum_{TC} \sum n w^2 / (\sum n w)^2`; where one of the four is zero, half a crime is
    added to each. The difference is that of areas that would have changed by the same *number*: equal starts make
    that likely, unequal ones do not. Where a site was chosen because it was worst, part of any fall is expected without
    it.

    References
    ----------
    Wheeler, A. P. and Ratcliffe, J. H. (2018). A simple weighted displacement difference test to evaluate place based
    crime interventions. *Crime Science* 7, 11.

    Examples
    --------
    >>> found = weighted_displacement_difference((120, 100), (130, 150), level=0.90)
    >>> found.table.loc["local", ["estimate", "se", "low", "high"]].round(1).tolist()
    [-40.0, 22.4, -76.8, -3.2]
    """
    chosen = DisplacementSettings.of(settings)
    if (displacement_treated is None) != (displacement_control is None):
        raise ParameterError(
            "`displacement_treated` and `displacement_control` stand together: a change there needs a control of its "
            "own. Give both, or neither."
        )
    given = {"treated": treated, "control": control}
    if displacement_treated is not None and displacement_control is not None:
        given |= {"displacement_treated": displacement_treated, "displacement_control": displacement_control}
    amounts = [amounts_of(value, weights, name=name) for name, value in given.items()]
    phi, source = dispersion_of_months(chosen.dispersion, monthly)
    rows = {"local": amounts[:2]}
    if len(amounts) > 2:
        rows |= {"displacement": amounts[2:], "total": amounts}
    sizes = np.outer(chosen.area_weights, chosen.time_weights)
    scales = {"local": sizes[:2], "displacement": sizes[2:], "total": sizes}
    table = pd.DataFrame(
        {effect: _row(part, scales[effect], phi, chosen.level) for effect, part in rows.items()}
    ).T.rename_axis("effect")
    found = DisplacementFindings(
        dispersion=phi, dispersion_from=source, unit="crimes" if weights is None else "harm",
        displacement_areas=len(amounts) > 2, half_added=any(_lacks(_pairs(part)) for part in rows.values()),
    )  # fmt: skip
    return WeightedDisplacementDifference(table=table, settings=chosen, about=about or About(), findings=found)


def _row(amounts: list[Amounts], sizes: _Floats, phi: float, level: float) -> dict[str, float]:
    sign = np.tile([1.0, -1.0], len(amounts) // 2)
    change = np.array([one.total / size @ (-1.0, 1.0) for one, size in zip(amounts, sizes, strict=True)])
    variance = phi * float(sum((one.variance / size**2).sum() for one, size in zip(amounts, sizes, strict=True)))
    estimate, se, z = float(sign @ change), float(np.sqrt(variance)), float(scipy.stats.norm.isf((1 - level) / 2))
    score = estimate / se if se > 0 else 0.0
    row = {
        "estimate": estimate, "se": se, "low": estimate - z * se, "high": estimate + z * se,
        "z": score, "p": 2 * float(scipy.stats.norm.sf(abs(score))),
    }  # fmt: skip
    return row | _ratio(_pairs(amounts), phi, z)


def _pairs(amounts: list[Amounts]) -> list[Amounts]:
    """Treated ground together, and control ground together."""
    return [
        Amounts(
            np.sum([one.total for one in part], axis=0), np.sum([one.variance for one in part], axis=0),
            max(one.unit for one in part),
        )
        for part in (amounts[::2], amounts[1::2])
    ]  # fmt: skip


def _lacks(pairs: list[Amounts]) -> bool:
    return any((one.total <= 0).any() for one in pairs)


def _ratio(pairs: list[Amounts], phi: float, z: float) -> dict[str, float]:
    """The ratio of two ratios; missing where nothing at all is recorded."""
    unit = max(one.unit for one in pairs)
    if unit <= 0:
        return dict.fromkeys(("ratio", "ratio_low", "ratio_high"), np.nan)
    half = 0.5 if _lacks(pairs) else 0.0
    total = np.array([one.total + half * unit for one in pairs])
    variance = np.array([one.variance + half * unit**2 for one in pairs])
    log = float(np.sum(np.log(total) * [[-1, 1], [1, -1]]))
    se = float(np.sqrt(phi * np.sum(variance / total**2)))
    return {"ratio": np.exp(log), "ratio_low": np.exp(log - z * se), "ratio_high": np.exp(log + z * se)}
