"""Two assessments compared: what moved, whether it is real, and what moved it.

- What a change is made of: `decompose`, `decompose_several`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
