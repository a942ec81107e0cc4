"""What a recipe says of disclosure control: whether the input is open, and how its numbers are protected."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

from socharm._about import NOISY, About
from socharm.assessment.disclosure_section import DisclosureSection
from socharm.publish.disclosure import PublishedTables
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.law import NoiseSettings
from socharm.publish.secret import store_law
from socharm.severity.index import SeveritySettings
from socharm.snapshot.recipe import Recipe

__all__ = [
    "OPEN_LAYOUT",
    "disclosure_settings",
    "input_is_open",
    "published_about",
    "require_noise",
    "shows_internal",
    "store_of",
]

#: Layout of files that are public already.
OPEN_LAYOUT: Final = "police.uk"


def store_of(recipe: Recipe) -> Path:
    """Folder of the snapshots."""
    return recipe.resolve(recipe.assessment.store)


def input_is_open(recipe: Recipe, layout: str) -> bool:
    """Whether the incidents are public already: as the recipe says, else whether they are files of police.uk.

    Parameters
    ----------
    recipe : Recipe
    layout : str
        As the reader recognised it. An extract whose columns bear names that are known is no file of police.uk.
    """
    stated = recipe.part(DisclosureSection).open
    return layout == OPEN_LAYOUT if stated is None else stated


def shows_internal(recipe: Recipe) -> bool:
    """Whether workbook and maps show the numbers as they are."""
    return recipe.part(DisclosureSection).internal


def disclosure_settings(recipe: Recipe, layout: str) -> DisclosureSettings:
    """Settings of disclosure control from the recipe and the layout of its incidents."""
    section = recipe.part(DisclosureSection)
    return DisclosureSettings(
        open_input=input_is_open(recipe, layout),
        noise=NoiseSettings(spread=section.spread, variance=section.variance),
        excluded=tuple(recipe.part(SeveritySettings).exclude),
    )


def require_noise(settings: DisclosureSettings, store: Path) -> str:
    """What the noise of a store is made of, blank where it has none yet; stops where it has another.

    Raises
    ------
    RefusedError
        Another spread, variance or secret than that of an earlier release or snapshot.
    """
    return store_law(store, spread=settings.noise.spread, variance=settings.noise.variance)


def published_about(about: About, published: PublishedTables) -> About:
    """`about` with the sentence that numbers in published form need beside them; unchanged where input is open."""
    if published.settings.open_input:
        return about
    spread = published.settings.noise.spread
    note = (
        f"The count of each area, offence and month {NOISY} of up to {spread}; what is summed or "
        "worked out from such counts carries the noise of all of them. Smoothed rates and errors are not published."
    )
    return dataclasses.replace(about, coverage=f"{about.coverage} {note}".strip())
