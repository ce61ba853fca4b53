"""A VM host that is lost, a VM that ends, a guest that does not let go: what users do then, and what is left."""

import contextlib
import unittest
from typing import Callable, Iterator

from scripts.localcluster.client import ClientError
from tests.e2e.cluster_case import ClusterCase
from tests.harness import qmp
from tests.harness.local_world import select
from tests.harness.pattern_edits import edited
from tests.harness.waiting import PATIENCE, comes_true

DELEGATE = "vbs-vmm-delegate-host1"


class LostHosts(ClusterCase):
    def setUp(self) -> None:
        self.volume = self.new_volume()

    def eventually(self, condition: Callable[[], bool], complaint: str) -> None:
        self.assertTrue(comes_true(condition, PATIENCE), f"{complaint}; the journal has {self.journal()}")

    def journal(self) -> list[tuple[str, str]]:
        """Of the volume: kind and last error of what is open."""
        query = "SELECT kind, last_error FROM operations WHERE resource_id = ?"
        return [(kind, error or "") for kind, error in select(self.cluster, query, self.volume)]

    def status(self) -> str:
        return self.vbs.describe_volumes(self.volume)[0].status

    def places(self) -> list[tuple[str, str]]:
        """VM and device; the device is - where QEMU holds the volume and no guest sees it."""
        lines = [line.split("\t") for line in self.cluster.devices()]
        return [(vm, device) for vm, device, volume, _ in lines if volume == self.volume]

    def has_target(self) -> bool:
        return any(name.endswith(f":{self.volume}") for name in self.cluster.targets())

    def disk(self, vm: str = "vm1") -> str:
        return self.in_guest(f"await-volume {self.volume}", vm).strip()

    def first_line(self, vm: str = "vm1") -> str:
        return self.in_guest(f"head -n 1 {self.disk(vm)}", vm)

    def in_the_background(self, command: str, vm: str = "vm1") -> None:
        self.in_guest(f"setsid sh -c '{command}' >/dev/null 2>&1 </dev/null &", vm)

    @contextlib.contextmanager
    def host1_lost(self) -> Iterator[None]:
        """Its delegate is killed, its VM runs on; at the end the delegate is there again."""
        self.cluster.kill(DELEGATE)
        try:
            yield
        finally:
            self.cluster.start(DELEGATE)

    def await_clean(self) -> None:
        self.eventually(lambda: not self.journal(), "host1 was not cleaned")
        self.assertNotIn("vm1", [vm for vm, device in self.places() if device != "-"])

    def test_a_volume_moves_from_a_lost_host_and_the_host_is_cleaned_when_it_is_back(self) -> None:
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        self.in_guest(f"echo first > {self.disk()}; sync")
        with self.host1_lost():
            refusal = self.assert_refused("DelegateUnreachable", self.vbs.detach_volume, self.volume)
            self.assertIn("host1", refusal.stderr)
            self.eventually(self.detached_by_force, "the forced detach was never let through")
            self.assertEqual((self.status(), self.has_target()), ("available", False))
            self.assertEqual(self.places(), [("vm1", "sdb")])

            self.vbs.attach_volume(self.volume, "host2", "vm2", "sdb")
            self.assertEqual(self.first_line("vm2"), "first\n")
            self.in_guest(f"echo second > {self.disk('vm2')}; sync", "vm2")
            self.assertEqual(self.logged_in(self.volume), ("host2",))
            # vm1 has no way to the volume any more, and is none the worse for it.
            self.in_guest("true", "vm1")
        self.await_clean()
        self.in_guest(f"await-volume --gone {self.volume}", "vm1")
        self.assertEqual(self.first_line("vm2"), "second\n")
        self.vbs.detach_volume(self.volume)

        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdc")
        self.assertEqual(self.first_line(), "second\n")
        self.vbs.detach_volume(self.volume)
        self.assertEqual((self.places(), self.has_target()), ([], False))

    def detached_by_force(self) -> bool:
        """False while an attempt of the plain detach is under way."""
        try:
            self.vbs.detach_volume(self.volume, "--force")
            return True
        except ClientError as refusal:
            self.assertIn("ask again in a moment", str(refusal))
            return False

    def test_what_a_lost_host_has_under_way_fails_and_reaches_no_volume(self) -> None:
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        disk = self.disk()
        self.in_the_background(
            f"while dd if=/dev/zero of={disk} bs=64k count=16 conv=fsync; do :; done; echo ended >/tmp/writer"
        )
        with self.host1_lost():
            self.vbs.detach_volume(self.volume, "--force")
            self.in_guest("until [ -e /tmp/writer ]; do usleep 20000; done; rm /tmp/writer")
            self.vbs.attach_volume(self.volume, "host2", "vm2", "sdb")
            self.in_guest(f"echo mine > {self.disk('vm2')}; sync", "vm2")
        self.await_clean()
        self.assertEqual(self.first_line("vm2"), "mine\n")

    def test_io_of_a_lost_host_that_nothing_answers_ends_with_its_vm(self) -> None:
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        disk = self.disk()
        with self.host1_lost():
            self.vbs.detach_volume(self.volume, "--force")
            self.in_the_background(f"dd if=/dev/zero of={disk} count=1 conv=fsync")
            name = disk.removeprefix("/dev/")
            self.in_guest(f"until grep -q '[1-9]' /sys/block/{name}/inflight; do usleep 20000; done")
        self.eventually(
            lambda: any("has I/O under way" in error for _, error in self.journal()),
            "the journal does not say what the cleaning waits for",
        )
        self.in_guest("true", "vm1")
        self.assertEqual(self.status(), "available")
        refusal = self.assert_refused("IncorrectState", self.vbs.attach_volume, self.volume, "host1", "vm1", "sdb")
        self.assertIn("still has to be cleaned", refusal.stderr)

        self.cluster.kill("vm1")
        try:
            self.eventually(lambda: not self.journal(), "the cleaning did not end with the VM")
        finally:
            self.cluster.start("vm1")
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        self.disk()

    def test_a_vm_that_ended_holds_nothing(self) -> None:
        self.vbs.attach_volume(self.volume, "host2", "vm2", "sdb")
        self.in_guest(f"echo kept > {self.disk('vm2')}; sync", "vm2")
        self.cluster.kill("vm2")
        try:
            self.vbs.detach_volume(self.volume)
            self.assertEqual((self.status(), self.has_target()), ("available", False))
        finally:
            self.cluster.start("vm2")
        self.vbs.attach_volume(self.volume, "host1", "vm1", "sdb")
        self.assertEqual(self.first_line(), "kept\n")

    def test_a_guest_that_does_not_let_go_keeps_its_disk(self) -> None:
        vbs_qmp = "vbs-qmp --socket <vmDirectory>/<vmId>.qmp"
        edit = {
            "vm.attach": f"{vbs_qmp} attach --device <vmDev> --serial <volumeId> --url <vmmDev> "
            "--initiator <initiatorPrefix>:<hostname> --bus virtio",
            "vm.detach": f"{vbs_qmp} --timeout 2 detach --device <vmDev> --serial <volumeId>",
        }
        with edited(self.cluster.pattern_file("host1"), edit):
            self.vbs.attach_volume(self.volume, "host1", "vm1", "vdb")
            self.in_guest(f"echo kept > {self.disk()}; sync")
            vm1 = self.cluster.vm_directory("host1") / "vm1.qmp"
            qmp.execute(vm1, "stop")
            try:
                refusal = self.assert_refused("CommandFailed", self.vbs.detach_volume, self.volume)
                for part in ("vm.detach", "did not let go of device vdb", self.volume, "Unmount it in the guest"):
                    self.assertIn(part, refusal.stderr)
                self.assertEqual((self.status(), self.has_target()), ("in-use", True))
                self.assertEqual(self.places(), [("vm1", "vdb")])
            finally:
                qmp.execute(vm1, "cont")
            # The guest may let go now of what it was asked for before; either way the disk is detached.
            self.eventually(self.detached, "the volume was never detached")
            self.assertEqual((self.places(), self.has_target()), ([], False))
            self.in_guest(f"await-volume --gone {self.volume}")
            self.vbs.attach_volume(self.volume, "host1", "vm1", "vdb")
            self.assertEqual(self.first_line(), "kept\n")
            self.vbs.detach_volume(self.volume)

    def detached(self) -> bool:
        """False when the guest needed longer than the short time that it is given here."""
        try:
            self.vbs.detach_volume(self.volume)
            return True
        except ClientError as refusal:
            self.assertIn("did not let go", str(refusal))
            return False


if __name__ == "__main__":
    unittest.main()
