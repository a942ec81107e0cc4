"""The pictures of a profile, drawn when a document is saved."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from socharm._about import About
from socharm._columns import AREA
from socharm._words import number_of
from socharm.documents.document import Figure
from socharm.maps.place_figures import figure_bytes, plot_place
from socharm.maps.standing_figure import plot_standing
from socharm.profiles.content import Material
from socharm.profiles.subject import Subject, squares_of
from socharm.snapshot.tables import AssessmentTables

__all__ = ["place_figures"]


def place_figures(material: Material, areas: Any | None) -> tuple[Figure, ...]:
    """Standing and trend; and, where there are boundaries, the map."""
    subject, tables = material.subject, material.tables
    figures = [_standing_figure(material)]
    if areas is None:
        return tuple(figures)
    listed = subject.kind == "area" and subject.key in set(
        tables["micro_places"][AREA] if len(tables["micro_places"]) else ()
    )
    shown = f"Map of {subject.name} and what lies round it, shaded by harm per square kilometre, hotspots hatched."
    squares = f" The {squares_of(tables)} with most of its harm are outlined and numbered; a table lists them."
    figures.append(
        Figure(
            name="map",
            alt=shown + (squares if listed else ""),
            caption=f"Where the harm of {subject.name} is.",
            draw=partial(_place, areas, subject, tables, material.about),
        )
    )
    return tuple(figures)


def _standing_figure(material: Material) -> Figure:
    """The panels that are drawn, and no others: several areas together have no rank among the areas."""
    subject, tables = material.subject, material.tables
    count = number_of(int(tables["by_period"]["period"].nunique()), "month")
    beside = "that of its district and of all areas" if subject.parent else "that of all areas"
    ranked = pd.notna(material.row(tables["ranking"]).get("rank"))
    over = int(tables["by_period"]["period"].nunique()) > 1 or not ranked
    ranks = f"the rank of {subject.name} and of the areas next to it in rank, each with its 90 % interval"
    rates = f"its harm rate as recorded over {count} beside {beside}"
    if ranked and over:
        alt, caption = f"Left: {ranks}. Right: {rates}.", " among the areas next to it in rank, and month by month."
    elif ranked:
        alt, caption = f"{ranks[:1].upper()}{ranks[1:]}.", " among the areas next to it in rank."
    else:
        alt, caption = f"The harm rate of {subject.name} as recorded over {count} beside {beside}.", ", month by month."
    return Figure(
        name="standing",
        alt=f"{alt} The numbers are in the text and the tables.",
        caption=f"{subject.name}{caption}",
        draw=partial(_standing, subject, tables, material.about),
    )


# Functions of the module, not of a call: a profile can be pickled and copied with what draws its pictures.
def _standing(subject: Subject, tables: AssessmentTables, about: About) -> bytes:
    return figure_bytes(plot_standing(subject.key, tables, about=about, parent=subject.parent), about=about)


def _place(areas: Any, subject: Subject, tables: AssessmentTables, about: About) -> bytes:
    return figure_bytes(plot_place(areas, subject.codes, tables, about=about), about=about)
