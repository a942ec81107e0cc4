"""What one part of an assessment is: what it needs, how it runs, and everything that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import geopandas as gpd
import pandas as pd

from socharm._about import About
from socharm._columns import NAME, RANK
from socharm._settings import Settings
from socharm.assessment.layer_looks import LayerLook
from socharm.publish.disclosure import PublishedTables
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import TableSpec

__all__ = [
    "Context",
    "Done",
    "Drawing",
    "PartFailedError",
    "Picture",
    "ReadFile",
    "Results",
    "Section",
    "Step",
    "Taker",
    "UNMATCHED",
    "take_each",
]

T = TypeVar("T")

#: Share of codes that do not meet, or of months that are not there, from which a check calls it a problem.
UNMATCHED: Final = 0.05


@dataclass(frozen=True, eq=False)
class Done(Generic[T]):
    """What a step gave."""

    value: T


class Taker(Protocol):
    """Who takes the steps: a run stops at the first fault, a check goes on with those that do not need the faulty."""

    def begin(self, what: str) -> None:
        """A new part of the work begins."""

    def take(self, section: str, work: Callable[[], T]) -> Done[T] | None:
        """Do one thing for a section of the recipe; None where it failed and its fault was kept."""


class Results:
    """What the steps of an assessment gave, by step."""

    def __init__(self, done: Mapping[str, Any]) -> None:
        self._done = dict(done)

    def __getitem__(self, step: Step[T]) -> T:
        """What a step gave, which later ones need."""
        found: T = self._done[step.name]
        return found

    def __contains__(self, step: Step[Any]) -> bool:
        return step.name in self._done


@dataclass(frozen=True, eq=False)
class Context:
    """What a step runs on.

    Attributes
    ----------
    recipe : Recipe
        With few draws and permutations in a rehearsal.
    stated : Recipe
        As it was written.
    results : Results
        Of the steps before.
    taker : Taker
        For a step that takes its parts one by one.
    words : callable
        Lets errors that leave the block speak of a table inside a section.
    """

    recipe: Recipe
    stated: Recipe
    results: Results
    taker: Taker
    words: Callable[[str], AbstractContextManager[None]]

    def __getitem__(self, step: Step[T]) -> T:
        return self.results[step]


class PartFailedError(Exception):
    """A part of a step failed, and its fault was kept already."""


def take_each(context: Context, parts: Iterable[tuple[str, Callable[[], T]]]) -> list[T]:
    """Take the parts of a step one by one, each for its place in the recipe, so that the faults of all are told.

    Raises
    ------
    PartFailedError
        One of them failed, and the taker went on.
    """
    taken = [context.taker.take(place, work) for place, work in parts]
    whole = [done.value for done in taken if done is not None]
    if len(whole) < len(taken):
        raise PartFailedError
    return whole


@dataclass(frozen=True, kw_only=True)
class Section:
    """Where a step's settings stand in the recipe.

    Parameters
    ----------
    key : str
        Name of the section.
    kind : type
        Record of settings that the section is.
    says : str
        What it is, in one line of the commented recipe.
    place : int
        Sections of a recipe stand in this order.
    required, optional, many : bool
        Whether a recipe must have it, may leave it out (there is none then), may have several: ``[[key]]``.
    taken_without : bool
        Whether the step is taken where the recipe leaves it out.
    usual : mapping
        Defaults of its keys that differ from those of the record.
    earlier_keys : mapping
        Keys by their names in earlier versions.
    rehearsed : callable, optional
        The settings with few draws and permutations: what would stop a run stops these too, in seconds.
    noted : bool
        Whether its warnings are notes of a check; not where few draws and permutations give warnings of their own.
    faults : callable, optional
        What is wrong with a recipe in this section beside others, each beginning with its place.
    arguments : mapping
        Arguments of functions whose key has another name, or stands in another section, in messages of its step: the
        argument to the key with its section. Those of a table inside it stand behind its name: ``best_fit.x``.
    subjects : mapping
        The same of what a message names as its subject, as ```path```: to the key alone.
    means : mapping
        Arguments that mean this section in messages of every step.
    """

    key: str
    kind: type[Settings]
    says: str = ""
    place: int = 800
    required: bool = False
    optional: bool = False
    many: bool = False
    taken_without: bool = False
    usual: Mapping[str, Any] = field(default_factory=dict)
    earlier_keys: Mapping[str, str] = field(default_factory=dict)
    rehearsed: Callable[[Any], Any] | None = None
    noted: bool = True
    faults: Callable[[Recipe], Iterable[str]] | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    means: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """A file that a step read: its role in the manifest, its path as the recipe states it, the account of its rows."""

    role: str
    path: str
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """What pictures are drawn on.

    Attributes
    ----------
    areas : GeoDataFrame
    basemap : str or None
    protected : bool
        Whether the records are in published form.
    classes : str
        How the classes of a map of rates are chosen.
    """

    areas: gpd.GeoDataFrame
    basemap: str | None
    protected: bool
    classes: str

    def names_for(self, table: pd.DataFrame) -> dict[str, pd.Series]:
        """The column of names of a table by area, as they stand on the maps."""
        if NAME not in self.areas.columns or NAME not in table.columns:
            return {}
        return {NAME: self.areas[NAME].reindex(table.index)}

    def ranks_for(self, table: pd.DataFrame) -> dict[str, pd.Series]:
        """The league of a table by area, as it stands on the maps."""
        return {RANK: self.areas[RANK].reindex(table.index)} if RANK in self.areas.columns else {}

    @property
    def on(self) -> dict[str, Any]:
        """Basemap and axes of a new map."""
        from socharm.maps.furniture import new_axes

        return {"basemap": self.basemap, "ax": new_axes()}


@dataclass(frozen=True, kw_only=True)
class Picture(Generic[T]):
    """One picture of a step: ``maps/<file>``.

    Parameters
    ----------
    file : str
    draw : callable
        Axes of the picture, from the step's record.
    """

    file: str
    draw: Callable[[T, Drawing], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step(Generic[T]):
    """One part of an assessment.

    Parameters
    ----------
    name : str
    phase : str
        What progress is told while it runs.
    run : callable
        The record; None for what cannot be had, after a warning that says why.
    words : str
        Section of the recipe that its faults speak of; empty for a step that takes its parts one by one.
    needs : tuple of Step
        Steps that must have been taken.
    section : Section, optional
        Its settings.
    switch, switch_says : str
        Key of ``[outputs]`` that turns it off, with its meaning in one line; empty for none.
    earlier_switch : str
        That key in earlier versions.
    tables : tuple of TableSpec
        Every table that it can leave.
    frames : callable, optional
        Those tables, from its record.
    settings : callable, optional
        Choices behind its tables, from its record and those of the steps before; they are stored with each of them.
        Where tables differ, a tuple of records: each table has the one of a kind that it declares.
    settings_kinds : tuple of type
        Records that `settings` can give for tables that declare none of their own; None among them where it can give
        none for tables that there are.
    earlier_settings : callable, optional
        The same from the recipe of a snapshot whose tables do not hold them; its section of the recipe when omitted.
    layers : callable, optional
        Layers of the GeoPackage with shapes of their own, from its record and the areas.
    looks : callable, optional
        How those layers look, by their names, from its record.
    pictures : tuple of Picture
    published : callable, optional
        The record as pictures of closed input are drawn from; no picture is drawn of one without.
    files : callable, optional
        Files it read, from recipe and record.
    told : callable, optional
        Sentences of the method statement that need no table, from the recipe and the manifest.
    about : callable, optional
        Abouts that the one of the assessment is made of, from its record.
    leads : bool
        Whether its about comes first, and unit and coverage of the assessment are those of it.
    notes : callable, optional
        What a check tells of its record that stops no run.
    doubts : callable, optional
        What a run would go on with, from its record and those of all steps, though the result would mislead: a check
        tells it as a problem.
    entries : callable, optional
        Entries that it adds to the manifest, from the records of all steps.
    closed_frames : callable, optional
        Tables that a snapshot of closed input holds beside, from its record and the store's secret.
    layout, boundaries, basemap : callable, optional
        What a run as a whole needs and one step has, from its record: how the incidents are laid out, which says
        whether they are open; the areas that are ranked; what is drawn under maps.
    on_maps : callable, optional
        Columns that every map finds beside its areas, from the tables as they are shown.
    on_demand : bool
        Whether it is taken only where a step that needs it is asked for.
    also_words : str
        Another section of the recipe that its faults can speak of.
    """

    name: str
    phase: str
    run: Callable[[Context], T]
    words: str = ""
    needs: tuple[Step[Any], ...] = ()
    section: Section | None = None
    switch: str = ""
    switch_says: str = ""
    earlier_switch: str = ""
    tables: tuple[TableSpec, ...] = ()
    frames: Callable[[T], Mapping[str, pd.DataFrame]] | None = None
    settings: Callable[[T, Results], object] | None = None
    settings_kinds: tuple[type[Settings] | None, ...] = ()
    earlier_settings: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    layers: Callable[[T, gpd.GeoDataFrame], Mapping[str, gpd.GeoDataFrame]] | None = None
    looks: Callable[[T], Mapping[str, LayerLook]] | None = None
    pictures: tuple[Picture[T], ...] = ()
    published: Callable[[T, PublishedTables], T] | None = None
    files: Callable[[Recipe, T], Iterable[ReadFile]] | None = None
    told: Callable[[Recipe, Mapping[str, Any]], Iterable[Sentence]] | None = None
    about: Callable[[T], Iterable[About]] | None = None
    leads: bool = False
    notes: Callable[[T], Iterable[str]] | None = None
    doubts: Callable[[T, Results], Iterable[str]] | None = None
    entries: Callable[[Results], Mapping[str, Any]] | None = None
    closed_frames: Callable[[T, bytes], Mapping[str, pd.DataFrame]] | None = None
    layout: Callable[[T], str] | None = None
    boundaries: Callable[[T], gpd.GeoDataFrame] | None = None
    basemap: Callable[[T], str | None] | None = None
    on_maps: Callable[[Mapping[str, pd.DataFrame]], pd.DataFrame] | None = None
    on_demand: bool = False
    also_words: str = ""

    def asked(self, recipe: Recipe) -> bool:
        """Whether the recipe asks for it."""
        section = self.section
        if section is not None and section.optional and not section.taken_without and recipe.find(section.kind) is None:
            return False
        return not self.switch or recipe.wants(self.switch)
