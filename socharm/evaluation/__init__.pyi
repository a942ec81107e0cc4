from .calibrated_control import (
    CalibratedControl as CalibratedControl,
)
from .calibrated_control import (
    calibrated_control as calibrated_control,
)
from .calibration_weights import (
    CalibrationWeights as CalibrationWeights,
)
from .calibration_weights import (
    calibration_weights as calibration_weights,
)
from .hotspot_comparison import (
    HotspotComparison as HotspotComparison,
)
from .hotspot_comparison import (
    compare_hotspots as compare_hotspots,
)
from .placebo_sites import (
    PlaceboSites as PlaceboSites,
)
from .placebo_sites import (
    placebo_sites as placebo_sites,
)
from .placebo_test import (
    PlaceboTest as PlaceboTest,
)
from .placebo_test import (
    placebo_test as placebo_test,
)
from .synthetic_control import (
    SyntheticControl as SyntheticControl,
)
from .synthetic_control import (
    synthetic_control as synthetic_control,
)
from .synthetic_did import (
    SyntheticDid as SyntheticDid,
)
from .synthetic_did import (
    synthetic_did as synthetic_did,
)
from .validation import (
    RankingValidation as RankingValidation,
)
from .validation import (
    validate_ranking as validate_ranking,
)
