"""What did not arrive, in sentences: for the warnings and for the note that goes with a result."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from socharm._words import number_of
from socharm.errors import CoverageWarning
from socharm.io.forces import force_key
from socharm.io.incidents.arrivals import Covered
from socharm.io.incidents.known_gaps import in_known_gap, known_gaps

__all__ = ["delivery_notes", "warn_of_deliveries"]

_SHOWN: Final = 6
# One or two areas without crime may be a reservoir or an airfield.
_FEW_AREAS: Final = 3


def delivery_notes(found: Covered, *, police_uk: bool) -> list[str]:
    """Sentences on forces that did not deliver, delivered in part, or come and go; none when all is well."""
    return [
        *_undelivered(found, police_uk=police_uk),
        *_silent(found, police_uk=police_uk),
        *_quiet(found, police_uk=police_uk),
        *_partly(found),
        *_visitors(found),
    ]


def warn_of_deliveries(found: Covered, coverage: pd.DataFrame, *, police_uk: bool, stacklevel: int) -> None:
    """One `CoverageWarning` for each sentence, and one for areas of `coverage` that may belong to a silent force."""
    hardly = [code for code in found.hardly if coverage.loc[code].any()]
    for note in [*delivery_notes(found, police_uk=police_uk), *_hardly(hardly)]:
        warnings.warn(note, CoverageWarning, stacklevel=stacklevel + 1)


def _undelivered(found: Covered, *, police_uk: bool) -> list[str]:
    """Months with too few rows, and months without any in which others delivered, of sources that police areas."""
    notes = []
    months = [str(month) for month in found.coverage.columns]
    for key in _policing(found):
        rows, came = (dict(frame.loc[key]) for frame in (found.deliveries.rows, found.deliveries.delivered))
        areas = found.polices[key].to_numpy()
        whole = dict(zip(months, found.coverage.to_numpy()[areas].all(axis=0), strict=True))
        lost = [m for m in months if not came[m] and not whole[m] and (rows[m] > 0 or m in found.months)]
        judged = bool(found.deliveries.judged[key])
        if not lost or not (judged or any(rows[m] for m in lost)):
            continue
        usual = int(found.deliveries.usual.loc[key, lost].to_numpy().max())
        share = found.deliveries.rule.minimum
        least = f", under {share:.0%} of {usual:,} in a usual month" if judged and share else ""
        notes.append(
            f"{found.names[key]} did not deliver {_months(lost)}: {_numbers([rows[m] for m in lost])} rows{least}; "
            f"{number_of(int(areas.sum()), 'area that it polices is', 'areas that it polices are')} "
            f"not covered there.{_cited(key, lost, police_uk)}"
        )
    return notes


def _policing(found: Covered) -> list[str]:
    """Sources that police some area and do not stand among the quiet ones, which are told apart."""
    return [str(key) for key in found.polices.columns[found.polices.any(axis=0)] if key not in found.quiet]


def _silent(found: Covered, *, police_uk: bool) -> list[str]:
    if not found.silent:
        return []
    forces = list(found.silent)
    cited = [_cited(force_key(str(force)), [str(m) for m in found.coverage.columns], police_uk) for force in forces]
    told = "".join(dict.fromkeys(cited))
    return [
        f"No row arrived from {number_of(len(forces), 'force')}, such as "
        f"{forces[:3]}: their areas are not covered.{told}"
    ]


def _quiet(found: Covered, *, police_uk: bool) -> list[str]:
    months = [str(month) for month in found.coverage.columns]
    return [
        f"{found.names[key]} sent next to nothing: to each of its areas less than a fiftieth of what the areas of the "
        f"other forces get. Its areas are not covered.{_cited(key, months, police_uk)}"
        for key in found.quiet
    ]


def _partly(found: Covered) -> list[str]:
    notes = []
    months = [str(month) for month in found.coverage.columns]
    partly = found.deliveries.partly[months]
    for key in _policing(found):
        thin = [month for month in months if dict(partly.loc[key])[month]]
        if not thin:
            continue
        rows, usual = (frame.loc[key, thin].to_numpy() for frame in (found.deliveries.rows, found.deliveries.usual))
        notes.append(
            f"{found.names[key]} delivered {_months(thin)} in part, it seems: {_numbers(rows)} rows, down to "
            f"{(rows / usual).min():.0%} of its usual month. The areas count as covered; what is missing would make "
            "them look quieter."
        )
    return notes


def _visitors(found: Covered) -> list[str]:
    return [
        f"{found.names[key]} sent rows in {len(came)} of {number_of(len(found.months), 'month')} "
        f"({_months(list(came))}): they make those months look higher. Leave it out with `leave_out_sources` ({key!r}) "
        "where months or areas are compared."
        for key, came in sorted(found.visitors.items())
    ]


def _hardly(areas: list[str]) -> list[str]:
    if len(areas) < _FEW_AREAS:
        return []
    return [
        f"{number_of(len(areas), 'area')}, such as "
        f"{areas[:3]}, get less than a fortieth of the rows of the usual area of "
        "the same source. They may lie outside the download, or be policed by a force that sent nothing: state "
        "that they are not covered, or name each area's force (`force`) with the boundaries."
    ]


def _cited(key: str, months: list[str], police_uk: bool) -> str:
    if not police_uk or not any(in_known_gap(str(key), month) for month in months):
        return ""
    gap = known_gaps(str(key), (months[0], months[-1])).iloc[0]
    span = f"since {gap['from']}" if gap["open"] else f"{gap['from']} to {gap['until']}"
    return f" Known of police.uk, {span}: {gap['missing']} ({gap['source'].split(';')[0]})."


def _numbers(rows: Iterable[int]) -> str:
    values = sorted({int(row) for row in rows})
    return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"


def _months(months: list[str]) -> str:
    """Months in order, consecutive ones as a span."""
    at = pd.PeriodIndex(months, freq="M").asi8
    spans = []
    for part in np.split(np.arange(len(months)), np.flatnonzero(np.diff(at) != 1) + 1):
        first, last = months[part[0]], months[part[-1]]
        spans.append(first if first == last else f"{first} to {last}")
    shown = ", ".join(spans[:_SHOWN])
    return shown + (f" and {len(spans) - _SHOWN} more" if len(spans) > _SHOWN else "")
