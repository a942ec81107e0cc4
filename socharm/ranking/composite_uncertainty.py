"""Ranks of a composite index under other weights, scales and means, and under the error of its indicators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import combine_about
from socharm._arguments import checked
from socharm._checks import require_choice, require_finite, require_unique
from socharm._columns import FORCE, NAME, PARENT
from socharm._constraints import Positive, Seed
from socharm._limits import MAX_DRAWS, require_memory, require_within
from socharm._settings import BASE, setting
from socharm._words import FIRST_RANK, number_of
from socharm.composite.record import CompositeArrays, CompositeIndex
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.ranking.factors import COUNTS, Factor
from socharm.ranking.probabilities import asked_pairs
from socharm.ranking.top_sizes import TOP, top_sizes
from socharm.ranking.uncertainty import Runs, build_uncertainty, mixed_runs, pick_alternative
from socharm.ranking.uncertainty_record import Base, DesignSettings, RankUncertainty
from socharm.stats.composite_normalise import NORMALISATIONS, Scale, Yardstick
from socharm.stats.composite_scores import AGGREGATIONS, composite_scores
from socharm.stats.random_streams import streams
from socharm.stats.ranks import descending_ranks
from socharm.stats.sobol import saltelli_design, sobol_shares

__all__ = ["CompositeUncertaintySettings", "composite_uncertainty"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Weight vectors, and sets of indicator values, that a uniform can pick.
_VECTORS: Final = 4_096
_SETS: Final = 64
#: Shape of the gamma numbers behind a weight; where all are smaller, all may come out as 0.
_LEAST_SHAPE: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class CompositeUncertaintySettings(DesignSettings):
    """Choices of a composite index that could have been made otherwise."""

    concentration: Positive | None = setting(50.0, "how near drawn weights stay to the stated ones")
    normalisation: tuple[str, ...] | None = setting(None, "scales; that of the recipe when absent")
    aggregation: tuple[str, ...] | None = setting(None, "means; that of the recipe when absent")


@checked
def composite_uncertainty(
    composite: CompositeIndex,
    *,
    concentration: Positive | None = 50.0,
    normalisation: str | Sequence[str] | None = None,
    aggregation: str | Sequence[str] | None = None,
    errors: pd.DataFrame | None = None,
    pairs: Iterable[tuple[str, str]] = (),
    top: int | str | Iterable[int | str] = TOP,
    base: Base = BASE,
    seed: Seed | None = None,
    settings: CompositeUncertaintySettings | Mapping[str, Any] | None = None,
) -> RankUncertainty:
    r"""Rank areas by a composite index under every combination of stated alternatives.

    Parameters
    ----------
    composite : CompositeIndex
    concentration : float or None
        Weights of the children of each domain are drawn from a Dirichlet distribution with the index's own weights as
        mean, :math:`\text{Dirichlet}(c\,w)`: of four equal weights c = 50 makes a standard deviation of a quarter of a
        weight. None holds the weights fixed.
    normalisation, aggregation : str or sequence of str, optional
        Alternatives; the first is the stated one. The recipe's own unless given. Geometric and harmonic means need
        values above zero: where they are among the alternatives, scales run from 1 to 100.
    errors : DataFrame, optional
        Standard errors by area code and indicator, in the indicator's own unit, such as ``rate_se`` of the severity
        index; a gap is an indicator without error there. Errors are normal and independent.
    pairs, top, base, seed
        As of `rank_uncertainty`.
    settings : CompositeUncertaintySettings or mapping, optional
        Choices of another analysis, for what is not stated by keyword.

    Returns
    -------
    RankUncertainty
        Factors ``weights``, ``normalisation``, ``aggregation`` and, with `errors`, ``counts``.

    Raises
    ------
    ParameterError
        An unknown alternative, nothing that varies, or a mean that the values do not allow.
    AlignmentError
        `errors` holds areas that the index does not have, or none.
    SchemaError
        Errors that are negative or no numbers, or of indicators that the index does not have.

    Notes
    -----
    Weights depend on each other, so they are one factor: a uniform picks one of 4,096 whole vectors. Another
    uniform picks one of 64 sets of indicator values when there are errors.

    References
    ----------
    Saisana, M., Saltelli, A., Tarantola, S. (2005). Uncertainty and sensitivity analysis techniques as tools for the
    quality assessment of composite indicators. Journal of the Royal Statistical Society A 168, 307-323.
    """
    chosen = CompositeUncertaintySettings.of(settings)
    arrays = composite.arrays
    own = arrays.tree.aggregations[-1]
    scales, means = chosen.normalisation or (arrays.normalisation,), chosen.aggregation or (own,)
    for name in scales:
        require_choice(name, NORMALISATIONS, name="normalisation")
    for name in means:
        require_choice(name, AGGREGATIONS, name="aggregation")
    generators = streams(chosen.seed, 2, purpose="composite-uncertainty")
    weights = _weights(arrays, chosen.concentration, generators[0])
    values = _values(arrays, composite, errors, generators[1])
    factors = tuple(
        Factor(name, alternatives, (1 / len(alternatives),) * len(alternatives))
        for name, alternatives in (("normalisation", scales), ("aggregation", means))
    )
    varied = [factor for factor in factors if len(factor.alternatives) > 1]
    names = [COUNTS] * (len(values) > 1) + ["weights"] * (len(weights) > 1) + [factor.name for factor in varied]
    if not names:
        raise ParameterError("Nothing varies: give a `concentration`, `errors`, or alternatives to compare.")
    number = chosen.base * (len(names) + 2)
    _require_room(number, len(arrays.areas))
    runner = _Runner(arrays, names, weights, values, scales, means, stated_mean=chosen.aggregation is None)
    with threadpool_limits(1):
        design = saltelli_design(len(names), chosen.base, seed=chosen.seed, purpose="composite-design")
        ranks = np.concatenate([runner.ranks(part) for part in design])
        shares = sobol_shares(lambda i, b: runner.ranks(mixed_runs(design, i, b)).astype(np.float64), len(names))
        stated = runner.ranks(np.zeros((1, len(names))), stated=True)
    drawn = "stated" if chosen.concentration is None else f"Dirichlet, concentration {chosen.concentration:g}"
    weighed = Factor("weights", (drawn,), (1.0,))
    found = Runs(arrays.areas, names, (weighed, *factors), np.concatenate(design), ranks, stated, shares)
    frame = composite.table.reindex(columns=[NAME, PARENT, FORCE, "reason"]).fillna({"reason": ""})
    about = combine_about(composite.about, unit=f"{FIRST_RANK}highest score")
    sizes = top_sizes(chosen.top, len(arrays.areas), name="top")
    return build_uncertainty(
        found, frame, composite.table["score"], sizes, asked_pairs(chosen.pairs, arrays.areas), chosen, number, about
    )


def _require_room(runs: int, areas: int) -> None:
    remedy = "Lower `base`; 1,024 is usual."
    require_within(runs, MAX_DRAWS, what="runs by `base`", remedy=remedy)
    require_memory({"areas": areas, "runs by `base`": runs}, remedy=remedy)


@dataclass(frozen=True, eq=False)
class _Runner:
    """Runs of a design: uniforms in, ranks of the scored areas out."""

    arrays: CompositeArrays
    names: list[str]
    weights: _Floats
    values: _Floats
    scales: tuple[str, ...]
    means: tuple[str, ...]
    stated_mean: bool

    def ranks(self, uniforms: _Floats, *, stated: bool = False) -> NDArray[np.int32]:
        picked = {name: uniforms[:, column] for column, name in enumerate(self.names)}
        zero = np.zeros(len(uniforms))

        def pick(name: str, size: int) -> _Ints:
            return np.minimum((picked.get(name, zero) * size).astype(np.int64), size - 1)

        # The first set of values and the first vector of weights are the index's own and belong to the stated run only.
        sets = pick(COUNTS, len(self.values) - 1) + 1 if len(self.values) > 1 and not stated else pick("", 1)
        vectors = pick("weights", len(self.weights) - 1) + 1 if len(self.weights) > 1 and not stated else pick("", 1)
        scale = pick_alternative(picked.get("normalisation", zero), (1 / len(self.scales),) * len(self.scales))
        mean = pick_alternative(picked.get("aggregation", zero), (1 / len(self.means),) * len(self.means))
        result = np.empty((len(uniforms), self.values.shape[1]), dtype=np.int32)
        keys = np.stack([sets, scale, mean], axis=1)
        for key in np.unique(keys, axis=0):
            at = np.flatnonzero((keys == key).all(axis=1))
            result[at] = descending_ranks(self._scores(int(key[0]), int(key[1]), int(key[2]), vectors[at]))
        return result

    def _scores(self, values: int, scale: int, mean: int, vectors: _Ints) -> _Floats:
        arrays = self.arrays
        positive = {"geometric", "harmonic"} & set(self.means)
        return composite_scores(
            self.values[values],
            self.weights[vectors],
            normalisation=self.scales[scale],
            aggregation=None if self.stated_mean else self.means[mean],
            directions=arrays.directions,
            tree=arrays.tree,
            yardstick=Yardstick(Scale(low=1.0) if positive else arrays.scale, arrays.marks, arrays.shares),
        )


def _weights(arrays: CompositeArrays, concentration: float | None, rng: np.random.Generator) -> _Floats:
    """The index's own weights, then drawn vectors; within each domain they add up to what they did."""
    own = np.asarray(arrays.weights, dtype=np.float64)
    if concentration is None:
        return own[None, :]
    drawn = np.tile(own, (1 + _VECTORS, 1))
    for children in arrays.tree.children:
        inside = np.array([child for child in children if own[child] > 0], dtype=np.int64)
        if len(inside) > 1:
            total = float(np.add.reduce(own[inside]))
            shapes = concentration * own[inside] / total
            if shapes.max() < _LEAST_SHAPE:
                raise ParameterError(
                    f"`concentration` is {concentration:g}: each draw would give nearly all weight to one indicator. "
                    f"Give at least {_LEAST_SHAPE * total / own[inside].max():.2g}; 10 to 100 are usual."
                )
            parts = rng.standard_gamma(shapes, (_VECTORS, len(inside)))
            drawn[1:, inside] = parts / parts.sum(axis=1, keepdims=True) * total
    return drawn


