"""The crime of the synthetic force: rates with planted effects, map points, and incidents drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from socharm.io.crs import transformer
from socharm.sample.synthetic_land import Land
from socharm.sample.synthetic_names import street_names
from socharm.sample.synthetic_rates import CRIME_RATES, KINDS, LABELS, OUTCOMES
from socharm.sample.synthetic_settings import ForceSettings

__all__ = [
    "NO_LOCATION",
    "Planted",
    "add_quirks",
    "base_rates",
    "draw_incidents",
    "draw_points",
    "plant",
    "season",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Number of the map point of an incident without a location.
NO_LOCATION: Final = 65_535
_YEAR_TREND: Final = 0.97
#: Map points of the packaged force; places of each kind are in proportion.
_USUAL_POINTS: Final = 9_700


@dataclass(frozen=True, eq=False)
class Planted:
    """What was planted, by ward: kind, size, and the factor on the rate in each month."""

    kind: NDArray[np.object_]
    effect: Floats
    by_month: Floats  # ward x month


def base_rates(rng: np.random.Generator, land: Land, residents: Ints, factor: Floats, pull: Floats) -> Floats:
    """Incidents per resident and year by LSOA and category, before anything is planted."""
    n = len(residents)
    place = rng.gamma(1 / 0.30**2, 0.30**2, n) * np.exp(rng.normal(0, 0.10, land.ward.max() + 1))[land.ward]
    rates = np.empty((n, len(CRIME_RATES)))
    for column, profile in enumerate(CRIME_RATES):
        own = rng.gamma(1 / 0.2**2, 0.2**2, n)
        lean = np.exp(profile.by_deprivation * factor) * (1 + profile.by_centre * pull)
        raw = place * own * lean
        rates[:, column] = raw / np.average(raw, weights=residents) * profile.per_thousand / 1_000
    return rates


def season(months: list[str]) -> Floats:
    """Factor on the rate by category and month: the season, and a force-wide fall of 3% a year."""
    number = np.array([int(month[5:]) for month in months])
    years = np.arange(len(months)) // 12
    wave = [1 + p.season * np.cos(2 * np.pi * (number - p.peak) / 12) for p in CRIME_RATES]
    return np.asarray(np.array(wave) * _YEAR_TREND**years)


def plant(
    rng: np.random.Generator,
    near: list[set[int]],
    ordinary: Ints,
    settings: ForceSettings,
) -> Planted:
    """Choose wards and plant hot areas, changes from the first to the second half of the months, and non-changes."""
    n, n_months, n_hot, effect_change = len(near), settings.period.n_months, settings.n_hot, settings.effect_change
    kind = np.full(n, "ordinary", dtype=object)
    effect, by_month = np.ones(n), np.ones((n, n_months))
    free = [int(ward) for ward in rng.permutation(ordinary)]
    hot: list[int] = []
    while free and len(hot) < n_hot:  # in pairs of neighbours, so that a local statistic has something to find
        first = free.pop(0)
        partner = [ward for ward in free if ward in near[first]][:1]
        hot += [first, *partner]
        free = [ward for ward in free if ward not in partner]
    hot = hot[:n_hot]
    kind[hot], effect[hot] = "hot", np.round(np.linspace(*settings.effect_hot, max(1, len(hot))), 2)[: len(hot)]
    by_month[hot] = effect[hot][:, None]
    changed, rest = free[: settings.n_change], free[settings.n_change :]
    steady = rest[: settings.n_steady]
    up = np.arange(len(changed)) % 2 == 0
    kind[changed], effect[changed] = "change", np.where(up, 1 + effect_change, 1 - effect_change)
    later = np.arange(n_months) >= n_months // 2
    by_month[changed] = np.where(later[None, :], effect[changed][:, None], 1.0)
    kind[steady] = "no-change"
    return Planted(kind, effect, by_month)


def draw_points(rng: np.random.Generator, land: Land, pull: Floats, *, per_lsoa: float, n_outside: int) -> pd.DataFrame:
    """Map points: where incidents may be shown, with the text of the place and its pull on each category."""
    wanted = np.maximum(4, rng.poisson(per_lsoa, len(land.lsoas)))
    owner = np.repeat(np.arange(len(land.lsoas)), wanted)
    xy = np.concatenate([_inside(rng, shape, n) for shape, n in zip(land.lsoas, wanted, strict=True)])
    strength = rng.lognormal(0.0, 2.3, len(owner))
    location = np.array([f"On or near {name}" for name in street_names(len(owner), rng)], dtype=object)
    affinity = np.ones((len(owner), len(CRIME_RATES)))
    labels = [profile.label for profile in CRIME_RATES]
    free = rng.permutation(len(owner))
    for kind, (usual, strong, on) in KINDS.items():
        number = max(1, round(usual * len(owner) / _USUAL_POINTS))
        chance = (0.05 + pull[owner[free]]) if usual < 40 else np.ones(len(free))
        chosen = rng.choice(free, number, replace=False, p=chance / chance.sum())
        free = free[~np.isin(free, chosen)]
        location[chosen], strength[chosen] = f"On or near {kind}", strong * rng.lognormal(0.6, 0.5, number)
        for label, times in on.items():
            affinity[chosen, labels.index(label)] = times
    away = _outside(rng, land, n_outside)
    points = pd.DataFrame(np.concatenate([xy, away]).astype(np.int64), columns=["easting", "northing"])
    points["lsoa"] = np.concatenate([owner, np.full(n_outside, -1)])
    points["location"] = np.concatenate([location, [f"On or near {s}" for s in street_names(n_outside, rng)]])
    way = transformer("EPSG:27700", "EPSG:4326")
    lon, lat = way.apply(points["easting"].to_numpy(float), points["northing"].to_numpy(float))
    points["longitude"], points["latitude"] = np.round(lon * 1e6).astype(np.int64), np.round(lat * 1e6).astype(np.int64)
    for column, label in enumerate(labels):
        points[label] = np.concatenate([strength * affinity[:, column], np.zeros(n_outside)])
    return points


def _inside(rng: np.random.Generator, shape: shapely.Geometry, n: int) -> Floats:
    inner = shapely.buffer(shape, -1)
    x0, y0, x1, y1 = inner.bounds
    found = np.empty((0, 2))
    while len(found) < n:
        tries = np.round(np.column_stack([rng.uniform(x0, x1, 4 * n), rng.uniform(y0, y1, 4 * n)]))
        found = np.concatenate([found, tries[shapely.contains_xy(inner, tries[:, 0], tries[:, 1])]])
    return found[:n]


def _outside(rng: np.random.Generator, land: Land, n: int) -> Floats:
    ring = shapely.difference(shapely.buffer(land.coast, 6_000), shapely.buffer(land.coast, 400))
    return _inside(rng, ring, n)


def draw_incidents(rng: np.random.Generator, points: pd.DataFrame, expected: Floats, *, n_months: int) -> pd.DataFrame:
    """Incidents from the expected numbers by LSOA, category and month: month, point, category, outcome (codes)."""
    inside = points[points["lsoa"] >= 0]
    owner = inside["lsoa"].to_numpy()
    first, last = (
        np.searchsorted(owner, np.arange(len(expected))),
        np.searchsorted(owner, np.arange(len(expected)), "right"),
    )
    parts = []
    for category, profile in enumerate(CRIME_RATES):
        n = rng.poisson(expected[:, category, :])
        lsoa, month = (np.repeat(axis.ravel(), n.ravel()) for axis in np.indices(n.shape))
        total = np.concatenate([[0.0], np.cumsum(inside[profile.label].to_numpy())])
        low, high = total[first[lsoa]], total[last[lsoa]]
        point = np.searchsorted(total, low + (high - low) * rng.random(len(lsoa)), "right") - 1
        outcome = _outcomes(rng, month, n_months) if profile.weight else np.zeros(len(lsoa), dtype=np.int64)
        parts.append(pd.DataFrame({"month": month, "point": point, "category": category, "outcome": outcome}))
    return pd.concat(parts, ignore_index=True)


def _outcomes(rng: np.random.Generator, month: Ints, n_months: int) -> Ints:
    shares = np.array(list(OUTCOMES.values()))
    drawn = rng.choice(len(shares), len(month), p=shares / shares.sum())
    still_open = rng.random(len(month)) < 0.65 * np.exp(-(n_months - 1 - month) / 2.0)
    return np.asarray(np.where(still_open, len(shares) - 1, drawn))


def add_quirks(rng: np.random.Generator, incidents: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Give the incidents the faults of real files: see `docs/methods/sample.md` for the list."""
    rows = incidents.copy()
    violence = LABELS.index("Violence and sexual offences")
    old = len(CRIME_RATES)
    rows.loc[(rows["category"] == violence) & (rows["month"] == 0), "category"] = old
    second = rows.index[(rows["category"] == violence) & (rows["month"] == 1)]
    rows.loc[rng.choice(second, min(40, len(second)), replace=False), "category"] = old + 1
    rows.loc[rng.random(len(rows)) < 0.008, "point"] = NO_LOCATION
    outside = np.flatnonzero(points["lsoa"].to_numpy() < 0)
    astray = rng.choice(len(rows), min(240, len(rows) // 100), replace=False)
    rows.loc[astray, "point"] = rng.choice(outside, len(astray))
    rows["original"] = np.arange(len(rows))
    with_id = rows.index[(rows["category"] != 0) & (rows["point"] != NO_LOCATION)]
    chosen = rng.choice(with_id, min(210, len(with_id) // 100), replace=False)
    copies, moved, ended = (rows.loc[part].copy() for part in np.array_split(chosen, 3))
    moved["point"] = np.maximum(0, moved["point"] - 1)
    ended["outcome"] = ended["outcome"] % 9 + 1
    repeats = pd.concat([copies, moved, ended])
    rows["repeat"], repeats["repeat"] = False, True
    every = pd.concat([rows, repeats]).sort_values(["month", "point", "category", "outcome", "repeat", "original"])
    position = pd.Series(np.arange(len(every))[~every["repeat"]], index=every["original"][~every["repeat"]])
    every["same_as"] = np.where(every["repeat"], position.reindex(every["original"]).to_numpy(), -1)
    return every.drop(columns=["original", "repeat"]).reset_index(drop=True).astype(np.int64)
