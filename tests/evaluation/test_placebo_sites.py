"""Placebo sites: contiguous, like the site, each once, off treated ground; every one where they can be listed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph

import socharm as sh
from socharm.errors import AlignmentError, ParameterError, RefusedError
from socharm.evaluation.site_growth import every_set

sites_of = sh.evaluation.placebo_sites
WIDE = 12
CODES = [f"W{row:02d}{column:02d}" for row in range(WIDE) for column in range(WIDE)]


def graph_of(codes: list[str], pairs: list[tuple[str, str]]) -> Graph:
    both = [*pairs, *((other, one) for one, other in pairs)]
    alone = sorted(set(codes) - {code for pair in both for code in pair})
    focal = [one for one, _ in both] + alone
    return Graph.from_arrays(focal, [other for _, other in both] + alone, [1.0] * len(both) + [0.0] * len(alone))


PAIRS = [
    (f"W{r:02d}{c:02d}", f"W{r + down:02d}{c + right:02d}")
    for r in range(WIDE) for c in range(WIDE) for down, right in ((0, 1), (1, 0))
    if r + down < WIDE and c + right < WIDE
]  # fmt: skip
GRID = graph_of(CODES, PAIRS)
SIZES = pd.Series(np.random.default_rng(5).poisson(30, len(CODES)), index=CODES)
SITE = ["W0505", "W0506", "W0605"]
BESIDE = {code: {b if a == code else a for a, b in PAIRS if code in (a, b)} for code in CODES}


def is_one_piece(members: set[str]) -> bool:
    seen, waiting = set(), [next(iter(members))]
    while waiting:
        code = waiting.pop()
        if code not in seen:
            seen.add(code)
            waiting += BESIDE[code] & members
    return seen == members


@settings(max_examples=6)
@given(
    seed=st.integers(0, 500), factor=st.sampled_from([1.2, 2.0]), size=st.sampled_from([3, 8]), buffer=st.integers(0, 2)
)
def test_every_site_keeps_the_rules(seed, factor, size, buffer):
    site = [f"W05{column:02d}" for column in range(2, 2 + size)]
    made = sites_of(GRID, site=site, sizes=SIZES, exclude=["W0000"], n=20, buffer=buffer, factor=factor, seed=seed)
    groups = made.members.groupby("site")["area_code"].apply(frozenset)
    assert len(groups) == groups.nunique() == 20
    near = set(site) | {"W0000"}
    for _ in range(buffer):
        near |= {other for code in near for other in BESIDE[code]}
    for number, members in groups.items():
        assert len(members) == size
        assert is_one_piece(set(members))
        assert not members & near
        total = SIZES[sorted(members)].sum()
        assert SIZES[site].sum() / factor <= total <= SIZES[site].sum() * factor
        assert made.table.loc[number, "size"] == total
    assert set(made.findings.buffer) == near - set(site) - {"W0000"}


def test_all_sites_of_little_ground_are_listed():
    codes = CODES[: 2 * WIDE]
    pairs = [pair for pair in PAIRS if set(pair) <= set(codes)]
    made = sites_of(graph_of(codes, pairs), site=["W0000", "W0001", "W0100"], n=10_000, too_few="give all", seed=1)
    free = sorted(set(codes) - {"W0000", "W0001", "W0100", *made.findings.buffer})
    every = {frozenset(three) for three in combinations(free, 3) if is_one_piece(set(three))}
    found = set(made.members.groupby("site")["area_code"].apply(frozenset))
    assert found == every
    assert made.findings.possible == made.findings.sites == len(every)
    assert f"which allow {len(every)}." in made.sentence


def test_sets_are_counted_as_in_a_book():
    # Fixed polyominoes of three squares: 2 lines and 4 corners; of four: 2 lines, 1 square and 16 others.
    grid = [[3 * r + c for r, c in ((a - 1, b), (a + 1, b), (a, b - 1), (a, b + 1)) if 0 <= r < 3 and 0 <= c < 3]
            for a in range(3) for b in range(3)]  # fmt: skip
    counts = [sum(1 for _ in every_set(grid, size, 10_000)) for size in (1, 2, 3, 4)]
    assert counts == [9, 12, 22, 36]  # on 3 by 3: 2 x 3 + 4 x 4; no line, 1 x 4 + 16 x 2
    assert list(every_set(grid, 4, 20))[-1] == ()


def test_more_sites_begin_with_the_same_ones():
    few, many = (sites_of(GRID, site=SITE, sizes=SIZES, n=n, seed=3).members for n in (30, 250))
    pd.testing.assert_frame_equal(few, many.head(len(few)))
    other = sites_of(GRID, site=SITE, sizes=SIZES, n=30, seed=4).members
    assert not few.equals(other)


def test_areas_in_place_of_their_neighbours():
    sample = sh.load_sample().wards.iloc[:40]
    site = [str(sample.index[0])]
    by_areas = sites_of(sample, site=site, n=5, seed=1)
    by_graph = sites_of(sh.neighbours(sample), site=site, n=5, seed=1)
    pd.testing.assert_frame_equal(by_areas.members, by_graph.members)


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [
        ({"site": []}, ParameterError, "`site` is empty"),
        ({"site": ["X"]}, AlignmentError, r"1 area of `site` is not among the areas, such as \['X'\]"),
        ({"exclude": ["X"]}, AlignmentError, "1 area of `exclude` is not among the areas"),
        ({"sizes": None, "factor": 3.0}, ParameterError, "`factor` is 3.0, and no `sizes` are given"),
        ({"sizes": SIZES * 0}, ParameterError, "add up to zero"),
        ({"sizes": SIZES.iloc[:9]}, AlignmentError, "without a value in `sizes`"),
        ({"buffer": 30}, RefusedError, "The 0 untreated areas give 0 sites like the one treated, and 9 are asked"),
        ({"sizes": SIZES.mask(SIZES.index.isin(SITE), 900.0)}, RefusedError, "give 0 sites"),
    ],
)
def test_what_gives_no_sites_is_told(change, error, told):
    with pytest.raises(error, match=told):
        sites_of(**{"areas": GRID, "site": SITE, "sizes": SIZES, "n": 9, "seed": 1, **change})
