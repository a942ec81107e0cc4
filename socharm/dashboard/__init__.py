"""One page that holds the maps of an assessment, for a browser without a network.

- One map in a notebook: `explore`, `InteractiveMap`
- The page: `write_dashboard`
- What came before its assessment: `PageHistory`, `PastAssessment`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
