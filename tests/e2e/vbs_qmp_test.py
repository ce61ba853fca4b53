"""vbs-qmp against QEMU, a guest and tgtd, without the VBS daemons: the data path of the userspace profile."""

import hashlib
import os
import signal
import subprocess
import unittest
from pathlib import Path

from scripts.localcluster import guest_commands
from scripts.localcluster.guest import await_guest, build_guest_image, command_port, start_guest
from scripts.localcluster.processes import Process, ProcessError, ProcessTable
from scripts.localcluster.target_daemon import start_target_daemon, tgtadm
from tests.harness import qmp
from tests.harness.at_once import at_once
from tests.harness.places import PROGRAMS, REPOSITORY, temporary_directory
from tests.harness.waiting import until

Completed = subprocess.CompletedProcess[str]

INITIATOR = "iqn.2009-09.org.vbs:test"
SIZE = 64 * 1024 * 1024


class VbsQmp(unittest.TestCase):
    directory: Path
    table: ProcessTable
    image: Path
    portal: str
    tgt_socket: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = temporary_directory(cls.addClassCleanup)
        cls.table = ProcessTable(cls.directory / "processes.json")
        cls.addClassCleanup(lambda: cls.table.stop(list(cls.table), patience=10))
        cls.image = build_guest_image(REPOSITORY)
        cls.start_vm("vm1")
        cls.portal, cls.tgt_socket = start_target_daemon(cls.table, cls.directory, cls.directory / "tgtd.log")
        await_guest(cls.table, "vm1", cls.directory)

    @classmethod
    def start_vm(cls, name: str) -> None:
        start_guest(cls.table, name, cls.image, cls.directory, cls.directory / f"{name}.log")

    def process(self, name: str) -> Process:
        process = self.table.find(name)
        assert process is not None
        return process

    def tgtadm(self, mode: str, operation: str, number: int, *more: str) -> None:
        tgtadm(self.tgt_socket, "--mode", mode, "--op", operation, "--tid", str(number), *more)

    def export(self, number: int, volume: str) -> None:
        backing = str(self.directory / f"{volume}.img")
        self.tgtadm("target", "new", number, "--targetname", self.target(volume))
        self.tgtadm("logicalunit", "new", number, "--lun", "1", "--backing-store", backing)
        self.tgtadm("target", "bind", number, "--initiator-name", INITIATOR)

    def volume(self, number: int) -> str:
        """A volume with a target; both are gone, and out of vm1, when the test is done."""
        volume = f"vol-{number:08x}"
        with open(self.directory / f"{volume}.img", "wb") as file:
            file.truncate(SIZE)
        self.export(number, volume)

        def remove() -> None:
            for line in self.list().splitlines():
                _, device, attached, _ = line.split("\t")
                if attached == volume:
                    self.detach(device.replace("-", "sdz"), volume)
            self.tgtadm("target", "delete", number)

        self.addCleanup(remove)
        return volume

    @staticmethod
    def target(volume: str) -> str:
        return f"iqn.2009-09.org.vbs:{volume}"

    def qmp(self, *arguments: str, vm: str = "vm1") -> Completed:
        return subprocess.run(
            [PROGRAMS / "vbs-qmp", "--socket", self.directory / f"{vm}.qmp", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    def url(self, volume: str) -> str:
        return f"iscsi://{self.portal}/{self.target(volume)}/1"

    def attach(self, device: str, volume: str, *more: str, vm: str = "vm1", initiator: str = INITIATOR) -> Completed:
        where = ["--url", self.url(volume), "--initiator", initiator]
        return self.qmp("attach", "--device", device, "--serial", volume, *where, *more, vm=vm)

    def detach(self, device: str, volume: str, *more: str, vm: str = "vm1") -> Completed:
        return self.qmp("detach", "--device", device, "--serial", volume, *more, vm=vm)

    def tear_target_away(self, number: int) -> None:
        self.tgtadm("target", "delete", number, "--force")

    def list(self) -> str:
        listing = self.qmp("list")
        self.assertEqual(listing.returncode, 0, listing.stderr)
        return listing.stdout

    def in_guest(self, command: str, vm: str = "vm1") -> str:
        outcome = guest_commands.run(command_port(self.directory, vm), command, timeout=60)
        self.assertEqual(outcome.exit_code, 0, outcome.stderr.decode())
        return outcome.stdout.decode()

    def assert_done(self, result: Completed) -> None:
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_bytes_written_in_the_guest_are_in_the_volume(self) -> None:
        volume = self.volume(1)
        self.assert_done(self.attach("sdb", volume))
        self.in_guest(f"await-volume {volume}")
        disk = f"/dev/disk/by-serial/{volume}"
        self.in_guest(f"dd if=/dev/urandom of={disk} bs=1M count=8 && sync")
        seen = self.in_guest(f"dd if={disk} bs=1M count=8 2>/dev/null | sha256sum").split()[0]
        self.assert_done(self.detach("sdb", volume))
        self.in_guest(f"await-volume --gone {volume}")
        with open(self.directory / f"{volume}.img", "rb") as backing:
            self.assertEqual(hashlib.sha256(backing.read(8 * 1024 * 1024)).hexdigest(), seen)

    def test_a_file_system_survives_the_move_to_another_device(self) -> None:
        volume = self.volume(2)
        self.assert_done(self.attach("sdb", volume))
        disk = self.in_guest(f"await-volume {volume}").strip()
        self.in_guest(f"mke2fs {disk} && mount {disk} /mnt && echo kept > /mnt/file && umount /mnt")
        self.assert_done(self.detach("sdb", volume))
        self.in_guest(f"await-volume --gone {volume}")
        self.assert_done(self.attach("sdc", volume))
        disk = self.in_guest(f"await-volume {volume}").strip()
        self.assertEqual(self.in_guest(f"mount {disk} /mnt && cat /mnt/file && umount /mnt"), "kept\n")

    def test_asking_twice_succeeds_and_lists_once(self) -> None:
        volume = self.volume(3)
        for _ in range(2):
            self.assert_done(self.attach("sdb", volume))
        self.assertEqual(self.list(), f"vm1\tsdb\t{volume}\t{self.url(volume)}\n")
        for _ in range(2):
            self.assert_done(self.detach("sdb", volume))
        self.assertEqual(self.list(), "")

    def test_conflicts_are_refused_and_change_nothing(self) -> None:
        volume, other = self.volume(4), self.volume(5)
        self.assert_done(self.attach("sdb", volume))
        before = self.list()
        for refused in (self.attach("sdb", other), self.attach("sdc", volume), self.detach("sdc", volume)):
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn(volume, refused.stderr)
        self.assertEqual(self.list(), before)

    def test_a_refused_login_leaves_nothing(self) -> None:
        volume = self.volume(6)
        refused = self.attach("sdb", volume, initiator="iqn.2009-09.org.vbs:stranger")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("Target not found", refused.stderr)
        self.assertEqual(self.list(), "")

    def test_a_target_cannot_be_deleted_under_a_vm(self) -> None:
        volume = self.volume(7)
        self.assert_done(self.attach("sdb", volume))
        with self.assertRaises(ProcessError) as refused:
            self.tgtadm("target", "delete", 7)
        self.assertIn("this target is still active", str(refused.exception))

    def test_many_at_once_take_turns(self) -> None:
        volumes = [self.volume(0x10 + number) for number in range(12)]
        devices = [f"sd{letter}" for letter in "bcdefghijklm"]
        for result in at_once(len(volumes), lambda number: self.attach(devices[number], volumes[number])):
            self.assert_done(result)
        self.assertEqual([line.split("\t")[2] for line in sorted(self.list().splitlines())], volumes)
        for result in at_once(len(volumes), lambda number: self.detach(devices[number], volumes[number])):
            self.assert_done(result)
        self.assertEqual(self.list(), "")

    def test_the_same_attach_at_once_is_made_once(self) -> None:
        volume = self.volume(8)
        for result in at_once(8, lambda _: self.attach("sdb", volume)):
            self.assert_done(result)
        self.assertEqual(len(self.list().splitlines()), 1)

    def test_a_vm_lives_on_when_its_target_is_gone_for_good(self) -> None:
        volume = self.volume(0x20)
        self.assert_done(self.attach("sdb", volume))
        disk = self.in_guest(f"await-volume {volume}").strip()
        # Not flushed to the target: QEMU would do that, and wait, when it was to log out.
        self.in_guest(f"echo written > {disk}; sync")
        self.tear_target_away(0x20)
        for _ in range(2):
            left = self.detach("sdb", volume)
            self.assert_done(left)
            self.assertIn("goes on trying to log in", left.stderr)
        self.in_guest(f"await-volume --gone {volume}")
        self.assertEqual(self.list(), f"vm1\t-\t{volume}\t{self.url(volume)}\n")

        # What is left is used again when the volume comes back,
        self.export(0x20, volume)
        self.assert_done(self.attach("sdb", volume))
        disk = self.in_guest(f"await-volume {volume}").strip()
        self.assertEqual(self.in_guest(f"head -c 8 {disk}"), "written\n")
        # or forgotten.
        self.in_guest(f"echo again > {disk}; sync")
        self.tear_target_away(0x20)
        self.assert_done(self.detach("sdb", volume))
        self.export(0x20, volume)
        self.assert_done(self.qmp("forget", "--serial", volume))
        self.assertEqual(self.list(), "")

    def test_io_that_no_target_answers_does_not_freeze_the_vm(self) -> None:
        volume = self.volume(0x21)
        self.assert_done(self.attach("sdb", volume))
        disk = self.in_guest(f"await-volume {volume}").strip()
        self.tear_target_away(0x21)
        write = f"dd if=/dev/zero of={disk} count=1 conv=fsync; echo ended > /tmp/dd"
        self.in_guest(f"({write}) >/dev/null 2>&1 </dev/null &")
        # The write may not have come as far as QEMU yet; then the disk could be detached.
        inflight = f"/sys/block/{disk.removeprefix('/dev/')}/inflight"
        self.in_guest(f"until grep -q '[1-9]' {inflight}; do usleep 20000; done")
        refused = self.detach("sdb", volume, "--timeout", "2")
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("has I/O under way", refused.stderr)
        self.assertEqual(self.in_guest("ls /tmp/dd 2>/dev/null || true"), "")

        # Once there is an answer, the write goes on.
        self.export(0x21, volume)
        self.in_guest("until [ -e /tmp/dd ]; do usleep 20000; done; rm /tmp/dd")
        self.assert_done(self.detach("sdb", volume))

    def test_a_target_daemon_that_hangs_does_not_freeze_the_vm(self) -> None:
        volume, other = self.volume(0x22), self.volume(0x23)
        self.assert_done(self.attach("sdb", volume))
        tgtd = self.process("tgtd")
        os.kill(tgtd.pid, signal.SIGSTOP)
        try:
            for refused in (
                self.attach("sdc", other, "--timeout", "2"),
                self.detach("sdb", volume, "--timeout", "2"),
            ):
                self.assertEqual(refused.returncode, 5, refused.stderr)
                self.assertIn("no answer in time", refused.stderr)
            self.in_guest("true")
        finally:
            os.kill(tgtd.pid, signal.SIGCONT)
        self.assertEqual(len(self.list().splitlines()), 1)
        self.assert_done(self.detach("sdb", volume))

    def test_a_virtio_disk_leaves_when_its_guest_agrees(self) -> None:
        volume = self.volume(0x24)
        for _ in range(2):
            self.assert_done(self.attach("vdb", volume, "--bus", "virtio"))
        disk = self.in_guest(f"await-volume {volume}").strip()
        self.assertTrue(disk.startswith("/dev/vd"), disk)
        self.in_guest(f"echo kept > {disk}; sync")
        self.assertEqual(self.list().split("\t")[1], "vdb")
        self.assert_done(self.detach("vdb", volume))
        self.in_guest(f"await-volume --gone {volume}")
        self.assertEqual(self.list(), "")

    def test_a_virtio_disk_that_its_guest_lets_go_late_can_come_back(self) -> None:
        volume = self.volume(0x25)
        self.assert_done(self.attach("vdb", volume, "--bus", "virtio"))
        self.in_guest(f"echo kept > $(await-volume {volume}); sync")
        qmp.execute(self.directory / "vm1.qmp", "stop")
        try:
            refused = self.detach("vdb", volume, "--timeout", "1")
            self.assertEqual(refused.returncode, 4, refused.stderr)
            self.assertIn("did not let go of device vdb", refused.stderr)
            # The roll-back of a detach: it is still there.
            self.assert_done(self.attach("vdb", volume, "--bus", "virtio"))
        finally:
            qmp.execute(self.directory / "vm1.qmp", "cont")
        # Once the guest has let go of it, QEMU only holds it.
        until(lambda: self.list().split("\t")[1] == "-", "the guest to let go")
        self.assert_done(self.attach("vdb", volume, "--bus", "virtio"))
        self.assertEqual(self.in_guest(f"head -n 1 $(await-volume {volume})"), "kept\n")
        self.assert_done(self.detach("vdb", volume))
        self.assertEqual(self.list(), "")

    def test_what_is_in_a_vm_that_died_counts_as_detached(self) -> None:
        volume = self.volume(9)
        self.start_vm("vm2")
        await_guest(self.table, "vm2", self.directory)
        self.assert_done(self.attach("sdb", volume, vm="vm2"))
        vm = self.process("vm2")
        os.kill(vm.pid, signal.SIGKILL)
        self.table.stop([vm], patience=10)
        self.assert_done(self.detach("sdb", volume, vm="vm2"))
        refused = self.attach("sdb", volume, vm="vm2")
        self.assertEqual(refused.returncode, 6)
        self.assertIn("VM vm2 is not running", refused.stderr)


if __name__ == "__main__":
    unittest.main()
