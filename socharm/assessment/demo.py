"""The demo: the packaged sample's files, and a recipe for them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from socharm._words import number_of
from socharm.assessment.template import write_template
from socharm.errors import ParameterError, StoreError
from socharm.files.atomic import atomic_folder, store_faults
from socharm.files.plain import read_json
from socharm.sample.load import load_sample
from socharm.snapshot.store import hash_folder, verify_hashes

__all__ = ["DEMO_RECIPE", "write_demo"]

#: Recipe of the demo; its paths are those that ``Sample.write`` makes.
DEMO_RECIPE: Final = """\
# The demo: a fictional force area. Copy this file, and put your own paths in.

[assessment]
name = "demo"
period = ["2025-04", "2025-09"]
seed = 1
store = "store"

[areas]
path = "input/wards.gpkg"
code = "ward_code"
name = "ward_name"
parent = "district_name"
force = "force_name"
year = 2025
source = "socharm's fictional sample: no such force exists"

[incidents]
path = "input/police-uk"
source = "socharm's fictional sample: no such force exists"

[population]
path = "input/population_wards.csv"
code = "ward_code"
value = "residents"
kind = "resident"
date = "2024-06-30"
source = "socharm's fictional sample: no such force exists"

[deprivation]
path = "input/deprivation.csv"
lookup = "lsoa-to-ward"
population = "input/population_lsoas.csv"
population_code = "lsoa_code"
population_value = "residents"
source = "socharm's fictional sample: no such force exists"

[[lookups]]
name = "lsoa-to-ward"
path = "input/lookup.csv"
source = "lsoa_code"
target = "ward_code"

[weights]
scheme = "ons-css"
crosswalk = "police.uk"
allow_stale = true          # category averages of 2019-20 counts: the gap is printed beside the result

# What partners measured lies in input/ too. It holds mapped groups, which mark the whole run OFFICIAL-SENSITIVE:
# [[indicators]]
# path = "input/indicators.csv"
# code = "ward_code"
# dictionary = "input/dictionary.toml"
"""

#: Hashes of the demo's input, inside it.
_FILES: Final = "files.json"
_DOES_NOT_BELONG: Final = ": does not belong"


def write_demo(folder: str | os.PathLike[str]) -> Path:
    """Write the sample's files and the demo's recipe to a folder, unless they are there already.

    Returns
    -------
    Path
        The recipe. A recipe that is there already is kept, so that it can be edited and run again.

    Raises
    ------
    ParameterError
        `folder` is a file, or its ``input`` is not as the demo writes it: a part of it would give other ranks.
    StoreError
        The folder cannot be written to.
    """
    root = Path(folder)
    with store_faults(root):
        if root.exists() and not root.is_dir():
            raise ParameterError(f"`folder` is a file: {root.name!r}. Name a folder for the demo.")
        root.mkdir(parents=True, exist_ok=True)
        if (root / "input").exists():
            _require_whole(root / "input")
        else:
            with atomic_folder(root / "input") as begun:
                load_sample().write(begun)
                hashes = json.dumps(hash_folder(begun), indent=2) + "\n"
                (begun / _FILES).write_text(hashes, encoding="utf-8", newline="\n")
    recipe = root / "assessment.toml"
    return recipe if recipe.exists() else write_template(recipe, text=DEMO_RECIPE)


def _require_whole(folder: Path) -> None:
    """Stop unless every file of the input is there and as it was written."""
    try:
        expected = read_json(folder / _FILES)
    except StoreError:
        problems = [f"{_FILES}: missing or damaged"]
    else:
        # Programs that look at a map leave files beside it; only among the incidents does another file count.
        others = (f"{_FILES}: missing",) if not isinstance(expected, dict) else ()
        found = [] if others else verify_hashes(folder, expected)
        problems = [*others, *(line for line in found if _DOES_NOT_BELONG not in line or line.startswith("police-uk/"))]
    if problems:
        raise ParameterError(
            f"The folder {folder.name!r} of the demo is not as the demo writes it: "
            f"{number_of(len(problems), 'difference')}, such as {problems[:3]}. Move it away, or name another folder "
            "for the demo."
        )
