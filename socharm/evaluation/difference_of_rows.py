"""Difference-in-differences on rows of a table: two groups, two times, with covariates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from socharm._about import About
from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._constraints import OpenShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError
from socharm.evaluation.effect_words import interval_words, percent_change
from socharm.stats.regression_fits import RegressionFit, fit_regression

__all__ = ["RowDifference", "RowDifferenceFindings", "RowDifferenceSettings", "difference_of_rows"]

_Floats = NDArray[np.float64]
#: How errors are made.
RowErrors: TypeAlias = Literal["classical", "HC1", "clustered"]
#: The coefficient that is asked for.
_TERM = "treated x after"


@dataclass(frozen=True, kw_only=True)
class RowDifferenceSettings(Settings):
    """Choices behind a difference-in-differences on rows."""

    covariates: tuple[str, ...] = setting((), "columns that are held equal, numbers")
    family: Literal["gaussian", "poisson"] = setting("gaussian", "of the outcome: gaussian, or poisson for counts")
    errors: RowErrors = setting("HC1", "classical, HC1 (any variance of a row), or clustered by `cluster`")
    cluster: str | None = setting(
        None, "column of the groups of rows that go together, such as the area", example="area"
    )
    level: OpenShare = setting(0.95, "of the intervals")

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if (self.errors == "clustered") != (self.cluster is not None):
            yield "`cluster` names the groups of errors='clustered', and stands with it alone. State both, or neither."


@dataclass(frozen=True, kw_only=True)
class RowDifferenceFindings:
    """What was found: rows used and set aside, clusters, degrees of freedom, dispersion (variance) of the outcome."""

    rows: int
    left_out: int
    clusters: int | None
    df: int
    dispersion: float


@dataclass(frozen=True, eq=False, repr=False)
class RowDifference(Record):
    """Coefficients of a difference-in-differences on rows.

    Attributes
    ----------
    table : DataFrame
        Index ``term``: ``"intercept"``, ``"treated"``, ``"after"``, ``"treated x after"`` (the difference in
        differences), then covariates; ``estimate`` (on the logarithm for counts), ``se``, ``low``, ``high``, ``p``.
    """

    __made_by__ = ("difference_of_rows",)

    table: pd.DataFrame
    settings: RowDifferenceSettings
    about: About
    findings: RowDifferenceFindings

    @property
    def sentence(self) -> str:
        """What the table says, in words."""
        row = self.table.to_dict("index")[_TERM]
        estimate, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
        if self.settings.family == "poisson":
            told = [percent_change(float(np.exp(value))) for value in (estimate, low, high)]
        else:
            told = [f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" for value in (estimate, low, high)]
        interval = f"{told[0]} ({interval_words(self.settings.level)} {told[1]} to {told[2]})"
        if low <= 0 <= high:
            return f"Whether the treated changed otherwise than the others cannot be told: {interval}."
        return f"The treated {'fell' if estimate < 0 else 'rose'} relative to the others: {interval}."

    def _summary(self) -> dict[str, str]:
        found = self.findings
        told = {"found": self.sentence, "rows": f"{found.rows:,}, {found.left_out:,} set aside for a missing value"}
        return told | ({"clusters": f"{found.clusters:,}"} if found.clusters is not None else {})


@checked
def difference_of_rows(
    rows: pd.DataFrame,
    *,
    outcome: str,
    treated: str,
    after: str,
    covariates: Iterable[str] = (),
    family: Literal["gaussian", "poisson"] = "gaussian",
    errors: RowErrors = "HC1",
    cluster: str | None = None,
    level: OpenShare = 0.95,
    settings: RowDifferenceSettings | Mapping[str, Any] | None = None,
    about: About | None = None,
) -> RowDifference:
    r"""Regress an outcome on being treated, on the time after, and on both together.

    Parameters
    ----------
    rows : DataFrame
        One row for each place, person or sale and time.
    outcome, treated, after : str
        Columns: numbers; 0 and 1, or False and True.
    covariates : iterable of str
        Columns of numbers that are held equal.
    family : {"gaussian", "poisson"}
    errors : {"classical", "HC1", "clustered"}
        Classical takes one variance for all rows (for counts one dispersion).
    cluster : str, optional
        Column of the groups that go together.
    level : float
        Of the intervals.
    settings : RowDifferenceSettings or mapping, optional
        Choices of another estimate, for what is not stated by keyword.
    about : About, optional

    Returns
    -------
    RowDifference

    Raises
    ------
    SchemaError
        A column that is not there or holds what is no number, treated or after that are not 0 and 1, counts below zero.
    ParameterError
        One of the four groups has no row, too few rows or clusters, covariates that depend on each other.

    Notes
    -----
    :math:`g(E y) = b_0 + b_1 T + b_2 A + b_3 T A + x'c` by least squares, or by Poisson maximum likelihood with the
    logarithm as *g*; the difference is :math:`b_3`. Rows with a missing value are set aside and counted. Intervals by
    Student's t with n - k degrees, clustered G - 1; with few clusters they are too short, and
    `difference_in_differences` has randomisation.

    References
    ----------
    Kiel, K. A. and McClain, K. T. (1995). House prices during siting decision stages. *Journal of Environmental
    Economics and Management* 28, 241-255. Wooldridge, J. M. (2020). *Introductory econometrics*, chapter 13.

    Examples
    --------
    >>> sales = pd.DataFrame({"y": [1.0, 2, 3, 4, 5, 9, 7, 4], "t": [0, 0, 0, 0, 1, 1, 1, 1], "a": [0, 0, 1, 1] * 2})
    >>> made = difference_of_rows(sales, outcome="y", treated="t", after="a")
    >>> round(float(made.table.loc["treated x after", "estimate"]), 9)
    -3.5
    """
    chosen = RowDifferenceSettings.of(settings)
    names = [outcome, treated, after, *chosen.covariates]
    require_columns(rows, [*names, *([chosen.cluster] if chosen.cluster is not None else [])], name="rows")
    numbers = rows[list(dict.fromkeys(names))].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    odd = [
        name for name in numbers if (numbers[name].isna() & rows[name].notna()).any() or np.isinf(numbers[name]).any()
    ]
    if odd:
        raise SchemaError(f"`rows` holds what is no number in {odd}. Correct those cells, or leave them empty.")
    whole = numbers.notna().all(axis=1)
    if chosen.cluster is not None:
        whole &= rows[chosen.cluster].notna()
    used = numbers[whole]
    y = used[outcome].to_numpy()
    design, terms = _design(used, treated, after, chosen.covariates)
    if chosen.family == "poisson" and ((y < 0).any() or not y.sum() > 0):
        raise SchemaError(f"`{outcome}` must hold counts of at least 0, not all 0, for family='poisson'.")
    if len(y) <= design.shape[1]:
        raise ParameterError(f"{number_of(len(y), 'row')} cannot tell {design.shape[1]} coefficients. Give more rows.")
    try:
        fit = fit_regression(y, design, chosen.family)
    except np.linalg.LinAlgError as error:
        raise ParameterError("The covariates depend on each other, or on the groups. Leave one out.") from error
    covariance, df, clusters = _errors(fit, rows.loc[whole, chosen.cluster] if chosen.cluster else None, chosen.errors)
    se = np.sqrt(np.diag(covariance))
    half = float(scipy.stats.t.isf((1 - chosen.level) / 2, df)) * se
    table = pd.DataFrame(
        {
            "estimate": fit.beta, "se": se, "low": fit.beta - half, "high": fit.beta + half,
            "p": 2 * scipy.stats.t.sf(np.abs(fit.beta) / se, df),
        },
        index=pd.Index(terms, name="term"),
    )  # fmt: skip
    found = RowDifferenceFindings(
        rows=len(y), left_out=int((~whole).sum()), clusters=clusters, df=df, dispersion=fit.dispersion
    )
    return RowDifference(table=table, settings=chosen, about=about or About(), findings=found)


def _design(used: pd.DataFrame, treated: str, after: str, covariates: tuple[str, ...]) -> tuple[_Floats, list[str]]:
    for name in (treated, after):
        if not used[name].isin([0.0, 1.0]).all():
            raise SchemaError(f"`{name}` must hold 0 and 1, or False and True.")
    t, a = used[treated].to_numpy(), used[after].to_numpy()
    for group, inside in (("treated", t == 1), ("other", t == 0)):
        for time, at in (("after", a == 1), ("before", a == 0)):
            if not (inside & at).any():
                raise ParameterError(f"`rows` has no {group} row {time}: all four groups are needed.")
    columns = [np.ones(len(used)), t, a, t * a, *(used[name].to_numpy() for name in covariates)]
    return np.column_stack(columns), ["intercept", "treated", "after", _TERM, *covariates]


def _errors(fit: RegressionFit, groups: pd.Series | None, errors: RowErrors) -> tuple[_Floats, int, int | None]:
    if groups is None:
        return (fit.classical() if errors == "classical" else fit.robust()), fit.df, None
    codes = pd.factorize(groups)[0]
    count = int(codes.max()) + 1
    if count < 2:
        raise ParameterError("`cluster` puts all rows into one group; errors between groups need at least two.")
    return fit.clustered(np.asarray(codes, dtype=np.intp)), count - 1, count
