"""What stands beside the verdict of an evaluation: what selection explains, and what could have been seen."""

from __future__ import annotations

from socharm.errors import RefusedError, SocharmError
from socharm.evaluation.detectable_change import MinimumDetectableChange, minimum_detectable_change
from socharm.evaluation.evaluation_design import Design, Side
from socharm.evaluation.month_names import by_month
from socharm.evaluation.selection_guard import SelectionGuard, selection_guard

__all__ = ["detectable_of", "guard_of"]


def guard_of(side: Side, design: Design) -> SelectionGuard | str:
    """What the choice of the site explains of the first outcome; why that is not told."""
    try:
        made = selection_guard(
            side.frame, site=list(design.site), start=side.start, window=_window(side, design), seed=design.chosen.seed,
            areas=design.ground, about=side.data.about,
        )  # fmt: skip
        return by_month(made, side.months)
    except SocharmError as error:
        return str(error)


def detectable_of(side: Side, design: Design) -> MinimumDetectableChange | str:
    """The smallest fall of the first outcome that could have been seen in the months after; why that is not told."""
    try:
        # Under their months, and not numbered for a transition: seasons are told by these.
        before = side.frame.iloc[:, : side.before].set_axis(list(side.months)[: side.before], axis=1)
        return minimum_detectable_change(
            before, site=list(design.site), months=side.after, n=design.chosen.worlds, seed=design.chosen.seed,
            areas=design.ground, about=side.data.about,
        )  # fmt: skip
    except SocharmError as error:
        return str(error)


def _window(side: Side, design: Design) -> tuple[str, str] | None:
    """The months that the site was chosen on, as far as they are looked at."""
    if design.chosen.selected_on is None:
        return None
    first, last = design.chosen.selected_on
    held = [column for month, column in list(side.months.items())[: side.before] if first <= month <= last]
    if not held:
        raise RefusedError(
            f"The site was chosen on figures of {first} to {last}, which are not looked at before the start."
        )
    return held[0], held[-1]
