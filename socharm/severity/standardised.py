"""Rates of areas as they would be if each had the ages, or other groups, of one standard population."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

from socharm._arguments import checked
from socharm._constraints import OpenShare, Positive
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError
from socharm.stats.byar_interval import byar_interval
from socharm.stats.gamma_interval import gamma_interval, weighted_sum

__all__ = ["standardised_rates"]

#: Events below which Byar's limits are not used.
_LEAST: Final = 10


@checked
def standardised_rates(
    events: pd.DataFrame,
    people: pd.DataFrame,
    standard: pd.Series,
    *,
    per: Positive = 1.0,
    limits: Literal["byar", "gamma"] = "byar",
    level: OpenShare = 0.95,
) -> pd.DataFrame:
    r"""Directly standardised rates with intervals.

    Such rates stand beside harm in partners' publications, of assaults treated in hospital for example.

    Parameters
    ----------
    events : DataFrame
        Areas x groups, such as ages: how many events; no gaps.
    people : DataFrame
        The same areas and groups: residents, above zero.
    standard : Series
        By group: residents of the standard population.
    per : float
        Residents that a rate is expressed for, such as 100,000.
    limits : {"byar", "gamma"}
        Byar's limits as Dobson stretches them, as public health publishes them, or those of Fay and Feuer, which hold
        their level where a group of great weight has no event.
    level : float
        Of the intervals.

    Returns
    -------
    DataFrame
        Index as of `events`; ``events``, ``rate``, ``low``, ``high``. Byar's limits are missing below ten events,
        where they are not to be used.

    Raises
    ------
    AlignmentError
        Other areas or groups in one of the three.
    ParameterError
        A gap, a number below zero, a part of an event, or no residents in a group.

    Notes
    -----
    :math:`\sum_g w_g n_{ag} / e_{ag}` with :math:`w_g` the share of the group in the standard population.

    References
    ----------
    Dobson, A. J., Kuulasmaa, K., Eberle, E. and Scherer, J. (1991). Confidence intervals for weighted sums of Poisson
    parameters. *Statistics in Medicine* 10, 457-462. Fay, M. P. and Feuer, E. J. (1997). Confidence intervals for
    directly standardized rates. *Statistics in Medicine* 16, 791-801.

    Examples
    --------
    >>> events = pd.DataFrame({"under 35": [30], "over 35": [20]}, index=["E05000001"])
    >>> people = pd.DataFrame({"under 35": [3_000], "over 35": [5_000]}, index=["E05000001"])
    >>> standard = pd.Series({"under 35": 4_000, "over 35": 6_000})
    >>> standardised_rates(events, people, standard, per=1_000).round(2).to_dict("list")
    {'events': [50], 'rate': [6.4], 'low': [4.75], 'high': [8.44]}
    """
    n, exposure, share = _sound(events, people, standard)
    observed = weighted_sum(n, per * share / exposure)
    total = n.sum(axis=1)
    if limits == "byar":
        low, high = (np.where(total >= _LEAST, end, np.nan) for end in byar_interval(observed, total, level=level))
    else:
        low, high = gamma_interval(observed, level=level)
    columns = {"events": total.astype(np.int64), "rate": observed.total, "low": low, "high": high}
    return pd.DataFrame(columns, index=events.index)


def _sound(
    events: pd.DataFrame, people: pd.DataFrame, standard: pd.Series
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    for name, found, wanted in (
        ("areas of `people`", people.index, events.index),
        ("groups of `people`", people.columns, events.columns),
        ("groups of `standard`", standard.index, events.columns),
    ):
        apart = found.symmetric_difference(wanted)
        if len(apart) or not found.is_unique or not wanted.is_unique:
            raise AlignmentError(
                f"The {name} are not those of `events`: {number_of(len(found), 'entry', 'entries')} against "
                f"{len(wanted):,}, such as {list(map(str, apart[:3]))}. Give each area and group once in all three."
            )
    arrays = [
        frame.to_numpy(dtype=float)
        for frame in (events, people.reindex(index=events.index, columns=events.columns), standard[events.columns])
    ]
    for name, array, least in zip(("events", "people", "standard"), arrays, (False, True, False), strict=True):
        if not np.isfinite(array).all() or (array < 0).any() or (least and (array == 0).any()):
            raise ParameterError(
                f"`{name}` holds a gap or a number {'of 0 or less' if least else 'below zero'}. Join small groups, or "
                "leave the area out."
            )
    if (arrays[0] != np.floor(arrays[0])).any():
        raise ParameterError("`events` holds parts of an event. Give whole numbers.")
    if not arrays[2].sum() > 0:
        raise ParameterError("`standard` holds no residents. Give a standard population by group.")
    return arrays[0], arrays[1], arrays[2] / arrays[2].sum()
