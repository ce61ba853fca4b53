"""What administrators ask of a real vbs-service: `vbs admin`, and a client generated from vbs-admin.wsdl."""

import contextlib
import json
import shutil
import sqlite3
import sys
import unittest
from pathlib import Path

from tests.harness.places import REPOSITORY
from tests.harness.waiting import until
from tests.service.stack import ATTACH, FAILS, StackCase, run


class Administration(StackCase):
    service_arguments = ("--reconcile-interval", "0")  # reconciles only when it is asked to

    def drifts(self, *options: str) -> list[tuple[str, str, str]]:
        report = self.stack.admin("reconcile", *options)
        return [(drift["kind"], drift["resourceId"], drift["outcome"]) for drift in report["drifts"]]

    def assert_refused(self, complaint: str, *arguments: str) -> None:
        done = self.stack.run_admin(*arguments)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(f"vbs: {complaint}: ", done.stderr)

    def test_an_operation_that_cannot_end_is_described_until_it_ends(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.assertEqual(self.stack.admin("describe-operations"), {"operations": []})
        self.stack.edit({"vm.attach": FAILS, "target.delete": FAILS})
        self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        [operation] = self.stack.admin("describe-operations")["operations"]
        self.assertEqual(
            (operation["kind"], operation["resourceId"], operation["state"]), ("attachVolume", volume, "rolling-back")
        )
        self.assertEqual(operation["description"], "being attached")
        self.assertGreaterEqual(operation["attempts"], 1)
        self.assertIn("target.delete", operation["lastError"])
        self.stack.edit({})
        until(lambda: not self.stack.admin("describe-operations")["operations"], "the roll-back to end")

    def test_a_target_that_was_lost_is_planned_for_in_a_dry_run_and_then_made_again(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        whole = self.stack.files()
        for target in (self.stack.directory / "targets").iterdir():
            shutil.rmtree(target)
        lost = self.stack.files()
        self.assertEqual(self.drifts("--dry-run"), [("missing-target", volume, "planned")])
        self.assertEqual(self.stack.files(), lost)
        self.assertEqual(self.drifts(), [("missing-target", volume, "repaired")])
        self.assertEqual(self.stack.files(), whole)
        report = self.stack.admin("reconcile")
        self.assertEqual((report["drifts"], report["driftsRepaired"]), ([], 1))

    def test_a_part_that_does_not_answer_is_named(self) -> None:
        self.stack.vmm_delegate.kill()
        report = self.stack.run_admin("reconcile", "--dry-run")
        self.assertEqual((report.returncode, json.loads(report.stdout)["drifts"]), (1, []))
        self.assertIn("vbs: could not be looked at: ", report.stderr)
        self.assertIn("host1", report.stderr)

    def test_a_backup_holds_the_metadata_and_replaces_no_file(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        backup = self.stack.admin("backup", "copy.db")
        copy = Path(backup["file"])
        self.assertEqual((copy.name, copy.stat().st_size), ("copy.db", backup["sizeBytes"]))
        with contextlib.closing(sqlite3.connect(copy)) as database:
            self.assertEqual(database.execute("SELECT id FROM volumes").fetchall(), [(volume,)])
        self.assert_refused("InvalidParameter", "backup", "copy.db")
        self.assert_refused("InvalidParameter", "backup", "../elsewhere.db")

    def test_a_client_generated_from_the_contract_calls_it(self) -> None:
        client = REPOSITORY / "tests" / "interop" / "zeep_admin_client.py"
        versions: list[list[str]] = [[], ["--soap12"]]
        for version in versions:
            done = run(sys.executable, "-B", client, self.stack.endpoint + "/admin", *version)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            report = json.loads(done.stdout)["report"]
            self.assertEqual((report["driftsSeen"], report["driftsRepaired"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
