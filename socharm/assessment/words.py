"""Messages of readers and steps in the words of a recipe: its keys instead of arguments of functions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from socharm.assessment.argument_words import with_keys
from socharm.assessment.recipe_file import declared_sections, known_keys
from socharm.assessment.sections import sections_of
from socharm.assessment.steps.order import all_steps
from socharm.errors import SocharmError, SocharmWarning

__all__ = ["in_recipe_words", "recipe_words"]

#: Set on an error that speaks of the recipe already: a file inside a section has told more than the section could.
_TOLD: Final = "speaks_of_the_recipe"


@contextmanager
def recipe_words(section: str) -> Iterator[None]:
    """Let errors and warnings of ours that leave the block speak of the recipe.

    Parameters
    ----------
    section : str
        Section of the recipe that the step works for, such as ``"incidents"`` or ``"lookups.wards"``.

    Raises
    ------
    SocharmError
        The same kind of error, its message begun with the section.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SocharmWarning)
        try:
            yield
        except SocharmError as error:
            if getattr(error, _TOLD, False):
                raise
            told = type(error)(f"[{section}] {in_recipe_words(str(error), section)}")
            setattr(told, _TOLD, True)
            raise told from error
        finally:
            notes = list(caught)
    for note in notes:
        ours = issubclass(note.category, SocharmWarning)
        message = in_recipe_words(str(note.message), section) if ours else note.message
        warnings.warn_explicit(message, note.category, note.filename, note.lineno)


def in_recipe_words(text: str, section: str) -> str:
    """A message with each argument of a function replaced by the key of the recipe that stands for it.

    An argument that no key stands for is said to be one of the Python functions: whoever has only a recipe must not
    look for it there.

    Examples
    --------
    >>> in_recipe_words("Read it again with encoding='cp1252'.", "incidents")
    'Read it again with [incidents] encoding = "cp1252".'
    >>> in_recipe_words("Name it in `missing=` if it stands for a missing value.", "population")
    'Name it in [population] missing if it stands for a missing value.'
    >>> in_recipe_words("`source` names no file: 'crime'.", "incidents")
    "`path` names no file: 'crime'."
    >>> in_recipe_words("Check the columns that `columns=` names.", "heat")
    'Check the columns that [incidents] columns names.'
    """

    text = with_keys(text, lambda name: _key(name, section))
    for name, key in _stated(section, "subjects").items():
        text = text.replace(f"`{name}`", f"`{key}`")
    return text


def _key(name: str, section: str) -> str | None:
    whole, declared = section.partition(".")[0], {part.key: part for part in declared_sections()}
    place = _place(section)
    for here in dict.fromkeys((place, whole)):
        stated = _stated(here, "arguments").get(name)
        if stated is not None:
            return stated
        if name in known_keys(here.split(".")) and (here in declared or here == place != whole):
            return f"[[{here}]] {name}" if here in declared and declared[here].many else f"[{here}] {name}"
    for other in dict.fromkeys(step.also_words for step in all_steps() if step.words == whole and step.also_words):
        if name in known_keys([other]):
            return f"[{other}] {name}"
    return next((part.means[name] for part in declared.values() if name in part.means), None)


def _place(section: str) -> str:
    """The table inside a section that a place names; the section itself for a name of one of several."""
    whole, _, inner = section.partition(".")
    kinds = {part.key: part.kind for part in declared_sections()}
    return section if whole in kinds and inner in sections_of(kinds[whole]) else whole


def _stated(place: str, field: str) -> dict[str, str]:
    """What a section declares of its arguments or subjects, or of those of a table inside it."""
    whole, _, inner = place.partition(".")
    declared: dict[str, str] = {}
    for part in declared_sections():
        if part.key == whole:
            declared = dict(part.subjects if field == "subjects" else part.arguments)
    begin = f"{inner}." if inner else ""
    return {
        name.removeprefix(begin): key
        for name, key in declared.items()
        if (name.startswith(begin) if inner else "." not in name)
    }
