"""What each crime, and each unit of harm, that was avoided at a site cost, with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._constraints import OneLine, Positive
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm.errors import ParameterError, RefusedError
from socharm.evaluation.evaluate import Evaluation
from socharm.evaluation.protocol_settings import METHOD_OF_VERDICT

__all__ = ["CostPerHarm", "CostSettings", "cost_per_harm"]


@dataclass(frozen=True, kw_only=True)
class CostSettings(Settings):
    """What was spent, and in which money."""

    cost: Positive | None = setting(None, "all that was spent on the site in the months that count as after")
    currency: Annotated[str, OneLine()] = setting("£", "sign or code of the money")


@dataclass(frozen=True, eq=False, repr=False)
class CostPerHarm(Record):
    """Cost of what was avoided.

    Attributes
    ----------
    table : DataFrame
        Index ``outcome``, none that is an output of police work: ``avoided`` (expected less recorded at the site after
        the start; below nil more was recorded), ``avoided_low``, ``avoided_high`` (95% interval; missing, with all that
        follows, where too few placebo sites give none), ``cost`` (of each that was avoided; missing where none was),
        ``cost_low``, ``cost_high`` (infinite where it may be that none was avoided; both missing where the interval of
        what was avoided lies below nil).
    """

    __made_by__ = ("cost_per_harm",)

    table: pd.DataFrame
    settings: CostSettings
    about: About

    @property
    def sentence(self) -> str:
        """What the table says, in plain English."""
        told = [self._told(str(name), row) for name, row in self.table.to_dict("index").items()]
        return f"{' '.join(told)} What moved next door, and what else was spent, is not in it."

    def _told(self, name: str, row: Mapping[Any, Any]) -> str:
        spent, low = self._money(self.settings.cost or 0.0), self._money(row["cost_low"])
        of = f"{name[:1].upper()}{name[1:]}: {spent} spent"
        span = f"(95% interval {row['avoided_low']:z,.0f} to {row['avoided_high']:z,.0f})"
        if math.isnan(row["avoided_low"]):
            none = "too few placebo sites for an interval"
            return f"{of}, {row['avoided']:z,.0f} avoided: {none}, so that nothing is said of what one cost."
        if row["avoided_high"] <= 0:
            return f"{of}, and nothing was avoided {span}: there is no cost of one."
        if row["avoided"] <= 0:
            return f"{of}, and nothing was found to be avoided {span}; one cost at least {low}, without an upper limit."
        each = f"{of} for {row['avoided']:,.0f} avoided {span}: {self._money(row['cost'])} for each"
        if not math.isfinite(row["cost_high"]):
            return f"{each} (95% interval from {low} up, without an upper limit: it may be that nothing was avoided)."
        return f"{each} (95% interval {low} to {self._money(row['cost_high'])})."

    def _money(self, amount: float) -> str:
        places = 0 if abs(amount) >= 100 else 2
        return f"{self.settings.currency}{amount:,.{places}f}"

    def _summary(self) -> dict[str, str]:
        return {"found": self.sentence}


@checked
def cost_per_harm(
    evaluation: Evaluation,
    *,
    cost: Positive | None = None,
    currency: Annotated[str, OneLine()] = "£",
    about: About | None = None,
    settings: CostSettings | Mapping[str, Any] | None = None,
) -> CostPerHarm:
    r"""Divide what was spent on a site by what was avoided there, crimes and harm.

    Parameters
    ----------
    evaluation : Evaluation
        From `evaluate`.
    cost : float
        All that was spent on the site in the months that count as after. To be stated here or in `settings`.
    currency : str
        Sign or code of the money.
    about : About, optional
        By default that of the evaluation.
    settings : CostSettings or mapping, optional
        Choices of another one, for what is not stated by keyword.

    Returns
    -------
    CostPerHarm

    Raises
    ------
    ParameterError
        No cost is stated.
    RefusedError
        The placebo sites of every outcome were refused.

    Notes
    -----
    With expected total *e*, and change *c* with its 95% interval from the placebo sites: avoided is :math:`-ce`, and
    the cost of each :math:`C / (-ce)`. The ends of the interval of the cost are those of what was avoided. Where that
    holds nil, the cost has no upper limit; where it lies below nil, there is none. The cost itself is taken as known,
    and *e* as it was estimated. What selection alone explains is not taken out, and what moved next door is not in it.

    Examples
    --------
    >>> costs = cost_per_harm(evaluation, cost=120_000)  # doctest: +SKIP
    >>> costs.sentence  # doctest: +SKIP
    """
    chosen = CostSettings.of(settings)
    if chosen.cost is None:
        raise ParameterError(
            "`cost` is missing. State all that was spent on the site in the months that count as after."
        )
    spent = chosen.cost
    rows = {row["outcome"]: row for row in _rows(evaluation)}
    if not rows:
        raise RefusedError(
            "No outcome has an estimate by placebo sites, so that nothing is known to be avoided. Evaluate the site "
            "again with more areas to compare with."
        )
    table = {name: _costs(row, float(evaluation.totals["expected"][name]), spent) for name, row in rows.items()}
    return CostPerHarm(
        table=pd.DataFrame.from_dict(table, orient="index").rename_axis("outcome"),
        settings=chosen,
        about=about or evaluation.about,
    )


def _rows(evaluation: Evaluation) -> Iterable[dict[Any, Any]]:
    """The placebo sites' row of each outcome that has one and is no output."""
    outputs = {choice.name for choice in evaluation.settings.outcomes if choice.output}
    for row in evaluation.table.to_dict("records"):
        if row["method"] == METHOD_OF_VERDICT and row["verdict"] != "refused" and row["outcome"] not in outputs:
            yield row


def _costs(row: Mapping[Any, Any], expected: float, cost: float) -> dict[str, float]:
    avoided, low, high = (-float(row[name]) * expected for name in ("change", "high", "low"))
    if not math.isfinite(low):  # so few placebo sites that they reject nothing
        avoided_alone = {"avoided": avoided}
        return avoided_alone | dict.fromkeys(("avoided_low", "avoided_high", "cost", "cost_low", "cost_high"), math.nan)
    return {
        "avoided": avoided, "avoided_low": low, "avoided_high": high,
        "cost": cost / avoided if avoided > 0 else math.nan,
        "cost_low": cost / high if high > 0 else math.nan,
        "cost_high": math.nan if high <= 0 else cost / low if low > 0 else math.inf,
    }  # fmt: skip
