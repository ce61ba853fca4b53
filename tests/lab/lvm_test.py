"""LVM on the volume server and on the VM hosts: what guests make on their volumes, and volumes that somebody has
open."""

import threading
import unittest

from scripts.localcluster.client import ClientError
from scripts.localcluster.patterns import replace
from tests.lab.lab_case import LabCase

GROUP = "vbs"


class GuestsVolumeGroups(LabCase):
    def test_nobody_but_the_guest_sees_the_volume_group_on_a_volume(self) -> None:
        volume = self.new_volume()
        device, strange = f"/dev/{GROUP}/{volume}", "vol-ffffffff"
        only = f'--config \'devices {{ scan_lvs=1 global_filter=["a|^{device}$|", "r|.*|"] }}\''
        make = f"vgcreate -q {only} guest {device} && lvcreate -q {only} -an -Zn -l 100%FREE -n {strange} guest"
        self.on("volume", make)
        self.attach(volume, "vm1")

        host = self.lab.vms["vm1"].name
        # As when the host boots: all that LVM may see is activated.
        self.on(host, "modprobe dm-mod; pvscan --cache; vgchange --activate y")
        self.assertEqual(self.on(host, "lvs --noheadings -o lv_full_name"), "")
        self.assertEqual(self.on(host, "dmsetup ls").strip(), "No devices found")
        seen = self.on(host, "lvs --noheadings -o lv_name --config 'devices { global_filter=[\"a|.*|\"] }'")
        self.assertEqual(seen.strip(), strange)

        self.on("volume", "pvscan --cache; vgchange --activate y")
        self.assertNotIn(strange, self.on("volume", "lvs --noheadings -o lv_name; dmsetup ls"))
        found = self.vbs.run("admin", "reconcile", "--dry-run")
        self.assertEqual([fields[0] for fields in found], ["DRIFTS"], found)
        self.detach(volume)


class OpenVolumes(LabCase):
    def setUp(self) -> None:
        self.volume = self.new_volume()
        self.device = f"/dev/{GROUP}/{self.volume}"
        self.on("volume", f"echo kept > {self.device}; sync")
        self.addCleanup(self.let_go)
        self.hold()

    def test_a_deletion_waits_for_whoever_has_the_volume_open(self) -> None:
        errors: list[ClientError] = []
        deletion = threading.Thread(target=self.delete, args=(errors,))
        deletion.start()
        self.await_("a try", lambda: self.tries() > 0)
        self.let_go()
        deletion.join()
        self.assertEqual(errors, [])
        self.assertNotIn(self.volume, self.on("volume", f"lvs --noheadings -o lv_name {GROUP}"))

    def test_a_deletion_that_waits_in_vain_leaves_the_volume_as_it_was(self) -> None:
        refusal = self.assert_refused("CommandFailed", self.vbs.delete_volume, self.volume)
        self.assertIn(self.volume, refusal.stderr)
        described = self.vbs.describe_volumes(self.volume)[0]
        self.assertEqual((described.status, described.reason), ("available", ""))
        self.let_go()
        disk = self.attach(self.volume, "vm1")
        self.assertEqual(self.on("vm1", f"head -n 1 {disk}"), "kept\n")

    def test_a_volume_that_was_wiped_is_never_taken_for_whole(self) -> None:
        if "blkdiscard" not in self.patterns("volume"):
            self.skipTest("thin volumes are not wiped")
        self.let_go()
        with self.edited_patterns("volume", lambda text: replace(text, "volume.delete.5", "false")):
            refusal = self.assert_refused("CommandFailed", self.vbs.delete_volume, self.volume)
            self.assertIn("not certain", refusal.stderr)
            self.hold()
        tries = self.tries()
        self.await_("another try", lambda: self.tries() > tries)
        self.assertEqual(self.vbs.describe_volumes(self.volume)[0].status, "deleting")
        self.let_go()
        self.await_("the volume to be gone", lambda: self.volume not in self.ask().volumes)

    def hold(self) -> None:
        self.on("volume", f"setsid sleep infinity < {self.device} > /dev/null 2>&1 & echo $! > /run/holder")

    def delete(self, errors: list[ClientError]) -> None:
        try:
            self.vbs.delete_volume(self.volume)
        except ClientError as error:
            errors.append(error)

    def tries(self) -> int:
        """How often a command of the deletion was refused."""
        log = "/var/log/vbs-volume-delegate.log"
        return int(self.on("volume", f"grep 'volume.delete.*{self.volume}' {log} | grep -cv 'exited with 0' || true"))

    def let_go(self) -> None:
        self.on("volume", "[ ! -e /run/holder ] || { kill $(cat /run/holder); rm /run/holder; }")


if __name__ == "__main__":
    unittest.main()
