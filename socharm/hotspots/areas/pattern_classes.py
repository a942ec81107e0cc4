"""Areas in classes by how their share of all events went over many periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import AtLeast, Between, OpenShare, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.time_axis import time_axis
from socharm.stats.kmeans import KMeans, calinski_harabasz, k_means
from socharm.stats.random_streams import streams

__all__ = ["ClassesSettings", "PatternClasses", "pattern_classes"]

_Floats = NDArray[np.float64]

_STARTS: Final = 20
_FEWER_STARTS: Final = 3
_LEAST_PERIODS: Final = 4


@dataclass(frozen=True, kw_only=True)
class ClassesSettings(Settings):
    """Choices behind classes of areas by their course over time."""

    classes: Annotated[int, Between(2, 12)] | None = setting(
        None, "number of classes; the one with the highest Calinski-Harabasz index when absent", example=4
    )
    most: Annotated[int, Between(2, 12)] = setting(6, "classes at most, where the number is chosen")
    fewest_events: Annotated[int, AtLeast(1)] = setting(20, "events over all periods below which an area has no class")
    alpha: OpenShare = setting(0.05, "level of the test that areas differ in their course at all")
    null_draws: Annotated[int, Between(19, 9_999)] = setting(99, "simulated sets of areas that all have one course")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, eq=False, repr=False)
class PatternClasses(Record):
    """Classes of areas, and the course of each.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of the input; ``events``, ``course`` (1, 2, ... from those that fall most to
        those that rise most; missing where an area has too few events, or no difference was found), ``distance`` (from
        the middle of the class), ``reason``.
    courses : DataFrame
        Index ``course``; a column for each period: share of the events of the class in that period over the share that
        all areas have in it, 1 being as all areas; and ``areas``.
    p : float
        Of so much variance between classes where all areas have one course.
    """

    __made_by__ = ("pattern_classes",)

    table: pd.DataFrame
    courses: pd.DataFrame
    settings: ClassesSettings
    about: About
    p: float = 1.0

    def _summary(self) -> dict[str, str]:
        told = number_of(len(self.courses), "class", "classes") if len(self.courses) else "none: one course for all"
        return {
            "classes": told,
            "areas": f"{int(self.table['course'].notna().sum()):,} in classes, {len(self.table):,} in all",
            "test": f"p {self.p:.3g} that all areas have one course, {number_of(self.settings.null_draws, 'draw')}, "
            f"seed {self.settings.seed}",
        }


@checked
def pattern_classes(
    counts: pd.DataFrame,
    *,
    classes: Annotated[int, Between(2, 12)] | None = None,
    most: Annotated[int, Between(2, 12)] = 6,
    fewest_events: Annotated[int, AtLeast(1)] = 20,
    alpha: OpenShare = 0.05,
    null_draws: Annotated[int, Between(19, 9_999)] = 99,
    seed: Seed | None = None,
    settings: ClassesSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> PatternClasses:
    r"""Put areas into classes by their course over many periods, where they differ in it at all.

    Parameters
    ----------
    counts : DataFrame
        A row for each area, a column for each period; whole numbers, none missing. Columns may stand in any order, and
        periods need not follow each other: one that is left out is in no course.
    classes : int, optional
        Number of classes; chosen by the Calinski-Harabasz index when omitted.
    most : int
        Classes at most where the number is chosen.
    fewest_events : int
        Events over all periods below which the course of an area is mostly chance: it has no class.
    alpha : float
        Level of the test that areas differ in their course at all. Where they do not, there are no classes: k-means
        finds classes in anything.
    null_draws : int
        Simulated sets of areas for that test.
    seed : int
        To be stated here or in `settings`.
    settings : ClassesSettings or mapping, optional
        Choices of other classes, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    PatternClasses

    Raises
    ------
    SchemaError
        Fewer than four periods, periods that stand twice, counts that are missing or no whole numbers.
    ParameterError
        Fewer areas with enough events than three times the classes.

    Notes
    -----
    The course of an area is :math:`\sqrt{n_{at} / n_a}`, whose chance error is nearly the same in all periods, less
    that of all areas; k-means with twenty starts. The test holds the variance between classes over the total against
    sets of areas with the same totals whose events fall on the periods by one course, with the dispersion that the
    areas themselves have: the median of their chi-squared over its expected median.

    k-means in place of group-based trajectory models: its result can be checked against any other implementation, and
    its number of classes is chosen by a stated rule.

    References
    ----------
    Curman, A. S. N., Andresen, M. A. and Brantingham, P. J. (2015). Crime and place: a longitudinal examination of
    street segment patterns in Vancouver, BC. *Journal of Quantitative Criminology* 31, 127-147. Calinski, T. and
    Harabasz, J. (1974). A dendrite method for cluster analysis. *Communications in Statistics* 3, 1-27.
    """
    chosen = ClassesSettings.of(settings)
    table, labels = _table(counts)
    n = table.to_numpy()
    total = n.sum(axis=1)
    enough = np.flatnonzero(total >= chosen.fewest_events)
    wanted = chosen.classes or chosen.most
    if enough.size < 3 * wanted:
        raise ParameterError(
            f"{number_of(int(enough.size), 'area has', 'areas have')} {chosen.fewest_events} events or more; {wanted} "
            f"classes need {3 * wanted}. State a smaller `classes`, or `most`, or a smaller `fewest_events`."
        )
    rows = _courses(n[enough])
    found = _classes(rows, chosen, streams(chosen.seed, _STARTS, purpose="courses"))
    p = _p(n[enough], rows, found, chosen)
    return _record(table, labels, enough, rows, found if p <= chosen.alpha else None, p, chosen, about)


def _table(counts: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if not len(counts) or counts.index.has_duplicates:
        raise SchemaError("`counts` needs a row for each area, and one only. Add the rows of an area up.")
    axis = time_axis(counts.columns, name="counts")
    if len(axis.labels) < _LEAST_PERIODS:
        raise SchemaError(
            f"`counts` holds {number_of(len(axis.labels), 'period')}; a course needs {_LEAST_PERIODS}. Two periods are "
            "compared by `change_significance` and `point_pattern_similarity`."
        )
    table = counts.iloc[:, axis.order].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    x = table.to_numpy()
    if not np.all(np.isfinite(x)) or np.any(x < 0) or np.any(x != np.floor(x)):
        raise SchemaError(
            "`counts` must hold whole numbers of at least 0 and no gaps. Leave areas that were not covered throughout "
            "out."
        )
    return table.rename_axis(AREA), axis.labels


def _courses(n: _Floats) -> _Floats:
    """Square roots of shares, less those of all areas."""
    share = n / n.sum(axis=1, keepdims=True)
    together = n.sum(axis=0) / n.sum()
    found: _Floats = np.sqrt(share) - np.sqrt(together)
    return found


def _classes(rows: _Floats, chosen: ClassesSettings, starts: list[np.random.Generator]) -> KMeans:
    numbers = [chosen.classes] if chosen.classes is not None else list(range(2, chosen.most + 1))
    found = [k_means(rows, number, starts) for number in numbers]
    return max(found, key=lambda one: calinski_harabasz(rows, one))


def _p(n: _Floats, rows: _Floats, found: KMeans, chosen: ClassesSettings) -> float:
    """Share of simulated sets of one course with as much variance between their classes."""
    together = n.sum(axis=0) / n.sum()
    total = n.sum(axis=1)
    expected = total[:, None] * together
    square = np.divide((n - expected) ** 2, expected, out=np.zeros(n.shape), where=expected > 0).sum(axis=1)
    degrees = max(int((together > 0).sum()) - 1, 1)
    middle = degrees * (1 - 2 / (9 * degrees)) ** 3  # Wilson and Hilferty's median of a chi-squared
    spread = max(1.0, float(np.median(square)) / middle)
    own = _between(rows, found)
    reached = 0
    for rng in streams(chosen.seed, chosen.null_draws, purpose="one-course"):
        effective = np.maximum(np.round(total / spread), 1).astype(np.int64)
        made = _courses(np.maximum(rng.multinomial(effective, together).astype(np.float64), 0.0))
        starts = [rng] * _FEWER_STARTS
        reached += _between(made, k_means(made, len(found.centres), starts)) >= own
    return (reached + 1) / (chosen.null_draws + 1)


def _between(rows: _Floats, found: KMeans) -> float:
    total = float(((rows - rows.mean(axis=0)) ** 2).sum())
    return 1 - found.within / total if total > 0 else 0.0


def _record(
    table: pd.DataFrame,
    labels: tuple[str, ...],
    enough: NDArray[np.intp],
    rows: _Floats,
    found: KMeans | None,
    p: float,
    chosen: ClassesSettings,
    about: About | None,
) -> PatternClasses:
    n = table.to_numpy()
    course = np.full(len(table), np.nan)
    distance = np.full(len(table), np.nan)
    reason = np.full(len(table), "too few events", dtype=object)
    reason[enough] = "no difference found" if found is None else ""
    courses = pd.DataFrame(columns=[*labels, "areas"], index=pd.Index([], name="course"))
    if found is not None:
        course[enough] = found.labels + 1
        distance[enough] = np.sqrt(((rows - found.centres[found.labels]) ** 2).sum(axis=1))
        together = n[enough].sum(axis=0) / n[enough].sum()
        sums = np.array([n[enough][found.labels == number].sum(axis=0) for number in range(len(found.centres))])
        ratio = np.divide(sums / sums.sum(axis=1, keepdims=True), together, out=np.ones(sums.shape), where=together > 0)
        courses = pd.DataFrame(
            ratio, columns=list(labels), index=pd.RangeIndex(1, len(ratio) + 1, name="course")
        ).assign(areas=np.bincount(found.labels, minlength=len(ratio)))
    made = pd.DataFrame(
        {
            "events": n.sum(axis=1).astype(np.int64),
            "course": pd.array(course, dtype="Float64").astype("Int64"),
            "distance": distance,
            "reason": pd.Series(reason, index=table.index, dtype="str"),
        },
        index=table.index,
    )
    return PatternClasses(
        table=made, courses=courses, settings=chosen, about=about if about is not None else About(), p=p
    )
