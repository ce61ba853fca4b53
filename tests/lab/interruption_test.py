"""`scripts/lab up` is ended before it is done, and leaves nothing but its logs."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from environment import BUILD, PROFILE, REPOSITORY

from localcluster.processes import uninterrupted
from virtuallab.network import Network

LAB = [REPOSITORY / "scripts" / "lab"]
PATIENCE_SECONDS = 120


class Interruption(unittest.TestCase):
    def run(self, result=None):
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
            self.has_ended()
        subprocess.run([*LAB, "down", "--dir", self.directory], check=True)
        shutil.rmtree(self.directory)

    def test_ctrl_c(self):
        for moment in (self.has_network, self.has_a_node, self.has_a_node_that_boots):
            with self.subTest(moment.__name__):
                self.end_up(moment, os.killpg, signal.SIGINT)
                self.assert_nothing_is_left()

    def test_a_request_to_end(self):
        for moment in (self.has_programs, self.has_a_node_that_boots):
            with self.subTest(moment.__name__):
                self.end_up(moment, os.kill, signal.SIGTERM)
                self.assert_nothing_is_left()

    def test_a_kill_and_then_down(self):
        for moment in (self.has_network, self.has_a_node, self.has_a_node_that_boots):
            with self.subTest(moment.__name__):
                self.end_up(moment, os.kill, signal.SIGKILL)
                subprocess.run([*LAB, "down", "--dir", self.directory], check=True)
                self.assert_nothing_is_left()

    def end_up(self, moment, send, number: int) -> None:
        # A background job ignores SIGINT, and so would what it starts.
        argv = ["env", "--default-signal=INT", *LAB, "up", "--dir", self.directory, "--preset", BUILD.name, PROFILE]
        log = self.directory / "log"
        with open(log, "w", encoding="utf-8") as output:
            self.up = subprocess.Popen(argv, start_new_session=True, stdout=output, stderr=output)
        self.await_(lambda: moment() or self.up.poll() is not None)
        self.assertIsNone(self.up.poll(), log.read_text(encoding="utf-8"))
        send(self.up.pid, number)
        self.assertTrue(self.has_ended(), f"{signal.Signals(number).name} does not end it within {PATIENCE_SECONDS} s")
        shutil.rmtree(self.directory / "logs")

    def has_ended(self) -> bool:
        """Waits for `up`, and kills it when it does not end."""
        try:
            self.up.wait(PATIENCE_SECONDS)
            return True
        except subprocess.TimeoutExpired:
            os.killpg(self.up.pid, signal.SIGKILL)
            self.up.wait()
            return False

    def has_programs(self) -> bool:
        return (self.directory / "programs").exists()

    def has_network(self) -> bool:
        return self.network.exists()

    def has_a_node(self) -> bool:
        return any(self.consoles())

    def has_a_node_that_boots(self) -> bool:
        return any("lab:" in console.read_text(errors="replace") for console in self.consoles())

    def consoles(self) -> list[Path]:
        return list(self.directory.glob("logs/*.console"))

    def assert_nothing_is_left(self) -> None:
        self.assertFalse(self.network.exists())
        self.assertNotIn(self.network.name, Path("/proc/mounts").read_text())
        self.assertEqual([name for name in ("disks", "programs") if (self.directory / name).exists()], [])
        # What was making a disk when `up` was killed ends by itself.
        self.await_(lambda: not self.processes())

    def processes(self) -> list[str]:
        """Command lines that name the lab's directory or network."""
        found = []
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = file.read_text(errors="replace").replace("\0", " ")
            except OSError:
                continue
            if str(self.directory) in command or self.network.name in command:
                found.append(command)
        return found

    def await_(self, is_so) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                self.fail(f"waited {PATIENCE_SECONDS} seconds; {self.processes()}")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
