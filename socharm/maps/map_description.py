"""What a map shows, told in data, so that it can be judged before it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import check_fields, checked
from socharm._checks import require_choice
from socharm._constraints import ClosedShare, CountFrom1, OneOf, Positive
from socharm.errors import ParameterError
from socharm.maps.class_choice import classes_of
from socharm.maps.palettes import sequential
from socharm.offences import POLICE_GENERATED, category_of
from socharm.severity.index import SeverityIndex

__all__ = ["LEVELS", "MapDescription", "describe_choropleth"]

_KINDS: Final = ("areas", "points", "surface", "squares")
_QUANTITIES: Final = ("count", "harm", "rank", "score", "probability")
LEVELS: Final = ("warning", "note")


@dataclass(frozen=True, kw_only=True)
class MapDescription:
    """What a map shows, and how.

    Parameters
    ----------
    kind : {"areas", "points", "surface", "squares"}
    quantity : {"count", "harm", "rank", "score", "probability"}
        What the colour or the dot stands for, before any division.
    denominator : str
        What it is divided by, such as ``"residents"`` or ``"km2"``; blank when by nothing.
    denominators : Series, optional
        The denominator of each area.
    shrunk : bool
        Whether thin areas were drawn towards the others (`rate_shrunk`).
    offences : sequence of str
        Canonical keys of what is counted or weighed.
    police_generated_share : float, optional
        Share of the harm that police-generated offences have.
    bounds : sequence of float
        Bounds of the classes, ascending; the last class may be one of areas far above the others.
    colours : sequence of colour
        Of the classes, in order.
    cell_m, bandwidth_m : float, optional
        Side of the cells and reach of the kernel, in metres.
    snapped : bool
        Whether the points were moved to shared map points, as police.uk does.
    claims : {"area", "street"}
        The finest place that the title or text speaks of.
    legend : bool
    about : About, optional
        What the map prints of period, source and marking; None when it prints nothing.
    """

    __made_by__ = ("describe_choropleth",)

    kind: Annotated[str, OneOf(*_KINDS)]
    quantity: Annotated[str, OneOf(*_QUANTITIES)]
    denominator: str = ""
    denominators: pd.Series | None = None
    shrunk: bool = False
    offences: Sequence[str] = ()
    police_generated_share: ClosedShare | None = None
    bounds: Sequence[float] = ()
    colours: Sequence[str | tuple[float, float, float]] = ()
    cell_m: Positive | None = None
    bandwidth_m: Positive | None = None
    snapped: bool = False
    claims: Literal["area", "street"] = "area"
    legend: bool = True
    about: About | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if len(self.bounds) and not (np.all(np.isfinite(self.bounds)) and np.all(np.diff(self.bounds) > 0)):
            raise ParameterError(f"`bounds` is {list(self.bounds)}; give finite numbers, each above the one before.")


@checked
def describe_choropleth(
    index: SeverityIndex,
    *,
    column: str = "rate_shrunk",
    scheme: str = "quantiles",
    k: CountFrom1 = 5,
    palette: str = "harm",
) -> MapDescription:
    """Description of what `plot_choropleth` draws of an index with the same choices.

    Parameters
    ----------
    index : SeverityIndex
    column : {"rate", "rate_shrunk", "harm", "crimes", "rank"}
    scheme, k, palette
        As of `plot_choropleth`.

    Returns
    -------
    MapDescription

    Raises
    ------
    ParameterError
        Another column, or no index.
    """
    quantities = {"rate": "harm", "rate_shrunk": "harm", "harm": "harm", "crimes": "count", "rank": "rank"}
    require_choice(column, quantities, name="column")
    values = pd.to_numeric(index.table[column], errors="coerce").dropna().to_numpy(dtype=float)
    bounds = classes_of(values, scheme=scheme, k=k).bounds if len(values) else np.empty(0)
    classes = max(len(bounds) - 1, 0)
    colours = sequential(classes, palette)(np.arange(classes)) if classes else np.empty((0, 4))
    by_offence = index.cells.groupby("offence", observed=True)["harm"].sum()
    generated = by_offence[[category_of(str(key)) in POLICE_GENERATED for key in by_offence.index]].sum()
    people = index.population if column in ("rate", "rate_shrunk") else None  # a rate per area is a total
    return MapDescription(
        kind="areas",
        quantity=quantities[column],
        denominator="" if people is None else people.settings.kind,
        denominators=None if people is None else people.table["value"].reindex(index.table.index),
        shrunk=column == "rate_shrunk",
        offences=tuple(str(key) for key in by_offence.index[by_offence > 0]),
        police_generated_share=float(generated / by_offence.sum()) if by_offence.sum() > 0 else None,
        bounds=tuple(bounds.tolist()) if (np.diff(bounds) > 0).all() else (),
        colours=tuple((float(r), float(g), float(b)) for r, g, b, _ in colours),
        about=index.about,
    )
