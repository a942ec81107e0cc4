"""Documents of a snapshot: profiles and plans, in published form unless internal ones are asked for."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from socharm._arguments import check_fields, checked
from socharm._checks import nearest_name
from socharm._constraints import OneOf
from socharm.assessment.opened_form import documents_folder, opened_form
from socharm.documents.render import FORMATS
from socharm.documents.slide import SLIDE
from socharm.errors import ParameterError, SchemaError
from socharm.files.delimited import write_csv
from socharm.files.internal import internal_name
from socharm.files.written import note_writing, note_written, require_unedited
from socharm.plans.plan import read_plan
from socharm.plans.seed import seed_plan
from socharm.plans.states import STATES
from socharm.profiles.given import areas_of
from socharm.profiles.profile import seed_profile
from socharm.profiles.series import document_stem, places_of, text_path
from socharm.profiles.subject import Subject, districts_of, subject_of
from socharm.profiles.text_skeleton import start_profile_text
from socharm.publish.licences import write_sources
from socharm.rescoring.comparison import Comparison
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import AssessmentTables

__all__ = [
    "ProfileOrder",
    "plan_file",
    "record_state",
    "texts_folder",
    "write_plan",
    "write_profiles",
]

Progress = Callable[[str, int, int], None]

#: What a profile can be saved as.
_FORMATS: Final = (*FORMATS, SLIDE)
_EDITS_BELONG: Final = (
    "What people write belongs into the .toml of the place in {folder} and into its plan, which each profile reads."
)


def texts_folder(snapshot: Path, to: str | os.PathLike[str] | None = None) -> Path:
    """Folder of the files that people write into: ``<store>/profiles``, for all snapshots, or the one given."""
    return snapshot.parent / "profiles" if to is None else Path(to)


def plan_file(stems: Sequence[str], folders: Sequence[Path], *, internal: bool = False) -> Path | None:
    """The plan of a place under one of its names, from the first folder that holds one; None where none does.

    Raises
    ------
    SchemaError
        A folder holds it as workbook and as CSV.
    """
    for folder in folders:
        names = [f"{stem}-plan.{kind}" for stem in dict.fromkeys(stems) for kind in ("xlsx", "csv")]
        found = [path for name in names if (path := folder / internal_name(name, internal=internal)).exists()]
        if len(found) > 1:
            raise SchemaError(
                f"{folder.name!r} holds {found[0].name!r} and {found[1].name!r}, and a place has one plan. Move away "
                "the one that does not hold."
            )
        if found:
            return found[0]
    return None


@dataclass(frozen=True, kw_only=True)
class ProfileOrder:
    """Which profiles of a snapshot are written, and how.

    Parameters
    ----------
    areas : sequence of str
        Area codes, districts, or names of areas.
    all_districts : bool
    top : int
        And so many areas from the highest rank down.
    formats : sequence of str
        Of ``docx``, ``pdf``, ``html``, ``md``, and ``pptx`` for one slide.
    to : str or path, optional
        ``<store>/profiles/<snapshot>`` when omitted.
    on : date, optional
    template, reference : str or path, optional
        As in `Profile.save`; the reference goes to ``docx`` only, and a slide has no template.
    questions : str, optional
    internal : bool
        From the tables as they are, marked INTERNAL in name and content, instead of their published form.
    replace : bool
        Write over documents that are not as socharm wrote them.
    day_first : bool, optional
        How dates such as ``01/10/2026`` in a plan are read, which spreadsheets write into CSV; a fault when not stated.
    """

    areas: Sequence[str] = ()
    all_districts: bool = False
    top: int = 0
    formats: Sequence[str] = ("docx",)
    to: str | os.PathLike[str] | None = None
    on: dt.date | None = None
    template: str | os.PathLike[str] | None = None
    reference: str | os.PathLike[str] | None = None
    questions: str | None = None
    internal: bool = False
    replace: bool = False
    day_first: bool | None = None

    def __post_init__(self) -> None:
        """Check every field, and the formats."""
        check_fields(self)
        unknown = [kind for kind in self.formats if kind not in _FORMATS]
        if unknown or not self.formats:
            raise ParameterError(f"`formats` names {unknown or 'nothing'}; choose of {list(_FORMATS)}.")

    def areas_of(self, assessment: Assessment) -> list[str]:
        """Codes, districts and sets that are asked for, each once."""
        wanted = list(self.areas)
        if self.all_districts:
            wanted += districts_of(assessment.tables)
        if self.top:
            wanted += [str(code) for code in assessment.top(self.top).index]
        if not wanted:
            raise ParameterError("`areas` is empty. Name areas by --area, or ask for --all-districts or --top.")
        return list(dict.fromkeys(area_of(name, assessment.tables) for name in wanted))


def area_of(name: str, tables: AssessmentTables) -> str:
    """The code or district that somebody means who types a code, a district, or the name of an area.

    Raises
    ------
    ParameterError
        Several areas have this name; their codes are told.
    """
    areas = tables["areas"]
    districts = {str(district).casefold(): str(district) for district in areas["parent"].dropna().unique()}
    if name in areas.index or name in districts.values():
        return name
    wanted = " ".join(name.split()).casefold()
    codes = [str(code) for code, called in areas["name"].dropna().items() if str(called).strip().casefold() == wanted]
    if len(codes) > 1:
        raise ParameterError(f"{name!r} is the name of several areas: {', '.join(codes[:5])}. Give the code.")
    if codes:
        return codes[0]
    if wanted in districts or wanted.upper() in areas.index:
        return districts.get(wanted, wanted.upper())
    called = sorted({*map(str, areas["name"].dropna()), *districts.values()})
    near = nearest_name(name[:100], called) or next((one for one in called if wanted and wanted in one.casefold()), "")
    if near:
        raise ParameterError(f"No area or district is called {name!r}. Did you mean {near!r}?")
    return name


@checked
def write_profiles(
    snapshot: str | os.PathLike[str],
    order: ProfileOrder,
    *,
    comparison: Comparison | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write profiles of a snapshot, each with its evidence as CSV, and begin the files of their text and plan.

    A profile that people changed since it was written is never written over, unless the order asks to replace it. What
    they write belongs into the file of text and the plan beside it: both are read each time, and never written over.

    Parameters
    ----------
    snapshot : str or path
    order : ProfileOrder
    comparison : Comparison, optional
        Of an earlier assessment with this snapshot, in the same form as the profiles: what moved stands on page one.
    progress : callable, optional
        Called as ``progress(name, number, of)`` before each profile.

    Returns
    -------
    list of Path
        The documents.

    Raises
    ------
    ParameterError
        No area, an unknown one, an unknown format, or a comparison with another snapshot.
    RefusedError
        A document is there already and is not as it was written, and nothing is written; or the profiles are in
        published form and the comparison is of counts as recorded.
    SchemaError
        A plan that was edited has faults, or a place has two plans; nothing is written.
    """
    assessment, shown = opened_form(snapshot, internal=order.internal)
    tables = assessment.tables
    # Their keys and names alone: the tables of many districts at once would fill the memory.
    subjects = {area: (subject.key, subject.name) for area, subject in _subjects(order.areas_of(assessment), tables)}
    folder = documents_folder(assessment, order.to)
    texts = texts_folder(assessment.path, order.to)
    boundaries = areas_of(assessment)
    places = places_of(tables)
    stems = {area: document_stem(area, subjects[area][1], among=places) for area in subjects}
    codes = {area: text_path(texts, area, among=places).stem for area in subjects}
    endings = (*(f".{kind}" for kind in order.formats), "-evidence.csv")
    files = {
        area: [folder / internal_name(f"{stems[area]}{end}", internal=shown) for end in endings] for area in subjects
    }
    if not order.replace:
        require_unedited((path for area in subjects for path in files[area]), advice=_EDITS_BELONG.format(folder=texts))
    # Plans of earlier versions are called after the code alone.
    plans = {
        area: plan_file((stems[area], codes[area]), (folder, texts), internal=shown)
        or plan_file(codes[area], (folder, texts), internal=shown)
        for area in subjects
    }
    # All of them before anything is written: a fault in the last plan must not leave half of the profiles made.
    agreed = {
        area: None if path is None else read_plan(path, area=subjects[area][0], day_first=order.day_first)
        for area, path in plans.items()
    }
    made = []
    for number, area in enumerate(subjects, start=1):
        if progress is not None:
            progress(area, number, len(subjects))
        text = texts / f"{codes[area]}.toml"
        start_profile_text(text, area=area, name=subjects[area][1])
        profile = seed_profile(
            area,
            assessment,
            comparison,
            on=order.on,
            text=text,
            plan=agreed[area],
            areas=boundaries,
            questions=order.questions,
            internal=shown,
        )
        if plans[area] is None:
            profile.plan.save(folder / internal_name(f"{stems[area]}-plan.xlsx", internal=shown))
        *documents, evidence = files[area]
        note_writing(files[area])
        for kind, path in zip(order.formats, documents, strict=True):
            profile.save(
                path,
                template=None if kind == SLIDE else order.template,
                reference=order.reference if kind == "docx" else None,
            )
        write_csv(profile.table, evidence, internal=shown)
        note_written(files[area])
        made += documents
    # The evidence is a plain table: a line above its heading would break whatever reads it.
    write_sources(assessment.about, folder, internal=shown)
    return made


