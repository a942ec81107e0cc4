"""The maps of a snapshot, as PNG files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Final

from socharm._record import Record
from socharm.assessment.steps._step import Drawing, Results, Step
from socharm.assessment.steps.order import all_steps
from socharm.files.internal import internal_name
from socharm.publish.disclosure import PublishedTables

__all__ = ["write_maps"]

#: Dots per inch of the pictures.
_DOTS: Final = 150


def write_maps(
    folder: Path,
    results: Results,
    drawing: Drawing,
    *,
    published: PublishedTables | None = None,
    internal: bool = False,
) -> None:
    """Write the pictures of the steps, each where there is what it shows.

    Parameters
    ----------
    folder : Path
        Is made.
    results : Results
    drawing : Drawing
    published : PublishedTables, optional
        The pictures are then of the records in published form; those that would show single events are left out.
    internal : bool
        Pictures say that they are, in their names and beside their marking. No window system is used: figures are not
        registered with pyplot.
    """
    from socharm.maps.furniture import save_figure
    from socharm.maps.style import dots_per_inch

    folder.mkdir()
    for step in all_steps():
        record = _drawn(step, results[step], published) if step.pictures else None
        if record is None:
            continue
        if internal:
            record = _internal(record)
        for picture in step.pictures:
            with dots_per_inch(_DOTS):
                axes = picture.draw(record, drawing)
            if axes is not None:
                save_figure(axes, folder / internal_name(picture.file, internal=internal), dpi=_DOTS)


def _drawn(step: Step[Any], record: Any, published: PublishedTables | None) -> Any:
    """The record that pictures are drawn from; None where none is."""
    if published is None or record is None:
        return record
    return None if step.published is None else step.published(record, published)


def _internal(record: Any) -> Any:
    """A record, or a record of records, whose pictures say that they are internal."""
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        return record
    if isinstance(record, Record):
        return dataclasses.replace(record, about=dataclasses.replace(record.about, internal=True))
    inner = {part.name: _internal(getattr(record, part.name)) for part in dataclasses.fields(record)}
    return dataclasses.replace(record, **inner)
