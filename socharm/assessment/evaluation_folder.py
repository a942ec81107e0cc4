"""A protocol on a snapshot: registered, or evaluated into a folder that appears whole or not at all."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm._arguments import check_fields
from socharm._version import __version__
from socharm.assessment.compare_snapshots import shown_form
from socharm.assessment.comparison_folder import save_formats, save_pictures
from socharm.assessment.evaluation_covariates import covariates_of
from socharm.assessment.evaluation_facts import EVALUATION, SEAL
from socharm.assessment.open_snapshot import open_assessment
from socharm.errors import ParameterError, SchemaError
from socharm.evaluation.evaluate import Evaluation, evaluate
from socharm.evaluation.protocol import DATA, Protocol, read_protocol, register_protocol
from socharm.evaluation.registration import registration_path
from socharm.evaluation.spillover import SpilloverRings
from socharm.evaluation.staggered import StaggeredEffects
from socharm.files.atomic import atomic_folder, require_new
from socharm.files.toml_faults import unknown_key
from socharm.publish.licences import write_sources
from socharm.reports.evaluation_figures import plots_of
from socharm.reports.evaluation_report import evaluation_report
from socharm.rescoring.writing import write_about, write_frames
from socharm.snapshot.assessment import Assessment

__all__ = ["EvaluationFolder", "EvaluationOrder", "evaluate_files", "register_files"]

#: Keys of ``[data]``.
_KEYS: Final = ("snapshot", "internal")
_REPORT: Final = "evaluation"
_STEPS: Final = 3
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class EvaluationOrder:
    """What is asked of a protocol on a snapshot.

    Parameters
    ----------
    protocol : path
        Its ``[data]`` names the snapshot, from the folder of the protocol.
    snapshot : path, optional
        Another one than the protocol names.
    to : path, optional
        The folder to write; beside the protocol, and called after it, when omitted.
    allow_changes : bool
        Go on where the protocol was changed after its registration.
    internal : bool
        From the counts as recorded; else from the published form, where the input is not open.
    tables_only : bool
        Neither report nor pictures beside the tables.
    """

    protocol: str | os.PathLike[str]
    snapshot: str | os.PathLike[str] | None = None
    to: str | os.PathLike[str] | None = None
    allow_changes: bool = False
    internal: bool = False
    tables_only: bool = False

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def target(self) -> Path:
        """The folder to write."""
        path = Path(self.protocol)
        if self.to is not None and not Path(self.to).name:
            raise ParameterError("`to` names no folder. Name one that is not there yet, or leave it out.")
        return path.with_name(f"{path.stem}-{_REPORT}") if self.to is None else Path(self.to)


@dataclass(frozen=True, eq=False)
class EvaluationFolder:
    """What was written.

    Attributes
    ----------
    path : Path
    evaluation : Evaluation
    not_written : list of str
        What could not be written for want of a library, each with how to get it.
    """

    path: Path
    evaluation: Evaluation
    not_written: list[str]


def register_files(order: EvaluationOrder, *, on: dt.date) -> Protocol:
    """Register a protocol as it stands, on the snapshot that it names.

    Raises
    ------
    SocharmError
        As of `register_protocol`.
    """
    held = read_protocol(order.protocol)
    assessment = _snapshot(held, order)
    return register_protocol(held.settings, assessment, to=order.protocol, on=on, covariates=covariates_of(assessment))


def evaluate_files(order: EvaluationOrder, *, progress: Progress | None = None) -> EvaluationFolder:
    """Evaluate a protocol on the snapshot that it names, and write what people get from it.

    Raises
    ------
    ParameterError
        The snapshot kept no boundaries.
    StoreError
        The folder is there already, or cannot be written to.
    SocharmError
        As of `evaluate`.
    """
    told = progress or (lambda what, number, of: None)
    require_new(order.target)
    told("reading the snapshot", 1, _STEPS)
    held = read_protocol(order.protocol)
    assessment = _snapshot(held, order)
    areas = assessment.areas().sort_index()
    told("evaluating", 2, _STEPS)
    made = evaluate(
        held, assessment, areas, covariates=covariates_of(assessment), allow_changes=order.allow_changes
    )  # fmt: skip
    told("writing", _STEPS, _STEPS)
    absent: list[str] = []
    with atomic_folder(order.target) as folder:
        _tables(made, folder)
        if not order.tables_only:
            absent += save_formats(evaluation_report(made, areas=areas), folder, _REPORT)
            pictures = {f"{name}.png": plot for name, plot in plots_of(made, areas).items()}
            save_pictures(pictures, folder / "pictures", internal=made.about.internal)
        _protocol_copy(Path(order.protocol), folder)
        facts = {**_facts(made), "changed": list(held.changed), "not_written": absent}
        write_about(
            folder, {**facts, "snapshot": assessment.path.name, "socharm": __version__}, settings=made.settings,
            about=made.about, name=EVALUATION, seal=SEAL,
        )  # fmt: skip
    return EvaluationFolder(order.target, made, absent)


def _snapshot(held: Protocol, order: EvaluationOrder) -> Assessment:
    unknown = [key for key in held.data if key not in _KEYS]
    name = Path(order.protocol).name
    if unknown:
        raise SchemaError(f"{name!r}: {unknown_key([DATA, unknown[0]], _KEYS)}")
    path, internal = held.data.get("snapshot"), held.data.get("internal", False)
    if not isinstance(path, (str, type(None))) or not isinstance(internal, bool):
        raise SchemaError(
            f"{name!r}: [{DATA}] takes snapshot, the path of a folder as text, and internal, true or false."
        )
    if order.snapshot is None and path is None:
        raise ParameterError(f"{name!r} names no data. State snapshot below [{DATA}], or use --snapshot.")
    found = Path(order.snapshot) if order.snapshot is not None else Path(order.protocol).parent / str(path)
    return shown_form(open_assessment(found), internal=order.internal or internal)


def _tables(made: Evaluation, folder: Path) -> None:
    frames = {
        "methods": made.table, "totals": made.totals, "phases": made.phases, "rings": made.rings,
        "subgroups": made.subgroups, "protocol": made.protocol.table, "donors": _donors(made),
    }  # fmt: skip
    if made.donors is not None:
        frames["balance"] = made.donors.balance
    if isinstance(starts := made.records.get(f"{made.settings.outcomes[0].name}: staggered starts"), StaggeredEffects):
        frames["starts"] = starts.aggregates.reset_index()
    frames |= {
        f"weights-{what.partition(': ')[2].replace(' ', '-')}": record.weights
        for what, record in made.records.items()
        if what.startswith(f"{made.settings.outcomes[0].name}: ") and hasattr(record, "weights")
    }
    write_frames({name: frame for name, frame in frames.items() if len(frame)}, made.sentence, folder, about=made.about)
    write_sources(made.about, folder, internal=made.about.internal)


def _donors(made: Evaluation) -> pd.DataFrame:
    """Areas by what they are in the evaluation."""
    found = made.findings
    rows = [(code, "site") for code in found.site] + [(code, "donor") for code in found.donors]
    rows += [(code, why) for why, codes in found.left_out for code in codes]
    return pd.DataFrame(rows, columns=["area_code", "part"])


def _facts(made: Evaluation) -> dict[str, Any]:
    """What a folder says of its evaluation, as plain values; what is not finite is missing."""
    found, outcome = made.findings, made.settings.outcomes[0].name
    record = made.records.get(f"{outcome}: spillover rings")
    members = record.members["ring"] if isinstance(record, SpilloverRings) else None
    names = made.rings.loc[made.rings["outcome"] == outcome, "ring"]
    rings = {} if members is None else {str(name): sorted(members.index[members == name]) for name in names}
    registered = "no" if made.protocol.registration is None else "changed since" if made.protocol.changed else "yes"
    # One end without the other is no interval.
    ends = [_plain(found.low), _plain(found.high)]
    low, high = ends if None not in ends else (None, None)
    return {
        "verdict": found.verdict,
        "outcome": outcome,
        "first": found.first,
        "last": found.last,
        "change": _plain(found.change),
        "low": low,
        "high": high,
        "as_extreme": found.as_extreme,
        "placebos": found.placebos,
        "registered": registered,
        "rings": rings,
        "sentences": dict(made.sentences),
        "boundary_year": made.about.boundary_year,
        "internal": made.about.internal,
    }


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _protocol_copy(path: Path, folder: Path) -> None:
    """The protocol and its registration as they were when this was made."""
    (folder / "protocol.toml").write_bytes(path.read_bytes())
    registration = registration_path(path)
    if registration.exists():
        (folder / "protocol.registration.json").write_bytes(registration.read_bytes())
