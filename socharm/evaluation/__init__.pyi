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
from .cost_per_harm import (
    CostPerHarm as CostPerHarm,
)
from .cost_per_harm import (
    cost_per_harm as cost_per_harm,
)
from .crossover import (
    CrossoverEffect as CrossoverEffect,
)
from .crossover import (
    crossover_effect as crossover_effect,
)
from .detectable_change import (
    MinimumDetectableChange as MinimumDetectableChange,
)
from .detectable_change import (
    minimum_detectable_change as minimum_detectable_change,
)
from .difference_in_differences import (
    DifferenceInDifferences as DifferenceInDifferences,
)
from .difference_in_differences import (
    difference_in_differences as difference_in_differences,
)
from .difference_of_rows import (
    RowDifference as RowDifference,
)
from .difference_of_rows import (
    difference_of_rows as difference_of_rows,
)
from .displacement_difference import (
    WeightedDisplacementDifference as WeightedDisplacementDifference,
)
from .displacement_difference import (
    weighted_displacement_difference as weighted_displacement_difference,
)
from .displacement_quotient import (
    WeightedDisplacementQuotient as WeightedDisplacementQuotient,
)
from .displacement_quotient import (
    weighted_displacement_quotient as weighted_displacement_quotient,
)
from .donors import (
    Donors as Donors,
)
from .donors import (
    find_donors as find_donors,
)
from .dose import (
    DoseEffect as DoseEffect,
)
from .dose import (
    dose_effect as dose_effect,
)
from .evaluate import (
    Evaluation as Evaluation,
)
from .evaluate import (
    evaluate as evaluate,
)
from .event_study import (
    EventStudy as EventStudy,
)
from .event_study import (
    event_study as event_study,
)
from .guarded_test import (
    GuardedTest as GuardedTest,
)
from .guarded_test import (
    guarded_test as guarded_test,
)
from .hotspot_comparison import (
    HotspotComparison as HotspotComparison,
)
from .hotspot_comparison import (
    compare_hotspots as compare_hotspots,
)
from .interrupted_series import (
    InterruptedTimeSeries as InterruptedTimeSeries,
)
from .interrupted_series import (
    interrupted_time_series as interrupted_time_series,
)
from .panel import (
    Panel as Panel,
)
from .panel import (
    panel as panel,
)
from .phases import (
    PhaseEffects as PhaseEffects,
)
from .phases import (
    phase_effects as phase_effects,
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
from .pooled_sites import (
    PooledSites as PooledSites,
)
from .pooled_sites import (
    pool_displacement_differences as pool_displacement_differences,
)
from .protocol import (
    Protocol as Protocol,
)
from .protocol import (
    read_protocol as read_protocol,
)
from .protocol import (
    register_protocol as register_protocol,
)
from .selection_guard import (
    SelectionGuard as SelectionGuard,
)
from .selection_guard import (
    selection_guard as selection_guard,
)
from .spillover import (
    SpilloverRings as SpilloverRings,
)
from .spillover import (
    spillover_rings as spillover_rings,
)
from .staggered import (
    StaggeredEffects as StaggeredEffects,
)
from .staggered import (
    staggered_effects as staggered_effects,
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
