"""Where the data of a picture come from, as its foot says it: names of sources, and the licence that they ask for."""

from __future__ import annotations

from socharm._about import About
from socharm._words import is_file
from socharm.publish.licences import licence_lines

__all__ = ["source_lines"]


def source_lines(about: About) -> list[str]:
    """Sources by name, and the lines that their licences ask for.

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
    return [*lines, *licence_lines(about)]
