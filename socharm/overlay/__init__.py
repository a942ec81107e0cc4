"""Harm over deprivation, places with more harm than expected, and words for probabilities and ranks.

- Deprivation: `overlay_deprivation`, `Overlay`, `rebuild_imd`
- Measures of partners: `overlay_indicators`, `IndicatorOverlay`
- More than expected: `detect_excess`, `Excess`
- Words: `probability_phrase`, `rank_phrase`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
