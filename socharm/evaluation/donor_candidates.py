"""Which areas may be donors of a site, how far they lie from it, and which of them are chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._constraints import CountFrom0, CountFrom1, Positive
from socharm._settings import setting
from socharm._words import joined_words, number_of
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.evaluation.donor_variables import Variable
from socharm.evaluation.ground import Ground, rows_of
from socharm.evaluation.wide import DonorSettings, Wide

__all__ = ["DonorSearchSettings", "Forces", "Pairs", "reasons_of", "reasons_told"]

_Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DonorSearchSettings(DonorSettings):
    """Choices behind a search for donors; enough to make it again."""

    n: CountFrom1 = setting(20, "donors at most; areas of the site choose in turn")
    buffer: CountFrom0 = setting(1, "orders of neighbours round the site and other sites that are left out")
    caliper: Positive = setting(1.0, "largest distance of a donor, in standard deviations between areas")
    exclude: tuple[str, ...] = setting((), "areas of other sites, or that are unlike", example=["E05000002"])
    forces: tuple[str, ...] = setting((), "forces that donors are of, with `within`; none: those of the site")


@dataclass(frozen=True, eq=False)
class Forces:
    """Which force each area is of, and which are asked for.

    Attributes
    ----------
    of_area : dict of str to str
    named : tuple of str
        Empty for those of the site.
    """

    of_area: dict[str, str]
    named: tuple[str, ...]

    @classmethod
    def of(cls, within: pd.Series | None, named: tuple[str, ...]) -> Forces | None:
        """Read the force of each area; None where all areas may be donors."""
        if within is None:
            if named:
                raise ParameterError("`forces` needs `within`, the force of each area. Give it, or leave `forces` out.")
            return None
        known = within[within.notna()]
        found = pd.Series(known.astype(str).to_numpy(), index=[str(code) for code in known.index])
        if found.index.has_duplicates:
            raise SchemaError(f"`within` holds {str(found.index[found.index.duplicated()][0])!r} more than once.")
        if absent := [force for force in named if force not in set(found)]:
            raise ParameterError(
                f"`forces` names {absent[:3]}, which no area of `within` is of: {sorted(set(found))[:5]}."
            )
        return cls({str(code): str(force) for code, force in found.items()}, named)

    def allowed(self, site: Sequence[str]) -> set[str]:
        """Forces that donors may be of."""
        if self.named:
            return set(self.named)
        if absent := [code for code in site if code not in self.of_area]:
            raise AlignmentError(
                f"{number_of(len(absent), 'area')} of the site without a force in `within`, such as {absent[:3]}. "
                "Add it, or name `forces`."
            )
        return {self.of_area[code] for code in site}


def reasons_of(
    ground: Ground, wide: Wide, forces: Forces | None, blank: Collection[str], chosen: DonorSearchSettings
) -> dict[str, str]:
    """Why each area outside the site is no candidate; blank for those that are.

    Parameters
    ----------
    blank : collection of str
        Areas without all covariates, which are left out.

    Raises
    ------
    AlignmentError, ParameterError
        A site or excluded areas that are not among the areas; an excluded area of the site.
    """
    site = wide.named(wide.treated)
    rows, out = rows_of(site, ground.codes, name="site"), rows_of(chosen.exclude, ground.codes, name="exclude")
    if both := sorted(set(site) & {ground.codes[row] for row in out}):
        raise ParameterError(
            f"`exclude` holds {number_of(len(both), 'area')} of the site, such as {both[:3]}: sites overlap. Take them "
            "out of one of both."
        )
    near = {ground.codes[row]: "next to another site" for row in ground.within(out, chosen.buffer)}
    near |= {ground.codes[row]: "next to the site" for row in ground.within(rows, chosen.buffer)}
    near |= {ground.codes[row]: "excluded" for row in out}
    allowed = None if forces is None else forces.allowed(site)
    known, held, whole = set(ground.codes), set(wide.codes), set(wide.named(wide.donors))

    def reason(code: str) -> str:
        if code not in known:
            return "not among `areas`"
        if code not in held:
            return "not in `outcomes`"
        if code in near:
            return near[code]
        if forces is not None and allowed is not None and forces.of_area.get(code) not in allowed:
            return "of another force" if code in forces.of_area else "without a force"
        if code in blank:
            return "without all covariates"
        return "" if code in whole else "not covered in all periods before"

    every = sorted((known | held) - set(site))
    return {code: reason(code) for code in every}


def reasons_told(left_out: Sequence[tuple[str, int]]) -> str:
    """Reasons and numbers as a sentence has them.

    Examples
    --------
    >>> reasons_told([("next to the site", 4), ("excluded", 1)])
    '4 areas next to the site and 1 area excluded'
    """
    return joined_words(f"{number_of(number, 'area')} {why}" for why, number in left_out)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Areas of a site beside candidates.

    Attributes
    ----------
    names : tuple of str
        Variables.
    apart : array of shape (variables, areas of the site, candidates)
        Differences in standard deviations, without sign.
    distance : array of shape (areas of the site, candidates)
        Root of the mean square over variables; 0 without any.
    """

    names: tuple[str, ...]
    apart: _Floats
    distance: _Floats

    @classmethod
    def of(cls, variables: Sequence[Variable], site: int, candidates: int) -> Pairs:
        """Of variables whose first values are those of the site."""
        apart = np.zeros((len(variables), site, candidates))
        for at, each in enumerate(variables):
            apart[at] = np.abs(np.subtract.outer(each.values[:site], each.values[site:])) / each.scale
        distance = np.sqrt(np.sum(apart**2, axis=0) / max(len(variables), 1))
        return cls(tuple(each.name for each in variables), apart, np.asarray(distance, dtype=np.float64))

    def furthest(self, one: int, other: int) -> tuple[str, float]:
        """The variable in which two areas differ most, and how far; blank without variables."""
        if not self.names:
            return "", 0.0
        at = int(np.argmax(self.apart[:, one, other]))
        return self.names[at], float(self.apart[at, one, other])

    def within(self, caliper: float) -> NDArray[np.bool_]:
        """Whether any candidate is like each area of the site."""
        return np.asarray((self.distance <= caliper).any(axis=1))

    def picked(self, n: int, caliper: float) -> dict[int, int]:
        """Candidates that areas of the site choose in turn, and which of them chose it."""
        free = self.distance <= caliper
        turns = [int(one) for one in np.argsort(free.sum(axis=1), kind="stable")]
        found: dict[int, int] = {}
        while len(found) < n and free.any():
            for one in turns:
                if len(found) == n or not free[one].any():
                    continue
                other = int(np.argmin(np.where(free[one], self.distance[one], np.inf)))
                found[other] = one
                free[:, other] = False
        return found
