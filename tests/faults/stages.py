"""Where performances take place: clusters, several at a time."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import shutil
import signal
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Iterator, Optional, Sequence

from scripts.ending import end_on
from tests.faults.cases import Case, Reached
from tests.faults.faulty_performance import FaultyPerformance
from tests.faults.performance import Performance
from tests.faults.scenarios import SCENARIOS
from tests.faults.testbed import Testbed
from tests.harness.places import PROGRAMS

# A case, or the name of a scenario, which is played without a fault.
Task = Case | str


@dataclass
class Result:
    name: str
    seconds: float
    # Why it failed; empty when it did not.
    failure: str = ""
    # Of a scenario.
    trace: list[Reached] = field(default_factory=list)


class Stage:
    """A testbed that is made anew when a performance has failed on it."""

    def __init__(self, logs: Path):
        """`logs`: where those of failures go."""
        self._logs = logs
        self._stack = contextlib.ExitStack()
        self._testbed: Optional[Testbed] = None

    def perform(self, task: Task) -> Result:
        begin = time.monotonic()
        result = Result(task if isinstance(task, str) else task.name, 0)
        try:
            result.trace = self._perform(task, result.name)
        except Exception as failure:  # pylint: disable=broad-except
            result.failure = f"{failure or type(failure).__name__}"
        result.seconds = time.monotonic() - begin
        return result

    def close(self) -> None:
        self._testbed = None
        self._stack.close()

    def _perform(self, task: Task, name: str) -> list[Reached]:
        if self._testbed is None:
            self._testbed = self._stack.enter_context(Testbed(PROGRAMS))
        state = self._testbed.cluster.directory
        sizes = {log: log.stat().st_size for log in (state / "logs").glob("*.log")}
        performance = _performance_of(task, self._testbed)
        try:
            return performance.perform()
        except Exception:
            self._keep(name, state, sizes, f"{performance.request}\n{traceback.format_exc()}")
            self.close()
            raise

    def _keep(self, name: str, state: Path, sizes: dict[Path, int], text: str) -> None:
        """What it logged, and what it left."""
        directory = self._logs / name.replace("/", "_")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        (directory / "what-happened.txt").write_text(text, encoding="utf-8")
        for file, size in sizes.items():
            with open(file, "rb") as log:
                log.seek(size)
                (directory / file.name).write_bytes(log.read())
        for file in state.glob("vbs.db*"):
            shutil.copy(file, directory)


def _performance_of(task: Task, testbed: Testbed) -> Performance:
    if isinstance(task, str):
        return Performance(testbed, SCENARIOS[task])
    return FaultyPerformance(testbed, task)


class Ensemble:
    """Several stages, each in a process of its own, as a context."""

    def __init__(self, count: int, logs: Path):
        context = multiprocessing.get_context("spawn")
        self._tasks: Queue[Optional[Task]] = context.Queue()
        self._results: Queue[Result] = context.Queue()
        work = functools.partial(_work, logs, self._tasks, self._results)
        self._processes = [context.Process(target=work) for _ in range(count)]
        for process in self._processes:
            process.start()

    def __enter__(self) -> "Ensemble":
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *_: object) -> None:
        for process in self._processes:
            if kind is None:
                self._tasks.put(None)
            else:
                process.terminate()
        for process in self._processes:
            process.join()

    def perform(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """In the order in which they end."""
        for task in tasks:
            self._tasks.put(task)
        for _ in tasks:
            yield self._results.get()


def _work(logs: Path, tasks: Queue[Optional[Task]], results: Queue[Result]) -> None:
    end_on(signal.SIGTERM)
    stage = Stage(logs)
    try:
        while (task := tasks.get()) is not None:
            results.put(stage.perform(task))
    finally:
        stage.close()
