"""Reports on a comparison or an evaluation, for people who decide.

- What changed, in two pages: `change_report`, `ChangeReport`
- Whether what was done at a site worked: `evaluation_report`, `EvaluationReport`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
