"""Counts as a cube area x offence x month, and the complete table made from it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from socharm._columns import AREA, OFFENCE, PERIOD, N

__all__ = ["complete_table", "whole_sums"]


def complete_table(cube: np.ndarray, *, offences: list[str], coverage: pd.DataFrame) -> pd.DataFrame:
    """Every area x offence x covered month, zero where nothing was recorded.

    Parameters
    ----------
    cube : ndarray of int64, shape (n_areas, n_offences, n_months)
        In the order of `coverage`'s rows, of `offences`, and of `coverage`'s columns.
    offences : list of str
        Sorted.
    coverage : DataFrame of bool
        Area x month; what was not covered has no rows.

    Returns
    -------
    DataFrame
        ``area_code``, ``offence``, ``period``, ``n``, sorted by the first three.
    """
    order = np.argsort(coverage.index.to_numpy(dtype=str), kind="stable")
    mask = np.broadcast_to(coverage.to_numpy()[order][:, None, :], cube.shape)
    area, offence, month = np.nonzero(mask)
    table = pd.DataFrame(
        {
            AREA: coverage.index.to_numpy(dtype=object)[order][area],
            OFFENCE: np.asarray(offences, dtype=object)[offence],
            PERIOD: coverage.columns[month],
            N: cube[order][mask],
        }
    )
    return table.astype({AREA: "str", OFFENCE: "str"})


def whole_sums(at: tuple[np.ndarray, ...], shape: tuple[int, ...], n: np.ndarray) -> np.ndarray:
    """Sums of whole numbers by position; exact, as long as no sum passes 2^53."""
    flat = np.ravel_multi_index(at, shape)
    return np.bincount(flat, weights=n, minlength=int(np.prod(shape))).astype(np.int64).reshape(shape)
