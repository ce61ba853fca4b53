"""The metadata file of a real vbs-service: what it refuses to start on, and a disk that is full."""

import resource
import sqlite3
import threading
import unittest
from pathlib import Path
from typing import Any, Callable

from tests.harness.places import PROGRAMS
from tests.harness.waiting import PATIENCE, until
from tests.service.stack import ATTACH, Gate, StackCase, run

ELSEWHERE = ATTACH | {"vmDevice": "xvdc"}


class Metadata(StackCase):
    def setUp(self) -> None:
        super().setUp()
        self.vbs.createVolume(size=1, comment="kept")
        self.file = self.stack.database
        self.log = Path(f"{self.file}-wal")
        self.service = self.stack.service

    def files(self) -> tuple[bytes, bytes]:
        """The database and its log, byte for byte."""
        return self.file.read_bytes(), self.log.read_bytes() if self.log.exists() else b""

    def expect_refusal(self, *texts: str) -> None:
        before = self.files()
        delegate = ("--volume-delegate", "http://127.0.0.1:1/volume-delegate")
        ended = run(PROGRAMS / "vbs-service", "--database", self.file, "--listen", "127.0.0.1:0", *delegate)
        log = ended.stdout + ended.stderr
        self.assertEqual(ended.returncode, 1, log)
        for text in (f"metadata store {self.file}", "nothing was changed", *texts):
            self.assertIn(text, log)
        self.assertEqual(len(log.splitlines()), 1, log)
        self.assertTrue(self.files() == before, "the database or its log was changed")

    def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(self) -> None:
        self.service.terminate()
        with sqlite3.connect(self.file) as database:
            own = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.expect_refusal("has schema version 99", f"this program knows up to {own}", "run the newer program")

    def test_so_is_one_whose_newer_program_died(self) -> None:
        with sqlite3.connect(self.file, isolation_level=None) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.service.kill()
        self.assertGreater(self.log.stat().st_size, 0)
        self.expect_refusal("has schema version 99")

    def test_a_damaged_database_is_refused_with_the_way_out(self) -> None:
        self.service.terminate()
        damaged = bytearray(self.file.read_bytes())
        damaged[4096:4112] = b"\x55" * 16
        self.file.write_bytes(damaged)
        self.expect_refusal("is damaged", "Restore a backup")

    def test_a_log_of_a_dead_service_with_a_damaged_transaction_in_its_middle_is_refused(self) -> None:
        self.service.kill()
        damaged = bytearray(self.log.read_bytes())
        damaged[len(damaged) // 2] ^= 0x10
        self.log.write_bytes(damaged)
        self.expect_refusal("write-ahead log", "Restore a backup")


class FullDisk(StackCase):
    """No file of the service can grow: to it, the disk is full."""

    def setUp(self) -> None:
        super().setUp()
        self.free = self.vbs.createVolume(size=1).volumeId
        self.used = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=self.used, **ATTACH)

    def limit(self, size: int) -> None:
        pid = self.stack.service.process.pid
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

    def fill(self) -> None:
        self.limit(Path(f"{self.stack.database}-wal").stat().st_size)

    def mend(self) -> None:
        self.limit(resource.RLIM_INFINITY)

    def expect_fault(self, call: Callable[[], Any]) -> str:
        refusal = self.stack.refused(call)
        self.assertEqual(refusal.code, "InternalError")
        self.assertIn(f"metadata store {self.stack.database}: ", refusal.description)
        return refusal.description

    def test_every_change_is_a_fault_describes_go_on_and_afterwards_all_goes_on(self) -> None:
        before = self.stack.state()
        self.fill()
        for _ in range(3):
            self.expect_fault(lambda: self.vbs.createVolume(size=1))
            self.expect_fault(lambda: self.vbs.deleteVolume(volumeId=self.free))
            self.expect_fault(lambda: self.vbs.createSnapshot(volumeId=self.used))
            self.expect_fault(lambda: self.vbs.attachVolume(volumeId=self.free, **ELSEWHERE))
            self.expect_fault(lambda: self.vbs.detachVolume(volumeId=self.used))
            self.assertEqual(self.stack.state(), before)
            self.assertEqual(self.stack.service.healthz(), 200)
        self.mend()
        self.assertEqual(self.stack.state(), before)
        self.vbs.detachVolume(volumeId=self.used)
        for volume in (self.free, self.used, self.vbs.createVolume(size=1).volumeId):
            self.vbs.deleteVolume(volumeId=volume)
        self.assertEqual(self.stack.files(), ["vms/vm1"])
        self.assertEqual(self.stack.service.terminate(), 0)

    def test_an_attach_that_the_full_disk_interrupts_is_rolled_back_once_there_is_room(self) -> None:
        before = self.stack.state()
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client = self.stack.client()
        faults: list[str] = []

        def attach_in_vain() -> None:
            faults.append(self.expect_fault(lambda: client.attachVolume(volumeId=self.free, **ELSEWHERE)))

        attach = threading.Thread(target=attach_in_vain)
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

    def test_a_service_that_is_killed_on_a_full_disk_keeps_what_was_answered(self) -> None:
        before = self.stack.metadata()
        self.fill()
        self.expect_fault(lambda: self.vbs.createVolume(size=1))
        self.stack.service.kill()
        self.stack.service.start()
        self.assertEqual(self.stack.metadata(), before)
        self.vbs.deleteVolume(volumeId=self.free)


if __name__ == "__main__":
    unittest.main()
