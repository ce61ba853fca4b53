"""A whole VBS on one machine: the daemons, tgtd, and two VM hosts with a guest each."""

import contextlib
import fcntl
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Iterator, Optional

from ..repository import REPOSITORY
from . import guest_commands
from .guest import await_guest, build_guest_image, command_port, start_guest
from .patterns import write_pattern_file
from .ports import reserved_ports
from .processes import SEARCH_PATH, Process, ProcessTable
from .target_daemon import start_target_daemon, tgtadm

GUESTS = {"host1": "vm1", "host2": "vm2"}
_INITIATOR_PREFIX = "iqn.2009-09.org.vbs"

_PROGRAMS = ("vbs", "vbs-service", "vbs-volume-delegate", "vbs-vmm-delegate", "vbs-qmp")
_TOOLS = {"tgtd": "tgt", "tgtadm": "tgt", "qemu-system-x86_64": "qemu-system-x86", "busybox": "busybox-static"}
_LISTENING = re.compile(r"listening on (http://[0-9.]+:\d+)")
_READY_SECONDS = 60
_STOP_SECONDS = 20
# sun_path has 108 bytes; ours end in such as host1/vms/vm1.commands
_MAX_DIRECTORY_BYTES = 75


class ClusterError(Exception):
    """What a person has to mend. The message says how."""


