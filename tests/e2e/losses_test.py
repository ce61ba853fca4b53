"""What the real world loses or keeps is mended by the service itself, while guests go on."""

import subprocess
import unittest

from scripts.localcluster.cluster import initiator_of
from tests.e2e.cluster_case import ClusterCase, Writer
from tests.harness.waiting import until


class Losses(ClusterCase):
    def reasons_in_log(self, kind: str, volume: str) -> list[str]:
        log = self.cluster.log("vbs-service").read_text(encoding="utf-8").splitlines()
        return [line for line in log if kind in line and volume in line]

    def test_a_guest_goes_on_writing_when_the_target_daemon_was_killed(self) -> None:
        volume = self.attached_volume()
        devices = self.devices_of(volume)
        writer = Writer(self, volume)
        until(lambda: writer.written() > 10, "the guest to write")
        self.cluster.kill("tgtd")
        before = writer.written()
        self.cluster.start("tgtd")
        until(lambda: writer.written() > before + 50, "the guest to go on")
        self.assertEqual(self.devices_of(volume), devices)
        size, digest = writer.end()

        self.assertEqual(self.in_guest(f"head -c {size} $(await-volume {volume}) | sha256sum").split()[0], digest)
        self.assertEqual(self.status_of(volume), ("in-use", ""))
        self.assertEqual(len(self.reasons_in_log("missing-target:", volume)), 1)

    def test_a_vm_that_was_restarted_has_its_volume_again(self) -> None:
        volume = self.attached_volume()
        self.in_guest(f"echo kept > $(await-volume {volume}); sync")
        self.cluster.restart("vm1")
        self.assertEqual(self.in_guest(f"head -n 1 $(await-volume {volume})"), "kept\n")
        until(lambda: self.status_of(volume) == ("in-use", ""), "the volume to be as it was")
        self.vbs.detach_volume(volume)
        self.assertEqual((self.cluster.targets(), self.cluster.devices()), ([], []))

    def test_a_target_that_is_left_over_is_removed(self) -> None:
        volume = self.new_volume()
        name = f"iqn.2009-09.org.vbs:{volume}"
        self.target("new", "--targetname", name)
        until(lambda: self.cluster.targets() == [], "the target to be removed")

    def test_a_target_of_others_stays(self) -> None:
        others = "iqn.2009-09.org.vbs:vol-00000001"
        self.target("new", "--targetname", others)
        self.addCleanup(self.target, "delete")
        self.vbs.run("admin", "reconcile", "--remove-orphans")
        self.assertEqual(self.cluster.targets(), [others])

    def test_a_disk_that_a_vm_kept_is_taken_away(self) -> None:
        volume = self.attached_volume()
        vm, device, serial, url = self.devices_of(volume)[0].split("\t")
        self.vbs.detach_volume(volume)
        self.vbs.attach_volume(volume, "host2", "vm2", "sdb")
        initiator = initiator_of("host2")  # the only one that the target lets in
        subprocess.run(
            [
                self.cluster.programs / "vbs-qmp",
                "--socket",
                self.cluster.vm_directory("host1") / f"{vm}.qmp",
                "attach",
                "--device",
                device,
                "--serial",
                serial,
                "--url",
                url,
                "--initiator",
                initiator,
            ],
            check=True,
        )
        until(lambda: len(self.devices_of(volume)) == 1, "the disk to be taken away")
        self.assertTrue(self.devices_of(volume)[0].startswith("vm2\t"))

    def test_a_volume_that_nobody_knows_is_reported_and_kept(self) -> None:
        file = self.cluster.volume_directory / "vol-00000001.img"
        file.touch()
        self.addCleanup(file.unlink)
        drifts = [line for line in self.vbs.run("admin", "reconcile", "--remove-orphans") if line[0] == "DRIFT"]
        self.assertEqual([(line[1], line[2]) for line in drifts], [("orphan-volume", "vol-00000001")])
        self.assertTrue(file.exists())

    def target(self, operation: str, *more: str) -> None:
        """A target with a number that VBS does not give."""
        self.cluster.tgtadm("--mode", "target", "--op", operation, "--tid", "77", *more)


if __name__ == "__main__":
    unittest.main()
