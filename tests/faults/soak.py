"""Clients that do random things while parts of the system are killed at random. Now and then all of it comes to rest:
then what is there must equal the metadata, and both what the clients were told.

  python3 -m tests.faults.soak                         60 seconds
  python3 -m tests.faults.soak --kills 1000            half an hour
  python3 -m tests.faults.soak --seed 42               the same choices again (not the same instants)"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from scripts.ending import end_on, end_with
from scripts.localcluster.client import Client, ClientError, Snapshot, Volume
from tests.faults.soak_client import CONTENT_BYTES, Gate, SoakClient, Told
from tests.faults.soak_killer import Killer, LostHosts
from tests.faults.soak_model import FREE, Belief, Place, State, contradictions
from tests.harness import local_world
from tests.harness.cluster_under_test import ClusterUnderTest, Variation
from tests.harness.places import PROGRAMS
from tests.harness.world import Metadata, ask, differences

_KILLS_A_ROUND = 25
_REST_SECONDS = 180
_ARGUMENTS = {
    "vbs-service": [
        *("--call-timeout", "8"),
        *("--retry-delay", "0.05"),
        *("--max-retry-delay", "0.5"),
        *("--copy-poll", "0.2"),
        *("--reconcile-interval", "2"),
    ],
}
# What a client has under way ends within this, whatever happens to it.
_REQUEST_SECONDS = 300


class Soak:
    def __init__(self, options: argparse.Namespace, cluster: ClusterUnderTest):
        self._cluster = cluster
        self._vbs = Client(cluster.programs, cluster.endpoint)
        self._gate = Gate()
        lost_hosts = LostHosts()
        self._killer = Killer(options.seed, cluster, lost_hosts)
        self._clients = [
            SoakClient(
                number, options.seed, self._vbs, cluster.volume_directory, _places(number), lost_hosts, self._gate
            )
            for number in range(options.clients)
        ]
        self._options = options

    def run(self) -> list[str]:
        """What is wrong; nothing when all is well."""
        wanted = self._options.kills or sys.maxsize
        deadline = time.monotonic() + (self._options.seconds or float("inf"))
        for client in self._clients:
            client.start()
        complaints: list[str] = []
        try:
            while not complaints and self._killer.kills.total() < wanted and time.monotonic() < deadline:
                self._killer.run(_KILLS_A_ROUND, deadline)
                complaints = self._come_to_rest()
                self._report(complaints)
                self._gate.reopen()
        finally:
            self._gate.end()
        for client in self._clients:
            client.join(_REQUEST_SECONDS)
        return complaints

    def _come_to_rest(self) -> list[str]:
        if not self._gate.shut(_REQUEST_SECONDS):
            return ["a request is still not answered, though all parts are up"]
        for client in self._clients:
            if client.failure:
                raise client.failure
            client.settle()
        deadline = time.monotonic() + _REST_SECONDS
        while (unrest := self._unrest()) and time.monotonic() < deadline:
            time.sleep(0.1)
        if unrest:
            return [f"never came to rest: {each}" for each in unrest]
        return self._lies(ask(self._vbs))

    def _unrest(self) -> list[str]:
        """What is still to be done: open operations, what reconciling finds, and what it does not find. An initiator
        whose target was away takes its time to log in again."""
        if unfinished := local_world.unfinished(self._cluster):
            return unfinished
        try:
            drifts = [" ".join(line) for line in self._vbs.run("admin", "reconcile") if line[0] != "DRIFTS"]
        except ClientError as error:
            return [error.stderr]
        if drifts:
            return drifts
        try:
            metadata, there = ask(self._vbs), local_world.look(self._cluster)
        except OSError as error:
            return [f"a machine does not answer yet: {error}"]
        return differences(metadata, there, forgives_lost_targets=True)

    def _lies(self, metadata: Metadata) -> list[str]:
        """Where what clients were told is not so."""
        volumes = {name: _state_of(volume) for name, volume in metadata.volumes.items()}
        snapshots = {name: _state_of(snapshot) for name, snapshot in metadata.snapshots.items()}
        complaints: list[str] = []
        for client in self._clients:
            beliefs = client.beliefs
            complaints += contradictions("volume", beliefs.volumes, volumes)
            complaints += contradictions("snapshot", beliefs.snapshots, snapshots)
            beliefs.forget_the_gone()
            for belief in [*beliefs.volumes.values(), *beliefs.snapshots.values()]:
                complaints += self._check_content(belief)
        known = {id for client in self._clients for id in [*client.beliefs.volumes, *client.beliefs.snapshots]}
        complaints += [
            f"{each} exists, but no client was told of it" for each in [*volumes, *snapshots] if each not in known
        ]
        return complaints

    def _check_content(self, belief: Belief) -> list[str]:
        with open(self._cluster.volume_directory / f"{belief.id}.img", "rb") as file:
            found = file.read(CONTENT_BYTES)
        if found == (belief.content or bytes(CONTENT_BYTES)):
            return []
        return [f"{belief.id} does not hold what was written into it"]

    def _report(self, complaints: list[str]) -> None:
        told = {each.value: sum(client.counts[each] for client in self._clients) for each in Told}
        print(
            f"kills {self._killer.kills.total()} ({_listed(self._killer.kills)}), "
            f"freezes {self._killer.freezes.total()}, requests {sum(told.values())} ({_listed(told)}): "
            f"{'at rest and right' if not complaints else 'WRONG'}",
            flush=True,
        )


def _state_of(described: Volume | Snapshot) -> State:
    if isinstance(described, Volume) and described.attachment:
        return Place(described.attachment.host, described.attachment.vm, described.attachment.device)
    return FREE if described.status in ("available", "completed") else described.status


def _places(number: int) -> list[Place]:
    """Devices of its own, and one that all clients want."""
    own = [f"sd{chr(ord('b') + 2 * number + each)}" for each in range(2)]
    return [Place(host, vm, device) for host, vm in (("host1", "vm1"), ("host2", "vm2")) for device in [*own, "sdz"]]


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--kills", type=int, help="end after so many")
    parser.add_argument("--seconds", type=float, help="end after so long; 60 without --kills")
    parser.add_argument("--dir", type=Path, help="where its state is; kept when something is wrong")
    options = parser.parse_args()
    if options.kills is None and options.seconds is None:
        options.seconds = 60
    return options


def main() -> int:
    options = parse_arguments()
    end_on(signal.SIGTERM)
    print(f"seed {options.seed}", flush=True)
    directory = options.dir or Path(tempfile.mkdtemp(prefix="vbs-soak-"))
    cluster = ClusterUnderTest(directory, PROGRAMS, Variation(bare_machines=True, arguments=_ARGUMENTS))
    cluster.up()
    try:
        complaints = Soak(options, cluster).run()
    finally:
        cluster.down()
    for complaint in complaints:
        print(complaint)
    if complaints:
        print(f"seed {options.seed}; logs and state are in {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    end_with(main)
