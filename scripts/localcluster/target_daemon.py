"""tgtd as an ordinary process."""

import os
import signal
import subprocess
from pathlib import Path

from .ports import reserved_ports
from .processes import SEARCH_PATH, Process, ProcessError, ProcessTable

_TGTADM_SECONDS = 60


def start_target_daemon(table: ProcessTable, directory: Path, log: Path) -> tuple[str, Path]:
    """Starts tgtd on a port of loopback. Returns its portal, and what TGT_IPC_SOCKET has to be for tgtadm."""
    socket = directory / "tgtd"
    with reserved_ports(1) as [port]:
        process = table.start(
            Process(
                name="tgtd",
                argv=["tgtd", "-f", "--iscsi", f"portal=127.0.0.1:{port}"],
                log=str(log),
                environment={"TGT_IPC_SOCKET": str(socket)},
                stop_signal=signal.SIGKILL,  # it ignores SIGTERM, and has nothing to lose
            )
        )
        # Without its port it goes on all the same, and tgtadm works.
        process.await_ready(lambda: listens(process.pid, port), timeout=10)
    return f"127.0.0.1:{port}", socket


def tgtadm(socket: Path, *arguments: str) -> str:
    """What tgtadm(8) prints, asked of the tgtd with that TGT_IPC_SOCKET. Raises ProcessError."""
    result = subprocess.run(
        ["tgtadm", "--lld", "iscsi", *arguments],
        env={"PATH": SEARCH_PATH, "TGT_IPC_SOCKET": str(socket)},
        capture_output=True,
        text=True,
        timeout=_TGTADM_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        raise ProcessError(f"tgtadm {' '.join(arguments)} exited with {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def listens(pid: int, port: int) -> bool:
    """True when the process itself has a listening TCP socket at that port of 127.0.0.1."""
    inodes = set()
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in table.readlines()[1:]:
            fields = line.split()
            if fields[1] == f"0100007F:{port:04X}" and fields[3] == "0A":
                inodes.add(f"socket:[{fields[9]}]")
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    return any(_target(descriptor) in inodes for descriptor in descriptors)


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""
