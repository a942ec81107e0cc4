"""A whole assessment from a recipe.

- Run and check: `run_assessment`, `check_assessment`, `Check`
- Run many recipes at once: `run_many`, `ManyRuns`
- Open: `open_assessment`
- For other programs: `export_powerbi`
- Half-yearly: `rescore`, `Rescored`
- Publish: `published_form`, `publish_snapshot`, `lower_snapshot`, `sign_store`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
