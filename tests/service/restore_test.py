"""A backup of the metadata is restored."""

import shutil
import unittest
from pathlib import Path
from typing import Any

from tests.harness.waiting import until
from tests.service.stack import ATTACH, StackCase

# Patterns whose listings tell what it takes to adopt: volumes as large as they say, but without a byte in them.
LISTED_SIZES = {
    "volume.create": "truncate -s <sizeGiB>G <directory>/volumes/<volumeId>",
    "snapshot.create": "cp --sparse=always <directory>/volumes/<volumeId> "
    "<directory>/snapshots/<snapshotId>_<volumeId>",
    "snapshot.delete": "rm -f <directory>/snapshots/<snapshotId>_<volumeId>",
    "list.volumes": r"find <directory>/volumes -type f -printf %f\\t%s\\n",
    "list.volumes.output": r"^(?<volumeId>vol-[0-9a-f]{8})\t(?<sizeBytes>[0-9]+)$",
    "list.snapshots": r"find <directory>/snapshots -type f -printf %f\\t%s\\n",
    "list.snapshots.output": r"^(?<snapshotId>snap-[0-9a-f]{8})_(?<volumeId>vol-[0-9a-f]{8})\t(?<sizeBytes>[0-9]+)$",
}


class Restore(StackCase):
    """As docs/metadata.md says: stop, move the file and its log away, copy, start without reconciling, look."""

    service_arguments = ("--reconcile-interval", "0")

    def reconcile(self, *options: str) -> Any:
        """The report; restored metadata cannot be relied on at first."""
        return self.stack.admin("reconcile", *options, exit_codes=(0, 1))

    def restore(self, backup: str) -> None:
        file = self.stack.database
        for suffix in ("", "-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(backup, file)
        self.stack.service.start()

    def has_no_drift(self) -> bool:
        return not self.stack.admin("reconcile")["drifts"]

    def test_the_service_goes_on_where_the_backup_was_made(self) -> None:
        volume = self.vbs.createVolume(size=1, comment="data").volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.vbs.createSnapshot(volumeId=volume)
        backup = self.stack.admin("backup", "copy.db")["file"]
        before = self.stack.state()
        self.stack.service.kill()
        self.restore(backup)
        self.assertEqual(self.stack.state(), before)
        self.assertEqual(self.reconcile("--dry-run")["drifts"], [])

    def test_what_happened_since_is_told_and_nothing_is_done_about_it(self) -> None:
        detached = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=detached, **ATTACH)
        deleted = self.vbs.createVolume(size=1).volumeId
        backup = self.stack.admin("backup", "copy.db")["file"]
        self.vbs.detachVolume(volumeId=detached)
        self.vbs.deleteVolume(volumeId=deleted)
        created = self.vbs.createVolume(size=1).volumeId
        self.stack.service.terminate()
        before = self.stack.files()
        self.restore(backup)
        drifts = {(drift["kind"], drift["resourceId"]) for drift in self.reconcile("--dry-run")["drifts"]}
        expected = {("missing-target", detached), ("missing-volume", deleted), ("orphan-volume", created)}
        self.assertLessEqual(expected, drifts)
        self.assertEqual(self.stack.files(), before)

    def test_what_was_attached_since_stays_with_its_vm_until_the_metadata_are_accepted(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        backup = self.stack.admin("backup", "copy.db")["file"]
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.stack.service.terminate()
        before = self.stack.files()
        self.restore(backup)
        for _ in range(3):
            report = self.reconcile()
            self.assertIn("stray-device", [drift["kind"] for drift in report["drifts"]])
            self.assertIn("--accept-restored", " ".join(report["unreachable"]))
        self.assertEqual(self.stack.files(), before)
        self.reconcile("--accept-restored")
        until(self.has_no_drift, "the stray device to be taken away")

    def test_the_steps_of_the_documentation_lead_back_to_what_really_exists(self) -> None:
        self.stack.edit(LISTED_SIZES)
        detached, deleted, attached = (self.vbs.createVolume(size=1).volumeId for _ in range(3))
        self.vbs.attachVolume(volumeId=detached, **ATTACH)
        backup = self.stack.admin("backup", "copy.db")["file"]
        self.vbs.detachVolume(volumeId=detached)
        self.vbs.deleteVolume(volumeId=deleted)
        self.vbs.attachVolume(volumeId=attached, **ATTACH)
        created = self.vbs.createVolume(size=3).volumeId
        snapshot = self.vbs.createSnapshot(volumeId=created).snapshotId
        self.stack.service.terminate()
        self.restore(backup)

        self.vbs.detachVolume(volumeId=detached)
        self.vbs.deleteVolume(volumeId=deleted)
        volume = self.stack.admin("adopt", created, "--comment", "taken back")
        self.assertEqual((volume["sizeGiB"], volume["comment"], volume["status"]), (3, "taken back", "available"))
        taken = self.stack.admin("adopt", snapshot)
        self.assertEqual((taken["volumeId"], taken["sizeGiB"], taken["status"]), (created, 3, "completed"))
        self.reconcile("--accept-restored")
        until(self.has_no_drift, "what is left over to be taken away")

        self.assertEqual(sorted(self.stack.volumes()), sorted([detached, attached, created]))
        attached_parts = ("sessions/", "targets/", "vms/vm1/xvdb/")
        self.assertEqual([path for path in self.stack.files() if path.startswith(attached_parts)], [])
        self.vbs.attachVolume(volumeId=attached, **ATTACH)
        self.vbs.deleteSnapshot(snapshotId=snapshot)
        self.vbs.deleteVolume(volumeId=created)

    def test_what_a_vm_has_is_not_adopted(self) -> None:
        self.stack.edit(LISTED_SIZES)
        backup = self.stack.admin("backup", "copy.db")["file"]
        created = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=created, **ATTACH)
        self.stack.service.terminate()
        self.restore(backup)
        done = self.stack.run_admin("adopt", created)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("vbs: VolumeInUse: VM vm1 on host1, host1 (connected) has volume " + created, done.stderr)


if __name__ == "__main__":
    unittest.main()
