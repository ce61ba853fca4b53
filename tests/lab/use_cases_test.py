"""The two use cases of the paper, with bytes compared inside the VMs."""

import unittest

from tests.lab.lab_case import LabCase

MEBIBYTES = 16


class UseCases(LabCase):
    def test_volumes_outlive_the_vms_that_they_are_attached_to(self) -> None:  # figure 2
        site, mail = self.new_volume("1", "web site"), self.new_volume("1", "mail")
        written = {}
        for number, volume in enumerate((site, mail)):
            disk = self.attach(volume, "vm1", number)
            self.on("vm1", f"dd if=/dev/urandom of={disk} bs=1M count={MEBIBYTES} conv=fsync")
            written[volume] = self.checksum("vm1", disk)
        self.assertNotEqual(written[site], written[mail])
        self.detach(site)
        self.detach(mail)
        self.assert_nothing_is_attached()

        self.assertEqual(self.checksum("vm2", self.attach(site, "vm2")), written[site])
        self.assertEqual(self.checksum("vm1", self.attach(mail, "vm1")), written[mail])
        self.assert_refused("VolumeInUse", self.vbs.delete_volume, site)
        self.detach(site)
        self.detach(mail)
        for volume in (site, mail):
            self.vbs.delete_volume(volume)
        self.assertEqual((self.look().storage, self.ask().volumes), ({}, {}))

    def test_vms_go_on_by_themselves_from_one_snapshot(self) -> None:  # figure 3
        base = self.new_volume("1", "base system")
        disk = self.attach(base, "vm1")
        self.on("vm1", f"mke2fs {disk} && mount -t ext2 {disk} /mnt")
        self.on("vm1", f"dd if=/dev/urandom of=/mnt/base bs=1M count={MEBIBYTES}")
        data = self.on("vm1", "sha256sum < /mnt/base")
        self.on("vm1", "umount /mnt")

        # While it is attached: what was written and synced is in the snapshot.
        snapshot = self.new_snapshot(base)
        copies = {vm: self.new_volume("1", f"for {vm}", snapshot, "--wait") for vm in ("vm1", "vm2")}
        disks = {vm: self.attach(copies[vm], vm, 1) for vm in copies}
        for vm, disk in disks.items():
            self.on(vm, f"mount -t ext2 {disk} /mnt")
            self.assertEqual(self.on(vm, "sha256sum < /mnt/base"), data)
        for vm in disks:
            self.on(vm, f"echo written by {vm} > /mnt/own && umount /mnt")
        for vm, disk in disks.items():
            self.on(vm, f"mount -t ext2 -o ro {disk} /mnt")
            self.assertEqual(self.on(vm, "cat /mnt/own; umount /mnt"), f"written by {vm}\n")

        disk = self.disk(base)
        self.on("vm1", f"mount -t ext2 -o ro {disk} /mnt")
        self.assertEqual(self.on("vm1", "ls /mnt; sha256sum < /mnt/base; umount /mnt"), f"base\nlost+found\n{data}")
        for volume in (base, *copies.values()):
            self.detach(volume)
        self.assert_refused("DependencyViolation", self.vbs.delete_volume, base)
        self.assert_nothing_is_attached()

    def checksum(self, vm: str, disk: str) -> str:
        return self.on(vm, f"dd if={disk} bs=1M count={MEBIBYTES} 2> /dev/null | sha256sum")


if __name__ == "__main__":
    unittest.main()
