"""A whole VBS with fault points in its daemons, a proxy before each delegate, and machines that are at once there."""

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

from scripts.localcluster.client import Client
from scripts.localcluster.cluster import GUESTS, initiator_of
from scripts.localcluster.patterns import replace
from scripts.localcluster.processes import Process, ProcessError
from tests.faults.fault_points import FaultPoints
from tests.faults.proxy import Proxy
from tests.faults.request import Request
from tests.harness import local_world
from tests.harness.cluster_under_test import ClusterUnderTest, Variation
from tests.harness.pattern_edits import edited
from tests.harness.waiting import PATIENCE, comes_true
from tests.harness.world import Metadata, World, ask, differences

SERVICE = "vbs-service"
VOLUME_DELEGATE = "vbs-volume-delegate"
VMM_DELEGATES = {host: f"vbs-vmm-delegate-{host}" for host in ("host1", "host2")}
DELEGATES = (VOLUME_DELEGATE, *VMM_DELEGATES.values())
DAEMONS = (SERVICE, *DELEGATES)
# The machines that they are on, as their pattern files are named.
_HOSTS = {VOLUME_DELEGATE: "volume-server"} | {delegate: host for host, delegate in VMM_DELEGATES.items()}

# Long enough for a call on a busy machine: one that times out takes another way.
CALL_TIMEOUT = 2.0
_TARGET_PREFIX = "iqn.2009-09.org.vbs"

_ARGUMENTS = {
    SERVICE: [
        *("--call-timeout", str(CALL_TIMEOUT)),
        *("--retry-delay", "0.02"),
        *("--max-retry-delay", "0.2"),
        *("--copy-poll", "0.1"),
        # So that it stops between two steps.
        *("--shutdown-grace", "0"),
        # At moments of its own it would reach points that are not the operation's.
        *("--reconcile-interval", "0"),
        *("--capacity-interval", "0", "--overcommit", "unlimited"),  # else calls that no scenario begins
    ],
}
_FAILING = "ls /nonexistent/for-this-test"
# listing FILE COMMAND...: what the list command shows or, where FILE has the name of a lie, something else.
_LISTING = """#!/bin/sh
lie=$(cat "$1" 2> /dev/null)
shift
case $lie in
  empty) ;;
  cut) shown=$("$@") && printf %s "$shown" | head -c $(((${#shown} + 1) / 2)) ;;
  foreign) printf '[\\n  {"name": "vol-0", "size": "1.00g"},\\n  {"name": "vol-1", "size": "1.00g"}\\n]\\n' ;;
  *) exec "$@" ;;
esac
"""


class NotQuiet(AssertionError):
    """Something is still under way after a long time."""


