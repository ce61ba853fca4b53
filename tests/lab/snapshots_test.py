"""Snapshots that become useless are told of, and harm nobody."""

import unittest

from scripts.localcluster.client import Snapshot
from scripts.localcluster.patterns import replace
from tests.lab.lab_case import LabCase

ROOM_MEBIBYTES = 16


class Snapshots(LabCase):
    def test_a_snapshot_that_overflows_is_in_error_and_its_volume_is_whole(self) -> None:
        if "--thin" in self.patterns("volume"):
            self.skipTest("a thin snapshot has no room of its own that could overflow")
        volume = self.new_volume()
        create = f"lvcreate --yes --snapshot --size {ROOM_MEBIBYTES}M -n <snapshotId> <volumeGroup>/<volumeId>"
        with self.edited_patterns("volume", lambda text: replace(text, "snapshot.create.1", create)):
            snapshot = self.new_snapshot(volume)
        disk = self.attach(volume, "vm1")
        self.on("vm1", f"dd if=/dev/urandom of={disk} bs=1M count={ROOM_MEBIBYTES} conv=fsync")
        written = self.on("vm1", f"dd if={disk} bs=1M count={ROOM_MEBIBYTES} 2> /dev/null | sha256sum")

        self.await_("the snapshot to be in error", lambda: self.described(snapshot).status == "error")
        self.assertIn("snapshot invalid", self.described(snapshot).reason)
        drifts = self.vbs.run("admin", "reconcile", "--dry-run")
        self.assertTrue(any({"broken-snapshot", snapshot} <= set(drift) for drift in drifts), drifts)
        self.assert_refused("IncorrectState", self.vbs.create_volume, "1", "none", snapshot)
        self.detach(volume)
        there = self.attach(volume, "vm2")
        self.assertEqual(
            self.on("vm2", f"dd if={there} bs=1M count={ROOM_MEBIBYTES} 2> /dev/null | sha256sum"), written
        )
        self.vbs.delete_snapshot(snapshot)

    def described(self, snapshot: str) -> Snapshot:
        return self.ask().snapshots[snapshot]


if __name__ == "__main__":
    unittest.main()
