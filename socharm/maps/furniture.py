"""What every picture carries: title, period, source, marking, and the legend beside it."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from matplotlib import patheffects
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea, VPacker
from matplotlib.transforms import Bbox, ScaledTranslation

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_positive
from socharm._constraints import CountFrom1
from socharm._version import __version__
from socharm._words import period_words
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_write
from socharm.maps.canvas import BACKEND
from socharm.maps.page_size import claim, is_ours
from socharm.maps.palettes import INK
from socharm.maps.sources import source_lines
from socharm.maps.style import measuring_renderer, our_style
from socharm.snapshot.centres import CENTRE_MARK, CENTRE_NOTE

if TYPE_CHECKING:
    from matplotlib.patheffects import AbstractPathEffect

__all__ = [
    "UNSTATED",
    "Heading",
    "add_furniture",
    "add_legend",
    "figure_bytes",
    "halo",
    "new_axes",
    "open_axes",
    "picture_texts",
    "save_figure",
    "tell_file",
    "wrapped",
]

_MOST_DOTS: Final = 1_200
#: Inches left blank around what is drawn.
_RIM: Final = 0.15
#: Points between a map and what stands beside it.
_SIDE: Final = 8.0
#: Points of the longest line of the foot.
_FOOT: Final = 760.0
#: Points that it has under a narrow picture.
_NARROW: Final = 150.0

#: Printed where a picture was made of numbers that came without an About.
UNSTATED: Final = "source and marking not stated"

# What the pictures of a figure say, so that its file says the same; forgotten with the figure.
_SHOWN: Final[WeakKeyDictionary[Figure, About]] = WeakKeyDictionary()
#: More entries of that file, such as the classes of a map.
_TOLD: Final[WeakKeyDictionary[Figure, dict[str, str]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Heading:
    """What stands over a picture.

    Parameters
    ----------
    title : str
    period : str
        The line of the period, of what has two; by default the one period of what the picture is about.
    above : float
        Points between the axes and the heading.
    """

    title: str
    period: str = ""
    above: float = 10.0


def new_axes(*, width: float = 9.0, height: float = 7.0) -> Axes:
    """Axes on a figure of its own that no window or pyplot knows of: safe in threads and long runs.

    Parameters
    ----------
    width, height : float
        In inches.

    Examples
    --------
    >>> new_axes(width=4, height=3).get_figure().get_size_inches().tolist()
    [4.0, 3.0]
    """
    require_positive(width, name="width")
    require_positive(height, name="height")
    with our_style():
        figure = Figure(figsize=(width, height))
        claim(figure)
        return figure.add_subplot()


def open_axes(ax: Axes | None, *, width: float = 9.0, height: float = 7.0) -> Axes:
    """`ax`, or new axes that a notebook shows; a figure that was made here takes the size that the picture asks for."""
    if ax is not None:
        if not isinstance(ax, Axes):
            raise ParameterError(f"`ax` is a {type(ax).__name__}; give matplotlib Axes, such as `plt.subplots()[1]`.")
        figure = ax.get_figure(root=True)
        if figure is not None and is_ours(ax):
            figure.set_size_inches(width, height)
        return ax
    import matplotlib.pyplot as plt

    with our_style():
        figure, made = plt.subplots(figsize=(width, height))
    claim(figure)
    axes: Axes = made
    return axes


def halo(width: float = 2.2) -> list[AbstractPathEffect]:
    """White edge round letters that stand on colour."""
    return [patheffects.withStroke(linewidth=width, foreground="white")]


def add_furniture(
    ax: Axes,
    *,
    about: About | None,
    title: str | Heading,
    notes: Sequence[str] = (),
    below: float = 10.0,
    width: float | None = None,
    scale: float = 1.0,
) -> Axes:
    """Put title, period, source, coverage and marking round the axes.

    Parameters
    ----------
    ax : Axes
    about : About or None
        None prints `UNSTATED` in place of source and marking.
    title : str or Heading
        Long titles are broken, never cut.
    notes : sequence of str
        Method lines for the foot.
    below : float
        Points between the axes and the foot, for tick labels and scale bars.
    width : float, optional
        Points that lines may have; the width of the axes by default.
    scale : float
        Of the letters.

    Returns
    -------
    Axes
        The same axes.
    """
    _remember(ax, about)
    ax.apply_aspect()
    for old in [child for child in ax.get_children() if getattr(child, "is_heading", False)]:
        old.remove()  # of a picture drawn on the same axes before
    head = title if isinstance(title, Heading) else Heading(title)
    if CENTRE_NOTE not in notes and (CENTRE_MARK in head.title or _shows_a_centre(ax)):
        notes = [*notes, CENTRE_NOTE]
    points = width or ax.get_window_extent().width * 72.0 / ax.figure.dpi
    large = {"size": 15 * scale, "weight": "bold", "color": INK[0]}
    heading = [TextArea(wrapped(head.title, points, 15 * scale, "bold"), textprops=large)]
    if when := head.period or _period(about):
        heading.append(TextArea(wrapped(when, points, 11 * scale), textprops={"size": 11 * scale, "color": INK[1]}))
    marking = {"size": 10.5 * scale, "weight": "bold", "color": INK[0]}
    if about is not None:
        heading.insert(0, TextArea(about.shown_marking, textprops=marking))
    _stack(ax, heading, corner="lower left", place=(0.0, 1.0), shift=head.above)
    lines = [f"{UNSTATED.capitalize()}."] if about is None else source_lines(about)
    if about is not None and about.coverage:
        lines.append(f"Coverage: {about.coverage}")
    if about is not None and about.boundary_year is not None:
        notes = [f"Boundaries of {about.boundary_year}.", *notes]
    lines.append(" ".join([*notes, f"Made with socharm {__version__}."]))
    small = {"size": 8.5 * scale, "color": INK[1]}
    across = min(max(points, _NARROW), _FOOT)
    foot = [TextArea("\n".join(wrapped(line, across, 8.5 * scale) for line in lines), textprops=small)]
    if about is not None:
        foot.append(TextArea(about.shown_marking, textprops=marking))
    _stack(ax, foot, corner="upper left", place=(0.0, 0.0), shift=-below)
    return ax


def _period(about: About | None) -> str:
    period = None if about is None else about.period
    return "" if period is None else f"Period {period_words(period.start, period.end)}"


def _shows_a_centre(ax: Axes) -> bool:
    """Whether a name on the picture carries the mark of an area where a rate per resident misleads."""
    legend = ax.get_legend()
    texts = [*ax.texts, *ax.get_yticklabels(), *([] if legend is None else legend.get_texts())]
    texts += [panel._left_title for panel in ax.child_axes]  # type: ignore[attr-defined]
    return any(CENTRE_MARK in text.get_text() for text in texts)


def _remember(ax: Axes, about: About | None) -> None:
    figure = ax.get_figure(root=True)
    if about is not None and figure is not None:
        known = _SHOWN.get(figure)
        _SHOWN[figure] = about if known is None else replace(combine_about(known, about), unit=known.unit)


def tell_file(ax: Axes, **entries: str) -> None:
    """Add text entries to the file that the figure of `ax` is saved as; those of a second map come behind."""
    figure = ax.get_figure(root=True)
    if figure is not None:
        told = _TOLD.setdefault(figure, {})
        told |= {name: f"{told[name]} | {text}" if name in told else text for name, text in entries.items()}


def picture_texts(about: About | None) -> dict[str, str]:
    """Text entries of a PNG file: software, marking, period and sources.

    Examples
    --------
    >>> picture_texts(About(marking="OFFICIAL-SENSITIVE"))["Marking"]
    'OFFICIAL-SENSITIVE'
    >>> picture_texts(None)["Marking"]
    'not stated'
    """
    return {
        "Software": f"socharm {__version__}",
        "Marking": "not stated" if about is None else about.shown_marking,
        "Period": "" if about is None else str(about.period or ""),
        "Source": "not stated" if about is None else "; ".join(about.sources),
    }


def wrapped(text: str, points: float, size: float, weight: str = "normal") -> str:
    """Text broken between words to a width, as its letters measure; each word is measured once."""
    longest = max(8, int(points / (size * 0.6)))
    words = [word[at : at + longest] for word in text.split() for at in range(0, len(word), longest)]
    blank = _measured("n n", size, weight) - _measured("nn", size, weight)
    lines: list[list[str]] = []
    wide = 0.0
    for word in words:
        own = _measured(word, size, weight)
        if lines and wide + blank + own <= points:
            lines[-1].append(word)
            wide += blank + own
        else:
            lines.append([word])
            wide = own
    return "\n".join(map(" ".join, lines)) or " "


@lru_cache(maxsize=4_096)
def _measured(word: str, size: float, weight: str) -> float:
    """Width of a word in points."""
    renderer = measuring_renderer(72)
    font = FontProperties(size=size, weight=weight)
    return float(renderer.get_text_width_height_descent(word, font, False)[0])  # type: ignore[no-untyped-call]


def _stack(ax: Axes, parts: list[TextArea], *, corner: str, place: tuple[float, float], shift: float) -> None:
    """Texts one under the other, outside the axes, whose height nobody has to know."""
    packed = VPacker(children=[*parts], align="left", pad=0, sep=4)
    figure = ax.get_figure()
    assert figure is not None  # axes that are drawn stand on a figure
    moved = ax.transAxes + ScaledTranslation(0, shift / 72.0, figure.dpi_scale_trans)
    box = AnchoredOffsetbox(
        loc=corner, child=packed, pad=0, borderpad=0, frameon=False, bbox_to_anchor=place, bbox_transform=moved
    )
    box.set_clip_on(False)
    box.set_in_layout(True)
    box.is_furniture = box.is_heading = True  # type: ignore[attr-defined]  # how pages find it again
    ax.add_artist(box)


def add_legend(
    ax: Axes, handles: Sequence[Artist], *, title: str, x: float = 1.0, down: float = 0.0, scale: float = 1.0
) -> Legend:
    """The legend of a map: its classes beside it, below a title of one line or several.

    A second map on the same axes has its legend below that of the first.

    Parameters
    ----------
    ax : Axes
    handles : sequence of Artist
    title : str
    x : float
        Where what is drawn ends, in parts of the axes.
    down : float
        Points between the upper edges of map and legend.
    scale : float
        Of the letters.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None  # axes that are drawn stand on a figure
    earlier = ax.get_legend()
    if earlier is not None:
        renderer = measuring_renderer(figure.dpi)
        lower = earlier.get_window_extent(renderer).y0
        down = (ax.get_window_extent().y1 - lower) * 72.0 / figure.dpi + 12.0
    moved = ax.transAxes + ScaledTranslation(_SIDE / 72.0, -down / 72.0, figure.dpi_scale_trans)
    legend = ax.legend(
        handles=handles,
        title=title,
        loc="upper left",
        bbox_to_anchor=(x, 1.0),
        bbox_transform=moved,
        frameon=False,
        fontsize=10 * scale,
        title_fontproperties={"size": 10 * scale, "weight": "bold"},
        alignment="left",
        handlelength=1.8,
        handleheight=1.3,
        borderaxespad=0.0,
        borderpad=0.0,
    )
    legend.set_in_layout(True)
    if earlier is not None:
        ax.add_artist(earlier)
        earlier.is_furniture = earlier.is_side = True  # type: ignore[attr-defined]
    return legend


