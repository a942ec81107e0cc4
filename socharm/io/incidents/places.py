"""Places that generate reports: police stations, hospitals, prisons, shops, told from the location text.

police.uk snaps incidents to map points, and names a point that stands for a place by its type: a row
"On or near Police Station" tells where the report was made, often not where the harm was done. Only
the exact text after "On or near " counts: *Hospital Lane* is a street.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from socharm._checks import nearest_name
from socharm._value_kinds import shown
from socharm.errors import ParameterError

__all__ = ["PLACE_KINDS", "known_flags", "place_codes", "require_flags"]

#: Kind of place to the texts that name it, as police.uk writes them (lower case, without "On or near ").
PLACE_KINDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "airport": ("airport/airfield", "airport"),
        "court": ("court", "law court", "magistrates court", "crown court"),
        "education": ("further/higher educational building",),
        "hospital": ("hospital",),
        "nightclub": ("nightclub",),
        "petrol-station": ("petrol station",),
        "police-station": ("police station",),
        "prison": ("prison",),
        "shopping-area": ("shopping area",),
        "supermarket": ("supermarket",),
    }
)

_PREFIX: Final = "On or near "


def place_codes() -> dict[str, int]:
    """Every location text that names such a place, to the number of its kind (from 1).

    Texts stand as police.uk writes them, and in lower and upper case, so that engines need not change
    the case of millions of street names. Numbers follow the order of `PLACE_KINDS`.
    """
    return {
        spelling: number
        for number, texts in enumerate(PLACE_KINDS.values(), start=1)
        for text in texts
        for prefix in ("", _PREFIX)
        for spelling in (
            prefix + text.title(),
            prefix + text.capitalize(),
            (prefix + text).lower(),
            (prefix + text).upper(),
        )
    }


def known_flags(flags: Iterable[str] = ()) -> list[str]:
    """Names of flags that incidents can carry: places that generate reports, and those of an extract.

    Parameters
    ----------
    flags : iterable of str
        Flags of an extract, or all that incidents carry.
    """
    places = ["place:*", *(f"place:{kind}" for kind in PLACE_KINDS)]
    return [*places, *sorted(set(flags).difference(places))]


def require_flags(names: Iterable[str], *, flags: Collection[str] = (), only_flags: bool = False, name: str) -> None:
    """Stop at the name of a flag that no incident can carry: it would take nothing away, without a word.

    Parameters
    ----------
    names : iterable of str
        What the caller names; what does not begin with ``place:`` may be something else than a flag.
    flags : collection of str
        Flags of an extract.
    only_flags : bool
        Every name must be one of a flag.
    name : str
        The caller's argument.

    Raises
    ------
    ParameterError
        Gives the flags that are known, and the nearest.
    """
    known = known_flags(flags)
    for wanted in names:
        is_flag = str(wanted).strip().lower().startswith("place:") or only_flags
        if is_flag and wanted not in known:
            hint = nearest_name(str(wanted), known)
            meant = f" Did you mean {hint!r}?" if hint else ""
            raise ParameterError(f"`{name}` names the flag {shown(wanted)}; the flags are {known}.{meant}")
