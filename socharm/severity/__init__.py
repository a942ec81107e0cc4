"""Harm: the severity index, the model of rates behind it, and points weighted by harm.

- Areas: `severity_index`, `SeverityIndex`, `RateModel`
- Points: `harm_points`, `HarmPoints`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
