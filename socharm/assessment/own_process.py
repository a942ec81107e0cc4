"""Processes that this package begins: anew on any system, never forked from one that has threads."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["begin_process", "close_process"]


def begin_process(*arguments: str, text: bool) -> subprocess.Popen[Any]:
    """Begin a process of this Python that is asked and answers through pipes.

    Parameters
    ----------
    *arguments : str
        Of Python, such as ``-m`` and a module of this package. What it says on its error stream is not kept.
    text : bool
        Whether the pipes carry text; bytes otherwise.

    Returns
    -------
    subprocess.Popen

    Raises
    ------
    OSError
        The system begins no process, or does not know where Python is.
    """
    if not sys.executable:
        raise FileNotFoundError("Python")
    # The folder a command is typed in is no place for modules; the one that this package stands in is.
    home = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.getenv("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-P", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=text,
        env={**os.environ, "PYTHONPATH": home},
    )


def close_process(process: subprocess.Popen[Any]) -> int:
    """Ask nothing more of a process, wait for its end, and give its exit code."""
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):  # it ended before it read what was still to be written
            if stream is not None:
                stream.close()
    return process.wait()
