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
from socharm.evaluation.chance import ALPHA
from socharm.evaluation.change_words import LEAST_FOR_95, amount, few_for_rings
from socharm.evaluation.detectable_model import links_of
from socharm.evaluation.effect_words import p_words
from socharm.evaluation.ground import ground_of, rows_of
from socharm.evaluation.ring_areas import RingAreas, placebo_groups
from socharm.evaluation.ring_test import RingTest, log_ratio, rings_beside
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
    apart : float
        Placebo sites whose rings do not move together which would tell as much as these, by the model, of the ring that
        has fewest; missing where placebo sites are fewer than 19.
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
    apart: float
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
        and ``high_95``, ``p`` (rank among placebo sites, that of a ring corrected for the number of rings), ``reading``
        (by *p*). Ends of the interval and *p* are missing where placebo sites are fewer than 19.
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
    def named(self) -> str:
        """Which rings *p* names, or that it names none."""
        if self.findings.placebos < LEAST_FOR_95:
            return f"rings cannot be judged: {few_for_rings(self.findings.placebos)}"
        rings = self.table.drop(index=[SITE, FAR])
        told = [
            f"{ring}: {row['reading']} ({p_words(row['p'])})" for ring, row in rings[rings["p"] <= ALPHA].iterrows()
        ]
        return "; ".join(told) or "nothing beyond chance in any ring"

    @property
    def sentence(self) -> str:
        """The finding in plain English."""
        found = self.findings
        rings_told = "the ring" if found.rings == 1 else f"the {found.rings} rings"
        return (
            f"The site had {_more(found.site_difference)} than expected by {number_of(found.far_areas, 'far area')}, "
            f"{rings_told} round it {_more(found.rings_difference)}, both together "
            f"{_more(found.net_difference)}; {self.named}."
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
_READINGS: Final = ("more than expected", "less than expected", "within chance", "cannot be told")


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
    same rule among the far areas, held against the rest of these.

    Rings of different places differ in size, and those of neighbouring placebo sites share areas or move together. The
    logarithm of each ratio is therefore divided by its standard deviation by the model of
    `minimum_detectable_change`, fitted to the far areas, and by the mean square of the placebo sites'. What that leaves
    is divided by :math:`t_n \sqrt{1 + 1/n} / z` at 97.5%, *n* (`apart`) being the squared number of placebo sites over
    the sum of the squared correlations of their departures by the model. *p* of a ring is its rank among the largest
    departures of any ring of each placebo site, so that it is corrected for the number of rings: where nothing happened
    any ring has one of .05 or less in 5% of cases. *p* of the site is its rank among sites. Intervals hold the ratios
    that are not rejected so, 1 among them where p is above .05, and those of rings hold together.

    With fewer than 19 such sites nothing can be rejected, and nothing is named. More in a ring than expected may be
    displacement, less a benefit that spread, or its own course. How often rings are wrong is in
    ``docs/validation/sites.md``.

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
    placebos = placebo_groups(made_of, *_totals(wide), len(rings[SITE]), rings[FAR])
    test = rings_beside(wide, list(rings.values()), placebos, links_of(made_of.ground, wide.codes))
    table = _table(wide, rings, test)
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
            dispersion=_dispersion(*(part[rings[FAR]] for part in _totals(wide))), placebos=len(placebos),
            apart=float(test.apart[1:].min()), site_difference=own, rings_difference=near,
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
    rings[FAR] = sorted(usable)
    if min(float(part[rings[FAR]].sum()) for part in _totals(wide)) <= 0:
        raise RefusedError("The far areas have no outcome before, or none after: nothing can be expected. Add areas.")
    return rings


def _totals(wide: Wide) -> tuple[_Floats, _Floats]:
    """Of each area before and after."""
    return wide.values[:, : wide.before].sum(axis=1), wide.values[:, wide.before :].sum(axis=1)


def _table(wide: Wide, rings: Mapping[str, list[int]], test: RingTest) -> pd.DataFrame:
    """Totals, what was expected, and how far chance reaches."""
    early, late = _totals(wide)
    whole = float(early[rings[FAR]].sum()), float(late[rings[FAR]].sum())
    ratios = [*np.exp(log_ratio(early, late, list(rings.values()))), np.nan]
    tested = [np.append(part, np.nan) for part in (test.low, test.high, test.p)]
    rows = {}
    for at, (name, members) in enumerate(rings.items()):
        before, after = float(early[members].sum()), float(late[members].sum())
        expected = before * whole[1] / whole[0]
        low, high, p = (float(part[at]) for part in tested)
        rows[name] = {
            "areas": len(members), "before": before, "after": after, "expected": expected,
            "difference": after - expected, "ratio": float(ratios[at]), "low_95": low, "high_95": high, "p": p,
            "reading": "" if name == FAR else _reading(float(ratios[at]), p),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("ring")


def _dispersion(early: _Floats, late: _Floats) -> float:
    """Pearson's dispersion of changes about the common one; 1 where it is less, or one area tells nothing."""
    both = early + late
    told = both > 0
    if told.sum() < 2:
        return 1.0
    share = float(late.sum() / both.sum())
    squares = (late[told] - both[told] * share) ** 2 / (both[told] * share * (1 - share))
    return max(1.0, float(squares.sum() / (told.sum() - 1)))


def _reading(ratio: float, p: float) -> str:
    """What *p* names a ring for."""
    if np.isnan(p):
        return _READINGS[3]
    return _READINGS[2] if p > ALPHA else _READINGS[0] if ratio > 1 else _READINGS[1]
