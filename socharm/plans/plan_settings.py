"""What a plan is for: its place, threats, start and agencies, and its reviews and approvals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from socharm._arguments import check_fields
from socharm.plans.states import DocumentState

__all__ = ["PlanSettings"]


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """What a plan is for.

    Parameters
    ----------
    area : str
        Area code.
    area_name : str
    threats : tuple of str
        Keys of the threats that the plan answers.
    start : date, optional
        When the plan begins.
    agencies : tuple of str
        Agencies known beside the packaged ones.
    rate_unit : str
        Unit of the harm rates among the baselines.
    states : tuple of DocumentState
        Reviews and approvals, each by a role on a day; a draft where there is none.
    """

    area: str
    area_name: str = ""
    threats: tuple[str, ...] = ()
    start: dt.date | None = None
    agencies: tuple[str, ...] = ()
    rate_unit: str = ""
    states: tuple[DocumentState, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
