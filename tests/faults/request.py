"""A request of a client that is under way."""

import re
import signal
import subprocess
from pathlib import Path
from typing import Optional

from tests.harness.waiting import PATIENCE

# A forced detach is told this while its volume's operation is being retried.
_COME_BACK = "ask again in a moment"


class Request:
    """A command of the client that runs. What VBS told is there once it has ended."""

    def __init__(self, program: Path, endpoint: str, arguments: tuple[str, ...]):
        self.arguments = arguments
        self._command: list[str | Path] = [program, "--endpoint", endpoint, "--output", "text", *arguments]
        self._said: Optional[tuple[str, str]] = None
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def has_ended(self) -> bool:
        """It asks again when it was told to."""
        if self._process.poll() is None:
            return False
        if self._process.returncode == 1 and _COME_BACK in self.stderr:
            self._said = None
            self._process = self._start()
            return False
        return True

    @property
    def call(self) -> str:
        """The operation of the contract that it asks for."""
        words = [word for word in self.arguments if word != "admin"]
        return re.sub("-(.)", lambda match: match[1].upper(), words[0])

    def abandon(self) -> None:
        """The client goes away without waiting for an answer."""
        self._process.send_signal(signal.SIGKILL)
        self._collect()

    @property
    def exit_code(self) -> int:
        self._collect()
        return self._process.returncode

    @property
    def stdout(self) -> str:
        return self._collect()[0]

    @property
    def stderr(self) -> str:
        return self._collect()[1].strip()

    def _collect(self) -> tuple[str, str]:
        if self._said is None:
            self._said = self._process.communicate(timeout=PATIENCE)
        return self._said

    def __str__(self) -> str:
        command = f"vbs {' '.join(self.arguments)}"
        if not self.has_ended():
            return f"{command}: has not ended"
        return f"{command}: exit code {self.exit_code}: {self.stdout.strip()}{self.stderr}"
