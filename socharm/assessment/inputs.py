"""Every input file of a run, with its hash and the account of its rows."""

from __future__ import annotations

from socharm.assessment.manifest import InputFile, input_files
from socharm.assessment.recipe_file import shown_path
from socharm.assessment.steps._step import Results
from socharm.assessment.steps.order import all_steps
from socharm.snapshot.recipe import Recipe

__all__ = ["files_of"]


def files_of(recipe: Recipe, results: Results) -> list[InputFile]:
    """Every file that the steps read."""
    return [
        input_files(file.role, recipe.resolve(file.path), shown=shown_path(file.path), rows=file.rows)
        for step in all_steps()
        if step.files is not None
        for file in step.files(recipe, results[step])
    ]
