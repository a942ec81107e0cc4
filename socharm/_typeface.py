"""The typeface that comes with the package, so that pictures, pages and documents look the same on every machine."""

from __future__ import annotations

import base64
import functools
from pathlib import Path
from typing import Final

__all__ = ["TYPEFACE", "typeface_css", "typeface_files", "typeface_folder"]

#: Its name in a style sheet, in Typst and in matplotlib. Its figures are all of one width, so columns of numbers stand.
TYPEFACE: Final = "Source Sans 3"

#: Files of each style: ending of the file name, weight and slope in a style sheet.
_STYLES: Final = {
    "regular": ("Regular", 400, "normal"),
    "bold": ("Bold", 700, "normal"),
    "italic": ("It", 400, "italic"),
}


def typeface_folder() -> Path:
    """Folder of the files, as TrueType for drawing and as WOFF2 for pages, with their licence beside them.

    Examples
    --------
    >>> (typeface_folder() / "LICENCE.md").is_file()
    True
    """
    return Path(__file__).resolve().parent / "fonts"


def typeface_files() -> tuple[Path, ...]:
    """The TrueType files: regular, bold and italic.

    Examples
    --------
    >>> [path.name for path in typeface_files()]
    ['SourceSans3-Regular.ttf', 'SourceSans3-Bold.ttf', 'SourceSans3-It.ttf']
    """
    return tuple(typeface_folder() / f"SourceSans3-{end}.ttf" for end, _, _ in _STYLES.values())


@functools.cache
def typeface_css(styles: tuple[str, ...] = ("regular", "bold")) -> str:
    """Rules of a style sheet that hold the files themselves, for a page that fetches nothing.

    A page with a content security policy has to allow ``font-src data:``.

    Parameters
    ----------
    styles : tuple of {"regular", "bold", "italic"}
        Each adds about 150 kB to the page.

    Examples
    --------
    >>> typeface_css(("bold",))[:87]
    '@font-face{font-family:"Source Sans 3";font-weight:700;font-style:normal;src:url(data:f'
    """
    rules = []
    for style in styles:
        end, weight, slope = _STYLES[style]
        data = base64.b64encode((typeface_folder() / f"SourceSans3-{end}.woff2").read_bytes()).decode("ascii")
        source = f'url(data:font/woff2;base64,{data}) format("woff2")'
        rules.append(f'@font-face{{font-family:"{TYPEFACE}";font-weight:{weight};font-style:{slope};src:{source}}}')
    return "\n".join(rules)
