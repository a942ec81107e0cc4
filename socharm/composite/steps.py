"""Steps of a composite index, frozen: what is done, in which order, with which numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field

from socharm._arguments import check_fields
from socharm._constraints import ClosedShare, CountFrom0, OneOf, Positive
from socharm.composite.specs import Elicitation
from socharm.errors import ParameterError
from socharm.stats.composite_normalise import NORMALISATIONS, Scale
from socharm.stats.composite_scores import AGGREGATIONS
from socharm.stats.composite_treat import TRANSFORMS, TreatRule

__all__ = [
    "GROUP_METHODS",
    "PANEL_METHODS",
    "IMPUTATIONS",
    "WEIGHINGS",
    "AggregateStep",
    "DenominateStep",
    "ImputeStep",
    "NormaliseStep",
    "ScreenStep",
    "Step",
    "TreatStep",
    "WeighStep",
]

_STRICT: Final = ConfigDict(extra="forbid", strict=True)

IMPUTATIONS: Final = ("mean", "median", "group-mean", "group-median", "panel-latest", "panel-linear")
#: Those that look at the group of an area, and at other periods.
GROUP_METHODS: Final = ("group-mean", "group-median")
PANEL_METHODS: Final = ("panel-latest", "panel-linear")
WEIGHINGS: Final = ("stated", "equal", "pca", "elicited", "optimised")


@dataclass(frozen=True, kw_only=True)
class ScreenStep:
    """Set aside areas, and indicators, of which too little is known.

    Parameters
    ----------
    least_area : float
        Share of the indicators that an area must have; below it the area has no score, and says why.
    least_indicator : float
        Share of the areas that an indicator must have; below it the indicator is left out, and named.
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    least_area: ClosedShare = 0.0
    least_indicator: ClosedShare = 0.0
    step: Literal["screen"] = "screen"

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class DenominateStep:
    """Divide each indicator by the denominator that it names; those that name none stay as they are.

    Parameters
    ----------
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    step: Literal["denominate"] = "denominate"

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class ImputeStep:
    """Fill gaps; every filled value is counted, listed, and named in the area's row.

    Parameters
    ----------
    method : str
        ``mean`` or ``median`` of the indicator, ``group-mean`` or ``group-median`` within the area's group,
        ``panel-latest`` (last known earlier period) or ``panel-linear`` (on the line between the nearest known
        periods). What the method cannot fill stays missing.
    only : tuple of str
        Indicators to fill; all when empty.
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    method: Annotated[str, OneOf(*IMPUTATIONS)]
    only: tuple[str, ...] = ()
    step: Literal["impute"] = "impute"

    def __post_init__(self) -> None:
        check_fields(self, of="the impute step")


@dataclass(frozen=True, kw_only=True)
class TreatStep:
    """Pull in outliers by a rule on skewness and kurtosis, or transform; see `socharm.stats.composite_treat`.

    Parameters
    ----------
    most_points : int
        Values that may be winsorised.
    skew, kurtosis : float
        An indicator has outliers above both.
    then : {"log", "box-cox", "none"}
        Transformation where winsorising is not enough.
    power : float or None
        Of Box-Cox; by maximum likelihood when None.
    only : tuple of str
        Indicators to treat; all when empty.
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    most_points: CountFrom0 = 5
    skew: Positive = 2.0
    kurtosis: float = 3.5
    then: Annotated[str, OneOf(*TRANSFORMS)] = "log"
    power: float | None = None
    only: tuple[str, ...] = ()
    step: Literal["treat"] = "treat"

    def __post_init__(self) -> None:
        check_fields(self)
        _ = self.rule

    @property
    def rule(self) -> TreatRule:
        """The rule as the arithmetic takes it."""
        return TreatRule(
            most_points=self.most_points, skew=self.skew, kurtosis=self.kurtosis, then=self.then, power=self.power
        )


@dataclass(frozen=True, kw_only=True)
class NormaliseStep:
    """Bring the indicators onto one scale, more being worse; see `socharm.stats.composite_normalise.normalise`.

    Parameters
    ----------
    method : str
    low, high : float
        Ends of the scale. Geometric and harmonic means need `low` above zero, such as 1.
    mean, sd : float
        Of ``z-score``.
    cap : bool
        Whether ``goalposts`` and distances stop at the ends.
    areas : int
        For ``exponential``: number of areas that the values are ranks among; 0 to rank the values here.
    reference : str
        Area code for ``distance-to-reference``.
    pooled : bool
        For ``index-to-mean``: whether the mean is weighted by the denominators (the rate of all areas together).
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    method: Annotated[str, OneOf(*NORMALISATIONS)] = "min-max"
    low: float = 0.0
    high: float = 100.0
    mean: float = 0.0
    sd: Positive = 1.0
    cap: bool = True
    areas: CountFrom0 = 0
    reference: str = ""
    pooled: bool = False
    step: Literal["normalise"] = "normalise"

    def __post_init__(self) -> None:
        check_fields(self, of="the normalise step")
        if self.method == "distance-to-reference" and not self.reference:
            raise ParameterError("'distance-to-reference' needs `reference`, the code of the area to compare with.")
        _ = self.scale

    @property
    def scale(self) -> Scale:
        """The constants as the arithmetic takes them."""
        return Scale(low=self.low, high=self.high, mean=self.mean, sd=self.sd, cap=self.cap, areas=self.areas)


@dataclass(frozen=True, kw_only=True)
class WeighStep:
    """Where the weights come from.

    Parameters
    ----------
    method : {"stated", "equal", "pca", "elicited", "optimised"}
        As the recipe states them; equal within each parent; squared loadings of the first principal component within
        each parent of indicators; means of what respondents gave; or fitted so that correlations are in proportion to
        importances. Parents of domains keep the stated weights under ``pca`` and ``optimised``.
    elicitation : Elicitation, optional
        Needed by ``elicited``; parents whose children it does not name keep the stated weights.
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    method: Annotated[str, OneOf(*WEIGHINGS)] = "stated"
    elicitation: Elicitation | None = None
    step: Literal["weigh"] = "weigh"

    def __post_init__(self) -> None:
        check_fields(self, of="the weigh step")
        if (self.method == "elicited") != (self.elicitation is not None):
            raise ParameterError("`elicitation` belongs to the method 'elicited', and that method needs one.")


@dataclass(frozen=True, kw_only=True)
class AggregateStep:
    """Join indicators to domains and domains to the index; see `socharm.stats.composite_scores`.

    Parameters
    ----------
    method : str
        ``arithmetic``, ``geometric``, ``harmonic``, ``generalised``, ``copeland`` or ``outranking``.
    power : float
        Of ``generalised``.
    least_available : float
        Share of a domain's children that an area must have for the domain to have a value.
    divide : bool
        Whether sums are divided by their weights; England's IMD does not, its weights sum to 0.999.
    step : str
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    method: Annotated[str, OneOf(*AGGREGATIONS)] = "arithmetic"
    power: float = 1.0
    least_available: ClosedShare = 0.0
    divide: bool = True
    step: Literal["aggregate"] = "aggregate"

    def __post_init__(self) -> None:
        check_fields(self, of="the aggregate step")
        if self.method == "generalised" and self.power == 0:
            raise ParameterError("A generalised mean with power 0 is the geometric mean; use method 'geometric'.")


Step = Annotated[
    ScreenStep | DenominateStep | ImputeStep | TreatStep | NormaliseStep | WeighStep | AggregateStep,
    Field(discriminator="step"),
]
