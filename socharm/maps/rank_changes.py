"""Ranks from one assessment to the next: who stayed among the first, who entered and who left, with rank intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import cell_kind, require_columns, require_unique
from socharm._columns import NAME, RANK
from socharm._constraints import Between
from socharm._words import number_of, rank_span
from socharm.errors import ParameterError, SchemaError
from socharm.maps.compared import FELL, ROSE, STAYED, about_and_warnings, against_words, span_lines
from socharm.maps.furniture import Heading, add_furniture, open_axes
from socharm.maps.names import area_names
from socharm.maps.palettes import INK
from socharm.maps.style import styled
from socharm.rescoring.comparison import Comparison
from socharm.rescoring.mobility import BY_UNDERLYING_ALIKE, RANKED_BY
from socharm.rescoring.several import SeveralComparison

__all__ = ["plot_rank_changes"]

_ENDS: Final = ("rank_low_90", "rank_high_90")
#: Areas of the top that one picture has room for.
_MOST: Final = 30
#: Colour, dash and marker of each way to move, and what the key calls it.
_WAYS: Final[dict[str, tuple[str, Any, str, str]]] = {
    "stayed": (STAYED, "-", "o", "stayed in the first {k}"),
    "entered": (ROSE, "--", "^", "entered the first {k}"),
    "left": (FELL, (0, (1, 1)), "v", "left the first {k}"),
    "between": ("#7a5c00", "-.", "D", "in the first {k} only in between"),
    "unranked": ("#4a4a4a", (0, (5, 3)), "s", "no rank in the first or the last"),
}
#: Ranks behind the first ones take so much less room.
_SQUEEZE: Final = 0.45
#: Points that a name takes, between names and columns, and of the picture beside the columns.
_LINE, _GAP, _BESIDE = 13.2, 22.0, 110.0
#: Entries of the key that stand in a row.
_ACROSS: Final = 3
#: Part of a figure that its axes take.
_INSIDE: Final = 0.77


@dataclass(frozen=True, eq=False)
class _Ranks:
    """What is drawn: areas by assessments."""

    rank: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    names: pd.Series
    ways: pd.Series


@checked
@styled
def plot_rank_changes(
    ranks: Comparison | SeveralComparison | Mapping[str, pd.DataFrame],
    *,
    k: Annotated[int, Between(1, _MOST)] = 10,
    title: str | None = None,
    about: About | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Ranks of the first areas from one assessment to the next, with their 90% intervals.

    Parameters
    ----------
    ranks : Comparison, SeveralComparison or mapping of str to DataFrame
        What is compared; or tables of ranks by the name of their assessment, two or more in order of time: index
        ``area_code``; ``rank``, and where present ``rank_low_90``, ``rank_high_90`` and ``name``, as of `Ranking`.
    k : int
        Areas of the top, at most 30: whoever is among the first so many in any assessment is drawn.
    title : str, optional
    about : About, optional
        For tables: period, sources, unit, marking. Without it the picture says they were not stated.
    ax : Axes, optional

    Returns
    -------
    Axes
        One column for each assessment, one line for each area; ranks behind the first ones stand closer together. An
        area without a rank in an assessment has a gap there; without one in the first or the last it neither stayed,
        entered nor left, and is named apart. Nothing is computed, saved or shown.

    Raises
    ------
    ParameterError
        Fewer than two tables, no area has a rank, or an `about` for what has its own.
    SchemaError
        A table has no ranks, or an interval that ends before it begins.
    """
    heads, tables = _tables(ranks)
    made = _chosen(tables, int(k))
    furthest = float(np.nanmax([k + 1.0, *made.rank.to_numpy().ravel()])) * 1.04
    lines = max(float(_height(furthest, int(k))), len(made.rank)) + 1
    ax = open_axes(ax, width=7.4, height=lines * _LINE / 72 / _INSIDE)
    _set_scale(ax, furthest, int(k), heads)
    _draw(ax, made)
    _write_names(ax, made, int(k))
    below = _add_key(ax, made, int(k))
    wide = ax.get_window_extent().width * 72 / ax.figure.dpi + _BESIDE
    warned: list[str] = []
    if isinstance(ranks, (Comparison, SeveralComparison)):
        if about is not None:
            raise ParameterError("`about` is for tables of ranks; a comparison has its own. Leave it out.")
        about, warned = about_and_warnings(ranks)
    period = against_words(ranks.periods) if isinstance(ranks, Comparison) else ""
    if isinstance(ranks, Comparison):
        warned += _unmatched(ranks)
    else:
        about = about and replace(about, period=None)  # the columns have their own
    notes = [
        *warned,
        "Ranks of the underlying rate, 1 the highest, as each assessment has them; in brackets their 90% intervals; "
        f"lines between assessments guide the eye. Ranks behind {int(k):,} stand closer together.",
    ]
    return add_furniture(
        ax, about=about, title=Heading(title or _finding(made, int(k), ranks), period, _above(heads)), notes=notes,
        below=below, width=wide,
    )  # fmt: skip


