"""The life of volumes, as clients see it and as it is."""

import re
import unittest

from tests.harness.waiting import until
from tests.service.stack import ATTACH, StackCase


class Story(StackCase):
    def test_a_volume_lives_from_create_to_delete(self) -> None:
        volume = self.vbs.createVolume(size=2, comment="data <&> äöü")
        self.assertEqual((volume.sizeGiB, volume.status, volume.comment), (2, "available", "data <&> äöü"))
        self.assertEqual((self.stack.directory / "volumes" / volume.volumeId).stat().st_size, 2 << 20)

        attachment = self.vbs.attachVolume(volumeId=volume.volumeId, **ATTACH)
        self.assertEqual((attachment.status, attachment.vmDevice), ("attached", "xvdb"))
        self.assertRegex(attachment.hostDevice, f"^iscsi://127.0.0.1:3260/iqn.2009-09.org.vbs:{volume.volumeId}/1$")
        self.assertEqual(self.stack.volume(volume.volumeId).status, "in-use")
        self.assertIn(f"vms/vm1/xvdb/{volume.volumeId}", self.stack.files())

        refusal = self.stack.refused(lambda: self.vbs.deleteVolume(volumeId=volume.volumeId))
        self.assertEqual(refusal.code, "VolumeInUse")
        self.vbs.detachVolume(volumeId=volume.volumeId)
        self.assertEqual(self.stack.files(), ["vms/vm1", f"volumes/{volume.volumeId}"])
        self.vbs.deleteVolume(volumeId=volume.volumeId)
        self.assertEqual(self.stack.files(), ["vms/vm1"])
        self.assertEqual(self.stack.volumes(), {})

    def test_volumes_from_a_snapshot_have_its_bytes_and_then_their_own(self) -> None:
        base = self.vbs.createVolume(size=1).volumeId
        (self.stack.directory / "volumes" / base).write_bytes(b"base" * (1 << 18))
        snapshot = self.vbs.createSnapshot(volumeId=base, comment="base data")
        self.assertEqual((snapshot.status, snapshot.sizeGiB), ("completed", 1))
        (self.stack.directory / "volumes" / base).write_bytes(b"late" * (1 << 18))

        clone = self.vbs.createVolume(size=2, snapshotId=snapshot.snapshotId)
        self.assertEqual((clone.status, clone.snapshotId), ("pending", snapshot.snapshotId))
        until(lambda: self.stack.volume(clone.volumeId).status == "available", "the copy to end")
        content = (self.stack.directory / "volumes" / clone.volumeId).read_bytes()
        self.assertEqual((content[: 1 << 20], len(content)), (b"base" * (1 << 18), 2 << 20))

    def test_every_log_line_of_an_attach_carries_the_same_ids_in_all_three(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        request = re.findall(r"attachVolume.*request=(\S+)|request=(\S+).*attachVolume", self.stack.service.text())
        ids = {a or b for a, b in request}
        self.assertEqual(len(ids), 1, self.stack.service.text())
        request_id = ids.pop()
        for daemon in (self.stack.volume_delegate, self.stack.vmm_delegate):
            self.assertIn(f"request={request_id}", daemon.text())


if __name__ == "__main__":
    unittest.main()
