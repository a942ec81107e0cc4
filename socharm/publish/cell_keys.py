"""Noise of published counts: the same in every release, and nobody can take it off without the secret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._checks import require_columns
from socharm._columns import N
from socharm._constraints import CountFrom1, Filled, Positive
from socharm.errors import ParameterError, SchemaError
from socharm.publish.law import NoiseSettings
from socharm.publish.record_keys import keys_of_cells
from socharm.stats.cell_noise import noise_for

__all__ = ["key_numbers", "perturb_counts"]

_LEAST_SECRET: Final = 16


def key_numbers(frame: pd.DataFrame, keys: Sequence[str], *, secret: bytes) -> NDArray[np.float64]:
    """A number from 0 to below 1 for each row, from its keys and the secret alone.

    Parameters
    ----------
    frame : DataFrame
    keys : sequence of str
        Columns that name the cell.
    secret : bytes
        At least 16.

    Returns
    -------
    array of float
        The same on every machine, whatever the order of the rows.

    Raises
    ------
    ParameterError
        The secret is too short to be one.
    """
    if not isinstance(secret, bytes) or len(secret) < _LEAST_SECRET:
        raise ParameterError(f"`secret` must be at least {_LEAST_SECRET} bytes; take `store_secret(store)`.")
    texts = frame[list(keys)].astype("str").agg("\x1f".join, axis=1)
    base = hashlib.blake2b(key=secret[:64], digest_size=8)

    def number(text: str) -> int:
        own = base.copy()
        own.update(text.encode("utf-8"))
        return int.from_bytes(own.digest(), "big") >> 11

    return np.array([number(text) for text in texts], dtype=np.float64) / 2.0**53


@checked
def perturb_counts(
    counts: pd.DataFrame,
    *,
    secret: bytes,
    keys: Annotated[Sequence[str], Filled()] = ("area_code", "offence", "period"),
    spread: CountFrom1 = 5,
    variance: Positive = 2.0,
    settings: NoiseSettings | Mapping[str, Any] | None = None,
    record_keys: pd.DataFrame | None = None,
) -> pd.Series:
    """Counts as they may be published: each with noise that belongs to its cell.

    Parameters
    ----------
    counts : DataFrame
        The columns `keys`, and ``n``, whole numbers of 0 or more.
    secret : bytes
        From `store_secret`; one for all releases of a store.
    keys : sequence of str
        What names a cell.
    spread : int
        Largest noise.
    variance : float
    settings : NoiseSettings or mapping, optional
        Choices of another release, for what is not stated by keyword.
    record_keys : DataFrame, optional
        From `record_key_sums`, made with the same secret (another one is refused): the noise of a cell then comes from
        the records in it, the same in every release whatever the cell is called; without, from its name.

    Returns
    -------
    Series of int64, named ``n``, index as `counts`
        0 stays 0. Sums of these are published as sums: tables agree with each other, and nothing is gained by
        subtracting one release from another.

    Raises
    ------
    SchemaError
        A column lacks, a count is missing, below 0 or not whole, or a cell stands there twice.
    ParameterError
        The secret is too short; `record_keys` are of other counts, or of another secret.

    References
    ----------
    Fraser, B. and Wooton, J. (2005), A proposed method for confidentialising tabular output to protect against
    differencing, UNECE work session on statistical data confidentiality.

    Examples
    --------
    >>> cells = pd.DataFrame({"area_code": ["A", "B"], "offence": "drugs", "period": "2025-04", "n": [0, 40]})
    >>> published = perturb_counts(cells, secret=bytes(32))
    >>> int(published[0]), abs(int(published[1]) - 40) <= 5
    (0, True)
    """
    require_columns(counts, [*keys, N], name="counts")
    chosen = NoiseSettings.of(settings)
    values = pd.to_numeric(counts[N], errors="coerce").astype(float)
    if values.isna().any() or (values < 0).any() or (values % 1 != 0).any():
        raise SchemaError(
            "`counts` holds an `n` that is missing, below 0 or not whole. Leave out what was not covered."
        )
    if counts.duplicated(list(keys)).any():
        raise SchemaError(f"`counts` holds cells twice by {list(keys)}. Add them up first.")
    whole = values.to_numpy().astype(np.int64)
    if record_keys is not None:
        uniforms = (keys_of_cells(counts, record_keys, secret=secret) >> np.uint64(11)).astype(np.float64) / 2.0**53
    else:
        uniforms = key_numbers(counts, keys, secret=secret) if len(counts) else np.zeros(0)
    noise = noise_for(whole, uniforms, spread=chosen.spread, variance=chosen.variance)
    return pd.Series(whole + noise, index=counts.index, name=N)
