"""Record keys: a cell's noise comes from the records in it, whatever it is called and wherever its border runs."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._words import number_of
from socharm.errors import ParameterError
from socharm.io.incidents.record_hashes import RecordHashes
from socharm.publish.secret import secret_fingerprint
from socharm.stats.keyed_hash import hash_words

__all__ = ["FLAG", "KEY", "MADE_WITH", "keys_of_cells", "record_key_sums"]

FLAG: Final = "flag"
KEY: Final = "key"
MADE_WITH: Final = "fingerprint"
_CELL: Final = [AREA, OFFENCE, PERIOD, FLAG]


@checked
def record_key_sums(records: RecordHashes, *, secret: bytes) -> pd.DataFrame:
    """Sum of the record keys of each cell, modulo 2**64.

    Parameters
    ----------
    records : RecordHashes
        From ``count_incidents(..., keep_records=True).records``.
    secret : bytes
        From `store_secret`.

    Returns
    -------
    DataFrame
        ``area_code``, ``offence``, ``period``, ``flag`` (blank for all records of the cell), ``key`` (uint64),
        ``fingerprint`` of the secret; cells with records only, sorted.

    Notes
    -----
    The key of a record is SipHash-2-4 of its number under the secret. Cells of the same records have the same sum; of
    other cells nobody can tell the sums from chance without the secret.

    References
    ----------
    Fraser, B. and Wooton, J. (2005), A proposed method for confidentialising tabular output to protect against
    differencing.
    """
    key = hashlib.blake2b(b"socharm record keys", key=secret[:64], digest_size=16).digest()
    shape = (len(records.areas), len(records.offences), len(records.months))
    months = pd.PeriodIndex(records.months, freq="M")
    parts = []
    for flag, (cells, numbers, signs) in records.parts.items():
        places, sums = _sums(cells, hash_words(numbers[:, None], key=key) * signs.astype(np.uint64))
        area, offence, month = np.unravel_index(places, shape)
        part = {
            AREA: np.asarray(records.areas, dtype=object)[area],
            OFFENCE: np.asarray(records.offences, dtype=object)[offence],
            PERIOD: months[month],
            FLAG: np.full(len(places), flag, dtype=object),
            KEY: sums,
        }
        parts.append(pd.DataFrame(part).astype({AREA: "str", OFFENCE: "str", FLAG: "str"}))
    table = pd.concat(parts, ignore_index=True)
    table[MADE_WITH] = pd.Series(secret_fingerprint(secret), index=table.index, dtype="str")
    return table[table[KEY] != 0].sort_values(_CELL, kind="stable").reset_index(drop=True)


def _sums(cells: NDArray[np.int64], keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Sums by cell that wrap at 2**64."""
    if not len(cells):
        return cells, keys
    order = np.argsort(cells, kind="stable")
    places = cells[order]
    begins = np.flatnonzero(np.r_[True, places[1:] != places[:-1]])
    return places[begins], np.add.reduceat(keys[order], begins)


def keys_of_cells(counts: pd.DataFrame, sums: pd.DataFrame, *, secret: bytes) -> NDArray[np.uint64]:
    """The sum of each cell of a table, 0 where it has no record.

    Parameters
    ----------
    counts : DataFrame
        ``area_code``, ``offence``, ``period``, ``n`` and, of records that carry a flag, ``flag``.
    sums : DataFrame
        From `record_key_sums`.
    secret : bytes
        That the sums were made with.

    Raises
    ------
    ParameterError
        A cell with records has no sum: the sums are of other counts. Or they were made with another secret, or do not
        say with which.
    """
    _require_secret(sums, secret)
    cells = counts if FLAG in counts.columns else counts.assign(**{FLAG: ""})
    names = [pd.MultiIndex.from_arrays([frame[key].astype("str") for key in _CELL]) for frame in (cells, sums)]
    at = names[1].get_indexer(names[0])
    found = np.where(at >= 0, sums[KEY].to_numpy(dtype=np.uint64)[at], np.uint64(0)) if len(sums) else None
    lost = int(((at < 0) & (counts[N].to_numpy() > 0)).sum())
    if lost:
        raise ParameterError(
            f"{number_of(lost, 'cell with records has', 'cells with records have')} "
            f"no record keys: the keys are of other counts. Count again with "
            "`keep_records=True`, or run the recipe again."
        )
    return np.zeros(len(cells), dtype=np.uint64) if found is None else np.asarray(found, dtype=np.uint64)


def _require_secret(sums: pd.DataFrame, secret: bytes) -> None:
    """The noise comes from the secret that made the keys, so no other one may be named beside them."""
    given = secret_fingerprint(secret)
    if MADE_WITH not in sums.columns:
        raise ParameterError(
            "The record keys do not say which secret made them: an earlier version did. Make them again with "
            "`record_key_sums`, or run the recipe again."
        )
    others = sorted({str(said) for said in sums[MADE_WITH].unique()} - {given})
    if others:
        raise ParameterError(
            f"The record keys were made with the secret of fingerprint {', '.join(others)}, and `secret` is that of "
            f"{given}. The noise would come from the first. Give that secret, or make the keys again with this one."
        )
