"""The published form of an assessment: what it says of small counts tells nobody whose they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from socharm._about import About
from socharm._arguments import checked
from socharm._columns import AREA
from socharm._record import Record
from socharm.errors import ParameterError
from socharm.publish.cell_keys import perturb_counts
from socharm.publish.disclosure_settings import DisclosureSettings
from socharm.publish.earlier import EarlierRelease, as_earlier, keep_published
from socharm.publish.law import CELLS, RECORDS
from socharm.publish.recomputed import recomputed
from socharm.publish.secret import secret_fingerprint
from socharm.snapshot.spec import TableSpec
from socharm.snapshot.tables import AssessmentTables
from socharm.stats.figures import to_figures

__all__ = ["PublishedTables", "band_counts", "protect_tables"]

_BANDS: Final = ((0, "none"), (4, "1 to 4"), (9, "5 to 9"))
_POINTS: Final = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class PublishedTables(Record):
    """An assessment in published form.

    Attributes
    ----------
    table : DataFrame
        ``table``, ``column``, ``done`` (``keep``, ``cells``: worked out from published counts, ``withhold`` ...),
        ``values`` (how many there were).
    tables : AssessmentTables
        With the same tables and columns; what is withheld is missing.
    settings : DisclosureSettings
    source : AssessmentTables, optional
        What it was made of, for the check; never released.
    """

    __made_by__ = ("protect_tables",)

    table: pd.DataFrame
    tables: AssessmentTables
    settings: DisclosureSettings
    about: About
    source: AssessmentTables | None = None

    def _summary(self) -> dict[str, str]:
        if self.settings.open_input:
            return {"input": "open already: nothing changed"}
        counts = self.table["done"].value_counts()
        return {"columns": ", ".join(f"{int(number)} {done}" for done, number in counts.items())}


@checked
def protect_tables(
    tables: AssessmentTables,
    *,
    about: About,
    secret: bytes | None = None,
    settings: DisclosureSettings | None = None,
    earlier: Sequence[EarlierRelease] = (),
) -> PublishedTables:
    """Bring an assessment into published form.

    Parameters
    ----------
    tables : AssessmentTables
    about : About
    secret : bytes, optional
        From `store_secret`; needed unless the input is open.
    settings : DisclosureSettings, optional
    earlier : sequence of EarlierRelease
        Of the same store, oldest first. A number that was published stays where the records of its cell have changed
        by fewer than ``settings.small`` since: late records, a moved border, an exclusion.

    Returns
    -------
    PublishedTables
        Counts with noise that belongs to their records; crimes, harm, rates, shares and quotients worked out again from
        those counts and the public weights, so that every table agrees with every other; ranks with their intervals
        and classes as they are; probabilities to five points; standard errors, smoothed rates, test statistics and
        what rests on single events withheld; surfaces, clusters and curves rounded. A column that nobody declared is
        withheld.

    Raises
    ------
    ParameterError
        No secret, and the input is not open. Or records are to be the keys, and the tables have none of them: they
        were made from counts, or by an earlier version. Or the keys were made with another secret than this one.
    AlignmentError
        The index was not made of the counts less `settings.excluded`.

    Notes
    -----
    What is worked out from protected counts can tell no more than they do. Ranks come from the counts themselves: an
    order of many sums, which leaves each count free in its range.

    References
    ----------
    Thompson, G., Broadfoot, S. and Elazar, D. (2013), Methodology for the automatic confidentialisation of statistical
    outputs from remote servers, UNECE.
    """
    chosen = settings or DisclosureSettings()
    if chosen.open_input:
        kept = [
            (name, column, "keep", len(frame)) for name, frame in tables.items() for column in map(str, frame.columns)
        ]
        return PublishedTables(table=_done(kept), tables=tables, settings=chosen, about=about)
    if secret is None:
        raise ParameterError("`secret` is missing; give `store_secret(store)`, or say that the input is open.")
    keyed_by = chosen.keyed_by or (RECORDS if len(tables["record_keys"].columns) else CELLS)
    chosen = dataclasses.replace(chosen, keyed_by=keyed_by, fingerprint=secret_fingerprint(secret))
    counts, flagged = _noisy(tables, chosen, secret, earlier)
    fresh = recomputed(tables, counts, flagged, excluded=chosen.excluded)
    made: dict[str, pd.DataFrame] = {}
    rows: list[tuple[str, str, str, int]] = []
    for name, frame in tables.items():
        spec = tables.declared[name]
        if spec.secret:  # with the secret of the store, record keys tell the noise
            rows += [(name, column, "withhold", len(frame)) for column in map(str, frame.columns)]
            made[name] = pd.DataFrame()
            continue
        shown = _published(spec, frame, fresh.get(name), rows)
        made[name] = shown if spec.published is None or not len(shown) else spec.published(shown, tables)
    return PublishedTables(
        table=_done(rows), tables=tables.with_tables(**made), settings=chosen, about=about, source=tables
    )


def _noisy(
    tables: AssessmentTables, chosen: DisclosureSettings, secret: bytes, earlier: Sequence[EarlierRelease]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts and flagged counts as they may be shown."""
    record_keys = _record_keys(tables) if chosen.keyed_by == RECORDS else None
    counts = tables["counts"].assign(
        n=perturb_counts(tables["counts"], secret=secret, settings=chosen.noise, record_keys=record_keys)
    )
    flagged = tables["flagged"]
    if len(flagged):
        keys = (AREA, "offence", "period", "flag")
        noisy = perturb_counts(flagged, secret=secret, keys=keys, settings=chosen.noise, record_keys=record_keys)
        flagged = flagged.assign(n=noisy)
    if not earlier:
        return counts, flagged
    shown = tables.with_tables(counts=counts, flagged=flagged)
    return keep_published(as_earlier(shown, chosen, source=tables), earlier, small=chosen.small)


