"""How well a ranking does by months that it has not seen.

- Hold-out: `validate_ranking`, `RankingValidation`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
