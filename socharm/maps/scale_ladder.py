"""How often each area is hot on every rung: other units, shifted grids, jittered points."""

from __future__ import annotations

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import CountFrom1
from socharm._words import area_noun, number_of
from socharm.errors import ParameterError
from socharm.hotspots.areas.scale_ladder import ScaleLadder
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.names import area_names
from socharm.maps.palettes import sequential_map
from socharm.maps.style import styled

__all__ = ["plot_scale_ladder"]

#: Shares of the tries of a rung and their tones; no try and every try are told by themselves.
_CLASSES: Final = (
    (0.0, "at no try"),
    (0.5, "at half of them or fewer"),
    (1.0, "at more than half"),
    (2.0, "at every try"),
)
_CORRECTIONS: Final = {
    "bh": "false discovery rate {alpha:g} (Benjamini-Hochberg)",
    "by": "false discovery rate {alpha:g} (Benjamini-Yekutieli)",
    "none": "p at most {alpha:g}, not corrected for the number of units",
}
#: Points of the names of the rungs, which stand between heading and rows.
_ABOVE: Final = 42.0
_TONES: Final = ("#f2efe9", 0.25, 0.55, 0.92)


@checked
@styled
def plot_scale_ladder(
    ladder: ScaleLadder, *, n: CountFrom1 = 20, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """The first areas by stability: on which rungs each is hot, and how often.

    Parameters
    ----------
    ladder : ScaleLadder
    n : int
        Areas shown, of those that are hot at any try; all that are hot as such come first where stabilities are equal.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        One row per area, one column per rung; the number behind a row is its stability. Nothing is computed, saved or
        shown.

    Raises
    ------
    ParameterError
        No area is hot at any try.
    """
    some = ladder.table[ladder.table["stability"] > 0].assign(code=lambda table: table.index)
    if some.empty:
        raise ParameterError("No area is hot at any try: there is nothing to draw. `ladder.tries` says what was tried.")
    order = some.sort_values(["stability", "hot", "harm", "code"], ascending=[False, False, False, True], kind="stable")
    shown, rungs = order.head(n), ladder.rungs
    ax = open_axes(ax, width=3.2 + 1.25 * len(rungs), height=1.7 + 0.3 * len(shown))
    share = ladder.by_rung.pivot_table(index=AREA, columns="rung", values="share").reindex(
        index=shown.index, columns=rungs
    )
    for row, values in enumerate(share.to_numpy(dtype=float)):
        for column, value in enumerate(values):
            box = Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=_colour(value), edgecolor="white", lw=1.2)
            ax.add_patch(box)
    for row, (stability, hot) in enumerate(zip(shown["stability"], shown["hot"], strict=True)):
        words = f"{stability:.2f}".replace("1.00", "1")
        ax.text(len(rungs) - 0.35, row, words, va="center", size=10, weight="bold" if hot else "normal")
    ax.text(len(rungs) - 0.35, -0.75, "stability", va="bottom", size=10)
    ax.set_xticks(range(len(rungs)), [_wrapped(rung) for rung in rungs], size=10)
    ax.set_yticks(range(len(shown)), _rows(shown), size=10)
    ax.xaxis.tick_top()
    ax.set(xlim=(-0.5, len(rungs) + 0.3), ylim=(len(shown) - 0.5, -0.5))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    handles = [
        Patch(facecolor=_colour(value), edgecolor="#8a8a8a", linewidth=0.4, label=words)
        for value, words in zip((1.0, 0.75, 0.5, 0.0), reversed([words for _, words in _CLASSES]), strict=True)
    ]
    ax.legend(handles=handles, title="Hot on this rung", loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False,
              alignment="left")  # fmt: skip
    noun = area_noun(ladder.table.index)
    heading = title or _finding(ladder, noun)
    return add_furniture(
        ax, about=ladder.about, title=Heading(heading, above=_ABOVE), notes=_notes(ladder, len(order), len(shown), noun)
    )


def _colour(share: float) -> str | tuple[float, float, float, float]:
    """Colour of a share of the tries."""
    kind = 3 if share >= 1 else 2 if share > 0.5 else 1 if share > 0 else 0
    tone = _TONES[kind]
    return tone if isinstance(tone, str) else sequential_map("harm")(tone)


def _rows(shown: pd.DataFrame) -> list[str]:
    return [str(name) for name in area_names(shown)]


def _wrapped(rung: str) -> str:
    return rung.replace("hexagons of ", "hexagons\nof ")


def _finding(ladder: ScaleLadder, noun: str) -> str:
    """How many of the areas that are hot as such stay so at every try."""
    hot = ladder.table[ladder.table["hot"]]
    always = int((hot["stability"] == 1).sum())
    if hot.empty:
        return f"No {noun} is hot as such; some are in other units"
    if always == len(hot):
        which = f"The one hot {noun}" if always == 1 else f"All {always:,} hot {noun}s"
        return f"{which} stayed hot at every try"
    return f"{always:,} of the {number_of(len(hot), f'hot {noun}')} stayed hot at every try"


def _notes(ladder: ScaleLadder, hot: int, shown: int, noun: str) -> list[str]:
    settings, tries = ladder.settings, ladder.tries
    n = tries.groupby("rung", sort=False).size()
    told = "; ".join(f"{rung}: {number_of(int(k), 'try', 'tries')}" for rung, k in n.items())
    more = f" {number_of(hot - shown, f'more {noun} is', f'more {noun}s are')} hot at some try." if hot > shown else ""
    moved = f", points moved within {settings.jitter_m:g} m" if settings.jitters else ""
    held = ladder.about.held
    lies = "lie" if held == "events" else "lies"
    rule = f"Gi* of {held} per km², {_CORRECTIONS[settings.correction].format(alpha=settings.alpha)}"
    return [
        f"Hot at a try: more than {settings.share_hot:.0%} of the {noun}'s {held} {lies} in hot units, by {rule}. "
        f"Other origins of hexagons{moved}. {told}.",
        "Stability: mean over rungs of the share of tries; bold: hot as such. It is no probability: all tries share "
        f"the same crimes.{more}",
    ]
