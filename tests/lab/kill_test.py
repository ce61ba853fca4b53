"""Daemons die in the middle of an attach: once they are back and the system is quiet, the real world is what the
metadata say."""

import threading
import unittest

from scripts.localcluster.client import ClientError
from scripts.localcluster.patterns import replace
from tests.harness.world import differences
from tests.lab.lab_case import LabCase

LAB = "/usr/local/lib/lab"


class Kills(LabCase):
    def test_the_service(self) -> None:
        self.assert_survives("service", "vbs-service")

    def test_the_volume_delegate(self) -> None:
        self.assert_survives("volume", "vbs-volume-delegate")

    def test_the_vmm_delegate(self) -> None:
        self.assert_survives("host1", "vbs-vmm-delegate")

    def test_the_target_daemon(self) -> None:
        if "tgt" not in self.lab.profile.targets.services:
            self.skipTest("the targets of this profile are the kernel's")
        self.assert_survives("volume", "tgtd")

    def assert_survives(self, node: str, daemon: str) -> None:
        held = self.new_volume()
        disk = self.attach(held, "vm2")
        self.on("vm2", f"echo kept > {disk}; sync")
        volume = self.new_volume()

        def hold(text: str) -> str:
            """The attach is held up between the export and the login."""
            wait = f"touch /run/lab/held; {LAB}/await 120 test -e /run/lab/go-on"
            return replace(text, "host.connect.2", f'sh -c "{wait}"')

        with self.edited_patterns("host1", hold):
            attach = threading.Thread(target=self.try_to_attach, args=(volume,))
            attach.start()
            self.addCleanup(attach.join)
            self.await_("the login", lambda: self.lab.run("host1", "test -e /run/lab/held").exit_code == 0)
            self.on(node, f"{LAB}/daemon kill {daemon}")
        self.on(node, f"{LAB}/services/{'tgt' if daemon == 'tgtd' else daemon}")
        self.on("host1", "touch /run/lab/go-on")
        self.addCleanup(self.on, "host1", "rm /run/lab/held /run/lab/go-on")
        attach.join()

        self.await_("the system to be quiet", self.is_quiet)
        self.await_("the world to be as the metadata say", self.is_as_described)
        self.assertEqual(self.on("vm2", f"echo 3 > /proc/sys/vm/drop_caches; head -n 1 {disk}"), "kept\n")
        if self.vbs.describe_volumes(volume)[0].status == "available":
            self.attach(volume, "vm1")
            self.assertTrue(self.is_as_described())

    def try_to_attach(self, volume: str) -> None:
        try:
            self.vbs.attach_volume(volume, "host1", "vm1", self.devices[0])
        except ClientError:
            pass

    def is_quiet(self) -> bool:
        return all(each.status in ("available", "in-use") for each in self.vbs.describe_volumes())

    def is_as_described(self) -> bool:
        return not differences(self.ask(), self.look())


if __name__ == "__main__":
    unittest.main()
