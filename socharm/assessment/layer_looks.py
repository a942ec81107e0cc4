"""How layers of the GeoPackage look in QGIS: the classes, colours and words of our maps and dashboards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from socharm._about import AssessmentPeriod
from socharm._columns import AREA, NAME, PARENT, RANK
from socharm._words import period_words
from socharm.assessment.headings import heading_of
from socharm.files.qgis_style import QgisClass, QgisLabel, QgisStyle
from socharm.severity.gaps import GAPS, gap_words
from socharm.snapshot.centres import CENTRE_MARK
from socharm.snapshot.dashboard_layer import DashboardLayer
from socharm.snapshot.spec import TableSpec

__all__ = ["CENTRE_COLUMN", "CLASS_COLUMN", "LayerLook", "look_of", "style_of"]

#: Column of every layer of areas: `flag` of the table `population`, where a rate per resident misleads. It is published
#: by the rule of that column.
CENTRE_COLUMN: Final = "centre_flag"
#: Column of every layer that has a style: the class of our map that a row is in, or why it has none.
CLASS_COLUMN: Final = "map_class"

#: What columns mean that every layer of areas has.
_SHARED: Final = {
    NAME: "name of the area",
    PARENT: "district of the area",
    RANK: "rank of the area by its harm rate; 1 has the highest",
    CENTRE_COLUMN: "where a rate per resident misleads; blank elsewhere",
    CLASS_COLUMN: "class by which the map is coloured, or why there is none",
}
#: Borders where one class is near white, and where shades go from light to dark; gaps as on the maps.
_BORDER, _PALE_BORDER = "#b8b8b8", "#ffffff"
_GAP_FILL, _GAP_LINES = "#f4f4f4", "#8a8a8a"


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerLook:
    """What the colours of a layer are.

    Parameters
    ----------
    title : str
        What they are of, in which unit.
    note : str
        What they mean, in a sentence.
    members : Series
        By the index of the layer: the value of its class.
    classes : tuple of QgisClass
        In the order of the legend, without numbers of members; a class of gaps without a member is left out of it.
    counted : bool
        Whether the legend says how many rows are in each class.
    label : QgisLabel, optional
        What stands on the map, where the rows are no areas.
    name : str
        Column that says what a row is called, where the rows are no areas.
    """

    title: str
    note: str
    members: pd.Series
    classes: tuple[QgisClass, ...]
    counted: bool = True
    label: QgisLabel | None = None
    name: str = CLASS_COLUMN


def look_of(stated: DashboardLayer, table: pd.DataFrame, *, scheme: str) -> LayerLook:
    """The look of a layer of areas that is coloured as a layer of the dashboard.

    Parameters
    ----------
    stated : DashboardLayer
        With values.
    table : DataFrame
        By area; ``reason``, where it has one, says why an area has no value.
    scheme : str
        How classes are chosen where the layer states none.
    """
    assert stated.values is not None  # a series has no values of its own
    values = stated.values.reindex(table.index)
    if stated.categories:
        keys = values.astype("object").where(values.notna(), "").astype(str)
        texts = keys.map({key: one.label for key, one in stated.categories.items()}).fillna("")
        classes = [
            QgisClass(value=one.label, label=one.label, colour=one.colour, outline=_BORDER)
            for one in stated.categories.values()
        ]
    else:
        texts, classes = _numbered(stated, pd.to_numeric(values).astype("float64"), scheme)
    gaps = _gaps(table, texts == "", stated.gap)
    return LayerLook(
        title=f"{stated.label}: {stated.unit}" if stated.unit else stated.label,
        note=stated.note,
        members=texts.mask(gaps != "", gaps).rename(CLASS_COLUMN).astype("str"),
        classes=(*classes, *_gap_classes(gaps)),
    )


def _numbered(stated: DashboardLayer, numbers: pd.Series, scheme: str) -> tuple[pd.Series, list[QgisClass]]:
    """The class of each number as its words, and the classes from most to least."""
    from socharm.dashboard.layers import CLASSES, hex_colours
    from socharm.maps.class_choice import classes_of

    known = numbers[numbers.notna()]
    if stated.bounds:
        labels, place = stated.labels, np.searchsorted(np.asarray(stated.bounds), known.to_numpy())
    elif not len(known):
        return pd.Series("", index=numbers.index), []
    else:
        found = classes_of(known.to_numpy(), scheme=scheme, k=CLASSES)
        labels, place = found.labels, found.number(known.to_numpy())
    colours = stated.colours or hex_colours(len(labels), stated.palette)
    texts = pd.Series([labels[at] for at in place], index=known.index, dtype="object").reindex(numbers.index)
    classes = [
        QgisClass(value=text, label=text, colour=colour, outline=_BORDER if stated.colours else _PALE_BORDER)
        for text, colour in zip(labels, colours, strict=True)
    ]
    return texts.fillna(""), classes[::-1]


def _gaps(table: pd.DataFrame, blank: pd.Series, word: str) -> pd.Series:
    """Why areas have no colour: by their reason, else by the word that the layer has for it."""
    words = pd.Series(word, index=table.index)
    if "reason" in table.columns:
        reasons = gap_words(table["reason"])
        words = words.mask(reasons.isin(GAPS[:2]), reasons)
    return words.where(blank, "")


def _gap_classes(gaps: pd.Series) -> Iterable[QgisClass]:
    from socharm.maps.palettes import HATCHES

    found = sorted(set(gaps) - {""}, key=lambda word: (GAPS.index(word) if word in GAPS else len(GAPS), word))
    for word in found:
        hatch = HATCHES.get(word, HATCHES["no value"])
        yield QgisClass(value=word, label=word, colour=_GAP_FILL, outline=_GAP_LINES, hatch=hatch)


def style_of(look: LayerLook, layer: pd.DataFrame, *, spec: TableSpec, period: AssessmentPeriod) -> QgisStyle:
    """The style of a layer; where its rows are areas, with rank and name of each on the map as there is room.

    Parameters
    ----------
    look : LayerLook
    layer : DataFrame
        As it is stored, without its shapes: a column of codes where its rows are areas, names and ranks where there
        are any.
    spec : TableSpec
        The table whose headings its columns have.
    period : AssessmentPeriod
    """
    from socharm.maps.shapes import FINE

    areas = AREA in layer.columns
    sizes = look.members.value_counts()
    fine = len(look.members) > FINE
    classes = [
        replace(
            one,
            label=f"{one.label}  ({int(sizes.get(one.value, 0)):,})" if look.counted else one.label,
            # of many small areas the borders would make towns look grey, as if they were a class
            outline=one.colour if fine and one.colour and not one.hatch else one.outline,
        )
        for one in look.classes
    ]
    return QgisStyle(
        title=f"{look.title}; assessment of {period_words(period.start, period.end)}",
        column=CLASS_COLUMN,
        classes=tuple(classes),
        label=_label(layer) if areas else look.label,
        headings={str(column): _heading(str(column), spec) for column in layer.columns},
        name=look.name if not areas else NAME if NAME in layer.columns else AREA,
        note=look.note,
    )


def _label(layer: pd.DataFrame) -> QgisLabel:
    name = f"\"{NAME}\" || CASE WHEN \"{CENTRE_COLUMN}\" <> '' THEN ' {CENTRE_MARK}' ELSE '' END"
    return QgisLabel(text=f"\"{RANK}\" || ' ' || {name}" if NAME in layer.columns else f'"{RANK}"', order=RANK)


def _heading(column: str, spec: TableSpec) -> tuple[str, str]:
    meanings = {**_SHARED, **{one.name: one.meaning for one in spec.columns}}
    return heading_of(column, table=spec.name, meaning=meanings.get(column, ""))
