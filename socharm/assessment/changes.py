"""Recorded changes of a snapshot: the only way in which its marking goes down."""

from __future__ import annotations

import datetime as dt
import os

from socharm._about import About
from socharm._arguments import checked
from socharm.assessment.open_snapshot import open_assessment
from socharm.files.chain import UNFINISHED, append_lines, chain_end, read_chain, write_chain
from socharm.files.leftovers import clean_leftovers
from socharm.files.seal import read_key, without_seal
from socharm.publish.marking import lower_marking
from socharm.snapshot.assessment import Assessment
from socharm.snapshot.manifest import (
    SEAL,
    change_line,
    read_manifest,
    read_whole,
    require_no_faults,
    snapshot_faults,
    write_manifest,
)
from socharm.snapshot.store import RUN_LOG, store_lock
from socharm.snapshot.verification import snapshot_folder

__all__ = ["lower_snapshot"]


@checked
def lower_snapshot(
    snapshot: str | os.PathLike[str], *, to: str, role: str, reason: str, on: dt.date | None = None
) -> Assessment:
    """Lower the marking of a snapshot, and record who answers for it, why and when.

    The change stands in ``run.log``, in a line that follows from all before it, and in the manifest, under the hash of
    itself and the signature of the store where it has a key. Tables, maps and workbook stay as they were made and bear
    the marking of their run.

    Parameters
    ----------
    snapshot : str or path
        The snapshot folder.
    to : str
        The lower marking.
    role : str
        The role that answers for it, such as ``"information asset owner"``; not a person's name.
    reason : str
        Why, in at least three words.
    on : date, optional
        Day of the decision; today when omitted.

    Returns
    -------
    Assessment
        The snapshot with its lower marking.

    Raises
    ------
    ParameterError
        Not lower than it is, no role, or no reason; or there is no such folder.
    RefusedError
        The role looks like a person.
    StoreError
        The snapshot is not as it was made: nothing was recorded. Or it cannot be written to.

    Notes
    -----
    The log is written first and the manifest after it. Where a crash falls between the two, the snapshot does not
    verify until the change is made once more.
    """
    folder = snapshot_folder(snapshot)
    with store_lock(folder.parent):
        clean_leftovers(folder)
        manifest = read_manifest(folder)
        faults = snapshot_faults(folder, manifest, key=read_key(folder.parent))
        if faults and all(UNFINISHED in fault for fault in faults):
            write_chain(read_chain(folder / RUN_LOG)[: manifest["log"]["lines"]], folder / RUN_LOG)
            manifest = read_whole(folder)
        else:
            require_no_faults(folder, faults)
        now = dt.datetime.now(dt.UTC)
        day = now.date() if on is None else on
        _, change = lower_marking(About(marking=manifest["marking"]), to=to, role=role, reason=reason, on=day)
        recorded = f"{now:%Y-%m-%dT%H:%M:%SZ} {change_line(change.as_dict())}"
        lines = append_lines(read_chain(folder / RUN_LOG), [recorded])
        write_chain(lines, folder / RUN_LOG)
        told = {
            "marking": change.after,
            "log": chain_end(lines),
            "changes": [*manifest["changes"], change.as_dict()],
        }
        write_manifest({**without_seal(manifest, field=SEAL), **told}, folder, store=folder.parent)
    return open_assessment(folder)
