"""``[near_repeat]``: pairs of crimes near in space and time against chance, where the source has days."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from socharm._columns import OFFENCE
from socharm._constraints import NotNegative
from socharm._settings import setting
from socharm._words import number_of
from socharm.assessment.input_sections import AreasSection
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, Drawing, Picture, Section, Step
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.assessment.steps.located import LOCATED
from socharm.assessment.steps.weights import WEIGHTS
from socharm.errors import CoverageWarning
from socharm.hotspots.points.knox import knox
from socharm.hotspots.points.knox_record import KnoxSettings, NearRepeats
from socharm.hotspots.points.near_repeat_chains import Closeness, NearRepeatChains, near_repeat_chains
from socharm.io.incidents.points import dated_points
from socharm.publish.disclosure import PublishedTables
from socharm.severity.cells import select_offences
from socharm.severity.index import SeveritySettings
from socharm.severity.transforms import transform_weights
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, SummaryPart, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["NEAR_REPEAT", "NearRepeatSettings"]

_FEW: Final = 99
_HARM: Final = "harm"
#: What is told of the harm of pairs, beside the same of their number.
_TESTED: Final = ("expected", "ratio", "p", "p_adjusted", "near_repeat")


@dataclass(frozen=True, kw_only=True)
class NearRepeatSettings(KnoxSettings):
    """Choices of an assessment's test of near repeats. ``[near_repeat]`` of a recipe."""

    offences: tuple[str, ...] = setting(("all",), "sets, groups or offences by name; near repeats are of one kind best")
    harm: bool = setting(
        False, "whether the harm of pairs is tested too: of the weights of [weights], on the scale of [index]"
    )
    chains: bool = setting(False, "whether linked crimes are listed as chains, with the place of the first of each")
    chain_distance: Closeness = setting(200.0, "metres within which two crimes of a chain are linked")
    chain_days: NotNegative = setting(14.0, "days within which two crimes of a chain are linked")


@dataclass(frozen=True, eq=False)
class _Found:
    """The test, that of the harm and the chains where asked for, and the choices that they were asked for with."""

    near: NearRepeats
    weighed: NearRepeats | None
    chains: NearRepeatChains | None
    facts: pd.DataFrame
    settings: NearRepeatSettings


def _run(context: Context) -> _Found:
    section = context.recipe.part(NearRepeatSettings)
    located, about = context[LOCATED], context[INCIDENTS].about
    events = dated_points(located, crs=context.recipe.part(AreasSection).crs)
    asked = select_offences(sorted(events[OFFENCE].unique()), section.offences)
    events = events[events[OFFENCE].isin(asked)]
    near = knox(events, settings=section, about=about)
    harm = _harm(events, context) if section.harm else None
    heavy = None if harm is None else events.assign(harm=harm.to_numpy())
    weighed = None
    if heavy is not None:
        known = heavy[heavy[_HARM].notna()]
        weighed = knox(known, settings=replace(section, weight=_HARM), about=about)
    facts = _facts(events, harm, context)
    if not section.chains:
        return _Found(near, weighed, None, facts, section)
    chains = near_repeat_chains(
        events if heavy is None else heavy.fillna({_HARM: 0.0}),
        distance=section.chain_distance,
        within_days=section.chain_days,
        metric=section.metric,
        weight=None if heavy is None else _HARM,
        about=about,
    )
    return _Found(near, weighed, chains, facts, section)


def _harm(events: pd.DataFrame, context: Context) -> pd.Series | None:
    """Weight of each crime, on the scale of the index; missing where its offence has none, None where all have none."""
    chosen = context.recipe.part(SeveritySettings)
    table = transform_weights(context[WEIGHTS].table, chosen.transform, cap=chosen.cap)
    harm = events[OFFENCE].astype(str).map(table["weight"]).astype("float64")
    if harm.isna().all():
        warnings.warn(
            "None of the crimes of [near_repeat] has an offence with a weight; the harm of pairs is left out.",
            CoverageWarning,
            stacklevel=3,
        )
        return None
    return harm


