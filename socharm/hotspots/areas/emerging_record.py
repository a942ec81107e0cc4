"""What patterns of emerging hot spots are: choices, labels, findings, and the record of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

import pandas as pd

from socharm._about import About
from socharm._constraints import Between, CountFrom1
from socharm._record import Record
from socharm._settings import setting
from socharm._words import number_of
from socharm.hotspots.areas.area_settings import AreaTestSettings, GraphFindings
from socharm.hotspots.areas.cube_gi import Baseline
from socharm.hotspots.areas.emerging_patterns import PATTERNS, TOO_SHORT
from socharm.hotspots.areas.trends import Autocorrelation

__all__ = [
    "EMERGING_LABELS",
    "EmergingFindings",
    "EmergingHotspots",
    "EmergingSettings",
    "Inference",
    "MOST_LAG",
]

#: How p of a period is found.
Inference: TypeAlias = Literal["permutation", "analytic"]
#: Labels of areas, in the order of legends.
EMERGING_LABELS: Final = (*PATTERNS, TOO_SHORT, "island", "not covered")
#: Longest neighbourhood in time.
MOST_LAG: Final = 12


@dataclass(frozen=True, kw_only=True)
class EmergingSettings(AreaTestSettings):
    """Choices behind patterns of emerging hot spots."""

    column: Literal["rate_eb", "rate", "crimes"] = setting(
        "rate_eb", "of the index, by period; rate_eb is the rate over its own error"
    )
    months_per_period: CountFrom1 = setting(
        1, "months of one period; first months that fill none are left out", example=3
    )
    baseline: Baseline = setting(
        "step", 'what a neighbourhood is held against: its period ("step"), "window", "previous" or the whole "cube"'
    )
    periods_before: Annotated[int, Between(0, MOST_LAG)] = setting(0, "periods before that belong to the neighbourhood")
    inference: Inference = setting("permutation", 'or "analytic": p of the standard score')
    beyond_ordinary: bool = setting(
        True, "name a pattern only beyond the ups and downs that neighbourhoods have together"
    )
    trend_autocorrelation: Autocorrelation = setting(
        "shared", 'of the trend: "shared" (one curve for all areas), "hamed-rao" (each by itself), none'
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.baseline == "window" and self.periods_before == 0:
            yield (
                "`baseline` is 'window' and `periods_before` is 0, which is the period itself. State `periods_before`, "
                "or use 'step'."
            )

    @property
    def level(self) -> float:
        """False discovery rate of one direction."""
        return self.alpha / 2


@dataclass(frozen=True, kw_only=True)
class EmergingFindings(GraphFindings):
    """What patterns were made of.

    Attributes
    ----------
    method, column, rule, islands, not_covered
        As of `GraphFindings`; not covered are areas whose last period is not, or that have none.
    periods : int
        Periods of the cube.
    first, last : str
        Their ends.
    left_out : tuple of str
        First months that fill no period.
    tested : int
        Tests of an area in a period, which the correction goes over.
    share, left : float
        Of the ups and downs of neighbourhoods: the share that fades from period to period, and what is left of it one
        period later.
    independent : float
        Independent periods whose mean varies as much as that of all.
    """

    periods: int = 0
    first: str = ""
    last: str = ""
    left_out: tuple[str, ...] = ()
    tested: int = 0
    share: float = 0.0
    left: float = 0.0
    independent: float = 0.0


@dataclass(frozen=True, eq=False, repr=False)
class EmergingHotspots(Record):
    """The pattern of each area, and what each of its periods was.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of the input; ``pattern`` (one of seventeen, ``"too short"`` with fewer than
        ten tested periods or two independent ones, ``"island"``, ``"not covered"`` in the last period),
        ``by_definition`` (the pattern before ordinary ups and downs were allowed for), ``periods`` (tested), ``hot``,
        ``cold`` (significant ones), ``last`` (``"hot"``, ``"cold"`` or ``"not significant"``), ``run`` (unbroken
        periods at the end that were as the last),
        ``z_last``, ``p_beyond_low``, ``p_beyond_high`` (corrected over areas, of a level below, above that of all areas
        over the last 1, 2, 4, ... periods; missing where it was not asked), ``trend_s``, ``trend_z``, ``trend_p``,
        ``trend_p_adjusted`` (over the areas whose name hangs on the trend; missing for others), ``slope``,
        ``slope_low``, ``slope_high`` (Sen's, of the standard score per period).
    cube : DataFrame
        ``area_code``, ``period``, ``value``, ``neighbours``, ``statistic``, ``z``, ``p_low``, ``p_high``,
        ``p_adjusted_low``, ``p_adjusted_high`` (over the cube), ``label``.
    """

    __made_by__ = ("emerging_hotspots",)

    table: pd.DataFrame
    cube: pd.DataFrame
    settings: EmergingSettings
    about: About
    findings: EmergingFindings

    @property
    def counts(self) -> pd.Series:
        """Number of areas by pattern, in the order of legends; patterns that no area has are left out."""
        found = self.table["pattern"].value_counts()
        return found.reindex([label for label in EMERGING_LABELS if label in found.index]).rename("areas")

    def _summary(self) -> dict[str, str]:
        s, found = self.settings, self.findings
        chance = number_of(s.permutations, "permutation") if s.inference == "permutation" else "analytic"
        return {
            "method": f"Gi* of {found.column} in {number_of(found.periods, 'period')}, {found.first} to {found.last}, "
            f"baseline {s.baseline}, neighbours: {found.rule}",
            "patterns": ", ".join(f"{number:,} {label}" for label, number in self.counts.items()),
            "test": f"{chance}, seed {s.seed}",
            "correction": f"{s.correction} over {number_of(found.tested, 'test')}, alpha {s.alpha:g}",
            "ordinary ups and downs": f"allowed for; {found.periods} periods tell as much as {found.independent:.1f} "
            "independent ones"
            if s.beyond_ordinary
            else "not allowed for",
        }
