"""``[courses]``: areas in classes by how their share of all crimes went over the months, where the recipe asks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Final

import pandas as pd

from socharm._about import About
from socharm._columns import AREA, PERIOD
from socharm._constraints import AtLeast
from socharm._settings import setting
from socharm._words import joined_words, noun_for, number_of
from socharm.assessment.steps._columns import REASON, named
from socharm.assessment.steps._step import Context, Section, Step
from socharm.assessment.steps.index import INDEX
from socharm.errors import CoverageWarning, ParameterError
from socharm.hotspots.areas.pattern_classes import ClassesSettings, PatternClasses, pattern_classes
from socharm.severity.index import SeverityIndex
from socharm.snapshot.dashboard_layer import Category, DashboardLayer, DashboardPart
from socharm.snapshot.recipe import Recipe
from socharm.snapshot.sentence import Sentence
from socharm.snapshot.spec import SheetSpec, TableSpec
from socharm.snapshot.tables import has_columns

__all__ = ["COURSES", "CoursesSection"]

_LEAST_PERIODS: Final = 4
_LENGTH: Final = "months_per_period"
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
    other_lengths: tuple[Annotated[int, AtLeast(1)], ...] = setting(
        (1, 2, 3, 4, 6, 12), "months of a period that the test is repeated with, as far as there are four; [] for none"
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """The classes, the test by length of a period, and the choices that they were asked for with."""

    classes: PatternClasses
    tests: pd.DataFrame
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
    settings = ClassesSettings(**{entry.name: vars(section)[entry.name] for entry in fields(ClassesSettings)})
    try:
        found = pattern_classes(counts, settings=settings, about=replace(index.about, unit="crimes"))
    except ParameterError as error:
        warnings.warn(f"{error} Courses are left out.", CoverageWarning, stacklevel=2)
        return None
    tests = {section.months_per_period: _test(found)}
    for length in sorted(set(section.other_lengths) - set(tests)):
        others = _counts(index, length)
        if others.shape[1] >= _LEAST_PERIODS:
            # The first months go where they fill no period: what is left may be too few crimes for classes.
            with suppress(ParameterError):
                tests[length] = _test(pattern_classes(others, settings=settings))
    rows = [
        {_LENGTH: length, "chosen": length == section.months_per_period} | tests[length] for length in sorted(tests)
    ]
    return _Found(found, pd.DataFrame(rows), section)


def _test(found: PatternClasses) -> dict[str, Any]:
    """Whether areas differ, of how many that were tested, and in how many classes they then are."""
    tested = int((found.table["events"] >= found.settings.fewest_events).sum())
    return {"p": found.p, "classes": len(found.courses), "tested": tested}


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
    return replace(section, null_draws=_FEW, other_lengths=())


def _frames(found: _Found | None) -> dict[str, pd.DataFrame]:
    if found is None:
        return {}
    classes = found.classes
    periods = [name for name in classes.courses.columns if name != "areas"]
    shapes = classes.courses.reset_index().melt(["course", "areas"], periods, PERIOD, "ratio")
    shapes = shapes.sort_values(["course", PERIOD], kind="stable").reset_index(drop=True)
    kinds = {"course": "int64", "areas": "int64", PERIOD: "str", "ratio": "float64"}
    return {
        "courses": classes.table,
        "course_shapes": shapes.astype(kinds)[["course", PERIOD, "ratio", "areas"]],
        "courses_test": found.tests,
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
    if not has_columns(test, "months_per_period chosen classes tested") or not test["chosen"].any():
        return told
    one = test[test["chosen"]].iloc[0]
    length, areas = number_of(int(one[_LENGTH]), "month"), number_of(int(one["tested"]), "area")
    p = f" (p {one['p']:.2g})" if has_columns(test, "p") and pd.notna(one["p"]) else ""
    if int(one["classes"]):
        told += f" The length of a period is a choice: these are by {length}, {areas} tested{p}."
    else:
        told += f" By periods of {length}, {areas} tested, no difference beyond chance was found{p}: there is no class."
    others = test[~test["chosen"]]
    with_classes = [classes > 0 for classes in others["classes"]]
    too = " too" if int(one["classes"]) else ""
    for held, words in ((True, f"classes{too}"), (False, "no class")):
        lengths = [f"{months}" for months, has in zip(others[_LENGTH], with_classes, strict=True) if has == held]
        if lengths:
            told += f" Periods of {joined_words(lengths)} {noun_for(int(lengths[-1]), 'month')} give {words}."
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
            meaning="the test whether areas differ in their course; a row for each length of a period",
            columns=(
                *named(
                    "keep",
                    months_per_period="months of a period",
                    chosen="whether the recipe has that length, and the classes are by it",
                ),
                *named("withhold", p="p of so much variance between classes where all areas have one course"),
                *named("keep", classes="classes that were found", tested="areas with enough crimes, which were tested"),
            ),
        ),
    ),
    frames=_frames,
    settings=lambda found, _: None if found is None else found.settings,
    settings_kinds=(CoursesSection,),
    told=_told,
)
