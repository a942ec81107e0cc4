"""Actions as a dashboard shows them: of a plan, or first ones of the areas of the highest ranks."""

from __future__ import annotations

import os
from typing import Final

import pandas as pd

from socharm._columns import AREA, PARENT
from socharm.errors import ParameterError
from socharm.plans.choosing import offence_weights
from socharm.plans.plan import read_plan
from socharm.plans.seed import first_options
from socharm.snapshot.assessment import Assessment

__all__ = ["draft_actions", "plan_actions"]

#: Areas that have drafts: the first page of a list.
MOST_AREAS: Final = 20
#: Actions of each phase: what can be read beside a map.
MOST_ACTIONS: Final = 3


def draft_actions(assessment: Assessment) -> pd.DataFrame:
    """The first actions of each phase from the plan that would be begun for each area of the highest ranks.

    The areas of `Assessment.top` of twenty: those that are equal at the end are all kept, so there may be more.

    Parameters
    ----------
    assessment : Assessment

    Returns
    -------
    DataFrame
        ``area_code``, ``phase``, ``action``, ``agency``.
    """
    found = []
    tables = assessment.tables
    for code in map(str, assessment.top(MOST_AREAS).index):
        # Not the whole plan: what an action is to change, which a dashboard does not show, takes longer than the rest.
        _, _, actions = first_options(tables, code, offence_weights(tables, code))
        named = actions[actions["phase"].astype(str).str.len() > 0]
        first = named.groupby("phase", sort=False).head(MOST_ACTIONS)
        found.append(first[["phase", "action", "agency"]].assign(**{AREA: code}))
    columns = [AREA, "phase", "action", "agency"]
    return pd.concat(found)[columns].reset_index(drop=True) if found else pd.DataFrame(columns=columns, dtype="str")


def plan_actions(plan: str | os.PathLike[str], assessment: Assessment, *, day_first: bool | None) -> pd.DataFrame:
    """Actions of a plan, once for each area that the plan is of: itself, or those of its district or force.

    Raises
    ------
    ParameterError
        The plan is of a place that the assessment does not know, such as several areas under one name: its actions
        would stand at places they are not of.
    """
    read = read_plan(plan, day_first=day_first)
    place, areas = read.settings.area, assessment.tables["areas"]
    codes = [place] if place in areas.index else []
    for column in (PARENT, "force"):
        if not codes and column in areas:
            codes = [str(code) for code in areas.index[(areas[column] == place).to_numpy(dtype=bool, na_value=False)]]
    if not codes:
        raise ParameterError(
            f"The plan is of {place!r}, which is no area, district or force of the assessment. Give the plan "
            "of one, or leave `plan` out."
        )
    return pd.concat([read.table.assign(**{AREA: code}) for code in codes])
