"""Progress on the error stream, where that is a terminal: output that is kept or piped stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from socharm.cli.console import has_colours, say, shown

__all__ = ["Progress", "steps", "working"]

Progress = Callable[[str, int, int], None]


@contextmanager
def steps(*, visible: bool) -> Iterator[Progress | None]:
    """A bar that is told of each step.

    Parameters
    ----------
    visible : bool
        None is given where there is nothing to show it on.
    """
    if not visible or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def step(what: str, number: int, of: int) -> None:
            bar.update(task, description=shown(what), completed=number - 1, total=of)

        yield step


@contextmanager
def working(what: str, *, visible: bool) -> Iterator[None]:
    """A line that moves while one thing is done whose steps are not known.

    Parameters
    ----------
    what : str
        What is done, such as ``"reading the snapshot"``.
    visible : bool
    """
    if not visible or not sys.stderr.isatty():
        yield
        return
    if not has_colours(error=True):  # a terminal where nothing is to move either
        say(what, error=True)
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(shown(what)):
        yield
