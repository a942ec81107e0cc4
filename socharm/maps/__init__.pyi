from .accuracy import (
    plot_accuracy as plot_accuracy,
)
from .bivariate import (
    plot_bivariate as plot_bivariate,
)
from .chained_parts import (
    plot_chained_parts as plot_chained_parts,
)
from .change_map import (
    plot_change_map as plot_change_map,
)
from .change_parts import (
    plot_change_parts as plot_change_parts,
)
from .choropleth import (
    plot_choropleth as plot_choropleth,
)
from .churn import (
    plot_churn as plot_churn,
)
from .class_fit import (
    class_fit as class_fit,
)
from .clusters import (
    plot_clusters as plot_clusters,
)
from .contributions import (
    plot_contributions as plot_contributions,
)
from .cube import (
    plot_cube as plot_cube,
)
from .delivery_calendar import (
    plot_calendar as plot_calendar,
)
from .detectable_change import (
    plot_detectable_change as plot_detectable_change,
)
from .donor_charts import (
    plot_balance as plot_balance,
)
from .donor_charts import (
    plot_donor_weights as plot_donor_weights,
)
from .drill_down import (
    plot_drill_down as plot_drill_down,
)
from .dual_heat import (
    plot_dual_heat as plot_dual_heat,
)
from .ellipses import (
    plot_nearest_clusters as plot_nearest_clusters,
)
from .emerging import (
    plot_emerging as plot_emerging,
)
from .emerging import (
    plot_significant_change as plot_significant_change,
)
from .event_study import (
    plot_event_study as plot_event_study,
)
from .furniture import (
    save_figure as save_figure,
)
from .heat import (
    plot_heat as plot_heat,
)
from .heat_contours import (
    plot_heat_contours as plot_heat_contours,
)
from .hotspots import (
    plot_hotspots as plot_hotspots,
)
from .hours import (
    plot_hours as plot_hours,
)
from .indicator_overlay import (
    plot_indicator_overlay as plot_indicator_overlay,
)
from .intervals import (
    plot_intervals as plot_intervals,
)
from .lint import (
    MapLint as MapLint,
)
from .lint import (
    lint_map as lint_map,
)
from .lorenz import (
    plot_lorenz as plot_lorenz,
)
from .map_description import (
    MapDescription as MapDescription,
)
from .map_description import (
    describe_choropleth as describe_choropleth,
)
from .near_repeats import (
    plot_knox as plot_knox,
)
from .placebo_fan import (
    plot_placebo_fan as plot_placebo_fan,
)
from .rank_changes import (
    plot_rank_changes as plot_rank_changes,
)
from .residual import (
    plot_residual as plot_residual,
)
from .scale_ladder import (
    plot_scale_ladder as plot_scale_ladder,
)
from .scan_clusters import (
    plot_scan_clusters as plot_scan_clusters,
)
from .seasons import (
    plot_season as plot_season,
)
from .sensitivity import (
    plot_sensitivity as plot_sensitivity,
)
from .site_map import (
    plot_site as plot_site,
)
from .surface_peaks import (
    plot_surface_peaks as plot_surface_peaks,
)
from .top_k import (
    plot_top_k as plot_top_k,
)
from .trends import (
    plot_trend as plot_trend,
)
from .validation import (
    plot_validation as plot_validation,
)
