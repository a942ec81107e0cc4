"""A protocol of an evaluation: written down, hashed and dated before the months after the start are looked at."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from socharm._about import About
from socharm._arguments import checked
from socharm._record import Record, settings_as_dict
from socharm._words import number_of
from socharm.errors import ParameterError, SchemaError, StoreError
from socharm.evaluation.evaluation_donors import covariates_asked
from socharm.evaluation.protocol_data import ProtocolData, hash_before, hash_covariates, outcome_data, require_design
from socharm.evaluation.protocol_settings import ProtocolSettings
from socharm.evaluation.registration import (
    REGISTERED,
    Registration,
    changes_since,
    read_registration,
    registration_path,
    write_registration,
)
from socharm.files.atomic import atomic_write, refuse_existing, store_faults
from socharm.files.hashing import sha256_json
from socharm.files.plain import read_toml
from socharm.files.toml_faults import as_one_fault, faults_text, place_told, unknown_key
from socharm.files.toml_text import toml_value

__all__ = ["Protocol", "read_protocol", "register_protocol"]

#: Section of a protocol that says where the data are; no part of the analysis.
DATA: Final = "data"


@dataclass(frozen=True, eq=False, repr=False)
class Protocol(Record):
    """A protocol, and its registration.

    Attributes
    ----------
    table : DataFrame
        Index ``field``: ``registered``, ``now``, ``state`` (``"registered"``, ``"changed"``, ``"added later"``).
    settings : ProtocolSettings
        The analysis as it is now.
    registration : Registration or None
        None where it was not registered.
    data : mapping
        The section ``[data]`` of the file: where the outcomes are.
    """

    __made_by__ = ("register_protocol", "read_protocol")

    table: pd.DataFrame
    settings: ProtocolSettings
    registration: Registration | None
    data: Mapping[str, Any]
    about: About

    @property
    def changed(self) -> tuple[str, ...]:
        """Fields that are not as they were registered; none where nothing was registered."""
        if self.registration is None:
            return ()
        return tuple(map(str, self.table.index[self.table["state"] != REGISTERED]))

    @property
    def sentence(self) -> str:
        """Whether and when it was registered, and what was changed since."""
        if self.registration is None:
            return "Not registered: nothing shows that the analysis was chosen before its results were seen."
        told = self.registration.sentence
        if not self.changed:
            return f"{told} Nothing in it was changed since."
        states = self.table.loc[list(self.changed), "state"]
        parts = [
            f"{number_of(int((states == state).sum()), 'field')} {state} ({', '.join(states.index[states == state])})"
            for state in dict.fromkeys(states)
        ]
        return f"{told} Since then: {'; '.join(parts)}."

    @property
    def text(self) -> str:
        """The protocol as TOML, each choice with what it means."""
        return _text(self.settings, self.data)

    def _summary(self) -> dict[str, str]:
        chosen = self.settings
        return {
            "what": chosen.name,
            "site": number_of(len(chosen.site), "area"),
            "start": chosen.start,
            "registration": self.sentence,
            "hash of the analysis": sha256_json(settings_as_dict(chosen)),
        }


@checked
def register_protocol(
    choices: ProtocolSettings | Mapping[str, Any],
    data: ProtocolData,
    *,
    to: str | os.PathLike[str],
    on: dt.date,
    covariates: pd.DataFrame | None = None,
    about: About | None = None,
) -> Protocol:
    """Write the protocol of an evaluation and its registration, before the months after the start are looked at.

    Parameters
    ----------
    choices : ProtocolSettings or mapping
        The analysis. To be stated: ``name``, ``site`` (codes), ``start`` (``"2025-04"``) and ``seed``; all else has
        a default, which is registered too. An outcome never holds what police work itself produces, unless it is
        marked as an output, on which no verdict rests.
    data : DataFrame, mapping of str to DataFrame, Panel, SeverityIndex or Assessment
        The outcomes: one wide frame (areas by months), one for each outcome by its name, or counts by offence. Those
        before the start are hashed; of those after it only the last covered month is read.
    to : str or path
        The protocol, ``protocol.toml``; the registration is written beside it, ``protocol.registration.json``. A
        protocol that is there already and says the same is registered as it stands.
    on : date
        Day of the registration. It is what you state: a hash that was given to others, or published, proves it.
    covariates : DataFrame, optional
        One row for each area, one column for each: those that `donor_search` names, which are hashed too.
    about : About, optional
        Sources and marking.

    Returns
    -------
    Protocol

    Raises
    ------
    ParameterError
        Choices that contradict each other or are not known: sites that overlap, an outcome of police work, one donor;
        covariates that were not given.
    SchemaError
        Outcomes that are no wide frame of months.
    AlignmentError
        Areas of the protocol that the outcomes do not have.
    RefusedError
        No two months before the start, a start in a gap of the coverage, nothing recorded at the site before.
    StoreError
        A registration is there already, or another protocol; the files cannot be written.

    Notes
    -----
    Hashed by SHA-256 are the analysis (every choice, defaults too, keys in order), the outcomes of the months before
    the start, and the covariates that a search for donors names. The registration carries a hash of itself: a later
    edit shows. It cannot show that whoever registered had not seen later months elsewhere.

    Examples
    --------
    >>> import tempfile
    >>> counts = pd.DataFrame(20, index=list("ABCDEFGH"), columns=["2025-01", "2025-02", "2025-03", "2025-04"])
    >>> choices = {"name": "Patrols", "site": ["A"], "start": "2025-05", "seed": 1, "outcomes": [{"name": "crimes"}]}
    >>> made = register_protocol(choices, counts, to=Path(tempfile.mkdtemp()) / "p.toml", on=dt.date(2025, 4, 30))
    >>> made.registration.after_was_there, made.changed
    (False, ())
    """
    chosen = ProtocolSettings.joined(choices, {}, {})
    target = Path(to)
    if target.suffix != ".toml":
        raise ParameterError(f"`to` is {target.name!r}; a protocol is a TOML file, such as 'protocol.toml'.")
    refuse_existing(registration_path(target))
    held = _held(target)
    if held is not None and held.settings != chosen:
        raise StoreError(
            f"{target.name!r} is there already and says something else. Register that, or name another file."
        )
    found = outcome_data(data, chosen)
    require_design(found, chosen)
    alike = covariates_asked(chosen, covariates)
    if held is None:
        with atomic_write(target) as temporary:
            temporary.write_text(_text(chosen, {}), encoding="utf-8", newline="\n")
    made = write_registration(
        chosen, registration_path(target), data=hash_before(found, chosen), covariates=hash_covariates(alike, found),
        last=max(outcome.reach for outcome in found.values()), on=on,
    )  # fmt: skip
    return _protocol(chosen, made, {} if held is None else held.data, about)


@checked
def read_protocol(path: str | os.PathLike[str], *, about: About | None = None) -> Protocol:
    """Read a protocol and the registration beside it.

    Parameters
    ----------
    path : str or path
        As `register_protocol` writes it, or written by hand; a section ``[data]`` may say where the outcomes are.
    about : About, optional
        Sources and marking.

    Returns
    -------
    Protocol
        Without a registration where there is none; ``table`` says field by field what was changed since.

    Raises
    ------
    ParameterError
        There is no such file.
    SchemaError
        It is no TOML, or holds what no protocol has; all faults at once.
    StoreError
        The registration was changed.
    """
    found = Path(path)
    if not found.is_file():
        raise ParameterError(f"`path` names no file: {found.name!r}. Check the path.")
    values = read_toml(found)
    where = values.pop(DATA, {})
    if not isinstance(where, dict):
        raise SchemaError(f"{found.name!r}: [{DATA}] is no section. Write [{DATA}], and its keys below.")
    chosen = _settings(values, found.name)
    return _protocol(chosen, read_registration(registration_path(found)), where, about)


def _held(target: Path) -> Protocol | None:
    with store_faults(target, doing="read"):
        there = target.exists()
    return read_protocol(target) if there else None


def _protocol(
    chosen: ProtocolSettings, registration: Registration | None, data: Mapping[str, Any], about: About | None
) -> Protocol:
    table = changes_since(chosen, registration)
    if registration is None:
        table = table.assign(state="not registered")
    return Protocol(table=table, settings=chosen, registration=registration, data=data, about=about or About())


def _settings(values: Mapping[str, Any], name: str) -> ProtocolSettings:
    try:
        return TypeAdapter(ProtocolSettings).validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        items: list[dict[str, Any]] = [dict(item) for item in error.errors()]
        raise SchemaError(faults_text(name, [_fault(item) for item in as_one_fault(items)])) from error


def _fault(item: Mapping[str, Any]) -> str:
    place = place_told(item["loc"])
    if item["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return unknown_key(
            [str(part) for part in item["loc"]], [entry.name for entry in dataclasses.fields(ProtocolSettings)]
        )
    if item["type"] == "value_error":
        return f"{place}: {item['ctx']['error']}" if place else str(item["ctx"]["error"])
    if item["type"] in ("missing", "missing_argument"):
        return f"{place}: missing. Add it."
    return f"{place}: {item['msg']}."


def _text(chosen: ProtocolSettings, data: Mapping[str, Any]) -> str:
    """A protocol as TOML: each choice with what it means, those that say nothing behind a ``#``."""
    values = settings_as_dict(chosen)
    outcomes = values.pop("outcomes")
    lines = [
        "# Protocol of an evaluation. The file beside it holds its registration, against which changes are told.",
        "",
    ]
    for entry in dataclasses.fields(ProtocolSettings):
        if entry.name in values:
            value = values[entry.name]
            shown = entry.metadata["example"] if value is None else value
            begin = f"{'# ' if value is None else ''}{entry.name} = {toml_value(shown)}"
            lines += [f"# {entry.metadata['says']}", begin]
    for outcome in outcomes:
        lines += ["", "[[outcomes]]"]
        lines += [f"{name} = {toml_value(value)}" for name, value in outcome.items() if value is not None]
    if data:
        lines += ["", f"[{DATA}]", *(f"{name} = {toml_value(value)}" for name, value in data.items())]
    return "\n".join(lines) + "\n"
