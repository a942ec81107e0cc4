"""The registration of a protocol: what was stated, when, and which data were there then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from socharm._arguments import check_fields
from socharm._record import settings_as_dict
from socharm._version import __version__
from socharm._words import day_words, month_words
from socharm.errors import StoreError
from socharm.evaluation.protocol_settings import ProtocolSettings
from socharm.files.atomic import refuse_existing, store_faults
from socharm.files.hashing import sha256_json
from socharm.files.plain import read_json
from socharm.files.seal import seal_faults, write_sealed

__all__ = ["Registration", "changes_since", "read_registration", "registration_path", "write_registration"]

_SEAL: Final = "sha256"
#: States of a field of a protocol that was registered.
REGISTERED, CHANGED, ADDED = "registered", "changed", "added later"
#: Fields whose entries each stand by themselves: another one changes none that was registered.
_MAY_GROW: Final = frozenset({"methods", "subgroups", "outcomes.order", "selection", "selected_on"})


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What was registered.

    Attributes
    ----------
    analysis : mapping
        Every choice, as it was stated.
    analysis_sha256 : str
    data_sha256 : mapping of str to str
        Of each outcome in the months before the start.
    covariates_sha256 : str
        Of the covariates that the search for donors names; blank where it names none, or an earlier version registered.
    on : date
        The day that whoever registered stated.
    last_month : str
        Last month that the data covered then.
    after_was_there : bool
        Whether a month from the start on was already among them.
    socharm : str
        Version that registered it.
    """

    analysis: Mapping[str, Any]
    analysis_sha256: str
    data_sha256: Mapping[str, str]
    covariates_sha256: str
    on: dt.date
    last_month: str
    after_was_there: bool
    socharm: str

    @property
    def sentence(self) -> str:
        """When it was registered, and what was known then."""
        told = f"Registered on {day_words(self.on)}, as stated by whoever registered it"
        reach = f"the data then reached to {month_words(self.last_month)}"
        if self.after_was_there:
            return (
                f"{told}; {reach}, so that months after the start were already in hand: this is a record of the "
                "analysis, and no proof that it was chosen before the outcome was known."
            )
        return f"{told}; {reach}, before the start: the analysis was fixed before the outcome could be in these data."


def registration_path(protocol: Path) -> Path:
    """The file beside a protocol that holds its registration.

    Examples
    --------
    >>> registration_path(Path("sites/protocol.toml")).name
    'protocol.registration.json'
    """
    return protocol.with_suffix(".registration.json")


def write_registration(
    chosen: ProtocolSettings, path: Path, *, data: Mapping[str, str], covariates: str, last: str, on: dt.date
) -> Registration:
    """Write a registration, whole or not at all; an existing one is never replaced.

    Raises
    ------
    StoreError
        There is one already, or it cannot be written.
    """
    refuse_existing(path)
    analysis = settings_as_dict(chosen)
    made = Registration(
        analysis=analysis, analysis_sha256=sha256_json(analysis), data_sha256=data, covariates_sha256=covariates,
        on=on, last_month=last, after_was_there=last >= chosen.start, socharm=__version__,
    )  # fmt: skip
    write_sealed({**vars(made), "on": on.isoformat()}, path, field=_SEAL, key=None)
    return made


def read_registration(path: Path) -> Registration | None:
    """The registration beside a protocol; None where there is none.

    Raises
    ------
    StoreError
        It was changed, or is none.
    """
    with store_faults(path, doing="read"):
        if not path.exists():
            return None
    record = read_json(path)
    faults = seal_faults(record, field=_SEAL, key=None) if isinstance(record, dict) else ["is no registration"]
    if faults:
        raise StoreError(f"{path.name!r} {faults[0]}. Restore it from a copy; a registration is never edited.")
    try:
        known = {"covariates_sha256": "", **record}  # an earlier version held none
        held = {name: known[name] for name in Registration.__dataclass_fields__}
        made = Registration(**{**held, "on": dt.date.fromisoformat(held["on"])})
        check_fields(made)
        return made
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path.name!r} is no registration of this version. Restore it from a copy.") from error


def changes_since(chosen: ProtocolSettings, registration: Registration | None) -> pd.DataFrame:
    """Each field of a protocol beside what was registered.

    Returns
    -------
    DataFrame
        Index ``field``: ``registered``, ``now`` (as text), ``state``: ``"registered"``, ``"changed"`` or
        ``"added later"``, where nothing of it was registered. Entries of outcomes, phases, starts and of a search are
        fields of their own.
    """
    now = _flat(settings_as_dict(chosen))
    # An earlier version knew of no search: whoever registered with it compared with all areas, or with those named.
    then = {} if registration is None else {"donor_search": "none"} | _flat(registration.analysis)
    rows = {}
    for field in dict.fromkeys([*now, *then]):
        rows[field] = (then.get(field, ""), now.get(field, ""), _state(field, then.get(field), now.get(field)))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["registered", "now", "state"]).rename_axis("field")


def _state(field: str, then: str | None, now: str | None) -> str:
    """Whether a field is as it was; something was put to it and nothing taken away; or it says something else."""
    new_to_it = then is None and now == "none" and "." not in field  # a choice that an earlier version did not have
    if then == now or new_to_it:
        return REGISTERED
    if then is None or (field in _MAY_GROW and then in ("", "none")):
        return ADDED
    grown = field in _MAY_GROW and now is not None and now.startswith(f"{then}, ")
    return ADDED if grown else CHANGED


def _flat(analysis: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in analysis.items():
        if name == "outcomes":
            for entry in value:
                found |= {
                    f"outcomes.{entry['name']}.{key}": _told(part) for key, part in entry.items() if key != "name"
                }
            found["outcomes.order"] = _told([entry["name"] for entry in value])
        elif isinstance(value, Mapping):
            found |= {f"{name}.{key}": _told(part) for key, part in value.items()}
            # A search that was not registered, or is no more, changes who is compared with.
            found |= {name: "stated"} if name == "donor_search" else {}
        else:
            found[name] = _told(value)
    return found


def _told(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
