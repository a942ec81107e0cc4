"""Which areas have more, or fewer, crimes than before, beyond chance? Two counts of each area compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._checks import require_finite, require_same_areas, require_unique
from socharm._columns import AREA
from socharm._constraints import AtLeast, OpenShare, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.hotspots.areas.area_settings import Correction
from socharm.severity.index import SeverityIndex
from socharm.severity.sound_index import require_sound_index
from socharm.stats.fdr import adjust
from socharm.stats.two_poisson import e_tests
from socharm.stats.two_shares import LEAST_AREAS, conditional_p, dispersion_of_pairs, ratio_interval

__all__ = ["CHANGE_LABELS", "ChangeSettings", "ChangeSignificance", "change_significance"]

_Floats = NDArray[np.float64]

#: Labels of areas, in the order of legends.
CHANGE_LABELS: Final = ("rise", "fall", "not clear", "too few", "not covered")
#: How p is found.
ChangeTest: TypeAlias = Literal["conditional", "e-test"]


@dataclass(frozen=True, kw_only=True)
class ChangeSettings(Settings):
    """Choices behind the significance of changes."""

    test: ChangeTest = setting("conditional", 'of two counts given their sum, or "e-test" (Krishnamoorthy and Thomson)')
    dispersion: Annotated[float, AtLeast(1)] | None = setting(
        None,
        "variance of a count over its mean; estimated from all areas when absent, 1 for plain Poisson",
        example=1.0,
    )
    beyond_all: bool = setting(False, "change beyond that of all areas together")
    alpha: OpenShare = setting(0.05, "false discovery rate over the areas")
    correction: Correction = setting("bh", "of many areas: bh, by or none")
    level: OpenShare = setting(0.95, "of the interval of the ratio")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if self.test == "e-test" and self.dispersion != 1:
            yield (
                "`test` is 'e-test', which is of Poisson counts, and `dispersion` is not 1. State dispersion=1, or use "
                "'conditional'."
            )


@dataclass(frozen=True, eq=False, repr=False)
class ChangeSignificance(Record):
    """What two counts of each area say of a change.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``, in the order of `earlier`; ``earlier``, ``later`` (counts), ``rate_earlier``,
        ``rate_later`` (per exposure), ``ratio`` (later rate over earlier; with ``beyond_all`` over that of all areas),
        ``ratio_low``, ``ratio_high``, ``dispersion``, ``p``, ``p_adjusted``, ``change``: ``"rise"``, ``"fall"``,
        ``"not clear"``, ``"too few"`` (events with which no change could be told, whichever it is), ``"not covered"``.
    all_areas : float or None
        Later rate over earlier of all areas together; None where no earlier crime was counted.
    """

    __made_by__ = ("change_significance",)

    table: pd.DataFrame
    settings: ChangeSettings
    about: About
    all_areas: float | None = None

    @property
    def counts(self) -> pd.Series:
        """Number of areas by change, every label, in the order of legends."""
        found = self.table["change"].value_counts()
        return found.reindex(list(CHANGE_LABELS), fill_value=0).rename("areas").astype("int64")

    def _summary(self) -> dict[str, str]:
        least, most = (f"{end:.2f}" for end in (self.table["dispersion"].min(), self.table["dispersion"].max()))
        return {
            "changes": ", ".join(f"{number:,} {label}" for label, number in self.counts.items() if number),
            "test": self.settings.test + (", beyond all areas together" if self.settings.beyond_all else ""),
            "dispersion": least if least == most else f"{least} to {most}",
            "correction": f"{self.settings.correction}, alpha {self.settings.alpha:g}",
            "all areas together": "no earlier crime"
            if self.all_areas is None
            else f"{self.all_areas:.3f} times the earlier rate",
        }


@checked
def change_significance(
    earlier: SeverityIndex | pd.Series,
    later: SeverityIndex | pd.Series,
    *,
    exposure_earlier: Positive | pd.Series = 1.0,
    exposure_later: Positive | pd.Series = 1.0,
    test: ChangeTest = "conditional",
    dispersion: Annotated[float, AtLeast(1)] | None = None,
    beyond_all: bool = False,
    alpha: OpenShare = 0.05,
    correction: Correction = "bh",
    level: OpenShare = 0.95,
    settings: ChangeSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> ChangeSignificance:
    r"""Say of each area whether its crimes rose or fell between two periods, beyond chance.

    Parameters
    ----------
    earlier, later : SeverityIndex or Series
        Counts by area code, whole numbers; of an index its crimes. A missing count is not zero: such an area is
        ``"not covered"``.
    exposure_earlier, exposure_later : float or Series
        What each period's counts are of: months, or person-years by area. Of an index its own exposure is taken.
    test : {"conditional", "e-test"}
    dispersion : float, optional
        Variance of a count over its mean. Crimes come in series, so that counts vary more than a Poisson count does,
        and a plain Poisson test calls too many areas changed; when omitted it is estimated from all areas together.
    beyond_all : bool
        Whether a change is one beyond the change of all areas together, and not of the area's own rate.
    alpha : float
        False discovery rate over the areas.
    correction : {"bh", "by", "none"}
    level : float
        Of the interval of the ratio.
    settings : ChangeSettings or mapping, optional
        Choices of another test, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    ChangeSignificance

    Raises
    ------
    AlignmentError
        The two are over other areas.
    SchemaError
        Counts that are negative or no whole numbers, repeated codes, exposures that are not above zero.
    ParameterError
        A choice is unknown, or the dispersion is to be estimated from fewer than 20 areas with five events.

    Notes
    -----
    Given both counts together, the later one is binomial with the later share of the exposure, or beta-binomial where
    the dispersion is above 1; p is twice the smaller tail. Seasons are no change: compare the same months.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    *Biometrika* 31, 313-323. Krishnamoorthy, K. and Thomson, J. (2004). A more powerful test for comparing two Poisson
    means. *Journal of Statistical Planning and Inference* 119, 23-35.

    Examples
    --------
    >>> before, after = pd.Series({"A": 20, "B": 8}), pd.Series({"A": 44, "B": 9})
    >>> change_significance(before, after, dispersion=1).table["change"].to_dict()
    {'A': 'rise', 'B': 'not clear'}
    """
    chosen = ChangeSettings.of(settings)
    before, after = _counts(earlier, "earlier"), _counts(later, "later")
    require_same_areas(before.index, after.index, names=("earlier", "later"))
    after = after.reindex(before.index)
    years = [
        _exposure(source, given, before.index, name)
        for source, given, name in (
            (earlier, exposure_earlier, "exposure_earlier"),
            (later, exposure_later, "exposure_later"),
        )
    ]
    table, together = _tested(before, after, years, chosen)
    abouts = [source.about for source in (earlier, later) if isinstance(source, SeverityIndex)]
    known = about if about is not None else combine_about(*abouts) if abouts else About()
    return ChangeSignificance(table=table, settings=chosen, about=known, all_areas=together)


def _counts(source: SeverityIndex | pd.Series, name: str) -> pd.Series:
    if isinstance(source, SeverityIndex):
        require_sound_index(source)
        return source.table["crimes"].astype(np.float64).where(source.table["harm"].notna())
    require_unique(source.index, name=name)
    if not len(source):
        raise SchemaError(f"`{name}` holds no areas. Check the filter that made it.")
    numbers = pd.to_numeric(source, errors="coerce").astype(np.float64)
    known = numbers.dropna()
    whole = (numbers == np.floor(numbers)) & (numbers >= 0) & np.isfinite(numbers)
    bad = source.notna() & ~whole
    if bad.any() or not len(known):
        raise SchemaError(
            f"`{name}` must hold counts: whole numbers of at least 0, or missing; found "
            f"{list(source[bad].items())[:3] or 'nothing but gaps'}. A rate or a harm is no count."
        )
    return numbers.rename_axis(AREA)


def _exposure(source: SeverityIndex | pd.Series, given: float | pd.Series, areas: pd.Index, name: str) -> _Floats:
    if isinstance(source, SeverityIndex):
        own = source.table["exposure"].astype(np.float64).reindex(areas).to_numpy()
        return np.asarray(np.where(own > 0, own, np.nan), dtype=np.float64)
    if not isinstance(given, pd.Series):
        return np.full(len(areas), float(given), dtype=np.float64)
    require_unique(given.index, name=name)
    require_same_areas(given.index, areas, names=(name, "earlier"))
    require_finite(given, name=name, minimum=0.0)
    found: _Floats = given.reindex(areas).to_numpy(dtype=np.float64)
    if np.any(found <= 0):
        raise SchemaError(
            f"`{name}` is 0 in {list(areas[np.flatnonzero(found <= 0)][:3])}. Leave areas without it out."
        )
    return found


def _tested(
    before: pd.Series, after: pd.Series, years: list[_Floats], chosen: ChangeSettings
) -> tuple[pd.DataFrame, float | None]:
    first, second = before.to_numpy(), after.to_numpy()
    known = ~(np.isnan(first) | np.isnan(second) | np.isnan(years[0]) | np.isnan(years[1]))
    x, y, e, f = (part[known] for part in (first, second, *years))
    rates = [float(np.add.reduce(n) / np.add.reduce(of)) if n.size else np.nan for n, of in ((x, e), (y, f))]
    together = rates[1] / rates[0] if rates[0] > 0 else np.nan
    common = together if np.isfinite(together) and together > 0 else 1.0
    share_all = f * common / (e + f * common)
    share = share_all if chosen.beyond_all else f / (e + f)
    phi = _dispersion(x, y, share_all, chosen)
    p = _p(x, y, share, phi, chosen.test)
    least = np.minimum(*(_p(one, x + y - one, share, phi, chosen.test) for one in (x + y, 0 * x)))
    low, high = ratio_interval(x, y, share, phi, chosen.level)
    odds = share / (1 - share)
    ratio = np.divide(y, x * odds, out=np.where(y > 0, np.inf, np.nan), where=x > 0)
    adjusted = adjust(p, chosen.correction)
    labels = np.select(
        [least > chosen.alpha, (adjusted <= chosen.alpha) & (ratio > 1), (adjusted <= chosen.alpha) & (ratio < 1)],
        ["too few", "rise", "fall"],
        "not clear",
    )
    rows = pd.DataFrame(
        {
            "ratio": ratio,
            "ratio_low": low,
            "ratio_high": high,
            "dispersion": phi,
            "p": p,
            "p_adjusted": adjusted,
            "change": labels,
        },
        index=before.index[np.flatnonzero(known)],
    ).reindex(before.index)
    counts = pd.DataFrame(
        {"earlier": first, "later": second, "rate_earlier": first / years[0], "rate_later": second / years[1]},
        index=before.index,
    )
    table = counts.join(rows)
    told = table.assign(change=table["change"].fillna("not covered").astype("str"))
    return told, together if np.isfinite(together) else None


def _p(x: _Floats, y: _Floats, share: _Floats, phi: _Floats, test: ChangeTest) -> _Floats:
    """p of each pair of counts."""
    return e_tests(x, y, np.ones(x.size), share / (1 - share)) if test == "e-test" else conditional_p(x, y, share, phi)


def _dispersion(x: _Floats, y: _Floats, share: _Floats, chosen: ChangeSettings) -> _Floats:
    if chosen.dispersion is not None:
        return np.full(x.size, chosen.dispersion)
    found = dispersion_of_pairs(x, y, share)
    if np.isnan(found).any():
        raise ParameterError(
            f"The dispersion cannot be estimated: of {number_of(x.size, 'area')} fewer than {LEAST_AREAS} have five "
            "events. State `dispersion`: 1 for plain Poisson counts, about 1.7 for all crime of wards by year."
        )
    return found
