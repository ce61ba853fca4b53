"""Tests on a whole local cluster. It is brought up once for all test cases of a run."""

import atexit
import functools
import unittest
from typing import NamedTuple

from environment import PROGRAMS, temporary_directory

from localcluster.client import Client, ClientError, Snapshot, Volume
from localcluster.cluster import Cluster, Variation


class World(NamedTuple):
    """What is really there, and what VBS says is there."""

    files: list[str]
    targets: list[str]
    devices: list[str]
    volumes: list[Volume]
    snapshots: list[Snapshot]


@functools.cache
def shared_cluster() -> Cluster:
    variation = Variation(arguments={"vbs-service": ["--reconcile-interval", "1"]})
    cluster = Cluster(temporary_directory(atexit.register) / "run", PROGRAMS, variation)
    cluster.up()
    atexit.register(cluster.down)
    return cluster


class ClusterCase(unittest.TestCase):
    maxDiff = None
    cluster: Cluster
    vbs: Client

    @classmethod
    def setUpClass(cls):
        cls.cluster = shared_cluster()
        cls.vbs = Client(cls.cluster.programs, cls.cluster.endpoint)

    def world(self) -> World:
        return World(
            sorted(path.name for path in self.cluster.volume_directory.iterdir()),
            sorted(self.cluster.targets()),
            sorted(self.cluster.devices()),
            self.vbs.describe_volumes(),
            self.vbs.describe_snapshots(),
        )

    def new_volume(self, *arguments: str) -> str:
        """A volume that is detached and deleted when the test is done."""
        volume = self.vbs.create_volume(*(arguments or ("1",))).id
        self.addCleanup(self._remove, volume)
        return volume

    def new_snapshot(self, volume: str) -> str:
        snapshot = self.vbs.create_snapshot(volume, "--wait").id
        self.addCleanup(self.vbs.delete_snapshot, snapshot)
        return snapshot

    def attached_volume(self, device: str = "sdb", host: str = "host1", vm: str = "vm1") -> str:
        volume = self.new_volume()
        self.vbs.attach_volume(volume, host, vm, device)
        return volume

    def _remove(self, volume: str) -> None:
        found = [each for each in self.vbs.describe_volumes() if each.id == volume]
        if found and found[0].status == "in-use":
            self.vbs.detach_volume(volume)
        if found:
            self.vbs.delete_volume(volume)

    def in_guest(self, command: str, vm: str = "vm1") -> str:
        outcome = self.cluster.run_in_guest(vm, [command], timeout=120)
        self.assertEqual(outcome.exit_code, 0, outcome.stderr.decode())
        return outcome.stdout.decode()

    def assert_refused(self, code: str, function, *arguments: str) -> ClientError:
        with self.assertRaises(ClientError) as refusal:
            function(*arguments)
        self.assertIn(code, refusal.exception.stderr)
        return refusal.exception
