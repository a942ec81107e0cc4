"""The dashboard of a snapshot, in published form unless an internal one is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from socharm._arguments import checked
from socharm.assessment.common_names import common_name
from socharm.assessment.disclosing import input_is_open
from socharm.assessment.draft_actions import draft_actions, plan_actions
from socharm.assessment.opened_form import documents_folder, opened_form
from socharm.assessment.page_history import history_of
from socharm.assessment.published import layout_of
from socharm.files.internal import internal_name
from socharm.publish.statement import method_statement
from socharm.rescoring.comparison import Comparison

__all__ = ["write_snapshot_dashboard"]


@checked
def write_snapshot_dashboard(
    snapshot: str | os.PathLike[str],
    *,
    to: str | os.PathLike[str] | None = None,
    plan: str | os.PathLike[str] | None = None,
    internal: bool = False,
    day_first: bool | None = None,
    earlier: str | Iterable[str] = (),
    compared: Iterable[Comparison] = (),
) -> Path:
    """Write the dashboard of a snapshot, with earlier ones of its store where they are asked for.

    Parameters
    ----------
    snapshot : str or path
    to : str or path, optional
        ``<store>/profiles/<snapshot>`` when omitted.
    plan : str or path, optional
    internal : bool
        From the tables as they are, marked INTERNAL in name and content, instead of their published form.
    day_first : bool, optional
        How dates such as ``01/10/2026`` of the plan are read.
    earlier : str or iterable of str
        Names of earlier snapshots of the same store, or ``"all"`` for those of the same assessment, one of each period,
        the last of them where there are many. A reader can choose each on the page.
    compared : iterable of Comparison
        Comparisons that are made already. Others are made: each assessment against that of the same months of the
        latest earlier year on the page.

    Raises
    ------
    MissingExtraError
        Bokeh is not installed.
    ParameterError
        `earlier` names no whole snapshot of the store, or one that is not earlier.
    StoreError
        The snapshot kept no boundaries, or the annotations of the store were changed by hand.

    Notes
    -----
    Of input that is not open, every assessment is in published form and comparisons are of published forms, unless the
    page is an internal one; comparisons of counts as recorded that are given are then not shown.
    """
    from socharm.dashboard.heading import page_title
    from socharm.dashboard.write import write_dashboard

    assessment, shown = opened_form(snapshot, internal=internal)
    statement = method_statement(assessment.manifest, about=assessment.about, tables=assessment.tables).sections
    path = documents_folder(assessment, to) / internal_name("dashboard.html", internal=shown)
    actions = None if plan is None else plan_actions(plan, assessment, day_first=day_first)
    write_dashboard(
        path,
        assessment.tables,
        assessment.areas(),
        about=assessment.about,
        statement=[(heading, " ".join(texts)) for heading, texts in statement.items()],
        plan=actions,
        drafts=draft_actions(assessment) if actions is None else None,
        title=page_title(assessment.tables, otherwise=common_name(assessment)),
        open_input=input_is_open(assessment.recipe, layout_of(assessment)),
        published=not shown,
        history=history_of(assessment, earlier, compared, internal=shown),
    )
    return path
