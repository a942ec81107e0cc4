"""Run a recipe: read, count, weigh, rank, draw, and write one snapshot."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import Between
from socharm._words import number_of
from socharm.assessment.check import check_assessment
from socharm.assessment.disclosing import published_about, shows_internal, store_of
from socharm.assessment.export_areas import AREAS_EXPORT, write_areas_export
from socharm.assessment.inputs import files_of
from socharm.assessment.manifest import software_versions
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.outputs import write_geopackage
from socharm.assessment.pictures import Painters, picture_orders
from socharm.assessment.published import disclosure_entry, layout_read, published_tables, with_closed_frames
from socharm.assessment.recipe_file import load_recipe, recipe_as_dict, require_recipe
from socharm.assessment.result_tables import assemble_tables
from socharm.assessment.run_steps import about_results, from_one_step, phases, take_steps
from socharm.assessment.sentences import method_sentences
from socharm.assessment.steps._step import Done, Results
from socharm.assessment.steps.order import all_steps
from socharm.assessment.words import recipe_words
from socharm.assessment.workbook import write_ranking_workbook
from socharm.errors import SocharmError, SocharmWarning
from socharm.files.chain import chain_end, chained, write_chain
from socharm.files.internal import internal_name
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.assessment import GEOPACKAGE, Assessment
from socharm.snapshot.manifest import content_id, write_manifest
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.store import RUN_LOG, build_snapshot, hash_folder
from socharm.snapshot.tables import SCHEMA_VERSION, AssessmentTables, write_tables

__all__ = ["check_assessment", "run_assessment"]

_LOGGER: Final = logging.getLogger("socharm")

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@checked
def run_assessment(
    recipe: Recipe | str | os.PathLike[str],
    *,
    unless_held: bool = False,
    workers: Annotated[int, Between(1, 256)] = 1,
    progress: Progress | None = None,
) -> Assessment:
    """Run a recipe and write one immutable snapshot into its store.

    The folder is built under a temporary name and renamed when whole: a crash, a full disk or a kill
    leaves nothing under a final name. Warnings of the steps go into the manifest and the summary.

    Parameters
    ----------
    recipe : Recipe or path
        An ``assessment.toml``, or the recipe itself.
    unless_held : bool
        Give back the snapshot of the same recipe, inputs and versions where the store holds one, and write nothing.
    workers : int
        Processes that draw the maps where there are many, this one among them; no more than the processors that it may
        use. The maps are the same bytes whatever their number. One that cannot be begun, or ends, is told of in a
        warning, and the others draw.
    progress : callable, optional
        Called as ``progress(step, number, of)`` before each step.

    Returns
    -------
    Assessment
        Read back from the snapshot.

    Raises
    ------
    SchemaError, AlignmentError, CRSError, ParameterError
        The recipe or an input is faulty; nothing was written. `check_assessment` lists every problem.
    RefusedError
        An input is unsafe, holds personal data, or asks for something misleading.
    StoreError
        The store cannot be written to.

    Notes
    -----
    The same recipe and inputs give the same bytes, but for ``manifest.json`` and ``run.log`` which hold
    times; identity is promised for the same platform, interpreter and package versions.
    """
    loaded = require_recipe(recipe) if isinstance(recipe, Recipe) else load_recipe(recipe)
    watch = _Watch(progress)
    with _gathered_warnings(watch):
        results = take_steps(loaded, watch)
        assert results is not None  # a run stops at the first fault
        about = about_results(results)
        tables = assemble_tables(results)
        files = [item.as_dict() for item in files_of(loaded, results)]
        started = dt.datetime.now(dt.UTC)
        shown, versions = recipe_as_dict(loaded), software_versions()
        identity = content_id(shown, files, versions, SCHEMA_VERSION)
        name = f"{loaded.name}-{started:%Y%m%dT%H%M%SZ}-{identity[:8]}"
        store = store_of(loaded)
        held = _held(store, identity) if unless_held else None
        if held is not None:
            return held
        layout, internal = layout_read(results), shows_internal(loaded)
        with build_snapshot(store, name) as folder:
            tables = with_closed_frames(tables, results, recipe=loaded, store=store)
            published = published_tables(tables, recipe=loaded, layout=layout, about=about, store=store)
            _write_outputs(folder, loaded, results, tables, published, watch, workers)
            log = watch.log_file(folder / RUN_LOG, marking=about.marking)
            manifest = {
                "snapshot": name,
                "schema_version": SCHEMA_VERSION,
                "content_id": identity,
                "created": f"{started:%Y-%m-%dT%H:%M:%SZ}",
                "marking": about.marking,
                "about": _about_values(about, loaded),
                "seed": loaded.assessment.seed,
                "recipe": shown,
                **_entries(results),
                "disclosure": disclosure_entry(published, internal=internal, layout=layout),
                "warnings": watch.notes,
                "log": log,
                "changes": [],
                "inputs": files,
                "versions": versions,
                "outputs": hash_folder(folder),
            }
            manifest["said"] = [sentence.as_dict() for sentence in method_sentences(loaded, manifest)]
            write_manifest(manifest, folder, store=store)
    return open_assessment(store / name)


def _held(store: Path, identity: str) -> Assessment | None:
    """The snapshot of a store that the same recipe, inputs and versions made, where it is whole."""
    for folder in sorted(store.glob(f"[!.]*-{identity[:8]}")):
        with contextlib.suppress(SocharmError):
            found = open_assessment(folder)
            if found.manifest["content_id"] == identity:
                return found
    return None


def _write_outputs(
    folder: Path,
    recipe: Recipe,
    results: Results,
    tables: AssessmentTables,
    published: PublishedTables,
    watch: _Watch,
    workers: int,
) -> None:
    watch.begin("writing tables")
    pictures = picture_orders(recipe, results, tables, published) if recipe.outputs.maps else []
    with Painters(pictures, workers) as painters:  # others draw while this process writes
        _write_files(folder, recipe, results, tables, published)
        watch.begin("drawing maps")
        if recipe.outputs.maps:
            painters.finish(folder / "maps")
    watch.begin("closing")


def _write_files(
    folder: Path, recipe: Recipe, results: Results, tables: AssessmentTables, published: PublishedTables
) -> None:
    about, internal = about_results(results), shows_internal(recipe)
    areas = from_one_step(results, lambda step: step.boundaries)
    shown = tables if internal else published.tables
    # Tables and layers are as they were counted: of closed input they must say so.
    closed = internal or not published.settings.open_input
    write_tables(tables, folder / "tables", marking=about.marking, internal=closed)
    if recipe.outputs.geopackage:
        write_geopackage(
            folder / internal_name(GEOPACKAGE, internal=closed),
            tables,
            areas,
            results=results,
            about=replace(about, internal=closed),
            period=recipe.period,
            scheme=recipe.outputs.map_classes,
        )
    if recipe.outputs.exports:
        path = folder / "exports" / internal_name(AREAS_EXPORT, internal=internal)
        write_areas_export(path, shown, areas, marking=replace(about, internal=internal).shown_marking)
    if recipe.outputs.workbook:
        told = replace(about, internal=True) if internal else published_about(about, published)
        path = folder / internal_name("ranking.xlsx", internal=internal)
        write_ranking_workbook(path, shown, recipe=recipe, about=told, period=recipe.period)


def _about_values(about: About, recipe: Recipe) -> dict[str, Any]:
    return {
        "period": list(recipe.assessment.period),
        "boundary_year": about.boundary_year,
        "unit": about.unit,
        "sources": list(about.sources),
        "coverage": about.coverage,
    }


def _entries(results: Results) -> dict[str, Any]:
    """What the steps add to the manifest."""
    made = [step.entries(results) for step in all_steps() if step.entries is not None]
    return {name: value for entries in made for name, value in entries.items()}


@dataclass
class _Watch:
    """Progress, notes and timings of a run; the log holds no place, path or user."""

    progress: Progress | None
    notes: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.perf_counter)

    def begin(self, what: str) -> None:
        """A new part of the work begins."""
        elapsed = time.perf_counter() - self.begun
        self.lines.append(f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ} INFO {what} (after {elapsed:.1f} s)")
        _LOGGER.info("%s", what)
        if self.progress is not None:
            known = phases()
            self.progress(what, known.index(what) + 1, len(known))

    def take(self, section: str, work: Callable[[], T]) -> Done[T] | None:
        """Do a step; its error leaves in the words of the recipe."""
        with recipe_words(section):
            return Done(work())

    def log_file(self, path: Path, *, marking: str) -> dict[str, Any]:
        """Write the log, each line with the hash of the one before; what the manifest says of it."""
        if self.notes:
            self.lines.append(
                f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ} WARNING {number_of(len(self.notes), 'warning')}"
            )
        lines = chained([marking, *self.lines])
        write_chain(lines, path)
        return chain_end(lines)


@contextlib.contextmanager
def _gathered_warnings(watch: _Watch) -> Iterator[None]:
    """Keep our own warnings for the manifest; others go their way."""
    shown = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, SocharmWarning):
            text = str(message)
            if text not in watch.notes:
                watch.notes.append(text)
        else:
            shown(message, category, *rest, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", SocharmWarning)
        warnings.showwarning = show
        yield
