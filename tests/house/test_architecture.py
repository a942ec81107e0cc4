"""Imports go one way, up the floors; heavy libraries stay on the floors that need them."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from floors import FLOORS, PACKAGE

#: Floors whose inputs are tables only: they may not meet on the way, though one stands above the other.
STRANGERS = {
    ("ranking", "hotspots"),
    ("rescoring", "evaluation"),
    ("evaluation", "rescoring"),
    ("signals", "rescoring"),
    ("rescoring", "signals"),
    ("signals", "evaluation"),
    ("evaluation", "signals"),
    ("documents", "dashboard"),
    ("dashboard", "documents"),
}

GEOMETRY = ("files", "io", "sample", "overlay", "hotspots", "maps", "dashboard", "assessment")

EVALUATED = tuple(
    f"evaluation.{name}"
    for name in (
        "hotspot_comparison",
        "ground",
        "placebo_sites",
        "spillover",
        "ring_areas",
        "donors",
        "detectable_change",
        "evaluation_design",
        "guarded_test",
        "selection_guard",
    )
)

#: Library -> parts of the package that may import it, as prefixes of module names.
HOMES = {
    "matplotlib": ("maps",),
    "bokeh": ("dashboard",),
    "docx": ("documents",),
    "pptx": ("documents",),
    "jinja2": ("documents",),
    "markdown_it": ("documents",),
    "pypandoc": ("documents",),
    "typst": ("documents",),
    "contextily": ("maps",),
    "polars": ("io.incidents",),
    "narwhals": ("io",),
    "numba": ("_jit", "stats"),
    "typer": ("cli",),
    "rich": ("cli",),
    # The boundaries of a stored assessment; the areas that methods are compared on, and sites lie among, and are drawn.
    "geopandas": (*GEOMETRY, "snapshot", *EVALUATED, "reports.evaluation_figures", "reports.evaluation_report"),
    "shapely": GEOMETRY,
    "pyogrio": GEOMETRY,
    "pyproj": GEOMETRY,
}

#: Lines of a module, and of a function without its docstring.
MAX_LINES = 400
MAX_FUNCTION = 80


def module_name(path: Path, package: Path) -> str:
    """`io.incidents.count` for ``socharm/io/incidents/count.py``; a package's ``__init__`` is its name."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def modules(package: Path) -> dict[str, Path]:
    return {module_name(path, package): path for path in sorted(package.rglob("*.py"))}