def _facts(events: pd.DataFrame, harm: pd.Series | None, context: Context) -> pd.DataFrame:
    """What was tested; of harm also by which weights."""
    facts: dict[str, Any] = {"crimes": len(events)}
    if harm is not None:
        scheme, chosen = context[WEIGHTS], context.recipe.part(SeveritySettings)
        of_cap = f" at {chosen.cap:g}" if chosen.transform == "capped" else ""
        scale = "" if chosen.transform == "raw" else f" ({chosen.transform}{of_cap})"
        facts |= {"unweighted": int(harm.isna().sum()), "weights": f"{scheme.title}, {scheme.unit}{scale}"}
    return pd.DataFrame([facts])


def _frames(found: _Found) -> dict[str, pd.DataFrame]:
    table = found.near.table
    if found.weighed is not None:
        same = found.weighed.table.rename(columns={one: f"{_HARM}_{one}" for one in _TESTED})
        table = table.join(same[[_HARM, *(f"{_HARM}_{one}" for one in _TESTED)]])
    frames = {"near_repeats": table, "near_repeat_facts": found.facts}
    if found.chains is not None:
        # The originator is a place and a day: which crime it was is in the source.
        chains = found.chains.table.drop(columns="originator").rename(columns={"x": "easting", "y": "northing"})
        frames["near_repeat_chains"] = chains.reset_index()
    return frames


def _rehearsed(section: NearRepeatSettings) -> NearRepeatSettings:
    return replace(section, permutations=min(section.permutations, _FEW))


def _picture(found: _Found, _: Drawing) -> Any:
    from socharm.maps.furniture import new_axes
    from socharm.maps.near_repeats import plot_knox

    return plot_knox(found.near, ax=new_axes())


def _published(found: _Found, published: PublishedTables) -> _Found:
    return replace(found, near=replace(found.near, table=published.tables["near_repeats"]))


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(NearRepeatSettings)
    if section is not None:
        times = number_of(section.permutations, "permutation")
        harm = ", of pairs and of their harm" if section.harm else ""
        yield Sentence(f"Near repeats: Knox test over bands of distance and days{harm}, {times} of the dates.")


def _values(tables: Mapping[str, pd.DataFrame], _: Mapping[str, Any]) -> dict[str, Any]:
    found = tables.get("near_repeats")
    if found is None or not has_columns(found, "near_repeat ratio"):
        return {}
    held = found[found["near_repeat"].astype(bool)]
    strongest = None if not len(held) else float(held["ratio"].max())
    return {"near_repeats": {"cells": len(found), "beyond chance": len(held), "strongest": strongest}}


def _lines(summary: Mapping[str, Any]) -> Iterable[str]:
    if found := summary.get("near_repeats"):
        strongest = found["strongest"]
        most = "" if strongest is None else f", the strongest {strongest:.1f} times the expected"
        yield f"Near repeats: {found['beyond chance']} of {number_of(found['cells'], 'cell')} beyond chance{most}"


def _note(tables: Mapping[str, pd.DataFrame]) -> str:
    told = (
        "Pairs of crimes by metres and days apart, against permuted dates. A band holds its lower edge and not "
        "its upper one unless the recipe says otherwise. That one crime led to another is not shown."
    )
    facts = tables["near_repeat_facts"]
    if not has_columns(facts, "weights unweighted") or not len(facts):
        return told
    one = facts.iloc[0]
    without, lost = one["unweighted"], ""
    if pd.notna(without) and without:
        verb = "is" if without == 1 else "are"
        lost = f" {number_of(int(without), 'crime')} without a weight {verb} in pairs and not in their harm."
    return f"{told} Harm of a pair: geometric mean of the weights of its two crimes, {one['weights']}.{lost}"


