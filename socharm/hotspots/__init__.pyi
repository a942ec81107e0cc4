from .areas.bivariate import (
    BivariateMoran as BivariateMoran,
)
from .areas.bivariate import (
    local_bivariate_moran as local_bivariate_moran,
)
from .areas.change_significance import (
    ChangeSignificance as ChangeSignificance,
)
from .areas.change_significance import (
    change_significance as change_significance,
)
from .areas.class_joins import (
    ClassJoins as ClassJoins,
)
from .areas.class_joins import (
    class_join_counts as class_join_counts,
)
from .areas.concentration import (
    Concentration as Concentration,
)
from .areas.concentration import (
    classify_concentration as classify_concentration,
)
from .areas.emerging import (
    emerging_hotspots as emerging_hotspots,
)
from .areas.emerging_record import (
    EmergingHotspots as EmergingHotspots,
)
from .areas.global_record import (
    GlobalStatistic as GlobalStatistic,
)
from .areas.global_statistics import (
    global_g as global_g,
)
from .areas.global_statistics import (
    global_geary as global_geary,
)
from .areas.global_statistics import (
    global_join_counts as global_join_counts,
)
from .areas.global_statistics import (
    global_moran as global_moran,
)
from .areas.global_statistics import (
    rate_moran as rate_moran,
)
from .areas.join_counts import (
    local_join_counts as local_join_counts,
)
from .areas.local import (
    local_gi_star as local_gi_star,
)
from .areas.local import (
    local_moran as local_moran,
)
from .areas.local import (
    local_rate_moran as local_rate_moran,
)
from .areas.local_geary import (
    LocalHeterogeneity as LocalHeterogeneity,
)
from .areas.local_geary import (
    local_geary as local_geary,
)
from .areas.local_geary import (
    local_spread as local_spread,
)
from .areas.local_record import (
    LocalStatistics as LocalStatistics,
)
from .areas.moran_moments import (
    MoranMoments as MoranMoments,
)
from .areas.moran_moments import (
    local_moran_moments as local_moran_moments,
)
from .areas.neighbours import (
    neighbours as neighbours,
)
from .areas.pattern_classes import (
    PatternClasses as PatternClasses,
)
from .areas.pattern_classes import (
    pattern_classes as pattern_classes,
)
from .areas.pattern_similarity import (
    PatternSimilarity as PatternSimilarity,
)
from .areas.pattern_similarity import (
    point_pattern_similarity as point_pattern_similarity,
)
from .areas.scale_ladder import (
    ScaleLadder as ScaleLadder,
)
from .areas.scale_ladder import (
    scale_ladder as scale_ladder,
)
from .areas.smoothing import (
    SmoothedRates as SmoothedRates,
)
from .areas.smoothing import (
    smooth_rates as smooth_rates,
)
from .areas.trends import (
    TrendTests as TrendTests,
)
from .areas.trends import (
    mann_kendall as mann_kendall,
)
from .areas.unevenness import (
    Unevenness as Unevenness,
)
from .areas.unevenness import (
    unevenness as unevenness,
)
from .points.clusters import (
    PointClusters as PointClusters,
)
from .points.clusters import (
    cluster_points as cluster_points,
)
from .points.contours import (
    surface_contours as surface_contours,
)
from .points.density import (
    kernel_density as kernel_density,
)
from .points.drill_down import (
    DrillDown as DrillDown,
)
from .points.drill_down import (
    drill_down as drill_down,
)
from .points.dual_density import (
    dual_density as dual_density,
)
from .points.dual_record import (
    DualSurface as DualSurface,
)
from .points.heat_record import (
    HeatSurface as HeatSurface,
)
from .points.interaction import (
    SpaceTimeInteraction as SpaceTimeInteraction,
)
from .points.interaction import (
    jacquez as jacquez,
)
from .points.interaction import (
    mantel as mantel,
)
from .points.interaction import (
    modified_knox as modified_knox,
)
from .points.knox import (
    knox as knox,
)
from .points.knox_record import (
    NearRepeats as NearRepeats,
)
from .points.location import (
    location_shares as location_shares,
)
from .points.micro_places import (
    MicroPlaces as MicroPlaces,
)
from .points.micro_places import (
    find_micro_places as find_micro_places,
)
from .points.near_repeat_chains import (
    NearRepeatChains as NearRepeatChains,
)
from .points.near_repeat_chains import (
    near_repeat_chains as near_repeat_chains,
)
from .points.nearest_clusters import (
    NearestClusters as NearestClusters,
)
from .points.nearest_clusters import (
    nearest_neighbour_clusters as nearest_neighbour_clusters,
)
from .points.peaks import (
    surface_peaks as surface_peaks,
)
from .points.peaks_record import (
    SurfacePeaks as SurfacePeaks,
)
from .points.space_time_clusters import (
    SpaceTimeClusters as SpaceTimeClusters,
)
from .points.space_time_clusters import (
    cluster_space_time as cluster_space_time,
)
from .scan.clusters import (
    scan_clusters as scan_clusters,
)
from .scan.record import (
    ScanClusters as ScanClusters,
)
from .scan.space_time import (
    scan_space_time as scan_space_time,
)
from .times.hour_record import (
    HourProfile as HourProfile,
)
from .times.hours import (
    hour_weekday as hour_weekday,
)
from .times.seasons import (
    SeasonalProfile as SeasonalProfile,
)
from .times.seasons import (
    seasonal_profile as seasonal_profile,
)
