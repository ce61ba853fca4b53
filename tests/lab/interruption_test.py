"""`scripts/lab up` is ended before it is done, and leaves nothing but its logs."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Callable, Optional

from scripts.localcluster.processes import uninterrupted
from scripts.virtuallab.network import Network
from tests.harness.places import BUILD, REPOSITORY
from tests.harness.waiting import comes_true
from tests.lab.lab_case import PROFILE

LAB = [REPOSITORY / "scripts" / "lab"]
PATIENCE_SECONDS = 120


class Interruption(unittest.TestCase):
    directory: Path
    network: Network
    up: Optional[subprocess.Popen[bytes]]

    def run(self, result: Optional[unittest.TestResult] = None) -> Optional[unittest.TestResult]:
        self.directory = Path(tempfile.mkdtemp(prefix="vbs-lab-"))
        self.network = Network(self.directory)
        self.up = None
        try:
            return super().run(result)
        finally:
            # Not a clean-up of unittest's, which does none when it is interrupted.
            with uninterrupted():
                self.end()

    def end(self) -> None:
        if self.up and self.up.poll() is None:
            self.up.terminate()
            self.has_ended(self.up)
        subprocess.run([*LAB, "down", "--dir", self.directory], check=True)
        shutil.rmtree(self.directory)

    def test_ctrl_c(self) -> None:
        for moment in (self.has_network, self.has_a_node, self.has_a_node_that_boots):
            with self.subTest(moment.__name__):
                self.end_up(moment, os.killpg, signal.SIGINT)
                self.assert_nothing_is_left()

    def test_a_request_to_end(self) -> None:
        for moment in (self.has_programs, self.has_a_node_that_boots):
            with self.subTest(moment.__name__):
                self.end_up(moment, os.kill, signal.SIGTERM)
                self.assert_nothing_is_left()

    def test_a_kill_and_then_down(self) -> None:
        for moment in (self.has_network, self.has_a_node, self.has_a_node_that_boots):
            with self.subTest(moment.__name__):
                self.end_up(moment, os.kill, signal.SIGKILL)
                subprocess.run([*LAB, "down", "--dir", self.directory], check=True)
                self.assert_nothing_is_left()

    def end_up(self, moment: Callable[[], bool], send: Callable[[int, int], None], number: int) -> None:
        # A background job ignores SIGINT, and so would what it starts.
        argv: list[str | Path] = [
            "env",
            "--default-signal=INT",
            *LAB,
            "up",
            "--dir",
            self.directory,
            "--preset",
            BUILD.name,
            PROFILE,
        ]
        log = self.directory / "log"
        with open(log, "w", encoding="utf-8") as output:
            self.up = up = subprocess.Popen(argv, start_new_session=True, stdout=output, stderr=output)
        self.await_(lambda: moment() or up.poll() is not None)
        self.assertIsNone(up.poll(), log.read_text(encoding="utf-8"))
        send(up.pid, number)
        self.assertTrue(
            self.has_ended(up), f"{signal.Signals(number).name} does not end it within {PATIENCE_SECONDS} s"
        )
        shutil.rmtree(self.directory / "logs")

    @staticmethod
    def has_ended(up: subprocess.Popen[bytes]) -> bool:
        """Waits for it, and kills it when it does not end."""
        try:
            up.wait(PATIENCE_SECONDS)
            return True
        except subprocess.TimeoutExpired:
            os.killpg(up.pid, signal.SIGKILL)
            up.wait()
            return False

    def has_programs(self) -> bool:
        return (self.directory / "programs").exists()

    def has_network(self) -> bool:
        return self.network.exists()

    def has_a_node(self) -> bool:
        return any(self.consoles())

    def has_a_node_that_boots(self) -> bool:
        return any("lab:" in console.read_text(encoding="utf-8", errors="replace") for console in self.consoles())

    def consoles(self) -> list[Path]:
        return list(self.directory.glob("logs/*.console"))

    def assert_nothing_is_left(self) -> None:
        self.assertFalse(self.network.exists())
        self.assertNotIn(self.network.name, Path("/proc/mounts").read_text(encoding="utf-8"))
        self.assertEqual([name for name in ("disks", "programs") if (self.directory / name).exists()], [])
        # What was making a disk when `up` was killed ends by itself.
        self.await_(lambda: not self.processes())

    def processes(self) -> list[str]:
        """Command lines that name the lab's directory or network."""
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = file.read_text(encoding="utf-8", errors="replace").replace("\0", " ")
            except OSError:
                continue
            if str(self.directory) in command or self.network.name in command:
                found.append(command)
        return found

    def await_(self, is_so: Callable[[], bool]) -> None:
        self.assertTrue(comes_true(is_so, PATIENCE_SECONDS), f"in vain for {PATIENCE_SECONDS} s; {self.processes()}")


if __name__ == "__main__":
    unittest.main()
