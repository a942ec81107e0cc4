"""Volume-weighted category weights from offence weights and recorded counts, and how far they differ by force."""

from __future__ import annotations

import math
import warnings
from functools import lru_cache
from importlib import resources
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._words import number_of
from socharm.errors import DataWarning, ParameterError
from socharm.io.forces import ENGLAND_AND_WALES, FORCES
from socharm.io.offence_counts import OffenceCounts
from socharm.io.offence_groupings import grouped_as
from socharm.offences import COMBINED_CATEGORIES, offence_key, refuse_aggregates

__all__ = [
    "PACKAGED_COUNTS",
    "MINIMUM_FORCES",
    "between_force_spread",
    "category_statistics",
    "combine_categories",
    "counted_statistics",
    "packaged_spread",
    "packaged_statistics",
    "spread_of",
]

#: Packaged volumes: name of ``counts_from`` to (what its files end in, financial year, source).
PACKAGED_COUNTS: Final = {
    "home-office-2019-20": (
        "2019_20.csv",
        "2019-20",
        "Home Office police recorded crime open data 2019/20",
    )
}

_FILES: Final = {"police.uk": "police_uk_categories", "home-office": "home_office_groups", "mps": "mps_groups"}
_STATISTICS: Final = ("n", "weight", "within_variance")
_Numbers: TypeAlias = NDArray[np.float64]

#: Forces needed before the spread between forces is taken from the user's own counts.
MINIMUM_FORCES: Final = 10


def category_statistics(cells: pd.DataFrame) -> pd.DataFrame:
    """Volume, mean weight and variance of the weight inside each category.

    Parameters
    ----------
    cells : DataFrame
        One row per single offence: ``category``, ``n`` (counts, not negative), ``weight`` and
        ``variance`` (of the weight inside the offence; 0 for most schemes).

    Returns
    -------
    DataFrame
        Index ``category``, sorted; ``n``, ``weight``, ``within_variance``. A category without a
        single count has no mean and is left out.

    Notes
    -----
    For category *c* with offences *o*: ``w_c = Σ n_o w_o / Σ n_o`` and
    ``v_c = Σ n_o (v_o + (w_o - w_c)²) / Σ n_o``. Sums are exact (`math.fsum`), so the result does
    not depend on the order of the rows.

    Examples
    --------
    >>> cells = pd.DataFrame({"category": ["drugs", "drugs"], "n": [3, 1], "weight": [0.0, 8.0], "variance": 0.0})
    >>> category_statistics(cells).loc["drugs"].tolist()
    [4.0, 2.0, 12.0]
    """
    rows = {}
    for category, part in cells.groupby("category", sort=True):
        n, weight, variance = (part[column].to_numpy(dtype=float) for column in ("n", "weight", "variance"))
        if (pooled := _pooled(n, weight, variance)) is not None:
            rows[category] = pooled
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(_STATISTICS)).rename_axis("category")


def _pooled(n: _Numbers, weight: _Numbers, variance: _Numbers) -> tuple[int, float, float] | None:
    """Volume, mean weight and variance of the weight; None without a single count."""
    total = math.fsum(n)
    if total <= 0:
        return None
    low, high = weight[n > 0].min(), weight[n > 0].max()
    # One weight in the category is that weight, to the last bit.
    mean = float(np.clip(math.fsum(n * weight) / total, low, high))
    spread = variance + (weight - mean) ** 2
    return int(total), mean, math.fsum(n * spread) / total


def combine_categories(statistics: pd.DataFrame) -> pd.DataFrame:
    """Add the labels that once covered several categories, pooled from their parts.

    Parameters
    ----------
    statistics : DataFrame
        As `category_statistics` returns it.

    Returns
    -------
    DataFrame
        The same rows and, where all parts are there, one more per combined label; column
        ``combines`` names the parts (empty for the others, so that sums can leave them out).
    """
    rows = _combined(statistics)
    made = pd.DataFrame.from_dict(rows, orient="index", columns=list(_STATISTICS))
    made["combines"] = ["+".join(COMBINED_CATEGORIES[label]) for label in rows]
    table = statistics.assign(combines="")
    return (pd.concat([table, made.rename_axis("category")]) if rows else table).sort_index()


def _combined(statistics: pd.DataFrame) -> dict[str, tuple[int, float, float]]:
    """Each label that once covered several categories, where all of them are there."""
    place = {category: at for at, category in enumerate(statistics.index)}
    n, weight, variance = (statistics[column].to_numpy(dtype=float) for column in _STATISTICS)
    found = {}
    for label, parts in COMBINED_CATEGORIES.items():
        if all(part in place for part in parts):
            at = [place[part] for part in parts]
            if (pooled := _pooled(n[at], weight[at], variance[at])) is not None:
                found[label] = pooled
    return found


def between_force_spread(by_force: pd.DataFrame) -> pd.Series:
    """Standard deviation of the log weight between forces, in excess of what sampling explains.

    Parameters
    ----------
    by_force : DataFrame
        ``category``, ``n``, ``weight``, ``within_variance``: one row per force and category.

    Returns
    -------
    Series
        ``tau`` by category; 0 where sampling explains all of it.

    Notes
    -----
    ``τ² = max(0, Var_f(log w_f) - mean_f(v_f / (n_f w_f²)))`` over forces *f*, each counting once.
    """
    rows = by_force[(by_force["n"] > 0) & (by_force["weight"] > 0)]
    spread = {}
    for category, part in rows.groupby("category", sort=True):
        logs = np.log(part["weight"].to_numpy(dtype=float))
        chance = part["within_variance"] / (part["n"] * part["weight"] ** 2)
        # Equal weights differ in their last bits once they were divided: that is no spread.
        alike = len(part) < 2 or float(np.ptp(logs)) < 1e-9
        excess = 0.0 if alike else float(np.var(logs, ddof=1)) - math.fsum(chance) / len(part)
        spread[category] = math.sqrt(max(excess, 0.0))
    return pd.Series(spread, dtype=float, name="tau").rename_axis("category")


