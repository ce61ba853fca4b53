"""What is installed as a sample is accepted by the programs it is for."""

import re
import tempfile
import unittest
from pathlib import Path

from tests.harness.places import PROGRAMS, REPOSITORY
from tests.service.stack import Daemon, run

CONF = REPOSITORY / "conf"
PATTERNS = CONF / "commands.properties"


class Samples(unittest.TestCase):
    def test_every_daemon_starts_with_its_sample_settings(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            for program, setting, file in (
                ("vbs-service", "--database", Path(directory) / "vbs.sqlite"),
                ("vbs-volume-delegate", "--commands", PATTERNS),
                ("vbs-vmm-delegate", "--commands", PATTERNS),
            ):
                arguments = ["--config", str(CONF / f"{program}.conf"), "--listen", "127.0.0.1:0", setting, str(file)]
                daemon = Daemon(program, arguments, Path(directory) / "log").start()
                self.assertEqual(daemon.terminate(), 0, daemon.text())

    def test_settings_under_which_a_service_cannot_work_keep_it_from_starting(self) -> None:
        refusals = (
            ("--workflow-queue", "200", 1, "max-requests is 128, but must be greater"),
            (
                *("--volume-delegate", "http://127.0.0.1:8092/vmm-delegate"),
                *(2, "volume-delegate: .* expected http://HOST:PORT/vol"),
            ),
            (
                *("--vmm-delegate", "host1=http://127.0.0.1:8092"),
                *(2, "vmm-delegate: .* expected http://HOST:PORT/vmm-delegate"),
            ),
        )
        for setting, value, code, complaint in refusals:
            with self.subTest(setting=setting), tempfile.TemporaryDirectory() as directory:
                service = (PROGRAMS / "vbs-service", "--config", CONF / "vbs-service.conf", "--listen", "127.0.0.1:0")
                refused = run(*service, "--database", Path(directory) / "vbs.sqlite", setting, value)
                self.assertEqual(refused.returncode, code)
                self.assertRegex(refused.stderr, complaint)

    def test_every_setting_that_a_sample_shows_is_one(self) -> None:
        for program in ("vbs-service", "vbs-volume-delegate", "vbs-vmm-delegate"):
            text = (CONF / f"{program}.conf").read_text(encoding="utf-8")
            shown = set(re.findall(r"^(?:# )?([a-z-]+) = ", text, re.MULTILINE))
            usage = run(PROGRAMS / program, "--help").stdout
            self.assertGreater(len(shown), 3)
            self.assertLessEqual(shown, set(re.findall(r"--([a-z-]+)", usage)), program)

    def test_a_program_whose_output_is_lost_fails(self) -> None:
        commands = (
            "vbs-service --help",
            "vbs-service --version",
            f"vbs-volume-delegate --check-config {PATTERNS}",
            f"vbs-volume-delegate --commands {PATTERNS} --explain exportVolume",
            f"vbs-vmm-delegate --check-config {PATTERNS}",
        )
        for command in commands:
            for lost in (">/dev/full", ">&-"):
                with self.subTest(command=command, lost=lost):
                    done = run("sh", "-c", f"{PROGRAMS}/{command} {lost}")
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertIn("the output could not be written", done.stderr)

    def test_every_pattern_file_is_good_on_both_kinds_of_host(self) -> None:
        files = [PATTERNS, *sorted((CONF / "profiles").glob("*.properties"))]
        self.assertGreaterEqual(len(files), 5)
        for file in files:
            for program in ("vbs-volume-delegate", "vbs-vmm-delegate"):
                checked = run(PROGRAMS / program, "--check-config", file)
                self.assertEqual(checked.returncode, 0, checked.stderr)


if __name__ == "__main__":
    unittest.main()
