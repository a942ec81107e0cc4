"""Are two sets of events distributed over the areas alike? Andresen's spatial point pattern test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_same_areas, require_unique
from socharm._columns import AREA
from socharm._constraints import Draws, OpenShare, Seed
from socharm._record import Record
from socharm._settings import SEED, Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.area_settings import Correction
from socharm.stats.fdr import adjust
from socharm.stats.random_streams import map_blocks
from socharm.stats.two_shares import fisher_p, share_p

__all__ = ["SIMILARITY_LABELS", "PatternSimilarity", "SimilaritySettings", "point_pattern_similarity"]

_Floats = NDArray[np.float64]

#: Labels of areas, in the order of legends.
SIMILARITY_LABELS: Final = ("test more", "base more", "similar", "empty in both")
#: Events that are drawn one by one.
_MOST_EVENTS: Final = 1_000_000_000
#: How areas are compared.
SimilarityTest: TypeAlias = Literal["chi-square", "fisher", "bootstrap", "andresen"]


@dataclass(frozen=True, kw_only=True)
class SimilaritySettings(Settings):
    """Choices behind the similarity of two patterns."""

    difference: SimilarityTest = setting(
        "chi-square",
        'with N - 1; "fisher"; "bootstrap" of both sets; or "andresen": 85% of the test events again and again',
    )
    alpha: OpenShare = setting(0.05, "false discovery rate of the tests; one less the level of the intervals")
    correction: Correction = setting("bh", "of many areas: bh, by or none; intervals are not corrected")
    sample_share: OpenShare = setting(0.85, 'part of the test events of one sample, with "andresen"')
    resamples: Draws = setting(2_000, "samples of the intervals")
    seed: Seed = setting(says=SEED, recipe=False)

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self._changed("sample_share") and self.difference != "andresen":
            yield (
                f"`sample_share` is {self.sample_share:g}, but the test is {self.difference!r}. Use "
                "difference='andresen', or leave it out."
            )


@dataclass(frozen=True, eq=False, repr=False)
class PatternSimilarity(Record):
    """How alike two patterns are, as a whole and in each area.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of `base`; ``base``, ``test`` (events), ``share_base``, ``share_test``
        (percentages of all events of their set), ``low``, ``high`` (interval of the test's percentage with
        ``"andresen"``, of the difference test less base with ``"bootstrap"``; missing for tests), ``p``,
        ``p_adjusted`` (missing for intervals), ``similarity``: ``"test more"``, ``"base more"``, ``"similar"``,
        ``"empty in both"``.
    s : float
        Share of all areas that are similar, those that are empty in both among them.
    s_robust : float
        The same of the areas with an event in either set (also called generalised S).
    """

    __made_by__ = ("point_pattern_similarity",)

    table: pd.DataFrame
    settings: SimilaritySettings
    about: About
    s: float = 1.0
    s_robust: float = 1.0

    @property
    def counts(self) -> pd.Series:
        """Number of areas by similarity, every label, in the order of legends."""
        found = self.table["similarity"].value_counts()
        return found.reindex(list(SIMILARITY_LABELS), fill_value=0).rename("areas").astype("int64")

    def _summary(self) -> dict[str, str]:
        return {
            "S": f"{self.s:.3f} of {number_of(len(self.table), 'area')}; robust S {self.s_robust:.3f}",
            "areas": ", ".join(f"{number:,} {label}" for label, number in self.counts.items() if number),
            "test": f"{self.settings.difference}, alpha {self.settings.alpha:g}, seed {self.settings.seed}",
        }


@checked
def point_pattern_similarity(
    base: pd.Series,
    compared: pd.Series,
    *,
    difference: SimilarityTest = "chi-square",
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    sample_share: OpenShare = 0.85,
    resamples: Draws = 2_000,
    seed: Seed | None = None,
    settings: SimilaritySettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> PatternSimilarity:
    r"""Say whether two sets of events fall on the same areas, by Andresen's spatial point pattern test.

    Parameters
    ----------
    base, compared : Series
        Events of each set by area code, whole numbers, over the same areas; the second is the test set.
    difference : {"chi-square", "fisher", "bootstrap", "andresen"}
        Of the share that an area has of each set: chi-squared with N - 1, Fisher's exact test, the percentile interval
        of the difference with both sets drawn again with replacement, or Andresen's own: the percentile interval of
        the test share over samples of 85% of the test events without replacement, in which the base share lies or not.
        The last holds the base for known and its intervals are too short: two sets of one process come out as
        different in many areas. It is there for comparison with published values.
    alpha : float
        False discovery rate of tests; intervals have the level 1 - alpha.
    correction : {"bh", "by", "none"}
        Of tests.
    sample_share : float
        Part of the test events in one sample of ``"andresen"``.
    resamples : int
        Samples of ``"bootstrap"`` and ``"andresen"``.
    seed : int
        To be stated here or in `settings`; tests draw nothing.
    settings : SimilaritySettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    PatternSimilarity

    Raises
    ------
    AlignmentError
        The two are over other areas.
    SchemaError
        Counts that are missing, negative or no whole numbers, a set without events, repeated codes.
    ParameterError
        An unknown choice, or 1,000 million events with ``"andresen"``.

    Notes
    -----
    :math:`S = \sum_i s_i / n`, with :math:`s_i` 1 where area i is similar. Areas that are empty in both sets are
    similar by definition and lift S; the robust S leaves them out. That no difference is found does not say that there
    is none: with few events every area is similar.

    References
    ----------
    Andresen, M. A. (2009). Testing for similarity in area-based spatial patterns: a nonparametric Monte Carlo approach.
    *Applied Geography* 29, 333-345. Andresen, M. A. (2016). An area-based nonparametric spatial point pattern test.
    *Methodological Innovations* 9. Wheeler, A. P., Steenbeek, W. and Andresen, M. A. (2018). Testing for similarity in
    area-based spatial patterns: alternative methods to Andresen's spatial point pattern test. *Transactions in GIS* 22,
    760-774.

    Examples
    --------
    >>> base, compared = pd.Series({"A": 40, "B": 60, "C": 0}), pd.Series({"A": 80, "B": 20, "C": 0})
    >>> found = point_pattern_similarity(base, compared, seed=1)
    >>> found.table["similarity"].tolist(), round(found.s, 3), found.s_robust
    (['test more', 'base more', 'empty in both'], 0.333, 0.0)
    """
    chosen = SimilaritySettings.of(settings)
    first, second = _events(base, "base"), _events(compared, "compared")
    require_same_areas(first.index, second.index, names=("base", "compared"))
    a, b = first.to_numpy(), second.reindex(first.index).to_numpy()
    shares = [100 * part / np.add.reduce(part) for part in (a, b)]
    if chosen.difference == "andresen" and np.add.reduce(b) >= _MOST_EVENTS:
        raise ParameterError(
            f"`compared` holds {np.add.reduce(b):,.0f} events; difference='andresen' takes fewer than {_MOST_EVENTS:,}."
            " Use 'chi-square'."
        )
    columns, different = _differences(a, b, shares, chosen)
    more = np.where(shares[1] > shares[0], "test more", "base more")
    empty = a + b == 0
    label = np.select([empty, different], ["empty in both", more], "similar")
    table = pd.DataFrame(
        {"base": a, "test": b, "share_base": shares[0], "share_test": shares[1], **columns}, index=first.index
    ).assign(similarity=pd.Series(label, index=first.index, dtype="str"))
    alike = ~(different & ~empty)
    return PatternSimilarity(
        table=table,
        settings=chosen,
        about=about if about is not None else About(),
        s=float(alike.mean()),
        s_robust=float(alike[~empty].mean()),
    )


def _events(source: pd.Series, name: str) -> pd.Series:
    require_unique(source.index, name=name)
    numbers = pd.to_numeric(source, errors="coerce").astype(np.float64)
    whole = (numbers == np.floor(numbers)) & (numbers >= 0) & np.isfinite(numbers)
    if not whole.all():
        raise SchemaError(
            f"`{name}` must hold counts, whole numbers of at least 0; found {list(source[~whole].items())[:3]}. An "
            "area that was not covered cannot be compared: leave it out of both."
        )
    if not numbers.sum() > 0:
        raise SchemaError(f"`{name}` holds no event. Check the filter that made it.")
    return numbers.rename_axis(AREA)


def _differences(
    a: _Floats, b: _Floats, shares: list[_Floats], chosen: SimilaritySettings
) -> tuple[dict[str, _Floats], NDArray[np.bool_]]:
    """Columns of the test, and which areas differ."""
    nothing = np.full(a.size, np.nan)
    if chosen.difference in ("chi-square", "fisher"):
        p = share_p(a, b) if chosen.difference == "chi-square" else fisher_p(a, b)
        adjusted = adjust(np.where(a + b > 0, p, np.nan), chosen.correction)
        columns = {"low": nothing, "high": nothing, "p": p, "p_adjusted": adjusted}
        return columns, np.nan_to_num(adjusted, nan=1.0) <= chosen.alpha
    low, high = _interval(a, b, chosen)
    middle = shares[0] if chosen.difference == "andresen" else 0.0
    outside = (low > middle + 1e-9) | (high < middle - 1e-9)
    return {"low": low, "high": high, "p": nothing, "p_adjusted": nothing}, outside


def _interval(a: _Floats, b: _Floats, chosen: SimilaritySettings) -> tuple[_Floats, _Floats]:
    """Percentile interval of the test's percentage, or of the difference."""
    sizes = [int(np.add.reduce(part)) for part in (a, b)]
    counts = b.astype(np.int64)
    part = max(1, round(chosen.sample_share * sizes[1]))

    def block(rng: np.random.Generator, size: int) -> _Floats:
        if chosen.difference == "andresen":
            return np.asarray(100 / part * rng.multivariate_hypergeometric(counts, part, size=size, method="marginals"))
        drawn = [rng.multinomial(n, of / n, size=size) * (100 / n) for n, of in zip(sizes, (a, b), strict=True)]
        return np.asarray(drawn[1] - drawn[0], dtype=np.float64)

    found = np.concatenate(map_blocks(block, draws=chosen.resamples, seed=chosen.seed, purpose="similarity"))
    ends = np.asarray(np.quantile(found, [chosen.alpha / 2, 1 - chosen.alpha / 2], axis=0), dtype=np.float64)
    return ends[0], ends[1]
