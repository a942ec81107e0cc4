"""No public function ends in an error of another family, whatever stands in for its arguments.

This is a seeded part of the fuzz; the whole is run by ``make fuzz``.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from fuzz_cases import all_inputs, hostile_values, outcome, right_arguments
from worlds import PUBLIC

#: Calls per function; each call is some milliseconds.
PART = 8
#: Functions that take seconds per call: the whole fuzz tries them.
SLOW = {
    "run_assessment",
    "run_many",
    "publish_snapshot",
    "write_dashboard",
    "Sample.write",
    "seed_profile",
    "seed_profiles",
}


@pytest.fixture(scope="module")
def inputs(tiny):
    """Every call that could be tried, by function."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for job in all_inputs(tiny):
        found.setdefault(job[0], []).append(job)
    return found


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder for what is written under a name without one."""
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)


def test_the_fuzz_knows_every_public_function(tiny: object) -> None:
    assert set(right_arguments(tiny)) == set(PUBLIC)


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - SLOW))
@pytest.mark.filterwarnings("ignore")
def test_right_arguments_are_right(called, name):
    called(name)


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - SLOW))
def test_hostile_arguments_are_told_in_the_family(tiny, inputs, name):
    chance = random.Random(f"{name} {os.environ.get('SOCHARM_FUZZ_SEED', '1')}")
    found = {job: outcome(tiny, *job) for job in chance.sample(inputs[name], min(PART, len(inputs[name])))}
    assert {job: told for job, told in found.items() if told not in ("result", "told")} == {}


#: Found by the whole fuzz, one of each kind.
FOUND = [
    ("read_weights", "name", "half"), ("round_small_counts", "by", "list"), ("perturb_counts", "keys", "tuple"),
    ("exact_statements", "by", "list of text"), ("register_release", "snapshot", "huge text"),
    ("read_lookup", "path", "wide columns"), ("read_lookup", "shares", "series of text"),
    ("read_incidents", "source", "areas"), ("plot_residual", "labels", "numpy int"),
    ("plot_residual", "areas", "areas in degrees"), ("plot_clusters", "areas", "no areas"),
    ("location_shares", "radius_m", "1e300"), ("kernel_density", "cell_size", "1e-300"),
    ("kernel_density", "mask", "areas without shapes"), ("interpolate", "target", "empty geo"),
    ("detect_excess", "covariates", "twice the column"), ("detect_excess", "covariates", "areas"),
    ("counts_from_table", "areas", "two levels"), ("composite_uncertainty", "concentration", "1e-300"),
    ("composite_uncertainty", "errors", "twice the column"), ("best_fit_lookup", "centroids", "wide columns"),
]  # fmt: skip


@pytest.mark.parametrize("job", FOUND, ids="-".join)
def test_what_the_whole_fuzz_found_stays_mended(tiny, job):
    assert outcome(tiny, *job) in ("result", "told")


def test_hostile_values_are_made_anew(tiny):
    assert all(callable(make) for make in hostile_values(tiny).values())
    assert not (Path.cwd() / "x").exists()
