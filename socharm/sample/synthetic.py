"""A synthetic police force: land, people and crime with known truth, for the packaged sample and for simulations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import AssessmentPeriod
from socharm.sample.synthetic_areas import area_frames
from socharm.sample.synthetic_crime import Planted, add_quirks, base_rates, draw_incidents, draw_points, plant, season
from socharm.sample.synthetic_extract import draw_extract
from socharm.sample.synthetic_land import Land, make_land, neighbour_sets
from socharm.sample.synthetic_partner import indicator_table
from socharm.sample.synthetic_people import centre_pull, deprivation_table, latent_deprivation, people_table
from socharm.sample.synthetic_rates import CRIME_RATES
from socharm.sample.synthetic_settings import ForceSettings

__all__ = ["ForceSettings", "SyntheticForce", "make_force"]

_CRS: Final = "EPSG:27700"


@dataclass(frozen=True, eq=False)
class SyntheticForce:
    """A synthetic force and the truth behind it.

    Attributes
    ----------
    lsoas, wards, districts : GeoDataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``geometry`` in EPSG:27700. The parent of an
        LSOA is its ward, of a ward its district.
    people : DataFrame
        By LSOA: ``resident``, ``workday``.
    deprivation : DataFrame
        By LSOA: deciles, ranks and scores of seven domains and their index.
    points : DataFrame
        Map points: ``easting``, ``northing``, ``longitude`` and ``latitude`` (millionths of a degree),
        ``location``, ``lsoa`` (position in `lsoas`, -1 outside the force).
    incidents : DataFrame
        One row each, in codes: ``month``, ``point``, ``category``, ``outcome``, ``same_as`` (row whose id
        is repeated, -1 for none).
    extract : DataFrame
        Codes of a force's own extract of the last six months: ``offence``, ``day``, ``lag``, ``dx``, ``dy``, ``flags``.
    indicators : DataFrame
        Measures of partners by ward.
    truth : DataFrame
        By ward: ``kind`` (hot, change, no-change, ordinary), ``effect``, and the harm rates expected by the
        generator, in sentence-days per resident and year: ``rate_base`` (nothing planted),
        ``rate_before`` and ``rate`` (first and second half of the period).
    """

    lsoas: gpd.GeoDataFrame
    wards: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    people: pd.DataFrame
    deprivation: pd.DataFrame
    points: pd.DataFrame
    incidents: pd.DataFrame
    extract: pd.DataFrame
    indicators: pd.DataFrame
    truth: pd.DataFrame
    settings: ForceSettings


def make_force(
    seed: int,
    *,
    n_lsoas: int = 600,
    n_wards: int = 100,
    period: tuple[str, str] = ("2023-10", "2025-09"),
    effect_hot: tuple[float, float] = (1.5, 2.0),
    effect_change: float = 0.2,
    n_hot: int = 8,
    n_change: int = 12,
    n_steady: int = 12,
    volume: float = 1.0,
    dispersion: float = 0.08,
    points_per_lsoa: float = 16.0,
    quirks: bool = True,
) -> SyntheticForce:
    """Make a synthetic force: the same arguments always make the same one.

    Parameters
    ----------
    seed : int
        Seed of every random draw.
    n_lsoas, n_wards : int
        Number of small areas and of wards; there are five districts.
    period : tuple of str
        First and last month; an even number of months.
    effect_hot : tuple of float
        Factors on the rate of hot wards, from the first to the last.
    effect_change : float
        Share by which changed wards rise (every other one) or fall in the second half of the period.
    n_hot, n_change, n_steady : int
        Number of hot, changed, and expressly unchanged wards.
    volume : float
        Factor on every rate.
    dispersion : float
        Coefficient of variation of a ward's level from month to month, beyond Poisson.
    points_per_lsoa : float
        Mean number of map points in an LSOA.
    quirks : bool
        Whether the incidents carry the faults of real files.

    Returns
    -------
    SyntheticForce

    Raises
    ------
    ParameterError
        Fewer than four LSOAs to a ward, fewer than 20 wards, more planted wards than there are ordinary ones, an
        odd number of months, or a factor that is not above zero.

    Notes
    -----
    Incidents by LSOA, category and month are Poisson around resident population x base rate x season x planted
    factor x a Gamma of mean 1 by ward and month. Effects multiply the rate of every category.
    """
    months = AssessmentPeriod(*period)
    settings = ForceSettings(
        seed=seed, n_lsoas=n_lsoas, n_wards=n_wards, period=months, effect_hot=effect_hot, effect_change=effect_change,
        n_hot=n_hot, n_change=n_change, n_steady=n_steady, volume=volume, dispersion=dispersion,
        points_per_lsoa=points_per_lsoa, quirks=quirks,
    )  # fmt: skip
    # One stream per subject: another effect size changes no border and no name.
    on_land, on_names, on_people, on_rates, on_plant, on_points, on_crime, on_quirks, on_extract, on_partners = (
        np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(10)
    )
    land = make_land(on_land, n_lsoas=n_lsoas, n_wards=n_wards)
    lsoas, wards, districts = area_frames(on_names, land)
    pull, factor = centre_pull(land), latent_deprivation(on_people, land)
    people = people_table(on_people, land, pull)
    base = base_rates(on_rates, land, people["resident"].to_numpy(), factor, pull)
    harm = base @ np.array([profile.weight for profile in CRIME_RATES])
    deprivation = deprivation_table(on_people, factor, np.log(harm))
    planted = _planted(on_plant, land, pull, settings)
    points = draw_points(on_points, land, pull, per_lsoa=points_per_lsoa, n_outside=40)
    expected = _expected(on_crime, land, people, base, planted, settings)
    incidents = draw_incidents(on_crime, points, expected, n_months=months.n_months)
    incidents = add_quirks(on_quirks, incidents, points) if quirks else _sorted(incidents)
    truth = _truth(wards, land, people, harm, planted, settings)
    return SyntheticForce(
        lsoas, wards, districts, people.set_index(lsoas.index), deprivation.set_index(lsoas.index),
        points.iloc[:, :6], incidents,
        draw_extract(on_extract, incidents, points, land.lsoas, n_months=months.n_months),
        indicator_table(on_partners, truth, *_by_ward(land, people, factor)),
        truth, settings,
    )  # fmt: skip


def _by_ward(land: Land, people: pd.DataFrame, factor: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Residents by ward, and their mean deprivation in its own standard deviations."""
    residents = np.bincount(land.ward, people["resident"]).astype(float)
    deprived = np.bincount(land.ward, factor * people["resident"]) / residents
    return residents, deprived / deprived.std()


