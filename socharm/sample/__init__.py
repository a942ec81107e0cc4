"""An invented force to try everything on.

- The sample: `load_sample`, `Sample`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
