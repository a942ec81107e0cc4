"""What each column of an assessment is a function of, and what becomes of it when it is published.

A column that does not stand here is withheld: what nobody thought about is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from socharm.snapshot.tables import LOSS_COLUMNS

__all__ = ["RULES", "rule_of"]

#: Rules: ``keep`` (public, about the run, or an order), ``cells`` (worked out again from published counts),
#: ``withhold``, ``probability`` (to 5 points), ``figures:n`` (to n significant figures), ``whole:n`` (to a multiple),
#: ``up:n`` (to the next multiple), ``decimals:n``, ``integer`` (rounded to a whole number).
_KEEP: Final = "keep"
_RANKS: Final = (
    "rank", "rank_median", "rank_low_90", "rank_high_90", "rank_low_95", "rank_high_95", "mix_low_90",
    "mix_high_90", "mix_low_95", "mix_high_95", "rank_parent",
    "rank_parent_low_90", "rank_parent_high_90", "rank_force", "rank_force_low_90", "rank_force_high_90", "rank_stated",
)  # fmt: skip
_NAMES: Final = ("name", "parent", "force")


def _table(
    *,
    keep: tuple[str, ...] = (),
    cells: tuple[str, ...] = (),
    withhold: tuple[str, ...] = (),
    rules: Mapping[str, str] | None = None,
    **others: str,
) -> Mapping[str, str]:
    said = {**dict.fromkeys(keep, _KEEP), **dict.fromkeys(cells, "cells"), **dict.fromkeys(withhold, "withhold")}
    return MappingProxyType({**said, **(rules or {}), **others})


RULES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "areas": _table(keep=(*_NAMES, "area_km2")),
        "population": _table(keep=("value", "kind", "date", "flag")),
        "weights": _table(
            keep=(
                "weight", "within_variance", "tau", "source", "n", "combines", "count_code", "severity_code",
                "description",
            )
        ),
        "counts": _table(keep=("area_code", "offence", "period"), cells=("n",)),
        "coverage": _table(keep=("area_code", "period", "covered")),
        "sources": _table(keep=("source", "period"), rows="whole:10"),
        "accounting": _table(rows="whole:10"),
        "facts": _table(rows="whole:10"),
        # Rows by reason, offence, month and source are small numbers; what they add up to is rounded.
        "breakdown": _table(keep=("reason", "offence", "period", "source"), withhold=("rows", "n")),
        "losses": _table(
            keep=("kind", "what", "reason", "named"),
            rules=dict.fromkeys(("rows", "used", *LOSS_COLUMNS, "lost"), "whole:10"),
            share_lost="probability", share_of_harm="probability",
        ),
        "deliveries": _table(
            keep=("source", "period", "delivery"), rows="whole:10", usual="whole:10", share="probability"
        ),
        "flagged": _table(keep=("area_code", "offence", "period", "flag"), cells=("n",)),
        "cells": _table(
            keep=("area_code", "offence", "period", "weight", "within_variance", "tau", "exposure"),
            cells=("n", "harm"),
        ),
        "index": _table(
            keep=(*_NAMES, "exposure", "rankable", "reason"),
            cells=("crimes", "harm", "rate", "top_offence", "top_share"),
            withhold=("harm_se", "rate_se", "rate_shrunk", "relative", "events_for_half"),
        ),
        "by_period": _table(keep=("area_code", "period", "exposure"), cells=("crimes", "harm", "rate")),
        "by_group": _table(keep=("area_code", "group"), cells=("crimes", "harm", "rate", "share")),
        "unweighted": _table(keep=("area_code", "offence"), cells=("n", "rate")),
        # A mean is the total over what it was exposed to: three figures of it are the total.
        "model": _table(
            keep=("weight", "tau", "band", "phi_source", "identified", "band_weight"),
            withhold=("mean",),
            rules=dict.fromkeys(("shape", "loading", "phi"), "figures:2"),
        ),
        "bands": _table(
            keep=("weight", "second_moment", "square", "tau", "identified", "phi_source"),
            withhold=("mean",),
            rules=dict.fromkeys(("shape", "loading", "phi", "phi_monthly"), "figures:2"),
        ),
        "ranking": _table(
            keep=(*_NAMES, *_RANKS, "reason"), cells=("rate",), withhold=("rate_shrunk", "rank_observed"),
            rank_expected="integer",
        ),
        "top_k": _table(keep=("area_code", "k", "size"), probability="probability"),
        "parents": _table(
            keep=("areas", *_RANKS), cells=("rate",), withhold=("rank_observed",), rank_expected="integer"
        ),
        "unrankable": _table(keep=("name", "reason")),
        "exclusions": _table(n="whole:10", harm="figures:2"),
        "heat": _table(value="figures:3"),
        "heat_cells": _table(keep=("easting", "northing"), harm_per_km2="figures:1"),
        "hotspots": _table(
            keep=("label", "neighbours", "hot_without_top_event", "label_without_top_event"),
            withhold=(
                "value", "statistic", "expected", "variance", "z", "p_low", "p_high", "p_months_low", "p_months_high",
                "p_adjusted_low", "p_adjusted_high", "p", "p_adjusted", "lag", "quadrant",
            ),
        ),
        "overlay": _table(
            keep=(
                "name", "parent", "deprivation", "reason", "deprivation_rank", "deprivation_decile", "class_harm",
                "class_deprivation", "bivariate", "quadrant", "centre_flag", "outside",
            ),
            cells=("rate", "residual"),
            withhold=("harm", "residual_shrunk"),
            rules=dict.fromkeys(("expected", "prediction_low_95", "prediction_high_95"), "figures:3"),
        ),
        "overlay_correlation": _table(
            keep=("areas", "method"), rules=dict.fromkeys(("estimate", "low_95", "high_95"), "decimals:2")
        ),
        "overlay_deciles": _table(
            keep=("areas", "exposure", "share_exposure"),
            cells=("crimes", "harm", "share_harm", "rate"),
            rules=dict.fromkeys(("share_harm_low_95", "share_harm_high_95"), "decimals:2"),
        ),
        "concentration": _table(
            keep=("measure", "question"), rules=dict.fromkeys(("value", "low_95", "high_95"), "decimals:2")
        ),
        "lorenz": _table(
            keep=("measure", "share_areas"), rules=dict.fromkeys(("share_held", "low_95", "high_95"), "decimals:2")
        ),
        "gini": _table(
            rules=dict.fromkeys(
                ("gini", "generalised", "low_95", "high_95", "chance", "chance_low_95", "chance_high_95", "corrected",
                 "corrected_low_95", "corrected_high_95"), "decimals:2"
            ), events="whole:10"
        ),
        "theil": _table(rules=dict.fromkeys(("theil", "between", "within", "share_between"), "decimals:2")),
        "location_quotients": _table(
            keep=("area_code", "offence"), cells=("n", "quotient"), withhold=("low_95", "high_95")
        ),
        "clusters": _table(
            keep=("area_km2", "top_offence"),
            withhold=("stability",),
            harm="figures:1", events="whole:10", places="whole:5", harm_per_km2="figures:1", share_harm="decimals:2",
        ),
        "cluster_facts": _table(value="figures:2"),
        "places": _table(
            keep=("area_code", "place", "easting", "northing"),
            withhold=("harm", "events"),
            share="probability", cumulative_share="probability",
        ),
        "place_facts": _table(
            keep=("listed",), cells=("harm", "events"), squares="up:5", share_listed="probability"
        ),
        "indicators": _table(keep=("area_code", "period", "measure", "value", "file")),
        "indicator_dictionary": _table(
            keep=(
                "measure", "direction", "unit", "denominator", "period", "provider", "licence", "sharing_basis",
                "marking", "police_driven", "column", "name", "file",
            )
        ),
        "drivers": _table(
            cells=("crimes", "harm", "share_of_harm", "made_of", "times_middle"),
            withhold=("effective_events", "events_for_half"),
        ),
        "rank_sets": _table(
            keep=("name", "exposure", "rank_set_low", "rank_set_high", "joint_low", "joint_high", "reason"),
            withhold=("estimate", "se", "amount", "events", "rank_observed"),
        ),
        "top_classes": _table(
            keep=("name", "joint_low", "joint_high", "rank_low_95", "rank_high_95", "k", "level", "class", "reason"),
            withhold=("rank_observed",),
            estimate="probability",
        ),
        "top_cutoffs": _table(
            keep=("for_sure", "possibly", "not", "very_likely", "very_unlikely"),
            rules=dict.fromkeys(("separation", "share_places", "share_held", "pai"), "decimals:2"),
        ),
        "doubt_ranking": _table(
            keep=(*_NAMES, *_RANKS, "main_doubt", "reason"), withhold=("rank_observed", "rank_variance"),
            rank_expected="integer",
        ),
        "doubt_factors": _table(
            keep=("alternatives",), rules=dict.fromkeys(("first", "total", "first_se", "total_se"), "decimals:2")
        ),
        "doubt_choices": _table(
            keep=("factor", "alternative", "probability"), spearman="decimals:2", top_10_kept="decimals:1"
        ),
        "doubt_shares": _table(
            keep=("area_code", "factor"), withhold=("first", "total", "first_se", "total_se")
        ),
        "event_dependence": _table(
            keep=("name",),
            withhold=(
                "rank_observed", "rank_without_1", "rank_without_2", "rank_without_3", "heaviest_offence", "hangs_on",
                "offences", "flagged",
            ),
        ),
        "composite": _table(keep=("name", "rank", "reason"), score="figures:2", composite="figures:2"),
        "record_keys": _table(withhold=("area_code", "offence", "period", "flag", "key")),
        "outlines": _table(keep=("geometry", "crs")),
        "composite_indicators": _table(),
        "composite_contributions": _table(),
    }
)  # fmt: skip


def rule_of(table: str, column: str) -> str:
    """What becomes of a column; ``"withhold"`` where nobody said.

    Examples
    --------
    >>> rule_of("ranking", "rank"), rule_of("index", "harm"), rule_of("index", "a new column")
    ('keep', 'cells', 'withhold')
    """
    return RULES.get(table, {}).get(column, "withhold")
