"""The rule for seeds (`socharm.stats.random_streams`) holds in the whole package."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import pytest
from floors import PACKAGE
from worlds import PUBLIC, public_callables

#: The only modules that make generators: the rule itself, and the invented force, which is data.
HOMES = {"stats/random_streams.py", "sample/synthetic.py"}

#: What is drawn for is named by a literal, or is the statistic's own name, at these places only.
NAMED = {
    "hotspots/areas/local_tests.py": {"method"},
    "hotspots/points/interaction.py": {"purpose"},
    "hotspots/areas/local_geary.py": {"method"},
    "hotspots/areas/local_null.py": {"purpose", "f'{method}-redrawn'"},
    "hotspots/areas/whole_map.py": {"purpose"},
}

TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
}


def makers_of_chance(tree: ast.AST) -> Iterator[str]:
    """Everything in a module that makes random numbers out of something else than a generator that it was given."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in {"random", "numpy.random"})
        elif isinstance(node, ast.ImportFrom) and node.module in {"random", "numpy.random"}:
            yield str(node.module)
        elif isinstance(node, ast.keyword) and node.arg in {"random_state", "rng"}:
            yield f"{node.arg}="
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"np.random", "numpy.random"}:
            is_type = node.attr == "Generator" and id(node) not in called
            yield from () if is_type else (ast.unparse(node),)


def test_only_the_rule_makes_generators():
    found = {module: sorted(makers_of_chance(tree)) for module, tree in TREES.items()}
    assert {module for module, makers in found.items() if makers} == HOMES, found


@pytest.mark.parametrize(
    "code",
    [
        "np.random.default_rng(1)", "np.random.SeedSequence(1)", "np.random.Generator(x)", "np.random.seed(1)",
        "import random", "from numpy.random import default_rng", "KMeans(random_state=1)",
    ],
)  # fmt: skip
def test_makers_are_seen(code):
    assert list(makers_of_chance(ast.parse(code)))
    assert list(makers_of_chance(ast.parse("def block(rng: np.random.Generator) -> None: ..."))) == []


def purposes(tree: ast.AST) -> Iterator[ast.expr]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "purpose")


def test_each_purpose_is_named_at_one_place():
    words = Counter(word.value for tree in TREES.values() for word in purposes(tree) if isinstance(word, ast.Constant))
    assert words
    assert [word for word, times in words.items() if times > 1] == []


def test_a_purpose_is_a_word_or_the_name_of_the_statistic():
    other = {
        module: {ast.unparse(word) for word in purposes(tree) if not isinstance(word, ast.Constant)}
        for module, tree in TREES.items()
        if not module.startswith("stats/")  # arrays in, arrays out: there the caller's purpose is passed on
    }
    assert {module: found for module, found in other.items() if found} == NAMED


@pytest.fixture(scope="module")
def drawn(called) -> dict[str, set[str]]:
    """Purposes under which every public function that takes a seed draws, with its usual arguments."""
    return {
        name: called(name).purposes
        for name, function in public_callables().items()
        if name in PUBLIC and "seed" in inspect.signature(function).parameters
    }


#: Functions whose draws come from counters, so that all that rank have the same.
COUNTED = {"RateModel.draw_rates", "rank_areas"}

#: One statistic under two names: of plain rates, and of standardised ones; a comparison holds a churn receipt, and a
#: ladder asks Gi* on each of its rungs. An effect of one phase is a difference-in-differences.
SAME = [
    {"global_moran", "rate_moran"},
    {"local_moran", "local_rate_moran"},
    {"churn_receipt", "compare"},
    {"local_gi_star", "scale_ladder"},
    {"compare_hotspots", "validate_ranking"},
    {"difference_in_differences", "phase_effects"},
]


@pytest.mark.filterwarnings("ignore")
def test_no_two_methods_share_a_purpose(drawn):
    assert {name for name, words in drawn.items() if not words} == COUNTED
    shared = {
        (one, other): drawn[one] & drawn[other]
        for one, other in combinations(sorted(drawn), 2)
        if drawn[one] & drawn[other] and {one, other} not in SAME
    }
    assert shared == {}
