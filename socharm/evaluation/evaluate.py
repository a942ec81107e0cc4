"""Did it work? The analysis of a protocol, with the verdict that its placebo sites bear."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._record import Record
from socharm.errors import RefusedError
from socharm.evaluation.chance import as_extreme
from socharm.evaluation.detectable_change import MinimumDetectableChange
from socharm.evaluation.donors import Donors
from socharm.evaluation.evaluation_beside import detectable_of, guard_of
from socharm.evaluation.evaluation_design import AreasOfEvaluation, Design, design_of
from socharm.evaluation.evaluation_donors import History, history_of
from socharm.evaluation.evaluation_findings import EvaluationFindings
from socharm.evaluation.evaluation_methods import Estimate, estimate_by
from socharm.evaluation.placebo_sites import PlaceboSites
from socharm.evaluation.placebo_test import PlaceboTest
from socharm.evaluation.protocol import Protocol, read_protocol
from socharm.evaluation.protocol_data import (
    OutcomeData,
    ProtocolData,
    as_panel,
    hash_before,
    hash_covariates,
    outcome_data,
    require_design,
)
from socharm.evaluation.protocol_settings import METHOD_OF_VERDICT, ProtocolSettings
from socharm.evaluation.selection_guard import SelectionGuard
from socharm.evaluation.spillover import FAR, SITE, SpilloverRings
from socharm.evaluation.verdict_words import (
    agreement_words,
    detectable_words,
    donors_words,
    main_words,
    other_words,
    registered_words,
    rings_words,
    selection_words,
    starts_words,
    subgroup_words,
)  # fmt: skip
from socharm.stats.fdr import holm

__all__ = ["Evaluation", "evaluate"]

#: Estimates by outcome and method.
_Made: TypeAlias = dict[tuple[str, str], Estimate]
_COLUMNS: Final = ["outcome", "method", "change", "low", "high", "p", "verdict", "reason"]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Record):
    """A site, and what each registered method says of it.

    Attributes
    ----------
    table : DataFrame
        One row for each outcome and method: ``outcome``, ``method``, ``change``, ``low``, ``high`` (shares beyond what
        was expected, 95% interval), ``p``, ``verdict`` (``"fell"``, ``"rose"``, ``"cannot be told"``, ``"refused"``),
        ``reason`` (why it was refused, or what is to be known of it). Missing where a method has none.
    totals : DataFrame
        Index ``outcome``: ``before``, ``after`` at the site, ``expected`` (by the placebo test), ``donors_before``,
        ``donors_after``.
    phases : DataFrame
        One row for each ``outcome`` and ``phase``: ``first``, ``last``, ``observed``, ``expected``, ``change``,
        ``gap`` (a month, as a share of the site's mean before), ``low_95``, ``high_95`` (the middle of the placebo
        sites), ``as_extreme``, ``placebos``, ``p``; these missing where nothing was recorded at the site before.
    rings : DataFrame
        One row for each ``outcome`` and ``ring``, as `spillover_rings` has them.
    subgroups : DataFrame
        Index ``subgroup``: ``change``, ``low``, ``high``, ``p``, ``p_corrected`` (Holm), ``verdict`` (by that),
        ``reason``.
    guard : SelectionGuard or str
        What selection explains of the first outcome; why that is not told.
    detectable : MinimumDetectableChange or str
        The smallest fall of the first outcome that could have been seen; why that is not told.
    settings : ProtocolSettings
    protocol : Protocol
    donors : Donors or None
        How donors were found, and how like the site they are; None where the protocol asks for no search.
    sites : PlaceboSites or str
        Where placebo sites lie; why there are none.
    records : mapping of str to Record
        The results of the methods, by ``"outcome: method"``.
    """

    __made_by__ = ("evaluate",)

    table: pd.DataFrame
    totals: pd.DataFrame
    phases: pd.DataFrame
    rings: pd.DataFrame
    subgroups: pd.DataFrame
    guard: SelectionGuard | str
    detectable: MinimumDetectableChange | str
    settings: ProtocolSettings
    protocol: Protocol
    donors: Donors | None
    sites: PlaceboSites | str
    findings: EvaluationFindings
    records: Mapping[str, Record]
    about: About

    @property
    def sentences(self) -> dict[str, str]:
        """The verdict by what each sentence speaks of; none is blank."""
        told = {
            "verdict": main_words(self.table, self.findings, self.settings),
            "methods": agreement_words(self.table, self.settings),
            "selection": selection_words(self.guard),
            "detectable": detectable_words(self.detectable, self.table, self.settings),
            "donors": donors_words(self.donors, self.findings.donors),
            "next door": rings_words(self.rings, self.records, self.settings),
            "starts": starts_words(self.records, self.settings),
            "other outcomes": other_words(self.table, self.settings),
            "subgroups": subgroup_words(self.subgroups),
            "registration": registered_words(self.protocol, self.findings),
        }
        return {what: text for what, text in told.items() if text}

    @property
    def sentence(self) -> str:
        """The verdict in plain English."""
        return " ".join(self.sentences.values())

    def _summary(self) -> dict[str, str]:
        return self.sentences


@checked
def evaluate(
    protocol: Protocol | str | os.PathLike[str],
    data: ProtocolData,
    areas: AreasOfEvaluation,
    *,
    covariates: pd.DataFrame | None = None,
    allow_changes: bool = False,
    about: About | None = None,
) -> Evaluation:
    r"""Run the analysis of a protocol, and say what it bears.

    Parameters
    ----------
    protocol : Protocol, or the path of one
        As `register_protocol` or `read_protocol` give it.
    data : DataFrame, mapping of str to DataFrame, Panel, SeverityIndex or Assessment
        The outcomes, as for `register_protocol`, with the months after the start.
    areas : GeoDataFrame, Graph or W
        The same areas in metres (neighbours share a point of the boundary), or their neighbours.
    covariates : DataFrame, optional
        One row for each area, one column for each: those that `donor_search` of the protocol names, as they were
        registered. They are to be of before the start.
    allow_changes : bool
        Go on where the protocol or its covariates were changed after the registration; that is then told.
    about : About, optional
        Sources and marking; else those of the data.

    Returns
    -------
    Evaluation

    Raises
    ------
    SchemaError
        Outcomes that are no wide frame of months.
    AlignmentError
        Areas of the protocol that the outcomes do not have; outcomes and areas that differ.
    ParameterError
        Offences that police work produces in an outcome that is no output; covariates that were not given.
    RefusedError
        A protocol or covariates that were changed after the registration; no two months before the start, a start in a
        gap of the coverage, nothing recorded at the site before, no month after the start, fewer than two donors, no
        areas like the site where the protocol searches for these.

    Notes
    -----
    Donors are the areas named, those found to be like the site before the start (`find_donors`), or all, outside the
    site, excluded areas and the buffer round both, with every month covered. The verdict is that of the placebo sites
    on the first outcome: its interval holds the effects :math:`\tau` under which at least 5% of departures
    :math:`|d|`, that of the site among them, are as large as :math:`|\log(o/e) - \tau|`. All other methods stand
    beside it as they are; they share data and donors, so that their agreement is no second proof. A method that refuses
    is listed with its reason. Where areas of the site began at different times, `staggered_effects` counts each from
    its own start; all other methods count the whole site from the first, or from the end of its transition. Phases: the
    mean gap of their months among that of the placebo sites. Where the site was chosen because it was worst, part of a
    fall comes by itself.

    Examples
    --------
    >>> import datetime as dt, tempfile
    >>> from libpysal.graph import Graph
    >>> from socharm.evaluation import register_protocol
    >>> codes = [f"A{n:02d}" for n in range(40)]
    >>> line = Graph.from_arrays(codes[:-1] + codes[1:], codes[1:] + codes[:-1], np.ones(78))
    >>> months = [str(month) for month in pd.period_range("2024-01", periods=18, freq="M")]
    >>> counts = pd.DataFrame(np.random.default_rng(1).poisson(60, (40, 18)), index=codes, columns=months)
    >>> counts.iloc[:2, 12:] //= 2
    >>> choices = {"name": "Patrols", "site": codes[:2], "start": "2025-01", "seed": 1, "permutations": 99}
    >>> choices |= {"outcomes": [{"name": "crimes"}], "methods": ["placebo sites", "spillover rings"]}
    >>> path = tempfile.mkdtemp() + "/protocol.toml"
    >>> made = register_protocol(choices, counts.loc[:, :"2024-12"], to=path, on=dt.date(2024, 12, 31))
    >>> evaluate(path, counts, line).findings.verdict
    'fell'
    """
    held = protocol if isinstance(protocol, Protocol) else read_protocol(protocol)
    if held.changed and not allow_changes:
        raise RefusedError(
            f"The protocol is not as it was registered: {held.sentence} Restore it, or state allow_changes=True "
            "(--allow-changes), so that the changes stand beside the results."
        )
    chosen = held.settings
    whole = data if isinstance(data, (pd.DataFrame, Mapping)) else as_panel(data)
    found = outcome_data(whole, chosen)
    require_design(found, chosen)
    history = history_of(whole, found, chosen, covariates)
    alike = _covariates_as_registered(history, found, held)
    if alike is False and not allow_changes:
        raise RefusedError(
            "The covariates of `donor_search` are not those of the registration: who is compared with would be others. "
            "Give those of then, or state allow_changes=True (--allow-changes), so that this stands beside the results."
        )
    design = design_of(found, areas, chosen, history)
    names = [choice.name for choice in chosen.outcomes]
    made: _Made = {
        (name, method): estimate_by(method, design.sides[name], design) for name in names for method in chosen.done
    }
    return Evaluation(
        table=_table(made),
        totals=_totals(design, names, made),
        phases=_phases(design, names, made),
        rings=_rings(made),
        subgroups=_subgroups(design),
        guard=guard_of(design.sides[names[0]], design),
        detectable=detectable_of(design.sides[names[0]], design),
        settings=chosen,
        protocol=held,
        donors=design.search,
        sites=design.sites,
        findings=_findings(design, made, _as_registered(found, held), alike),
        records={f"{name}: {method}": one.record for (name, method), one in made.items() if one.record is not None},
        about=about or _about(found, held),
    )


def _as_registered(found: Mapping[str, OutcomeData], held: Protocol) -> bool | None:
    """Whether each outcome that was registered has the data of then in the months before the start."""
    if held.registration is None:
        return None
    now, then = hash_before(found, held.settings), held.registration.data_sha256
    return all(now[name] == digest for name, digest in then.items() if name in now)


def _covariates_as_registered(history: History, found: Mapping[str, OutcomeData], held: Protocol) -> bool | None:
    """Whether covariates are those that were registered; None without any, or where the registration holds none."""
    if history.covariates is None or held.registration is None or not held.registration.covariates_sha256:
        return None
    return hash_covariates(history.covariates, found) == held.registration.covariates_sha256


def _about(found: Mapping[str, OutcomeData], held: Protocol) -> About:
    return replace(combine_about(held.about, *(outcome.about for outcome in found.values())), unit="")


def _table(made: _Made) -> pd.DataFrame:
    rows = [
        (name, method, one.change, one.low, one.high, one.p, one.verdict, one.reason)
        for (name, method), one in made.items()
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _findings(design: Design, made: _Made, same: bool | None, alike: bool | None) -> EvaluationFindings:
    name = design.chosen.outcomes[0].name
    side, main = design.sides[name], made[name, METHOD_OF_VERDICT]
    test = main.record.findings if isinstance(main.record, PlaceboTest) else None
    months = side.whole.columns
    return EvaluationFindings(
        verdict=main.verdict, change=main.change, low=main.low, high=main.high, p=main.p,
        placebos=0 if test is None else test.placebos, as_extreme=0 if test is None else test.as_extreme,
        site=design.site, donors=design.donors, left_out=design.left_out, first=months[0], last=months[-1],
        before=side.before, after=side.after, data_as_registered=same,
        covariates_as_registered=alike,
    )  # fmt: skip


def _totals(design: Design, names: list[str], made: _Made) -> pd.DataFrame:
    rows = {}
    for name in names:
        test = made[name, METHOD_OF_VERDICT].record
        expected = test.findings.expected if isinstance(test, PlaceboTest) else np.nan
        own, others = (design.sides[name].totals(codes) for codes in (design.site, design.donors))
        rows[name] = (*own, expected, *others)
    columns = ["before", "after", "expected", "donors_before", "donors_after"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("outcome")


def _rings(made: _Made) -> pd.DataFrame:
    parts = [
        one.record.table.drop(index=[SITE, FAR]).reset_index().assign(outcome=name)
        for (name, _), one in made.items()
        if isinstance(one.record, SpilloverRings)
    ]
    columns = ["outcome", "ring", "areas", "before", "after", "expected", "difference", "ratio", "low_95", "high_95"]
    columns += ["p", "reading"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _phases(design: Design, names: list[str], made: _Made) -> pd.DataFrame:
    """Each phase as the mean gap of its months, at the site and at the placebo sites."""
    rows = []
    begins = list(design.chosen.phases.items())
    for name in names:
        test, side = made[name, METHOD_OF_VERDICT].record, design.sides[name]
        if not isinstance(test, PlaceboTest):
            continue
        for at, (phase, first) in enumerate(begins):
            until = begins[at + 1][1] if at + 1 < len(begins) else "9999-12"
            months = [month for month in side.months if max(first, design.chosen.counted_from) <= month < until]
            if months:
                rows.append(
                    {"outcome": name, "phase": phase, "first": months[0], "last": months[-1], **_phase(test, months)}
                )
    columns = ["outcome", "phase", "first", "last", "observed", "expected", "change", "gap", "low_95", "high_95"]
    return pd.DataFrame(rows, columns=[*columns, "as_extreme", "placebos", "p"])


def _phase(test: PlaceboTest, months: list[str]) -> dict[str, float]:
    part = test.series.loc[months]
    others = test.fan[months].mean(axis=1).dropna().to_numpy(dtype=float)
    observed, expected, gap = float(part["observed"].sum()), float(part["expected"].sum()), float(part["gap"].mean())
    told = {"observed": observed, "expected": expected, "change": observed / expected - 1 if expected > 0 else np.nan}
    if not np.isfinite(gap) or not len(others):  # nothing before, so that gaps are shares of nothing
        return told | dict.fromkeys(("gap", "low_95", "high_95", "as_extreme", "placebos", "p"), np.nan)
    extreme = int(as_extreme(others, gap, "two-sided").sum())
    low, high = np.percentile(others, (2.5, 97.5))
    return told | {
        "gap": gap, "low_95": float(low), "high_95": float(high), "as_extreme": extreme, "placebos": len(others),
        "p": (extreme + 1) / (len(others) + 1),
    }  # fmt: skip


def _subgroups(design: Design) -> pd.DataFrame:
    """Each subgroup by placebo sites, its p corrected for their number."""
    made = {name: estimate_by(METHOD_OF_VERDICT, design.sides[name], design) for name in design.chosen.subgroups}
    told = {name: one.p for name, one in made.items() if one.record is not None}
    corrected = dict(zip(told, holm(np.array(list(told.values()))), strict=True))
    rows = {
        name: (one.change, one.low, one.high, one.p, corrected.get(name, np.nan),
               replace(one, p=corrected.get(name, np.nan)).verdict, one.reason)
        for name, one in made.items()
    }  # fmt: skip
    columns = ["change", "low", "high", "p", "p_corrected", "verdict", "reason"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("subgroup")
