"""Choices behind a synthetic force, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass

from socharm._about import AssessmentPeriod
from socharm._checks import require_positive
from socharm._words import number_of
from socharm.errors import ParameterError

__all__ = ["ForceSettings"]


@dataclass(frozen=True, kw_only=True)
class ForceSettings:
    """Choices behind a synthetic force; enough to make the same one again.

    Attributes
    ----------
    seed : int
    n_lsoas, n_wards : int
    period : AssessmentPeriod
        Months of incidents; the second half of them is where changes happen.
    effect_hot : tuple of float
        Smallest and largest factor on the rate of hot wards.
    effect_change : float
        Changed wards rise or fall by this share from the first half of the period to the second.
    n_hot, n_change, n_steady : int
        Number of wards of each kind.
    volume : float
        Factor on every rate: 1 for an average force.
    dispersion : float
        Coefficient of variation of a ward's level from month to month beyond Poisson.
    points_per_lsoa : float
        Mean number of map points in an LSOA.
    quirks : bool
        Whether the incidents carry the faults of real files.
    """

    seed: int
    n_lsoas: int = 600
    n_wards: int = 100
    period: AssessmentPeriod
    effect_hot: tuple[float, float] = (1.5, 2.0)
    effect_change: float = 0.2
    n_hot: int = 8
    n_change: int = 12
    n_steady: int = 12
    volume: float = 1.0
    dispersion: float = 0.08
    points_per_lsoa: float = 16.0
    quirks: bool = True

    def __post_init__(self) -> None:
        for name in ("n_lsoas", "n_wards", "volume", "points_per_lsoa"):
            require_positive(getattr(self, name), name=name, whole=name.startswith("n_"))
        if self.n_wards < 20 or self.n_lsoas < 4 * self.n_wards:
            raise ParameterError(
                f"`n_wards` is {self.n_wards} and `n_lsoas` {self.n_lsoas}; five districts need at least 20 wards "
                "of 4 LSOAs each. Ask for more."
            )
        planted = self.n_hot + self.n_change + self.n_steady
        if planted > self.n_wards // 2:
            raise ParameterError(
                f"{number_of(planted, 'ward')} would be hot, changed or steady of {self.n_wards}; at most half can be. "
                "Plant fewer."
            )
        if self.period.n_months % 2 or self.period.n_months < 12:
            raise ParameterError(
                f"`period` has {number_of(self.period.n_months, 'month')}; give an even number of months, at least 12."
            )
        if min(self.effect_hot) <= 0 or not 0 <= self.effect_change < 1 or self.dispersion < 0:
            raise ParameterError(
                f"`effect_hot` is {self.effect_hot}, `effect_change` {self.effect_change}, `dispersion` "
                f"{self.dispersion}; factors must be above 0, changes from 0 to 1, dispersion at least 0."
            )
