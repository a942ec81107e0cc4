"""Where the data of a picture come from, as its foot says it: names of sources, and the licence that they ask for."""

from __future__ import annotations

import re
from typing import Final

from socharm._about import About
from socharm._words import is_file

__all__ = ["OGL", "source_lines"]

#: What the Open Government Licence asks those to print who use data under it.
OGL: Final = "Contains public sector information licensed under the Open Government Licence v3.0."

#: Publishers under that licence, as the names of sources have them.
_PUBLIC: Final = re.compile(
    r"police\.uk|Office for National Statistics|\bONS\b|Home Office|Ministry of Housing|Ordnance Survey|OS data|"
    r"Department for|Open Government Licence",
    re.IGNORECASE,
)


def source_lines(about: About) -> list[str]:
    """Sources by name, and the line of the Open Government Licence where one of them is published under it.

    Examples
    --------
    >>> for line in source_lines(About(sources=("police.uk street-level crime data", "our own survey"))):
    ...     print(line)
    Source: police.uk street-level crime data; our own survey.
    Contains public sector information licensed under the Open Government Licence v3.0.
    >>> source_lines(About(sources=("our own survey", "wards.gpkg")))
    ['Source: our own survey. Files, whose sources are not stated: wards.gpkg.']
    """
    sources = [source.rstrip(". ") for source in about.sources]
    named = "; ".join(source for source in sources if not is_file(source))
    files = ", ".join(source for source in sources if is_file(source))
    lines = [f"Source: {named}." if named or not files else "", f"Files, whose sources are not stated: {files}."]
    lines = [" ".join(line for line in lines[: 2 if files else 1] if line)] if sources else ["Source: not stated."]
    if OGL.rstrip(".") not in named and any(_PUBLIC.search(source) for source in about.sources):
        lines.append(OGL)
    return lines