@lru_cache(maxsize=4)
def packaged_statistics(counts_from: str, target: str = "police.uk") -> pd.DataFrame:
    """Packaged table: ``force``, ``category``, ``n``, ``weight``, ``within_variance`` for the ONS weights.

    Forces are the 43 and ``"England and Wales"``, which includes British Transport Police.
    """
    file_name = f"{_FILES[target]}_{PACKAGED_COUNTS[counts_from][0]}"
    with resources.files("socharm.io.tables").joinpath(file_name).open(encoding="utf-8") as lines:
        table = pd.read_csv(lines, comment="#", dtype=str)
    return table.astype({"n": "int64", "weight": "float64", "within_variance": "float64"})


@lru_cache(maxsize=4)
def packaged_spread(counts_from: str, target: str = "police.uk") -> pd.Series:
    """``tau`` by category over the 43 forces of the packaged table, combined labels of police.uk included."""
    statistics = packaged_statistics(counts_from, target)
    return spread_of(statistics[statistics["force"].isin(FORCES.values())], target)


def spread_of(by_force: pd.DataFrame, target: str) -> pd.Series:
    """`between_force_spread` of the groups of a target, with the combined labels that police.uk alone has had."""
    if target == "police.uk":
        return spread_with_combined(by_force)
    return between_force_spread(by_force.sort_values("force", kind="stable"))


def spread_with_combined(by_force: pd.DataFrame) -> pd.Series:
    """`between_force_spread` of the categories and of the labels that once covered several of them."""
    ordered = by_force.sort_values("force", kind="stable")
    rows = [
        (label, *pooled)
        for _, part in ordered.groupby("force")
        for label, pooled in _combined(part.set_index("category")).items()
    ]
    return between_force_spread(pd.concat([ordered, pd.DataFrame(rows, columns=["category", *_STATISTICS])]))


def counted_statistics(
    weights: pd.DataFrame, counts: OffenceCounts, *, force: str | None, name: str, target: str = "police.uk"
) -> pd.DataFrame:
    """Category statistics of the user's own counts, by force and for all forces together.

    Parameters
    ----------
    weights : DataFrame
        Table of a scheme of single offences.
    counts : OffenceCounts
        Of one financial year.
    force : str or None
        A force that the counts must hold.
    name : str
        Of the scheme, for messages.
    target : str
        One of `socharm.io.offence_groupings.GROUPINGS`.

    Returns
    -------
    DataFrame
        ``category``, ``n``, ``weight``, ``within_variance``, ``force``.

    Raises
    ------
    ParameterError
        Several years, a force that is not there, or no offence in common.
    RefusedError
        An aggregate stands beside its parts.

    Warns
    -----
    DataWarning
        Some of the recorded offences have no weight.
    """
    if len(counts.years) != 1:
        raise ParameterError(
            f"`counts_from` holds the years {counts.years}; a crosswalk takes one. "
            "Read the file with `read_offence_counts(..., year='2023-24')`."
        )
    if force is not None and force not in counts.forces:
        raise ParameterError(f"`force` is {force!r}, which `counts_from` does not hold; it holds {counts.forces}.")
    recorded = counts.table[counts.table["n"] > 0]
    refuse_aggregates(recorded["offence"].unique(), name="counts_from")
    cells = recorded.join(_by_count_code(weights, target), on="offence")
    _warn_unweighted(cells)
    cells = cells.dropna(subset=["weight", "category"])
    if cells.empty:
        raise ParameterError(
            f"`counts_from` and the scheme {name!r} have no offence in common. "
            "Crosswalks need weights by Home Office count code (such as 8N)."
        )
    parts = {ENGLAND_AND_WALES: cells} | {str(name): part for name, part in cells.groupby("force", sort=True)}
    tables = [category_statistics(part).reset_index().assign(force=name) for name, part in parts.items()]
    return pd.concat(tables, ignore_index=True)


def _by_count_code(table: pd.DataFrame, target: str) -> pd.DataFrame:
    """Weight, variance and category by Home Office count code; titles that share a code weigh the same."""
    codes = table["count_code"] if "count_code" in table else pd.Series("", index=table.index)
    keys = [offence_key(code) if code else str(key) for key, code in codes.fillna("").items()]
    grouped = table["weight"].groupby(np.asarray(keys, dtype=object), sort=True)
    result = pd.DataFrame({"weight": grouped.mean(), "variance": grouped.var(ddof=0)})
    return result.assign(category=result.index.map(lambda key: grouped_as(str(key), target)))


def _warn_unweighted(cells: pd.DataFrame) -> None:
    lost = cells[cells["weight"].isna() | cells["category"].isna()]
    if len(lost):
        codes = lost.groupby("count_code")["n"].sum().sort_values(ascending=False)
        share = float(lost["n"].sum()) / float(cells["n"].sum())
        warnings.warn(
            f"{number_of(int(lost['n'].sum()), 'recorded offence')} ({share:.1%}) "
            f"{'has no weight and is' if lost['n'].sum() == 1 else 'have no weight and are'} outside the category "
            f"means; the largest codes are "
            f"{codes.head(5).to_dict()}.",
            DataWarning,
            stacklevel=4,
        )
