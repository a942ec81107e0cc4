"""Settings of the documentation that decide whether its pages can be read."""

from __future__ import annotations

import ast


def test_pages_of_public_names_are_written_as_what_they_are(repository):
    """autosummary writes its pages with the first suffix: as Markdown they would show their directives as text."""
    tree = ast.parse((repository / "docs/conf.py").read_text(encoding="utf-8"))
    stated = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "source_suffix"
    ]
    assert len(stated) == 1
    assert next(iter(ast.literal_eval(stated[0]).items())) == (".rst", "restructuredtext")
