"""One page that holds the maps of an assessment, for a browser without a network.

- The page: `write_dashboard`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
