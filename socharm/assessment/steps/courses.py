"""``[courses]``: areas in classes by how their share of all crimes went over the months, where the recipe asks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, PERIOD
from socharm._constraints import AtLeast
from socharm._settings import setting
from socharm._words import number_of
from socharm.assessment.steps._columns import REASON, named
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning
from socharm.hotspots.areas.pattern_classes import ClassesSettings, PatternClasses, pattern_classes
from socharm.severity.index import SeverityIndex
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["COURSES", "CoursesSection"]

_LEAST_PERIODS: Final = 4
_FEW: Final = 19
#: From those that fall most to those that rise most; twelve classes at most.
_FROM_FALL_TO_RISE: Final = (
    "#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#e8e8e8",
    "#f3d9c7", "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CoursesSection(ClassesSettings):
    """Choices of an assessment's classes of areas by their course. ``[courses]`` of a recipe."""

    months_per_period: Annotated[int, AtLeast(1)] = setting(1, "months of a period; first months that fill none go")


@dataclass(frozen=True, eq=False)
class _Found:
    """The classes, and the choices that they were asked for with."""

    classes: PatternClasses
    settings: CoursesSection


def _run(context: Context) -> _Found | None:
    section, index = context.recipe.part(CoursesSection), context[INDEX]
    counts = _counts(index, section.months_per_period)
    if counts.shape[1] < _LEAST_PERIODS or not len(counts):
        warnings.warn(
            f"Courses need {number_of(_LEAST_PERIODS, 'period')} and areas that are covered in all of them; there "
            f"{'is' if counts.shape[1] == 1 else 'are'} {number_of(counts.shape[1], 'period')} and "
            f"{number_of(len(counts), 'area')}. They are left out.",
            CoverageWarning,
            stacklevel=2,
        )
        return None
    lost = len(index.table) - len(counts)
    if lost:
        warnings.warn(
            f"Courses leave out {number_of(lost, 'area')} without all months: a month that is not covered is no month "
            "without crime.",
            CoverageWarning,
            stacklevel=2,
        )
    own = {entry.name: vars(section)[entry.name] for entry in fields(ClassesSettings)}
    about = replace(index.about, unit="crimes")
    return _Found(pattern_classes(counts, settings=ClassesSettings(**own), about=about), section)


def _counts(index: SeverityIndex, months_per_period: int) -> pd.DataFrame:
    """Crimes by area and period, of areas that are covered in all months."""
    rows = index.by_period[index.by_period["exposure"] > 0]
    wide = rows.pivot_table(index=AREA, columns=PERIOD, values="crimes", aggfunc="sum", observed=True)
    wide = wide.reindex(columns=pd.period_range(wide.columns.min(), wide.columns.max(), freq="M"))
    wide = wide.iloc[:, wide.shape[1] % months_per_period :]
    whole = wide.dropna().astype("int64")
    whole.index = whole.index.astype(str)
    first = [str(month) for month in whole.columns[::months_per_period] for _ in range(months_per_period)]
    if not first:
        return whole
    return whole.T.groupby(first, sort=True).sum().T.rename_axis(AREA)


def _rehearsed(section: CoursesSection) -> CoursesSection:
    return replace(section, null_draws=_FEW)


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    classes = found.classes
    periods = [name for name in classes.courses.columns if name != "areas"]
    shapes = classes.courses.reset_index().melt(["course", "areas"], periods, PERIOD, "ratio")
    shapes = shapes.sort_values(["course", PERIOD], kind="stable").reset_index(drop=True)
    kinds = {"course": "int64", "areas": "int64", PERIOD: "str", "ratio": "float64"}
    test = {"p": classes.p, "classes": len(classes.courses), "areas": int(classes.table["course"].notna().sum())}
    return {
        "courses": classes.table,
        "course_shapes": shapes.astype(kinds)[["course", PERIOD, "ratio", "areas"]],
        "courses_test": pd.DataFrame([test]),
    }


def _sheet(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Those that rise most first; areas without a class last."""
    found = tables["areas"][["name", "parent"]].join(tables["courses"], how="inner")
    return found.sort_values("course", ascending=False, kind="stable", na_position="last")


def _note(tables: Mapping[str, pd.DataFrame]) -> str:
    told = (
        "Areas in classes by how their share of all crimes went over the periods, 1 from those that fall most. A class "
        "says nothing of how many crimes there are."
    )
    test = tables["courses_test"]
    if len(test) and not int(test["classes"].iloc[0]):
        return f"{told} Beyond chance areas do not differ in their course, so there is no class."
    return told


def _told(recipe: Recipe, _: Mapping[str, Any]) -> Iterable[Sentence]:
    section = recipe.find(CoursesSection)
    if section is not None:
        how = number_of(section.classes, "class", "classes") if section.classes else "classes by Calinski-Harabasz"
        yield Sentence(
            f"Courses: k-means of shares by period, {how}, where areas differ at level {section.alpha * 100:g}%."
        )


def _dashboard(tables: Mapping[str, pd.DataFrame], _: About) -> Iterable[DashboardLayer]:
    found = tables["courses"]
    if not has_columns(found, "course") or not found["course"].notna().any():
        return
    number = int(found["course"].max())
    last = len(_FROM_FALL_TO_RISE) - 1
    texts = {1: "1, falls most", number: f"{number}, rises most"}
    yield DashboardLayer(
        key="courses",
        label="Course over the months",
        short="Course",
        unit="class of areas by how their share of all crimes went",
        gap="no class",
        note="A class says nothing of how many crimes there are.",
        values=found["course"].astype("Int64").astype("string").astype("object").where(found["course"].notna(), None),
        categories={
            str(one): Category(
                label=texts.get(one, str(one)), colour=_FROM_FALL_TO_RISE[round((one - 1) * last / (number - 1))]
            )
            for one in range(1, number + 1)
        },
        disclosure="keep",
    )


COURSES: Final = Step[_Found | None](
    name="courses",
    phase="hotspots",
    words="courses",
    needs=(INDEX,),
    section=Section(
        key="courses",
        kind=CoursesSection,
        says="areas in classes by how their share of all crimes went over the months",
        place=132,
        optional=True,
        rehearsed=_rehearsed,
        noted=False,
    ),
    run=_run,
    tables=(
        TableSpec(
            name="courses",
            meaning="an area; index `area_code`",
            layer=True,
            sheet=SheetSpec(title="Courses", place=103, note=_note, view=_sheet),
            dashboard=DashboardPart(layers=_dashboard, place=31),
            columns=(
                *named(
                    "keep",
                    course="class of areas whose share of all crimes went alike, 1 from those that fall most",
                ),
                *REASON,
                *named(
                    "withhold",
                    events="crimes over all periods",
                    distance="how far its course is from that of its class, of square roots of shares",
                ),
            ),
        ),
        TableSpec(
            name="course_shapes",
            meaning="a class of areas, and a period",
            sheet=SheetSpec(
                title="Course shapes",
                place=103,
                note="The share of a class in all its crimes that fell into a period, over that of all areas.",
            ),
            columns=(
                *named(
                    "keep",
                    course="class of areas whose share of all crimes went alike, 1 from those that fall most",
                    period="first month of the period",
                    areas="areas of the class",
                ),
                *named("decimals:1", ratio="share of its crimes in the period over that of all areas"),
            ),
        ),
        TableSpec(
            name="courses_test",
            meaning="the test whether areas differ in their course; one row",
            columns=(
                *named("withhold", p="p of so much variance between classes where all areas have one course"),
                *named("keep", classes="classes that were found", areas="areas in them"),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(CoursesSection,),
    told=_told,
)
