"""Runs the tests of this package on labs of several profiles, some of them at the same time. `scripts/lab test` starts
it, and says more."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Iterator

from scripts.ending import end_on, end_with
from scripts.localcluster.processes import uninterrupted
from tests.harness.places import REPOSITORY

_POLL_SECONDS = 0.2


def run(profiles: list[str], build: Path, jobs: int) -> list[str]:
    """Runs the tests on a lab of each profile, of at most `jobs` at a time, and shows what they say. `build`: whose
    programs. Returns the names of the profiles that failed. Nothing runs on after an exception, such as Ctrl-C."""
    waiting = list(profiles)
    running: list[_Run] = []
    failed: list[str] = []
    with _ended_at_last(running):
        while waiting or running:
            if waiting and len(running) < jobs:
                running.append(_Run(waiting.pop(0), build))
                continue
            ended = [each for each in running if each.program.poll() is not None]
            for each in ended:
                running.remove(each)
                if not each.report():
                    failed.append(each.name)
            if not ended:
                time.sleep(_POLL_SECONDS)
    return failed


class _Run:
    """The tests on one profile. Each line that they print is shown with the profile's name and the seconds since their
    begin."""

    def __init__(self, profile: str, build: Path):
        self.name = profile
        self._begin = time.monotonic()
        self.program = subprocess.Popen(
            [sys.executable, "-B", "-m", "unittest", "discover", "-v", "-p", "*_test.py", "-t", ".", "-s", "tests/lab"],
            cwd=REPOSITORY,
            env=os.environ | {"VBS_LAB_PROFILE": profile, "VBS_BUILD": str(build)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._show)
        self._reader.start()

    def await_end(self) -> None:
        self.program.wait()
        self._reader.join()

    def report(self) -> bool:
        """Once it has ended: says how, and returns whether its tests passed."""
        self.await_end()
        passed = self.program.returncode == 0
        self._say(f"{'passed' if passed else 'failed'} in {self._seconds():.0f} seconds")
        return passed

    def _show(self) -> None:
        # When nobody reads what we print, the program learns it from a pipe that is closed, and ends.
        assert self.program.stdout is not None
        with self.program.stdout as lines, contextlib.suppress(BrokenPipeError):
            for line in lines:
                self._say(line.rstrip())

    def _say(self, text: str) -> None:
        # One write, so that the lines of others do not get into it.
        sys.stdout.write(f"{self.name} {self._seconds():5.0f} s: {text}\n")
        sys.stdout.flush()

    def _seconds(self) -> float:
        return time.monotonic() - self._begin


@contextlib.contextmanager
def _ended_at_last(running: list[_Run]) -> Iterator[None]:
    """What still runs is asked to end, which takes down its lab, and is waited for."""
    try:
        yield
    finally:
        with uninterrupted():
            for each in running:
                each.program.terminate()
            for each in running:
                each.await_end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, required=True, help="how many labs at a time")
    parser.add_argument("build", type=Path, help="whose programs: such as build/release")
    parser.add_argument("profile", nargs="+")
    options = parser.parse_args()
    end_on(signal.SIGHUP, signal.SIGTERM)
    try:
        failed = run(options.profile, options.build, options.jobs)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    if failed:
        print(f"scripts/lab: the tests failed on {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    end_with(main)
