"""Lines of the guides, and what they leave behind when they are run."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

from socharm.errors import SocharmWarning


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def ran(code: list[str], name: str) -> dict[str, object]:
    names: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SocharmWarning)
        for block in code:
            exec(compile(block, name, "exec"), names)
    return names
