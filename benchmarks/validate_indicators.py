"""Rank agreement of harm with a measure of a partner: does its interval hold where neighbours are alike?

Run: python benchmarks/validate_indicators.py [--runs 400] [--out docs/validation/indicators.md]
Simulations whose truth is known; needs no input.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from socharm.stats.rank_agreement import rank_agreement

#: Distance at which likeness falls to a third, in widths of the ground.
REACHES = {"not alike": 0.0, "alike over 0.05": 0.05, "alike over 0.2": 0.2, "alike over 0.5": 0.5}
SIZES, CORRELATIONS = (30, 170, 500), (0.0, 0.5, 0.8)
HEAD = """# Harm beside measures of partners

Made by `python benchmarks/validate_indicators.py --runs {runs}`.

Two fields over a square, both alike over the stated distance (the exponential covariance falls to a third; 1 is the
width of the ground), one of them skewed as harm is; their rank correlation is known, $(6/\\pi)\\arcsin(\\rho/2)$. Share
of runs whose 95% interval holds it, in brackets that of an interval that takes areas as independent, as a bootstrap of
areas does; then the median number of areas as good as independent. Runs without an interval, where too few are, are
left out: {missing} of {all}.

| areas | correlation | {names} |
| --- | --- | {lines} |
"""


def cell(rng: np.random.Generator, n: int, rho: float, reach: float, runs: int) -> tuple[str, float, int]:
    """Coverage, that of independent areas, effective areas; the share, and runs without an interval."""
    points = rng.uniform(0, 1, (n, 2))
    root = np.linalg.cholesky(np.exp(-cdist(points, points) / reach) + 1e-9 * np.eye(n)) if reach else np.eye(n)
    truth = 6 / np.pi * np.arcsin(rho / 2)
    held, naive, effective = [], [], []
    for _ in range(runs):
        base = rng.normal(size=(n, 2))
        other = rho * base[:, 0] + np.sqrt(1 - rho**2) * base[:, 1]
        found = rank_agreement(np.exp(root @ base[:, 0]), root @ other, points)
        effective.append(found.effective)
        if np.isfinite(found.low_95):
            reach_of = norm.ppf(0.975) * np.sqrt((1 + found.estimate**2 / 2) / (n - 3))
            held.append(found.low_95 <= truth <= found.high_95)
            naive.append(abs(np.arctanh(found.estimate) - np.arctanh(truth)) <= reach_of)
    share = float(np.mean(held))
    text = f"{share:.2f} ({np.mean(naive):.2f}), {np.median(effective):.0f}"
    return text, share, runs - len(held)


def main() -> None:
    """Write the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=400)
    asked.add_argument("--out", type=Path, default=Path("docs/validation/indicators.md"))
    given = asked.parse_args()
    rng = np.random.default_rng(7)
    rows, shares, missing = [], [], 0
    with threadpool_limits(1):
        for n in SIZES:
            for rho in CORRELATIONS:
                found = [cell(rng, n, rho, reach, given.runs) for reach in REACHES.values()]
                rows.append(f"| {n} | {rho} | {' | '.join(text for text, _, _ in found)} |")
                shares += [share for _, share, _ in found]
                missing += sum(lost for _, _, lost in found)
    head = HEAD.format(
        runs=given.runs,
        missing=missing,
        all=f"{given.runs * len(shares):,}",
        names=" | ".join(REACHES),
        lines=" | ".join("---" for _ in REACHES),
    )
    error = np.sqrt(0.95 * 0.05 / given.runs)
    foot = f"\nLeast {min(shares):.2f}, most {max(shares):.2f}; the standard error of a share of 0.95 is {error:.3f}.\n"
    given.out.write_text(head + "\n".join(rows) + "\n" + foot, encoding="utf-8")


if __name__ == "__main__":
    main()
