"""What goes wrong in the soak: parts are killed, or stand still for a while, one or two at a time."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from typing import Iterator, Optional

from tests.harness.cluster_under_test import ClusterUnderTest
from tests.harness.waiting import comes_true

# The daemon and the machine of each VM host.
_HOSTS = {"host1": ("vbs-vmm-delegate-host1", "vm1"), "host2": ("vbs-vmm-delegate-host2", "vm2")}
# How often each is hit, relative to the others.
_WEIGHTS = {
    "vbs-service": 6,
    "vbs-volume-delegate": 4,
    "vbs-vmm-delegate-host1": 3,
    "vbs-vmm-delegate-host2": 3,
    "tgtd": 2,
    "vm1": 1,
    "vm2": 1,
}
_FROZEN_SECONDS = (0.1, 3.0)  # the longest is past the time-out of a delegate call
_DEAD_SECONDS = (0.0, 0.8)
_DYING_SECONDS = 30.0
_PAUSE_SECONDS = (0.05, 0.8)
_LOST_SECONDS = (1.0, 4.0)


class LostHosts:
    """The hosts that are off, as an operator knows before anything is detached by force. Thread-safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._lost: dict[str, int] = {}  # how many count on it

    @contextlib.contextmanager
    def counting_on(self, host: str) -> Iterator[bool]:
        """Whether it is off; then it stays so within the context."""
        with self._changed:
            is_lost = host in self._lost
            if is_lost:
                self._lost[host] += 1
        try:
            yield is_lost
        finally:
            if is_lost:
                with self._changed:
                    self._lost[host] -= 1
                    self._changed.notify_all()

    def lose(self, host: str) -> None:
        with self._changed:
            self._lost[host] = 0

    def return_of(self, host: str) -> None:
        """Waits until nobody counts on it."""
        with self._changed:
            self._changed.wait_for(lambda: self._lost[host] == 0)
            del self._lost[host]


class Killer:
    """Kills with SIGKILL and starts again; all parts are up when `run` returns."""

    def __init__(self, seed: int, cluster: ClusterUnderTest, lost_hosts: LostHosts):
        self.kills: Counter[str] = Counter()
        self.freezes: Counter[str] = Counter()
        self._random = random.Random(f"{seed}/killer")
        self._cluster = cluster
        self._lost_hosts = lost_hosts

    def run(self, kills: int, deadline: float) -> None:
        """Returns after so many kills, or at the deadline (time.monotonic)."""
        for _ in range(kills):
            if time.monotonic() >= deadline:
                return
            time.sleep(self._random.uniform(*_PAUSE_SECONDS))
            name = self._random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
            if self._random.random() < 0.2:
                self._freeze(name)
            if self._random.random() < 0.1:
                self._lose(self._random.choice(list(_HOSTS)))
            second = self._random.choice(list(_WEIGHTS)) if self._random.random() < 0.15 else None
            self._kill(name, second)

    def _kill(self, name: str, second: Optional[str]) -> None:
        names = [name] if second is None or second == name else [name, second]
        for each in names:
            self._end(each)
        time.sleep(self._random.uniform(*_DEAD_SECONDS))
        for each in names:
            self._cluster.start(each)

    def _lose(self, host: str) -> None:
        """A whole VM host: the delegate and the machine."""
        for name in _HOSTS[host]:
            self._end(name)
        self._lost_hosts.lose(host)
        time.sleep(self._random.uniform(*_LOST_SECONDS))
        self._lost_hosts.return_of(host)
        for name in _HOSTS[host]:
            self._cluster.start(name)

    def _freeze(self, name: str) -> None:
        self._signal(name, signal.SIGSTOP)
        self.freezes[name] += 1
        try:
            time.sleep(self._random.uniform(*_FROZEN_SECONDS))
        finally:
            self._signal(name, signal.SIGCONT)

    def _end(self, name: str) -> None:
        """Its group lives on, such as commands that it runs: they have to see by themselves that it is gone."""
        self._signal(name, signal.SIGKILL)
        self.kills[name] += 1
        # What still runs when it is to be started again is not started.
        assert comes_true(lambda: not self._is_running(name), _DYING_SECONDS), f"not even SIGKILL ends {name}"

    def _is_running(self, name: str) -> bool:
        process = self._cluster.table.find(name)
        return process is not None and process.is_running()

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._cluster.table.find(name)
        if process is not None and process.is_running():
            os.kill(process.pid, number)
