"""The simulations behind docs/validation/emerging.md, in small."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def validate(repository: Path):
    spec = importlib.util.spec_from_file_location("validate_emerging", repository / "benchmarks/validate_emerging.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["validate_emerging"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["validate_emerging"]


@pytest.mark.parametrize("lasting", [None, 0.0, 0.7, 0.9])
def test_where_nothing_lasts_the_default_names_nothing_and_the_definitions_do(validate, lasting):
    default, plain = {}, {}
    for seed in range(3):
        for months, _, way, named, short, _ in validate.null_map(12, lasting, 100 + seed):
            (default if way == "default" else plain)[months, seed] = (named, short)
    assert sum(named for named, _ in default.values()) == 0
    assert (sum(named for named, _ in plain.values()) > 0) == (lasting is not None)
    assert lasting != 0.9 or sum(short for _, short in default.values()) >= 2


def test_the_page_says_what_its_tables_do(validate):
    false = validate.pd.DataFrame(
        {
            "months": [12, 12],
            "left": ["0", "0"],
            "way": list(validate.WAYS),
            "maps with a false name": [0.1, 1.0],
            "areas named per map": [0.2, 30.0],
        }
    )
    text = validate.page(false, false, 20, "x")
    assert "more than 5% of maps under: 12 months, 0 left: 10%" in text
    fine = false.assign(**{"maps with a false name": [0.05, 1.0]})
    assert "no more than 5% of maps" in validate.page(fine, false, 20, "x")
