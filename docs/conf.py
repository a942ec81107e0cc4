"""Sphinx configuration: everything is built from the repository, without the network."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import socharm
from socharm._packages import PACKAGES, public_names, public_object

project = "socharm"
author = "The socharm developers"
copyright = "the socharm developers"
version = release = socharm.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_nb"]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
# The first one is what autosummary writes its pages as: they are reStructuredText.
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}

autodoc_typehints = "none"
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the tests execute the notebooks

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = f"socharm {release}"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
html_show_sourcelink = False
html_copy_source = False
html_last_updated_fmt = None

HERE = Path(__file__).resolve().parent
GROUPS = {
    "Functions": lambda value: inspect.isfunction(value),
    "Records": lambda value: inspect.isclass(value) and not issubclass(value, Exception),
    "Errors and warnings": lambda value: inspect.isclass(value) and issubclass(value, Exception),
}


def write_api_page(folder: Path) -> None:
    """List every public name by kind; autosummary makes a page for each."""
    lines = ["Public names", "============", ""]
    for module in ("socharm", *(f"socharm.{package}" for package in PACKAGES)):
        values = {name: public_object(name) for name, home in public_names().items() if home == module}
        lines += [module, "-" * len(module), "", str(importlib.import_module(module).__doc__).splitlines()[0], ""]
        for title, belongs in GROUPS.items():
            names = [f"   {name}" for name, value in values.items() if belongs(value)]
            if names:
                lines += [f"**{title}**", "", f".. currentmodule:: {module}", ""]
                lines += [".. autosummary::", "   :toctree: names", "", *names, ""]
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines)
    page = folder / "index.rst"
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")


def link_notebooks(folder: Path) -> None:
    """Bring the notebooks of the repository into the documentation's tree."""
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        (folder / notebook.name).write_bytes(notebook.read_bytes())


write_api_page(HERE / "api" / "generated")
link_notebooks(HERE / "_notebooks")


def _formula(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers draw themselves: the pages load nothing from elsewhere."""
    block = isinstance(node, nodes.math_block)
    latex = re.sub(r"\\tag\{[^}]*\}|\\label\{[^}]*\}", "", node.astext()).strip()
    formula = convert(latex, display="block" if block else "inline")
    translator.body.append(
        f'<div class="formula" style="margin: 1em 2em; overflow-x: auto">{formula}</div>' if block else formula
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Formulas without a script from a public server."""
    app.add_html_math_renderer("mathml", inline_renderers=(_formula, None), block_renderers=(_formula, None))
