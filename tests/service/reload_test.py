"""Files of a running program are edited: patterns at any time, settings until SIGHUP."""

import re
import signal
import unittest
from typing import Any

from tests.harness.places import PROGRAMS
from tests.harness.waiting import until
from tests.service.stack import ATTACH, Daemon, Stack, StackCase, run


class Reload(StackCase):
    def test_an_edited_pattern_is_what_the_next_attach_runs(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.stack.edit({"vm.attach": "mkdir -p <directory>/vms/<vmId>/<vmDev>/edited-<volumeId>"})
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.assertIn(f"vms/vm1/xvdb/edited-{volume}", self.stack.files())

    def test_a_broken_edit_is_reported_with_its_line_and_changes_nothing(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.stack.edit({"vm.attach": "mkdir -p <directory>/vms/<vmId>/<vmDeviec>"})
        lines = self.stack.commands.read_text(encoding="utf-8").splitlines()
        line = next(number for number, text in enumerate(lines, 1) if text.startswith("vm.attach"))
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.assertIn(f"vms/vm1/xvdb/{volume}", self.stack.files())
        self.assertRegex(self.stack.vmm_delegate.text(), rf"commands\.properties:{line}: .*vmDeviec")

    def test_check_config_reports_every_fault_and_explain_shows_the_commands(self) -> None:
        delegate = PROGRAMS / "vbs-vmm-delegate"
        good = run(delegate, "--check-config", self.stack.commands)
        self.assertEqual(good.returncode, 0, good.stderr)
        self.stack.edit({"vm.attach": "mkdir <vmDeviec>", "vm.detach": "rm 'unbalanced"})
        bad = run(delegate, "--check-config", self.stack.commands)
        self.assertEqual(bad.returncode, 1)
        self.assertIn("vmDeviec", bad.stdout + bad.stderr)
        self.assertIn("vm.detach", bad.stdout + bad.stderr)
        self.stack.edit({})
        shown = run(delegate, "--commands", self.stack.commands, "--explain", "attachVolume", "vmId=web7")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"vm\.attach.*mkdir -p \S+/vms/web7/")


class Hangup(unittest.TestCase):
    """SIGHUP: the settings and the pattern file are read again."""

    stack: Stack
    host1: str
    vbs: Any

    def setUp(self) -> None:
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        arguments = self.stack.service.arguments
        at = arguments.index("--vmm-delegate")
        self.host1 = str(arguments[at + 1])
        arguments[at : at + 2] = ["--config", self.stack.directory / "service.conf"]
        self.settings(f"vmm-delegate = {self.host1}\n")
        self.stack.start()
        self.vbs = self.stack.vbs

    def settings(self, text: str) -> None:
        (self.stack.directory / "service.conf").write_text(text, encoding="utf-8")

    def hang_up(self, daemon: Daemon, expected: str) -> str:
        """Waits for what it logs then."""
        offset = len(daemon.text())
        daemon.process.send_signal(signal.SIGHUP)
        until(lambda: re.search(expected, daemon.text()[offset:]), f"{expected} in {daemon.text()[offset:]}")
        return daemon.text()[offset:]

    def test_a_vm_host_is_registered_without_a_restart(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        place = dict(ATTACH, vmmHostname="host2")
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **place))
        self.assertEqual(refusal.code, "UnknownVmmHost")
        self.assertIn("did you mean host1?", refusal.description)
        self.settings(f"vmm-delegate = {self.host1}\nvmm-delegate = {self.host1.replace('host1', 'host2')}\n")
        self.hang_up(self.stack.service, "settings read again: vmm-delegate has changed")
        self.assertEqual(self.vbs.attachVolume(volumeId=volume, **place).status, "attached")

    def test_a_vm_host_that_is_no_longer_registered_keeps_its_volumes_and_they_are_named(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        before = self.stack.files()
        self.settings(f"vmm-delegate = {self.host1.replace('host1', 'host2')}\n")
        self.hang_up(self.stack.service, rf"VM host host1 is not registered .*, but has volumes: {volume}\.")
        self.assertEqual(self.stack.refused(lambda: self.vbs.detachVolume(volumeId=volume)).code, "UnknownVmmHost")
        self.assertEqual(self.stack.files(), before)
        self.settings(f"vmm-delegate = {self.host1}\n")
        self.hang_up(self.stack.service, "vmm-delegate has changed")
        until(lambda: self.stack.volume(volume).status == "in-use", "the detach that failed to be rolled back")
        self.vbs.detachVolume(volumeId=volume)

    def test_a_bad_settings_file_is_told_with_its_line_and_changes_nothing(self) -> None:
        self.settings("vmm-delegate = host2=http://127.0.0.1:1/vmm-delegate\nlog-levle = debug\n")
        unknown = "log-levle: unknown setting; did you mean log-level"
        self.hang_up(self.stack.service, rf"SIGHUP: nothing has changed: \S+service\.conf:2: {unknown}\?")
        volume = self.vbs.createVolume(size=1).volumeId
        self.assertEqual(self.vbs.attachVolume(volumeId=volume, **ATTACH).status, "attached")

    def test_what_cannot_change_at_run_time_is_said_to_need_a_restart(self) -> None:
        self.settings(f"vmm-delegate = {self.host1}\nlog-level = debug\nworkflows = 3\n")
        for _ in range(2):
            self.hang_up(self.stack.service, "workflows needs a restart")
        self.assertEqual(self.stack.service.text().count("log-level has changed"), 1)

    def test_a_delegate_reads_its_pattern_file_at_once(self) -> None:
        self.hang_up(self.stack.volume_delegate, "commands.properties: read again, its patterns are in force")
        self.stack.edit({"vm.attach": "mkdir <vmDeviec>"})
        for _ in range(2):
            log = self.hang_up(self.stack.vmm_delegate, "settings read again: no setting has changed")
            self.assertRegex(log, r"commands\.properties:\d+: .*vmDeviec")
            self.assertIn("still using the patterns", log)


if __name__ == "__main__":
    unittest.main()
