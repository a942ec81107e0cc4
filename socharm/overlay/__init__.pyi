from .deprivation import (
    Overlay as Overlay,
)
from .deprivation import (
    overlay_deprivation as overlay_deprivation,
)
from .excess import (
    Excess as Excess,
)
from .excess import (
    detect_excess as detect_excess,
)
from .imd import (
    rebuild_imd as rebuild_imd,
)
from .indicator import (
    IndicatorOverlay as IndicatorOverlay,
)
from .indicator import (
    overlay_indicators as overlay_indicators,
)
from .phrases import (
    probability_phrase as probability_phrase,
)
from .phrases import (
    rank_phrase as rank_phrase,
)
