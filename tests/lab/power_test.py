"""Nodes lose their power, or halt in good order, with volumes attached: after they are back, all is as the metadata
say."""

import unittest

from tests.harness.world import World
from tests.lab.lab_case import LabCase


class Power(LabCase):
    volumes: dict[str, str]  # by VM

    def test_nodes_come_back(self) -> None:
        self.volumes = {vm: self.new_volume() for vm in self.lab.vms}
        for vm, volume in self.volumes.items():
            self.attach(volume, vm)
        before = self.look()
        for end, nodes in ((self.lab.cut_power, ("volume", "host1", "service")), (self.lab.halt, ("volume", "host1"))):
            for node in nodes:
                with self.subTest(f"{end.__name__} {node}"):
                    written = {vm: self.write(vm) for vm in self.volumes}
                    end(node)
                    self.lab.boot(node)
                    self.assert_all_is_back(before, written)
        for volume in self.volumes.values():
            self.detach(volume)
        self.assert_nothing_is_attached()

    def write(self, vm: str) -> str:
        """Returns the checksum of what it has written."""
        self.on(vm, f"dd if=/dev/urandom of={self.disk(self.volumes[vm])} bs=1M count=8 conv=fsync")
        return self.checksum(vm)

    def checksum(self, vm: str) -> str:
        """Of what the disk has, not the VM's memory."""
        disk = self.disk(self.volumes[vm])
        return self.on(vm, f"echo 3 > /proc/sys/vm/drop_caches; dd if={disk} bs=1M count=8 2> /dev/null | sha256sum")

    def assert_all_is_back(self, before: World, written: dict[str, str]) -> None:
        self.await_("the world to be as it was", lambda: self.look() == before)
        for vm, volume in self.volumes.items():
            self.await_disk(self.disk(volume), vm)
            self.assertEqual(self.checksum(vm), written[vm])
        self.await_("no reason at the volumes", lambda: not any(each.reason for each in self.vbs.describe_volumes()))


if __name__ == "__main__":
    unittest.main()
