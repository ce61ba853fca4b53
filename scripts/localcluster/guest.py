"""The demonstration guest in a software-emulated machine."""

import subprocess
from pathlib import Path

from . import guest_commands
from .processes import Process, ProcessError, ProcessTable

_BOOT_SECONDS = 120


def build_guest_image(repository: Path) -> Path:
    """Returns the directory with its kernel and its system; made once. Raises ProcessError."""
    image = repository / "build" / "guest"
    builder = subprocess.run(
        [repository / "scripts" / "guest" / "build", image], stderr=subprocess.PIPE, text=True, check=False
    )
    if builder.returncode != 0:
        raise ProcessError(f"the guest could not be built: {builder.stderr.strip()}")
    return image


def start_guest(table: ProcessTable, name: str, image: Path, directory: Path, log: Path) -> None:
    """Its QMP socket will be DIRECTORY/NAME.qmp; see await_guest for when it can be used."""
    base = directory / name
    # fmt: off
    argv = [
        "qemu-system-x86_64", "-name", name, "-nodefaults", "-no-user-config", "-no-reboot",
        # Software emulation: it works everywhere, and the guest has little to compute.
        "-machine", "pc,usb=off", "-accel", "tcg", "-m", "128", "-display", "none",
        "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.gz"),
        "-append", "console=ttyS0 quiet panic=-1",
        "-chardev", f"file,id=console,path={base}.console", "-serial", "chardev:console",
        "-chardev", f"socket,id=commands,path={command_port(directory, name)},server=on,wait=off",
        "-serial", "chardev:commands",
        "-qmp", f"unix:{base}.qmp,server=on,wait=off",
        "-device", "virtio-scsi-pci",
    ]
    # fmt: on
    table.start(Process(name=name, argv=argv, log=str(log)))


def command_port(directory: Path, name: str) -> Path:
    """For guest_commands.run."""
    return directory / f"{name}.commands"


def await_guest(table: ProcessTable, name: str, directory: Path) -> None:
    """Returns when the guest runs commands."""
    port = command_port(directory, name)
    process = table.find(name)
    assert process is not None
    # QEMU makes the socket when it starts; one that is left from an earlier start answers nobody.
    process.await_ready(port.exists, _BOOT_SECONDS)
    try:
        guest_commands.wait_until_ready(port, _BOOT_SECONDS)
    except guest_commands.GuestError as error:
        raise ProcessError(f"{error}\n{process.log_tail()}") from error
