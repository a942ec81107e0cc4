"""Areas to compare a site with: like it before the start in crime history and covariates, and out of its reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._constraints import CountFrom0, CountFrom1, Missing, Positive
from socharm._record import Record
from socharm._words import joined_words, number_of
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.calibration_levels import read_outcomes
from socharm.evaluation.donor_candidates import DonorSearchSettings, Forces, Pairs, reasons_of, reasons_told
from socharm.evaluation.donor_variables import Variable, donor_variables
from socharm.evaluation.ground import ground_of
from socharm.evaluation.wide import Wide, before_start
from socharm.hotspots.areas.graphs import Graph, W

__all__ = ["Donors", "DonorsFindings", "find_donors"]

_Floats = NDArray[np.float64]
_Whole = NDArray[np.intp]
#: The name of `outcomes` among variables.
_OUTCOME: Final = "the outcome"
#: Fewer donors compare with nothing.
_LEAST: Final = 2
#: Standard deviations beyond which a balance table calls a difference large (Stuart 2010).
LARGE: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class DonorsFindings:
    """What was found among how many.

    Attributes
    ----------
    site : tuple of str
    start : str
        First period with the intervention.
    periods_before : int
        All that was looked at.
    candidates : int
        Areas that donors were chosen from.
    donors : int
    without : tuple of str
        Areas of the site that no candidate is like.
    variables : tuple of str
        What donors were chosen by.
    by_chance : tuple of str
        Variables in which areas differ by no more than chance: nothing was chosen by them.
    left_out : tuple of (str, int)
        Why areas are no candidates, and how many.
    """

    site: tuple[str, ...]
    start: str
    periods_before: int
    candidates: int
    donors: int
    without: tuple[str, ...]
    variables: tuple[str, ...]
    by_chance: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class Donors(Record):
    """Areas that a site is compared with.

    Attributes
    ----------
    donors : tuple of str
        Their codes, the nearest first.
    table : DataFrame
        Index ``area_code``, every area outside the site: ``donor``, ``like`` (the area of the site that chose it, else
        the one it is nearest to), ``distance`` from that (standard deviations), ``furthest`` (the variable in which
        they differ most), ``rank`` (1 is the nearest), ``left_out`` (why it is no donor, else blank). Missing for areas
        that are no candidates.
    balance : DataFrame
        Index ``variable``: ``kind`` (level, course, covariate), ``site``, ``donors``, ``all`` (candidates): crimes a
        period and area, second half of the periods over the first (both geometric means, chance taken out), covariates
        as given; ``difference_before`` (site less all candidates) and ``difference_after`` (site less donors), in
        standard deviations between areas.
    """

    __made_by__ = ("find_donors",)

    donors: tuple[str, ...]
    table: pd.DataFrame
    balance: pd.DataFrame
    settings: DonorSearchSettings
    findings: DonorsFindings
    about: About

    @property
    def sentence(self) -> str:
        """What was found, in plain English."""
        found = self.findings
        far = self.table.loc[list(self.donors), "distance"]
        areas = "the site" if len(found.site) == 1 else f"the {number_of(len(found.site), 'area')} of the site"
        told = (
            f"{number_of(found.donors, 'donor')} of {number_of(found.candidates, 'candidate')}, like {areas} in the "
            f"{number_of(found.periods_before, 'period')} before {found.start}: "
            f"{far.min():.2f} to {far.max():.2f} standard deviations apart."
        )
        if found.without:
            told += f" No candidate is like {joined_words(found.without)}."
        if not found.variables:
            return f"{told} Areas differ by no more than chance, so that any is like any other."
        large = self.balance[self.balance["difference_after"].abs() > LARGE]
        if not len(large):
            return f"{told} In no variable do site and donors differ by more than {LARGE} standard deviations."
        worst, row = max(large.to_dict("index").items(), key=lambda one: abs(one[1]["difference_after"]))
        verb = "differ" if len(large) == 1 else "differ most"
        return (
            f"{told} Site and donors differ by more than {LARGE} standard deviations in "
            f"{len(large)} of {number_of(len(found.variables), 'variable')}; they {verb} in {worst!s} "
            f"({row['difference_after']:+.2f}, against {row['difference_before']:+.2f} with all candidates)."
        )

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {"donors": self.sentence, "chosen by": ", ".join(found.variables)}
        if found.by_chance:
            lines["not told from chance"] = ", ".join(found.by_chance)
        return lines | ({"no candidates": reasons_told(found.left_out)} if found.left_out else {})


@checked
def find_donors(
    outcomes: pd.DataFrame,
    *,
    site: Sequence[str],
    areas: gpd.GeoDataFrame | Graph | W,
    start: str | int,
    by_offence: Mapping[str, pd.DataFrame] | None = None,
    covariates: pd.DataFrame | None = None,
    within: pd.Series | None = None,
    exclude: Iterable[str] = (),
    forces: Iterable[str] = (),
    n: CountFrom1 = 20,
    buffer: CountFrom0 = 1,
    caliper: Positive = 1.0,
    missing: Missing = "error",
    about: About | None = None,
    settings: DonorSearchSettings | Mapping[str, Any] | None = None,
) -> Donors:
    r"""Find areas that are like a site before the start, outside its reach.

    Parameters
    ----------
    outcomes : DataFrame
        One row for each area (index: codes), one column for each period, in order: counts or harm of zero or more. A
        missing cell was not covered. What lies at the start and after it is not looked at, and need not be there.
    site : sequence of str
        Areas of the site.
    areas : GeoDataFrame, Graph or W
        Areas by code, in metres (neighbours share a point of the boundary), or their neighbours.
    start : str or int
        First period with the intervention: a column of `outcomes`, or a month after its last.
    by_offence : mapping of str to DataFrame, optional
        The same for groups of offences, by their names: same areas and periods.
    covariates : DataFrame, optional
        One row for each area, one column for each: deprivation, population, density.
    within : Series, optional
        Force of each area: donors are of the forces of the site, or of `forces`.
    exclude : iterable of str
        Areas of other sites, or that are unlike.
    forces : iterable of str
        Forces that donors are of. Only with `within`.
    n : int
        Donors at most.
    buffer : int
        Orders of neighbours round the site and round what is excluded that are left out: crime may have moved there.
    caliper : float
        Largest distance of a donor from the area of the site that chooses it.
    missing : {"error", "leave out"}
        What becomes of areas with gaps before the start, or with a covariate missing. A site with gaps is refused.
    about : About, optional
        Sources and marking.
    settings : DonorSearchSettings or mapping, optional
        Choices of another search, for what is not stated by keyword.

    Returns
    -------
    Donors

    Raises
    ------
    SchemaError
        What is no wide frame of numbers of zero or more; areas with gaps, or with a covariate missing.
    AlignmentError
        Areas of the site, or excluded, that are not there; frames of different areas or periods; an area without
        covariates; an area of the site without a force.
    ParameterError
        A start that is no period; one donor at most; an excluded area of the site; forces without `within`, or that no
        area is of.
    RefusedError
        A site with gaps, with nothing recorded before the start, or with fewer than two periods before; no candidate;
        fewer than two that are alike: the message says in what the nearest differs most.

    Warns
    -----
    CoverageWarning
        Areas with gaps were left out.

    Notes
    -----
    Variables are, of `outcomes` and each frame of `by_offence`, the level :math:`\log((N + 1/2)/T)` and, from four
    periods on, the course :math:`\log((N_2 + 1/2)/(N_1 + 1/2))` of the second half on the first; and covariates as
    given. Levels and courses are drawn towards their mean as far as they are chance (variance
    :math:`\varphi/(N + 1/2)`, :math:`\varphi` the dispersion of periods within areas), so that nobody is chosen by
    noise, and divided by the standard deviation between areas that remains; covariates by theirs. The distance is the
    root of the mean squared difference over all variables. Each area of the site takes the nearest candidate that is
    left, in turn, those with the fewest within the caliper first, until there are `n` or none is left: nearest
    neighbours without replacement.

    References
    ----------
    Stuart, E. A. (2010). Matching methods for causal inference: a review and a look forward. *Statistical Science* 25,
    1-21. Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates. *Statistics
    in Medicine* 28, 3083-3107.

    Examples
    --------
    >>> codes = [f"A{n}" for n in range(8)]
    >>> ring = Graph.from_arrays(codes * 2, codes[1:] + codes[:1] + codes[-1:] + codes[:-1], np.ones(16))
    >>> level = np.array([40, 42, 10, 41, 39, 12, 90, 11])
    >>> counts = pd.DataFrame(np.repeat(level[:, None], 6, axis=1), index=codes)
    >>> made = find_donors(counts, site=["A0"], areas=ring, start=5)
    >>> made.donors, made.table.loc["A1", "left_out"]
    (('A3', 'A4'), 'next to the site')
    """
    chosen = DonorSearchSettings.of(settings)
    if chosen.n < _LEAST:
        raise ParameterError(f"`n` is {chosen.n}: one donor compares with nothing. State at least {_LEAST}.")
    held = _held(outcomes, by_offence or {}, site, start, chosen)
    first = next(iter(held.values()))
    if not first.values[first.treated, : first.before].sum() > 0:
        raise RefusedError("Nothing is recorded at the site before `start`: nothing is like it. Use another outcome.")
    blank = _without_covariates(covariates) if chosen.missing == "leave out" else set()
    reasons = reasons_of(ground_of(areas), first, Forces.of(within, chosen.forces), blank, chosen)
    pool = sorted((row for row in first.donors if not reasons[first.codes[row]]), key=lambda row: first.codes[row])
    left_out = tuple(Counter(why for why in reasons.values() if why).most_common())
    if not pool:
        raise RefusedError(f"No area is left to choose from: {reasons_told(left_out)}. Lower `buffer`, or add areas.")
    rows = np.append(first.treated, np.array(pool, dtype=np.intp))
    variables = list(donor_variables(held, rows, covariates))
    pairs = Pairs.of([each for each in variables if each.scale > 0], len(first.treated), len(pool))
    codes = first.named(rows)
    picked = pairs.picked(chosen.n, chosen.caliper)
    if len(picked) < _LEAST:
        raise RefusedError(_nothing_alike(pairs, codes, len(picked), chosen.caliper))
    table = _table(reasons, pairs, codes, picked, chosen.caliper)
    donors = tuple(map(str, table.loc[table["donor"], "rank"].sort_values(kind="stable").index))
    return Donors(
        donors=donors,
        table=table,
        balance=_balance(variables, len(first.treated), sorted(len(first.treated) + at for at in picked)),
        settings=chosen,
        findings=DonorsFindings(
            site=first.named(first.treated), start=str(start), periods_before=first.before, candidates=len(pool),
            donors=len(donors), without=tuple(codes[at] for at in np.flatnonzero(~pairs.within(chosen.caliper))),
            variables=pairs.names, by_chance=tuple(each.name for each in variables if not each.scale > 0),
            left_out=left_out,
        ),
        about=about or About(),
    )  # fmt: skip


def _held(
    outcomes: pd.DataFrame, by_offence: Mapping[str, pd.DataFrame], site: Sequence[str], start: str | int,
    chosen: DonorSearchSettings,
) -> dict[str, Wide]:  # fmt: skip
    """What lies before the start, of the outcome and of each group of offences."""
    if not site:
        raise ParameterError("`site` is empty. Name its areas.")
    if _OUTCOME in by_offence:
        raise ParameterError(f"`by_offence` has a group {_OUTCOME!r}, which is what `outcomes` is called. Rename it.")

    every = {_OUTCOME: outcomes} | {str(name): frame for name, frame in by_offence.items()}
    frames = {name: before_start(frame, start, _LEAST) for name, frame in every.items()}
    return read_outcomes(frames, site, None, chosen.missing)


def _without_covariates(covariates: pd.DataFrame | None) -> set[str]:
    """Areas with a covariate missing."""
    if covariates is None:
        return set()
    return {str(code) for code in covariates.index[covariates.isna().any(axis=1)]}


def _nothing_alike(pairs: Pairs, codes: tuple[str, ...], found: int, caliper: float) -> str:
    """Which candidate is the nearest of those that are not alike, and in what it differs most."""
    order = np.argsort(pairs.distance.min(axis=0), kind="stable")
    told = "No area is alike" if not found else "Only one area is alike, and one compares with nothing"
    told = f"{told}: `caliper` is {caliper:g} standard deviations."
    if found < len(order):
        other = int(order[found])
        one = int(pairs.distance[:, other].argmin())
        name, apart = pairs.furthest(one, other)
        which = "The nearest" if not found else "The next"
        told += (
            f" {which} of {number_of(len(order), 'candidate')}, {codes[len(pairs.distance) + other]!r}, is "
            f"{pairs.distance[one, other]:.2f} from {codes[one]!r}, furthest in {name} ({apart:.2f})."
        )
    return f"{told} Widen `caliper`, leave variables out, or add areas."


def _table(
    reasons: Mapping[str, str], pairs: Pairs, codes: tuple[str, ...], picked: Mapping[int, int], caliper: float
) -> pd.DataFrame:
    """Every area outside the site."""
    table = pd.DataFrame({"left_out": pd.Series(dict(reasons), dtype=object)}).rename_axis(AREA)
    own, nearest = codes[: len(pairs.distance)], pairs.distance.argmin(axis=0)
    like = np.array([picked.get(at, int(nearest[at])) for at in range(len(nearest))])
    distance = pairs.distance[like, np.arange(len(like))]
    part = pd.DataFrame(
        {
            "donor": [at in picked for at in range(len(like))],
            "like": [own[one] for one in like],
            "distance": distance,
            "furthest": [pairs.furthest(int(one), at)[0] for at, one in enumerate(like)],
            "rank": pd.Series(distance).rank(method="first").astype("Int64").array,
            "left_out": np.where(distance > caliper, "beyond the caliper", "not among the nearest"),
        },
        index=pd.Index(codes[len(own) :], name=AREA),
    )
    part.loc[part["donor"], "left_out"] = ""
    table.loc[part.index, "left_out"] = part["left_out"]
    made = part.drop(columns="left_out").reindex(table.index).assign(left_out=table["left_out"])
    return made.assign(donor=made.index.isin(part.index[part["donor"]]))


def _balance(variables: Sequence[Variable], site: int, donors: list[int]) -> pd.DataFrame:
    """Means of the site, of donors and of all candidates, and how far they lie apart."""
    rows = {}
    for each in variables:
        groups = np.arange(site), np.array(donors, dtype=np.intp), np.arange(site, len(each.values))
        own, near, every = (float(each.values[group].mean()) for group in groups)
        scale = each.scale if each.scale > 0 else np.nan
        rows[each.name] = [each.kind, *map(each.mean, groups), (own - every) / scale, (own - near) / scale]
    columns = ["kind", "site", "donors", "all", "difference_before", "difference_after"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("variable")
