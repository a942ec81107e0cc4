"""What a hold-out is given, by area: scores, ground, blocks; and which origins and sizes of the top are measured."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._checks import require_finite, require_unique
from socharm._columns import PARENT
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError
from socharm.evaluation.holdout import MonthTable, Origin
from socharm.evaluation.holdout_accuracy import HoldoutDesign
from socharm.io.areas import require_areas
from socharm.io.deprivation_record import Deprivation
from socharm.ranking.top_sizes import top_sizes
from socharm.severity.dispersion import DEFAULT_PHI_SOURCE
from socharm.severity.index import SeverityIndex

__all__ = [
    "BASELINES",
    "blocks_by_area",
    "denominators",
    "ground_by_area",
    "holdout_design",
    "require_months",
    "scores_by_area",
]

_Floats = NDArray[np.float64]

#: Orders that skill is measured against.
BASELINES: Final = ("crime count", "crime rate", "harm rate", "previous window", "deprivation", "random")


def require_months(history: SeverityIndex, table: MonthTable, window: int, horizon: int) -> None:
    if window + horizon > len(table.months):
        raise ParameterError(
            f"`history` has {number_of(len(table.months), 'month')}; a window "
            f"of {window} and a horizon of {horizon} need "
            f"{window + horizon}. Give more months, or shorter ones."
        )
    if (history.model.offences["phi_source"] == DEFAULT_PHI_SOURCE).all():
        raise ParameterError(
            "`history` holds months that do not vary (totals of a period spread evenly over them), or hardly any "
            "event: what comes next cannot be told from what was. Count incidents by month."
        )


def scores_by_area(deprivation: Deprivation | pd.Series | None, areas: pd.Index) -> tuple[pd.Series | None, str]:
    """Deprivation by area, and its name."""
    if deprivation is None:
        return None, ""
    if isinstance(deprivation, Deprivation):
        version = "without_crime" if "without_crime" in deprivation.findings.versions else "published"
        named = f"{deprivation.findings.index}, {version.replace('_', ' ')}"
        return _of_areas(deprivation.scores(version), areas, name="deprivation"), named
    return _of_areas(deprivation, areas, name="deprivation"), "scores as given"


def ground_by_area(sizes: pd.Series | pd.DataFrame | None, areas: pd.Index) -> _Floats | None:
    """km2 by area."""
    if sizes is None:
        return None
    if not isinstance(sizes, pd.Series):
        require_areas(sizes, name="sizes")
        ground: Any = sizes  # a GeoDataFrame, whose library stays on the floors below
        sizes = pd.Series(ground.geometry.area / 1e6)
    values = _of_areas(sizes, areas, name="sizes")
    if not (values > 0).all():
        raise ParameterError(f"`sizes` must lie above zero; {list(values.index[~(values > 0)][:3])} do not.")
    return values.to_numpy(dtype=float)


def _of_areas(values: pd.Series, areas: pd.Index, *, name: str) -> pd.Series:
    """A number for each area of the history."""
    if not isinstance(values, pd.Series):
        raise ParameterError(f"`{name}` is a {type(values).__name__}; give a Series by area code.")
    require_unique(values.index, name=name)
    lost = areas.difference(values.index)
    if len(lost):
        raise AlignmentError(
            f"{len(lost):,} of {number_of(len(areas), 'area')} of `history` {'is' if len(lost) == 1 else 'are'} "
            f"not in `{name}`, such as {list(lost[:3])}. "
            "Check that both use the same boundary year."
        )
    found = values.reindex(areas)
    require_finite(found, name=name)
    return found.astype(float)


def blocks_by_area(blocks: pd.Series | str | None, history: SeverityIndex) -> tuple[pd.Series, str]:
    """Name of the block of each area, and what blocks are."""
    areas = history.table.index
    if blocks is None:
        return pd.Series(areas, index=areas), "single areas"
    if isinstance(blocks, str) and blocks != "parent":
        raise ParameterError(f"`blocks` is {blocks!r}; give a Series by area code, 'parent', or nothing.")
    if not isinstance(blocks, str):
        if not isinstance(blocks, pd.Series):
            raise ParameterError(f"`blocks` is a {type(blocks).__name__}; give a Series by area code, or 'parent'.")
        require_unique(blocks.index, name="blocks")
    found = history.table[PARENT] if isinstance(blocks, str) else blocks.reindex(areas)
    if found.isna().any():
        lost = list(areas[found.isna()][:3])
        raise AlignmentError(
            f"{number_of(int(found.isna().sum()), 'area of `history` is', 'areas of `history` are')} "
            f"in no block, such as {lost}."
        )
    return found, "districts" if isinstance(blocks, str) else "blocks as given"


def denominators(history: SeverityIndex, ground: _Floats | None) -> tuple[str, ...]:
    first = "areas" if history.findings.denominator == "none" else "population"
    return (first,) if ground is None else (first, "area")


def holdout_design(
    origins: list[Origin], tops: tuple[int | str, ...], ground: _Floats | None, blocks: pd.Series
) -> HoldoutDesign:
    """Origins that can be measured, and what is measured at them."""
    used = [origin for origin in origins if not origin.reason]
    if not used:
        raise ParameterError(
            f"Nothing can be measured at any of {number_of(len(origins), 'origin')}: {origins[0].reason}. See the "
            "coverage of `history`."
        )
    ks = [np.array(list(top_sizes(tops, origin.rows.size, name="k").values()), dtype=np.int64) for origin in used]
    for origin, numbers in zip(used, ks, strict=True):
        if numbers.max() >= origin.rows.size:
            raise ParameterError(
                f"`k` asks for {number_of(int(numbers.max()), 'area')} where only {origin.rows.size} are covered: "
                "everything would be captured. Ask for fewer."
            )
    standing = np.zeros(len(blocks), dtype=bool)
    for origin in used:
        standing[origin.rows] = True
    group = np.full(len(blocks), -1, dtype=np.int64)
    group[standing] = pd.factorize(blocks[standing], sort=True)[0]
    if group.max() < 1:
        raise ParameterError("`blocks` puts all areas into one block; resampling needs at least two.")
    rankers = list(used[0].scores)
    baselines = [rankers.index(name) for name in BASELINES if name in rankers]
    return HoldoutDesign(used, rankers, baselines, ks, ground, group)
