"""Ranks and how sure they are.

- Ranks with intervals: `rank_areas`, `Ranking`
- Sets that hold for all areas at once: `rank_confidence_sets`, `RankSets`
- Classes of the top: `classify_top`, `classify_probable_top`, `TopClasses`
- Other defensible choices: `rank_uncertainty`, `composite_uncertainty`, `RankUncertainty`
- Single events: `rank_without_events`, `EventDependence`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
