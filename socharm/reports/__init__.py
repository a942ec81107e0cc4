"""Reports on a comparison, for people who decide.

- What changed, in two pages: `change_report`, `ChangeReport`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
