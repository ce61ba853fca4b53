"""The machines that nodes run in: user-mode Linux, and QEMU with Xen in it."""

from pathlib import Path


def command_line(machine: str, name: str, memory: int, image: Path, directory: Path, disks: list[Path]) -> list[str]:
    """What starts the machine; its console is what it writes to stdout. `image` has what it boots, `disks` begins with
    the node's own, and its network interface is the tap interface `name`."""
    build = {"uml": _uml, "xen": _xen}[machine]
    return build(name, memory, image, directory, disks)


def volume_disk(machine: str) -> str:
    """What the machine calls the disk that follows the node's own."""
    return {"uml": "/dev/ubdc", "xen": "/dev/vdc"}[machine]


def _uml(name: str, memory: int, image: Path, directory: Path, disks: list[Path]) -> list[str]:
    drives = [f"ubdar={image / 'base.squashfs'}"]
    drives += [f"ubd{letter}={disk}" for letter, disk in zip("bcdefgh", disks)]
    # fmt: off
    return [
        "env", f"LD_PRELOAD={image / 'whole-xstate.so'}",
        str(image / "linux.uml"), f"mem={memory}M", f"initrd={image / 'uml.initrd'}", *drives,
        "node.base=/dev/ubda", "node.disk=/dev/ubdb", "quiet",
        f"vec0:transport=tap,ifname={name},mac={_mac(name)},depth=64,gro=1",
        "con=null", "con0=null,fd:1", "ssl=null", f"uml_dir={directory}", f"umid={name}.uml",
    ]
    # fmt: on


def _xen(name: str, memory: int, image: Path, _directory: Path, disks: list[Path]) -> list[str]:
    # Nobody writes the common system. Without QEMU's lock on it, which is not to be had beside that of a user-mode
    # Linux.
    drives = ["-drive", f"file={image / 'base.squashfs'},file.locking=off,if=virtio,format=raw,readonly=on"]
    for disk in disks:
        drives += ["-drive", f"file={disk},if=virtio,format=raw,cache=unsafe"]
    # The hypervisor and dom0 do not share out the memory of a node evenly: Xen needs little, the VM the rest.
    dom0 = memory // 2
    linux = "console=hvc0 quiet net.ifnames=0 mitigations=off node.base=/dev/vda node.disk=/dev/vdb"
    # fmt: off
    return [
        "qemu-system-x86_64", "-name", name, "-machine", "q35", "-accel", "tcg,thread=multi",
        # Emulated, IRET of a PV kernel faults where SMAP is on.
        "-cpu", "max,-smap,-smep", "-smp", "2", "-m", str(memory),
        "-display", "none", "-nodefaults", "-no-user-config", "-no-reboot", "-serial", "stdio",
        "-kernel", str(image / "xen.elf"),
        "-append", f"console=com1 dom0_mem={dom0}M,max:{dom0}M dom0_max_vcpus=1 noreboot",
        "-initrd", f"{image / 'vmlinux'} {linux},{image / 'qemu.initrd'}",
        "-netdev", f"tap,id=net,ifname={name},script=no,downscript=no",
        "-device", f"virtio-net-pci,netdev=net,romfile=,mac={_mac(name)}",
        *drives,
    ]
    # fmt: on


def _mac(name: str) -> str:
    """The same at each boot; others have it in their tables. Only the nodes of one lab need different ones."""
    return "52:54:00:" + ":".join(f"{octet:02x}" for octet in name.encode()[-3:])
