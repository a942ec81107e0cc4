"""`run_many`: a folder of recipes on the processors of this machine, or on a cluster of Dask."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import pandas as pd

from socharm._arguments import check_fields, checked
from socharm._constraints import Between
from socharm._limits import MAX_MEMBERS, require_within
from socharm._words import number_of
from socharm.assessment.cluster import Cluster
from socharm.assessment.own_process import begin_process, close_process
from socharm.assessment.recipe_file import load_recipe
from socharm.assessment.run_worker import FAILED, run_one
from socharm.errors import ParameterError, SocharmError
from socharm.files.plain import read_toml

__all__ = ["ManyRuns", "run_many"]

Progress = Callable[[str, int, int], None]

_RECIPE: Final = "assessment.toml"
_COMMAND: Final = ("-m", "socharm.assessment.run_worker")
_COLUMNS: Final = ("path", "status", "attempts", "seconds", "snapshot", "error")
#: Exceptions by which Dask tells that a worker died while it ran a task.
_LOST: Final = ("KilledWorker", "CommClosedError", "WorkerDied")


@dataclass(frozen=True, eq=False)
class ManyRuns:
    """What became of each recipe.

    Attributes
    ----------
    table : DataFrame
        Index ``recipe`` (its name; of one that cannot be read the file's name, or its path where that stands twice),
        in the order that was given: ``path``, ``status`` (``"done"`` or ``"failed"``), ``attempts`` (more than one
        where workers died), ``seconds`` of the last attempt, ``snapshot`` (path of the folder, empty where it failed)
        and ``error`` (empty where it is done).
    """

    __made_by__ = ("run_many",)

    table: pd.DataFrame

    def __post_init__(self) -> None:
        """Whoever makes one by hand is told of a part of the wrong kind."""
        check_fields(self)

    @property
    def failed(self) -> pd.DataFrame:
        """The recipes that failed."""
        return self.table[self.table["status"] == FAILED]

    def __repr__(self) -> str:
        failed = len(self.failed)
        return f"<ManyRuns of {number_of(len(self.table), 'recipe')}: {len(self.table) - failed} done, {failed} failed>"


@checked
def run_many(
    recipes: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    client: Cluster | None = None,
    workers: Annotated[int, Between(1, 256)] = 2,
    retries: Annotated[int, Between(0, 10)] = 1,
    progress: Progress | None = None,
) -> ManyRuns:
    """Run many recipes, each as ``socharm run`` would: one snapshot for each, of the same bytes.

    Parameters
    ----------
    recipes : path or sequence of paths
        A folder: its files ``*.toml`` that have a section ``[assessment]``, and ``assessment.toml`` of each folder in
        it. Or the recipes themselves.
    client : distributed.Client, optional
        A cluster of Dask. Its workers must reach recipes, inputs and store by the same paths, and have this version of
        socharm. One recipe runs at a time in each process of it.
    workers : int
        Processes of this machine, where no client is given. Each needs the memory of one run.
    retries : int
        How often a recipe is begun again whose worker died (killed by the system, out of memory). A recipe that stops
        with an error is not begun again: it would stop again.
    progress : callable, optional
        Called as ``progress(recipe, number, of)`` when one begins: `number` less one are finished.

    Returns
    -------
    ManyRuns
        One row for each recipe. One that fails does not stop the others.

    Raises
    ------
    ParameterError
        No recipe is found, or two have one name, before any is run; or `client` is no client of Dask.

    Notes
    -----
    Several runs may write into one store at once: each snapshot is built under a name of its own and gets its final
    name under the store's lock. The identity of snapshots is promised as for `run_assessment`.
    """
    runs = _named([_Run.of(path) for path in _found(recipes)])
    watch = _Watch(len(runs), progress)
    waiting = [run for run in runs if not run.answer]
    if client is None:
        _run_here(waiting, min(workers, len(waiting)), retries, watch)
    else:
        _run_on(client, waiting, retries, watch)
    rows = [run.row() for run in runs]
    index = pd.Index([run.name for run in runs], name="recipe")
    return ManyRuns(pd.DataFrame(rows, columns=list(_COLUMNS), index=index))


@dataclass
class _Run:
    """One recipe, and what became of it."""

    path: Path
    name: str
    attempts: int = 0
    answer: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> _Run:
        try:
            return cls(path, load_recipe(path).name)
        except SocharmError as fault:
            error = f"{type(fault).__name__}: {fault}"
            return cls(path, path.name, answer={"status": FAILED, "snapshot": "", "error": error, "seconds": 0.0})

    def row(self) -> list[Any]:
        found = self.answer
        seconds = round(float(found["seconds"]), 3)
        return [str(self.path), found["status"], self.attempts, seconds, found["snapshot"], found["error"]]

    def lost(self, how: str, seconds: float) -> None:
        """The worker died: what stands if no attempt is left."""
        error = f"The worker that ran it died ({how}) in each of {number_of(self.attempts, 'attempt')}; most often its "
        error += "memory did not suffice. Run it alone, or with fewer workers."
        self.answer = {"status": FAILED, "snapshot": "", "error": error, "seconds": seconds}


@dataclass
class _Watch:
    """One view of all: how many are finished, and what begins."""

    of: int
    progress: Progress | None
    finished: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self, run: _Run) -> None:
        with self.lock:
            run.attempts += 1
            if self.progress is not None:
                self.progress(run.name, self.finished + 1, self.of)

    def ends(self) -> None:
        with self.lock:
            self.finished += 1


def _found(recipes: Any) -> list[Path]:
    given = [recipes] if isinstance(recipes, (str, os.PathLike)) else list(recipes)
    paths = [path for item in given for path in _of_folder(Path(item))]
    require_within(len(paths), MAX_MEMBERS, what="recipes", remedy="Run them in parts.")
    if not paths:
        raise ParameterError(
            "`recipes` holds no recipe. Name a folder of files *.toml with a section [assessment], or the files."
        )
    return paths


def _of_folder(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path.absolute()]
    own = [file for file in sorted(path.glob("*.toml")) if _is_recipe(file)]
    return [file.absolute() for file in (*own, *sorted(path.glob(f"*/{_RECIPE}")))]


def _is_recipe(file: Path) -> bool:
    """Whether a file is a recipe; one that cannot be read may be, and is told as failed."""
    try:
        return "assessment" in read_toml(file)
    except SocharmError:
        return True


def _named(runs: list[_Run]) -> list[_Run]:
    """The runs, each of a name of its own: files that cannot be read have no name that could be given to them."""
    files = Counter(run.name for run in runs)
    for run in runs:
        if run.answer and files[run.name] > 1:
            run.name = str(run.path)
    seen: dict[str, Path] = {}
    for run in runs:
        if run.name in seen:
            raise ParameterError(
                f"Two recipes have the name {run.name!r}: {_told(seen[run.name])} and {_told(run.path)}; their "
                "snapshots could not be told apart, and nothing was run. Give each its own `name` in [assessment]."
            )
        seen[run.name] = run.path
    return runs


def _told(path: Path) -> str:
    return f"{path.name!r} in {path.parent.name!r}"


# On this machine -----------------------------------------------------------------------------------


def _run_here(runs: Sequence[_Run], workers: int, retries: int, watch: _Watch) -> None:
    """Each thread keeps one process of its own, and another when that died; none outlives an interruption."""
    waiting: queue.SimpleQueue[_Run] = queue.SimpleQueue()
    for run in runs:
        waiting.put(run)
    faults: list[BaseException] = []
    stop = threading.Event()
    kept = [_Worker() for _ in range(workers)]

    def work(worker: _Worker) -> None:
        with worker:
            while not stop.is_set():
                try:
                    run = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    _attempts(run, worker, retries, watch)
                except BaseException as fault:  # noqa: BLE001 - told by the thread that waits
                    faults.append(fault)
                    stop.set()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in kept]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # a wait without end need not be woken by Ctrl-C
    finally:
        stop.set()
        for worker in kept:
            worker.stop()
    if faults:
        raise faults[0]


def _attempts(run: _Run, worker: _Worker, retries: int, watch: _Watch) -> None:
    for _ in range(retries + 1):
        if worker.is_stopped:
            return
        watch.begins(run)
        begun = time.perf_counter()
        answer = worker.ask(run.path)
        if answer is not None:
            run.answer = answer
            break
        run.lost(worker.ended, time.perf_counter() - begun)
    watch.ends()


class _Worker:
    """A process that runs recipes one after another; begun anew by any system, never forked from this one."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None
        self.ended = ""
        self.is_stopped = False
        self.lock = threading.Lock()

    def __enter__(self) -> _Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def stop(self) -> None:
        """End the process, whatever it does, and begin no other; what it has half-written it removes."""
        with self.lock:
            self.is_stopped = True
            if self.process is not None:
                self.process.terminate()

    def _end(self) -> int:
        """Its exit code; an open process ends when nothing more can be asked of it."""
        with self.lock:
            process, self.process = self.process, None
        if process is None:
            return 0
        return close_process(process)

    def _begun(self) -> subprocess.Popen[str] | None:
        """The process, begun where there is none; None once this is stopped."""
        with self.lock:
            if self.is_stopped:
                return None
            if self.process is None:
                self.process = begin_process(*_COMMAND, text=True)
            return self.process

    def ask(self, recipe: Path) -> dict[str, Any] | None:
        """What became of a recipe; None where the process ended without an answer."""
        process = self._begun()
        if process is None:
            return None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(str(recipe)) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:  # it ended before it read: Windows has a name of its own for a broken pipe
            line = ""
        if line.endswith("\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        code = self._end()
        self.ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        return None


# On a cluster --------------------------------------------------------------------------------------


def _run_on(client: Cluster, runs: Sequence[_Run], retries: int, watch: _Watch) -> None:
    from distributed import as_completed

    begun: dict[Any, tuple[_Run, float]] = {}

    def submit(run: _Run) -> Any:
        watch.begins(run)
        future = client.submit(run_one, str(run.path), pure=False, key=f"socharm-{run.name}-{os.urandom(4).hex()}")
        begun[future.key] = (run, time.perf_counter())
        return future

    waiting = as_completed([submit(run) for run in runs])
    for future in waiting:
        run, since = begun[future.key]
        error = future.exception()
        if error is None:
            run.answer = future.result()
        elif type(error).__name__ in _LOST:
            run.lost(type(error).__name__, time.perf_counter() - since)
            if run.attempts <= retries:
                waiting.add(submit(run))
                continue
        else:
            told = f"The cluster could not run it ({type(error).__name__}: {_first_line(error)})."
            run.answer = {"status": FAILED, "snapshot": "", "error": told, "seconds": time.perf_counter() - since}
        watch.ends()


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), "")
