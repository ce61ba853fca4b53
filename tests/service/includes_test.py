"""Pattern files from parts: delegates see a change of each, and the shipped profiles are the same in one piece."""

import re
import signal
import tempfile
import unittest
from pathlib import Path
from typing import Any

from scripts.localcluster.patterns import replace, text_of, write_at_once
from tests.harness.places import PROGRAMS, REPOSITORY
from tests.harness.waiting import until
from tests.service.stack import ATTACH, Stack, run


class Includes(unittest.TestCase):
    stack: Stack
    vm: Path
    includes: str
    vbs: Any
    volume: str

    def setUp(self) -> None:
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        folder = self.stack.directory / "parts"
        folder.mkdir()
        self.vm, volumes = folder / "vm.properties", folder / "volumes.properties"
        lines = self.stack.commands.read_text(encoding="utf-8").splitlines(keepends=True)
        self.vm.write_text("".join(line for line in lines if line.startswith("vm.")), encoding="utf-8")
        volumes.write_text("".join(line for line in lines if not line.startswith("vm.")), encoding="utf-8")
        self.includes = "include = parts/vm.properties\ninclude = parts/volumes.properties\n"
        self.stack.commands.write_text(self.includes, encoding="utf-8")
        self.vbs = self.stack.start().vbs
        self.volume = self.vbs.createVolume(size=1).volumeId

    def attached_as(self) -> list[str]:
        """What the VM's device has in it."""
        self.vbs.attachVolume(volumeId=self.volume, **ATTACH)
        found = [path.name for path in (self.stack.directory / "vms/vm1/xvdb").iterdir()]
        self.vbs.detachVolume(volumeId=self.volume)
        return found

    def rewrite(self, file: Path, key: str, value: str) -> None:
        write_at_once(file, replace(file.read_text(encoding="utf-8"), key, value))

    def test_an_edit_of_a_part_is_what_the_next_attach_runs_and_the_file_itself_holds_over_it(self) -> None:
        self.assertEqual(self.attached_as(), [self.volume])
        self.rewrite(self.vm, "vm.attach", "mkdir -p <directory>/vms/<vmId>/<vmDev>/edited")
        self.assertEqual(self.attached_as(), ["edited"])
        self.stack.commands.write_text(
            self.includes + "vm.attach = mkdir -p <directory>/vms/<vmId>/<vmDev>/own\n", encoding="utf-8"
        )
        self.assertEqual(self.attached_as(), ["own"])

    def test_a_broken_edit_of_a_part_is_reported_with_its_line_and_changes_nothing(self) -> None:
        delegate = self.stack.vmm_delegate
        self.rewrite(self.vm, "vm.detach", "rm -rf <directory>/<vmDeviec>")
        self.assertEqual(self.attached_as(), [self.volume])
        fault = rf"{self.vm}:2: vm\.detach: unknown parameter <vmDeviec>"
        self.assertRegex(delegate.text(), fault)
        offset = len(delegate.text())
        delegate.process.send_signal(signal.SIGHUP)
        until(lambda: re.search(fault, delegate.text()[offset:]), "the fault to be told again")

    def test_check_config_tells_both_places_of_what_two_parts_say(self) -> None:
        self.vm.write_text(self.vm.read_text(encoding="utf-8") + "param.lun = 2\n", encoding="utf-8")
        checked = run(PROGRAMS / "vbs-vmm-delegate", "--check-config", self.stack.commands)
        self.assertEqual(checked.returncode, 1)
        self.assertRegex(
            checked.stderr, r"parts/volumes\.properties:\d+: param\.lun: is given at \S+/parts/vm\.properties:3 too"
        )

    def test_explain_shows_what_the_parts_run(self) -> None:
        shown = run(PROGRAMS / "vbs-vmm-delegate", "--commands", self.stack.commands, "--explain", "attachVolume")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn(f"mkdir -p {self.stack.directory}/vms/", shown.stdout)


class Profiles(unittest.TestCase):
    def test_a_profile_in_one_piece_runs_the_same(self) -> None:
        profiles = sorted((REPOSITORY / "conf" / "profiles").glob("*.properties"))
        self.assertGreaterEqual(len(profiles), 5)
        with tempfile.TemporaryDirectory() as directory:
            for profile in profiles:
                whole = Path(directory) / profile.name
                whole.write_text(text_of(profile), encoding="utf-8")
                for program, operation in (
                    ("vbs-volume-delegate", "exportVolume"),
                    ("vbs-vmm-delegate", "attachVolume"),
                ):
                    shown = [
                        run(PROGRAMS / program, "--commands", file, "--explain", operation) for file in (profile, whole)
                    ]
                    self.assertEqual([each.returncode for each in shown], [0, 0], [each.stderr for each in shown])
                    self.assertEqual(shown[0].stdout, shown[1].stdout)


if __name__ == "__main__":
    unittest.main()
