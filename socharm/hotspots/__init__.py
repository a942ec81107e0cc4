"""Hot spots: statistics of areas and their neighbours, surfaces and clusters of points, concentration.

- Neighbours: `neighbours`
- Hot and cold areas: `local_gi_star`, `local_moran`, `local_rate_moran`, `local_join_counts`, `LocalStatistics`;
  by moments alone: `local_moran_moments`, `MoranMoments`
- One value here, another round it: `local_bivariate_moran`, `BivariateMoran`
- Which classes touch: `class_join_counts`, `ClassJoins`
- How unevenly a group lies over areas: `unevenness`, `Unevenness`
- What hot areas do over time: `emerging_hotspots`, `EmergingHotspots`; trends: `mann_kendall`, `TrendTests`
- Two periods compared: `change_significance`, `ChangeSignificance`, `point_pattern_similarity`, `PatternSimilarity`;
  many periods: `pattern_classes`, `PatternClasses`
- Areas unlike their neighbours: `local_geary`, `local_spread`, `LocalHeterogeneity`
- The whole map: `global_moran`, `global_geary`, `global_g`, `global_join_counts`, `rate_moran`, `GlobalStatistic`
- Rates smoothed over neighbours: `smooth_rates`, `SmoothedRates`
- Points: `kernel_density`, `HeatSurface`, `cluster_points`, `PointClusters`, `find_micro_places`, `MicroPlaces`,
  `location_shares`
- Surfaces: `surface_contours`, `dual_density`, `DualSurface`; peaks beyond chance: `surface_peaks`, `SurfacePeaks`
- Other clusters of points: `nearest_neighbour_clusters`, `NearestClusters`, `cluster_space_time`, `SpaceTimeClusters`
- Near repeats: `knox`, `NearRepeats`, `near_repeat_chains`, `NearRepeatChains`
- Space-time interaction in one number: `mantel`, `jacquez`, `modified_knox`, `SpaceTimeInteraction`
- Scan statistics of a map, and in space and time: `scan_clusters`, `scan_space_time`, `ScanClusters`
- When: `hour_weekday`, `HourProfile`, `seasonal_profile`, `SeasonalProfile`
- Below and across areas: `drill_down`, `DrillDown`, `scale_ladder`, `ScaleLadder`
- Concentration: `classify_concentration`, `Concentration`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
