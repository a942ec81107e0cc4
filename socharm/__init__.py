"""socharm: rank places by the harm that serious and organised crime does there.

What an assessment needs stands here; everything else is in the packages below, each with its names by task. All names
are loaded on first use: ``import socharm`` computes nothing, reads no file and stays fast. ``__init__.pyi`` beside this
file is the one list of them.

>>> import socharm as sh
>>> sh.read_incidents, sh.maps.plot_lorenz  # doctest: +SKIP
"""

import logging

from socharm._packages import attach_names
from socharm._version import __version__ as __version__

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)

logging.getLogger("socharm").addHandler(logging.NullHandler())
