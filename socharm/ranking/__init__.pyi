from .composite_uncertainty import (
    composite_uncertainty as composite_uncertainty,
)
from .confidence_sets import (
    RankSets as RankSets,
)
from .confidence_sets import (
    rank_confidence_sets as rank_confidence_sets,
)
from .events import (
    EventDependence as EventDependence,
)
from .events import (
    rank_without_events as rank_without_events,
)
from .probable_top import (
    classify_probable_top as classify_probable_top,
)
from .ranks import (
    Ranking as Ranking,
)
from .ranks import (
    rank_areas as rank_areas,
)
from .top_classes import (
    TopClasses as TopClasses,
)
from .top_classes import (
    classify_top as classify_top,
)
from .uncertainty import (
    rank_uncertainty as rank_uncertainty,
)
from .uncertainty_record import (
    RankUncertainty as RankUncertainty,
)
