"""The pattern file is the driver: what is edited in a running cluster holds from the next call on."""

import unittest

from tests.e2e.cluster_case import ClusterCase
from tests.harness.pattern_edits import edited


class PatternEdits(ClusterCase):
    def test_an_edit_changes_what_the_next_attach_runs(self) -> None:
        volume = self.new_volume()
        file = self.cluster.pattern_file("host1")
        qmp = "vbs-qmp --socket <vmDirectory>/<vmId>.qmp"
        edit = {
            "vm.attach": f"{qmp} attach --device edited-<vmDev> --serial <volumeId> --url <vmmDev> "
            "--initiator <initiatorPrefix>:<hostname>",
            "vm.detach": f"{qmp} detach --device edited-<vmDev> --serial <volumeId>",
        }
        with edited(file, edit):
            self.vbs.attach_volume(volume, "host1", "vm1", "sdb")
            self.assertEqual(self.names_of(volume), ["edited-sdb"])
            self.vbs.detach_volume(volume)
        self.vbs.attach_volume(volume, "host1", "vm1", "sdb")
        self.assertEqual(self.names_of(volume), ["sdb"])

    def test_a_broken_edit_is_reported_with_its_line_and_changes_nothing(self) -> None:
        volume = self.new_volume()
        file = self.cluster.pattern_file("host1")
        with edited(file, {"vm.attach": "vbs-qmp --socket <vmDirectry>/<vmId>.qmp attach"}):
            lines = file.read_text(encoding="utf-8").splitlines()
            number = next(n for n, line in enumerate(lines, 1) if line.startswith("vm.attach ="))
            self.vbs.attach_volume(volume, "host1", "vm1", "sdb")
            self.assertEqual(self.names_of(volume), ["sdb"])
            log = self.cluster.log("vbs-vmm-delegate-host1").read_text(encoding="utf-8")
            self.assertIn(f"commands.properties:{number}: vm.attach: unknown parameter <vmDirectry>", log)

    def names_of(self, volume: str) -> list[str]:
        """Of its device in VMs."""
        return [line.split("\t")[1] for line in self.devices_of(volume)]


if __name__ == "__main__":
    unittest.main()
