"""Write the keys of a recipe for the first look: run it after any change of a section's settings."""

from __future__ import annotations

import json
from pathlib import Path

from socharm.assessment.recipe_keys import keys_of_recipe

TARGET = Path(__file__).parents[1] / "socharm" / "assessment" / "recipe_keys.json"


def text() -> str:
    """The file as it must stand."""
    return json.dumps(keys_of_recipe(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
