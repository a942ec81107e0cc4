from . import assessment as assessment
from . import composite as composite
from . import dashboard as dashboard
from . import errors as errors
from . import evaluation as evaluation
from . import hotspots as hotspots
from . import io as io
from . import maps as maps
from . import overlay as overlay
from . import plans as plans
from . import profiles as profiles
from . import publish as publish
from . import ranking as ranking
from . import reports as reports
from . import rescoring as rescoring
from . import sample as sample
from . import severity as severity
from . import signals as signals
from . import snapshot as snapshot
from ._about import (
    About as About,
)
from ._about import (
    AssessmentPeriod as AssessmentPeriod,
)
from .assessment.check import (
    check_assessment as check_assessment,
)
from .assessment.open_snapshot import (
    open_assessment as open_assessment,
)
from .assessment.published import (
    published_form as published_form,
)
from .assessment.release import (
    publish_snapshot as publish_snapshot,
)
from .assessment.run import (
    run_assessment as run_assessment,
)
from .dashboard.write import (
    write_dashboard as write_dashboard,
)
from .errors import (
    AlignmentError as AlignmentError,
)
from .errors import (
    CoverageWarning as CoverageWarning,
)
from .errors import (
    CRSError as CRSError,
)
from .errors import (
    DataWarning as DataWarning,
)
from .errors import (
    MissingExtraError as MissingExtraError,
)
from .errors import (
    ModelWarning as ModelWarning,
)
from .errors import (
    ParameterError as ParameterError,
)
from .errors import (
    RefusedError as RefusedError,
)
from .errors import (
    SchemaError as SchemaError,
)
from .errors import (
    SocharmError as SocharmError,
)
from .errors import (
    SocharmWarning as SocharmWarning,
)
from .errors import (
    StoreError as StoreError,
)
from .hotspots.areas.concentration import (
    classify_concentration as classify_concentration,
)
from .hotspots.areas.local import (
    local_gi_star as local_gi_star,
)
from .hotspots.areas.local import (
    local_moran as local_moran,
)
from .hotspots.areas.neighbours import (
    neighbours as neighbours,
)
from .hotspots.points.clusters import (
    cluster_points as cluster_points,
)
from .hotspots.points.density import (
    kernel_density as kernel_density,
)
from .hotspots.points.micro_places import (
    find_micro_places as find_micro_places,
)
from .io.best_fit import (
    best_fit_lookup as best_fit_lookup,
)
from .io.boundaries import (
    read_boundaries as read_boundaries,
)
from .io.deprivation import (
    read_deprivation as read_deprivation,
)
from .io.incidents.count import (
    count_incidents as count_incidents,
)
from .io.incidents.locate import (
    locate_incidents as locate_incidents,
)
from .io.incidents.reading import (
    read_incidents as read_incidents,
)
from .io.incidents.tables import (
    counts_from_table as counts_from_table,
)
from .io.indicators import (
    read_indicators as read_indicators,
)
from .io.lookups import (
    read_lookup as read_lookup,
)
from .io.population import (
    no_denominator as no_denominator,
)
from .io.population import (
    read_population as read_population,
)
from .io.rolling import (
    roll_up as roll_up,
)
from .io.weights import (
    load_weights as load_weights,
)
from .io.weights import (
    read_weights as read_weights,
)
from .maps.bivariate import (
    plot_bivariate as plot_bivariate,
)
from .maps.choropleth import (
    plot_choropleth as plot_choropleth,
)
from .maps.heat import (
    plot_heat as plot_heat,
)
from .maps.hotspots import (
    plot_hotspots as plot_hotspots,
)
from .maps.intervals import (
    plot_intervals as plot_intervals,
)
from .maps.top_k import (
    plot_top_k as plot_top_k,
)
from .maps.trends import (
    plot_trend as plot_trend,
)
from .overlay.deprivation import (
    overlay_deprivation as overlay_deprivation,
)
from .plans.seed import (
    seed_plan as seed_plan,
)
from .profiles.profile import (
    seed_profile as seed_profile,
)
from .profiles.series import (
    seed_profiles as seed_profiles,
)
from .ranking.confidence_sets import (
    rank_confidence_sets as rank_confidence_sets,
)
from .ranking.probable_top import (
    classify_probable_top as classify_probable_top,
)
from .ranking.ranks import (
    rank_areas as rank_areas,
)
from .ranking.top_classes import (
    classify_top as classify_top,
)
from .ranking.uncertainty import (
    rank_uncertainty as rank_uncertainty,
)
from .sample.load import (
    load_sample as load_sample,
)
from .severity.index import (
    severity_index as severity_index,
)
from .severity.points import (
    harm_points as harm_points,
)
from .snapshot.assessment import (
    Assessment as Assessment,
)
from .snapshot.verification import (
    verify_assessment as verify_assessment,
)

__version__: str
