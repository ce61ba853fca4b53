"""The network of a lab: a bridge in a network namespace of its own, so that several labs have the same addresses."""

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path

PREFIX = "10.9.0"
CLIENT = f"{PREFIX}.1"

_BRIDGE = "lab"
_POLL_SECONDS = 0.05


class NetworkError(Exception):
    """What ip(8) said, or what it would need."""


class Network:
    """The network of the lab in `directory`. Making one needs root: CAP_SYS_ADMIN for the namespace, CAP_NET_ADMIN in
    it, and /dev/net/tun."""

    def __init__(self, directory: Path):
        self.name = f"vbs-{hashlib.sha256(bytes(directory)).hexdigest()[:8]}"
        self._file = Path("/run/netns") / self.name

    def exists(self) -> bool:
        return self._file.exists()

    def inside(self, *argv: str) -> list[str]:
        """The command line that runs `argv` in this network."""
        return ["nsenter", f"--net={self._file}", *argv]

    @staticmethod
    def require_means() -> None:
        """Raises where it cannot be made."""
        if os.geteuid() != 0:
            raise NetworkError("only root can make a lab's network: a namespace, a bridge and tap interfaces in it")
        if not Path("/dev/net/tun").exists():
            raise NetworkError("there is no /dev/net/tun, which tap interfaces need: modprobe tun makes it")

    def up(self, interfaces: list[str]) -> None:
        """Makes it, with a tap interface for each node."""
        _ip("netns", "add", self.name)
        commands = ["link set lo up", f"link add {_BRIDGE} type bridge", f"link set {_BRIDGE} up"]
        commands += [f"address add {CLIENT}/24 dev {_BRIDGE}"]
        for interface in interfaces:
            commands += [f"tuntap add dev {interface} mode tap", f"link set {interface} master {_BRIDGE} up"]
        _ip("-n", self.name, "-batch", "-", given="\n".join(commands))

    def down(self) -> None:
        """Ends every process that is left in it, and removes it."""
        if not self.exists():
            return
        while pids := _ip("netns", "pids", self.name).split():
            for pid in pids:
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(_POLL_SECONDS)
        _ip("netns", "delete", self.name)


def _ip(*arguments: str, given: str = "") -> str:
    result = subprocess.run(["ip", *arguments], input=given, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise NetworkError(f"ip {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout
