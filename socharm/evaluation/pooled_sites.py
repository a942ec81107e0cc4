"""Several sites together: what they add up to, and what they are on average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._constraints import OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.evaluation.displacement_difference import WeightedDisplacementDifference
from socharm.evaluation.effect_words import interval_words

__all__ = ["PooledSettings", "PooledSites", "pool_displacement_differences"]

#: Which difference of each site is pooled.
Effect: TypeAlias = Literal["local", "displacement", "total"]


@dataclass(frozen=True, kw_only=True)
class PooledSettings(Settings):
    """Choices behind a pooled difference."""

    effect: Effect = setting("local", "which difference of each site: local, displacement or total")
    level: OpenShare = setting(0.95, "of the intervals")


@dataclass(frozen=True, eq=False, repr=False)
class PooledSites(Record):
    """Weighted displacement differences of several sites, and both ways of pooling them.

    Attributes
    ----------
    table : DataFrame
        Index ``site``: each site, then ``"sum"`` (of all sites) and ``"inverse variance"`` (mean of a site, sites that
        are known better weigh more); ``estimate``, ``se``, ``low``, ``high``, ``weight`` (in the mean).
    heterogeneity_p : float or None
        Cochran's test that all sites have one effect; None for one site.
    """

    __made_by__ = ("pool_displacement_differences",)

    table: pd.DataFrame
    settings: PooledSettings
    about: About
    heterogeneity_p: float | None

    @property
    def sentence(self) -> str:
        """What the table says, in words."""
        level = interval_words(self.settings.level)
        row, mean = self.table.loc["sum"], self.table.loc["inverse variance"]
        clear = row["low"] > 0 or row["high"] < 0
        sure = "" if clear else " Whether there was a change over all sites cannot be told."
        return (
            f"Over {number_of(len(self.table) - 2, 'site')} the {self.settings.effect} differences add up to "
            f"{row['estimate']:+,.0f} ({level} {row['low']:,.0f} to {row['high']:,.0f}); their mean weighted by "
            f"inverse variance is {mean['estimate']:+,.1f} a site ({mean['low']:,.1f} to {mean['high']:,.1f}).{sure}"
        )

    def _summary(self) -> dict[str, str]:
        p = "one site" if self.heterogeneity_p is None else f"{self.heterogeneity_p:.3f}"
        return {"found": self.sentence, "one effect in all sites, p": p}


@checked
def pool_displacement_differences(
    sites: Mapping[str, WeightedDisplacementDifference],
    *,
    effect: Effect = "local",
    level: OpenShare = 0.95,
    settings: PooledSettings | Mapping[str, Any] | None = None,
) -> PooledSites:
    r"""Pool weighted displacement differences of sites that share no area.

    Parameters
    ----------
    sites : mapping of str to WeightedDisplacementDifference
        By the name of the site.
    effect : {"local", "displacement", "total"}
    level : float
        Of the intervals.
    settings : PooledSettings or mapping, optional
        Choices of another pooling, for what is not stated by keyword.

    Returns
    -------
    PooledSites

    Raises
    ------
    ParameterError
        No site, sites of different units, an effect that a site does not have, or a site that cannot vary.

    Notes
    -----
    With estimates :math:`d_i` and variances :math:`v_i`: the sum has variance :math:`\sum v_i`, the mean is
    :math:`\sum (d_i/v_i) / \sum (1/v_i)` with variance :math:`1/\sum (1/v_i)`. The sum is what was averted; the mean is
    one effect only where all sites have the same, which `heterogeneity_p` asks. Sites that share a control area are not
    independent: their interval is too short.

    References
    ----------
    Wheeler, A. P. and Ratcliffe, J. H. (2018). *Crime Science* 7, 11. Cochran, W. G. (1954). The combination of
    estimates from different experiments. *Biometrics* 10, 101-129.

    Examples
    --------
    >>> from socharm.evaluation import weighted_displacement_difference as difference
    >>> two = {"A": difference((120, 100), (130, 150)), "B": difference((60, 40), (60, 60))}
    >>> pool_displacement_differences(two).table["estimate"].round(1).to_dict()
    {'A': -40.0, 'B': -20.0, 'sum': -60.0, 'inverse variance': -26.1}
    """
    chosen = PooledSettings.of(settings)
    if not sites:
        raise ParameterError("`sites` is empty; give at least one.")
    if taken := {"sum", "inverse variance"} & set(sites):
        raise ParameterError(f"`sites` has one called {sorted(taken)[0]!r}, as a row of the result is. Rename it.")
    units = {site.findings.unit for site in sites.values()}
    lacking = [name for name, site in sites.items() if chosen.effect not in site.table.index]
    if len(units) > 1 or lacking:
        what = f"{lacking[:3]} have no {chosen.effect} difference" if lacking else "some are of crimes, some of harm"
        raise ParameterError(f"`sites` cannot be pooled: {what}. Pool what all have, in one unit.")
    found = pd.DataFrame({name: site.table.loc[chosen.effect, ["estimate", "se"]] for name, site in sites.items()}).T
    d, v = found["estimate"].to_numpy(dtype=float), found["se"].to_numpy(dtype=float) ** 2
    if not (v > 0).all():
        raise ParameterError(f"{list(found.index[v <= 0][:3])} recorded nothing at all; leave such sites out.")
    weight, z = (1 / v) / np.sum(1 / v), float(scipy.stats.norm.isf((1 - chosen.level) / 2))
    mean = float(weight @ d)
    found.loc["sum"] = [float(d.sum()), float(np.sqrt(v.sum()))]
    found.loc["inverse variance"] = [mean, float(1 / np.sqrt(np.sum(1 / v)))]
    table = found.astype(float).rename_axis("site")
    table["low"], table["high"] = (table["estimate"] + sign * z * table["se"] for sign in (-1, 1))
    table["weight"] = pd.Series(weight, index=table.index[: len(d)])
    p = float(scipy.stats.chi2.sf(np.sum((d - mean) ** 2 / v), len(d) - 1)) if len(d) > 1 else None
    about = combine_about(*(site.about for site in sites.values()))
    return PooledSites(table=table, settings=chosen, about=about, heterogeneity_p=p)
