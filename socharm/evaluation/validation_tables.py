"""Tables of a hold-out from its arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm.evaluation.holdout import MonthTable, Origin
from socharm.evaluation.holdout_accuracy import METRICS, SKILL_METRICS, HoldoutDesign, Measured

__all__ = ["means_table", "origin_name", "origin_table", "origins_table", "skill_table"]

_Floats = NDArray[np.float64]

_ENDS: Final = (0.025, 0.975)


def origin_name(table: MonthTable, origin: Origin) -> str:
    """First month of the horizon."""
    return str(table.months[origin.horizon.start])


def origins_table(table: MonthTable, origins: Sequence[Origin]) -> pd.DataFrame:
    """Index ``origin``: months, areas used and left out, what came, and why an origin is not used."""
    rows = [
        {
            "origin": origin_name(table, origin),
            "window_start": str(table.months[origin.window.start]),
            "window_end": str(table.months[origin.window.stop - 1]),
            "horizon_start": str(table.months[origin.horizon.start]),
            "horizon_end": str(table.months[origin.horizon.stop - 1]),
            "areas": origin.rows.size,
            "left_out_window": origin.left_out_window,
            "left_out_horizon": origin.left_out_horizon,
            "crimes": int(origin.crimes.sum()),
            "harm": float(origin.harm.sum()),
            "reason": origin.reason,
        }
        for origin in origins
    ]
    return pd.DataFrame(rows).set_index("origin")


def origin_table(
    values: _Floats, design: HoldoutDesign, names: Sequence[str], k: Sequence[str], denominators: Sequence[str]
) -> pd.DataFrame:
    """One row for each origin, ranker, k and denominator, from an array of shape (origins, rankers, metrics, …)."""
    rows = []
    for o, name in enumerate(names):
        for r, ranker in enumerate(design.rankers):
            for j, text in enumerate(k):
                for d, denominator in enumerate(denominators):
                    keys = {"origin": name, "ranker": ranker, "k": text, "size": int(design.ks[o][j])}
                    found = zip(METRICS, values[o, r, :, d, j, 0].tolist(), strict=True)
                    rows.append({**keys, "denominator": denominator, **dict(found)})
    return pd.DataFrame(rows)


def means_table(
    point: Measured,
    drawn: Measured,
    by_origin: pd.DataFrame,
    design: HoldoutDesign,
    k: Sequence[str],
    denominators: Sequence[str],
) -> pd.DataFrame:
    """One row for each ranker, k and denominator: means over origins with their intervals."""
    low, high = _ends(drawn.means)
    known = by_origin[by_origin["share_harm"].notna() & (by_origin["denominator"] == denominators[0])]
    rows = []
    for r, ranker in enumerate(design.rankers):
        for j, text in enumerate(k):
            there = known.loc[(known["ranker"] == ranker) & (known["k"] == text), "size"].to_numpy(dtype=float)
            size = float(there.mean()) if there.size else np.nan
            for d, denominator in enumerate(denominators):
                row: dict[str, object] = {"ranker": ranker, "k": text, "size": size, "denominator": denominator}
                row["origins"] = there.size
                for m, metric in enumerate(METRICS):
                    row[metric] = point.means[r, m, d, j, 0]
                    row[f"{metric}_low_95"], row[f"{metric}_high_95"] = low[r, m, d, j], high[r, m, d, j]
                rows.append(row)
    return pd.DataFrame(rows)


def skill_table(
    values: _Floats,
    point: Measured,
    drawn: Measured,
    design: HoldoutDesign,
    k: Sequence[str],
    denominators: Sequence[str],
) -> pd.DataFrame:
    """Each ranker against each baseline: difference and ratio, with intervals from the same samples."""
    there = np.isfinite(values[:, :, METRICS.index("share_harm"), 0, 0, 0])
    difference, ratio = drawn.own - drawn.other, _ratio(drawn.own, drawn.other)
    (d_low, d_high), (r_low, r_high) = _ends(difference), _ends(ratio)
    rows = []
    for b, at in enumerate(design.baselines):
        for r, ranker in enumerate(design.rankers):
            if r == at:
                continue
            origins = int((there[:, r] & there[:, at]).sum())
            for j, text in enumerate(k):
                for s, metric in enumerate(SKILL_METRICS):
                    whole = metric.startswith("share")
                    for d, denominator in enumerate(denominators[:1] if whole else denominators):
                        cell = (b, r, s, d, j)
                        own, other = point.own[(*cell, 0)], point.other[(*cell, 0)]
                        rows.append(
                            {
                                "ranker": ranker,
                                "against": design.rankers[at],
                                "k": text,
                                "metric": metric,
                                "denominator": "" if whole else denominator,
                                "origins": origins,
                                "value": own,
                                "baseline": other,
                                "difference": own - other,
                                "difference_low_95": d_low[cell],
                                "difference_high_95": d_high[cell],
                                "ratio": float(_ratio(own, other)),
                                "ratio_low_95": r_low[cell],
                                "ratio_high_95": r_high[cell],
                            }
                        )
    return pd.DataFrame(rows)


def _ratio(own: _Floats, other: _Floats) -> _Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: _Floats = np.where(other > 0, own / other, np.nan)
    return found


def _ends(drawn: _Floats) -> tuple[_Floats, _Floats]:
    """Quantiles over samples of what is not missing."""
    flat = drawn.reshape(-1, drawn.shape[-1])
    result = np.full((2, len(flat)), np.nan)
    for row, values in enumerate(flat):
        known = values[np.isfinite(values)]
        if known.size:
            result[:, row] = np.quantile(known, _ENDS)
    low, high = result.reshape(2, *drawn.shape[:-1])
    return low, high
