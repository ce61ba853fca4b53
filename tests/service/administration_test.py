"""What administrators ask of a real vbs-service: `vbs admin`, and a client generated from vbs-admin.wsdl."""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import unittest

from stack import BIN, HERE, PATIENCE, Stack, until

ATTACH = dict(vmmHostname="host1", vmId="vm1", vmDevice="xvdb")
FAILS = "ls --no-such-option-of-ls"


class Administration(unittest.TestCase):
    def setUp(self):
        self.stack = Stack(("--reconcile-interval", "0"))  # reconciles only when it is asked to
        self.addCleanup(self.stack.stop)
        self.vbs = self.stack.start().vbs

    def admin(self, *arguments, exit_code=0):
        """What `vbs admin ARGUMENTS` answers."""
        done = subprocess.run([BIN / "vbs", "--endpoint", self.stack.endpoint, "--output", "json", "admin", *arguments],
                              capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.complaint = done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def drifts(self, *options, exit_code=0):
        report = self.admin("reconcile", *options, exit_code=exit_code)
        return [(drift["kind"], drift["resourceId"], drift["outcome"]) for drift in report["drifts"]]

    def test_an_operation_that_cannot_end_is_described_until_it_ends(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.assertEqual(self.admin("describe-operations"), {"operations": []})
        self.stack.edit({"vm.attach": FAILS, "target.delete": FAILS})
        self.stack.refused(lambda: self.vbs.attachVolume(volumeId=volume, **ATTACH))
        [operation] = self.admin("describe-operations")["operations"]
        self.assertEqual((operation["kind"], operation["resourceId"], operation["state"]),
                         ("attachVolume", volume, "rolling-back"))
        self.assertGreaterEqual(operation["attempts"], 1)
        self.assertIn("target.delete", operation["lastError"])
        self.stack.edit({})
        until(lambda: not self.admin("describe-operations")["operations"], "the roll-back to end")

    def test_a_target_that_was_lost_is_planned_for_in_a_dry_run_and_then_made_again(self):
        volume = self.vbs.createVolume(size=1).volumeId
        self.vbs.attachVolume(volumeId=volume, **ATTACH)
        whole = self.stack.world()
        for target in (self.stack.directory / "targets").iterdir():
            shutil.rmtree(target)
        lost = self.stack.world()
        self.assertEqual(self.drifts("--dry-run"), [("missing-target", volume, "planned")])
        self.assertEqual(self.stack.world(), lost)
        self.assertEqual(self.drifts(), [("missing-target", volume, "repaired")])
        self.assertEqual(self.stack.world(), whole)
        report = self.admin("reconcile")
        self.assertEqual((report["drifts"], report["driftsRepaired"]), ([], 1))

    def test_a_part_that_does_not_answer_is_named(self):
        self.stack.vmm_delegate.kill()
        self.assertEqual(self.drifts("--dry-run", exit_code=1), [])
        self.assertIn("vbs: could not be looked at: ", self.complaint)
        self.assertIn("host1", self.complaint)

    def test_a_backup_holds_the_metadata_and_replaces_no_file(self):
        volume = self.vbs.createVolume(size=1).volumeId
        backup = self.admin("backup", "copy.db")
        copy = pathlib.Path(backup["file"])
        self.assertEqual((copy.name, copy.stat().st_size), ("copy.db", backup["sizeBytes"]))
        with contextlib.closing(sqlite3.connect(copy)) as database:
            self.assertEqual(database.execute("SELECT id FROM volumes").fetchall(), [(volume,)])
        self.admin("backup", "copy.db", exit_code=1)
        self.assertIn("vbs: InvalidParameter: ", self.complaint)
        self.admin("backup", "../elsewhere.db", exit_code=1)
        self.assertIn("vbs: InvalidParameter: ", self.complaint)

    def test_a_client_generated_from_the_contract_calls_it(self):
        for version in ((), ("--soap12",)):
            done = subprocess.run(["/usr/bin/python3", "-B", HERE.parent / "interop" / "zeep_admin_client.py",
                                   self.stack.endpoint + "/admin", *version],
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            report = json.loads(done.stdout)["report"]
            self.assertEqual((report["driftsSeen"], report["driftsRepaired"]), (0, 0))


if __name__ == "__main__":
    unittest.main()
