"""Harm: the severity index, the model of rates behind it, and points weighted by harm.

- Areas: `severity_index`, `SeverityIndex`, `RateModel`
- Points: `harm_points`, `HarmPoints`
- Rates by a standard population: `standardised_rates`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
