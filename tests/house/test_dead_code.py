"""Nothing stands in the library that only tests use."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import socharm

PACKAGE = Path(socharm.__file__).parent
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
PUBLIC = set(re.findall(r"(\w+) as \1", "\n".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.pyi"))))
#: Used by what stands beside the library, or by Python itself.
BESIDE = {
    "w_optimize": "pysyncon calls it in the search for weights of predictors",
    "public_object": "docs/conf.py lists the reference by it",
    "make_force": "data/build_sample.py makes the packaged sample by it, and benchmarks other forces",
    "encode_force": "data/build_sample.py",
    "incident_points": "what a run counts, as a table: tests hold it against the counts and the harm of the same rows",
    "simulate_deficiency": "the published matrices, which colour differences go through, as somebody can look at them",
    "join_to": "of every result, for a table of the analyst's own",
    "keys_of_recipe": "docs/recipe_keys.py writes the packaged list of keys by it",
    "guidance": "tests hold the tables of plans against the paragraphs that they cite",
    "joined_words": "a list inside a sentence; documents call it",
    "day_words": "a day as people write it; documents call it",
}


def uses() -> Counter[str]:
    """How often each name is used: by name, as an attribute, or as a text of its own outside ``__all__``."""
    found: Counter[str] = Counter()
    for tree in TREES.values():
        lists = {
            id(part)
            for node in tree.body
            if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets)
            for part in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found[node.id] += 1
            elif isinstance(node, ast.Attribute):
                found[node.attr] += 1
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in lists:
                found.update({node.value: 1} if node.value.isidentifier() else {})
    templates = (p for p in PACKAGE.rglob("*") if p.suffix in (".j2", ".html", ".typ", ".js"))
    found.update(word for path in templates for word in re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return found


USED = uses()


def unused() -> set[str]:
    """Functions and classes that nothing in the library names; methods of public records are for users."""
    found = set()
    for tree in TREES.values():
        held = {
            id(part): outer.name for outer in ast.walk(tree) if isinstance(outer, ast.ClassDef) for part in outer.body
        }
        for node in ast.walk(tree):
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                continue
            name, owner = node.name, held.get(id(node), "")
            special = name.startswith("__") or name == "_repr_html_"
            if not special and name not in PUBLIC and owner not in PUBLIC and not USED[name]:
                found.add(name)
    return found


def constants() -> set[str]:
    """Constants of modules that nothing names."""
    return {
        line.target.id
        for tree in TREES.values()
        for line in tree.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        and not USED[line.target.id] and line.target.id not in PUBLIC
    }  # fmt: skip


def test_every_function_is_used_by_the_library():
    assert unused() - BESIDE.keys() == set()


def test_the_exceptions_are_functions_that_there_are():
    named = {node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert BESIDE.keys() <= named


def test_every_constant_is_used_by_the_library():
    assert constants() - {"SAMPLE_SEED"} == set()  # data/build_sample.py makes the packaged sample with it
