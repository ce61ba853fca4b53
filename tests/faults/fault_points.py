"""The fault points of one program, as docs/faults.md tells."""

from pathlib import Path
from typing import NamedTuple

from tests.harness.waiting import comes_true


class Point(NamedTuple):
    """A point that was reached."""

    seam: str  # write, written, call, command or answer
    name: str


class FaultPoints:
    """Of the program whose VBS_FAULT_DIRECTORY is `directory`."""

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def arm(self, point: str, occurrence: int = 1) -> None:
        """The program will stop when it reaches `point` for the `occurrence`th time from now."""
        self._write("armed", f"{point} {occurrence}\n")

    def has_stopped(self) -> bool:
        return (self.directory / "reached").exists()

    def await_stop(self, timeout: float) -> bool:
        """True once the program has stopped at the armed point."""
        return comes_true(self.has_stopped, timeout)

    def go_on(self, fail: bool = False) -> None:
        """Returns when the program goes on."""
        self._write("verdict", "fail\n" if fail else "continue\n")
        if not comes_true(lambda: not self.has_stopped(), 10):
            raise TimeoutError(f"{self.directory} does not go on: has its program ended?")

    def program_ended(self) -> None:
        """It is stopped nowhere any more. What is armed still holds for the next one."""
        for name in ("reached", "verdict"):
            (self.directory / name).unlink(missing_ok=True)

    def disarm(self) -> None:
        (self.directory / "armed").unlink(missing_ok=True)

    def trace(self, since: int = 0) -> list[Point]:
        """The points that were reached since mark() gave `since`."""
        try:
            with open(self.directory / "trace", "rb") as trace:
                trace.seek(since)
                text = trace.read().decode()
        except FileNotFoundError:
            return []
        return [Point(*line.split(" ", 1)) for line in text.splitlines()]

    def mark(self) -> int:
        """Where the trace ends now."""
        try:
            return (self.directory / "trace").stat().st_size
        except FileNotFoundError:
            return 0

    def _write(self, name: str, text: str) -> None:
        draft = self.directory / f"{name}.draft"
        draft.write_text(text, encoding="ascii")
        draft.replace(self.directory / name)
