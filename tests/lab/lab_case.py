"""Tests on a whole lab. It is brought up once for all test cases of a run."""

import atexit
import contextlib
import functools
import os
import re
import shutil
import signal
import sys
import tempfile
import unittest
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator, Optional

from scripts.virtuallab.lab import Lab, LabError
from scripts.virtuallab.profiles import PROFILES
from tests.harness.places import BUILD
from tests.harness.vbs_case import VbsCase
from tests.harness.waiting import until
from tests.harness.world import Device, Session, State, Target, World

# A lab that is up already and shall stay so; else the tests start one of PROFILE.
_RUNNING_LAB = os.environ.get("VBS_LAB_DIR")
PROFILE = os.environ.get("VBS_LAB_PROFILE", "lvm-lio-libvirt")

# unittest ends at this exception, and goes on after others.
signal.signal(signal.SIGTERM, signal.default_int_handler)

_PATIENCE_SECONDS = 300
_PATTERN_FILE = "/etc/vbs/commands.properties"
_PROCESSES = "ps -eo pid,stat,wchan:20,etime,args --forest | grep -v '\\['"
_WHAT_IS_TOLD = f"tail -n 40 /var/log/*.log; dmesg | tail -n 20; {_PROCESSES}"
_VBS_NAME = re.compile(r"\b(?:vol|snap)-[0-9a-f]{8}\b")


@functools.cache
def shared_lab() -> Lab:
    if _RUNNING_LAB:
        return Lab(Path(_RUNNING_LAB))
    directory = Path(tempfile.mkdtemp(prefix="vbs-lab-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    lab = Lab(directory)
    lab.up(PROFILES[PROFILE], BUILD)
    atexit.register(lab.down)
    return lab


class LabCase(VbsCase):
    lab: Lab
    devices: tuple[str, ...]

    @classmethod
    def setUpClass(cls) -> None:
        cls.lab = shared_lab()
        cls.vbs = cls.lab.client()
        cls.devices = cls.lab.profile.hypervisor.devices

    def run(self, result: Optional[unittest.TestResult] = None) -> Optional[unittest.TestResult]:
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

    # --- What is there

    def look(self) -> World:
        """All nodes at the same time. By names of VBS only."""
        profile, hosts = self.lab.profile, {vm: node.name for vm, node in self.lab.vms.items()}
        with ThreadPoolExecutor() as pool:

            def names_on(node: str, listing: str) -> Future[list[str]]:
                return pool.submit(self._names_on, node, listing)

            storage = names_on("volume", "lvs --noheadings -o lv_name vbs")
            targets = names_on("volume", profile.targets.listed)
            # 21: there is none
            sessions = {host: names_on(host, "iscsiadm -m session || [ $? = 21 ]") for host in hosts.values()}
            devices = {vm: names_on(host, profile.hypervisor.attached.format(vm=vm)) for vm, host in hosts.items()}
            return World(
                {name: None for name in storage.result()},
                [Target(name) for name in targets.result()],
                [Device(hosts[vm], vm, None, name, None) for vm, names in devices.items() for name in names.result()],
                [Session(host, name) for host, names in sessions.items() for name in names.result()],
            )

    def state(self) -> State:
        return State(self.look(), self.ask())

    def _names_on(self, node: str, listing: str) -> list[str]:
        return sorted(set(_VBS_NAME.findall(self.on(node, listing))))

    def assert_nothing_is_attached(self) -> None:
        world = self.look()
        self.assertFalse(world.has_attachments(), world)

    # --- What is done

    def on(self, node: str, command: str) -> str:
        """Runs a shell command line on a node or in a VM; it must succeed."""
        outcome = self.lab.run(node, command, timeout=_PATIENCE_SECONDS)
        self.assertEqual(outcome.exit_code, 0, f"{node}: {command}: {outcome.stderr.decode(errors='replace')}")
        return outcome.stdout.decode(errors="replace")

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

    def await_(self, what: str, is_so: Callable[[], bool]) -> None:
        until(is_so, what, _PATIENCE_SECONDS, longest_pause=0.5)

    def patterns(self, node: str) -> str:
        """The text of the node's pattern file."""
        return self.on(node, f"cat {_PATTERN_FILE}")

    @contextlib.contextmanager
    def edited_patterns(self, node: str, edit: Callable[[str], str]) -> Iterator[None]:
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
