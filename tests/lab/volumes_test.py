"""What a volume is: as large as asked for, and empty."""

import shlex
import unittest

from tests.lab.lab_case import LabCase

MARKER = "written-by-the-owner-before"
LAST_MEBIBYTE = 1023


class Volumes(LabCase):
    def test_a_vm_sees_the_size_that_was_asked_for(self) -> None:
        for number, size in enumerate((1, 3)):
            disk = self.attach(self.new_volume(str(size)), "vm1", number)
            self.assertEqual(int(self.on("vm1", f"blockdev --getsize64 {disk}")), size << 30)

    def test_a_volume_of_a_snapshot_may_be_larger(self) -> None:
        base = self.new_volume()
        self.on("vm1", f"echo {MARKER} > {self.attach(base, 'vm1')}; sync")
        snapshot = self.new_snapshot(base)
        self.detach(base)
        volume = self.new_volume("2", "larger", snapshot, "--wait")
        disk = self.attach(volume, "vm1")
        self.assertEqual(int(self.on("vm1", f"blockdev --getsize64 {disk}")), 2 << 30)
        self.assertEqual(self.on("vm1", f"head -n 1 {disk}"), f"{MARKER}\n")

    def test_a_new_volume_shows_nothing_of_an_old_one(self) -> None:
        volume = self.vbs.create_volume("1").id
        disk = self.attach(volume, "vm1")
        for mebibyte in (0, LAST_MEBIBYTE // 2, LAST_MEBIBYTE):
            write = f"yes {MARKER} | head -c 1048576 | dd of={disk} bs=1M seek={mebibyte} conv=fsync"
            self.on("vm1", write)
        self.detach(volume)
        # So that the search would find something.
        self.assertNotEqual(self.markers_in(volume), 0)
        self.vbs.delete_volume(volume)

        self.assertEqual(self.markers_in(self.new_volume()), 0)

    def markers_in(self, volume: str) -> int:
        """How many times the device has it; read on the volume server, which is faster than a VM."""
        count = f"""
with open("/dev/vbs/{volume}", "rb") as device:
    print(sum(part.count(b"{MARKER}") for part in iter(lambda: device.read(1 << 20), b"")))
"""
        return int(self.on("volume", f"python3 -c {shlex.quote(count)}"))


if __name__ == "__main__":
    unittest.main()
