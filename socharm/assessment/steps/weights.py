"""``[weights]``: the severity weights, carried over to the categories of the incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pandas as pd

from socharm._settings import annotations_of
from socharm._words import unit_sentence
from socharm.assessment.input_sections import WeightsSection
from socharm.assessment.steps._columns import named
from socharm.assessment.steps._step import Context, ReadFile, Section, Step
from socharm.io.packaged_weights import SCHEMES
from socharm.io.weight_scheme import CrosswalkSettings, WeightScheme, WeightSettings
from socharm.io.weights import load_weights, read_weights
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec

__all__ = ["WEIGHTS"]


def _run(context: Context) -> WeightScheme:
    recipe = context.recipe
    section = recipe.part(WeightsSection)
    if section.file:
        scheme = read_weights(recipe.resolve(section.file), settings=section)
    else:
        scheme = load_weights(section.scheme)
    if section.crosswalk == "none" or scheme.level == "category":
        return scheme
    return scheme.crosswalk(section.crosswalk, settings=section)


def _files(recipe: Recipe, scheme: WeightScheme) -> Iterable[ReadFile]:
    own = recipe.part(WeightsSection).file
    return [ReadFile(role="weights", path=own, rows={"used": len(scheme.table)})] if own else []


def _earlier_settings(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    stated = recipe.get("weights") or {}
    kind = WeightSettings if stated.get("crosswalk") == "none" else CrosswalkSettings
    return {name: value for name, value in stated.items() if name in annotations_of(kind)}


def _offences(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    counted = tables["counts"].groupby("offence", sort=True)["n"].sum().to_frame("counted")
    return counted.join(tables["weights"], how="left")


def _told(recipe: Recipe, manifest: Mapping[str, Any]) -> Iterable[Sentence]:
    crosswalk = manifest.get("crosswalk") or {}
    text = f"Each offence has the weight of the scheme {crosswalk.get('scheme') or recipe.part(WeightsSection).scheme}"
    if crosswalk.get("counts_year"):
        force = crosswalk.get("force") or "England and Wales"
        text += (
            f"; a category has the mean weight of the offences recorded in it in {force} in "
            f"{crosswalk['counts_year']}, {float(crosswalk.get('gap_years') or 0):.1f} years from the period"
        )
    yield Sentence(f"{text}.", place=30)
    name = recipe.part(WeightsSection).scheme
    unit = unit_sentence(SCHEMES[name][2]) if recipe.part(WeightsSection).file is None and name in SCHEMES else ""
    if unit:
        yield Sentence(unit, place=35)


WEIGHTS: Final = Step[WeightScheme](
    name="weights",
    phase="reading",
    words="weights",
    section=Section(
        key="weights",
        kind=WeightsSection,
        says="how much each offence weighs",
        place=50,
        arguments={"name": "[weights] scheme"},
        subjects={"path": "file"},
    ),
    run=_run,
    tables=(
        TableSpec(
            name="weights",
            meaning="an offence or category with its weight as used; index `offence`",
            needed=True,
            sheet=SheetSpec(title="Offences", place=9, view=_offences),
            columns=named(
                "keep",
                weight="harm of one event, in the unit of the scheme",
                within_variance="variance of the weight inside a category; 0 of single offences",
                tau="standard deviation of the log weight between places; 0 of single offences",
                source="where the weight is from",
                n="recorded offences behind the mean weight of a category",
                combines="parts of a label that covers several categories",
                count_code="Home Office count code",
                severity_code="code of the offence in the scheme of weights",
                description="the offence in the words of the scheme",
                category="category that a single offence belongs to",
            ),
        ),
    ),
    frames=lambda scheme: {"weights": scheme.table},
    files=_files,
    settings=lambda scheme, _: scheme.mix or scheme.settings,
    settings_kinds=(CrosswalkSettings, WeightSettings),
    earlier_settings=_earlier_settings,
    told=_told,
)
