"""Each command of the patterns fails in turn: the client is told which one and why, and nothing has changed."""

import time
import unittest

from cluster_case import ClusterCase

from localcluster.patterns import edited

FAILING = "ls /nonexistent/for-this-test"
COMPLAINT = "No such file or directory"
TARGET_CREATE = [f"target.create.{number}" for number in range(1, 6)]
TARGET_DELETE = [f"target.delete.{number}" for number in range(1, 4)]


class FailingCommands(ClusterCase):
    def assert_fails_without_a_trace(self, host: str, keys: list[str], function, *arguments: str) -> None:
        before = self.world()
        for key in keys:
            with self.subTest(key), edited(self.cluster.pattern_file(host), {key: FAILING}):
                refusal = self.assert_refused("CommandFailed", function, *arguments)
                self.assertEqual(refusal.exit_code, 1)
                for part in (key, "2", COMPLAINT):
                    self.assertIn(part, refusal.stderr)
                self.assertEqual(self.world(), before)

    def test_create_volume(self):
        self.assert_fails_without_a_trace("volume-server", ["volume.create"], self.vbs.create_volume, "1")

    def test_delete_volume(self):
        volume = self.new_volume()
        self.assert_fails_without_a_trace("volume-server", ["volume.delete"], self.vbs.delete_volume, volume)

    def test_create_snapshot(self):
        volume = self.new_volume()
        keys = ["snapshot.create.1", "snapshot.create.2"]
        self.assert_fails_without_a_trace("volume-server", keys, self.vbs.create_snapshot, volume, "--wait")
        self.new_snapshot(volume)

    def test_delete_snapshot(self):
        snapshot = self.new_snapshot(self.new_volume())
        self.assert_fails_without_a_trace("volume-server", ["snapshot.delete"], self.vbs.delete_snapshot, snapshot)

    def test_attach_volume(self):
        volume = self.new_volume()
        attach = (self.vbs.attach_volume, volume, "host1", "vm1", "sdb")
        self.assert_fails_without_a_trace("volume-server", TARGET_CREATE, *attach)
        self.assert_fails_without_a_trace("host1", ["vm.attach"], *attach)
        self.vbs.attach_volume(volume, "host1", "vm1", "sdb")

    def test_detach_volume(self):
        volume = self.attached_volume()
        self.in_guest(f"echo kept > $(await-volume {volume}); sync")
        self.assert_fails_without_a_trace("host1", ["vm.detach"], self.vbs.detach_volume, volume)
        self.assert_fails_without_a_trace("volume-server", TARGET_DELETE, self.vbs.detach_volume, volume)
        self.assertEqual(self.in_guest(f"head -n 1 $(await-volume {volume})"), "kept\n")
        self.vbs.detach_volume(volume)
        self.assertEqual((self.cluster.targets(), self.cluster.devices()), ([], []))

    def test_a_copy_that_fails_leaves_a_volume_in_error_with_the_reason(self):
        snapshot = self.new_snapshot(self.new_volume())
        with edited(self.cluster.pattern_file("volume-server"), {"volume.copy": FAILING}):
            volume = self.new_volume("1", "copy", snapshot)
            deadline = time.monotonic() + 60
            while (found := self.vbs.describe_volumes(volume)[0]).status == "pending":
                self.assertLess(time.monotonic(), deadline, "still pending")
                time.sleep(0.05)
        self.assertEqual(found.status, "error")
        self.assertIn("volume.copy", found.reason)
        self.assertIn(COMPLAINT, found.reason)
        self.assert_refused("IncorrectState", self.vbs.attach_volume, volume, "host1", "vm1", "sdb")


if __name__ == "__main__":
    unittest.main()
