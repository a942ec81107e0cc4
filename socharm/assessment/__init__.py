"""A whole assessment from a recipe.

- Run and check: `run_assessment`, `check_assessment`, `Check`
- Open: `open_assessment`
- Publish: `published_form`, `publish_snapshot`, `lower_snapshot`, `sign_store`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
