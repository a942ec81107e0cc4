"""Sites where nothing was done: contiguous sets of areas like a site, drawn from untreated ground."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import Above, CountFrom0, CountFrom1, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.ground import Ground, ground_of, rows_of
from socharm.evaluation.site_growth import every_set, grown_set
from socharm.evaluation.wide import area_values
from socharm.hotspots.areas.graphs import Graph, W
from socharm.stats.random_streams import stream

__all__ = ["PlaceboSites", "PlaceboSitesFindings", "PlaceboSitesSettings", "placebo_sites"]

#: What becomes of a call where the ground has fewer sites than are asked.
TooFew: TypeAlias = Literal["error", "give all"]

#: Sets that one stream draws. Fixed: another number would be other sites.
_BLOCK: Final = 200
#: Steps of the search for every site, before they count as too many to list.
_STEPS: Final = 10_000
#: Draws for each site that is asked, before the ground counts as having no more.
_TRIES: Final = 400


@dataclass(frozen=True, kw_only=True)
class PlaceboSitesSettings(Settings):
    """Choices behind placebo sites; enough to draw them again."""

    n: CountFrom1 = setting(400, "placebo sites")
    buffer: CountFrom0 = setting(1, "orders of neighbours round the site and what is excluded that are left out")
    factor: Annotated[float, Above(1)] = setting(1.5, "sizes from the site's over this to the site's times this")
    too_few: TooFew = setting("error", 'fewer sites than asked: "error" stops, "give all" gives those that there are')
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.n > 100_000:
            yield f"`n` is {self.n:,}; at most 100,000 placebo sites are drawn. A p-value needs some hundreds."


@dataclass(frozen=True, kw_only=True)
class PlaceboSitesFindings:
    """What ground there is.

    Attributes
    ----------
    site : tuple of str
        Areas of the site.
    size : float or None
        Of the site; None where no sizes are given.
    ground : int
        Areas that placebo sites may be made of.
    excluded, buffer : tuple of str
        Areas named in `exclude`, and those left out round site and excluded areas.
    sites : int
        Placebo sites that were found.
    possible : int or None
        Distinct sites that the ground allows; None where there are too many to be counted.
    """

    site: tuple[str, ...]
    size: float | None
    ground: int
    excluded: tuple[str, ...]
    buffer: tuple[str, ...]
    sites: int
    possible: int | None


@dataclass(frozen=True, eq=False, repr=False)
class PlaceboSites(Record):
    """Sites where nothing was done.

    Attributes
    ----------
    table : DataFrame
        Index ``site`` (0, 1, ...): ``areas`` (their number), ``size`` and ``times_site`` (missing without sizes).
    members : DataFrame
        One row for each ``site`` and ``area_code``. Sites may share areas; no two are the same.
    around : DataFrame
        One row for each ``site`` and ``area_code`` of the buffer round it: no donors of that site.
    """

    __made_by__ = ("placebo_sites",)

    table: pd.DataFrame
    members: pd.DataFrame
    around: pd.DataFrame
    settings: PlaceboSitesSettings
    findings: PlaceboSitesFindings
    about: About

    @property
    def sentence(self) -> str:
        """What was drawn, in plain English."""
        found, n = self.findings, len(self.findings.site)
        factor = self.settings.factor
        like = f", each of {1 / factor:.2f} to {factor:.2f} times its size" if found.size is not None else ""
        there = "more than can be listed" if found.possible is None else f"{found.possible:,}"
        made = number_of(n, "area", "adjoining areas")
        return (
            f"{number_of(found.sites, 'placebo site')} of {made} like the site{like}, "
            f"from {number_of(found.ground, 'untreated area')}, which allow {there}."
        )

    def _summary(self) -> dict[str, str]:
        return {"sites": self.sentence, "left out": f"{number_of(len(self.findings.buffer), 'area')} round the site"}


@checked
def placebo_sites(
    areas: gpd.GeoDataFrame | Graph | W,
    *,
    site: Sequence[str],
    sizes: pd.Series | None = None,
    exclude: Sequence[str] = (),
    n: CountFrom1 = 400,
    buffer: CountFrom0 = 1,
    factor: Annotated[float, Above(1)] = 1.5,
    too_few: TooFew = "error",
    seed: Seed | None = None,
    about: About | None = None,
    settings: PlaceboSitesSettings | Mapping[str, Any] | None = None,
) -> PlaceboSites:
    """Draw contiguous sets of as many areas as a site has, like it in size, from untreated ground.

    Parameters
    ----------
    areas : GeoDataFrame, Graph or W
        Areas by code, in metres (neighbours share a point of the boundary), or their neighbours.
    site : sequence of str
        Areas of the site; they need not adjoin.
    sizes : Series, optional
        Size of each area, zero or more: crimes before the start, or residents. Without it any set of that number of
        areas will do.
    exclude : sequence of str
        Other areas where something was done, or that are unlike.
    n : int
        Placebo sites.
    buffer : int
        Orders of neighbours round the site and round excluded areas that are left out: crime may have moved there.
    factor : float
        The size of a placebo site is from the site's over this to the site's times this. Only with `sizes`.
    too_few : {"error", "give all"}
        What becomes of the call where the ground allows, or shows, fewer sites than are asked.
    seed : int
        To be stated here or in `settings`.
    about : About, optional
        Sources and marking.
    settings : PlaceboSitesSettings or mapping, optional
        Choices of another draw, for what is not stated by keyword.

    Returns
    -------
    PlaceboSites

    Raises
    ------
    AlignmentError
        Areas of the site, or excluded ones, that are not among the areas; an area without a size.
    ParameterError
        A factor without sizes; an empty site; a site without size.
    RefusedError
        Fewer placebo sites than asked.

    Notes
    -----
    Where all sets can be listed (10,000 steps of a search), sites are drawn from the list, each set with the same
    probability. Else a set grows from a random area by a random one of the areas next to it; those unlike the site and
    those drawn before are drawn again, up to 400 times the number asked. Compact sets are then more probable than
    drawn-out ones. One stream of random numbers makes 200 draws: more sites begin with the same ones.

    Examples
    --------
    >>> line = Graph.from_arrays(list("ABCDEFGH") * 2, list("BCDEFGHAHABCDEFG"), np.ones(16))
    >>> made = placebo_sites(line, site=["A", "B"], n=3, seed=1)
    >>> made.findings.possible, made.findings.buffer
    (3, ('C', 'H'))
    """
    chosen = PlaceboSitesSettings.of(settings)
    ground = ground_of(areas)
    rows = rows_of(site, ground.codes, name="site")
    if not rows:
        raise ParameterError("`site` is empty. Name its areas.")
    if sizes is None and chosen._changed("factor"):
        raise ParameterError(
            f"`factor` is {chosen.factor}, and no `sizes` are given. Give them, or leave `factor` out."
        )
    out = rows_of(exclude, ground.codes, name="exclude")
    near = ground.within({*rows, *out}, chosen.buffer)
    free = sorted(set(range(len(ground.codes))) - near)
    weight = None if sizes is None else area_values(sizes, [ground.codes[row] for row in [*rows, *free]], name="sizes")
    like = _Like(None if weight is None else weight[len(rows) :], _site_size(weight, len(rows)), chosen.factor)
    found, possible = _drawn(ground.only(free), len(rows), like, chosen)
    _require_enough(found, possible, len(free), chosen)
    told = PlaceboSitesFindings(
        site=tuple(ground.codes[row] for row in rows), size=like.site, ground=len(free),
        excluded=tuple(ground.codes[row] for row in out),
        buffer=tuple(ground.codes[row] for row in sorted(near - {*rows, *out})), sites=len(found), possible=possible,
    )  # fmt: skip
    members = [[free[member] for member in each] for each in found]
    return PlaceboSites(
        table=_sizes(found, like, len(rows)),
        members=_long(members, ground),
        around=_long([sorted(ground.within(each, chosen.buffer) - set(each)) for each in members], ground),
        settings=chosen,
        findings=told,
        about=about or About(),
    )


@dataclass(frozen=True)
class _Like:
    """Which sets are like the site in size."""

    sizes: NDArray[np.float64] | None
    site: float | None
    factor: float

    def size(self, members: Sequence[int]) -> float:
        return float("nan") if self.sizes is None else float(self.sizes[list(members)].sum())

    def holds(self, members: Sequence[int]) -> bool:
        if self.site is None:
            return True
        return self.site / self.factor <= self.size(members) <= self.site * self.factor


def _site_size(weight: NDArray[np.float64] | None, n: int) -> float | None:
    if weight is None:
        return None
    size = float(weight[:n].sum())
    if size <= 0:
        raise ParameterError(
            "The `sizes` of the site add up to zero: no placebo site can be like it. Leave `sizes` out."
        )
    return size


def _drawn(
    neighbours: Sequence[Sequence[int]], size: int, like: _Like, chosen: PlaceboSitesSettings
) -> tuple[list[tuple[int, ...]], int | None]:
    """Distinct sets like the site, and how many there are where that can be told."""
    listed = list(every_set(neighbours, size, _STEPS))
    if not listed or listed[-1]:
        fit = [members for members in listed if like.holds(members)]
        rng = stream(chosen.seed, 0, purpose="placebo-sites-listed")
        return [fit[at] for at in rng.permutation(len(fit))[: chosen.n]], len(fit)
    found: dict[tuple[int, ...], None] = {}
    roots = range(len(neighbours))
    for block in range(-(-_TRIES * chosen.n // _BLOCK)):
        rng = stream(chosen.seed, block, purpose="placebo-sites-grown")
        for _ in range(_BLOCK):
            members = grown_set(rng, neighbours, roots, size)
            if members and members not in found and like.holds(members):
                found[members] = None
            if len(found) == chosen.n:
                return list(found), None
    return list(found), None


def _require_enough(
    found: list[tuple[int, ...]], possible: int | None, ground: int, chosen: PlaceboSitesSettings
) -> None:
    if found and (len(found) >= chosen.n or chosen.too_few == "give all"):
        return
    if chosen.too_few == "give all":
        raise RefusedError(
            f"The {number_of(ground, 'untreated area')} give no site like the one treated. Compare with more areas."
        )
    there = (
        f"{number_of(len(found), 'site')} in {number_of(_TRIES * chosen.n, 'draw')}"
        if possible is None
        else number_of(possible, "site")
    )
    raise RefusedError(
        f"The {number_of(ground, 'untreated area')} give {there} like the one treated, and {chosen.n:,} are asked. Ask "
        "for fewer, raise `factor`, lower `buffer`, add areas, or state too_few='give all'."
    )


def _sizes(found: list[tuple[int, ...]], like: _Like, areas: int) -> pd.DataFrame:
    sizes = np.array([like.size(members) for members in found])
    return pd.DataFrame(
        {"areas": areas, "size": sizes, "times_site": sizes / like.site if like.site else np.nan},
        index=pd.RangeIndex(len(found), name="site"),
    )


def _long(groups: list[list[int]], ground: Ground) -> pd.DataFrame:
    """One row for each area of each group."""
    rows = [(site, ground.codes[member]) for site, members in enumerate(groups) for member in members]
    return pd.DataFrame(rows, columns=["site", AREA])
