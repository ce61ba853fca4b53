"""What appears on a VM host is looked at before a VM gets it."""

import re
import unittest

from scripts.localcluster.patterns import replace
from tests.lab.lab_case import LabCase


class DeviceCheck(LabCase):
    def test_a_device_of_another_size_is_given_to_no_vm(self) -> None:
        volume = self.new_volume()
        self.on("volume", f"lvextend -q --yes -L 2G vbs/{volume}")
        refusal = self.assert_refused("CommandFailed", self.vbs.attach_volume, volume, "host1", "vm1", self.devices[0])
        self.assertIn("host.check.1", refusal.stderr)
        self.assert_nothing_is_attached()
        self.on("volume", f"lvreduce -q --yes -L 1G vbs/{volume}")
        self.attach(volume, "vm1")

    def test_a_device_of_another_target_is_given_to_no_vm(self) -> None:
        stranger, volume = self.new_volume(), self.new_volume()
        self.attach(stranger, "vm1", 1)
        # As if a link in /dev/disk had been left behind: it leads to the disk of the other volume.
        links = "/dev/disk/by-path"
        link = self.on("host1", f"basename {links}/*-iscsi-*{stranger}-lun-*").strip().replace(stranger, volume)
        self.on("host1", f"ln -s $(readlink -f {links}/*-iscsi-*{stranger}-lun-*) {links}/{link}")

        def is_led_astray(text: str) -> str:
            for key in re.findall(r"(?m)^(host\.connect\.\d+) *=", text):
                text = replace(text, key, "true")
            return replace(text, "host.disconnect.3", f"rm -f {links}/{link}")

        with self.edited_patterns("host1", is_led_astray):
            refusal = self.assert_refused(
                "CommandFailed", self.vbs.attach_volume, volume, "host1", "vm1", self.devices[0]
            )
        self.assertIn("host.check.2", refusal.stderr)


if __name__ == "__main__":
    unittest.main()
