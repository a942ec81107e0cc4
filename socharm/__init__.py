"""socharm: rank places by the harm that serious and organised crime does there.

What an assessment needs stands here; everything else is in the packages below, each with its names by task. All names
are loaded on first use: ``import socharm`` computes nothing, reads no file and stays fast. ``__init__.pyi`` beside this
file is the one list of them.

>>> import socharm as sh
>>> sh.read_incidents, sh.maps.plot_lorenz  # doctest: +SKIP
"""

import logging
from typing import Any

import lazy_loader

from socharm._packages import home_of
from socharm._version import __version__ as __version__

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

logging.getLogger("socharm").addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    if name in __all__:
        return _load(name)
    home = "" if name.startswith("_") else home_of(name)
    hint = f"; it is socharm.{home}.{name}" if home else ""
    raise AttributeError(f"module 'socharm' has no attribute {name!r}{hint}")
