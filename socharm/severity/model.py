"""The model of the underlying rate: Gamma-Poisson by offence, over-dispersed over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._arguments import check_fields, checked
from socharm._columns import OFFENCE
from socharm._constraints import ClosedShare, CountFrom0, Draws, NotNegative, Seed, Threads
from socharm._limits import require_memory
from socharm.severity.dispersion import dispersion_by_offence, dispersion_together
from socharm.severity.monthly_counts import MonthlyCounts, monthly_counts
from socharm.stats.coupled import SplitCells, WeightRows, coupled_rates, split_cells
from socharm.stats.gamma_poisson import (
    IDENTIFIED,
    AreaPosterior,
    Prior,
    area_posterior,
    fit_prior,
    moments,
)
from socharm.stats.gamma_sum_ratios import HarmRates
from socharm.stats.random_streams import seed_of_data, stream, stream_key

__all__ = ["RateModel", "band_weights", "fit_rate_model", "places_of", "rate_model_of", "seed_of_counts"]

_Floats = NDArray[np.float64]

#: A band of rare offences holds at least this many events.
_LEAST_EVENTS: Final = 20


@dataclass(frozen=True, eq=False)
class RateModel:
    """Fitted prior and dispersion by offence band; posterior mean and draws come from here.

    Attributes
    ----------
    offences : DataFrame
        Index ``offence``: ``band``, ``mean`` (events per exposure unit and year, of the band),
        ``shape`` (of the Gamma prior of the band), ``loading`` (of the area's effect), ``phi``
        (over-dispersion over time, at least 1), ``phi_source``, ``identified`` (whether the variance
        between areas stood out from chance), ``tau``, ``weight`` (of the offence), ``band_weight``.
    bands : DataFrame
        Index ``band``: ``weight`` (volume-weighted mean), ``second_moment`` (of the weight, spread
        inside a category included), ``square`` (of the weights as used, without that), ``tau``, ``mean``, ``shape``,
        ``loading``, ``phi``, ``identified``.
    counts : DataFrame
        Events by area (index) and band (columns), of the areas with exposure.
    exposure : Series
        Denominator units x years covered, by area.
    common : float
        Variance of the log by which all offences of an area move together over the window; ``phi`` is what each band
        varies beside that.
    phi_crimes : float
        Over-dispersion over the window of all crimes of the index together.
    """

    offences: pd.DataFrame
    bands: pd.DataFrame
    counts: pd.DataFrame
    exposure: pd.Series
    common: float = 0.0
    phi_crimes: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)

    @cached_property
    def prior(self) -> Prior:
        """The prior as arrays, in the order of `bands`."""
        columns = {name: self.bands[name].to_numpy(dtype=float) for name in ("mean", "shape", "loading", "phi")}
        return Prior(**columns, identified=self.bands["identified"].to_numpy(dtype=bool))

    @cached_property
    def posterior(self) -> AreaPosterior:
        """The posterior of the rates by area and band, and the spread of what all bands of an area share."""
        found = area_posterior(self.counts.to_numpy(dtype=float), self.exposure.to_numpy(dtype=float), self.prior)
        return replace(found, shock=float(np.sqrt(self.common)))

    @cached_property
    def _splits(self) -> dict[tuple[float, float], SplitCells]:
        """How cells were split for draws, by the spread of the mix and the share drawn one by one: for all blocks."""
        return {}

    @property
    def areas(self) -> pd.Index:
        """Areas with exposure, in the order of the draws."""
        return self.exposure.index

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Place of each area in the order of the codes: the number of its random numbers, in whatever row it stands."""
        return places_of(self.areas)

    def posterior_mean(self) -> pd.Series:
        """Posterior mean of the harm rate by area: exact, in weight units per exposure unit."""
        harm = np.sum(self.posterior.mean * self.bands["weight"].to_numpy(dtype=float), axis=1)
        return pd.Series(harm, index=self.areas, name="rate_shrunk")

    def rate_parts(self) -> HarmRates:
        """The posterior of the underlying harm rate by area as gamma variates, without the offence mix."""
        return HarmRates(self.posterior, self.bands["weight"].to_numpy(dtype=float))

    def estimate_variance(self) -> pd.Series:
        """Variance of ``sum n w`` by area as an estimate of the harm that the place generates.

        Notes
        -----
        With ``E = e E[lambda | data]`` and omega^2 `common`: ``sum_b phi_b E_b mean_b(w^2) + (E_b w_b)^2 (exp(tau_b^2)
        - 1)``, the mean over the weights as used, and ``(sum_b E_b w_b)^2 (exp(omega^2) - 1)`` for what all offences
        share. A category's mean weight is multiplied by the count whatever offences hide in it, so the spread inside
        the category is no error of the estimate; that the place's own mean may differ is the mix, and that is in it.
        An area without one event has a variance too.
        """
        expected = self.posterior.mean * self.exposure.to_numpy(dtype=float)[:, None]
        bands = {name: self.bands[name].to_numpy(dtype=float) for name in ("weight", "square", "tau", "phi")}
        harm = expected * bands["weight"]
        apart = np.sum(bands["phi"] * expected * bands["square"] + harm**2 * np.expm1(bands["tau"] ** 2), axis=1)
        shared = np.sum(harm, axis=1) ** 2 * np.expm1(self.common)
        return pd.Series(apart + shared, index=self.areas, name="estimate_variance")

    @checked
    def draw_rates(
        self,
        draws: Draws,
        *,
        seed: Seed,
        start: CountFrom0 = 0,
        exact: float = 1.0,
        mix_times: NotNegative = 1.0,
        mix_shared: ClosedShare = 0.0,
        coupled: bool = False,
        threads: Threads = 2,
    ) -> _Floats:
        """Draws of the underlying harm rate.

        Parameters
        ----------
        draws, seed : int
        start : int
            Number of the first draw: draws 0-99 and 100-199 are those of 0-199.
        exact : float
            Share of each area's variance drawn band by band, the largest first; the rest is drawn together.
        mix_times : float
            Times the spread of the offence mix of each category: it is known between forces, not between places.
        mix_shared : float
            Share of its variance that all categories of an area have in common; above 0 with ``exact=1`` only.
        coupled : bool
            Whether draws of every model by one `seed` meet the same random numbers, as where two choices about the same
            crimes are compared (`rank_areas` draws so). By default models of other counts, such as those of two
            periods, share none, so that the difference of their draws is the posterior of the difference.
        threads : int
            Any number gives the same draws.

        Returns
        -------
        array of shape (draws, areas), in weight units per exposure unit; areas as in `areas`.
        """
        require_memory({"areas": len(self.areas), "draws": draws}, remedy="Draw fewer at a time, with `start`.")
        weight, tau = (self.bands[name].to_numpy(dtype=float) for name in ("weight", "tau"))
        tau = tau * mix_times
        rows = WeightRows(weight[None, :], tau[None, :], np.zeros(draws, dtype=np.int64))
        seed = seed if coupled else seed_of_counts(self, seed)
        key = (mix_times, exact)
        if key not in self._splits:
            self._splits[key] = split_cells(self.posterior, weight, tau, exact)
        numbers = np.arange(start, start + draws, dtype=np.int64)
        return coupled_rates(
            self.posterior, rows, numbers, key=stream_key(seed), numbered=(None, self.places), split=self._splits[key],
            mix_shared=mix_shared, threads=threads,
        )  # fmt: skip

    @checked
    def draw_next(
        self,
        draws: Draws,
        *,
        seed: Seed,
        start: CountFrom0 = 0,
        exact: float = 1.0,
        coupled: bool = False,
        threads: Threads = 2,
    ) -> _Floats:
        r"""Draws of the harm rate that will be recorded in a next period of the same length and coverage.

        Parameters
        ----------
        draws, seed, start, exact, coupled, threads
            As of `draw_rates`.

        Returns
        -------
        array of shape (draws, areas), in weight units per exposure unit.

        Notes
        -----
        Each draw takes an underlying rate :math:`T_a` and then the chance of the next period: Gamma with mean
        :math:`T_a` and variance :math:`T_a v_a / e_a`, where :math:`v_a = \sum_b \varphi_b E_b \overline{w_b^2} /
        \sum_b E_b w_b` is the variance of harm per unit of harm, times a shock of variance `common` on the log. The
        offence mix inside categories plays no part: what is recorded is weighed by the same mean weights.
        """
        weight = self.bands["weight"].to_numpy(dtype=float)
        seed = seed if coupled else seed_of_counts(self, seed)
        rates = self.draw_rates(
            draws, seed=seed, start=start, exact=exact, mix_times=0.0, coupled=True, threads=threads
        )
        expected = self.posterior.mean
        variance = np.sum(expected * self.bands["phi"].to_numpy(dtype=float) * self.bands["square"].to_numpy(), axis=1)
        harm = np.sum(expected * weight, axis=1)
        scale = np.divide(variance, harm, out=np.zeros(harm.size), where=harm > 0) / self.exposure.to_numpy(dtype=float)
        order = np.argsort(self.places)
        for row, number in enumerate(range(start, start + draws)):
            # Coupled: a stream for each draw, so that it has the same random numbers whatever the block it is made in.
            rng = stream(seed, number, purpose="next-period")
            known = (scale > 0) & (rates[row] > 0)
            shape = np.divide(rates[row], scale, out=np.ones(scale.size), where=known)
            luck = rng.standard_gamma(shape[order])[self.places] * scale
            shock = rng.standard_normal(scale.size)[self.places]
            lifted = np.exp(np.sqrt(self.common) * shock - self.common / 2)
            rates[row] = np.where(known, luck, rates[row]) * lifted
        return rates


def places_of(areas: pd.Index) -> NDArray[np.int64]:
    """Place of each area in the order of the codes.

    Examples
    --------
    >>> places_of(pd.Index(["W2", "W3", "W1"])).tolist()
    [1, 2, 0]
    """
    places = np.empty(len(areas), dtype=np.int64)
    places[np.argsort(areas.astype(str).to_numpy(dtype=object), kind="stable")] = np.arange(len(areas))
    return places


def seed_of_counts(model: RateModel, seed: int) -> int:
    """The seed of draws that share no random number with those of a model of other counts, such as a later period's.

    Parameters
    ----------
    model : RateModel
    seed : int

    Returns
    -------
    int
        The same for the same `seed`, areas, bands and counts, in whatever order the areas stand.
    """
    table = model.counts.iloc[np.argsort(places_of(model.counts.index))]
    labels = "\n".join([*map(str, table.index), *map(str, table.columns)])
    counts = np.rint(table.to_numpy(dtype=np.float64)).astype("<i8")
    return seed_of_data(seed, labels.encode() + counts.tobytes())


def fit_rate_model(
    cells: pd.DataFrame,
    exposure: pd.Series,
    *,
    coverage: pd.DataFrame,
    pool: bool,
    area_effect: bool = True,
    months_known: bool = True,
) -> RateModel:
    """Fit the model on cells of area x offence x month.

    Parameters
    ----------
    cells : DataFrame
        ``area_code``, ``offence``, ``period``, ``n``, ``weight``, ``within_variance``, ``tau``.
    exposure : Series
        By area, above zero: areas that are not in it are left out.
    coverage : DataFrame of bool
        Areas x months.
    months_known : bool
        False where totals were spread evenly over months: the packaged over-dispersion is used.
    pool : bool
        Pool rare offences into bands of severity (single offences); categories stay as they are.
    area_effect : bool
        Whether offences of one area move together in the prior.

    Returns
    -------
    RateModel
    """
    counts = monthly_counts(cells, exposure.index, coverage)
    return rate_model_of(counts, exposure, pool=pool, area_effect=area_effect, months_known=months_known)


def rate_model_of(
    counts: MonthlyCounts,
    exposure: pd.Series,
    *,
    pool: bool,
    area_effect: bool = True,
    months_known: bool = True,
) -> RateModel:
    """As `fit_rate_model`, from counts that stand in an array already.

    Parameters
    ----------
    counts : MonthlyCounts
    exposure, pool, area_effect, months_known
        As of `fit_rate_model`.

    Returns
    -------
    RateModel
    """
    names, facts = [str(name) for name in counts.facts.index], counts.facts
    n, e = counts.window(exposure.index), exposure.to_numpy(dtype=float)
    band = _bands(n, e, facts["weight"].to_numpy(dtype=float)) if pool else np.arange(len(names))
    table = facts.assign(band=_band_names(names, band), events=n.sum(axis=0))
    bands = band_weights(table)
    order = {name: i for i, name in enumerate(bands.index)}
    place = table["band"].map(order).to_numpy()
    grouped = np.zeros((len(e), len(bands)))
    np.add.at(grouped.T, place, n.T)
    monthly = counts.banded(place, len(bands))
    spread = dispersion_by_offence(monthly, counts.covered, bands.index, months_known=months_known)
    together = dispersion_together(monthly, counts.covered, spread["phi"], months_known=months_known)
    spread = spread.assign(phi=together.phi)
    prior = fit_prior(grouped, e, spread["phi"].to_numpy(dtype=float), area_effect=area_effect)
    bands = bands.assign(
        mean=prior.mean, shape=prior.shape, loading=prior.loading, identified=prior.identified, **spread
    )
    offences = table.join(
        bands[["mean", "shape", "loading", "phi", "phi_source", "identified"]].assign(band_weight=bands["weight"]),
        on="band",
    )
    return RateModel(
        offences=offences.drop(columns=["events", "within_variance"]).rename_axis(OFFENCE),
        bands=bands,
        counts=pd.DataFrame(grouped, index=exposure.index, columns=bands.index),
        exposure=exposure,
        common=together.variance,
        phi_crimes=together.crimes,
    )


def _bands(n: _Floats, exposure: _Floats, weight: _Floats) -> NDArray[np.intp]:
    """Band of each offence: gathered from the heaviest down until the variance between areas is identified."""
    order = np.argsort(-weight, kind="stable")
    band = np.zeros(weight.size, dtype=np.intp)
    current: list[int] = []
    open_sum, number = np.zeros(n.shape[0]), 0
    for o in order:
        if not current and _identified(n[:, o], exposure):
            band[o] = number
            number += 1
            continue
        current.append(int(o))
        open_sum = open_sum + n[:, o]
        if _identified(open_sum, exposure):
            band[current] = number
            current, open_sum, number = [], np.zeros(n.shape[0]), number + 1
    if current:
        band[current] = max(number - 1, 0)
    return band


def _identified(n: _Floats, exposure: _Floats) -> bool:
    _, between, error = moments(n, exposure, 1.0)
    return bool(n.sum() >= _LEAST_EVENTS and between > IDENTIFIED * error)


def _band_names(names: list[str], band: NDArray[np.intp]) -> list[str]:
    members = pd.Series(names).groupby(band).agg(list)
    return [members[b][0] if len(members[b]) == 1 else f"band-{b + 1}" for b in band]


def band_weights(table: pd.DataFrame) -> pd.DataFrame:
    """Weight, second moment and tau of each band; members weigh by their volume plus one half event."""
    rows = {}
    for name, part in table.groupby("band", sort=True):
        volume = part["events"].to_numpy(dtype=float)
        volume = volume if volume.sum() > 0 else np.ones(len(part))
        share = volume / volume.sum()
        weight, tau = part["weight"].to_numpy(dtype=float), part["tau"].to_numpy(dtype=float)
        mean = float(np.sum(share * weight))
        second = float(np.sum(share * (weight**2 + part["within_variance"].to_numpy(dtype=float))))
        harm = share * weight / mean if mean > 0 else share
        square = float(np.sum(share * weight**2))
        rows[name] = (mean, second, square, float(np.sqrt(np.sum((harm * tau) ** 2))))
    columns = ["weight", "second_moment", "square", "tau"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("band")
