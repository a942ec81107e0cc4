"""The law of a store's noise: one secret, one distribution and one kind of key, from the first published form on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from socharm._constraints import CountFrom1, Positive
from socharm._settings import Settings, setting
from socharm.errors import RefusedError, StoreError
from socharm.files.plain import read_json
from socharm.snapshot.store import MANIFEST

__all__ = ["CELLS", "RECORDS", "NoiseLaw", "NoiseSettings", "law_of", "require_law", "snapshot_laws"]

#: What the noise of a cell is made of: the name of the cell, or the records in it.
CELLS: Final = "cells"
RECORDS: Final = "records"


@dataclass(frozen=True, kw_only=True)
class NoiseSettings(Settings):
    """Noise of published counts.

    Parameters
    ----------
    spread : int
        Largest noise; what is published leaves at least this many other counts possible.
    variance : float
    """

    spread: CountFrom1 = setting(5, "largest noise of a published count")
    variance: Positive = setting(2.0, "variance of that noise")


@dataclass(frozen=True, kw_only=True)
class NoiseLaw:
    """How the noise of a release or a snapshot was made.

    Parameters
    ----------
    since : str
        Name of the release or snapshot.
    fingerprint : str
        Of the secret.
    spread : int
    variance : float
    keyed_by : {"records", "cells"}
    shown : bool
        Whether numbers with this noise may have left: not where the files of a run are internal.
    """

    since: str
    fingerprint: str
    spread: int
    variance: float
    keyed_by: str
    shown: bool = True


def law_of(said: Mapping[str, Any], *, since: str, fingerprint: str, shown: bool = True) -> NoiseLaw:
    """The law that settings state; those of earlier versions had cells for keys.

    Parameters
    ----------
    said : mapping
        ``spread``, ``variance`` and, since there are record keys, ``keyed_by``.
    since, fingerprint : str
    shown : bool
    """
    noise = NoiseSettings(**{name: said[name] for name in ("spread", "variance") if name in said})
    return NoiseLaw(
        since=since,
        fingerprint=fingerprint,
        spread=int(noise.spread),
        variance=float(noise.variance),
        keyed_by=str(said.get("keyed_by") or CELLS),
        shown=shown,
    )


def snapshot_laws(store: Path) -> list[NoiseLaw]:
    """Laws of the snapshots of a store, oldest first; open ones have none.

    Parameters
    ----------
    store : Path
    """
    found = []
    for path in sorted(store.glob(f"*/{MANIFEST}")):
        try:
            told = read_json(path)
        except StoreError:
            continue  # `verify` tells of it
        said = told.get("disclosure") if isinstance(told, dict) else None
        if isinstance(said, dict) and said.get("fingerprint"):
            law = law_of(
                said, since=path.parent.name, fingerprint=str(said["fingerprint"]), shown=not said.get("internal")
            )
            found.append((str(told.get("created", "")), law))
    return [law for _, law in sorted(found, key=lambda pair: (pair[0], pair[1].since))]


def require_law(laws: Sequence[NoiseLaw], *, spread: int, variance: float, fingerprint: str = "") -> str:
    """Stop where a store's noise is of another secret or distribution than what is about to be published.

    Parameters
    ----------
    laws : sequence of NoiseLaw
        Of everything in the store, oldest first.
    spread : int
    variance : float
    fingerprint : str
        Of the secret; blank where none was made yet.

    Returns
    -------
    str
        What the noise of the store is made of; blank where nothing was published yet.

    Raises
    ------
    RefusedError
        With the release or snapshot that fixed the law.
    """
    for law in laws:
        if fingerprint and law.fingerprint != fingerprint:
            raise RefusedError(
                f"{law.since!r} was made with another secret (fingerprint {law.fingerprint}) than the store holds now "
                f"({fingerprint}): two noises on one count narrow it. Restore the secret of that time from a copy, or "
                "take what it does not belong to out of the store."
            )
    shown = [law for law in laws if law.shown]
    for law in shown:
        if (law.spread, law.variance) != (spread, variance):
            raise RefusedError(
                f"The noise of this store has spread {law.spread} and variance {law.variance:g} since {law.since!r}; "
                f"{spread} and {variance:g} are asked for. Two noises made of one number tell the count between them, "
                "so the first holds for good. State those of the store in [disclosure]."
            )
    return shown[0].keyed_by if shown else ""
