"""One picture drawn: here, or by ``python -m socharm.assessment.drawing``, a process that is handed one after another.

Orders and answers are pickles in pipes that only this process and the one that began it hold.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import Popen
from typing import Any, BinaryIO, Final

from socharm._session import default_options
from socharm.assessment.steps._step import Drawing

__all__ = ["Drawn", "PictureOrder", "ask", "drawn", "serve"]

#: Dots per inch of the pictures.
_DOTS: Final = 150


@dataclass(frozen=True, kw_only=True, eq=False)
class PictureOrder:
    """One picture to be drawn.

    Attributes
    ----------
    file : str
        Name that it is to have.
    draw : callable
        Of a step: gives axes of `record` on `drawing`, or None where there is nothing to show.
    record : object
    drawing : Drawing
    """

    file: str
    draw: Callable[[Any, Drawing], Any]
    record: Any
    drawing: Drawing


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture, and what was warned of while it was drawn.

    Attributes
    ----------
    png : bytes or None
        None where there was nothing to show.
    warnings : tuple
        Category and text of each.
    """

    png: bytes | None
    warnings: tuple[tuple[type[Warning], str], ...]


def drawn(order: PictureOrder) -> Drawn:
    """Draw one picture; no window system is used, and figures are not registered with pyplot."""
    from socharm.maps.furniture import figure_bytes
    from socharm.maps.style import dots_per_inch

    with warnings.catch_warnings(record=True) as caught, default_options():
        warnings.simplefilter("always")
        with dots_per_inch(_DOTS):
            axes = order.draw(order.record, order.drawing)
        png = None if axes is None else figure_bytes(axes, _DOTS)
    return Drawn(png=png, warnings=tuple((each.category, str(each.message)) for each in caught))


def ask(process: Popen[bytes], order: PictureOrder) -> Drawn:
    """Have another process draw a picture.

    Raises
    ------
    Exception
        Of any kind, where it cannot be handed over, or the process ended or met an error: whoever asks draws it then.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    pickle.dump(order, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
    process.stdin.flush()
    answer: Drawn = pickle.load(process.stdout)
    return answer


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Draw what is ordered, one after another, until nothing more is; an error ends the process."""
    from socharm.assessment.steps.order import all_steps
    from socharm.maps import furniture, map_page  # loaded before the first order comes

    assert all_steps()
    assert furniture
    assert map_page
    # What was loaded stays to the end; pictures leave circles of objects that are given back as they come.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    while True:
        try:
            order = pickle.load(orders)
        except EOFError:
            return
        pickle.dump(drawn(order), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    # Who began this process ends it; Ctrl-C is for that other one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("MPLBACKEND", "Agg")
    # What libraries print must not stand between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from socharm.assessment import drawing  # this file under its own name, by which orders and answers are known

    drawing.serve(sys.stdin.buffer, answers)
