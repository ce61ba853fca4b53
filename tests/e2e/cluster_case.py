"""Tests on a whole local cluster. It is brought up once for all test cases of a run."""

import atexit
import functools
import hashlib
import re

from scripts.localcluster.client import Client
from tests.harness.cluster_under_test import ClusterUnderTest, Variation
from tests.harness.local_world import look
from tests.harness.places import PROGRAMS, temporary_directory
from tests.harness.vbs_case import VbsCase
from tests.harness.waiting import until
from tests.harness.world import State, World

BLOCK = 65536
# Writes numbered blocks until it is told to stop, and says how many the volume server has.
WRITER = f"""
rm -f /tmp/stop
echo 0 > /tmp/written
disk=$(await-volume VOLUME) || exit 1
(
  i=0
  while [ ! -e /tmp/stop ]; do
    yes "block $i" | head -c {BLOCK} > /tmp/block
    # Without its disk, dd would make a file of that name.
    if ! [ -b $disk ] || ! dd if=/tmp/block of=$disk bs={BLOCK} seek=$i conv=notrunc,fsync; then
      echo failed >> /tmp/written
      exit 1
    fi
    i=$((i + 1))
    echo $i > /tmp/count
    mv /tmp/count /tmp/written
  done
  echo done >> /tmp/written
) < /dev/null > /tmp/writer.log 2>&1 &
"""


@functools.cache
def shared_cluster() -> ClusterUnderTest:
    variation = Variation(arguments={"vbs-service": ["--reconcile-interval", "1"]})
    cluster = ClusterUnderTest(temporary_directory(atexit.register) / "run", PROGRAMS, variation)
    cluster.up()
    atexit.register(cluster.down)
    return cluster


class ClusterCase(VbsCase):
    cluster: ClusterUnderTest

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = shared_cluster()
        cls.vbs = Client(cls.cluster.programs, cls.cluster.endpoint)

    def look(self) -> World:
        return look(self.cluster)

    def state(self) -> State:
        return State(self.look(), self.ask())

    def logged_in(self, volume: str) -> tuple[str, ...]:
        """The hosts that have a session with the volume's target."""
        target = self.look().target_of(volume)
        return target.logged_in or () if target else ()

    def attached_volume(self, device: str = "sdb", host: str = "host1", vm: str = "vm1") -> str:
        volume = self.new_volume()
        self.vbs.attach_volume(volume, host, vm, device)
        return volume

    def devices_of(self, volume: str) -> list[str]:
        return [line for line in self.cluster.devices() if volume in line]

    def status_of(self, volume: str) -> tuple[str, str]:
        found = self.vbs.describe_volumes(volume)[0]
        return found.status, found.reason

    def in_guest(self, command: str, vm: str = "vm1") -> str:
        outcome = self.cluster.run_in_guest(vm, [command], timeout=120)
        self.assertEqual(outcome.exit_code, 0, outcome.stderr.decode())
        return outcome.stdout.decode()


class Writer:
    """The guest vm1, which writes one block after the other to a volume that it has."""

    def __init__(self, case: ClusterCase, volume: str):
        self._case = case
        self._file = case.cluster.volume_directory / f"{volume}.img"
        case.in_guest(WRITER.replace("VOLUME", volume))
        case.addCleanup(case.in_guest, "touch /tmp/stop")

    def written(self) -> int:
        """How many blocks the volume server has, as the guest was told."""
        count, *end = self._case.in_guest("cat /tmp/written").split()
        if end == ["failed"]:
            self._case.fail(f"block {count} was not written: {self._case.in_guest('tail -n 4 /tmp/writer.log')}")
        return int(count)

    def check_last_block(self) -> int:
        """Its number."""
        number = self.written() - 1
        with open(self._file, "rb") as file:
            file.seek(number * BLOCK)
            self._case.assertEqual(file.read(BLOCK), _block(number), f"block {number} on the volume server")
        return number

    def end(self) -> tuple[int, str]:
        """The volume server has all that was written. Returns how many bytes that are, and their SHA-256."""
        self._case.in_guest("touch /tmp/stop")
        until(lambda: re.search("done|failed", self._case.in_guest("cat /tmp/written")) is not None, "the guest to end")
        count = self.written()
        expected, found = hashlib.sha256(), hashlib.sha256()
        with open(self._file, "rb") as file:
            for number in range(count):
                expected.update(_block(number))
                found.update(file.read(BLOCK))
        self._case.assertEqual(found.hexdigest(), expected.hexdigest(), "what the volume server has")
        return count * BLOCK, found.hexdigest()


def _block(number: int) -> bytes:
    line = f"block {number}\n".encode()
    return (line * (BLOCK // len(line) + 1))[:BLOCK]
