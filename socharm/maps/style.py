"""Pictures look the same on every machine: drawn under matplotlib's own defaults and ours, never under the user's."""

from __future__ import annotations

import functools
import threading
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from socharm._typeface import TYPEFACE, typeface_files

__all__ = ["STYLE", "dots_per_inch", "drawn_text", "measuring_renderer", "our_style", "styled"]

_P = ParamSpec("_P")
_A = TypeVar("_A", bound=Axes | Figure)

#: What differs from matplotlib's defaults. ``$`` in a name is a dollar sign, never mathematics.
STYLE: Final[dict[Any, Any]] = {
    "figure.dpi": 100.0,
    "figure.facecolor": "white",
    "font.family": [TYPEFACE, "DejaVu Sans"],  # the second for signs that the first lacks
    "savefig.facecolor": "white",
    "text.parse_math": False,
    "text.usetex": False,
}
#: What belongs to the session and not to the picture.
_SESSION: Final = frozenset(
    {"backend", "backend_fallback", "date.epoch", "docstring.hardcopy", "figure.max_open_warning", "interactive"}
    | {"savefig.directory", "toolbar", "tk.window_focus"}
    | {name for name in mpl.rcParamsDefault if name.startswith(("webagg.", "keymap."))}
)
#: Letters of one line, and of one text; longer ones are cut, for no picture is wide enough.
_LINE, _TEXT = 240, 4_000
#: Settings of matplotlib by which letters are fitted to the dots.
_FITTED: Final = ("text.hinting", "text.hinting_factor")
#: Sizes of words that a renderer remembers.
_REMEMBERED: Final = 20_000
#: Settings of matplotlib are those of the whole process: one picture at a time changes them.
_LOCK: Final = threading.RLock()


#: Dots per inch that figures are laid out with.
_DOTS: Final[ContextVar[float]] = ContextVar("dots per inch", default=STYLE["figure.dpi"])


@contextmanager
def dots_per_inch(dots: float) -> Iterator[None]:
    """New figures are laid out with the dots per inch that they will be saved with: words are measured once.

    Parameters
    ----------
    dots : float
    """
    before = _DOTS.set(dots)
    try:
        yield
    finally:
        _DOTS.reset(before)


class _Measuring(RendererAgg):
    """Draws nothing, and measures each word once: a size is asked for when a page is laid out, fitted and drawn."""

    def __init__(self, dpi: float) -> None:
        super().__init__(8, 8, dpi)  # type: ignore[no-untyped-call]
        self._sizes: dict[tuple[Any, ...], tuple[float, float, float]] = {}

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Width, height and descent of a text of one line, in dots."""
        # How a letter is fitted to the dots is a setting of matplotlib, which a session may change in between.
        key = s, hash(prop), ismath, self.dpi, *(dict.get(mpl.rcParams, name) for name in _FITTED)
        found = self._sizes.get(key)
        if found is None:
            if len(self._sizes) >= _REMEMBERED:
                self._sizes.clear()
            found = super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]
            self._sizes[key] = found
        return found


@functools.cache
def measuring_renderer(dpi: float) -> RendererAgg:
    """A renderer to measure with, one for each `dpi`; it remembers the sizes of words.

    Parameters
    ----------
    dpi : float

    Returns
    -------
    RendererAgg
    """
    return _Measuring(dpi)


@contextmanager
def our_style() -> Iterator[None]:
    """Matplotlib's settings are its defaults and ours inside the block, and what they were afterwards.

    Examples
    --------
    >>> mpl.rcParams["font.size"] = 30.0
    >>> with our_style():
    ...     print(mpl.rcParams["font.size"])
    10.0
    >>> mpl.rcParams["font.size"] = mpl.rcParamsDefault["font.size"]
    """
    with _LOCK, mpl.rc_context(), warnings.catch_warnings():
        _bring_typeface()
        # A name in another script than ours is drawn with boxes for its letters; the table has it in full.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font", category=UserWarning)
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support", category=UserWarning)
        for name, value in dict.items(mpl.rcParamsDefault):
            if name not in _SESSION:
                dict.__setitem__(mpl.rcParams, name, value)
        mpl.rcParams.update(STYLE | {"figure.dpi": _DOTS.get()})
        yield


@functools.cache
def _bring_typeface() -> None:
    """Tell matplotlib of our own files, once; what it knew stays known."""
    for path in typeface_files():
        font_manager.fontManager.addfont(path)


def drawn_text(text: str) -> str:
    """A text as it is drawn: without control characters and turned directions, cut where it is endless.

    Examples
    --------
    >>> drawn_text("Old\\x07 Trafford\\u202e")
    'Old Trafford'
    """
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    lines = [line if len(line) <= _LINE else f"{line[:_LINE]}…" for line in kept[: _TEXT + 1].split("\n")]
    return "\n".join(lines)[:_TEXT]


def styled(plot: Callable[_P, _A]) -> Callable[_P, _A]:
    """Draw under our own settings, with every text as it stands.

    Parameters
    ----------
    plot : callable
        A function that returns axes or a figure.

    Returns
    -------
    callable
        The same function.
    """

    @functools.wraps(plot)
    def drawn(*args: _P.args, **kwargs: _P.kwargs) -> _A:
        with our_style():
            made = plot(*args, **kwargs)
            for text in made.findobj(Text):
                assert isinstance(text, Text)
                text.set_usetex(False)
                text.set_parse_math(False)
                if (plain := drawn_text(text.get_text())) != text.get_text():
                    text.set_text(plain)
            return made

    return drawn
