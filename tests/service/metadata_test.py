"""The metadata file of a real vbs-service: what it refuses to start on, a disk that is full, a restored backup."""

import json
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import threading
import unittest

from stack import BIN, PATIENCE, Gate, Stack, until

ATTACH = dict(vmmHostname="host1", vmId="vm1", vmDevice="xvdb")


class Metadata(unittest.TestCase):
    def setUp(self):
        stack = Stack()
        self.addCleanup(stack.stop)
        stack.start()
        stack.vbs.createVolume(size=1, comment="kept")
        self.file = stack.directory / "vbs.sqlite"
        self.service = stack.service
        self.arguments = ["--database", self.file, "--listen", "127.0.0.1:0",
                          "--volume-delegate", "http://127.0.0.1:1/volume-delegate"]

    def files(self):
        """The database and its log, byte for byte."""
        log = pathlib.Path(f"{self.file}-wal")
        return self.file.read_bytes(), log.read_bytes() if log.exists() else b""

    def expect_refusal(self, *texts):
        before = self.files()
        ended = subprocess.run([BIN / "vbs-service", *self.arguments], capture_output=True, text=True, timeout=PATIENCE)
        log = ended.stdout + ended.stderr
        self.assertEqual(ended.returncode, 1, log)
        for text in (f"metadata store {self.file}", "nothing was changed", *texts):
            self.assertIn(text, log)
        self.assertEqual(len(log.splitlines()), 1, log)
        self.assertTrue(self.files() == before, "the database or its log was changed")

    def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(self):
        self.service.terminate()
        with sqlite3.connect(self.file) as database:
            own = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.expect_refusal("has schema version 99", f"this program knows up to {own}", "run the newer program")

    def test_so_is_one_whose_newer_program_died(self):
        with sqlite3.connect(self.file, isolation_level=None) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.service.kill()
        self.assertGreater(pathlib.Path(f"{self.file}-wal").stat().st_size, 0)
        self.expect_refusal("has schema version 99")

    def test_a_damaged_database_is_refused_with_the_way_out(self):
        self.service.terminate()
        damaged = bytearray(self.file.read_bytes())
        damaged[4096:4112] = b"\x55" * 16
        self.file.write_bytes(damaged)
        self.expect_refusal("is damaged", "Restore a backup")

    def test_a_log_of_a_dead_service_with_a_damaged_transaction_in_its_middle_is_refused(self):
        self.service.kill()
        log = pathlib.Path(f"{self.file}-wal")
        damaged = bytearray(log.read_bytes())
        damaged[len(damaged) // 2] ^= 0x10
        log.write_bytes(damaged)
        self.expect_refusal("write-ahead log", "Restore a backup")


class FullDisk(unittest.TestCase):
    """No file of the service can grow: to it, the disk is full."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.vbs = self.stack.start().vbs
        self.free = self.vbs.createVolume(size=1).volumeId
        self.used = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=self.used, **ATTACH)

    def limit(self, size):
        pid = self.stack.service.process.pid
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

    def fill(self):
        self.limit((self.stack.directory / "vbs.sqlite-wal").stat().st_size)

    def mend(self):
        self.limit(resource.RLIM_INFINITY)

    def expect_fault(self, call):
        refusal = self.stack.refused(call)
        self.assertEqual(refusal.code, "InternalError")
        self.assertIn(f"metadata store {self.stack.directory / 'vbs.sqlite'}: ", refusal.description)
        return refusal.description

    def test_every_change_is_a_fault_describes_go_on_and_afterwards_all_goes_on(self):
        before = self.stack.state()
        self.fill()
        for _ in range(3):
            self.expect_fault(lambda: self.vbs.createVolume(size=1))
            self.expect_fault(lambda: self.vbs.deleteVolume(volumeId=self.free))
            self.expect_fault(lambda: self.vbs.createSnapshot(volumeId=self.used))
            self.expect_fault(lambda: self.vbs.attachVolume(volumeId=self.free, vmmHostname="host1", vmId="vm1", vmDevice="xvdc"))
            self.expect_fault(lambda: self.vbs.detachVolume(volumeId=self.used))
            self.assertEqual(self.stack.state(), before)
            self.assertEqual(self.stack.healthz(self.stack.service), 200)
        self.mend()
        self.assertEqual(self.stack.state(), before)
        self.vbs.detachVolume(volumeId=self.used)
        for volume in (self.free, self.used, self.vbs.createVolume(size=1).volumeId):
            self.vbs.deleteVolume(volumeId=volume)
        self.assertEqual(self.stack.world(), ["vms/vm1"])
        self.assertEqual(self.stack.service.terminate(), 0)

    def test_an_attach_that_the_full_disk_interrupts_is_rolled_back_once_there_is_room(self):
        before = self.stack.state()
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client, faults = self.stack.client(), []
        attach = threading.Thread(target=lambda: faults.append(self.expect_fault(lambda: client.attachVolume(
            volumeId=self.free, vmmHostname="host1", vmId="vm1", vmDevice="xvdc"))))
        attach.start()
        gate.wait_until_reached()
        self.fill()
        gate.open()
        attach.join(PATIENCE)
        self.assertIn("the roll-back is still being retried", faults[0])
        self.assertEqual(self.stack.volume(self.free).status, "attaching")
        self.stack.edit({})
        self.mend()
        until(lambda: self.stack.volume(self.free).status == "available", "the roll-back")
        self.assertEqual(self.stack.state(), before)

    def test_a_service_that_is_killed_on_a_full_disk_keeps_what_was_answered(self):
        before = self.stack.metadata()
        self.fill()
        self.expect_fault(lambda: self.vbs.createVolume(size=1))
        self.stack.service.kill()
        self.stack.service.start()
        self.assertEqual(self.stack.metadata(), before)
        self.vbs.deleteVolume(volumeId=self.free)


# Patterns whose listings tell what it takes to adopt: volumes as large as they say, but without a byte in them.
LISTED_SIZES = {
    "volume.create": "truncate -s <sizeGiB>G <directory>/volumes/<volumeId>",
    "snapshot.create": "cp --sparse=always <directory>/volumes/<volumeId> <directory>/snapshots/<snapshotId>_<volumeId>",
    "snapshot.delete": "rm -f <directory>/snapshots/<snapshotId>_<volumeId>",
    "list.volumes": r"find <directory>/volumes -type f -printf %f\\t%s\\n",
    "list.volumes.output": r"^(?<volumeId>vol-[0-9a-f]{8})\t(?<sizeBytes>[0-9]+)$",
    "list.snapshots": r"find <directory>/snapshots -type f -printf %f\\t%s\\n",
    "list.snapshots.output": r"^(?<snapshotId>snap-[0-9a-f]{8})_(?<volumeId>vol-[0-9a-f]{8})\t(?<sizeBytes>[0-9]+)$",
}


class Restore(unittest.TestCase):
    """As docs/metadata.md says: stop, move the file and its log away, copy, start without reconciling, look."""

    def setUp(self):
        self.stack = Stack(("--reconcile-interval", "0"))
        self.addCleanup(self.stack.stop)
        self.vbs = self.stack.start().vbs
        self.file = self.stack.directory / "vbs.sqlite"

    def admin(self, *arguments):
        done = subprocess.run([BIN / "vbs", "--endpoint", self.stack.endpoint, "--output", "json", "admin", *arguments],
                              capture_output=True, text=True, timeout=PATIENCE, check=True)
        return json.loads(done.stdout)

    def look(self, *arguments):
        """As admin(), where restored metadata cannot be relied on yet."""
        done = subprocess.run([BIN / "vbs", "--endpoint", self.stack.endpoint, "--output", "json", "admin", *arguments],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def restore(self, backup):
        for name in (self.file, f"{self.file}-wal", f"{self.file}-shm"):
            pathlib.Path(name).unlink(missing_ok=True)
        shutil.copyfile(backup, self.file)
        self.stack.service.start()

    def test_the_service_goes_on_where_the_backup_was_made(self):
        volume = self.vbs.createVolume(size=1, comment="data").volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.vbs.createSnapshot(volumeId=volume)
        backup = self.admin("backup", "copy.db")["file"]
        before = self.stack.state()
        self.stack.service.kill()
        self.restore(backup)
        self.assertEqual(self.stack.state(), before)
        self.assertEqual(self.look("reconcile", "--dry-run")["drifts"], [])

    def test_what_happened_since_is_told_and_nothing_is_done_about_it(self):
        detached = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=detached, **ATTACH)
        deleted = self.vbs.createVolume(size=1).volumeId
        backup = self.admin("backup", "copy.db")["file"]
        self.vbs.detachVolume(volumeId=detached)
        self.vbs.deleteVolume(volumeId=deleted)
        created = self.vbs.createVolume(size=1).volumeId
        self.stack.service.terminate()
        world = self.stack.world()
        self.restore(backup)
        drifts = {(drift["kind"], drift["resourceId"]) for drift in self.look("reconcile", "--dry-run")["drifts"]}
        self.assertLessEqual({("missing-target", detached), ("missing-volume", deleted), ("orphan-volume", created)}, drifts)
        self.assertEqual(self.stack.world(), world)

    def test_what_was_attached_since_stays_with_its_vm_until_the_metadata_are_accepted(self):
        volume = self.vbs.createVolume(size=1).volumeId
        backup = self.admin("backup", "copy.db")["file"]
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        self.stack.service.terminate()
        world = self.stack.world()
        self.restore(backup)
        for _ in range(3):
            report = self.look("reconcile")
            self.assertIn("stray-device", [drift["kind"] for drift in report["drifts"]])
            self.assertIn("--accept-restored", " ".join(report["unreachable"]))
        self.assertEqual(self.stack.world(), world)
        self.look("reconcile", "--accept-restored")
        until(lambda: not self.admin("reconcile")["drifts"], "the stray device to be taken away")

    def test_the_steps_of_the_documentation_lead_back_to_what_really_exists(self):
        self.stack.edit(LISTED_SIZES)
        detached, deleted, attached = (self.vbs.createVolume(size=1).volumeId for _ in range(3))
        self.vbs.attachVolume(volumeId=detached, **ATTACH)
        backup = self.admin("backup", "copy.db")["file"]
        self.vbs.detachVolume(volumeId=detached)
        self.vbs.deleteVolume(volumeId=deleted)
        self.vbs.attachVolume(volumeId=attached, **ATTACH)
        created = self.vbs.createVolume(size=3).volumeId
        snapshot = self.vbs.createSnapshot(volumeId=created).snapshotId
        self.stack.service.terminate()
        self.restore(backup)

        self.vbs.detachVolume(volumeId=detached)
        self.vbs.deleteVolume(volumeId=deleted)
        volume = self.admin("adopt", created, "--comment", "taken back")
        self.assertEqual((volume["sizeGiB"], volume["comment"], volume["status"]), (3, "taken back", "available"))
        taken = self.admin("adopt", snapshot)
        self.assertEqual((taken["volumeId"], taken["sizeGiB"], taken["status"]), (created, 3, "completed"))
        self.look("reconcile", "--accept-restored")
        until(lambda: not self.admin("reconcile")["drifts"], "what is left over to be taken away")

        self.assertEqual(sorted(self.stack.volumes()), sorted([detached, attached, created]))
        self.assertEqual([path for path in self.stack.world() if path.startswith(("sessions/", "targets/", "vms/vm1/xvdb/"))],
                         [])
        self.vbs.attachVolume(volumeId=attached, **ATTACH)
        self.vbs.deleteSnapshot(snapshotId=snapshot)
        self.vbs.deleteVolume(volumeId=created)

    def test_what_a_vm_has_is_not_adopted(self):
        self.stack.edit(LISTED_SIZES)
        backup = self.admin("backup", "copy.db")["file"]
        created = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=created, **ATTACH)
        self.stack.service.terminate()
        self.restore(backup)
        done = subprocess.run([BIN / "vbs", "--endpoint", self.stack.endpoint, "admin", "adopt", created],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("vbs: VolumeInUse: VM vm1 on host1, host1 (connected) has volume " + created, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
