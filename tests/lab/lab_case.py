"""Tests on a whole lab. It is brought up once for all test cases of a run."""

import atexit
import contextlib
import functools
import re
import shutil
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, NamedTuple

from environment import BUILD, PROFILE, RUNNING_LAB

from localcluster.client import Client, ClientError, Snapshot, Volume
from virtuallab.lab import Lab, LabError
from virtuallab.profiles import PROFILES

_PATIENCE_SECONDS = 300
_PATTERN_FILE = "/etc/vbs/commands.properties"
_WHAT_IS_TOLD = "tail -n 40 /var/log/*.log; dmesg | tail -n 20; ps -eo pid,stat,wchan:20,etime,args --forest | grep -v '\\['"
_VBS_NAME = re.compile(r"\b(?:vol|snap)-[0-9a-f]{8}\b")


class World(NamedTuple):
    """What is really there, and what VBS says is there. Names of VBS only, by node."""

    volumes: list[str]
    targets: list[str]
    sessions: list[str]
    devices: list[str]
    described_volumes: list[Volume]
    described_snapshots: list[Snapshot]


@functools.cache
def shared_lab() -> Lab:
    if RUNNING_LAB:
        return Lab(Path(RUNNING_LAB))
    directory = Path(tempfile.mkdtemp(prefix="vbs-lab-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    lab = Lab(directory)
    lab.up(PROFILES[PROFILE], BUILD)
    atexit.register(lab.down)
    return lab


class LabCase(unittest.TestCase):
    maxDiff = None
    lab: Lab
    vbs: Client
    devices: tuple[str, ...]

    @classmethod
    def setUpClass(cls):
        cls.lab = shared_lab()
        cls.vbs = cls.lab.client()
        cls.devices = cls.lab.profile.hypervisor.devices

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        failed = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > failed:
            self._tell_of_nodes()
        return result

    def _tell_of_nodes(self) -> None:
        """Prints what a failure is understood by; of a lab that the tests started, nothing is left later."""
        print(f"\nThe nodes after {self.id()}:", file=sys.stderr)
        for node in self.lab.nodes:
            try:
                outcome = self.lab.run(node, _WHAT_IS_TOLD, timeout=20)
                text = (outcome.stdout + outcome.stderr).decode(errors="replace")
            except LabError as error:
                text = f"{error}\n"
            print(f"--- {node}\n{text}", file=sys.stderr, end="", flush=True)

    # --- What is there ---

    def world(self) -> World:
        profile, vms = self.lab.profile, self.lab.vms
        listings = {
            "volumes": [("", "volume", "lvs --noheadings -o lv_name vbs")],
            "targets": [("", "volume", profile.targets.listed)],
            # 21: there is none
            "sessions": [(f"{host}: ", host, "iscsiadm -m session || [ $? = 21 ]") for host in self.hosts()],
            "devices": [(f"{vm}: ", vms[vm].name, profile.hypervisor.attached.format(vm=vm)) for vm in vms],
        }
        with ThreadPoolExecutor() as pool:
            found = {
                part: [pool.submit(self.names_on, *listing) for listing in of_nodes]
                for part, of_nodes in listings.items()
            }
            return World(
                **{part: [name for names in of_nodes for name in names.result()] for part, of_nodes in found.items()},
                described_volumes=self.vbs.describe_volumes(),
                described_snapshots=self.vbs.describe_snapshots(),
            )

    def hosts(self) -> list[str]:
        return [node.name for node in self.lab.vms.values()]

    def names_on(self, prefix: str, node: str, listing: str) -> list[str]:
        return sorted({prefix + name for name in _VBS_NAME.findall(self.on(node, listing))})

    def assert_nothing_is_attached(self) -> None:
        world = self.world()
        self.assertEqual((world.targets, world.sessions, world.devices), ([], [], []))

    # --- What is done ---

    def on(self, node: str, command: str) -> str:
        """Runs a shell command line on a node or in a VM; it must succeed."""
        outcome = self.lab.run(node, command, timeout=_PATIENCE_SECONDS)
        self.assertEqual(outcome.exit_code, 0, f"{node}: {command}: {outcome.stderr.decode(errors='replace')}")
        return outcome.stdout.decode(errors="replace")

    def new_volume(self, *arguments: str) -> str:
        """A volume that is detached and deleted when the test is done."""
        volume = self.vbs.create_volume(*(arguments or ("1",))).id
        self.addCleanup(self._remove, volume)
        return volume

    def new_snapshot(self, volume: str) -> str:
        snapshot = self.vbs.create_snapshot(volume, "--wait").id
        self.addCleanup(self._remove_snapshot, snapshot)
        return snapshot

    def attach(self, volume: str, vm: str, number: int = 0) -> str:
        """Returns where the VM has it, once it is there."""
        device = self.devices[number]
        self.vbs.attach_volume(volume, self.lab.vms[vm].name, vm, device)
        disk = self.disk(volume, number)
        self.await_disk(disk, vm)
        return disk

    def detach(self, volume: str) -> None:
        self.vbs.detach_volume(volume)

    def disk(self, volume: str, number: int = 0) -> str:
        return self.lab.profile.hypervisor.disk.format(volume=volume, device=self.devices[number])

    def await_disk(self, disk: str, vm: str) -> None:
        self.await_(f"{disk} in {vm}", lambda: self.lab.run(vm, f"test -b {disk}").exit_code == 0)

    def await_(self, what: str, is_so) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                self.fail(f"waited {_PATIENCE_SECONDS} seconds for {what}")
            time.sleep(0.5)

    def assert_refused(self, code: str, function, *arguments: str) -> ClientError:
        with self.assertRaises(ClientError) as refusal:
            function(*arguments)
        self.assertIn(code, refusal.exception.stderr)
        return refusal.exception

    def patterns(self, node: str) -> str:
        """The text of the node's pattern file."""
        return self.on(node, f"cat {_PATTERN_FILE}")

    @contextlib.contextmanager
    def edited_patterns(self, node: str, edit: Callable[[str], str]):
        """The node's pattern file as `edit` makes it, for as long as the context lasts."""
        before = self.patterns(node)
        self._write_patterns(node, edit(before))
        try:
            yield
        finally:
            self._write_patterns(node, before)

    def _write_patterns(self, node: str, text: str) -> None:
        write = f"cat > {_PATTERN_FILE}.part && mv {_PATTERN_FILE}.part {_PATTERN_FILE}"
        outcome = self.lab.run(node, write, given=text.encode())
        self.assertEqual(outcome.exit_code, 0, outcome.stderr)

    def _remove(self, volume: str) -> None:
        found = [each for each in self.vbs.describe_volumes() if each.id == volume]
        if found and found[0].status == "in-use":
            self.vbs.detach_volume(volume)
        if found:
            self.vbs.delete_volume(volume)

    def _remove_snapshot(self, snapshot: str) -> None:
        if any(each.id == snapshot for each in self.vbs.describe_snapshots()):
            self.vbs.delete_snapshot(snapshot)
