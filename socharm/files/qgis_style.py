"""The style of a layer as QGIS reads it: classes with their colours and hatches, labels, headings of columns."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

__all__ = ["QgisClass", "QgisLabel", "QgisStyle", "qml_of"]

#: The release whose form the style has; later ones read it, and so does every 3.x before.
_VERSION: Final = "3.22.16"
_CATEGORIES: Final = "Symbology|Labeling|Fields|MapTips"
_DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"

#: Angles of the lines of a hatch in degrees, by the sign that repeats in its name; other hatches are of marks.
_ANGLES: Final = {"/": (45,), "\\": (135,), "x": (45, 135)}
#: Millimetres between lines or marks, of a line, and across a mark, filled or open.
_STEP, _LINE = 1.6, 0.2
_MARKS: Final = {".": (0.5, True), "o": (1.1, False)}
#: Scale of a label that is shown further out, and from which all are.
_ALL_FROM: Final = 75_000


@dataclass(frozen=True, kw_only=True)
class QgisClass:
    """A class of a layer.

    Parameters
    ----------
    value : str
        What rows of the class have in the column.
    label : str
        Of the legend.
    colour : str
        Of the fill, as ``#rrggbb``; nothing is filled when empty.
    outline : str
        Colour of borders and of the hatch.
    hatch : str
        As `socharm.maps.palettes.HATCHES` writes it; empty for none.
    width : float
        Of borders, in millimetres.
    dashed : bool
    """

    value: str
    label: str
    colour: str
    outline: str = "#ffffff"
    hatch: str = ""
    width: float = 0.1
    dashed: bool = False


@dataclass(frozen=True, kw_only=True)
class QgisLabel:
    """What stands on the map.

    Parameters
    ----------
    text : str
        An expression of QGIS.
    order : str
        A column of numbers from 1; low ones win where there is no room for all. Empty where none does.
    first : int
        Labels up to this number are shown at every scale, the others from 1:75,000 on.
    """

    text: str
    order: str = ""
    first: int = 10


@dataclass(frozen=True, kw_only=True)
class QgisStyle:
    """How a layer of polygons is shown.

    Parameters
    ----------
    title : str
        Heading of the legend: what the colours are of, in which unit, of which period.
    column : str
        Whose text says which class a row is in.
    classes : tuple of QgisClass
        In the order of the legend.
    label : QgisLabel, optional
    headings : mapping of str to (str, str)
        What stands above each column of the table, and what the column means.
    name : str
        Column that says what a row is called; empty where there is none.
    note : str
        What the colours mean, in a sentence or two.
    """

    title: str
    column: str
    classes: tuple[QgisClass, ...]
    label: QgisLabel | None = None
    headings: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    name: str = ""
    note: str = ""


def qml_of(style: QgisStyle) -> str:
    """The style as QGIS stores it.

    Examples
    --------
    >>> hot = QgisClass(value="hot", label="hot  (3)", colour="#b2182b")
    >>> root = ET.fromstring(qml_of(QgisStyle(title="Hotspots", column="label", classes=(hot,))))
    >>> [rule.attrib["label"] for rule in root.iter("rule")]
    ['Hotspots', 'hot  (3)']
    """
    labelled = style.label is not None
    root = ET.Element("qgis", version=_VERSION, styleCategories=_CATEGORIES, labelsEnabled=str(int(labelled)))
    _renderer(root, style)
    if style.label is not None:
        _labels(root, style.label)
    aliases = ET.SubElement(root, "aliases")
    for index, (column, (heading, _)) in enumerate(style.headings.items()):
        ET.SubElement(aliases, "alias", field=column, index=str(index), name=heading)
    if style.name:
        ET.SubElement(root, "previewExpression").text = _quoted(style.name)
    ET.SubElement(root, "mapTip").text = _tip(style)
    ET.SubElement(root, "layerGeometryType").text = "2"
    ET.indent(root, " ")
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _renderer(root: ET.Element, style: QgisStyle) -> None:
    """One rule for each class, below one without a symbol that is the heading of the legend."""
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0")
    rules = ET.SubElement(renderer, "rules", key="{socharm}")
    heading = ET.SubElement(rules, "rule", key="{socharm-title}", label=style.title)
    symbols = ET.SubElement(renderer, "symbols")
    for number, one in enumerate(style.classes):
        told = f"{_quoted(style.column)} = {_text(one.value)}"
        key = f"{{socharm-{number}}}"
        ET.SubElement(heading, "rule", key=key, symbol=str(number), label=one.label, filter=told)
        _symbol(symbols, str(number), one)


def _quoted(column: str) -> str:
    doubled = column.replace('"', '""')
    return f'"{doubled}"'


def _text(value: str) -> str:
    doubled = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _symbol(symbols: ET.Element, name: str, one: QgisClass) -> None:
    symbol = ET.SubElement(symbols, "symbol", type="fill", name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    _layer(
        symbol,
        "SimpleFill",
        color=_rgba(one.colour or "#ffffff"),
        style="solid" if one.colour else "no",
        outline_color=_rgba(one.outline),
        outline_style="dash" if one.dashed else "solid",
        outline_width=f"{one.width:g}",
        outline_width_unit="MM",
        joinstyle="round",
    )
    sign = one.hatch[:1]
    for place, angle in enumerate(_ANGLES.get(sign, ()), start=1):
        lines = _layer(
            symbol, "LinePatternFill", angle=str(angle), color=_rgba(one.outline), distance=f"{_STEP:g}",
            distance_unit="MM", line_width=f"{_LINE:g}", line_width_unit="MM",
        )  # fmt: skip
        inner = ET.SubElement(lines, "symbol", type="line", name=f"@{name}@{place}", alpha="1")
        _layer(inner, "SimpleLine", line_color=_rgba(one.outline), line_width=f"{_LINE:g}", line_width_unit="MM")
    if sign in _MARKS:
        size, filled = _MARKS[sign]
        step = {f"distance_{way}": f"{_STEP:g}" for way in "xy"} | {f"distance_{way}_unit": "MM" for way in "xy"}
        marks = _layer(symbol, "PointPatternFill", displacement_x=f"{_STEP / 2:g}", displacement_x_unit="MM", **step)
        inner = ET.SubElement(marks, "symbol", type="marker", name=f"@{name}@1", alpha="1")
        colour = _rgba(one.outline) if filled else "255,255,255,0"
        _layer(
            inner, "SimpleMarker", name="circle", color=colour, outline_color=_rgba(one.outline),
            outline_width=f"{_LINE:g}", outline_width_unit="MM", size=f"{size:g}", size_unit="MM",
        )  # fmt: skip


def _layer(symbol: ET.Element, kind: str, **looks: str) -> ET.Element:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    for key, value in looks.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    return layer


def _rgba(colour: str) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return ",".join(map(str, (*parts, 255)))


def _labels(root: ET.Element, label: QgisLabel) -> None:
    """Texts with a pale rim, inside the polygons; those of the first areas win."""
    text, rank = label.text, _quoted(label.order)
    if label.order:
        text = f"CASE WHEN {rank} <= {label.first} OR @map_scale < {_ALL_FROM} THEN {text} END"
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    style = ET.SubElement(
        settings, "text-style", fieldName=text, isExpression="1", fontSize="9", fontSizeUnit="Point",
        fontFamily="Sans Serif", namedStyle="Regular", textColor="26,26,26,255", textOpacity="1", multilineHeight="0.9",
    )  # fmt: skip
    ET.SubElement(
        style, "text-buffer", bufferDraw="1", bufferSize="1", bufferSizeUnits="MM", bufferColor="255,255,255,255",
        bufferOpacity="0.9", bufferNoFill="1", bufferJoinStyle="128",
    )  # fmt: skip
    ET.SubElement(settings, "text-format", autoWrapLength="16", useMaxLineLengthForAutoWrap="1", multilineAlign="1")
    ET.SubElement(settings, "placement", placement="4", priority="5", fitInPolygonOnly="0", polygonPlacementFlags="2")
    ET.SubElement(settings, "rendering", displayAll="0", obstacle="0", labelPerPart="0", scaleVisibility="0")
    if label.order:
        ordered = f"max(0, 10 - coalesce({rank}, 1000) / {label.first})"
        _defined(ET.SubElement(settings, "dd_properties"), "Priority", ordered)


def _defined(parent: ET.Element, key: str, expression: str) -> None:
    """A property that an expression decides, as QGIS nests it."""
    top = ET.SubElement(parent, "Option", type="Map")
    ET.SubElement(top, "Option", name="name", type="QString", value="")
    held = ET.SubElement(ET.SubElement(top, "Option", name="properties", type="Map"), "Option", name=key, type="Map")
    ET.SubElement(held, "Option", name="active", type="bool", value="true")
    ET.SubElement(held, "Option", name="expression", type="QString", value=expression)
    ET.SubElement(held, "Option", name="type", type="int", value="3")
    ET.SubElement(top, "Option", name="type", type="QString", value="collection")


def _tip(style: QgisStyle) -> str:
    """What stands beside the pointer: name and class."""
    name = f"<b>[%{_quoted(style.name)}%]</b><br/>" if style.name else ""
    title = style.title.replace("&", "&amp;").replace("<", "&lt;")
    return f"{name}{title}: [%{_quoted(style.column)}%]"
