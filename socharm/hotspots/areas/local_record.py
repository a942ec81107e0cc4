"""What a local statistic is: its choices, its labels, what it found, and the record of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

import pandas as pd

from socharm._about import About
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.hotspots.areas.area_settings import Alternative, AreaTestSettings, GraphFindings
from socharm.hotspots.areas.local_values import HOT, UNTESTED

__all__ = [
    "AROUND",
    "GiSettings",
    "LABELS",
    "LocalFindings",
    "LocalSettings",
    "LocalStatistics",
    "LocalTestSettings",
    "Null",
    "RATE_OF_EVENTS",
    "labels_by_own",
]

#: Labels of each statistic, in the order of legends.
LABELS: Final = {
    "gi-star": ("hot", "cold", "not significant", *UNTESTED),
    "gi": ("hot", "cold", "not significant", *UNTESTED),
    "bivariate-moran": ("high-high", "low-low", "high-low", "low-high", "not significant", *UNTESTED),
    "local-moran": ("high-high", "low-low", "high-low", "low-high", "not significant", *UNTESTED),
    "join-counts": ("together", "marked", "not marked", *UNTESTED),
}
#: Values of `local_rate_moran`, which have no unit.
RATE_OF_EVENTS: Final = "rate of events, EB-standardised"
Null: TypeAlias = Literal["permutation", "negative-binomial"]


#: Labels of areas whose neighbourhood is hot or cold while their own value lies on the other side of the mean.
AROUND: Final = {"hot": "hot around", "cold": "cold around"}


def labels_by_own(table: pd.DataFrame) -> pd.Series:
    """Labels of a local statistic as a map colours them: an area that does not share its neighbourhood is set apart.

    Parameters
    ----------
    table : DataFrame
        With ``label`` and ``value``. Where values are withheld, or not there, nothing is set apart.
    """
    label = table["label"].astype("str")
    if "value" not in table.columns:
        return label
    value = table["value"].astype(float)
    middle = value.mean()
    against = ((label == "hot") & (value <= middle)) | ((label == "cold") & (value >= middle))
    return label.mask(against, label.map(AROUND))


@dataclass(frozen=True, kw_only=True)
class LocalTestSettings(AreaTestSettings):
    """Choices of a test of every area in both directions, or in one."""

    alternative: Alternative = setting("two-sided", 'or "greater" (hot only), "less" (cold only)')

    @property
    def level(self) -> float:
        """False discovery rate of one direction."""
        return self.alpha / 2 if self.alternative == "two-sided" else self.alpha


@dataclass(frozen=True, kw_only=True)
class LocalSettings(LocalTestSettings):
    """Choices behind a local statistic."""

    column: str = setting("rate_eb", "column of the index that is tested; rate_eb is the rate over its own error")
    months: bool = setting(True, "hot or cold only where the months say so one by one")
    null: Null = setting(
        "permutation", 'values shuffled between areas; or "negative-binomial": crimes drawn anew (column "rate" only)'
    )


@dataclass(frozen=True, kw_only=True)
class GiSettings(LocalSettings):
    """Choices behind Gi*."""

    include_self: bool = setting(True, "false where only an area's neighbours count, and not the area (Gi)")


@dataclass(frozen=True, kw_only=True)
class LocalFindings(GraphFindings):
    """What a local statistic was made of, and who could not be tested.

    Attributes
    ----------
    method : {"gi-star", "gi", "local-moran", "bivariate-moran", "join-counts"}
    column, rule, islands, not_covered
        As of `GraphFindings`.
    alternative : {"two-sided", "greater", "less"}
        The tail that was tested.
    weights : str
        Whether weights are equal within each neighbourhood.
    tested : int
        Number of areas with a p-value: the size of the family that the correction goes over.
    months : str
        ``"months: each neighbourhood against all areas"`` where they were tested too, else why not.
    month_correlation : float
        Share of a month that is left in the next, estimated from all neighbourhoods together; months then count as
        fewer than they are.
    top_event : str
        Why ``hot_without_top_event`` is missing; empty where it is not.
    """

    alternative: Alternative = "two-sided"
    weights: str = ""
    tested: int = 0
    months: str = ""
    month_correlation: float = 0.0
    top_event: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class LocalStatistics(Record):
    """A local statistic of each area, its p-values, and the label that remains after correction.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of the input; ``value``, ``neighbours`` (covered ones),
        ``statistic`` (Gi*: weighted mean over the area and its neighbours, in the unit of the value;
        local Moran: I; join counts: marked neighbours), ``expected``, ``variance``, ``z`` (analytical, for orientation
        only),
        ``p_low``, ``p_high`` (by permutation, of a statistic at most, at least the observed one),
        ``p_months_low``, ``p_months_high`` (of the neighbourhood's months against the force's; missing where they were
        not tested), ``p_adjusted_low``, ``p_adjusted_high`` (of the larger of both, corrected), ``p`` (of the
        alternative, the larger of both, not corrected), ``label``,
        ``hot_without_top_event`` (boolean; missing for areas that are not hot, and as the findings say).
    """

    __made_by__: ClassVar[tuple[str, ...]] = ("local_gi_star", "local_moran")

    table: pd.DataFrame
    settings: AreaTestSettings
    about: About
    findings: LocalFindings

    @property
    def hot(self) -> pd.Index:
        """Codes of the areas labelled ``hot``, ``high-high`` or ``together``."""
        return self.table.index[self.table["label"].isin([*HOT, "together"])]

    @property
    def counts(self) -> pd.Series:
        """Number of areas by label, every label of the method, in the order of legends."""
        found = self.table["label"].value_counts()
        return found.reindex(list(LABELS[self.findings.method]), fill_value=0).rename("areas").astype("int64")

    def _summary(self) -> dict[str, str]:
        s, found = self.settings, self.findings
        return {
            "method": f"{found.method} of {found.column}, neighbours: {found.rule}",
            "labels": ", ".join(f"{number:,} {label}" for label, number in self.counts.items() if number),
            "test": f"{number_of(s.permutations, 'permutation')}, {found.alternative}, seed {s.seed}",
            "months": found.months
            + (f" ({found.month_correlation:.0%} of a month is left in the next)" if found.month_correlation else ""),
            "correction": f"{s.correction} over {number_of(found.tested, 'area')}, alpha {s.alpha:g}",
        }
