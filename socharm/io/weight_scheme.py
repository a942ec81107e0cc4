"""A scheme of weights: harm per offence, its age, and how it is carried over to categories."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from socharm._about import About, AssessmentPeriod
from socharm._arguments import checked
from socharm._checks import nearest_name, require_choice
from socharm._columns import OFFENCE
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm.errors import ModelWarning, ParameterError, RefusedError
from socharm.io.crosswalk import (
    MINIMUM_FORCES,
    PACKAGED_COUNTS,
    combine_categories,
    counted_statistics,
    packaged_spread,
    packaged_statistics,
    spread_of,
)
from socharm.io.forces import BRITISH_TRANSPORT_POLICE, ENGLAND_AND_WALES, FORCES, force_name
from socharm.io.offence_counts import OffenceCounts
from socharm.io.offence_groupings import GROUPINGS
from socharm.io.packaged_weights import WEIGHT_COLUMNS, packaged_weights
from socharm.io.table_options import TableFindings, TableOptions
from socharm.offences import (
    COMBINED_CATEGORIES,
    UNWEIGHTED_CATEGORIES,
)

__all__ = [
    "MAXIMUM_GAP_YEARS",
    "CrosswalkSettings",
    "WeightFindings",
    "WeightLevel",
    "WeightScheme",
    "WeightSettings",
    "check_stale",
    "years_from_counts",
]

#: A crosswalk further than this from the assessed period is refused unless stale counts are allowed.
MAXIMUM_GAP_YEARS: Final = 2.0


#: What the offences of a scheme are.
WeightLevel: TypeAlias = Literal["category", "offence"]


@dataclass(frozen=True, kw_only=True)
class WeightSettings(TableOptions):
    """Choices behind a weight scheme."""

    columns: dict[str, str] | None = setting(
        None, "of a file of your own", example={"offence": "Code", "weight": "Score"}
    )
    name: str | None = setting(None, "of the scheme; the file's name when absent", recipe=False)
    year: int = setting(0, "of release", recipe=False)
    unit: str = setting("weight units", "what a weight counts", recipe=False)
    level: WeightLevel | None = setting(
        None,
        "what the offences of a file of your own are: category or offence; told by their names when absent",
        example="category",
    )
    marking: str = setting("OFFICIAL", "security classification of the scheme", recipe=False)


@dataclass(frozen=True, kw_only=True)
class CrosswalkSettings(Settings):
    """Choices behind weights of categories."""

    target: str = setting("police.uk", "groups that the weights are carried to", recipe=False)
    counts_from: str = setting(
        "home-office-2019-20", "counts that the weights of categories are averaged by", or_data=True
    )
    force: str | None = setting(None, "offence mix of one force; England & Wales when absent", example="West Yorkshire")
    allow_stale: bool = setting(
        False,
        "the counts behind the crosswalk are of 2019-20; say here that you accept the gap",
        example=True,
        on=True,
    )
    tau: float | dict[str, float] | None = setting(None, "spread between places, where it is larger", recipe=False)


@dataclass(frozen=True, kw_only=True)
class WeightFindings(TableFindings):
    """What a weight scheme was made of.

    Attributes
    ----------
    table : TableOptions
        As of `TableFindings`.
    level : {"offence", "category"}
    force : str or None
        Force whose mix a crosswalk has, by its usual name.
    tau_raised : dict of str to float
        Spread asked for, by category.
    """

    level: str = "offence"
    force: str | None = None
    tau_raised: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class WeightScheme(Record):
    """A weight for each offence or category.

    Attributes
    ----------
    table : DataFrame
        Index ``offence`` (canonical key, unique); ``weight`` (float, in `unit`, at least 0),
        ``within_variance`` (variance of the weight inside a category, unit squared; 0 at offence
        level), ``tau`` (standard deviation of the log weight between places; 0 at offence level),
        ``source`` (str), then descriptive columns where known: ``count_code``, ``severity_code``,
        ``description``, ``category`` of single offences; ``n`` (recorded offences behind the mean)
        and ``combines`` (parts of a label that covers several categories, else empty) of categories.
    name : str
    year : int
        Year of release.
    counts_year : str or None
        Financial year of the counts a crosswalk was made from, such as ``"2019-20"``.
    unit : str
        ``"sentence-days"`` for the ONS score.
    excluded : tuple of str
        Canonical keys of offences that have no weight by design (such as anti-social behaviour).
    mix : CrosswalkSettings or None
        Choices of the crosswalk, of weights of categories that one made.
    """

    __made_by__ = ("load_weights", "read_weights")

    table: pd.DataFrame
    name: str
    year: int
    unit: str
    excluded: tuple[str, ...]
    settings: WeightSettings
    about: About
    findings: WeightFindings = field(default_factory=WeightFindings)
    counts_year: str | None = None
    mix: CrosswalkSettings | None = None

    @property
    def title(self) -> str:
        """Its name with the year of release, where that is known."""
        return f"{self.name} ({self.year})" if self.year else self.name

    @property
    def weights(self) -> pd.Series:
        """The weight as a Series by offence."""
        return self.table["weight"]

    @property
    def level(self) -> str:
        """``"offence"`` (single offences) or ``"category"`` (a crosswalk)."""
        return self.findings.level

    @checked
    def crosswalk(
        self,
        target: str = "police.uk",
        *,
        counts_from: str | OffenceCounts = "home-office-2019-20",
        force: str | None = None,
        allow_stale: bool = False,
        tau: float | Mapping[str, float] | None = None,
        settings: CrosswalkSettings | Mapping[str, Any] | None = None,
    ) -> WeightScheme:
        """Weights of groups of offences: volume-weighted means of the offence weights.

        Parameters
        ----------
        target : {"police.uk", "home-office", "mps"}
            Categories of police.uk, subgroups of the Home Office's open data tables, or minor groups of the
            Metropolitan Police's tables in the spelling of recent files.
        counts_from : str or OffenceCounts
            How often each offence was recorded: packaged counts by name (ONS weights only), or
            counts read by `read_offence_counts`, of one financial year.
        force : str, optional
            Use the mix of one police force (any common spelling, or its code); England and Wales
            by default.
        allow_stale : bool
            Allow an assessed period more than two years from the counts. The mix drifts, so the
            gap is checked, and printed, when the index is made.
        tau : float or mapping of category to float, optional
            Raise the spread between places above what differs between forces; lower values are
            ignored, because the spread between forces is a floor.
        settings : CrosswalkSettings or mapping, optional
            Choices of another crosswalk (`mix` of its result), for what is not stated by keyword. Counts of your own
            are data: give them again.

        Returns
        -------
        WeightScheme
            At category level. Anti-social behaviour is in `excluded`.

        Raises
        ------
        ParameterError
            Unknown target, counts or force; several years of counts; already a crosswalk.
        RefusedError
            The counts hold an aggregate beside its parts.

        Notes
        -----
        For category *c* and offences *o*: ``w_c = Σ n_o w_o / Σ n_o``, ``within_variance = Σ n_o
        (w_o - w_c)² / Σ n_o`` and ``tau² = max(0, Var_f(log w_cf) - mean_f(v_cf / (n_cf w_cf²)))``
        over the forces *f*. Total harm is conserved: ``Σ_c n_c w_c = Σ_o n_o w_o``.

        Examples
        --------
        >>> from socharm import load_weights
        >>> scheme = load_weights("ons-css").crosswalk("police.uk", force="West Yorkshire")
        >>> scheme.weights.round(1)[["robbery", "drugs"]].to_dict()
        {'robbery': 799.6, 'drugs': 146.4}
        """
        mix = CrosswalkSettings.of(settings)
        require_choice(mix.target, GROUPINGS, name="target")
        if self.level != "offence":
            raise ParameterError(
                "This scheme is a crosswalk already. Call `crosswalk` on the scheme of single offences."
            )
        # The packaged statistics are of the 43 forces; counts of one's own may hold the transport police too.
        others = (BRITISH_TRANSPORT_POLICE,) if isinstance(counts_from, OffenceCounts) else ()
        chosen = None if mix.force is None else force_name(mix.force, others=others)
        if isinstance(counts_from, OffenceCounts):
            by_force = counted_statistics(self.table, counts_from, force=chosen, name=self.name, target=mix.target)
            year = counts_from.years[0]
            source = f"{', '.join(counts_from.about.sources) or 'recorded offence counts'} {year}"
        else:
            by_force, year, source = _packaged(self, counts_from, mix.target)
        area = chosen or ENGLAND_AND_WALES
        packaged = None if isinstance(counts_from, OffenceCounts) else counts_from
        of_police_uk = mix.target == "police.uk"
        raised = _as_mapping(mix.tau, [*by_force["category"].unique(), *(COMBINED_CATEGORIES if of_police_uk else ())])
        alone = by_force[by_force["force"] == area].set_index("category")
        statistics = combine_categories(alone) if of_police_uk else alone.assign(combines="").sort_index()
        spread = _tau(by_force, raised, packaged, mix.target)
        table = _category_table(statistics, spread, f"{self.name}, {year} mix of {area}")
        return WeightScheme(
            table=table,
            name=self.name,
            year=self.year,
            unit=self.unit,
            excluded=UNWEIGHTED_CATEGORIES,
            settings=self.settings,
            about=About(unit=self.unit, sources=(*self.about.sources, source), marking=self.about.marking),
            findings=WeightFindings(level="category", force=chosen, tau_raised=raised, table=self.findings.table),
            counts_year=year,
            mix=mix,
        )

    def _summary(self) -> dict[str, str]:
        lines = {
            "scheme": f"{self.name} ({self.year})",
            self.level + " weights": f"{len(self.table)}",
            "no weight": ", ".join(self.excluded) or "none",
        }
        if self.counts_year is not None:
            stale = "; older counts allowed" if self.mix is not None and self.mix.allow_stale else ""
            lines["offence mix"] = f"{self.counts_year}, {self.findings.force or ENGLAND_AND_WALES}{stale}"
        return lines


def years_from_counts(scheme: WeightScheme, period: AssessmentPeriod) -> float:
    """Years between a crosswalk's counts and an assessed period: nearest ends, 0 when they overlap.

    Examples
    --------
    >>> from socharm import load_weights
    >>> scheme = load_weights("ons-css").crosswalk("police.uk")
    >>> years_from_counts(scheme, AssessmentPeriod("2025-04", "2025-09"))
    5.0
    """
    if scheme.counts_year is None:
        return 0.0
    first = int(scheme.counts_year[:4]) * 12 + 3
    last = first + 11
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (period.start, period.end))
    between = max(start - last, first - end) - 1
    return max(between, 0) / 12


def check_stale(scheme: WeightScheme, period: AssessmentPeriod | None) -> float:
    """Gap between a crosswalk's counts and the assessed period; refused beyond two years unless allowed.

    Parameters
    ----------
    scheme : WeightScheme
    period : AssessmentPeriod or None
        The assessed months; None is not checked.

    Returns
    -------
    float
        Years, 0 for a scheme of single offences (it has no mix that could drift).

    Raises
    ------
    RefusedError
        The gap is more than two years and the crosswalk was made without ``allow_stale=True``.
    """
    if period is None:
        return 0.0
    gap = years_from_counts(scheme, period)
    if gap > MAXIMUM_GAP_YEARS and not (scheme.mix is not None and scheme.mix.allow_stale):
        raise RefusedError(
            f"`weights` were averaged over the offence mix of {scheme.counts_year}, {gap:.1f} years from the assessed "
            f"period {period}; the mix drifts. Make the crosswalk from newer counts (`read_offence_counts`), or accept "
            "the gap with `crosswalk(..., allow_stale=True)`: it is then printed beside the result."
        )
    return gap


def _packaged(scheme: WeightScheme, counts_from: str, target: str) -> tuple[pd.DataFrame, str, str]:
    require_choice(counts_from, PACKAGED_COUNTS, name="counts_from")
    packaged = packaged_weights("ons-css")["weight"]
    if scheme.name != "ons-css" or not scheme.weights.reindex(packaged.index).equals(packaged):
        raise ParameterError(
            f"`counts_from={counts_from!r}` is packaged for the ONS weights only, and this scheme is {scheme.name!r}. "
            "Read the Home Office counts with `read_offence_counts` and pass them as `counts_from=`."
        )
    _, year, source = PACKAGED_COUNTS[counts_from]
    return packaged_statistics(counts_from, target), year, source


def _tau(by_force: pd.DataFrame, raised: Mapping[str, float], packaged: str | None, target: str) -> pd.Series:
    territorial = by_force[by_force["force"].isin(FORCES.values())]
    if packaged is not None:
        floor = packaged_spread(packaged, target)
    elif territorial["force"].nunique() >= MINIMUM_FORCES:
        floor = spread_of(territorial, target)
    else:
        warnings.warn(
            f"the counts hold fewer than {MINIMUM_FORCES} forces, so the spread of category weights between places "
            "is taken from the packaged 2019/20 counts under the ONS weights.",
            ModelWarning,
            stacklevel=3,
        )
        floor = packaged_spread("home-office-2019-20", target)
    return floor.combine(pd.Series(raised, dtype=float), max, fill_value=0.0).rename("tau")


def _as_mapping(tau: float | Mapping[str, float] | None, categories: Iterable[str]) -> dict[str, float]:
    if tau is None:
        return {}
    values = dict(tau) if isinstance(tau, Mapping) else dict.fromkeys(map(str, categories), float(tau))
    unknown = sorted(set(values) - set(map(str, categories)))
    if unknown:
        hint = nearest_name(unknown[0], map(str, categories))
        meant = f" Did you mean {hint!r}?" if hint else ""
        raise ParameterError(f"`tau` names {unknown}, which are not categories of the crosswalk.{meant}")
    for category, value in values.items():
        if not (np.isfinite(value) and value >= 0):
            raise ParameterError(f"`tau` of {category!r} is {value!r}; a standard deviation is a number of at least 0.")
    return {key: float(value) for key, value in sorted(values.items())}


def _category_table(statistics: pd.DataFrame, tau: pd.Series, source: str) -> pd.DataFrame:
    table = statistics.assign(tau=tau.reindex(statistics.index).fillna(0.0), source=source)
    return table[[*WEIGHT_COLUMNS, "n", "combines"]].astype({"n": "int64"}).rename_axis(OFFENCE).sort_index()