@checked
def save_figure(ax: Axes, path: str | os.PathLike[str], *, dpi: CountFrom1 = 150) -> None:
    """Write the figure of `ax` as PNG, whole or not at all, the same bytes every time.

    The file holds what `add_furniture` drew: marking, period and sources, as text entries ``Marking``, ``Period`` and
    ``Source``; and of a choropleth its classes, as ``Classes``.

    Parameters
    ----------
    ax : Axes
    path : str or path
        Ends in ``.png``.
    dpi : int
        Dots per inch, 1,200 at most.

    Raises
    ------
    ParameterError
        The name does not end in ``.png``, or there are too many dots.
    StoreError
        The file cannot be written; nothing is left half-written.
    """
    if not str(path).lower().endswith(".png"):
        raise ParameterError(f"`path` is {str(path)!r}; pictures are written as PNG. End the name in '.png'.")
    if dpi > _MOST_DOTS:
        raise ParameterError(f"`dpi` is {dpi:,}; {_MOST_DOTS:,} is the most. 150 is for screens, 300 for print.")
    with atomic_write(path) as temporary:
        temporary.write_bytes(figure_bytes(ax, dpi))


def figure_bytes(ax: Axes, dpi: int) -> bytes:
    """The PNG that `save_figure` writes of the figure of `ax`."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ParameterError("`ax` stands on no figure. Make it with `new_axes()` or `plt.subplots()`.")
    held = io.BytesIO()
    with our_style():
        figure.savefig(
            held,
            dpi=dpi,
            format="png",
            backend=BACKEND,
            bbox_inches=_around(figure, dpi),
            metadata=picture_texts(_SHOWN.get(figure)) | _TOLD.get(figure, {}),
            pil_kwargs={"compress_level": 3},  # files of the same size as by 6, in two thirds of the time
        )
    return held.getvalue()


def _around(figure: Figure, dpi: int) -> Bbox:
    """The box that holds all that is drawn, in inches, with a rim; measured, not drawn.

    ``bbox_inches="tight"`` draws the whole figure a first time only to measure it.
    """
    set_before = figure.dpi
    figure.set_dpi(dpi)
    try:
        box = figure.get_tightbbox(measuring_renderer(dpi))
    finally:
        figure.set_dpi(set_before)
    return box.padded(_RIM)