_SPEC: Final = TableSpec(
    name="near_repeats",
    meaning="a band of distance and of days between two crimes",
    sheet=SheetSpec(
        title="Near repeats",
        place=106,
        note=_note,
    ),
    summary=SummaryPart(values=_values, lines=_lines, place=60),
    columns=(
        *named(
            "keep",
            distance_from="least distance of the band in metres",
            distance_to="greatest distance of the band in metres",
            days_from="least days apart",
            days_to="greatest days apart",
            significant="whether the adjusted p is at most the rate that the recipe asks for",
            near_repeat="whether it is, and the ratio is as high as the recipe asks for",
            harm_near_repeat="the same of the harm of pairs",
        ),
        *named(
            "decimals:1", ratio="observed over expected", harm_ratio="harm of the pairs over the harm that is expected"
        ),
        *named(
            "withhold",
            pairs="pairs of crimes observed",
            expected="mean number of pairs over permutations of the dates",
            median="median number of pairs over permutations",
            low_95="2.5% of permutations have fewer",
            high_95="2.5% of permutations have more",
            ratio_median="observed over the median",
            expected_product="pairs of the distance band times pairs of the time band over all pairs",
            p="share of permutations with at least so many pairs, the observed one counted",
            p_less="share of permutations with at most so many pairs, the observed one counted",
            p_adjusted="p over all cells, corrected for their number",
            p_poisson="Poisson probability of more pairs than observed, as pointpats and surveillance have it",
            p_poisson_at_least="Poisson probability of at least so many pairs",
            harm="harm of the pairs observed, each the geometric mean of the weights of its two crimes",
            harm_expected="mean harm of the pairs over permutations of the dates",
            harm_p="share of permutations with at least so much harm, the observed one counted",
            harm_p_adjusted="that over all cells, corrected for their number",
        ),
    ),
)

_CHAINS: Final = TableSpec(
    name="near_repeat_chains",
    meaning="a chain of crimes, each linked with one near it in metres and days",
    # A place and a day are crimes one by one: open data alone show them.
    secret=True,
    settings=(NearRepeatSettings,),
    sheet=SheetSpec(
        title="Chains",
        place=106,
        note="Crimes each near another of its chain in metres and days; the place is that of the first. That one led "
        "to the next is not shown, and chance makes chains too: the sheet Near repeats tells how many pairs are more.",
    ),
    columns=named(
        "withhold",
        chain="number of the chain, by first day",
        events="crimes in the chain",
        first="day of the first crime of the chain",
        last="day of the last crime of the chain",
        span_days="days from the first to the last",
        places="distinct places of the chain",
        easting="place of the first crime, in metres east",
        northing="place of the first crime, in metres north",
        on_first_day="crimes of the first day; of several, which one came first is not known",
        links="pairs of linked crimes",
        harm="weights of the crimes of the chain; a crime without one adds nothing",
    ),
)

_FACTS: Final = TableSpec(
    name="near_repeat_facts",
    meaning="the test of near repeats; one row",
    columns=(
        *named(
            "withhold",
            crimes="crimes of the offences asked for that have a place",
            unweighted="those whose offence has no weight",
        ),
        *named("keep", weights="the weights of the harm of pairs, their unit, and their scale where it is not as read"),
    ),
)

#: Off unless the recipe has the section: most open sources have months, which it refuses.
NEAR_REPEAT: Final = Step[_Found](
    name="near_repeat",
    phase="hotspots",
    words="near_repeat",
    also_words="incidents",
    needs=(INCIDENTS, LOCATED, WEIGHTS),
    section=Section(
        key="near_repeat",
        kind=NearRepeatSettings,
        says="pairs of crimes near in space and time; needs a source with days",
        place=145,
        optional=True,
        rehearsed=_rehearsed,
    ),
    run=_run,
    tables=(_SPEC, _CHAINS, _FACTS),
    frames=_frames,
    settings=lambda found, _: found.settings,
    settings_kinds=(NearRepeatSettings,),
    pictures=(Picture(file="near_repeats.png", draw=_picture),),
    published=_published,
    told=_told,
)
