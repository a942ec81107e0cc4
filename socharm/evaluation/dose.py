"""Effect of a dose that differs by area and period, such as hours of patrol: what one more unit goes with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_same_areas, require_unique
from socharm._constraints import Filled, OneLine, OpenShare, Permutations, Positive, Seed
from socharm._record import Record
from socharm._settings import setting
from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.evaluation.cells import amounts, require_per
from socharm.evaluation.difference_in_differences import DifferenceSettings
from socharm.evaluation.effect_words import interval_words, p_words, percent_change
from socharm.evaluation.outcomes import Exposure, aside_words, read_outcomes
from socharm.stats.dose_score import dose_interval, dose_test
from socharm.stats.random_streams import stream
from socharm.stats.two_way_poisson import fit_two_way

__all__ = ["DoseEffect", "DoseFindings", "DoseSettings", "dose_effect"]


@dataclass(frozen=True, kw_only=True)
class DoseSettings(DifferenceSettings):
    """Choices behind an effect of a dose; enough to make it again."""

    dose_unit: Annotated[str, Filled(), OneLine()] = setting(
        "unit", "what the dose is counted in", example="hour of patrol"
    )
    per: Positive = setting(1.0, "units that the effect is stated for")


@dataclass(frozen=True, kw_only=True)
class DoseFindings:
    """What was found.

    Attributes
    ----------
    dosed, comparison : int
        Areas that had any, and that had none.
    total, largest : float
        Units of the dose: all that were given, and the most in one area and period.
    first : str
        First period with any.
    recorded, without : float
        Outcomes in cells with a dose, and what the model gives without it.
    left_out : tuple of (str, int)
    """

    dosed: int
    comparison: int
    total: float
    largest: float
    first: str
    recorded: float
    without: float
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False, repr=False)
class DoseEffect(Record):
    """What one more unit of a dose goes with.

    Attributes
    ----------
    table : DataFrame
        Index ``inference``: ``"randomisation over areas"``, ``"clustered by area"``; ``ratio`` (of outcomes for `per`
        units more), ``low``, ``high``, ``p``.
    """

    __made_by__ = ("dose_effect",)

    table: pd.DataFrame
    settings: DoseSettings
    findings: DoseFindings
    about: About

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        row = self.table.to_dict("index")["randomisation over areas"]
        per = self.settings.per
        more = f"one {self.settings.dose_unit}" if per == 1 else f"{per:g} of {self.settings.dose_unit}"
        told = (
            f"{percent_change(row['ratio'])} ({interval_words(self.settings.level)} {percent_change(row['low'])} to "
            f"{percent_change(row['high'])}; {p_words(row['p'])} by randomisation over areas)"
        )
        if row["p"] > 1 - self.settings.level:
            return f"Whether {more} more goes with any change cannot be told: {told}."
        return f"With {more} more outcomes {'fell' if row['ratio'] < 1 else 'rose'}: {told}."

    def _summary(self) -> dict[str, str]:
        found = self.findings
        lines = {
            "found": self.sentence,
            "areas": f"{found.dosed:,} with a dose from {found.first} on, {found.comparison:,} without",
            "dose": f"{found.total:,.6g} in all, {found.largest:,.6g} at most in one area and period",
        }
        if found.left_out:
            lines["set aside"] = aside_words(found.left_out)
        return lines


@checked
def dose_effect(
    outcomes: pd.DataFrame,
    *,
    dose: pd.DataFrame | pd.Series,
    exposure: Exposure | None = None,
    dose_unit: Annotated[str, Filled(), OneLine()] = "unit",
    per: Positive = 1.0,
    permutations: Permutations = 9_999,
    level: OpenShare = 0.95,
    seed: Seed | None = None,
    settings: DoseSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> DoseEffect:
    r"""What outcomes do with more of a dose, beside what area and period do by themselves.

    Parameters
    ----------
    outcomes : DataFrame of shape (areas, periods)
        Counts or harm; index area codes, columns periods in order (``"2024-01"``). Missing is not covered, never 0.
    dose : DataFrame of the same shape
        Units given in each area and period, 0 or more; 0 where none was given. A cell without a value is not known and
        is set aside. A dose by area alone has no dates and is refused.
    exposure : DataFrame of the same shape, or Series by area, optional
        Of the outcomes.
    dose_unit : str
        What one unit is called.
    per : float
        Units that the ratio is stated for.
    permutations : int
        Doses, with their dates, given to other areas.
    level : float
        Of the intervals.
    seed : int
        To be stated here or in `settings`.
    settings : DoseSettings or mapping, optional
        Choices of another effect, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    DoseEffect

    Raises
    ------
    RefusedError
        A dose without dates.
    SchemaError
        As of `difference_in_differences`; a dose that is below zero or no number.
    AlignmentError
        A dose of other areas or periods.
    ParameterError
        No dose at all, a dose from the first period on, or in every area; as of `difference_in_differences`.

    Notes
    -----
    :math:`\log \mu_{at} = \log e_{at} + \alpha_a + \gamma_t + \beta d_{at}` by Poisson maximum likelihood; the ratio is
    :math:`e^{\beta \cdot per}`. Randomisation gives the doses of areas, with their dates, to other areas and compares
    the score of the dose; the interval holds the effects under which that score is not beyond those of the other
    assignments. It takes doses as given without regard to what was to come: where patrols follow crime, more patrol
    goes with more crime, and no method here takes that out.

    References
    ----------
    Wooldridge, J. M. (2023). Simple approaches to nonlinear difference-in-differences with panel data. *Econometrics
    Journal* 26, C31-C66. Callaway, B., Goodman-Bacon, A. and Sant'Anna, P. H. C. (2024). Difference-in-differences with
    a continuous treatment. NBER Working Paper 32117: an effect of one unit compares areas of different doses, which
    takes that a dose would have done the same in each.

    Examples
    --------
    >>> months = [f"2024-{month:02d}" for month in range(1, 7)]
    >>> town = pd.DataFrame([[64.0] * 6] * 24, columns=months, index=[f"A{number}" for number in range(24)])
    >>> hours = town * 0
    >>> hours.loc["A0", "2024-04":], hours.loc["A1", "2024-04":] = 1.0, 2.0
    >>> found = dose_effect(town * 0.5**hours, dose=hours, dose_unit="hour", permutations=99, seed=1)
    >>> found.table["ratio"].round(6).tolist(), found.findings.without
    ([0.5, 0.5], 384.0)
    """
    chosen = DoseSettings.of(settings)
    given = _dose(dose, outcomes)
    treated = given.index[(given > 0).any(axis=1)]
    if not len(treated):
        raise ParameterError("`dose` is 0 wherever it is known: there is no effect of none. Check its units.")
    started = str(given.columns[(given > 0).any(axis=0).to_numpy()][0])
    found = read_outcomes(outcomes.where(given.notna()), list(map(str, treated)), started, exposure)
    held = given.set_axis(given.index.astype(str)).set_axis(list(map(str, given.columns)), axis=1)
    amount = held.loc[list(map(str, found.areas)), list(found.periods)].fillna(0.0).to_numpy(dtype=np.float64)
    amount = np.where(found.known, amount, 0.0)
    fit = fit_two_way(found.y, found.known, found.exposure, amount[None])
    require_per(chosen.per, float(amount.max()))
    beta = float(fit.beta[0])
    rng = stream(chosen.seed, 0, purpose="dose")
    arrays = (found.y, found.known, found.exposure, amount)
    tested = dose_test(*arrays, chosen.permutations, chosen.level, rng)
    low, high = dose_interval(*arrays, tested.critical, beta)
    rows = {
        "randomisation over areas": [beta, low, high, tested.p],
        "clustered by area": _clustered(beta, float(fit.clustered[0, 0]), len(found.areas), chosen.level),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["ratio", "low", "high", "p"]).rename_axis("inference")
    table[["ratio", "low", "high"]] = np.exp(chosen.per * table[["ratio", "low", "high"]])
    some = (amount > 0) & found.known
    unknown = int(given.isna().sum().sum())
    return DoseEffect(
        table=table,
        settings=chosen,
        findings=DoseFindings(
            dosed=int(found.treated.sum()), comparison=int((~found.treated).sum()), total=float(amount.sum()),
            largest=float(amount.max()), first=started, recorded=float(found.y[some].sum()),
            without=round(float((fit.mean * np.exp(-beta * amount))[some].sum()), 9),
            left_out=(*found.left_out, *((("cell without a known dose", unknown),) if unknown else ())),
        ),
        about=about or About(),
    )  # fmt: skip


def _dose(dose: pd.DataFrame | pd.Series, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Units by area and period, as the outcomes have them.

    Raises
    ------
    RefusedError, SchemaError, AlignmentError
        A dose without dates; below zero or no number; of other areas or periods.
    """
    if isinstance(dose, pd.Series):
        raise RefusedError(
            "`dose` has one number for each area and no dates: what was recorded before it cannot be told from what "
            "was recorded after. Give a frame of areas and periods, 0 where none was given."
        )
    require_unique(dose.index, name="dose")
    require_same_areas(outcomes.index, dose.index, names=("outcomes", "dose"))
    if list(map(str, dose.columns)) != list(map(str, outcomes.columns)):
        raise AlignmentError("`dose` has other periods than `outcomes`. Give the same columns, 0 where none was given.")
    numbers = amounts(dose.reindex(outcomes.index), name="dose", what="numbers")
    return pd.DataFrame(numbers, index=outcomes.index, columns=outcomes.columns)


def _clustered(beta: float, variance: float, areas: int, level: float) -> list[float]:
    """Estimate, interval and p by errors clustered by area, which are too small where few areas have a dose."""
    se = float(np.sqrt(variance))
    half = float(scipy.stats.t.isf((1 - level) / 2, areas - 1)) * se
    return [
        beta,
        beta - half,
        beta + half,
        2 * float(scipy.stats.t.sf(abs(beta) / se, areas - 1)) if se > 0 else np.nan,
    ]
