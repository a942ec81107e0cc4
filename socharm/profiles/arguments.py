"""What a caller gives with a profile, checked before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from socharm._checks import nearest_name
from socharm.documents.words import shortened
from socharm.errors import ParameterError, SchemaError

__all__ = ["checked_providers", "checked_standing", "require_known"]


def require_known(given: Collection[str], known: Collection[str], *, why: Mapping[str, str]) -> None:
    """Stop where arguments passed on are not of the function that they go to; `why` tells of some."""
    for name in given:
        if name in why:
            raise ParameterError(f"`{name}` cannot be given here: {why[name]}.")
        if name not in known:
            hint = nearest_name(name, known)
            raise ParameterError(
                f"`{name}` is no argument of a profile." + (f" Did you mean {hint!r}?" if hint else "")
            )


def checked_providers(providers: object) -> dict[str, str] | None:
    """Sectors by provider.

    Raises
    ------
    ParameterError
        No mapping of text to text.
    """
    if providers is None:
        return None
    if not isinstance(providers, Mapping) or not all(
        isinstance(part, str) for pair in providers.items() for part in pair
    ):
        raise ParameterError(
            f"`providers` is {shortened(providers)}; give the sector of each provider, such as "
            "{'needs assessment': 'health'}."
        )
    return dict(providers)


def checked_standing(standing: object) -> tuple[tuple[str, pd.Series], ...]:
    """Deprivation ranks over wider sets.

    Raises
    ------
    ParameterError
        No mapping of names to Series.
    SchemaError
        An area twice, or a rank that is no whole number above zero.
    """
    if standing is None:
        return ()
    if not isinstance(standing, Mapping):
        raise ParameterError(
            f"`standing` is a {type(standing).__name__}; give ranks by name, such as {{'England': ranks}}."
        )
    checked = []
    for where, ranks in standing.items():
        if not isinstance(where, str) or not isinstance(ranks, pd.Series):
            raise ParameterError(
                f"`standing` holds {shortened(where)}: a {type(ranks).__name__}; give a Series of ranks by area code."
            )
        if not ranks.index.is_unique:
            twice = list(ranks.index[ranks.index.duplicated()][:3])
            raise SchemaError(f"`standing` has areas twice in {where!r}, such as {twice}. Keep one rank for each.")
        given = ranks.dropna()
        numbers = pd.to_numeric(given, errors="coerce").astype(float)
        bad = given[~((numbers >= 1) & (numbers % 1 == 0))]
        if len(bad) or pd.api.types.is_bool_dtype(ranks):
            told = [f"{key}: {value}" for key, value in (bad if len(bad) else given).head(3).items()]
            raise SchemaError(
                f"`standing` has ranks in {where!r} that are no whole numbers above zero, such as {told}. Rank 1 is "
                "the most deprived."
            )
        checked.append((where, numbers))
    return tuple(checked)
