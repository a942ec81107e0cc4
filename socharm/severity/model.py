"""The model of the underlying rate: Gamma-Poisson by offence, over-dispersed over time."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

__all__ = ["RateModel"]


@dataclass(frozen=True, eq=False)
class RateModel:
    """Fitted prior and dispersion by offence band; posterior mean and draws come from here.

    Attributes
    ----------
    offences : DataFrame
        Index ``offence``: ``band``, ``mean`` (events per exposure unit), ``shape`` (of the Gamma
        prior), ``phi`` (over-dispersion over time, at least 1), ``phi_source``, ``tau``, ``weight``.
    """

    offences: pd.DataFrame
