"""More than two snapshots of a store compared, and the folder of what people get from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from socharm.assessment.compare_snapshots import ComparisonOrder, shown_form
from socharm.assessment.comparison_folder import (
    ComparisonFolder,
    comparison_key,
    folder_of,
    held_comparison,
    save_pictures,
)
from socharm.assessment.open_snapshot import open_assessment
from socharm.errors import ParameterError
from socharm.files.atomic import atomic_folder
from socharm.publish.licences import write_sources
from socharm.rescoring.several import SeveralComparison, compare_several
from socharm.rescoring.writing import write_about, write_frames

__all__ = ["compare_several_snapshots"]

_STEPS: Final = 3


def compare_several_snapshots(
    snapshots: Sequence[Path], order: ComparisonOrder, *, progress: Callable[[str, int, int], None] | None = None
) -> ComparisonFolder:
    """Compare snapshots in order of time and write ranks, parts, summary and pictures, unless they are there already.

    Parameters
    ----------
    snapshots : sequence of Path
        Three or more, the earliest first.
    order : ComparisonOrder
        Of `written` the pictures alone are made: workbook and change report are of two assessments.
    progress : callable, optional

    Raises
    ------
    ParameterError
        The folder is there and holds something else, or areas are to be matched by a table or districts by days.
    StoreError
        A snapshot or the folder is damaged.
    SocharmError
        As of `compare_several`.
    """
    if order.change is not None or order.membership is not None:
        raise ParameterError(
            "`by` and `membership` take a table where two assessments are compared; of more, areas are those that all "
            "have by the same code. Leave them out, or compare two at a time."
        )
    told = progress or (lambda what, number, of: None)
    told("reading the snapshots", 1, _STEPS)
    opened = [shown_form(open_assessment(path), internal=order.internal) for path in snapshots]
    first, last = opened[0], opened[-1]
    between = {"between": [each.path.name for each in opened[1:-1]]}
    key = comparison_key(first, last, {**order.stated(), **between})
    target = folder_of(first, last, key) if order.to is None else Path(order.to)
    if (held := held_comparison(target, key)) is not None:
        return held
    told("comparing", 2, _STEPS)
    made = compare_several(opened, choices=order.chosen)
    told("writing", _STEPS, _STEPS)
    with atomic_folder(target) as folder:
        _write(made, folder, key=key, pictures=order.written.maps)
    return ComparisonFolder(
        path=target, new=True, summary=made.summary(), warnings=made.warnings, facts={}, not_written=[]
    )


def _write(made: SeveralComparison, folder: Path, *, key: str, pictures: bool) -> None:
    write_frames({"ranks": made.table, "parts": made.parts}, made.summary(), folder, about=made.about)
    write_sources(made.about, folder, internal=made.about.internal)
    if pictures:
        save_pictures(_pictures(made), folder / "maps", internal=made.about.internal)
    names = made.table["assessment"].drop_duplicates().tolist()
    told = {"key": key, "assessments": names, "earlier": names[0], "later": names[-1], "warnings": made.warnings}
    write_about(folder, {**told, "not_written": [], "facts": {}}, settings=made.settings, about=made.about)


def _pictures(made: SeveralComparison) -> dict[str, Callable[[], Any]]:
    from socharm.maps import plot_chained_parts, plot_rank_changes
    from socharm.maps.furniture import new_axes

    return {
        "chained-parts.png": lambda: plot_chained_parts(made, ax=new_axes()),
        "ranks.png": lambda: plot_rank_changes(made, ax=new_axes()),
    }
