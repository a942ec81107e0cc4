"""Harm over deprivation, places with more harm than expected, and words for probabilities and ranks.

- Deprivation: `overlay_deprivation`, `Overlay`, `rebuild_imd`
- More than expected: `detect_excess`, `Excess`
- Words: `probability_phrase`, `rank_phrase`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
