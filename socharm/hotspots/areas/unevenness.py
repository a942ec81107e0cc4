"""How unevenly a group lies over areas: dissimilarity and isolation, beside what a random allocation gives."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_finite, require_same_areas, require_unique
from socharm._constraints import Permutations, Seed, Threads
from socharm._record import Record
from socharm._settings import SEED, THREADS, Settings, setting
from socharm._words import number_of
from socharm.errors import CoverageWarning, SchemaError
from socharm.stats.permutation import permutation_p
from socharm.stats.random_streams import map_blocks

__all__ = ["Unevenness", "UnevennessFindings", "UnevennessSettings", "unevenness"]

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

#: Members of both together that can be dealt out at random: numpy's generator takes fewer than 1,000 million.
_MOST: Final = 999_999_999
_ROWS: Final = ("dissimilarity", "isolation")


@dataclass(frozen=True, kw_only=True)
class UnevennessSettings(Settings):
    """Choices behind indices of unevenness."""

    permutations: Permutations = setting(999, "random allocations of the group over the areas")
    seed: Seed = setting(says=SEED, recipe=False)


@dataclass(frozen=True, kw_only=True)
class UnevennessFindings:
    """What the indices were made of.

    Attributes
    ----------
    group, others : int
        Members of the group and others, over the areas that took part.
    areas : int
        Areas that took part: those with at least one member of either.
    empty : int
        Areas with nobody of either, which change nothing.
    not_covered : tuple of str
        Areas that lack one of the counts and are left out.
    """

    group: int
    others: int
    areas: int
    empty: int
    not_covered: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Unevenness(Record):
    """Dissimilarity and isolation of a group, and what chance alone would make of both.

    Attributes
    ----------
    table : DataFrame
        Index ``index``: ``"dissimilarity"`` (Duncan's D) and ``"isolation"`` (xPx). ``value``; ``expected``,
        ``low_95``, ``high_95`` (of the random allocations); ``adjusted`` (0 where the index is what chance gives, 1
        where it is 1, below 0 where it is less than chance gives); ``p`` (share of allocations with at least so much,
        the observed one counted).
    areas : DataFrame
        Index ``area_code``; ``group``, ``others``, ``share`` (of the group among both), ``contribution`` (to D; they
        add up to it).
    """

    __made_by__ = ("unevenness",)

    table: pd.DataFrame
    areas: pd.DataFrame
    settings: UnevennessSettings
    about: About
    findings: UnevennessFindings

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {"made of": f"{found.group:,} of the group, {found.others:,} others, {number_of(found.areas, 'area')}"}
        for name, row in self.table.iterrows():
            lines[str(name)] = (
                f"{row['value']:.3f}; chance gives {row['expected']:.3f} ({row['low_95']:.3f} to {row['high_95']:.3f})"
            )
        lines["test"] = f"{number_of(self.settings.permutations, 'random allocation')}, seed {self.settings.seed}"
        return lines


@checked
def unevenness(
    group: pd.Series,
    others: pd.Series,
    *,
    permutations: Permutations = 999,
    seed: Seed | None = None,
    settings: UnevennessSettings | Mapping[str, Any] | None = None,
    threads: Threads = THREADS,
    about: About | None = None,
) -> Unevenness:
    r"""Say how unevenly a group lies over areas, and how much of that chance alone gives.

    Parameters
    ----------
    group, others : Series
        Whole counts by area code, over the same areas: crimes of one kind and all other crimes, say, or residents in
        need and other residents. An area that lacks one of them is left out and counted in a warning.
    permutations : int
        Random allocations of the members over the areas.
    seed : int
        To be stated here or in `settings`.
    settings : UnevennessSettings or mapping, optional
        Choices of another result, for what is not stated by keyword.
    threads : int
        Any number gives the same result.
    about : About, optional

    Returns
    -------
    Unevenness

    Warns
    -----
    CoverageWarning
        Areas that lack a count.

    Raises
    ------
    AlignmentError
        The two are over other areas.
    SchemaError
        Counts that are negative or no whole numbers, repeated codes, nobody of the group or of the others, or 1,000
        million and more of both.

    Notes
    -----
    With x members of the group and t of both in an area, sums X and T, and y = t - x:
    :math:`D = \frac12 \sum |x/X - y/Y|`, the share of the group that would have to move for evenness;
    :math:`xPx = \sum (x/X)(x/t)`, the share of the group where an average member of it is. Both are above 0 by chance
    alone, the more so the smaller the counts, so that indices of groups of different sizes cannot be compared as they
    are. The random allocation keeps t of every area and X, and deals out the members (multivariate hypergeometric);
    ``adjusted`` is :math:`(D - E)/(1 - E)` above the expected E, and :math:`(D - E)/E` below it. Crimes come in series,
    which the allocation does not: p is too small for counts that are not independent. Neither index looks at which
    areas lie beside which.

    References
    ----------
    Duncan, O.D. and Duncan, B. (1955). A methodological analysis of segregation indexes. *American Sociological Review*
    20, 210-217. Carrington, W.J. and Troske, K.R. (1997). On measuring segregation in samples with small units.
    *Journal of Business and Economic Statistics* 15, 402-409. Massey, D.S. and Denton, N.A. (1988). The dimensions of
    residential segregation. *Social Forces* 67, 281-315.

    Examples
    --------
    >>> found = unevenness(pd.Series({"A": 30, "B": 10}), pd.Series({"A": 20, "B": 40}), seed=1)
    >>> found.table["value"].round(4).to_dict()
    {'dissimilarity': 0.4167, 'isolation': 0.5}
    """
    chosen = UnevennessSettings.of(settings)
    x, y = _counts(group, "group"), _counts(others, "others")
    require_same_areas(x.index, y.index, names=("group", "others"))
    y = y.reindex(x.index)
    gap = x.isna() | y.isna()
    lost = tuple(sorted(map(str, x.index[gap])))
    if lost:
        warnings.warn(
            f"{number_of(len(lost), 'area lacks', 'areas lack')} a count and "
            f"{'is' if len(lost) == 1 else 'are'} left out: {list(lost[:5])}. Missing is not zero.",
            CoverageWarning,
            stacklevel=3,
        )
    ours, theirs = (side[~gap].sort_index().to_numpy().astype(np.int64) for side in (x, y))
    for count, name in ((int(ours.sum()), "group"), (int(theirs.sum()), "others")):
        if not count:
            raise SchemaError(
                f"`{name}` counts nobody in any area, so that nothing is even or uneven. Check the filter."
            )
    if int(ours.sum()) + int(theirs.sum()) > _MOST:
        raise SchemaError(
            f"`group` and `others` count {int(ours.sum()) + int(theirs.sum()):,} together; at most {_MOST:,} can be "
            "dealt out at random. Count in thousands, which makes what chance alone gives larger."
        )
    held = ours + theirs > 0
    ours, theirs = ours[held], theirs[held]
    findings = UnevennessFindings(
        group=int(ours.sum()),
        others=int(theirs.sum()),
        areas=int(held.sum()),
        empty=int((~held).sum()),
        not_covered=lost,
    )
    contribution = (x / findings.group - y / findings.others).abs() / 2
    areas = pd.DataFrame({"group": x, "others": y, "share": x / (x + y).where(x + y > 0), "contribution": contribution})
    return Unevenness(
        table=_table(ours, theirs, chosen, threads),
        areas=areas.astype({"group": "Int64", "others": "Int64"}).rename_axis("area_code"),
        settings=chosen,
        about=about or About(),
        findings=findings,
    )


def _counts(source: pd.Series, name: str) -> pd.Series:
    require_unique(source.index, name=name)
    known = source.dropna()
    require_finite(known, name=name, minimum=0)
    if (known.astype(np.float64) % 1 != 0).any():
        raise SchemaError(f"`{name}` must hold whole counts. A rate or a harm is no count.")
    return source.astype(np.float64)


def _table(ours: _Ints, theirs: _Ints, settings: UnevennessSettings, threads: int) -> pd.DataFrame:
    both, members = ours + theirs, int(ours.sum())

    def block(generator: np.random.Generator, size: int) -> _Floats:
        return _indices(generator.multivariate_hypergeometric(both, members, size=size), both)

    parts = map_blocks(block, draws=settings.permutations, seed=settings.seed, purpose="unevenness", threads=threads)
    drawn = np.concatenate(parts)
    value, expected = _indices(ours[None, :], both)[0], np.add.reduce(drawn) / len(drawn)
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    room = np.where(value >= expected, 1 - expected, expected)
    return pd.DataFrame(
        {
            "value": value,
            "expected": expected,
            "low_95": low,
            "high_95": high,
            "adjusted": np.divide(value - expected, room, out=np.zeros(2), where=room > 1e-12),
            "p": permutation_p(np.count_nonzero(drawn >= value - 1e-12, axis=0), settings.permutations),
        },
        index=pd.Index(_ROWS, name="index"),
    )


def _indices(ours: _Ints, both: _Ints) -> _Floats:
    """Dissimilarity and isolation of each row of counts; shape (rows, 2)."""
    members, everyone = ours.sum(axis=1, keepdims=True), both.sum()
    part = ours / members
    different = np.abs(part - (both - ours) / (everyone - members))
    return np.stack([different.sum(axis=1) / 2, (part * ours / both).sum(axis=1)], axis=1)
