"""A force's own extract of the synthetic incidents: single offences, days, exact coordinates, flags."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm.sample.synthetic_rates import CRIME_RATES, offence_mix

__all__ = ["DOMESTIC", "EXTRACT_MONTHS", "FLAGS", "OFFENCE_CODES", "draw_extract", "extract_rows"]

#: Months of the extract: the last ones of the force.
EXTRACT_MONTHS: Final = 6
#: Every single offence of the extract, by code: category by category, most frequent first.
OFFENCE_CODES: Final = tuple(code for profile in CRIME_RATES if profile.offences for code in offence_mix(profile))
#: Flags, by bit.
FLAGS: Final = ("domestic_abuse", "knife", "repeat_location")
#: Offences of which a third is domestic abuse.
DOMESTIC: Final = frozenset({"8N", "105A", "8L", "8R", "8Q", "5D", "3B", "19C", "58A", "58D", "66"})

_KNIFE: Final = {"10D": 0.85, "10C": 0.5, "34B": 0.2, "34A": 0.2, "5D": 0.35, "3B": 0.18, "8N": 0.02, "2": 0.4}
_VIOLENCE: Final = len(CRIME_RATES) - 1


def extract_rows(incidents: pd.DataFrame, points: pd.DataFrame, *, n_months: int) -> NDArray[np.int64]:
    """Positions of the incidents that the extract holds: crimes of the last months inside the force, each once."""
    owner = points["lsoa"].to_numpy()[incidents["point"].clip(upper=len(points) - 1)]
    inside = (incidents["point"].to_numpy() < len(points)) & (owner >= 0)
    late = incidents["month"].to_numpy() >= n_months - EXTRACT_MONTHS
    return np.flatnonzero(
        inside & late & (incidents["category"].to_numpy() > 0) & (incidents["same_as"].to_numpy() < 0)
    )


def draw_extract(
    rng: np.random.Generator,
    incidents: pd.DataFrame,
    points: pd.DataFrame,
    shapes: NDArray[np.object_],
    *,
    n_months: int,
) -> pd.DataFrame:
    """Codes of the extract, row by row of `extract_rows`: offence, day, days since the deed, shift, flags."""
    rows = incidents.iloc[extract_rows(incidents, points, n_months=n_months)]
    category = np.where(rows["category"] >= len(CRIME_RATES), _VIOLENCE, rows["category"])
    offence = _offences(rng, category)
    code = np.array(OFFENCE_CODES, dtype=object)[offence]
    lag = np.where(rng.random(len(rows)) < 0.55, 0, rng.geometric(0.18, len(rows)))
    late_report = pd.Series(code).str.startswith(("19", "20")).to_numpy() & (rng.random(len(rows)) < 0.4)
    shift = _shifts(rng, rows, points, shapes)
    domestic = np.isin(code, list(DOMESTIC)) & (rng.random(len(rows)) < 0.33)
    knife = rng.random(len(rows)) < np.array([_KNIFE.get(c, 0.0) for c in code])
    flags = domestic * 1 + knife * 2 + _repeats(rng, incidents, rows, n_months) * 4
    return pd.DataFrame(
        {
            "offence": offence,
            "day": rng.integers(1, 29, len(rows)),
            "lag": np.where(late_report, rng.integers(100, 3_000, len(rows)), lag),
            "dx": shift[:, 0],
            "dy": shift[:, 1],
            "flags": flags,
        }
    ).astype({"offence": "uint8", "day": "uint8", "lag": "uint16", "dx": "int8", "dy": "int8", "flags": "uint8"})


def _offences(rng: np.random.Generator, category: NDArray[np.int64]) -> NDArray[np.int64]:
    result = np.zeros(len(category), dtype=np.int64)
    start = 0
    for number, profile in enumerate(CRIME_RATES):
        if profile.offences:
            shares = list(offence_mix(profile).values())
            mine = category == number
            result[mine] = start + rng.choice(len(shares), int(mine.sum()), p=shares)
            start += len(shares)
    return result


def _shifts(
    rng: np.random.Generator, rows: pd.DataFrame, points: pd.DataFrame, shapes: NDArray[np.object_]
) -> NDArray[np.int64]:
    """Metres from the map point to the address; none where the address would lie in another LSOA."""
    here = points.iloc[rows["point"]]
    shift = np.clip(np.round(rng.normal(0, 14, (len(rows), 2))), -60, 60).astype(np.int64)
    # Eight metres apart, so that the shifts compress and no address looks more exact than it is.
    shift = shift // 8 * 8
    moved = here[["easting", "northing"]].to_numpy() + shift
    shapely.prepare(shapes)
    stays = shapely.contains_xy(shapes[here["lsoa"].to_numpy()], moved[:, 0], moved[:, 1])
    return np.asarray(np.where(stays[:, None], shift, 0))


def _repeats(rng: np.random.Generator, incidents: pd.DataFrame, rows: pd.DataFrame, n_months: int) -> NDArray[np.bool_]:
    """Whether an address is known from the year before; the more crimes its map point had, the likelier."""
    first = n_months - EXTRACT_MONTHS
    before = incidents[(incidents["month"] < first) & (incidents["month"] >= first - 12) & (incidents["category"] > 0)]
    known = rows["point"].map(before["point"].value_counts()).fillna(0).to_numpy()
    return np.asarray(rng.random(len(rows)) < known / (known + 150))
