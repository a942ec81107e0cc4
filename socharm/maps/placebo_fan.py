"""A site among placebo sites: how far each was from what was to be expected, period by period."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from socharm._arguments import checked
from socharm._words import number_of
from socharm.evaluation.change_words import LEAST_FOR_95, as_extreme_words, change_words
from socharm.evaluation.effect_words import p_words
from socharm.evaluation.placebo_test import PlaceboTest
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.period_axis import START_NOTE, mark_start, name_changes, name_periods, run_words
from socharm.maps.style import styled

__all__ = ["plot_placebo_fan"]

_SITE, _BAND, _EACH = "#a62a3f", "#c3daee", "#8f8f8f"
#: Lines of placebo sites beyond which they would hide each other: then the first so many are drawn, all in the band.
_MOST: Final = 200


@checked
@styled
def plot_placebo_fan(test: PlaceboTest, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """What a site had over what was to be expected, by period, among sites where nothing was done.

    Parameters
    ----------
    test : PlaceboTest
        From `socharm.evaluation.placebo_test`.
    title : str, optional
    ax : Axes, optional

    Returns
    -------
    Axes
        Gaps as shares of each site's own mean before the start. The band holds the middle 95% of all placebo sites in
        each period, and all of them where fewer than 19 have no middle 95%; of more than 200 the first 200 have a line.
        Nothing is computed, saved or shown.
    """
    series, fan, found = test.series, test.fan, test.findings
    periods = [str(period) for period in series.index]
    at = np.arange(len(periods))
    ax = open_axes(ax, width=9.0, height=5.4)
    lines = fan.head(_MOST).to_numpy(dtype=float)
    ax.add_collection(
        LineCollection([np.column_stack([at, line]) for line in lines], colors=_EACH, linewidths=0.5, alpha=0.35)
    )
    low, high, held = _band(test)
    ax.fill_between(at, low, high, color=_BAND, alpha=0.75, linewidth=0, zorder=0.5)
    gap = series["gap"].to_numpy(dtype=float)
    ax.plot(at, gap, color=_SITE, linewidth=2.4, marker="o", ms=5, mec="white", mew=0.7, zorder=4)
    ends = np.concatenate([low, high, gap])
    room = 1.25 * float(np.nanmax(np.abs(ends[np.isfinite(ends)]), initial=0.05))
    ax.set_ylim(-room, room)
    name_periods(ax, periods)
    name_changes(ax, "Recorded less expected, as a share of\nthe site's own mean before the start", ratio=False)
    mark_start(ax, found.periods_before - 0.5)
    drawn = f", the first {_MOST} of {len(fan):,}" if len(fan) > _MOST else ""
    handles = [
        Line2D([], [], color=_SITE, linewidth=2.4, marker="o", ms=5, mec="white", label="the site"),
        Line2D([], [], color=_EACH, linewidth=0.9, label=f"placebo sites{drawn}"),
        Patch(facecolor=_BAND, label=f"{held} {number_of(len(fan), 'placebo site')}"),
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=10)
    unit = f"Unit: {test.about.unit}. " if test.about.unit else ""
    beyond = int((np.abs(lines) > room).any(axis=1).sum())
    cut = f" {number_of(beyond, 'placebo site goes', 'placebo sites go')} beyond the picture." if beyond else ""
    heading = Heading(title or _finding(test), run_words(periods[0], periods[-1]))
    notes = [f"{unit}{START_NOTE}{cut} {test.sentence}"]
    return add_furniture(ax, about=test.about, title=heading, notes=notes, below=30.0)


def _band(test: PlaceboTest) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], str]:
    """Ends of the band in each period, and what of the placebo sites it holds."""
    if len(test.fan) < LEAST_FOR_95:
        gaps = test.fan.to_numpy(dtype=float)
        return np.nanmin(gaps, axis=0), np.nanmax(gaps, axis=0), "all"
    low, high = (test.series[end].to_numpy(dtype=float) for end in ("low_95", "high_95"))
    return low, high, "middle 95% of"


def _finding(test: PlaceboTest) -> str:
    found = test.findings
    change = change_words(found.observed, found.expected)
    told = "as expected" if change == "no difference" else change if found.change is None else f"{change} than expected"
    sites = f"{found.as_extreme:,} of {number_of(found.placebos, 'placebo site')}"
    return f"The site had {told}; {sites} {as_extreme_words(test.settings.alternative)} ({p_words(found.p)})"