class Cluster:
    """The cluster whose state is in `directory`."""

    def __init__(self, directory: Path, programs: Optional[Path] = None):
        """`programs`: the directory of the programs that `up` shall start."""
        self.directory = directory.absolute()
        self.table = ProcessTable(self.directory / "cluster.json")
        self._programs_to_start = programs or REPOSITORY / "build" / "release" / "bin"

    @property
    def endpoint(self) -> str:
        return self._fact("endpoint")

    @property
    def programs(self) -> Path:
        """Where the programs are that it runs."""
        return Path(self._fact("programs"))

    def _fact(self, name: str) -> str:
        if name not in self.table.facts:
            raise ClusterError(f"no cluster is up in {self.directory}: scripts/cluster up starts one")
        return self.table.facts[name]

    @property
    def database(self) -> Path:
        return self.directory / "vbs.db"

    @property
    def volume_directory(self) -> Path:
        return self.directory / "volume-server" / "volumes"

    def pattern_file(self, host: str) -> Path:
        """Of "volume-server", "host1" or "host2". An edit holds from the next call on."""
        return self.directory / host / "commands.properties"

    def log(self, name: str) -> Path:
        return self.directory / "logs" / f"{name}.log"

    def vm_directory(self, host: str) -> Path:
        return self.directory / host / "vms"

    def targets(self) -> list[str]:
        """The names of tgtd's targets, as tgtadm tells them."""
        return re.findall(r"(?m)^Target \d+: (\S+)$", self.tgtadm("--mode", "target", "--op", "show"))

    def tgtadm(self, *arguments: str) -> str:
        """What tgtadm(8) prints, asked of this cluster's tgtd. Raises ProcessError."""
        return tgtadm(self.directory / "tgtd", *arguments)

    def devices(self) -> list[str]:
        """What QEMU has of ours in the VMs: VM, device, volume and URL, parted by tabs."""
        return [
            line
            for host in GUESTS
            for line in subprocess.run(
                [self.programs / "vbs-qmp", "list", "--directory", self.vm_directory(host)],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout.splitlines()
        ]

    def up(self) -> None:
        """Starts everything and returns when it works; stops what it started when it cannot. Does nothing when
        all is up already."""
        programs = self._find_programs()
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._locked():
            running = self.table.running()
            if running and len(running) == len(list(self.table)):
                return
            if running:
                raise ClusterError(f"a part of the cluster in {self.directory} runs: scripts/cluster down first")
            self.table.forget()
            self.table.facts = {"programs": str(programs)}
            try:
                self._start_all()
            except BaseException:
                self._stop_all()
                raise

    def down(self) -> None:
        """Stops everything that was started here. Volumes, snapshots and metadata stay."""
        if self.directory.exists():
            with self._locked():
                self._stop_all()

    def restart(self, name: str) -> None:
        """Ends one process and starts it as it was."""
        with self._locked():
            process = self._find(name)
            self._stop(process)
            self._start_again(process)

    def _find(self, name: str) -> Process:
        process = self.table.find(name)
        if process is None:
            names = ", ".join(process.name for process in self.table)
            raise ClusterError(f"there is no {name} in this cluster, only: {names or 'nothing'}")
        return process

    def _stop(self, process: Process) -> None:
        self.table.stop([process], _STOP_SECONDS)

    def _start_again(self, process: Process) -> None:
        self.table.start(process)
        if process.name in GUESTS.values():
            self._await_guest(process.name)
        elif process.name.startswith("vbs-"):
            self._await_address(process)

    def run_in_guest(self, guest: str, arguments: list[str], timeout: float) -> guest_commands.Outcome:
        """Raises guest_commands.GuestError."""
        _ = self.endpoint
        port = command_port(self.vm_directory(host_of(guest)), guest)
        return guest_commands.run(port, guest_commands.command_line(arguments), timeout)

    def _find_programs(self) -> Path:
        """Checks what else has to be there, too."""
        programs = self._programs_to_start
        for program in _PROGRAMS:
            if not (programs / program).exists():
                raise ClusterError(f"{programs / program} is missing: scripts/build makes it")
        packages = {package for tool, package in self._tools.items() if not shutil.which(tool, path=SEARCH_PATH)}
        if packages:
            raise ClusterError(f"missing packages: {' '.join(sorted(packages))}; scripts/setup installs them")
        if len(str(self.directory).encode()) > _MAX_DIRECTORY_BYTES:
            raise ClusterError(
                f"{self.directory} is too long for the sockets in it: "
                f"give a --dir of at most {_MAX_DIRECTORY_BYTES} bytes"
            )
        return programs

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.directory / ".lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ClusterError(f"another scripts/cluster works on {self.directory}") from None
            # Somebody else may have had it since we looked.
            self.table = ProcessTable(self.directory / "cluster.json")
            try:
                yield
            finally:
                # Closing it is not enough while another thread's new process still has the descriptor, too.
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _start_all(self) -> None:
        for directory in ("logs", "volume-server/volumes", *(f"{host}/vms" for host in GUESTS)):
            (self.directory / directory).mkdir(parents=True, exist_ok=True)
        # The slowest first: they boot while the rest starts.
        self._start_guests()
        self._write_pattern_files(*start_target_daemon(self.table, self.directory, self.log("tgtd")))
        self._start_daemons()
        for guest in GUESTS.values():
            self._await_guest(guest)

    def _start_guests(self) -> None:
        image = build_guest_image(REPOSITORY)
        for host, guest in GUESTS.items():
            start_guest(self.table, guest, image, self.vm_directory(host), self.log(guest))

    def _await_guest(self, guest: str) -> None:
        await_guest(self.table, guest, self.vm_directory(host_of(guest)))

    def _stop_all(self) -> None:
        # Against the order of the start, tgtd last: a VM that loses its target under it takes long to end.
        for process in sorted(reversed(list(self.table)), key=lambda process: process.name == "tgtd"):
            self._stop(process)
        self.table.facts.clear()
        self.table.forget()

    def _write_pattern_files(self, portal: str, tgt_socket: Path) -> None:
        for host in ("volume-server", *GUESTS):
            write_pattern_file(
                REPOSITORY / "conf" / "profiles" / "userspace.properties",
                self.pattern_file(host),
                {
                    "volumeDirectory": str(self.volume_directory),
                    "tgtSocket": str(tgt_socket),
                    "portal": portal,
                    "initiatorPrefix": _INITIATOR_PREFIX,
                    "hostname": host,
                    "vmDirectory": str(self.vm_directory(host)),
                },
            )

    def _start_daemons(self) -> None:
        # The volume delegate reports to the service and the service calls the delegate: one address is needed
        # before its owner runs.
        with reserved_ports(2 + len(GUESTS)) as (service_port, volume_delegate_port, *vmm_delegate_ports):
            service = f"http://127.0.0.1:{service_port}"
            volume_delegate = self._start_daemon(
                "vbs-volume-delegate",
                volume_delegate_port,
                ["--commands", str(self.pattern_file("volume-server")), "--vbs-service", service],
            )
            vmm_delegates = {
                host: self._start_daemon(
                    f"vbs-vmm-delegate-{host}",
                    port,
                    ["--commands", str(self.pattern_file(host)), "--command-path", str(self.programs)],
                )
                for host, port in zip(GUESTS, vmm_delegate_ports)
            }
            volume_delegate = self._route("vbs-volume-delegate", volume_delegate)
            arguments = ["--database", str(self.database), "--volume-delegate", f"{volume_delegate}/volume-delegate"]
            for host, url in vmm_delegates.items():
                url = self._route(f"vbs-vmm-delegate-{host}", url)
                arguments += ["--vmm-delegate", f"{host}={url}/vmm-delegate"]
            url = self._start_daemon("vbs-service", service_port, arguments)
        self.table.facts["endpoint"] = f"{url}/vbs"
        self.table.save()

    def _start_daemon(self, name: str, port: int, arguments: list[str]) -> str:
        """Returns its URL once it is healthy."""
        program = self.programs / re.sub(r"-host\d+$", "", name)
        argv = [str(program), *arguments, "--listen", f"127.0.0.1:{port}"]
        process = self._adapt(Process(name=name, argv=argv, log=str(self.log(name))))
        return self._await_address(self.table.start(process))

    def _await_address(self, process: Process) -> str:
        process.await_ready(lambda: _LISTENING.search(process.log_text()) is not None, _READY_SECONDS)
        listening = _LISTENING.search(process.log_text())
        assert listening is not None
        url = listening[1]
        process.await_ready(lambda: _is_healthy(url), _READY_SECONDS)
        return url

    # What clusters of another kind do otherwise:

    @property
    def _tools(self) -> dict[str, str]:
        """The programs of others that it starts, and the packages that have them."""
        return _TOOLS

    def _adapt(self, process: Process) -> Process:
        """Called with each daemon before it is started the first time."""
        return process

    def _route(self, name: str, url: str) -> str:
        """Where the service shall call the delegate `name`, which is at `url`."""
        del name
        return url


def initiator_of(host: str) -> str:
    """The name by which the VMs of a host log in to targets."""
    return f"{_INITIATOR_PREFIX}:{host}"


def host_of(guest: str) -> str:
    for host, name in GUESTS.items():
        if name == guest:
            return host
    raise ClusterError(f"there is no guest {guest}, only {' and '.join(GUESTS.values())}")


def _is_healthy(url: str) -> bool:
    # Loopback only: a proxy of the environment has nothing to do with it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/healthz", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