def _tables(ranks: Comparison | SeveralComparison | Mapping[str, pd.DataFrame]) -> tuple[list[str], list[pd.DataFrame]]:
    """What stands over each column, and its table of ranks."""
    if isinstance(ranks, Comparison):
        parts = {
            which: ranks.table[[NAME, *(f"rank_{which}{end}" for end in ("", "_low_90", "_high_90"))]]
            for which in ("earlier", "later")
        }
        tables = [part.set_axis([NAME, RANK, *_ENDS], axis=1) for part in parts.values()]
        return [span_lines(period) for period in ranks.periods], tables
    if isinstance(ranks, SeveralComparison):
        return [span_lines(period) for period in ranks.periods], list(ranks.rank_tables.values())
    if len(ranks) < 2:
        raise ParameterError(f"`ranks` holds {number_of(len(ranks), 'table')}; a change is told of two at least.")
    return list(map(str, ranks)), [_table(table, f"ranks[{name!r}]") for name, table in ranks.items()]


def _table(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """One table of ranks with its codes as text, after a look at its ranks."""
    require_columns(table, [RANK], name=name)
    coded = table.set_axis(table.index.map(str))
    require_unique(coded.index, name=name)
    for column in [one for one in (RANK, *_ENDS) if one in coded]:
        numbers = pd.to_numeric(coded[column], errors="coerce").astype(float)
        bad = (numbers.isna() & coded[column].notna()) | (numbers < 1) | np.isinf(numbers)
        if bad.any():
            raise SchemaError(
                f"`{name}` holds {cell_kind(coded[column][bad].iloc[0])} in the column {column!r}, which is no rank. "
                "Give numbers from 1 on, missing where there is none."
            )
    if set(_ENDS) <= set(coded.columns):
        low, high = (pd.to_numeric(coded[end]).astype(float) for end in _ENDS)
        if (turned := (low > high)).any():
            raise SchemaError(
                f"`{name}` holds {number_of(int(turned.sum()), 'interval')} whose {_ENDS[0]!r} is above "
                f"{_ENDS[1]!r}, such as that of {str(turned.index[turned][0])!r}. Swap the two columns."
            )
    return coded


def _chosen(tables: list[pd.DataFrame], k: int) -> _Ranks:
    """Areas that are among the first in any table, in the order of the last one that has them."""

    def column(name: str) -> pd.DataFrame:
        parts = [pd.to_numeric(table[name], errors="coerce") if name in table else pd.Series(dtype=float)
                 for table in tables]  # fmt: skip
        return pd.concat([part.astype(float).rename(i) for i, part in enumerate(parts)], axis=1)

    rank = column(RANK)
    rank = rank[(rank <= k).any(axis=1)]
    if not len(rank):
        raise ParameterError("No area has a rank in any of the assessments, so that there is nothing to draw.")
    order = rank.ffill(axis=1).iloc[:, -1].sort_index().sort_values(kind="stable").index
    rank = rank.loc[order]
    names = pd.Series(index=order, dtype="object")
    for table in tables:
        names = area_names(table).reindex(order).combine_first(names)
    ends = rank[[rank.columns[0], rank.columns[-1]]]
    first, last = (ends[place] <= k for place in ends.columns)
    # Who has no rank at one end may have been anywhere there: that is no move.
    ways = np.select(
        [ends.isna().any(axis=1), first & last, ~first & last, first & ~last],
        ["unranked", "stayed", "entered", "left"],
        "between",
    )
    low, high = (column(end).reindex(order) for end in _ENDS)
    return _Ranks(rank, low, high, names, pd.Series(ways, index=order))


def _height(rank: Any, k: int) -> NDArray[np.float64]:
    """Where a rank stands: in equal steps down to `k`, closer and closer behind it."""
    rank = np.asarray(rank, dtype=float)
    behind = k + _SQUEEZE * k * np.log(np.maximum(rank, k) / k)
    return np.asarray(np.where(rank > k, behind, rank))


def _rank_at(height: Any, k: int) -> NDArray[np.float64]:
    height = np.asarray(height, dtype=float)
    return np.asarray(np.where(height > k, k * np.exp(np.clip(height - k, 0, 50 * k) / (_SQUEEZE * k)), height))


def _set_scale(ax: Axes, furthest: float, k: int, heads: list[str]) -> None:
    ax.set_yscale("function", functions=(lambda rank: _height(rank, k), lambda height: _rank_at(height, k)))
    ax.set_ylim(furthest, 0.3)
    ax.set_xlim(-0.12, len(heads) - 0.88)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(NullLocator())
    ax.set_xticks(range(len(heads)), heads, fontsize=10.5, weight="bold")
    ax.xaxis.tick_top()
    ax.tick_params(length=0, colors=INK[0], pad=9)
    ax.spines[:].set_visible(False)
    ax.hlines(k + 0.5, 0, len(heads) - 1, color="#7a7a7a", linewidth=0.9, linestyle=":", zorder=1)


def _draw(ax: Axes, made: _Ranks) -> None:
    places = np.arange(made.rank.shape[1])
    for code in made.rank.index:
        colour, dash, marker, _ = _WAYS[made.ways[code]]
        rank = made.rank.loc[code].to_numpy(dtype=float)
        ax.plot(places, rank, color=colour, ls=dash, lw=1.7, marker=marker, ms=5, zorder=4, label=str(made.names[code]))


def _write_names(ax: Axes, made: _Ranks, k: int) -> None:
    """Rank and name beside the first and the last column; names keep apart, with a leader to their place."""
    for place, side, towards in ((0, "right", -1), (made.rank.shape[1] - 1, "left", 1)):
        ranks = made.rank.iloc[:, place].dropna().sort_values(kind="stable")
        wanted = _on_paper(ax, ranks.to_numpy())
        spread = _apart(wanted)
        for code, rank, at, own in zip(map(str, ranks.index), ranks, spread, wanted, strict=True):
            colour = _WAYS[made.ways[code]][0]
            ax.annotate(
                f"{int(rank)}  {_named(made, code, place)}" if side == "left"
                else f"{_named(made, code, place)}  {int(rank)}",
                (place, rank), xytext=(towards * _GAP, at - own), textcoords="offset points", ha=side, va="center",
                size=9.5, color=INK[0], annotation_clip=False, zorder=5,
                arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 1, "shrinkB": 4,
                            "relpos": (0.0 if side == "left" else 1.0, 0.5)},
            )  # fmt: skip


