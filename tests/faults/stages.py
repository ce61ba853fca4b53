"""Where performances take place: clusters, several at a time."""

import contextlib
import functools
import multiprocessing
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, Optional, Union

import environment
from cases import Case, Reached
from performance import Performance
from scenarios import SCENARIOS
from testbed import Testbed

# A case, or the name of a scenario, which is played without a fault.
Task = Union[Case, str]


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
            if isinstance(task, str):
                self._play(task, lambda performance: result.trace.extend(performance.trace()), result.name)
            else:
                self._play(task.scenario, lambda performance: performance.run(task), result.name)
        except Exception as failure:  # pylint: disable=broad-except
            result.failure = f"{failure or type(failure).__name__}"
        result.seconds = time.monotonic() - begin
        return result

    def close(self) -> None:
        self._testbed = None
        self._stack.close()

    def _play(self, scenario: str, play, name: str) -> None:
        if self._testbed is None:
            self._testbed = self._stack.enter_context(Testbed(environment.PROGRAMS))
        sizes = {log: log.stat().st_size for log in self._log_files()}
        performance = Performance(self._testbed, SCENARIOS[scenario])
        try:
            play(performance)
        except Exception:
            self._keep(name, sizes, f"{performance.request}\n{traceback.format_exc()}")
            self.close()
            raise

    def _log_files(self) -> list[Path]:
        return [file for file in (self._testbed.cluster.directory / "logs").iterdir() if file.suffix == ".log"]

    def _keep(self, name: str, sizes: dict[Path, int], text: str) -> None:
        """What it logged, and what it left."""
        directory = self._logs / name.replace("/", "_")
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        (directory / "what-happened.txt").write_text(text, encoding="utf-8")
        for file, size in sizes.items():
            with open(file, "rb") as log:
                log.seek(size)
                (directory / file.name).write_bytes(log.read())
        for file in self._testbed.cluster.directory.glob("vbs.db*"):
            shutil.copy(file, directory)


class Ensemble:
    """Several stages, each in a process of its own, as a context."""

    def __init__(self, count: int, logs: Path):
        context = multiprocessing.get_context("spawn")
        self._tasks, self._results = context.Queue(), context.Queue()
        work = functools.partial(_work, logs, self._tasks, self._results)
        self._processes = [context.Process(target=work) for _ in range(count)]
        for process in self._processes:
            process.start()

    def __enter__(self) -> "Ensemble":
        return self

    def __exit__(self, kind, *_) -> None:
        for process in self._processes:
            if kind is None:
                self._tasks.put(None)
            else:
                process.terminate()
        for process in self._processes:
            process.join()

    def perform(self, tasks: list[Task]) -> Iterator[Result]:
        """In the order in which they end."""
        for task in tasks:
            self._tasks.put(task)
        for _ in tasks:
            yield self._results.get()


def end_on_request() -> None:
    """SIGTERM ends it as Ctrl-C does: what was started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _work(logs: Path, tasks, results) -> None:
    end_on_request()
    stage = Stage(logs)
    try:
        for task in iter(tasks.get, None):
            results.put(stage.perform(task))
    finally:
        stage.close()
