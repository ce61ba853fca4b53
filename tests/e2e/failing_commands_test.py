"""Each command of the patterns fails in turn: the client is told which one and why, and nothing has changed."""

import unittest
from typing import Any, Callable

from tests.e2e.cluster_case import ClusterCase
from tests.harness.pattern_edits import edited
from tests.harness.waiting import until

FAILING = "ls /nonexistent/for-this-test"
COMPLAINT = "No such file or directory"
TARGET_CREATE = [f"target.create.{number}" for number in range(1, 6)]
TARGET_DELETE = [f"target.delete.{number}" for number in range(1, 4)]


class FailingCommands(ClusterCase):
    def assert_fails_without_a_trace(
        self, host: str, keys: list[str], function: Callable[..., Any], *arguments: str
    ) -> None:
        before = self.state()
        for key in keys:
            with self.subTest(key), edited(self.cluster.pattern_file(host), {key: FAILING}):
                refusal = self.assert_refused("CommandFailed", function, *arguments)
                self.assertEqual(refusal.exit_code, 1)
                for part in (key, "2", COMPLAINT):
                    self.assertIn(part, refusal.stderr)
                self.assertEqual(self.state(), before)

    def test_create_volume(self) -> None:
        self.assert_fails_without_a_trace("volume-server", ["volume.create"], self.vbs.create_volume, "1")

    def test_delete_volume(self) -> None:
        volume = self.new_volume()
        self.assert_fails_without_a_trace("volume-server", ["volume.delete"], self.vbs.delete_volume, volume)

    def test_create_snapshot(self) -> None:
        volume = self.new_volume()
        keys = ["snapshot.create.1", "snapshot.create.2"]
        self.assert_fails_without_a_trace("volume-server", keys, self.vbs.create_snapshot, volume, "--wait")
        self.new_snapshot(volume)

    def test_delete_snapshot(self) -> None:
        snapshot = self.new_snapshot(self.new_volume())
        self.assert_fails_without_a_trace("volume-server", ["snapshot.delete"], self.vbs.delete_snapshot, snapshot)

    def test_attach_volume(self) -> None:
        volume = self.new_volume()
        attach = (self.vbs.attach_volume, volume, "host1", "vm1", "sdb")
        self.assert_fails_without_a_trace("volume-server", TARGET_CREATE, *attach)
        self.assert_fails_without_a_trace("host1", ["vm.attach"], *attach)
        self.vbs.attach_volume(volume, "host1", "vm1", "sdb")

    def test_detach_volume(self) -> None:
        volume = self.attached_volume()
        self.in_guest(f"echo kept > $(await-volume {volume}); sync")
        self.assert_fails_without_a_trace("host1", ["vm.detach"], self.vbs.detach_volume, volume)
        self.assert_fails_without_a_trace("volume-server", TARGET_DELETE, self.vbs.detach_volume, volume)
        self.assertEqual(self.in_guest(f"head -n 1 $(await-volume {volume})"), "kept\n")
        self.vbs.detach_volume(volume)
        self.assertEqual((self.cluster.targets(), self.cluster.devices()), ([], []))

    def test_a_copy_that_fails_leaves_a_volume_in_error_with_the_reason(self) -> None:
        snapshot = self.new_snapshot(self.new_volume())
        with edited(self.cluster.pattern_file("volume-server"), {"volume.copy": FAILING}):
            volume = self.new_volume("1", "copy", snapshot)
            until(lambda: self.status_of(volume)[0] != "pending", "the copy to end")
        status, reason = self.status_of(volume)
        self.assertEqual(status, "error")
        self.assertIn("volume.copy", reason)
        self.assertIn(COMPLAINT, reason)
        self.assert_refused("IncorrectState", self.vbs.attach_volume, volume, "host1", "vm1", "sdb")


if __name__ == "__main__":
    unittest.main()