def _planted(rng: np.random.Generator, land: Land, pull: NDArray[np.float64], settings: ForceSettings) -> Planted:
    central = pd.Series(pull).groupby(land.ward).max().to_numpy() > 0.3
    island = pd.Series(land.island).groupby(land.ward).any().to_numpy()
    near: list[set[int]] = [set() for _ in central]
    for number, others in enumerate(neighbour_sets(land.lsoas)):
        near[land.ward[number]] |= {int(land.ward[other]) for other in others} - {int(land.ward[number])}
    return plant(rng, near, np.flatnonzero(~central & ~island), settings)


def _expected(
    rng: np.random.Generator,
    land: Land,
    people: pd.DataFrame,
    base: NDArray[np.float64],
    planted: Planted,
    settings: ForceSettings,
) -> NDArray[np.float64]:
    shape = planted.by_month.shape
    noise = np.ones(shape)
    if settings.dispersion > 0:
        noise = rng.gamma(settings.dispersion**-2, settings.dispersion**2, shape)
    yearly = base * people["resident"].to_numpy()[:, None] * settings.volume / 12
    monthly = season(list(settings.period.months))
    return np.asarray(yearly[:, :, None] * monthly[None, :, :] * (planted.by_month * noise)[land.ward][:, None, :])


def _truth(
    wards: gpd.GeoDataFrame,
    land: Land,
    people: pd.DataFrame,
    harm: NDArray[np.float64],
    planted: Planted,
    settings: ForceSettings,
) -> pd.DataFrame:
    residents = people["resident"].to_numpy(dtype=float)
    total = np.bincount(land.ward, harm * residents * settings.volume)
    base = total / np.bincount(land.ward, residents)
    half = settings.period.n_months // 2
    table = pd.DataFrame({"name": wards["name"], "kind": planted.kind, "effect": planted.effect}, index=wards.index)
    table["rate_base"] = base
    table["rate_before"] = base * planted.by_month[:, :half].mean(axis=1)
    table["rate"] = base * planted.by_month[:, half:].mean(axis=1)
    return table.round({"rate_base": 4, "rate_before": 4, "rate": 4})


def _sorted(incidents: pd.DataFrame) -> pd.DataFrame:
    every = incidents.sort_values(["month", "point", "category", "outcome"]).reset_index(drop=True)
    return every.assign(same_as=-1)
