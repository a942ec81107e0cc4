"""One recipe run for others: in a process that is handed one recipe after another, or on a worker of a cluster."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

from socharm.errors import SocharmError

__all__ = ["DONE", "FAILED", "run_one", "serve"]

DONE: Final = "done"
FAILED: Final = "failed"
_LOGGER: Final = logging.getLogger("socharm")
#: Warnings of a run are gathered for its manifest: one run at a time in a process.
_ALONE: Final = threading.Lock()


def run_one(recipe: str) -> dict[str, Any]:
    """Run a recipe, as ``socharm run`` does.

    Parameters
    ----------
    recipe : str
        Path of an ``assessment.toml``.

    Returns
    -------
    dict
        ``status``, ``seconds``, and ``snapshot`` (path of the folder) or ``error`` (its kind and text).
    """
    # Pictures are written to files: no window system is asked for.
    os.environ.setdefault("MPLBACKEND", "Agg")
    from socharm.assessment.run import run_assessment

    with _ALONE:
        begun = time.perf_counter()
        try:
            found = {"status": DONE, "snapshot": str(run_assessment(recipe).path), "error": ""}
        except SocharmError as fault:
            found = {"status": FAILED, "snapshot": "", "error": f"{type(fault).__name__}: {fault}"}
        except Exception as fault:
            _LOGGER.debug("unforeseen", exc_info=fault)
            at = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{Path(at.filename).name}, line {at.lineno}"
            told = f"Something unforeseen went wrong ({type(fault).__name__} in {where}). Run it alone to see more."
            found = {"status": FAILED, "snapshot": "", "error": told}
        return {**found, "seconds": time.perf_counter() - begun}


def serve(orders: TextIO, answers: TextIO) -> None:
    """Run the recipes that are named line by line, and answer each with a line of JSON."""
    for line in orders:
        answers.write(json.dumps(run_one(json.loads(line))) + "\n")
        answers.flush()


def _end(*_: object) -> NoReturn:
    raise SystemExit(1)


if __name__ == "__main__":
    # Who began this process ends it: a run then removes what it has half-written. Ctrl-C is for that other one.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What libraries print must not stand between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin, answers)
