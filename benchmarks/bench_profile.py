"""Profiles: seconds of one in four formats (target 5), and of 25 in one format (target 60).

    python benchmarks/bench_profile.py [SNAPSHOT]

Without a snapshot the sample's demo is run first.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

from socharm import open_assessment, run_assessment, seed_profile
from socharm.assessment.demo import write_demo


def main() -> None:
    """Print the times of each format, after one profile that loads the libraries."""
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            assessment = open_assessment(sys.argv[1])
        else:
            assessment = run_assessment(write_demo(Path(folder) / "demo"))
        boundaries = assessment.areas()
        codes = [str(code) for code in assessment.top(25).index]
        for name in ("first in the process", "libraries loaded"):
            begun = time.perf_counter()
            profile = seed_profile(codes[0], assessment, areas=boundaries)
            for kind in ("docx", "pdf", "html", "md"):
                profile.save(Path(folder) / f"one.{kind}")
            print(f"one profile, four formats, {name}: {time.perf_counter() - begun:.1f} s (target 5)")
        for kind in ("docx", "pdf", "html", "md"):
            begun = time.perf_counter()
            for code in codes:
                seed_profile(code, assessment, areas=boundaries).save(Path(folder) / f"{code}.{kind}")
            print(f"{len(codes)} profiles as {kind}: {time.perf_counter() - begun:.1f} s (target 60)")


if __name__ == "__main__":
    main()
