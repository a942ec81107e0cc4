"""Sections of a recipe about what a run leaves: ``[outputs]`` and ``[disclosure]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from socharm._arguments import check_fields
from socharm.assessment.table_keys import STRICT

__all__ = ["DisclosureSection", "OutputsSection"]


@dataclass(frozen=True, kw_only=True)
class OutputsSection:
    """``[outputs]``: which files are made beside the tables. `basemap` is a local file or a provider's name."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    maps: bool = True
    heat: bool = True
    hotspots: bool = True
    concentration: bool = True
    clusters: bool = True
    places: bool = True
    classes: bool = True
    workbook: bool = True
    geopackage: bool = True
    basemap: str | None = None


@dataclass(frozen=True, kw_only=True)
class DisclosureSection:
    """``[disclosure]``: what may leave. Workbook, maps and documents are in published form, tables never.

    Parameters
    ----------
    open : bool, optional
        Whether the incidents are public already; those of police.uk are, others are not, unless said.
    internal : bool
        Make workbook and maps from the tables as they are, and mark them INTERNAL.
    spread : int
        Largest noise of a published count.
    variance : float
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    open: bool | None = None
    internal: bool = False
    spread: int = 5
    variance: float = 2.0

    def __post_init__(self) -> None:
        check_fields(self)  # a text such as "false" would open the input
