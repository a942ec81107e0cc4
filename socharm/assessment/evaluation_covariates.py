"""What a snapshot knows of its areas beside crime, for donors that are to be alike in it."""

from __future__ import annotations

import pandas as pd

from socharm.snapshot.assessment import Assessment

__all__ = ["covariates_of"]


def covariates_of(assessment: Assessment) -> pd.DataFrame:
    """Population, density (a square kilometre) and deprivation by area, as far as a snapshot has them.

    Returns
    -------
    DataFrame
        Index ``area_code``; an area without a number is missing there.
    """
    areas, residents, overlay = (assessment.tables[name] for name in ("areas", "population", "overlay"))
    made = pd.DataFrame(index=areas.index)
    if len(residents):
        made["population"] = residents["value"]
        made["density"] = made["population"] / areas["area_km2"]
    if len(overlay):
        made["deprivation"] = overlay["deprivation"]
    return made.astype(float)
