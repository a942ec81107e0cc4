"""Tables of a comparison, each made from the two sides on the same areas."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from socharm._columns import AREA, FORCE, NAME, PARENT
from socharm.errors import AlignmentError, SchemaError
from socharm.offences import POLICE_GENERATED, category_of
from socharm.ranking.top_classes import CLASSES, CLASSES_ALONE
from socharm.rescoring.change import NOT_COMPARED, PeriodModel
from socharm.rescoring.change_words import BY_ITSELF, alone_beyond
from socharm.rescoring.comparable import Sides
from socharm.rescoring.expected import VERDICTS, ExpectedChange
from socharm.rescoring.index_parts import AlignedSides
from socharm.rescoring.matching import AreaMatch, codes_told
from socharm.rescoring.membership import members_in
from socharm.rescoring.side import amounts_of, scale_of
from socharm.snapshot.assessment import Assessment

__all__ = [
    "beyond_table",
    "district_table",
    "fact_table",
    "interpolated_counts",
    "named_areas",
    "police_generated_table",
    "stored_ranks",
    "sure_areas",
]


def named_areas(sides: Sides, aligned: AlignedSides, membership: pd.DataFrame | None) -> pd.DataFrame:
    """Names of the areas compared, and the districts that they belonged to."""
    areas, before = sides.later.tables["areas"], sides.earlier.tables["areas"]
    how = sides.match.table.drop_duplicates("later").set_index("later")["how"]
    table = areas.loc[aligned.areas, [NAME]].assign(how=how.reindex(aligned.areas), before=list(aligned.before))
    homes = [
        before[[PARENT, FORCE]].reindex(aligned.before).set_axis(aligned.areas),
        areas[[PARENT, FORCE]].loc[aligned.areas],
    ]
    if membership is not None:
        homes = [_members(membership, sides.earlier, aligned.before), _members(membership, sides.later, aligned.areas)]
        homes[0] = homes[0].set_axis(aligned.areas)
    table["parent_earlier"], table["parent_later"] = (home[PARENT] for home in homes)
    table[FORCE] = homes[1][FORCE]
    known = table["parent_earlier"].notna() & table["parent_later"].notna()
    table["changed_hands"] = known & (table["parent_earlier"] != table["parent_later"])
    return table.rename_axis(AREA)


def _members(membership: pd.DataFrame, assessment: Assessment, codes: pd.Index) -> pd.DataFrame:
    period = assessment.about.period
    if period is None:
        raise SchemaError("An assessment without a period belongs to no district by days. Leave `membership` out.")
    found = members_in(membership, period)
    lacking = sorted(set(map(str, codes)) - set(found.index))
    if lacking:
        raise AlignmentError(
            f"`membership` has no district for {codes_told(lacking)} in {period.end}. Complete it for that month."
        )
    return found.reindex(codes)


def stored_ranks(sides: Sides, aligned: AlignedSides) -> pd.DataFrame:
    """Ranks of both assessments with their 90% intervals, as each was assessed."""
    made = pd.DataFrame(index=aligned.areas)
    for which, assessment, codes in (
        ("earlier", sides.earlier, aligned.before),
        ("later", sides.later, aligned.areas),
    ):
        found = assessment.tables["ranking"].reindex(index=codes, columns=["rank", "rank_low_90", "rank_high_90"])
        for name in found.columns:
            made[name.replace("rank", f"rank_{which}", 1)] = found[name].set_axis(aligned.areas)
    return made


def sure_areas(sides: Sides, aligned: AlignedSides) -> tuple[str, ...]:
    """Areas whose earlier class is the surest there is of the top: "for sure", or each by itself "very likely"."""
    held = sides.earlier.tables
    if "top_classes" not in held or held["top_classes"].empty:
        raise SchemaError(
            "The earlier assessment holds no table top_classes, so nobody knows which of its areas are in the top for "
            "sure. Run it again, or give `first` as a number or a share."
        )
    surest = held["top_classes"]["class"].reindex(aligned.before).isin([CLASSES[0], CLASSES_ALONE[0]])
    return tuple(map(str, aligned.areas[surest.to_numpy(dtype=bool)]))


def interpolated_counts(aligned: AlignedSides) -> pd.DataFrame:
    """The least and the most crimes that the earlier period can have had in each area, where some were divided."""
    settings = aligned.later.settings
    weighed = scale_of(aligned.later.weights, settings, aligned.offences)["weight"].to_numpy() > 0
    crimes = amounts_of(aligned.revised, settings, aligned.offences).n[:, weighed].sum(axis=1)
    whole = (aligned.carry >= 1).astype(np.float64)
    some = (aligned.carry > 0).astype(np.float64)
    return pd.DataFrame({"crimes_least": whole @ crimes, "crimes_most": some @ crimes}, index=aligned.areas)


def district_table(table: pd.DataFrame, models: tuple[PeriodModel, PeriodModel]) -> pd.DataFrame:
    """Districts of the later period, each held against the same areas earlier."""
    years = [side.model.exposure.reindex(table.index) for side in models]
    rates = [table["rate_earlier_alike"], table["rate_later_alike"]]
    homes = table["parent_later"].where(rates[0].notna() & rates[1].notna())
    sums = {
        which: (rate * exposure).groupby(homes).sum() / exposure.groupby(homes).sum()
        for which, rate, exposure in zip(("rate_earlier", "rate_later"), rates, years, strict=True)
    }
    made = pd.DataFrame({"areas": homes.value_counts().sort_index(), **sums}).rename_axis(PARENT)
    return made.assign(ratio=made["rate_later"] / made["rate_earlier"].where(made["rate_earlier"] > 0))


def police_generated_table(aligned: AlignedSides) -> pd.DataFrame:
    """Crime that is recorded when police look for it, in the months that both cover, by the later weights."""
    settings = dataclasses.replace(aligned.later.settings, exclude=(), offences=("all",))
    mine = np.array([category_of(str(offence)) in POLICE_GENERATED for offence in aligned.offences], dtype=bool)
    weight = scale_of(aligned.later.weights, settings, aligned.offences)["weight"].to_numpy()[mine]
    made = pd.DataFrame(index=aligned.areas.rename(AREA))
    sides = {
        "earlier": (aligned.revised, aligned.carry, aligned.months),
        "later": (aligned.later, aligned.carry_later, aligned.months_later),
    }
    for which, (side, carry, months) in sides.items():
        n = amounts_of(side, settings, aligned.offences, carry, months).n[:, mine]
        made[f"crimes_{which}"], made[f"harm_{which}"] = n.sum(axis=1), n @ weight
    return made[["crimes_earlier", "crimes_later", "harm_earlier", "harm_later"]]


def beyond_table(expected: pd.DataFrame, areas: pd.Index) -> pd.DataFrame:
    """What the joint model says of each area, beside what the counts say."""
    made = expected[["listed", "beyond", "beyond_low_95", "beyond_high_95", "verdict"]].reindex(areas)
    made.insert(1, "expected", (expected["trend"] * expected["selection"]).reindex(areas))
    listed = made["listed"].astype("boolean").fillna(False).astype(bool)
    return made.assign(listed=listed, verdict=made["verdict"].fillna(NOT_COMPARED).astype("str"))


def fact_table(
    table: pd.DataFrame, match: AreaMatch, expected: ExpectedChange, looked_for: pd.DataFrame
) -> pd.DataFrame:
    """Numbers of a comparison as a whole; index ``fact``, column ``value``."""
    counted = table["verdict"].value_counts().reindex([*VERDICTS, NOT_COMPARED], fill_value=0)
    rose, fell = (table.loc[table["verdict_counts"] == verdict] for verdict in ("rose", "fell"))
    facts = {
        "areas compared": len(table),
        "areas of the earlier assessment not matched": int((match.unmatched["assessment"] == "earlier").sum()),
        "areas of the later assessment not matched": int((match.unmatched["assessment"] == "later").sum()),
        "areas by interpolation": len(match.divided),
        "areas that changed hands": int(table["changed_hands"].sum()),
        **{f"areas: {verdict}": int(number) for verdict, number in counted.items()},
        BY_ITSELF: int((alone_beyond(expected.table) != "").sum()),
        "names of the list expected to be wrong": expected.findings.wrong_names,
        # Of the list and of all other areas: each family of tests bears the same share.
        **{
            f"names expected to be wrong: {verdict}": float(counted[verdict]) * expected.settings.false_discovery
            for verdict in ("rose", "fell")
        },
        "areas by the counts alone: rose": len(rose),
        "areas by the counts alone: fell": len(fell),
        "names by the counts alone that would be wrong if areas did not drift": float(
            (1 - rose["p_rise"]).sum() + (1 - fell["p_fall"]).sum()
        ),
        **{
            f"police-generated {what}: {which}": float(looked_for[f"{what}_{which}"].sum())
            for what in ("crimes", "harm")
            for which in ("earlier", "later")
        },
    }
    return pd.DataFrame({"value": pd.Series(facts, dtype=float)}).rename_axis("fact")
