"""What a session may have set elsewhere and what must not change a number: numpy's errors, pandas' kinds of text."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, Final

__all__ = ["default_options"]

#: Options of pandas that change what a computation returns, with the values it is written for.
_OPTIONS: Final = {
    "future.distinguish_nan_and_na": False,
    "future.python_scalars": False,
    "mode.string_storage": "auto",
}
_TEXT: Final = "future.infer_string"
_INSIDE: Final[ContextVar[bool]] = ContextVar("socharm_inside", default=False)


@contextmanager
def default_options() -> Iterator[None]:
    """Numpy warns and pandas infers text as they do by default; what the session set comes back afterwards.

    Examples
    --------
    >>> import numpy as np
    >>> with np.errstate(all="raise"), default_options():
    ...     print(np.geterr()["invalid"])
    warn
    """
    if _INSIDE.get():
        yield
        return
    import numpy as np

    token = _INSIDE.set(True)
    try:
        with ExitStack() as stack:
            stack.enter_context(np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
            if changed := _changed_options():
                stack.enter_context(_pandas_options(changed))
            yield
    finally:
        _INSIDE.reset(token)


@functools.cache
def _known_options() -> dict[str, Any]:
    import pandas as pd

    found = {}
    for name, value in _OPTIONS.items():
        try:
            pd.get_option(name)
        except pd.errors.OptionError:  # an option of another version
            continue
        found[name] = value
    return found


def _changed_options() -> dict[str, Any]:
    """Options that differ from what computations are written for; asking for the one of text warns, so it is tried."""
    import pandas as pd

    changed = {name: value for name, value in _known_options().items() if pd.get_option(name) != value}
    if pd.__version__ >= "3" and pd.Index(["a"]).dtype == object:
        changed[_TEXT] = True
    return changed


@contextmanager
def _pandas_options(changed: dict[str, Any]) -> Iterator[None]:
    import pandas as pd

    options = pd.option_context(*[part for pair in changed.items() for part in pair])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the option, which the session set
        options.__enter__()
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options.__exit__(None, None, None)
