"""Letters that our own typeface lacks come from one that matplotlib brings along."""

from __future__ import annotations

from pathlib import Path

__all__ = ["fallback_folder"]


def fallback_folder() -> Path:
    """Folder of the DejaVu fonts, which stand in for signs that `socharm._typeface.TYPEFACE` does not have.

    Examples
    --------
    >>> (fallback_folder() / "DejaVuSans.ttf").is_file()
    True
    """
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"
