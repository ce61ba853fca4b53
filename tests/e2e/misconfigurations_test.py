"""What an administrator gets wrong in a minute and mends the next costs a guest nothing: it writes all the while."""

import unittest
from pathlib import Path

from tests.e2e.cluster_case import ClusterCase, Writer
from tests.e2e.misconfiguration import DELEGATE, OTHER_DELEGATE, SERVICE, Misconfiguration, Site
from tests.e2e.wrong_patterns import wrong_patterns
from tests.e2e.wrong_settings import wrong_settings
from tests.harness.waiting import until

# Enough for whatever needs to be seen by two surveys in a row.
RECONCILIATIONS = 3
# QEMU logs in by itself; so that there are sessions to be mistaken about, its logins are taken for the host's.
SESSIONS = r"""
host.connect = true
host.disconnect = sh -c "echo <volumeId> >> <vmDirectory>/disconnected"
list.sessions = vbs-qmp list --directory <vmDirectory>
list.sessions.output = ^\S+\t\S+\t\S+\tiscsi://(?<portal>[^/\s]+)/(?<targetName>[^/\s]+)/(?<lun>\d+)$
"""
LOGS = (SERVICE, "vbs-volume-delegate", DELEGATE, OTHER_DELEGATE)


class Misconfigurations(ClusterCase):
    def setUp(self) -> None:
        host1 = self.cluster.pattern_file("host1")
        host1.write_text(host1.read_text(encoding="utf-8") + SESSIONS, encoding="utf-8")
        empty = self.cluster.directory / "empty"
        empty.mkdir()
        self.volume, other = self.new_volume("4"), self.new_volume()
        self.vbs.attach_volume(self.volume, "host2", "vm2", "sdd")
        old_backup = self.vbs.run("admin", "backup", "old.sqlite")[0][1]
        self.vbs.detach_volume(self.volume)
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        self.vbs.attach_volume(other, "host1", "vm1", "sdc")
        self.attached_volume("sdb", "host2", "vm2")
        self.site = Site(self.cluster, self.vbs, self.volume, other, old_backup, empty)
        self.devices = self.cluster.devices()
        self.writer = Writer(self, self.volume)
        until(lambda: self.writer.written() > 0, "the guest to write")

    def test_a_guest_writes_on_through_each_misconfiguration_and_its_mending(self) -> None:
        for number, each in enumerate([*wrong_settings(self.site), *wrong_patterns(self.site)], 1):
            with self.subTest(each.name, number=number):
                self.assert_unharmed_by(each)
        self.assertTrue(self.has_no_drift())
        self.assertEqual(self.cluster.devices(), self.devices)
        self.writer.end()

    def assert_unharmed_by(self, misconfiguration: Misconfiguration) -> None:
        offsets = {name: self.cluster.log(name).stat().st_size for name in LOGS}
        with misconfiguration.stands:
            reports = [self.vbs.reconcile() for _ in range(RECONCILIATIONS)]
            said = "".join(log_since(self.cluster.log(name), offset) for name, offset in offsets.items())
            self.assertRegex(f"{reports}\n{said}", misconfiguration.sign)
            self.assert_writing()
        until(self.has_no_drift, "the service to find all as it should be")
        self.assertEqual(self.status_of(self.volume), ("in-use", ""))
        self.assert_writing()

    def has_no_drift(self) -> bool:
        return [record[0] for record in self.vbs.reconcile()] == ["DRIFTS"]

    def assert_writing(self) -> None:
        self.assertEqual(self.cluster.devices(), self.devices)
        self.assertEqual(self.logged_in(self.volume), ("host1",))
        self.assertNotIn(self.volume, self.disconnected())
        before = self.writer.check_last_block()
        until(lambda: self.writer.check_last_block() > before, "the guest to go on")

    def disconnected(self) -> str:
        file = self.cluster.vm_directory("host1") / "disconnected"
        return file.read_text(encoding="ascii") if file.exists() else ""


def log_since(file: Path, offset: int) -> str:
    with open(file, "rb") as log:
        log.seek(offset)
        return log.read().decode(errors="replace")


if __name__ == "__main__":
    unittest.main()
