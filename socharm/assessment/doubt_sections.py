"""Sections of the recipe for the doubt about ranks: choices that could have been made otherwise, and classes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from pydantic import ConfigDict

from socharm._about import AssessmentPeriod
from socharm.assessment.table_keys import STRICT
from socharm.errors import SocharmError

__all__ = ["ClassesSection", "CompositeSection", "UncertaintySection", "doubt_faults"]


#: Runs of the model grow with it; 1,024 is usual.
_LARGEST_BASE: Final = 16_384


@dataclass(frozen=True, kw_only=True)
class UncertaintySection:
    """``[uncertainty]``: alternatives beside what the recipe states; the stated choice always comes first.

    `windows` names runs of months and `exclude` names what else is left out, such as
    ``{"without report-generating places" = ["place:*"]}``; `without_denominator` adds harm per area.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    transform: tuple[Literal["raw", "sqrt", "log", "capped"], ...] = ("raw", "sqrt", "log")
    tau: tuple[float, ...] = (1.0, 0.0, 2.0)
    shrinkage: tuple[bool, ...] = (True, False)
    windows: dict[str, tuple[str, str]] = field(default_factory=dict)
    exclude: dict[str, tuple[str, ...]] = field(default_factory=dict)
    without_denominator: bool = False
    base: int = 1_024


@dataclass(frozen=True, kw_only=True)
class CompositeSection:
    """``[composite]``: a composite index of the run's own measures and those of partners.

    `recipe` is a packaged one (``"place-based-harm"``, ``"vli"``) or a TOML file. The run offers ``harm_rate`` (the
    shrunk rate), ``asb_rate`` (anti-social behaviour of a year, which the recipe divides by `residents`) and
    ``deprivation_without_crime`` (with ``[deprivation]``); ``[[indicators]]`` bring the rest by their names.
    `lacking` says what becomes of measures that nobody sent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    recipe: str = "place-based-harm"
    lacking: Literal["error", "leave out"] = "leave out"


@dataclass(frozen=True, kw_only=True)
class ClassesSection:
    """``[classes]``: which areas are in the top.

    Very likely, possibly or very unlikely by the ``"probability"`` of each area alone, with a `k` of ``[ranking] top``;
    or for sure, possibly or not by ``"rank sets"``, which hold for all areas at once and are far more careful, with `k`
    a number or share of areas, ``"separation"``, ``"elbow"`` or ``"pai"``. The last of ``[ranking] top`` unless stated.
    The rank sets are stored in both cases; their `draws` follow the number of areas unless stated, as in
    `rank_confidence_sets`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    basis: Literal["probability", "rank sets"] = "probability"
    k: int | str | None = None
    level: float = 0.95
    size: Literal["areas", "exposure", "km2"] = "areas"
    draws: int | None = None


def doubt_faults(
    uncertainty: UncertaintySection | None,
    classes: ClassesSection,
    *,
    period: tuple[str, str],
    top: tuple[int | str, ...],
) -> Iterable[str]:
    """What is wrong with these sections beyond their types."""
    if not 0.5 <= classes.level < 1:
        yield f"classes.level: {classes.level} must lie from 0.5 to below 1."
    if classes.basis == "probability" and classes.k is not None and str(classes.k) not in map(str, top):
        yield f"classes.k: {classes.k!r} is not in ranking.top, which has {list(top)}; add it there."
    if uncertainty is None:
        return
    base = uncertainty.base
    if not 16 <= base <= _LARGEST_BASE or base & (base - 1):
        yield f"uncertainty.base: {base} must be a power of two from 16 to {_LARGEST_BASE:,}, such as 1024."
    for value in uncertainty.tau:
        if value < 0:
            yield f"uncertainty.tau: {value} must be at least 0."
    for name, months in uncertainty.windows.items():
        try:
            window = AssessmentPeriod(*months)
        except SocharmError as error:
            yield f"uncertainty.windows.{name}: {error}"
            continue
        if window.start < period[0] or window.end > period[1]:
            yield f"uncertainty.windows.{name}: {window} is not inside the period {period[0]} to {period[1]}."
