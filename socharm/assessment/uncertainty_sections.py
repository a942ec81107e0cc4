"""Sections of the recipe for the uncertainty about ranks: choices that could have been made otherwise, and classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from socharm._constraints import Missing
from socharm._settings import Settings, setting
from socharm.ranking.confidence_sets import ConfidenceSettings
from socharm.ranking.top_classes import CutoffSettings
from socharm.ranking.uncertainty_record import AlternativeSettings, DesignSize

__all__ = ["ClassesSection", "CompositeSection", "UncertaintySection"]


@dataclass(frozen=True, kw_only=True)
class UncertaintySection(AlternativeSettings, DesignSize):
    """``[uncertainty]``: alternatives beside what the recipe states; the stated choice always comes first."""

    windows: dict[str, tuple[str, str]] = setting(
        {}, "runs of months by name", example={"last three months": ["2025-07", "2025-09"]}, after="shrinkage"
    )
    exclude: dict[str, tuple[str, ...]] = setting(
        {}, "what else is left out, by name", example={"without report-generating places": ["place:*"]}, after="windows"
    )
    without_denominator: bool = setting(False, "true adds harm per area", after="exclude")


@dataclass(frozen=True, kw_only=True)
class CompositeSection(Settings):
    """``[composite]``: a composite index of the run's own measures and those of partners.

    The run offers ``harm_rate`` (the shrunk rate), ``asb_rate`` (anti-social behaviour of a year, which the recipe
    divides by `residents`) and ``deprivation_without_crime`` (with ``[deprivation]``); ``[[indicators]]`` bring the
    rest by their names.
    """

    recipe: str = setting("place-based-harm", "or vli, or a TOML file of your own")
    missing: Missing = setting("error", 'measures that nobody sent: "leave out", or "error", which stops')


@dataclass(frozen=True, kw_only=True)
class ClassesSection(ConfidenceSettings, CutoffSettings):
    """``[classes]``: which areas are in the top.

    Very likely, possibly or very unlikely by the ``"probability"`` of each area alone, with a `k` of ``[ranking] top``;
    or for sure, possibly or not by ``"rank sets"``, which hold for all areas at once and are far more careful. The rank
    sets are stored in both cases.
    """

    basis: Literal["probability", "rank sets"] = setting(
        "probability",
        'very likely, possibly or very unlikely, each area alone; or "rank sets": for sure, possibly or not, right for '
        "all areas at once and far more careful",
    )
    k: int | str | None = setting(
        None, "one of [ranking] top, the last when absent; with rank sets also separation, elbow, pai", example="10%"
    )
    size: Literal["areas", "exposure", "km2"] = setting(
        "areas", "what shares of places are of: areas, exposure, km2", after="draws"
    )