def imported(path: Path, package: Path) -> Iterator[tuple[str, int]]:
    """Every absolute name a file imports, wherever the import stands, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                folder = ("socharm", *path.relative_to(package).parts[:-1])
                base = ".".join([*folder[: len(folder) - node.level + 1], *filter(None, [node.module])])
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def floor_of(module: str) -> str:
    return module.split(".")[0]


def upward_imports(package: Path) -> list[str]:
    """Imports of a higher floor, or between floors that may not meet."""
    found = []
    for name, path in modules(package).items():
        here = floor_of(name)
        for target, line in imported(path, package):
            if target.split(".")[0] != "socharm" or here in ("__init__", "__main__"):
                continue
            there = [*target.split("."), "__init__"][1]
            there = there if there in FLOORS else "__init__"  # `from socharm import read_boundaries`
            if there == here and here != "__init__":
                continue
            if FLOORS[there] > FLOORS[here] or (here, there) in STRANGERS:
                found.append(f"{name}:{line} imports {target}")
    return found


def misplaced_libraries(package: Path) -> list[str]:
    """Imports of a library outside the floors that may use it."""
    found = []
    for name, path in modules(package).items():
        for target, line in imported(path, package):
            homes = HOMES.get(target.split(".")[0])
            if homes is not None and not any(name == home or name.startswith(f"{home}.") for home in homes):
                found.append(f"{name}:{line} imports {target}")
    return found


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    """Every module that one imports, directly or through others."""
    found: set[str] = set()
    waiting = set(graph[start])
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= graph.get(name, set()) - found
    return found


def cycles(package: Path) -> list[str]:
    """Modules that import themselves through others, wherever the imports stand: for types only, inside functions."""
    known = modules(package)
    graph = {}
    for name, path in known.items():
        if name == "__init__":
            continue
        edges = set()
        for target, _ in imported(path, package):
            inside = target.removeprefix("socharm.")
            edges |= {part for part in (inside, inside.rpartition(".")[0]) if part in known and target != inside}
        graph[name] = edges - {name, "__init__"}
    return sorted(name for name in graph if name in reached(name, graph))


def test_every_module_stands_on_a_floor():
    assert {floor_of(name) for name in modules(PACKAGE)} <= set(FLOORS)


def test_imports_go_down():
    assert upward_imports(PACKAGE) == []


def test_libraries_stay_on_their_floors():
    assert misplaced_libraries(PACKAGE) == []


def test_no_module_waits_for_itself():
    assert cycles(PACKAGE) == []


def test_modules_fit_in_a_head():
    long = {name: n for name, path in modules(PACKAGE).items() if (n := len(path.read_text().splitlines())) > MAX_LINES}
    assert long == {}


def lines_of(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    said = node.body[0].end_lineno - node.body[0].lineno + 1 if ast.get_docstring(node) else 0
    return node.end_lineno - node.lineno + 1 - said


def test_functions_fit_in_a_head():
    lengths = {
        f"{name}.{node.name}": lines_of(node)
        for name, path in modules(PACKAGE).items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION} == {}
    assert statistics.median(lengths.values()) <= 9
    assert sorted(lengths.values())[len(lengths) * 9 // 10] <= 26


def test_no_module_gathers_everything():
    assert not {name for name in modules(PACKAGE) if name.split(".")[-1] in {"utils", "helpers", "common", "misc"}}


def test_every_module_says_what_it_offers():
    silent = [
        name
        for name, path in modules(PACKAGE).items()
        if path.name != "__init__.py" and "__all__" not in path.read_text(encoding="utf-8")
    ]
    assert silent == []


def test_package_doors_are_empty():
    """A package's ``__init__`` imports nothing at its top, so that reaching one module does not load its neighbours."""
    for name, path in modules(PACKAGE).items():
        if path.name == "__init__.py" and name != "__init__":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            loaded = [
                alias.name for node in body if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
            ]
            assert set(loaded) <= {"attach_names"}, name


@pytest.mark.parametrize(
    ("floor", "line"),
    [
        ("io", "from socharm.ranking.ranks import rank_areas"),
        ("errors", "import socharm._about"),
        ("severity", "def later():\n    from socharm.maps import heat"),
        (
            "stats",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from socharm.io.weights import WeightScheme",
        ),
        ("ranking", "from socharm.hotspots.points.density import kernel_density"),
        ("evaluation", "import socharm.rescoring.cells"),
        ("maps", "import socharm as sh"),
        ("maps", "from socharm import run_assessment"),
        ("io", "from ..cli import main"),
    ],
)
def test_an_upward_import_is_seen(tmp_path, floor, line):
    planted = tmp_path / "socharm" / floor / "planted.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(line)
    assert upward_imports(tmp_path / "socharm")


@pytest.mark.parametrize(
    ("floor", "line"),
    [
        ("severity", "def draw():\n    import matplotlib.pyplot as plt"),
        ("ranking", "import geopandas as gpd"),
        ("assessment", "from polars import col"),
        ("profiles", "import contextily"),
    ],
)
def test_a_misplaced_library_is_seen(tmp_path, floor, line):
    planted = tmp_path / "socharm" / floor / "planted.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(line)
    assert misplaced_libraries(tmp_path / "socharm")


@pytest.mark.parametrize(
    "back",
    [
        "from socharm.io import one",
        "def b():\n    from socharm.io import one",
        "def b():\n    import socharm.io.one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from socharm.io.one import a",
        "from .one import a",
        "from socharm.io.three import c",
    ],
)
def test_a_circle_is_seen(tmp_path, back):
    folder = tmp_path / "socharm" / "io"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("from socharm.io.two import b")
    (folder / "two.py").write_text(back)
    (folder / "three.py").write_text("from socharm.io.one import a")
    (folder / "user.py").write_text("from socharm.io.one import a")
    assert cycles(tmp_path / "socharm") == (
        ["io.one", "io.three", "io.two"] if "three" in back else ["io.one", "io.two"]
    )


def test_a_downward_import_is_left_alone(tmp_path):
    planted = tmp_path / "socharm" / "ranking" / "planted.py"
    planted.parent.mkdir(parents=True)
    planted.write_text("from socharm.severity.index import SeverityIndex\nfrom socharm.errors import SchemaError")
    assert upward_imports(tmp_path / "socharm") == []
