"""Sites that were chosen for being worst, in small worlds where nothing is done: the table of the page, in small."""

from __future__ import annotations

import numpy as np
import pandas as pd
from libpysal.graph import Graph
from scipy import stats

import socharm as sh

CODES = [f"A{n:02d}" for n in range(60)]
LINE = Graph.from_arrays(CODES[:-1] + CODES[1:], CODES[1:] + CODES[:-1], np.ones(118))


def world(rng: np.random.Generator) -> pd.DataFrame:
    """Two years and one: a season, shocks of 15% of which the next month keeps .8, alike in adjoining areas."""
    place, logs = np.arange(60), np.zeros((60, 36))
    root = np.linalg.cholesky(0.7 ** np.abs(place[:, None] - place) + 1e-9 * np.eye(60))
    for at in range(36):
        drawn = root @ rng.standard_normal(60)
        logs[:, at] = drawn if at == 0 else 0.8 * logs[:, at - 1] + 0.6 * drawn
    mean = np.exp(rng.normal(3, 0.6, 60))[:, None] * np.exp(0.15 * logs + 0.1 * np.sin(np.arange(36) * np.pi / 6))
    return pd.DataFrame(rng.poisson(mean), CODES, pd.period_range("2022-01", periods=36, freq="M").astype("str"))


def test_before_and_after_is_wrong_where_placebo_sites_are_not():
    naive, placebo, seen = [], [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        frame = world(rng)
        early = frame.iloc[:, :24].sum(axis=1)
        pairs = early.rolling(2).sum().to_numpy()
        at = int(np.nanargmax(pairs))
        site = CODES[at - 1 : at + 1]
        before, after = early[site].sum(), frame.loc[site].iloc[:, 24:].to_numpy().sum()
        naive.append(2 * stats.norm.sf(abs(np.log(2 * after / before)) / np.sqrt(1 / after + 1 / before)) <= 0.05)
        sites = sh.evaluation.placebo_sites(LINE, site=site, n=39, seed=seed, too_few="give all")
        placebo.append(sh.evaluation.placebo_test(frame, sites, start="2024-01", in_time=0).findings.p <= 0.05)
        frame.loc[site, "2024-01":] = rng.binomial(frame.loc[site, "2024-01":].to_numpy(dtype=int), 0.5)
        seen.append(sh.evaluation.placebo_test(frame, sites, start="2024-01", in_time=0).findings.p <= 0.05)
    assert np.mean(naive) > 0.3
    # Of 25 worlds, more than 4 would be wrong once in 140 times at 5%.
    assert np.sum(placebo) <= 4
    assert np.mean(seen) > 0.6
