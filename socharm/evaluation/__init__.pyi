from .validation import (
    RankingValidation as RankingValidation,
)
from .validation import (
    validate_ranking as validate_ranking,
)
