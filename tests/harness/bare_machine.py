"""A VM with nothing in it that runs: disks can be plugged all the same, and it is there at once."""

import socket
from pathlib import Path

from scripts.localcluster.processes import Process, ProcessTable

_READY_SECONDS = 120


def start_bare_machine(table: ProcessTable, name: str, directory: Path, log: Path) -> None:
    """Its QMP socket will be DIRECTORY/NAME.qmp."""
    # fmt: off
    argv = [
        "qemu-system-x86_64", "-name", name, "-nodefaults", "-no-user-config", "-S",
        "-machine", "pc,usb=off", "-accel", "tcg", "-m", "16", "-display", "none",
        "-qmp", f"unix:{directory / name}.qmp,server=on,wait=off",
        "-device", "virtio-scsi-pci",
    ]
    # fmt: on
    table.start(Process(name=name, argv=argv, log=str(log)))


def await_bare_machine(table: ProcessTable, name: str, directory: Path) -> None:
    """Returns when it answers on its QMP socket. Raises ProcessError."""
    process = table.find(name)
    assert process is not None
    process.await_ready(lambda: _answers(directory / f"{name}.qmp"), _READY_SECONDS)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            return client.recv(1) != b""
        except OSError:
            return False
