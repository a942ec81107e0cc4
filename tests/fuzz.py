"""The whole fuzz: every argument of every public function, replaced by every hostile value, in processes that may die.

``make fuzz`` runs it and prints a table; ``python tests/fuzz.py rank_areas`` runs one function.
"""

from __future__ import annotations

import argparse
import os
import queue
import resource
import select
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATIENCE = 20.0  # seconds of one call; after that it hangs
WARM_UP = 240.0
MEMORY = 12 << 30
FINE = ("result", "told")


def work() -> None:
    """Answer one call for each line of the standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.insert(0, str(HERE))
    import matplotlib as mpl

    mpl.use("Agg")
    from fuzz_cases import all_inputs, make_world, outcome

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints goes elsewhere
    with tempfile.TemporaryDirectory(prefix="socharm-fuzz-") as folder:
        world = make_world(Path(folder))
        here = Path(folder) / "a" / "b" / "c" / "d"
        here.mkdir(parents=True)
        os.chdir(here)
        answers.write("\t".join("/".join(job) for job in all_inputs(world)).replace("\n", " ") + "\n")
        for line in sys.stdin:
            answers.write(outcome(world, *line.rstrip("\n").split("\t")) + "\n")


class Worker:
    """A process with a world of its own; made anew when a call hangs or kills it."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).resolve()), "--worker"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1
        )
        self.inputs = [tuple(job.split("/", 2)) for job in self.read(WARM_UP).split("\t")]

    def read(self, seconds: float) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            return "hang"
        line = self.process.stdout.readline()
        return line.rstrip("\n") if line else f"killed (exit code {self.process.wait()})"

    def ask(self, job: tuple[str, ...]) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write("\t".join(job) + "\n")
        self.process.stdin.flush()
        found = self.read(PATIENCE)
        if found == "hang" or found.startswith("killed"):
            self.stop()
            self.start()
        return found

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def run(workers: int, only: set[str]) -> dict[tuple[str, ...], str]:
    """Outcome of every call; each failure is printed as it is found."""
    jobs: queue.Queue[tuple[str, ...]] = queue.Queue()
    first = Worker()
    for job in first.inputs:
        if not only or job[0] in only:
            jobs.put(job)
    found: dict[tuple[str, ...], str] = {}

    def drain(worker: Worker) -> None:
        while True:
            try:
                job = jobs.get_nowait()
            except queue.Empty:
                return worker.stop()
            found[job] = worker.ask(job)
            if kind(found[job]) not in FINE:
                print(f"{job[0]}({job[1]}={job[2]}): {found[job]}", flush=True)

    threads = [threading.Thread(target=drain, args=(first,))]
    threads += [threading.Thread(target=lambda: drain(Worker())) for _ in range(workers - 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def kind(outcome: str) -> str:
    return outcome.partition(":")[0].partition(" (")[0]


def report(found: dict[tuple[str, ...], str]) -> int:
    """Print the table; 0 where nothing failed."""
    counts = Counter(kind(outcome) for outcome in found.values())
    print(f"\nfunctions {len({job[0] for job in found})}, inputs {len(found)}")
    for name, count in counts.most_common():
        print(f"  {name:16} {count:7,}")
    return int(any(kind(outcome) not in FINE for outcome in found.values()))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("functions", nargs="*", help="names of public functions; all by default")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        work()
        return 0
    return report(run(chosen.workers, set(chosen.functions)))


if __name__ == "__main__":
    sys.exit(main())
