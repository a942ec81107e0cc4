"""An invented force to try everything on.

- The sample: `load_sample`, `Sample`
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
