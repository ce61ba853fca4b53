"""A lab: the nodes of the paper's figure 4 as virtual machines of this one, in a network of their own."""

import contextlib
import fcntl
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, NamedTuple

from ..localcluster.client import Client
from ..localcluster.processes import Process, ProcessError, ProcessTable, await_end, run_to_its_end, uninterrupted
from ..repository import REPOSITORY
from . import machines
from .network import Network
from .profiles import PROFILES, Profile
from .site import ENDPOINT, GUEST, Node, install_programs, make_disks, nodes_of

IMAGE = REPOSITORY / "build" / "lab"

_BOOT_SECONDS = 300
_HALT_SECONDS = 60
_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "mksquashfs": "squashfs-tools",
    "qemu-system-x86_64": "qemu-system-x86",
    "ip": "iproute2",
    "ssh": "openssh-client",
}


class LabError(Exception):
    """What a person has to mend. The message says how."""


class Outcome(NamedTuple):
    exit_code: int
    stdout: bytes
    stderr: bytes


def build_image() -> None:
    """Builds what nodes and their VMs boot, where that is not done."""
    if missing := {package for tool, package in _TOOLS.items() if not shutil.which(tool)}:
        raise LabError(f"missing packages: {' '.join(sorted(missing))}; scripts/setup --lab installs them")
    for script, directory in (("virtuallab/image/build", IMAGE), ("guest/build", GUEST)):
        # Not even kill -9 of this program leaves it at work.
        argv: list[str | Path] = ["setpriv", "--pdeathsig", "TERM", REPOSITORY / "scripts" / script, directory]
        if run_to_its_end(argv) != 0:
            raise LabError(f"scripts/{script} failed")


class Lab:
    """The lab whose state is in `directory`."""

    def __init__(self, directory: Path):
        self.directory = directory.resolve()
        if self.directory.exists() and not self.directory.is_dir():
            raise LabError(f"{directory} is not a directory")
        self.network = Network(self.directory)
        self.table = ProcessTable(self.directory / "lab.json")

    @property
    def profile(self) -> Profile:
        return PROFILES[self._fact("profile")]

    @property
    def nodes(self) -> dict[str, Node]:
        return {node.name: node for node in nodes_of(self.profile)}

    @property
    def vms(self) -> dict[str, Node]:
        """The VMs, and which node runs each."""
        return {node.vm: node for node in self.nodes.values() if node.vm}

    @property
    def programs(self) -> Path:
        """Where the client is."""
        return Path(self._fact("programs"))

    def client(self) -> Client:
        """The vbs client in the lab's network, on none of its nodes."""
        return Client(self.programs, ENDPOINT, self.network.inside())

    def _fact(self, name: str) -> str:
        if name not in self.table.facts:
            raise LabError(f"no lab is up in {self.directory}: scripts/lab up PROFILE starts one")
        return self.table.facts[name]

    def up(self, profile: Profile, build: Path) -> None:
        """Starts it and returns when all of it works; leaves nothing when it cannot. `build`: whose programs."""
        self.network.require_means()
        build_image()
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self.network.exists():
                raise LabError(f"the lab in {self.directory} is up already: scripts/lab down ends it")
            try:
                self._start_all(profile, build)
            except BaseException:
                with uninterrupted():
                    self._stop_all()
                raise

    def down(self) -> None:
        """Ends it, whoever started it and however far that got. Its logs stay, its disks do not."""
        if self.directory.exists():
            with self._locked(), uninterrupted():
                self._stop_all()

    def command_line(self, node: str, command: str) -> list[str]:
        """What runs a shell command line as root on a node, or in a VM."""
        if node in self.vms:
            return self.command_line(self.vms[node].name, shlex.join(["in-vm", node, command]))
        if node not in self.nodes:
            raise LabError(f"there is no {node} in this lab, only {' '.join([*self.nodes, *self.vms])}")
        # fmt: off
        return self.network.inside(
            "ssh", "-F", "none", "-i", str(self._key), "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20",
            f"root@{self.nodes[node].address}", command,
        )
        # fmt: on

    def run(self, node: str, command: str, timeout: float = 120, given: bytes = b"") -> Outcome:
        """Runs a shell command line as root on a node, or in a VM. Raises LabError when it cannot be asked."""
        argv = self.command_line(node, command)
        try:
            result = subprocess.run(argv, input=given, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise LabError(f"{node}: {command}: no end after {timeout:.0f} seconds") from None
        if result.returncode == 255:  # ssh's own
            raise LabError(f"{node} cannot be reached: {result.stderr.decode(errors='replace').strip()}")
        return Outcome(result.returncode, result.stdout, result.stderr)

    def cut_power(self, node: str) -> None:
        """Ends a node as a power cut does."""
        with self._locked():
            self.table.kill(self._process(node))

    def halt(self, node: str) -> None:
        """Ends a node in good order."""
        with self._locked():
            process = self._process(node)
            self.run(node, "poweroff")
            if await_end([process], _HALT_SECONDS):
                raise LabError(f"{node} does not halt within {_HALT_SECONDS} seconds")

    def boot(self, node: str) -> None:
        """Starts a node that was ended; returns when its services work."""
        with self._locked():
            process = self._process(node)
            if process.is_running():
                raise LabError(f"{node} runs already")
            self._await_ready(self.table.start(process))

    def _process(self, node: str) -> Process:
        process = self.table.find(node)
        if process is None:
            raise LabError(f"there is no {node} in this lab, only {' '.join(each.name for each in self.table)}")
        return process

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with open(self.directory / ".lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LabError(f"another scripts/lab works on {self.directory}") from None
            # Somebody else may have had it since we looked.
            self.table = ProcessTable(self.directory / "lab.json")
            yield

    @property
    def _key(self) -> Path:
        return self.directory / "key"

    def _start_all(self, profile: Profile, build: Path) -> None:
        for stale in ("disks", "logs", "programs"):
            shutil.rmtree(self.directory / stale, ignore_errors=True)
            (self.directory / stale).mkdir()
        self._key.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", self._key], check=True)
        install_programs(build, self.directory / "programs")

        nodes = nodes_of(profile)
        self.table.facts = {"profile": profile.name, "programs": str(build / "bin")}
        self.table.forget()
        self.network.up([node.name for node in nodes])
        # VM hosts first: they take longest.
        for node in reversed(nodes):
            self._start(node, nodes, profile)
        for process in self.table:
            self._await_ready(process)

    def _start(self, node: Node, nodes: list[Node], profile: Profile) -> None:
        disks = make_disks(
            node,
            nodes,
            profile,
            self.directory / "programs",
            self._key.with_suffix(".pub").read_text(encoding="ascii"),
            self.directory / "disks",
        )
        argv = machines.command_line(node.machine, node.name, node.memory, IMAGE, self.directory / "disks", disks)
        self.table.start(
            Process(
                name=node.name,
                argv=self.network.inside(*argv),
                log=str(self.directory / "logs" / f"{node.name}.console"),
            )
        )

    @staticmethod
    def _await_ready(process: Process) -> None:
        def is_ready() -> bool:
            log = process.log_text()
            if "lab: failed" in log:
                raise ProcessError(f"a service of {process.name} did not start\n{process.log_tail()}")
            return "lab: ready" in log

        process.await_ready(is_ready, _BOOT_SECONDS)

    def _stop_all(self) -> None:
        self.table.stop(list(self.table), patience=0)
        # With what a killed `up` had no time to write down.
        self.network.down()
        self.table.facts.clear()
        self.table.forget()
        for leftover in ("disks", "programs"):
            shutil.rmtree(self.directory / leftover, ignore_errors=True)