def _record_keys(tables: AssessmentTables) -> pd.DataFrame:
    if not len(tables["record_keys"].columns):
        raise ParameterError(
            "The noise is to come from records, and these tables hold no record keys: they were made from counts "
            "alone, or by an earlier version. Run the recipe again."
        )
    return tables["record_keys"]


def _done(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["table", "column", "done", "values"])


def _published(
    spec: TableSpec, frame: pd.DataFrame, fresh: pd.DataFrame | None, rows: list[tuple[str, str, str, int]]
) -> pd.DataFrame:
    """One table, column by column, by the rules that are declared for it."""
    result = frame.copy()
    for column in map(str, frame.columns):
        rule = spec.rule_of(column)
        if rule == "cells":
            if fresh is None or column not in fresh.columns:
                rule = "withhold"
            else:
                result[column] = fresh[column].to_numpy() if len(fresh) == len(frame) else fresh[column]
        if rule == "withhold":
            result[column] = _missing(frame[column])
        elif rule not in ("cells", "keep"):
            result[column] = _coarser(frame[column], rule)
        rows.append((spec.name, column, rule, int(frame[column].notna().sum())))
    return result


def _missing(column: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(column) or isinstance(column.dtype, pd.BooleanDtype):
        return pd.Series(pd.NA, index=column.index, dtype="boolean")
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(np.nan, index=column.index, dtype="float64")
    return pd.Series("", index=column.index, dtype="str")


_ROUND: Final[Mapping[str, Callable[[np.ndarray, int], np.ndarray]]] = {
    "whole": lambda values, n: np.round(values / n) * n,
    "up": lambda values, n: np.ceil(values / n) * n,
    "decimals": lambda values, n: np.round(values, n),
    "figures": to_figures,
}


def _coarser(column: pd.Series, rule: str) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column):
        return _missing(column)
    values = column.astype(float).to_numpy()
    if rule == "integer":
        made = np.round(values)
    elif rule == "probability":
        made = np.round(np.round(values / _POINTS) * _POINTS, 2)
    else:
        kind, _, number = rule.partition(":")
        made = _ROUND[kind](values, int(number))
    return pd.Series(made, index=column.index)


@checked
def band_counts(counts: pd.Series) -> pd.Series:
    """Counts in bands, such as those of mapped organised crime groups.

    Parameters
    ----------
    counts : Series
        0 or more; missing stays missing.

    Returns
    -------
    Series of str
        ``"none"``, ``"1 to 4"``, ``"5 to 9"``, ``"10 or more"``, ``"not known"`` where missing.

    Raises
    ------
    ParameterError
        A count below 0.

    Examples
    --------
    >>> band_counts(pd.Series([0, 3, 7, 12, None])).tolist()
    ['none', '1 to 4', '5 to 9', '10 or more', 'not known']
    """

    def band(value: Any) -> str:
        if pd.isna(value):
            return "not known"
        return next((words for most, words in _BANDS if value <= most), "10 or more")

    known = counts.dropna()
    if not pd.api.types.is_numeric_dtype(known.infer_objects()):
        raise ParameterError("`counts` holds what is no number. Give whole numbers.")
    if (known < 0).any():
        raise ParameterError("`counts` holds numbers below 0; a count is 0 or more.")
    return counts.map(band).astype("str")
