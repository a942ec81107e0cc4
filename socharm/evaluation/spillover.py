"""Did it move next door? Counts or harm in rings round a site, before and after, beside areas far away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_same_areas
from socharm._columns import AREA
from socharm._constraints import CountFrom1, Missing, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.chance import ALPHA, Z_95, as_extreme, kept_beside
from socharm.evaluation.change_words import LEAST_FOR_95, amount, few_for_rings
from socharm.evaluation.ground import ground_of, rows_of
from socharm.evaluation.ring_areas import RingAreas, placebo_logs
from socharm.evaluation.wide import Wide, read_wide
from socharm.hotspots.areas.graphs import Graph, W

__all__ = ["SpilloverFindings", "SpilloverRings", "SpilloverSettings", "spillover_rings"]

_Floats = NDArray[np.float64]
#: Names of the site and of the areas beyond every ring.
SITE, FAR = "site", "far areas"


@dataclass(frozen=True, kw_only=True)
class SpilloverSettings(Settings):
    """Choices behind rings round a site; enough to make them again."""

    orders: CountFrom1 | None = setting(None, "rings by order of neighbours: this many", example=2)
    distances: tuple[Positive, ...] | None = setting(None, "outer ends of rings, in metres", example=[500.0])
    missing: Missing = setting("error", 'areas with gaps: "error" stops, "leave out" leaves them out and says so')

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if (self.orders is None) == (self.distances is None):
            yield "State one of `orders` and `distances`: rings by order of neighbours, or by distance in metres."
        if self.distances is not None and list(self.distances) != sorted(set(self.distances)):
            yield f"`distances` are {list(self.distances)}; give outer ends, each larger than the one before."
        if self.distances is not None and not self.distances:
            yield "`distances` is empty. Give the outer end of one ring at least."


@dataclass(frozen=True, kw_only=True)
class SpilloverFindings:
    """What rings round a site hold.

    Attributes
    ----------
    site : tuple of str
    start : str
        First period with the intervention.
    periods_before, periods_after, rings, far_areas : int
    dispersion : float
        How many times the chance of counts far areas' changes vary, at least 1.
    placebos : int
        Far areas taken for a site, with rings of their own.
    site_difference, rings_difference, net_difference : float
        After the start less what was expected: of the site, of all rings, of both.
    left_out : tuple of str
        Areas with gaps.
    excluded : tuple of str
    """

    site: tuple[str, ...]
    start: str
    periods_before: int
    periods_after: int
    rings: int
    far_areas: int
    dispersion: float
    placebos: int
    site_difference: float
    rings_difference: float
    net_difference: float
    left_out: tuple[str, ...]
    excluded: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class SpilloverRings(Record):
    """A site, rings round it, and areas far away.

    Attributes
    ----------
    table : DataFrame
        Index ``ring`` (``site``, ``ring 1``, ..., ``far areas``): ``areas``, ``before``, ``after`` (totals),
        ``expected`` (before, times what far areas did), ``difference``, ``ratio`` (after over expected) with ``low_95``
        and ``high_95``, ``p`` (rank among placebo sites; missing without any), ``reading``.
    members : DataFrame
        Index ``area_code``: ``ring``.
    """

    __made_by__ = ("spillover_rings",)

    table: pd.DataFrame
    members: pd.DataFrame
    settings: SpilloverSettings
    findings: SpilloverFindings
    about: About

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        rings = self.table.drop(index=[SITE, FAR])
        moved = rings[rings["reading"].isin(_READINGS[:2])]
        near = (
            "nothing beyond chance in any ring"
            if not len(moved)
            else "; ".join(f"{name}: {row['reading']}" for name, row in moved.iterrows())
        )
        few = ""
        if found.placebos < LEAST_FOR_95:
            few = f" ({few_for_rings(found.placebos)})"
        rings_told = "the ring" if found.rings == 1 else f"the {found.rings} rings"
        return (
            f"The site had {_more(found.site_difference)} than expected by {number_of(found.far_areas, 'far area')}, "
            f"{rings_told} round it {_more(found.rings_difference)}, both together "
            f"{_more(found.net_difference)}; {near}{few}."
        )

    def _summary(self) -> dict[str, str]:
        told = {"finding": self.sentence}
        for name, row in self.table.drop(index=FAR).iterrows():
            told[str(name)] = (
                f"{amount(row['after'])} against {amount(row['expected'])} expected in "
                f"{number_of(int(row['areas']), 'area')}: {row['reading']}"
            )
        return told


#: What a ratio beyond chance may mean.
_READINGS: Final = ("more than expected", "less than expected", "within chance")


@checked
def spillover_rings(
    outcomes: pd.DataFrame,
    areas: gpd.GeoDataFrame | Graph | W,
    *,
    site: Sequence[str],
    start: str | int,
    orders: CountFrom1 | None = None,
    distances: Sequence[Positive] | None = None,
    exclude: Sequence[str] = (),
    missing: Missing = "error",
    about: About | None = None,
    settings: SpilloverSettings | Mapping[str, Any] | None = None,
) -> SpilloverRings:
    r"""Compare a site and the rings round it with areas far away, before and after.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered.
    areas : GeoDataFrame, Graph or W
        The same areas in metres, or their neighbours (for `orders` only).
    site : sequence of str
        Areas of the site.
    start : str or int
        First period with the intervention: a column of `outcomes`.
    orders : int, optional
        Rings by order of neighbours: the first adjoins the site, the second the first, up to this one.
    distances : sequence of float, optional
        Rings by distance between boundaries, in metres: outer end of each, in rising order. What adjoins the site is in
        the first. One of `orders` and `distances` is stated.
    exclude : sequence of str
        Areas that belong to no ring and are not far areas either, such as other sites.
    missing : {"error", "leave out"}
        What becomes of areas with gaps. A site with gaps is refused.
    about : About, optional
        Sources, unit, marking of the outcomes.
    settings : SpilloverSettings or mapping, optional
        Choices of other rings, for what is not stated by keyword.

    Returns
    -------
    SpilloverRings

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; areas with gaps.
    AlignmentError
        Outcomes and areas that differ; areas of the site that are not there.
    ParameterError
        None or both of `orders` and `distances`; distances out of order, or without shapes; a start that is no period.
    RefusedError
        A site with gaps; rings that swallow all far areas, or that hold none; far areas without outcomes before.

    Warns
    -----
    CoverageWarning
        Areas with gaps were left out.

    Notes
    -----
    With totals *b* before and *a* after, *B* and *A* of the far areas: expected is :math:`bA/B`, with a half added to
    *a* and *b* in the ratio :math:`\frac{a}{b}\frac{B}{A}` where either is zero. Each far area is taken for a site,
    with those next to it until they are as many as the site's (at most 400, evenly among them), and has rings by the
    same rule among the far areas. *p* is the rank of the logarithm of the ratio among theirs, site among sites and ring
    among rings, and the interval holds the ratios that they do not reject, so that it holds 1 where p is above .05.

    With fewer than 19 such sites nothing can be rejected: the interval is then :math:`\exp(\pm
    1.96\sqrt{\phi(1/a + 1/b + 1/A + 1/B)})` about the ratio, :math:`\phi` being Pearson's dispersion of the far areas'
    changes, at least 1, which takes areas to move apart. More in a ring than expected may be displacement, less a
    benefit that spread, or its own course. How often rings are wrong: ``docs/validation/sites.md``.

    References
    ----------
    Bowers, K. J., Johnson, S. D. (2003). Measuring the geographical displacement and diffusion of benefit effects of
    crime prevention activity. Journal of Quantitative Criminology 19, 275-301.

    Examples
    --------
    >>> codes = list("ABCDEFGH")
    >>> line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(14))
    >>> counts = pd.DataFrame([[20, 20, 10]] + [[20, 20, 26]] + [[20, 20, 20]] * 6, index=codes)
    >>> made = spillover_rings(counts, line, site=["A"], start=2, orders=1)
    >>> made.table["difference"].tolist()
    [-10.0, 6.0, 0.0]
    """
    chosen = SpilloverSettings.of(settings)
    wide = read_wide(outcomes, site, start, missing=chosen.missing, least_before=1)
    ground = ground_of(areas)
    require_same_areas(pd.Index(wide.codes), pd.Index(ground.codes), names=("outcomes", "areas"))
    made_of = RingAreas.of(areas, ground, wide.codes, orders=chosen.orders, distances=chosen.distances)
    rings = _rings(wide, made_of, exclude)
    table, dispersion, placebos = _table(wide, rings, made_of)
    inner = table.drop(index=[SITE, FAR])
    own, near = float(table["difference"][SITE]), float(inner["difference"].sum())
    return SpilloverRings(
        table=table,
        members=pd.DataFrame(
            [(wide.codes[row], name) for name, rows in rings.items() for row in rows], columns=[AREA, "ring"]
        ).set_index(AREA),
        settings=chosen,
        findings=SpilloverFindings(
            site=wide.named(wide.treated), start=wide.periods[wide.before], periods_before=wide.before,
            periods_after=len(wide.periods) - wide.before, rings=len(inner), far_areas=len(rings[FAR]),
            dispersion=dispersion, placebos=placebos, site_difference=own, rings_difference=near,
            net_difference=own + near, left_out=wide.left_out, excluded=tuple(dict.fromkeys(map(str, exclude))),
        ),
        about=about or About(),
    )  # fmt: skip


def _more(difference: float) -> str:
    return f"{amount(abs(difference))} {'fewer' if difference < 0 else 'more'}"


def _rings(wide: Wide, areas: RingAreas, exclude: Sequence[str]) -> dict[str, list[int]]:
    """Rows of the site, of each ring and of the far areas."""
    own, out = wide.treated.tolist(), set(rows_of(exclude, wide.codes, name="exclude"))
    if both := out & set(own):
        raise ParameterError(f"{wide.named(sorted(both))[0]!r} is in `site` and in `exclude`. Leave it out of one.")
    usable = set(wide.donors.tolist()) - out
    rings = {SITE: own}
    for number, near in enumerate(areas.round(own), start=1):
        rings[f"ring {number}"] = sorted(near & usable)
        usable -= set(rings[f"ring {number}"])
    if empty := [name for name, rows in rings.items() if not rows]:
        raise RefusedError(f"{empty[0].capitalize()} holds no area with outcomes. Give fewer or wider rings.")
    if not usable:
        raise RefusedError(
            f"The rings take all {number_of(len(wide.donors), 'area')} beside the site: none is left far away to "
            "compare with. Give fewer or narrower rings, or add areas."
        )
    return {**rings, FAR: sorted(usable)}


def _table(wide: Wide, rings: Mapping[str, list[int]], areas: RingAreas) -> tuple[pd.DataFrame, float, int]:
    """Totals, what was expected, and how far chance reaches; dispersion of the far areas, and placebo sites."""
    early, late = wide.values[:, : wide.before].sum(axis=1), wide.values[:, wide.before :].sum(axis=1)
    far = rings[FAR]
    whole = float(early[far].sum()), float(late[far].sum())
    if min(whole) <= 0:
        raise RefusedError("The far areas have no outcome before, or none after: nothing can be expected. Add areas.")
    spread, rows = _dispersion(early[far], late[far]), {}
    others = placebo_logs(areas, early, late, len(rings[SITE]), far)
    for at, (name, members) in enumerate(rings.items()):
        before, after = float(early[members].sum()), float(late[members].sum())
        expected = before * whole[1] / whole[0]
        ratio, p = (np.nan, np.nan, np.nan), np.nan
        if name != FAR:
            ratio, p = _beside(_ratio(before, after, whole, spread), others[:, at])
        rows[name] = {
            "areas": len(members), "before": before, "after": after, "expected": expected,
            "difference": after - expected, "ratio": ratio[0], "low_95": ratio[1], "high_95": ratio[2], "p": p,
            "reading": _reading(*ratio[1:]),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ring"), spread, len(others)


def _beside(ratio: tuple[float, float, float], others: _Floats) -> tuple[tuple[float, float, float], float]:
    """The interval that placebo sites leave, and p; that of chance where they are too few to reject anything."""
    if not len(others):
        return ratio, np.nan
    log = float(np.log(ratio[0]))
    p = float((as_extreme(others, log, "two-sided").sum() + 1) / (len(others) + 1))
    kept = kept_beside(others, "two-sided")
    if kept is None:
        return ratio, p
    low, high = float(np.exp(log - kept[1])), float(np.exp(log - kept[0]))
    if p > ALPHA:  # what ties with placebo sites is not rejected for the last digit of a logarithm
        low, high = min(low, 1.0), max(high, 1.0)
    return (ratio[0], low, high), p


def _dispersion(early: _Floats, late: _Floats) -> float:
    """Pearson's dispersion of changes about the common one; 1 where it is less, or one area tells nothing."""
    both = early + late
    told = both > 0
    if told.sum() < 2:
        return 1.0
    share = float(late.sum() / both.sum())
    squares = (late[told] - both[told] * share) ** 2 / (both[told] * share * (1 - share))
    return max(1.0, float(squares.sum() / (told.sum() - 1)))


def _ratio(before: float, after: float, far: tuple[float, float], spread: float) -> tuple[float, float, float]:
    """After over expected, with its interval."""
    half = 0.5 if min(before, after) == 0 else 0.0
    b, a = before + half, after + half
    ratio = a / b * far[0] / far[1]
    reach = np.exp(Z_95 * np.sqrt(spread * (1 / a + 1 / b + 1 / far[0] + 1 / far[1])))
    return ratio, float(ratio / reach), float(ratio * reach)


def _reading(low: float, high: float) -> str:
    if np.isnan(low):
        return ""
    return _READINGS[0] if low > 1 else _READINGS[1] if high < 1 else _READINGS[2]
