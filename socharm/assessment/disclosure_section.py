"""The section of a recipe about what may leave: ``[disclosure]``."""

from __future__ import annotations

from dataclasses import dataclass

from socharm._settings import setting
from socharm.publish.law import NoiseSettings

__all__ = ["DisclosureSection"]


@dataclass(frozen=True, kw_only=True)
class DisclosureSection(NoiseSettings):
    """``[disclosure]``: what may leave. Workbook, maps and documents are in published form, tables never."""

    open: bool | None = setting(None, "whether the incidents are public already; those of police.uk are", example=False)
    internal: bool = setting(False, "workbook and maps from the tables as they are, marked INTERNAL")
