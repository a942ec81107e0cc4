"""The pictures of a profile, drawn when a document is saved."""

from __future__ import annotations

from functools import partial
from typing import Any

from socharm._about import About
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
    months = int(tables["by_period"]["period"].nunique())
    figures = [
        Figure(
            name="standing",
            alt=(
                f"Left: the rank of {subject.name} and of the places next to it in rank, each with its 90 % interval. "
                f"Right: its harm rate over {months} months beside that of its district and of all areas. The numbers "
                "are in the text and the tables."
            ),
            caption=f"{subject.name} among the places next to it in rank, and over the months.",
            draw=partial(_standing, subject, tables, material.about),
        )
    ]
    if areas is None:
        return tuple(figures)
    listed = bool(len(tables["micro_places"])) and subject.kind == "area"
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


# Functions of the module, not of a call: a profile can be pickled and copied with what draws its pictures.
def _standing(subject: Subject, tables: AssessmentTables, about: About) -> bytes:
    return figure_bytes(plot_standing(subject.key, tables, about=about, parent=subject.parent), about=about)


def _place(areas: Any, subject: Subject, tables: AssessmentTables, about: About) -> bytes:
    return figure_bytes(plot_place(areas, subject.codes, tables, about=about), about=about)
