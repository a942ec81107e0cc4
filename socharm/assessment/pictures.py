"""The maps of a snapshot, as PNG files, drawn by one process or by several."""

from __future__ import annotations

import dataclasses
import os
import threading
import warnings
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

import geopandas as gpd

from socharm._columns import NAME
from socharm._record import Record
from socharm.assessment.disclosing import shows_internal
from socharm.assessment.drawing import Drawn, PictureOrder, ask, drawn
from socharm.assessment.own_process import begin_process, close_process
from socharm.assessment.run_steps import from_one_step
from socharm.assessment.steps._step import Drawing, Results, Step
from socharm.assessment.steps.order import all_steps
from socharm.errors import SocharmWarning
from socharm.files.atomic import atomic_write
from socharm.files.internal import internal_name
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.centres import centres_of, marked_names
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.tables import AssessmentTables

__all__ = ["Painters", "picture_orders"]

#: Pictures, and areas on one, from which another process ends sooner than this one alone (`benchmarks/bench_run.py`).
_MANY_PICTURES: Final = 12
_MANY_AREAS: Final = 1_000
_COMMAND: Final = ("-m", "socharm.assessment.drawing")


def picture_orders(
    recipe: Recipe, results: Results, tables: AssessmentTables, published: PublishedTables
) -> list[PictureOrder]:
    """The pictures of the steps, each where there is what it shows.

    Parameters
    ----------
    recipe : Recipe
    results : Results
    tables : AssessmentTables
        As they were counted.
    published : PublishedTables
        Where the input is not open pictures are of the records in published form, and those that would show single
        events are left out; but internal ones, which say that they are in their names and beside their marking.
    """
    internal = shows_internal(recipe)
    protected = not (internal or published.settings.open_input)
    areas = _areas(results, tables, published.tables if protected else tables)
    basemap = from_one_step(results, lambda step: step.basemap)
    drawing = Drawing(areas=areas, basemap=basemap, protected=protected, classes=recipe.outputs.map_classes)
    orders = []
    for step in all_steps():
        record = _shown(step, results[step], published if protected else None) if step.pictures else None
        if record is None:
            continue
        if internal:
            record = _internal(record)
        for picture in step.pictures:
            name = internal_name(picture.file, internal=internal)
            orders.append(PictureOrder(file=name, draw=picture.draw, record=record, drawing=drawing))
    return orders


def _areas(results: Results, tables: AssessmentTables, shown: AssessmentTables) -> gpd.GeoDataFrame:
    """The areas with the names and ranks that stand on maps; names of centres carry their mark."""
    areas = from_one_step(results, lambda step: step.boundaries)
    if NAME in areas.columns:
        areas = areas.assign(**{NAME: marked_names(areas[NAME], centres_of(tables))})
    for step in all_steps():
        if step.on_maps is not None:
            areas = areas.assign(**step.on_maps(shown).reindex(areas.index))
    return areas


def _shown(step: Step[Any], record: Any, published: PublishedTables | None) -> Any:
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


class Painters:
    """Pictures drawn by this process and by others beside it, which begin at once; none outlives the block.

    The pictures are the same bytes whoever draws them. What a process could not draw (it could not be begun, it ended,
    it met an error) is drawn here.

    Parameters
    ----------
    orders : sequence of PictureOrder
    workers : int
        Processes that draw, this one among them; no more than the processors that this one may use, and this one alone
        where there is less to draw than another takes to begin.
    """

    def __init__(self, orders: Sequence[PictureOrder], workers: int) -> None:
        self._orders = orders
        self._wanted = min(workers, _processors()) - 1 if _is_much(orders) else 0
        self._others: list[Popen[bytes]] = []
        self._threads: list[threading.Thread] = []
        self._waiting = deque(range(len(orders)))
        self._done: dict[int, Drawn] = {}
        self._lost: list[str] = []

    def __enter__(self) -> Painters:
        for _ in range(self._wanted):
            try:
                process = begin_process(*_COMMAND, text=False)
            except OSError as fault:
                self._lost.append(f"could not be begun ({type(fault).__name__})")
                continue
            self._others.append(process)
            thread = threading.Thread(target=self._ask, args=(process,))
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.clear()
        for process in self._others:
            process.terminate()
        for thread in self._threads:
            thread.join()
        for process in self._others:
            close_process(process)

    def _ask(self, process: Popen[bytes]) -> None:
        """Let one process draw while there are pictures."""
        while (number := self._next()) is not None:
            try:
                found = ask(process, self._orders[number])
            except Exception as fault:  # noqa: BLE001 - of pipes, and of whatever cannot be handed over
                self._waiting.append(number)
                self._lost.append(f"ended ({type(fault).__name__})")
                return
            self._done[number] = found

    def _next(self) -> int | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def finish(self, folder: Path) -> None:
        """Draw here what is left, and write all pictures into a new folder.

        Warnings come in the order of the pictures, whoever drew them.
        """
        self._draw_here()
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.2)  # a wait without end need not be woken by Ctrl-C
        self._draw_here()  # what came back from a process that ended
        if self._lost:
            warnings.warn(
                f"Of {self._wanted + 1} processes that draw maps, {len(self._lost)} {self._lost[0]}: drawing took "
                "longer, and the maps are the same.",
                SocharmWarning,
                stacklevel=2,
            )
        folder.mkdir()
        for number, order in enumerate(self._orders):
            found = self._done[number]
            for category, text in found.warnings:
                warnings.warn(text, category, stacklevel=2)
            if found.png is not None:
                with atomic_write(folder / order.file) as temporary:
                    temporary.write_bytes(found.png)

    def _draw_here(self) -> None:
        while (number := self._next()) is not None:
            self._done[number] = drawn(self._orders[number])


def _is_much(orders: Sequence[PictureOrder]) -> bool:
    """Whether another process is worth its beginning, which takes as long as five maps of a few hundred areas."""
    return len(orders) >= _MANY_PICTURES or any(len(order.drawing.areas) >= _MANY_AREAS for order in orders)


def _processors() -> int:
    """Those that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
