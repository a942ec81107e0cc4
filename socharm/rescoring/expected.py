"""What changed between two periods beyond what was to be expected of areas like these."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from socharm._about import About, AssessmentPeriod, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm._constraints import ClosedShare, NotNegative, OpenShare, Positive
from socharm._record import Record
from socharm._words import number_of
from socharm.errors import ModelWarning
from socharm.rescoring.beyond import LEVELS, Pooled, area_changes, families, pooled_change
from socharm.rescoring.change_settings import FIRST, ChangeSettings, Dispersion, chosen_areas
from socharm.rescoring.change_words import area_sentences, change_told, crowded, known_area
from socharm.rescoring.joint import JointModel, fit_joint
from socharm.rescoring.paired_counts import PairedCounts, pair_counts
from socharm.rescoring.plain_check import plain_check
from socharm.severity.index import SeverityIndex
from socharm.stats.ranks import descending_ranks, ties_settled

__all__ = ["VERDICTS", "ChangeFindings", "ExpectedChange", "expected_change", "expected_change_of"]

#: Unevenness of harm above which stated shares of wrong names do not hold (`benchmarks/validate_rescoring.py`).
UNEVEN: Final = 3.0
#: What is said of an area.
VERDICTS: Final = ("fell", "rose", "not clear", "too few events to tell")


@dataclass(frozen=True, kw_only=True)
class ChangeFindings:
    """What the joint model found.

    Attributes
    ----------
    areas, listed : int
        Areas compared, and those of the list.
    trend : float
        Ratio of the levels that areas outside the list share.
    drift : float
        Standard deviation of the log by which a level drifts in one period.
    spread : float
        Standard deviation of the logs of lasting levels.
    effective : float
        Harm of one effective event.
    dispersion : float
        Over-dispersion of harm over a period.
    wrong_names : float
        Areas of the list said to have fallen or risen of which that is to be expected to be wrong: their number times
        the share that is borne.
    unevenness : float
        Skewness of harm over that of events that all weigh the same, 1 at least. From 3 on, a few offences of great
        weight make more of the names wrong than stated.
    settled : float
        Share, by likelihood, of the values of the drift for which the fit of the lasting levels came to rest. Where it
        is below 1, the likelihood is flat: rounds without end moved what is beyond expectation for Northumbria's worst
        twenty by half a point at most, and no verdict.
    """

    areas: int
    listed: int
    trend: float
    drift: float
    spread: float
    effective: float
    dispersion: float
    wrong_names: float
    unevenness: float
    settled: float


@dataclass(frozen=True, eq=False, repr=False)
class ExpectedChange(Record):
    """Recorded change of each area: the force's trend, what the choice of the area explains, and what is beyond both.

    Attributes
    ----------
    table : DataFrame
        Index ``area_code``; ``name``, ``parent``, ``force``, ``listed`` (whether the area is of the list),
        ``harm_earlier``, ``harm_later``, ``rate_earlier``, ``rate_later``, ``rank_earlier``, ``rank_later`` (of the
        recorded rates); ratios ``ratio`` = ``trend`` x ``selection`` x ``beyond``, with ``beyond_low_50``,
        ``beyond_high_50``, ... ``_90``, ``_95``; ``p_fall`` and ``p_rise`` (predictive, of a change beyond ordinary
        drift, one-sided), ``q_fall`` and ``q_rise`` (adjusted by Benjamini and Hochberg within the list, and within
        all other areas), ``probability_fall_10``, ``probability_fall_20``, ``probability_rise_10``,
        ``probability_rise_20`` (that the change beyond expectation is more than that many per cent),
        ``probability_rate_fell`` (that the underlying rate fell, trend included), ``least_fall`` (the least fall, as a
        share, that would be shown with a power of 80% by a one-sided test at 5%), ``effective_events`` (the lesser of
        those recorded earlier and expected later), ``verdict`` (one of `VERDICTS`); for a check without a model
        ``rate_later_low_95``, ``rate_later_high_95`` (of ``rate_later``, by Fay and Feuer), ``plain_low_95``,
        ``plain_high_95`` (of ``ratio``, by Fay) and ``plain_p`` (of the crimes, by the E-test; missing where crimes
        were divided by shares).
    pooled : DataFrame
        One row, ``"list"``: ``areas``, ``ratio``, ``trend``, ``selection``, ``expected`` (their product), ``beyond``
        with its intervals, ``p_fall``, ``p_rise`` of all areas of the list together.
    kinds : DataFrame
        Index ``offence``: ``earlier``, ``later`` (crimes outside the list), ``trend`` of the kind of crime relative to
        all harm as the model takes it, drawn towards 1 by what is chance.
    not_compared : DataFrame
        Index ``area_code``: ``name``, ``reason`` of areas that can be ranked in one of the two periods only.
    periods : tuple of AssessmentPeriod
        The earlier and the later one.
    """

    __made_by__ = ("expected_change",)

    table: pd.DataFrame
    pooled: pd.DataFrame
    kinds: pd.DataFrame
    not_compared: pd.DataFrame
    periods: tuple[AssessmentPeriod, ...]
    settings: ChangeSettings
    findings: ChangeFindings
    about: About

    @checked
    def explain(self, area: str) -> str:
        """Say what an area's harm did, how much of it was to be expected, and how sure the rest is.

        Parameters
        ----------
        area : str
            Area code.

        Raises
        ------
        ParameterError
            The area was not compared.
        """
        known_area(area, self.table.index)
        row = self.table.loc[[area]].iloc[0]
        return area_sentences(
            area,
            row,
            unit=self.about.unit,
            borne=self.settings.false_discovery,
            alone=crowded(self.table, area),
        )

    def _summary(self) -> dict[str, str]:
        verdicts = self.table.loc[self.table["listed"], "verdict"].value_counts()
        row = self.pooled.iloc[0]
        return {
            "compared": f"{number_of(self.findings.areas, 'area')}, {self.findings.listed:,} of them listed",
            "listed": ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
            + f"; up to {self.findings.wrong_names:.1f} of those that fell or rose to be expected to be wrong",
            "the list together": f"{change_told(row['ratio'], 1)} recorded, {change_told(row['beyond'], 1)} beyond "
            f"expectation (95% interval {change_told(row['beyond_low_95'], 1)} to "
            f"{change_told(row['beyond_high_95'], 1)})",
        }


@checked
def expected_change(
    earlier: SeverityIndex,
    later: SeverityIndex,
    *,
    first: int | str = FIRST,
    areas: Iterable[str] = (),
    dispersion: Dispersion | None = None,
    false_discovery: OpenShare = 0.1,
    least_events: NotNegative = 10.0,
    changed_share: ClosedShare = 0.1,
    changed_spread: Positive = 0.35,
    settings: ChangeSettings | Mapping[str, Any] | None = None,
) -> ExpectedChange:
    r"""Change of harm between two periods, split into trend, selection and what is beyond expectation.

    The worst areas of one period look better in the next one by themselves, because part of what made them the worst
    was chance. This says how much of a fall that explains.

    Parameters
    ----------
    earlier, later : SeverityIndex
        Of the same areas with the same weights. The months should be the same ones of the year: a season that places
        share is in the trend, one of a place alone is not.
    first : int or str
        The list: so many areas with the highest earlier rate, or a share of them (``"10%"``).
    areas : iterable of str
        Area codes of the list, in place of `first`: those where something was done, chosen before the later period.
    dispersion : float, optional
        Over-dispersion of harm over a period, at least 1; estimated from the months by default.
    false_discovery : float
        Share of wrong names borne among the areas said to have fallen, and among those said to have risen.
    least_events : float
        Effective events, recorded earlier or expected later, below which no verdict is given.
    changed_share, changed_spread : float
        For ``probability_rate_fell`` alone: areas that change by more than ordinary drift, and by how much.
    settings : ChangeSettings or mapping, optional
        Choices of another comparison, for what is not stated by keyword.

    Returns
    -------
    ExpectedChange

    Raises
    ------
    AlignmentError
        Fewer than three areas can be ranked in both periods.
    SchemaError
        An offence weighs something else in the later index.
    ParameterError
        A named area that is not compared, or a list of nearly all areas.
    RefusedError
        Both are the same, share months, or the later one is before the earlier one.

    Warns
    -----
    ModelWarning
        A few offences of great weight make the harm so uneven that more of the names would be wrong than stated.

    Notes
    -----
    :math:`c_{at} = H_{at}/d` with :math:`d = \sum N_o w_o^2 / \sum N_o w_o` the harm of one effective event;
    :math:`c_{at}/\varphi \sim \mathrm{Poisson}(e_{at} g_{at} e^{m_t + \theta_a + \delta_{at}}/(d\varphi))`, fitted to
    both periods at once. Areas of the list enter with their earlier counts only: their later ones reach the fit
    through the unit :math:`d` alone, which pools both periods and all areas. What they were chosen by is then part of
    the data, and the choice needs no correction of its own. How well that does stands in
    ``docs/validation/rescoring.md``.

    References
    ----------
    Rubin, D. B. (1976). Inference and missing data. *Biometrika* 63, 581-592. Benjamini, Y. and Hochberg, Y. (1995).
    Controlling the false discovery rate. *Journal of the Royal Statistical Society B* 57, 289-300.
    """
    chosen = ChangeSettings.of(settings)
    pair = pair_counts(earlier, later)
    if pair.unevenness > UNEVEN:
        warnings.warn(
            f"A few offences of great weight make harm uneven (skewness {pair.unevenness:.1f} times that of events "
            f"that all weigh the same; up to {UNEVEN:g} is sound), so that more names would be wrong than stated. "
            "Make both indices with `transform='capped'` to compare them.",
            ModelWarning,
            stacklevel=3,
        )
    names = later.table[[NAME, PARENT, FORCE]].reindex(pair.areas)
    about = combine_about(later.about, earlier.about, unit=later.about.unit)
    per = later.settings.per
    return expected_change_of(
        pair, names, chosen, about=about, per=per, not_compared=_not_compared(earlier, later, pair)
    )


def expected_change_of(
    pair: PairedCounts,
    names: pd.DataFrame,
    settings: ChangeSettings,
    *,
    about: About,
    per: float = 1.0,
    not_compared: pd.DataFrame | None = None,
    model: JointModel | None = None,
) -> ExpectedChange:
    """As `expected_change`, from counts that were paired before, as those of stored assessments are.

    Parameters
    ----------
    pair : PairedCounts
    names : DataFrame
        Index: the areas of `pair`; ``name``, ``parent``, ``force``.
    settings : ChangeSettings
    about : About
    per : float
        Denominator units that rates are expressed for.
    not_compared : DataFrame, optional
        Index ``area_code``: ``name``, ``reason``.
    model : JointModel, optional
        Of these counts and this list, where it was fitted before.
    """
    with threadpool_limits(1):
        rates = pair.rates()
        listed = chosen_areas(settings, pair.areas, rates[0])
        model = model if model is not None else fit_joint(pair, listed, dispersion=settings.dispersion)
        spread = {"changed_share": settings.changed_share, "changed_spread": settings.changed_spread}
        found = area_changes(model, rates, **spread).set_index(pair.areas)
        pooled = pooled_change(model, rates, pair.later.exposure)
    table = _recorded(pair, names, listed, per).join(found)
    table["q_fall"], table["q_rise"] = (families(table[p].to_numpy(), listed) for p in ("p_fall", "p_rise"))
    table["verdict"] = _verdicts(table, settings)
    table = table.join(plain_check(pair, per))
    named = table["listed"] & table["verdict"].isin(VERDICTS[:2])
    empty = pd.DataFrame({NAME: pd.Series(dtype="str"), "reason": pd.Series(dtype="str")})
    return ExpectedChange(
        table=table.rename_axis(AREA),
        pooled=_pooled_row(pooled, int(listed.sum())),
        kinds=_kinds(pair, model),
        not_compared=not_compared if not_compared is not None else empty.rename_axis(AREA),
        periods=pair.periods,
        settings=settings,
        findings=ChangeFindings(
            areas=len(pair.areas),
            listed=int(listed.sum()),
            trend=float(np.exp(model.log_trend)),
            drift=model.effects.drift,
            spread=model.effects.spread,
            effective=model.effective,
            dispersion=model.dispersion,
            wrong_names=float(named.sum()) * settings.false_discovery,
            unevenness=pair.unevenness,
            settled=model.effects.settled,
        ),
        about=about,
    )


def _recorded(pair: PairedCounts, names: pd.DataFrame, listed: NDArray[np.bool_], per: float) -> pd.DataFrame:
    """Harm, rates and ranks of both periods."""
    table = names.set_axis(pair.areas)
    table["listed"] = listed
    for when, harm, rate in zip(("earlier", "later"), pair.harm(), pair.rates(), strict=True):
        table[f"harm_{when}"], table[f"rate_{when}"] = harm, rate * per
        table[f"rank_{when}"] = descending_ranks(ties_settled(rate)[None, :])[0]
    order = [*names.columns, "listed"]
    return table[order + [f"{what}_{when}" for what in ("harm", "rate", "rank") for when in ("earlier", "later")]]


def _verdicts(table: pd.DataFrame, settings: ChangeSettings) -> NDArray[np.object_]:
    few = table["effective_events"].to_numpy() < settings.least_events
    fell, rose = (table[q].to_numpy() <= settings.false_discovery for q in ("q_fall", "q_rise"))
    return np.select([few, fell, rose], ["too few events to tell", "fell", "rose"], default="not clear").astype(object)


def _pooled_row(pooled: Pooled, areas: int) -> pd.DataFrame:
    row: dict[str, float] = {
        "areas": areas, "ratio": pooled.recorded, "trend": pooled.trend, "selection": pooled.selection,
        "expected": pooled.trend * pooled.selection, "beyond": pooled.beyond,
    }  # fmt: skip
    for level in LEVELS:
        row |= {f"beyond_low_{level}": pooled.low[level], f"beyond_high_{level}": pooled.high[level]}
    row |= {"p_fall": pooled.p_fall, "p_rise": pooled.p_rise}
    return pd.DataFrame(row, index=pd.Index(["list"], name="group"))


def _kinds(pair: PairedCounts, model: JointModel) -> pd.DataFrame:
    others = ~model.chosen
    sums = {
        "earlier": pair.earlier.by_offence[others].sum(axis=0),
        "later": pair.later.by_offence[others].sum(axis=0),
        "trend": model.mix.by_offence,
    }
    return pd.DataFrame(sums, index=pair.offences.rename("offence"))


def _not_compared(earlier: SeverityIndex, later: SeverityIndex, pair: PairedCounts) -> pd.DataFrame:
    """Areas of either index that are not in the pair, and why."""
    rows: dict[Any, tuple[Any, str]] = {}
    for when, index in (("earlier", earlier), ("later", later)):
        for code, row in index.table[~index.table.index.isin(pair.areas)].iterrows():
            reason = row["reason"] if not row["rankable"] else ""
            told = f"{when}: {reason}" if reason else ""
            name, before = rows.get(code, (row[NAME], ""))
            rows[code] = (name, "; ".join(text for text in (before, told) if text))
    made = pd.DataFrame.from_dict(rows, orient="index", columns=[NAME, "reason"]).rename_axis(AREA).sort_index()
    return made.assign(reason=made["reason"].replace("", "not among the areas of the other period"))
