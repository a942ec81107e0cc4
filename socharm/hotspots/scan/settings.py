"""Choices behind scan statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from socharm._constraints import Above, Between, CountFrom1, Missing, OpenShare, Positive, Seed
from socharm._limits import MAX_DRAWS
from socharm._settings import SEED, Settings, setting

__all__ = [
    "Analysis",
    "By",
    "Compactness",
    "Direction",
    "Distance",
    "Elongations",
    "Every",
    "MapModel",
    "MostOfPopulation",
    "Overdispersion",
    "Replicated",
    "ScanSettings",
    "Shape",
    "SpaceTimeModel",
    "SpaceTimeScanSettings",
    "StudyPeriod",
    "Ties",
    "TimeUnit",
]

MapModel: TypeAlias = Literal["poisson", "bernoulli"]
SpaceTimeModel: TypeAlias = Literal["permutation", "poisson", "expectation"]
Analysis: TypeAlias = Literal["retrospective", "prospective"]
Direction: TypeAlias = Literal["high", "low", "both"]
By: TypeAlias = Literal["events", "harm"]
Shape: TypeAlias = Literal["circle", "ellipse"]
Compactness: TypeAlias = Literal["none", "medium", "strong"]
Distance: TypeAlias = Literal["planar", "great-circle"]
Ties: TypeAlias = Literal["together", "one-at-a-time"]
TimeUnit: TypeAlias = Literal["day", "week", "month", "year", "number"]
#: Longer over shorter axis of an ellipse.
Elongations: TypeAlias = tuple[Annotated[float, Above(1, 100)], ...]
MostOfPopulation: TypeAlias = Annotated[float, Above(0, 1)]
Overdispersion: TypeAlias = Annotated[float, Between(0, 100)] | Literal["estimate"]
Replicated: TypeAlias = Annotated[int, Between(9, MAX_DRAWS)]
Every: TypeAlias = Annotated[int, Between(1, 10_000)]
StudyPeriod: TypeAlias = tuple[str | int, str | int]

#: Elongations that SaTScan tries by default.
ELONGATIONS: Final = (1.5, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True, kw_only=True)
class _CommonSettings(Settings):
    """Choices that scans of a map and scans in space and time share."""

    by: By = setting("events", 'what is scanned: "events", or "harm", which are events with their weights')
    direction: Direction = setting("high", "windows with more than expected (high), with less (low), or both")
    shape: Shape = setting("circle", "of windows: circle or ellipse")
    elongations: Elongations = setting(ELONGATIONS, "longer over shorter axis of ellipses, beside the circle")
    compactness: Compactness = setting("medium", "how much long ellipses are held back: none, medium or strong")
    max_population: MostOfPopulation = setting(0.5, "largest share of what is expected that a window may hold")
    max_radius: Positive | None = setting(
        None, "largest radius, in the unit of the coordinates; in kilometres on the globe", example=2_000.0
    )
    max_locations: CountFrom1 | None = setting(None, "most locations of a window, the centre included", example=50)
    min_cases: CountFrom1 | None = setting(
        None, "fewest events of a window with more than expected; 2 when absent, none by harm", example=5
    )
    distance: Distance | None = setting(
        None, "planar or great-circle; by the coordinate system when absent", recipe=False
    )
    ties: Ties = setting("together", "locations equally far enter together, or one-at-a-time by their coordinates")
    alpha: OpenShare = setting(0.05, "probability of any cluster at all where there is none")
    replications: Replicated = setting(999, "maps drawn without clusters that the highest ratio is held against")
    stop_after: CountFrom1 | None = setting(
        None, "maps that reach the observed ratio after which no more are drawn", example=50
    )
    missing: Missing = setting("error", 'of locations without a value: "error" or "leave out"', recipe=False)
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.by == "harm" and self.min_cases is not None:
            yield "`min_cases` counts events, and windows are taken by harm. Leave it out, or state by='events'."
        if self.shape == "ellipse" and not self.elongations:
            yield "`elongations` is empty; ellipses need at least one above 1. State shape='circle' for circles alone."
        if self.shape == "ellipse" and self.distance == "great-circle":
            yield "`shape` is 'ellipse', which needs planar coordinates. Project them, or take circles."


@dataclass(frozen=True, kw_only=True)
class ScanSettings(_CommonSettings):
    """Choices of `scan_clusters`."""

    model: MapModel = setting("poisson", "of the cases: poisson, or bernoulli where each person is a case or none")
    overdispersion: Overdispersion = setting(
        0.0, 'variance of a location\'s risk around 1 where there is no cluster; "estimate" takes it from the map'
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.model == "bernoulli" and self.by == "harm":
            yield "`by='harm'` needs model='poisson': a Bernoulli case weighs as much as any other."
        if self.model == "bernoulli" and self.overdispersion != 0:
            yield "`overdispersion` needs model='poisson'. Leave it out."


@dataclass(frozen=True, kw_only=True)
class SpaceTimeScanSettings(_CommonSettings):
    """Choices of `scan_space_time`."""

    model: SpaceTimeModel = setting(
        "permutation", "permutation of dates, poisson with populations, or expectation, against stated cases"
    )
    analysis: Analysis = setting(
        "retrospective", "clusters of any time, or prospective: only those that reach the last period"
    )
    period: StudyPeriod | None = setting(
        None, "first and last date of the study; those of the cases when absent", recipe=False
    )
    unit: TimeUnit | None = setting(None, "of the time axis; what the dates are when absent", recipe=False)
    every: Every = setting(1, "units in one period", recipe=False)
    min_periods: CountFrom1 = setting(1, "fewest periods of a cluster")
    max_periods: CountFrom1 | None = setting(None, "most periods of a cluster; half of them when absent", example=6)
    adjust: Literal["none", "time"] = setting(
        "none", "poisson: whether what is expected follows the whole map from period to period (time)"
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.model == "expectation" and self.by == "harm":
            yield "`by='harm'` needs model='permutation' or 'poisson': what was expected are events."
        if self.adjust == "time" and self.model != "poisson":
            yield "`adjust` is for model='poisson': the others follow the whole map by themselves. Leave it out."
        if self.max_periods is not None and self.max_periods < self.min_periods:
            yield f"`max_periods` is {self.max_periods}, below `min_periods`, which is {self.min_periods}. Swap them."
