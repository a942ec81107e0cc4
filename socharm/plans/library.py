"""The packaged library: options for plans, known agencies, councillors' questions, and what each of them cites."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pandas as pd

from socharm._arguments import checked
from socharm._checks import nearest_name, require_choice
from socharm.documents.arguments import require_kind_of
from socharm.documents.words import clean_text
from socharm.errors import ParameterError, SchemaError
from socharm.plans.threats import THREATS

__all__ = [
    "CENTRE",
    "METAL",
    "EVERY_THREAT",
    "OPTION_COLUMNS",
    "STRANDS",
    "agency_names",
    "agency_roles",
    "agency_sectors",
    "guidance",
    "plan_options",
    "question_table",
    "require_agencies",
]

#: The four strands of a plan, in the order in which the guidance prints their actions.
STRANDS: Final = ("Prepare", "Prevent", "Protect", "Pursue")
#: What an option says that is for town centres: it is proposed there alone.
CENTRE: Final = "centre"
#: What an option says that is for places where thefts of metal are counted.
METAL: Final = "metal"
#: What an option says that serves against every threat.
EVERY_THREAT: Final = "all"
#: Columns of `plan_options`; its index is ``option``.
OPTION_COLUMNS: Final = (
    "p",
    "threats",
    "offences",
    "agency",
    "role",
    "power",
    "phase",
    "action",
    "output",
    "output_unit",
    "source",
    "setting",
)


def _text(name: str) -> str:
    return files("socharm.plans.tables").joinpath(name).read_text(encoding="utf-8")


@cache
def _rows(name: str) -> tuple[Mapping[str, str], ...]:
    return tuple(csv.DictReader(_text(name).splitlines()))


@cache
def guidance() -> Mapping[str, Any]:
    """The guidance that the tables cite: documents with their titles and paragraphs."""
    return tomllib.loads(_text("guidance.toml"))


@checked
def plan_options(*, threats: Iterable[str] | None = None, p: str | None = None) -> pd.DataFrame:
    """Options for a plan, taken from the guidance, and some that it does not hold.

    Parameters
    ----------
    threats : iterable of str, optional
        Keys of threats (the index of `find_threats`); options that serve every threat stay. All options by default.
    p : {"Prepare", "Prevent", "Protect", "Pursue"}, optional
        One strand only.

    Returns
    -------
    DataFrame
        Index ``option``; ``p``, ``threats`` (keys, or ``all``), ``offences`` (categories of recorded crime that it is
        best suited to; blank where it suits all), ``agency`` that could act, the ``role`` in it that could own the
        action (our suggestion), ``power``, ``phase`` (our suggestion: pursuing clears, protecting holds, preventing
        builds), ``action``, ``output`` and ``output_unit`` (what partners count of it, each month), ``source``
        (a paragraph of the guidance; ``suggested by socharm, under`` a heading where no paragraph holds it), and
        ``setting`` (``centre`` where it is for town centres alone: far more crimes than the residents explain;
        ``metal`` where thefts of metal are counted).

    Raises
    ------
    ParameterError
        A strand or a threat that the library does not know.

    References
    ----------
    Home Office (2025), Serious and organised crime local profiles: a guide, 2.4. Local Government Association,
    Tackling serious and organised crime: a local response. Facts in our own words; each option cites its
    paragraph, or says that it is suggested.

    Examples
    --------
    >>> plan_options(threats=["drugs"], p="Pursue").loc["PURS-01", "source"]
    'SOC guide, 2.4 Pursue, item 1'
    """
    table = pd.DataFrame(_rows("plan_options.csv")).set_index("option").astype("str")
    table = table.assign(role=table["agency"].map(agency_roles()).astype("str"))[list(OPTION_COLUMNS)]
    if p is not None:
        require_choice(p, STRANDS, name="p")
        table = table[table["p"] == p]
    if threats is None:
        return table
    wanted = set(require_threats(threats))
    served = [bool({EVERY_THREAT, *wanted} & set(keys.split())) for keys in table["threats"]]
    return table[served]


def require_threats(threats: Iterable[str]) -> tuple[str, ...]:
    """The threats given, or an error that names the nearest known one."""
    if isinstance(threats, str):
        raise ParameterError(f"`threats` is the text {threats!r}; give a list, such as [{threats!r}].")
    require_kind_of(threats, Iterable, name="threats", advice="give a list of keys of `find_threats`")
    wanted = list(threats)
    for threat in wanted:
        require_choice(threat, THREATS.keys(), name="threats")
    return tuple(dict.fromkeys(wanted))


@cache
def _known_agencies() -> Mapping[str, str]:
    """Every spelling in lower case, and the name it stands for."""
    spellings = {}
    for row in _rows("agencies.csv"):
        for spelling in (row["agency"], *filter(None, row["also"].split(";"))):
            spellings[spelling.lower()] = row["agency"]
    return spellings


def agency_names(agencies: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of the agencies that a plan may name: the packaged ones, then `agencies`."""
    return tuple(dict.fromkeys([*_known_agencies().values(), *agencies]))


def require_agencies(agencies: Sequence[str]) -> tuple[str, ...]:
    """Agencies of one's own, cleaned.

    Raises
    ------
    ParameterError
        A text where a list was meant, or a blank name.
    """
    if isinstance(agencies, str):
        raise ParameterError(f"`agencies` is the text {agencies!r}; give a list, such as [{agencies!r}].")
    require_kind_of(agencies, Iterable, name="agencies", advice="give a list of names")
    # One line each: a file of a plan names every agency on a line of its own.
    own = tuple(clean_text(agency) for agency in agencies)
    if not all(own):
        raise ParameterError(f"`agencies` holds a blank name: {list(agencies)}. Leave it out.")
    return own


def named_agency(text: str, agencies: Sequence[str] = ()) -> str:
    """The name that a spelling stands for: ``"HMRC"`` and ``"hm revenue and customs"`` are one agency.

    Raises
    ------
    SchemaError
        No such agency; the message names the nearest one.
    """
    known = {**_known_agencies(), **{agency.lower(): agency for agency in agencies}}
    if not text:
        return text
    if text.lower() not in known:
        hint = nearest_name(text, known)
        meant = f"; did you mean {known[hint]!r}" if hint else ""
        raise SchemaError(f"is no known agency{meant}")
    return known[text.lower()]


def agency_roles() -> Mapping[str, str]:
    """The role in each packaged agency that could own an action: our suggestion."""
    return {row["agency"]: row["role"] for row in _rows("agencies.csv")}


def agency_sectors() -> Mapping[str, str]:
    """Sector of each packaged agency."""
    return {row["agency"]: row["sector"] for row in _rows("agencies.csv")}


def question_table() -> pd.DataFrame:
    """Councillors' questions: index ``question``; ``audience``, ``asks``, ``check``, ``mend``, ``source``."""
    return pd.DataFrame(_rows("councillor_questions.csv")).set_index("question").astype("str")
