"""Which classes of areas touch: join counts of two colours or more, with their moments and permutations."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OpenShare, Permutations, Seed, Threads
from socharm._record import Record
from socharm._settings import THREADS, setting
from socharm._words import number_of
from socharm.errors import DataWarning, SchemaError
from socharm.hotspots.areas.area_settings import Alternative, Correction
from socharm.hotspots.areas.global_record import GlobalFindings, GlobalTestSettings, GraphWeights
from socharm.hotspots.areas.graphs import Graph, W
from socharm.hotspots.areas.local_values import local_values, spatial_weights
from socharm.hotspots.areas.neighbours import neighbour_rule
from socharm.hotspots.areas.whole_map import compact_graph, taking_part
from socharm.stats import autocorrelation as stats
from socharm.stats.fdr import adjust
from socharm.stats.permutation import permutation_p

__all__ = ["ClassJoinSettings", "ClassJoins", "class_join_counts"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Classes at most: a table of more is of pairs that hardly any area makes.
_MOST: Final = 20


@dataclass(frozen=True, kw_only=True)
class ClassJoinSettings(GlobalTestSettings):
    """Choices behind join counts of several classes."""

    weights: GraphWeights = setting("plain", 'as the graph has them, 1 where equal; or "row": summing to 1')
    alpha: OpenShare = setting(0.05, "false discovery rate over the pairs of classes")
    correction: Correction = setting("bh", "of many tests: bh, by or none")


@dataclass(frozen=True, eq=False, repr=False)
class ClassJoins(Record):
    """Joins between each pair of classes, and what the shuffled classes give.

    Attributes
    ----------
    table : DataFrame
        Index ``pair`` (``"high:high"``, ``"low:high"``), same classes first; last the row ``between``: all joins
        between different classes. ``joins``, ``expected``, ``variance`` and ``z`` (nonfree sampling), ``p_normal`` (of
        z, of the alternative, for orientation), ``p_less``, ``p_greater`` (by permutation), ``p`` (of the alternative),
        ``p_adjusted`` (over the pairs; of ``between`` p itself) and ``significant``.
    classes : Series
        Number of areas of each class that took part.
    """

    __made_by__ = ("class_join_counts",)

    table: pd.DataFrame
    classes: pd.Series
    settings: ClassJoinSettings
    about: About
    findings: GlobalFindings

    def _summary(self) -> dict[str, str]:
        s, f = self.settings, self.findings
        lines = {"method": f"join counts of {f.column}, neighbours: {f.rule}, weights: {f.weights}"}
        for name, row in self.table.iterrows():
            tested = f"{row['expected']:.4g} expected, p {row['p_adjusted']:.3g}"
            lines[str(name)] = f"{row['joins']:.4g}, {'not tested' if f.reason else tested}"
        lines["areas"] = f"{f.areas:,}" + (f"; {f.reason}" if f.reason else "")
        lines["test"] = f"{number_of(s.permutations, 'permutation')}, {s.alternative}, {s.correction}, seed {s.seed}"
        return lines


@checked
def class_join_counts(
    classes: pd.Series,
    graph: Graph | W,
    *,
    weights: GraphWeights = "plain",
    permutations: Permutations = 9_999,
    alternative: Alternative = "two-sided",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    seed: Seed | None = None,
    settings: ClassJoinSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> ClassJoins:
    """Join counts of several classes: which kinds of area lie beside which, more or less often than chance has it?

    Parameters
    ----------
    classes : Series
        The class of each area, as text or number, by area code: a priority, a leading offence. Missing where not known;
        such areas leave the graph.
    graph : Graph or W
        A join of weight 1 in both directions counts once.
    weights : {"plain", "row"}
        As they are, or summing to 1 for each area: a join then counts half of both shares.
    permutations, alternative, seed, settings, threads, about
        As of `global_join_counts`.
    alpha, correction
        False discovery rate over all pairs of classes.

    Returns
    -------
    ClassJoins

    Warns
    -----
    CoverageWarning
        Areas without a class.
    DataWarning
        There is one class, or fewer than four areas have neighbours: nothing is tested.

    Raises
    ------
    AlignmentError, ParameterError
        As of `global_join_counts`.
    SchemaError
        More than 20 classes, classes of several kinds that are written alike (1 and "1"), or repeated codes.

    Notes
    -----
    As spdep's ``joincount.multi``: classes are shuffled, their numbers held fixed (nonfree sampling). Pairs share
    areas, so that their tests depend on each other. Many areas of one class leave few joins to the others: few joins
    between two classes do not show that they shun each other.

    References
    ----------
    Cliff, A.D. and Ord, J.K. (1981). *Spatial Processes: Models and Applications*. London: Pion. Upton, G.J.G. and
    Fingleton, B. (1985). *Spatial Data Analysis by Example*, volume 1. Chichester: Wiley.
    """
    chosen = ClassJoinSettings.of(settings)
    known = classes.dropna()
    names = sorted(known.unique(), key=lambda name: (str(type(name)), name))
    if len(names) > _MOST:
        raise SchemaError(
            f"`classes` holds {number_of(len(names), 'different value')}, such as {names[:3]}; at most {_MOST} can "
            "be told apart. Give classes, not numbers: pd.qcut(values, 5, labels=False) makes some."
        )
    if len({str(name) for name in names}) < len(names):
        raise SchemaError(
            f"`classes` holds {names} as values of several kinds that are written alike. Make them texts: "
            "classes.map(str), gaps apart."
        )
    codes = {name: float(at) for at, name in enumerate(names)}
    numbers = pd.Series([codes.get(name, np.nan) for name in classes], index=classes.index, dtype=np.float64)
    local = local_values(numbers.rename("classes" if classes.name is None else str(classes.name)), "", about)
    around = spatial_weights(graph, local)
    part = taking_part(around)
    x, k = local.values.to_numpy()[part], len(names)
    reason = ""
    if x.size < stats.FEWEST:
        reason = f"{number_of(x.size, 'area has', 'areas have')} neighbours, and {stats.FEWEST} are needed"
    elif np.unique(x).size < 2:
        reason = "all areas with neighbours are of one class"
    if reason:
        warnings.warn(f"Joins are not tested: {reason}.", DataWarning, stacklevel=3)
    compact = compact_graph(around, part, chosen.weights)
    findings = GlobalFindings(
        method="class-joins",
        column=local.column,
        rule=neighbour_rule(graph),
        weights=chosen.weights,
        areas=int(x.size),
        islands=tuple(map(str, local.values.index[~part])),
        not_covered=local.missing,
        reason=reason,
    )
    sizes = pd.Series(np.bincount(x.astype(np.int64), minlength=k), index=pd.Index(map(str, names), name="class"))
    table = _table(x, compact, sizes, chosen, None if reason else threads)
    return ClassJoins(table=table, classes=sizes.rename("areas"), settings=chosen, about=local.about, findings=findings)


def _table(
    x: _Floats, graph: tuple[_Ints, _Ints, _Floats], sizes: pd.Series, s: ClassJoinSettings, threads: int | None
) -> pd.DataFrame:
    """Joins of each pair of classes; without `threads` nothing is tested."""
    k = len(sizes)
    pairs = [*((r, r) for r in range(k)), *((r, c) for r in range(1, k) for c in range(r))]
    down, across = (np.array([pair[side] for pair in pairs]) for side in (0, 1))

    def numbers(v: _Floats) -> tuple[float, ...]:
        joins = stats.class_joins(v, k, *graph)
        return (*joins[down, across], np.add.reduce(joins, axis=None) - np.trace(joins))

    observed = np.array(numbers(x))
    nothing = np.full(observed.size, np.nan)
    expected, variance, less, more = nothing, nothing, nothing, nothing
    if threads is not None:
        moments = stats.join_moments(sizes.to_numpy(dtype=np.int64), stats.weight_sums(*graph))
        expected, variance = (np.append(of[down, across], of[k, k]) for of in moments)
        drawn = stats.permuted(
            x, numbers, permutations=s.permutations, seed=s.seed, purpose="class-joins", threads=threads
        )
        margin = 1e-9 * max(1.0, float(np.max(observed)))
        more, less = (
            permutation_p(np.count_nonzero(side, axis=0), s.permutations)
            for side in (drawn >= observed - margin, drawn <= observed + margin)
        )
    z = np.full(observed.size, np.nan)
    wide = variance > 1e-12
    z[wide] = (observed - expected)[wide] / np.sqrt(variance[wide])
    normal = {
        "two-sided": 2 * scipy.special.ndtr(-np.abs(z)),
        "greater": scipy.special.ndtr(-z),
        "less": scipy.special.ndtr(z),
    }
    p = {"two-sided": np.minimum(2 * np.minimum(less, more), 1.0), "greater": more, "less": less}[s.alternative]
    adjusted = np.append(adjust(p[:-1], s.correction), p[-1])
    names = [f"{sizes.index[c]}:{sizes.index[r]}" for r, c in pairs]
    return pd.DataFrame(
        {
            "joins": observed,
            "expected": expected,
            "variance": variance,
            "z": z,
            "p_normal": normal[s.alternative],
            "p_less": less,
            "p_greater": more,
            "p": p,
            "p_adjusted": adjusted,
            "significant": adjusted <= s.alpha,
        },
        index=pd.Index([*names, "between"], name="pair"),
    )
