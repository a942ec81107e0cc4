"""How well a ranking, or a method for hot spots, does by months that it has not seen.

- Hold-out: `validate_ranking`, `RankingValidation`
- Hot spot methods side by side: `compare_hotspots`, `HotspotComparison`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
