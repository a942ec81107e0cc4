"""Which totals donors are weighted to, exactly or as nearly as they can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._constraints import Missing
from socharm.errors import AlignmentError, ParameterError
from socharm.evaluation.wide import Wide, covariate_values, read_wide
from socharm.stats.calibration import Distance, calibrate

__all__ = ["HARDEST", "LEVELS", "Infeasible", "Level", "Matched", "Totals", "match", "read_outcomes", "totals_of"]

_Floats = NDArray[np.float64]
#: How much is met exactly.
Level: TypeAlias = Literal["all", "totals and covariates", "number of areas"]
LEVELS: Final[tuple[Level, ...]] = ("all", "totals and covariates", "number of areas")
#: The last of the kinds of totals (see `Totals`) that is met exactly at each level.
HARDEST: Final[Mapping[Level, int]] = {"all": 3, "totals and covariates": 2, "number of areas": 0}
#: What becomes of totals that no weights meet.
Infeasible: TypeAlias = Literal["nearest", "error"]

#: What the squared distance of a total that may be missed is divided by; the smaller, the nearer.
_SOFT: Final = 1e-6


@dataclass(frozen=True)
class Totals:
    """What is matched: one column for each total.

    Attributes
    ----------
    rows : array of shape (n_areas, n_columns)
        Of all areas, in the order of the frame: 1, covariates, the sum before the start of each outcome, each period.
    names : tuple of (str, str)
        Outcome or ``"covariate"``, and period or name.
    kinds : array of shape (n_columns,)
        0 the number of areas, 1 covariates, 2 sums, 3 periods.
    """

    rows: _Floats
    names: tuple[tuple[str, str], ...]
    kinds: NDArray[np.intp]


@dataclass(frozen=True)
class Matched:
    """Weights of donors, and how much is met.

    Attributes
    ----------
    weights : array of shape (n_donors,)
    level : str
    """

    weights: _Floats
    level: Level


def read_outcomes(
    outcomes: pd.DataFrame | Mapping[str, pd.DataFrame],
    treated: Sequence[str],
    start: str | int | None,
    missing: Missing,
) -> dict[str, Wide]:
    """Outcomes by name, all of the same areas and periods, with the donors that none of them has a gap in."""
    frames = {"outcome": outcomes} if isinstance(outcomes, pd.DataFrame) else dict(outcomes)
    if not frames:
        raise ParameterError("`outcomes` is empty. Give one frame, or a frame for each outcome by its name.")
    first = next(iter(frames.values()))
    for name, frame in frames.items():
        if not (frame.index.equals(first.index) and frame.columns.equals(first.columns)):
            raise AlignmentError(
                f"`outcomes[{name!r}]` has other areas or periods than the first. Give the same rows and columns."
            )
    held = {name: read_wide(frame, treated, start, missing=missing, least_before=1) for name, frame in frames.items()}
    donors = sorted(set.intersection(*(set(wide.donors.tolist()) for wide in held.values())))
    rows = np.array(donors, dtype=np.intp)
    return {
        name: Wide(wide.codes, wide.periods, wide.values, wide.treated, rows, wide.before, wide.left_out)
        for name, wide in held.items()
    }


def totals_of(held: Mapping[str, Wide], covariates: pd.DataFrame | None) -> Totals:
    """Columns that are matched; rows of areas that are neither treated nor donors are zero."""
    first = next(iter(held.values()))
    used = np.append(first.treated, first.donors)
    rows = [np.ones((len(used), 1))]
    names, kinds = [("areas", "number")], [0]
    if covariates is not None:
        rows.append(covariate_values(covariates, first.named(used), name="covariates"))
        names += [("covariate", str(column)) for column in covariates.columns]
        kinds += [1] * len(covariates.columns)
    for name, wide in held.items():
        early = wide.values[used, : wide.before]
        rows += [early.sum(axis=1, keepdims=True), early]
        names += [(name, "all before"), *((name, period) for period in wide.periods[: wide.before])]
        kinds += [2, *[3] * wide.before]
    whole = np.zeros((len(first.codes), len(names)))
    whole[used] = np.hstack(rows)
    return Totals(whole, tuple(names), np.array(kinds, dtype=np.intp))


def match(
    totals: Totals, treated: NDArray[np.intp], donors: NDArray[np.intp], distance: Distance, infeasible: Infeasible
) -> Matched | None:
    """Weights of donors at the first level that can be met; None where not all is met and that is asked.

    Notes
    -----
    The sums before the start stand among the totals only where single periods may be missed.
    """
    start = np.full(len(donors), totals.rows[treated, 0].sum() / len(donors))
    for level in LEVELS:
        columns = np.flatnonzero((totals.kinds != 2) | (level != "all"))
        goal = totals.rows[np.ix_(treated, columns)].sum(axis=0)
        soft = None if level == "all" else np.where(totals.kinds[columns] <= HARDEST[level], 0.0, _SOFT)
        found = calibrate(
            totals.rows[np.ix_(donors, columns)],
            goal,
            start,
            distance=distance if soft is None else "linear",
            soft=soft,
        )  # fmt: skip
        if found.met or level == LEVELS[-1]:
            return Matched(found.weights, level)
        if infeasible == "error":
            return None
    return None
