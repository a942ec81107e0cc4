"""The pictures of a profile, drawn when a document is saved."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, NAME
from socharm._words import number_of
from socharm.documents.document import Figure
from socharm.io.incidents.streets import is_kind_of_place
from socharm.maps.class_choice import FAR
from socharm.maps.place_figures import figure_bytes, plot_place
from socharm.maps.place_parts import HEIGHT, squares_words
from socharm.maps.place_squares import area_classes, shares_of_areas
from socharm.maps.place_streets import STREETS
from socharm.maps.standing_figure import near_in_rank, plot_standing
from socharm.profiles.content import Material, area_noun
from socharm.profiles.offence_rules import named_streets
from socharm.profiles.subject import Subject, squares_of
from socharm.snapshot.centres import CENTRE_MARK, centre_note
from socharm.snapshot.tables import AssessmentTables

__all__ = ["place_figures"]

#: Inches that the two pictures of page one have together, and the share of the map where it shows the areas of a
#: district: they need more room than its months.
_WIDTH: Final = 7.0
_MAP_SHARE: Final = 0.6
#: Inches that the pictures of a district are high: its table stands on page one too.
_DISTRICT_HEIGHT: Final = 2.45


def place_figures(material: Material, areas: Any | None) -> tuple[Figure, ...]:
    """Standing and trend; and, where there are boundaries, the map."""
    standing = _standing_figure(material)
    return (standing,) if areas is None else (standing, _map_figure(material, areas))


def _map_figure(material: Material, areas: Any) -> Figure:
    """The map of squares, or of the areas of a district; caption and words say what is drawn, and how."""
    subject, tables = material.subject, material.tables
    listed = subject.kind == "area" and subject.key in set(
        tables["micro_places"][AREA] if len(tables["micro_places"]) else ()
    )
    if listed:
        size = squares_of(tables)
        which = "that hold half of it" if _half(material) else "with most of it"
        caption = f"Where the harm of {subject.name} is: {size} {which}, by their share, 1 having the most."
        caption += squares_words(areas.loc[list(subject.codes)], tables)
        shown = f"Map of {subject.name}: the {size} with most of its harm, shaded by their share of it"
    elif subject.kind == "area":
        caption, shown = f"Where {subject.name} is.", f"Map of {subject.name}"
    else:
        noun = area_noun(tables)
        caption = (
            f"The {noun}s of {subject.name} by their share of its harm, {_classes_words(subject, noun)} The numbers "
        )
        caption += "are those of the table in the profile."
        shown = f"Map of {subject.name}: its {noun}s shaded by the share of its harm that each holds"
    spoken = tuple((code, street) for code, street in named_streets(material) if not is_kind_of_place(street))
    streets = _streets_words(subject, len(spoken)) if len(tables["streets"]) else ""
    hot = "; hotspots of areas are outlined" if len(tables["hotspots"]) else ""
    return Figure(
        name="map",
        alt=f"{shown}, with the areas round it{hot}.",
        caption=f"{caption}{streets}",
        draw=partial(_place, areas, subject, tables, material.about, spoken),
        share=_MAP_SHARE if len(subject.codes) > 1 else 0.5,
    )


def _classes_words(subject: Subject, noun: str) -> str:
    """How the classes of a district are made, and what the darkest is where it stands out."""
    text = f"in classes of about as many {noun}s, with how many in brackets"
    _, told = area_classes(shares_of_areas(subject.codes, subject.tables))
    if told and FAR in told[-1]:
        one = told[-1].endswith("(1)")
        return f"{text}; the darkest is for {f'the one {noun}' if one else 'those'} far above the others."
    return f"{text}."


def _streets_words(subject: Subject, spoken: int) -> str:
    """What the caption says of streets: all that the recommendations name are on the map."""
    if subject.kind != "area":
        return " A letter is a street that the recommendations name; the key is below the map." if spoken else ""
    others = f"Up to {STREETS} streets with most crimes and incidents are named where there is room."
    if not spoken:
        return f" {others}"
    return (
        " Streets: all that the recommendations name, by name or, where there is no room for it, "
        "by a letter that is told below the map; others with most crimes "
        f"and incidents, up to {STREETS} in all, where there is room."
    )


def _half(material: Material) -> bool:
    """Whether the listed squares reach the half of the harm that was asked for."""
    share = material.row(material.tables["micro_place_facts"]).get("share_listed")
    return share is not None and pd.notna(share) and float(share) >= 0.5


def _standing_figure(material: Material) -> Figure:
    """The panels that are drawn, and no others: several areas together have no rank among the areas."""
    subject, tables = material.subject, material.tables
    count = number_of(int(tables["by_period"]["period"].nunique()), "month")
    beside = "that of its district and of all areas" if subject.parent else "that of all areas"
    ranked = pd.notna(material.row(tables["ranking"]).get("rank"))
    over = int(tables["by_period"]["period"].nunique()) > 1 or not ranked
    ranks = f"the rank of {subject.name} and of the areas next to it in rank, each with its 90% interval"
    rates = f"its harm rate as recorded over {count} beside {beside}"
    if ranked and over:
        alt, caption = f"Above: {ranks}. Below: {rates}.", " among the areas next to it in rank, and month by month."
    elif ranked:
        alt, caption = f"{ranks[:1].upper()}{ranks[1:]}.", " among the areas next to it in rank."
    else:
        alt, caption = f"The harm rate of {subject.name} as recorded over {count} beside {beside}.", ", month by month."
    # A † in the picture has its sentence; the place's own stands in the section already.
    near = near_in_rank(subject.key, tables)[NAME]
    marked = near[near.index.isin(material.centres) & (near.index != subject.key)]
    names = [str(name) if pd.notna(name) else str(code) for code, name in marked.items()]
    # What † means stands above already where the place bears it itself.
    own = subject.key in material.centres
    note = f"{CENTRE_MARK} {', '.join(names)}: as of {subject.name} itself." if own else centre_note(names)
    return Figure(
        name="standing",
        alt=f"{alt} The numbers are in the text and the tables.",
        caption=f"{subject.name}{caption}" + (f" {note}" if names else ""),
        draw=partial(_standing, subject, tables, material.about),
        share=1 - _MAP_SHARE if len(subject.codes) > 1 else 0.5,
    )


# Functions of the module, not of a call: a profile can be pickled and copied with what draws its pictures.
def _standing(subject: Subject, tables: AssessmentTables, about: About) -> bytes:
    width = _WIDTH * (1 - _MAP_SHARE) if len(subject.codes) > 1 else _WIDTH / 2
    figure = plot_standing(
        subject.key, tables, about=about, parent=subject.parent, width=width, height=_height(subject)
    )
    return figure_bytes(figure, about=about)


def _place(
    areas: Any, subject: Subject, tables: AssessmentTables, about: About, streets: tuple[tuple[str, str], ...] = ()
) -> bytes:
    width = _WIDTH * _MAP_SHARE if len(subject.codes) > 1 else _WIDTH / 2
    return figure_bytes(
        plot_place(areas, subject.codes, tables, about=about, streets=streets, width=width, height=_height(subject)),
        about=about,
    )


def _height(subject: Subject) -> float:
    return _DISTRICT_HEIGHT if len(subject.codes) > 1 else HEIGHT
