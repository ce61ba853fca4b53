"""Runs tests/lab on labs of several profiles, some of them at the same time."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from localcluster.processes import uninterrupted

from .profiles import Profile
from .site import REPOSITORY

_POLL_SECONDS = 0.2


def test(profiles: list[Profile], build: Path, jobs: int) -> list[str]:
    """Runs the tests on a lab of each profile, of at most `jobs` at a time, and shows what they say. `build`: whose
    programs. Returns the names of the profiles that failed. Nothing runs on after an exception, such as Ctrl-C."""
    waiting, running, failed = list(profiles), [], []
    with _ended_at_last(running):
        while waiting or running:
            if waiting and len(running) < jobs:
                running.append(_Run(waiting.pop(0), build))
                continue
            ended = [run for run in running if run.program.poll() is not None]
            for run in ended:
                running.remove(run)
                if not run.report():
                    failed.append(run.name)
            if not ended:
                time.sleep(_POLL_SECONDS)
    return failed


class _Run:
    """The tests on one profile. Each line that they print is shown with the profile's name and the seconds since their
    begin."""

    def __init__(self, profile: Profile, build: Path):
        self.name = profile.name
        self._begin = time.monotonic()
        self.program = subprocess.Popen(
            [sys.executable, "-B", "-m", "unittest", "discover", "-v", "-p", "*_test.py"],
            cwd=REPOSITORY / "tests" / "lab",
            env=os.environ | {"VBS_LAB_PROFILE": profile.name, "VBS_BUILD": str(build)},
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
def _ended_at_last(running: list[_Run]):
    """What still runs is asked to end, which takes down its lab, and is waited for."""
    try:
        yield
    finally:
        with uninterrupted():
            for run in running:
                run.program.terminate()
            for run in running:
                run.await_end()