def _named(made: _Ranks, code: str, place: int) -> str:
    """A name with the interval of its rank in brackets: bars beside a column would hide whose they are."""
    low, high = (float(table.loc[[code]].to_numpy()[0, place]) for table in (made.low, made.high))
    ends = f" ({rank_span(f'{low:.0f}', f'{high:.0f}')})" if np.isfinite([low, high]).all() else ""
    return f"{made.names[code]}{ends}"


def _on_paper(ax: Axes, ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of ranks in points."""
    points = ax.transData.transform(np.column_stack([np.zeros(len(ranks)), ranks]))[:, 1]
    return np.asarray(points * 72.0 / ax.figure.dpi)


def _apart(heights: NDArray[np.float64], least: float = _LINE) -> NDArray[np.float64]:
    """Heights, from the top down, moved as little as it takes to stand `least` points apart.

    Notes
    -----
    Neighbours that are too close are joined, and a joined run stands round the mean of its places.
    """
    runs: list[tuple[list[float], float]] = []
    for height in heights:
        members = [float(height)]
        middle = float(height)
        while runs and runs[-1][1] - middle < least * (len(runs[-1][0]) + len(members)) / 2:
            members = runs.pop()[0] + members
            middle = float(np.mean(members))
        runs.append((members, middle))
    return np.concatenate(
        [middle + least * ((len(members) - 1) / 2 - np.arange(len(members))) for members, middle in runs]
    )


def _above(heads: list[str]) -> float:
    """Points that the heads of the columns take."""
    return 18.0 + 14.0 * max(head.count("\n") + 1 for head in heads)


def _add_key(ax: Axes, made: _Ranks, k: int) -> float:
    """The key under the columns; the points that it takes."""
    handles: list[Any] = []
    for way, (colour, dash, marker, text) in _WAYS.items():
        number = int((made.ways == way).sum())
        if number:
            label = f"{text.format(k=k)}  ({number:,})"
            handles.append(Line2D([], [], color=colour, ls=dash, lw=1.7, marker=marker, ms=5, label=label))
    below = ax.transAxes + ScaledTranslation(0, -4 / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=below, frameon=False,
        fontsize=9.5, ncols=_ACROSS, handlelength=2.6, columnspacing=1.2, borderaxespad=0.0,
    )  # fmt: skip
    return 18.0 + 17.0 * -(-len(handles) // _ACROSS)


def _unmatched(comparison: Comparison) -> list[str]:
    """Who is on no line, since only one of the two has it."""
    lost = len(comparison.unmatched)
    return (
        [f"{number_of(lost, 'area')} of only one assessment {'is' if lost == 1 else 'are'} not drawn."] if lost else []
    )


def _finding(made: _Ranks, k: int, ranks: object) -> str:
    """How many of the first stayed, entered and left; those of two on other terms are said to be as assessed."""
    alike = isinstance(ranks, Comparison) and BY_UNDERLYING_ALIKE in set(ranks.mobility.tops[RANKED_BY])
    by = "As assessed, by" if alike else "By"
    stayed, entered, left, none = (int((made.ways == way).sum()) for way in ("stayed", "entered", "left", "unranked"))
    if not entered and not left and not none:
        return f"The first {number_of(stayed, 'area')} stayed the same" if stayed != 1 else "The first area stayed"
    told = (
        [f"{stayed:,} of the first {stayed + left:,}{' with both ranks' if none else ''} stayed"]
        if stayed + left
        else []
    )
    told += [f"{entered:,} entered"]
    told += [f"{none:,} without a rank in the first or the last"] if none else []
    return f"{by} rank of the underlying rate {'; '.join(told)}"
