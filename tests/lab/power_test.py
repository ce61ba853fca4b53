"""Nodes lose their power with volumes attached: after they are back, everything is as the metadata says."""

import unittest

from lab_case import LabCase


class PowerCuts(LabCase):
    def setUp(self):
        self.volumes = {vm: self.new_volume() for vm in ("vm1", "vm2")}
        self.written = {}
        for vm, volume in self.volumes.items():
            disk = self.attach(volume, vm)
            self.on(vm, f"dd if=/dev/urandom of={disk} bs=1M count=8 conv=fsync")
            self.written[vm] = self.checksum(vm)
        self.before = self.world()

    def test_the_volume_server_comes_back(self):
        self.lab.cut_power("volume")
        self.lab.boot("volume")
        self.assert_all_is_back()

    def test_a_vm_host_comes_back(self):
        self.lab.cut_power("host1")
        self.lab.boot("host1")
        self.assert_all_is_back()

    def test_the_node_of_the_service_comes_back(self):
        self.lab.cut_power("service")
        self.lab.boot("service")
        self.assert_all_is_back()

    def assert_all_is_back(self) -> None:
        def is_as_before() -> bool:
            world = self.world()
            return all(now == then for now, then in zip(world[:4], self.before[:4]))

        self.await_("the world to be as it was", is_as_before)
        for vm, volume in self.volumes.items():
            disk = self.disk(volume)
            self.await_disk(disk, vm)
            self.assertEqual(self.checksum(vm), self.written[vm])
            self.on(vm, f"dd if=/dev/zero of={disk} bs=1M count=1 conv=fsync")
        self.await_("no reason at the volumes", lambda: not any(each.reason for each in self.vbs.describe_volumes()))
        for volume in self.volumes.values():
            self.detach(volume)
        self.assert_nothing_is_attached()

    def checksum(self, vm: str) -> str:
        """Of what the disk has, not the VM's memory."""
        disk = self.disk(self.volumes[vm])
        return self.on(vm, f"echo 3 > /proc/sys/vm/drop_caches; dd if={disk} bs=1M count=8 2> /dev/null | sha256sum")


if __name__ == "__main__":
    unittest.main()
