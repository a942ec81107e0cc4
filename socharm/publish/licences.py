"""What licences ask those to print who show the data: one line for each, by the sources that are named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from socharm._about import About
from socharm._words import named_sources, span_words
from socharm.files.atomic import atomic_write
from socharm.files.internal import internal_name

__all__ = ["OGL", "OS_DATA", "licence_lines", "sources_text", "write_sources"]

#: What stands beside the tables of a folder.
_SOURCES: Final = "sources.txt"
#: What the Open Government Licence asks those to print who use data under it.
OGL: Final = "Contains public sector information licensed under the Open Government Licence v3.0."
#: What the Ordnance Survey asks of those who show its boundaries, and those that the statistics office makes of them.
OS_DATA: Final = "Contains OS data © Crown copyright and database right"

#: Publishers under that licence, as the names of sources have them.
_PUBLIC: Final = re.compile(
    r"police\.uk|Office for National Statistics|\bONS\b|Home Office|Ministry of Housing|Ordnance Survey|OS data|"
    r"\bOS (Open|Boundary)|Boundary-Line|Department for|Open Government Licence",
    re.IGNORECASE,
)
#: Boundaries of the statistics office by what they enclose.
_BORDERS: Final = re.compile(
    r"\b(ONS|Office for National Statistics)\b.*\b(boundar\w*|wards?|output areas?|[LM]SOAs?|local authorit\w+|"
    r"(local authority )?districts?|LADs?|regions?|police force areas?|community safety partnerships?)\b",
    re.IGNORECASE,
)
#: Figures for such areas, which hold no boundary.
_FIGURES: Final = re.compile(r"population|estimate|census|household|weight|lookup|score|survey", re.IGNORECASE)
_SURVEYED: Final = re.compile(r"Ordnance Survey|\bOS (data|Open|Boundary)|Boundary-Line", re.IGNORECASE)


def sources_text(about: About) -> str:
    """What stands beside tables that are plain tables: marking, period, sources, and what their licences ask for.

    Examples
    --------
    >>> print(sources_text(About(sources=("police.uk street-level crime data",))))
    OFFICIAL
    Source: police.uk street-level crime data
    Contains public sector information licensed under the Open Government Licence v3.0.
    """
    period = [f"Period: {span_words(str(about.period))}"] if about.period is not None else []
    source = f"Source: {'; '.join(named_sources(about.sources)) or 'not stated'}"
    return "\n".join([about.shown_marking, *period, source, *licence_lines(about)])


def write_sources(about: About, folder: Path, *, internal: bool) -> None:
    """Write `sources_text` as a file beside the tables of a folder."""
    with atomic_write(folder / internal_name(_SOURCES, internal=internal)) as temporary:
        temporary.write_text(sources_text(about) + "\n", encoding="utf-8", newline="\n")


def licence_lines(about: About) -> list[str]:
    """The lines that licences of the sources ask for; none for sources that are under no such licence, or not named.

    Examples
    --------
    >>> for line in licence_lines(About(sources=("police.uk street-level crime data", "ONS wards 2022"),
    ...                                 boundary_year=2022)):
    ...     print(line)
    Contains public sector information licensed under the Open Government Licence v3.0.
    Contains OS data © Crown copyright and database right 2022.
    >>> licence_lines(About(sources=("our own survey", "wards.gpkg")))
    []
    """
    named = "; ".join(about.sources)
    lines = []
    if OGL.rstrip(".") not in named and any(_PUBLIC.search(source) for source in about.sources):
        lines.append(OGL)
    if OS_DATA not in named and any(map(_holds_boundaries, about.sources)):
        year = "" if about.boundary_year is None else f" {about.boundary_year}"
        lines.append(f"{OS_DATA}{year}.")
    return lines


def _holds_boundaries(source: str) -> bool:
    """Whether a source is of boundaries that the Ordnance Survey drew."""
    if _SURVEYED.search(source):
        return True
    return _BORDERS.search(source) is not None and _FIGURES.search(source) is None
