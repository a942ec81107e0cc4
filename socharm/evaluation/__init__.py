"""How well a ranking does by months that it has not seen.

- Hold-out: `validate_ranking`, `RankingValidation`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
