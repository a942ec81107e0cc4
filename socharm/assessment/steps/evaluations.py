"""``[evaluations]``: what was tried at its places, and whether ``socharm evaluate`` found that it worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import geopandas as gpd
import pandas as pd

from socharm._about import highest_marking
from socharm._settings import Settings, setting
from socharm._words import number_of
from socharm.assessment.disclosing import input_is_open
from socharm.assessment.evaluation_facts import EvaluationFacts, read_facts
from socharm.assessment.steps._columns import AREA_CODE, named
from socharm.assessment.steps._step import Context, ReadFile, Section, Step, take_each
from socharm.assessment.steps.areas import AREAS
from socharm.assessment.steps.incidents import INCIDENTS
from socharm.errors import AlignmentError, RefusedError, SchemaError
from socharm.io.areas import Areas
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tried import SAID, SITE_PART

__all__ = ["EVALUATIONS", "EvaluationsSection"]

_SHOWN: Final = 3
_KINDS: Final = {"change": "Float64", "low": "Float64", "high": "Float64", "as_extreme": "Int64", "placebos": "Int64"}


@dataclass(frozen=True, kw_only=True)
class EvaluationsSection(Settings):
    """``[evaluations]``: folders of evaluations of sites among the areas."""

    folders: tuple[str, ...] = setting(
        says="folders that `socharm evaluate` wrote, of sites among these areas", example=["byker-evaluation"], on=True
    )

    def _faults(self) -> Iterable[str]:
        yield from super()._faults()
        if not self.folders:
            yield "folders: name a folder, or leave the section out."
        if len(set(self.folders)) < len(self.folders):
            yield f"folders: name each folder once; found {list(self.folders)}."


@dataclass(frozen=True, eq=False)
class _Found:
    """What the folders say, and which were asked for."""

    evaluations: tuple[EvaluationFacts, ...]
    settings: EvaluationsSection


def _run(context: Context) -> _Found:
    section = context.recipe.part(EvaluationsSection)
    read = take_each(context, [("evaluations", partial(_one, context, folder)) for folder in section.folders])
    take_each(context, [("evaluations", partial(_require_own_names, [one.name for one in read]))])
    return _Found(tuple(read), section)


def _require_own_names(names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SchemaError(
            f"Two evaluations are called {twice[0]!r}. Give each protocol a name of its own, and evaluate it again."
        )


def _one(context: Context, folder: str) -> EvaluationFacts:
    """An evaluation that stands in this assessment: of its areas, its boundary year and what it may show."""
    recipe, areas = context.recipe, context[AREAS]
    found = read_facts(recipe.resolve(folder))
    _require_areas(found, areas)
    marking = recipe.assessment.marking
    if highest_marking(marking, found.marking) != marking:
        raise RefusedError(
            f"{found.name!r} is marked {found.marking}, the assessment {marking}. Raise [assessment] marking, or leave "
            "the evaluation out."
        )
    if found.internal and input_is_open(recipe, context[INCIDENTS].findings.layout):
        raise RefusedError(
            f"{found.name!r} is internal, of counts as recorded, and the input of this assessment is open: all of it "
            "may leave. Evaluate it without --internal, or leave it out."
        )
    return found


def _require_areas(found: EvaluationFacts, areas: gpd.GeoDataFrame) -> None:
    year = areas.about.boundary_year if isinstance(areas, Areas) else None
    if found.boundary_year is not None and year is not None and found.boundary_year != year:
        raise AlignmentError(
            f"{found.name!r} is of the boundaries of {found.boundary_year}, and [areas] of {year}. Evaluate it on a "
            f"snapshot with the boundaries of {year}."
        )
    strange = [code for code in found.site if code not in areas.index]
    if strange:
        raise AlignmentError(
            f"{found.name!r}: {number_of(len(strange), 'area of its site is', 'areas of its site are')} not among "
            f"[areas], such as {strange[:_SHOWN]}. Evaluate it on a snapshot of the same areas and boundary year."
        )


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    rows, parts = [], []
    for one in found.evaluations:
        said = {column: one.sentences.get(what, "") for what, column in SAID.items()}
        facts = {"marking": one.marking, "internal": one.internal, **said}
        rows.append({"evaluation": one.name, "site": ", ".join(one.site), **one.row, **facts})
        members = {SITE_PART: one.site, **one.rings}
        parts += [(code, one.name, part) for part, codes in members.items() for code in codes]
    table = pd.DataFrame(rows)
    return {
        "evaluations": table.astype(_KINDS),
        "evaluation_areas": pd.DataFrame(parts, columns=["area_code", "evaluation", "part"]),
    }


def _files(recipe: Recipe, found: _Found | None) -> Iterable[ReadFile]:
    folders = () if found is None else found.settings.folders
    return [ReadFile(role=f"evaluations.{number}", path=folder) for number, folder in enumerate(folders)]


def _open_ones(shown: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of evaluations that are not internal: those others say what counts as recorded do."""
    told = tables["evaluations"]
    kept = told.loc[~told["internal"].astype(bool), "evaluation"]
    return shown[shown["evaluation"].isin(kept)].reset_index(drop=True)