class Testbed:
    """Use it as a context, in which it is up. Not thread-safe."""

    def __init__(self, programs: Path):
        self._programs = programs
        # In memory where that is possible: nothing here outlives a power cut, and a copy of holes takes no time.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.directory = Path(tempfile.mkdtemp(prefix="vbs-", dir=memory))
        self.points = {name: FaultPoints(self.directory / "faults" / name) for name in DAEMONS}
        self.proxies: dict[str, Proxy] = {}
        self.cluster = ClusterUnderTest(
            self.directory / "run",
            programs,
            Variation(
                bare_machines=True,
                arguments=_ARGUMENTS,
                environment={name: {"VBS_FAULT_DIRECTORY": str(self.points[name].directory)} for name in DAEMONS},
                route=self._through_a_proxy,
            ),
        )

    def __enter__(self) -> "Testbed":
        self.cluster.up()
        # So that they end before the call's time is over.
        patterns = self.cluster.pattern_file("volume-server")
        text = patterns.read_text(encoding="utf-8")
        for key, before, now in (("target.delete.2.retry", "5s", "200ms"), ("fence.6", "sleep 5", "sleep 0.1")):
            assert f"\n{key} = {before}\n" in text, f"{key} is something else by now"
            text = replace(text, key, now)
        patterns.write_text(text, encoding="utf-8")
        self._make_listings_liable_to_lie()
        # Each host is asked who it is when it is met first, which would be in whichever play comes first.
        self.do("admin", "reconcile")
        return self

    def __exit__(self, *_: object) -> None:
        for proxy in self.proxies.values():
            proxy.close()
        # Nobody stopped at a point answers a request to end.
        for name in DAEMONS:
            with contextlib.suppress(ProcessError):
                self.cluster.kill(name)
        self.cluster.down()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_listings_liable_to_lie(self) -> None:
        listing = self.directory / "listing"
        listing.write_text(_LISTING, encoding="ascii")
        listing.chmod(0o755)
        for program, host in _HOSTS.items():
            patterns = self.cluster.pattern_file(host)
            text = patterns.read_text(encoding="utf-8")
            lie = self._lie(program, "\\1")
            text, found = re.subn(r"(?m)^(list\.\w+) *= *", rf"\1 = {listing} {lie} ", text)
            assert found, f"{patterns} lists nothing"
            patterns.write_text(text, encoding="utf-8")

    def _lie(self, program: str, key: str) -> Path:
        return self.directory / f"{program}.{key}.lie"

    def _through_a_proxy(self, name: str, url: str) -> str:
        self.proxies[name] = Proxy(int(url.rpartition(":")[2]))
        return self.proxies[name].url

    # --- clients

    def begin(self, *arguments: str) -> Request:
        return Request(self._programs / "vbs", self.cluster.endpoint, arguments)

    def do(self, *arguments: str) -> list[list[str]]:
        """The fields of each line of the answer. What is refused is an AssertionError."""
        request = self.begin(*arguments)
        assert request.exit_code == 0, str(request)
        return [line.split("\t") for line in request.stdout.splitlines()]

    def new_volume(self, *arguments: str) -> str:
        return self.do("create-volume", *(arguments or ("1",)))[0][1]

    def new_snapshot(self, volume: str) -> str:
        return self.do("create-snapshot", volume)[0][1]

    # --- what is there

    def look(self) -> World:
        return local_world.look(self.cluster)

    def ask(self) -> Metadata:
        return ask(Client(self._programs, self.cluster.endpoint))

    def file_of(self, name: str) -> Path:
        """Of a volume or a snapshot."""
        return self.cluster.volume_directory / f"{name}.img"

    def write_into(self, volume: str, text: bytes) -> None:
        """At the beginning and in the last block."""
        with open(self.file_of(volume), "r+b") as file:
            file.write(text)
            file.seek(-4096, os.SEEK_END)
            file.write(text)

    def read_from(self, volume: str, length: int) -> tuple[bytes, bytes]:
        with open(self.file_of(volume), "rb") as file:
            beginning = file.read(length)
            file.seek(-4096, os.SEEK_END)
            return beginning, file.read(length)

    # --- what happens without VBS

    def make_target(self, volume: str, host: str, target_id: int = 99) -> str:
        """For that host, as VBS would. Returns its name."""
        name, number = f"{_TARGET_PREFIX}:{volume}", str(target_id)
        self._tgtadm("target", "new", number, "--targetname", name)
        self._tgtadm("logicalunit", "new", number, "--lun", "1", "--backing-store", str(self.file_of(volume)))
        self._tgtadm("target", "bind", number, "--initiator-name", initiator_of(host))
        return name

    def remove_target(self, volume: str) -> None:
        target = self.look().target_of(volume)
        assert target is not None, f"{volume} has no target"
        self._tgtadm("target", "delete", str(target.number), "--force")

    def plug(self, host: str, device: str, volume: str, target: str) -> None:
        patterns = self.cluster.pattern_file(host).read_text(encoding="utf-8")
        [portal] = re.findall(r"(?m)^param\.portal\s*=\s*(\S+)", patterns)
        url = f"iscsi://{portal}/{target}/1"
        self._vbs_qmp(host, "attach", device, volume, "--url", url, "--initiator", initiator_of(host))

    def unplug(self, host: str, device: str, volume: str) -> None:
        self._vbs_qmp(host, "detach", device, volume)

    def _tgtadm(self, mode: str, operation: str, number: str, *more: str) -> None:
        self.cluster.tgtadm("--mode", mode, "--op", operation, "--tid", number, *more)

    def _vbs_qmp(self, host: str, verb: str, device: str, volume: str, *more: str) -> None:
        socket = self.cluster.vm_directory(host) / f"{GUESTS[host]}.qmp"
        subprocess.run(
            [self._programs / "vbs-qmp", "--socket", socket, verb, "--device", device, "--serial", volume, *more],
            check=True,
            timeout=PATIENCE,
        )

    # --- daemons

    def kill(self, *names: str) -> None:
        for name in names:
            self.cluster.kill(name)
            if name in self.points:
                self.points[name].program_ended()

    def start(self, *names: str) -> None:
        for name in names:
            is_started = functools.partial(self._is_started, name)
            assert comes_true(is_started, PATIENCE), f"{name} finds its address in use"

    def _is_started(self, name: str) -> bool:
        try:
            self.cluster.start(name)
            return True
        except ProcessError as error:
            # A command that it was about to start when it was killed had its sockets for a moment longer.
            if "Address already in use" in str(error):
                return False
            raise

    def is_up(self, name: str) -> bool:
        process = self.cluster.table.find(name)
        return process is not None and process.is_running()

    @contextlib.contextmanager
    def failing(self, host: str, *keys: str) -> Iterator[None]:
        """These commands of "volume-server", "host1" or "host2" fail for as long as the context lasts."""
        with edited(self.cluster.pattern_file(host), {key: _FAILING for key in keys}):
            yield

    @contextlib.contextmanager
    def lying(self, program: str, key: str, lie: str) -> Iterator[None]:
        """A list command of a delegate shows something else for as long as the context lasts: nothing ("empty"), the
        first half ("cut"), or what another program prints ("foreign")."""
        self._lie(program, key).write_text(lie, encoding="ascii")
        try:
            yield
        finally:
            self._lie(program, key).unlink()

    @contextlib.contextmanager
    def host_named_twice(self, host: str, second_name: str) -> Iterator[None]:
        """The service, which was killed, knows the host under a second name, too, and first under that."""
        arguments = self.cluster.arguments(SERVICE)
        where = arguments.index("--vmm-delegate")
        with contextlib.closing(Proxy(self.proxies[VMM_DELEGATES[host]].port)) as proxy:
            second = ["--vmm-delegate", f"{second_name}={proxy.url}/vmm-delegate"]
            with self.cluster.with_arguments(SERVICE, arguments[:where] + second + arguments[where:]):
                yield

    def stop(self, name: str) -> None:
        """Asks it to end, as an administrator does, and returns once it has heard it."""
        process = self._process(name)
        os.kill(process.pid, signal.SIGTERM)
        assert comes_true(lambda: "stopping, running requests" in process.log_text(), PATIENCE), f"{name} heard nothing"

    def await_end(self, name: str) -> None:
        process = self._process(name)
        assert comes_true(lambda: not process.is_running(), PATIENCE), f"{name} does not end"
        code = os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])
        assert code == 0, f"{name} ended with {code}"
        self.points[name].program_ended()

    def _process(self, name: str) -> Process:
        process = self.cluster.table.find(name)
        assert process is not None, name
        return process

    # --- quiet

    def await_quiet(self) -> None:
        if not comes_true(self.is_quiet, PATIENCE):
            raise NotQuiet(self.unrest())

    def unrest(self) -> str:
        busy = [name for name, proxy in self.proxies.items() if not proxy.idle()]
        return f"still unfinished: {local_world.unfinished(self.cluster)}, busy: {busy}"

    def is_quiet(self) -> bool:
        """VBS has brought everything to its end, and no delegate owes an answer."""
        # The delegates first: an answer that is on its way may begin something else.
        return all(proxy.idle() for proxy in self.proxies.values()) and not local_world.unfinished(self.cluster)

    def differences(self) -> list[str]:
        """Between what VBS says and what is there; it is quiet."""
        return differences(self.ask(), self.look())

    def clean(self) -> None:
        """Detaches and deletes everything, as clients do, and checks that nothing is left."""
        metadata = self.ask()
        for name, volume in metadata.volumes.items():
            if volume.attachment is not None:
                self.do("detach-volume", name)
        for name in metadata.snapshots:
            self.do("delete-snapshot", name)
        for name in metadata.volumes:
            self.do("delete-volume", name)
        self.await_quiet()
        there, told = self.look(), self.ask()
        assert there.is_empty() and told.is_empty(), f"after everything was deleted: {there}, {told}"