def _values(
    arrays: CompositeArrays, composite: CompositeIndex, errors: pd.DataFrame | None, rng: np.random.Generator
) -> _Floats:
    """Indicator values as they are, then sets with their errors drawn: shape (sets, areas, indicators)."""
    own = np.asarray(arrays.values, dtype=np.float64)
    if errors is None:
        return own[None]
    if not isinstance(errors, pd.DataFrame):
        raise SchemaError(f"`errors` is a {type(errors).__name__}; give a DataFrame by area code and indicator.")
    require_unique(errors.index, name="errors")
    if not errors.columns.is_unique:
        repeated = sorted(map(str, errors.columns[errors.columns.duplicated()]))
        raise SchemaError(f"`errors` has the columns {repeated[:3]} more than once. Keep one of each.")
    names = list(arrays.nodes[: own.shape[1]])
    unknown = [str(name) for name in errors if name not in names]
    if unknown:
        raise SchemaError(f"`errors` holds {unknown[:3]}, which the index does not have; it has {names}.")
    strangers = errors.index.difference(composite.table.index)
    if len(strangers) or errors.empty:
        raise AlignmentError(
            f"`errors` holds {number_of(len(strangers), 'area')} that "
            f"the index does not have, such as {list(strangers[:3])}, and "
            f"{len(errors) - len(strangers)} that it has. Give it by the index's own codes; leave an area out, or its "
            "value missing, where an indicator has no error."
        )
    spread = np.zeros_like(own)
    for name in errors:
        known = errors[name].reindex(arrays.areas).dropna()
        require_finite(known, name=f"errors[{name!r}]", minimum=0)
        spread[arrays.areas.get_indexer(known.index), names.index(str(name))] = known.to_numpy(dtype=float)
    if not spread.any():
        return own[None]
    return np.concatenate([own[None], own + spread * rng.standard_normal((_SETS, *own.shape))])
