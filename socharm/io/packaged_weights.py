"""Weights that come along, as published."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

import pandas as pd

from socharm._columns import OFFENCE
from socharm.offences import (
    offence_key,
)

__all__ = ["SCHEMES", "WEIGHT_COLUMNS", "packaged_weights"]

#: Packaged schemes: name to (file, year of release, unit, source).
SCHEMES: Final[Mapping[str, tuple[str, int, str, str]]] = {
    "ons-css": (
        "ons_css_2020.csv",
        2020,
        "sentence-days",
        "Office for National Statistics: Crime Severity Score weights, 2020 release",
    )
}


#: Columns of every scheme, in their order.
WEIGHT_COLUMNS: Final = ["weight", "within_variance", "tau", "source"]


@lru_cache(maxsize=4)
def packaged_weights(name: str) -> pd.DataFrame:
    with resources.files("socharm.io.tables").joinpath(SCHEMES[name][0]).open(encoding="utf-8") as lines:
        table = pd.read_csv(lines, comment="#", dtype=str)
    keys = pd.Index([offence_key(code) for code in table["count_code"]], name=OFFENCE)
    table = table.assign(weight=table["weight"].astype(float), within_variance=0.0, tau=0.0)
    return table.set_index(keys)[
        [*WEIGHT_COLUMNS, "count_code", "severity_code", "description", "category"]
    ].sort_index()
