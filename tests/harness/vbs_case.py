"""What test cases do as a client of VBS, and clean up."""

import unittest
from typing import Any, Callable

from scripts.localcluster.client import Client, ClientError

from .world import Metadata, ask


class VbsCase(unittest.TestCase):
    """`vbs` is to be set before a test runs."""

    maxDiff = None
    vbs: Client

    def ask(self) -> Metadata:
        return ask(self.vbs)

    def new_volume(self, *arguments: str) -> str:
        """A volume that is detached and deleted when the test is done."""
        volume = self.vbs.create_volume(*(arguments or ("1",))).id
        self.addCleanup(self._remove_volume, volume)
        return volume

    def new_snapshot(self, volume: str) -> str:
        """A snapshot that is deleted when the test is done."""
        snapshot = self.vbs.create_snapshot(volume, "--wait").id
        self.addCleanup(self._remove_snapshot, snapshot)
        return snapshot

    def assert_refused(self, code: str, function: Callable[..., Any], *arguments: str) -> ClientError:
        with self.assertRaises(ClientError) as refusal:
            function(*arguments)
        self.assertIn(code, refusal.exception.stderr)
        return refusal.exception

    def _remove_volume(self, volume: str) -> None:
        found = self.ask().volumes.get(volume)
        if found is None:
            return
        if found.status == "in-use":
            self.vbs.detach_volume(volume)
        self.vbs.delete_volume(volume)

    def _remove_snapshot(self, snapshot: str) -> None:
        if snapshot in self.ask().snapshots:
            self.vbs.delete_snapshot(snapshot)
