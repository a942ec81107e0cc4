"""Read a workbook in a process of its own: ``python -P _workbook_child.py FILE [SHEET …]``.

A broken file can make the reader ask for more memory than there is (a table of shared strings that announces 10^14 of
them), which ends its whole process without an exception. Only this one ends then. To standard output goes what the
sheets are called, and the cells of the named ones; of the visible ones where none is named.
"""

from __future__ import annotations

import pickle
import sys

__all__ = ["main"]

#: Bytes this process may use, where the system knows such a limit.
MEMORY = 8 << 30


def main(path: str, *names: str) -> None:
    """Write the sheets of a workbook to standard output, or the name of what went wrong."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (ImportError, ValueError, OSError):  # not on this system
        pass
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(path)
        pages = [
            (page.name, page.typ == calamine.SheetTypeEnum.WorkSheet, page.visible == calamine.SheetVisibleEnum.Visible)
            for page in book.sheets_metadata
        ]
        wanted = names or [name for name, cells, visible in pages if cells and visible]
        held = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in wanted}
        answer: object = (pages, held)
    except BaseException as fault:  # noqa: BLE001 - a panic of the reader is no Exception
        answer = type(fault).__name__
    sys.stdout.buffer.write(pickle.dumps(answer, protocol=5))


if __name__ == "__main__":
    main(*sys.argv[1:])