def _told(tables: Mapping[str, pd.DataFrame]) -> Iterable[Sentence]:
    told = tables["evaluations"]
    if len(told):
        yield Sentence(
            f"What was tried: {number_of(len(told), 'evaluation')}, in the words of each; the verdict is that of "
            "placebo sites."
        )


_SPEC: Final = TableSpec(
    name="evaluations",
    meaning="an evaluation of a site",
    sheet=SheetSpec(
        title="What was tried",
        place=109,
        note="Evaluations of sites as socharm evaluate wrote them; the verdict is that of placebo sites. One that is "
        "internal stands in no published form.",
        formats={"change": "+0%;-0%;0%", "low": "+0%;-0%;0%", "high": "+0%;-0%;0%"},
    ),
    published=_open_ones,
    told=_told,
    columns=named(
        "keep",
        evaluation="name of the evaluation, as its protocol has it",
        site="codes of the areas of its site",
        start="first month of what was tried",
        outcome="first outcome, on which the verdict rests",
        first="first month of its data",
        last="last month of its data",
        change="share beyond what was expected from comparison areas",
        low="lower end of the 95% interval of that change",
        high="upper end of the 95% interval of that change",
        verdict="fell, rose, cannot be told, or refused",
        as_extreme="placebo sites that departed as far, up or down",
        placebos="placebo sites that it was held against",
        registered="whether its protocol was registered: yes, no, or changed since",
        snapshot="assessment that it was made on",
        marking="marking of the evaluation",
        internal="whether it was made of counts as recorded",
        said_verdict="the verdict in its words",
        said_methods="what its other methods say",
        said_selection="what the choice of the site explains by itself",
        said_detectable="what could have been seen",
        said_donors="how donors were found, and how like the site they are",
        said_next_door="what was found in the rings round the site",
        said_starts="what areas that began later make of it",
        said_other_outcomes="its other outcomes",
        said_subgroups="its subgroups",
        said_registration="what was registered, and what was changed since",
    ),
)

#: Off unless the recipe has the section.
EVALUATIONS: Final = Step[_Found | None](
    name="evaluations",
    phase="reading",
    needs=(AREAS, INCIDENTS),
    section=Section(
        key="evaluations",
        kind=EvaluationsSection,
        says="what was tried here, and did it work: evaluations that `socharm evaluate` wrote",
        place=930,
        optional=True,
    ),
    run=_run,
    tables=(
        _SPEC,
        TableSpec(
            name="evaluation_areas",
            meaning="an area of the site of an evaluation, or of a ring round it",
            published=_open_ones,
            columns=(
                *AREA_CODE,
                *named(
                    "keep",
                    evaluation="name of the evaluation, as its protocol has it",
                    part="site, or the ring that the area lies in",
                ),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(EvaluationsSection,),
    files=_files,
)
