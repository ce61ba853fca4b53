"""A local cluster whose parts a test kills, starts and varies."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator

from scripts.localcluster.cluster import GUESTS, Cluster, host_of
from scripts.localcluster.processes import Process

from .bare_machine import await_bare_machine, start_bare_machine


@dataclass
class Variation:
    """How it differs from what scripts/cluster starts. Daemons are named as in its status."""

    # Machines without a system instead of guests: at once there, but nothing can be run in them.
    bare_machines: bool = False
    # Of a daemon, beside its own.
    arguments: dict[str, list[str]] = field(default_factory=dict)
    environment: dict[str, dict[str, str]] = field(default_factory=dict)
    # Where the service shall call a delegate: given its name and its URL.
    route: Callable[[str, str], str] = lambda name, url: url


class ClusterUnderTest(Cluster):
    """A cluster of which a test may do with each part what the real world does. Raises what Cluster raises."""

    def __init__(self, directory: Path, programs: Path, variation: Variation):
        super().__init__(directory, programs)
        self._variation = variation

    def arguments(self, name: str) -> list[str]:
        """The command line that a process was started with."""
        return list(self._find(name).argv)

    def kill(self, name: str) -> None:
        """Ends one process as a power cut does."""
        with self._locked():
            self.table.kill(self._find(name))

    def start(self, name: str) -> None:
        """Starts one process that has ended as it was."""
        with self._locked():
            process = self._find(name)
            if not process.is_running():
                self._start_again(process)

    @contextlib.contextmanager
    def with_arguments(self, name: str, arguments: list[str]) -> Iterator[None]:
        """One process runs with another command line, for as long as the context lasts."""
        before = self._find(name).argv
        try:
            self._run_with(name, arguments)
            yield
        finally:
            self._run_with(name, before)

    def _run_with(self, name: str, arguments: list[str]) -> None:
        with self._locked():
            process = self._find(name)
            self._stop(process)
            process.argv = arguments
            self._start_again(process)

    @property
    def _tools(self) -> dict[str, str]:
        tools = super()._tools
        if self._variation.bare_machines:
            tools = {tool: package for tool, package in tools.items() if tool != "busybox"}
        return tools

    def _start_guests(self) -> None:
        if not self._variation.bare_machines:
            super()._start_guests()
            return
        for host, guest in GUESTS.items():
            start_bare_machine(self.table, guest, self.vm_directory(host), self.log(guest))

    def _await_guest(self, guest: str) -> None:
        if self._variation.bare_machines:
            await_bare_machine(self.table, guest, self.vm_directory(host_of(guest)))
        else:
            super()._await_guest(guest)

    def _adapt(self, process: Process) -> Process:
        process.argv += self._variation.arguments.get(process.name, [])
        process.environment |= self._variation.environment.get(process.name, {})
        return process

    def _route(self, name: str, url: str) -> str:
        return self._variation.route(name, url)
