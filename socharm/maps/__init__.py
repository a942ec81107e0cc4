"""Maps and charts, and checks of them.

- The index: `plot_choropleth`, `plot_intervals`, `plot_trend`, `plot_top_k`, `plot_sensitivity`
- Where: `plot_heat`, `plot_hotspots`, `plot_clusters`, `plot_nearest_clusters`, `plot_drill_down`, `plot_scale_ladder`
- Surfaces: `plot_heat_contours`, `plot_dual_heat`, `plot_surface_peaks`
- When and where: `plot_hours`, `plot_season`, `plot_knox`, `plot_scan_clusters`, `plot_emerging`,
  `plot_cube`, `plot_significant_change`
- Deprivation and measures of partners: `plot_bivariate`, `plot_residual`, `plot_indicator_overlay`
- Concentration, composites, validation: `plot_lorenz`, `plot_contributions`, `plot_validation`, `plot_accuracy`
- Two assessments compared: `plot_change_map`, `plot_rank_changes`, `plot_change_parts`, `plot_churn`, `plot_calendar`
- More than two: `plot_chained_parts`
- Whether something worked: `plot_site`, `plot_balance`, `plot_donor_weights`, `plot_event_study`, `plot_placebo_fan`;
  whether it could be seen: `plot_detectable_change`
- Files: `save_figure`
- Checks: `lint_map`, `MapLint`, `describe_choropleth`, `MapDescription`; classes: `class_fit`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
