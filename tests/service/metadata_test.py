"""The metadata file of a real vbs-service: what it refuses to start on, and that it leaves that as it is."""

import pathlib
import sqlite3
import subprocess
import unittest

from stack import BIN, PATIENCE, Stack


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
