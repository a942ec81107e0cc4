from .hotspot_comparison import (
    HotspotComparison as HotspotComparison,
)
from .hotspot_comparison import (
    compare_hotspots as compare_hotspots,
)
from .validation import (
    RankingValidation as RankingValidation,
)
from .validation import (
    validate_ranking as validate_ranking,
)