def _subjects(areas: Sequence[str], tables: AssessmentTables) -> Iterator[tuple[str, Subject]]:
    for area in areas:
        yield area, subject_of(area, tables)


@checked
def write_plan(
    snapshot: str | os.PathLike[str],
    *,
    area: str,
    start: dt.date,
    kind: str = "xlsx",
    to: str | os.PathLike[str] | None = None,
) -> Path:
    """Write a first 4P plan; one that is there already is never overwritten.

    Raises
    ------
    ParameterError
        The plan is there already, an unknown area or format.
    """
    assessment, _ = opened_form(snapshot, internal=False)
    area = area_of(area, assessment.tables)
    subject = subject_of(area, assessment.tables)
    plan = seed_plan(subject.tables, area=subject.key, start=start, about=assessment.about)
    stem = document_stem(area, subject.name, among=places_of(assessment.tables))
    path = documents_folder(assessment, to) / f"{stem}-plan.{kind}"
    there = plan_file((stem,), (path.parent,))
    if there is not None:
        raise ParameterError(f"{there.name!r} is there already, and partners may have edited it. Move it away first.")
    plan.save(path)
    return path


@checked
def record_state(
    plan: str | os.PathLike[str],
    *,
    state: Annotated[str, OneOf(*STATES)],
    role: str,
    on: dt.date,
    day_first: bool | None = None,
    replace: bool = False,
) -> str:
    """Record in a plan's file that it was reviewed or approved, by a role on a day.

    Parameters
    ----------
    plan : str or path
        Of `write_plan`, as partners edited it. It is written anew with what stands in it.
    state : {"draft", "reviewed", "approved"}
    role : str
        Never a person's name.
    on : date
    day_first : bool, optional
        How to read dates such as ``01/10/2026``, which spreadsheets write into CSV; a fault when not stated.
    replace : bool
        Write over a workbook in which people put comments, pictures or charts, which are lost then.

    Returns
    -------
    str
        The state as it stands in the file now.

    Raises
    ------
    RefusedError
        The role looks like a person, or the workbook holds sheets that socharm did not write, or comments, pictures or
        charts that would be lost.
    SchemaError
        The plan has faults, such as a date that can be read two ways.
    ParameterError
        Approved before it was reviewed, or before the day of the review.
    """
    made = read_plan(plan, day_first=day_first).with_state(state, role=role, on=on)
    made.save(plan, replace=replace)
    return made.state
