"""Operations that fail, and what is left of them: nothing."""

import unittest
from typing import Any, Callable

from tests.harness.waiting import until
from tests.service.stack import ATTACH, FAILS, StackCase


class RollBack(StackCase):
    """Each command of each operation made to fail in turn: the client is told which, and nothing has changed."""

    def fails(self, key: str, call: Callable[[], Any]) -> None:
        before = self.stack.state()
        self.stack.edit({key: FAILS})
        refusal = self.stack.refused(call)
        self.stack.edit({})
        self.assertEqual(refusal.code, "CommandFailed", refusal)
        self.assertEqual(refusal.command.get("action"), key)
        self.assertEqual(refusal.command.get("exitCode"), "2")
        self.assertIn("unrecognized option", refusal.command.get("stderrTail", ""))
        self.assertIn(key, refusal.description)
        self.assertIn("unrecognized option", refusal.description)
        self.assertEqual(self.stack.state(), before)

    def test_attach(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)  # leaves the VM's folder, which belongs to no volume
        self.vbs.detachVolume(volumeId=volume)
        for key in ("target.create.1", "target.create.2", "host.connect.1", "host.connect.2", "vm.attach"):
            with self.subTest(key=key):
                self.fails(key, lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.vbs.attachVolume(volumeId=volume, **ATTACH)

    def test_detach(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        for key in ("vm.detach", "host.disconnect.1", "host.disconnect.2", "target.delete"):
            with self.subTest(key=key):
                self.fails(key, lambda: self.vbs.detachVolume(volumeId=volume))
        self.vbs.detachVolume(volumeId=volume)

    def test_create_and_delete_of_volumes_and_snapshots(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        snapshot = self.vbs.createSnapshot(volumeId=volume).snapshotId
        other = self.vbs.createVolume(size=1).volumeId
        self.fails("volume.create", lambda: self.vbs.createVolume(size=1))
        self.fails("volume.create", lambda: self.vbs.createVolume(snapshotId=snapshot))
        self.fails("snapshot.create", lambda: self.vbs.createSnapshot(volumeId=volume))
        self.fails("snapshot.delete", lambda: self.vbs.deleteSnapshot(snapshotId=snapshot))
        self.fails("volume.delete", lambda: self.vbs.deleteVolume(volumeId=other))

    def test_a_copy_that_fails_leaves_a_volume_in_error_that_can_only_be_deleted(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        snapshot = self.vbs.createSnapshot(volumeId=volume).snapshotId
        self.stack.edit({"volume.copy": FAILS})
        clone = self.vbs.createVolume(snapshotId=snapshot).volumeId
        until(lambda: self.stack.volume(clone).status == "error", "the failed copy to be told")
        self.assertIn("unrecognized option", self.stack.volume(clone).statusReason)
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=clone, **ATTACH))
        self.assertEqual(refusal.code, "IncorrectState")
        self.vbs.deleteVolume(volumeId=clone)
        self.assertEqual(set(self.stack.volumes()), {volume})
        self.assertNotIn(f"volumes/{clone}", self.stack.files())

    def test_a_delegate_that_is_away_is_named_and_nothing_is_left(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.state()
        self.stack.vmm_delegate.kill()
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.assertEqual(refusal.code, "DelegateUnreachable")
        self.assertIn("the VMM Delegate of host1", refusal.description)
        self.assertNotIn(self.stack.vmm_delegate.url, refusal.description)
        # The host's side is owed an undo, as the call may have arrived; once the delegate is back all is as before.
        self.stack.vmm_delegate.start()
        until(lambda: self.stack.volume(volume).status == "available", "the roll-back to end")
        self.assertEqual(self.stack.state(), before)

    def test_an_undo_that_fails_is_tried_until_it_succeeds(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.state()
        self.stack.edit({"vm.attach": FAILS, "target.delete": FAILS})
        refusal = self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.assertEqual((refusal.code, refusal.command.get("action")), ("CommandFailed", "vm.attach"))
        waiting = self.stack.volume(volume)
        self.assertEqual(waiting.status, "attaching")
        self.assertIn("target.delete", waiting.statusReason)
        self.stack.edit({})
        until(lambda: self.stack.volume(volume).status == "available", "the roll-back to end")
        self.assertEqual(self.stack.state(), before)

    def test_a_roll_back_outlives_the_service(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        before = self.stack.state()
        self.stack.edit({"vm.attach": FAILS, "target.delete": FAILS})
        self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        self.stack.service.kill()
        self.stack.edit({})
        self.stack.service.start()
        until(lambda: self.stack.volume(volume).status == "available", "the roll-back to end")
        self.assertEqual(self.stack.state(), before)


if __name__ == "__main__":
    unittest.main()
