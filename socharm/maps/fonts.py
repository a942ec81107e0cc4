"""Fonts that come with the drawing library, so that documents look the same on every machine."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

__all__ = ["font_folder"]


def font_folder() -> Path:
    """Folder of the DejaVu fonts.

    Examples
    --------
    >>> (font_folder() / "DejaVuSans.ttf").is_file()
    True
    """
    return Path(mpl.get_data_path()) / "fonts" / "ttf"
