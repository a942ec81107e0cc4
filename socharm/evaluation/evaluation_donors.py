"""Donors that a protocol asks for by what they are like: found from the months before the start alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from socharm._columns import OFFENCE
from socharm._words import joined_words, noun_for
from socharm.errors import ParameterError
from socharm.evaluation.donor_candidates import DonorSearchSettings
from socharm.evaluation.donors import Donors, find_donors
from socharm.evaluation.panel import Panel
from socharm.evaluation.protocol_data import OutcomeData, ProtocolData, counts_by_month
from socharm.evaluation.protocol_settings import ProtocolSettings
from socharm.hotspots.areas.graphs import Graph
from socharm.offences import GROUPS, POLICE_GENERATED, group_of
from socharm.severity.cells import select_offences

__all__ = ["History", "covariates_asked", "history_of", "search_donors"]


@dataclass(frozen=True, eq=False)
class History:
    """What areas are to be alike in beside the first outcome.

    Attributes
    ----------
    groups : dict of str to DataFrame
        Counts by area and month of each group of offences, or of each other outcome where offences are not known.
    covariates : DataFrame or None
        Those that the protocol names.
    """

    groups: dict[str, pd.DataFrame] = field(default_factory=dict)
    covariates: pd.DataFrame | None = None


def history_of(
    data: ProtocolData, found: Mapping[str, OutcomeData], chosen: ProtocolSettings, covariates: pd.DataFrame | None
) -> History:
    """What a protocol asks donors to be alike in; nothing where it asks for no search.

    Raises
    ------
    ParameterError
        Groups of a table that tells no offences; covariates that were not given.
    """
    asked = chosen.donor_search
    if asked is None:
        return History()
    named = covariates_asked(chosen, covariates)
    if isinstance(data, Panel):
        return History(_by_group(data, asked.groups, chosen), named)
    if asked.groups:
        raise ParameterError(
            "`donor_search` names groups of offences, and a table of areas by months tells no offences. Give a panel."
        )
    others = [choice.name for choice in chosen.outcomes[1:] if not choice.output]
    return History({name: found[name].frame for name in others}, named)


def covariates_asked(chosen: ProtocolSettings, covariates: pd.DataFrame | None) -> pd.DataFrame | None:
    """Those that a protocol names, in its order; None where it names none.

    Raises
    ------
    ParameterError
        Covariates that were not given.
    """
    asked = chosen.donor_search
    if asked is None or not asked.covariates:
        return None
    held = [] if covariates is None else [str(name) for name in covariates.columns]
    if absent := [name for name in asked.covariates if name not in held]:
        there = f"the data hold {joined_words(held)}" if held else "the data hold none"
        raise ParameterError(
            f"`donor_search` names {joined_words(absent)} among its covariates, and {there}. Give "
            f"{noun_for(len(absent), 'it', 'them')} (`covariates`), or leave {noun_for(len(absent), 'it', 'them')} out."
        )
    return None if covariates is None else covariates[list(asked.covariates)]


def _by_group(whole: Panel, groups: tuple[str, ...] | None, chosen: ProtocolSettings) -> dict[str, pd.DataFrame]:
    labels = sorted(set(map(str, whole.table[OFFENCE].unique())))
    if groups is None:
        ours = [label for label in labels if label not in POLICE_GENERATED]
        parts = {_named(group): [label for label in ours if group_of(label) == group] for group in GROUPS}
    else:
        parts = {group: select_offences(labels, group, argument="groups") for group in groups}
    return {name: counts_by_month(whole, offences, chosen) for name, offences in parts.items() if offences}


def _named(group: str) -> str:
    return f"{group} crime" if group in ("acquisitive", "other") else group.replace("-", " ")


def search_donors(
    found: Mapping[str, OutcomeData], history: History, graph: Graph, chosen: ProtocolSettings
) -> Donors | None:
    """Areas like the site before the start, away from site, excluded areas and their buffers; None where not asked.

    Raises
    ------
    SocharmError
        As of `find_donors`.
    """
    asked = chosen.donor_search
    if asked is None:
        return None
    first = next(iter(found.values()))
    settings = DonorSearchSettings(
        n=asked.n or len(first.frame), buffer=chosen.buffer, caliper=asked.caliper, exclude=chosen.excluded,
        missing="leave out",
    )  # fmt: skip
    return find_donors(
        first.frame, site=list(dict.fromkeys(chosen.site)), areas=graph, start=chosen.start, by_offence=history.groups,
        covariates=history.covariates, settings=settings, about=first.about,
    )  # fmt: skip
