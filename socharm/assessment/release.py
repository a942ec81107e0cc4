"""A release: the published form of a snapshot, checked against every earlier one, and registered."""

from __future__ import annotations

import datetime as dt
import json
import os
import warnings
from pathlib import Path
from typing import Any

from socharm._arguments import checked
from socharm._words import number_of
from socharm.assessment.open_snapshot import open_assessment
from socharm.assessment.published import earlier_releases, layout_of, published_tables, require_own_secret
from socharm.assessment.workbook import write_ranking_workbook
from socharm.errors import DataWarning, ParameterError, RefusedError
from socharm.files.atomic import scratch_folder
from socharm.files.delimited import write_csv
from socharm.files.hashing import sha256_file
from socharm.publish.disclosure import PublishedTables
from socharm.publish.earlier import EarlierRelease
from socharm.publish.marking import MarkingChange, lower_marking, recorded_change
from socharm.publish.register import register_release
from socharm.publish.release_check import check_release
from socharm.publish.released import Release
from socharm.publish.statement import method_statement
from socharm.publish.transparency import transparency_record
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.tables import write_tables

__all__ = ["publish_snapshot", "unfilled_fields"]


@checked
def publish_snapshot(
    snapshot: str | os.PathLike[str],
    *,
    role: str,
    created: dt.datetime,
    lower_to: str | None = None,
    reason: str = "",
) -> Release:
    """Register a release of a snapshot.

    Parameters
    ----------
    snapshot : str or path
    role : str
        The role that releases it; not a person's name.
    created : datetime
        With a time zone.
    lower_to : str, optional
        A lower marking of the release; a recorded act.
    reason : str
        Why the marking may be lowered.

    Returns
    -------
    Release
        Tables and workbook in published form, the maps of the run where they are, the transparency record, the method
        statement, and what was done to each column.

    Raises
    ------
    RefusedError
        With all earlier releases together a count could be worked out; nothing was registered. Or the run's own files
        are internal.
    StoreError
        The snapshot or an earlier release is not as it was made.
    ParameterError
        No role, a marking that is not lower, or a reason without one.
    """
    if reason and lower_to is None:
        raise ParameterError("`reason` is why a marking is lowered, and `lower_to` is not given. Give both or none.")
    assessment = open_assessment(snapshot)
    store = assessment.path.parent
    about = assessment.about
    changes = [recorded_change(change) for change in assessment.manifest["changes"]]
    if lower_to is not None:
        about, change = lower_marking(about, to=lower_to, role=role, reason=reason, on=created.date())
        changes.append(change)
    require_own_secret(assessment)
    made = published_tables(
        assessment.tables, recipe=assessment.recipe, layout=layout_of(assessment), about=about, store=store
    )
    check = check_release(made, _earlier(store))
    if not check.ok:
        cells = [" ".join(map(str, cell)) for cell in check.table.index[:3]]
        raise RefusedError(
            f"{number_of(len(check.table), 'count')} could "
            f"be worked out from this and earlier releases, such as {cells} "
            f"({'; '.join(map(str, check.table['why'].unique()[:2]))}); "
            f"{number_of(len(check.disagreements), 'total disagrees', 'totals disagree')}. "
            "Nothing was released. Release other months, or areas that are not parts of released ones; or keep this "
            "one internal."
        )
    return _registered(assessment, made, role=role, created=created, changes=changes)


@checked
def unfilled_fields(snapshot: str | os.PathLike[str]) -> list[str]:
    """Fields of the transparency record of a snapshot that people must still fill, in its order."""
    assessment = open_assessment(snapshot)
    record = transparency_record(assessment.manifest, about=assessment.about)
    return [str(name) for name in record.to_fill()["field"]]


def _earlier(store: Path) -> list[EarlierRelease]:
    """The earlier releases, each as it was released; warns of those that were registered without tables."""
    found, bare = earlier_releases(store)
    if bare:
        warnings.warn(
            f"{number_of(len(bare), 'earlier release holds', 'earlier releases hold')} "
            f"no tables of an assessment, such as {bare[0]!r}: what they tell was "
            "not held against this one. Look at them yourself.",
            DataWarning,
            stacklevel=2,
        )
    return found


def _registered(
    assessment: Assessment,
    made: PublishedTables,
    *,
    role: str,
    created: dt.datetime,
    changes: list[MarkingChange],
) -> Release:
    recipe, about = assessment.recipe, made.about
    with scratch_folder() as folder:
        write_tables(made.tables, folder / "tables", marking=about.marking)
        write_ranking_workbook(folder / "ranking.xlsx", made.tables, recipe=recipe, about=about, period=recipe.period)
        write_csv(made.table, folder / "what-was-done.csv", lines=[f"marking: {about.marking}"])
        transparency_record(assessment.manifest, about=about).save(folder / "transparency-record.md")
        statement = method_statement(assessment.manifest, about=about, tables=made.tables)
        told: dict[str, Any] = {"marking": about.marking, **statement.sections}
        (folder / "method-statement.json").write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")
        files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
        files.update(_maps(assessment, lowered=bool(changes)))
        return register_release(
            assessment.path.parent,
            snapshot=assessment.path.name,
            files=files,
            created=created,
            marking=about.marking,
            role=role,
            settings=made.settings,
            fingerprint=made.settings.fingerprint,
            changes=changes,
        )


def _maps(assessment: Assessment, *, lowered: bool) -> dict[str, Path]:
    """Maps of the run, which are in published form already; not where they are internal, or bear a higher marking."""
    if lowered or assessment.manifest["disclosure"]["internal"] or not (assessment.path / "maps").is_dir():
        return {}
    expected = assessment.manifest["outputs"]
    maps = {}
    for path in sorted((assessment.path / "maps").glob("*.png")):
        name = path.relative_to(assessment.path).as_posix()
        if expected.get(name) != sha256_file(path):
            raise RefusedError(f"{name!r} is not as the run made it. Verify the snapshot before it is released.")
        maps[name] = path
    return maps
